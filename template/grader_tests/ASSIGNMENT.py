"""References of ASSIGNMENT: forward passes, hidden cases, known mistakes."""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.judging.exercise import Case
from handgrad.references import Mistake, PerExample, Reference
from handgrad.references.derivative import gradient

Array = np.ndarray[Any, Any]
Generator = np.random.Generator

# -- cosine ------------------------------------------------------------------------------------


def cosine(x: Array, w: Array) -> Array:
    """Return the cosine of each row with w, for real and complex numbers."""
    return x @ w / np.sqrt(np.sum(x**2, axis=1)) / np.sqrt(np.sum(w**2))


def _cosine_case(rng: Generator, n: int, d: int, scale: float = 1.0) -> Case:
    return {"x": rng.normal(size=(n, d)) * scale, "w": rng.normal(size=d), "grad_s": rng.normal(size=n)}


def cosine_cases(rng: Generator) -> dict[str, Case]:
    return {
        "sizes all different": _cosine_case(rng, 5, 3),
        "as many examples as coordinates": _cosine_case(rng, 4, 4),
        "one example": _cosine_case(rng, 1, 3),
        "short rows": _cosine_case(rng, 6, 2, 0.125),
    }


def cosine_expected(x: Array, w: Array, grad_s: Array) -> dict[str, Array]:
    return {
        "s": cosine(x, w),
        "grad_x": gradient(lambda z: np.sum(cosine(z, w) * grad_s), x),
        "grad_w": gradient(lambda z: np.sum(cosine(x, z) * grad_s), w),
    }


COSINE = Reference(
    cases=cosine_cases,
    expected=cosine_expected,
    public=("sizes all different", "as many examples as coordinates"),
    per_example=PerExample(("x", "grad_s"), mean=False),
    mistakes=(
        Mistake(
            "length_of_w_taken_as_constant",
            {"(unit_x - s[:, None] * unit_w)": "unit_x"},
            "the length of w is taken as a constant: w occurs in the denominator too, so which second term is missing?",
        ),
        Mistake(
            "length_of_x_taken_as_constant",
            {"(unit_w - s[:, None] * unit_x)": "unit_w"},
            "the length of x is taken as a constant: x occurs in the denominator too, so which second term is missing?",
        ),
        Mistake(
            "not_divided_by_the_length_of_w",
            {" / length_w\n    return": "\n    return"},
            "`grad_w` is not divided by |w|: when w is twice as long, the same step turns it half as far.",
        ),
        Mistake(
            "not_divided_by_the_length_of_x",
            {"unit_x) / length_x": "unit_x)"},
            "`grad_x` is not divided by |x|: when a row is twice as long, the same step turns it half as far.",
        ),
        Mistake(
            "grad_s_left_out",
            {"grad_s[:, None] * (unit_w": "(unit_w", "grad_s @ (": "np.ones(len(s)) @ ("},
            "these are the derivatives of s alone: multiply by grad_s, what comes from above.",
        ),
    ),
)

REFERENCES = {"cosine": COSINE}
