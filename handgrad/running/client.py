"""The client of a kernel, which bounds what its cells may take, and what it may say.

The grader runs submissions with it, in the sandbox; ``handgrad doctor`` a student's notebook, as the student.
"""

from __future__ import annotations

import asyncio
import copy
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal

import nbformat
import psutil
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_async, run_sync
from nbclient.client import NotebookClient
from nbclient.exceptions import CellTimeoutError
from nbformat.notebooknode import NotebookNode

from handgrad.notebooks.sanitize import safe_outputs
from handgrad.running.job import Job, Outcome

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

HEARD = ("status", "execute_input", "clear_output", "stream", "error", "display_data", "execute_result")


class JobClient(NotebookClient):
    """Runs the cells of a job; one that kills the kernel, or cannot be stopped, costs what depends on it.

    A new kernel then runs the cells before it again, without it and without the probes, and goes on.

    Parameters
    ----------
    job
        What is run.
    new_manager
        Makes the manager of one kernel.
    """

    def __init__(self, job: Job, new_manager: Callable[[], AsyncKernelManager], **traits: Any) -> None:
        # nbformat's own makers would validate each cell, and this notebook is never written to a file
        code = {"cell_type": "code", "execution_count": None}
        cells = [
            nbformat.from_dict({**code, "source": cell.source, "outputs": [], "metadata": {"seconds": cell.seconds}})
            for cell in job.cells
        ]
        super().__init__(
            NotebookNode(cells=cells, metadata=NotebookNode(), nbformat=4, nbformat_minor=4),
            allow_errors=True,
            raise_on_iopub_timeout=True,
            iopub_timeout=10,
            shutdown_kernel="immediate",
            timeout=None,
            **traits,
        )
        self._job = job
        self._new_manager = new_manager
        self._deadline = time.monotonic() + job.most_seconds
        self._late: Literal["", "clock", "processor"] = ""
        self._before: float | None = None
        self._heard_in_all = self._messages_in_all = 0
        self._flooded = False

    def outcomes(self, **start: Any) -> list[Outcome]:
        """Run every cell, and return what came of each.

        Parameters
        ----------
        **start
            How a kernel is started, as :meth:`jupyter_client.manager.AsyncKernelManager.start_kernel` takes it.
        """
        lethal: set[int] = set()
        found: dict[int, Outcome] = {}
        while len(found) < len(self._job.cells) and len(lethal) <= self._job.restarts and self._may_go_on():
            with self._kernel(len(found), lethal, start):
                while len(found) < len(self._job.cells) and self._may_go_on():
                    at = len(found)
                    found[at] = self._one(at)
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

    async def async_execute_cell(
        self,
        cell: NotebookNode,
        cell_index: int,
        execution_count: int | None = None,
        store_history: bool = True,
    ) -> NotebookNode:
        """Run a cell, and watch what it takes of the processor's time."""
        watching = asyncio.ensure_future(self._watch(cell.metadata["seconds"]))
        try:
            return await super().async_execute_cell(cell, cell_index, execution_count, store_history)
        finally:
            watching.cancel()

    execute_cell = run_sync(async_execute_cell)

    async def _watch(self, seconds: float) -> None:
        """End a cell when all processes of its kernel have taken so many seconds of the processor's time.

        So a neighbour that keeps the machine busy costs nobody anything; but one that only waits is ended by the
        clock. What a cell takes before the first look is not counted, and one that is short costs no look.
        """
        assert self.km is not None
        assert self.km.provisioner is not None
        now = time.monotonic()
        until = min(now + CLOCK * seconds, max(now + 1, self._deadline))
        with suppress(psutil.NoSuchProcess):
            await asyncio.sleep(LOOK)
            self._before = self._total()
            while not self._late:
                await asyncio.sleep(LOOK)
                if self._total() >= self._before + seconds:
                    self._late = "processor"
                elif time.monotonic() >= until:
                    self._late = "clock"
            await ensure_async(self.km.interrupt_kernel())
            await asyncio.sleep(GRACE)
            await self.km.provisioner.kill()

    def _total(self) -> float:
        """Return how much of the processor's time the kernel has taken, with all that it started."""
        assert self.km is not None
        return processor_seconds(getattr(self.km.provisioner, "pid", -1))

    def create_kernel_manager(self) -> AsyncKernelManager:
        """Return the manager of one kernel."""
        return self._new_manager()

    @contextmanager
    def _kernel(self, at: int, lethal: set[int], start: dict[str, Any]) -> Iterator[None]:
        """Start a kernel in the state that the cells before ``at`` leave, and end it with all that it started."""
        self.km = self.kc = None
        self.reset_execution_trackers()
        group = None
        try:
            with self.setup_kernel(**start):
                group = getattr(self.km and self.km.provisioner, "pgid", None)
                assert self.kc is not None
                self.kc.iopub_channel.heard = self._count
                for index in range(at):
                    if index not in lethal and not self._job.cells[index].probe and self._may_go_on():
                        self._one(index)
                yield
        finally:
            if group is not None and hasattr(os, "killpg"):
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(group, signal.SIGKILL)

    def _one(self, index: int) -> Outcome:
        """Run one cell, and return what came of it."""
        if not self._job.cells[index].source.strip():
            return Outcome([])
        fresh = self.nb.cells[index]
        cell = copy.deepcopy(fresh)
        self._heard, self._messages, self._flooded = 0, 0, False
        self._late, self._before = "", None
        began = time.monotonic()
        lost = False
        failure: tuple[str, str] | None = None
        try:
            self.execute_cell(cell, index)
        except CellTimeoutError:
            self._late = self._late or "clock"
            lost, failure = True, ("timeout", "it took too long and could not be stopped")
        except Exception as error:
            # a dead kernel, or one whose messages cannot be read
            self.log.debug("the kernel was lost in cell %d: %s", index, error)
            lost, failure = True, ("died", "the kernel died in this cell")
            if self._late:
                failure = ("timeout", "it took too long and could not be stopped")
        finally:
            self.nb.cells[index] = fresh
        if self._flooded and (failure is None or failure[0] == "died"):
            # the signal that ends it may still be on its way, and arrive in a later cell
            lost, failure = True, ("flood", "it printed or displayed far too much")
        if failure is None and self._late:
            failure = ("timeout", "it took too long")
        outputs = [dict(output) for output in safe_outputs(cell.get("outputs", []))]
        if failure is not None and (failure[0] != "timeout" or not outputs):
            outputs = [_error(*failure)]
        seconds = processor = time.monotonic() - began
        if self._before is not None:
            with suppress(psutil.NoSuchProcess):
                processor = LOOK + self._total() - self._before
        return Outcome(
            outputs,
            failure,
            seconds,
            processor,
            lost,
            by_clock=self._late == "clock",
        )

    def _count(self, size: int) -> None:
        """Count a message, whichever cell it may be of, and end a kernel that has sent too much in all."""
        self._heard_in_all += size
        self._messages_in_all += 1
        if not self._has_room():
            self._end_the_flood()

    def _end_the_flood(self) -> None:
        if not self._flooded and self.km is not None and self.km.provisioner is not None:
            self._flooded = True
            self._ending = asyncio.ensure_future(self.km.provisioner.kill())

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Take in a message of the kernel: what belongs to this cell, as long as it is not too much."""
        kind = msg.get("msg_type")
        if kind not in HEARD:
            return None  # widgets, and changes of what other cells displayed
        if kind not in ("status", "execute_input"):
            self._messages += 1
            self._heard += len(json.dumps(msg.get("content")))
            if self._messages > MOST_MESSAGES or self._heard > MOST_OUTPUT:
                self._end_the_flood()
                return None
        try:
            return super().process_message(msg, cell, cell_index)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self.log.debug("a message that has another form was left out: %s", error)
            return None


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
