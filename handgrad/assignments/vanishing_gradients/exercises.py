"""The exercises of vanishing_gradients: a recurrent network, its gradients, and how they fade with the time lag.

T time steps, D inputs, H states, O outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from handgrad.assignments.vanishing_gradients import large
from handgrad.judging.exercise import Case, Exercises, Large, WrongReturn, named, unpack

EXERCISES = Exercises("vanishing_gradients", absent=("torch",))

Array = np.ndarray[Any, Any]

PARAMS = ("Wx", "Ws", "b1", "Wo", "b2")
GRADIENTS = (*PARAMS, "h0")
BLIND_SHAPES = {
    "Wx": (4, 3),
    "Ws": (4, 4),
    "b1": (4,),
    "Wo": (2, 4),
    "b2": (2,),
    "xs": (10, 3),
    "h0": (4,),
    "dys": (10, 2),
}
CUT = 3


def _rows(returned: Any, count: int, what: str) -> list[Any]:
    """Take a returned array apart along its first axis."""
    if returned is None:
        raise WrongReturn(f"it should return {what}; it returned None: is `return` missing?")
    try:
        rows = list(returned)
    except TypeError:
        raise WrongReturn(f"it should return {what}; it returned one {type(returned).__name__}") from None
    if len(rows) != count:
        raise WrongReturn(f"it should return {what}; its first axis has length {len(rows)}, not {count}")
    return rows


@EXERCISES.add({"hs": "(T, H)", "ys": "(T, O)"}, returns="(hs, ys)")
def rnn_forward(solution: Any, params: Any, xs: Any, h0: Any) -> dict[str, Any]:
    hs, ys = unpack(solution(params, xs, h0), "hs", "ys")
    return {"hs": hs, "ys": ys}


@EXERCISES.add(
    {"Wx": "(H, D)", "Ws": "(H, H)", "b1": "(H,)", "Wo": "(O, H)", "b2": "(O,)", "h0": "(H,)"},
    uses=("rnn_forward",),
    returns="a dict with the keys Wx, Ws, b1, Wo, b2, h0",
    large=Large(large.rnn_backward, GRADIENTS),
)
def rnn_backward(solution: Any, params: Any, xs: Any, h0: Any, dys: Any) -> dict[str, Any]:
    return named(solution(params, xs, h0, dys), GRADIENTS)


@EXERCISES.add(
    {"last step": "(H, D)", "earlier steps": "(H, D) for each of them", "sum": "(H, D)"},
    uses=("rnn_forward", "rnn_backward"),
    returns="an array (T, H, D)",
    large=Large(large.step_contributions, ("last step", "earlier steps", "sum")),
)
def step_contributions(solution: Any, params: Any, xs: Any, h0: Any, dy_T: Any) -> Iterator[dict[str, Any]]:
    rows = _rows(solution(params, xs, h0, dy_T), len(xs), "an array (T, H, D), one term for each time step")
    terms = [np.array(row) if isinstance(row, list | tuple) else row for row in rows]
    yield {"last step": terms[-1]}
    # each step is compared on its own scale, so that a small term cannot hide behind a large one
    yield {f"earlier steps[{k}]": term for k, term in enumerate(terms[:-1])}
    yield {"sum": sum(terms[1:], terms[0])}


@EXERCISES.add(
    {"k = t": "(H, H)", "one step": "(H, H)", "several steps": "(H, H)"}, returns="an array (H, H)", exact=True
)
def state_jacobian(solution: Any, params: Any, hs: Any, k: int, t: int) -> dict[str, Any]:
    part = {0: "k = t", 1: "one step"}.get(t - k, "several steps")
    return {part: solution(params, hs, k, t)}


@EXERCISES.add({"norm": "a number"}, returns="a number")
def linear_gradient_norm(solution: Any, rho: float, lag: int) -> dict[str, Any]:
    return {"norm": solution(rho, lag)}


def _rounded(value: Any, digits: int) -> Any:
    """Return a number to some decimals; anything else as it is."""
    try:
        return round(float(value), digits)
    except (TypeError, ValueError):
        return value


PREDICTIONS = ("slope_down", "slope_up", "steps_to_one_percent")


@EXERCISES.add(
    {"slope_down": "a number", "slope_up": "a number", "steps_to_one_percent": "a whole number"},
    solution=PREDICTIONS,
    unanswered=PREDICTIONS,
    returns="three numbers",
    more=False,
)
def predicted_slope(slope_down: Any, slope_up: Any, steps_to_one_percent: Any) -> dict[str, Any]:
    if slope_down is None and slope_up is None and steps_to_one_percent is None:
        raise NotImplementedError("write three numbers")
    return {
        "slope_down": _rounded(slope_down, 3),
        "slope_up": _rounded(slope_up, 3),
        "steps_to_one_percent": _rounded(steps_to_one_percent, 1),
    }


@EXERCISES.add(
    {"recurrent": "a number for each length", "output": "a number for each length"},
    uses=("rnn_forward", "rnn_backward"),
    returns="an array (len(lengths), 2)",
)
def gradient_norms(solution: Any, params: Any, xs: Any, h0: Any, dy_T: Any, lengths: Any) -> dict[str, Any]:
    # a solution that sorts the list must not sort the names of the results
    names = tuple(lengths)
    what = "an array (len(lengths), 2), one row for each length"
    rows = _rows(solution(params, xs, h0, dy_T, lengths), len(names), what)
    pairs = [_rows(row, 2, "two numbers in each row") for row in rows]
    return {
        f"{name}[n = {length}]": pair[column]
        for column, name in enumerate(("recurrent", "output"))
        for length, pair in zip(names, pairs, strict=True)
    }


@EXERCISES.add(
    {"lag 0": "a number", "longer lags": "a number for each lag"},
    uses=("rnn_forward",),
    returns="an array (T,)",
)
def lag_norms(solution: Any, params: Any, xs: Any, h0: Any, dy_T: Any) -> dict[str, Any]:
    norms = _rows(solution(params, xs, h0, dy_T), len(xs), "an array (T,), one norm for each lag")
    return {"lag 0": norms[0], **{f"longer lags[{lag}]": norm for lag, norm in enumerate(norms) if lag}}


@EXERCISES.add({"long gradients": "as grads", "short gradients": "as grads"}, returns="a dict with the keys of grads")
def clip_by_norm(solution: Any, grads: Any, most: float) -> dict[str, Any]:
    names = list(grads)
    short = sum(float(np.sum(value**2)) for value in grads.values()) <= most**2
    part = "short gradients" if short else "long gradients"
    clipped = solution(grads, most)
    if clipped is None:
        raise WrongReturn("it should return a dict; it returned None: is `return` missing?")
    return {f"{part}[{name}]": value for name, value in named(clipped, names).items()}


@EXERCISES.add({"last step": "(H,)", "earlier steps": "(H,) for each of them"}, returns="an array (T, H)")
def cell_path(solution: Any, fs: Any) -> dict[str, Any]:
    rows = _rows(solution(fs), len(fs), "an array (T, H), one row for each time step")
    return {"last step": rows[-1], **{f"earlier steps[{k}]": row for k, row in enumerate(rows[:-1])}}


# -- inputs that show a blind check up ---------------------------------------------------------

Wrong = tuple[str, str]


def _next(params: Mapping[str, Array], x: Array, h: Array) -> Array:
    state: Array = np.tanh(params["Wx"] @ x + params["Ws"] @ h + params["b1"])
    return state


def _response(given: Mapping[str, Array], index: tuple[int, ...], kept: int) -> float:
    """Return how the weighted outputs answer to a nudge of one entry of Wx, by a central difference.

    The output of each step feels the nudge in its own step and the ``kept`` − 1 steps before it.
    """
    step = 1e-4
    starts = [given["h0"]]  # the state before each step, where nothing was nudged
    for x in given["xs"]:
        starts.append(_next(given, x, starts[-1]))

    def weighted(sign: int) -> float:
        nudged = {**given, "Wx": given["Wx"].copy()}
        nudged["Wx"][index] += sign * step
        total = 0.0
        for last, upstream in enumerate(given["dys"]):
            first = max(0, last + 1 - kept)
            h = starts[first]
            for x in given["xs"][first : last + 1]:
                h = _next(nudged, x, h)
            total += float(upstream @ given["Wo"] @ h)
        return total

    return (weighted(1) - weighted(-1)) / (2 * step)


def _responses(given: Mapping[str, Array], kept: int) -> Array:
    return np.array([_response(given, index, kept) for index in np.ndindex(given["Wx"].shape)])


def blind_properties(inputs: Case, results: Mapping[str, Array]) -> dict[str, Wrong]:
    """Return what is wrong with inputs that should tell a cut backward from a whole one."""
    given: dict[str, Array] = {}
    for name, shape in BLIND_SHAPES.items():
        value = results.get(f"inputs[{name}]")
        if value is None:
            return _both("not_returned", f"`{name}` is not among what it returns.")
        if value.shape != shape:
            return _both("wrong_size", f"`{name}` has the shape {value.shape}; it should be {shape}.")
        if not np.isfinite(value).all() or np.abs(value).max() > 100:
            return _both("not_ordinary", f"`{name}` holds a number that is not finite or larger than 100.")
        given[name] = value.astype(np.float64)
    whole, cut = _responses(given, len(given["xs"])), _responses(given, CUT)
    largest = float(np.abs(whole).max())
    if largest < 1e-3:
        return {
            "deviation": (
                "no_gradient",
                "every entry of the gradient of Wx is below 0.001: choose inputs and losses at which Wx matters.",
            )
        }
    share = float(np.abs(cut - whole).max()) / largest
    if share <= 0.01:
        return {
            "deviation": (
                "still_blind",
                f"the cut gradient of Wx is off by {100 * share:.1g} % of the largest entry only: what would make "
                "steps more than three back matter more?",
            )
        }
    return {}


def _both(name: str, message: str) -> dict[str, Wrong]:
    return {
        "inputs": (name, message),
        "deviation": (name, "it can be measured once the inputs have the sizes asked for."),
    }


@EXERCISES.add(
    {"inputs": "arrays of the sizes asked for", "deviation": "more than 1 %"},
    properties=blind_properties,
    returns="(params, xs, h0, dys)",
    more=False,
)
def blind_inputs(solution: Callable[[], Any], steps: int) -> dict[str, Any]:
    params, xs, h0, dys = unpack(solution(), "params", "xs", "h0", "dys")
    given = {**named(params, PARAMS, "`params`"), "xs": xs, "h0": h0, "dys": dys}
    return {**{f"inputs[{name}]": value for name, value in given.items()}, "deviation": steps}
