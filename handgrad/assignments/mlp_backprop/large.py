"""Large cases of mlp_backprop, drawn from a seed: many parameters and few examples."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from handgrad.judging.exercise import Case


def Matmul(rng: np.random.Generator) -> Case:
    """Return 2 examples with 7,500 inputs and 20 outputs: 150,000 weights."""
    N, d, e = 2, 7500, 20
    return {
        "x": rng.normal(size=(N, d)),
        "W": rng.normal(size=(d, e)),
        "grad_y": rng.normal(size=(N, e)),
        "older_x": rng.normal(size=(N, d)),
        "older_W": rng.normal(size=(d, e)),
    }


def softmax_loss(rng: np.random.Generator) -> Case:
    """Return 2,000 examples of 30 classes: 60,000 scores."""
    return {"scores": 3 * rng.normal(size=(2000, 30)), "labels": rng.integers(0, 30, size=2000)}


def two_layer_loss(rng: np.random.Generator) -> Case:
    """Return 3 examples and a network of 2,500 inputs, 40 hidden units and 12 classes: 100,532 parameters."""
    N, D, H, C = 3, 2500, 40, 12
    params = {
        "W1": rng.normal(size=(D, H)) / np.sqrt(D),
        "b1": rng.normal(size=H),
        "W2": rng.normal(size=(H, C)) / np.sqrt(H),
        "b2": rng.normal(size=C),
    }
    return {"params": params, "X": rng.normal(size=(N, D)), "labels": rng.integers(0, C, size=N), "reg": 0.01}


def mlp_gradients(rng: np.random.Generator) -> Case:
    """Return 3 examples and a network of eight layers: 94,200 parameters."""
    sizes = (2500, 36, 24, 24, 24, 24, 24, 24, 10)
    params = [
        (rng.normal(size=(before, after)) * np.sqrt(2 / before), rng.normal(size=after) / 10)
        for before, after in pairwise(sizes)
    ]
    return {
        "params": params,
        "X": rng.normal(size=(3, 2500)),
        "labels": rng.integers(0, 10, size=3),
        "activation": "tanh",
    }
