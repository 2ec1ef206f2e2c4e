"""What a mark is: the one rule, from which autograde, grade, try and truth have their verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from handgrad import references
from handgrad.judging.arrays import Malformed
from handgrad.judging.disclosure import HIDDEN, Disclosure
from handgrad.judging.judge import unjudged
from handgrad.judging.verdict import Verdict
from handgrad.notebooks import by_hand
from handgrad.references import Hidden


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


def decide(
    hidden: Hidden,
    handed_over: Mapping[str, Any] | Failure,
    code: by_hand.Code,
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
    code
        All that the student wrote.
    disclosure
        What the verdict may repeat of it.
    """
    exercise = hidden.assignment.exercises[hidden.name]
    passage = by_hand.autograd(exercise, code)
    if passage is not None:
        return unjudged(exercise, "not_by_hand", passage.by_autograd, known=True)
    if isinstance(handed_over, Failure):
        return unjudged(exercise, *handed_over)
    try:
        found = references.verdict(hidden, handed_over, disclosure)
    except Malformed as error:
        return unjudged(exercise, *no_evidence(error))
    suspect = by_hand.numerical(exercise, code)
    return found if suspect is None else replace(found, flags=(suspect.looks_numerical,))
