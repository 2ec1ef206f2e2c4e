"""Kernels that run strangers' code, in bubblewrap: whether that can be done here, and how one starts.

A kernel talks to the grader over Unix sockets that lie in its own memory, so that not even those touch the disk.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from handgrad.running import bubblewrap, seccomp, warm
from handgrad.running.bubblewrap import MEGABYTE, SOCKETS
from handgrad.running.kernels import LAST, GradingKernelManager

CONNECTION_FILE = "/run/handgrad/connection.json"


class SandboxUnavailable(RuntimeError):
    """Kernels cannot be run in a sandbox here; the text says why, and what to do."""


@cache
def available() -> str | None:
    """Return why kernels cannot be run in a sandbox here, or None where they can."""
    if not sys.platform.startswith("linux"):
        return f"bubblewrap, which the sandbox is made with, runs on Linux; this is {sys.platform}"
    tools = ["bwrap", "prlimit", "choom", *(["setpriv"] if os.getuid() == 0 else [])]
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        return (
            f"{', '.join(missing)} not found: install the packages bubblewrap and util-linux, as with "
            "`sudo apt install bubblewrap util-linux` or `sudo dnf install bubblewrap util-linux`"
        )
    try:
        with bubblewrap.enclosed([sys.executable, "-I", "-c", ""]) as (command, files):
            tried = subprocess.run(command, pass_fds=files, capture_output=True, text=True, timeout=60, check=False)
    except seccomp.NoFilter as error:
        return str(error)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap could not be started: {error}"
    if tried.returncode != 0:
        said = tried.stderr.strip()[-300:] or f"exit code {tried.returncode}"
        return (
            f"bubblewrap does not work here ({said}): it needs user namespaces, which a container or a "
            "security policy may forbid; allow them, or grade in a virtual machine"
        )
    return None


def require(unprotected: bool) -> str:
    """Return how kernels are kept: ``"bubblewrap"``, or ``"none"`` where that was asked for.

    Raises
    ------
    SandboxUnavailable
        Where there is no sandbox, and none of the settings says to go on without.
    """
    if unprotected:
        return "none"
    reason = available()
    if reason is not None:
        raise SandboxUnavailable(
            f"Nothing was graded, for submissions would run unprotected: {reason}. To run them as you all the same, "
            "with access to all that you have access to, set ExecuteProbes.unprotected=True."
        )
    return "bubblewrap"


class SandboxProvisioner(LocalProvisioner):
    """Starts a kernel in bubblewrap; jupyter_client finds it by an entry point."""

    _scratch: str | None = None

    @property
    def _manager(self) -> GradingKernelManager:
        """The manager, which alone knows how its kernels are kept."""
        if not isinstance(self.parent, GradingKernelManager):
            raise SandboxUnavailable("kernels for grading are started by handgrad's GradingKernelManager alone")
        return self.parent

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Agree with the manager on the sockets, and write the connection file."""
        manager = self._manager
        kwargs["env"] = {}
        if require(manager.unprotected) == "none":
            self._scratch = tempfile.mkdtemp(prefix="handgrad-")
            kwargs["cwd"] = self._scratch
        else:
            # the address inside; how it is reached from outside is known when the kernel runs
            manager.transport, manager.ip = "ipc", f"{SOCKETS}/k"
            kwargs["cwd"] = "/"
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel and return how it is reached."""
        manager = self._manager
        kwargs |= {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        kwargs.pop("independent", None)
        if manager.unprotected:
            limited = [*LAST, *manager.limited()] if all(map(shutil.which, ("prlimit", "choom"))) else []
            folders = {"HOME": str(self._scratch), "MPLCONFIGDIR": f"{self._scratch}/matplotlib"}
            kwargs["env"] = {**bubblewrap.environment(), **folders}
            return await super().launch_kernel([*limited, *cmd], **kwargs)
        if manager.warm and (kernel := self._forked()) is not None:
            self.process, self.pid, self.pgid = kernel, kernel.pid, None
            return self._reached(kernel.pid)
        status, told = os.pipe()
        try:
            with bubblewrap.enclosed(
                [*manager.limited(), *(CONNECTION_FILE if part == manager.connection_file else part for part in cmd)],
                handed={CONNECTION_FILE: Path(manager.connection_file).read_bytes()},
                absent_modules=manager.absent_modules,
                writable=manager.file_size * MEGABYTE,
                options=("--info-fd", str(told)),
            ) as (command, files):
                kwargs["pass_fds"] = (told, *files)
                await super().launch_kernel([*LAST, *manager.limited(around=True), *command], **kwargs)
        finally:
            os.close(told)
        with os.fdopen(status) as stream:
            said = stream.read()
        if not said:
            raise SandboxUnavailable("bubblewrap ended before it had started a kernel")
        return self._reached(json.loads(said)["child-pid"])

    def _reached(self, pid: int) -> KernelConnectionInfo:
        """Return how a kernel is reached from outside, through the view of its process."""
        self.connection_info |= {"ip": f"/proc/{pid}/root{SOCKETS}/k"}
        return self.connection_info

    def _forked(self) -> Any:
        """Return a kernel that is a fork of a warm process, or None where there is none to be had."""
        manager = self._manager
        connection = json.loads(Path(manager.connection_file).read_text())
        modules, absent_modules = (*warm.MODULES, *manager.modules), tuple(manager.absent_modules)
        try:
            return warm.fork(connection, manager.limits(), modules, absent_modules, manager.file_size)
        except warm.NotWarm as error:
            self.log.warning("Kernels start cold, which takes longer: %s", error)
            manager.warm = False
            return None

    async def send_signal(self, signum: int) -> None:
        """Send a signal; only one that ends the kernel means anything to the sandbox around it."""
        if signum == signal.SIGTERM and not self._manager.unprotected:
            signum = signal.SIGKILL
        await super().send_signal(signum)

    async def kill(self, restart: bool = False) -> None:
        """End the kernel, and see to it that it has ended: the manager would look only every tenth of a second."""
        await super().kill(restart)
        end = time.monotonic() + 5
        while self.process is not None and self.process.poll() is None and time.monotonic() < end:
            await asyncio.sleep(0.002)

    async def cleanup(self, restart: bool = False) -> None:
        """Take away what the kernel left."""
        await super().cleanup(restart)
        if self._scratch and not restart:
            shutil.rmtree(self._scratch, ignore_errors=True)
