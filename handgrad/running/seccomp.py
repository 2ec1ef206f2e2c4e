"""A seccomp filter for kernels that run strangers' code, as the bytes that the Linux kernel loads.

It lets through what Python, NumPy and PyTorch need, and refuses the calls with which
programs trace others, enter namespaces, mount, load code into the Linux kernel, leave the cores that they
are given, signal to others through files that all of them read, or open sockets that leave the machine. The
numbers are those of the Linux kernel's ``syscall.tbl`` and ``unistd.h``.
"""

from __future__ import annotations

import errno
import platform
import socket
import struct

# for each architecture: its AUDIT_ARCH number, and the number of each call
_X86_64, _AARCH64 = 0xC000003E, 0xC00000B7

REFUSED: dict[str, tuple[int | None, int | None]] = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "inotify_add_watch": (254, 27),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "lookup_dcookie": (212, 18),
    "memfd_secret": (447, 447),
    "modify_ldt": (154, None),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "name_to_handle_at": (303, 264),
    "nfsservctl": (180, 42),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "sched_setaffinity": (203, 122),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "uselib": (134, None),
    "userfaultfd": (323, 282),
    "vhangup": (153, 58),
}

# a caller falls back to an older call where these are said not to exist
ABSENT: dict[str, tuple[int, int]] = {
    "clone3": (435, 435),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
}

GRANTED: dict[str, tuple[int, int]] = {"flock": (73, 32)}
"""Calls that are said to have worked, and do nothing: a lock on a file that all kernels read would be a signal."""

# Unix sockets are let through: PyTorch's DataLoader hands results over from its workers by them
_CLONE, _SOCKET, _IOCTL, _FCNTL = (56, 220), (41, 198), (16, 29), (72, 25)
_LOCKS = (6, 7, 37, 38)  # F_SETLK, F_SETLKW, and those of open file descriptions
# F_GETLK, that of open file descriptions, F_SETLEASE, F_NOTIFY, F_SET_RW_HINT, F_SET_FILE_RW_HINT
_SIGNALS = (5, 36, 1024, 1026, 1036, 1038)
_NEW_NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
_TERMINAL_INPUT = (0x5412, 0x541C)  # TIOCSTI and TIOCLINUX put keys into a terminal

_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENT_0, _ARGUMENT_1 = 0, 4, 16, 24
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000


class NoFilter(RuntimeError):
    """There is no table of calls for this machine's architecture."""


def _step(code: int, k: int, jump_true: int = 0, jump_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, jump_true, jump_false, k)


def _refuse(number: int, error: int) -> bytes:
    return _step(_EQUAL, number, 0, 1) + _step(_RETURN, _ERRNO | error)


def program(machine: str | None = None) -> bytes:
    """Return the filter for an architecture, that of this machine by default.

    Raises
    ------
    NoFilter
        Where the architecture is neither x86_64 nor aarch64.
    """
    machine = machine or platform.machine()
    if machine not in ("x86_64", "aarch64"):
        raise NoFilter(f"handgrad has no seccomp filter for the architecture {machine!r}")
    column, architecture = (0, _X86_64) if machine == "x86_64" else (1, _AARCH64)
    steps = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_EQUAL, architecture, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
    ]
    if machine == "x86_64":  # the x32 calls, other numbers for the same
        steps += [_step(_ANY_BIT, 0x40000000, 0, 1), _step(_RETURN, _ERRNO | errno.ENOSYS)]
    steps += [_refuse(number[column] or 0, errno.EPERM) for number in REFUSED.values() if number[column] is not None]
    steps += [_refuse(number[column], errno.ENOSYS) for number in ABSENT.values()]
    steps += [_refuse(number[column], 0) for number in GRANTED.values()]
    steps += [
        _step(_EQUAL, _CLONE[column], 0, 4),
        _step(_LOAD, _ARGUMENT_0),
        _step(_ANY_BIT, _NEW_NAMESPACES, 0, 1),
        _step(_RETURN, _ERRNO | errno.EPERM),
        _step(_RETURN, _ALLOW),
        _step(_EQUAL, _SOCKET[column], 0, 4),
        _step(_LOAD, _ARGUMENT_0),
        _step(_EQUAL, int(socket.AF_UNIX) if hasattr(socket, "AF_UNIX") else 1, 1, 0),
        _step(_RETURN, _ERRNO | errno.EOPNOTSUPP),
        _step(_RETURN, _ALLOW),
        _step(_EQUAL, _FCNTL[column], 0, 2 + 2 * len(_LOCKS + _SIGNALS)),
        _step(_LOAD, _ARGUMENT_1),
        *(_refuse(command, 0) for command in _LOCKS),
        *(_refuse(command, errno.EINVAL) for command in _SIGNALS),
        _step(_RETURN, _ALLOW),
        _step(_EQUAL, _IOCTL[column], 0, 4),
        _step(_LOAD, _ARGUMENT_1),
        *(_step(_EQUAL, request, 1 - place, place) for place, request in enumerate(_TERMINAL_INPUT)),
        _step(_RETURN, _ERRNO | errno.EPERM),
        _step(_RETURN, _ALLOW),
    ]
    return b"".join(steps)
