"""What is derived in this notebook; how it is checked, :mod:`handgrad.assignments.derivation` tells."""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.assignments.derivation import Derivation, Point, through
from handgrad.assignments.ladder import At

H = 4


def _cell(rng: np.random.Generator) -> Point:
    dh, dc, o, c = rng.normal(size=H), rng.normal(size=H), rng.uniform(0.1, 0.9, size=H), rng.normal(size=H)

    def forward(at: At) -> Any:
        return dh @ (o * np.tanh(at("h", c))) + dc @ at("the output c", c)

    return through(forward, dh, dc, o, c)


def _forget_gate(rng: np.random.Generator) -> Point:
    delta_c, c_before, z = rng.normal(size=H), rng.normal(size=H), rng.normal(size=H)

    def forward(at: At) -> Any:
        return delta_c @ (c_before / (1 + np.exp(-at("z", z))))

    return through(forward, delta_c, c_before, 1 / (1 + np.exp(-z)))


cell = Derivation("δc_j", "j", _cell)
forget_gate = Derivation("δz_f,j", "j", _forget_gate)
