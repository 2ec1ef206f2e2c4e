"""Kernels that run strangers' code, in bubblewrap: whether that can be done here, and how one starts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from traitlets.log import get_logger

from handgrad.running import bubblewrap, kernels, seccomp, warm
from handgrad.running.bubblewrap import MEGABYTE
from handgrad.running.hearing import Hearing
from handgrad.running.job import Job
from handgrad.running.kernels import Kernel, KernelSettings

APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
"""Where Linux says whether AppArmor forbids user namespaces to programs without a profile."""

PROCESS = "/run/handgrad/kernel_process.py"
"""Where a kernel finds its program inside."""


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
        return f"bubblewrap does not work here ({said}): {_advice()}"
    return None


def _advice() -> str:
    """Return what to do where bubblewrap is there, and may not do its work."""
    if APPARMOR.is_file() and APPARMOR.read_text().strip() == "1":
        return (
            "AppArmor forbids the user namespaces that it needs, as in Ubuntu from 24.04 on. Allow them to bubblewrap "
            "with the profile in docs/security.md, or until the next start of the machine to all programs: "
            "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
        )
    return (
        "it needs user namespaces, which a container or a security policy may forbid; allow them, or grade in a "
        "virtual machine"
    )


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


async def start(job: Job, settings: KernelSettings, hearing: Hearing) -> Kernel:
    """Return a kernel for a job: in the sandbox, unless the job says to go on without."""
    if job.unprotected:
        limited = [*kernels.LAST, *settings.limited()] if all(map(shutil.which, ("prlimit", "choom"))) else []
        folder = TemporaryDirectory(prefix="handgrad-", ignore_cleanup_errors=True)
        folders = {"HOME": folder.name, "MPLCONFIGDIR": f"{folder.name}/matplotlib"}
        environment = {**bubblewrap.environment(), **folders}
        return await kernels.cold(hearing, [*limited, *kernels.COMMAND], folder=folder, env=environment)
    if settings.warm:
        try:
            return await warm.fork(hearing, settings.limits(), job.modules, job.absent_modules, settings.file_size)
        except warm.NotWarm as error:
            get_logger().warning("Kernels start cold, which takes longer: %s", error)
    with bubblewrap.enclosed(
        [*settings.limited(), sys.executable, PROCESS],
        handed={PROCESS: kernels.PROCESS.read_bytes()},
        absent_modules=job.absent_modules,
        writable=settings.file_size * MEGABYTE,
    ) as (command, files):
        around = [*kernels.LAST, *settings.limited(around=True), *command]
        return await kernels.cold(hearing, around, inside=True, files=files)
