"""A submission that is graded: what its autograded notebook says, and whether the gradebook says the same.

It is graded when its verdicts are recorded, and not before. That a folder of its name exists says nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from handgrad.grading.gradebook import Mark, Submission
from handgrad.grading.note import CellNote, Note
from handgrad.grading.repair import fingerprint
from handgrad.judging.verdict_json import VerdictRecord, recorded


@dataclass(frozen=True)
class Graded:
    """What the grader wrote into an autograded notebook.

    Attributes
    ----------
    verdicts
        The judge's verdicts, in the order of the tests.
    failures
        What became of cells that did not end well: a name, such as ``"timeout"``, for each of them.
    note
        What it noted of the submission.
    """

    verdicts: tuple[VerdictRecord, ...]
    failures: tuple[str, ...]
    note: Note


def read(notebook: Path) -> Graded:
    """Read an autograded notebook.

    Of its cells only tests are read, where the grader itself wrote every output, and the grader's own notes.

    Raises
    ------
    ValueError
        Where it is no autograded notebook.
    OSError
        Where it cannot be opened.
    """
    try:
        content = json.loads(notebook.read_bytes())
        verdicts: list[VerdictRecord] = []
        failures = []
        for cell in content["cells"]:
            marks = cell["metadata"].get("nbgrader", {})
            if cell["cell_type"] == "code" and marks.get("grade") and not marks.get("solution"):
                verdicts += recorded(cell["outputs"])
            note = CellNote.of(cell["metadata"])
            if note:
                failures.append(note.failure)
        return Graded(tuple(verdicts), tuple(failures), Note.of(content["metadata"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{notebook} is no autograded notebook: {error}") from error


def look(submitted: Path, autograded: Path, marks: Mapping[str, Mark] | None) -> tuple[Graded | None, str]:
    """Return what is graded of a submission, or else in words why it is not graded.

    Parameters
    ----------
    submitted, autograded
        The folders of the submission as it was handed in, and as it is graded. The assignment is named as they are.
    marks
        The student's marks in the gradebook; None where it has none.
    """
    name = f"{autograded.name}.ipynb"
    try:
        graded = read(autograded / name)
    except FileNotFoundError:
        return None, "handed in, and not graded yet" if marks is None else "not graded; the log of the grading says why"
    except (OSError, ValueError):
        return None, "the autograded notebook cannot be read; grade again"
    if why := _differ(graded, marks or {}):
        return None, why
    handed_in = fingerprint(submitted / name)
    if handed_in and graded.note.submission not in ("", handed_in):
        return None, "handed in again, and the last one is not graded yet; grade again"
    if handed_in and _date(submitted) != _date(autograded):
        return None, "handed in at another time than was graded; grade again"
    return graded, ""


def _differ(graded: Graded, marks: Mapping[str, Mark]) -> str:
    """Return in words how the gradebook differs from a notebook; nothing where it has the same points."""
    scores = {verdict.exercise: verdict.score for verdict in graded.verdicts}
    judged = {exercise: mark.auto for exercise, mark in marks.items() if mark.by_judge}
    if not marks or judged.keys() - scores.keys():
        return "half graded; grade again"
    if any(auto is None or abs(auto - scores[exercise]) > 1e-6 for exercise, auto in judged.items()):
        return "half graded, the gradebook has other points than the notebook; grade again"
    return ""


def _date(folder: Path) -> str:
    file = folder / "timestamp.txt"
    return file.read_text(encoding="utf-8", errors="replace").strip() if file.is_file() else ""


def before(course: CourseDirectory, students: Iterable[str], submissions: Mapping[str, Submission]) -> list[str]:
    """Return which of the students are graded, as :func:`look` says; ``submissions`` are those of the gradebook."""
    found = []
    for student in students:
        marks = submissions[student].marks if student in submissions else None
        if look(*folders(course, student, course.assignment_id), marks)[0] is not None:
            found.append(student)
    return found


def folders(course: CourseDirectory, student: str, assignment: str) -> tuple[Path, Path]:
    """Return the folders of a submission as it was handed in, and as it is graded."""
    steps = (course.submitted_directory, course.autograded_directory)
    submitted, autograded = (Path(course.format_path(step, student, assignment)) for step in steps)
    return submitted, autograded
