"""Work on what a stranger sent, in a child process within limits of time and memory.

The child is a fork, so it knows all that the caller knows, and starting it takes a few milliseconds; only JSON
comes back. A file that keeps the child busy for ever, fills its memory or crashes it costs the caller nothing else.
"""

from __future__ import annotations

import ctypes
import faulthandler
import gc
import io
import json
import logging
import os
import select
import signal
import struct
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from traitlets.log import get_logger


@dataclass(frozen=True)
class Limits:
    """What a piece of work may take.

    Attributes
    ----------
    seconds
        Of the processor's time, which a busy machine costs nobody.
    clock
        Seconds until it is given up, whoever keeps the processor.
    memory
        Bytes beyond what the caller holds.
    answer
        Bytes of the JSON that comes back.
    """

    seconds: int = 10
    clock: float = 600
    memory: int = 1 << 30
    answer: int = 96 << 20


FOR_THE_CALLER = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))
"""Signals that interrupt the caller, who then ends the child."""

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform.startswith("linux") else None

USUAL = Limits()
"""What reading, repairing and the like may take; honest work takes a thousandth of it."""


class Stopped(RuntimeError):
    """The work went beyond its limits, or broke down; the text says how, without a word of the stranger's."""


class Interrupted(RuntimeError):
    """The machine did not let the work come to its end: nothing is known of it, and it may be tried again."""


def end_with(parent: int) -> None:
    """Have Linux end this process, a fork, with the one that it comes from, however that ends.

    Parameters
    ----------
    parent
        The process id of that one, which may have ended already.
    """
    assert _libc is not None
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def limited(work: Callable[[], Any], limits: Limits = USUAL) -> Any:
    """Return what a piece of work returns, which is JSON.

    Where there is no Linux, the work is done in this process, without limits.

    Raises
    ------
    Stopped
        Where it took too much, raised an exception, or crashed.
    Interrupted
        Where it was ended from outside, or never got the processor.
    """
    if not sys.platform.startswith("linux"):
        return _done_here(work)
    caller = os.getpid()
    reading, writing = os.pipe()
    # what interrupts the caller is not for the child, who would end without an answer, as if it had crashed
    before = signal.pthread_sigmask(signal.SIG_BLOCK, FOR_THE_CALLER)
    try:
        with warnings.catch_warnings():
            # the child takes no lock of another thread: it neither logs, nor prints, nor cleans up
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            _be_the_child(work, limits, writing, caller)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    os.close(writing)
    late = False
    try:
        answer, late = _answer(reading, limits)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)  # one that has ended is still there to be waited for
        _, status, _ = os.wait4(child, 0)
    if answer is None:
        raise _why(status, late, limits)
    found = json.loads(answer)
    if "raised" in found:
        get_logger().debug("in a child process: %s", found["trace"])
        raise Stopped(_raised(found["raised"], limits))
    return found["value"]


def _done_here(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as error:
        raise Stopped(_raised(type(error).__name__, USUAL)) from error


def _raised(name: str, limits: Limits) -> str:
    if name == "MemoryError":
        return f"it took more than {limits.memory >> 20:,} MB of memory"
    return f"it broke down ({name})"


def _why(status: int, late: bool, limits: Limits) -> Stopped | Interrupted:
    """Return the exception for a child that ended without an answer."""
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if number == signal.SIGXCPU:
        return Stopped(f"it took longer than {limits.seconds} s")
    if late:
        return Interrupted(f"a child process did not come to an end within {limits.clock:g} s of the clock")
    if number == signal.SIGKILL:
        return Interrupted("a child process was ended from outside")
    return Stopped("it took too much memory, or crashed")


def _answer(reading: int, limits: Limits) -> tuple[bytes | None, bool]:
    """Return what a child wrote, None where that is not whole; and whether the clock ran out."""
    until = time.monotonic() + limits.clock
    poll = select.poll()
    poll.register(reading, select.POLLIN | select.POLLHUP)
    read = bytearray()
    wanted = 8
    while len(read) < wanted:
        if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
            return None, True
        part = os.read(reading, min(1 << 20, wanted - len(read)))
        if not part:
            return None, False
        read += part
        if wanted == 8 and len(read) == 8:
            (length,) = struct.unpack("<Q", read)
            wanted += min(length, limits.answer)
    return bytes(read[8:]), False


# -- in the child ------------------------------------------------------------------------------------


def _be_the_child(work: Callable[[], Any], limits: Limits, writing: int, caller: int) -> None:
    """Do the work, write what came of it, and end; does not return."""
    try:
        end_with(caller)
        # a stream of the caller's may be locked for ever, by a thread that is not here
        sys.stdout = sys.stderr = io.StringIO()
        faulthandler.disable()
        logging.disable(logging.CRITICAL)
        gc.freeze()
        answer = _tried(work, limits)
        content = memoryview(struct.pack("<Q", len(answer)) + answer)
        while content:
            content = content[os.write(writing, content) :]
    finally:
        os._exit(0)


def _tried(work: Callable[[], Any], limits: Limits) -> bytes:
    try:
        _confine(limits)
        answer = json.dumps({"value": work()}).encode()
        if len(answer) > limits.answer:
            raise MemoryError
        return answer
    except Exception as error:
        trace = "".join(traceback.format_exception(error, limit=-5))[-2000:]
        return json.dumps({"raised": type(error).__name__, "trace": trace}).encode()


def bound(kind: int, most: int) -> None:
    """Bound a resource of this process, such as ``resource.RLIMIT_AS``, as far as its own hard bound lets it."""
    import resource  # not there on Windows

    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _confine(limits: Limits) -> None:
    """Bound this process, which already holds what its parent had."""
    import resource  # not there on Windows

    with open("/proc/self/statm", encoding="ascii") as file:
        held = int(file.read().split()[0]) * resource.getpagesize()
    bounds = {resource.RLIMIT_AS: held + limits.memory, resource.RLIMIT_CPU: limits.seconds, resource.RLIMIT_CORE: 0}
    for kind, most in bounds.items():
        bound(kind, most)
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
