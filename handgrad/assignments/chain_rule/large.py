"""Large cases of chain_rule, drawn from a seed: many parameters and few numbers that come out."""

from __future__ import annotations

import numpy as np

from handgrad.judging.exercise import Case


def tanh_layer_backward(rng: np.random.Generator) -> Case:
    """Return a layer of 12,500 inputs and 20 outputs, on one example: 250,000 weights."""
    m, n = 12_500, 20
    return {
        "x": rng.normal(size=(1, m)),
        "W": rng.normal(size=(n, m)) / np.sqrt(m),
        "b": rng.normal(size=(1, n)),
        "dL_dy": rng.normal(size=(1, n)),
    }


def softmax_cross_entropy_backward(rng: np.random.Generator) -> Case:
    """Return 2,000 examples of 30 classes: 60,000 logits."""
    return {"logits": 3 * rng.normal(size=(2000, 30)), "labels": rng.integers(0, 30, size=2000)}
