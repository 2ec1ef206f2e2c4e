"""Bad input gets a clear word and a failing exit status, and loses nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grader_tests.conftest import ROOT, Course
from handgrad.cli import main

RELEASE = ROOT / "release" / "mlp_backprop" / "mlp_backprop.ipynb"


def test_an_unknown_assignment(course: Course) -> None:
    course.submit("ann", RELEASE.read_text())
    done = course.nbgrader("autograde", "mlp_backpropp")
    assert done.returncode != 0
    assert "No notebooks were matched" in done.stderr
    assert "Did you mean" in done.stderr


def test_no_submissions(course: Course) -> None:
    done = course.nbgrader("autograde", "mlp_backprop")
    assert done.returncode != 0
    assert "No notebooks were matched" in done.stderr


def test_a_notebook_of_another_name(course: Course) -> None:
    path = course.submit("ann", RELEASE.read_text(), name="homework (1)")
    course.submit("bob", RELEASE.read_text())
    done = course.nbgrader("autograde", "mlp_backprop")
    assert done.returncode != 0
    assert "the notebook of this assignment is named mlp_backprop.ipynb" in done.stderr
    assert path.exists()
    assert course.scores("bob")["Matmul"] == 0


def test_a_course_without_a_gradebook(course: Course) -> None:
    course.submit("ann", RELEASE.read_text())
    (course.folder / "gradebook.db").unlink()
    done = course.nbgrader("autograde", "mlp_backprop")
    assert done.returncode != 0
    assert "nbgrader generate_assignment mlp_backprop" in done.stderr


def test_references_that_cannot_be_imported(course: Course, tmp_path: Path) -> None:
    course.submit("ann", RELEASE.read_text())
    done = course.nbgrader("autograde", "mlp_backprop")
    assert done.returncode == 0, done.stderr
    broken = tmp_path / "broken"
    for name in ("grader_tests", "authoring"):
        shutil.copytree(ROOT / name, broken / name, ignore=shutil.ignore_patterns("__pycache__", "corpus"))
    (broken / "grader_tests" / "mlp_backprop.py").write_text("import no_such_module\n")
    before = course.scores("ann")
    done = course.nbgrader("autograde", "mlp_backprop", "--force", f"--DrawCases.references={broken}")
    assert done.returncode != 0
    assert "the references of 'mlp_backprop' cannot be imported" in done.stderr
    assert "no_such_module" in done.stderr
    assert course.scores("ann") == before
    assert (
        course.folder / "submitted" / "ann" / "mlp_backprop" / "mlp_backprop.ipynb"
    ).read_text() == RELEASE.read_text()


def test_the_report_without_a_gradebook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "mlp_backprop", "--course", str(tmp_path)]) == 2
    assert "there is no gradebook" in capsys.readouterr().err


def test_the_report_of_an_unknown_assignment(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "nothing", "--course", str(course.folder)]) == 2
    assert "it knows: mlp_backprop" in capsys.readouterr().err


def test_the_report_before_grading(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "mlp_backprop", "--course", str(course.folder)]) == 0
    assert "No submission" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (["notebooks", "nothing"], "there is no text"),
        (["try", "nothing", "x.py"], "there is no file"),
        (["samples", "nothing"], "make release"),
    ],
)
def test_commands_on_what_is_not_there(command: list[str], word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command) == 2
    assert word in capsys.readouterr().err
