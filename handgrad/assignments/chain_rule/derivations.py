"""What is derived in this notebook; how it is checked, :mod:`handgrad.assignments.derivation` tells."""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.assignments.derivation import Derivation, Point, through, unmoved
from handgrad.assignments.ladder import At, quotient_lost


def _tanh(rng: np.random.Generator) -> Point:
    z = rng.uniform(0.5, 1.5, size=()) * rng.choice([-1, 1])

    def forward(at: At, divide: Any = np.divide) -> Any:
        above, below = at("the numerator", z), at("the denominator", z)
        return divide(np.exp(above) - np.exp(-above), np.exp(below) + np.exp(-below))

    lost = "a factor y is missing in what comes through the denominator"
    return through(forward, forward(unmoved), mistakes={lost: {"divide": quotient_lost}})


def _loss(rng: np.random.Generator) -> Point:
    s = rng.normal(size=4)

    def forward(at: At) -> Any:
        return np.log(np.exp(at("the logarithm", s)).sum()) - at("the score of class k", s)

    return through(forward, np.exp(-forward(unmoved)))


tanh = Derivation("dy/dz", "", _tanh)
loss = Derivation("∂(−log p_k)/∂s_i", "ki", _loss)
