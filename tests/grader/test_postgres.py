"""The road of ``make demo``, with a real PostgreSQL server in the place of SQLite."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from handgrad.building import samples
from handgrad.cli import main
from handgrad.grading import gradebook
from handgrad.references import Assignment
from tests.conftest import ROOT, Course
from tests.services import Server, postgres

pytestmark = pytest.mark.postgres

ASSIGNMENT = "tensor_basics"
STUDENTS = ("perfect", "some_predictions_wrong", "untouched")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres() as found:
        yield found


def on_server(server: Server, folder: Path, course_id: str = "ml-2027") -> Course:
    """Return a course folder with a source notebook, whose gradebook is in the server's database."""
    shutil.copytree(ROOT / "source" / ASSIGNMENT, folder / "source" / ASSIGNMENT)
    (folder / "course.toml").write_text(f'course_id = "{course_id}"\n')
    return Course(folder, environment={"HANDGRAD_DB": server.url})


def test_the_road_of_the_demo(server: Server, tmp_path: Path, load: Callable[[str], Assignment]) -> None:
    course = on_server(server, tmp_path / "course")
    samples.write(ASSIGNMENT, tmp_path / "samples")
    for student in STUDENTS:
        shutil.copytree(tmp_path / "samples" / student, course.folder / "submitted" / student)

    def run(*command: str) -> str:
        done = course.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def scores() -> dict[str, dict[str, float | None]]:
        with Gradebook(server.url) as book:
            found = gradebook.submissions(book, ASSIGNMENT)
        return {who: {name: m.score for name, m in one.marks.items() if m.by_judge} for who, one in found.items()}

    run("nbgrader", "generate_assignment", ASSIGNMENT)
    run("nbgrader", "autograde", ASSIGNMENT)
    run("nbgrader", "generate_feedback", ASSIGNMENT)
    points = load(ASSIGNMENT).points
    known = {one.student: one for one in samples.load(ASSIGNMENT, ROOT)}
    expected = {who: known[who].expected(points) for who in STUDENTS}
    assert scores() == {who: pytest.approx(marks, abs=1e-3) for who, marks in expected.items()}
    for student in STUDENTS:
        assert (course.folder / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html").is_file()

    printed = run("handgrad", "report", ASSIGNMENT, "--course", str(course.folder))
    assert "3 of 3 students are graded" in printed
    run("nbgrader", "export", "--exporter=handgrad.reporting.exports.Canvas")
    with (course.folder / "reports" / "canvas.csv").open(encoding="utf-8", newline="") as file:
        exported = {row["SIS Login ID"]: row[ASSIGNMENT] for row in csv.DictReader(file) if row["SIS Login ID"]}
    totals = {who: sum(marks.values()) for who, marks in expected.items()}
    assert {who: float(score) for who, score in exported.items()} == pytest.approx(totals, abs=1e-3)

    # several at once, on one gradebook
    printed = run("handgrad", "grade", ASSIGNMENT, "--jobs", "2", "--force")
    assert "graded 3 of 3" in printed
    assert scores() == {who: pytest.approx(marks, abs=1e-3) for who, marks in expected.items()}

    # and nothing of it went into SQLite
    assert list(course.folder.glob("gradebook*")) == []


def test_a_server_that_goes_away_is_waited_for(server: Server, tmp_path: Path) -> None:
    course = on_server(server, tmp_path / "course")
    samples.write(ASSIGNMENT, tmp_path / "samples")
    students = [f"student{number}" for number in range(4)]
    for student in students:
        shutil.copytree(tmp_path / "samples" / "perfect", course.folder / "submitted" / student)
    assert course.nbgrader("generate_assignment", ASSIGNMENT, "--force").returncode == 0
    process = subprocess.Popen(
        ["handgrad", "grade", ASSIGNMENT, "--jobs", "2"],
        cwd=course.checkout,
        env={**os.environ, **course.environment, "HANDGRAD_COURSE": str(course.folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("1/4")
        server.end(signal.SIGQUIT)  # at once, as if the machine had failed
        time.sleep(2)
        server.serve()
        printed, said = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 0, printed + said
    assert "waiting, at most 15 minutes: the gradebook cannot be used" in said
    assert "it is back" in said
    assert "Traceback" not in said
    with Gradebook(server.url) as book:
        found = gradebook.submissions(book, ASSIGNMENT)
        marks = [{name: mark.auto for name, mark in found[student].marks.items()} for student in students]
    assert marks == [marks[0]] * 4
    assert None not in [mark.auto for mark in found["student0"].marks.values() if mark.by_judge]


def test_two_courses_do_not_share_a_database(server: Server, tmp_path: Path) -> None:
    """Whichever command comes first: nbgrader would take the assignments of one for those of the other."""
    first, second = on_server(server, tmp_path / "a"), on_server(server, tmp_path / "b", "ml-2027-b")
    assert first.nbgrader("generate_assignment", ASSIGNMENT, "--force").returncode == 0
    for command in (["nbgrader", "generate_assignment", ASSIGNMENT], ["handgrad", "report", ASSIGNMENT]):
        done = second.run(*command)
        assert done.returncode != 0
        assert "holds the marks of ml-2027, and" in done.stderr
        assert "make a database for each course" in done.stderr
        assert "Traceback" not in done.stderr
    assert not (second.folder / "release").exists()

    (second.folder / "course.toml").unlink()
    done = second.nbgrader("db", "student", "add", "ann")
    assert done.returncode != 0
    assert 'write course_id = "NAME" into its course.toml, or unset HANDGRAD_DB' in done.stderr
    with Gradebook(server.url) as book:
        assert "ann" not in {student.id for student in book.students}


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("postgresql+psycopg://handgrad@/postgres?host=/nonexistent", "cannot be reached"),
        ("postgresql+psycopg://handgrad@/nothing?host={folder}", 'database "nothing" does not exist'),
        ("no address", "HANDGRAD_DB is no address of a database"),
        ("nosuch://x/y", "HANDGRAD_DB is no address of a database"),
    ],
)
def test_an_address_that_leads_nowhere(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    address: str,
    word: str,
) -> None:
    (tmp_path / "course.toml").write_text('course_id = "ml-2027"\n')
    monkeypatch.setenv("HANDGRAD_DB", address.format(folder=server.folder))
    assert main(["report", ASSIGNMENT, "--course", str(tmp_path)]) == 2
    assert word in capsys.readouterr().err
