"""An instructor's hour: formgrader on the course, marks given by a person, and a regrade that keeps them."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import FrameLocator, expect

from handgrad import references
from handgrad.building import samples
from tests.browser.conftest import Open, Start, listening, own_folders
from tests.conftest import ROOT, Course, new_course

pytestmark = pytest.mark.browser

ASSIGNMENT = "tensor_basics"
STUDENT = "Åsa Öberg 安"
COMMENT = "Bien vu; et le décalage ?"
ANSWER = "Ich weiß: log 0 ist −∞. 因为溢出。"


def graded(folder: Path) -> Course:
    """Make a course with one submission, graded: a mistake in one exercise, an answer to one question."""
    course = new_course(folder, ASSIGNMENT)
    assignment = references.load(ASSIGNMENT, ROOT)
    release = nbformat.read(folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    mistaken = samples.mistaken(assignment, "softmax", "sum_over_everything")
    notebook = samples.solved(assignment, release, {"softmax": mistaken})
    notebook.cells[notebook.cells.index(samples.cell(notebook, "why_logits")) + 1].source = ANSWER
    course.submit(STUDENT, nbformat.writes(notebook), ASSIGNMENT)
    run(course, "autograde", ASSIGNMENT)
    return course


def run(course: Course, *arguments: str) -> None:
    done = course.nbgrader(*arguments)
    assert done.returncode == 0, done.stderr


def marks(course: Course) -> dict[str, tuple[float | None, float | None, float]]:
    """Return automatic score, manual score and the one that counts, for each graded cell."""
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as gradebook:
        notebook = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, STUDENT)
        return {grade.name: (grade.auto_score, grade.manual_score, grade.score) for grade in notebook.grades}


def fill(formgrader: FrameLocator, what: str, selector: str, text: str) -> None:
    """Type into a field of formgrader, and wait until it is saved."""
    field = formgrader.locator(selector)
    with field.page.expect_response(
        lambda answer: f"/api/{what}/" in answer.url and answer.request.method == "PUT"
    ) as done:
        field.fill(text)
        field.press("Tab")
    assert done.value.ok


def test_marks_given_by_hand_survive_a_regrade(
    tmp_path: Path, start_lab: Start, open_page: Open, pictures: Path
) -> None:
    course = graded(tmp_path / "course")
    before = marks(course)
    assert before["softmax"] == (2.0, None, 2.0)
    environment = {**own_folders(tmp_path / "jupyter"), "HANDGRAD_COURSE": str(course.folder)}
    lab = start_lab(course.folder, environment, ROOT)
    page = open_page(lab.url("lab"))
    page.get_by_text("Nbgrader", exact=True).click()
    page.get_by_text("Formgrader", exact=True).click()
    formgrader = page.locator("iframe").content_frame
    formgrader.get_by_role("link", name="Manual Grading").click()
    for place in (f"/gradebook/{ASSIGNMENT}", f"/gradebook/{ASSIGNMENT}/{ASSIGNMENT}"):
        formgrader.locator(f"td a[href$='{place}']").click()
    formgrader.get_by_role("link", name="Submission #1").click()

    expect(formgrader.get_by_text(ANSWER)).to_be_visible()
    expect(formgrader.get_by_text("Where it goes wrong (1 point).")).to_be_visible()
    # formulas need no connection, which this browser does not have
    expect(formgrader.locator("math").first).to_be_visible()
    listening(formgrader)
    fill(formgrader, "grade", "input#why_logits.score", "3")
    fill(formgrader, "comment", "textarea#why_logits-comment", COMMENT)
    page.screenshot(path=pictures / "formgrader-answer.png")
    fill(formgrader, "grade", "input#softmax.score", "5.5")
    page.screenshot(path=pictures / "formgrader-verdict.png")

    run(course, "autograde", ASSIGNMENT, "--force")
    expected = {**before, "why_logits": (None, 3.0, 3.0), "softmax": (2.0, 5.5, 5.5)}
    assert marks(course) == expected
    formgrader.get_by_role("link", name="Manual Grading").click()
    formgrader.get_by_role("link", name="Manage Assignments").click()
    formgrader.locator("td.generate-feedback a").click()
    expect(formgrader.get_by_text("Successfully generated feedback")).to_be_visible()
    (path,) = (course.folder / "feedback").rglob("*.html")
    feedback = open_page(path.as_uri())
    entries = feedback.locator(".summary ol > li")
    answer = entries.filter(has_text="Question: why logits?")
    expect(answer).to_contain_text("3 of 4 points")
    expect(entries.filter(has_text="Exercise 12")).to_contain_text("5.5 of 8 points")
    expect(entries.filter(has_text="Exercise 12")).to_contain_text("A person set this score")
    answer.get_by_text("There is a comment.").click()
    expect(feedback.get_by_text(COMMENT)).to_be_in_viewport()
    feedback.screenshot(path=pictures / "feedback-comment.png")
