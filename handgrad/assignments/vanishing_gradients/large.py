"""Large cases of vanishing_gradients, drawn from a seed: many steps, or many parameters."""

from __future__ import annotations

import numpy as np

from handgrad.judging.exercise import Case


def _network(rng: np.random.Generator, T: int, D: int, H: int, O: int) -> Case:
    # an orthogonal Ws keeps the gradient alive over the whole sequence
    params = {
        "Wx": rng.normal(size=(H, D)) / np.sqrt(D),
        "Ws": np.linalg.qr(rng.normal(size=(H, H)))[0],
        "b1": rng.normal(size=H) / 10,
        "Wo": rng.normal(size=(O, H)),
        "b2": rng.normal(size=O),
    }
    return {"params": params, "xs": rng.normal(size=(T, D)) / 2, "h0": rng.normal(size=H)}


def rnn_backward(rng: np.random.Generator) -> Case:
    """Return 5 steps of 15,000 inputs with 10 states: 150,143 parameters, each used in every step.

    So few states, because formulas that carry gradients forward in time cost as many passes as there are states.
    """
    T, O = 5, 3
    return {**_network(rng, T, 15_000, 10, O), "dys": rng.normal(size=(T, O))}


def step_contributions(rng: np.random.Generator) -> Case:
    """Return 36 steps of 360 inputs with 8 states: 103,680 contributions."""
    T, O = 36, 3
    return {**_network(rng, T, 360, 8, O), "dy_T": rng.normal(size=O)}
