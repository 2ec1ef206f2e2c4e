"""Every sample submission gets its score, through the real nbgrader, kernel and gradebook."""

from __future__ import annotations

import copy
import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
from nbgrader.preprocessors import CheckCellMetadata, DeduplicateIds, OverwriteCells, OverwriteKernelspec

from handgrad.building import samples
from handgrad.building.samples import Sample
from handgrad.cli import main
from handgrad.grading.graded import read
from handgrad.judging.verdict_json import VerdictRecord
from handgrad.references import Assignment
from tests.conftest import ROOT, Course, new_course

Graded = Callable[[str], Course]
ASSIGNMENTS = sorted(path.parent.name for path in (ROOT / "grader_tests").glob("*/samples.py"))


EVERY = [
    pytest.param(name, sample, id=f"{name}-{sample.student}")
    for name in ASSIGNMENTS
    for sample in samples.load(name, ROOT)
]


def page(course: Course, assignment: str, student: str) -> str:
    return (course.folder / "feedback" / student / assignment / f"{assignment}.html").read_text(encoding="utf-8")


def verdicts(course: Course, assignment: str, student: str) -> dict[str, VerdictRecord]:
    path = course.folder / "autograded" / student / assignment / f"{assignment}.ipynb"
    return {verdict.exercise: verdict for verdict in read(path).verdicts}


@pytest.mark.parametrize(("assignment", "sample"), EVERY)
def test_each_exercise_has_its_expected_score(
    graded: Graded, load: Callable[[str], Assignment], assignment: str, sample: Sample
) -> None:
    found = graded(assignment).scores(sample.student, assignment)
    expected = sample.expected(load(assignment).points)
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(("assignment", "sample"), [p for p in EVERY if p.values[1].diagnosed])
def test_each_mistake_is_named(graded: Graded, assignment: str, sample: Sample) -> None:
    found = verdicts(graded(assignment), assignment, sample.student)
    for exercise, name in sample.diagnosed.items():
        assert name in found[exercise].diagnoses


@pytest.mark.parametrize(
    ("assignment", "student", "exercise", "reason"),
    [
        ("mlp_backprop", "kernel_dies", "softmax_loss", "the kernel died"),
        ("mlp_backprop", "infinite_loop", "sgd_step", "too long"),
        ("mlp_backprop", "stubborn_loop", "sgd_step", "too long"),
        ("mlp_backprop", "untouched", "Matmul", "nothing is written here yet"),
        ("mlp_training", "mistakes_and_time", "train_or", "too long"),
    ],
)
def test_the_reason_is_stated(graded: Graded, assignment: str, student: str, exercise: str, reason: str) -> None:
    stated = verdicts(graded(assignment), assignment, student)[exercise].reason
    assert stated is not None
    assert reason in stated.message


@pytest.mark.parametrize(
    "student", ["cells_deleted", "cells_copied", "cells_split", "cells_retyped", "cells_edited", "not_json"]
)
def test_repairs_are_listed(graded: Graded, student: str) -> None:
    assert "Repaired before grading" in page(graded("mlp_backprop"), "mlp_backprop", student)


def test_feedback_says_right_or_wrong_for_each_gradient(graded: Graded) -> None:
    feedback = page(graded("mlp_backprop"), "mlp_backprop", "one_over_N_missing")
    assert "1/N is missing" in feedback
    assert re.search(r"<code>W1</code>(, <code>\w+</code>)*</th><td[^>]*>✗ wrong", feedback)
    assert re.search(r"<code>loss</code></th><td[^>]*>✓ right", feedback)


def test_feedback_begins_with_scores_mistakes_and_where_to_look(graded: Graded) -> None:
    feedback = page(graded("mlp_backprop"), "mlp_backprop", "one_over_N_missing")
    summary = feedback[feedback.index('class="summary"') : feedback.index('id="notebook"')]
    assert "mlp_backprop: 75.4 of 89 points" in summary
    assert "4 of these points are for answers that nobody has read yet." in summary
    assert summary.count("<li class=") == 13
    assert summary.count("1/N is missing") == 1
    assert re.search(r"Exercise 6: two_layer_loss</a>\s*<span[^>]*>✗ 2.4 of 12 points", summary)
    anchors = re.findall(r'href="#([^"]+)"', summary)
    assert len(anchors) == 15
    for anchor in map(unquote, anchors):
        assert f'id="{anchor}"' in feedback or f'name="{anchor}"' in feedback, anchor


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_feedback_shows_no_hidden_part(graded: Graded, assignment: str) -> None:
    pages = list((graded(assignment).folder / "feedback").rglob("*.html"))
    assert len(pages) == len(samples.load(assignment, ROOT))
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert "HIDDEN TESTS" not in text, path
        assert "MARK SCHEME" not in text, path
        assert "vnd.handgrad" not in text, path


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_nbgraders_own_guards_find_nothing_left_to_do(graded: Graded, assignment: str) -> None:
    """Repair takes their place: it takes every mark from the gradebook."""
    course = graded(assignment)
    where = {"assignment": assignment, "notebook": assignment, "db_url": f"sqlite:///{course.folder / 'gradebook.db'}"}
    paths = list((course.folder / "autograded").rglob("*.ipynb"))
    assert len(paths) == len(samples.load(assignment, ROOT))
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        for guard in (DeduplicateIds, OverwriteKernelspec, OverwriteCells, CheckCellMetadata):
            checked, _ = guard().preprocess(copy.deepcopy(notebook), {"nbgrader": where})
            assert checked == notebook, (path, guard)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_a_regrade_gives_the_same_marks(graded: Graded, assignment: str) -> None:
    course = graded(assignment)
    path = course.folder / "autograded" / "perfect" / assignment / f"{assignment}.ipynb"
    before, written = course.scores("perfect", assignment), path.stat().st_mtime_ns
    done = course.nbgrader("autograde", assignment, "--student", "perfect", "--force")
    assert done.returncode == 0, done.stderr
    assert path.stat().st_mtime_ns > written
    assert course.scores("perfect", assignment) == before


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_several_at_once_get_the_marks_of_one_after_the_other(graded: Graded, tmp_path: Path, assignment: str) -> None:
    """``handgrad grade`` on a gradebook of its own gives what ``nbgrader autograde`` gave."""
    one_by_one = graded(assignment)
    at_once = new_course(tmp_path / "course", assignment)
    shutil.copytree(one_by_one.folder / "submitted", at_once.folder / "submitted")
    shutil.copy(one_by_one.folder / "course_secret", at_once.folder)
    done = at_once.run("handgrad", "grade", assignment, "--jobs", "2")
    students = sorted(path.name for path in (at_once.folder / "submitted").iterdir())
    assert f"graded {len(students)} of {len(students)}" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0
    for student in students:
        assert at_once.scores(student, assignment) == one_by_one.scores(student, assignment), student
        assert verdicts(at_once, assignment, student) == verdicts(one_by_one, assignment, student), student


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_report_names_students_scores_and_mistakes(
    graded: Graded, load: Callable[[str], Assignment], assignment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", assignment, "--course", str(graded(assignment).folder)]) == 0
    printed = capsys.readouterr().out
    points = load(assignment).points
    for sample in samples.load(assignment, ROOT):
        row = re.search(rf"^{sample.student} +([\d.]+)/ *[\d.]+\*?  (.+)$", printed, re.MULTILINE)
        assert row, sample.student
        expected = sample.expected(points)
        assert float(row[1]) == pytest.approx(sum(expected.values()), abs=0.006), sample.student
        assert (row[2] == "all right") == (expected == points), sample.student
    assert "most frequent diagnoses" in printed
    assert "where to look" in printed


def test_the_report_counts_each_student_under_the_most_urgent_reason(
    graded: Graded, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = graded("mlp_backprop").folder
    assert main(["report", "mlp_backprop", "--course", str(folder)]) == 0
    reasons = {
        "could not be read": {"not_json"},
        "out of time, without a kernel or not judged": {"infinite_loop", "stubborn_loop", "kernel_dies"},
        "not by hand": {"by_machine"},
    }
    counts = ", ".join(f"{len(students)} {reason}" for reason, students in reasons.items())
    assert f"students to look at: 5 ({counts});" in capsys.readouterr().out
    with (folder / "reports" / "mlp_backprop" / "students.csv").open(encoding="utf-8-sig", newline="") as file:
        look = {row["student"] for row in csv.DictReader(file) if row["look"]}
    assert look == set().union(*reasons.values())


def test_samples_need_a_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("authoring", "grader_tests"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.setattr("handgrad.references.course_folder", lambda: tmp_path)
    with pytest.raises(FileNotFoundError, match="make release"):
        samples.write("mlp_backprop", tmp_path)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_release_validates_as_a_student_would(
    graded: Graded, load: Callable[[str], Assignment], assignment: str
) -> None:
    """nbgrader's Validate button: the solved release passes, the untouched one fails on each test."""
    from nbgrader.validator import Validator

    for student, clean in (("perfect", True), ("untouched", False)):
        source = graded(assignment).folder / "submitted" / student / assignment / f"{assignment}.ipynb"
        validator = Validator()
        validator.config.Execute.timeout = 300
        results = validator.validate(str(source))
        if clean:
            assert results == {}
        else:
            assert len(results["failed"]) == len(load(assignment).exercises)
