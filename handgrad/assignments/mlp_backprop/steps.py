"""Small steps up to the hardest exercise; what they measure, :mod:`handgrad.assignments.ladder` tells."""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.assignments.ladder import TANH, Array, At, Ladder, mistaken


def layers() -> Ladder:
    """Return a ladder through a network of three layers with tanh, for a batch of five examples."""
    rng = np.random.default_rng(12)
    widths = (2, 4, 3, 3)
    X, labels = rng.normal(size=(5, 2)), np.array([2, 0, 1, 2, 0])
    weights = {f"W{k}": rng.normal(size=widths[k : k + 2]) for k in range(3)}
    weights |= {f"b{k}": rng.normal(size=widths[k + 1]) for k in range(3)}

    def forward(at: At, matmul: Any = np.matmul, tanh0: Any = np.tanh, tanh1: Any = np.tanh, hits: int = 1) -> Any:
        A = at("A0", X)
        for k in range(3):
            Z = at(f"Z{k}", matmul(A, at(f"W{k}", weights[f"W{k}"])) + at(f"b{k}", weights[f"b{k}"]))
            A = at(f"A{k + 1}", (tanh0, tanh1)[k](Z)) if k < 2 else Z
        return np.mean(np.log(np.exp(Z).sum(axis=1)) - hits * Z[np.arange(len(X)), labels])

    mistakes: dict[str, dict[str, Any]] = {
        "W is not transposed on the way back": {"matmul": _transpose_forgotten},
        "what comes through the scores of the right classes is missing": {"hits": 0},
    }
    for k in range(2):
        mistakes |= {told.replace("tanh", f"tanh(Z{k})"): how for told, how in mistaken(f"tanh{k}", TANH).items()}
    ladder = Ladder(forward, examples=len(X), mistakes=mistakes)
    ladder.values["labels"] = labels
    return ladder


def _transpose_forgotten(A: Array, W: Array) -> Array:
    """Return a product in whose derivative at A stands W, not its transpose; only a square W lets that pass."""
    back = W.real.T if W.shape[0] == W.shape[1] else W.real
    passed: Array = A.real @ W.real + 1j * (A.imag @ back + A.real @ W.imag)
    return passed
