"""How fast submissions are graded: stock nbgrader, ours, several at once, and the floor; in one run, interleaved.

Run as ``make bench``, or ``python benchmarks/grading.py [SUBMISSIONS] [ROUNDS]``. Each round grades the same
right submissions of mlp_backprop in four ways, each in a course folder of its own:

- ``stock``: nbgrader as it comes, with the hidden tests as plain asserts in the student's kernel, here the
  visible checks run once more; on one core;
- ``autograde``: ``nbgrader autograde`` with this course's configuration; on one core;
- ``grade 1`` and ``grade 2``: ``handgrad grade`` with one job on one core, and with two on two.

No two submissions have the same text: each cell of a student says whose it is. The floor is what the cells take
by themselves in one process that has imported everything. Sandbox and judge are on in all of ours, and off in
stock, which has none. Every time is that of a whole command, so it holds the start of Python and nbgrader, once
for all submissions. Medians and ratios are printed and written to ``benchmarks/latest.json``, with a picture
beside it. There too is where the time of ``grade 1`` goes: what a batch takes before its first submission, and
of each submission the cells' own time, the kernel's (start, messages and end), and the grader's (repair, judge,
gradebook, files).
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


def run(command: list[str], folder: Path, cores: int = 1, **environment: str) -> float:
    """Return the seconds that a command takes on so many cores."""
    every = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(every)[:cores])
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - began
    os.sched_setaffinity(0, every)
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


def submit(right: Path, course: Path, student: str) -> None:
    """Hand in a right submission whose text is nobody else's."""
    folder = course / "submitted" / student / ASSIGNMENT
    shutil.copytree(right, folder)
    path = folder / f"{ASSIGNMENT}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("locked"):
            cell.source += f"\n# written by {student}"
    nbformat.write(notebook, path)


def make_courses(folder: Path, submissions: int) -> dict[str, Path]:
    """Make the course folders, each with the same submissions."""
    from handgrad.building import samples

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
            submit(right, course, f"student{number:03}")
        if way == "stock":
            (course / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "stock"\n')
        command = ["nbgrader", "generate_assignment", ASSIGNMENT]
        run(command, course if way == "stock" else ROOT, **({} if way == "stock" else {"HANDGRAD_COURSE": str(course)}))
    return courses


def ways(courses: dict[str, Path]) -> dict[str, Callable[[], float]]:
    """Return what grades all submissions in each of the ways."""

    def ours(way: str, *command: str, cores: int = 1) -> Callable[[], float]:
        return lambda: run([*command, ASSIGNMENT, "--force"], ROOT, cores, HANDGRAD_COURSE=str(courses[way]))

    grade = ("handgrad", "grade")
    return {
        "stock": lambda: run(["nbgrader", "autograde", ASSIGNMENT, "--force"], courses["stock"]),
        "autograde": ours("autograde", "nbgrader", "autograde"),
        "grade 1": ours("grade 1", *grade, "--jobs", "1"),
        "grade 2": ours("grade 2", *grade, "--jobs", "2", cores=2),
        "one": ours("grade 1", *grade, "--jobs", "1", "--student", "student000"),
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
floor = min(times)

from handgrad.assignments.catalogue import exercises
from handgrad.running.execution import execute
from handgrad.running.job import Cell, Job
known = exercises(sys.argv[2])
modules = (f"handgrad.assignments.{sys.argv[2]}.exercises",)
job = Job(tuple(Cell(source, 60) for source in sources), modules, known.absent)
times = []
for _ in range(4):
    began = time.perf_counter()
    execute(job)
    times.append(time.perf_counter() - began)
print(floor, min(times))
"""


def floor(course: Path) -> tuple[float, float]:
    """Return the seconds that the cells of a submission, probes and all, take in a warm process, and in a kernel."""
    import pickle

    from handgrad import references
    from handgrad.grading.draw import draw
    from handgrad.grading.run import probe_source
    from handgrad.notebooks.cells import is_probe

    path = course / "submitted" / "student000" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    source = nbformat.read(ROOT / "source" / ASSIGNMENT / path.name, as_version=4)
    assignment = references.load(ASSIGNMENT, ROOT)
    drawn = draw(assignment, assignment.exercises, b"floor")
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
        every = os.sched_getaffinity(0)
        os.sched_setaffinity(0, sorted(every)[:1])
        command = [sys.executable, "-c", FLOOR, file.name, ASSIGNMENT]
        said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        os.sched_setaffinity(0, every)
    cells, kernel = said.stdout.strip().splitlines()[-1].split()
    return float(cells), float(kernel)


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


def main(submissions: int = 40, rounds: int = 2) -> None:
    """Measure, print, and write the result."""
    with tempfile.TemporaryDirectory(prefix="handgrad-bench-") as folder:
        courses = make_courses(Path(folder), submissions)
        grade = ways(courses)
        grade["one"]()  # what the source notebook takes here is measured once for a course, and not in a round
        for way in ("autograde", "grade 2"):
            shutil.copy(courses["grade 1"] / "course_times.json", courses[way])
        times: dict[str, list[float]] = {way: [] for way in [*grade, "floor", "kernel"]}
        for number in range(rounds):
            order = list(grade) if number % 2 else list(grade)[::-1]
            for way in order:
                times[way].append(grade[way]() / (1 if way == "one" else submissions))
                print(f"round {number + 1}, {way}: {times[way][-1]:.3f} s for each submission", flush=True)
            for name, seconds in zip(("floor", "kernel"), floor(courses["autograde"]), strict=True):
                times[name].append(seconds)
    medians = {way: statistics.median(found) for way, found in times.items()}
    one, kernel = medians.pop("one"), medians.pop("kernel")
    each = (medians["grade 1"] * submissions - one) / (submissions - 1)
    result = {
        "ratio_one_core": medians["stock"] / medians["grade 1"],
        "ratio_two_cores": medians["stock"] / medians["grade 2"],
        "ratio_autograde": medians["stock"] / medians["autograde"],
        "ratio_to_floor": medians["grade 1"] / medians["floor"],
        "seconds_for_each_submission": medians,
        "where_grade_1_goes": {
            "before the first submission": one - each,
            "of each: the cells": medians["floor"],
            "of each: the kernel": kernel - medians["floor"],
            "of each: the grader": each - kernel,
        },
        "submissions": submissions,
        "rounds": rounds,
        "assignment": ASSIGNMENT,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }
    here = Path(__file__).parent
    (here / "latest.json").write_text(json.dumps(rounded(result), indent=2) + "\n")
    picture(medians, here / "latest.png")
    print(json.dumps(rounded(result), indent=2))


def rounded(value: object) -> object:
    """Return a result with three digits behind the point."""
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    return round(value, 3) if isinstance(value, float) else value


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
