"""What the machine may be to blame for is tried again, once alone, before it costs points."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError

from handgrad.running.job import Outcome

REASONS = {
    "died": "its kernel ended",
    "clock": "the clock ended it, and not what it took of the processor's time",
    "timeout": "it took longer than its limit beside others",
}
"""What can become of a cell without a fault of the student's, in words."""

MOST = 3
"""How often a submission is run at most; what comes of the last time counts."""


def reason(outcome: Outcome) -> str:
    """Return for which of the reasons a cell did not end well, nothing where it is the student's or it did."""
    if outcome.by_clock:
        return "clock"
    name = outcome.failure[0] if outcome.failure else ""
    return name if name in REASONS else ""


class Again(Exception):
    """What came of a submission does not count yet: it is to be run again; the text says why."""


@dataclass
class Tries:
    """How often a submission was run, and what may have been the machine's fault.

    A failure counts when it happens a second time in the same cell: what the student wrote does the same again,
    and a machine seldom does.

    Attributes
    ----------
    run, lost
        How often it was run to its end, and how often what ran it was lost.
    seen
        The cells that failed so far, by position, and how.
    """

    run: int = 0
    lost: int = 0
    seen: set[tuple[int, str]] = field(default_factory=set)

    @property
    def last(self) -> bool:
        """Whether what comes next counts, whatever it is."""
        return max(self.run, self.lost) == MOST - 1

    def ended(self, outcomes: Sequence[Outcome]) -> None:
        """Take what came of a run.

        Raises
        ------
        Again
            Where it does not count yet.
        """
        self.run += 1
        failed = {(at, why) for at, one in enumerate(outcomes) if (why := reason(one))}
        new, self.seen = failed - self.seen, self.seen | failed
        if new and self.run < MOST:
            raise Again("; ".join(sorted({REASONS[why] for _, why in new})))

    def broke(self, error: Exception) -> None:
        """Take that what ran it was lost.

        Raises
        ------
        Again
            Where it was not the last time.
        """
        self.lost += 1
        if self.lost < MOST:
            raise Again(f"what ran it was lost ({type(error).__name__})") from error


def away(error: BaseException) -> bool:
    """Return whether it says that the database does not answer, or that a disk is full: that passes."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return lost or isinstance(error, OperationalError | InterfaceError | PendingRollbackError)


def sentence(error: BaseException) -> str:
    """Return an error in one line."""
    if away(error):
        what = error.strerror if isinstance(error, OSError) else getattr(error, "orig", None) or error
        place = "a disk" if isinstance(error, OSError) else "the gradebook"
        return f"{place} cannot be used: {what}".splitlines()[0]
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
