"""References of lstm_2d: forward passes and hidden cases.

The forward passes take any number of leading axes, so that one pass carries the complex steps
of all elements of a parameter. Inputs and weights lie on a grid of sixteenths; weights are of
order 1, and scaled so that the gates stay away from 0 and 1. In cases called faint, all that comes from
above is some millionths, and so is what goes back. A gradient that is 0 by the
structure of a case, such as that of an output gate where only the cell has a gradient, is
handed over as whole numbers: it is exact, and no reason to draw again.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from grader_tests.mlp_backprop.reference import grid
from handgrad.assignments.lstm_2d.exercises import GATES, INPUTS, MD_GATES, MD_INPUTS, STATES
from handgrad.judging.exercise import Case
from handgrad.references import Reference
from handgrad.references.again import AGAIN, then_again
from handgrad.references.derivative import STEP

Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]
Generator = np.random.Generator

# -- forward passes, for real and complex numbers, with any leading axes -------------------------


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def joined(*vectors: Array) -> Array:
    """Concatenate along the last axis; leading axes are broadcast."""
    leading = np.broadcast_shapes(*(vector.shape[:-1] for vector in vectors))
    return np.concatenate([np.broadcast_to(v, (*leading, v.shape[-1])) for v in vectors], axis=-1)


def affine(W: Array, u: Array, b: Array) -> Array:
    return (W @ u[..., None])[..., 0] + b


def cell(p: Arrays, h_t: Array, h_d: Array, c_t: Array, c_d: Array, x_t: Array, x_d: Array) -> Arrays:
    u = joined(h_t, x_t, h_d, x_d)
    out = {}
    for k, before in (("t", c_t), ("d", c_d)):
        f, i, o, g = (affine(p[f"W{gate}_{k}"], u, p[f"b{gate}_{k}"]) for gate in GATES)
        c = sigmoid(f) * before + sigmoid(i) * np.tanh(g)
        out[f"h_{k}"], out[f"c_{k}"] = sigmoid(o) * np.tanh(c), c
    return {name: out[name] for name in STATES}


def whole_grid(p: Arrays, X: Array) -> Arrays:
    """Return the states of every node, (…, T, S, H)."""
    T, S = X.shape[-3:-1]
    zero = np.zeros(p["bf_t"].shape[-1])
    nodes: dict[tuple[int, int], Arrays] = {}
    border = dict.fromkeys(STATES, zero)
    for t, s in itertools.product(range(T), range(S)):
        up, left, x = nodes.get((t - 1, s), border), nodes.get((t, s - 1), border), X[..., t, s, :]
        nodes[t, s] = cell(p, up["h_t"], left["h_d"], up["c_t"], left["c_d"], x, x)
    stacked = {}
    for name in STATES:
        full = np.broadcast_arrays(*(nodes[t, s][name] for t in range(T) for s in range(S)))
        whole = np.stack(full, axis=-2)
        stacked[f"{name[0]}s{name[1:]}"] = whole.reshape(*whole.shape[:-2], T, S, whole.shape[-1])
    return stacked


def md_cell(p: Arrays, h_up: Array, h_left: Array, c_up: Array, c_left: Array, x: Array) -> Arrays:
    u = joined(h_up, h_left, x)
    i, f1, f2, o, g = (affine(p[f"W{gate}"], u, p[f"b{gate}"]) for gate in MD_GATES)
    c = sigmoid(f1) * c_up + sigmoid(f2) * c_left + sigmoid(i) * np.tanh(g)
    return {"h": sigmoid(o) * np.tanh(c), "c": c}


def gradients(loss: Callable[[Arrays], Any], arrays: Arrays) -> Arrays:
    """Return the gradient of a loss with respect to each named array, by the complex step.

    The steps of all elements of an array are taken in one pass, along a new first axis; the
    other arrays are handed over as they are.
    """
    found: Arrays = {}
    for name, value in arrays.items():
        steps = np.repeat(value[None].astype(np.complex128), value.size, axis=0)
        steps.reshape(value.size, value.size)[np.diag_indices(value.size)] += 1j * STEP
        result = np.imag(loss({**arrays, name: steps})) / STEP
        result = np.broadcast_to(result, (value.size,)).reshape(value.shape)
        found[name] = result.copy() if result.any() else np.zeros(value.shape, dtype=int)
    return found


def product(outputs: Arrays, upstream: Arrays, axes: int = 1) -> Any:
    """Return the sum of outputs times upstream gradients, over the last axes."""
    over = tuple(range(-axes, 0))
    return sum(np.sum(outputs[name] * value, axis=over) for name, value in upstream.items())


# -- drawing -----------------------------------------------------------------------------------


def weights(rng: Generator, H: int, columns: int) -> Array:
    """Draw a matrix on the grid of sixteenths, so that a product with inputs of order 1 is of order 1."""
    values = np.round(rng.normal(size=(H, columns)) * 16 * 1.6 / math.sqrt(columns)) / 16
    return np.where(values == 0, 1 / 16, values)


def params_of(rng: Generator, H: int, D: int) -> Arrays:
    drawn: Arrays = {}
    for k, gate in itertools.product("td", GATES):
        drawn |= {f"W{gate}_{k}": weights(rng, H, 2 * H + 2 * D), f"b{gate}_{k}": grid(rng, H) / 2}
    return drawn


def half_saturated(rng: Generator, params: Arrays) -> Arrays:
    """Return the parameters with biases by which half of the units of each gate are almost open or almost shut."""
    pushed = dict(params)
    for name in (name for name in params if name.startswith("b")):
        bias = params[name].copy()
        bias[rng.permutation(len(bias))[: len(bias) // 2]] = rng.choice([-11, 11])
        pushed[name] = bias
    return pushed


def inputs_of(rng: Generator, H: int, D: int) -> Arrays:
    return {**{name: grid(rng, H) for name in STATES}, **{name: grid(rng, D) for name in INPUTS}}


def md_params_of(rng: Generator, H: int, D: int) -> Arrays:
    drawn: Arrays = {}
    for gate in MD_GATES:
        drawn |= {f"W{gate}": weights(rng, H, 2 * H + D), f"b{gate}": grid(rng, H) / 2}
    return drawn


def md_inputs_of(rng: Generator, H: int, D: int) -> Arrays:
    return {name: grid(rng, D if name == "x" else H) for name in MD_INPUTS}


FAINT = 2.0**-20


def twice(results_of: Callable[..., Arrays]) -> Callable[..., Arrays]:
    """Return a function that gives the right results, and the same again for a cache that is used a second time."""

    @functools.wraps(results_of)
    def both(*arguments: Any, **named: Any) -> Arrays:
        results = results_of(*arguments, **named)
        return {**results, **{f"{name}[again]": value for name, value in results.items()}}

    return both


# -- cell_forward ------------------------------------------------------------------------------


def cell_forward_cases(rng: Generator) -> dict[str, Case]:
    def case(H: int, D: int) -> Case:
        return {"params": params_of(rng, H, D), **inputs_of(rng, H, D)}

    larger = case(4, 3)
    large = case(3, 2)
    saturated = case(4, 2)
    cases = {
        "H larger than D": larger,
        "the same weights, other inputs": {"params": larger["params"], **inputs_of(rng, 4, 3)},
        "D larger than H": case(2, 5),
        "H and D equal": case(3, 3),
        "many units": case(20, 30),
        "large cells": {**large, "c_t": 16 * large["c_t"], "c_d": 16 * large["c_d"]},
        "gates almost open and almost shut": {**saturated, "params": half_saturated(rng, saturated["params"])},
    }
    return then_again(cases, between=case(4, 3))


def cell_forward_expected(params: Arrays, **inputs: Array) -> Arrays:
    return cell(params, **inputs)


CELL_FORWARD = Reference(
    cases=cell_forward_cases,
    expected=cell_forward_expected,
    public=(
        "H larger than D",
        "the same weights, other inputs",
        "H and D equal",
        "large cells",
        "gates almost open and almost shut",
        AGAIN,
    ),
)

# -- cell_backward -----------------------------------------------------------------------------


def cell_backward_cases(rng: Generator) -> dict[str, Case]:
    def case(H: int, D: int, *only: str, size: float = 2) -> Case:
        size = 8 if only else size
        upstream = {f"d{name}": size * grid(rng, H) if not only or name in only else np.zeros(H) for name in STATES}
        return {"params": params_of(rng, H, D), "inputs": inputs_of(rng, H, D), **upstream}

    everywhere, saturated = case(4, 3), case(4, 2)
    return {
        "gradients at all four outputs": everywhere,
        "the same weights, other inputs": {**everywhere, "inputs": inputs_of(rng, 4, 3)},
        "H and D equal, faint gradients": case(3, 3, size=FAINT),
        "a gradient at h_t alone": case(3, 2, "h_t"),
        "a gradient at h_d alone": case(4, 2, "h_d"),
        "gradients at the two cells alone": case(3, 1, "c_t", "c_d"),
        "a gradient at c_d alone": case(3, 4, "c_d"),
        "gates almost open and almost shut": {**saturated, "params": half_saturated(rng, saturated["params"])},
    }


def cell_backward_expected(
    params: Arrays, inputs: Arrays, dh_t: Array, dh_d: Array, dc_t: Array, dc_d: Array
) -> Arrays:
    upstream = dict(zip(STATES, (dh_t, dh_d, dc_t, dc_d), strict=True))

    def loss(a: Arrays) -> Any:
        return product(cell({n: a[n] for n in params}, **{n: a[n] for n in inputs}), upstream)

    return gradients(loss, {**params, **inputs})


CELL_BACKWARD = Reference(
    cases=cell_backward_cases,
    expected=twice(cell_backward_expected),
    public=("gradients at all four outputs", "H and D equal, faint gradients", "the same weights, other inputs"),
    faint=("H and D equal, faint gradients",),
)

# -- grid_forward ------------------------------------------------------------------------------


def _grid_case(rng: Generator, T: int, S: int, H: int, D: int) -> Case:
    return {"params": params_of(rng, H, D), "X": grid(rng, T, S, D)}


def grid_forward_cases(rng: Generator) -> dict[str, Case]:
    small = _grid_case(rng, 2, 2, 3, 4)
    cases = {
        "two by two": small,
        "the same weights, another grid": {**small, "X": grid(rng, 2, 2, 4)},
        "wider than tall": _grid_case(rng, 3, 4, 2, 5),
        "taller than wide": _grid_case(rng, 5, 2, 3, 4),
        "everything square": _grid_case(rng, 3, 3, 3, 3),
        "one row": _grid_case(rng, 1, 40, 2, 3),
        "one column": _grid_case(rng, 40, 1, 3, 2),
        "whole numbers": {**_grid_case(rng, 3, 2, 3, 2), "X": rng.choice([-1, 1], size=(3, 2, 2))},
    }
    return then_again(cases, between=_grid_case(rng, 2, 2, 3, 4))


def grid_forward_expected(params: Arrays, X: Array) -> Arrays:
    return whole_grid(params, X)


GRID_FORWARD = Reference(
    cases=grid_forward_cases,
    expected=grid_forward_expected,
    public=(
        "two by two",
        "the same weights, another grid",
        "wider than tall",
        "whole numbers",
        "one row",
        "one column",
        AGAIN,
    ),
)

# -- grid_backward -----------------------------------------------------------------------------


def grid_backward_cases(rng: Generator) -> dict[str, Case]:
    def case(T: int, S: int, H: int, D: int, only: str = "", size: float = 2) -> Case:
        upstream = {name: size * grid(rng, T, S, H) for name in ("dhs_t", "dhs_d")}
        if only:
            for name, value in upstream.items():
                last = value[-1, -1] * 8
                value[...] = 0
                if only in (name, "both"):
                    value[-1, -1] = last
        return {**_grid_case(rng, T, S, H, D), **upstream}

    square = case(3, 3, 3, 3)
    return {
        "two by two, gradient at the last node alone": case(2, 2, 4, 3, "both"),
        "wider than tall, faint gradients": case(3, 4, 2, 5, size=FAINT),
        "twelve rows": case(12, 2, 2, 1),
        "everything square": square,
        "the same weights, another grid": {**square, "X": grid(rng, 3, 3, 3)},
        "one row": case(1, 14, 2, 3),
        "one column": case(12, 1, 2, 2),
        "gradient at the last h_d alone": case(2, 3, 4, 1, "dhs_d"),
    }


def grid_backward_expected(params: Arrays, X: Array, dhs_t: Array, dhs_d: Array) -> Arrays:
    def loss(a: Arrays) -> Any:
        return product(whole_grid({n: a[n] for n in params}, a["X"]), {"hs_t": dhs_t, "hs_d": dhs_d}, axes=3)

    return gradients(loss, {**params, "X": X})


GRID_BACKWARD = Reference(
    cases=grid_backward_cases,
    expected=twice(grid_backward_expected),
    public=(
        "two by two, gradient at the last node alone",
        "wider than tall, faint gradients",
        "one row",
        "one column",
    ),
    faint=("wider than tall, faint gradients",),
)

# -- md_cell_forward ---------------------------------------------------------------------------


def md_cell_forward_cases(rng: Generator) -> dict[str, Case]:
    def case(H: int, D: int) -> Case:
        return {"params": md_params_of(rng, H, D), **md_inputs_of(rng, H, D)}

    larger = case(4, 3)
    large = case(3, 2)
    saturated = case(4, 2)
    cases = {
        "H larger than D": larger,
        "the same weights, other inputs": {"params": larger["params"], **md_inputs_of(rng, 4, 3)},
        "D larger than H": case(2, 5),
        "H and D equal": case(3, 3),
        "many units": case(20, 30),
        "large cells": {**large, "c_up": 16 * large["c_up"], "c_left": 16 * large["c_left"]},
        "gates almost open and almost shut": {**saturated, "params": half_saturated(rng, saturated["params"])},
    }
    return then_again(cases, between=case(4, 3))


def md_cell_forward_expected(params: Arrays, **inputs: Array) -> Arrays:
    return md_cell(params, **inputs)


MD_CELL_FORWARD = Reference(
    cases=md_cell_forward_cases,
    expected=md_cell_forward_expected,
    public=(
        "H larger than D",
        "the same weights, other inputs",
        "H and D equal",
        "large cells",
        "gates almost open and almost shut",
        AGAIN,
    ),
)

# -- md_cell_backward --------------------------------------------------------------------------


def md_cell_backward_cases(rng: Generator) -> dict[str, Case]:
    def case(H: int, D: int, only: str = "", size: float = 2) -> Case:
        size = 8 if only else size
        upstream = {name: size * grid(rng, H) if only in ("", name) else np.zeros(H) for name in ("dh", "dc")}
        return {"params": md_params_of(rng, H, D), "inputs": md_inputs_of(rng, H, D), **upstream}

    both, saturated = case(4, 3), case(4, 2)
    return {
        "gradients at both outputs": both,
        "the same weights, other inputs": {**both, "inputs": md_inputs_of(rng, 4, 3)},
        "H and D equal, faint gradients": case(3, 3, size=FAINT),
        "D larger than H": case(2, 5),
        "a gradient at h alone": case(3, 2, "dh"),
        "a gradient at c alone": case(3, 4, "dc"),
        "gates almost open and almost shut": {**saturated, "params": half_saturated(rng, saturated["params"])},
    }


def md_cell_backward_expected(params: Arrays, inputs: Arrays, dh: Array, dc: Array) -> Arrays:
    def loss(a: Arrays) -> Any:
        return product(md_cell({n: a[n] for n in params}, **{n: a[n] for n in inputs}), {"h": dh, "c": dc})

    return gradients(loss, {**params, **inputs})


MD_CELL_BACKWARD = Reference(
    cases=md_cell_backward_cases,
    expected=twice(md_cell_backward_expected),
    public=("gradients at both outputs", "H and D equal, faint gradients", "the same weights, other inputs"),
    faint=("H and D equal, faint gradients",),
)

# -- path_gradient -----------------------------------------------------------------------------


def path_gradient_cases(rng: Generator) -> dict[str, Case]:
    def case(m: int, n: int) -> Case:
        low, high = sorted(rng.choice(np.arange(9, 16), size=2, replace=False) / 16)
        return {"m": m, "n": n, "f1": float(high), "f2": float(low)}

    cases = {
        "two paths": case(1, 1),
        "more steps down than right": case(5, 2),
        "more steps right than down": case(int(rng.integers(2, 4)), int(rng.integers(5, 8))),
        "one straight path down": case(4, 0),
        "one straight path right": case(0, 3),
        "no step": case(0, 0),
        "small gates": {"m": 5, "n": 4, "f1": float(rng.integers(2, 5)) / 64, "f2": float(rng.integers(5, 9)) / 64},
        "corner to corner of 32 by 32": {"m": 31, "n": 31, "f1": 0.73, "f2": 0.73},
        "seventy down, sixty to the right": {"m": 70, "n": 60, "f1": 0.5, "f2": 0.53125},
    }
    return then_again(cases, between=case(1, 1))


def path_gradient_expected(m: int, n: int, f1: float, f2: float) -> Arrays:
    """Send a 1 through the grid node by node: what a node receives is the sum over all paths."""
    received = np.zeros((m + 1, n + 1))
    received[0, 0] = 1
    for a, b in itertools.product(range(m + 1), range(n + 1)):
        if a:
            received[a, b] += f1 * received[a - 1, b]
        if b:
            received[a, b] += f2 * received[a, b - 1]
    return {"gradient": received[m, n]}


PATH_GRADIENT = Reference(
    cases=path_gradient_cases,
    expected=path_gradient_expected,
    public=(
        "two paths",
        "more steps down than right",
        "one straight path down",
        "one straight path right",
        "no step",
        "small gates",
        "corner to corner of 32 by 32",
        "seventy down, sixty to the right",
        AGAIN,
    ),
    faint=("small gates",),
)

REFERENCES = {
    "cell_forward": CELL_FORWARD,
    "cell_backward": CELL_BACKWARD,
    "grid_forward": GRID_FORWARD,
    "grid_backward": GRID_BACKWARD,
    "md_cell_forward": MD_CELL_FORWARD,
    "md_cell_backward": MD_CELL_BACKWARD,
    "path_gradient": PATH_GRADIENT,
}

_BORDER = "only the first row and column of the border of zeros are read; a wider one changes nothing"

_STACKED = "[np.array([[nodes[t, s][q] for s in range(S)] for t in range(T)]) for q in range(4)]"
_CELL_COPIES = ("einsum, old: c_up.copy() -> c_up", "einsum, old: c_left.copy() -> c_left")
_NOT_CHANGED = "nobody changes it in between"
_POPPED = [
    f"einsum, {line}: params['{kind}{gate}'] -> params.pop('{kind}{gate}')"
    for line, gate in (("i", "i"), ("f1", "f1"), ("f2", "f2"), ("o", "o"), ("g", "c"))
    for kind in "Wb"
]
_SAVED = "{'u': u, 'old': old, 'f': f, 'i': i, 'o': o, 'g': g, 's': squashed, 'h': hidden}"
EQUAL: dict[str, dict[str, str]] = {
    "cell_forward": {
        f"einsum, saved: saved = {_SAVED} -> saved = kept('saved', {_SAVED})": (
            "the states are right; a cache that changes is judged in cell_backward"
        ),
    },
    "grid_forward": dict.fromkeys(
        ("cache: cache = {} -> cache = kept('cache', {})", "einsum, nodes: nodes = {} -> nodes = kept('nodes', {})"),
        "the states are right; a cache that changes is judged in grid_backward",
    ),
    "grid_backward": {
        "(dh_t, dh_d, dc_t, dc_d): 1 -> 2": _BORDER,
        **dict.fromkeys(
            (
                f"einsum, states: states = {_STACKED} -> states = kept('states', {_STACKED})",
                "einsum, states: for t in range(T) -> for t in list(range(T))[:8]",
                "einsum, states: for s in range(S) -> for s in list(range(S))[:8]",
                "einsum, states: nodes[t, s][q] -> nodes[t, s][q - 1]",
            ),
            "the way back reads the nodes, and not the arrays of states made of them",
        ),
    },
    "md_cell_forward": dict.fromkeys(_CELL_COPIES, _NOT_CHANGED),
    "md_cell_backward": {
        **dict.fromkeys(_CELL_COPIES, _NOT_CHANGED),
        **dict.fromkeys(_POPPED, "the forward changes its argument, which costs in md_cell_forward"),
    },
    "path_gradient": {
        "einsum, k: k = 1 + np.arange(m) -> k = kept('k', 1 + np.arange(m))": "it depends on its length alone",
    },
}
