"""Wrong solutions that somebody wrote out, as ``grader_tests/A/wrong/`` holds them."""

from __future__ import annotations

import re

from handgrad.references.assignment import Assignment
from handgrad.references.course import ReferencesMissing

FIRST_LINE = re.compile(r"# (\w+): \S.*")


def wrong_solutions(assignment: Assignment, name: str) -> dict[str, str]:
    """Return the wrong solutions of an exercise that were written out: name of the file to its source text.

    The first line says what is wrong: ``# EXERCISE: the mistake``. What else a file defines only serves that
    exercise, and is not judged.

    Raises
    ------
    ReferencesMissing
        Where a file does not begin so, or names an exercise that the assignment does not have.
    """
    found = {}
    for path in sorted(assignment.folder.glob("wrong/*.py")):
        text = path.read_text(encoding="utf-8")
        match = FIRST_LINE.match(text)
        if match is None or match[1] not in assignment.exercises:
            raise ReferencesMissing(f"{path}: the first line should say `# EXERCISE: the mistake`, of an exercise")
        if match[1] == name:
            found[path.stem] = text
    return found
