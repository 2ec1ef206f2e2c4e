"""References of vanishing_gradients: forward passes, hidden cases, known mistakes.

Recurrent weights are 0.9 to 1.2 times an orthogonal matrix and the states stay clear of
saturation, so that what goes back over the longest lag is of the order of the rest: whatever is
cut off shows. Inputs and weights are exact in float32, so that an answer computed there loses little.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from handgrad.assignments.vanishing_gradients.exercises import PARAMS
from handgrad.judging.exercise import Case
from handgrad.references import Mistake, Reference
from handgrad.references.derivative import gradient, gradients

Array = np.ndarray[Any, Any]
Generator = np.random.Generator

# -- drawing -----------------------------------------------------------------------------------


def grid(rng: Generator, *shape: int, scale: float = 1.0) -> Array:
    """Draw numbers of order ``scale``, none of them 0, on a grid of sixty-fourths."""
    values: Array = np.round(rng.uniform(0.35, 1.15, size=shape) * scale * 64) / 64
    values *= rng.choice([-1.0, 1.0], size=shape)
    return values


def orthogonal(rng: Generator, size: int, rho: float) -> Array:
    """Draw rho times an orthogonal matrix, rounded so that it is exact in float32."""
    if size == 1:
        return np.array([[round(rho * 1024) / 1024]])
    while True:
        q, r = np.linalg.qr(rng.normal(size=(size, size)))
        q = q * np.sign(np.diag(r))
        # far from symmetric, or the transpose would do as well
        if np.abs(q - q.T).max() > 0.5:
            rounded: Array = np.round(rho * q * 1024) / 1024
            return rounded


def params_of(rng: Generator, d: int, h: int, o: int, rho: float | None = None) -> dict[str, Array]:
    rho = float(rng.uniform(0.95, 1.2)) if rho is None else rho
    return {
        "Wx": grid(rng, h, d, scale=0.5),
        "Ws": orthogonal(rng, h, rho),
        "b1": grid(rng, h, scale=0.15),
        "Wo": grid(rng, o, h),
        "b2": grid(rng, o, scale=0.5),
    }


def network(rng: Generator, t: int, d: int, h: int, o: int, rho: float | None = None) -> Case:
    """Draw a network, its inputs and the state before them, until no state is near saturation."""
    while True:
        case: Case = {
            "params": params_of(rng, d, h, o, rho),
            "xs": grid(rng, t, d, scale=0.4),
            "h0": grid(rng, h, scale=0.5),
        }
        states = np.abs(states_of(case["params"], case["xs"], case["h0"]))
        if states.max() < 0.93 and states.max(axis=1).min() > 0.35:
            return case


# -- forward passes, for real and complex numbers -----------------------------------------------


def states_of(params: dict[str, Array], xs: Array, h0: Array, Wx: Array | None = None) -> Array:
    """Return the states (T, H); ``Wx`` (T, H, D), if given, holds other input weights for each step."""
    states, h = [], h0
    for t, x in enumerate(xs):
        weights = params["Wx"] if Wx is None else Wx[t]
        h = np.tanh(weights @ x + params["Ws"] @ h + params["b1"])
        states.append(h)
    return np.array(states)


def outputs_of(params: dict[str, Array], states: Array) -> Array:
    return states @ params["Wo"].T + params["b2"]


def weighted(params: dict[str, Array], xs: Array, h0: Array, dys: Array) -> Any:
    """Return a loss whose gradient at the outputs is dys."""
    return np.sum(outputs_of(params, states_of(params, xs, h0)) * dys)


def at_the_end(dy_T: Array, length: int) -> Array:
    dys = np.zeros((length, *dy_T.shape))
    dys[-1] = dy_T
    return dys


# -- rnn_forward -------------------------------------------------------------------------------


def forward_cases(rng: Generator) -> dict[str, Case]:
    return {
        "sizes all different": network(rng, 6, 3, 4, 2),
        "all sizes equal": network(rng, 4, 4, 4, 4),
        "one step": network(rng, 1, 3, 5, 2),
        "eight steps": network(rng, 8, 2, 5, 3),
    }


def forward_expected(params: dict[str, Array], xs: Array, h0: Array) -> dict[str, Array]:
    hs = states_of(params, xs, h0)
    return {"hs": hs, "ys": outputs_of(params, hs)}


STATE = 'h = np.tanh(params["Wx"] @ x + params["Ws"] @ h + params["b1"])'

RNN_FORWARD = Reference(
    cases=forward_cases,
    expected=forward_expected,
    public=("sizes all different", "one step"),
    mistakes=(
        Mistake(
            "h0_ignored",
            {"h = h0": "h = np.zeros(len(h0))"},
            "the first step starts from zeros in place of h0.",
        ),
        Mistake(
            "new_state_fed_back_in_the_same_step",
            {STATE: f"{STATE}\n        {STATE}"},
            "h_t stands where h_{t−1} belongs: the state of a step is computed from the state before it, once.",
        ),
        Mistake(
            "output_of_the_state_before",
            {STATE: f"before = h\n        {STATE}", 'params["Wo"] @ h': 'params["Wo"] @ before'},
            "y_t is computed from h_{t−1}: compute the new state first, then the output from it.",
        ),
        Mistake(
            "states_shifted_by_one",
            {"        hs.append(h)\n": "", STATE: f"hs.append(h)\n        {STATE}"},
            "hs starts with h0: row 0 is the state after the first input.",
        ),
        Mistake(
            "no_recurrence",
            {'params["Ws"] @ h + ': 'params["Ws"] @ h0 + '},
            "every step starts from h0: each must start from the state that the step before left.",
        ),
        Mistake(
            "recurrence_left_out",
            {'params["Ws"] @ h + ': ""},
            "W_s h_{t−1} is missing: without it the network has no memory.",
        ),
        Mistake(
            "Ws_transposed",
            {'params["Ws"] @ h': 'params["Ws"].T @ h'},
            "W_s is transposed; it is square, so no error warns you.",
        ),
        Mistake(
            "tanh_on_the_outputs",
            {'params["Wo"] @ h + params["b2"]': 'np.tanh(params["Wo"] @ h + params["b2"])'},
            "the outputs pass through a tanh; only the states do.",
        ),
        Mistake(
            "tanh_missing",
            {STATE: 'h = params["Wx"] @ x + params["Ws"] @ h + params["b1"]'},
            "the tanh is missing: h_t is tanh of the sum.",
        ),
        Mistake(
            "bias_outside_the_tanh",
            {' + params["b1"])': ') + params["b1"]'},
            "b_1 is added after the tanh; it belongs inside.",
        ),
        Mistake(
            "inputs_backwards",
            {"for x in xs": "for x in xs[::-1]"},
            "the inputs are read from the last to the first.",
        ),
    ),
)

# -- rnn_backward ------------------------------------------------------------------------------


def _with_losses(rng: Generator, case: Case, scale: float = 1.0) -> Case:
    shape = (len(case["xs"]), len(case["params"]["Wo"]))
    return {**case, "dys": grid(rng, *shape, scale=scale)}


def _last_only(rng: Generator, case: Case) -> Case:
    dy_T = grid(rng, len(case["params"]["Wo"]), scale=4.0)
    return {**case, "dys": at_the_end(dy_T, len(case["xs"]))}


def _one_lag(rng: Generator, case: Case) -> Case:
    """One input that is not zero, the first, and one loss, at the last step: ∂L/∂W_x is a single lag."""
    xs = np.zeros_like(case["xs"])
    xs[0] = case["xs"][0]
    return _last_only(rng, {**case, "xs": xs})


def backward_cases(rng: Generator) -> dict[str, Case]:
    return {
        "sizes all different": _with_losses(rng, network(rng, 6, 3, 4, 2)),
        "all sizes equal": _with_losses(rng, network(rng, 4, 4, 4, 4)),
        "one step": _with_losses(rng, network(rng, 1, 3, 5, 2)),
        "two steps": _with_losses(rng, network(rng, 2, 3, 4, 5)),
        "eight steps": _with_losses(rng, network(rng, 8, 2, 5, 3)),
        "a loss at the last step only": _last_only(rng, network(rng, 7, 3, 5, 2)),
        "first input, last loss": _one_lag(rng, network(rng, 5, 2, 4, 3, rho=1.15)),
    }


def backward_expected(params: dict[str, Array], xs: Array, h0: Array, dys: Array) -> dict[str, Array]:
    return {
        **gradients(lambda p: weighted(p, xs, h0, dys), params),
        "h0": gradient(lambda z: weighted(params, xs, z, dys), h0),
    }


LOOP = "for t in reversed(range(len(xs))):"
ARRIVING = 'dh = dh + params["Wo"].T @ dys[t]'


def truncated(kept: str) -> dict[str, str]:
    """Return the edit that sends each loss back over ``kept`` steps, its own among them."""
    pairs = f"[(last, t) for last in range(len(xs)) for t in range(last, max(-1, last - ({kept})), -1)]"
    return {
        LOOP: f"for last, t in {pairs}:",
        ARRIVING: 'dh = params["Wo"].T @ dys[t] if t == last else dh',
        'grads["Wo"] += ': 'grads["Wo"] += (t == last) * ',
        'grads["b2"] += ': 'grads["b2"] += (t == last) * ',
        'dh = params["Ws"].T @ dz': 'dh = params["Ws"].T @ dz\n        h0_sum = (0 if last == 0 else h0_sum) + dh * (t == 0)',
        'grads["h0"] = dh': 'grads["h0"] = h0_sum',
    }


def cut_at_the_end(kept: str) -> dict[str, str]:
    """Return the edit that walks back over the last ``kept`` steps of the sequence alone."""
    return {
        LOOP: f"for t in reversed(range(max(0, len(xs) - ({kept})), len(xs))):",
        'grads["h0"] = dh': f'grads["h0"] = dh * (len(xs) <= ({kept}))',
    }


def cut_in_chunks(kept: str) -> dict[str, str]:
    """Return the edit that cuts the sequence into chunks of ``kept`` steps with no way back between them."""
    return {
        'dh = params["Ws"].T @ dz': f'dh = params["Ws"].T @ dz * (t == 0 or t % max(1, {kept}) != 0)',
    }


RNN_BACKWARD = Reference(
    cases=backward_cases,
    expected=backward_expected,
    public=("sizes all different", "all sizes equal", "first input, last loss"),
    mistakes=(
        Mistake(
            "truncated_after_1_step",
            truncated("1"),
            "the contribution of later steps is lost: to what y_t sends back to h_t, add what h_{t+1} sends back.",
        ),
        Mistake(
            "truncated_after_3_steps",
            truncated("3"),
            "each loss goes back over 3 steps and no further: follow it to the first step.",
        ),
        Mistake(
            "truncated_after_T-1_steps",
            truncated("max(1, len(xs) - 1)"),
            "the way from the last loss to the first step is missing: go back one step further.",
        ),
        Mistake(
            "last_3_steps_of_the_sequence",
            cut_at_the_end("3"),
            "only the last 3 steps of the sequence are walked through: go on to step 0.",
        ),
        Mistake(
            "last_T-1_steps_of_the_sequence",
            cut_at_the_end("max(1, len(xs) - 1)"),
            "the walk back stops before step 0: the first step uses the weights too.",
        ),
        Mistake(
            "cut_into_chunks_of_3",
            cut_in_chunks("3"),
            "nothing passes from step 3 back to step 2, from 6 to 5, and so on: the way back must not be cut.",
        ),
        Mistake(
            "last_step_alone",
            cut_at_the_end("1"),
            "only the last step is in it: every step uses the weights, so walk back through all of them.",
        ),
        Mistake(
            "loss_of_the_last_step_only",
            {ARRIVING: 'dh = dh + (t == len(xs) - 1) * params["Wo"].T @ dys[t]'},
            "only the loss at the last output goes back to the states: every row of dys sends something.",
        ),
        Mistake(
            "tanh_derivative_at_the_step_before",
            {"(1 - hs[t] ** 2)": "(1 - before[t] ** 2)"},
            "tanh′ is taken at the state before: the slope of step t is 1 − h_t².",
        ),
        Mistake(
            "tanh_derivative_at_the_next_step",
            {"(1 - hs[t] ** 2)": "(1 - hs[min(t + 1, len(xs) - 1)] ** 2)"},
            "tanh′ is taken at the state after: the slope of step t is 1 − h_t².",
        ),
        Mistake(
            "tanh_derivative_missing",
            {" * (1 - hs[t] ** 2)": ""},
            "tanh′ is missing: between h_t and what is inside the tanh lies the factor 1 − h_t².",
        ),
        Mistake(
            "tanh_derivative_missing_between_steps",
            {'dh = params["Ws"].T @ dz': 'dh = params["Ws"].T @ dh'},
            "what goes back to the step before skips the tanh: W_sᵀ multiplies the gradient inside it, dh ∘ (1 − h_t²).",
        ),
        Mistake(
            "tanh_derivative_of_the_output",
            {"(1 - hs[t] ** 2)": "(1 - np.tanh(hs[t]) ** 2)"},
            "h_t is passed through tanh once more: it is the output of tanh already, so its slope is 1 − h_t².",
        ),
        Mistake(
            "Ws_with_its_own_state",
            {'grads["Ws"] += np.outer(dz, before[t])': 'grads["Ws"] += np.outer(dz, hs[t])'},
            "h_t stands in place of h_{t−1}: in step t the matrix W_s multiplies the state before.",
        ),
        Mistake(
            "last_state_before_the_first_step",
            {"np.vstack([h0, hs[:-1]])": "np.roll(hs, 1, axis=0)"},
            "the last state stands before the first step: hs[−1] is the last row, and what W_s multiplies there is h0.",
        ),
        Mistake(
            "h0_forgotten_in_Ws",
            {"np.vstack([h0, hs[:-1]])": "np.vstack([0 * h0, hs[:-1]])"},
            "h0 is taken as zero: in the first step W_s multiplies h0.",
        ),
        Mistake(
            "Ws_not_transposed",
            {'params["Ws"].T @ dz': 'params["Ws"] @ dz'},
            "the way back uses W_s as it is: each state receives what it sent, along W_sᵀ; no shape warns you.",
        ),
        Mistake(
            "h0_without_the_last_product",
            {'grads["h0"] = dh': 'grads["h0"] = dz'},
            "the gradient of h0 stops inside the first tanh: one more product leads to h0.",
        ),
        Mistake(
            "h0_gradient_zero",
            {'grads["h0"] = dh': 'grads["h0"] = 0 * dh'},
            "the gradient of h0 is zero: what arrives in front of the first step belongs to it.",
        ),
        Mistake(
            "overwritten_in_each_step",
            {'grads["Wx"] +=': 'grads["Wx"] =', 'grads["Ws"] +=': 'grads["Ws"] =', 'grads["b1"] +=': 'grads["b1"] ='},
            "each step overwrites what the others gave: all steps share the weights, so add their terms up.",
        ),
        Mistake(
            "averaged_over_time",
            {
                'grads["h0"] = dh': 'grads = {name: value / len(xs) for name, value in grads.items()}\n    grads["h0"] = dh'
            },
            "the sum over the time steps is divided by T: here the terms are added up.",
        ),
        Mistake(
            "outer_products_turned",
            {
                "np.outer(dz, before[t])": "np.outer(before[t], dz)",
                "np.outer(dz, xs[t])": "np.outer(xs[t], dz)" + " if len(xs[t]) == len(dz) else np.outer(dz, xs[t])",
            },
            "the two vectors of the outer product are exchanged: rows of W_s belong to the new state.",
        ),
    ),
)

# -- step_contributions --------------------------------------------------------------------------


def _with_last_loss(rng: Generator, case: Case, scale: float = 4.0) -> Case:
    return {**case, "dy_T": grid(rng, len(case["params"]["Wo"]), scale=scale)}


def contribution_cases(rng: Generator) -> dict[str, Case]:
    return {
        "sizes all different": _with_last_loss(rng, network(rng, 6, 3, 4, 2)),
        "all sizes equal": _with_last_loss(rng, network(rng, 4, 4, 4, 4)),
        "one step": _with_last_loss(rng, network(rng, 1, 3, 5, 2)),
        "two steps": _with_last_loss(rng, network(rng, 2, 3, 4, 5)),
        "eight steps": _with_last_loss(rng, network(rng, 8, 2, 5, 3)),
    }


def contribution_expected(params: dict[str, Array], xs: Array, h0: Array, dy_T: Array) -> dict[str, Array]:
    def loss(each: Array) -> Any:
        return dy_T @ outputs_of(params, states_of(params, xs, h0, each))[-1]

    terms = gradient(loss, np.stack([params["Wx"]] * len(xs)))
    whole = gradient(lambda shared: weighted({**params, "Wx": shared}, xs, h0, at_the_end(dy_T, len(xs))), params["Wx"])
    return {
        "last step": terms[-1],
        **{f"earlier steps[{k}]": term for k, term in enumerate(terms[:-1])},
        "sum": whole,
    }


WALK = "for k in reversed(range(len(xs))):"

STEP_CONTRIBUTIONS = Reference(
    cases=contribution_cases,
    expected=contribution_expected,
    public=("sizes all different", "all sizes equal"),
    mistakes=(
        Mistake(
            "by_lag_in_place_of_time",
            {"return contributions": "return contributions[::-1]"},
            "the terms stand in the order of the lag: row k belongs to time step k, so the last step comes last.",
        ),
        Mistake(
            "running_sums",
            {"return contributions": "return np.cumsum(contributions[::-1], axis=0)[::-1]"},
            "each row holds the sum of all later terms too: row k is what comes through step k alone.",
        ),
        Mistake(
            "running_sums_from_the_first",
            {"return contributions": "return np.cumsum(contributions, axis=0)"},
            "each row holds the sum of all earlier terms too: row k is what comes through step k alone.",
        ),
        Mistake(
            "cut_after_1_step",
            {WALK: "for k in reversed(range(len(xs) - 1, len(xs))):"},
            "only the last step has a term: go on to the first.",
        ),
        Mistake(
            "cut_after_3_steps",
            {WALK: "for k in reversed(range(max(0, len(xs) - 3), len(xs))):"},
            "the terms more than three steps back are zero: go on to the first step.",
        ),
        Mistake(
            "cut_after_T-1_steps",
            {WALK: "for k in reversed(range(min(1, len(xs) - 1), len(xs))):"},
            "the term of the first step is missing.",
        ),
        Mistake(
            "equal_shares",
            {
                "return contributions": "return np.stack([contributions.sum(axis=0) / len(xs)] * len(xs))",
            },
            "the whole is divided evenly among the steps; each step has a term of its own.",
        ),
        Mistake(
            "whole_in_every_row",
            {
                "return contributions": "return np.stack([contributions.sum(axis=0)] * len(xs))",
            },
            "every row holds the whole gradient: row k is what comes through step k alone.",
        ),
        Mistake(
            "loss_at_every_step",
            {'dh = params["Ws"].T @ dz': 'dh = params["Ws"].T @ dz + params["Wo"].T @ dy_T'},
            "dy_T enters at every step; the loss is at the last step only.",
        ),
        Mistake(
            "tanh_derivative_missing",
            {" * (1 - hs[k] ** 2)": ""},
            "tanh′ is missing: each step back passes through a tanh.",
        ),
        Mistake(
            "tanh_derivative_of_the_last_step",
            {"(1 - hs[k] ** 2)": "(1 - hs[-1] ** 2)"},
            "tanh′ is taken at the last state throughout: each step has its own.",
        ),
        Mistake(
            "Ws_not_transposed",
            {'params["Ws"].T @ dz': 'params["Ws"] @ dz'},
            "the way back uses W_s as it is in place of W_sᵀ.",
        ),
        Mistake(
            "input_of_the_last_step",
            {"np.outer(dz, xs[k])": "np.outer(dz, xs[-1])"},
            "the last input is used throughout: in step k W_x multiplies x_k.",
        ),
        Mistake(
            "states_in_place_of_inputs",
            {
                "np.outer(dz, xs[k])": "np.outer(dz, (hs[k - 1] if k else h0)[: len(xs[k])]) if len(h0) >= len(xs[k]) else np.outer(dz, xs[k])"
            },
            "the state before stands where the input belongs: W_x multiplies x_k.",
        ),
    ),
)

# -- state_jacobian ------------------------------------------------------------------------------


def _states_case(rng: Generator, steps: int, h: int, k: int, t: int) -> Case:
    case = network(rng, steps, 3, h, 2)
    return {"params": case["params"], "hs": states_of(case["params"], case["xs"], case["h0"]), "k": k, "t": t}


def jacobian_cases(rng: Generator) -> dict[str, Case]:
    return {
        "one step": _states_case(rng, 5, 4, 2, 3),
        "three steps": _states_case(rng, 6, 4, 1, 4),
        "from the first state to the last": _states_case(rng, 6, 5, 0, 5),
        "k = t": _states_case(rng, 4, 3, 2, 2),
        "k = t = 0": _states_case(rng, 3, 4, 0, 0),
        "the first step": _states_case(rng, 4, 3, 0, 1),
        "as many rows as states": _states_case(rng, 4, 4, 1, 3),
    }


def jacobian_expected(params: dict[str, Array], hs: Array, k: int, t: int) -> dict[str, Array]:
    def later(h: Array) -> Array:
        for s in range(k + 1, t + 1):
            # what step s adds besides the state: its input and bias, read off the states
            rest = np.arctanh(hs[s]) - params["Ws"] @ hs[s - 1]
            h = np.tanh(params["Ws"] @ h + rest)
        return h

    def entry(i: int) -> Callable[[Array], Any]:
        return lambda h: later(h)[i]

    rows = [gradient(entry(i), hs[k]) for i in range(hs.shape[1])]
    return {{0: "k = t", 1: "one step"}.get(t - k, "several steps"): np.array(rows)}


ONE_STEP = '(1 - hs[s] ** 2)[:, None] * params["Ws"] @ J'

STATE_JACOBIAN = Reference(
    cases=jacobian_cases,
    expected=jacobian_expected,
    public=("one step", "three steps", "k = t"),
    mistakes=(
        Mistake(
            "order_reversed",
            {ONE_STEP: 'J @ ((1 - hs[s] ** 2)[:, None] * params["Ws"])'},
            "the factors stand in reversed order: the latest step is the leftmost factor.",
        ),
        Mistake(
            "tanh_derivative_missing",
            {"(1 - hs[s] ** 2)[:, None] * ": ""},
            "tanh′ is left out: row i of each one-step Jacobian carries 1 − hs[s][i]².",
        ),
        Mistake(
            "tanh_derivative_on_the_columns",
            {"(1 - hs[s] ** 2)[:, None] * ": "(1 - hs[s] ** 2) * "},
            "tanh′ multiplies the columns: it belongs to the new state, so to the rows.",
        ),
        Mistake(
            "tanh_derivative_at_the_step_before",
            {"range(k + 1, t + 1)": "range(k, t)"},
            "tanh′ is taken at the states k to t − 1: the steps passed through are k + 1 to t.",
        ),
        Mistake(
            "one_step_too_few",
            {"range(k + 1, t + 1)": "range(k + 1, t)"},
            "one factor is missing: from k to t there are t − k steps, the last into state t.",
        ),
        Mistake(
            "one_step_too_many",
            {"range(k + 1, t + 1)": "range(k, t + 1)"},
            "there is one factor too many: the step into state k lies before k.",
        ),
        Mistake(
            "transposed",
            {"return J": "return J.T"},
            "it is the transpose: row i belongs to the later state hs[t][i], column j to hs[k][j].",
        ),
        Mistake(
            "Ws_transposed",
            {'params["Ws"] @ J': 'params["Ws"].T @ J'},
            "W_s is transposed in each factor: ∂h_s/∂h_{s−1} is diag(1 − h_s²) W_s.",
        ),
        Mistake(
            "element_by_element",
            {'params["Ws"] @ J': 'params["Ws"] * J'},
            "the factors are multiplied entry by entry; Jacobians multiply as matrices.",
        ),
        Mistake(
            "last_step_alone",
            {ONE_STEP: '(1 - hs[s] ** 2)[:, None] * params["Ws"]'},
            "only the last factor is in it: multiply it by what the earlier steps gave.",
        ),
        Mistake(
            "one_slope_for_all_steps",
            {"(1 - hs[s] ** 2)": "(1 - hs[t] ** 2)"},
            "tanh′ is taken at state t for every factor: each step has its own.",
        ),
        Mistake(
            "ones_in_place_of_the_identity",
            {"np.eye(len(hs[t]))": "np.ones((len(hs[t]), len(hs[t])))"},
            "it starts from a matrix of ones: for k = t the Jacobian is the identity.",
        ),
    ),
)

# -- linear_gradient_norm ------------------------------------------------------------------------


def linear_cases(rng: Generator) -> dict[str, Case]:
    def case(low: float, high: float, lag: int) -> Case:
        return {"rho": round(float(rng.uniform(low, high)), 3), "lag": lag}

    return {
        "fading": case(0.7, 0.85, 6),
        "growing": case(1.15, 1.4, 7),
        "one step": case(0.5, 0.8, 1),
        "no lag": case(0.5, 0.8, 0),
        "two hundred steps": case(1.01, 1.03, 200),
        "rho = 1": {"rho": 1.0, "lag": 50},
    }


def linear_expected(rho: float, lag: int) -> dict[str, Any]:
    """Measure it: a rotation is orthogonal, and the linear network is run forward."""
    Q = np.array([[0.6, -0.8], [0.8, 0.6]])
    at_t = np.array([1.0, 2.0])

    def loss(h: Array) -> Any:
        for _ in range(lag):
            h = rho * Q @ h
        return at_t @ h

    return {"norm": np.linalg.norm(gradient(loss, np.zeros(2))) / np.linalg.norm(at_t)}


LINEAR_GRADIENT_NORM = Reference(
    cases=linear_cases,
    expected=linear_expected,
    public=("fading", "no lag"),
    mistakes=(
        Mistake("linear_in_the_lag", {"rho**lag": "rho * lag"}, "it grows in proportion to the lag; each step multiplies."),
        Mistake("one_factor_too_many", {"rho**lag": "rho ** (lag + 1)"}, "there is one factor ρ too many: over a lag of 0 nothing changes."),
        Mistake("one_factor_too_few", {"rho**lag": "rho ** (lag - 1)"}, "one factor ρ is missing: a lag of 1 is one step, so one factor."),
        Mistake("base_and_exponent_exchanged", {"rho**lag": "lag**rho"}, "base and exponent are exchanged."),
        Mistake("one_factor_only", {"rho**lag": "rho"}, "this is the factor of one step: there are as many as the lag."),
        Mistake("squared", {"rho**lag": "rho ** (2 * lag)"}, "this is the square of the norm."),
        Mistake("inverse", {"rho**lag": "rho ** (-lag)"}, "it grows where it should fade: dividing by ρ leads the other way."),
        Mistake("logarithm", {"rho**lag": "lag * np.log10(rho)"}, "this is the logarithm of the norm."),
        Mistake(
            "exponential",
            {"rho**lag": "np.exp((rho - 1) * lag)"},
            "e^((ρ−1)·lag) is the limit of many small steps; the steps here are whole ones.",
        ),
    ),
)  # fmt: skip

# -- the predictions -----------------------------------------------------------------------------


def prediction_cases(rng: Generator) -> dict[str, Case]:
    return {"your predictions": {}}


def prediction_expected() -> dict[str, Any]:
    falling = np.array([linear_expected(0.9, lag)["norm"] for lag in range(100)])
    growing = np.array([linear_expected(1.1, lag)["norm"] for lag in range(2)])
    return {
        "slope_down": np.round(np.log10(falling[1] / falling[0]), 3),
        "slope_up": np.round(np.log10(growing[1] / growing[0]), 3),
        "steps_to_one_percent": np.array(float(np.argmax(falling <= 0.01))),
    }


PREDICTED_SLOPE = Reference(
    cases=prediction_cases,
    expected=prediction_expected,
    public=("your predictions",),
    mistakes=(
        Mistake(
            "natural_logarithm",
            {"np.log10(0.9)": "np.log(0.9)", "np.log10(1.1)": "np.log(1.1)"},
            "this is the slope of the natural logarithm; the axis counts powers of ten.",
        ),
        Mistake(
            "no_logarithm",
            {"np.log10(0.9)": "0.9", "np.log10(1.1)": "1.1"},
            "this is the factor of one step; the slope on a log axis is its logarithm.",
        ),
        Mistake(
            "sign_of_the_slope",
            {"np.log10(0.9)": "-np.log10(0.9)", "np.log10(1.1)": "-np.log10(1.1)"},
            "the sign is the wrong way round: with ρ < 1 the line falls as the lag grows.",
        ),
        Mistake(
            "linear_decay",
            {"np.log10(0.9)": "0.9 - 1", "np.log10(1.1)": "1.1 - 1"},
            "ρ − 1 is the change of the norm in one step; on a log axis a step changes its logarithm.",
        ),
        Mistake("one_step_early", {"= 44": "= 43"}, "0.9⁴³ is 0.0108, a little above one percent."),
        Mistake("ten_percent", {"= 44": "= 22"}, "after 22 steps about a tenth is left; one percent is asked for."),
    ),
)

# -- gradient_norms ------------------------------------------------------------------------------


def length_cases(rng: Generator) -> dict[str, Case]:
    return {
        "lengths 2, 4 and 6": {**_with_last_loss(rng, network(rng, 6, 3, 4, 2)), "lengths": [2, 4, 6]},
        "fewer steps than inputs": {**_with_last_loss(rng, network(rng, 8, 2, 5, 3)), "lengths": [1, 3, 5, 7]},
        "not in order": {**_with_last_loss(rng, network(rng, 4, 4, 4, 4)), "lengths": [3, 1, 4]},
    }


def length_expected(params: dict[str, Array], xs: Array, h0: Array, dy_T: Array, lengths: list[int]) -> dict[str, Any]:
    results: dict[str, Any] = {}
    for column, name in (("recurrent", "Ws"), ("output", "Wo")):
        for n in lengths:
            dys = at_the_end(dy_T, n)

            def loss(W: Array, name: str = name, n: int = n, dys: Array = dys) -> Any:
                return weighted({**params, name: W}, xs[:n], h0, dys)

            whole = gradient(loss, params[name])
            results[f"{column}[{n}]"] = np.linalg.norm(whole)
    return results


GRADIENT_NORMS = Reference(
    cases=length_cases,
    expected=length_expected,
    public=("lengths 2, 4 and 6",),
    mistakes=(
        Mistake(
            "loss_at_every_step",
            {"dys[-1] = dy_T": "dys[:] = dy_T"},
            "there is a loss at every step; here only the last output has one.",
        ),
        Mistake(
            "loss_at_the_first_step",
            {"dys[-1] = dy_T": "dys[0] = dy_T"},
            "the loss is at the first step; it belongs to the last.",
        ),
        Mistake(
            "last_inputs",
            {"xs[:n]": "xs[-n:]"},
            "the last n inputs are used; here it is the first n.",
        ),
        Mistake(
            "all_inputs",
            {"xs[:n]": "xs", "np.zeros((n, len(dy_T)))": "np.zeros((len(xs), len(dy_T)))"},
            "every length uses all the inputs; take the first n.",
        ),
        Mistake(
            "columns_exchanged",
            {'np.linalg.norm(grads["Ws"]), np.linalg.norm(grads["Wo"])': 'np.linalg.norm(grads["Wo"]), np.linalg.norm(grads["Ws"])'},
            "the two columns are exchanged: recurrent weights first, then output weights.",
        ),
        Mistake(
            "squared_norm",
            {'np.linalg.norm(grads["Ws"])': 'np.sum(grads["Ws"] ** 2)', 'np.linalg.norm(grads["Wo"])': 'np.sum(grads["Wo"] ** 2)'},
            "this is the square of the norm: take the root.",
        ),
        Mistake(
            "spectral_norm",
            {'np.linalg.norm(grads["Ws"])': 'np.linalg.norm(grads["Ws"], 2)', 'np.linalg.norm(grads["Wo"])': 'np.linalg.norm(grads["Wo"], 2)'},
            "this is the largest singular value: the norm here is the root of the sum of all squares.",
        ),
        Mistake(
            "norm_of_Wx",
            {'np.linalg.norm(grads["Ws"])': 'np.linalg.norm(grads["Wx"])'},
            "this is the norm for W_x: the recurrent weights are W_s.",
        ),
        Mistake(
            "norm_of_the_weights",
            {'np.linalg.norm(grads["Ws"])': 'np.linalg.norm(params["Ws"])', 'np.linalg.norm(grads["Wo"])': 'np.linalg.norm(params["Wo"])'},
            "this is the norm of the weights themselves; their gradient is asked for.",
        ),
    ),
)  # fmt: skip

# -- lag_norms -----------------------------------------------------------------------------------


def lag_cases(rng: Generator) -> dict[str, Case]:
    return {
        "sizes all different": _with_last_loss(rng, network(rng, 6, 3, 4, 2)),
        "all sizes equal": _with_last_loss(rng, network(rng, 4, 4, 4, 4)),
        "one step": _with_last_loss(rng, network(rng, 1, 3, 5, 2)),
        "eight steps": _with_last_loss(rng, network(rng, 8, 2, 5, 3)),
    }


def lag_expected(params: dict[str, Array], xs: Array, h0: Array, dy_T: Array) -> dict[str, Any]:
    hs = states_of(params, xs, h0)
    found: dict[str, Any] = {}
    for lag in range(len(xs)):
        k = len(xs) - 1 - lag

        def loss(h: Array, k: int = k) -> Any:
            later = states_of(params, xs[k + 1 :], h)
            return dy_T @ (params["Wo"] @ (later[-1] if len(later) else h))

        found["lag 0" if lag == 0 else f"longer lags[{lag}]"] = np.linalg.norm(gradient(loss, hs[k]))
    return found


LAG_NORMS = Reference(
    cases=lag_cases,
    expected=lag_expected,
    public=("sizes all different", "all sizes equal"),
    mistakes=(
        Mistake(
            "by_time_in_place_of_lag",
            {"return np.array(norms)": "return np.array(norms)[::-1]"},
            "the norms stand in the order of time: entry 0 belongs to lag 0, the last state.",
        ),
        Mistake(
            "tanh_derivative_missing",
            {" * (1 - h**2)": ""},
            "tanh′ is missing on the way back.",
        ),
        Mistake(
            "tanh_derivative_at_the_state_before",
            {"for h in hs[::-1]": "for h in [*hs[-2::-1], h0]"},
            "tanh′ is taken at the state one step too early: the way from h_t back to h_{t−1} passes through 1 − h_t².",
        ),
        Mistake(
            "Ws_not_transposed",
            {'params["Ws"].T @': 'params["Ws"] @'},
            "the way back uses W_s as it is in place of W_sᵀ.",
        ),
        Mistake(
            "inside_the_tanh",
            {"norms.append(np.linalg.norm(dh))": "norms.append(np.linalg.norm(dh * (1 - h**2)))"},
            "this is the norm inside the tanh, so already multiplied by 1 − h²: the gradient at the state is asked for.",
        ),
        Mistake(
            "one_lag_too_far",
            {
                "        norms.append(np.linalg.norm(dh))\n": "",
                'params["Ws"].T @ (dh * (1 - h**2))': 'params["Ws"].T @ (dh * (1 - h**2))\n        norms.append(np.linalg.norm(dh))',
            },
            "every norm is one step too far back: entry 0 is the gradient at the last state itself.",
        ),
        Mistake(
            "loss_at_every_step",
            {'params["Ws"].T @ (dh * (1 - h**2))': 'params["Ws"].T @ (dh * (1 - h**2)) + params["Wo"].T @ dy_T'},
            "dy_T enters at every step; the loss is at the last step only.",
        ),
        Mistake(
            "squared_norm",
            {"np.linalg.norm(dh)": "np.sum(dh**2)"},
            "this is the square of the norm: take the root.",
        ),
        Mistake(
            "without_Wo",
            {'params["Wo"].T @ dy_T': 'np.full(len(h0), np.linalg.norm(dy_T)) / np.sqrt(len(h0))'},
            "W_o is missing: the loss reaches the last state through W_oᵀ.",
        ),
        Mistake(
            "relative_to_lag_0",
            {"return np.array(norms)": "return np.array(norms) / norms[0]"},
            "the norms are divided by that of lag 0; here they are asked for as they are.",
        ),
    ),
)  # fmt: skip

# -- clip_by_norm --------------------------------------------------------------------------------


def clip_cases(rng: Generator) -> dict[str, Case]:
    def grads(scale: float) -> dict[str, Array]:
        return {
            "Ws": grid(rng, 4, 4, scale=scale),
            "Wx": grid(rng, 4, 3, scale=2 * scale),
            "b1": grid(rng, 4, scale=scale),
        }

    # 16 + 4·12 + 4 entries of size about 0.8·scale: the norm lies between 2.9 and 9.5 times scale
    return {
        "norm far above": {"grads": grads(4.0), "most": 1.5},
        "norm just above": {"grads": grads(1.0), "most": 2.5},
        "each array below, together above": {
            "grads": {"a": np.array([2.0, 1.0]), "b": np.array([[1.0, -2.0]])},
            "most": 2.5,
        },
        "norm below": {"grads": grads(0.25), "most": 6.0},
        "norm at the bound": {"grads": {"a": np.array([3.0, 0.0]), "b": np.array([[0.0, -4.0]])}, "most": 5.0},
    }


def clip_expected(grads: dict[str, Array], most: float) -> dict[str, Array]:
    norm = np.linalg.norm(np.concatenate([value.ravel() for value in grads.values()]))
    part = "short gradients" if norm <= most else "long gradients"
    return {f"{part}[{name}]": value * min(1.0, most / norm) for name, value in grads.items()}


CLIP_BY_NORM = Reference(
    cases=clip_cases,
    expected=clip_expected,
    public=("norm far above", "norm below"),
    mistakes=(
        Mistake(
            "each_array_on_its_own",
            {
                "return {name: value * factor for name, value in grads.items()}": "return {name: value * min(1, most / np.linalg.norm(value)) for name, value in grads.items()}"
            },
            "each array is clipped by its own norm, which turns the step: one factor, from the norm of all of them.",
        ),
        Mistake(
            "each_element",
            {
                "return {name: value * factor for name, value in grads.items()}": "return {name: np.clip(value, -most, most) for name, value in grads.items()}"
            },
            "each element is clipped on its own, which turns the step: scale all of them by one factor.",
        ),
        Mistake(
            "always_scaled",
            {"min(1, most / norm)": "most / norm"},
            "short gradients are stretched to the bound: clipping leaves them as they are.",
        ),
        Mistake(
            "wrong_way_round",
            {"min(1, most / norm)": "max(1, most / norm)"},
            "short gradients are stretched and long ones left alone: it is the other way round.",
        ),
        Mistake(
            "root_missing",
            {"np.sqrt(sum(np.sum(value**2) for value in grads.values()))": "sum(np.sum(value**2) for value in grads.values())"},
            "the root is missing: the norm is the root of the sum of squares.",
        ),
        Mistake(
            "norms_added",
            {"np.sqrt(sum(np.sum(value**2) for value in grads.values()))": "sum(np.sqrt(np.sum(value**2)) for value in grads.values())"},
            "the norms of the arrays are added: add the squares first, then take one root.",
        ),
        Mistake(
            "unit_length",
            {"min(1, most / norm)": "min(1, 1 / norm)"},
            "the gradients are scaled to length 1: the bound is `most`.",
        ),
        Mistake(
            "argument_changed",
            {
                "return {name: value * factor for name, value in grads.items()}": "for value in grads.values():\n        value *= factor\n    return grads"
            },
            "the gradients are changed in place; return a new dict.",
        ),
        Mistake(
            "no_clipping",
            {"min(1, most / norm)": "1"},
            "nothing is scaled: long gradients must be brought down to the bound.",
        ),
    ),
)  # fmt: skip

# -- cell_path -----------------------------------------------------------------------------------


def _gates(rng: Generator, t: int, h: int) -> Case:
    return {"fs": np.round(rng.uniform(0.55, 0.97, size=(t, h)) * 256) / 256}


def cell_cases(rng: Generator) -> dict[str, Case]:
    return {
        "more steps than states": _gates(rng, 6, 4),
        "more states than steps": _gates(rng, 3, 5),
        "square": _gates(rng, 4, 4),
        "one step": _gates(rng, 1, 3),
        "two steps": _gates(rng, 2, 3),
    }


def cell_expected(fs: Array) -> dict[str, Array]:
    """Nudge the cell after step k and run c_s = f_s c_{s−1} + … on; what is written is not touched by c."""
    rows = []
    for k in range(len(fs)):
        c = np.zeros(fs.shape[1]) + 1e-30j
        for f in fs[k + 1 :]:
            c = f * c + 0.5
        rows.append(c.imag / 1e-30)
    return {"last step": rows[-1], **{f"earlier steps[{k}]": row for k, row in enumerate(rows[:-1])}}


CELL_PATH = Reference(
    cases=cell_cases,
    expected=cell_expected,
    public=("more steps than states", "square"),
    mistakes=(
        Mistake(
            "own_gate_included",
            {"factors[k + 1] * fs[k + 1]": "factors[k + 1] * fs[k]"},
            "the gates run from k to T − 2: the cell after step k passes the gates k + 1 to T − 1.",
        ),
        Mistake(
            "own_gate_too",
            {"return factors": "return factors * fs"},
            "the gate of step k is in it: it acts on the cell before step k.",
        ),
        Mistake(
            "from_the_start",
            {"return factors": "return np.cumprod(fs, axis=0)"},
            "the product runs from the first step to k; it should run from k + 1 to the last.",
        ),
        Mistake(
            "by_lag_in_place_of_time",
            {"return factors": "return factors[::-1]"},
            "the rows stand in the order of the lag: row k belongs to time step k.",
        ),
        Mistake(
            "one_gate_only",
            {"factors[k + 1] * fs[k + 1]": "fs[k + 1]"},
            "only the next gate is in it: multiply all the gates up to the last.",
        ),
        Mistake(
            "sum_of_gates",
            {"factors[k + 1] * fs[k + 1]": "factors[k + 1] + fs[k + 1]"},
            "the gates are added; the steps of a path multiply.",
        ),
        Mistake(
            "last_gate_left_out",
            {
                "factors[k] = factors[k + 1] * fs[k + 1]": "factors[k] = factors[k + 1] * fs[k + 1] if k + 1 < len(fs) - 1 else 1"
            },
            "the gate of the last step is missing: it acts on the cell as well.",
        ),
        Mistake(
            "mixed_over_the_units",
            {"return factors": "return np.broadcast_to(factors.mean(axis=1, keepdims=True), factors.shape)"},
            "the units are averaged: each cell has a path of its own.",
        ),
    ),
)

# -- blind_inputs --------------------------------------------------------------------------------


def blind_cases(rng: Generator) -> dict[str, Case]:
    return {"your inputs": {"steps": 10}}


def blind_expected(steps: int) -> dict[str, Array]:
    """There is no one right answer: handgrad.assignments.vanishing_gradients.exercises says what must hold."""
    return {}


BLIND_INPUTS = Reference(
    cases=blind_cases,
    expected=blind_expected,
    public=("your inputs",),
    mistakes=(
        Mistake(
            "still_blind",
            {"np.eye(4)": "0.001 * np.eye(4)"},
            "the recurrent weights are as small as in the blind check.",
        ),
        Mistake("no_gradient", {"np.ones((10, 2))": "np.zeros((10, 2))"}, "no loss is sent back."),
        Mistake("wrong_size", {"np.full((10, 3), 0.1)": "np.full((8, 3), 0.1)"}, "T is not 10."),
        Mistake("not_ordinary", {"np.eye(4)": "np.full((4, 4), np.inf)"}, "a number is not finite."),
        Mistake(
            "wrong_return", {"return params, xs, h0, dys": "return params, (xs, h0, dys)"}, "four values are asked for."
        ),
    ),
)

REFERENCES = {
    "rnn_forward": RNN_FORWARD,
    "rnn_backward": RNN_BACKWARD,
    "step_contributions": STEP_CONTRIBUTIONS,
    "state_jacobian": STATE_JACOBIAN,
    "linear_gradient_norm": LINEAR_GRADIENT_NORM,
    "predicted_slope": PREDICTED_SLOPE,
    "gradient_norms": GRADIENT_NORMS,
    "lag_norms": LAG_NORMS,
    "clip_by_norm": CLIP_BY_NORM,
    "cell_path": CELL_PATH,
    "blind_inputs": BLIND_INPUTS,
}

assert set(PARAMS) == {"Wx", "Ws", "b1", "Wo", "b2"}

# Mutants that are right: the change, and the argument why nothing can tell it from the model.
_ANY = "other inputs of the sizes asked for, on which the cut gradient is off by more than 1 % too: any such are right"
_SYMMETRIC = "the smaller of two numbers does not depend on their order"

EQUAL: dict[str, dict[str, str]] = {
    "rnn_backward": {"before: hs[:-1] -> hs": "one row more at the end, which no step reads"},
    "step_contributions": {
        "contributions: np.zeros((len(xs), *params['Wx'].shape)) -> np.ones((len(xs), *params['Wx'].shape))": (
            "every row is written over"
        )
    },
    "gradient_norms": {
        "einsum, upstream: np.equal(np.arange(1, n + 1), n) -> np.equal(n, np.arange(1, n + 1))": (
            "equality does not depend on the order"
        )
    },
    "lag_norms": {
        "dh: 1 - h ** 2 -> h ** 2 - 1": "each step back changes the sign, and a norm has none",
        "einsum, the result: 1 - h * h -> h * h - 1": "each step back changes the sign, and a norm has none",
    },
    "clip_by_norm": {
        "factor: min(1, most / norm) -> min(most / norm, 1)": _SYMMETRIC,
        "einsum, the result: length <= most -> length < most": "at the bound the factor is most / most, which is 1",
    },
    "blind_inputs": dict.fromkeys(
        (
            "h0: np.zeros(4) -> np.ones(4)",
            "xs: 0.1 -> 1.1",
            "xs: 0.1 -> -0.9",
            "b2: np.zeros(2) -> np.ones(2)",
            "Wx: 0.1 -> 1.1",
            "Wx: 0.1 -> -0.9",
            "einsum, the result: np.zeros(4) -> np.ones(4)",
            "einsum, the result: 0.1 -> 1.1",
            "einsum, the result: 0.1 -> -0.9",
            "einsum, dys: np.arange(10) == 9 -> np.arange(10) != 9",
            "einsum, dys: 9 -> 8",
            "einsum, b2: np.zeros(2) -> np.ones(2)",
            "einsum, Wx: 0.1 -> 1.1",
            "einsum, Wx: 0.1 -> -0.9",
            "einsum, swap: np.roll(np.eye(4), 1, axis=0) -> np.roll(np.eye(4), 1)",
            "einsum, swap: 1 -> 2",
            "einsum, swap: 1 -> 0",
            "einsum, swap: axis=0 -> axis=1",
        ),
        _ANY,
    ),
}
