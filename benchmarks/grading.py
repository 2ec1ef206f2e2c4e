"""How fast submissions are graded: stock nbgrader, one core, two cores, and the floor; in one run, interleaved.

Run as ``make bench``, or ``python benchmarks/grading.py [ASSIGNMENT ...] [--submissions N] [--rounds N]``. For each
assignment the same right submissions are graded, each way in a course folder of its own:

- ``stock``: nbgrader as it comes, with the hidden tests as plain asserts in the student's kernel, here the
  visible checks run once more; on one core;
- ``one core`` and ``two cores``: ``handgrad grade`` with one job on one core, and with two on two.

The submissions are the right solutions of the corpus in turn, and from the second turn on the same code laid out anew;
no two have the same text. Sandbox, judge and rule of by hand are on in ours, and off in stock, which has none of them.
A submission of ours that does not get all points ends the run. Every time is that of a whole command, so it
holds the start, once for all submissions; ``start`` says what it takes. The floor is what the same cells, probes and
all, take by themselves in one process that has imported everything.

Medians of the rounds, and the geometric means of their ratios over the assignments, are printed and written to
``benchmarks/latest.json``, with a picture beside it.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import os
import pickle
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
from typing import Any

import nbformat
from nbgrader.api import Gradebook

from handgrad import references
from handgrad.building import samples
from handgrad.grading.draw import draw
from handgrad.grading.run import probe_source
from handgrad.notebooks.cells import is_probe
from handgrad.notebooks.repair import NOT_NEEDED, released_cells, repair
from handgrad.references.right import right_solutions

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("nbgrader", "nbclient", "ipykernel", "jupyter_client", "numpy", "matplotlib", "torch")
SUBMISSIONS = {"mlp_training": 12}
"""How many submissions, where each takes so long that the start is little beside fewer than ``USUAL``."""

USUAL = 40
WAYS = ("stock", "one core", "two cores")


def pinned(
    command: list[str], folder: Path, cores: int, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command on so many cores, and return what came of it."""
    every = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(every)[:cores])
    try:
        done = subprocess.run(
            command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
        )
    finally:
        os.sched_setaffinity(0, every)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-3000:]}")
    return done


def run(command: list[str], folder: Path, cores: int = 1, **environment: str) -> float:
    """Return the seconds that a command takes on so many cores."""
    began = time.perf_counter()
    pinned(command, folder, cores, environment)
    return time.perf_counter() - began


def with_asserts(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the source notebook with a plain assert in the place of each hidden probe."""
    for cell in notebook.cells:
        if "BEGIN HIDDEN TESTS" in cell.source:
            visible, _, hidden = cell.source.partition("### BEGIN HIDDEN TESTS")
            cell.source = f"{visible}### BEGIN HIDDEN TESTS\n{visible}\n### END HIDDEN TESTS"
            assert "END HIDDEN TESTS" in hidden
    return notebook


def answers(assignment: Any, number: int) -> dict[str, str]:
    """Return the answers of a submission: a style of the corpus, and the model where the style leaves something out."""
    found = {name: right_solutions(assignment, name) for name in assignment.exercises}
    styles = ["model", *sorted({style for texts in found.values() for style in texts})]
    style = styles[number % len(styles)]
    texts = {name: texts.get(style, assignment.model[name]) for name, texts in found.items()}
    return texts if number < len(styles) else {name: ast.unparse(ast.parse(text)) for name, text in texts.items()}


def make_courses(folder: Path, name: str, submissions: int) -> dict[str, Path]:
    """Make the course folders of an assignment, each with the same submissions."""
    assignment = references.load(name, ROOT)
    source = nbformat.read(ROOT / "source" / name / f"{name}.ipynb", as_version=4)
    release = nbformat.read(ROOT / "release" / name / f"{name}.ipynb", as_version=4)
    courses = {way: folder / way.replace(" ", "_") for way in WAYS}
    for way, course in courses.items():
        (course / "source" / name).mkdir(parents=True)
        made = with_asserts(copy.deepcopy(source)) if way == "stock" else source
        nbformat.write(made, course / "source" / name / f"{name}.ipynb")
        if way == "stock":
            (course / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "stock"\n')
        environment = {} if way == "stock" else {"HANDGRAD_COURSE": str(course)}
        pinned(["nbgrader", "generate_assignment", name], course if way == "stock" else ROOT, 1, environment)
    for number in range(submissions):
        student = f"student{number:03}"
        made = samples.solved(assignment, release, answers(assignment, number))
        for cell in made.cells:
            if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code":
                cell.source += f"\n# written by {student}"
        for course in courses.values():
            (course / "submitted" / student / name).mkdir(parents=True)
            nbformat.write(made, course / "submitted" / student / name / f"{name}.ipynb")
    return courses


def ways(courses: dict[str, Path], name: str) -> dict[str, Callable[[], float]]:
    """Return what grades all submissions in each of the ways, and ``one`` that grades the first one alone."""

    def ours(way: str, jobs: int, *options: str) -> Callable[[], float]:
        command = ["handgrad", "grade", name, "--force", "--jobs", str(jobs), *options]
        return lambda: run(command, ROOT, jobs, HANDGRAD_COURSE=str(courses[way]))

    return {
        "stock": lambda: run(["nbgrader", "autograde", name, "--force"], courses["stock"]),
        "one core": ours("one core", 1),
        "two cores": ours("two cores", 2),
        "one": ours("one core", 1, "--student", "student000"),
    }


def all_right(course: Path, name: str) -> None:
    """End the run where a submission lost a point."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        lost = [
            f"{submission.student.id} {grade.name}"
            for submission in gradebook.assignment_submissions(name)
            for notebook in submission.notebooks
            for grade in notebook.grades
            if grade.auto_score is not None and grade.auto_score < grade.max_score - 1e-6
        ]
    if lost:
        raise SystemExit(f"these are right, and lost points: {', '.join(lost)}")


FLOOR = """
import contextlib, io, os, pickle, sys, time
os.environ["HANDGRAD_PICTURES"] = "none"
submissions = pickle.load(open(sys.argv[1], "rb"))
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
times = []
for sources in [submissions[0], *submissions]:
    shell.reset(new_session=False)
    began = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for source in sources:
            shell.run_cell(source)
    times.append(time.perf_counter() - began)
print(sum(times[1:]) / len(submissions))
"""
"""Runs submissions one after the other, the first one twice, as it imports everything, and prints the mean."""


def floor(course: Path, name: str) -> float:
    """Return the seconds that the cells of a submission take, probes and all, where everything is imported."""
    assignment = references.load(name, ROOT)
    drawn = draw(assignment, assignment.exercises, b"floor")
    source = nbformat.read(ROOT / "source" / name / f"{name}.ipynb", as_version=4)
    known = released_cells(source)
    submissions = []
    for path in sorted(course.glob(f"submitted/*/{name}/{name}.ipynb")):
        cells = repair(nbformat.read(path, as_version=4), known, source.cells)[0].cells
        last = max(place for place, cell in enumerate(cells) if is_probe(cell))
        submissions.append(
            [
                probe_source(cell.source, cell.metadata.nbgrader.grade_id, drawn) if is_probe(cell) else cell.source
                for cell in cells[: last + 1]
                if cell.cell_type == "code" and NOT_NEEDED not in cell.metadata.get("tags", ())
            ]
        )
    with tempfile.NamedTemporaryFile(suffix=".pickle") as file:
        file.write(pickle.dumps(submissions))
        file.flush()
        said = pinned([sys.executable, "-c", FLOOR, file.name], ROOT, 1, {})
    return float(said.stdout.split()[-1])


def measured(name: str, submissions: int, rounds: int) -> dict[str, Any]:
    """Return what an assignment takes in each way."""
    with tempfile.TemporaryDirectory(prefix="handgrad-bench-") as folder:
        courses = make_courses(Path(folder), name, submissions)
        grade = ways(courses, name)
        grade["one"]()  # what the source notebook takes here is measured once for a course, and not in a round
        shutil.copy(courses["one core"] / "course_times.json", courses["two cores"])
        times: dict[str, list[float]] = {way: [] for way in [*grade, "floor"]}
        for number in range(rounds):
            for way in list(grade) if number % 2 else list(grade)[::-1]:
                times[way].append(grade[way]() / (1 if way == "one" else submissions))
                print(f"{name}, round {number + 1}, {way}: {times[way][-1]:.3f} s for each submission", flush=True)
            times["floor"].append(floor(courses["one core"], name))
        all_right(courses["one core"], name)
    medians = {way: statistics.median(found) for way, found in times.items()}
    one = medians.pop("one")
    return {
        "ratio_one_core": medians["stock"] / medians["one core"],
        "ratio_two_cores": medians["stock"] / medians["two cores"],
        "ratio_to_floor": medians["one core"] / medians["floor"],
        "seconds_for_each_submission": medians,
        "start": (one - medians["one core"]) * submissions / (submissions - 1),
        "submissions": submissions,
    }


def picture(found: dict[str, dict[str, Any]], path: Path) -> None:
    """Draw for each assignment how many times as fast as stock it is graded."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 0.6 + 0.6 * len(found)), layout="constrained")
    axes = figure.add_subplot()
    for way, ratio, shift, colour in (("one core", "one", -0.2, "#0072B2"), ("two cores", "two", 0.2, "#E69F00")):
        places = [place + shift for place in range(len(found))]
        ratios = [one[f"ratio_{ratio}_core{'s' if ratio == 'two' else ''}"] for one in found.values()]
        axes.bar_label(axes.barh(places, ratios, 0.38, label=way, color=colour), fmt=" %.1f")
    axes.set_yticks(range(len(found)), found)
    axes.invert_yaxis()
    axes.set_xlabel("times as fast as stock nbgrader on one core")
    axes.legend()
    figure.savefig(path, dpi=110)


def main() -> None:
    """Measure, print, and write the result."""
    every = sorted(path.stem for path in (ROOT / "authoring").glob("*.py"))
    parser = argparse.ArgumentParser(description="Measure grading beside stock nbgrader.")
    parser.add_argument("assignment", nargs="*", default=every, help="which; by default all of them")
    parser.add_argument("--submissions", type=int, help=f"of each ({USUAL}; fewer where one takes long); 2 at least")
    parser.add_argument("--rounds", type=int, default=1, help="how often everything is graded (1)")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, help="the folder for latest.json")
    asked = parser.parse_args()
    began = time.monotonic()
    found = {
        name: measured(name, asked.submissions or SUBMISSIONS.get(name, USUAL), asked.rounds)
        for name in asked.assignment
    }
    ratios = ("ratio_one_core", "ratio_two_cores", "ratio_to_floor")
    result = {
        **{ratio: statistics.geometric_mean(one[ratio] for one in found.values()) for ratio in ratios},
        "assignments": found,
        "rounds": asked.rounds,
        "minutes": (time.monotonic() - began) / 60,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }
    (asked.into / "latest.json").write_text(json.dumps(rounded(result), indent=2) + "\n")
    picture(found, asked.into / "latest.png")
    print(json.dumps(rounded(result), indent=2))


def rounded(value: object) -> object:
    """Return a result with three digits behind the point."""
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    return round(value, 3) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
