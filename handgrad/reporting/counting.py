"""Counting: how a class did, from all that was read of each student."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from handgrad.grading import gradebook, history
from handgrad.grading.gradebook import Submission
from handgrad.grading.graded import Graded, look
from handgrad.grading.history import Change
from handgrad.grading.note import Note
from handgrad.judging.verdict_json import VerdictRecord
from handgrad.names import legible, refusal
from handgrad.progress import Progress
from handgrad.reporting import alike
from handgrad.reporting.alike import Pair
from handgrad.reporting.looking import Flag, Reason, flags
from handgrad.reporting.reading import BY_MACHINE, Answer, Standing, answers

COUNTED: tuple[Standing, ...] = ("right", "partly", "wrong", "untried")
"""What an answer that is marked comes to."""


@dataclass
class ExerciseCount:
    """How a class did in one exercise.

    Attributes
    ----------
    by_judge
        Whether the judge marks it; otherwise a person does.
    most
        Its points.
    answers
        How many answers came to what.
    earned
        The points of all whose answer is marked.
    """

    name: str
    by_judge: bool
    most: float
    answers: Counter[Standing] = field(default_factory=Counter)
    earned: float = 0

    def add(self, answer: Answer) -> None:
        """Count one more answer."""
        self.answers[answer.standing] += 1
        self.earned += answer.mark.score or 0

    @property
    def waiting(self) -> int:
        """How many answers a person is still to mark."""
        return self.answers["waiting"]

    @property
    def counted(self) -> int:
        """How many answers are marked."""
        return sum(self.answers[standing] for standing in COUNTED)

    @property
    def mean(self) -> float | None:
        """The share of the points that the class earned."""
        return self.earned / (self.counted * self.most) if self.counted and self.most else None

    def shares(self) -> list[tuple[Standing, int, float]]:
        """Return name, number and per cent of what the marked answers came to."""
        counts = [(standing, self.answers[standing]) for standing in COUNTED]
        return [(standing, count, 100 * count / self.counted if self.counted else 0.0) for standing, count in counts]


@dataclass
class NamedMistake:
    """A mistake that was named, and the first place where it was.

    Attributes
    ----------
    students
        How many students made it.
    exercises
        How often in each exercise.
    """

    name: str
    message: str
    student: str
    exercise: str
    students: int = 0
    exercises: Counter[str] = field(default_factory=Counter)

    @property
    def times(self) -> int:
        """In how many exercises of how many students it was."""
        return self.exercises.total()


@dataclass(frozen=True)
class Student:
    """What is known of one student.

    Attributes
    ----------
    submission
        What the gradebook knows; None where it has none of this student.
    flags
        Why to look at this one, most urgent first.
    note
        What the grader noted in the autograded notebook; None where there is none.
    lost
        For each exercise without full points, what was diagnosed.
    """

    student: str
    submission: Submission | None
    flags: tuple[Flag, ...]
    note: Note | None = None
    lost: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """First and last name, where they are known."""
        return f"{self.submission.first_name} {self.submission.last_name}".strip() if self.submission else ""

    @property
    def why(self) -> str:
        """Why to look at this one, in words."""
        return "; ".join(flag.words for flag in self.flags)


@dataclass
class Report:
    """All that the page and the tables show.

    Attributes
    ----------
    most
        The points of the assignment.
    enrolled
        How many students there are.
    failures, failed_students
        How many cells, and how many students, what became of cells that did not end well.
    repairs
        How many students had what repaired.
    by_machine
        Student, exercise and message where a derivative was left to a machine.
    alike
        The pairs of submissions whose code is alike.
    made
        When it was made, in words.
    """

    assignment: str
    course: Path
    most: float
    enrolled: int
    exercises: dict[str, ExerciseCount] = field(default_factory=dict)
    students: list[Student] = field(default_factory=list)
    mistakes: dict[str, NamedMistake] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    failed_students: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)
    by_machine: list[tuple[str, str, str]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    alike: list[Pair] = field(default_factory=list)
    made: str = ""

    @property
    def graded(self) -> list[Student]:
        """Those who are graded."""
        return [one for one in self.students if one.note is not None]

    @property
    def failed(self) -> list[Student]:
        """Those who are not."""
        return [one for one in self.students if one.note is None]

    @property
    def notes(self) -> dict[str, Note]:
        """What the grader noted of each student who is graded."""
        return {one.student: one.note for one in self.students if one.note is not None}

    @property
    def scores(self) -> list[float]:
        """The scores of those who are graded."""
        return [one.submission.score for one in self.graded if one.submission is not None]

    @property
    def waiting(self) -> int:
        """How many answers a person is still to mark."""
        return sum(exercise.waiting for exercise in self.exercises.values())

    @property
    def unprotected(self) -> list[str]:
        """Who ran without a sandbox."""
        return [student for student, note in self.notes.items() if note.sandbox == "none"]

    @property
    def flagged(self) -> list[Student]:
        """Those to look at, most urgent first."""
        found = (one for one in self.students if one.flags)
        return sorted(found, key=lambda one: (one.flags[0].reason.urgency, one.student))

    def reasons(self) -> list[tuple[str, int]]:
        """Return how many students are to be looked at for which reason; each counts where it is most urgent."""
        counts = Counter(one.flags[0].reason for one in self.flagged)
        return [(reason.value, counts[reason]) for reason in Reason if counts[reason]]

    @property
    def frequent(self) -> list[NamedMistake]:
        """The mistakes, most frequent first."""
        return sorted(self.mistakes.values(), key=lambda mistake: (-mistake.students, -mistake.times, mistake.name))

    @property
    def seconds(self) -> list[tuple[float, str]]:
        """How long submissions took, longest first, where that is known."""
        found = [(note.seconds, student) for student, note in self.notes.items() if note.seconds is not None]
        return sorted(found, reverse=True)

    def histogram(self) -> list[tuple[str, int]]:
        """Return ten steps of the points, and how many scores are in each."""
        counts = Counter(min(9, int(10 * score / self.most)) for score in self.scores if self.most)
        return [(f"{10 * step}–{10 * step + 10} %", counts[step]) for step in range(10)]

    def summary(self) -> dict[str, float]:
        """Return mean, median, quartiles and extremes of the scores, or the score where there is one alone."""
        found = self.scores
        if len(found) < 2:
            return {"score": found[0]} if found else {}
        low, middle, high = statistics.quantiles(found, n=4, method="inclusive")
        return {
            "mean": statistics.fmean(found),
            "lowest": min(found),
            "lower quartile": low,
            "median": middle,
            "upper quartile": high,
            "highest": max(found),
        }


def count(assignment: str, course: Path) -> Report:
    """Read gradebook, autograded notebooks and history of an assignment; nothing is written but the history.

    Raises
    ------
    LookupError
        Where the course has no gradebook, or the gradebook no such assignment.
    """
    with gradebook.opened(course) as book:
        known = gradebook.submissions(book, assignment)
        enrolled = {student.id for student in book.students}
        most = float(book.find_assignment(assignment).max_score)
    handed_in = {path.parent.name for path in (course / "submitted").glob(f"*/{assignment}") if path.is_dir()}
    report = Report(assignment, course, most, len(enrolled | handed_in | set(known)))
    given = _given(course / "source" / assignment / f"{assignment}.ipynb")
    code = {}
    with Progress(len(known), "notebooks") as progress:
        for student, submission in known.items():
            found = _student(report, submission)
            report.students.append(found)
            if found.note is not None and not found.note.lost:
                notebook = course / "autograded" / student / assignment / f"{assignment}.ipynb"
                code[student] = alike.code_of(notebook, given)
            progress.step(legible(student))
    report.alike = alike.pairs(code, given)
    for student in sorted(handed_in - set(known)):
        why = refusal(student) or "handed in, and not graded yet"
        report.students.append(Student(legible(student), None, _not_graded(why)))
    report.changes.sort(key=lambda change: change.when, reverse=True)
    report.made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return report


def _given(source: Path) -> set[str]:
    """Return the code of the course's own notebook; nothing where there is none."""
    if not source.is_file():
        return set()
    cells = json.loads(source.read_bytes())["cells"]
    return {"".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"}


def _student(report: Report, submission: Submission) -> Student:
    """Take one student's notebook into the counts, and return what is known of the student."""
    student = submission.student
    if why := refusal(student):
        return Student(legible(student), None, _not_graded(why))
    submitted, autograded = (report.course / step / student / report.assignment for step in ("submitted", "autograded"))
    graded, why = look(submitted, autograded, submission.marks)
    if graded is None:
        return Student(student, submission, _not_graded(why))
    found = answers(graded, submission.marks)
    lost = {}
    for name, answer in found.items():
        mark, verdict = answer.mark, answer.verdict
        report.exercises.setdefault(name, ExerciseCount(name, mark.by_judge, mark.most)).add(answer)
        if verdict and answer.standing not in ("right", "waiting"):
            lost[name] = verdict.in_short
        if verdict and answer.by_machine:
            message = next(f.message for f in verdict.findings if f.name in BY_MACHINE)
            report.by_machine.append((student, name, message))
    _count_mistakes(report, student, graded.verdicts)
    report.failures.update(graded.failures)
    report.failed_students.update(sorted(set(graded.failures)))
    report.repairs.update(sorted(set(graded.note.repairs)))
    report.changes += _changes(report, submission, graded)
    return Student(student, submission, flags(graded, found), graded.note, lost)


def _not_graded(words: str) -> tuple[Flag, ...]:
    return (Flag(Reason.NOT_GRADED, words),)


def _count_mistakes(report: Report, student: str, verdicts: Iterable[VerdictRecord]) -> None:
    mine = set()
    for verdict in verdicts:
        messages = {finding.name: finding.message for finding in reversed(verdict.findings)}
        for name in verdict.diagnoses:
            first = NamedMistake(name, messages.get(name, ""), student, verdict.exercise)
            report.mistakes.setdefault(name, first).exercises[verdict.exercise] += 1
            mine.add(name)
    for name in mine:
        report.mistakes[name].students += 1


def _changes(report: Report, submission: Submission, graded: Graded) -> list[Change]:
    """Note a student's marks as they are now, and return how they have changed."""
    now = history.State.of(submission, graded.verdicts, graded.note.submission)
    states = history.record(history.folder(report.course, report.assignment) / f"{submission.student}.json", now)
    return history.changes(submission.student, states)
