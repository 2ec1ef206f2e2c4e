"""Record the marks: verdicts in, rows of the gradebook out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades

from handgrad.grading import gradebook as gradebooks
from handgrad.grading import history
from handgrad.grading.course import final_file
from handgrad.grading.mark import NOT_JUDGED
from handgrad.grading.note import REPAIRS, Note
from handgrad.grading.stages import Grading, Resources
from handgrad.judging.verdict import Verdict
from handgrad.judging.verdict_json import VerdictRecord, score
from handgrad.notebooks.cells import is_probe


class Earlier:
    """The submission that was graded before this one, which a person may have marked.

    Parameters
    ----------
    file
        Its autograded notebook.
    now
        What is graded now.
    """

    def __init__(self, file: Path, now: NotebookNode) -> None:
        try:
            content = json.loads(file.read_bytes())
            self._same = Note.of(content["metadata"]).submission == Note.of(now.metadata).submission
            self._answers = _answers(content["cells"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._same, self._answers = False, {}  # there is none, or none that can be read
        self._now = _answers(now.cells)

    def differs(self, cell: NotebookNode) -> bool:
        """Return whether the answer to what a marked cell asks is another one now."""
        if is_probe(cell):
            return not self._same
        # what a task asks for stands in cells of the student's own
        name = cell.metadata.nbgrader.grade_id if utils.is_solution(cell) else OWN
        return self._answers.get(name) != self._now.get(name)


OWN = ""
"""Under this name goes the text of all cells that are the student's own."""


def _answers(cells: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the text of each marked cell by its name, and of all others together."""
    found = {OWN: ""}
    for cell in cells:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", OWN)
        if cell.get("id") != REPAIRS:
            found[name] = found.get(name, "") + "".join(cell["source"])
    return found


class SaveVerdicts(SaveAutoGrades):  # type: ignore[misc]
    """Record the judge's scores; a test cell without a verdict scores 0, whatever it printed."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Record every score of the notebook."""
        grading: Grading = resources["handgrad"]
        self._verdicts: dict[str, Verdict] = grading.verdicts
        where = resources["nbgrader"]
        self.notebook_id, self.assignment_id = where["notebook"], where["assignment"]
        self.student_id = where["student"]
        self._earlier = Earlier(final_file(self, where), nb)
        with Gradebook(where["db_url"]) as self.gradebook:
            # the cells are asked for together, so that a grade need not ask for its own
            known = self.gradebook.find_notebook(self.notebook_id, self.assignment_id)
            names = {cell.id: cell.name for cell in (*known.grade_cells, *known.task_cells, *known.solution_cells)}
            submitted = self.gradebook.find_submission_notebook(self.notebook_id, self.assignment_id, self.student_id)
            self._grades = {names[grade.cell_id]: grade for grade in submitted.grades}
            self._comments = {names[comment.cell_id]: comment for comment in submitted.comments}
            saved: tuple[NotebookNode, Resources] = NbGraderPreprocessor.preprocess(self, nb, resources)
            self._give_reasons(nb)
            # all of them at once, so that a submission is recorded as a whole or not at all
            self.gradebook.db.commit()
            self._remember(nb)
        return saved

    def _give_reasons(self, nb: NotebookNode) -> None:
        """Say as a comment to each answer why the grader could not judge it, where that was so."""
        note = Note.of(nb.metadata)
        if note.lost:
            for comment in self._comments.values():
                comment.auto_comment = f"Not judged: {note.reason}."
            return
        answer = None
        for cell in nb.cells:
            if utils.is_solution(cell):
                answer = self._comments[cell.metadata.nbgrader.grade_id]
            verdict = self._verdicts.get(cell.metadata.nbgrader.grade_id) if is_probe(cell) else None
            if answer is not None and verdict and verdict.reason and verdict.reason.name == NOT_JUDGED:
                answer.auto_comment = f"{verdict.exercise}: {verdict.reason.message}"

    def _remember(self, nb: NotebookNode) -> None:
        """Note the marks as they are now, so that the report can say which of them a regrade changed."""
        found = gradebooks.submissions(self.gradebook, self.assignment_id, self.student_id)[self.student_id]
        verdicts = [
            VerdictRecord.of(v, found.marks[name].most) for name, v in self._verdicts.items() if name in found.marks
        ]
        now = history.State.of(found, verdicts, Note.of(nb.metadata).submission)
        try:
            history.record(history.folder(Path(), self.assignment_id) / f"{self.student_id}.json", now)
        except OSError as error:  # the mark is saved, and worth more than its history
            self.log.warning("%s: what the mark was cannot be kept for the report: %s", self.student_id, error)

    def preprocess_cell(
        self, cell: NotebookNode, resources: Resources, cell_index: int
    ) -> tuple[NotebookNode, Resources]:
        """Record the score of a cell, and ask for a person where one has marked another answer."""
        super().preprocess_cell(cell, resources, cell_index)
        if utils.is_grade(cell) or utils.is_task(cell):
            grade = self._grades[cell.metadata.nbgrader.grade_id]
            if grade.manual_score is not None and self._earlier.differs(cell):
                grade.needs_manual_grade = True
        return cell, resources

    def _add_score(self, cell: NotebookNode, resources: Resources) -> None:
        name = cell.metadata.nbgrader.grade_id
        grade = self._grades[name]
        before = grade.auto_score
        if is_probe(cell):
            verdict = self._verdicts.get(name)
            grade.auto_score = score(verdict, float(cell.metadata.nbgrader.points)) if verdict else 0.0
        else:
            grade.auto_score, _ = utils.determine_grade(cell, self.log)
        if grade.manual_score is None:
            grade.needs_manual_grade = grade.auto_score is None
        elif is_probe(cell) and grade.auto_score != before:
            grade.needs_manual_grade = True

    def _add_comment(self, cell: NotebookNode, resources: Resources) -> None:
        name = cell.metadata.nbgrader.grade_id
        comment = self._comments[name]
        untouched = cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
        comment.auto_comment = "No response." if untouched and not utils.is_task(cell) else None
