"""Marks for a learning management system: plugins of ``nbgrader export``."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.plugins import ExportPlugin
from traitlets import Dict, Unicode

from handgrad.files import replace, table
from handgrad.grading import gradebook as gradebooks
from handgrad.grading.gradebook import Mark, Submission
from handgrad.grading.graded import folders, look
from handgrad.names import refusal

ByAssignment = Mapping[str, Mapping[str, Submission]]
"""For each assignment, the submissions by the student's id."""


class _Export(ExportPlugin):  # type: ignore[misc]
    """Writes one row for each student who handed in.

    A cell is empty where a student did not hand in, or is not graded, and not 0: the learning
    management system has its own rule for that.
    """

    titles = Dict(
        key_trait=Unicode(),
        value_trait=Unicode(),
        help="What an assignment is called in the learning management system, where that is another name.",
    ).tag(config=True)

    file_name = ""

    def export(self, gradebook: Gradebook) -> None:
        """Write the file, to ``--to`` or into ``reports`` of the course folder."""
        names = [str(name) for name in self.assignment] or sorted(one.name for one in gradebook.assignments)
        try:
            found = {name: self._submissions(gradebook, name) for name in names}
        except LookupError as error:
            self._fail(str(error))
        people: dict[str, Submission] = {}
        for submissions in found.values():
            people |= submissions
        wanted = [str(student) for student in self.student]
        if absent := sorted(set(wanted) - set(people)):
            self._fail(f"no submission by: {', '.join(absent)}")
        shown = [people[student] for student in sorted(people) if not wanted or student in wanted]
        points = {name: float(gradebook.find_assignment(name).max_score) for name in names}
        path = Path(self.to) if self.to else Path(self.parent.coursedir.root) / "reports" / self.file_name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace(path, self.text(shown, found, points))
        except OSError as error:
            self._fail(f"{path} cannot be written: {error.strerror}")
        self.log.info("Wrote %d students to %s", len(shown), path)
        incomplete = False
        for name in names:
            mine = [one for student, one in found[name].items() if not wanted or student in wanted]
            ungraded = [one for one in mine if _ungraded(one)]
            incomplete = incomplete or bool(ungraded)
            self._warn(name, "not graded, and left empty", ungraded)
            waiting = [one for one in mine if not _ungraded(one) and one.waiting]
            self._warn(name, "written answers to be graded, which count 0", waiting)
            reread = [one for one in mine if any(mark.reread for mark in one.marks.values())]
            self._warn(name, "marked by hand before the answer changed, to be read again", reread)
        if incomplete:
            sys.exit(1)

    def _submissions(self, gradebook: Gradebook, assignment: str) -> dict[str, Submission]:
        """Return the submissions of an assignment; what is not graded, or half graded, has no marks."""
        course = self.parent.coursedir
        found = self._named(gradebooks.submissions(gradebook, assignment))
        for student, one in found.items():
            if look(*folders(course, student, assignment), one.marks)[0] is None:
                found[student] = dataclasses.replace(one, marks={})
        return found

    def _named(self, submissions: Mapping[str, Submission]) -> dict[str, Submission]:
        """Return the submissions of those whose id can be one, and say whose is left out."""
        for why in filter(None, map(refusal, submissions)):
            self.log.error("left out: %s", why)
        return {student: one for student, one in submissions.items() if not refusal(student)}

    def text(self, people: Sequence[Submission], found: ByAssignment, points: Mapping[str, float]) -> str:
        """Return the file's text.

        Parameters
        ----------
        people
            Who handed in anything, a submission of each.
        found
            For each assignment, the submissions by the student's id.
        points
            The points of each assignment.
        """
        raise NotImplementedError

    def title(self, assignment: str) -> str:
        """Return what an assignment is called there."""
        return str(self.titles.get(assignment, assignment))

    def _warn(self, assignment: str, what: str, submissions: Sequence[Submission]) -> None:
        students = [one.student for one in submissions]
        if students:
            more = f" and {len(students) - 10} more" if len(students) > 10 else ""
            self.log.warning("%s: %s (%d): %s", assignment, what, len(students), ", ".join(students[:10]) + more)

    def _fail(self, message: str) -> None:
        self.log.error("%s", message)
        sys.exit(1)


def _ungraded(submission: Submission) -> bool:
    """Return whether the judge has not marked it: it was never graded, or grading failed."""
    return not submission.marks


def _score(submission: Submission | None) -> float | None:
    return None if submission is None or _ungraded(submission) else round(submission.score, 4)


class Exercises(_Export):
    """A table for people: a column for each exercise, with its points in the head."""

    file_name = "exercises.csv"

    def text(self, people: Sequence[Submission], found: ByAssignment, points: Mapping[str, float]) -> str:
        """Return the table, which Excel reads as UTF-8."""
        head = ["student_id", "last_name", "first_name", "email", "lms_user_id"]
        columns: dict[str, dict[str, Mark]] = {}
        for name, submissions in found.items():
            columns[name] = {key: mark for one in submissions.values() for key, mark in one.marks.items()}
            head += [f"{self.title(name)} ({points[name]:g})", f"{self.title(name)}: late penalty"]
            head += [f"{self.title(name)}: {key} ({mark.most:g})" for key, mark in columns[name].items()]
        rows = []
        for who in people:
            row: list[object] = [who.student, who.last_name, who.first_name, who.email, who.lms_user_id]
            for name, submissions in found.items():
                one = submissions.get(who.student)
                row += [_score(one), one.penalty if one else None]
                row += [one.marks[key].score if one and key in one.marks else None for key in columns[name]]
            rows.append(row)
        return table(head, rows, mark=True)


class Canvas(_Export):
    """The form that Canvas's gradebook takes as an upload."""

    file_name = "canvas.csv"

    def text(self, people: Sequence[Submission], found: ByAssignment, points: Mapping[str, float]) -> str:
        """Return the upload.

        The column ID holds the student's ``lms_user_id`` only where that is a number: of any other text Canvas
        would take the digits at its beginning for the number of some student.
        """
        head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *map(self.title, found)]
        rows: list[list[object]] = [["Points Possible", "", "", "", "", *(points[name] for name in found)]]
        for who in people:
            known = who.lms_user_id
            number = known if known.isascii() and known.isdigit() else ""
            name = ", ".join(part for part in (who.last_name, who.first_name) if part) or who.student
            scores = (_score(submissions.get(who.student)) for submissions in found.values())
            rows.append([name, number, "", who.student, "", *scores])
        return table(head, rows, mark=False)


class Moodle(_Export):
    """The form that Moodle's grade import takes: a grade, and a comment with the points of each exercise."""

    file_name = "moodle.csv"

    def text(self, people: Sequence[Submission], found: ByAssignment, points: Mapping[str, float]) -> str:
        """Return the upload; the ID number is the student's ``lms_user_id``, and nothing else could be one."""
        unknown = [who.student for who in people if not who.lms_user_id and not who.email]
        if unknown:
            what = "Moodle cannot tell who these are, of whom the gradebook knows neither an email nor an lms_user_id"
            self.log.warning("%s (%d): %s", what, len(unknown), ", ".join(unknown[:10]))
        head = ["First name", "Last name", "ID number", "Email address"]
        for name in found:
            head += [self.title(name), f"{self.title(name)} (feedback)"]
        rows = []
        for who in people:
            row: list[object] = [who.first_name, who.last_name, who.lms_user_id, who.email]
            for submissions in found.values():
                one = submissions.get(who.student)
                row += [_score(one), _comment(one)]
            rows.append(row)
        return table(head, rows, mark=False)


def _comment(submission: Submission | None) -> str:
    if submission is None or _ungraded(submission):
        return ""
    told = [
        f"{mark.exercise} ({mark.most:g} points) to be graded"
        if mark.score is None
        else f"{mark.exercise} {mark.score:g} of {mark.most:g}"
        for mark in submission.marks.values()
    ]
    late = f"; {submission.penalty:g} points less for handing in late" if submission.penalty else ""
    return "; ".join(told) + late
