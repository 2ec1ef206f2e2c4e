"""How fast submissions are graded: stock nbgrader, ours, several at once, and the floor; in one run, interleaved.

Run as ``make bench``, or ``python benchmarks/grading.py [SUBMISSIONS] [ROUNDS]``. Each round grades the same
right submissions of mlp_backprop in four ways, each in a course folder of its own:

- ``stock``: nbgrader as it comes, with the hidden tests as plain asserts in the student's kernel, here the
  visible checks run once more;
- ``autograde``: ``nbgrader autograde`` with this course's configuration;
- ``grade 1`` and ``grade 2``: ``handgrad grade`` with one job and with two.

The floor is what the cells take by themselves in one process that has imported everything. Sandbox and
judge are on in all of ours, and off in stock, which has none. Every time is that of a whole command, so it holds
the start of Python and nbgrader, once for all submissions. Medians and ratios are printed and written to
``benchmarks/latest.json``, with a picture beside it.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
ASSIGNMENT = "mlp_backprop"
PACKAGES = ("nbgrader", "nbclient", "ipykernel", "jupyter_client", "numpy", "matplotlib")


def run(command: list[str], folder: Path, **environment: str) -> float:
    """Return the seconds that a command takes."""
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-3000:]}")
    return seconds


def with_asserts(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the source notebook with a plain assert in the place of each hidden probe."""
    for cell in notebook.cells:
        if "BEGIN HIDDEN TESTS" in cell.source:
            visible, _, hidden = cell.source.partition("### BEGIN HIDDEN TESTS")
            cell.source = f"{visible}### BEGIN HIDDEN TESTS\n{visible}\n### END HIDDEN TESTS"
            assert "END HIDDEN TESTS" in hidden
    return notebook


def make_courses(folder: Path, submissions: int) -> dict[str, Path]:
    """Make the course folders, each with the same submissions."""
    from handgrad.grading import samples

    samples.write(ASSIGNMENT, folder / "samples")
    right = folder / "samples" / "perfect" / ASSIGNMENT
    source = ROOT / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    courses = {}
    for way in ("stock", "autograde", "grade 1", "grade 2"):
        course = courses[way] = folder / way.replace(" ", "_")
        (course / "source" / ASSIGNMENT).mkdir(parents=True)
        notebook = nbformat.read(source, as_version=4)
        nbformat.write(
            with_asserts(notebook) if way == "stock" else notebook, course / "source" / ASSIGNMENT / source.name
        )
        for number in range(submissions):
            shutil.copytree(right, course / "submitted" / f"student{number:03}" / ASSIGNMENT)
        if way == "stock":
            (course / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "stock"\n')
        command = ["nbgrader", "generate_assignment", ASSIGNMENT]
        run(command, course if way == "stock" else ROOT, **({} if way == "stock" else {"HANDGRAD_COURSE": str(course)}))
    return courses


def ways(courses: dict[str, Path]) -> dict[str, Callable[[], float]]:
    """Return what grades all submissions in each of the ways."""

    def ours(way: str, *command: str) -> Callable[[], float]:
        return lambda: run([*command], ROOT, HANDGRAD_COURSE=str(courses[way]))

    return {
        "stock": lambda: run(["nbgrader", "autograde", ASSIGNMENT, "--force"], courses["stock"]),
        "autograde": ours("autograde", "nbgrader", "autograde", ASSIGNMENT, "--force"),
        "grade 1": ours("grade 1", "handgrad", "grade", ASSIGNMENT, "--force", "--jobs", "1"),
        "grade 2": ours("grade 2", "handgrad", "grade", ASSIGNMENT, "--force", "--jobs", "2"),
    }


FLOOR = """
import contextlib, io, os, pickle, sys, time
os.environ["HANDGRAD_PICTURES"] = "none"
sources = pickle.load(open(sys.argv[1], "rb"))
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
times = []
for _ in range(3):
    shell.reset(new_session=False)
    began = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for source in sources:
            shell.run_cell(source)
    times.append(time.perf_counter() - began)
print(min(times))
"""


def floor(course: Path) -> float:
    """Return the seconds that the cells of a submission, probes and all, take in a warm process."""
    import pickle

    from handgrad.grading import references
    from handgrad.grading.plugins import is_probe, probe_source

    path = course / "submitted" / "student000" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    source = nbformat.read(ROOT / "source" / ASSIGNMENT / path.name, as_version=4)
    assignment = references.load(ASSIGNMENT, ROOT)
    drawn = {
        "assignment": assignment,
        "hidden": {name: references.draw(assignment, name, b"floor") for name in assignment.exercises},
        "nonces": dict.fromkeys(assignment.exercises, "floor"),
    }
    tests = {c.metadata.nbgrader.grade_id: c.source for c in source.cells if is_probe(c)}
    sources = []
    for cell in nbformat.read(path, as_version=4).cells:
        if is_probe(cell):
            name = cell.metadata.nbgrader.grade_id
            sources.append(probe_source(tests[name], name, drawn))
            last = len(sources)
        elif cell.cell_type == "code":
            sources.append(cell.source)
    with tempfile.NamedTemporaryFile(suffix=".pickle") as file:
        file.write(pickle.dumps(sources[:last]))
        file.flush()
        said = subprocess.run([sys.executable, "-c", FLOOR, file.name], capture_output=True, text=True, check=True)
    return float(said.stdout.strip().splitlines()[-1])


def picture(medians: dict[str, float], path: Path) -> None:
    """Draw seconds per submission as bars."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 2.8), layout="constrained")
    axes = figure.add_subplot()
    bars = axes.barh(list(medians), list(medians.values()), color="#0072B2")
    axes.bar_label(bars, fmt=" %.2f s")
    axes.invert_yaxis()
    axes.set_xlabel("seconds for each submission (median of the rounds)")
    figure.savefig(path, dpi=110)


def main(submissions: int = 8, rounds: int = 3) -> None:
    """Measure, print, and write the result."""
    with tempfile.TemporaryDirectory(prefix="handgrad-bench-") as folder:
        courses = make_courses(Path(folder), submissions)
        grade = ways(courses)
        times: dict[str, list[float]] = {way: [] for way in [*grade, "floor"]}
        for number in range(rounds):
            order = list(grade) if number % 2 else list(grade)[::-1]
            for way in order:
                times[way].append(grade[way]() / submissions)
                print(f"round {number + 1}, {way}: {times[way][-1]:.2f} s for each submission", flush=True)
            times["floor"].append(floor(courses["autograde"]))
    medians = {way: statistics.median(found) for way, found in times.items()}
    result = {
        "ratio_one_core": medians["stock"] / medians["grade 1"],
        "ratio_two_cores": medians["stock"] / medians["grade 2"],
        "ratio_autograde": medians["stock"] / medians["autograde"],
        "ratio_to_floor": medians["grade 1"] / medians["floor"],
        "seconds_for_each_submission": medians,
        "submissions": submissions,
        "rounds": rounds,
        "assignment": ASSIGNMENT,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }
    here = Path(__file__).parent
    (here / "latest.json").write_text(json.dumps(result, indent=2) + "\n")
    picture(medians, here / "latest.png")
    for name, value in result.items():
        print(f"{name}: {value if not isinstance(value, float) else round(value, 2)}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
