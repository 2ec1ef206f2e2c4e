"""Hand hidden cases to students' code, and judge the evidence that comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handgrad.check import NotJudged
from handgrad.judging.disclosure import HIDDEN, Disclosure
from handgrad.judging.evidence import collect
from handgrad.judging.judge import judge
from handgrad.judging.verdict import Verdict
from handgrad.references.assignment import load, supplied
from handgrad.references.course import ReferencesMissing, course_folder
from handgrad.references.hidden import Hidden, draw

ON_THE_SPOT_SEED = b"on the spot"


def delivery(hidden: Hidden) -> dict[str, Any]:
    """Return what a process that runs students' code is given of an exercise, ready for JSON.

    ``cases`` are the packed inputs by the name of the case, ``supplied`` the source text of right
    solutions to the exercises that this one uses, for a second run, and ``large`` the seed of the large case, with the
    seconds that it may take; None without one.
    """
    return {
        "cases": hidden.packed,
        "supplied": supplied(hidden.assignment, hidden.name),
        "large": None if hidden.large is None else {"seed": hidden.large, "seconds": hidden.patience},
    }


def verdict(hidden: Hidden, evidence: Mapping[str, Any], disclosure: Disclosure = HIDDEN) -> Verdict:
    """Judge evidence on hidden cases; mistakes are worked out only where something is wrong.

    Raises
    ------
    handgrad.judging.arrays.Malformed
        Where the evidence does not have the form agreed on.
    """
    exercise = hidden.assignment.exercises[hidden.name]
    large = None if "missing" in evidence else hidden.at_scale
    found = judge(exercise, evidence, hidden.plain, disclosure, large)
    if found.right or found.reason is not None:
        return found
    found = judge(exercise, evidence, hidden.explained, disclosure, large)
    if all(part.right or any(finding.known for finding in part.findings) for part in found.parts):
        return found
    return judge(exercise, evidence, hidden.with_mutants, disclosure, large)


def on_the_spot(assignment_name: str, name: str, namespace: dict[str, Any]) -> Verdict:
    """Collect and judge in this process: for an instructor's own notebooks.

    Raises
    ------
    NotJudged
        Where there is no course folder.
    ReferencesMissing
        Where something in it cannot be read, or does not fit the exercises.
    """
    try:
        course = course_folder()
    except ReferencesMissing:
        raise NotJudged from None
    assignment = load(assignment_name, course)
    hidden = draw(assignment, name, ON_THE_SPOT_SEED)
    return verdict(hidden, collect(assignment.exercises[name], namespace, hidden.inputs, large=hidden.large_case))
