"""What takes too much of the processor's time is ended, and nothing else."""

from __future__ import annotations

import _thread
import signal
import time

import pytest

from handgrad.judging.patience import TooSlow, patience


def work(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_what_is_quick_comes_to_its_end() -> None:
    with patience(5):
        work(0.01)


def test_what_is_slow_is_ended() -> None:
    with pytest.raises(TooSlow), patience(0.1):
        work(30)


def test_waiting_costs_nothing() -> None:
    with patience(0.2):
        time.sleep(0.5)


def test_an_interrupt_by_somebody_else_passes() -> None:
    def interrupted() -> None:
        with patience(5):
            _thread.interrupt_main()
            work(1)

    with pytest.raises(KeyboardInterrupt):
        interrupted()


def test_it_works_where_interrupts_are_ignored() -> None:
    """As in a process that a shell started in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(TooSlow), patience(0.1):
            work(30)
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
