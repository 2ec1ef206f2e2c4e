"""Kernels that run strangers' code: in bubblewrap, with nothing to read, write, reach or keep.

A kernel sees a read-only system with Python and the student's half of this package, folders of its
own in memory, and no network. It talks to the grader over Unix sockets that lie in its own
memory, so that not even those touch the disk. docs/security.md says what is protected against whom.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from queue import Empty
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Bool, Integer, List, Type, Unicode, default

from handgrad.running import seccomp

PROVISIONER = "handgrad-sandbox"
"""The name of the entry point under which jupyter_client finds the provisioner."""

MEGABYTE = 1 << 20

MOST_MESSAGE = 48 * MEGABYTE
"""A kernel that sends a larger message loses its connection."""

MOST_WAITING = 200
"""Messages of one kernel that wait to be read; what comes beyond waits in the kernel."""

PACKAGE = Path(__file__).resolve().parents[1]
STUDENTS_HALF = ("__init__.py", "check.py", "assignments", "judging")
"""What a notebook needs of the package; a kernel finds nothing else of it."""

HOME = "/home/student"
SOCKETS = "/run/kernel"
CONNECTION_FILE = "/run/handgrad/connection.json"
MATPLOTLIB = "/tmp/matplotlib"

KERNEL_SETTINGS = ("--HistoryManager.enabled=False", "--IPythonKernel._execute_sleep=0")
"""The settings of ipykernel, which would keep a history, and rest after every cell."""

ABSENT_MODULE = """raise ModuleNotFoundError(
    "{name} is not here: these exercises are done by hand, and NumPy is their tool", name="{name}"
)
"""


class SandboxUnavailable(RuntimeError):
    """Kernels cannot be run in a sandbox here; the text says why, and what to do."""


# -- what a sandbox is made of -------------------------------------------------------------------


def _python_folders() -> list[str]:
    """Return the folders of Python and its packages, without those inside of another one."""
    paths = {sys.prefix, sys.base_prefix, *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))}
    found = sorted({os.path.realpath(path) for path in paths} | {os.path.abspath(path) for path in paths})
    return [path for path in found if not any(path.startswith(other + os.sep) for other in found if other != path)]


def kept_folders() -> list[str]:
    """Return what a kernel reads that may lie inside of a folder in which it writes."""
    return [*_python_folders(), str(PACKAGE), *_font_lists().values()]


def descriptor_of(content: bytes) -> int:
    """Return a descriptor from which bubblewrap reads a content."""
    reading, writing = os.pipe()
    # a pipe holds 64 KiB, far more than any of these
    os.write(writing, content)
    os.close(writing)
    return reading


def handed_over(content: bytes, place: str, files: list[int]) -> list[str]:
    """Return the arguments that put a content in a file inside; its descriptor is added to ``files``."""
    files.append(descriptor_of(content))
    return ["--perms", "0444", "--ro-bind-data", str(files[-1]), place]


def _font_lists() -> dict[str, str]:
    """Return matplotlib's lists of fonts, and where a kernel finds them, so that none has to look for fonts again."""
    import matplotlib.font_manager

    found = Path(matplotlib.get_cachedir()).glob("fontlist-*.json")
    return {str(file): f"{MATPLOTLIB}/{file.name}" for file in found}


def environment() -> dict[str, str]:
    """Return all of the environment that a kernel gets."""
    return {
        "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
        "HOME": HOME,
        "LANG": "C.UTF-8",
        "TMPDIR": "/tmp",
        "IPYTHONDIR": "/tmp/ipython",
        "JUPYTER_RUNTIME_DIR": "/tmp/jupyter",
        "MPLCONFIGDIR": MATPLOTLIB,
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        # the grader's own handgrad, be it installed or not; nothing else lies there in a sandbox
        "PYTHONPATH": str(PACKAGE.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "HANDGRAD_PICTURES": "none",
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    }


def variables() -> list[str]:
    """Return the arguments of bubblewrap that set the environment."""
    return [part for name, value in environment().items() for part in ("--setenv", name, value)]


def folders_above(path: str) -> list[str]:
    """Return the arguments that make the folders above a path, open to every user."""
    return [
        part
        for folder in reversed(Path(path).parents[:-1])
        if str(folder) not in ("/tmp", "/usr")
        for part in ("--perms", "0755", "--dir", str(folder))
    ]


def writable_folders(size: int) -> list[tuple[str, int]]:
    """Return the folders in which a kernel may write, with the bytes that each may hold."""
    return [(HOME, size), ("/tmp", size), ("/dev/shm", size // 4), (SOCKETS, 2 * MEGABYTE)]


def view(writable: int = 256 * MEGABYTE) -> list[str]:
    """Return the arguments of bubblewrap that make up what a kernel sees."""
    package = str(PACKAGE)
    arguments = ["--ro-bind", "/usr", "/usr"]
    for link in ("/bin", "/lib", "/lib64", "/lib32", "/sbin"):
        if os.path.islink(link):
            arguments += ["--symlink", os.readlink(link), link]
        elif os.path.isdir(link):
            arguments += ["--ro-bind", link, link]
    for file in ("/etc/ld.so.cache", "/etc/localtime"):
        arguments += ["--ro-bind-try", file, file]
    arguments += ["--proc", "/proc", "--dev", "/dev", "--dir", "/run"]
    for folder, size in writable_folders(writable):
        arguments += ["--perms", "0777", "--size", str(size), "--tmpfs", folder]
    # an environment may lie in one of these folders, so it comes behind them
    for folder in _python_folders():
        if not folder.startswith("/usr/"):
            arguments += [*folders_above(folder), "--ro-bind", folder, folder]
    # in a checkout, what a notebook imports of the package, and nothing of the course around it
    arguments += [*folders_above(package), "--perms", "0755", "--dir", package]
    for part in STUDENTS_HALF:
        arguments += ["--ro-bind", f"{package}/{part}", f"{package}/{part}"]
    arguments += ["--perms", "0777", "--dir", MATPLOTLIB]
    for file, place in _font_lists().items():
        arguments += ["--ro-bind", file, place]
    return arguments


def absent(modules: Iterable[str], files: list[int]) -> list[str]:
    """Return the arguments that cover installed packages by one that says why it is missing."""
    arguments = []
    for name in modules:
        folder = Path(sysconfig.get_path("platlib")) / name
        if folder.is_dir():
            text = ABSENT_MODULE.format(name=name).encode()
            arguments += ["--tmpfs", str(folder), *handed_over(text, f"{folder}/__init__.py", files)]
            arguments += ["--remount-ro", str(folder)]
    return arguments


def separation(forks: bool = False) -> list[str]:
    """Return the arguments of bubblewrap that part a kernel from the machine, for root and for others.

    A process whose ``forks`` are kernels keeps the rights to part them from one another.
    """
    arguments = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--unshare-cgroup-try"]
    if os.getuid() != 0:
        arguments += ["--unshare-user"]
        arguments += ["--cap-add", "CAP_SYS_ADMIN"] if forks else ["--disable-userns", "--cap-drop", "ALL"]
    return [*arguments, "--hostname", "sandbox", "--new-session", "--die-with-parent", "--clearenv"]


def new_user() -> int:
    """Return the id of a user that nobody else is."""
    return 1_000_000_000 + secrets.randbelow(1_000_000_000)


def demotion() -> list[str]:
    """Return the command that gives a kernel of root's an own user without any right."""
    if os.getuid() != 0:
        return []
    user = str(new_user())
    groups = ["--reuid", user, "--regid", user, "--clear-groups"]
    return ["setpriv", *groups, "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--"]


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
        seccomp.program()
    except seccomp.NoFilter as error:
        return str(error)
    try:
        tried = subprocess.run(
            ["bwrap", *separation(), *view(), "--", *demotion(), sys.executable, "-I", "-c", ""],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
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


# -- starting a kernel in it ---------------------------------------------------------------------


class GradingKernelSpecs(KernelSpecManager):  # type: ignore[misc]
    """Knows one kernel, this Python in the sandbox, whatever a notebook asks for."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the specification of the kernel for grading."""
        return KernelSpec(
            argv=[
                *(sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"),
                *KERNEL_SETTINGS,
            ],
            display_name="Python, for grading",
            language="python",
            interrupt_mode="message",
            metadata={"kernel_provisioner": {"provisioner_name": PROVISIONER}},
        )


class GradingKernelClient(AsyncKernelClient):  # type: ignore[misc]
    """Is ready as soon as the kernel is heard, where the stock client waits a fixed time for silence."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers on both channels.

        Raises
        ------
        RuntimeError
            Where it has died, or does not answer in time.
        """
        end = time.monotonic() + (timeout or 60)
        while time.monotonic() < end:
            asked = self.kernel_info()
            if await self._heard(self.shell_channel, asked) and await self._heard(self.iopub_channel, asked):
                return
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
        raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")

    @staticmethod
    async def _heard(channel: Any, asked: str) -> bool:
        """Return whether an answer to a request comes soon."""
        end = time.monotonic() + 0.5
        while (left := end - time.monotonic()) > 0:
            try:
                message = await channel.get_msg(timeout=left)
            except Empty:
                return False
            if message["parent_header"].get("msg_id") == asked:
                return True
        return False


class GradingKernelManager(AsyncKernelManager):  # type: ignore[misc]
    """Starts kernels for grading, and bounds what they can send.

    The settings are those of a batch; :class:`handgrad.grading.run.ExecuteProbes` hands them on.
    """

    unprotected = Bool(False, help="Run submissions without a sandbox, as you.")
    warm = Bool(True, help="Make each kernel a fork of a process that has imported what kernels need.").tag(config=True)
    modules = List(Unicode(), help="Modules that a warm kernel has imported, beside those that every one has.")
    absent_modules = List(Unicode(), help="Packages that the kernel is to find missing.")
    memory = Integer(6 * 1024, help="Megabytes of address space that a process may have.").tag(config=True)
    processes = Integer(128, help="Processes and threads that a submission may have.").tag(config=True)
    cpu_seconds = Integer(1800, help="Seconds of processor time that a process may take.").tag(config=True)
    file_size = Integer(256, help="Megabytes that a file, and the folders of a submission, may hold.").tag(config=True)

    @default("kernel_spec_manager")  # type: ignore[untyped-decorator]
    def _only_this_python(self) -> KernelSpecManager:
        return GradingKernelSpecs(parent=self)

    client_factory = Type(klass=GradingKernelClient)

    @default("context")  # type: ignore[untyped-decorator]
    def _bounded(self) -> zmq.asyncio.Context:
        self._created_context = True
        context = zmq.asyncio.Context()
        context.setsockopt(zmq.MAXMSGSIZE, MOST_MESSAGE)
        context.setsockopt(zmq.RCVHWM, MOST_WAITING)
        return context

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

        Those ``around`` bubblewrap itself leave out the number of processes, which Linux counts for a user: its
        first process inside belongs to the user of the kernel, and must have no more than the kernel has.
        """
        given = {name: value for name, value in self.limits().items() if not (around and name == "NPROC")}
        bounds = [f"--{name.lower()}={value}" for name, value in given.items()]
        # when memory runs out, these processes are the first to go
        return ["prlimit", *bounds, "--", "choom", "-n", "1000", "--"]


class SandboxProvisioner(LocalProvisioner):  # type: ignore[misc]
    """Starts a kernel in bubblewrap; jupyter_client finds it by an entry point."""

    _scratch: str | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Agree with the manager on the sockets, and write the connection file."""
        manager = self.parent
        if not isinstance(manager, GradingKernelManager):
            raise SandboxUnavailable("kernels for grading are started by handgrad's GradingKernelManager alone")
        kwargs["env"] = {}
        if require(manager.unprotected) == "none":
            self._scratch = tempfile.mkdtemp(prefix="handgrad-")
            kwargs["cwd"] = self._scratch
        else:
            # the address inside; how it is reached from outside is known when the kernel runs
            manager.transport, manager.ip = "ipc", f"{SOCKETS}/k"
            kwargs["cwd"] = "/"
        prepared: dict[str, Any] = await super().pre_launch(**kwargs)
        return prepared

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel and return how it is reached."""
        manager = self.parent
        kwargs |= {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        kwargs.pop("independent", None)
        if manager.unprotected:
            limited = manager.limited() if all(map(shutil.which, ("prlimit", "choom"))) else []
            kwargs["env"] = {**environment(), "HOME": str(self._scratch), "MPLCONFIGDIR": f"{self._scratch}/matplotlib"}
            info: KernelConnectionInfo = await super().launch_kernel([*limited, *cmd], **kwargs)
            return info
        if manager.warm and (kernel := self._forked()) is not None:
            self.process, self.pid, self.pgid = kernel, kernel.pid, None
            return self._reached(kernel.pid)
        inside = [CONNECTION_FILE if part == manager.connection_file else part for part in cmd]
        status, told = os.pipe()
        files: list[int] = []
        connection = Path(manager.connection_file).read_bytes()
        arguments = [
            *(*folders_above(CONNECTION_FILE), *handed_over(connection, CONNECTION_FILE, files)),
            *absent(manager.absent_modules, files),
        ]
        files.append(descriptor_of(seccomp.program()))
        command = [
            *manager.limited(around=True),
            *("bwrap", *separation(), *view(manager.file_size * MEGABYTE), *arguments, *variables()),
            *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", HOME),
            *("--seccomp", str(files[-1]), "--info-fd", str(told), "--"),
            *(*demotion(), *manager.limited(), *inside),
        ]
        kwargs["pass_fds"] = (told, *files)
        try:
            await super().launch_kernel(command, **kwargs)
        finally:
            for descriptor in (told, *files):
                os.close(descriptor)
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
        from handgrad.running import warm

        manager = self.parent
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
        if signum == signal.SIGTERM and not self.parent.unprotected:
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
