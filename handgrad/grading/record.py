"""Record the marks: verdicts in, rows of the gradebook out."""

from __future__ import annotations

from pathlib import Path

from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades

from handgrad.grading import gradebook as gradebooks
from handgrad.grading import history
from handgrad.grading.mark import NOT_JUDGED
from handgrad.grading.note import Note
from handgrad.grading.stages import Grading, Resources
from handgrad.judging.verdict import Verdict
from handgrad.judging.verdict_json import VerdictRecord, score
from handgrad.notebooks.cells import is_probe


class SaveVerdicts(SaveAutoGrades):  # type: ignore[misc]
    """Record the judge's scores; a test cell without a verdict scores 0, whatever it printed."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Record every score of the notebook."""
        grading: Grading = resources["handgrad"]
        self._verdicts: dict[str, Verdict] = grading.verdicts
        where = resources["nbgrader"]
        self.notebook_id, self.assignment_id = where["notebook"], where["assignment"]
        self.student_id = where["student"]
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
        answer = None
        for cell in nb.cells:
            if utils.is_solution(cell):
                answer = self._comments[cell.metadata.nbgrader.grade_id]
            verdict = self._verdicts.get(cell.metadata.nbgrader.grade_id) if is_probe(cell) else None
            if answer is not None and note.lost:
                answer.auto_comment = f"Not judged: {note.reason}."
            elif answer is not None and verdict and verdict.reason and verdict.reason.name == NOT_JUDGED:
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

    def _add_score(self, cell: NotebookNode, resources: Resources) -> None:
        name = cell.metadata.nbgrader.grade_id
        grade = self._grades[name]
        if is_probe(cell):
            verdict = self._verdicts.get(name)
            grade.auto_score = score(verdict, float(cell.metadata.nbgrader.points)) if verdict else 0.0
        else:
            grade.auto_score, _ = utils.determine_grade(cell, self.log)
        grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None

    def _add_comment(self, cell: NotebookNode, resources: Resources) -> None:
        name = cell.metadata.nbgrader.grade_id
        comment = self._comments[name]
        untouched = cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
        comment.auto_comment = "No response." if untouched and not utils.is_task(cell) else None
