"""Interrupts of a long command: all of them are like the first Ctrl-C, and a second one ends it at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STATUS = 130
"""The exit status of a command that was interrupted."""

MOMENT = 0.1
"""Seconds until an interrupt that Python could not raise comes once more."""


@contextmanager
def heard() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise KeyboardInterrupt, as SIGINT does; a second one of them ends the process.

    One that is ignored stays so: as SIGHUP behind ``nohup``, and SIGINT of what a shell started in the background.
    A thread that is not the main one hears no signals. One that comes where Python cannot raise it, as in what a weak
    reference calls, is raised a moment later.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    interrupted = 0

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        if interrupted:
            # no words and no tidying up: whatever is half done is done by the next run
            os._exit(STATUS)
        interrupted = number
        raise KeyboardInterrupt

    def swallowed(what: sys.UnraisableHookArgs) -> None:
        nonlocal interrupted
        if what.exc_type is not KeyboardInterrupt:
            hook(what)
            return
        number, interrupted = interrupted, 0
        threading.Timer(MOMENT, os.kill, (os.getpid(), number)).start()

    hook, sys.unraisablehook = sys.unraisablehook, swallowed

    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: handler for number in numbers if (handler := signal.getsignal(number)) is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        sys.unraisablehook = hook
        if not interrupted:
            for number, handler in before.items():
                signal.signal(number, handler)
