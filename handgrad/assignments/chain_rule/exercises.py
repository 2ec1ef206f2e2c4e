"""The exercises of chain_rule: from one variable to paths in a graph, to Jacobians, to a layer.

The last two have no one right answer: the student brings a function of their own. It is evaluated at
many points (own_function.py), its figure is read (plots.py), and properties.py says what must hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from handgrad.assignments.chain_rule import large
from handgrad.assignments.chain_rule.expressions import Refused, expression_values
from handgrad.assignments.chain_rule.own_function import OWN, own_function
from handgrad.assignments.chain_rule.plots import own_plot
from handgrad.assignments.chain_rule.properties import own_function_properties, plot_properties
from handgrad.judging.exercise import Exercises, Large, WrongReturn, unpack

EXERCISES = Exercises("chain_rule", absent=("torch",))

# -- one variable, many variables --------------------------------------------------------------


@EXERCISES.add({"gradient": "(2,)"}, returns="an array of shape (2,)", exact=True)
def gradient_f(solution: Any, x: Any) -> dict[str, Any]:
    return {"gradient": solution(x)}


def scalar_function(kind: str, coefficients: Mapping[str, Any]) -> Callable[[Any], float]:
    """Return a scalar function of an array, from its name and its coefficients.

    ``"cubic"`` is Σ cubic·x³ + (Σ linear·x)², ``"wave"`` is Σ amplitude·sin(frequency·x). It takes
    arrays of the shape of its coefficients alone.
    """
    shape = np.shape(next(iter(coefficients.values())))

    def f(x: Any) -> float:
        x = np.asarray(x)
        if x.shape != shape:
            raise ValueError(f"f takes an array of shape {shape}; it was called with one of shape {x.shape}")
        if kind == "wave":
            return float(np.sum(coefficients["amplitude"] * np.sin(coefficients["frequency"] * x)))
        return float(np.sum(coefficients["cubic"] * x**3) + np.sum(coefficients["linear"] * x) ** 2)

    return f


@EXERCISES.add(
    {"gradient": "the shape of x", "gradient at integers": "the shape of x"},
    returns="an array of the shape of x",
    by_hand=False,
)
def central_difference(solution: Any, kind: str, coefficients: Any, x: Any, h: Any) -> dict[str, Any]:
    f = scalar_function(kind, coefficients)
    part = "gradient at integers" if np.asarray(x).dtype.kind == "i" else "gradient"
    return {part: solution(f, x) if h is None else solution(f, x, h)}


@EXERCISES.add({"error": "a number"}, returns="a number")
def relative_error(solution: Any, a: Any, b: Any) -> dict[str, Any]:
    return {"error": solution(a, b)}


SLOPES = ("du_dx", "dv_du", "dy_dv", "dy_dx")


@EXERCISES.add(dict.fromkeys(SLOPES, "a number"), returns="(du_dx, dv_du, dy_dv, dy_dx)", exact=True)
def nested_slopes(solution: Any, x: float) -> dict[str, Any]:
    return dict(zip(SLOPES, unpack(solution(x), *SLOPES), strict=True))


# -- paths in a graph --------------------------------------------------------------------------


@EXERCISES.add({"gradient": "(2,)"}, returns="an array of shape (2,)")
def chain_rule(solution: Any, du: Any, dxyz: Any) -> dict[str, Any]:
    return {"gradient": solution(du, dxyz)}


SYMBOLIC = ("du_da", "du_db")


@EXERCISES.add(
    dict.fromkeys(SYMBOLIC, "an expression in a and b"),
    solution=SYMBOLIC,
    returns="two SymPy expressions in which only a and b occur",
)
def symbolic_chain_rule(du_da: Any, du_db: Any, a: Any, b: Any) -> Iterator[dict[str, Any]]:
    if du_da is None and du_db is None:
        raise NotImplementedError("write du_da and du_db")
    refused: dict[str, list[str]] = {}
    for name, expression in zip(SYMBOLIC, (du_da, du_db), strict=True):
        try:
            yield {name: expression_values(expression, {"a": a, "b": b})}
        except Refused as error:
            refused.setdefault(str(error), []).append(f"`{name}`")
    if refused:
        raise WrongReturn("; ".join(f"{' and '.join(names)}: {reason}" for reason, names in refused.items()))


@EXERCISES.add({"derivative": "a number"}, returns="a number")
def path_sum(solution: Any, slopes: Any, pairs: Any) -> Iterator[dict[str, Any]]:
    for start, end in pairs:
        yield {f"derivative[{end}/{start}]": solution(slopes, start, end)}


# -- Jacobians ---------------------------------------------------------------------------------


@EXERCISES.add({"jacobian": "(2, 2)"}, returns="an array of shape (2, 2)", exact=True)
def polar_jacobian(solution: Any, r: float, phi: float) -> dict[str, Any]:
    return {"jacobian": solution(r, phi)}


@EXERCISES.add({"dL_dx": "(n₀,)"}, returns="an array of shape (n₀,)")
def vector_jacobian_product(solution: Any, jacobians: Any, dL_dy: Any) -> dict[str, Any]:
    return {"dL_dx": solution(jacobians, dL_dy)}


# -- a layer -----------------------------------------------------------------------------------


@EXERCISES.add({"dL_dz": "the shape of y"}, returns="an array of the shape of y", exact=True)
def tanh_backward(solution: Any, y: Any, dL_dy: Any) -> dict[str, Any]:
    return {"dL_dz": solution(y, dL_dy)}


LAYER = ("dL_dx", "dL_dW", "dL_db")


@EXERCISES.add(
    {"dL_dx": "(1, m)", "dL_dW": "(n, m)", "dL_db": "(1, n)"},
    uses=("tanh_backward",),
    returns="(dL_dx, dL_dW, dL_db)",
    large=Large(large.tanh_layer_backward, ("dL_dx", "dL_dW", "dL_db")),
)
def tanh_layer_backward(solution: Any, x: Any, W: Any, b: Any, dL_dy: Any) -> dict[str, Any]:
    return dict(zip(LAYER, unpack(solution(x, W, b, dL_dy), *LAYER), strict=True))


@EXERCISES.add(
    {"grad_logits": "(N, C)"},
    batch="logits",
    returns="an array of shape (N, C)",
    large=Large(large.softmax_cross_entropy_backward, ("grad_logits",)),
)
def softmax_cross_entropy_backward(solution: Any, logits: Any, labels: Any) -> dict[str, Any]:
    return {"grad_logits": solution(logits, labels)}


# -- a function of the student's own -----------------------------------------------------------


@EXERCISES.add(
    {
        "piecewise": "a function, float to float",
        "piecewise_gradient": "a function, float to float",
        "breakpoints": "a sorted list of plain numbers from −5 to 5, and nothing else in it",
    },
    solution=OWN,
    properties=own_function_properties,
    seconds=60,
)
def piecewise(function: Any, gradient: Any, breakpoints: Any, seed: int) -> Iterator[dict[str, Any]]:
    return own_function(function, gradient, breakpoints, seed)


@EXERCISES.add(
    {
        "labels": "a label on each axis, and words that tell two curves of one picture apart",
        "function curve": "the curve of piecewise",
        "gradient curve": "the curve of piecewise_gradient",
        "break marks": "a mark at each break point",
    },
    solution=("plot_piecewise", *OWN),
    returns="the matplotlib figure",
    properties=plot_properties,
    seconds=60,
    more=False,
)
def plot_piecewise(plot: Any, function: Any, gradient: Any, breakpoints: Any, seed: int) -> Iterator[dict[str, Any]]:
    return own_plot(plot, function, gradient, breakpoints)
