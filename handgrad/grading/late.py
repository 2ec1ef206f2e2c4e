"""What is late: the dates of ``course.toml``, and a policy that takes a share of the points for each day."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime

from nbgrader.api import Assignment, SubmittedAssignment
from nbgrader.plugins import LateSubmissionPlugin
from traitlets import Float

from handgrad.course import Chosen


def set_dates(assignment: Assignment, rows: Iterable[SubmittedAssignment], chosen: Chosen) -> None:
    """Tell the gradebook until when submissions were to be handed in, where ``course.toml`` says so.

    Parameters
    ----------
    assignment
        Its row.
    rows
        Those of the submissions.
    chosen
        What ``course.toml`` says of the assignment.
    """
    if chosen.due is not None:
        assignment.duedate = _as_kept(chosen.due)
    due = assignment.duedate
    for row in rows:
        until = chosen.extensions.get(row.student_id)
        if chosen.due is not None or until is not None:
            row.extension = _as_kept(until) - due if until is not None and due is not None else None


def _as_kept(moment: datetime) -> datetime:
    """Return a time as the gradebook keeps it, in UTC without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None)


class PerDay(LateSubmissionPlugin):  # type: ignore[misc]
    """Takes a share of the score for each day that has begun since the due date."""

    share = Float(0.1, min=0, max=1, help="What is taken for a day, as a share of the score.").tag(config=True)

    most = Float(1.0, min=0, max=1, help="What is taken at most.").tag(config=True)

    grace = Float(0.0, min=0, help="Minutes after the due date that cost nothing.").tag(config=True)

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        """Return the points that are taken off; None where there are none."""
        late = total_seconds_late - 60 * self.grace
        if late <= 0:
            return None
        return score * min(self.most, self.share * math.ceil(late / 86400))
