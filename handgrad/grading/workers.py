"""Processes in which submissions are prepared, run and judged, each of them one after the other.

What comes of them comes back to the process that started them, which is the only one that records marks. It has no
thread where a submission runs here, so that a process can be forked at any time, and holds by then all that was loaded.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol, Self

from traitlets.log import get_logger

from handgrad.grading import again, stages
from handgrad.grading.again import Again, Tries, sentence
from handgrad.grading.record import Submission
from handgrad.grading.run import ExecuteProbes
from handgrad.names import legible
from handgrad.running import limited
from handgrad.running.job import Job, Outcome
from handgrad.running.pool import Pool, PoolLost, shares

CONTEXT: Any = multiprocessing.get_context("fork" if sys.platform.startswith("linux") else "spawn")
"""How processes begin: as forks, which have loaded what this process has, but on macOS, whose libraries forbid that."""

EVERY = 1.0
"""Seconds between two transactions, in which what is graded gathers for the next one."""

MOST = 100
"""How many submissions are recorded in one transaction."""


class Grader(Protocol):
    """Grades one submission after the other."""

    def measure(self) -> None:
        """Take the times from which the limits of each submission follow."""
        ...

    def grade(self, student: str, tries: Tries) -> Submission:
        """Grade one submission; return what is to be recorded of it."""
        ...


@dataclass(frozen=True)
class Task:
    """A submission that is to be graded, and what came of it before; without a student, times are taken."""

    student: str = ""
    tries: Tries = field(default_factory=Tries)


@dataclass(frozen=True)
class Answer:
    """What came of a task: what is to be recorded, or why there is nothing, and whether it is to be tried again.

    ``failed`` names the stages that failed, and why.
    """

    tries: Tries
    submission: Submission | None = None
    why: str = ""
    again: bool = False
    failed: tuple[str, ...] = ()


class Lost(RuntimeError):
    """A process ended before it answered."""


# -- in the process that was started -----------------------------------------------------------------


class _Worker:
    """A process that works on tasks, and those that it was given."""

    def __init__(self, grader: Callable[[], Grader], lane: int, cores: set[int], remote: bool) -> None:
        self.lane = lane
        self.tasks: deque[Task] = deque()
        self.connection, theirs = CONTEXT.Pipe()
        self.process: BaseProcess = CONTEXT.Process(
            target=_work, args=(grader, theirs, cores, remote, os.getpid()), daemon=True
        )
        with warnings.catch_warnings():
            # the threads of a cluster's client hold nothing that a process needs
            warnings.simplefilter("ignore", DeprecationWarning)
            self.process.start()
        theirs.close()

    def give(self, task: Task) -> None:
        """Give it a task; one that is not there any more has lost it, which is seen when its answer is waited for."""
        self.tasks.append(task)
        try:
            self.connection.send(task)
        except OSError:
            return

    def end(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        self.process.join()
        self.connection.close()


class Workers:
    """Grade submissions in processes of their own; a context manager, which ends them.

    Parameters
    ----------
    grader
        Makes what grades, in each process.
    record
        Records submissions; returns each student and, where that could not be done, why.
    width
        How many processes there are.
    pool
        Where submissions run; by default those processes run them.
    """

    def __init__(
        self,
        grader: Callable[[], Grader],
        record: Callable[[Sequence[Submission]], list[tuple[str, str]]],
        width: int,
        pool: Pool | None = None,
    ) -> None:
        self._grader, self._record, self._pool = grader, record, pool
        self._cores: list[set[int]] = shares(width) if pool is None else [set()] * width
        self._workers: list[_Worker] = []
        self._threads = ThreadPoolExecutor(width)
        self._done: list[Submission] = []
        self._recorded = -EVERY
        self._again: dict[str, Tries] = {}
        self._lost: PoolLost | None = None

    def __enter__(self) -> Self:
        # what is imported stays, and need not be looked through at each collection of garbage
        gc.freeze()
        return self

    def __exit__(self, *error: object) -> None:
        for worker in self._workers:
            worker.end()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def grade(self, students: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Grade submissions, and what the machine may be to blame for once more at the end, each alone.

        Yields
        ------
        tuple of str
            A student and, where nothing is recorded, why.

        Raises
        ------
        handgrad.running.pool.PoolLost
            Where nothing can be run any more.
        """
        waiting = deque(Task(student) for student in students)
        # times are taken while nothing else runs
        yield from self._together(deque([Task()]), 1)
        yield from self._together(waiting, min(len(self._cores), len(waiting)))
        while self._again:
            student = next(iter(self._again))
            yield from self._together(deque([Task(student, self._again.pop(student))]), 1)

    def _together(self, waiting: deque[Task], width: int) -> Iterator[tuple[str, str]]:
        """Work on tasks in so many processes until all of them are done."""
        while waiting or self._busy() or self._done:
            self._hand_out(waiting, width)
            ready = wait([worker.connection for worker in self._busy()], self._patience())
            for worker in [worker for worker in self._busy() if worker.connection in ready]:
                yield from self._hear(worker, waiting)
            if self._done and (not self._busy() or self._patience() == 0):
                done, self._done = self._done[:MOST], self._done[MOST:]
                yield from self._record(done)
                self._recorded = time.monotonic()

    def _busy(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.tasks]

    def _patience(self) -> float:
        """Return for how many seconds what is done can wait for others before it is recorded."""
        # never without end: Python hears an interrupt that comes just before it begins to wait only after it
        return max(0.0, self._recorded + EVERY - time.monotonic()) if self._done else EVERY

    def _hand_out(self, waiting: deque[Task], width: int) -> None:
        """See to it that so many processes have something to do."""
        while waiting and len(self._workers) < width:
            lane = min(set(range(width)) - {worker.lane for worker in self._workers})
            self._workers.append(_Worker(self._grader, lane, self._cores[lane], self._pool is not None))
        # one in advance, as long as there is enough for all: nobody waits while something is recorded
        most = 2 if self._pool is None and len(waiting) > width else 1
        for worker in self._workers[:width]:
            while waiting and len(worker.tasks) < most:
                worker.give(waiting.popleft())

    def _hear(self, worker: _Worker, waiting: deque[Task]) -> Iterator[tuple[str, str]]:
        """Take what a process says, and yield what cannot be graded."""
        try:
            said: Job | Answer | None = worker.connection.recv()
        except (EOFError, OSError):
            said = self._replaced(worker, waiting)
        if said is None:
            return
        if isinstance(said, Job):
            self._threads.submit(self._run_elsewhere, worker.connection, said)
            return
        if self._lost is not None:
            raise self._lost
        student = worker.tasks.popleft().student
        if not student:
            return  # what kept times from being taken, is said of each submission that needs them
        if said.failed:
            stages.failed[student] = list(said.failed)
        if said.submission is not None:
            self._done.append(said.submission)
        elif said.again:
            get_logger().warning("%s is run again at the end: %s", legible(student), said.why)
            self._again[student] = said.tries
        else:
            yield student, said.why

    def _replaced(self, worker: _Worker, waiting: deque[Task]) -> Answer | None:
        """Return what is to be said of the task at which a process was lost; the others are for other processes."""
        worker.end()
        self._workers.remove(worker)
        task, *others = worker.tasks
        waiting.extendleft(reversed(others))
        lost = Lost("the process that graded it ended")
        try:
            task.tries.broke(lost)
        except Again as error:
            return _failed(error, task.tries)
        if task.tries.lost > again.MOST:
            return _failed(lost, task.tries)
        waiting.appendleft(task)  # it is not run any more, and gets its reason
        return None

    def _run_elsewhere(self, asker: Connection, job: Job) -> None:
        """Run a submission in the pool for a process that asks for it."""
        assert self._pool is not None
        found: Sequence[Outcome] | str
        try:
            found = self._pool.execute(job)
        except Exception as error:
            if isinstance(error, PoolLost):
                self._lost = error
            found = f"{type(error).__name__}: {error}"
        with suppress(OSError):  # whoever asked may have ended
            asker.send(found)


def _failed(error: BaseException, tries: Tries) -> Answer:
    return Answer(tries, why=sentence(error), again=isinstance(error, Again))


# -- in a process of its own -------------------------------------------------------------------------


class _Elsewhere:
    """Has the process that started this one run submissions in its pool."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def require(self, unprotected: bool) -> str:
        """Return how kernels are kept; what has no sandbox was refused at the beginning."""
        return "none" if unprotected else "bubblewrap"

    def execute(self, job: Job) -> list[Outcome]:
        """Run a submission."""
        self._connection.send(job)
        found: list[Outcome] | str = self._connection.recv()
        if isinstance(found, str):
            raise RuntimeError(found)
        return found


def _work(make: Callable[[], Grader], connection: Connection, cores: set[int], remote: bool, started_by: int) -> None:
    """Work on one task after the other, until this process is ended."""
    _belong(cores, started_by)
    if remote:
        ExecuteProbes.runner = _Elsewhere(connection)
    grader = make()
    with suppress(KeyboardInterrupt, EOFError):  # the grader was interrupted, too, or has ended
        while True:
            connection.send(_answer(grader, connection.recv()))


def _answer(grader: Grader, task: Task) -> Answer:
    try:
        if not task.student:
            grader.measure()
            return Answer(task.tries)
        found = grader.grade(task.student, task.tries)
        return Answer(task.tries, found, failed=tuple(stages.failed.pop(task.student, ())))
    except (Exception, SystemExit) as error:
        return _failed(error, task.tries)


def _belong(cores: set[int], started_by: int) -> None:
    """Leave interrupts to the grader, who then ends this process; and end with the grader, however that ends.

    Kernels that it starts stay on its cores, however many processes they have.
    """
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform.startswith("linux"):
        limited.end_with(started_by)
    else:
        threading.Thread(target=_end_with_grader, daemon=True).start()
    if cores:
        os.sched_setaffinity(0, cores)


def _end_with_grader() -> None:
    grader = multiprocessing.parent_process()
    if grader is not None:
        grader.join()
        os._exit(1)
