"""Grade submissions, each of them whole or not at all, at whatever moment the grader ends.

nbgrader's own converter writes a student's notebook into its place before it runs it, and takes every folder that it
finds there for a graded submission. This one goes straight from what was handed in to an autograded notebook and the
marks that are to be recorded. It works in a scratch folder, which takes its place when the marks are recorded; what is
graded is for the gradebook and the verdicts to say.
"""

from __future__ import annotations

import errno
import glob
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from nbgrader import converters, utils
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.utils.importstring import import_item

from handgrad import course as courses
from handgrad.grading import gradebook as gradebooks
from handgrad.grading import graded, stages
from handgrad.grading.again import Tries, away, sentence
from handgrad.grading.course import source_file
from handgrad.grading.draw import DrawCases
from handgrad.grading.gradebook import Known
from handgrad.grading.record import Earlier, Marks, Recorder, Submission, marks_of
from handgrad.grading.repair import Repair
from handgrad.grading.run import ExecuteProbes
from handgrad.grading.source import source_notebook
from handgrad.grading.stages import Grading
from handgrad.grading.workers import Workers
from handgrad.names import check_id, legible
from handgrad.notebooks.repair import MarkedCell
from handgrad.running import interrupts
from handgrad.running.limited import Interrupted
from handgrad.running.pool import Pool

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

    known: Mapping[str, Sequence[MarkedCell]]
    """The marked cells of each notebook."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.tries = Tries()
        self._place: str = self.coursedir.autograded_directory

    @property
    def _output_directory(self) -> str:
        return self._place

    @property
    def _input_directory(self) -> str:
        submitted: str = self.coursedir.submitted_directory
        return submitted

    # -- all of them, in the process that was started ------------------------------------------------

    def init_notebooks(self) -> None:
        """Find what was handed in; a folder that is there is meant as it stands, and no pattern, whatever its name."""
        course = self.coursedir
        submitted, _ = graded.folders(course, course.student_id, course.assignment_id)
        student = glob.escape(course.student_id) if submitted.is_dir() else course.student_id
        self.assignments = {}
        for folder in glob.glob(self._format_source(course.assignment_id, student)):
            if found := self._found(Path(folder)):
                self.assignments[folder] = found
            else:
                self.log.warning("there is no notebook in %r", folder)
        if not self.assignments:
            super().init_notebooks()  # which says what was looked for, and refuses

    def _found(self, folder: Path) -> list[str]:
        """Return the notebooks of a submission that are asked for."""
        return sorted(map(str, folder.glob(f"{self.coursedir.notebook_id}.ipynb")))

    def ready(self) -> Known:
        """Return what the gradebook knows of the assignment, when all that grading needs is there.

        Raises
        ------
        LookupError, RuntimeError, ValueError, OSError
            Where it is not; nothing has been touched then.
        """
        assignment = self.coursedir.assignment_id
        found = gradebooks.known(self.coursedir.db_url, assignment)
        DrawCases(parent=self).ready(assignment)
        Repair(parent=self).ready(assignment, found.cells)
        courses.settings(Path(self.coursedir.root))
        return found

    def convert_notebooks(self) -> None:
        """Grade what was found and is not graded yet."""
        try:
            known = self.ready()
            ExecuteProbes.runner.require(ExecuteProbes(parent=self).unprotected)
        except (LookupError, RuntimeError, ValueError, OSError) as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from error
        failed = []
        with interrupts.heard():
            try:
                for student, why in self.grade_all(self._waiting(known), known):
                    if why:
                        self.log.error("%s could not be graded: %s", legible(student), why)
                        failed.append(student)
            except KeyboardInterrupt:
                self.log.error("stopped; the same command goes on from here")
                sys.exit(interrupts.STATUS)
        if failed:
            message = f"could not be graded: {', '.join(map(legible, sorted(failed)))}"
            self.log.error("%s", message)
            raise NbGraderException(message)

    def _waiting(self, known: Known) -> list[str]:
        """Return who is to be graded."""
        course = self.coursedir
        pattern = self._format_source("(?P<assignment_id>.*)", "(?P<student_id>.*)", escape=True)
        found = (match["student_id"] for folder in sorted(self.assignments) if (match := re.match(pattern, folder)))
        wanted = [student for student in found if student not in (course.student_id_exclude or "").split(",")]
        if self.force:
            return wanted
        before = graded.before(course, wanted, known.submissions)
        for student in before:
            self.log.info("%s is graded", student)
        return [student for student in wanted if student not in before]

    def grade_all(
        self, students: Sequence[str], known: Known, *, jobs: int = 1, pool: Pool | None = None
    ) -> Iterator[tuple[str, str]]:
        """Grade submissions and record them; yield each student and, where that could not be done, why.

        Parameters
        ----------
        students
            Who is to be graded.
        known
            What the gradebook knows of the assignment.
        jobs
            How many submissions are worked on at once, each in a process of its own.
        pool
            Where they run; by default those processes run them.
        """
        if not students:
            return
        self.recorder = Recorder(self.coursedir, parent=self)
        with scratch(self.coursedir) as self._place:
            course = {name: getattr(self.coursedir, name) for name in self.coursedir.trait_names(config=True)}
            worker = partial(in_worker, self.config, course, self._place, known.cells)
            try:
                with Workers(worker, self._recorded, jobs, pool) as workers:
                    yield from workers.grade(students)
            finally:
                self.recorder.close()

    def _recorded(self, submissions: Sequence[Submission]) -> list[tuple[str, str]]:
        """Record submissions; return each student and, where that could not be done, why."""
        try:
            self.waiting_while_away(partial(self._record, submissions))
        except Exception as error:
            if len(submissions) == 1:
                return [(submissions[0].student, sentence(error))]
            # one of them is to blame, and costs no other
            return [pair for one in submissions for pair in self._recorded([one])]
        return [(one.student, "") for one in submissions]

    def _record(self, submissions: Sequence[Submission]) -> None:
        """Record submissions, and let their folders take their places.

        In this order: what is recorded and not in its place is graded again, and what is in its place is recorded.
        """
        self.recorder.record(submissions)
        course, assignment = self.coursedir, self.coursedir.assignment_id
        for one in submissions:
            fresh = Path(course.format_path(self._place, one.student, assignment))
            _, final = graded.folders(course, one.student, assignment)
            if fresh.is_dir():  # or it was put there in an attempt before
                put_in_place(fresh, final)
            with at(self, course.autograded_directory):
                self.set_permissions(assignment, one.student)
            self.run_post_convert_hook()

    def waiting_while_away(self, work: Callable[[], Any]) -> Any:
        """Do a piece of work; while the gradebook is away, or the disk is full, wait for it, and do it again."""
        until, waited = time.monotonic() + PATIENCE, False
        while True:
            try:
                found = work()
            except Exception as error:
                if not away(error) or time.monotonic() > until:
                    raise
                if not waited:
                    self.log.warning("waiting, at most %d minutes: %s", PATIENCE // 60, sentence(error))
                waited = True
                time.sleep(PAUSE)
                continue
            if waited:
                self.log.warning("it is back")
            return found

    # -- one of them, in a process of its own --------------------------------------------------------

    def measure(self) -> None:
        """Take the times of the source notebook, from which the limits of each submission follow."""
        name = self.coursedir.assignment_id
        assignment = DrawCases(parent=self).assignment(name)
        execute = ExecuteProbes(parent=self)
        for notebook in self.known:
            source = source_file(execute, {"assignment": name, "notebook": notebook})
            execute.measure(source_notebook(source), assignment)

    def grade(self, student: str, tries: Tries) -> Submission:
        """Grade one submission in the scratch folder; return what is to be recorded of it.

        Parameters
        ----------
        student
            Who handed it in.
        tries
            What came of it before.

        Raises
        ------
        handgrad.grading.again.Again
            Where it is to be graded once more.
        """
        check_id(student)
        self.tries, self.coursedir.student_id = tries, student
        try:
            found: Submission = self.waiting_while_away(partial(self._grade, student))
        except Interrupted as error:
            tries.broke(error)
            raise
        return found

    def _grade(self, student: str) -> Submission:
        course, assignment = self.coursedir, self.coursedir.assignment_id
        stages.failed.pop(student, None)
        submitted, final = graded.folders(course, student, assignment)
        fresh = Path(course.format_path(self._place, student, assignment))
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        self.notebooks = self._found(submitted)
        self.run_pre_convert_hook()
        super(converters.Autograde, self).init_assignment(assignment, student)
        self._overwrite(fresh)
        for notebook in self.notebooks:
            if Path(notebook).stem not in self.known:
                self.log.warning("Skipping unknown notebook: %s", notebook)
        notebooks = [Path(notebook).stem for notebook in self.notebooks if Path(notebook).stem in self.known]
        if not notebooks:
            wanted = ", ".join(f"{name}.ipynb" for name in self.known)
            raise NbGraderException(f"there is no notebook in {submitted}: it is to hold {wanted}")
        marks = tuple(self._convert(student, notebook, fresh, final) for notebook in notebooks)
        absent = tuple(sorted(name for name in self.known if not (submitted / f"{name}.ipynb").exists()))
        for name in absent:
            self.log.warning("No submitted file: %s", submitted / f"{name}.ipynb")
        if course.notebook_id != "*" and final.is_dir():
            # only some of its notebooks were asked for
            for path in final.iterdir():
                if not (fresh / path.name).exists():
                    shutil.copy2(path, fresh)
        return Submission(student, course.get_existing_timestamp(str(submitted)), marks, absent)

    def _overwrite(self, fresh: Path) -> None:
        """Copy the files beside the source notebook over those that came with the submission."""
        course, assignment = self.coursedir, self.coursedir.assignment_id
        source = Path(course.format_path(course.source_directory, ".", assignment))
        excluded = {source / name for name in self.exclude_overwriting.get(assignment, [])}
        for path in map(Path, utils.find_all_files(str(source), [*course.ignore, "*.ipynb"])):
            if path not in excluded:
                target = fresh / path.relative_to(source)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.unlink(missing_ok=True)
                shutil.copy(path, target)

    def _convert(self, student: str, notebook: str, fresh: Path, final: Path) -> Marks:
        """Write the autograded notebook; return what is to be recorded of it."""
        self.log.info("Autograding %s of %s", notebook, student)
        where = {"student": student, "assignment": self.coursedir.assignment_id, "notebook": notebook}
        resources: stages.Resources = {"nbgrader": {**where, "db_url": self.coursedir.db_url}}
        nb = nbformat.v4.new_notebook()
        for stage in self._stages:
            nb, resources = stage(nb, resources)
        nbformat.validate(nb)
        text = json.dumps(nb, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        (fresh / f"{notebook}.ipynb").write_text(f"{text}\n", encoding="utf-8")
        grading: Grading = resources["handgrad"]
        return marks_of(notebook, nb, grading.verdicts, Earlier(final / f"{notebook}.ipynb", nb))

    def _init_stages(self) -> None:
        """Make what a submission goes through; those that the course's configuration names."""
        named = [*self.sanitize_preprocessors, *self.autograde_preprocessors]
        kinds = [import_item(one) if isinstance(one, str) else one for one in named]
        self._stages = [kind(parent=self) for kind in kinds]


def in_worker(
    config: Config, course: Mapping[str, Any], place: str, known: Mapping[str, Sequence[MarkedCell]]
) -> Autograde:
    """Return what grades one submission after the other, in a process of its own.

    Parameters
    ----------
    config
        The course's configuration.
    course
        The settings of its folder.
    place
        The scratch folder, from the course folder.
    known
        The marked cells of each notebook.
    """
    found = Autograde(coursedir=CourseDirectory(config=config, **course), config=config)
    found.known, found._place = known, place
    found._init_stages()
    os.environ["NBGRADER_EXECUTION"] = "autograde"
    return found


@contextmanager
def at(converter: Autograde, place: str) -> Iterator[None]:
    """Let a converter write into another folder for as long as this lasts."""
    before, converter._place = converter._place, place
    try:
        yield
    finally:
        converter._place = before


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
