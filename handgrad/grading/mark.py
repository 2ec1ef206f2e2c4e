"""What a mark is: the one rule, from which autograde, grade, try and truth have their verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from handgrad import references
from handgrad.judging.arrays import Malformed
from handgrad.judging.disclosure import HIDDEN, Disclosure
from handgrad.judging.exercise import Exercise
from handgrad.judging.judge import unjudged
from handgrad.judging.verdict import Verdict
from handgrad.notebooks import by_hand
from handgrad.notebooks.by_hand import Code, Passage, Told
from handgrad.references import Hidden

NOT_JUDGED = "not_judged"
"""What reports call the failure of an exercise at which the grader itself came to its limits, or broke down."""


class Failure(NamedTuple):
    """Why an exercise handed over no evidence.

    Attributes
    ----------
    name
        What reports call it, such as ``"timeout"``.
    message
        A sentence to the student.
    """

    name: str
    message: str


def no_evidence(error: Malformed) -> Failure:
    """Return the failure of a test that handed over something else than evidence."""
    return Failure("no_evidence", f"no points, because {error}.")


def said(sources: Iterable[str], exercises: Mapping[str, Exercise]) -> dict[str, list[str | None]]:
    """Return what all that a student wrote says of exercises, as JSON: lines, for those of which it says something."""
    code = Code(sources)
    found = {name: by_hand.read(exercise, code) for name, exercise in exercises.items()}
    lines = {name: [one.line if one else None for one in (t.autograd, t.numerical)] for name, t in found.items()}
    return {name: pair for name, pair in lines.items() if any(pair)}


def told(
    said: Mapping[str, list[str | None]], untold: str, exercises: Mapping[str, Exercise]
) -> dict[str, Told | Failure]:
    """Return for each exercise what :func:`said` found, or that it could not be read, and why."""
    unread = Failure(NOT_JUDGED, f"no points, because your code could not be read: {untold}.")
    found: dict[str, Told | Failure] = {}
    for name, exercise in exercises.items():
        autograd, numerical = (Passage(line) if line else None for line in said.get(name, (None, None)))
        found[name] = unread if untold and exercise.by_hand else Told(autograd, numerical)
    return found


def decide(
    hidden: Hidden,
    handed_over: Mapping[str, Any] | Failure,
    told: Told | Failure,
    disclosure: Disclosure = HIDDEN,
) -> Verdict:
    """Return the verdict on one exercise of a submission.

    What is to be derived by hand earns nothing where the student's code calls an autograd by its name; whether it
    was approximated is for the large case to tell. What merely looks so is a flag.

    Parameters
    ----------
    hidden
        The hidden cases of the exercise.
    handed_over
        What :func:`handgrad.judging.evidence.collect` returned where the student's code ran, of which
        nothing is trusted; or why there is none.
    told
        What the student's text says, or why it could not be read.
    disclosure
        What the verdict may repeat of it.
    """
    exercise = hidden.assignment.exercises[hidden.name]
    if isinstance(told, Failure):
        return unjudged(exercise, *told)
    if told.autograd is not None:
        return unjudged(exercise, "not_by_hand", told.autograd.by_autograd, known=True)
    if isinstance(handed_over, Failure):
        return unjudged(exercise, *handed_over)
    try:
        found = references.verdict(hidden, handed_over, disclosure)
    except Malformed as error:
        return unjudged(exercise, *no_evidence(error))
    return found if told.numerical is None else replace(found, flags=(told.numerical.looks_numerical,))
