"""What takes too much of the processor's time is ended, and nothing else."""

from __future__ import annotations

import _thread
import signal
import time

import pytest

from handgrad.judging.patience import TooSlow, within


def work(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_what_is_quick_comes_to_its_end() -> None:
    assert within(5, lambda: [work(0.01), 7]) == [None, 7]


def test_what_is_slow_is_ended() -> None:
    with pytest.raises(TooSlow):
        within(0.1, lambda: work(30))


def test_waiting_costs_nothing() -> None:
    within(0.2, lambda: time.sleep(0.5))


def test_an_interrupt_by_somebody_else_passes() -> None:
    def interrupted() -> None:
        _thread.interrupt_main()
        work(1)

    with pytest.raises(KeyboardInterrupt):
        within(5, interrupted)


def test_it_works_where_interrupts_are_ignored() -> None:
    """As in a process that a shell started in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(TooSlow):
            within(0.1, lambda: work(30))
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
