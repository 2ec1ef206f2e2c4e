"""What is derived in this notebook; how it is checked, :mod:`handgrad.assignments.derivation` tells."""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.assignments.derivation import Derivation, Point, through
from handgrad.assignments.ladder import TANH, At, mistaken

H, O = 4, 3


def _state(rng: np.random.Generator) -> Point:
    Wo, Ws = rng.normal(size=(O, H)), rng.normal(size=(H, H))
    dy, dz_next, h = rng.normal(size=O), rng.normal(size=H), rng.normal(size=H)

    def forward(at: At, Ws: Any = Ws) -> Any:
        return dy @ Wo @ at("the output", h) + dz_next @ Ws @ at("the next step", h)

    mistakes = {
        "rows and columns of Ws are exchanged": {"Ws": Ws.T},
        "Ws is missing in what comes through the next step": {"Ws": np.eye(H)},
    }
    return through(forward, Wo, Ws, dy, dz_next, mistakes=mistakes)


def _before_tanh(rng: np.random.Generator) -> Point:
    dh, z = rng.normal(size=H), rng.normal(size=H)

    def forward(at: At, tanh: Any = np.tanh) -> Any:
        return dh @ tanh(at("z", z))

    return through(forward, dh, np.tanh(z), mistakes=mistaken("tanh", TANH))


state = Derivation("∂L/∂h_t,j", "j", _state)
before_tanh = Derivation("∂L/∂z_t,j", "j", _before_tanh)
