"""References of vanishing_gradients: forward passes and hidden cases.

Recurrent weights are 0.9 to 1.2 times an orthogonal matrix and the states stay clear of
saturation, so that what goes back over the longest lag is of the order of the rest: whatever is
cut off shows; only in the cases that fade they are smaller. Inputs and weights are exact in float32, so that an answer computed there loses little.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from handgrad.assignments.vanishing_gradients.exercises import PARAMS
from handgrad.judging.exercise import Case
from handgrad.references import Reference
from handgrad.references.again import AGAIN, then_again
from handgrad.references.derivative import STEP, gradient, gradients

Array = np.ndarray[Any, Any]
Generator = np.random.Generator

LARGE = 4096.0
"""The size of a loss's gradient where all gradients are large."""

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


def long_network(rng: Generator, t: int, d: int, h: int, o: int, rho: float = 1.0) -> Case:
    """Draw a network that is run for many steps, its inputs small, so that no state comes near saturation."""
    params = params_of(rng, d, h, o, rho)
    return {
        "params": {**params, "b1": grid(rng, h, scale=0.05)},
        "xs": grid(rng, t, d, scale=0.06),
        "h0": grid(rng, h, scale=0.2),
    }


def other_sequence(rng: Generator, case: Case) -> Case:
    """Return the same network with another sequence of the same length, for what is kept by sizes or weights."""
    return {**case, "xs": grid(rng, *case["xs"].shape, scale=0.4), "h0": grid(rng, *case["h0"].shape, scale=0.5)}


def whole_numbers(rng: Generator, case: Case) -> Case:
    """Return the same network with inputs of an integer dtype."""
    return {**case, "xs": rng.choice([-1, 1], size=case["xs"].shape)}


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
    different = network(rng, 6, 3, 4, 2)
    large = network(rng, 5, 3, 4, 2)
    letters = network(rng, 6, 3, 4, 2)
    cases = {
        "sizes all different": different,
        "the same weights, another sequence": other_sequence(rng, different),
        "all sizes equal": network(rng, 4, 4, 4, 4),
        "one step": network(rng, 1, 3, 5, 2),
        "sixty steps": long_network(rng, 60, 2, 3, 2),
        "large inputs": {**large, "xs": 16 * large["xs"]},
        "whole numbers": {**letters, "xs": rng.permutation(np.tile(np.eye(3, dtype=int), (2, 1)))},
    }
    return then_again(cases, between=network(rng, 6, 3, 4, 2))


def forward_expected(params: dict[str, Array], xs: Array, h0: Array) -> dict[str, Array]:
    hs = states_of(params, xs, h0)
    return {"hs": hs, "ys": outputs_of(params, hs)}


RNN_FORWARD = Reference(
    cases=forward_cases,
    expected=forward_expected,
    public=(
        "sizes all different",
        "the same weights, another sequence",
        "one step",
        "whole numbers",
        "large inputs",
        AGAIN,
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
    different = network(rng, 6, 3, 4, 2)
    cases = {
        "sizes all different": _with_losses(rng, different),
        "the same weights, another sequence": _with_losses(rng, other_sequence(rng, different)),
        "all sizes equal, large gradients": _with_losses(rng, network(rng, 4, 4, 4, 4), scale=LARGE),
        "one step of whole numbers": _with_losses(rng, whole_numbers(rng, network(rng, 1, 3, 5, 2))),
        "two steps": _with_losses(rng, network(rng, 2, 3, 4, 5)),
        "sixty steps": _with_losses(rng, long_network(rng, 60, 2, 3, 2)),
        "fading": _last_only(rng, long_network(rng, 40, 2, 3, 2, rho=0.5)),
        "a loss at the last step only": _last_only(rng, network(rng, 7, 3, 5, 2)),
        "first input, last loss": _one_lag(rng, network(rng, 5, 2, 4, 3, rho=1.15)),
    }
    return then_again(cases, between=_with_losses(rng, network(rng, 6, 3, 4, 2)))


def backward_expected(params: dict[str, Array], xs: Array, h0: Array, dys: Array) -> dict[str, Array]:
    return {
        **gradients(lambda p: weighted(p, xs, h0, dys), params),
        "h0": gradient(lambda z: weighted(params, xs, z, dys), h0),
    }


RNN_BACKWARD = Reference(
    cases=backward_cases,
    expected=backward_expected,
    public=(
        "sizes all different",
        "the same weights, another sequence",
        "all sizes equal, large gradients",
        "first input, last loss",
        "fading",
        "one step of whole numbers",
        AGAIN,
    ),
    faint=("fading",),
)

# -- step_contributions --------------------------------------------------------------------------


def _with_last_loss(rng: Generator, case: Case, scale: float = 4.0) -> Case:
    return {**case, "dy_T": grid(rng, len(case["params"]["Wo"]), scale=scale)}


def contribution_cases(rng: Generator) -> dict[str, Case]:
    different = network(rng, 6, 3, 4, 2)
    cases = {
        "sizes all different": _with_last_loss(rng, different),
        "the same weights, another sequence": _with_last_loss(rng, other_sequence(rng, different)),
        "all sizes equal, large gradients": _with_last_loss(rng, network(rng, 4, 4, 4, 4), scale=LARGE),
        "one step of whole numbers": _with_last_loss(rng, whole_numbers(rng, network(rng, 1, 3, 5, 2))),
        "two steps": _with_last_loss(rng, network(rng, 2, 3, 4, 5)),
        "fifty steps": _with_last_loss(rng, long_network(rng, 50, 2, 3, 2)),
        "fading": _with_last_loss(rng, long_network(rng, 30, 2, 3, 2, rho=0.5)),
    }
    return then_again(cases, between=_with_last_loss(rng, network(rng, 6, 3, 4, 2)))


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


STEP_CONTRIBUTIONS = Reference(
    cases=contribution_cases,
    expected=contribution_expected,
    public=(
        "sizes all different",
        "the same weights, another sequence",
        "all sizes equal, large gradients",
        "fading",
        "one step of whole numbers",
        AGAIN,
    ),
    faint=("fading",),
)

# -- state_jacobian ------------------------------------------------------------------------------


def _states_case(rng: Generator, steps: int, h: int, k: int, t: int) -> Case:
    case = network(rng, steps, 3, h, 2) if steps < 10 else long_network(rng, steps, 3, h, 2)
    return {"params": case["params"], "hs": states_of(case["params"], case["xs"], case["h0"]), "k": k, "t": t}


def jacobian_cases(rng: Generator) -> dict[str, Case]:
    cases = {
        "one step": _states_case(rng, 5, 4, 2, 3),
        "three steps": _states_case(rng, 6, 4, 1, 4),
        "from the first state to the last": _states_case(rng, 6, 5, 0, 5),
        "k = t": _states_case(rng, 4, 3, 2, 2),
        "k = t = 0": _states_case(rng, 3, 4, 0, 0),
        "the first step": _states_case(rng, 4, 3, 0, 1),
        "as many rows as states": _states_case(rng, 4, 4, 1, 3),
        "over forty steps": _states_case(rng, 45, 3, 2, 43),
    }
    return then_again(cases, between=_states_case(rng, 5, 4, 2, 3))


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


STATE_JACOBIAN = Reference(
    cases=jacobian_cases,
    expected=jacobian_expected,
    public=("one step", "from the first state to the last", "k = t", "over forty steps", AGAIN),
)

# -- linear_gradient_norm ------------------------------------------------------------------------


def linear_cases(rng: Generator) -> dict[str, Case]:
    def case(low: float, high: float, lag: int) -> Case:
        return {"rho": round(float(rng.uniform(low, high)), 3), "lag": lag}

    cases = {
        "growing": case(1.15, 1.4, 7),
        "fading": case(0.7, 0.85, 40),
        "one step": case(0.5, 0.8, 1),
        "no lag": case(0.5, 0.8, 0),
        "two hundred steps": case(1.01, 1.03, 200),
        "rho = 1": {"rho": 1.0, "lag": 50},
    }
    return then_again(cases, between=case(0.3, 0.6, 4))


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
    public=("growing", "fading", "no lag", "rho = 1", AGAIN),
    faint=("fading",),
)

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
)

# -- gradient_norms ------------------------------------------------------------------------------


def length_cases(rng: Generator) -> dict[str, Case]:
    cases = {
        "lengths 2, 4 and 6": {**_with_last_loss(rng, network(rng, 6, 3, 4, 2)), "lengths": [2, 4, 6]},
        "fewer steps than inputs": {**_with_last_loss(rng, network(rng, 8, 2, 5, 3)), "lengths": [1, 3, 5, 7]},
        "not in order": {**_with_last_loss(rng, network(rng, 4, 4, 4, 4)), "lengths": [3, 1, 4]},
        "up to sixty": {
            **_with_last_loss(rng, long_network(rng, 60, 2, 3, 2)),
            "lengths": [60, 5, 33, 8, 2, 21, 13, 55, 34, 3],
        },
    }
    return then_again(cases, between={**_with_last_loss(rng, network(rng, 6, 3, 4, 2)), "lengths": [2, 4, 6]})


def length_expected(params: dict[str, Array], xs: Array, h0: Array, dy_T: Array, lengths: list[int]) -> dict[str, Any]:
    results: dict[str, Any] = {}
    for column, name in (("recurrent", "Ws"), ("output", "Wo")):
        for n in lengths:
            dys = at_the_end(dy_T, n)

            def loss(W: Array, name: str = name, n: int = n, dys: Array = dys) -> Any:
                return weighted({**params, name: W}, xs[:n], h0, dys)

            whole = gradient(loss, params[name])
            results[f"{column}[n = {n}]"] = np.linalg.norm(whole)
    return results


GRADIENT_NORMS = Reference(
    cases=length_cases,
    expected=length_expected,
    public=("lengths 2, 4 and 6", "not in order", "up to sixty", AGAIN),
)

# -- lag_norms -----------------------------------------------------------------------------------


def lag_cases(rng: Generator) -> dict[str, Case]:
    different = network(rng, 6, 3, 4, 2)
    cases = {
        "sizes all different": _with_last_loss(rng, different),
        "the same weights, another sequence": _with_last_loss(rng, other_sequence(rng, different)),
        "all sizes equal, large gradients": _with_last_loss(rng, network(rng, 4, 4, 4, 4), scale=LARGE),
        "one step of whole numbers": _with_last_loss(rng, whole_numbers(rng, network(rng, 1, 3, 5, 2))),
        "two hundred steps": _with_last_loss(rng, long_network(rng, 200, 2, 3, 2)),
        "fading": _with_last_loss(rng, long_network(rng, 40, 2, 3, 2, rho=0.4)),
    }
    return then_again(cases, between=_with_last_loss(rng, network(rng, 6, 3, 4, 2)))


def lag_expected(params: dict[str, Array], xs: Array, h0: Array, dy_T: Array) -> dict[str, Any]:
    """Nudge each entry of each state, in a run of its own; all runs go through the network side by side."""
    T, H = len(xs), len(h0)
    runs = np.zeros((T, H, H), dtype=complex) + h0
    for t, x in enumerate(xs):
        runs = np.tanh(params["Wx"] @ x + runs @ params["Ws"].T + params["b1"])
        runs[t] += 1j * STEP * np.eye(H)
    norms = np.linalg.norm((runs @ params["Wo"].T @ dy_T).imag / STEP, axis=1)[::-1]
    return {"lag 0": norms[0], **{f"longer lags[{lag}]": norm for lag, norm in enumerate(norms) if lag}}


LAG_NORMS = Reference(
    cases=lag_cases,
    expected=lag_expected,
    public=(
        "sizes all different",
        "the same weights, another sequence",
        "all sizes equal, large gradients",
        "fading",
        "one step of whole numbers",
        "two hundred steps",
        AGAIN,
    ),
    faint=("two hundred steps", "fading"),
)

# -- clip_by_norm --------------------------------------------------------------------------------


def clip_cases(rng: Generator) -> dict[str, Case]:
    def grads(scale: float) -> dict[str, Array]:
        return {
            "Ws": grid(rng, 4, 4, scale=scale),
            "Wx": grid(rng, 4, 3, scale=2 * scale),
            "b1": grid(rng, 4, scale=scale),
        }

    # 16 + 4·12 + 4 entries of size about 0.8·scale: the norm lies between 2.9 and 9.5 times scale
    cases = {
        "norm far above": {"grads": grads(4.0), "most": 1.5},
        "norm just above": {"grads": grads(1.0), "most": 2.5},
        "each array below, together above": {
            "grads": {"a": np.array([2.0, 1.0]), "b": np.array([[1.0, -2.0]])},
            "most": 2.5,
        },
        "norm below": {"grads": grads(0.25), "most": 6.0},
        "other names and shapes": {
            "grads": {
                "Wx": grid(rng, 3, 2),
                "layer1.weight": grid(rng, 2, 3, 2),
                "h0": np.zeros(3),
                "scale": np.array(grid(rng, 1)[0]),
            },
            "most": 1.0,
        },
        "norm at the bound": {"grads": {"a": np.array([3.0, 0.0]), "b": np.array([[0.0, -4.0]])}, "most": 5.0},
    }
    return then_again(cases, between={"grads": grads(3.0), "most": 1.5})


def clip_expected(grads: dict[str, Array], most: float) -> dict[str, Array]:
    norm = np.linalg.norm(np.concatenate([value.ravel() for value in grads.values()]))
    part = "short gradients" if norm <= most else "long gradients"
    return {f"{part}[{name}]": value * min(1.0, most / norm) for name, value in grads.items()}


CLIP_BY_NORM = Reference(
    cases=clip_cases,
    expected=clip_expected,
    public=(
        "norm far above",
        "norm below",
        "other names and shapes",
        "each array below, together above",
        "norm at the bound",
        AGAIN,
    ),
    # an array of zeros among others stays one
    faint=("other names and shapes",),
)

# -- cell_path -----------------------------------------------------------------------------------


def _gates(rng: Generator, t: int, h: int) -> Case:
    return {"fs": np.round(rng.uniform(0.55, 0.97, size=(t, h)) * 256) / 256}


def _closed_and_open(rng: Generator) -> Case:
    case = _gates(rng, 6, 3)
    case["fs"][3, 0] = 0.0
    case["fs"][4, 1] = 1.0
    return case


def cell_cases(rng: Generator) -> dict[str, Case]:
    cases = {
        "more steps than states": _gates(rng, 6, 4),
        "more states than steps": _gates(rng, 3, 5),
        "square": _gates(rng, 4, 4),
        "another square": _gates(rng, 4, 4),
        "one step": _gates(rng, 1, 3),
        "two steps": _gates(rng, 2, 3),
        "closed and open gates": _closed_and_open(rng),
        "eighty steps": {"fs": 1 - _gates(rng, 80, 3)["fs"] / 32},
    }
    return then_again(cases, between=_gates(rng, 6, 4))


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
    public=("more steps than states", "square", "closed and open gates", "one step", "eighty steps", AGAIN),
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

_TABLE = "np.empty((len(lengths), 2))"
EQUAL: dict[str, dict[str, str]] = {
    "rnn_backward": {
        "before: hs[:-1] -> hs": "one row more at the end, which no step reads",
        "grads['b2']: dys[t] -> dys[t - 1]": "it is summed over all steps, of which -1 is the last",
        "einsum, deltas: deltas = np.empty_like(hs) -> deltas = kept('deltas', np.empty_like(hs))": (
            "every row is written over, and it is not returned"
        ),
    },
    "step_contributions": {
        "contributions: np.zeros((len(xs), *params['Wx'].shape)) -> np.ones((len(xs), *params['Wx'].shape))": (
            "every row is written over"
        )
    },
    "gradient_norms": {
        f"einsum, table: table = {_TABLE} -> table = kept('table', {_TABLE})": (
            "its numbers are taken out of it before the next call"
        ),
        "einsum, upstream: np.equal(np.arange(1, n + 1), n) -> np.equal(n, np.arange(1, n + 1))": (
            "equality does not depend on the order"
        ),
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
