"""Kernels for grading: which one is started, within which bounds, and how it is heard."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from queue import Empty
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from traitlets import Bool, Integer, List, Type, Unicode, default

from handgrad.running.bubblewrap import MEGABYTE

PROVISIONER = "handgrad-sandbox"
"""The name of the entry point under which jupyter_client finds the provisioner."""

MOST_MESSAGE = 48 * MEGABYTE
"""A kernel that sends a larger output loses its connection."""

MOST_WAITING = 200
"""Outputs of one kernel that wait to be read; what comes beyond waits in the kernel."""

MOST_REPLY = 8 * MEGABYTE
"""A kernel that sends a larger message on a channel for other things than outputs loses its connection."""

MOST_REPLIES = 2
"""Messages that wait on each such channel, some of which nobody reads."""

NICE = ("nice", "-n", "5")
"""Goes ahead of a command whose processes leave the processor to the grader where both want it."""

LAST = ("choom", "-n", "1000", "--", *NICE)
"""The same, of a command whose processes are also the first to go when memory runs out."""

SETTINGS = (
    "--HistoryManager.enabled=False",
    "--IPythonKernel._execute_sleep=0",
    "--Session.copy_threshold=1000000000",
)
"""The settings of ipykernel, which would keep a history, rest after every cell, and send what is large by a thread.

A student's code may have left no room for another thread, and the evidence is to arrive all the same.
"""


class GradingKernelSpecs(KernelSpecManager):
    """Knows one kernel, this Python in the sandbox, whatever a notebook asks for."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the specification of the kernel for grading."""
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", *SETTINGS],
            display_name="Python, for grading",
            language="python",
            interrupt_mode="message",
            metadata={"kernel_provisioner": {"provisioner_name": PROVISIONER}},
        )


def bounded_context() -> zmq.asyncio.Context:
    """Return a context whose sockets take in little, as those do on which a kernel has little to say."""
    context = zmq.asyncio.Context()
    context.setsockopt(zmq.MAXMSGSIZE, MOST_REPLY)
    context.setsockopt(zmq.RCVHWM, MOST_REPLIES)
    return context


class CountedChannel(AsyncZMQSocketChannel):
    """The channel of outputs, which tells of all that it hears, whichever cell it may belong to."""

    heard: Callable[[int], None] | None = None
    """Is called with the bytes of each message before it is read."""

    async def _recv(self, **kwargs: Any) -> dict[str, Any]:  # type: ignore[override]  # as the stock one
        assert self.socket is not None
        parts = await self.socket.recv_multipart(**kwargs)
        if self.heard is not None:
            self.heard(sum(map(len, parts)))
        _, message = self.session.feed_identities(parts)
        return self.session.deserialize(message)


class GradingKernelClient(AsyncKernelClient):
    """Bounds what waits to be read, and is ready as soon as the kernel is heard.

    The stock client waits a fixed time for silence.
    """

    iopub_channel_class = Type(CountedChannel)

    @default("context")
    def _bounded(self) -> zmq.asyncio.Context:
        self._created_context = True
        return bounded_context()

    def connect_iopub(self, identity: bytes | None = None) -> zmq.Socket[bytes]:
        """Return a socket on which outputs arrive, which may be many and large."""
        self.context.setsockopt(zmq.MAXMSGSIZE, MOST_MESSAGE)
        self.context.setsockopt(zmq.RCVHWM, MOST_WAITING)
        try:
            return super().connect_iopub(identity)
        finally:
            self.context.setsockopt(zmq.MAXMSGSIZE, MOST_REPLY)
            self.context.setsockopt(zmq.RCVHWM, MOST_REPLIES)

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


class GradingKernelManager(AsyncKernelManager):
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

    @default("kernel_spec_manager")
    def _only_this_python(self) -> KernelSpecManager:
        return GradingKernelSpecs(parent=self)

    client_factory = Type(klass=GradingKernelClient)

    @default("context")
    def _bounded(self) -> zmq.asyncio.Context:
        self._created_context = True
        return bounded_context()

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
        return ["prlimit", *bounds, "--"]
