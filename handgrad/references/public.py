"""The public cases, which a visible check uses, with what may be shown of their results."""

from __future__ import annotations

from handgrad.assignments.cases import PublicCases
from handgrad.judging.exercise import Exercise
from handgrad.judging.truth import Truth
from handgrad.references.assignment import Assignment
from handgrad.references.hidden import Hidden, draw

PUBLIC_SEED = b"public"


def public(assignment: Assignment, name: str) -> Hidden:
    """Return the cases that the visible check of an exercise uses, with what is known of them."""
    drawn = draw(assignment, name, PUBLIC_SEED)
    return Hidden(assignment, name, {label: drawn.inputs[label] for label in assignment.references[name].public})


def public_cases(assignment: Assignment) -> dict[str, PublicCases]:
    """Return the public inputs and what may be known of them, for each exercise of an assignment."""
    found: dict[str, PublicCases] = {}
    for name in assignment.references:
        cases = public(assignment, name)
        truths = {label: _shown(assignment.exercises[name], truth) for label, truth in cases.explained.items()}
        found[name] = (cases.inputs, truths)
    return found


def _shown(exercise: Exercise, truth: Truth) -> Truth:
    """Return a truth without the parts that no visible check may answer."""
    shown = {result for result in truth.expected if exercise.part_of(result) not in exercise.unanswered}
    return Truth(
        {result: value for result, value in truth.expected.items() if result in shown},
        {result: context for result, context in truth.context.items() if result in shown},
        {
            misconception: {result: value for result, value in results.items() if result in shown}
            for misconception, results in truth.wrong.items()
        },
        truth.inputs,
    )
