"""``handgrad grade``: several submissions at once, stopped and gone on with, and bad input."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from handgrad import references
from handgrad.building.samples import solved
from handgrad.running import sandbox
from handgrad.running.pool import shares
from tests.conftest import ROOT, Course, new_course

ASSIGNMENT = "tensor_basics"
STUDENTS = ("ann", "bob", "cay", "dan", "eve")


@pytest.fixture
def handed_in(tmp_path: Path) -> Course:
    """A course in which five students handed in the release as it is."""
    course = new_course(tmp_path / "course", ASSIGNMENT)
    text = (ROOT / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8")
    for student in STUDENTS:
        course.submit(student, text, ASSIGNMENT)
    return course


def graded_students(course: Course) -> set[str]:
    return {path.parts[-3] for path in (course.folder / "autograded").glob("*/*/*.ipynb")}


def test_an_interrupt_stops_cleanly_and_the_next_run_goes_on(handed_in: Course) -> None:
    last = nbformat.read(handed_in.folder / "submitted" / "eve" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    last.cells.insert(1, nbformat.v4.new_code_cell("import time\ntime.sleep(2)"))  # still there to be interrupted
    handed_in.submit("eve", nbformat.writes(last), ASSIGNMENT)
    command = ["handgrad", "grade", ASSIGNMENT, "--jobs", "1"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "HANDGRAD_COURSE": str(handed_in.folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # the interrupt is for this process and its workers alone
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("1/5")
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=120)[1]
    assert process.returncode == 130, said
    assert "the same command goes on from here" in said
    before = graded_students(handed_in)
    assert 1 <= len(before) < len(STUDENTS)
    done = handed_in.run(*command)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("graded before") == len(before)
    assert graded_students(handed_in) == set(STUDENTS)
    assert all(set(handed_in.scores(student, ASSIGNMENT).values()) <= {0, None} for student in STUDENTS)


MOUNTS = ["unshare", "--mount"]


def may_mount() -> bool:
    """Return whether this process may mount something for itself alone."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        return False
    return subprocess.run([*MOUNTS, "true"], check=False).returncode == 0


@pytest.mark.skipif(not may_mount(), reason="nobody but root can make a disk that is full")
def test_a_full_disk_is_waited_for(handed_in: Course) -> None:
    graded = handed_in.folder / "autograded"
    graded.mkdir()
    full = 'mount -t tmpfs -o size=16m none "$0" && head -c 16m /dev/zero > "$0/ballast"; exec "$@"'
    process = subprocess.Popen(
        [*MOUNTS, "sh", "-c", full, str(graded), "handgrad", "grade", ASSIGNMENT, "--jobs", "1"],
        cwd=ROOT,
        env={**os.environ, "HANDGRAD_COURSE": str(handed_in.folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        line = next(line for line in process.stderr if "waiting" in line)
        assert "waiting, at most 15 minutes: a disk cannot be used: No space left on device" in line
        Path(f"/proc/{process.pid}/root{graded}/ballast").unlink()
        said = process.communicate(timeout=120)[1]
    finally:
        process.kill()
    assert process.returncode == 0, said
    assert "it is back" in said
    assert "Traceback" not in said
    assert all(set(handed_in.scores(student, ASSIGNMENT).values()) <= {0, None} for student in STUDENTS)


def test_one_that_cannot_be_graded_stops_no_other(handed_in: Course) -> None:
    folder = handed_in.folder / "submitted" / "bob" / ASSIGNMENT
    shutil.move(folder / f"{ASSIGNMENT}.ipynb", folder / "homework.ipynb")
    shutil.copytree(handed_in.folder / "submitted" / "ann", handed_in.folder / "submitted" / "[abc]*")
    done = handed_in.run("handgrad", "grade", ASSIGNMENT)
    assert done.returncode == 1
    assert "could not be graded: ?abc??, bob" in done.stderr
    assert "'?abc??' cannot be a student's id" in done.stdout
    assert f"the notebook of this assignment is named {ASSIGNMENT}.ipynb" in done.stderr
    assert graded_students(handed_in) == set(STUDENTS) - {"bob"}


def test_some_students_alone_and_unknown_ones(handed_in: Course) -> None:
    done = handed_in.run("handgrad", "grade", ASSIGNMENT, "--student", "cay")
    assert done.returncode == 0, done.stderr
    assert graded_students(handed_in) == {"cay"}
    done = handed_in.run("handgrad", "grade", ASSIGNMENT, "--student", "zoe")
    assert done.returncode == 2
    assert f"there is no submission of {ASSIGNMENT} by: zoe" in done.stderr


def test_no_submissions(handed_in: Course) -> None:
    shutil.rmtree(handed_in.folder / "submitted")
    done = handed_in.run("handgrad", "grade", ASSIGNMENT)
    assert done.returncode == 2
    assert "there are no submissions of tensor_basics; they are looked for in" in done.stderr


def test_a_loop_without_end_costs_its_cell_alone(handed_in: Course) -> None:
    release = nbformat.read(ROOT / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    notebook = solved(references.load(ASSIGNMENT, ROOT), release)
    notebook.cells.insert(2, nbformat.v4.new_code_cell("while True:\n    pass"))
    handed_in.submit("ann", nbformat.writes(notebook), ASSIGNMENT)
    done = handed_in.run("handgrad", "grade", ASSIGNMENT)
    assert done.returncode == 0, done.stderr
    scores = handed_in.scores("ann", ASSIGNMENT)
    assert all(score != 0 for score in scores.values())
    # it may have been slow beside others, so it had its time once more, alone
    assert done.stderr.count("ann is run again at the end: it took longer than its limit") == 1
    # the limit follows from what the source notebook took here
    assert "axis_of_len" in json.loads((handed_in.folder / "course_times.json").read_text())[ASSIGNMENT]["seconds"]


def test_nothing_is_taken_away_before_all_that_grading_needs_is_there(handed_in: Course, tmp_path: Path) -> None:
    assert handed_in.run("handgrad", "grade", ASSIGNMENT, "--student", "cay").returncode == 0
    book, secret = handed_in.folder / "gradebook.db", handed_in.folder / "course_secret"
    whole = {path: path.read_bytes() for path in (book, secret)}
    graded = handed_in.folder / "autograded" / "cay" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    before = graded.read_bytes()
    elsewhere = Course(handed_in.folder, environment={"HANDGRAD_DB": f"sqlite:///{tmp_path}/nothing.db"})

    def refused(course: Course, name: str = ASSIGNMENT) -> str:
        """Grade with both commands, which have to refuse in words, and return these."""
        told = ""
        for command in (["handgrad", "grade"], ["nbgrader", "autograde"]):
            done = course.run(*command, name, "--force")
            assert done.returncode in (1, 2)
            assert "Traceback" not in done.stderr
            told += done.stderr
        assert graded.read_bytes() == before
        return told

    assert refused(elsewhere).count(f"nothing was graded: there is no gradebook in {tmp_path}") == 2
    assert not (tmp_path / "nothing.db").exists()
    assert f"the gradebook knows no assignment '{ASSIGNMENT}/'" in refused(handed_in, f"{ASSIGNMENT}/")
    secret.write_text("\n")
    assert refused(handed_in).count("nothing was graded: course_secret is empty") == 2
    secret.write_bytes(whole[secret])
    book.write_bytes(b"no database" * 1000)
    assert refused(handed_in).count("file is not a database") == 2


@pytest.mark.skipif(sandbox.available() is not None, reason=f"no sandbox here: {sandbox.available()}")
def test_each_of_two_at_once_has_its_own_cores(handed_in: Course) -> None:
    """Also a student's process cannot leave them."""
    notebook = nbformat.read(ROOT / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    asked = "import os, time\ntime.sleep(2)\nprint(sorted(os.sched_getaffinity(0)))"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(asked))
    for student in ("ann", "bob"):
        handed_in.submit(student, nbformat.writes(notebook), ASSIGNMENT)
    done = handed_in.run("handgrad", "grade", ASSIGNMENT, "--jobs", "2", "--student", "ann", "--student", "bob")
    assert done.returncode == 0, done.stderr
    said = []
    for student in ("ann", "bob"):
        path = handed_in.folder / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        cell = nbformat.read(path, as_version=4).cells[0]
        said.append(str(cell.outputs[0]["text"]).strip())
    assert sorted(said) == sorted(str(sorted(cores)) for cores in shares(2))


def recorded(course: Course) -> tuple[dict[str, list[tuple[object, ...]]], dict[str, object]]:
    """Return the rows of each table and the content of each graded file, but for ids, nonces and times."""
    rows = {}
    with contextlib.closing(sqlite3.connect(course.folder / "gradebook.db")) as book:
        for table, columns in TABLES.items():
            of = (
                "JOIN base_cell b ON b.id = x.cell_id JOIN submitted_notebook n ON n.id = x.notebook_id "
                "JOIN submitted_assignment s ON s.id = n.assignment_id"
            )
            joined = of if table in ("grade", "comment") else ""
            rows[table] = sorted(book.execute(f"SELECT {columns} FROM {table} x {joined}"), key=repr)
    files: dict[str, object] = {}
    for path in sorted((course.folder / "autograded").rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".ipynb":
                notebook = json.loads(content)
                for timed in ("began", "seconds"):
                    del notebook["metadata"]["handgrad"][timed]
                content = json.dumps(notebook).encode()
            files[str(path.relative_to(course.folder))] = (oct(path.stat().st_mode), content)
    return rows, files


TABLES = {
    "student": "id, first_name, last_name, email, lms_user_id",
    "submitted_assignment": "student_id, timestamp, extension",
    "submitted_notebook": "late_submission_penalty",
    "grade": "s.student_id, b.name, auto_score, manual_score, extra_credit, needs_manual_grade",
    "comment": "s.student_id, b.name, auto_comment, manual_comment",
}


def test_many_in_one_transaction_leave_the_rows_and_files_of_each_alone(handed_in: Course, tmp_path: Path) -> None:
    """Also of those who were graded and marked before, came late, changed their answer, or handed in no notebook."""
    release = nbformat.read(ROOT / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    handed_in.submit("ann", nbformat.writes(solved(references.load(ASSIGNMENT, ROOT), release)), ASSIGNMENT)
    (handed_in.folder / "submitted" / "bob" / ASSIGNMENT / "timestamp.txt").write_text("2026-02-01 12:00:00 UTC")
    handed_in.submit("cay", "no notebook", ASSIGNMENT)
    assert handed_in.run("handgrad", "grade", ASSIGNMENT, "--student", "dan").returncode == 0
    with Gradebook(f"sqlite:///{handed_in.folder / 'gradebook.db'}") as book:
        book.find_assignment(ASSIGNMENT).duedate = datetime(2026, 1, 31)
        for grade in book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "dan").grades:
            grade.manual_score, grade.needs_manual_grade = 1.0, False
        book.db.commit()
    handed_in.submit("dan", nbformat.writes(solved(references.load(ASSIGNMENT, ROOT), release)), ASSIGNMENT)
    one_by_one = Course(tmp_path / "one_by_one")
    shutil.copytree(handed_in.folder, one_by_one.folder)
    late = "--LateSubmissionPlugin.penalty_method=zero"
    for student in STUDENTS:
        done = one_by_one.nbgrader("autograde", ASSIGNMENT, "--student", student, late)
        assert done.returncode == 0, done.stderr
    assert handed_in.run("nbgrader", "autograde", ASSIGNMENT, late).returncode == 0
    together, alone = recorded(handed_in), recorded(one_by_one)
    assert together == alone
    assert len(together[0]["student"]) == len(together[0]["submitted_notebook"]) == len(STUDENTS)
    grades = {(who, name): rest for who, name, *rest in together[0]["grade"]}
    # another answer than was marked
    assert all(grades["dan", name][-1] for name in references.load(ASSIGNMENT, ROOT).exercises)
    assert {who for who, name, comment, _ in together[0]["comment"] if "Not judged" in str(comment)} == {"cay"}
