"""The client of a kernel, which bounds what its cells may take, and what it may say.

The grader runs submissions with it, in the sandbox; ``handgrad doctor`` a student's notebook, as the student.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal

import nbformat
import psutil
from jupyter_core.utils import run_sync

from handgrad.notebooks.sanitize import safe_outputs
from handgrad.running.hearing import Hearing, Outputs
from handgrad.running.job import Job, Outcome
from handgrad.running.kernels import Kernel

MOST_OUTPUT = 24 * 1024 * 1024
"""Bytes that one cell may print and display; a kernel that sends more is ended."""

MOST_MESSAGES = 20_000
"""Messages that one cell may send; a kernel that sends more is ended."""

MOST_OUTPUT_IN_ALL = 96 * 1024 * 1024
"""Bytes that all cells of a submission may print, display and hand over; what is not run by then is left."""

MOST_MESSAGES_IN_ALL = 100_000
"""Messages that all cells of a submission may send, whatever they say they belong to."""

CLOCK = 3
"""How many times as long as its processor time a cell may take by the clock, as on a machine that is busy."""

LOOK = 0.5
"""Seconds between two looks at what a cell has taken of the processor's time."""

GRACE = 5
"""Seconds for a cell to end after it was interrupted."""

START = 60
"""Seconds by the clock for a kernel to start."""

MOST_WORDS = 300
"""Characters of what a kernel that did not start said last."""


class JobClient:
    """Runs the cells of a job; one that kills the kernel, or cannot be stopped, costs what depends on it.

    A new kernel then runs the cells before it again, without it and without the probes, and goes on.

    Parameters
    ----------
    job
        What is run.
    start
        Starts a kernel.
    begins
        Is told the position of each cell that begins.
    """

    def __init__(
        self,
        job: Job,
        start: Callable[[Hearing], Awaitable[Kernel]],
        begins: Callable[[int], None] = lambda at: None,
    ) -> None:
        self._job, self._start, self._begins = job, start, begins
        self._deadline = time.monotonic() + job.most_seconds
        self._heard_in_all = self._messages_in_all = 0
        self._kernel: Kernel | None = None

    def outcomes(self) -> list[Outcome]:
        """Run every cell, and return what came of each.

        Raises
        ------
        RuntimeError
            Where no kernel starts.
        """
        try:
            found: list[Outcome] = run_sync(self._outcomes)()
        finally:
            # an interrupt leaves what ran as it is
            if self._kernel is not None:
                self._kernel.kill()
        return found

    async def _outcomes(self) -> list[Outcome]:
        lethal: set[int] = set()
        found: dict[int, Outcome] = {}
        while len(found) < len(self._job.cells) and len(lethal) <= self._job.restarts and self._may_go_on():
            async with self._in_state(len(found), lethal):
                while len(found) < len(self._job.cells) and self._may_go_on():
                    at = len(found)
                    found[at] = await self._one(at)
                    if found[at].lost_kernel:
                        lethal.add(at)
                        break
        late = not self._in_time()
        why = "the time was over" if late else "an earlier cell kept ending the kernel"
        if not self._has_room():
            why = "earlier cells printed or displayed far too much"
        failure = ("not_run", f"{why}, so this one was not run")
        left = Outcome([_error(*failure)], failure=failure, by_clock=late)
        return [found.get(index, left) for index in range(len(self._job.cells))]

    def _in_time(self) -> bool:
        return time.monotonic() < self._deadline

    def _has_room(self) -> bool:
        return self._heard_in_all <= MOST_OUTPUT_IN_ALL and self._messages_in_all <= MOST_MESSAGES_IN_ALL

    def _may_go_on(self) -> bool:
        return self._in_time() and self._has_room()

    @asynccontextmanager
    async def _in_state(self, at: int, lethal: set[int]) -> AsyncIterator[None]:
        """Start a kernel in the state that the cells before ``at`` leave, and end it with all that it started."""
        hearing = Hearing(self._hear, lambda: self._over.set())
        self._begin(0)
        kernel = self._kernel = await self._start(hearing)
        try:
            await self._is_over(START)
            if not self._done:
                said = "".join(output.get("text", "") for output in self._outputs.all())
                raise RuntimeError(f"the kernel did not start: {said[-MOST_WORDS:]}")
            for index in range(at):
                if index not in lethal and not self._job.cells[index].probe and self._may_go_on():
                    await self._one(index)
            yield
        finally:
            await kernel.end()
            self._kernel = None

    def _begin(self, number: int) -> None:
        """Forget what came of the cell before."""
        self._number = number
        self._outputs, self._over, self._done = Outputs(), asyncio.Event(), False
        self._heard = self._messages = 0
        self._flooded = False
        self._late: Literal["", "clock", "processor"] = ""
        self._before: float | None = None

    async def _one(self, index: int) -> Outcome:
        """Run one cell, and return what came of it."""
        cell = self._job.cells[index]
        self._begins(index)
        if not cell.source.strip():
            return Outcome([])
        assert self._kernel is not None
        self._begin(self._number + 1)
        began = time.monotonic()
        self._kernel.run(cell.source)
        await self._watch(self._kernel, cell.seconds)
        lost, failure = self._failure()
        outputs = [dict(output) for output in safe_outputs(self._outputs.all())]
        if failure is not None and (failure[0] != "timeout" or not outputs):
            outputs = [_error(*failure)]
        seconds = processor = time.monotonic() - began
        if self._before is not None:
            with suppress(psutil.NoSuchProcess):
                processor = LOOK + processor_seconds(self._kernel.pid) - self._before
        return Outcome(outputs, failure, seconds, processor, lost, by_clock=self._late == "clock")

    def _failure(self) -> tuple[bool, tuple[str, str] | None]:
        """Return whether the kernel was lost, and why the cell was cut short, if it was."""
        if self._flooded:
            return True, ("flood", "it printed or displayed far too much")
        if self._late:
            words = "it took too long" if self._done else "it took too long and could not be stopped"
            return not self._done, ("timeout", words)
        return (False, None) if self._done else (True, ("died", "the kernel died in this cell"))

    async def _is_over(self, seconds: float) -> bool:
        """Wait so long, and return whether the cell has ended, or its kernel."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._over.wait()
        return self._over.is_set()

    async def _watch(self, kernel: Kernel, seconds: float) -> None:
        """Wait for the end of a cell, and end it when its kernel has taken so many seconds of the processor's time.

        That is the time of all processes of its kernel. So a neighbour that keeps the machine busy costs nobody
        anything; but one that only waits is ended by the clock. What a cell takes before the first look is not
        counted, and one that is short costs no look.
        """
        now = time.monotonic()
        until = min(now + CLOCK * seconds, max(now + 1, self._deadline))
        while not await self._is_over(LOOK):
            now = time.monotonic()
            if self._late:
                if now >= until:
                    kernel.kill()
                continue
            with suppress(psutil.NoSuchProcess):
                total = processor_seconds(kernel.pid)
                if self._before is None:
                    self._before = total
                elif total >= self._before + seconds:
                    self._late = "processor"
            if not self._late and now >= until:
                self._late = "clock"
            if self._late:
                kernel.interrupt()
                until = now + GRACE

    def _hear(self, size: int, said: Iterator[str | list[str]]) -> None:
        """Take in what a kernel says, as long as it is not too much, whichever cell it may be of."""
        self._heard_in_all += size
        self._heard += size
        if not self._flooded:
            for one in said:
                self._take(one)
        if self._heard > MOST_OUTPUT or self._messages > MOST_MESSAGES or not self._has_room():
            self._flooded = True
            if self._kernel is not None:
                self._kernel.kill()

    def _take(self, said: str | list[str]) -> None:
        if said == ["done", str(self._number)]:
            self._done = True
            self._over.set()
            return
        if isinstance(said, list) and said[0] != "stderr":
            self._messages += 1
            self._messages_in_all += 1
        self._outputs.add(said)


def processor_seconds(pid: int) -> float:
    """Return how much of the processor's time a process, and all that it started, have taken.

    Raises
    ------
    psutil.NoSuchProcess
        Where there is no such process any more.
    """
    first = psutil.Process(pid)
    total: float = sum(first.cpu_times()[:4])
    for process in first.children(recursive=True):
        with suppress(psutil.Error):
            # those of children that have ended are with their parent's
            total += sum(process.cpu_times()[:4])
    return total


def _error(name: str, message: str) -> dict[str, Any]:
    """Return words as the output of a cell that failed."""
    text = f"{message[0].upper()}{message[1:]}."
    return dict(nbformat.v4.new_output("error", ename=name, evalue=text, traceback=[text]))
