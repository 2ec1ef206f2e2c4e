"""References of ASSIGNMENT: forward passes and hidden cases."""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.judging.exercise import Case
from handgrad.references import PerExample, Reference
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
        # what a solution keeps from one call to the next shows when others of the same shapes come between
        "called again": {**_cosine_case(rng, 3, 4), "between": _cosine_case(rng, 3, 4)},
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
    public=("sizes all different", "as many examples as coordinates", "called again"),
    per_example=PerExample(("x", "grad_s"), mean=False),
)

REFERENCES = {"cosine": COSINE}
