"""Kernels: processes that run cells, which bounds they have, and how one is started, heard and ended."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import psutil
from traitlets import Bool, Integer
from traitlets.config import Configurable

from handgrad.running.bubblewrap import MEGABYTE
from handgrad.running.hearing import Hearing

PROCESS = Path(__file__).with_name("kernel_process.py")
"""The program of a kernel."""

COMMAND = (sys.executable, str(PROCESS))
"""What starts one where there is no sandbox."""

NICE = ("nice", "-n", "5")
"""Goes ahead of a command whose processes leave the processor to the grader where both want it."""

LAST = ("choom", "-n", "1000", "--", *NICE)
"""The same, of a command whose processes are also the first to go when memory runs out."""


class KernelSettings(Configurable):
    """How kernels for grading start, and what each may use."""

    warm = Bool(True, help="Make each kernel a fork of a process that has imported what kernels need.").tag(config=True)
    memory = Integer(6 * 1024, help="Megabytes of address space that a process may have.").tag(config=True)
    processes = Integer(128, help="Processes and threads that a submission may have.").tag(config=True)
    cpu_seconds = Integer(1800, help="Seconds of processor time that a process may take.").tag(config=True)
    file_size = Integer(256, help="Megabytes that a file, and the folders of a submission, may hold.").tag(config=True)

    def limits(self) -> dict[str, int]:
        """Return the bounds of what a kernel may use, by the names of Unix."""
        return {
            "AS": self.memory * MEGABYTE,
            "NPROC": self.processes,
            "CPU": self.cpu_seconds,
            "FSIZE": self.file_size * MEGABYTE,
            "CORE": 0,
            "NOFILE": 1024,
        }

    def limited(self, around: bool = False) -> list[str]:
        """Return the command that starts another one within the bounds.

        Those ``around`` bubblewrap itself leave out the number of processes, which Linux counts for a user: where
        an ordinary user grades, bubblewrap is one of theirs.
        """
        given = {name: value for name, value in self.limits().items() if not (around and name == "NPROC")}
        bounds = [f"--{name.lower()}={value}" for name, value in given.items()]
        return ["prlimit", *bounds, "--"]


class Kernel:
    """A running kernel.

    Parameters
    ----------
    hearing
        What hears it.
    pid
        The process whose time counts, with that of all that it started.
    cells
        Where it reads.
    """

    def __init__(self, hearing: Hearing, pid: int, cells: asyncio.WriteTransport) -> None:
        self.pid = pid
        self._hearing, self._cells = hearing, cells
        cells.write(hearing.token)

    def run(self, source: str) -> None:
        """Have it run a cell."""
        content = source.encode(errors="replace")
        self._cells.write(len(content).to_bytes(4, "little") + content)

    def interrupt(self) -> None:
        """Interrupt what it runs."""
        raise NotImplementedError

    def kill(self) -> None:
        """End it, and what it started."""
        raise NotImplementedError

    async def end(self) -> None:
        """End it, and see to it that it has ended."""
        self.kill()
        await self._hearing.ended.wait()
        self._cells.close()


class ColdKernel(Kernel):
    """A kernel that is a process of its own."""

    def __init__(
        self,
        hearing: Hearing,
        transport: asyncio.SubprocessTransport,
        inside: bool,
        folder: TemporaryDirectory[str] | None,
    ) -> None:
        cells = cast(asyncio.WriteTransport, transport.get_pipe_transport(0))
        super().__init__(hearing, transport.get_pid(), cells)
        self._transport, self._inside, self._folder = transport, inside, folder

    def interrupt(self) -> None:
        """Interrupt what it runs: bubblewrap has one child, whose first child is the kernel."""
        if sys.platform == "win32":
            self._transport.send_signal(signal.CTRL_BREAK_EVENT)
        elif self._inside:
            with suppress(psutil.Error, IndexError, ValueError):
                (first,) = psutil.Process(self.pid).children()
                min(first.children(), key=psutil.Process.create_time).send_signal(signal.SIGINT)
        else:
            self._transport.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """End it, and what it started."""
        try:
            if hasattr(os, "killpg"):
                os.killpg(self.pid, signal.SIGKILL)
            else:
                self._transport.kill()
        except (ProcessLookupError, PermissionError):
            pass

    async def end(self) -> None:
        """End it, and see to it that it has ended."""
        await super().end()
        self._transport.close()
        if self._folder is not None:
            self._folder.cleanup()


async def cold(
    hearing: Hearing,
    command: Sequence[str],
    *,
    inside: bool = False,
    folder: TemporaryDirectory[str] | None = None,
    env: Mapping[str, str] | None = None,
    files: Sequence[int] = (),
) -> Kernel:
    """Return a kernel that a command starts.

    Parameters
    ----------
    hearing
        What hears it.
    command
        The command.
    inside
        Whether the kernel is the child of what the command starts.
    folder
        Its folder, which is removed with it.
    env
        Its environment.
    files
        Descriptors that it inherits.
    """
    # so that an interrupt of the caller's is not one of the kernel's
    apart: dict[str, Any] = {"start_new_session": True, "pass_fds": files}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    transport, _ = await asyncio.get_running_loop().subprocess_exec(
        lambda: hearing,
        *command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=None if folder is None else folder.name,
        env=env,
        **apart,
    )
    return ColdKernel(hearing, transport, inside, folder)
