"""Warm kernels: one process in the sandbox has imported everything, and each kernel is a fork of it.

Here is the grader's end: it starts the warm process of :mod:`handgrad.running.warm_process`, asks it
for forks, and watches each fork by its process descriptor.
"""

from __future__ import annotations

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
from pathlib import Path
from typing import Any

from handgrad.running import bubblewrap, kernels, seccomp

SECONDS = 60
SCRIPT = "/run/handgrad/warm_process.py"
MODULES = (
    *("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger"),
    *("IPython.core.completerlib", "IPython.core.debugger", "IPython.core.oinspect", "IPython.extensions.storemagic"),
    *("numpy", "matplotlib.pyplot", "matplotlib_inline.backend_inline", "handgrad.check"),
)
"""What every kernel needs, or imports while it starts."""


class NotWarm(RuntimeError):
    """The warm process does not give a kernel; the text says why."""


class ForkedKernel:
    """A kernel that is a fork, with what jupyter_client asks of a :class:`subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return None while it lives."""
        if self.returncode is None and select.select([self._descriptor], [], [], 0)[0]:
            self.returncode = -int(signal.SIGKILL)
            os.close(self._descriptor)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        if self.poll() is None:
            select.select([self._descriptor], [], [], timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired("a forked kernel", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal; one that has ended gets none."""
        if self.poll() is None:
            signal.pidfd_send_signal(self._descriptor, number)

    def kill(self) -> None:
        """End it, and with it every process that it started."""
        self.send_signal(signal.SIGKILL)

    terminate = kill


class WarmProcess:
    """A process in the sandbox that forks kernels."""

    def __init__(self, modules: tuple[str, ...], absent_modules: tuple[str, ...], file_size: int) -> None:
        self.control, theirs = socket.socketpair()
        self.control.settimeout(SECONDS)
        size = file_size * bubblewrap.MEGABYTE
        nowhere = subprocess.DEVNULL
        with (
            theirs,
            bubblewrap.enclosed(
                [sys.executable, "-I", SCRIPT, str(theirs.fileno())],
                handed={SCRIPT: Path(__file__).with_name("warm_process.py").read_bytes()},
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
        given = {
            "modules": modules,
            "program": seccomp.program().hex(),
            "writable": bubblewrap.writable_folders(size),
            "kept": bubblewrap.kept_paths(),
            "open": bubblewrap.MATPLOTLIB,
            "stage": bubblewrap.STAGE,
            "sockets": bubblewrap.SOCKETS,
            "home": bubblewrap.HOME,
            "settings": kernels.SETTINGS,
        }
        try:
            self.control.sendall(json.dumps(given).encode() + b"\n")
            if self.control.recv(5) != b"ready":
                raise NotWarm("the warm process ended before it was ready")
        except OSError as error:
            self.end()
            raise NotWarm(f"the warm process did not get ready: {error}") from error
        except NotWarm:
            self.end()
            raise

    def fork(self, connection: dict[str, Any], limits: dict[str, int]) -> ForkedKernel:
        """Return a new kernel that listens where ``connection`` says.

        Raises
        ------
        NotWarm
            Where it does not come up.
        """
        user = bubblewrap.new_user() if os.getuid() == 0 else None
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.settimeout(SECONDS)
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            try:
                socket.send_fds(self.control, [b"f"], [theirs.fileno()])
                theirs.close()
                asked = {"user": user, "limits": limits, "connection": connection}
                ours.sendall(json.dumps(asked).encode() + b"\n")
                said, ancillary, _, _ = ours.recvmsg(2000, socket.CMSG_SPACE(struct.calcsize("3i")))
            except OSError as error:
                raise NotWarm(f"the warm process does not answer: {error}") from error
        if said != b"up":
            raise NotWarm(said.decode(errors="replace") or "the fork ended before it was up")
        for level, kind, content in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
                return ForkedKernel(struct.unpack("3i", content)[0])
        raise NotWarm("the fork did not say which process it is")

    def end(self) -> None:
        """End the warm process and all of its forks."""
        self.control.close()
        self.process.kill()
        self.process.wait()


_starting = threading.Lock()
_running: dict[tuple[tuple[str, ...], tuple[str, ...], int], WarmProcess] = {}


def fork(
    connection: dict[str, Any],
    limits: dict[str, int],
    modules: tuple[str, ...],
    absent: tuple[str, ...],
    file_size: int,
) -> ForkedKernel:
    """Return a new kernel of the warm process for these packages, which is started where there is none yet.

    Raises
    ------
    NotWarm
        Where there is no warm process to be had.
    """
    key = (modules, absent, file_size)
    with _starting:
        process = _running.get(key)
        if process is None or process.process.poll() is not None:
            process = _running[key] = WarmProcess(*key)
            atexit.register(process.end)
    return process.fork(connection, limits)
