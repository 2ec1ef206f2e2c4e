"""What a student sent is worked on within limits, and what cannot be judged gets 0, with stage and reason."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook

from handgrad import references
from handgrad.building.samples import cell
from handgrad.grading.graded import read
from handgrad.running.client import MOST_OUTPUT_IN_ALL
from handgrad.running.limited import Limits, limited
from tests.attacks import POINTS
from tests.attacks.stages import ATTACKS
from tests.attacks.test_attacks import short
from tests.conftest import ROOT, Course, released

ASSIGNMENT = "mlp_backprop"
COLOURS = r'print("\x1b[31mcoloured" * 400_000)'
EDITS: dict[str, Callable[..., NotebookNode | str]] = {a.name: a.edit for a in ATTACKS if a.edit is not None}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, str, str, str]:
    """A course in which a stage failed for each of some students, and what grading, feedback and report said."""
    top = tmp_path_factory.mktemp("stages")
    # a reference that cannot be asked how a result adds up, so that judging a wrong answer breaks down
    for name in ("grader_tests", "authoring"):
        shutil.copytree(ROOT / name, top / name, ignore=shutil.ignore_patterns("__pycache__", "right"))
    reference = top / "grader_tests" / ASSIGNMENT / "reference.py"
    text = reference.read_text()
    assert 'PerExample(("X", "labels"))' in text
    reference.write_text(text.replace('PerExample(("X", "labels"))', 'PerExample(("X", "nothing"))'))
    # and a mistake that is never worked out, so that judging a wrong answer comes to no end
    with (top / "grader_tests" / ASSIGNMENT / "mistakes.toml").open("a") as file:
        file.write(ENDLESS)
    course = released(top / "course", {ASSIGNMENT: short(ROOT / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")}, {})
    release = nbformat.read(course.folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    model = references.load(ASSIGNMENT, ROOT).model
    for name in POINTS:
        cell(release, f"{name}_solution").source = model[name]
    wrong, page, uphill = (nbformat.from_dict(release) for _ in range(3))
    right = cell(uphill, "sgd_step_solution").source
    cell(uphill, "sgd_step_solution").source = right.replace("params[name] - learning_rate", "7 - learning_rate")
    cell(wrong, "small_network_gradients_solution").source += "\n\n_right = small_network_gradients\n" + (
        "\n\ndef small_network_gradients(*given):\n"
        "    return {name: 1.5 * value + 0.25 for name, value in _right(*given).items()}\n"
    )
    page.cells.insert(1, nbformat.v4.new_code_cell(COLOURS))
    submissions: dict[str, NotebookNode | str] = {
        "honest": release,
        "json_bomb": EDITS["json_bomb"](nbformat.from_dict(release), None),
        "judging": wrong,
        "judging_for_ever": uphill,
        "magics_slow": EDITS["magics_slow"](nbformat.from_dict(release), None),
        "page": page,
    }
    for student, made in submissions.items():
        course.submit(student, made if isinstance(made, str) else json.dumps(made))
    settings = ("--Repair.seconds=5", "--JudgeEvidence.seconds=6", f"--DrawCases.references={top}")
    first = course.nbgrader("autograde", ASSIGNMENT, *settings)
    feedback = course.nbgrader("generate_feedback", ASSIGNMENT, "--FeedbackExporter.seconds=3")
    report = course.run("handgrad", "report", ASSIGNMENT, "--course", str(course.folder))
    assert (first.returncode, feedback.returncode, report.returncode) == (1, 1, 0), first.stderr[-3000:]
    return course, first.stderr, feedback.stderr, report.stdout


ENDLESS = """
[[sgd_step]]
name = "endless"
message = "it does not end."
edits = [{ old = 'params[name] - learning_rate * grads[name]', new = 'sum(0 for _ in iter(int, 1))' }]
"""

LOST = {
    "json_bomb": "it took more than 1,024 MB of memory",
    "magics_slow": "it took longer than 5 s",
}


@pytest.mark.parametrize("student", ["honest", "page"])
def test_others_keep_their_marks(graded: tuple[Course, str, str, str], student: str) -> None:
    assert graded[0].scores(student) == pytest.approx(POINTS)


@pytest.mark.parametrize("student", LOST)
def test_a_submission_that_cannot_be_prepared_gets_0_and_the_reason(
    graded: tuple[Course, str, str, str], student: str
) -> None:
    course, log, _, _ = graded
    assert set(course.scores(student).values()) == {0}
    assert LOST[student] in log
    assert LOST[student] in page_of(course, student)
    assert any(LOST[student] in comment for comment in comments(course, student))
    assert f"{student!r}" in log.partition("not everything could be worked on")[2]
    table = (course.folder / "reports" / ASSIGNMENT / "students.csv").read_text("utf-8")
    assert LOST[student] in next(line for line in table.splitlines() if line.startswith(student))


def test_an_exercise_at_which_the_judge_breaks_down_gets_0_and_the_reason(
    graded: tuple[Course, str, str, str],
) -> None:
    course, log, _, _ = graded
    assert course.scores("judging") == pytest.approx({**POINTS, "small_network_gradients": 0})
    assert "the judging of small_network_gradients" in log.partition("not everything could be worked on")[2]
    assert "the judging of what it handed over broke down" in page_of(course, "judging")
    assert any("broke down" in comment for comment in comments(course, "judging"))
    table = (course.folder / "reports" / ASSIGNMENT / "students.csv").read_text("utf-8")
    assert "could not be judged: small_network_gradients" in table


def test_an_exercise_whose_judging_takes_too_long_gets_0_and_the_reason(graded: tuple[Course, str, str, str]) -> None:
    course, log, _, _ = graded
    assert course.scores("judging_for_ever") == pytest.approx({**POINTS, "sgd_step": 0})
    assert "the judging of sgd_step" in log.partition("not everything could be worked on")[2]
    why = "the judging of what it handed over took longer than 6 s"
    assert why in page_of(course, "judging_for_ever")
    assert any(why in comment for comment in comments(course, "judging_for_ever"))


def test_a_page_that_takes_too_long_shows_the_verdicts_alone(graded: tuple[Course, str, str, str]) -> None:
    course, _, log, _ = graded
    page = page_of(course, "page")
    assert "could not be shown here: it took longer than 3 s" in page
    assert "coloured" not in page
    assert all(name in page for name in POINTS)
    assert "feedback: it took longer than 3 s" in log.partition("not everything could be worked on")[2]


def page_of(course: Course, student: str) -> str:
    return (course.folder / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text("utf-8")


def comments(course: Course, student: str) -> list[str]:
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as gradebook:
        notebook = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student)
        return [comment.auto_comment or "" for comment in notebook.comments]


def test_the_report_reads_the_largest_notebook_that_there_can_be(
    graded: tuple[Course, str, str, str], tmp_path: Path
) -> None:
    """What the grader writes is bounded, and read in a time that grows with its size alone."""
    course = graded[0]
    notebook = json.loads(
        (course.folder / "autograded" / "honest" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text("utf-8")
    )
    loud = {"output_type": "stream", "name": "stdout", "text": "x\n" * (MOST_OUTPUT_IN_ALL // 2)}
    notebook["cells"][0]["outputs"] = [loud]
    path = tmp_path / "largest.ipynb"
    path.write_text(json.dumps(notebook))
    assert limited(lambda: len(read(path).verdicts), Limits(seconds=20)) == len(POINTS)
