"""Model solutions in feedback, when nobody may hand in any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from traitlets import Bool

from handgrad import references
from handgrad.course import settings
from handgrad.grading.course import course_root
from handgrad.grading.redact import FeedbackStage
from handgrad.grading.stages import Resources
from handgrad.notebooks.repair import MARK_SCHEME, only


class ModelSolutions(FeedbackStage):
    """Show, folded, what would have earned the points that were lost.

    Below an exercise that is a model solution, with the known mistakes in words; below a question, the marking scheme.
    """

    show = Bool(
        False,
        help="Whether feedback shows model solutions; never before the due date, and the last extension, are over.",
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the notebook with what was looked for."""
        if not self.show:
            return nb, resources
        where = resources["nbgrader"]
        course = CourseDirectory(parent=self)
        until = handed_in_until(course_root(self), where["db_url"], where["assignment"])
        if until and datetime.now(UTC) <= until:
            self.log.warning("%s: no model solutions in feedback before %s", where["assignment"], until)
            return nb, resources
        lost = {entry.name for entry in resources["handgrad_summary"] if entry.state == "lost"}
        folder = course.format_path(course.source_directory, ".", where["assignment"])
        source = nbformat.read(Path(folder) / f"{where['notebook']}.ipynb", as_version=4)
        known = references.load(where["assignment"])
        shown = {}
        for cell in source.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in lost and utils.is_task(cell):
                shown[name] = [folded("What was looked for", only(cell.source, MARK_SCHEME))]
            elif name in lost:
                shown[name] = [folded("A model solution", f"```python\n{known.model[name]}```")]
                if messages := dict.fromkeys(mistake.message for mistake in known.mistakes[name]):
                    listed = "\n".join(f"- {message}" for message in messages)
                    shown[name].append(folded("What can go wrong here", listed))
        belonging = [(cell, shown.get(cell.metadata.get("nbgrader", {}).get("grade_id"), [])) for cell in nb.cells]
        nb.cells = [one for cell, below in belonging for one in (cell, *below)]
        return nb, resources


def folded(summary: str, text: str) -> NotebookNode:
    """Return a text cell that unfolds."""
    cell: NotebookNode = nbformat.v4.new_markdown_cell(f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>")
    return cell


def handed_in_until(course: Path, db_url: str, assignment: str) -> datetime | None:
    """Return until when anybody may hand in; None where nothing says so."""
    chosen = settings(course).of(assignment)
    with Gradebook(db_url) as gradebook:
        kept = gradebook.find_assignment(assignment)
        due = chosen.due or (kept.duedate and kept.duedate.replace(tzinfo=UTC))
        longest = max((submission.extension or timedelta() for submission in kept.submissions), default=timedelta())
    return max([due + longest, *chosen.extensions.values()]) if due else None
