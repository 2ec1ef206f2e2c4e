"""Large cases of mlp_training, drawn from a seed: many parameters and few examples."""

from __future__ import annotations

import numpy as np

from handgrad.judging.exercise import Case


def LinearFunction(rng: np.random.Generator) -> Case:
    """Return 2 examples with 7,500 inputs and 20 outputs: 150,000 weights."""
    N, inputs, outputs = 2, 7500, 20
    return {
        "x": rng.normal(size=(N, inputs)),
        "weight": rng.normal(size=(outputs, inputs)) / np.sqrt(inputs),
        "bias": rng.normal(size=outputs),
        "grad_y": rng.normal(size=(N, outputs)),
        "x_has_gradient": True,
    }


def CrossEntropyFunction(rng: np.random.Generator) -> Case:
    """Return 2,000 examples of 30 classes: 60,000 logits."""
    return {"logits": 3 * rng.normal(size=(2000, 30)), "labels": rng.integers(0, 30, size=2000), "grad_loss": 1.5}
