"""What is derived in this notebook; how it is checked, :mod:`handgrad.assignments.derivation` tells."""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.assignments.derivation import Derivation, Point, through, unmoved
from handgrad.assignments.ladder import At, quotient_lost


def _product(rng: np.random.Generator) -> Point:
    x, W, grad_y = rng.normal(size=(2, 3)), rng.normal(size=(3, 4)), rng.normal(size=(2, 4))

    def forward(at: At, grad_y: Any = grad_y, W: Any = W) -> Any:
        return np.sum(grad_y * (at("x", x) @ W))

    mistakes = {"W is missing": {"W": np.ones((3, 4))}, "grad_y is missing": {"grad_y": np.ones((2, 4))}}
    return through(forward, grad_y, W, mistakes=mistakes)


def _softmax(rng: np.random.Generator) -> Point:
    s = rng.normal(size=4)

    def forward(at: At, divide: Any = np.divide) -> Any:
        return divide(np.exp(at("the numerator", s)), np.exp(at("the sum below", s)).sum())

    lost = "p_i is missing in what comes through the sum below"
    return through(forward, forward(unmoved), mistakes={lost: {"divide": quotient_lost}})


def _loss(rng: np.random.Generator) -> Point:
    s = rng.normal(size=4)

    def forward(at: At) -> Any:
        exponentials = np.exp(at("s", s))
        return -np.log(exponentials / exponentials.sum())

    return through(forward, np.exp(-forward(unmoved)))


product = Derivation("∂L/∂x_nk", "nk", _product)
softmax = Derivation("∂p_i/∂s_j", "ij", _softmax)
loss = Derivation("∂L_n/∂s_j", "kj", _loss)
