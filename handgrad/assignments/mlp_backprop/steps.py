"""Small steps up to the hardest exercise; what they measure, :mod:`handgrad.assignments.ladder` tells."""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.assignments.ladder import At, Ladder


def layers() -> Ladder:
    """Return a ladder through a network of three layers with tanh, for a batch of five examples."""
    rng = np.random.default_rng(12)
    widths = (2, 4, 3, 3)
    X, labels = rng.normal(size=(5, 2)), np.array([2, 0, 1, 2, 0])
    weights = {f"W{k}": rng.normal(size=widths[k : k + 2]) for k in range(3)}
    weights |= {f"b{k}": rng.normal(size=widths[k + 1]) for k in range(3)}

    def forward(at: At) -> Any:
        A = at("A0", X)
        for k in range(3):
            Z = at(f"Z{k}", A @ at(f"W{k}", weights[f"W{k}"]) + at(f"b{k}", weights[f"b{k}"]))
            A = at(f"A{k + 1}", np.tanh(Z)) if k < 2 else Z
        return np.mean(np.log(np.exp(Z).sum(axis=1)) - Z[np.arange(len(X)), labels])

    ladder = Ladder(forward, examples=len(X))
    ladder.values["labels"] = labels
    return ladder
