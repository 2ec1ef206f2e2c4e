"""Run a job in the sandbox, and hand back what came of each cell."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from traitlets.config import Config

from handgrad.running import sandbox
from handgrad.running.client import JobClient
from handgrad.running.job import Job, Outcome
from handgrad.running.kernels import KernelSettings


class Runner(Protocol):
    """Runs jobs, wherever that is."""

    def require(self, unprotected: bool) -> str:
        """Return how kernels are kept there, as :func:`handgrad.running.sandbox.require` does."""
        ...

    def execute(self, job: Job) -> list[Outcome]:
        """Run a submission, and return what came of each of its cells."""
        ...


class LocalRunner:
    """Runs jobs one after the other, in kernels that this process starts."""

    def require(self, unprotected: bool) -> str:
        """Return how kernels are kept here."""
        return sandbox.require(unprotected)

    def execute(self, job: Job) -> list[Outcome]:
        """Run a submission."""
        return execute(job)


def execute(job: Job) -> list[Outcome]:
    """Run a submission, and return what came of each of its cells.

    Raises
    ------
    handgrad.running.sandbox.SandboxUnavailable
        Where there is no sandbox, and the job does not say to go on without.
    """
    sandbox.require(job.unprotected)
    settings = KernelSettings(config=Config({"KernelSettings": job.settings or {}}))
    return JobClient(job, partial(sandbox.start, job, settings)).outcomes()
