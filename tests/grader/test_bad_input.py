"""Bad input gets a clear word and a failing exit status, and loses nothing."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from handgrad.cli import main
from tests.conftest import ROOT, Course, new_course, release

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


def test_a_folder_without_a_notebook(course: Course) -> None:
    (course.folder / "submitted" / "cay" / "mlp_backprop").mkdir(parents=True)
    done = course.run("handgrad", "grade", "mlp_backprop")
    assert done.returncode != 0
    assert "cay/mlp_backprop: it is to hold mlp_backprop.ipynb" in done.stdout


def test_a_course_without_a_gradebook(course: Course) -> None:
    course.submit("ann", RELEASE.read_text())
    (course.folder / "gradebook.db").unlink()
    done = course.nbgrader("autograde", "mlp_backprop")
    assert done.returncode != 0
    assert "run `nbgrader generate_assignment ASSIGNMENT` first" in done.stderr


def test_references_that_cannot_be_imported(course: Course, tmp_path: Path) -> None:
    course.submit("ann", RELEASE.read_text())
    done = course.nbgrader("autograde", "mlp_backprop")
    assert done.returncode == 0, done.stderr
    broken = tmp_path / "broken"
    for name in ("grader_tests", "authoring"):
        shutil.copytree(ROOT / name, broken / name, ignore=shutil.ignore_patterns("__pycache__", "right"))
    (broken / "grader_tests" / "mlp_backprop" / "reference.py").write_text("import no_such_module\n")
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
        (["try", "nothing", str(RELEASE)], "it knows: chain_rule, lstm_2d, mlp_backprop"),
        (["try", "mlp_backprop", str(RELEASE.parent)], "there is no file"),
        (["text", "nothing"], "there is no notebook source/nothing/nothing.ipynb; there are: chain_rule"),
        (["samples", "nothing"], "it knows: chain_rule"),
        (["samples", "mlp_backprop", "--into", str(RELEASE)], "Not a directory"),
        (["doctor", "nothing.ipynb"], "there is no file nothing.ipynb"),
        (["doctor", str(RELEASE.parent)], "is a folder: name the notebook in it"),
        (["doctor", "--fix"], "name it"),
        (["doctor", "/dev/null"], "it is empty"),
        (["report", "mlp_backprop", "--course", "/no/such/folder"], "there is no gradebook in /no/such/folder"),
    ],
)
def test_commands_on_what_is_not_there(command: list[str], word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command) == 2
    assert word in capsys.readouterr().err


def failed(course: Course, *command: str, read_only: bool = False) -> str:
    """Run handgrad on a course, which has to refuse in words, and return these."""
    around = ("bwrap", "--dev-bind", "/", "/", "--ro-bind", str(course.folder), str(course.folder)) if read_only else ()
    done = course.run(*around, "handgrad", *command)
    assert done.returncode in (1, 2), done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr + done.stdout


def test_a_gradebook_that_is_damaged(course: Course) -> None:
    course.submit("ann", RELEASE.read_text())
    path = course.folder / "gradebook.db"
    path.write_text("no database" * 1000)
    assert "file is not a database" in failed(course, "report", "mlp_backprop", "--course", str(course.folder))
    assert "nothing was graded" in failed(course, "grade", "mlp_backprop")
    assert path.read_text() == "no database" * 1000
    path.unlink()
    path.mkdir()
    assert "there is no gradebook" in failed(course, "report", "mlp_backprop", "--course", str(course.folder))
    assert "nothing was graded" in failed(course, "grade", "mlp_backprop")
    assert not (course.folder / "autograded").exists()


def test_what_a_notebook_claims_of_itself_reaches_no_page(course: Course) -> None:
    """A submission cannot write into the grader's own notes, which are shown to the instructor as they are."""
    html = "<img src=x onerror=alert(1)>"
    empty = nbformat.v4.new_notebook(metadata={"handgrad": {"unreadable": html, "repairs": [html]}})
    course.submit("ann", nbformat.writes(empty))
    released = json.loads(RELEASE.read_text(encoding="utf-8"))
    for cell in released["cells"]:
        cell["cell_type"] = html
    course.submit("bob", json.dumps(released))
    assert course.nbgrader("autograde", "mlp_backprop").returncode == 0
    assert course.nbgrader("generate_feedback", "mlp_backprop").returncode == 0
    for student in ("ann", "bob"):
        for folder in ("autograded", "feedback"):
            (path,) = (course.folder / folder / student).rglob("mlp_backprop.*")
            assert "onerror" not in path.read_text(encoding="utf-8"), path


HOSTILE = "<img src=x onerror=alert(1)>"
SHOWN = "?img src?x onerror?alert?1??"


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, str]:
    """A graded course in which one id is more than a name, and odd files lie beside a notebook; and what was said."""
    course = new_course(tmp_path_factory.mktemp("odd") / "course")
    course.submit(HOSTILE, RELEASE.read_text())
    folder = course.submit("zoë", RELEASE.read_text()).parent
    for name in (
        "figure.html",
        "plot.SVG",
        "a`b<i>\n.js",
        "data.csv",
        "scan.PNG",
        "\x1b]0;title\x07.csv",
        "helper.py",
        "nbgrader_config.json",
    ):
        (folder / name).write_text("<svg onload=alert(1)>")
    done = course.nbgrader("autograde", "mlp_backprop")
    assert done.returncode != 0
    return course, done.stderr


def test_an_id_that_is_more_than_a_name_is_refused_at_every_door(odd: tuple[Course, str]) -> None:
    course, said = odd
    assert f"'{SHOWN}' cannot be a student's id: only letters" in said
    assert course.scores("zoë")["Matmul"] == 0
    assert "cannot be a student's id" in failed(course, "grade", "mlp_backprop")
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as gradebook:
        assert [student.id for student in gradebook.students] == ["zoë"]
    report = failed(course, "report", "mlp_backprop", "--course", str(course.folder))
    assert f"not graded: {SHOWN}" in report
    assert "onerror=" not in (course.folder / "reports" / "mlp_backprop" / "index.html").read_text()


def test_what_is_left_out_beside_a_notebook_is_named(odd: tuple[Course, str]) -> None:
    course, _ = odd
    copied = course.folder / "autograded" / "zoë" / "mlp_backprop"
    assert sorted(os.listdir(copied)) == ["\x1b]0;title\x07.csv", "data.csv", "mlp_backprop.ipynb", "scan.PNG"]
    note = nbformat.read(copied / "mlp_backprop.ipynb", as_version=4).cells[0].source
    assert "left out: `a?b?i??.js`, `figure.html`, `helper.py`, `nbgrader_config.json`, `plot.SVG`." in note
    assert len(os.listdir(course.folder / "submitted" / "zoë" / "mlp_backprop")) == 9


def test_a_name_of_a_file_does_nothing_to_the_terminal(odd: tuple[Course, str]) -> None:
    _, said = odd
    assert "\\x1b]0;title\\x07.csv" in said
    assert "\x1b" not in said


def test_an_id_from_before_is_not_exported(odd: tuple[Course, str], tmp_path: Path) -> None:
    course = Course(tmp_path / "course")
    course.folder.mkdir()
    shutil.copy(odd[0].folder / "gradebook.db", course.folder)
    with sqlite3.connect(course.folder / "gradebook.db") as database:
        database.execute("UPDATE student SET id = ?", [HOSTILE])
        database.execute("UPDATE submitted_assignment SET student_id = ?", [HOSTILE])
    done = course.nbgrader("export", "--exporter=handgrad.reporting.exports.Exercises")
    assert f"left out: '{SHOWN}' cannot be a student's id" in done.stderr
    assert "img" not in (course.folder / "reports" / "exercises.csv").read_text()


def test_a_folder_that_cannot_be_written_to(course: Course) -> None:
    notebook = nbformat.read(RELEASE, as_version=4)
    notebook.cells = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") != "Relu"]
    path = course.submit("ann", nbformat.writes(notebook))
    assert "Read-only" in failed(course, "samples", "mlp_backprop", "--into", str(path.parents[2]), read_only=True)
    assert "gradebook.db cannot be written to" in failed(course, "grade", "mlp_backprop", read_only=True)
    assert "Read-only" in failed(course, "doctor", str(path), "--fix", read_only=True)
    assert os.listdir(path.parent) == [path.name]


def test_any_letters_in_ids_and_paths(tmp_path: Path) -> None:
    course = release(tmp_path / "the course 课程-é")
    course.submit("李 明-é", RELEASE.read_text())
    course.submit("O'Neill, Zoë", "broken")
    done = course.run("handgrad", "grade", "mlp_backprop", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    assert (course.folder / "autograded" / "李 明-é" / "mlp_backprop" / "mlp_backprop.ipynb").is_file()
    done = course.run("handgrad", "report", "mlp_backprop", "--course", str(course.folder))
    assert done.returncode == 0, done.stderr
    assert "李 明-é" in done.stdout
    assert "O'Neill, Zoë" in done.stdout
    assert "no submission" in failed(course, "grade", "mlp_backprop", "--student", "张 伟")
    assert "there are no submissions" in failed(course, "grade", "mlp_backpropp")
