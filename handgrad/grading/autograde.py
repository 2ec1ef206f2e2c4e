"""Grade submissions, each of them whole or not at all, at whatever moment the grader ends.

nbgrader's own converter writes a student's notebook into its place before it runs it, and takes every folder that it
finds there for a graded submission. This one works in a scratch folder, which takes its place when the marks are
recorded; what is graded is for the gradebook and the verdicts to say.
"""

from __future__ import annotations

import errno
import glob
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from nbconvert.writers.files import FilesWriter
from nbgrader import converters
from nbgrader.converters.base import NbGraderException
from nbgrader.utils import temp_attrs
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError

from handgrad import course as courses
from handgrad.grading import gradebook as gradebooks
from handgrad.grading import graded, stages
from handgrad.grading.again import Again, Tries
from handgrad.grading.gradebook import Submission
from handgrad.names import check_id, legible
from handgrad.running import interrupts
from handgrad.running.limited import Interrupted

try:
    import fcntl
except ImportError as error:
    raise ImportError("submissions are graded on Linux or macOS; Windows has a Linux of its own (WSL)") from error

SCRATCH = ".grading-"
"""What the name of a scratch folder begins with."""

PATIENCE = 900
"""Seconds for which a gradebook that does not answer, and a disk that is full, is waited for."""

PAUSE = 1.0
"""Seconds between two attempts at it."""


class Autograde(converters.Autograde):  # type: ignore[misc]
    """Grades submissions; one that cannot be graded stops no other."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.tries = Tries()
        self.pause: Callable[[float], object] = time.sleep
        self._place: str = self.coursedir.autograded_directory

    @property
    def _output_directory(self) -> str:
        return self._place

    @property
    def _input_directory(self) -> str:
        submitted: str = self.coursedir.submitted_directory
        return submitted if self._sanitizing else self._place

    def init_notebooks(self) -> None:
        """Find what was handed in; a folder that is there is meant as it stands, and no pattern, whatever its name."""
        course = self.coursedir
        submitted, _ = graded.folders(course, course.student_id, course.assignment_id)
        student = glob.escape(course.student_id) if submitted.is_dir() else course.student_id
        self.assignments = {}
        for folder in glob.glob(self._format_source(course.assignment_id, student)):
            found = glob.glob(os.path.join(glob.escape(folder), f"{course.notebook_id}.ipynb"))
            if found:
                self.assignments[folder] = found
            else:
                self.log.warning("there is no notebook in %r", folder)
        if not self.assignments:
            super().init_notebooks()  # which says what was looked for, and refuses

    def begin(self) -> None:
        """Find what was handed in, and make what converts it; :meth:`start` does so too, and grades all of it."""
        self.init_notebooks()
        self.writer = FilesWriter(parent=self, config=self.config)
        self.exporter = self.exporter_class(parent=self, config=self.config)

    def ready(self) -> Mapping[str, Submission]:
        """Return what the gradebook knows of the assignment, when all that grading needs is there.

        Raises
        ------
        LookupError, RuntimeError, ValueError, OSError
            Where it is not; nothing has been touched then.
        """
        from handgrad.grading.draw import DrawCases

        assignment = self.coursedir.assignment_id
        known = gradebooks.graded_in(self.coursedir.db_url, assignment)
        DrawCases(parent=self).ready(assignment)
        courses.settings(Path(self.coursedir.root))
        return known

    def convert_notebooks(self) -> None:
        """Grade what was found and is not graded yet; what the machine may be to blame for, once more at the end."""
        from handgrad.grading.run import ExecuteProbes

        try:
            known = self.ready()
            ExecuteProbes.runner.require(ExecuteProbes(parent=self).unprotected)
        except (LookupError, RuntimeError, ValueError, OSError) as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from error
        with interrupts.heard(), scratch(self.coursedir) as place:
            try:
                failed = self._each(self._waiting(known), place)
            except KeyboardInterrupt:
                self.log.error("stopped; the same command goes on from here")
                sys.exit(interrupts.STATUS)
        if failed:
            message = f"could not be graded: {', '.join(map(legible, sorted(failed)))}"
            self.log.error("%s", message)
            raise NbGraderException(message)

    def _waiting(self, known: Mapping[str, Submission]) -> dict[str, Tries]:
        """Return who is to be graded."""
        course = self.coursedir
        pattern = self._format_source("(?P<assignment_id>.*)", "(?P<student_id>.*)", escape=True)
        found = (match["student_id"] for folder in sorted(self.assignments) if (match := re.match(pattern, folder)))
        wanted = [student for student in found if student not in (course.student_id_exclude or "").split(",")]
        waiting = {}
        for student in wanted:
            marks = known[student].marks if student in known else None
            done, _ = graded.look(*graded.folders(course, student, course.assignment_id), marks)
            if done is None or self.force:
                waiting[student] = Tries()
            else:
                self.log.info("%s is graded", student)
        return waiting

    def _each(self, waiting: dict[str, Tries], place: str) -> list[str]:
        """Grade one after the other, and return those who could not be."""
        failed = []
        while waiting:
            student = next(iter(waiting))
            tries = waiting.pop(student)
            try:
                self.grade(student, tries, place)
            except Again as error:
                self.log.warning("%s is run again at the end: %s", legible(student), error)
                waiting[student] = tries
            except Exception as error:
                self.log.error("%s could not be graded: %s", legible(student), sentence(error))
                failed.append(student)
        return failed

    def grade(self, student: str, tries: Tries, place: str) -> None:
        """Grade one submission, among those that were found; while the gradebook is away, wait for it.

        Parameters
        ----------
        student
            Who handed it in.
        tries
            What came of it before.
        place
            The scratch folder, from the course folder.

        Raises
        ------
        Again
            Where it is to be graded once more.
        """
        check_id(student)
        self.tries, self._place = tries, place
        until, waited = time.monotonic() + PATIENCE, False
        while True:
            try:
                self._grade(student)
                if waited:
                    self.log.warning("it is back")
                return
            except Interrupted as error:
                tries.broke(error)
                raise
            except Exception as error:
                if not away(error) or time.monotonic() > until:
                    raise
                if not waited:
                    self.log.warning("waiting, at most %d minutes: %s", PATIENCE // 60, sentence(error))
                waited = True
            self.pause(PAUSE)

    def _grade(self, student: str) -> None:
        course, assignment = self.coursedir, self.coursedir.assignment_id
        stages.failed.pop(student, None)
        submitted, final = graded.folders(course, student, assignment)
        fresh = Path(course.format_path(self._place, student, assignment))
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True, exist_ok=True)
        self.notebooks = sorted(self.assignments[str(submitted)])
        self.run_pre_convert_hook()
        self.init_assignment(assignment, student)
        for notebook in self.notebooks:
            self.convert_single_notebook(notebook)
        if course.notebook_id != "*" and final.is_dir():
            # only some of its notebooks were asked for
            for path in final.iterdir():
                if not (fresh / path.name).exists():
                    shutil.copy2(path, fresh)
        put_in_place(fresh, final)
        with temp_attrs(self, _place=course.autograded_directory):
            self.set_permissions(assignment, student)
        self.run_post_convert_hook()


def put_in_place(fresh: Path, final: Path) -> None:
    """Let a folder take the place of another one."""
    final.parent.mkdir(parents=True, exist_ok=True)
    while True:
        try:
            fresh.rename(final)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        old = Path(tempfile.mkdtemp(prefix="old-", dir=fresh.parent))
        with suppress(FileNotFoundError):
            final.rename(old / final.name)
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def scratch(course: Any) -> Iterator[str]:
    """Yield a folder in which submissions become graded ones, from the course folder.

    It is beside those, so that it can be renamed. A grader that is killed leaves its folder, and the next one takes
    it away: nobody holds its lock any more.
    """
    around = Path(course.format_path(course.autograded_directory, ".", "."))
    around.mkdir(parents=True, exist_ok=True)
    for left in around.glob(f"{SCRATCH}*"):
        if (lock := _lock(left)) is not None:
            shutil.rmtree(left, ignore_errors=True)
            os.close(lock)
    lock = None
    while lock is None:
        folder = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=around))
        lock = _lock(folder)
    try:
        yield f"{course.autograded_directory}/{folder.name}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _lock(folder: Path) -> int | None:
    """Return a descriptor that holds the lock of a folder; None where it is another's, or gone."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), folder.stat()):
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def away(error: Exception) -> bool:
    """Return whether it says that the database does not answer, or that a disk is full: that passes."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return lost or isinstance(error, OperationalError | InterfaceError | PendingRollbackError)


def sentence(error: BaseException) -> str:
    """Return an error in one line."""
    if away(error):  # type: ignore[arg-type]
        what = error.strerror if isinstance(error, OSError) else getattr(error, "orig", None) or error
        place = "a disk" if isinstance(error, OSError) else "the gradebook"
        return f"{place} cannot be used: {what}".splitlines()[0]
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
