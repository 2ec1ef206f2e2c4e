"""A job and what comes of it, as data alone: no course folder, no reference and no gradebook.

So any process on any machine can run it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cell:
    """What is run of one cell.

    Attributes
    ----------
    source
        The text; empty where the cell holds no code.
    seconds
        How much of the processor's time it may take, with all processes that it starts.
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
        How long all of it may take by the clock.
    restarts
        How often it may lose its kernel.
    unprotected
        Whether it runs without a sandbox.
    settings
        Those of its kernels, as :class:`handgrad.running.kernels.KernelSettings` names them.
    """

    cells: tuple[Cell, ...]
    modules: tuple[str, ...] = ()
    absent_modules: tuple[str, ...] = ()
    most_seconds: float = 900
    restarts: int = 8
    unprotected: bool = False
    settings: dict[str, Any] | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of one cell.

    Attributes
    ----------
    outputs
        What it put out, in the form of a notebook, and safe to open.
    failure
        Where it was cut short, the name and the words for it.
    seconds
        How long it took by the clock.
    processor
        Seconds of the processor's time that it took at most.
    lost_kernel
        Whether its kernel ended with it.
    by_clock
        Whether the clock cut it short and not what it took of the processor's time, as on a machine that is busy.
    """

    outputs: list[dict[str, Any]]
    failure: tuple[str, str] | None = None
    seconds: float = 0.0
    processor: float = 0.0
    lost_kernel: bool = False
    by_clock: bool = False
