"""What a grading would change: it is done on a copy of the course, and the marks are compared."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from handgrad import course as courses
from handgrad.grading import gradebook, graded, history
from handgrad.grading.gradebook import Submission
from handgrad.grading.history import Change, State

KEPT = ("course_secret", "course_times.json", courses.FILE)
"""What grading reads beside the notebooks and the gradebook."""


def run(assignment: str, arguments: Sequence[str], students: Sequence[str] = (), *, as_json: bool = False) -> int:
    """Print whose marks a grading with ``--force`` would change, and return its exit status; nothing is changed.

    Parameters
    ----------
    assignment
        Its name.
    arguments
        What ``handgrad grade`` is given behind it.
    students
        Whose submissions to grade; by default everyone's.
    as_json
        Whether to print JSON in place of a table.

    Raises
    ------
    LookupError
        Where there is no gradebook, or it knows no such assignment.
    RuntimeError
        Where the gradebook is no file.
    """
    course = courses.folder()
    if os.environ.get("HANDGRAD_DB"):
        raise RuntimeError(
            "a dry run works on a copy of gradebook.db; the database that HANDGRAD_DB names is not copied"
        )
    before = _marks(course, assignment)
    with tempfile.TemporaryDirectory(prefix="handgrad-") as folder:
        copy = Path(folder)
        _copy(course, copy, assignment, students)
        command = [sys.executable, "-m", "handgrad", "grade", assignment, "--force", *arguments]
        environment = {**os.environ, "HANDGRAD_COURSE": str(copy)}
        status = subprocess.run(command, env=environment, stdout=sys.stderr, check=False).returncode
        if status not in (0, 1):
            return status  # nothing was graded, and it was said why
        after = _marks(copy, assignment)
    _print(before, {who: state for who, state in after.items() if not students or who in students}, as_json)
    return status


def _copy(course: Path, copy: Path, assignment: str, students: Sequence[str]) -> None:
    """Copy all that grading reads or writes."""
    # the configuration of a checkout is for its place alone
    for name in (*KEPT, *([] if (course / "grader_tests").is_dir() else ["nbgrader_config.py"])):
        if (course / name).is_file():
            shutil.copy2(course / name, copy)
    for step in ("source", "submitted", "autograded"):
        for folder in (course / step).glob(assignment if step == "source" else f"*/{assignment}"):
            if step == "source" or not students or folder.parent.name in students:
                shutil.copytree(folder, copy / folder.relative_to(course), symlinks=True)
    with (
        closing(sqlite3.connect(course / "gradebook.db")) as old,
        closing(sqlite3.connect(copy / "gradebook.db")) as new,
    ):
        old.backup(new)


def _marks(course: Path, assignment: str) -> dict[str, State]:
    """Return the marks of everyone who is graded."""
    with gradebook.opened(course) as book:
        known = gradebook.submissions(book, assignment)
    found = {who: _state(course, assignment, submission) for who, submission in known.items()}
    return {who: state for who, state in found.items() if state is not None}


def _state(course: Path, assignment: str, submission: Submission) -> State | None:
    try:
        read = graded.read(course / "autograded" / submission.student / assignment / f"{assignment}.ipynb")
    except (OSError, ValueError):
        return None
    return State.of(submission, read.verdicts, read.note.submission)


def _print(before: Mapping[str, State], after: Mapping[str, State], as_json: bool) -> None:
    changes: list[Change] = []
    for who in sorted(after.keys() & before.keys()):
        changes += history.changes(who, [before[who], after[who]])
    new = sorted(after.keys() - before.keys())
    if as_json:
        listed = [
            {"student": one.student, "exercise": one.exercise, "old": one.old, "new": one.new, "why": one.why}
            for one in changes
        ]
        print(json.dumps({"changes": listed, "graded_for_the_first_time": new}, ensure_ascii=False, indent=1))
        return
    for one in changes:
        print(f"{one.student}  {one.exercise}: {one.old:g} → {one.new:g}  ({one.why})")
    students = {one.student for one in changes}
    print(f"Of {len(after)} submissions, {len(new)} would be graded for the first time. Nothing was changed.")
    print(f"Marks that would be other ones: {len(changes)}, students: {len(students)}.")
