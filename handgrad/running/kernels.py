"""Kernels for grading: which one is started, within which bounds, and how it is heard."""

from __future__ import annotations

import sys
import time
from queue import Empty
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from traitlets import Bool, Integer, List, Type, Unicode, default

from handgrad.running.bubblewrap import MEGABYTE

PROVISIONER = "handgrad-sandbox"
"""The name of the entry point under which jupyter_client finds the provisioner."""

MOST_MESSAGE = 48 * MEGABYTE
"""A kernel that sends a larger message loses its connection."""

MOST_WAITING = 200
"""Messages of one kernel that wait to be read; what comes beyond waits in the kernel."""

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


class GradingKernelClient(AsyncKernelClient):
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
        return ["prlimit", *bounds, "--"]
