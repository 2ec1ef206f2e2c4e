"""Large cases of vanishing_gradients, drawn from a seed: long sequences, and many parameters."""

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
    return {"once": True, "params": params, "xs": rng.normal(size=(T, D)) / 2, "h0": rng.normal(size=H)}


def rnn_backward(rng: np.random.Generator) -> Case:
    """Return 60 steps of 1,500 inputs with 10 states: 15,143 parameters, each used in every step."""
    T, O = 60, 3
    return {**_network(rng, T, 1500, 10, O), "dys": rng.normal(size=(T, O))}


def step_contributions(rng: np.random.Generator) -> Case:
    """Return 60 steps of 150 inputs with 8 states: 72,000 contributions."""
    T, O = 60, 3
    return {**_network(rng, T, 150, 8, O), "dy_T": rng.normal(size=O)}
