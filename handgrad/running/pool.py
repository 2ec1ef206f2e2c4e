"""Where several submissions run at once: what a pool is, and which cores of this machine each of them has."""

from __future__ import annotations

import os
from typing import Protocol

from handgrad.running.job import Job, Outcome


class PoolLost(RuntimeError):
    """Nothing can be run in a pool any more; the text says why."""


class Pool(Protocol):
    """Runs submissions somewhere else, several at once."""

    def execute(self, job: Job) -> list[Outcome]:
        """Run a submission."""
        ...


def shares(width: int) -> list[set[int]]:
    """Return the cores of each of so many lanes: no two lanes share one, unless there are more lanes than cores."""
    if not hasattr(os, "sched_getaffinity"):
        return [set()] * width
    cores = sorted(os.sched_getaffinity(0))
    return [set(cores[lane::width]) or {cores[lane % len(cores)]} for lane in range(width)]
