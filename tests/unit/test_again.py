"""Which failures are tried again, and which count."""

from __future__ import annotations

import pytest

from handgrad.grading.again import Again, Tries
from handgrad.running.job import Outcome

WELL = Outcome([])
TIMEOUT = Outcome([], ("timeout", "it took too long"))
DIED = Outcome([], ("died", "the kernel died in this cell"), lost_kernel=True)
FLOOD = Outcome([], ("flood", "it printed far too much"), lost_kernel=True)


@pytest.mark.parametrize("failed", [TIMEOUT, DIED, Outcome([], ("timeout", "it took too long"), by_clock=True)])
def test_what_fails_once_costs_nothing(failed: Outcome) -> None:
    tries = Tries()
    with pytest.raises(Again):
        tries.ended([WELL, failed])
    tries.ended([WELL, WELL])


def test_what_fails_again_in_the_same_cell_counts() -> None:
    tries = Tries()
    with pytest.raises(Again, match="longer than its limit"):
        tries.ended([WELL, TIMEOUT])
    tries.ended([WELL, TIMEOUT])


def test_another_failure_is_tried_once_more_and_no_more() -> None:
    tries = Tries()
    for outcomes in ([DIED, WELL], [WELL, TIMEOUT]):
        with pytest.raises(Again):
            tries.ended(outcomes)
    tries.ended([WELL, DIED])


def test_what_a_student_alone_can_do_counts_at_once() -> None:
    Tries().ended([FLOOD])
