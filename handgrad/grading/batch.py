"""Grade many submissions at once, with the marks of ``nbgrader autograde``.

The stock converter grades each submission, in a thread of its own. One thread at a time is let
on, so that the gradebook has one writer, and all but that one wait for kernels, which run in other processes.
"""

from __future__ import annotations

import dataclasses
import gc
import glob
import os
import re
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path

from nbgrader.apps import AutogradeApp
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory

from handgrad.grading import stages
from handgrad.grading.run import ExecuteProbes
from handgrad.names import check_id, legible
from handgrad.progress import Progress
from handgrad.running.job import Job, Outcome
from handgrad.running.pool import Pool, Processes


def run(
    assignment: str,
    *,
    jobs: int | None = None,
    force: bool = False,
    students: Sequence[str] = (),
    scheduler: str | None = None,
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

    Raises
    ------
    FileNotFoundError
        Where there is no submission.
    LookupError
        Where one of the named students has none.
    RuntimeError
        Where there is no cluster, or one that cannot run submissions.
    """
    app = _application(assignment, force)
    waiting = _submissions(app, students)
    pool = _pool(app, jobs, len(waiting), scheduler)
    turns = ExecuteProbes.runner = _Turns(pool)
    width = jobs or pool.width
    # what is imported stays, and need not be looked through at each collection of garbage
    gc.freeze()
    began = time.monotonic()
    # more than run at once, so that none of them waits for the next submission to be prepared
    threads = ThreadPoolExecutor(width + max(1, width // 2))
    futures = {threads.submit(turns.grade, app, student): student for student in waiting}
    done, failed = 0, list[str]()
    try:
        # a line for each where it is no terminal: a log then says when each of them was graded
        with Progress(len(waiting), "submissions", file=sys.stdout, every=0) as progress:
            for future in as_completed(futures):
                graded, note = _came_of(future)
                done += 1
                if not graded:
                    failed.append(futures[future])
                progress.step(legible(futures[future]), note)
    except KeyboardInterrupt:
        turns.stopping = True
        threads.shutdown(wait=False, cancel_futures=True)
        print(f"stopped after {done} of {len(waiting)}; the same command goes on from here", file=sys.stderr)
        return 130
    finally:
        pool.end(now=turns.stopping)
    print(f"graded {done - len(failed)} of {len(waiting)} in {time.monotonic() - began:.1f} s")
    if failed:
        print(f"could not be graded: {', '.join(map(legible, sorted(failed)))}", file=sys.stderr)
    return 1 if failed or stages.failed else 0


def _application(assignment: str, force: bool) -> AutogradeApp:
    """Return nbgrader's own application, with the course's configuration, in the course folder."""
    app = AutogradeApp.instance()
    app.log_level = "WARN"
    app.initialize([assignment, *(["--force"] if force else [])])
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
        return Processes(min(jobs or os.cpu_count() or 1, most))
    from handgrad.running.cluster import Cluster

    return Cluster(scheduler, ExecuteProbes(parent=app).unprotected)


def _came_of(future: Future[bool]) -> tuple[bool, str]:
    """Return whether a submission was graded, and a note where there is something to say."""
    try:
        return True, "" if future.result() else "graded before"
    except (Exception, SystemExit) as error:
        return False, f"not graded: {str(error).splitlines()[0] if str(error) else type(error).__name__}"


class Stopped(KeyboardInterrupt):
    """Grading was interrupted; the submission at hand is left as if it had not been begun."""


class _Turns:
    """Lets one thread on at a time; whoever waits for a submission to run lets the next one on."""

    def __init__(self, pool: Pool) -> None:
        self.stopping = False
        self.require = pool.require
        self._pool = pool
        self._turn = threading.Lock()

    def grade(self, app: AutogradeApp, student: str) -> bool:
        """Grade one submission in its turn; return whether there was anything to do."""
        check_id(student)
        with self._turn:
            if self.stopping:
                raise Stopped
            assignment = app.coursedir.assignment_id
            coursedir = CourseDirectory(parent=app, assignment_id=assignment, student_id=student)
            graded = Path(coursedir.format_path(coursedir.autograded_directory, student, assignment))
            before = graded.stat().st_mtime_ns if graded.exists() else None
            Autograde(coursedir=coursedir, parent=app).start()
            return not graded.exists() or graded.stat().st_mtime_ns != before

    def measure(self, job: Job) -> list[Outcome]:
        """Run the source notebook, which every submission waits for."""
        print("the source notebook is new here: taking its time, once", file=sys.stderr)
        return self._pool.execute(job)

    def execute(self, job: Job) -> list[Outcome]:
        """Run a submission; one that fails for a reason of the machine is run once more, from a cold start."""
        self._turn.release()
        try:
            try:
                return self._pool.execute(job)
            except Exception as error:
                if self.stopping:
                    raise Stopped from error
                said = f"{type(error).__name__}: {error}"
                print(f"handgrad: trying once more from a cold start, after {said}", file=sys.stderr)
            cold = dataclasses.replace(job, manager={**(job.manager or {}), "warm": False})
            return self._pool.execute(cold)
        finally:
            self._turn.acquire()
            os.environ["NBGRADER_EXECUTION"] = "autograde"  # another thread's converter may have taken it back
            if self.stopping:
                raise Stopped
