"""End a call that takes too much of the processor's time."""

from __future__ import annotations

import _thread
import signal
import threading
import time
from collections.abc import Callable
from typing import TypeVar

Returned = TypeVar("Returned")

PATIENCE = 3.0
"""Seconds of the processor's time for a large case, where nothing was measured."""

STEP = 0.05
"""Seconds between two looks at the clock."""


class TooSlow(Exception):
    """A call took more of the processor's time than it may."""


def within(seconds: float, call: Callable[[], Returned]) -> Returned:
    """Return what a call in the main thread returns, and interrupt it once it has used its time of the processor.

    Other processes do not count, so that a busy machine costs nobody anything. One operation of a compiled
    library comes to its end before it is interrupted. The call is an argument, and not the body of a ``with``:
    an interrupt that comes while a body is left would pass by whoever waits for it.

    Raises
    ------
    TooSlow
        Where the time was up.
    """
    until = time.process_time() + seconds
    done, late = threading.Event(), threading.Event()

    def watch() -> None:
        while not done.wait(STEP):
            if time.process_time() > until:
                late.set()
                _thread.interrupt_main()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    try:
        watcher.start()
    except RuntimeError:  # too many threads were left behind; whoever called has a limit of its own
        return call()
    before = signal.getsignal(signal.SIGINT)
    if not callable(before):  # as in a process that was started in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        try:
            return call()
        finally:
            done.set()
            watcher.join()
            if late.is_set():
                time.sleep(10 * STEP)  # an interrupt that is on its way arrives here
    except KeyboardInterrupt:
        if not late.is_set():
            raise  # somebody else's
        raise TooSlow from None
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)
