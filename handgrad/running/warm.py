"""Warm kernels: one process in the sandbox has imported everything, and each kernel is a fork of it.

Here is the grader's end: it starts the warm process of :mod:`handgrad.running.warm_process`, asks it
for forks, and watches each fork by its process descriptor. The grader and its workers share one warm process: a
request is one message, and its answer comes on a line of its own.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from handgrad.running import bubblewrap, kernels, seccomp
from handgrad.running.hearing import Hearing
from handgrad.running.kernels import Kernel

SECONDS = 60
SCRIPT = "/run/handgrad/warm_process.py"
PROCESS = "/run/handgrad/kernel_process.py"
MODULES = (
    *("IPython.core.completerlib", "IPython.core.debugger", "IPython.core.oinspect", "IPython.extensions.storemagic"),
    *("numpy", "matplotlib.pyplot", "matplotlib_inline.backend_inline", "handgrad.check"),
)
"""What every kernel needs, or imports while it starts."""

Key = tuple[tuple[str, ...], int]
"""What tells warm processes apart: the modules that are absent, and how large a file may become."""


class NotWarm(RuntimeError):
    """The warm process does not give a kernel; the text says why."""


class ForkedKernel(Kernel):
    """A kernel that is a fork, which ends with every process that it started."""

    def __init__(
        self,
        hearing: Hearing,
        pid: int,
        line: socket.socket,
        cells: asyncio.WriteTransport,
        said: asyncio.BaseTransport,
    ) -> None:
        super().__init__(hearing, pid, cells)
        self._line, self._said = line, said
        self._descriptor = os.pidfd_open(pid)
        asyncio.get_running_loop().add_reader(self._descriptor, self._ended)

    def _ended(self) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        self._hearing.process_exited()

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, number)

    def interrupt(self) -> None:
        """Interrupt what it runs."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """End it, and what it started."""
        self._signal(signal.SIGKILL)

    async def end(self) -> None:
        """End it, and see to it that it has ended."""
        await super().end()
        self._said.close()
        self._line.close()
        os.close(self._descriptor)


class WarmProcess:
    """A process in the sandbox that forks kernels. It imports what every kernel needs while others go on."""

    def __init__(self, modules: tuple[str, ...], absent_modules: tuple[str, ...], file_size: int) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.settimeout(SECONDS)
        size = file_size * bubblewrap.MEGABYTE
        nowhere = subprocess.DEVNULL
        with (
            theirs,
            bubblewrap.enclosed(
                [sys.executable, "-I", SCRIPT, str(theirs.fileno())],
                handed={
                    SCRIPT: Path(__file__).with_name("warm_process.py").read_bytes(),
                    PROCESS: kernels.PROCESS.read_bytes(),
                },
                absent_modules=absent_modules,
                writable=size,
                forks=True,
            ) as (command, files),
        ):
            self.process = subprocess.Popen(
                [*kernels.NICE, *command],
                pass_fds=(theirs.fileno(), *files),
                stdin=nowhere,
                stdout=nowhere,
                stderr=nowhere,
            )
        atexit.register(self.end)
        given = {
            "program": seccomp.program().hex(),
            "writable": bubblewrap.writable_folders(size),
            "kept": bubblewrap.kept_paths(),
            "open": bubblewrap.MATPLOTLIB,
            "stage": bubblewrap.STAGE,
            "home": bubblewrap.HOME,
            "modules": [*MODULES, *modules],
        }
        with suppress(OSError):  # one that has ended gives no kernel, which is seen when one is asked for
            self.control.sendall(json.dumps(given).encode())

    @property
    def has_ended(self) -> bool:
        """Whether it has ended: it says nothing of itself, so what can be read is the end."""
        poll = select.poll()
        poll.register(self.control, select.POLLIN | select.POLLHUP)
        return bool(poll.poll(0))

    def fork(
        self, modules: tuple[str, ...], limits: dict[str, int], cells: int, said: int
    ) -> tuple[int, socket.socket]:
        """Return the process id of a new kernel, and a line: the kernel ends when it is closed, as it is when we end.

        It reads and writes where the descriptors say, and has imported the modules, which the warm process keeps for
        others.

        Raises
        ------
        NotWarm
            Where it does not come up.
        """
        asked = {
            "modules": modules,
            "user": bubblewrap.new_user() if os.getuid() == 0 else None,
            "limits": limits,
            "cores": sorted(os.sched_getaffinity(0)),
        }
        ours, theirs = socket.socketpair()
        ours.settimeout(SECONDS)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        try:
            with theirs:
                socket.send_fds(self.control, [json.dumps(asked).encode()], [theirs.fileno(), cells, said])
            return _process_of(ours), ours
        except NotWarm:
            ours.close()
            raise
        except OSError as error:
            ours.close()
            raise NotWarm(f"the warm process does not answer: {error}") from error

    def end(self) -> None:
        """End the warm process and all of its forks."""
        self.control.close()
        with suppress(KeyboardInterrupt):  # one more, of somebody who sees that all else has ended
            self.process.kill()
            self.process.wait()


def _process_of(line: socket.socket) -> int:
    """Return the process id of the fork that says that it is up."""
    told, ancillary, _, _ = line.recvmsg(2000, socket.CMSG_SPACE(struct.calcsize("3i")))
    if told != b"up":
        raise NotWarm(told.decode(errors="replace") or "the fork ended before it was up")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
            pid: int = struct.unpack("3i", content)[0]
            return pid
    raise NotWarm("the fork did not say which process it is")


_starting = threading.Lock()
_running: dict[Key, WarmProcess] = {}


def begin(modules: tuple[str, ...], absent: tuple[str, ...]) -> None:
    """Start the warm process that will be wanted, so that it imports its packages while the grader imports its own.

    Whoever asks for a kernel with the usual settings, in this process or a fork of it, gets it from there.
    """
    usual = (absent, kernels.KernelSettings().file_size)
    with suppress(OSError, seccomp.NoFilter):  # whoever asks for a kernel is told what is missing
        _running[usual] = WarmProcess(modules, *usual)


async def fork(
    hearing: Hearing,
    limits: dict[str, int],
    modules: tuple[str, ...],
    absent: tuple[str, ...],
    file_size: int,
) -> Kernel:
    """Return a new kernel of the warm process, which is started where there is none yet.

    Raises
    ------
    NotWarm
        Where there is no warm process to be had.
    """
    key = (absent, file_size)
    with _starting:
        process = _running.get(key)
        if process is None or process.has_ended:
            process = _running[key] = WarmProcess(modules, *key)
    (cells_read, cells_write), (said_read, said_write) = os.pipe(), os.pipe()
    cells, said = os.fdopen(cells_write, "wb", 0), os.fdopen(said_read, "rb", 0)
    try:
        pid, line = process.fork(modules, limits, cells_read, said_write)
    except NotWarm:
        cells.close()
        said.close()
        raise
    finally:
        os.close(cells_read)
        os.close(said_write)
    loop = asyncio.get_running_loop()
    writing, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, cells)
    reading, _ = await loop.connect_read_pipe(lambda: hearing, said)
    return ForkedKernel(hearing, pid, line, writing, reading)
