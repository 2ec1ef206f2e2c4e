"""A ladder of small steps up to a hard exercise: each gradient on the way is checked by itself, and nothing is graded.

The right gradients are measured, by a step of the forward pass into the imaginary, so that no formula stands here. So
are the wrong ones of known mistakes, in a forward pass that makes the mistake: its arguments are the operations in
which one can be made, such as ``tanh``, and :func:`sloped` and :func:`partner_lost` give such an operation a wrong
derivative and leave its values as they are.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import EllipsisType
from typing import Any

import numpy as np

from handgrad.judging.diagnosis import Context, diagnose

Array = np.ndarray[Any, Any]
At = Callable[[str, Array], Array]
"""Takes the name and the value of a quantity on the way to the loss, and returns the value to go on with."""

Mistakes = Mapping[str, Mapping[str, Any]]
"""What is told of a known mistake, and the arguments with which a forward pass makes it."""

STEP = 1e-30


def sigmoid(z: Array) -> Array:
    y: Array = 1 / (1 + np.exp(-z))
    return y


def sloped(function: Callable[[Array], Array], slope: Callable[[Array, Array], Any]) -> Callable[[Array], Array]:
    """Return an activation with a wrong slope, which takes what goes in and what comes out."""

    def mistaken(z: Array) -> Array:
        y = function(z.real)
        passed: Array = y + 1j * slope(z.real, y) * z.imag
        return passed

    return mistaken


def partner_lost(number: int) -> Callable[[Array, Array], Array]:
    """Return a product in whose derivative at one factor, number 0 or 1, the other factor is left out."""

    def mistaken(a: Array, b: Array) -> Array:
        partners = [b.real, a.real]
        partners[number] = np.ones(())
        passed: Array = a.real * b.real + 1j * (partners[0] * a.imag + partners[1] * b.imag)
        return passed

    return mistaken


def quotient_lost(a: Array, b: Array) -> Array:
    """Return a quotient in whose derivative at b the quotient itself, which stands there as a factor, is left out."""
    passed: Array = a.real / b.real + 1j * (a.imag - b.imag) / b.real
    return passed


TANH = {
    "the slope of tanh is missing": sloped(np.tanh, lambda z, y: 1),
    "the slope of tanh is made from what goes in, and follows from what comes out": sloped(
        np.tanh, lambda z, y: 1 - z**2
    ),
    "the square in the slope of tanh is missing": sloped(np.tanh, lambda z, y: 1 - y),
    "the slope of a sigmoid stands where that of tanh belongs": sloped(np.tanh, lambda z, y: y * (1 - y)),
}
"""Mistakes in the derivative of tanh."""

SIGMOID = {
    "the slope of the sigmoid is missing": sloped(sigmoid, lambda z, y: 1),
    "one factor of the sigmoid's slope is missing: it is not 1 − y alone": sloped(sigmoid, lambda z, y: 1 - y),
    "one factor of the sigmoid's slope is missing: it is not y alone": sloped(sigmoid, lambda z, y: y),
    "the slope of tanh stands where that of the sigmoid belongs": sloped(sigmoid, lambda z, y: 1 - y**2),
}
"""Mistakes in the derivative of a sigmoid."""


def mistaken(argument: str, operations: Mapping[str, Callable[..., Any]]) -> dict[str, dict[str, Any]]:
    """Return mistakes of a forward pass that takes an operation under a name."""
    return {told: {argument: operation} for told, operation in operations.items()}


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
    mistakes
        Known mistakes.
    """

    def __init__(
        self, forward: Callable[..., Any], examples: int | None = None, mistakes: Mistakes | None = None
    ) -> None:
        self._forward = forward
        self._mistakes = mistakes or {}
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
        right = _close(yours, slopes)
        if right.all():
            return "✓ right"
        for told, changes in self._mistakes.items():
            wrong = measured(functools.partial(self._forward, **changes), name, slopes.shape)
            if wrong.any() and _close(yours, wrong).all():
                return f"✗ not yet: {told}"
        if found := diagnose(yours, slopes, self._context):
            return f"✗ not yet: {found[0].message}"
        return f"✗ not yet: {right.sum()} of {right.size} entries are right"


def _close(yours: Array, slopes: Array) -> Array:
    """Return which entries are close; False where the shapes differ."""
    same = yours.shape == slopes.shape
    return np.isclose(yours, slopes, rtol=1e-7, atol=1e-12) if same else np.array(False)
