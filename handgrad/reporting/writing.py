"""Writing: a page for an instructor, and tables for a spreadsheet."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from handgrad.files import replace, table
from handgrad.judging.display import prose
from handgrad.reporting.counting import COUNTED, Report, Student
from handgrad.reporting.looking import failure
from handgrad.reporting.reading import feedback_of

COLUMNS = "student first_name last_name email score max late_penalty to_mark seconds sandbox repairs look".split()
"""What is known of each student, ahead of the exercises."""

MOST_ROWS = 300
"""How many rows of a table are on the page; the CSV files have all of them."""


def write(report: Report) -> Path:
    """Write the page and the tables, each in the place of an old one, and return the page's path."""
    folder = report.course / "reports" / report.assignment
    texts = {
        "index.html": page(report),
        "students.csv": students(report),
        "exercises.csv": exercises(report),
        "mistakes.csv": mistakes(report),
        "changes.csv": changes(report),
        "alike.csv": alike(report),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        replace(folder / name, text)
    return folder / "index.html"


def page(report: Report) -> str:
    """Return the page, as HTML: one file, in which nothing runs and nothing is loaded from elsewhere."""

    def link(path: str) -> str:
        return "../../" + quote(path)

    def feedback(student: str) -> str:
        path = feedback_of(report.assignment, student)
        return link(path) if (report.course / path).is_file() else ""

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("handgrad.reporting", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["code"] = lambda text: Markup(prose(text))  # which escapes it
    slowest, notes = report.seconds, report.notes.values()
    began = sorted(note.began for note in notes if note.began)
    text = environment.get_template("report.html.j2").render(
        report=report,
        most_rows=MOST_ROWS,
        failure=failure,
        summary=report.summary(),
        histogram=report.histogram(),
        repaired=sum(bool(note.repairs) for note in notes),
        unreadable=sum(note.lost for note in notes),
        slowest=slowest,
        median=statistics.median(seconds for seconds, _ in slowest) if slowest else None,
        began=[moment[:16].replace("T", " ") for moment in (*began[:1], *began[-1:])],
        feedback=feedback,
    )
    return text.lstrip()


def students(report: Report) -> str:
    """Return a table with a row for each student, and a column for the score of each exercise."""
    names = list(report.exercises)
    return table([*COLUMNS, *names], (_row(one, report.most, names) for one in report.students), mark=True)


def _row(one: Student, most: float, names: list[str]) -> list[object]:
    known, note = one.submission, one.note
    row: list[object] = [one.student]
    row += [known.first_name, known.last_name, known.email] if known else ["", "", ""]
    if known is None or note is None:
        return [*row, None, most, None, None, None, None, None, one.why, *(None for _ in names)]
    row += [round(known.score, 4), known.most, known.penalty, sum(mark.waiting for mark in known.marks.values())]
    row += [note.seconds, note.sandbox, " ".join(note.repairs), one.why]
    return row + [known.marks[name].score if name in known.marks else None for name in names]


def exercises(report: Report) -> str:
    """Return a table with a row for each exercise."""
    head = "exercise points right partly wrong not_attempted to_mark mean_share"
    rows = [
        (
            one.name,
            one.most,
            *(one.answers[standing] for standing in COUNTED),
            one.waiting,
            one.mean and round(one.mean, 4),
        )
        for one in report.exercises.values()
    ]
    return table(head.split(), rows, mark=True)


def mistakes(report: Report) -> str:
    """Return a table with a row for each mistake that was named."""
    head = "mistake students times exercises example_student example_exercise message"
    rows = [
        (one.name, one.students, one.times, " ".join(one.exercises), one.student, one.exercise, one.message)
        for one in report.frequent
    ]
    return table(head.split(), rows, mark=True)


def alike(report: Report) -> str:
    """Return a table with a row for each pair of submissions that are alike."""
    rows = [(one.first, one.second, round(one.share, 2), " ".join(one.where)) for one in report.alike]
    return table("first second share where".split(), rows, mark=True)


def to_json(report: Report, page: Path) -> str:
    """Return all that the page and the tables show, for a script."""
    names = list(report.exercises)
    head = [*COLUMNS, *names]
    content = {
        "assignment": report.assignment,
        "page": str(page),
        "points": report.most,
        "enrolled": report.enrolled,
        "graded": len(report.graded),
        "waiting": report.waiting,
        "scores": report.summary(),
        "exercises": [
            {"exercise": one.name, "points": one.most, "mean_share": one.mean, **one.answers}
            for one in report.exercises.values()
        ],
        "mistakes": [
            {"mistake": one.name, "message": one.message, "students": one.students, "exercises": one.exercises}
            for one in report.frequent
        ],
        "students": [dict(zip(head, _row(one, report.most, names), strict=True)) for one in report.students],
        "changes": [vars(change) for change in report.changes],
        "alike": [vars(pair) for pair in report.alike],
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def changes(report: Report) -> str:
    """Return a table with a row for each mark that changed."""
    rows = [(one.when, one.student, one.exercise, one.old, one.new, one.why) for one in report.changes]
    return table("when student exercise old new why".split(), rows, mark=True)
