"""Where several submissions run at once: what a pool is, and the one of processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.queues import SimpleQueue
from typing import Protocol

from handgrad.running import execution, sandbox
from handgrad.running.job import Job, Outcome


class PoolLost(RuntimeError):
    """Nothing can be run in a pool any more; the text says why."""


class Pool(Protocol):
    """Runs submissions somewhere else, several at once."""

    @property
    def width(self) -> int:
        """How many run at once."""
        ...

    def require(self, unprotected: bool) -> str:
        """Return how kernels are kept there."""
        ...

    def execute(self, job: Job) -> list[Outcome]:
        """Run a submission."""
        ...

    def end(self, now: bool) -> None:
        """End what runs there, where ``now`` is said in the midst of it."""
        ...


class Processes:
    """Processes on this machine.

    Parameters
    ----------
    width
        How many there are.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self._replacing = threading.Lock()
        self._pool = self._started()

    def _started(self) -> ProcessPoolExecutor:
        spawn = multiprocessing.get_context("spawn")
        lanes = spawn.SimpleQueue()
        for cores in shares(self.width):
            lanes.put(cores)
        return ProcessPoolExecutor(self.width, spawn, _belong, (lanes,))

    def require(self, unprotected: bool) -> str:
        """Return how kernels are kept here."""
        return sandbox.require(unprotected)

    def execute(self, job: Job) -> list[Outcome]:
        """Run a submission.

        Raises
        ------
        concurrent.futures.process.BrokenProcessPool
            Where a process was lost, with all that ran; others have taken their place by then.
        """
        pool = self._pool
        try:
            return pool.submit(execution.execute, job).result()
        except BrokenProcessPool:
            with self._replacing:
                if self._pool is pool:
                    self._pool = self._started()
            raise

    def end(self, now: bool) -> None:
        """End the processes."""
        if now:
            for process in multiprocessing.active_children():
                process.kill()
        self._pool.shutdown(cancel_futures=True)


def shares(width: int) -> list[set[int]]:
    """Return the cores of each of so many lanes: no two lanes share one, unless there are more lanes than cores."""
    if not hasattr(os, "sched_getaffinity"):
        return [set()] * width
    cores = sorted(os.sched_getaffinity(0))
    return [set(cores[lane::width]) or {cores[lane % len(cores)]} for lane in range(width)]


def _belong(lanes: SimpleQueue[set[int]]) -> None:
    """Leave interrupts to the grader, who then ends this process; and end with the grader, however that ends.

    Kernels that it starts stay on the cores of its lane, however many processes they have.
    """
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    threading.Thread(target=_end_with_grader, daemon=True).start()
    if cores := lanes.get():
        os.sched_setaffinity(0, cores)


def _end_with_grader() -> None:
    grader = multiprocessing.parent_process()
    if grader is not None:
        grader.join()
        os._exit(1)
