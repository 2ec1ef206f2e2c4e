"""Small steps up to the hardest exercise; what they measure, :mod:`handgrad.assignments.ladder` tells."""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.assignments.ladder import At, Ladder


def dimension(H: int = 3, D: int = 2) -> Ladder:
    """Return a ladder through one dimension of a cell, with gradients that arrive at its h and c.

    Its steps are ``u``, ``c_before``, for each gate ``W_f``, ``b_f`` and ``z_f``, then ``f``, ``i``, ``o``, ``g``,
    ``c``, ``tanh_c`` and ``h``; ``dh`` and ``dc`` are what arrives.
    """
    rng = np.random.default_rng(11)
    size = 2 * H + 2 * D
    weights = {f"W_{gate}": rng.normal(size=(H, size)) for gate in "fioc"}
    weights |= {f"b_{gate}": rng.normal(size=H) for gate in "fioc"}
    u, c_before, dh, dc = rng.normal(size=size), rng.normal(size=H), rng.normal(size=H), rng.normal(size=H)

    def forward(at: At) -> Any:
        joined, before = at("u", u), at("c_before", c_before)
        z = {
            gate: at(
                f"z_{gate}", at(f"W_{gate}", weights[f"W_{gate}"]) @ joined + at(f"b_{gate}", weights[f"b_{gate}"])
            )
            for gate in "fioc"
        }
        f, i, o = (at(gate, 1 / (1 + np.exp(-z[gate]))) for gate in "fio")
        g = at("g", np.tanh(z["c"]))
        c = at("c", f * before + i * g)
        h = at("h", o * at("tanh_c", np.tanh(c)))
        return dh @ h + dc @ c

    ladder = Ladder(forward)
    ladder.values |= {"dh": dh, "dc": dc}
    return ladder
