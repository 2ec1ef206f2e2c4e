"""Run submissions on the workers of a Dask cluster; judging and recording stay with the caller.

A submission travels as data, and so does what comes of it: JSON both ways. A worker needs this package and the
sandbox; it needs no course folder, no reference and no gradebook.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import socket
import uuid
from typing import Any

from handgrad import __version__
from handgrad.notebooks.sanitize import safe_outputs
from handgrad.running import execution, sandbox
from handgrad.running.job import Cell, Job, Outcome
from handgrad.running.pool import PoolLost

SECONDS = 60
"""How long a scheduler, and a first worker, are waited for."""


class Cluster:
    """The workers of a scheduler.

    Parameters
    ----------
    address
        Of the scheduler, such as ``tcp://10.0.0.5:8786``.
    unprotected
        Whether submissions may run where a worker has no sandbox.

    Raises
    ------
    RuntimeError
        Where there is no scheduler or no worker, or where a worker could not run submissions.
    """

    def __init__(self, address: str, unprotected: bool = False) -> None:
        self._address = address
        try:
            from distributed import Client
            from distributed.comm.addressing import get_address_host_port
        except ImportError as error:
            raise RuntimeError("a cluster needs the package distributed: pip install 'handgrad[cluster]'") from error
        # what becomes of the connection is said here, in a sentence and not in a traceback
        for name in ("distributed", "distributed.client", "tornado", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            # a client that finds nobody there would keep looking for minutes
            socket.create_connection(get_address_host_port(address), timeout=10).close()
            self._client = Client(address, timeout=SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise RuntimeError(f"no Dask scheduler answers at {address}; `dask scheduler` starts one") from error
        try:
            self._client.wait_for_workers(1, timeout=SECONDS)
            told = self._client.run(_ready, on_error="return")
        except TimeoutError as error:
            self.end()
            raise RuntimeError(
                f"no worker has joined the scheduler at {address}: start some, as with `dask worker {address} "
                "--nworkers 4 --nthreads 1`"
            ) from error
        unfit = {worker: reason for worker, said in told.items() if (reason := _unfit(said, unprotected))}
        if unfit:
            self.end()
            listed = "; ".join(f"{worker}: {reason}" for worker, reason in unfit.items())
            raise RuntimeError(f"nothing was graded, for not every worker can run submissions: {listed}")

    @property
    def width(self) -> int:
        """How many submissions the workers run at once."""
        return sum(self._client.nthreads().values())

    def execute(self, job: Job) -> list[Outcome]:
        """Run a submission; where its worker is lost, another one runs it from the beginning.

        Raises
        ------
        handgrad.running.pool.PoolLost
            Where the scheduler is lost.
        """
        sent = json.dumps(dataclasses.asdict(job))
        try:
            found: list[dict[str, Any]] = json.loads(self._result(sent))
        except Exception as error:
            if self._client.status != "running":
                raise PoolLost(f"the Dask scheduler at {self._address} does not answer any more") from error
            raise
        # a worker is nearer to strangers' code than the caller, so its word is looked through again
        return [
            Outcome(
                [dict(output) for output in safe_outputs(one["outputs"])],
                None if one["failure"] is None else (str(one["failure"][0]), str(one["failure"][1])),
                float(one["seconds"]),
                float(one["processor"]),
                bool(one["lost_kernel"]),
                bool(one["by_clock"]),
            )
            for one in found
        ]

    def _result(self, sent: str) -> Any:
        """Return what a worker sends back, as long as there is a scheduler that could bring it."""
        future = self._client.submit(_execute, sent, key=f"submission-{uuid.uuid4().hex}", pure=False)
        try:
            while True:
                try:
                    return future.result(timeout=1)
                except TimeoutError:
                    if self._client.status != "running":
                        raise
        finally:
            future.release()

    def end(self) -> None:
        """Leave the cluster; what has not been begun there will not be."""
        self._client.close(timeout=5)


def _execute(sent: str) -> str:
    """Run a submission on a worker."""
    given: dict[str, Any] = json.loads(sent)
    given |= {name: tuple(given[name]) for name in ("modules", "absent_modules")}
    job = Job(**{**given, "cells": tuple(Cell(**cell) for cell in given["cells"])})
    return json.dumps([dataclasses.asdict(outcome) for outcome in execution.execute(job)])


def _ready() -> dict[str, str | None]:
    """Return what a worker has."""
    return {"version": __version__, "no sandbox": sandbox.available()}


def _unfit(said: Any, unprotected: bool) -> str | None:
    """Return why a worker cannot run submissions, or None where it can."""
    if not isinstance(said, dict):
        return f"it has no handgrad that can be imported ({said})"
    if said["version"] != __version__:
        return f"it has handgrad {said['version']}, and the caller {__version__}"
    if said["no sandbox"] and not unprotected:
        return f"it has no sandbox: {said['no sandbox']}"
    return None
