"""Derivatives from the forward pass alone, by the complex step.

For an f that is analytic along the way, Im f(x + ih) / h is the derivative up to O(h²), with no
subtraction and so no loss of digits; h = 1e-30 is exact to rounding. Source: W. Squire and
G. Trapp, Using complex variables to estimate derivatives of real functions, SIAM Review 40 (1998).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

STEP = 1e-30

Array = np.ndarray[Any, Any]


def gradient(f: Callable[[Array], Any], x: Array) -> Array:
    """Return the gradient of a real scalar f at x, in the shape of x.

    ``f`` must take a complex array and branch on real parts only.
    """
    result = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        z = x.astype(np.complex128)
        z[index] += 1j * STEP
        result[index] = np.imag(f(z)) / STEP
    return result


def gradients(loss: Callable[[dict[str, Array]], Any], params: Mapping[str, Array]) -> dict[str, Array]:
    """Return the gradient of a loss with respect to each named parameter."""

    def at(name: str) -> Callable[[Array], Any]:
        return lambda z: loss({**params, name: z})

    return {name: gradient(at(name), value) for name, value in params.items()}
