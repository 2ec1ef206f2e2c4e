"""The public cases, which a visible check uses, with what may be shown of their results."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import FunctionType
from typing import Any

import numpy as np

from handgrad.assignments.cases import PublicCases
from handgrad.judging.exercise import Case, Exercise, gathered
from handgrad.judging.truth import EarlierCall, Truth
from handgrad.references.assignment import Assignment, model_source
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
        truths = {label: _shown(assignment.exercises[name], truth) for label, truth in cases.with_pairs.items()}
        for label, case in cases.inputs.items():
            truths[label] = replace(truths[label], earlier=_earlier(assignment, name, case))
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


def _earlier(assignment: Assignment, name: str, case: Case) -> dict[str, list[EarlierCall]]:
    """Return the calls of earlier exercises that the model solution makes in a case, with what they return.

    Of a function alone, and where it returns nothing but what it is asked for: what else stands in its result, such
    as a cache, is its author's own.
    """
    exercise = assignment.exercises[name]
    if not exercise.uses or exercise.properties is not None:
        return {}
    namespace: dict[str, Any] = {}
    exec(compile(model_source(assignment, (*exercise.uses, name)), "<model solution>", "exec"), namespace)
    found: dict[str, list[EarlierCall]] = {}
    for used in exercise.uses:
        if isinstance(namespace[used], FunctionType):
            namespace[used] = _recorded(namespace[used], found.setdefault(used, []))
    solution = [namespace[part] for part in exercise.solution]
    gathered(exercise.run(*solution, **copy.deepcopy(exercise.given(case))))
    return {used: calls for used, calls in found.items() if calls and _is_plain(calls, assignment.exercises[used])}


def _recorded(function: FunctionType, calls: list[EarlierCall]) -> Callable[..., Any]:
    def record(*arguments: Any) -> Any:
        given = copy.deepcopy(list(arguments))
        result = function(*arguments)
        calls.append((given, copy.deepcopy(result)))
        return result

    return record


def _is_plain(calls: Sequence[EarlierCall], exercise: Exercise) -> bool:
    """Return whether calls are of numbers, and return nothing but numbers, and dicts of the parts of an exercise."""
    values = [value for _, result in calls for value in (result if isinstance(result, tuple) else (result,))]
    plain = (float, np.ndarray, np.generic)
    return not any(isinstance(argument, tuple) for arguments, _ in calls for argument in arguments) and all(
        set(value) <= set(exercise.parts) if isinstance(value, dict) else isinstance(value, plain) for value in values
    )
