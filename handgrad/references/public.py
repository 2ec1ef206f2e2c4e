"""The public cases, which a visible check uses, with what may be shown of their results."""

from __future__ import annotations

from typing import Any

from handgrad.assignments.catalogue import pack_truth
from handgrad.judging.evidence import pack
from handgrad.judging.exercise import Exercise
from handgrad.judging.judge import Truth
from handgrad.references.assignment import Assignment
from handgrad.references.hidden import Hidden, draw

PUBLIC_SEED = b"public"


def public_data(assignment: Assignment) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the public cases of every exercise as JSON: inputs, right and mistaken results."""
    data: dict[str, dict[str, dict[str, Any]]] = {}
    for name, reference in assignment.references.items():
        drawn = draw(assignment, name, PUBLIC_SEED)
        public = Hidden(assignment, name, {label: drawn.inputs[label] for label in reference.public})
        data[name] = {
            label: {
                "inputs": pack(public.inputs[label]),
                "truth": pack_truth(_shown(assignment.exercises[name], truth)),
            }
            for label, truth in public.explained.items()
        }
    return data


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
