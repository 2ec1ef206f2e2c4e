"""Whether two arrays are equal, on the scale of the right one, and where they are not."""

from __future__ import annotations

import numpy as np

from handgrad.judging.arrays import Array

RTOL = 1e-5
"""How far a result may be off, as a share of the largest element of the right array.

Wide enough for an answer that computes in float32 inside and ends in float64; the hidden cases are
drawn so that every mistake in the corpus is off by far more.
"""

RTOL_FLOAT32 = 1e-4
"""The same for a result in float32, or in float64 but holding float32 numbers only."""


RTOL_FLOAT16 = 2e-3
"""The same for a result of a large case, which travels in float16."""

RTOL_EXACT = 1e-12
"""The same for a result in float64 of an exercise that is to be exact; formulas are right to about 1e-15."""


def scale_of(expected: Array) -> float:
    """Return the size of the largest element, 1 for an array that is empty or all zeros."""
    largest = float(np.max(np.abs(expected), initial=0.0))
    return largest if largest > 0 else 1.0


def tolerance(yours: Array, *, exact: bool = False) -> float:
    """Return the relative tolerance for a result: looser where it was computed in float32."""
    if yours.dtype == np.float32:
        return RTOL_FLOAT32
    if yours.dtype == np.float64 and yours.size and not np.all(yours == np.round(yours)):
        with np.errstate(over="ignore"):
            if np.array_equal(yours, yours.astype(np.float32).astype(np.float64)):
                return RTOL_FLOAT32
        return RTOL_EXACT if exact else RTOL
    return RTOL


def close(yours: Array, expected: Array, rtol: float | None = None, scale: float = 0.0) -> bool:
    """Return whether two real arrays are equal in shape, and in value relative to their scale.

    The largest difference is compared with ``rtol`` times the largest element of ``expected``, or
    with ``rtol`` times ``scale`` where that is larger; NaN and infinity are never close.
    """
    if yours.shape != expected.shape:
        return False
    difference = float(np.max(np.abs(yours.astype(np.float64) - expected), initial=0.0))
    size = max(scale_of(expected), scale)
    if rtol is not None:
        return difference <= rtol * size
    # most of what is compared is far off, and the tolerance takes longer to tell than the difference
    return difference <= RTOL_FLOAT32 * size and difference <= tolerance(yours) * size


def first_wrong(yours: Array, expected: Array) -> tuple[int, ...]:
    """Return the first index, in reading order, at which two arrays of one shape differ."""
    with np.errstate(invalid="ignore"):
        bad = ~(np.abs(yours.astype(np.float64) - expected) <= tolerance(yours) * scale_of(expected))
    index = np.unravel_index(int(np.argmax(bad)), bad.shape) if bad.ndim else ()
    return tuple(int(i) for i in index)


def place(index: tuple[int, ...]) -> str:
    """Return an index as it is written in code, ``"[1, 0]"``, nothing for a scalar."""
    return f"[{', '.join(map(str, index))}]" if index else ""


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a shape as Python writes it."""
    return str(tuple(int(length) for length in shape))
