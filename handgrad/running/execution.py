"""Run a submission's cells, one kernel after another where one is lost, and hand back what they put out.

A :class:`Job` is data alone: the text of the cells, and for how long each may run. It needs no
course folder, no reference and no gradebook, so that it can be run by any process on any machine.
"""

from __future__ import annotations

import asyncio
import copy
import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import nbformat
from nbclient.client import NotebookClient
from nbclient.exceptions import CellTimeoutError
from nbformat.notebooknode import NotebookNode
from traitlets.config import Config

from handgrad.notebooks.sanitize import safe_outputs
from handgrad.running import sandbox

MOST_OUTPUT = 24 * 1024 * 1024
"""Bytes that one cell may print and display; a kernel that sends more is ended."""

MOST_MESSAGES = 20_000
"""Messages that one cell may send; a kernel that sends more is ended."""

HEARD = ("status", "execute_input", "clear_output", "stream", "error", "display_data", "execute_result")
LATE = {"ename": "CellTimeoutError", "evalue": "", "traceback": []}


@dataclass(frozen=True)
class Cell:
    """What is run of one cell.

    Attributes
    ----------
    source
        The text; empty where the cell holds no code.
    seconds
        How long it may take.
    probe
        Whether it is a probe, which is never run twice.
    """

    source: str
    seconds: float
    probe: bool = False


@dataclass(frozen=True)
class Job:
    """A submission to be run.

    Attributes
    ----------
    cells
        Its cells, in order.
    modules
        What its kernel has imported where it is warm.
    absent_modules
        Packages that its kernel is to find missing.
    most_seconds
        How long all of it may take.
    restarts
        How often it may lose its kernel.
    unprotected
        Whether it runs without a sandbox.
    manager
        Settings of the kernel manager.
    """

    cells: tuple[Cell, ...]
    modules: tuple[str, ...] = ()
    absent_modules: tuple[str, ...] = ()
    most_seconds: float = 900
    restarts: int = 8
    unprotected: bool = False
    manager: dict[str, Any] | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of one cell: its outputs, where it failed the name and the words for it, and the seconds it took."""

    outputs: list[dict[str, Any]]
    execution_count: int | None = None
    failure: tuple[str, str] | None = None
    seconds: float = 0.0


class Runner(Protocol):
    """Runs submissions, wherever that is."""

    def require(self, unprotected: bool) -> str:
        """Return how kernels are kept there, as :func:`handgrad.running.sandbox.require` does."""
        ...

    def execute(self, job: Job) -> list[Outcome]:
        """Run a submission, and return what came of each of its cells."""
        ...

    def measure(self, job: Job) -> list[Outcome]:
        """Run the reference, for which every submission waits."""
        ...


class Here:
    """Runs submissions one after the other, for the process that asks."""

    def require(self, unprotected: bool) -> str:
        """Return how kernels are kept here."""
        return sandbox.require(unprotected)

    def execute(self, job: Job) -> list[Outcome]:
        """Run a submission."""
        return execute(job)

    measure = execute


def execute(job: Job) -> list[Outcome]:
    """Run a submission, and return what came of each of its cells.

    Raises
    ------
    handgrad.running.sandbox.SandboxUnavailable
        Where there is no sandbox, and the job does not say to go on without.
    """
    sandbox.require(job.unprotected)
    return _Runner(job).outcomes()


class _Runner(NotebookClient):  # type: ignore[misc]
    """Runs cells; one that kills the kernel, or cannot be stopped, costs what depends on it.

    A new kernel then runs the cells before it again, without it and without the probes, and goes on.
    """

    def __init__(self, job: Job) -> None:
        # nbformat's own makers would validate each cell, and this notebook is never written to a file
        code = {"cell_type": "code", "execution_count": None}
        cells = [
            nbformat.from_dict({**code, "source": cell.source, "outputs": [], "metadata": {"seconds": cell.seconds}})
            for cell in job.cells
        ]
        super().__init__(
            NotebookNode(cells=cells, metadata=NotebookNode(), nbformat=4, nbformat_minor=4),
            allow_errors=True,
            interrupt_on_timeout=True,
            error_on_timeout=LATE,
            raise_on_iopub_timeout=True,
            shutdown_kernel="immediate",
            timeout_func=lambda cell: cell.metadata["seconds"],
            on_cell_executed=self._note_late,
        )
        self._job = job
        self._deadline = time.monotonic() + job.most_seconds

    def outcomes(self) -> list[Outcome]:
        """Run every cell."""
        lethal: set[int] = set()
        found: dict[int, Outcome] = {}
        while len(found) < len(self._job.cells) and len(lethal) <= self._job.restarts and self._in_time():
            with self._kernel(len(found), lethal):
                while len(found) < len(self._job.cells) and self._in_time():
                    at = len(found)
                    found[at], alive = self._one(at)
                    if not alive:
                        lethal.add(at)
                        break
        why = "an earlier cell kept ending the kernel" if self._in_time() else "the time was over"
        left = _failed("not_run", f"{why}, so this one was not run")
        return [found.get(index, left) for index in range(len(self._job.cells))]

    def _in_time(self) -> bool:
        return time.monotonic() < self._deadline

    def create_kernel_manager(self) -> sandbox.GradingKernelManager:
        """Return a manager of one kernel, with the settings of the job."""
        settings = Config({"GradingKernelManager": self._job.manager or {}})
        manager = sandbox.GradingKernelManager(config=settings)
        manager.unprotected, manager.absent_modules = self._job.unprotected, list(self._job.absent_modules)
        manager.modules = list(self._job.modules)
        return manager

    @contextmanager
    def _kernel(self, at: int, lethal: set[int]) -> Iterator[None]:
        """Start a kernel in the state that the cells before ``at`` leave."""
        self.km = self.kc = None
        self.reset_execution_trackers()
        with self.setup_kernel():
            for index in range(at):
                if index not in lethal and not self._job.cells[index].probe and self._in_time():
                    self._one(index)
            yield

    def _one(self, index: int) -> tuple[Outcome, bool]:
        """Run one cell; return what came of it, and whether the kernel outlives it."""
        if not self._job.cells[index].source.strip():
            return Outcome([]), True
        fresh = self.nb.cells[index]
        cell = copy.deepcopy(fresh)
        self._heard, self._messages, self._flooded, self._late = 0, 0, False, False
        began = time.monotonic()
        alive, failure = True, None
        try:
            self.execute_cell(cell, index, store_history=True)
        except CellTimeoutError:
            alive, failure = False, ("timeout", "it took too long and could not be stopped")
        except Exception as error:
            # a dead kernel, or one whose messages cannot be read
            self.log.debug("the kernel was lost in cell %d: %s", index, error)
            alive, failure = False, ("died", "the kernel died in this cell")
            if self._flooded:
                failure = ("flood", "it printed or displayed far too much")
        finally:
            self.nb.cells[index] = fresh
        if failure is None and self._flooded:
            # the signal that ends it is on its way, and may arrive in a later cell
            alive, failure = False, ("flood", "it printed or displayed far too much")
        if failure is None and self._late:
            failure = ("timeout", "it took too long")
        count = cell.get("execution_count")
        outputs = [dict(output) for output in safe_outputs(cell.get("outputs", []))]
        if failure is not None and (failure[0] != "timeout" or not outputs):
            outputs = _failed(*failure).outputs
        seconds = time.monotonic() - began
        return Outcome(outputs, count if isinstance(count, int) else None, failure, seconds), alive

    def _note_late(self, execute_reply: dict[str, Any], **_: Any) -> None:
        self._late = execute_reply["content"].get("ename") == LATE["ename"]

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Take in a message of the kernel: what belongs to this cell, as long as it is not too much."""
        kind = msg.get("msg_type")
        if kind not in HEARD:
            return None  # widgets, and changes of what other cells displayed
        if kind not in ("status", "execute_input"):
            self._messages += 1
            self._heard += len(json.dumps(msg.get("content")))
            if self._messages > MOST_MESSAGES or self._heard > MOST_OUTPUT:
                if not self._flooded and self.km is not None:
                    self._flooded = True
                    self._ending = asyncio.ensure_future(self.km.signal_kernel(signal.SIGKILL))
                return None
        try:
            return super().process_message(msg, cell, cell_index)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self.log.debug("a message that has another form was left out: %s", error)
            return None


def _failed(name: str, message: str) -> Outcome:
    text = f"{message[0].upper()}{message[1:]}."
    return Outcome(
        [dict(nbformat.v4.new_output("error", ename=name, evalue=text, traceback=[text]))], None, (name, message)
    )
