"""The public half of each assignment, by its name: its exercises, and its public cases."""

from __future__ import annotations

import importlib
from functools import cache
from importlib.resources import files

from handgrad.assignments import cases
from handgrad.judging.exercise import Exercises


def exercises(assignment: str) -> Exercises:
    """Return the exercises of an assignment.

    Raises
    ------
    LookupError
        Where the course has no assignment of this name.
    """
    try:
        module = importlib.import_module(f"handgrad.assignments.{assignment}.exercises")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("handgrad.assignments"):
            raise  # it is known, and a package that it needs is missing
        folders = files("handgrad.assignments").iterdir()
        known = ", ".join(sorted(folder.name for folder in folders if folder.joinpath("exercises.py").is_file()))
        raise LookupError(f"handgrad knows no assignment named {assignment!r}; it knows: {known}") from error
    found: Exercises = module.EXERCISES
    return found


@cache
def public_cases(assignment: str) -> dict[str, cases.PublicCases]:
    """Return the public inputs and what is known of them, for each exercise of an assignment."""
    return cases.from_bytes(files(f"handgrad.assignments.{assignment}").joinpath("cases.npz").read_bytes())
