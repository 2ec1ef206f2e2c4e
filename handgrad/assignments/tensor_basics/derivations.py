"""What is derived in this notebook; how it is checked, :mod:`handgrad.assignments.derivation` tells."""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad.assignments.derivation import Derivation, Point, through
from handgrad.assignments.ladder import At


def _row(rng: np.random.Generator) -> Point:
    G, X, r = rng.normal(size=(3, 4)), rng.normal(size=(3, 4)), rng.normal(size=4)

    def forward(at: At, G: Any = G, plus: Any = np.add) -> Any:
        return np.sum(G * plus(X, at("r", r)))

    mistakes: dict[str, dict[str, Any]] = {
        "G is missing": {"G": np.ones((3, 4))},
        "X is in it as a factor": {"plus": np.multiply},
    }
    return through(forward, G, X, mistakes=mistakes)


def _column(rng: np.random.Generator) -> Point:
    G, X, c = rng.normal(size=(3, 4)), rng.normal(size=(3, 4)), rng.normal(size=3)

    def forward(at: At, G: Any = G, X: Any = X) -> Any:
        return np.sum(G * (X * at("c", c)[:, None]))

    ones = np.ones((3, 4))
    return through(forward, G, X, mistakes={"X is missing": {"X": ones}, "G is missing": {"G": ones}})


def _loss(rng: np.random.Generator) -> Point:
    scores = 3 * rng.normal(size=4)
    # with scores of ordinary size the first of the two steps is right on its own
    s = scores + 1000 if rng.integers(2) else scores
    exponentials = np.exp(s - s.max())
    return Point((s,), {"loss": -np.log(exponentials / exponentials.sum())})


row = Derivation("∂T/∂r_j", "j", _row)
column = Derivation("∂T/∂c_i", "i", _column)
loss = Derivation("−log p_k", "k", _loss)
