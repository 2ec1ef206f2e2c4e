"""What is derived in this notebook; how it is checked, :mod:`handgrad.assignments.derivation` tells."""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.assignments.derivation import Derivation, Point, through
from handgrad.assignments.ladder import SIGMOID, At, mistaken, sigmoid, sloped


def _cross_entropy(rng: np.random.Generator) -> Point:
    z, t = rng.normal(size=4), np.array([0.0, 1.0, 1.0, 1.0])

    def forward(at: At, activation: Any = sigmoid) -> Any:
        p = activation(at("z", z))
        return -(t @ np.log(p) + (1 - t) @ np.log(1 - p)) / 4

    twice = sloped(sigmoid, lambda z, y: (y * (1 - y)) ** 2)
    slopes = {**SIGMOID, "the slope of the sigmoid is in it once too often": twice}
    return through(forward, sigmoid(z), t, mistakes=mistaken("activation", slopes))


cross_entropy = Derivation("∂L/∂z_n", "n", _cross_entropy)
