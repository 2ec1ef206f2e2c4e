"""What an instructor learns from a graded assignment: a page, tables, and a few lines in the terminal."""

from __future__ import annotations

import json
import statistics
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from handgrad.files import replace, table
from handgrad.grading import gradebook, history
from handgrad.grading.gradebook import Submission
from handgrad.grading.history import Change
from handgrad.judging.display import VERDICT_MIME, prose
from handgrad.progress import Progress

MOST_ROWS = 300
"""How many rows of a table are on the page; the CSV files have all of them."""

MOST_PRINTED = 40
"""How many students the terminal lists; a larger class stands on the page alone, but for those not graded."""

FAILURES = {
    "timeout": "took too long",
    "died": "ended its kernel",
    "flood": "printed or displayed far too much",
    "not_run": "was not run, because kernels or time had run out",
}
"""What can become of a cell, in words."""

NAMED = {*FAILURES, "no_evidence", "not_by_hand"}
"""Reasons of a verdict for which a student is looked at anyway."""

URGENCIES = (
    "not graded",
    "could not be read",
    "graded with other points",
    "out of time, without a kernel or not judged",
    "not by hand",
    "nothing attempted",
    "far below their other exercises",
)
"""Why a student is looked at, most urgent first."""

LOW, HIGH = 0.25, 0.75
"""An exercise with at most the first share of its points is far below others with the second on average."""


# -- reading an autograded notebook ----------------------------------------------------------------


@dataclass(frozen=True)
class Graded:
    """What the grader wrote into an autograded notebook.

    Attributes
    ----------
    verdicts
        The data of the judge's verdicts, in the order of the tests.
    failures
        What became of cells that did not end well: a name of :data:`FAILURES`, for each of them.
    repairs
        What was repaired, in sentences.
    unreadable
        Whether the submitted file could not be read as a notebook.
    sandbox
        What kept the submission apart: ``"bubblewrap"``, or ``"none"``.
    began
        When it began to run, UTC, ISO 8601; empty where that is not known.
    seconds
        How long it ran; None where that is not known.
    submission
        A hash of the submitted file.
    """

    verdicts: tuple[dict[str, Any], ...]
    failures: tuple[str, ...]
    repairs: tuple[str, ...]
    unreadable: bool
    sandbox: str
    began: str
    seconds: float | None
    submission: str


def read(notebook: Path) -> Graded:
    """Read an autograded notebook.

    Of its cells only tests are read, where the grader itself wrote every output, and the grader's own notes.

    Raises
    ------
    ValueError
        Where it is no notebook.
    OSError
        Where it cannot be opened.
    """
    try:
        content = json.loads(notebook.read_bytes())
        note = content["metadata"].get("handgrad", {})
        verdicts, failures = [], []
        for cell in content["cells"]:
            marks = cell["metadata"].get("nbgrader", {})
            if cell["cell_type"] == "code" and marks.get("grade") and not marks.get("solution"):
                found = (output.get("data", {}) for output in cell["outputs"])
                verdicts += [data[VERDICT_MIME] for data in found if VERDICT_MIME in data]
            if "failure" in cell["metadata"].get("handgrad", {}):
                failures.append(str(cell["metadata"]["handgrad"]["failure"]))
        return Graded(
            tuple(verdicts),
            tuple(failures),
            tuple(map(str, note.get("repairs", ()))),
            bool(note.get("unreadable")),
            str(note.get("sandbox", "none")),
            str(note.get("began", "")),
            float(note["seconds"]) if "seconds" in note else None,
            str(note.get("submission", "")),
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{notebook} is no autograded notebook") from error


def verdicts(notebook: Path) -> list[dict[str, Any]]:
    """Return the judge's verdicts of an autograded notebook, in the order of its tests."""
    return list(read(notebook).verdicts)


# -- counting ------------------------------------------------------------------------------------


@dataclass
class Exercise:
    """How a class did in one exercise.

    Attributes
    ----------
    right, partly, wrong, untried
        How many students.
    waiting
        How many answers are still to be graded by hand.
    earned
        The points of all whose answer is graded.
    """

    name: str
    by_judge: bool
    most: float
    right: int = 0
    partly: int = 0
    wrong: int = 0
    untried: int = 0
    waiting: int = 0
    earned: float = 0

    @property
    def counted(self) -> int:
        """How many answers are graded."""
        return self.right + self.partly + self.wrong + self.untried

    @property
    def mean(self) -> float | None:
        """The share of the points that the class earned."""
        return self.earned / (self.counted * self.most) if self.counted and self.most else None

    def shares(self) -> list[tuple[str, int, float]]:
        """Return name, number and per cent of each outcome."""
        found = {"right": self.right, "partly": self.partly, "wrong": self.wrong, "untried": self.untried}
        return [(name, count, 100 * count / self.counted if self.counted else 0.0) for name, count in found.items()]


@dataclass
class Mistake:
    """A mistake that was named, and the first place where it was.

    Attributes
    ----------
    times
        In how many exercises of how many students.
    exercises
        How often in each exercise.
    """

    name: str
    message: str
    student: str
    exercise: str
    students: int = 0
    times: int = 0
    exercises: Counter[str] = field(default_factory=Counter)


@dataclass
class Student:
    """What is known of one student.

    Attributes
    ----------
    submission
        What the gradebook knows; None where it has none of this student.
    graded
        What the autograded notebook says, without its verdicts; None where there is none.
    lost
        For each exercise without full points, what was diagnosed.
    look
        Why to look at this one, most urgent first, each with its urgency.
    """

    student: str
    submission: Submission | None
    graded: Graded | None = None
    lost: dict[str, str] = field(default_factory=dict)
    look: list[tuple[int, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """First and last name, where they are known."""
        return f"{self.submission.first_name} {self.submission.last_name}".strip() if self.submission else ""

    @property
    def reasons(self) -> str:
        """Why to look at this one."""
        return "; ".join(reason for _, reason in sorted(self.look))


@dataclass
class Report:
    """All that the page and the tables show."""

    assignment: str
    course: Path
    most: float
    exercises: dict[str, Exercise]
    enrolled: int = 0
    students: list[Student] = field(default_factory=list)
    mistakes: dict[str, Mistake] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    failed_students: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)
    by_machine: list[tuple[str, str, str]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    made: str = ""

    @property
    def graded(self) -> list[Student]:
        """Those who are graded."""
        return [one for one in self.students if one.graded is not None]

    @property
    def failed(self) -> list[Student]:
        """Those who are not."""
        return [one for one in self.students if one.graded is None]

    @property
    def scores(self) -> list[float]:
        """The scores of those who are graded."""
        return [one.submission.score for one in self.graded if one.submission is not None]

    @property
    def waiting(self) -> int:
        """How many answers are still to be graded by hand."""
        return sum(exercise.waiting for exercise in self.exercises.values())

    @property
    def unprotected(self) -> list[str]:
        """Who ran without a sandbox."""
        return [one.student for one in self.graded if one.graded and one.graded.sandbox == "none"]

    @property
    def look(self) -> list[Student]:
        """Those to look at, most urgent first."""
        return sorted((one for one in self.students if one.look), key=lambda one: (min(one.look)[0], one.student))

    def kinds(self) -> list[tuple[str, int]]:
        """Return how many students are to be looked at for which reason; each counts where it is most urgent."""
        counts = Counter(min(one.look)[0] for one in self.look)
        return [(URGENCIES[urgency], count) for urgency, count in sorted(counts.items())]

    @property
    def frequent(self) -> list[Mistake]:
        """The mistakes, most frequent first."""
        return sorted(self.mistakes.values(), key=lambda mistake: (-mistake.students, -mistake.times, mistake.name))

    @property
    def seconds(self) -> list[tuple[float, str]]:
        """How long submissions took, longest first, where that is known."""
        known = ((one.graded.seconds, one.student) for one in self.graded if one.graded)
        return sorted(((seconds, student) for seconds, student in known if seconds is not None), reverse=True)

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


def gather(assignment: str, course: Path) -> Report:
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
    report = Report(assignment, course, most, {}, len(enrolled | handed_in | set(known)))
    with Progress(len(known), "notebooks") as progress:
        for student, submission in known.items():
            one = Student(student, submission)
            report.students.append(one)
            _count(report, one, submission)
            progress.step(student)
    for student in sorted(handed_in - set(known)):
        one = Student(student, None)
        one.look.append((0, "handed in, and not graded yet"))
        report.students.append(one)
    report.changes.sort(key=lambda change: change.when, reverse=True)
    report.made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return report


def _count(report: Report, one: Student, submission: Submission) -> None:
    """Take one student's notebook into the counts."""
    path = report.course / notebook_of(report.assignment, one.student)
    try:
        graded = read(path)
    except FileNotFoundError:
        one.look.append((0, "not graded; the log of the grading says why"))
        return
    except (OSError, ValueError):
        one.look.append((0, "the autograded notebook cannot be read; grade again"))
        return
    said = {verdict["exercise"]: verdict for verdict in graded.verdicts}
    for name in [*said, *submission.marks]:
        if name in submission.marks and name not in report.exercises:
            mark = submission.marks[name]
            report.exercises[name] = Exercise(name, mark.by_judge, mark.most)
    untried = set()
    for name, mark in submission.marks.items():
        exercise = report.exercises[name]
        score = mark.score
        if score is None:
            exercise.waiting += 1
            continue
        exercise.earned += score
        if score >= exercise.most:
            exercise.right += 1
        elif score > 0:
            exercise.partly += 1
        elif name in said and not said[name]["attempted"]:
            exercise.untried += 1
            untried.add(name)
        else:
            exercise.wrong += 1
        if name in said and score < exercise.most:
            one.lost[name] = history.told(said[name])
    _name_mistakes(report, submission, graded.verdicts)
    report.failures.update(graded.failures)
    report.failed_students.update(set(graded.failures))
    report.repairs.update(set(graded.repairs))
    now = history.state(submission, graded.verdicts, graded.submission)
    states = history.record(history.folder(report.course, report.assignment) / f"{one.student}.json", now)
    report.changes += history.changes(one.student, states)
    one.look += _why(report, submission, graded, said, untried)
    one.graded = Graded(**{**vars(graded), "verdicts": ()})


def _name_mistakes(report: Report, submission: Submission, verdicts: Sequence[Mapping[str, Any]]) -> None:
    mine = set()
    for verdict in verdicts:
        findings = [verdict["reason"] or ("", ""), *(found for part in verdict["parts"] for found in part["findings"])]
        messages = {str(name): str(message) for name, message in reversed(findings)}
        for name in verdict["diagnoses"]:
            exercise = str(verdict["exercise"])
            mistake = report.mistakes.setdefault(
                name, Mistake(name, messages.get(name, ""), submission.student, exercise)
            )
            mistake.times += 1
            mistake.exercises[exercise] += 1
            mine.add(name)
        flagged = verdict["reason"] and verdict["reason"][0] == "not_by_hand"
        if flagged and not _by_hand(submission, str(verdict["exercise"])):
            report.by_machine.append((submission.student, str(verdict["exercise"]), str(verdict["reason"][1])))
    for name in mine:
        report.mistakes[name].students += 1


def _by_hand(submission: Submission, exercise: str) -> bool:
    """Return whether an instructor has given the mark."""
    return exercise in submission.marks and submission.marks[exercise].manual is not None


def _why(
    report: Report,
    submission: Submission,
    graded: Graded,
    said: Mapping[str, Mapping[str, Any]],
    untried: set[str],
) -> Iterator[tuple[int, str]]:
    """Yield why to look at a student, each with its urgency."""
    if graded.unreadable:
        yield 1, "the submitted file could not be read as a notebook"
        return
    old = [name for name, one in said.items() if name in submission.marks and one["max"] != submission.marks[name].most]
    if old:
        yield 2, f"graded before the points changed, grade again: {_listed(old)}"
    for kind, count in Counter(graded.failures).items():
        yield (
            2,
            f"{count} {'cell' if count == 1 else 'cells'} {FAILURES.get(kind, kind)}".replace(
                "was not", "were not" if count > 1 else "was not"
            ),
        )
    reasons = {name: one["reason"][0] for name, one in said.items() if one["reason"]}
    unjudged = [name for name, why in reasons.items() if why == "no_evidence"]
    if unjudged:
        yield 3, f"results that could not be judged: {_listed(unjudged)}"
    machine = [name for name, why in reasons.items() if why == "not_by_hand" and not _by_hand(submission, name)]
    if machine:
        yield 4, f"not by hand: {_listed(machine)}"
    if said and untried == set(said):
        yield 5, "nothing attempted"
        return
    shares = {
        name: (mark.score or 0) / mark.most for name, mark in submission.marks.items() if mark.by_judge and mark.most
    }
    if len(shares) < 3:
        return
    low = {}
    for name, share in shares.items():
        others = (sum(shares.values()) - share) / (len(shares) - 1)
        if share <= LOW and others >= HIGH and name not in untried and reasons.get(name) not in NAMED:
            low[name] = others
    if low:
        told = (f"{name} ({history.told(said[name]) if name in said else 'no verdict'})" for name in low)
        yield 6, f"far below their other exercises ({100 * min(low.values()):.0f} %): {_listed(list(told))}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


# -- writing -------------------------------------------------------------------------------------


def notebook_of(assignment: str, student: str) -> str:
    """Return the path of a student's autograded notebook, from the course folder."""
    return f"autograded/{student}/{assignment}/{assignment}.ipynb"


def feedback_of(assignment: str, student: str) -> str:
    """Return the path of a student's feedback, from the course folder."""
    return f"feedback/{student}/{assignment}/{assignment}.html"


def _page(report: Report) -> str:
    import jinja2
    from markupsafe import Markup

    def link(path: str) -> str:
        return "../../" + quote(path)

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("handgrad.reporting", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["code"] = lambda text: Markup(prose(text))  # which escapes it
    slowest = report.seconds
    began = sorted(one.graded.began for one in report.graded if one.graded and one.graded.began)
    page = environment.get_template("report.html.j2").render(
        report=report,
        most_rows=MOST_ROWS,
        failures=FAILURES,
        summary=report.summary(),
        histogram=report.histogram(),
        repaired=sum(bool(one.graded and one.graded.repairs) for one in report.graded),
        unreadable=sum(bool(one.graded and one.graded.unreadable) for one in report.graded),
        slowest=slowest,
        median=statistics.median(seconds for seconds, _ in slowest) if slowest else None,
        began=[moment[:16].replace("T", " ") for moment in (*began[:1], *began[-1:])],
        notebook=lambda student: link(notebook_of(report.assignment, student)),
        feedback=lambda student: (
            link(feedback_of(report.assignment, student))
            if (report.course / feedback_of(report.assignment, student)).is_file()
            else ""
        ),
    )
    return page.lstrip()


def _tables(report: Report) -> dict[str, str]:
    names = list(report.exercises)
    head = "student first_name last_name email score max late_penalty to_grade_by_hand seconds sandbox repairs look"
    students = []
    for one in report.students:
        known, graded = one.submission, one.graded
        row: list[object] = [one.student]
        row += [known.first_name, known.last_name, known.email] if known else ["", "", ""]
        if known and graded:
            row += [round(known.score, 4), known.most, known.penalty, sum(m.waiting for m in known.marks.values())]
            row += [graded.seconds, graded.sandbox, " ".join(graded.repairs), one.reasons]
            row += [known.marks[name].score if name in known.marks else None for name in names]
        else:
            row += [None, report.most, None, None, None, None, None, one.reasons, *(None for _ in names)]
        students.append(row)
    return {
        "students.csv": table([*head.split(), *names], students, mark=True),
        "exercises.csv": table(
            "exercise points right partly wrong not_attempted to_grade_by_hand mean_share".split(),
            [
                (e.name, e.most, e.right, e.partly, e.wrong, e.untried, e.waiting, e.mean and round(e.mean, 4))
                for e in report.exercises.values()
            ],
            mark=True,
        ),
        "mistakes.csv": table(
            "mistake students times exercises example_student example_exercise message".split(),
            [
                (m.name, m.students, m.times, " ".join(m.exercises), m.student, m.exercise, m.message)
                for m in report.frequent
            ],
            mark=True,
        ),
        "changes.csv": table(
            "when student exercise old new why".split(),
            [(c.when, c.student, c.exercise, c.old, c.new, c.why) for c in report.changes],
            mark=True,
        ),
    }


def write(report: Report) -> Path:
    """Write the page and the tables, each in the place of an old one, and return the page's path."""
    folder = report.course / "reports" / report.assignment
    texts = {"index.html": _page(report), **_tables(report)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        replace(folder / name, text)
    return folder / "index.html"


def run(assignment: str, course: Path) -> int:
    """Write the report of an assignment, and print a summary; return 1 where a submission is not graded.

    Raises
    ------
    LookupError
        Where the course has no gradebook, or the gradebook no such assignment.
    """
    try:
        report = gather(assignment, course)
    except KeyboardInterrupt:
        print("stopped; an earlier report is as it was", file=sys.stderr)
        return 130
    page = write(report)
    if not report.students:
        print(f"No submission of {assignment} is graded yet: run nbgrader autograde on {course / 'submitted'} first.")
    elif len(report.students) <= MOST_PRINTED:
        _print_students(report)
    _print_counts(report)
    print("\nwhere to look")
    print(f"  {page}  all of this, and more; the tables beside it are CSV")
    print(f"  {course / notebook_of(assignment, 'STUDENT')}  what was run, with a verdict in each test")
    print(f"  {course / feedback_of(assignment, 'STUDENT')}  what the student reads")
    if report.failed:
        print(f"\nnot graded: {', '.join(one.student for one in report.failed)}. The log of the grading says why.")
        return 1
    return 0


def _print_students(report: Report) -> None:
    width = max(len(one.student) for one in report.students)
    print(f"{'student':<{width}}  {'score':>13}  what was diagnosed")
    for one in report.students:
        if one.graded is None or one.submission is None:
            print(f"{one.student:<{width}}  {'not graded':>13}")
            continue
        shown = "; ".join(f"{name}: {told}" for name, told in list(one.lost.items())[:3])
        more = f"; and {len(one.lost) - 3} more" if len(one.lost) > 3 else ""
        star = "*" if one.submission.waiting else " "
        score = f"{one.submission.score:6.2f}/{report.most:5.1f}"
        print(f"{one.student:<{width}}  {score}{star}  {shown + more or 'all right'}")
    if report.waiting:
        print("* written answers are still to be graded, in formgrader")


def _print_counts(report: Report) -> None:
    found = report.summary()
    if found:
        told = ", ".join(f"{name} {found[name]:.1f}" for name in ("score", "mean", "median") if name in found)
        print(
            f"\n{len(report.graded)} of {report.enrolled} students are graded: {told} of {report.most:g} points; "
            f"{report.waiting} written answers wait"
        )
    if report.mistakes:
        print("\nmost frequent diagnoses, with the number of students")
        for mistake in report.frequent[:8]:
            print(f"  {mistake.students:4d}  {mistake.name}")
    if report.changes:
        who = len({change.student for change in report.changes})
        print(f"\n{len(report.changes)} marks of {who} students changed since they were first given; the page says why")
    if report.look:
        kinds = ", ".join(f"{count} {what}" for what, count in report.kinds())
        print(f"\n{len(report.look)} students to look at ({kinds}); the page says whom, and why")
    if report.unprotected:
        names = report.unprotected
        more = f" and {len(names) - MOST_PRINTED} more" if len(names) > MOST_PRINTED else ""
        print(f"\nrun without a sandbox, as you: {', '.join(names[:MOST_PRINTED])}{more}")
    elif report.graded:
        print("\nevery submission was run in a sandbox (bubblewrap)")
