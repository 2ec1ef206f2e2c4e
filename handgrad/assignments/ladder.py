"""A ladder of small steps up to a hard exercise: each gradient on the way is checked by itself, and nothing is graded.

The right gradients are measured, by a step of the forward pass into the imaginary, so that no formula stands here.
"""

from __future__ import annotations

from collections.abc import Callable
from types import EllipsisType
from typing import Any

import numpy as np

from handgrad.judging.diagnosis import Context, diagnose

Array = np.ndarray[Any, Any]
At = Callable[[str, Array], Array]
"""Takes the name and the value of a quantity on the way to the loss, and returns the value to go on with."""

STEP = 1e-30


def measured(forward: Callable[[At], Any], name: str, shape: tuple[int, ...]) -> Array:
    """Return the derivative of what a forward pass returns at the quantity of a name.

    Its axes are those of the result, and then those of the quantity, which has the given shape.
    """
    slopes = []
    for index in np.ndindex(shape):
        moved = np.zeros(shape, dtype=complex)
        moved[index] = STEP * 1j

        def at(step: str, value: Array, moved: Array = moved) -> Array:
            return value + moved if step == name else value

        slopes.append(np.imag(forward(at)) / STEP)
    return np.moveaxis(np.array(slopes), 0, -1).reshape(np.shape(slopes[0]) + shape)


class Ladder:
    """Checks the gradient of a loss at each quantity on the way to it.

    Parameters
    ----------
    forward
        Returns the loss, and hands each quantity on its way to ``at`` together with its name.
    examples
        The number of examples, where the loss is a mean over them.
    """

    def __init__(self, forward: Callable[[At], Any], examples: int | None = None) -> None:
        self._forward = forward
        self._context = Context(examples)
        self.values: dict[str, Array] = {}
        forward(self._note)

    def _note(self, name: str, value: Array) -> Array:
        self.values[name] = value
        return value

    def check(self, name: str, gradient: Array | EllipsisType) -> None:
        """Print whether an array is the gradient of the loss at a quantity; ``...`` stands for no answer yet."""
        print(f"{f'∂L/∂{name}':13} {self._said(name, gradient)}")

    def _said(self, name: str, gradient: Array | EllipsisType) -> str:
        if name not in self.values:
            return f"there is no such step; there are: {', '.join(self.values)}"
        if gradient is ...:
            return "not answered yet"
        yours = np.asarray(gradient, dtype=float)
        slopes = measured(self._forward, name, np.shape(self.values[name]))
        right = np.isclose(yours, slopes, rtol=1e-7, atol=1e-12) if yours.shape == slopes.shape else np.array(False)
        if right.all():
            return "✓ right"
        if found := diagnose(yours, slopes, self._context):
            return f"✗ not yet: {found[0].message}"
        return f"✗ not yet: {right.sum()} of {right.size} entries are right"
