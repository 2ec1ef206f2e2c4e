"""Run a job in the sandbox, and hand back what came of each cell."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from traitlets.config import Config

from handgrad.running import sandbox
from handgrad.running.client import JobClient
from handgrad.running.job import Job, Outcome
from handgrad.running.kernels import GradingKernelManager


class Runner(Protocol):
    """Runs jobs, wherever that is."""

    def require(self, unprotected: bool) -> str:
        """Return how kernels are kept there, as :func:`handgrad.running.sandbox.require` does."""
        ...

    def execute(self, job: Job) -> list[Outcome]:
        """Run a submission, and return what came of each of its cells."""
        ...

    def measure(self, job: Job) -> list[Outcome]:
        """Run the reference, for which every submission waits."""
        ...


class LocalRunner:
    """Runs jobs one after the other, in kernels that this process starts."""

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
    return JobClient(job, partial(_kernel_manager, job)).outcomes()


def _kernel_manager(job: Job) -> GradingKernelManager:
    """Return a manager of one kernel, with the settings of the job."""
    manager = GradingKernelManager(config=Config({"GradingKernelManager": job.manager or {}}))
    manager.unprotected, manager.absent_modules = job.unprotected, list(job.absent_modules)
    manager.modules = list(job.modules)
    return manager
