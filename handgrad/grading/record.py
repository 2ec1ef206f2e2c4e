"""Record marks: what came of submissions in, rows of nbgrader's gradebook out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    Gradebook,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.orm import selectinload
from traitlets.config import LoggingConfigurable

from handgrad import course as courses
from handgrad.grading import gradebook as gradebooks
from handgrad.grading import history
from handgrad.grading.late import set_dates
from handgrad.grading.mark import NOT_JUDGED
from handgrad.grading.note import REPAIRS, Note
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


@dataclass
class Marks:
    """What is to be recorded of a notebook.

    Attributes
    ----------
    notebook
        Its name.
    submission
        A hash of the submitted file.
    lost
        What is said of every answer where nothing could be graded; else nothing.
    scores
        The points of each cell that is graded; None where a person is to give them.
    judged
        Which of them the judge gave.
    changed
        The marked cells whose answer is another one than was graded before.
    comments
        What is said of each answer; None where it is nothing.
    verdicts
        The judge's verdicts.
    """

    notebook: str
    submission: str
    lost: str = ""
    scores: dict[str, float | None] = field(default_factory=dict)
    judged: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    comments: dict[str, str | None] = field(default_factory=dict)
    verdicts: list[VerdictRecord] = field(default_factory=list)


@dataclass(frozen=True)
class Submission:
    """What is to be recorded of a submission.

    Attributes
    ----------
    student
        Who handed it in.
    timestamp
        When, UTC; None where that is not known.
    marks
        Of each of its notebooks.
    absent
        The notebooks of the assignment that were not handed in.
    """

    student: str
    timestamp: datetime | None
    marks: tuple[Marks, ...]
    absent: tuple[str, ...]


def marks_of(name: str, nb: NotebookNode, verdicts: Mapping[str, Verdict], earlier: Earlier) -> Marks:
    """Return what is to be recorded of a notebook; a test cell without a verdict scores 0, whatever it printed."""
    note = Note.of(nb.metadata)
    marks = Marks(name, note.submission, f"Not judged: {note.reason}." if note.lost else "")
    answer = None
    for cell in nb.cells:
        marked, answered = utils.is_grade(cell), utils.is_solution(cell)
        if not (marked or answered or utils.is_task(cell)):
            continue
        one = cell.metadata.nbgrader.grade_id
        if answered or utils.is_task(cell):
            answer = one if answered else answer
            untouched = cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
            marks.comments[one] = "No response." if untouched and answered else None
        if is_probe(cell):
            points, verdict = float(cell.metadata.nbgrader.points), verdicts.get(one)
            marks.judged.add(one)
            marks.scores[one] = score(verdict, points) if verdict else 0.0
            if verdict:
                marks.verdicts.append(VerdictRecord.of(verdict, points))
            if answer and verdict and verdict.reason and verdict.reason.name == NOT_JUDGED:
                marks.comments[answer] = f"{verdict.exercise}: {verdict.reason.message}"
        elif marked:
            marks.scores[one], _ = utils.determine_grade(cell)
        if earlier.differs(cell):
            marks.changed.add(one)
    return marks


class Recorder(LoggingConfigurable):
    """Writes what came of submissions into the gradebook, through nbgrader's models; many in one transaction.

    Parameters
    ----------
    coursedir
        The course, whose gradebook it is.
    """

    def __init__(self, coursedir: CourseDirectory, **traits: Any) -> None:
        super().__init__(**traits)
        self._course = coursedir
        self._late = AssignLatePenalties(parent=self)
        self._late.init_plugin()
        self._open: Gradebook | None = None

    def record(self, submissions: Sequence[Submission]) -> None:
        """Record submissions, all of them or none."""
        book = self._book()
        name = self._course.assignment_id
        students = {one.student: one for one in submissions}
        try:
            assignment = book.find_assignment(name)
            rows = self._rows(book, assignment, students)
            cells = {notebook.id: _cells(notebook) for notebook in assignment.notebooks}
            for student, one in students.items():
                _fill(rows[student], one, assignment, cells)
            book.db.flush()
            set_dates(assignment, rows.values(), courses.settings(Path(self._course.root)).of(name))
            for row in rows.values():
                self._penalize(book, row)
            book.db.commit()
            self._remember(gradebooks.submissions(book, name, students), students)
        except BaseException:
            self.close()
            raise
        book.db.remove()  # or what it knows of a row would be as old as the batch

    def _book(self) -> Gradebook:
        """Return the gradebook, which is opened once; nbgrader looks at all of its tables each time."""
        if self._open is None:
            self._open = Gradebook(self._course.db_url, self._course.course_id)
        return self._open

    def close(self) -> None:
        """Close the gradebook; what is not recorded by then is undone."""
        if self._open is not None:
            book, self._open = self._open, None
            book.close()

    def _rows(
        self, book: Gradebook, assignment: Assignment, submissions: Mapping[str, Submission]
    ) -> dict[str, SubmittedAssignment]:
        """Return the row of each submission; there are new ones for those who have none yet."""
        known = {student for (student,) in book.db.query(Student.id).filter(Student.id.in_(submissions))}
        book.db.add_all(Student(id=student) for student in submissions if student not in known)
        notebooks = selectinload(SubmittedAssignment.notebooks)
        found = (
            book.db.query(SubmittedAssignment)
            .filter(SubmittedAssignment.assignment_id == assignment.id, SubmittedAssignment.student_id.in_(submissions))
            .options(
                notebooks.selectinload(SubmittedNotebook.grades), notebooks.selectinload(SubmittedNotebook.comments)
            )
        )
        rows = {row.student_id: row for row in found}
        for student in submissions:
            if student not in rows:
                rows[student] = _new(assignment, student)
                book.db.add(rows[student])
        return rows

    def _penalize(self, book: Gradebook, row: SubmittedAssignment) -> None:
        """Take points off where a submission is late, as the course's plugin says."""
        late = row.total_seconds_late
        for notebook in row.notebooks:
            notebook.late_submission_penalty = None
            if late > 0:
                self.log.warning("%s is %s seconds late", row, late)
                book.db.refresh(notebook, ["score"])
                taken = self._late.plugin_inst.late_submission_penalty(row.student_id, notebook.score, late)
                self.log.warning("Late submission penalty: %s", taken)
                if taken is not None:
                    notebook.late_submission_penalty = self._late._check_late_penalty(notebook, taken)

    def _remember(self, rows: Mapping[str, gradebooks.Submission], submissions: Mapping[str, Submission]) -> None:
        """Note the marks as they are now, so that the report can say which of them a regrade changed."""
        for student, one in submissions.items():
            for marks in one.marks:
                now = history.State.of(rows[student], marks.verdicts, marks.submission)
                try:
                    history.record(history.folder(Path(), self._course.assignment_id) / f"{student}.json", now)
                except OSError as error:  # the mark is saved, and worth more than its history
                    self.log.warning("%s: what the mark was cannot be kept for the report: %s", student, error)


def _cells(notebook: Notebook) -> dict[str, str]:
    """Return the names of the marked cells of a notebook by their ids."""
    return {cell.id: cell.name for cell in (*notebook.grade_cells, *notebook.task_cells, *notebook.solution_cells)}


def _new(assignment: Assignment, student: str) -> SubmittedAssignment:
    """Return the row of a submission that is not in the gradebook yet, with all that belongs to it."""
    row = SubmittedAssignment(assignment_id=assignment.id, student_id=student)
    for notebook in assignment.notebooks:
        submitted = SubmittedNotebook(notebook_id=notebook.id, assignment=row)
        for cell in (*notebook.grade_cells, *notebook.task_cells):
            Grade(cell_id=cell.id, notebook=submitted)
        for cell in (*notebook.solution_cells, *notebook.task_cells):
            Comment(cell_id=cell.id, notebook=submitted)
    return row


def _fill(
    row: SubmittedAssignment, one: Submission, assignment: Assignment, cells: Mapping[str, Mapping[str, str]]
) -> None:
    """Write what came of a submission into its row, and into those that belong to it."""
    if one.timestamp:
        row.timestamp = utils.parse_utc(one.timestamp)
    marks = {given.notebook: given for given in one.marks}
    names = {notebook.id: notebook.name for notebook in assignment.notebooks}
    for notebook in row.notebooks:
        name, known = names[notebook.notebook_id], cells[notebook.notebook_id]
        if name in one.absent:
            for grade in notebook.grades:
                grade.auto_score, grade.needs_manual_grade = 0, False
        if name in marks:
            for grade in notebook.grades:
                _give(grade, known[grade.cell_id], marks[name])
            for comment in notebook.comments:
                cell = known[comment.cell_id]
                comment.auto_comment = marks[name].lost or marks[name].comments.get(cell, comment.auto_comment)


def _give(grade: Grade, cell: str, marks: Marks) -> None:
    """Give the grade of a cell its score, and ask for a person where one has marked another answer."""
    if cell in marks.scores:
        before, grade.auto_score = grade.auto_score, marks.scores[cell]
        if grade.manual_score is None:
            grade.needs_manual_grade = grade.auto_score is None
        elif cell in marks.judged and grade.auto_score != before:
            grade.needs_manual_grade = True
    if grade.manual_score is not None and cell in marks.changed:
        grade.needs_manual_grade = True
