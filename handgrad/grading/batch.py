"""``handgrad grade``: grade many submissions at once, with the marks of ``nbgrader autograde``."""

from __future__ import annotations

import glob
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence

from nbgrader.apps import AutogradeApp
from nbgrader.apps.baseapp import NbGrader
from nbgrader.coursedir import CourseDirectory

from handgrad.grading import graded, stages
from handgrad.grading.autograde import Autograde
from handgrad.grading.course import start
from handgrad.grading.run import ExecuteProbes
from handgrad.names import legible
from handgrad.progress import Progress
from handgrad.running import execution, interrupts
from handgrad.running.pool import PoolLost


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
        converter = Autograde(coursedir=app.coursedir, parent=app)
        known = converter.ready()
        before = [] if force else graded.before(app.coursedir, handed_in, known.submissions)
        waiting = [student for student in handed_in if student not in before]
        unprotected = ExecuteProbes(parent=app).unprotected
        if scheduler is None:
            execution.LocalRunner().require(unprotected)
            width = max(1, min(jobs or os.cpu_count() or 1, len(waiting)))
            return _graded(before, waiting, converter.grade_all(waiting, known, jobs=width), as_json)
        from handgrad.running.cluster import Cluster

        cluster = Cluster(scheduler, unprotected)
        try:
            # more than run at once, so that none of them waits for the next submission to be prepared
            width = jobs or cluster.width + max(1, cluster.width // 2)
            return _graded(before, waiting, converter.grade_all(waiting, known, jobs=width, pool=cluster), as_json)
        finally:
            cluster.end()


def application(kind: type[NbGrader], assignment: str, force: bool, traits: Sequence[str]) -> NbGrader:
    """Return an application of nbgrader, with the course's configuration, in the course folder."""
    app = kind.instance()
    app.log_level = "WARN"
    start(app, [assignment, *(["--force"] if force else []), *traits])
    NbGrader.start(app)
    app.coursedir.assignment_id = assignment
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
        others = {os.path.basename(path) for path in glob.glob(coursedir.format_path(where, "*", "*"))}
        raise FileNotFoundError(
            f"there are no submissions of {coursedir.assignment_id}; they are looked for in {folder}"
            + (f"; there are some of: {', '.join(map(legible, sorted(others)))}" if others else "")
        )
    return found


def _graded(before: Sequence[str], waiting: Sequence[str], grading: Iterator[tuple[str, str]], as_json: bool) -> int:
    """Grade those who wait, and say so of each; return the exit status."""
    log = sys.stderr if as_json else sys.stdout
    began, total = time.monotonic(), len(before) + len(waiting)
    done, failed = 0, dict[str, str]()
    try:
        # a line for each where it is no terminal: a log then says when each of them was graded
        with Progress(total, "submissions", file=log, every=0) as progress:
            for student in before:
                done += 1
                progress.step(legible(student), "graded before")
            for student, why in grading:
                done += 1
                if why:
                    failed[student] = why
                progress.step(legible(student), f"not graded: {why}" if why else "")
    except (KeyboardInterrupt, PoolLost) as error:
        told = f"handgrad: {error}\n" if isinstance(error, PoolLost) else ""
        print(f"{told}stopped after {done} of {total}; the same command goes on from here", file=sys.stderr)
        return 1 if told else interrupts.STATUS
    seconds = time.monotonic() - began
    print(f"graded {total - len(failed)} of {total} in {seconds:.1f} s", file=log)
    if failed:
        print(f"could not be graded: {', '.join(map(legible, sorted(failed)))}", file=sys.stderr)
    if as_json:
        result = {
            "assignment": AutogradeApp.instance().coursedir.assignment_id,
            "graded": sorted(set(waiting) - failed.keys()),
            "graded_before": sorted(before),
            "not_graded": failed,
            "not_judged": stages.failed,
            "seconds": round(seconds, 1),
        }
        print(json.dumps(result, ensure_ascii=False, indent=1))
    return 1 if failed or stages.failed else 0
