"""Grade many submissions at once, with the marks of ``nbgrader autograde``.

The stock converter grades each submission, in a thread of its own. One thread at a time is let
on, so that the gradebook has one writer, and all but that one wait for kernels, which run in other processes.
"""

from __future__ import annotations

import gc
import glob
import json
import os
import re
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed

from nbgrader.apps import AutogradeApp
from nbgrader.apps.baseapp import NbGrader
from nbgrader.coursedir import CourseDirectory

from handgrad import course as courses
from handgrad import references
from handgrad.grading import stages
from handgrad.grading.again import Again, Tries
from handgrad.grading.autograde import Autograde, scratch, sentence
from handgrad.grading.gradebook import Submission
from handgrad.grading.graded import folders, look
from handgrad.grading.run import ExecuteProbes
from handgrad.names import legible
from handgrad.progress import Progress
from handgrad.running import interrupts
from handgrad.running.job import Job, Outcome
from handgrad.running.pool import Pool, PoolLost, Processes


def run(
    assignment: str,
    *,
    jobs: int | None = None,
    force: bool = False,
    students: Sequence[str] = (),
    scheduler: str | None = None,
    traits: Sequence[str] = (),
    as_json: bool = False,
) -> int:
    """Grade the submissions of an assignment; return 1 where one of them could not be graded.

    Parameters
    ----------
    assignment
        Its name.
    jobs
        How many run at once; by default as many as there are cores, or threads of the cluster's workers.
    force
        Whether to grade again what has been graded.
    students
        Whose submissions to grade; by default everyone's.
    scheduler
        The address of a Dask scheduler, whose workers run the submissions; by default processes here do.
    traits
        Settings of nbgrader, as ``--ExecuteProbes.unprotected=True``.
    as_json
        Whether to print what came of it as JSON, and all else as errors are printed.

    Raises
    ------
    FileNotFoundError
        Where there is no submission.
    LookupError
        Where one of the named students has none.
    RuntimeError
        Where there is no cluster, or one that cannot run submissions.
    """
    with interrupts.heard():
        app = application(AutogradeApp, assignment, force, traits)
        handed_in = _submissions(app, students)
        known = Autograde(coursedir=app.coursedir, parent=app).ready()
        before = {} if force else _graded_before(app.coursedir, handed_in, known)
        waiting = [student for student in handed_in if student not in before]
        pool = _pool(app, jobs, len(waiting), scheduler)
        turns = ExecuteProbes.runner = _Turns(pool)
        try:
            turns.require(ExecuteProbes(parent=app).unprotected)
            with scratch(app.coursedir) as place:
                return _Batch(app, turns, place, jobs or pool.width, as_json).grade(before, waiting)
        finally:
            pool.end(now=turns.stopping)


def application(kind: type[NbGrader], assignment: str, force: bool, traits: Sequence[str]) -> NbGrader:
    """Return an application of nbgrader, with the course's configuration, in the course folder."""
    course = courses.folder()
    # nbgrader reads what lies where it is started
    os.chdir(course if (course / "nbgrader_config.py").is_file() else references.course_folder())
    app = kind.instance()
    app.log_level = "WARN"
    app.initialize([assignment, *(["--force"] if force else []), *traits])
    NbGrader.start(app)
    app.coursedir.assignment_id = assignment
    # each converter goes here and back to where it was, which is here too
    os.chdir(app.coursedir.root)
    return app


def _submissions(app: AutogradeApp, students: Sequence[str]) -> list[str]:
    """Return the students who handed in, those named where some are."""
    coursedir: CourseDirectory = app.coursedir
    where = coursedir.submitted_directory
    folders = glob.glob(coursedir.format_path(where, "*", coursedir.assignment_id))
    pattern = coursedir.format_path(where, "(?P<student>[^/\\\\]*)", coursedir.assignment_id, escape=True)
    every = {match["student"] for folder in folders if (match := re.fullmatch(pattern, folder))}
    found = sorted(student for student in every if not students or student in students)
    absent = sorted(set(students) - set(found))
    if absent:
        raise LookupError(f"there is no submission of {coursedir.assignment_id} by: {', '.join(absent)}")
    if not found:
        folder = coursedir.format_path(where, "STUDENT", coursedir.assignment_id)
        raise FileNotFoundError(
            f"there are no submissions of {coursedir.assignment_id}; they are looked for in {folder}"
        )
    return found


def _pool(app: AutogradeApp, jobs: int | None, most: int, scheduler: str | None) -> Pool:
    """Return where submissions run; never more processes than there are submissions."""
    if scheduler is None:
        return Processes(max(1, min(jobs or os.cpu_count() or 1, most)))
    from handgrad.running.cluster import Cluster

    return Cluster(scheduler, ExecuteProbes(parent=app).unprotected)


def _graded_before(
    coursedir: CourseDirectory, students: Sequence[str], known: Mapping[str, Submission]
) -> dict[str, str]:
    """Return who is graded already, each with a note that says so."""
    found = {}
    for student in students:
        marks = known[student].marks if student in known else None
        if look(*folders(coursedir, student, coursedir.assignment_id), marks)[0] is not None:
            found[student] = "graded before"
    return found


class _Batch:
    """Grades submissions together, and what the machine may be to blame for once more at the end, each alone."""

    def __init__(self, app: AutogradeApp, turns: _Turns, place: str, width: int, as_json: bool) -> None:
        self._app, self._turns, self._place, self._as_json = app, turns, place, as_json
        self._log = sys.stderr if as_json else sys.stdout
        # more than run at once, so that none of them waits for the next submission to be prepared
        self._threads = ThreadPoolExecutor(width + max(1, width // 2))
        self._failed: dict[str, str] = {}
        self._done = 0

    def grade(self, before: Mapping[str, str], waiting: Sequence[str]) -> int:
        """Grade those who wait; return the exit status."""
        # what is imported stays, and need not be looked through at each collection of garbage
        gc.freeze()
        began = time.monotonic()
        total = len(before) + len(waiting)
        tries = {student: Tries() for student in waiting}
        try:
            # a line for each where it is no terminal: a log then says when each of them was graded
            with Progress(total, "submissions", file=self._log, every=0) as progress:
                for student, note in before.items():
                    self._count(progress, student, note)
                again = self._together(progress, tries)
                while again:
                    alone = {student: again.pop(student) for student in list(again)[:1]}
                    again |= self._together(progress, alone)
        except KeyboardInterrupt:
            self._turns.stop()
            self._threads.shutdown(cancel_futures=True)
            why = f"handgrad: {self._turns.lost}\n" if self._turns.lost else ""
            print(f"{why}stopped after {self._done} of {total}; the same command goes on from here", file=sys.stderr)
            return 1 if why else interrupts.STATUS
        self._threads.shutdown()
        seconds = time.monotonic() - began
        print(f"graded {total - len(self._failed)} of {total} in {seconds:.1f} s", file=self._log)
        if self._failed:
            print(f"could not be graded: {', '.join(map(legible, sorted(self._failed)))}", file=sys.stderr)
        if self._as_json:
            print(json.dumps(self._result(before, waiting, seconds), ensure_ascii=False, indent=1))
        return 1 if self._failed or stages.failed else 0

    def _result(self, before: Mapping[str, str], waiting: Sequence[str], seconds: float) -> dict[str, object]:
        """Return what came of the batch, for a script."""
        return {
            "assignment": self._app.coursedir.assignment_id,
            "graded": sorted(set(waiting) - self._failed.keys()),
            "graded_before": sorted(before),
            "not_graded": self._failed,
            "not_judged": stages.failed,
            "seconds": round(seconds, 1),
        }

    def _together(self, progress: Progress, tries: Mapping[str, Tries]) -> dict[str, Tries]:
        """Grade some at once, and return those who are to be graded again."""
        again = {}
        futures: dict[Future[None], str] = {
            self._threads.submit(self._turns.grade, self._app, student, mine, self._place): student
            for student, mine in tries.items()
        }
        for future in as_completed(futures):
            student = futures[future]
            try:
                future.result()
            except Again as error:
                print(f"handgrad: {legible(student)} is run again at the end: {error}", file=sys.stderr)
                again[student] = tries[student]
                continue
            except (Exception, SystemExit) as error:
                self._failed[student] = sentence(error)
                self._count(progress, student, f"not graded: {sentence(error)}")
                continue
            self._count(progress, student, "")
        return again

    def _count(self, progress: Progress, student: str, note: str) -> None:
        self._done += 1
        progress.step(legible(student), note)


class Stopped(KeyboardInterrupt):
    """Grading was stopped; the submission at hand is left as if it had not been begun."""


class _Turns:
    """Lets one thread on at a time; whoever waits for a submission to run lets the next one on."""

    def __init__(self, pool: Pool) -> None:
        self.lost: PoolLost | None = None
        self.require = pool.require
        self._pool = pool
        self._turn = threading.Lock()
        self._stop = threading.Event()

    @property
    def stopping(self) -> bool:
        """Whether no more is to be graded."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Let nobody on any more, and end what runs."""
        self._stop.set()
        self._pool.end(now=True)

    def grade(self, app: AutogradeApp, student: str, tries: Tries, place: str) -> None:
        """Grade one submission in its turn, in a scratch folder."""
        with self._turn:
            self._pause(0)
            assignment = app.coursedir.assignment_id
            coursedir = CourseDirectory(parent=app, assignment_id=assignment, student_id=student)
            converter = Autograde(coursedir=coursedir, parent=app)
            converter.pause = self._pause
            converter.begin()
            converter.grade(student, tries, place)

    def _pause(self, seconds: float) -> None:
        """Wait, unless no more is to be graded."""
        if self._stop.wait(seconds):
            raise Stopped

    def measure(self, job: Job) -> list[Outcome]:
        """Run the source notebook, which every submission waits for."""
        print("the source notebook is new here: taking its time, once", file=sys.stderr)
        return self._pool.execute(job)

    def execute(self, job: Job) -> list[Outcome]:
        """Run a submission."""
        self._turn.release()
        try:
            self._pause(0)
            return self._pool.execute(job)
        except PoolLost as error:
            if not self.stopping:
                self.lost = error
                self._stop.set()
            raise
        finally:
            self._turn.acquire()
            os.environ["NBGRADER_EXECUTION"] = "autograde"  # another thread's converter may have taken it back
            self._pause(0)
