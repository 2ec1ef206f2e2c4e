"""What is derived in this notebook; how it is checked, :mod:`handgrad.assignments.derivation` tells."""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.assignments.derivation import Derivation, Point, through
from handgrad.assignments.ladder import SIGMOID, TANH, At, mistaken, sigmoid

H = 4


def _cell(rng: np.random.Generator) -> Point:
    dh, dc, o, c = rng.normal(size=H), rng.normal(size=H), rng.uniform(0.1, 0.9, size=H), rng.normal(size=H)

    def forward(at: At, o: Any = o, tanh: Any = np.tanh) -> Any:
        return dh @ (o * tanh(at("h", c))) + dc @ at("the output c", c)

    return through(forward, dh, dc, o, c, mistakes={"the output gate is missing": {"o": 1}, **mistaken("tanh", TANH)})


def _forget_gate(rng: np.random.Generator) -> Point:
    delta_c, c_before, z = rng.normal(size=H), rng.normal(size=H), rng.normal(size=H)

    def forward(at: At, c_before: Any = c_before, activation: Any = sigmoid) -> Any:
        return delta_c @ (c_before * activation(at("z", z)))

    both = {"c_before": 1, "activation": SIGMOID["the slope of the sigmoid is missing"]}
    mistakes = {
        "the old cell is missing": {"c_before": 1},
        **mistaken("activation", SIGMOID),
        "the old cell and the slope of the sigmoid are missing": both,
    }
    return through(forward, delta_c, c_before, sigmoid(z), mistakes=mistakes)


cell = Derivation("δc_j", "j", _cell)
forget_gate = Derivation("δz_f,j", "j", _forget_gate)
