"""What a course keeps of one student: a copy for the student, and its removal."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry, Student
from nbgrader.apps import NbGraderApp
from nbgrader.exchange.default import Exchange
from nbgrader.utils import notebook_hash
from sqlalchemy import text

from handgrad import course as courses
from handgrad.grading import gradebook as gradebooks
from handgrad.grading.course import start
from handgrad.grading.exchange import SECRET
from handgrad.names import check_id
from handgrad.reporting import counting, writing

STEPS = ("submitted", "autograded", "feedback")
"""The folders with one of each student's."""

TABLES = ("grades.csv", "reports/exercises.csv", "reports/canvas.csv", "reports/moodle.csv")
"""Tables of marks that an export wrote, and writes again."""


def export(student: str, into: Path | None = None) -> int:
    """Write all that is kept of a student, but for what the grader keeps to itself, into a zip archive.

    Raises
    ------
    LookupError
        Where nothing is kept of a student of this name.
    FileExistsError
        Where there is such a file.
    """
    check_id(student)
    course = courses.folder()
    # the graded copy holds the tests; what is for the student is in the feedback
    files = [path for path in _files(course, student) if path.relative_to(course).parts[0] != "autograded"]
    with gradebooks.opened(course) as book:
        known = _rows(book, student)
    if not files and not known:
        raise LookupError(_unknown(student, course))
    path = into or Path(f"{student}.zip")
    with (
        open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        archive.writestr("gradebook.json", json.dumps(known, ensure_ascii=False, indent=1))
        for one in files:
            archive.write(one, one.relative_to(course))
    print(f"wrote {path}: what the gradebook knows of {student}, and {len(files)} files")
    return 0


def forget(student: str, *, dry_run: bool = False) -> int:
    """Remove all that a course keeps of a student; return 1 where something is left for a person to remove.

    Raises
    ------
    LookupError
        Where nothing is kept of a student of this name.
    """
    check_id(student)
    course = courses.folder()
    places = [*_places(course, student), *_in_exchange(course, student)]
    with gradebooks.opened(course) as book:
        known = _rows(book, student)
        if not places and not known:
            raise LookupError(_unknown(student, course))
        for path in places:
            print(f"{'would remove' if dry_run else 'removing'} {path}")
        submissions = len(known.get("submissions", []))
        if known:
            print(
                f"{'would remove' if dry_run else 'removing'} from the gradebook: {student}, submissions: {submissions}"
            )
        left = _left(course, student)
        if not dry_run:
            left += _remove(places)
            if known:
                book.remove_student(student)
    if not dry_run:
        _write_again(course)
    for sentence in left:
        print(f"left to you: {sentence}")
    if dry_run:
        print("Nothing was removed.")
    return 1 if left and not dry_run else 0


def _unknown(student: str, course: Path) -> str:
    return f"nothing is kept of {student!r} in {course}; `nbgrader db student list` lists who is known"


# -- where it is ---------------------------------------------------------------------------------------


def _places(course: Path, student: str) -> list[Path]:
    """Return the files and folders that are the student's alone, and tables with a row of the student."""
    found = [course / step / student for step in STEPS]
    found += sorted(course.glob(f"reports/*/history/{_literal(student)}.json"))
    found += [course / name for name in TABLES]
    return [path for path in found if path.exists()]


def _files(course: Path, student: str) -> list[Path]:
    """Return the files that are the student's alone."""
    own = [path for path in _places(course, student) if str(path.relative_to(course)) not in TABLES]
    every = [path for place in own for path in ([place] if place.is_file() else sorted(place.rglob("*")))]
    return [path for path in every if path.is_file() and not path.is_symlink()]


def _in_exchange(course: Path, student: str) -> Iterator[Path]:
    """Yield what lies in nbgrader's exchange: submissions, and the feedback that was released."""
    app = NbGraderApp()
    start(app)
    root = Path(Exchange(coursedir=app.coursedir, parent=app).root) / app.coursedir.course_id
    if not app.coursedir.course_id:
        return
    yield from sorted(root.glob(f"inbound/{_literal(student)}+*"))
    for secret in sorted((course / "submitted" / student).glob(f"*/{SECRET}")):
        assignment = secret.parent.name
        page = root / "feedback" / f"{notebook_hash(secret=secret.read_text(), notebook_id=assignment)}.html"
        if page.is_file():
            yield page


def _literal(name: str) -> str:
    """Return a name for a pattern; the characters of an id need no more."""
    return name.replace("[", "[[]")


def _rows(book: Gradebook, student: str) -> dict[str, Any]:
    """Return what the gradebook knows of a student; nothing where it knows none."""
    try:
        known: Student = book.find_student(student)
    except MissingEntry:
        return {}
    person = {name: getattr(known, name) for name in ("id", "first_name", "last_name", "email", "lms_user_id")}
    return {"student": person, "submissions": [_submission(one) for one in known.submissions]}


def _submission(submission: Any) -> dict[str, Any]:
    return {
        "assignment": submission.name,
        "handed_in": _when(submission.timestamp),
        "extension": submission.extension and str(submission.extension),
        "score": submission.score,
        "late_penalty": submission.late_submission_penalty,
        "marks": [
            {"exercise": one.name, "auto": one.auto_score, "manual": one.manual_score, "extra": one.extra_credit}
            for notebook in submission.notebooks
            for one in notebook.grades
        ],
        "comments": [
            {"cell": one.name, "comment": one.comment}
            for notebook in submission.notebooks
            for one in notebook.comments
            if one.comment
        ],
    }


def _when(moment: datetime | None) -> str | None:
    return moment.replace(tzinfo=UTC).isoformat() if moment else None


def _left(course: Path, student: str) -> list[str]:
    """Return what only a person can remove, in sentences."""
    found = []
    if any(course.glob("downloaded/*/*/*")):
        found.append(
            f"what was downloaded is not looked into: remove the file, or the archive, from {course / 'downloaded'}"
        )
    with suppress(ValueError):
        given = courses.settings(course).assignments or {}
        if any(student in chosen.extensions for chosen in given.values()):
            found.append(f"take the extension of {student} out of {course / courses.FILE}")
    return found


# -- removing it ---------------------------------------------------------------------------------------


def _remove(places: list[Path]) -> list[str]:
    """Remove files and folders, and return which of them cannot be, in sentences."""
    left = []
    for path in places:
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        except OSError as error:
            left.append(f"{path} cannot be removed ({error.strerror})")
    return left


def _write_again(course: Path) -> None:
    """Make the database give up what was deleted, and write the reports without it."""
    with gradebooks.opened(course) as book:
        if book.engine.dialect.name == "sqlite":
            # what is deleted stays readable in the file until then
            book.db.commit()
            book.db.execute(text("VACUUM"))
        known = {assignment.name for assignment in book.assignments}
    for page in sorted(course.glob("reports/*/index.html")):
        if page.parent.name in known:
            writing.write(counting.count(page.parent.name, course))
            print(f"wrote {page} again")
