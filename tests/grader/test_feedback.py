"""The summary on top of the feedback, as it comes out of the real nbgrader."""

from __future__ import annotations

import re
import shutil
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
from nbgrader.api import Gradebook

from handgrad import references
from handgrad.building import samples
from tests.conftest import ROOT, Course, new_course

ASSIGNMENT = "mlp_backprop"
STUDENT = "ann"
HEADING = '## <img src=x onerror="alert(1)"> & `sgd_step`'


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course with the graded work of a student with a heading of their own, whom a person has marked, too."""
    course = new_course(tmp_path_factory.mktemp("feedback") / "course")
    known = references.load(ASSIGNMENT, ROOT)
    release = nbformat.read(ROOT / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    made = samples.solved(
        known,
        release,
        {
            "two_layer_loss": samples.mistaken(known, "two_layer_loss", "gradient_without_1/N"),
            "Relu": samples.edited(known, "Relu", ("self.mask = x > 0", "self.mask = x > undefined")),
        },
    )
    before = made.cells.index(samples.cell(made, "sgd_step_solution"))
    made.cells.insert(before, nbformat.v4.new_markdown_cell(HEADING))
    course.submit(STUDENT, nbformat.writes(made))
    done = course.nbgrader("autograde", ASSIGNMENT)
    assert done.returncode == 0, done.stderr
    # as formgrader does it
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as book:
        book.find_grade("softmax_loss", ASSIGNMENT, ASSIGNMENT, STUDENT).manual_score = 1.23456
        book.find_comment("Matmul_solution", ASSIGNMENT, ASSIGNMENT, STUDENT).manual_comment = "Short and clear."
        book.db.commit()
    return course


def feedback(course: Course, *options: str) -> str:
    """Write the feedback of a course's only student, and return the page."""
    done = course.nbgrader("generate_feedback", ASSIGNMENT, "--force", *options)
    assert done.returncode == 0, done.stderr
    return written(course)


def written(course: Course) -> str:
    """Return the page of a course's only student."""
    return (course.folder / "feedback" / STUDENT / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(graded: Course) -> str:
    return feedback(graded)


def entry(page: str, section: str) -> str:
    """Return what the summary says of the exercise under a heading."""
    summary = page[page.index('class="summary"') : page.index('id="notebook"')]
    (found,) = (one for one in re.split(r'(?=<li class=")', summary)[1:] if f"{section}</a>" in unescape(one))
    return found


def test_it_fits_a_phone(page: str) -> None:
    assert 'name="viewport"' in page.partition("</head>")[0]


def test_a_heading_of_the_student_stays_text_and_is_linked(page: str) -> None:
    assert "<img src=x" not in page
    found = entry(page, 'img src=x onerror="alert(1)"> & sgd_step')
    (anchor,) = re.findall(r'href="#([^"]+)"', found)
    assert f'id="{unquote(anchor)}"' in unescape(page)


@pytest.mark.parametrize(
    ("section", "state", "said"),
    [
        ("Exercise 1: Matmul", "full", "✓ 6 of 6 points"),
        ("Exercise 1: Matmul", "full", 'href="#comment-Matmul_solution"'),
        ("Exercise 2: Relu", "lost", "it raised NameError."),
        ("Exercise 2: Relu", "lost", 'href="#Relu"'),
        ("Exercise 3: softmax_loss", "lost", "✗ 1.23 of 6 points"),
        ("Exercise 3: softmax_loss", "lost", "A person set this score"),
        ("Exercise 6: two_layer_loss", "lost", "✗ 2.4 of 12 points"),
    ],
)
def test_each_state_has_its_words(page: str, section: str, state: str, said: str) -> None:
    found = entry(page, section)
    assert found.startswith(f'<li class="{state}">')
    assert said in found


def test_a_written_answer_waits(page: str) -> None:
    summary = page[page.index('class="summary"') : page.index('id="notebook"')]
    assert "4 of these points are for answers that nobody has read yet." in summary
    assert summary.count("not read yet, 4 points") == summary.count('<li class="waits">') == 1


def test_one_sentence_for_all_parts_of_which_it_is_true(page: str) -> None:
    found = entry(page, "Exercise 6: two_layer_loss")
    (sentence,) = re.findall(r"<li>(.*?)</li>", found)
    named = re.match(r"(<code>\w+</code>(?:, )?)+: ", sentence)
    assert named
    assert set(re.findall(r"<code>(\w+)</code>", named[0])) == {"W1", "b1", "W2", "b2"}
    assert sentence.count("1/N is missing") == 1


def test_it_needs_no_connection(page: str) -> None:
    assert "<script" not in page
    assert not re.search(r'<(?:link|img)[^>]*(?:src|href)="http', page)
    assert re.search('<math[^>]* display="block"|<math display="block"', page)
    assert "$$" not in page


def test_the_pictures_of_the_release_are_there_and_their_code_is_folded(page: str) -> None:
    release = nbformat.read(ROOT / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    drawing = [cell for cell in release.cells if cell.get("outputs")]
    described = [output.data["text/plain"] for cell in drawing for output in cell.outputs]
    assert [unescape(alt) for alt in re.findall(r'<img alt="([^"]*)"', page)] == described
    assert page.count('<details class="code_of_picture">') == len(drawing) > 0


@pytest.mark.parametrize(("due", "shown"), [("2020-01-01T00:00:00Z", 3), ("2999-01-01T00:00:00Z", 0)])
def test_model_solutions_are_shown_when_the_due_date_is_over(graded: Course, page: str, due: str, shown: int) -> None:
    models = "<summary>A model solution</summary>"
    assert models not in page
    toml = graded.folder / "course.toml"
    toml.write_text(f"[{ASSIGNMENT}]\ndue = {due}\n", encoding="utf-8")
    found = feedback(graded, "--ModelSolutions.show=True")
    toml.unlink()
    assert found.count(models) == shown
    # of an exercise that lost points, and of none that did not
    unfolded = " ".join(
        re.findall(
            f"{models}(.*?)</details>", unescape(re.sub("<(?!/?details|/?summary)[^>]*>", "", found)), flags=re.DOTALL
        )
    )
    assert ("self.mask = x > 0" in unfolded) == bool(shown)
    assert "def sgd_step" not in unfolded
    # and below it what is known to go wrong there, in words
    assert found.count("<summary>What can go wrong here</summary>") == shown
    assert ("large inputs come out as 6" in found) == bool(shown)
    assert "the step goes uphill" not in found


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_handgrad_feedback_writes_the_same_pages_and_names_what_it_cannot(graded: Course, page: str, jobs: str) -> None:
    autograded = graded.folder / "autograded"
    unknown = shutil.copytree(autograded / STUDENT, autograded / "unknown")
    try:
        done = graded.run("handgrad", "feedback", ASSIGNMENT, "--force", "--jobs", jobs)
    finally:
        shutil.rmtree(unknown)
    assert done.returncode == 1
    assert "wrote feedback for 1 of 2" in done.stdout
    assert "for student 'unknown'" in done.stderr
    assert not (graded.folder / "feedback" / "unknown").exists()
    assert written(graded) == page


def test_handgrad_feedback_of_somebody_who_is_not_graded(graded: Course) -> None:
    done = graded.run("handgrad", "feedback", ASSIGNMENT, "--student", "nobody")
    assert done.returncode == 2
    assert "nothing is graded of: nobody" in done.stderr


def test_feedback_is_not_released_where_there_is_no_exchange(tmp_path: Path) -> None:
    course = Course(tmp_path)
    (tmp_path / "feedback" / STUDENT / ASSIGNMENT).mkdir(parents=True)
    nowhere = tmp_path / "exchange"
    done = course.nbgrader("release_feedback", ASSIGNMENT, f"--Exchange.root={nowhere}", "--course=ml-2027")
    assert done.returncode == 1
    assert f"no exchange that you may write to in {nowhere}: send the pages in feedback/" in done.stderr
    assert "Traceback" not in done.stderr
