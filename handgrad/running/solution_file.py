"""Run a solution file: a plain Python file and cases in, the evidence of each exercise out.

Here is the grader's end; :mod:`handgrad.running.solution_file_process` is the process that loads the file, in the
sandbox that submissions have. Where there is none it runs as whoever has the file tried, who is told so.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from typing import IO, Any

import psutil

from handgrad.assignments.catalogue import exercises as exercises_of
from handgrad.judging.evidence import dumps
from handgrad.running import bubblewrap, sandbox
from handgrad.running.client import CLOCK, LOOK, processor_seconds
from handgrad.running.kernels import KernelSettings

PLACE = "/run/handgrad/solution"
"""Where the file, and the modules beside it, lie in the sandbox."""

SCRIPT = "/run/handgrad/solution_file_process.py"


class CannotLoad(RuntimeError):
    """The file cannot be loaded; the text says why."""


class SolutionProcess:
    """A process that runs a solution file, and never outlives the ``with`` statement.

    Parameters
    ----------
    file
        The file, which may import modules that lie beside it.
    assignment
        The assignment that it solves.
    exercises
        The exercises to be run, in this order, each with what :func:`handgrad.references.delivery` returns.
    """

    def __init__(self, file: Path, assignment: str, exercises: Mapping[str, Mapping[str, Any]]) -> None:
        self._file = file
        self._assignment = assignment
        self._enclosed = sandbox.available() is None
        where = f"{PLACE}/{file.name}" if self._enclosed else str(file.resolve())
        asked = [{"name": name, **delivery} for name, delivery in exercises.items()]
        self._given = {"assignment": assignment, "file": where, "exercises": asked}
        self._lines: queue.Queue[str | None] = queue.Queue()

    def __enter__(self) -> SolutionProcess:
        with ExitStack() as stack:
            command = [sys.executable, "-m", "handgrad.running.solution_file_process"]
            files: list[int] = []
            if self._enclosed:
                command, files = stack.enter_context(self._in_the_sandbox())
            self._process = subprocess.Popen(
                command,
                cwd=self._file.resolve().parent,
                env={**os.environ, "PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=files,
                text=True,
                encoding="utf-8",
            )
        assert self._process.stdin is not None
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()
        with suppress(BrokenPipeError):  # a process that ended has said so by ending
            self._process.stdin.write(dumps(self._given) + "\n")
            self._process.stdin.flush()
        return self

    def __exit__(self, *raised: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with suppress(BrokenPipeError):
                stream.close()

    def _in_the_sandbox(self) -> AbstractContextManager[tuple[list[str], list[int]]]:
        """Return what yields the command, and the descriptors that it has to inherit."""
        beside = {path.name: path.read_bytes() for path in self._file.resolve().parent.glob("*.py")}
        modules = {**beside, self._file.name: self._file.read_bytes()}
        return bubblewrap.enclosed(
            [*KernelSettings().limited(), sys.executable, "-W", "ignore", SCRIPT],
            handed={
                SCRIPT: Path(__file__).with_name("solution_file_process.py").read_bytes(),
                **{f"{PLACE}/{name}": content for name, content in modules.items()},
            },
            absent_modules=exercises_of(self._assignment).absent,
        )

    def load(self, seconds: float) -> None:
        """Wait until the file is loaded.

        Raises
        ------
        CannotLoad
            Where it raises, ends the process, or takes longer than so many seconds of the processor's time.
        """
        try:
            said = self._next(seconds)
        except TimeoutError:
            raise CannotLoad(f"{self._file} did not come to an end within {seconds:g} s while loading") from None
        except EOFError:
            raise CannotLoad(f"{self._file} ended the process while it was loaded") from None
        if "failed" in said:
            raise CannotLoad(f"{self._file} cannot be loaded: {said['failed']}")

    def evidence(self, seconds: float) -> dict[str, Any]:
        """Return the evidence of the next exercise, as :func:`handgrad.judging.evidence.collect` does.

        Raises
        ------
        TimeoutError
            Where it takes longer than so many seconds of the processor's time.
        EOFError
            Where it ends the process.
        """
        found: dict[str, Any] = self._next(seconds)["evidence"]
        return found

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._lines.put(line)
        self._lines.put(None)

    def _next(self, seconds: float) -> dict[str, Any]:
        """Return what the process says next, within so many seconds of the processor's time, as at grading."""
        before, until = self._taken(), time.monotonic() + CLOCK * seconds
        while True:
            with suppress(queue.Empty):
                line = self._lines.get(timeout=LOOK)
                break
            if self._taken() - before >= seconds or time.monotonic() >= until:
                raise TimeoutError
        if line is None:
            raise EOFError
        said: dict[str, Any] = json.loads(line)
        return said

    def _taken(self) -> float:
        try:
            return processor_seconds(self._process.pid)
        except psutil.NoSuchProcess:
            return 0.0
