"""References of lstm_2d: forward passes, hidden cases, known mistakes.

The forward passes take any number of leading axes, so that one pass carries the complex steps
of all elements of a parameter. Inputs and weights lie on a grid of sixteenths; weights are of
order 1, and scaled so that the gates stay away from 0 and 1. A gradient that is 0 by the
structure of a case, such as that of an output gate where only the cell has a gradient, is
handed over as whole numbers: it is exact, and no reason to draw again.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from grader_tests.mlp_backprop.reference import grid
from handgrad.assignments.lstm_2d.exercises import GATES, INPUTS, MD_GATES, MD_INPUTS, STATES
from handgrad.judging.exercise import Case
from handgrad.references import Mistake, Reference
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


def twice(results: Arrays) -> Arrays:
    return {**results, **{f"{name}[again]": value for name, value in results.items()}}


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


def inputs_of(rng: Generator, H: int, D: int) -> Arrays:
    return {**{name: grid(rng, H) for name in STATES}, **{name: grid(rng, D) for name in INPUTS}}


def md_params_of(rng: Generator, H: int, D: int) -> Arrays:
    drawn: Arrays = {}
    for gate in MD_GATES:
        drawn |= {f"W{gate}": weights(rng, H, 2 * H + D), f"b{gate}": grid(rng, H) / 2}
    return drawn


def md_inputs_of(rng: Generator, H: int, D: int) -> Arrays:
    return {name: grid(rng, D if name == "x" else H) for name in MD_INPUTS}


# -- cell_forward ------------------------------------------------------------------------------


def cell_forward_cases(rng: Generator) -> dict[str, Case]:
    def case(H: int, D: int) -> Case:
        return {"params": params_of(rng, H, D), **inputs_of(rng, H, D)}

    return {"H larger than D": case(4, 3), "D larger than H": case(2, 5), "H and D equal": case(3, 3)}


def cell_forward_expected(params: Arrays, **inputs: Array) -> Arrays:
    return cell(params, **inputs)


CELL_FORWARD = Reference(
    cases=cell_forward_cases,
    expected=cell_forward_expected,
    public=("H larger than D", "H and D equal"),
    mistakes=(
        Mistake(
            "cells_swapped",
            {'("t", c_t), ("d", c_d)': '("t", c_d), ("d", c_t)'},
            "the cells of the two dimensions are exchanged: c_t is made from the old c_t, c_d from the old c_d.",
        ),
        Mistake(
            "returned_dimension_by_dimension",
            {'return h["t"], h["d"], c["t"], c["d"]': 'return h["t"], c["t"], h["d"], c["d"]'},
            "h_d and c_t are exchanged in what is returned: the order is h_t, h_d, c_t, c_d.",
        ),
        Mistake(
            "gates_shared",
            {
                'params[f"Wf_{k}"] @ u + params[f"bf_{k}"]': 'params["Wf_t"] @ u + params["bf_t"]',
                'params[f"Wi_{k}"] @ u + params[f"bi_{k}"]': 'params["Wi_t"] @ u + params["bi_t"]',
                'params[f"Wo_{k}"] @ u + params[f"bo_{k}"]': 'params["Wo_t"] @ u + params["bo_t"]',
            },
            "both dimensions use the gates of t; dimension d has gates of its own, with the parameters named _d.",
        ),
        Mistake(
            "everything_shared",
            {
                'params[f"Wf_{k}"] @ u + params[f"bf_{k}"]': 'params["Wf_t"] @ u + params["bf_t"]',
                'params[f"Wi_{k}"] @ u + params[f"bi_{k}"]': 'params["Wi_t"] @ u + params["bi_t"]',
                'params[f"Wo_{k}"] @ u + params[f"bo_{k}"]': 'params["Wo_t"] @ u + params["bo_t"]',
                'params[f"Wc_{k}"] @ u + params[f"bc_{k}"]': 'params["Wc_t"] @ u + params["bc_t"]',
            },
            "dimension d is computed with the parameters of t; its own are those named _d.",
        ),
        Mistake(
            "tanh_left_off_c",
            {"o * np.tanh(c[k])": "o * c[k]"},
            "the hidden state is o ∘ c here; the formula has o ∘ tanh(c).",
        ),
        Mistake(
            "candidate_by_sigmoid",
            {
                'np.tanh(params[f"Wc_{k}"] @ u + params[f"bc_{k}"])': (
                    '1 / (1 + np.exp(-(params[f"Wc_{k}"] @ u + params[f"bc_{k}"])))'
                )
            },
            "the candidate g goes through a sigmoid; its activation is tanh, so that a cell can fall as well as rise.",
        ),
        Mistake(
            "hidden_states_first",
            {"[h_t, x_t, h_d, x_d]": "[h_t, h_d, x_t, x_d]"},
            "u is put together in another order: it is h_t, x_t, h_d, x_d.",
        ),
        Mistake(
            "dimensions_exchanged_in_u",
            {"[h_t, x_t, h_d, x_d]": "[h_d, x_d, h_t, x_t]"},
            "the two dimensions are exchanged in u: it begins with h_t and x_t.",
        ),
        Mistake(
            "one_input_twice",
            {"[h_t, x_t, h_d, x_d]": "[h_t, x_t, h_d, x_t]"},
            "x_t stands in u twice; the last place belongs to x_d.",
        ),
        Mistake(
            "input_and_forget_gate_swapped",
            {"f * c_before + i * g": "i * c_before + f * g"},
            "the forget gate and the input gate are exchanged: f weighs the old cell, i the candidate g.",
        ),
        Mistake(
            "input_gate_is_1_minus_f",
            {"f * c_before + i * g": "f * c_before + (1 - f) * g"},
            "1 − f stands where the input gate i belongs; this cell has an input gate with weights of its own.",
        ),
        Mistake(
            "biases_left_out",
            {f' + params[f"b{gate}_{{k}}"]': "" for gate in GATES},
            "the biases are left out: each gate, and the candidate, is made of W u + b.",
        ),
        Mistake(
            "sigmoid_without_the_minus",
            {"np.exp(-(": "np.exp(+("},
            "the gates are 1/(1 + e^z), which is 1 − σ(z); the exponent carries a minus.",
        ),
        Mistake(
            "old_cell_lost",
            {"f * c_before + i * g": "i * g"},
            "the old cell is lost: c is f ∘ c of the step before, plus i ∘ g.",
        ),
        Mistake(
            "output_gate_left_off",
            {"o * np.tanh(c[k])": "np.tanh(c[k])"},
            "the output gate is missing: h is o ∘ tanh(c).",
        ),
        Mistake(
            "tanh_of_the_old_cell",
            {"o * np.tanh(c[k])": "o * np.tanh(c_before)"},
            "the hidden state is made from the old cell; it is o ∘ tanh of the new one.",
        ),
    ),
)

# -- cell_backward -----------------------------------------------------------------------------


def cell_backward_cases(rng: Generator) -> dict[str, Case]:
    def case(H: int, D: int, *only: str) -> Case:
        size = 8 if only else 2
        upstream = {f"d{name}": size * grid(rng, H) if not only or name in only else np.zeros(H) for name in STATES}
        return {"params": params_of(rng, H, D), "inputs": inputs_of(rng, H, D), **upstream}

    return {
        "gradients at all four outputs": case(4, 3),
        "H and D equal": case(3, 3),
        "a gradient at h_t alone": case(3, 2, "h_t"),
        "a gradient at h_d alone": case(4, 2, "h_d"),
        "gradients at the two cells alone": case(3, 1, "c_t", "c_d"),
        "a gradient at c_d alone": case(3, 4, "c_d"),
    }


def cell_backward_expected(
    params: Arrays, inputs: Arrays, dh_t: Array, dh_d: Array, dc_t: Array, dc_d: Array
) -> Arrays:
    upstream = dict(zip(STATES, (dh_t, dh_d, dc_t, dc_d), strict=True))

    def loss(a: Arrays) -> Any:
        return product(cell({n: a[n] for n in params}, **{n: a[n] for n in inputs}), upstream)

    return twice(gradients(loss, {**params, **inputs}))


CELL_BACKWARD = Reference(
    cases=cell_backward_cases,
    expected=cell_backward_expected,
    public=("gradients at all four outputs", "H and D equal"),
    mistakes=(
        Mistake(
            "path_through_o_lost",
            {"dh * tanh_c * o * (1 - o)": "0 * o"},
            "the path through the output gate is missing: h = o ∘ tanh(c) depends on o too.",
        ),
        Mistake(
            "path_through_h_to_c_lost",
            {"dc + dh * o * (1 - tanh_c**2)": "dc"},
            "the cell receives only dc: h = o ∘ tanh(c) sends dh back to c as well.",
        ),
        Mistake(
            "dc_lost",
            {"dc + dh * o * (1 - tanh_c**2)": "dh * o * (1 - tanh_c**2)"},
            "dc is lost: what arrives at the cell is dc plus what comes back through h.",
        ),
        Mistake(
            "tanh_derivative_of_h_missing",
            {"dh * o * (1 - tanh_c**2)": "dh * o"},
            "the derivative of tanh(c) is missing on the way from h to c: multiply by 1 − tanh²(c).",
        ),
        Mistake(
            "tanh_derivative_with_c",
            {"1 - tanh_c**2": "1 - c**2"},
            "1 − c² stands for the derivative of tanh(c); it is 1 − tanh²(c), with the output of tanh.",
        ),
        Mistake(
            "o_gate_with_c",
            {"dh * tanh_c * o": "dh * c * o"},
            "the output gate's gradient is made with c; in h = o ∘ tanh(c) the factor beside o is tanh(c).",
        ),
        Mistake(
            "derivatives_swapped",
            {
                "f * (1 - f)": "(1 - f**2)",
                "i * (1 - i)": "(1 - i**2)",
                "o * (1 - o)": "(1 - o**2)",
                "(1 - g**2)": "g * (1 - g)",
            },
            "the derivatives are exchanged: a gate y = σ(z) has y(1 − y), the candidate y = tanh(z) has 1 − y².",
        ),
        Mistake(
            "sigmoid_derivative_for_g",
            {"(1 - g**2)": "g * (1 - g)"},
            "the candidate g is a tanh: its derivative is 1 − g², not g(1 − g).",
        ),
        Mistake(
            "tanh_derivative_for_the_gates",
            {"f * (1 - f)": "(1 - f**2)", "i * (1 - i)": "(1 - i**2)", "o * (1 - o)": "(1 - o**2)"},
            "the gates are sigmoids: the derivative of y = σ(z) is y(1 − y), not 1 − y².",
        ),
        Mistake(
            "half_of_the_sigmoid_derivative",
            {"f * (1 - f)": "(1 - f)", "i * (1 - i)": "(1 - i)", "o * (1 - o)": "(1 - o)"},
            "the gates' slope is 1 − y here; where y = σ(z), the slope is y(1 − y).",
        ),
        Mistake(
            "o_gate_with_the_cell_gradient",
            {"dh * tanh_c * o": "dc_all * tanh_c * o"},
            "the output gate's gradient is made from what arrives at c; o stands in h alone, so it takes dh.",
        ),
        Mistake(
            "gate_derivatives_missing",
            {"* f * (1 - f)": "", "* i * (1 - i)": "", "* o * (1 - o)": "", "* (1 - g**2)": ""},
            "these are the gradients at the gates; the gradients before the activations carry y(1 − y) or 1 − y².",
        ),
        Mistake(
            "i_and_g_confused",
            {"dc_all * g * i": "dc_all * i * i", "dc_all * i * (1 - g**2)": "dc_all * g * (1 - g**2)"},
            "in i ∘ g each factor gets the other one: the gradient at i is dc ∘ g, that at g is dc ∘ i.",
        ),
        Mistake(
            "forget_gate_with_the_new_cell",
            {"dc_all * c_before": "dc_all * c"},
            "the forget gate's gradient is made with the new cell; f multiplies the old one.",
        ),
        Mistake(
            "cell_gradient_without_f",
            {'grads[f"c_{k}"] = dc_all * f': 'grads[f"c_{k}"] = dc_all'},
            "the old cell reaches the new one through f: its gradient is multiplied by f.",
        ),
        Mistake(
            "cell_gradient_from_dc_alone",
            {'grads[f"c_{k}"] = dc_all * f': 'grads[f"c_{k}"] = dc * f'},
            "the gradient of the old cell leaves out what comes through h: use all that arrives at the new cell.",
        ),
        Mistake(
            "own_dimension_only",
            {
                'du = du + params[f"W{gate}_{k}"].T @ dz': (
                    "half = slice(0, H + D) if k == 't' else slice(H + D, None)\n"
                    '            du[half] += (params[f"W{gate}_{k}"].T @ dz)[half]'
                )
            },
            "each dimension's gates send a gradient to their own h and x alone; they read all of u, so both get one.",
        ),
        Mistake(
            "gates_of_t_only",
            {"du = du + ": "du = du + (k == 't') * "},
            "only the gates of t send a gradient to u; those of d read the same u.",
        ),
        Mistake(
            "gates_of_d_overwrite",
            {
                'du = du + params[f"W{gate}_{k}"].T @ dz': (
                    "du = (0 if gate == 'f' else du) + params[f\"W{gate}_{k}\"].T @ dz"
                )
            },
            "the gates of d overwrite what the gates of t sent to u; the two add up.",
        ),
        Mistake(
            "last_gate_overwrites",
            {"du = du + params": "du = params"},
            "each gate overwrites what the one before sent to u; eight gradients arrive there and add up.",
        ),
        Mistake(
            "u_split_in_another_order",
            {
                'grads["h_t"], grads["x_t"], grads["h_d"], grads["x_d"]': 'grads["h_d"], grads["x_d"], grads["h_t"], grads["x_t"]'
            },
            "the gradient of u is taken apart with the dimensions exchanged: u is h_t, x_t, h_d, x_d.",
        ),
        Mistake(
            "u_split_hidden_states_first",
            {
                'grads["h_t"], grads["x_t"], grads["h_d"], grads["x_d"]': 'grads["h_t"], grads["h_d"], grads["x_t"], grads["x_d"]'
            },
            "the second piece of u's gradient is taken for h_d, the third for x_t: u is h_t, x_t, h_d, x_d.",
        ),
        Mistake(
            "cells_swapped",
            {'("t", dh_t, dc_t), ("d", dh_d, dc_d)': '("t", dh_t, dc_d), ("d", dh_d, dc_t)'},
            "dc_t and dc_d are exchanged: dc_t belongs to the cell of t.",
        ),
        Mistake(
            "dimension_d_lost",
            {'("t", dh_t, dc_t), ("d", dh_d, dc_d)': '("t", dh_t, dc_t), ("d", 0 * dh_d, 0 * dc_d)'},
            "what arrives at h_d and c_d is not used: all of dimension d is without a gradient.",
        ),
        Mistake(
            "weights_transposed",
            {"np.outer(dz, u)": "np.outer(u, dz)"},
            "the outer product is the wrong way round: a W has one row for each hidden unit, one column for each entry of u.",
        ),
        Mistake(
            "cache_changed",
            {"tanh_c = np.tanh(c)": "tanh_c = np.tanh(c, out=c)"},
            "the first call changes the cache: a second call with the same cache must give the same.",
        ),
    ),
)

# -- grid_forward ------------------------------------------------------------------------------


def _grid_case(rng: Generator, T: int, S: int, H: int, D: int) -> Case:
    return {"params": params_of(rng, H, D), "X": grid(rng, T, S, D)}


def grid_forward_cases(rng: Generator) -> dict[str, Case]:
    return {
        "two by two": _grid_case(rng, 2, 2, 3, 4),
        "wider than tall": _grid_case(rng, 3, 4, 2, 5),
        "taller than wide": _grid_case(rng, 5, 2, 3, 4),
        "everything square": _grid_case(rng, 3, 3, 3, 3),
        "one row": _grid_case(rng, 1, 4, 2, 3),
        "one column": _grid_case(rng, 4, 1, 3, 2),
    }


def grid_forward_expected(params: Arrays, X: Array) -> Arrays:
    return whole_grid(params, X)


CALL = "params, hs_t[t - 1, s], hs_d[t, s - 1], cs_t[t - 1, s], cs_d[t, s - 1], x, x"

GRID_FORWARD = Reference(
    cases=grid_forward_cases,
    expected=grid_forward_expected,
    public=("two by two", "wider than tall"),
    mistakes=(
        Mistake(
            "axes_swapped",
            {CALL: "params, hs_t[t, s - 1], hs_d[t - 1, s], cs_t[t, s - 1], cs_d[t - 1, s], x, x"},
            "the axes are exchanged: h_t and c_t come from (t − 1, s), h_d and c_d from (t, s − 1).",
        ),
        Mistake(
            "path_of_d_lost",
            {CALL: "params, hs_t[t - 1, s], 0 * hs_d[t, s - 1], cs_t[t - 1, s], 0 * cs_d[t, s - 1], x, x"},
            "the states of d never move on: node (t, s) takes h_d and c_d from (t, s − 1).",
        ),
        Mistake(
            "path_of_t_lost",
            {CALL: "params, 0 * hs_t[t - 1, s], hs_d[t, s - 1], 0 * cs_t[t - 1, s], cs_d[t, s - 1], x, x"},
            "the states of t never move on: node (t, s) takes h_t and c_t from (t − 1, s).",
        ),
        Mistake(
            "cells_do_not_move_on",
            {CALL: "params, hs_t[t - 1, s], hs_d[t, s - 1], 0 * x[:1] + np.zeros(H), np.zeros(H), x, x"},
            "the hidden states move on, the cells do not: c_t and c_d go the same way as h_t and h_d.",
        ),
        Mistake(
            "cells_crossed",
            {CALL: "params, hs_t[t - 1, s], hs_d[t, s - 1], cs_d[t, s - 1], cs_t[t - 1, s], x, x"},
            "the two cells are exchanged on their way: c_t comes from (t − 1, s), c_d from (t, s − 1).",
        ),
        Mistake(
            "hidden_states_crossed",
            {CALL: "params, hs_d[t, s - 1], hs_t[t - 1, s], cs_t[t - 1, s], cs_d[t, s - 1], x, x"},
            "h_t and h_d are exchanged in the call: h_t comes first, from (t − 1, s).",
        ),
        Mistake(
            "both_from_above",
            {CALL: "params, hs_t[t - 1, s], hs_d[t - 1, s], cs_t[t - 1, s], cs_d[t - 1, s], x, x"},
            "both dimensions take their states from (t − 1, s); those of d come from (t, s − 1).",
        ),
        Mistake(
            "diagonal_neighbour",
            {CALL: "params, hs_t[t - 1, s - 1], hs_d[t - 1, s - 1], cs_t[t - 1, s - 1], cs_d[t - 1, s - 1], x, x"},
            "the states come from the node (t − 1, s − 1); there is one step in one dimension at a time.",
        ),
        Mistake(
            "returned_dimension_by_dimension",
            {"hs_d[1:, 1:], cs_t[1:, 1:]": "cs_t[1:, 1:], hs_d[1:, 1:]"},
            "hs_d and cs_t are exchanged in what is returned: the order is hs_t, hs_d, cs_t, cs_d.",
        ),
        Mistake(
            "axes_of_X_swapped",
            {"T, S, _ = X.shape": "X = X.transpose(1, 0, 2)\n    T, S, _ = X.shape"},
            "the result is that of the grid with its axes exchanged: t runs along the first axis of X, s along the second.",
        ),
    ),
)

# -- grid_backward -----------------------------------------------------------------------------


def grid_backward_cases(rng: Generator) -> dict[str, Case]:
    def case(T: int, S: int, H: int, D: int, only: str = "") -> Case:
        upstream = {name: 2 * grid(rng, T, S, H) for name in ("dhs_t", "dhs_d")}
        if only:
            for name, value in upstream.items():
                last = value[-1, -1] * 8
                value[...] = 0
                if only in (name, "both"):
                    value[-1, -1] = last
        return {**_grid_case(rng, T, S, H, D), **upstream}

    return {
        "two by two, gradient at the last node alone": case(2, 2, 4, 3, "both"),
        "wider than tall": case(3, 4, 2, 5),
        "taller than wide": case(4, 2, 3, 1),
        "everything square": case(3, 3, 3, 3),
        "one row": case(1, 4, 2, 3),
        "one column": case(4, 1, 3, 2),
        "gradient at the last h_d alone": case(2, 3, 4, 1, "dhs_d"),
    }


def grid_backward_expected(params: Arrays, X: Array, dhs_t: Array, dhs_d: Array) -> Arrays:
    def loss(a: Arrays) -> Any:
        return product(whole_grid({n: a[n] for n in params}, a["X"]), {"hs_t": dhs_t, "hs_d": dhs_d}, axes=3)

    return twice(gradients(loss, {**params, "X": X}))


NODE_CALL = "dhs_t[t, s] + dh_t[t + 1, s], dhs_d[t, s] + dh_d[t, s + 1]"

GRID_BACKWARD = Reference(
    cases=grid_backward_cases,
    expected=grid_backward_expected,
    public=("two by two, gradient at the last node alone", "wider than tall"),
    mistakes=(
        Mistake(
            "path_of_d_lost",
            {
                NODE_CALL: "dhs_t[t, s] + dh_t[t + 1, s], dhs_d[t, s]",
                "dc_t[t + 1, s], dc_d[t, s + 1]": "dc_t[t + 1, s], 0 * dc_d[t, s + 1]",
            },
            "one path is lost: what the node (t, s + 1) sends back to h_d and c_d never arrives.",
        ),
        Mistake(
            "path_of_t_lost",
            {
                NODE_CALL: "dhs_t[t, s], dhs_d[t, s] + dh_d[t, s + 1]",
                "dc_t[t + 1, s], dc_d[t, s + 1]": "0 * dc_t[t + 1, s], dc_d[t, s + 1]",
            },
            "one path is lost: what the node (t + 1, s) sends back to h_t and c_t never arrives.",
        ),
        Mistake(
            "both_paths_lost",
            {
                NODE_CALL: "dhs_t[t, s], dhs_d[t, s]",
                "dc_t[t + 1, s], dc_d[t, s + 1]": "0 * dc_t[t + 1, s], 0 * dc_d[t, s + 1]",
            },
            "nothing travels from node to node: each one uses its own upstream gradient alone.",
        ),
        Mistake(
            "axes_swapped",
            {
                NODE_CALL: "dhs_t[t, s] + dh_t[t, s + 1], dhs_d[t, s] + dh_d[t + 1, s]",
                "dc_t[t + 1, s], dc_d[t, s + 1]": "dc_t[t, s + 1], dc_d[t + 1, s]",
            },
            "the axes are exchanged on the way back: what comes from (t + 1, s) belongs to h_t and c_t.",
        ),
        Mistake(
            "cells_lost",
            {"dc_t[t + 1, s], dc_d[t, s + 1]": "0 * dc_t[t + 1, s], 0 * dc_d[t, s + 1]"},
            "the cells' gradients are lost between the nodes: c_t and c_d carry one back, as h_t and h_d do.",
        ),
        Mistake(
            "hidden_states_lost",
            {NODE_CALL: "dhs_t[t, s], dhs_d[t, s]"},
            "only the cells carry a gradient from node to node: h_t and h_d of the node before get one too.",
        ),
        Mistake(
            "hidden_state_of_d_lost",
            {NODE_CALL: "dhs_t[t, s] + dh_t[t + 1, s], dhs_d[t, s]"},
            "h_d gets the loss's own gradient alone: add what the node (t, s + 1) sends back to it.",
        ),
        Mistake(
            "hidden_state_of_t_lost",
            {NODE_CALL: "dhs_t[t, s], dhs_d[t, s] + dh_d[t, s + 1]"},
            "h_t gets the loss's own gradient alone: add what the node (t + 1, s) sends back to it.",
        ),
        Mistake(
            "overwritten",
            {"grads[name] += node[name]": "grads[name] = node[name]"},
            "the parameters hold what one node gives: every node uses the same parameters, so their gradients add up.",
        ),
        Mistake(
            "averaged_over_the_nodes",
            {"grads[name] += node[name]": "grads[name] += node[name] / (T * S)"},
            "the parameters' gradients are averaged over the nodes; each use of a parameter adds its own gradient.",
        ),
        Mistake(
            "X_through_x_t_alone",
            {'node["x_t"] + node["x_d"]': 'node["x_t"]'},
            "X[t, s] enters its node twice, as x_t and as x_d: the two gradients add up.",
        ),
        Mistake(
            "X_through_x_d_alone",
            {'node["x_t"] + node["x_d"]': 'node["x_d"]'},
            "X[t, s] enters its node twice, as x_t and as x_d: the two gradients add up.",
        ),
        Mistake(
            "X_averaged",
            {'node["x_t"] + node["x_d"]': '(node["x_t"] + node["x_d"]) / 2'},
            "the gradients of x_t and x_d are averaged; they add up, as X[t, s] is used twice.",
        ),
        Mistake(
            "own_gradient_lost",
            {NODE_CALL: ("dh_t[t + 1, s] if t + 1 < T else dhs_t[t, s], dh_d[t, s + 1] if s + 1 < S else dhs_d[t, s]")},
            "inside the grid a node's own dhs is replaced by what its neighbour sends; the two add up.",
        ),
        Mistake(
            "upstream_of_the_last_node_only",
            {
                NODE_CALL: "(t == T - 1) * (s == S - 1) * dhs_t[t, s] + dh_t[t + 1, s], (t == T - 1) * (s == S - 1) * dhs_d[t, s] + dh_d[t, s + 1]"
            },
            "only the last node's upstream gradient is used; every node has one.",
        ),
        Mistake(
            "dhs_d_not_used",
            {NODE_CALL: "dhs_t[t, s] + dh_t[t + 1, s], dh_d[t, s + 1]"},
            "dhs_d is not used: each node has an upstream gradient at h_d as well as at h_t.",
        ),
        Mistake(
            "walked_forward",
            {"reversed(range(T))": "range(T)", "reversed(range(S))": "range(S)"},
            "the nodes are visited in the order of the forward pass: a node needs what its later neighbours send, so go backwards.",
        ),
        Mistake(
            "sums_kept_in_the_cache",
            {
                "grads = {name: np.zeros(value.shape) for name, value in params.items()}": (
                    "grads = cache.setdefault('sums', {name: np.zeros(value.shape) for name, value in params.items()})"
                )
            },
            "the sums of one call are kept in the cache and go on growing in the next: begin each call with zeros.",
        ),
    ),
)

# -- md_cell_forward ---------------------------------------------------------------------------


def md_cell_forward_cases(rng: Generator) -> dict[str, Case]:
    def case(H: int, D: int) -> Case:
        return {"params": md_params_of(rng, H, D), **md_inputs_of(rng, H, D)}

    return {"H larger than D": case(4, 3), "D larger than H": case(2, 5), "H and D equal": case(3, 3)}


def md_cell_forward_expected(params: Arrays, **inputs: Array) -> Arrays:
    return md_cell(params, **inputs)


MD_CELL_FORWARD = Reference(
    cases=md_cell_forward_cases,
    expected=md_cell_forward_expected,
    public=("H larger than D", "H and D equal"),
    mistakes=(
        Mistake(
            "one_forget_gate",
            {'params["Wf2"] @ u + params["bf2"]': 'params["Wf1"] @ u + params["bf1"]'},
            "one forget gate serves both neighbours: c_left has a gate of its own, with Wf2 and bf2.",
        ),
        Mistake(
            "biases_left_out",
            {f' + params["b{gate}"]': "" for gate in MD_GATES},
            "the biases are left out: each gate, and the candidate, is made of W u + b.",
        ),
        Mistake(
            "sigmoid_without_the_minus",
            {"np.exp(-(": "np.exp(+("},
            "the gates are 1/(1 + e^z), which is 1 − σ(z); the exponent carries a minus.",
        ),
        Mistake(
            "forget_gates_exchanged",
            {"f1 * c_up + f2 * c_left": "f2 * c_up + f1 * c_left"},
            "the forget gates are exchanged: f₁ weighs c_up, f₂ weighs c_left.",
        ),
        Mistake(
            "cells_averaged",
            {"f1 * c_up + f2 * c_left": "(f1 * c_up + f2 * c_left) / 2"},
            "the two old cells are averaged; in this cell they add up.",
        ),
        Mistake(
            "c_left_lost",
            {"f1 * c_up + f2 * c_left": "f1 * c_up"},
            "the cell from the left is lost: c holds f₂ ∘ c_left too.",
        ),
        Mistake(
            "tanh_left_off_c",
            {"o * np.tanh(c)": "o * c"},
            "the hidden state is o ∘ c here; the formula has o ∘ tanh(c).",
        ),
        Mistake(
            "left_before_up",
            {"[h_up, h_left, x]": "[h_left, h_up, x]"},
            "the two hidden states are exchanged in u: it is h_up, h_left, x.",
        ),
        Mistake(
            "x_first",
            {"[h_up, h_left, x]": "[x, h_up, h_left]"},
            "u is put together in another order: it is h_up, h_left, x.",
        ),
        Mistake(
            "candidate_by_sigmoid",
            {'np.tanh(params["Wc"] @ u + params["bc"])': '1 / (1 + np.exp(-(params["Wc"] @ u + params["bc"])))'},
            "the candidate g goes through a sigmoid; its activation is tanh.",
        ),
    ),
)

# -- md_cell_backward --------------------------------------------------------------------------


def md_cell_backward_cases(rng: Generator) -> dict[str, Case]:
    def case(H: int, D: int, only: str = "") -> Case:
        size = 8 if only else 2
        upstream = {name: size * grid(rng, H) if only in ("", name) else np.zeros(H) for name in ("dh", "dc")}
        return {"params": md_params_of(rng, H, D), "inputs": md_inputs_of(rng, H, D), **upstream}

    return {
        "gradients at both outputs": case(4, 3),
        "H and D equal": case(3, 3),
        "D larger than H": case(2, 5),
        "a gradient at h alone": case(3, 2, "dh"),
        "a gradient at c alone": case(3, 4, "dc"),
    }


def md_cell_backward_expected(params: Arrays, inputs: Arrays, dh: Array, dc: Array) -> Arrays:
    def loss(a: Arrays) -> Any:
        return product(md_cell({n: a[n] for n in params}, **{n: a[n] for n in inputs}), {"h": dh, "c": dc})

    return twice(gradients(loss, {**params, **inputs}))


MD_CELL_BACKWARD = Reference(
    cases=md_cell_backward_cases,
    expected=md_cell_backward_expected,
    public=("gradients at both outputs", "H and D equal"),
    mistakes=(
        Mistake(
            "one_forget_gate",
            {
                '"f2": dc_all * c_left * f2 * (1 - f2)': '"f2": dc_all * c_left * f1 * (1 - f1)',
                '"c_left": dc_all * f2': '"c_left": dc_all * f1',
            },
            "the gradients at the left are made with f₁: c_left went through the gate f₂.",
        ),
        Mistake(
            "old_cells_exchanged",
            {
                "dc_all * c_up": "dc_all * c_other",
                "dc_all * c_left": "dc_all * c_up",
                "dc_all * c_other": "dc_all * c_left",
            },
            "the old cells are exchanged in the gradients of the forget gates: f₁ multiplies c_up, f₂ multiplies c_left.",
        ),
        Mistake(
            "cell_gradients_exchanged",
            {'"c_up": dc_all * f1, "c_left": dc_all * f2': '"c_up": dc_all * f2, "c_left": dc_all * f1'},
            "the gradients of the two old cells are exchanged: c_up gets f₁, c_left gets f₂.",
        ),
        Mistake(
            "cell_gradients_without_gates",
            {'"c_up": dc_all * f1, "c_left": dc_all * f2': '"c_up": dc_all, "c_left": dc_all'},
            "the old cells reach c through their forget gates: multiply their gradients by f₁ and f₂.",
        ),
        Mistake(
            "path_through_o_lost",
            {"dh * tanh_c * o * (1 - o)": "0 * o"},
            "the path through the output gate is missing: h = o ∘ tanh(c) depends on o too.",
        ),
        Mistake(
            "path_through_h_to_c_lost",
            {"dc + dh * o * (1 - tanh_c**2)": "dc"},
            "the cell receives only dc: h = o ∘ tanh(c) sends dh back to c as well.",
        ),
        Mistake(
            "dc_lost",
            {"dc + dh * o * (1 - tanh_c**2)": "dh * o * (1 - tanh_c**2)"},
            "dc is lost: what arrives at the cell is dc plus what comes back through h.",
        ),
        Mistake(
            "tanh_derivative_of_h_missing",
            {"dh * o * (1 - tanh_c**2)": "dh * o"},
            "the derivative of tanh(c) is missing on the way from h to c: multiply by 1 − tanh²(c).",
        ),
        Mistake(
            "sigmoid_derivative_for_g",
            {"(1 - g**2)": "g * (1 - g)"},
            "the candidate g is a tanh: its derivative is 1 − g², not g(1 − g).",
        ),
        Mistake(
            "i_and_g_confused",
            {"dc_all * g * i": "dc_all * i * i", "dc_all * i * (1 - g**2)": "dc_all * g * (1 - g**2)"},
            "in i ∘ g each factor gets the other one: the gradient at i is dc ∘ g, that at g is dc ∘ i.",
        ),
        Mistake(
            "last_gate_overwrites",
            {"du = du + params": "du = params"},
            "each gate overwrites what the one before sent to u; five gradients arrive there and add up.",
        ),
        Mistake(
            "weights_transposed",
            {"np.outer(dz, u)": "np.outer(u, dz)"},
            "the outer product is the wrong way round: a W has one row for each hidden unit, one column for each entry of u.",
        ),
        Mistake(
            "left_before_up",
            {'grads["h_up"], grads["h_left"], grads["x"]': 'grads["h_left"], grads["h_up"], grads["x"]'},
            "the gradient of u is taken apart in another order: u is h_up, h_left, x.",
        ),
    ),
)

# -- path_gradient -----------------------------------------------------------------------------


def path_gradient_cases(rng: Generator) -> dict[str, Case]:
    def case(m: int, n: int) -> Case:
        low, high = sorted(rng.choice(np.arange(9, 16), size=2, replace=False) / 16)
        return {"m": m, "n": n, "f1": float(high), "f2": float(low)}

    return {
        "two paths": case(1, 1),
        "more steps down than right": case(5, 2),
        "more steps right than down": case(int(rng.integers(2, 4)), int(rng.integers(5, 8))),
        "one straight path down": case(4, 0),
        "one straight path right": case(0, 3),
        "no step": case(0, 0),
        "corner to corner of 32 by 32": {"m": 31, "n": 31, "f1": 0.73, "f2": 0.73},
    }


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
    public=("two paths", "more steps down than right", "no step"),
    mistakes=(
        Mistake(
            "one_path_only",
            {"math.comb(m + n, m) * f1**m * f2**n": "f1**m * f2**n"},
            "this is what one path carries: how many paths of m steps down and n steps right are there?",
        ),
        Mistake(
            "gates_exchanged",
            {"f1**m * f2**n": "f1**n * f2**m"},
            "the gates are exchanged: f₁ is met at each of the m steps, f₂ at each of the n.",
        ),
        Mistake(
            "one_gate_for_all_steps",
            {"f1**m * f2**n": "f1 ** (m + n)"},
            "f₁ is met at every step here; the n steps to the right go through f₂.",
        ),
        Mistake(
            "paths_as_if_each_step_were_free",
            {"math.comb(m + n, m)": "2 ** (m + n)"},
            "2^(m+n) counts every sequence of steps; only those with just m steps down end at (m, n).",
        ),
        Mistake(
            "paths_as_a_product",
            {"math.comb(m + n, m)": "m * n"},
            "m · n is the area, not the number of paths: in how many orders can m steps down and n right be taken?",
        ),
        Mistake(
            "chosen_from_the_wrong_number",
            {"math.comb(m + n, m)": "math.comb(m, n)"},
            "n is chosen out of m here: a path has m + n steps, and which of them go down is what is free.",
        ),
        Mistake(
            "steps_counted_as_paths",
            {"math.comb(m + n, m)": "(m + n)"},
            "m + n is the number of steps of one path: in how many orders can they be taken?",
        ),
        Mistake(
            "factorial_not_divided",
            {"math.comb(m + n, m)": "math.factorial(m + n)"},
            "(m + n)! counts orders of steps that all differ; the m steps down are alike, and so are the n right.",
        ),
        Mistake(
            "gates_added",
            {"math.comb(m + n, m) * f1**m * f2**n": "(f1 + f2) ** (m + n)"},
            "(f₁ + f₂)^(m+n) is the sum over all end points of m + n steps; the paths that end at (m, n) are one term of it.",
        ),
        Mistake(
            "two_chains_added",
            {"math.comb(m + n, m) * f1**m * f2**n": "f1**m + f2**n"},
            "the two straight chains are added; along a path the gates of both dimensions multiply, and the paths add up.",
        ),
    ),
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

EQUAL: dict[str, dict[str, str]] = {
    "grid_backward": {"(dh_t, dh_d, dc_t, dc_d): 1 -> 2": _BORDER},
}
