"""Run a notebook in the student's own kernel, which no sandbox keeps apart, within the limits of grading."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from nbformat.notebooknode import NotebookNode

from handgrad.running import kernels
from handgrad.running.client import MOST_MESSAGES, MOST_OUTPUT, JobClient
from handgrad.running.hearing import Hearing
from handgrad.running.job import Cell, Job, Outcome
from handgrad.running.kernels import Kernel

MOST_SECONDS = Job.most_seconds
"""Seconds for all cells together, as at grading."""

ENDED = {
    "died": "ended the kernel",
    "flood": f"printed or displayed more than {MOST_OUTPUT / 1e6:.0f} MB, or more than {MOST_MESSAGES:,} times",
    "timeout": "ran too long and could not be stopped",
}
"""What a cell did that no other can follow, by the name of its failure."""


@dataclass(frozen=True)
class Failure:
    """What a cell raised: the name of the exception, and the first line of its words."""

    name: str
    words: str

    @property
    def missing(self) -> str | None:
        """The name that was not defined, if it was that."""
        found = re.search(r"name '(\w+)' is not defined", self.words)
        return found[1] if found else None


def run_cells(cells: Sequence[NotebookNode], seconds: float) -> tuple[dict[int, Failure], tuple[int, str] | None]:
    """Run cells in a new kernel, in an empty folder, and end the kernel and what it started.

    Parameters
    ----------
    cells
        The cells of a notebook, in order.
    seconds
        How long each may run.

    Returns
    -------
    The failures by the position of the cell; and, where it did not get to the end, the position of the
    cell that stopped it, with the reason.
    """
    job = Job(
        tuple(Cell(cell.source if cell.cell_type == "code" else "", seconds) for cell in cells),
        restarts=0,
        unprotected=True,
    )
    try:
        outcomes = JobClient(job, _start, lambda index: _progress(index, len(cells))).outcomes()
    finally:
        _progress(None, len(cells))
    failures = {index: found for index, outcome in enumerate(outcomes) if (found := _failure(outcome, seconds))}
    return failures, _stopped(outcomes)


async def _start(hearing: Hearing) -> Kernel:
    """Return a kernel of this Python, in an empty folder."""
    # the course's pictures are not drawn, as at grading
    environment = {**os.environ, "HANDGRAD_PICTURES": "none"}
    folder = TemporaryDirectory(ignore_cleanup_errors=True)
    return await kernels.cold(hearing, kernels.COMMAND, folder=folder, env=environment)


def _failure(outcome: Outcome, seconds: float) -> Failure | None:
    """Return why a cell failed that others could follow."""
    if outcome.lost_kernel or _not_run(outcome):
        return None
    if outcome.failure is not None:
        return Failure("KeyboardInterrupt", f"it ran longer than {seconds:g} s, and was stopped.")
    raised = next((output for output in outcome.outputs if output["output_type"] == "error"), None)
    if raised is None:
        return None
    return Failure(raised["ename"], _sentence(re.sub(r"\x1b\[[\d;]*m", "", raised["evalue"]).strip().split("\n")[0]))


def _stopped(outcomes: Sequence[Outcome]) -> tuple[int, str] | None:
    """Return at which cell it ended too early, and why."""
    for index, outcome in enumerate(outcomes):
        if outcome.lost_kernel and outcome.failure is not None:
            return index, ENDED[outcome.failure[0]]
        if _not_run(outcome):
            return index, f"was not reached within {MOST_SECONDS:g} s"
    return None


def _not_run(outcome: Outcome) -> bool:
    return outcome.failure is not None and outcome.failure[0] == "not_run"


def _sentence(words: str) -> str:
    """Return words of at most 300 characters that end as a sentence does."""
    return words[:300] if words[-1:] in (".", "?", "!", "") else f"{words[:300]}."


def _progress(index: int | None, count: int) -> None:
    if sys.stderr.isatty():
        text = f"\rcell {index + 1} of {count}" if index is not None else "\r" + " " * 30 + "\r"
        print(text, end="", file=sys.stderr, flush=True)
