"""``handgrad grade --scheduler``: a real scheduler and real workers, one of which is killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from handgrad.building import samples
from handgrad.running import sandbox
from tests.conftest import Course, new_course
from tests.services import scheduler, workers

pytestmark = pytest.mark.skipif(sandbox.available() is not None, reason=f"no sandbox here: {sandbox.available()}")

ASSIGNMENT = "tensor_basics"


def grading(course: Course, address: str, *more: str) -> subprocess.Popen[bytes]:
    """Start to grade on a cluster; of what it prints, a line that is read takes no other with it."""
    return subprocess.Popen(
        ["handgrad", "grade", ASSIGNMENT, "--scheduler", address, *more],
        cwd=course.checkout,
        env={**os.environ, "HANDGRAD_COURSE": str(course.folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )


def test_a_lost_worker_loses_no_submission(tmp_path: Path) -> None:
    here = new_course(tmp_path / "here", ASSIGNMENT)
    samples.write(ASSIGNMENT, tmp_path / "samples")
    for student in ("perfect", "untouched", "unstable"):
        for copy in "abc":
            shutil.copytree(tmp_path / "samples" / student, here.folder / "submitted" / f"{student}_{copy}")
    students = sorted(path.name for path in (here.folder / "submitted").iterdir())
    with scheduler(tmp_path) as (_, address), workers(address, tmp_path, 2) as (one, other):
        process = grading(here, address)
        assert process.stdout is not None
        printed = [process.stdout.readline().decode() for _ in range(2)]
        one.kill()
        rest, errors = process.communicate(timeout=180)
        assert other.poll() is None
    assert process.returncode == 0, errors
    printed += rest.decode().splitlines()
    assert f"graded {len(students)} of {len(students)}" in printed[-1]
    # each is recorded once, with the marks that it gets on one machine
    there = Course(tmp_path / "there", here.checkout)
    shutil.copytree(here.folder / "source", there.folder / "source")
    shutil.copytree(here.folder / "submitted", there.folder / "submitted")
    shutil.copy(here.folder / "course_secret", there.folder)
    assert there.nbgrader("generate_assignment", ASSIGNMENT).returncode == 0
    done = there.run("handgrad", "grade", ASSIGNMENT)
    assert done.returncode == 0, done.stderr
    for student in students:
        assert here.scores(student, ASSIGNMENT) == there.scores(student, ASSIGNMENT), student
        assert sum(student in line for line in printed) == 1, student


def test_a_lost_scheduler_ends_the_batch_and_the_next_one_goes_on(tmp_path: Path) -> None:
    course = new_course(tmp_path / "course", ASSIGNMENT)
    samples.write(ASSIGNMENT, tmp_path / "samples")
    for copy in "abcd":
        shutil.copytree(tmp_path / "samples" / "perfect", course.folder / "submitted" / copy)

    def harmed(address: str, number: int, *more: int) -> tuple[int, str]:
        """Grade, and after the first submission send the scheduler one signal, and the caller others."""
        process = grading(course, address, "--force")
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"1/4")
        process_of_scheduler.send_signal(number)
        for one in more:
            process.send_signal(one)
        try:
            said = process.communicate(timeout=180)[1].decode()
        finally:
            process.kill()
        assert "Traceback" not in said
        assert "the same command goes on from here" in said
        return process.returncode, said

    with scheduler(tmp_path) as (process_of_scheduler, address), workers(address, tmp_path, 1):
        assert harmed(address, signal.SIGSTOP, signal.SIGINT)[0] == 130
        process_of_scheduler.send_signal(signal.SIGCONT)
        status, told = harmed(address, signal.SIGKILL)
        assert status == 1
        assert "the Dask scheduler at" in told
    done = course.run("handgrad", "grade", ASSIGNMENT)
    assert done.returncode == 0, done.stderr
    first, *others = (course.scores(copy, ASSIGNMENT) for copy in "abcd")
    assert others == [first] * 3
    assert all(score != 0 for score in first.values())


def test_a_scheduler_that_is_not_there(tmp_path: Path) -> None:
    course = new_course(tmp_path / "course", ASSIGNMENT)
    course.submit("ann", "{}", ASSIGNMENT)
    for address in ("nonsense://here", "tcp://127.0.0.1:1", "nowhere"):
        done = course.run("handgrad", "grade", ASSIGNMENT, "--scheduler", address)
        assert done.returncode == 2
        assert f"no Dask scheduler answers at {address}" in done.stderr
        assert "Traceback" not in done.stderr
        assert not (course.folder / "autograded").exists()
