"""Large cases of lstm_2d, drawn from a seed: many parameters, or many nodes."""

from __future__ import annotations

import numpy as np

from handgrad.judging.exercise import Case

Array = np.ndarray


def _layers(rng: np.random.Generator, names: tuple[str, ...], H: int, inputs: int) -> dict[str, Array]:
    """Return weights ``W`` (H, inputs) and biases ``b`` (H,) for each name behind the W."""
    weights = {f"W{name}": rng.normal(size=(H, inputs)) / np.sqrt(inputs) for name in names}
    return {**weights, **{f"b{name}": rng.normal(size=H) / 10 for name in names}}


GATES = tuple(f"{gate}_{dimension}" for dimension in "td" for gate in "fioc")
MD_GATES = ("i", "f1", "f2", "o", "c")


def cell_backward(rng: np.random.Generator) -> Case:
    """Return a cell of 2 units with 6,500 inputs in each dimension: 208,080 parameters.

    So many inputs, because differences for these alone must be told too.
    """
    H, D = 2, 6500
    states = {name: rng.normal(size=H) for name in ("h_t", "h_d", "c_t", "c_d")}
    inputs = {name: rng.normal(size=D) for name in ("x_t", "x_d")}
    upstream = {name: rng.normal(size=H) for name in ("dh_t", "dh_d", "dc_t", "dc_d")}
    return {"once": True, "params": _layers(rng, GATES, H, 2 * H + 2 * D), "inputs": {**states, **inputs}, **upstream}


def grid_backward(rng: np.random.Generator) -> Case:
    """Return a grid of 4 × 7 nodes of 5 units with 120 inputs: 10,040 parameters, each used at every node."""
    T, S, H, D = 4, 7, 5, 120
    return {
        "once": True,
        "params": _layers(rng, GATES, H, 2 * H + 2 * D),
        "X": rng.normal(size=(T, S, D)),
        "dhs_t": rng.normal(size=(T, S, H)),
        "dhs_d": rng.normal(size=(T, S, H)),
    }


def md_cell_backward(rng: np.random.Generator) -> Case:
    """Return a cell of 20 units with 2,000 inputs: 204,100 parameters."""
    H, D = 20, 2000
    states = {name: rng.normal(size=H) for name in ("h_up", "h_left", "c_up", "c_left")}
    return {
        "once": True,
        "params": _layers(rng, MD_GATES, H, 2 * H + D),
        "inputs": {**states, "x": rng.normal(size=D)},
        "dh": rng.normal(size=H),
        "dc": rng.normal(size=H),
    }
