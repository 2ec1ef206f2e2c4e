"""Every sample submission gets its score, through the real nbgrader, kernel and gradebook."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from grader_tests.conftest import ROOT, Course
from grader_tests.submissions.mlp_backprop import SAMPLES
from handgrad.grading import report, samples
from handgrad.grading.references import Assignment
from handgrad.grading.samples import Sample

pytestmark = pytest.mark.xdist_group("graded course")

EVERY = [pytest.param(sample, id=sample.student) for sample in SAMPLES]


def verdicts(course: Course, student: str) -> dict[str, dict[str, object]]:
    path = course.folder / "autograded" / student / "mlp_backprop" / "mlp_backprop.ipynb"
    return {str(verdict["exercise"]): verdict for verdict in report.verdicts(path)}


@pytest.mark.parametrize("sample", EVERY)
def test_each_exercise_has_its_expected_score(
    graded: Course, load: Callable[[str], Assignment], sample: Sample
) -> None:
    assignment = load("mlp_backprop")
    found = graded.scores(sample.student)
    expected = sample.expected(assignment.points)
    assert {name: found[name] for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize("sample", [s for s in EVERY if s.values[0].diagnosed])
def test_each_mistake_is_named(graded: Course, sample: Sample) -> None:
    found = verdicts(graded, sample.student)
    for exercise, name in sample.diagnosed.items():
        assert name in found[exercise]["diagnoses"]


@pytest.mark.parametrize(
    ("student", "exercise", "reason"),
    [
        ("kernel_dies", "softmax_loss", "the kernel died"),
        ("infinite_loop", "sgd_step", "too long"),
        ("stubborn_loop", "sgd_step", "too long"),
        ("untouched", "Matmul", "nothing is written here yet"),
    ],
)
def test_the_reason_is_stated(graded: Course, student: str, exercise: str, reason: str) -> None:
    stated = verdicts(graded, student)[exercise]["reason"]
    assert isinstance(stated, list)
    assert reason in stated[1]


def test_repairs_are_listed(graded: Course) -> None:
    for student in ("cells_deleted", "cells_copied", "cells_split", "cells_retyped", "cells_edited", "not_json"):
        feedback = (graded.folder / "feedback" / student / "mlp_backprop" / "mlp_backprop.html").read_text()
        assert "Repaired before grading" in feedback, student


def test_feedback_says_right_or_wrong_for_each_gradient(graded: Course) -> None:
    page = (graded.folder / "feedback" / "one_over_N_missing" / "mlp_backprop" / "mlp_backprop.html").read_text()
    assert "1/N is missing" in page
    assert re.search(r"<code>W1</code></th><td[^>]*>✗ wrong", page)
    assert re.search(r"<code>loss</code></th><td[^>]*>✓ right", page)


def test_feedback_shows_no_hidden_part(graded: Course) -> None:
    for page in (graded.folder / "feedback").rglob("*.html"):
        text = page.read_text()
        assert "HIDDEN TESTS" not in text, page
        assert "MARK SCHEME" not in text, page
        assert "vnd.handgrad" not in text, page


def test_a_regrade_gives_the_same_marks(graded: Course) -> None:
    before = graded.scores("regularisation_without_2")
    done = graded.nbgrader("autograde", "mlp_backprop", "--student", "regularisation_without_2", "--force")
    assert done.returncode == 0, done.stderr
    assert graded.scores("regularisation_without_2") == before


def test_the_report_names_students_scores_and_mistakes(graded: Course, capsys: pytest.CaptureFixture[str]) -> None:
    assert report.run("mlp_backprop", graded.folder) == 0
    table = capsys.readouterr().out
    for sample in SAMPLES:
        assert sample.student in table
    assert "regularisation_without_2" in table
    assert "where to look" in table


def test_samples_need_a_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handgrad.grading.references.course_folder", lambda: tmp_path)
    with pytest.raises(FileNotFoundError, match="make release"):
        samples.write("mlp_backprop", tmp_path)


def test_the_release_validates_as_a_student_would(graded: Course, tmp_path: Path) -> None:
    """nbgrader's Validate button: the solved release passes, the untouched one fails on each test."""
    from nbgrader.validator import Validator

    for student, clean in (("perfect", True), ("untouched", False)):
        source = graded.folder / "submitted" / student / "mlp_backprop" / "mlp_backprop.ipynb"
        results = Validator().validate(str(source))
        assert results == {} if clean else len(results["failed"]) == 12
    assert json.loads((ROOT / "release" / "mlp_backprop" / "mlp_backprop.ipynb").read_text())["nbformat"] == 4
    assert nbformat.read(ROOT / "release" / "mlp_backprop" / "mlp_backprop.ipynb", as_version=4).cells
