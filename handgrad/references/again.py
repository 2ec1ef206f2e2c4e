"""The first inputs once more, after all others: what a function keeps from one call to the next shows there."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np

from handgrad.judging.exercise import Case

AGAIN = "the first inputs again"
"""The name of the case, which the public cases have too."""


def then_again(cases: dict[str, Case], between: Case | None = None) -> dict[str, Case]:
    """Return the cases and, at their end, the first of them again.

    With inputs ``between``, of the same shapes, a call with those comes ahead of one more with the first, and counts.
    """
    first = next(iter(cases.values()))
    return {**cases, AGAIN: first if between is None else {**first, "between": between}}


def others(case: Case) -> Case:
    """Return other inputs of the same shapes.

    Every float array has another size, every second one the other sign too, and labels are moved up by one place.
    """
    numbers = count(2)

    def other(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: np.roll(item, 1) if key == "labels" else other(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(map(other, value))
        if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
            return value
        number = next(numbers)
        return value * (-1) ** number * number / 4

    found: Case = other(case)
    return found
