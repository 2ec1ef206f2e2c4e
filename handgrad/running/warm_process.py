"""The warm process: it has imported what kernels need, and each of its forks becomes one kernel.

It runs inside bubblewrap, as a file of its own, and never runs a student's code itself. A fork
takes namespaces and folders of its own, and starts when it has given up every right for good. The process
between the two stays, outside of what the kernel sees, to end it with whoever asked for it.
What a fork knows of others is what they all know: the imported packages.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = (
    *(0x00020000, 0x04000000, 0x08000000),
    *(0x10000000, 0x20000000, 0x40000000),
)
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_MOVE, MS_REC, MS_PRIVATE = (
    *(1, 2, 4, 8),
    *(4096, 8192, 16384, 1 << 18),
)
PR_CAPBSET_DROP, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 24, 22, 38, 47
SECCOMP_MODE_FILTER, PR_CAP_AMBIENT_CLEAR_ALL = 2, 4
CAPABILITY_VERSION_3 = 0x20080522

MESSAGE = 1 << 16
"""Bytes that a message of the grader has at most."""

libc = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def _call(name: str, *arguments: Any) -> None:
    if getattr(libc, name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    texts = [None if text is None else text.encode() for text in (source, target, kind, options)]
    _call("mount", texts[0], texts[1], texts[2], ctypes.c_ulong(flags), texts[3])


def own_folders(writable: list[tuple[str, int]], kept: list[str], shared: str, stage: str) -> None:
    """Give this process folders in memory that no other sees; what is ``kept`` of the old ones stays readable.

    They are made at ``stage``, an empty folder, and moved from there. In the folder ``shared`` some of what is kept
    lies beside what a kernel writes.
    """
    _mount(None, "/", None, MS_REC | MS_PRIVATE)
    for folder, size in writable:
        _mount("tmpfs", stage, "tmpfs", MS_NOSUID | MS_NODEV, f"size={size},mode=0777")
        for path in kept:
            if path.startswith(folder + "/"):
                place = stage + path[len(folder) :]
                os.makedirs(place if os.path.isdir(path) else os.path.dirname(place), mode=0o755, exist_ok=True)
                if not os.path.isdir(path):
                    with open(place, "wb"):
                        pass
                # a copy of a mount is as read-only as the mount
                _mount(path, place, None, MS_BIND | MS_REC)
        if shared.startswith(folder + "/"):
            os.makedirs(stage + shared[len(folder) :], exist_ok=True)
            os.chmod(stage + shared[len(folder) :], 0o777)
        _mount(stage, folder, None, MS_MOVE)
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # when memory runs out, this process is the first to go
    # read-only, so that it stays the first
    _mount("proc", "/proc", "proc", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)


def own_user(process: int) -> None:
    """Give this process a user namespace of its own: Linux counts the processes of one user in each by itself.

    The descriptor is of this process in a ``/proc`` that is not read-only.
    """
    maps = {
        "setgroups": "deny",
        "uid_map": f"{os.getuid()} {os.getuid()} 1",
        "gid_map": f"{os.getgid()} {os.getgid()} 1",
    }
    _call("unshare", CLONE_NEWUSER)
    for name, content in maps.items():
        file = os.open(name, os.O_WRONLY, dir_fd=process)
        os.write(file, content.encode())
        os.close(file)


def give_up_rights(user: int | None, limits: dict[str, int], program: bytes) -> None:
    """Leave every right for good, within limits, behind a seccomp filter."""
    for name, value in limits.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))
    for capability in range(64):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header, none = struct.pack("Ii", CAPABILITY_VERSION_3, 0), bytes(24)
    _call("capset", header, none)
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    steps = ctypes.create_string_buffer(program, len(program))
    filtered = _Program(len(program) // 8, ctypes.cast(steps, ctypes.c_void_p))
    _call("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filtered), 0, 0)


def guard(process: int, line: socket.socket) -> None:
    """Wait until a kernel ends, or whoever asked for it, and with it the line; end the kernel then."""
    ended = os.pidfd_open(process)
    either = select.poll()
    either.register(ended, select.POLLIN)
    either.register(line, select.POLLIN)
    either.poll()
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(ended, signal.SIGKILL)


def become_kernel(
    line: socket.socket,
    ends: list[int],
    asked: dict[str, Any],
    given: dict[str, Any],
    program: bytes,
    serve: Callable[[], None],
) -> None:
    """Turn this fork into a kernel, which reads at the first of the ends and writes to the other; does not return."""
    namespaces = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET
    _call("unshare", namespaces)
    if first := os.fork():
        for end in ends:
            os.close(end)
        guard(first, line)
        os._exit(0)
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    process = os.open("/proc/self", os.O_RDONLY)
    own_folders([tuple(pair) for pair in given["writable"]], given["kept"], given["open"], given["stage"])
    os.sched_setaffinity(0, asked["cores"])
    if asked["user"] is None:
        own_user(process)
    give_up_rights(asked["user"], asked["limits"], program)
    # with it goes the sender's process id, as the receiver knows it
    line.sendall(b"up")
    line.close()
    for descriptor, end in enumerate((*ends, ends[1])):
        os.dup2(end, descriptor)
    os.closerange(3, 1024)
    os.chdir(given["home"])
    serve()
    os._exit(0)


def _import(names: list[str], before: set[str]) -> None:
    """Import modules, but for those of before."""
    new = [name for name in names if name not in before]
    for name in new:
        with contextlib.suppress(ImportError):  # one that is missing is for the kernel to say
            importlib.import_module(name)
    if new:
        before.update(new)
        # what is imported stays as it is; a fork that never looks through it shares its memory
        gc.collect()
        gc.freeze()


def main() -> None:
    """Import what every kernel needs; and fork for each message, when what its job needs besides is imported, too."""
    control = socket.socket(fileno=int(sys.argv[1]))
    sys.path.insert(0, os.path.dirname(__file__))
    given = json.loads(control.recv(MESSAGE))
    program = bytes.fromhex(given["program"])
    kernel = importlib.import_module("kernel_process")
    serve = partial(kernel.serve, kernel.new_shell())
    imported = set[str]()
    _import(given["modules"], imported)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, MESSAGE, 3)
        if not message:
            return
        asked, line, ends = json.loads(message), socket.socket(fileno=descriptors[0]), descriptors[1:]
        _import(asked["modules"], imported)
        if os.fork() == 0:
            try:
                control.close()
                become_kernel(line, ends, asked, given, program, serve)
            except BaseException as error:
                line.sendall(f"failed: {type(error).__name__}: {error}".encode()[:2000])
            finally:
                os._exit(1)
        line.close()
        for end in ends:
            os.close(end)


if __name__ == "__main__":
    main()
