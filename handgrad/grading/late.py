"""What is late: the dates of ``course.toml``, and a policy that takes a share of the points for each day."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Float

from handgrad import course
from handgrad.grading.course import course_root
from handgrad.grading.stages import Resources


class Dates(NbGraderPreprocessor):  # type: ignore[misc]
    """Tell the gradebook until when a submission was to be handed in, where ``course.toml`` says so."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Write the due date, and this student's extension, into the gradebook; the notebook stays as it is."""
        where = resources["nbgrader"]
        chosen = course.settings(course_root(self)).of(where["assignment"])
        until = chosen.extensions.get(where["student"])
        if chosen.due is None and until is None:
            return nb, resources
        with Gradebook(where["db_url"]) as gradebook:
            submission = gradebook.find_submission(where["assignment"], where["student"])
            if chosen.due is not None:
                submission.assignment.duedate = _as_kept(chosen.due)
            due = submission.assignment.duedate
            submission.extension = _as_kept(until) - due if until is not None and due is not None else None
            gradebook.db.commit()
        return nb, resources


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
