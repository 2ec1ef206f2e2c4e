"""The values of a function of the student's own, whatever it does: a number, or what failed."""

from __future__ import annotations

import contextlib
import io
import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

EPS = float(np.finfo(np.float64).eps)
SINGLE = float(np.finfo(np.float32).eps)

FINE, RAISED, NO_NUMBER, NOT_FINITE, UNWRITTEN = range(5)
FAILURES = {
    RAISED: "raises an error",
    NO_NUMBER: "returns no real number",
    NOT_FINITE: "returns NaN or infinity",
    UNWRITTEN: "is not written yet",
}

# what a formula or a table can raise; anything else, such as an interrupt, ends the run
_EXPECTED_ERRORS = (ArithmeticError, ValueError, TypeError, LookupError, AttributeError, NameError, RuntimeError)


def as_number(value: Any) -> tuple[float, int]:
    """Return a value as a float with what is to be said of it."""
    # most values are floats, and to make an array of each takes longer than the student's function
    found = float(value) if isinstance(value, float) else _single(value)
    if found is None:
        return math.nan, NO_NUMBER
    return (found, FINE) if math.isfinite(found) else (math.nan, NOT_FINITE)


def _single(value: Any) -> float | None:
    """Return the one real number that a value is or holds, or None."""
    if hasattr(value, "detach"):
        value = value.detach()
    if isinstance(value, str | bytes) or value is None or isinstance(value, complex | np.complexfloating):
        return None
    try:
        array = np.asarray(value)
        return float(array.reshape(())[()]) if array.size == 1 and array.dtype.kind != "c" else None
    except (TypeError, ValueError, OverflowError):
        return None


def evaluate(function: Any, points: Any) -> tuple[Array, Array]:
    """Return the values of a student's function at points of any shape, NaN where it fails, and what failed."""
    flat = np.asarray(points, dtype=np.float64).ravel()
    values, codes = np.full(flat.size, np.nan), np.zeros(flat.size, dtype=np.int8)
    for i, x in enumerate(flat):
        try:
            values[i], codes[i] = as_number(function(float(x)))
        except NotImplementedError:
            codes[i] = UNWRITTEN
        except _EXPECTED_ERRORS:
            codes[i] = RAISED
    return values.reshape(np.shape(points)), codes.reshape(np.shape(points))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep warnings and prints of a function that is called some ten thousand times off the page."""
    with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def relative_rounding(values: Array) -> float:
    """Return the relative rounding of values: that of float32 where all of them are such numbers.

    The few values of a step function are, and tell nothing.
    """
    finite = values[np.isfinite(values)]
    with np.errstate(over="ignore"):
        if not (finite == finite.astype(np.float32)).all():
            return EPS
    return SINGLE if np.unique(finite).size >= 3 else EPS
