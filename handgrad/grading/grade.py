"""Grade many submissions at once, with the marks of ``nbgrader autograde``.

The stock converter grades each submission, in a thread of its own. One thread at a time is let
on, so that the gradebook has one writer, and all but that one wait for kernels, which run in other processes.
"""

from __future__ import annotations

import dataclasses
import glob
import multiprocessing
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from nbgrader.apps import AutogradeApp
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory

from handgrad.grading import execution
from handgrad.grading.execution import Job, Outcome
from handgrad.grading.plugins import ExecuteProbes


class Stopped(KeyboardInterrupt):
    """Grading was interrupted; the submission at hand is left as if it had not been begun."""


class _Executor:
    """Runs submissions in other processes; whoever waits for one lets the next thread on."""

    def __init__(self, jobs: int) -> None:
        self.turn = threading.Lock()
        self.stopping = False
        self._jobs = jobs
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPoolExecutor:
        spawn = multiprocessing.get_context("spawn")
        # an interrupt is for the grader, who then ends the workers
        return ProcessPoolExecutor(self._jobs, spawn, signal.signal, (signal.SIGINT, signal.SIG_IGN))

    def execute(self, job: Job) -> list[Outcome]:
        """Run a submission; one that fails for a reason of the machine is run once more, from a cold start."""
        self.turn.release()
        try:
            try:
                return self._pool.submit(execution.execute, job).result()
            except BrokenProcessPool:
                with self.turn:
                    self._pool = self._new_pool()
            except Exception as error:
                print(
                    f"handgrad: trying once more from a cold start, after {type(error).__name__}: {error}",
                    file=sys.stderr,
                )
            cold = dataclasses.replace(job, manager={**(job.manager or {}), "warm": False})
            return self._pool.submit(execution.execute, cold).result()
        finally:
            self.turn.acquire()
            os.environ["NBGRADER_EXECUTION"] = "autograde"  # another thread's converter may have taken it back
            if self.stopping:
                raise Stopped

    def end(self) -> None:
        """End the processes."""
        self._pool.shutdown(wait=False, cancel_futures=True)


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


def run(assignment: str, *, jobs: int | None = None, force: bool = False, students: Sequence[str] = ()) -> int:
    """Grade the submissions of an assignment; return 1 where one of them could not be graded.

    Parameters
    ----------
    assignment
        Its name.
    jobs
        How many run at once; by default as many as there are cores.
    force
        Whether to grade again what has been graded.
    students
        Whose submissions to grade; by default everyone's.

    Raises
    ------
    FileNotFoundError
        Where there is no submission.
    LookupError
        Where one of the named students has none.
    """
    app = AutogradeApp.instance()
    app.log_level = "WARN"
    app.initialize([assignment, *(["--force"] if force else [])])
    NbGrader.start(app)
    app.coursedir.assignment_id = assignment
    # each converter goes here and back to where it was, which is here too
    os.chdir(app.coursedir.root)
    waiting = _submissions(app, students)
    kernels = jobs or os.cpu_count() or 1
    executor = _Executor(kernels)
    ExecuteProbes.execute = staticmethod(executor.execute)
    failed: list[str] = []
    began = time.monotonic()

    def grade(student: str) -> bool:
        """Grade one submission in its turn; return whether there was anything to do."""
        with executor.turn:
            if executor.stopping:
                raise Stopped
            coursedir = CourseDirectory(parent=app, assignment_id=assignment, student_id=student)
            graded = Path(coursedir.format_path(coursedir.autograded_directory, student, assignment))
            before = graded.stat().st_mtime_ns if graded.exists() else None
            Autograde(coursedir=coursedir, parent=app).start()
            return not graded.exists() or graded.stat().st_mtime_ns != before

    # one more than there are kernels, so that none of them waits for the next submission to be prepared
    threads = ThreadPoolExecutor(kernels + 1)
    futures: dict[Future[bool], str] = {threads.submit(grade, student): student for student in waiting}
    done = 0
    try:
        for future in as_completed(futures):
            done += 1
            student = futures[future]
            try:
                note = "" if future.result() else "  graded before"
            except (Exception, SystemExit) as error:
                failed.append(student)
                note = f"  not graded: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
            rate = done / (time.monotonic() - began)
            left = (len(waiting) - done) / rate
            count = f"{done:>{len(str(len(waiting)))}}/{len(waiting)}"
            print(f"{count}  {rate:.2f} per second, {left:.0f} s left  {student}{note}", flush=True)
    except KeyboardInterrupt:
        executor.stopping = True
        threads.shutdown(wait=False, cancel_futures=True)
        executor.end()
        print(f"stopped after {done} of {len(waiting)}; the same command goes on from here", file=sys.stderr)
        return 130
    finally:
        executor.end()
    print(f"graded {done - len(failed)} of {len(waiting)} in {time.monotonic() - began:.1f} s")
    if failed:
        print(f"could not be graded: {', '.join(sorted(failed))}", file=sys.stderr)
    return 1 if failed else 0
