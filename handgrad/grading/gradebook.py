"""Every mark of an assignment in one reading of nbgrader's gradebook, in whichever database it is."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nbgrader.api import (
    Assignment,
    Grade,
    Gradebook,
    MissingEntry,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import event

from handgrad import course as courses
from handgrad.files import sqlite_fault
from handgrad.names import check_id
from handgrad.notebooks.repair import MarkedCell, kind_of


@event.listens_for(Student, "init")
def _check(student: Student, arguments: tuple[object, ...], named: Mapping[str, str]) -> None:
    """Let nobody into the gradebook whose id could be more than a name, by whichever command they come."""
    check_id(named["id"])


def url(course: Path) -> str:
    """Return the address of the course's gradebook.

    It is what ``HANDGRAD_DB`` says, as ``postgresql+psycopg://USER@HOST/NAME``; and without it, the SQLite
    file in the course folder, where a lock held by another process is waited for.
    """
    return os.environ.get("HANDGRAD_DB") or f"sqlite:///{course.resolve() / 'gradebook.db'}?timeout=60"


def opened(course: Path) -> Gradebook:
    """Open the course's gradebook, as :func:`opened_at` does.

    Raises
    ------
    ValueError
        Where ``HANDGRAD_DB`` names the gradebook of another course: nbgrader tells assignments apart by their names
        alone, so that two courses would write over each other's marks.
    """
    where = url(course)
    if where.startswith("sqlite"):
        return opened_at(where)
    own = courses.settings(course).course_id
    if not own:
        raise ValueError(
            f"a database that HANDGRAD_DB names is for one course, and {course} has no name: "
            f'write course_id = "NAME" into its {courses.FILE}, or unset HANDGRAD_DB'
        )
    book = opened_at(where)
    with _in_words():
        others = {name for (name,) in book.db.query(Assignment.course_id)} - {own}
    if others:
        book.close()
        raise ValueError(
            f"the database that HANDGRAD_DB names holds the marks of {', '.join(sorted(others))}, "
            f"and {course} is {own}: make a database for each course"
        )
    return book


def opened_at(where: str) -> Gradebook:
    """Open the gradebook at an address; it is a context manager.

    Raises
    ------
    LookupError
        Where there is none, or its database cannot be used.
    """
    with _in_words():
        path = _file(where)
        # SQLite would make an empty one
        if path is not None and not path.is_file():
            raise LookupError(
                f"there is no gradebook in {path.parent}: run `nbgrader generate_assignment ASSIGNMENT` first"
            )
        return Gradebook(where)


@contextmanager
def _in_words() -> Iterator[None]:
    """Raise a LookupError, with the reason, where a database cannot be used."""
    from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError

    try:
        yield
    except (ArgumentError, ImportError, NoSuchModuleError) as error:
        raise LookupError(f"HANDGRAD_DB is no address of a database that can be used here: {error}") from error
    except DatabaseError as error:
        raise LookupError(f"the database of the gradebook cannot be reached or used: {error.orig}") from error


def _file(where: str) -> Path | None:
    """Return the file of an SQLite database; None of any other database."""
    from sqlalchemy.engine import make_url

    address = make_url(where)
    return Path(address.database or "") if address.get_backend_name() == "sqlite" else None


@dataclass(frozen=True)
class Known:
    """What the gradebook knows of an assignment before it is graded.

    Attributes
    ----------
    submissions
        As :func:`submissions` returns them.
    cells
        The marked cells of each notebook.
    """

    submissions: Mapping[str, Submission]
    cells: Mapping[str, Sequence[MarkedCell]]


def known(where: str, assignment: str) -> Known:
    """Return what a gradebook knows of an assignment, where marks can be recorded.

    Raises
    ------
    LookupError, RuntimeError
        Where they cannot be; nothing has been touched then.
    """
    try:
        with opened_at(where) as book:
            path = _file(where)
            if path is not None and (fault := sqlite_fault(path)):
                raise RuntimeError(f"nothing was graded: {fault}")
            found = submissions(book, assignment)
            notebooks = book.find_assignment(assignment).notebooks
            return Known(found, {notebook.name: _marked_cells(notebook) for notebook in notebooks})
    except LookupError as error:
        raise LookupError(f"nothing was graded: {error}") from error


def _marked_cells(notebook: Notebook) -> list[MarkedCell]:
    """Return the marked cells of a notebook, in no order, for the gradebook keeps none."""
    points = {cell.name: cell.max_score for cell in (*notebook.grade_cells, *notebook.task_cells)}
    graded = {cell.name for cell in notebook.grade_cells}
    tasks = {cell.name for cell in notebook.task_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    cells = []
    for cell in notebook.source_cells:
        name = cell.name
        kind = kind_of(task=name in tasks, graded=name in graded, solution=name in solutions)
        cells.append(MarkedCell(name, kind, cell.cell_type, cell.source, points.get(name), cell.checksum))
    return cells


@dataclass(frozen=True)
class Mark:
    """The mark of one exercise.

    Attributes
    ----------
    exercise
        Its name.
    by_judge
        Whether the judge marks it; otherwise a person does.
    auto, manual, extra
        What the judge gave, what a person gave, and the extra credit; None where there is none.
    most
        Its points.
    waiting
        Whether a person is still to mark it.
    reread
        Whether a person marked another answer than the one that stands there now.
    """

    exercise: str
    by_judge: bool
    auto: float | None
    manual: float | None
    extra: float | None
    most: float
    waiting: bool = False
    reread: bool = False

    @property
    def score(self) -> float | None:
        """The points that count, None where a person is still to mark the answer."""
        given = self.manual if self.manual is not None else None if self.waiting else self.auto
        return None if given is None else given + (self.extra or 0)


@dataclass(frozen=True)
class Submission:
    """What the gradebook knows of a student's submission.

    Attributes
    ----------
    student
        The student's id.
    first_name, last_name, email, lms_user_id
        Empty where they are unknown; the last is the id in the learning management system.
    submitted
        When it was handed in, UTC; None where that is unknown.
    penalty
        Points taken off because it was late.
    marks
        The mark of each exercise.
    """

    student: str
    first_name: str
    last_name: str
    email: str
    lms_user_id: str
    submitted: datetime | None
    penalty: float
    marks: Mapping[str, Mark]

    @property
    def score(self) -> float:
        """The points of all exercises, less the penalty, as nbgrader exports them."""
        return max(0.0, sum(mark.score or 0 for mark in self.marks.values()) - self.penalty)

    @property
    def most(self) -> float:
        """The points that there are."""
        return sum(mark.most for mark in self.marks.values())

    @property
    def waiting(self) -> bool:
        """Whether a person is still to mark an answer."""
        return any(mark.waiting for mark in self.marks.values())


def submissions(gradebook: Gradebook, assignment: str, students: Collection[str] = ()) -> dict[str, Submission]:
    """Return the submissions of an assignment by the student's id, sorted; of some students where they are named.

    Raises
    ------
    LookupError
        Where the gradebook knows no such assignment.
    """
    try:
        known = gradebook.find_assignment(assignment)
    except MissingEntry as error:
        names = ", ".join(sorted(a.name for a in gradebook.assignments)) or "none"
        raise LookupError(
            f"the gradebook knows no assignment {assignment!r}; it knows: {names}. "
            "`nbgrader generate_assignment` makes one known"
        ) from error
    cells = {}
    for notebook in known.notebooks:
        answers = {cell.name for cell in notebook.solution_cells}
        for cell in (*notebook.grade_cells, *notebook.task_cells):
            cells[cell.id] = (cell.name, cell.cell_type == "code" and cell.name not in answers, cell.max_score)

    of_assignment = [Assignment.id == known.id, *([Student.id.in_(students)] if students else [])]
    people = (
        gradebook.db.query(Student, SubmittedAssignment.timestamp, SubmittedNotebook.late_submission_penalty)
        .join(SubmittedAssignment, SubmittedAssignment.student_id == Student.id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .outerjoin(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .filter(*of_assignment)
    )
    grades = (
        gradebook.db.query(
            Student.id,
            Grade.cell_id,
            Grade.auto_score,
            Grade.manual_score,
            Grade.extra_credit,
            Grade.needs_manual_grade,
        )
        .join(SubmittedAssignment, SubmittedAssignment.student_id == Student.id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .filter(*of_assignment)
    )
    marks: dict[str, dict[str, Mark]] = {}
    for who, cell_id, auto, manual, extra, needed in grades:
        if cell_id in cells:
            name, by_judge, most = cells[cell_id]
            waiting, reread = bool(needed) and manual is None, bool(needed) and manual is not None
            marks.setdefault(who, {})[name] = Mark(name, by_judge, auto, manual, extra, most, waiting, reread)
    found: dict[str, Submission] = {}
    for person, submitted, penalty in people:
        before = found[person.id].penalty if person.id in found else 0.0
        found[person.id] = Submission(
            person.id,
            person.first_name or "",
            person.last_name or "",
            person.email or "",
            person.lms_user_id or "",
            submitted,
            before + (penalty or 0.0),
            marks.get(person.id, {}),
        )
    return dict(sorted(found.items()))
