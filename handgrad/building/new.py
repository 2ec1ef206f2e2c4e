"""Lay out a new assignment: a small one that works, to be changed."""

from __future__ import annotations

import contextlib
import keyword
import os
import re
from pathlib import Path

from handgrad import references

PLACEHOLDER = "ASSIGNMENT"
LONGEST = 40

FILES = {
    "authoring/ASSIGNMENT.py": "the text: prose, picture, stub with solution, check, question",
    "handgrad/assignments/ASSIGNMENT/__init__.py": "what the assignment is about, in a line",
    "handgrad/assignments/ASSIGNMENT/exercises.py": "how solutions are called, and the parts that are scored",
    "grader_tests/ASSIGNMENT/__init__.py": "all that only the grader knows",
    "grader_tests/ASSIGNMENT/reference.py": "hidden cases, and right answers from the forward pass",
    "grader_tests/ASSIGNMENT/mistakes.toml": "known mistakes, and what to tell who makes them",
    "grader_tests/ASSIGNMENT/second_route.py": "another way to the same right answers",
    "grader_tests/ASSIGNMENT/right/einsum.py": "a right solution in another style",
    "grader_tests/ASSIGNMENT/right/loops.py": "and one more",
    "grader_tests/ASSIGNMENT/samples.py": "sample submissions with their scores",
}
"""What is laid out, by its place in the course folder; ``template/`` holds each at the same place."""


def new(name: str) -> int:
    """Lay out an assignment in the course folder, and print what was written and what comes next.

    Raises
    ------
    ValueError
        Where the name cannot name an assignment, or something of that name is there already.
    RuntimeError
        Where the files cannot be written. In both cases nothing is left behind.
    """
    course = references.checkout()
    check_name(name)
    taken = [path for path in _places(course, name) if path.exists()]
    if taken:
        listed = ", ".join(str(path.relative_to(course)) for path in taken)
        raise ValueError(f"{name!r} is taken: there is already {listed}. Nothing was written.")
    texts = {place: (course / "template" / place).read_text(encoding="utf-8") for place in FILES}
    written: dict[str, str] = {}
    try:
        for place, text in texts.items():
            path = course / place.replace(PLACEHOLDER, name)
            written[str(path.relative_to(course))] = FILES[place]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace(PLACEHOLDER, name), encoding="utf-8")
    except OSError as error:
        for path in map(course.joinpath, written):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
                os.removedirs(path.parent)
        raise RuntimeError(f"{error}. What was written before that is removed again.") from error
    width = max(map(len, written))
    print("wrote")
    for place, what in written.items():
        print(f"    {place:<{width}}  {what}")
    print(
        "It works as it is. Build it, count what is caught, and look at it:\n"
        f"    handgrad notebooks {name}\n"
        f"    nbgrader generate_assignment --force {name}\n"
        f"    handgrad truth {name}\n"
        f"    jupyter lab source/{name}/{name}.ipynb\n"
        "Then change it: docs/authoring.md walks you through."
    )
    return 0


def check_name(name: str) -> None:
    """Raise where a name cannot name an assignment.

    Raises
    ------
    ValueError
        With the reason.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        why = "write small letters a to z, digits and _, with a letter first, as in cosine_layer"
    elif keyword.iskeyword(name):
        why = "it is a word of Python itself"
    elif len(name) > LONGEST:
        why = f"it has {len(name)} characters, and {LONGEST} are the most"
    else:
        return
    raise ValueError(f"{name!r} cannot name an assignment, which becomes a Python module: {why}")


def _places(course: Path, name: str) -> list[Path]:
    """Return every place that an assignment of this name uses, and those that its packages would hide."""
    folders = ("grader_tests", "handgrad/assignments", "source", "release")
    places = [course / "authoring" / f"{name}.py", *(course / folder / name for folder in folders)]
    return places + [course / folder / f"{name}.py" for folder in folders[:2]]
