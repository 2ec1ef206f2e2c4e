"""References of chain_rule: forward passes, hidden cases, known mistakes.

Numbers lie on a grid of sixteenths. The step h is large in most cases of the central difference,
so that the right answer is the quotient itself, and any other rule is far off. The student's own
function and its plot have no one right answer: there the mistakes are named by the properties in
``handgrad/exercises/chain_rule.py``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from grader_tests.mlp_backprop.reference import cross_entropy, draw_until, grid, labels_of
from handgrad.assignments.chain_rule.exercises import scalar_function
from handgrad.judging.exercise import Case
from handgrad.references import Mistake, Reference
from handgrad.references.derivative import gradient

Array = np.ndarray[Any, Any]
Generator = np.random.Generator

# -- gradient_f --------------------------------------------------------------------------------


def gradient_f_cases(rng: Generator) -> dict[str, Case]:
    def point(*signs: float) -> Case:
        return {"x": np.abs(np.clip(grid(rng, 2), -2, 2)) * signs}

    return {
        "both positive": point(1, 1),
        "one negative": point(-1, 1),
        "the other negative": point(1, -1),
        "both negative": point(-1, -1),
    }


def gradient_f_expected(x: Array) -> dict[str, Array]:
    return {"gradient": gradient(lambda z: 3 * z[0] ** 2 + 5 * np.exp(z[1]), x)}


GRADIENT_F = Reference(
    cases=gradient_f_cases,
    expected=gradient_f_expected,
    public=("both positive", "one negative"),
    mistakes=(
        Mistake(
            "power_rule_on_the_exponential",
            {"5 * np.exp(x[1])": "5 * x[1] * np.exp(x[1] - 1)"},
            "the power rule is used on e^x₂; the variable is in the exponent there, and e^x₂ is its own derivative.",
        ),
        Mistake(
            "two_missing",
            {"6 * x[0]": "3 * x[0]"},
            "the 2 of the square is missing: the derivative of x₁² is 2x₁, and 3 times that is asked for.",
        ),
        Mistake(
            "power_not_lowered",
            {"6 * x[0]": "6 * x[0] ** 2"},
            "the 2 comes down from the square, and the power falls by one as well: x₁² becomes 2x₁.",
        ),
        Mistake(
            "five_missing",
            {"5 * np.exp(x[1])": "np.exp(x[1])"},
            "the factor 5 before e^x₂ is lost: a constant factor stays in the derivative.",
        ),
        Mistake(
            "components_exchanged",
            {"[6 * x[0], 5 * np.exp(x[1])]": "[5 * np.exp(x[1]), 6 * x[0]]"},
            "the two components are exchanged: the derivative with respect to x₁ comes first.",
        ),
        Mistake(
            "values_of_the_terms",
            {"[6 * x[0], 5 * np.exp(x[1])]": "[3 * x[0] ** 2, 5 * np.exp(x[1])]"},
            "these are the two terms of f themselves: differentiate each of them.",
        ),
    ),
)

# -- central_difference ------------------------------------------------------------------------


def _cubic(rng: Generator, *shape: int, h: float | None = 0.125, integer: bool = False) -> Case:
    x = rng.permutation(np.arange(1, 1 + int(np.prod(shape)))).reshape(shape) - 2 if integer else grid(rng, *shape)
    coefficients = {"cubic": grid(rng, *shape) * 2, "linear": grid(rng, *shape)}
    return {"kind": "cubic", "coefficients": coefficients, "x": np.asarray(x), "h": h}


def _wave(rng: Generator, *shape: int) -> Case:
    coefficients = {"amplitude": grid(rng, *shape), "frequency": 4000 + 16 * grid(rng, *shape)}
    return {"kind": "wave", "coefficients": coefficients, "x": grid(rng, *shape), "h": None}


def central_difference_cases(rng: Generator) -> dict[str, Case]:
    return {
        "a vector": _cubic(rng, 5),
        "a matrix": _cubic(rng, 3, 4, h=0.25),
        "three axes": _cubic(rng, 2, 3, 4),
        "a single number": _cubic(rng),
        "the default step": _wave(rng, 4),
        "the default step, a matrix": _wave(rng, 2, 3),
        "integers": _cubic(rng, 3, 2, h=0.5, integer=True),
        "a vector of integers": _cubic(rng, 4, h=0.25, integer=True),
        "integers and the default step": _cubic(rng, 3, h=None, integer=True),
    }


def central_difference_expected(kind: str, coefficients: Any, x: Array, h: float | None) -> dict[str, Array]:
    f, step = scalar_function(kind, coefficients), 1e-5 if h is None else h
    result = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        ahead, behind = x.astype(np.float64), x.astype(np.float64)
        ahead[index] += step
        behind[index] -= step
        result[index] = (f(ahead) - f(behind)) / (2 * step)
    return {"gradient at integers" if x.dtype.kind == "i" else "gradient": result}


_QUOTIENT = "(f(x + step) - f(x - step)) / (2 * h)"
_STEP_CUT = (
    "where x holds integers, the step is written into an array of integers, x or a copy of it, which cuts the entry to "
    "a whole number: `x + step` makes a new array, of floats."
)
_X_LEFT = "x keeps the step after it was used, so every later entry is measured at another place: put it back, or work on a copy."

CENTRAL_DIFFERENCE = Reference(
    cases=central_difference_cases,
    expected=central_difference_expected,
    public=("a vector", "a matrix", "integers"),
    mistakes=(
        Mistake(
            "forward_difference",
            {_QUOTIENT: "(f(x + step) - f(x)) / h"},
            "this difference is one-sided: it takes f at x + h and at x. Take x + h and x − h, and divide by 2h.",
        ),
        Mistake(
            "backward_difference",
            {_QUOTIENT: "(f(x) - f(x - step)) / h"},
            "this difference is one-sided: it takes f at x and at x − h. Take x + h and x − h, and divide by 2h.",
        ),
        Mistake(
            "divided_by_h",
            {_QUOTIENT: "(f(x + step) - f(x - step)) / h"},
            "the two points lie 2h apart, so the difference is divided by 2h, not by h.",
        ),
        Mistake(
            "x_left_changed",
            {
                "gradient[index] = (f(x + step) - f(x - step)) / (2 * h)": (
                    "behind = f(x - step)\n        x[index] += h\n        gradient[index] = (f(x) - behind) / (2 * h)"
                )
            },
            _X_LEFT,
        ),
        Mistake(
            "step_lost_in_integers",
            {"step = np.zeros(x.shape)": "step = np.zeros_like(x)"},
            "an array of integers cannot hold a step of 0.5 or 1e-5, and cuts it to 0: make an array of floats first.",
        ),
        Mistake(
            "results_kept_in_integers",
            {"gradient = np.zeros(x.shape)": "gradient = np.zeros_like(x)"},
            "where x holds integers, the results are stored in an array of integers too, which cuts each of them to a "
            "whole number: make it with `np.zeros(x.shape)`.",
        ),
        Mistake(
            "step_cut_in_integers",
            {
                "gradient[index] = (f(x + step) - f(x - step)) / (2 * h)": (
                    "old = x[index]\n        x[index] = old + h\n        ahead = f(x)\n        x[index] = old - h\n"
                    "        gradient[index] = (ahead - f(x)) / (2 * h)\n        x[index] = old"
                )
            },
            _STEP_CUT,
        ),
        Mistake(
            "step_cut_in_integers_on_the_way_up",
            {
                "gradient[index] = (f(x + step) - f(x - step)) / (2 * h)": (
                    "old = x[index]\n        x[index] += h\n        ahead = f(x)\n        x[index] -= 2 * h\n"
                    "        gradient[index] = (ahead - f(x)) / (2 * h)\n        x[index] = old"
                )
            },
            _STEP_CUT,
        ),
        Mistake(
            "step_cut_in_integers_and_left",
            {
                "gradient[index] = (f(x + step) - f(x - step)) / (2 * h)": (
                    "x[index] += h\n        ahead = f(x)\n        x[index] -= 2 * h\n"
                    "        gradient[index] = (ahead - f(x)) / (2 * h)\n        x[index] += h"
                )
            },
            _STEP_CUT,
        ),
        Mistake(
            "x_left_behind",
            {
                "gradient[index] = (f(x + step) - f(x - step)) / (2 * h)": (
                    "x[index] += h\n        ahead = f(x)\n        x[index] -= 2 * h\n"
                    "        gradient[index] = (ahead - f(x)) / (2 * h)"
                )
            },
            _X_LEFT,
        ),
        Mistake(
            "h_ignored",
            {"gradient = np.zeros(x.shape)": "h = 1e-5\n    gradient = np.zeros(x.shape)"},
            "the argument h is not used: the step is always the same.",
        ),
        Mistake(
            "all_entries_moved_at_once",
            {"step[index] = h": "step[...] = h"},
            "all entries of x move at once: a partial derivative moves one entry and holds the others.",
        ),
        Mistake(
            "another_default",
            {"h=1e-5": "h=1e-3"},
            "the step is another one where h is not given: its default is 1e-5.",
        ),
        Mistake(
            "half_the_step",
            {_QUOTIENT: "(f(x + step / 2) - f(x - step / 2)) / h"},
            "the points are x + h/2 and x − h/2 here; x + h and x − h are asked for.",
        ),
    ),
)

# -- relative_error ----------------------------------------------------------------------------


def _far_apart(rng: Generator) -> Case:
    sizes = 10.0 ** np.array([[-3, -2, -1], [0, 1, 2]])
    a = grid(rng, 2, 3) * sizes
    return {"a": a, "b": a * (1 + grid(rng, 2, 3) / 8)}


def _with_zeros(rng: Generator, *shape: int) -> Case:
    a = grid(rng, *shape)
    b = a + grid(rng, *shape) / 4
    a.flat[0] = b.flat[0] = a.flat[-1] = b.flat[-1] = 0.0
    return {"a": a, "b": b}


def _tiny(rng: Generator, *shape: int) -> Case:
    return {"a": grid(rng, *shape) * 1e-13, "b": grid(rng, *shape) * 1e-13}


def _steady(make: Callable[[], Case]) -> Case:
    """Draw until the largest error stands out, and lies where a is not the larger of the two in every entry."""

    def good(case: Case) -> bool:
        a, b = np.abs(case["a"]), np.abs(case["b"])
        errors = np.sort((np.abs(case["a"] - case["b"]) / np.maximum(np.maximum(a, b), 1e-12)).ravel())
        return bool(errors[-1] > 1.05 * errors[-2] and 0.03 < errors[-1] < 1.9 and (a > b).any() and (b > a).any())

    return draw_until(good, make)


def _signed(case: Case, sign: int) -> Case:
    """Return a case in which a − b has one sign where the error is largest."""
    a, b = case["a"], case["b"]
    largest = np.argmax(np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-12))
    return case if np.sign((a - b).flat[largest]) == sign else {"a": -a, "b": -b}


def relative_error_cases(rng: Generator) -> dict[str, Case]:
    return {
        "numbers of many sizes": _signed(_steady(lambda: _far_apart(rng)), -1),
        "numbers of many sizes again": _signed(_steady(lambda: _far_apart(rng)), 1),
        "zeros in both": _signed(_steady(lambda: _with_zeros(rng, 3, 4)), -1),
        "zeros in both, a vector": _signed(_steady(lambda: _with_zeros(rng, 7)), 1),
        "numbers below the floor": _signed(_steady(lambda: _tiny(rng, 5)), -1),
        "a matrix below the floor": _signed(_steady(lambda: _tiny(rng, 2, 2, 2)), -1),
        "opposite signs": {"a": np.array([1.0, -0.5, 0.25]), "b": np.array([1.0, 0.375, 0.25])},
    }


def relative_error_expected(a: Array, b: Array) -> dict[str, Any]:
    errors = [abs(p - q) / max(abs(p), abs(q), 1e-12) for p, q in zip(a.flat, b.flat, strict=True)]
    return {"error": max(errors)}


RELATIVE_ERROR = Reference(
    cases=relative_error_cases,
    expected=relative_error_expected,
    public=("numbers of many sizes", "zeros in both"),
    mistakes=(
        Mistake(
            "absolute_error",
            {"np.abs(a - b) / scale": "np.abs(a - b)"},
            "this is the absolute error: divide each difference by the larger of the two sizes.",
        ),
        Mistake(
            "zero_over_zero",
            {"np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-12)": "np.maximum(np.abs(a), np.abs(b))"},
            "where both numbers are 0 this divides 0 by 0: the divisor must be at least 1e-12.",
        ),
        Mistake(
            "mean_in_place_of_maximum",
            {"np.max(np.abs(a - b)": "np.mean(np.abs(a - b)"},
            "this is the mean over the elements, in which one wrong element drowns: take the largest.",
        ),
        Mistake(
            "sum_in_the_divisor",
            {"np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-12)": "np.maximum(np.abs(a) + np.abs(b), 1e-12)"},
            "the divisor is the sum of the two sizes here; it is the larger of them.",
        ),
        Mistake(
            "one_divisor_for_all",
            {
                "np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-12)": (
                    "np.maximum(np.maximum(np.abs(a), np.abs(b)).max(), 1e-12)"
                )
            },
            "every difference is divided by the largest number of all, so that errors in small elements vanish: divide "
            "element by element.",
        ),
        Mistake(
            "b_alone_in_the_divisor",
            {"np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-12)": "np.maximum(np.abs(b), 1e-12)"},
            "only b is in the divisor; it is the larger of |a| and |b|.",
        ),
        Mistake(
            "sign_kept",
            {"np.abs(a - b) / scale": "(a - b) / scale"},
            "the difference keeps its sign, so errors below 0 are never the largest: take its absolute value.",
        ),
        Mistake(
            "floor_added",
            {
                "np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-12)": "np.maximum(np.abs(a), np.abs(b)) + 1e-12",
            },
            "1e-12 is added to the divisor; it is the least that the divisor may be, a maximum.",
        ),
    ),
)

# -- nested_slopes -----------------------------------------------------------------------------


def nested_slopes_cases(rng: Generator) -> dict[str, Case]:
    def point(sign: int, low: float, high: float) -> Case:
        def make() -> Case:
            return {"x": sign * round(float(rng.uniform(low, high)) * 64) / 64}

        def good(case: Case) -> bool:
            slopes = [abs(float(v)) for v in nested_slopes_expected(**case).values()]
            return min(slopes) > 0.1 and abs(case["x"] - 1) > 0.05

        return draw_until(good, make)

    return {
        "a positive x": point(1, 0.2, 1),
        "a negative x": point(-1, 0.2, 1),
        "a larger x": point(1, 1.2, 2),
        "a larger negative x": point(-1, 1.2, 2),
    }


def nested_slopes_expected(x: float) -> dict[str, Any]:
    def slope(f: Callable[[Any], Any], at: float) -> float:
        return float(np.imag(f(at + 1e-30j)) / 1e-30)

    u = x**2 + 1
    return {
        "du_dx": slope(lambda t: t**2 + 1, x),
        "dv_du": slope(np.sin, u),
        "dy_dv": slope(np.exp, np.sin(u)),
        "dy_dx": slope(lambda t: np.exp(np.sin(t**2 + 1)), x),
    }


NESTED_SLOPES = Reference(
    cases=nested_slopes_cases,
    expected=nested_slopes_expected,
    public=("a positive x", "a larger negative x"),
    mistakes=(
        Mistake(
            "middle_slope_at_x",
            {"np.cos(u)": "np.cos(x)"},
            "the slope of the sine is taken at x; what goes into the sine is u.",
        ),
        Mistake(
            "outer_slope_at_u",
            {"np.exp(v)": "np.exp(u)"},
            "the slope of the exponential is taken at u; what goes into it is v.",
        ),
        Mistake(
            "outer_slope_at_x",
            {"np.exp(v)": "np.exp(x)"},
            "the slope of the exponential is taken at x; what goes into it is v.",
        ),
        Mistake(
            "slope_of_the_slope",
            {"np.cos(u)": "np.cos(du_dx)"},
            "the slope of the sine is taken at du/dx: the slope goes in as a factor beside it, not into it.",
        ),
        Mistake(
            "inner_slope_missing",
            {"dy_dv * dv_du * du_dx": "dy_dv * dv_du"},
            "in dy/dx the innermost slope du/dx is missing.",
        ),
        Mistake(
            "outer_slope_missing",
            {"dy_dv * dv_du * du_dx": "dv_du * du_dx"},
            "in dy/dx the outermost slope dy/dv is missing.",
        ),
        Mistake(
            "slopes_added",
            {"dy_dv * dv_du * du_dx": "dy_dv + dv_du + du_dx"},
            "the slopes along the chain are added; they are multiplied.",
        ),
        Mistake(
            "sign_of_the_cosine",
            {"np.cos(u)": "-np.cos(u)"},
            "the derivative of the sine is the cosine, without a minus; the minus belongs to the cosine's derivative.",
        ),
        Mistake(
            "order_of_the_way_back",
            {"return du_dx, dv_du, dy_dv, dy_dx": "return dy_dv, dv_du, du_dx, dy_dx"},
            "du_dx and dy_dv are exchanged: the order is du_dx, dv_du, dy_dv, dy_dx.",
        ),
        Mistake(
            "products_in_place_of_slopes",
            {"dv_du = np.cos(u)": "dv_du = du_dx * np.cos(u)", "dy_dv = np.exp(v)": "dy_dv = dv_du * np.exp(v)"},
            "a slope holds those before it as factors: dv_du and dy_dv belong to one link each, and only dy_dx is a "
            "product.",
        ),
    ),
)

# -- chain_rule --------------------------------------------------------------------------------


def _paths(rng: Generator) -> Case:
    return {"du": grid(rng, 3), "dxyz": grid(rng, 3, 2)}


def chain_rule_cases(rng: Generator) -> dict[str, Case]:
    def with_zero(row: int) -> Case:
        case = _paths(rng)
        case["du"][row] = 0.0
        return case

    return {
        "three paths": _paths(rng),
        "other slopes": _paths(rng),
        "u does not depend on y": with_zero(1),
        "large slopes": {"du": grid(rng, 3) * 64, "dxyz": grid(rng, 3, 2) * 16},
    }


def chain_rule_expected(du: Array, dxyz: Array) -> dict[str, Array]:
    # u, x, y and z are made linear functions with just these derivatives
    return {"gradient": gradient(lambda ab: np.sum(du * (dxyz @ ab)), np.ones(2))}


CHAIN_RULE = Reference(
    cases=chain_rule_cases,
    expected=chain_rule_expected,
    public=("three paths", "u does not depend on y"),
    mistakes=(
        Mistake(
            "reshaped_in_place_of_transposed",
            {"dxyz.T @ du": "dxyz.reshape(2, 3) @ du"},
            "a reshape to (2, 3) is no transpose: it keeps the numbers in their order and mixes a with b.",
        ),
        Mistake(
            "first_path_only",
            {"dxyz.T @ du": "du[0] * dxyz[0]"},
            "only the path through x is there: a reaches u through y and z too, and the paths add up.",
        ),
        Mistake(
            "last_path_only",
            {"dxyz.T @ du": "du[2] * dxyz[2]"},
            "only the path through z is there: a reaches u through x and y too, and the paths add up.",
        ),
        Mistake(
            "last_path_lost",
            {"dxyz.T @ du": "dxyz[:2].T @ du[:2]"},
            "the path through z is lost: the sum has three terms.",
        ),
        Mistake(
            "square_block_transposed",
            {"dxyz.T @ du": "dxyz[:2] @ du[:2]"},
            "the Jacobian is used the wrong way round: sum over x, y and z, the rows of dxyz.",
        ),
        Mistake(
            "du_dropped",
            {"dxyz.T @ du": "dxyz.sum(axis=0)"},
            "the slopes of u are not used: each path is a product of two slopes.",
        ),
        Mistake(
            "slopes_added_along_a_path",
            {"dxyz.T @ du": "(du[:, None] + dxyz).sum(axis=0)"},
            "the two slopes of a path are added; along a path slopes are multiplied.",
        ),
        Mistake(
            "paths_averaged",
            {"dxyz.T @ du": "dxyz.T @ du / 3"},
            "this is the mean over the paths; they add up.",
        ),
        Mistake(
            "paths_not_added",
            {"dxyz.T @ du": "du[:, None] * dxyz"},
            "each path stands on its own: add the three of them for each of a and b.",
        ),
    ),
)

# -- symbolic_chain_rule -----------------------------------------------------------------------


def symbolic_cases(rng: Generator) -> dict[str, Case]:
    def points() -> Case:
        return {"a": rng.uniform(-1.5, 1.5, size=14), "b": rng.uniform(-1.5, 1.5, size=14)}

    return {"fourteen points": points(), "fourteen other points": points()}


def symbolic_expected(a: Array, b: Array) -> dict[str, Array]:
    def u(p: Array, q: Array) -> Array:
        x, y, z = p + 2 * q, p * q, p - q**2
        return x**2 * y + np.exp(z)

    return {"du_da": np.imag(u(a + 1e-30j, b)) / 1e-30, "du_db": np.imag(u(a, b + 1e-30j)) / 1e-30}


SYMBOLIC = Reference(
    cases=symbolic_cases,
    expected=symbolic_expected,
    public=("fourteen points",),
    mistakes=(
        Mistake(
            "path_through_x_only",
            {"2 * x * y + x**2 * b + sp.exp(z)": "2 * x * y", "4 * x * y + x**2 * a - 2 * b * sp.exp(z)": "4 * x * y"},
            "only the path through x is there; u depends on y and z too.",
        ),
        Mistake(
            "path_through_y_lost",
            {" + x**2 * b": "", " + x**2 * a": ""},
            "the path through y is lost.",
        ),
        Mistake(
            "path_through_z_lost",
            {" + sp.exp(z)": "", " - 2 * b * sp.exp(z)": ""},
            "the path through z is lost.",
        ),
        Mistake(
            "inner_slopes_missing",
            {
                "2 * x * y + x**2 * b + sp.exp(z)": "2 * x * y + x**2 + sp.exp(z)",
                "4 * x * y + x**2 * a - 2 * b * sp.exp(z)": "2 * x * y + x**2 + sp.exp(z)",
            },
            "the slopes of x, y and z are missing: each term is multiplied by how fast x, y or z itself changes.",
        ),
        Mistake(
            "power_rule_on_the_exponential",
            {"sp.exp(z)": "z * sp.exp(z - 1)"},
            "the power rule is used on e^z; the variable is in the exponent there, and e^z is its own derivative.",
        ),
        Mistake(
            "slope_2_of_x_missing",
            {"4 * x * y": "2 * x * y"},
            "in ∂u/∂b the path through x lacks its factor ∂x/∂b = 2.",
        ),
        Mistake(
            "sign_of_z",
            {"- 2 * b * sp.exp(z)": "+ 2 * b * sp.exp(z)"},
            "in ∂u/∂b the path through z has the wrong sign: z falls as b² grows.",
        ),
        Mistake(
            "two_of_the_square_missing",
            {"- 2 * b * sp.exp(z)": "- b * sp.exp(z)"},
            "in ∂u/∂b the path through z lacks a 2: the derivative of b² is 2b.",
        ),
        Mistake(
            "exchanged",
            {
                "du_da = 2 * x * y + x**2 * b + sp.exp(z)": "du_da = 4 * x * y + x**2 * a - 2 * b * sp.exp(z)",
                "du_db = 4 * x * y + x**2 * a - 2 * b * sp.exp(z)": "du_db = 2 * x * y + x**2 * b + sp.exp(z)",
            },
            "du_da and du_db are exchanged.",
        ),
    ),
)

# -- path_sum ----------------------------------------------------------------------------------

GRAPHS: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "a chain": ("x-u u-v v-y", (("x", "y"), ("u", "y"), ("x", "u"))),
    "a diamond": ("a-p a-q p-L q-L", (("a", "L"), ("p", "L"), ("L", "L"), ("p", "q"))),
    "two diamonds in a row": ("a-b a-c b-d c-d d-e d-f e-L f-L", (("a", "L"), ("a", "d"), ("d", "L"))),
    "an arrow that skips steps": ("s-m m-n n-t s-n s-t", (("s", "t"), ("m", "t"), ("t", "s"))),
    "two inputs, three paths each": ("a-x a-y a-z b-x b-y b-z x-u y-u z-u", (("a", "u"), ("b", "u"), ("a", "z"))),
}


def path_sum_cases(rng: Generator) -> dict[str, Case]:
    def graph(text: str, pairs: tuple[tuple[str, str], ...]) -> Case:
        edges = [tuple(edge.split("-")) for edge in text.split()]

        def make() -> Case:
            order = rng.permutation(len(edges))
            return {"slopes": {edges[k]: float(grid(rng, 1)[0]) for k in order}, "pairs": list(pairs)}

        def good(case: Case) -> bool:
            sizes = [float(abs(value)) for value in path_sum_expected(**case).values()]
            return all(size == 0 or size > 0.05 for size in sizes) and sizes[0] != 1

        return draw_until(good, make)

    return {label: graph(*described) for label, described in GRAPHS.items()}


def path_sum_expected(slopes: dict[tuple[str, str], float], pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Follow the slopes as one matrix: the sum of its powers counts every path with its product."""
    nodes = sorted({node for edge in slopes for node in edge})
    A = np.array([[slopes.get((i, j), 0.0) for j in nodes] for i in nodes])
    total = np.linalg.inv(np.eye(len(nodes)) - A)
    reach = np.linalg.inv(np.eye(len(nodes)) - (A != 0)).round() > 0
    found: dict[str, Any] = {}
    for start, end in pairs:
        i, j = nodes.index(start), nodes.index(end)
        found[f"derivative[{end}/{start}]"] = float(total[i, j]) if reach[i, j] else 0
    return found


PATH_SUM = Reference(
    cases=path_sum_cases,
    expected=path_sum_expected,
    public=("a diamond", "an arrow that skips steps"),
    mistakes=(
        Mistake(
            "first_path_only",
            {"total += slope * path_sum(slopes, head, end)": "return slope * path_sum(slopes, head, end)"},
            "only the first arrow that leaves the start is followed: add up over all arrows that leave it.",
        ),
        Mistake(
            "last_path_only",
            {"total += slope": "total = slope"},
            "each path replaces the one before it: add them up.",
        ),
        Mistake(
            "slopes_added_along_a_path",
            {"slope * path_sum(slopes, head, end)": "slope + path_sum(slopes, head, end)"},
            "the slopes along a path are added; they are multiplied.",
        ),
        Mistake(
            "direct_edges_only",
            {"total += slope * path_sum(slopes, head, end)": "total += slope * (head == end)"},
            "only an arrow straight from start to end counts: follow the paths of several arrows too.",
        ),
        Mistake(
            "zero_at_the_end",
            {"return 1.0": "return 0.0"},
            "everything is multiplied by 0 at the end of the path: the derivative of a value with respect to itself is 1.",
        ),
        Mistake(
            "paths_counted",
            {"total += slope * path": "total += 1.0 * path"},
            "this counts the paths: each of them counts with the product of its slopes.",
        ),
        Mistake(
            "stops_at_a_direct_arrow",
            {"if start == end:\n        return 1.0": ("if (start, end) in slopes:\n        return slopes[start, end]")},
            "an arrow straight from start to end stops the search: longer paths add to it, and where start is end the "
            "derivative is 1.",
        ),
        Mistake(
            "order_of_the_dict",
            {
                "total = 0.0\n    for (tail, head), slope in slopes.items():\n        if tail == start:\n"
                "            total += slope * path_sum(slopes, head, end)\n    return total": (
                    "reached = {start: 1.0}\n    for (tail, head), slope in slopes.items():\n"
                    "        reached[head] = reached.get(head, 0.0) + slope * reached.get(tail, 0.0)\n"
                    "    return reached.get(end, 0.0)"
                )
            },
            "each arrow is used once, in the order of the dict, and that may be any order: an arrow can stand before "
            "those that lead to its tail.",
        ),
        Mistake(
            "largest_path_only",
            {
                "total += slope * path_sum(slopes, head, end)": (
                    "step = slope * path_sum(slopes, head, end)\n            total = step if abs(step) > abs(total) else total"
                )
            },
            "only the path with the largest product is kept: all paths add up.",
        ),
    ),
)

# -- polar_jacobian ----------------------------------------------------------------------------


def polar_cases(rng: Generator) -> dict[str, Case]:
    def point(low: float, high: float) -> Case:
        def make() -> Case:
            return {"r": round(float(rng.uniform(0.4, 3)) * 16) / 16, "phi": float(rng.uniform(low, high))}

        def good(case: Case) -> bool:
            far = min(abs(np.cos(case["phi"])), abs(np.sin(case["phi"])), abs(case["r"] - 1))
            return bool(far > 0.1 and abs(abs(np.cos(case["phi"])) - abs(np.sin(case["phi"]))) > 0.1)

        return draw_until(good, make)

    return {
        "the first quadrant": point(0, np.pi / 2),
        "the second quadrant": point(np.pi / 2, np.pi),
        "the third quadrant": point(np.pi, 1.5 * np.pi),
        "a negative angle": point(-np.pi / 2, 0),
    }


def polar_expected(r: float, phi: float) -> dict[str, Array]:
    at = np.array([r, phi])
    rows = [gradient(lambda z: z[0] * np.cos(z[1]), at), gradient(lambda z: z[0] * np.sin(z[1]), at)]
    return {"jacobian": np.array(rows)}


POLAR_JACOBIAN = Reference(
    cases=polar_cases,
    expected=polar_expected,
    public=("the first quadrant", "a negative angle"),
    mistakes=(
        Mistake(
            "jacobian_transposed",
            {
                "[[np.cos(phi), -r * np.sin(phi)], [np.sin(phi), r * np.cos(phi)]]": (
                    "[[np.cos(phi), np.sin(phi)], [-r * np.sin(phi), r * np.cos(phi)]]"
                )
            },
            "the Jacobian is transposed: a row belongs to an output, x or y, and a column to an input, r or φ. It is "
            "square, so no shape warned you.",
        ),
        Mistake(
            "sign_of_the_sine",
            {"-r * np.sin(phi)": "r * np.sin(phi)"},
            "the derivative of the cosine is minus the sine.",
        ),
        Mistake(
            "r_missing",
            {"-r * np.sin(phi)": "-np.sin(phi)", "r * np.cos(phi)": "np.cos(phi)"},
            "the factor r is missing in the derivatives with respect to φ.",
        ),
        Mistake(
            "r_kept",
            {"[[np.cos(phi)": "[[r * np.cos(phi)", "[np.sin(phi)": "[r * np.sin(phi)"},
            "the derivative with respect to r still holds the factor r: r·cos φ grows by cos φ when r grows by 1.",
        ),
        Mistake(
            "inputs_exchanged",
            {
                "[[np.cos(phi), -r * np.sin(phi)], [np.sin(phi), r * np.cos(phi)]]": (
                    "[[-r * np.sin(phi), np.cos(phi)], [r * np.cos(phi), np.sin(phi)]]"
                )
            },
            "the two columns are exchanged: the inputs come in the order r, φ.",
        ),
        Mistake(
            "outputs_exchanged",
            {
                "[[np.cos(phi), -r * np.sin(phi)], [np.sin(phi), r * np.cos(phi)]]": (
                    "[[np.sin(phi), r * np.cos(phi)], [np.cos(phi), -r * np.sin(phi)]]"
                )
            },
            "the two rows are exchanged: the outputs come in the order x, y.",
        ),
    ),
)

# -- vector_jacobian_product -------------------------------------------------------------------


def _maps(rng: Generator, *sizes: int) -> Case:
    jacobians = [grid(rng, rows, columns) for columns, rows in itertools.pairwise(sizes)]
    return {"jacobians": jacobians, "dL_dy": grid(rng, sizes[-1])}


def vjp_cases(rng: Generator) -> dict[str, Case]:
    return {
        "sizes all different": _maps(rng, 4, 5, 3, 2),
        "three square matrices": _maps(rng, 3, 3, 3, 3),
        "two square matrices": _maps(rng, 4, 4, 4),
        "one matrix": _maps(rng, 2, 3),
        "four matrices, the last of one row": _maps(rng, 3, 2, 4, 5, 1),
    }


def vjp_expected(jacobians: list[Array], dL_dy: Array) -> dict[str, Array]:
    def loss(x: Array) -> Any:
        for J in jacobians:
            x = J @ x
        return np.sum(x * dL_dy)

    return {"dL_dx": gradient(loss, np.zeros(jacobians[0].shape[1]))}


VECTOR_JACOBIAN_PRODUCT = Reference(
    cases=vjp_cases,
    expected=vjp_expected,
    public=("sizes all different", "three square matrices"),
    mistakes=(
        Mistake(
            "order_of_the_way_forward",
            {"reversed(jacobians)": "jacobians"},
            "the Jacobians are used in the order of the way forward: the way back begins with the last. Where they are "
            "square, no shape warns you.",
        ),
        Mistake(
            "not_transposed",
            {"J.T @ gradient": "J @ gradient"},
            "each Jacobian is used as it is: on the way back it must be turned, Jᵀ g. Where it is square, no shape warns you.",
        ),
        Mistake(
            "neither_turned_nor_reversed",
            {"reversed(jacobians)": "jacobians", "J.T @ gradient": "J @ gradient"},
            "this carries the vector forward through all functions, as a change of the input would travel: go backwards, "
            "and turn each Jacobian.",
        ),
        Mistake(
            "last_function_only",
            {"reversed(jacobians)": "jacobians[-1:]"},
            "only the last function is passed: go on through all of them, to the input.",
        ),
        Mistake(
            "first_function_left_out",
            {"reversed(jacobians)": "reversed(jacobians[1:])"},
            "the first function is left out: this is the gradient at its output, one step too early.",
        ),
        Mistake(
            "dL_dy_dropped",
            {"gradient = dL_dy": "gradient = np.ones(len(dL_dy))"},
            "dL_dy is not used: the way back begins with it.",
        ),
    ),
)

# -- tanh --------------------------------------------------------------------------------------


def _tanh_case(rng: Generator, *shape: int) -> Case:
    z = np.clip(grid(rng, *shape), -2, 2)
    return {"y": np.tanh(z), "dL_dy": grid(rng, *shape)}


def tanh_backward_cases(rng: Generator) -> dict[str, Case]:
    return {
        "a vector": _tanh_case(rng, 6),
        "a matrix": _tanh_case(rng, 3, 4),
        "three axes": _tanh_case(rng, 2, 3, 2),
        "square": _tanh_case(rng, 3, 3),
    }


def tanh_backward_expected(y: Array, dL_dy: Array) -> dict[str, Array]:
    return {"dL_dz": gradient(lambda z: np.sum(np.tanh(z) * dL_dy), np.arctanh(y))}


TANH_BACKWARD = Reference(
    cases=tanh_backward_cases,
    expected=tanh_backward_expected,
    public=("a vector", "a matrix"),
    mistakes=(
        Mistake(
            "y_taken_as_input",
            {"1 - y**2": "1 - np.tanh(y) ** 2"},
            "tanh is applied to y again: y is the output of tanh already, and z never appears.",
        ),
        Mistake(
            "z_in_place_of_y",
            {"1 - y**2": "1 - np.arctanh(y) ** 2"},
            "the derivative is 1 − z² here, with the input z; it is 1 − y², with the output y.",
        ),
        Mistake(
            "dL_dy_dropped",
            {"dL_dy * (1 - y**2)": "1 - y**2"},
            "this is the derivative of tanh alone: multiply it by dL_dy, what comes from above.",
        ),
        Mistake(
            "sigmoid_derivative",
            {"(1 - y**2)": "y * (1 - y)"},
            "y(1 − y) is the derivative of the sigmoid; that of tanh is 1 − y².",
        ),
        Mistake(
            "square_missing",
            {"(1 - y**2)": "(1 - y)"},
            "the square is missing: the derivative is 1 − y².",
        ),
        Mistake(
            "added_to_the_gradient",
            {"dL_dy * (1 - y**2)": "dL_dy + (1 - y**2)"},
            "the derivative is added to dL_dy; along a path slopes are multiplied.",
        ),
        Mistake(
            "tanh_in_place_of_its_slope",
            {"dL_dy * (1 - y**2)": "dL_dy * y"},
            "dL_dy is multiplied by tanh itself; multiply it by the slope of tanh, 1 − y².",
        ),
        Mistake(
            "matrix_product",
            {"dL_dy * (1 - y**2)": "dL_dy @ (1 - y**2)"},
            "this is a matrix product, `@`; tanh acts on each number by itself, so multiply element by element, `*`.",
        ),
    ),
)


def _layer_case(rng: Generator, m: int, n: int) -> Case:
    def make() -> Case:
        return {
            "x": grid(rng, 1, m),
            "W": grid(rng, n, m) / 2,
            "b": grid(rng, 1, n) / 2,
            "dL_dy": grid(rng, 1, n),
        }

    def good(case: Case) -> bool:
        z = case["x"] @ case["W"].T + case["b"]
        # out of saturation, where every slope is 0, and not all near 0, where every slope is 1
        return bool(np.abs(z).max() < 2 and np.abs(z).min() > 0.15)

    return draw_until(good, make)


def tanh_layer_cases(rng: Generator) -> dict[str, Case]:
    return {
        "four inputs, three outputs": _layer_case(rng, 4, 3),
        "square": _layer_case(rng, 4, 4),
        "two inputs, five outputs": _layer_case(rng, 2, 5),
        "square again": _layer_case(rng, 3, 3),
    }


def tanh_layer_expected(x: Array, W: Array, b: Array, dL_dy: Array) -> dict[str, Array]:
    return {
        "dL_dx": gradient(lambda t: np.sum(np.tanh(t @ W.T + b) * dL_dy), x),
        "dL_dW": gradient(lambda t: np.sum(np.tanh(x @ t.T + b) * dL_dy), W),
        "dL_db": gradient(lambda t: np.sum(np.tanh(x @ W.T + t) * dL_dy), b),
    }


_BACK = "dL_dz = tanh_backward(np.tanh(z), dL_dy)"

TANH_LAYER_BACKWARD = Reference(
    cases=tanh_layer_cases,
    expected=tanh_layer_expected,
    public=("four inputs, three outputs", "square"),
    mistakes=(
        Mistake(
            "dW_transposed",
            {"dL_dz.T @ x": "x.T @ dL_dz"},
            "`dL_dW` is transposed: W is (n, m), rows are outputs, so dL_dzᵀ x.",
        ),
        Mistake(
            "activation_derivative_missing",
            {_BACK: "dL_dz = dL_dy"},
            "the derivative of tanh is missing: dL_dy is the gradient at y, and the three gradients need the one at z.",
        ),
        Mistake(
            "z_in_place_of_y",
            {_BACK: "dL_dz = dL_dy * (1 - z**2)"},
            "the derivative of tanh is taken as 1 − z², with the input z; it is 1 − y², with the output y.",
        ),
        Mistake(
            "sigmoid_derivative",
            {_BACK: "dL_dz = dL_dy * np.tanh(z) * (1 - np.tanh(z))"},
            "y(1 − y) is the derivative of the sigmoid; that of tanh is 1 − y².",
        ),
        Mistake(
            "bias_left_out",
            {"x @ W.T + b": "x @ W.T"},
            "b is left out of z, so that the slope of tanh is taken at another place.",
        ),
        Mistake(
            "W_turned_on_the_way_back",
            {"dL_dz @ W,": "dL_dz @ (W.T if W.shape[0] == W.shape[1] else W),"},
            "`dL_dx` is made with Wᵀ where W is square; the way forward had Wᵀ, so the way back has W.",
        ),
        Mistake(
            "W_not_turned_on_the_way_forward",
            {"x @ W.T": "x @ (W if W.shape[0] == W.shape[1] else W.T)"},
            "z is made with W where it is square; in the layout (out, in) it is x Wᵀ.",
        ),
        Mistake(
            "db_summed_to_a_number",
            {"dL_dz.T @ x, dL_dz": "dL_dz.T @ x, dL_dz.sum(axis=1, keepdims=True)"},
            "`dL_db` is added up over the outputs: each output has a bias of its own, so it has the shape (1, n).",
        ),
    ),
)

# -- softmax cross-entropy ---------------------------------------------------------------------


def _logits_case(rng: Generator, n: int, c: int, scale: float = 1.0) -> Case:
    return {"logits": grid(rng, n, c) * scale, "labels": labels_of(rng, n, c)}


def softmax_cases(rng: Generator) -> dict[str, Case]:
    return {
        "more examples than classes": _logits_case(rng, 7, 4),
        "square": _logits_case(rng, 4, 4),
        "more classes than examples": _logits_case(rng, 3, 6),
        "logits of 1000": _logits_case(rng, 6, 3, 1024.0),
        "square logits of 1000": _logits_case(rng, 4, 4, 1024.0),
        "logits of -1000": {**_logits_case(rng, 5, 4), "logits": grid(rng, 5, 4) - 1024.0},
    }


def softmax_expected(logits: Array, labels: Array) -> dict[str, Array]:
    return {"grad_logits": gradient(lambda z: cross_entropy(z, labels), logits)}


SOFTMAX = Reference(
    cases=softmax_cases,
    expected=softmax_expected,
    public=("more examples than classes", "square", "logits of 1000"),
    mistakes=(
        Mistake(
            "gradient_without_1/N",
            {"(probabilities - onehot) / N": "probabilities - onehot"},
            "1/N is missing: the loss is a mean over the examples, so its gradient is divided by N.",
        ),
        Mistake(
            "softmax_over_axis_0",
            {"exponentials.sum(axis=1, keepdims=True)": "exponentials.sum(axis=0, keepdims=True)"},
            "softmax runs over the examples, axis 0; the classes lie along axis 1.",
        ),
        Mistake(
            "divided_by_the_classes",
            {"(probabilities - onehot) / N": "(probabilities - onehot) / logits.shape[1]"},
            "it is divided by the number of classes; divide by the number of examples.",
        ),
        Mistake(
            "divided_by_all_elements",
            {"(probabilities - onehot) / N": "(probabilities - onehot) / logits.size"},
            "it is divided by the number of all elements, N·C; divide by the number of examples, N.",
        ),
        Mistake(
            "onehot_not_subtracted",
            {"(probabilities - onehot)": "probabilities"},
            "the 1 at the label of each row is not subtracted: softmax − onehot.",
        ),
        Mistake(
            "label_column_only",
            {"(probabilities - onehot)": "(probabilities - 1) * onehot"},
            "only the logit of the label gets a gradient; the others are in the sum of exponentials too.",
        ),
        Mistake(
            "sign_reversed",
            {"(probabilities - onehot)": "(onehot - probabilities)"},
            "it is onehot − softmax here; the gradient is softmax − onehot.",
        ),
        Mistake(
            "no_shift",
            {"logits - logits.max(axis=1, keepdims=True)": "logits"},
            "exp overflows for large logits: subtract the largest logit of each row first; softmax does not change.",
        ),
        Mistake(
            "shifted_by_the_largest_of_all",
            {"logits.max(axis=1, keepdims=True)": "logits.max()"},
            "the largest logit of the whole array is subtracted, so in other rows every exponential may be 0, and their sum "
            "too: subtract the largest of each row.",
        ),
        Mistake(
            "whole_columns_chosen",
            {"onehot[np.arange(N), labels]": "onehot[:, labels]"},
            "`[:, labels]` chooses whole columns: each row has one label, `[np.arange(N), labels]`.",
        ),
        Mistake(
            "logits_in_place_of_probabilities",
            {"(probabilities - onehot)": "(logits - onehot)"},
            "the logits stand where their softmax should: they are no probabilities yet.",
        ),
    ),
)

# -- a function of the student's own -----------------------------------------------------------


def own_cases(rng: Generator) -> dict[str, Case]:
    return {label: {"seed": int(rng.integers(1 << 31))} for label in ("one draw of points", "another draw of points")}


def nothing_expected(**inputs: Any) -> dict[str, Array]:
    return {}


_BRANCH = "return 2 + x if x < 2 else float(np.sin(3 * x))"
_SLOPE = "return 1.0 if x < 2 else float(3 * np.cos(3 * x))"

# Edits of the model solution that make it wrong, each by the name that the properties give it.
WRONG_OWN = (
    Mistake("break_missed", {"breakpoints = [-1.0, 2.0]": "breakpoints = [-1.0]"}, "a break is not named."),
    Mistake("not_a_break", {"[-1.0, 2.0]": "[-1.0, 0.5, 2.0]"}, "a named point is no break."),
    Mistake("not_exact", {"[-1.0, 2.0]": "[-1.01, 2.0]"}, "a break is named beside its place."),
    Mistake("unsorted", {"[-1.0, 2.0]": "[2.0, -1.0]"}, "the points are not sorted."),
    Mistake("outside", {"[-1.0, 2.0]": "[-1.0, 2.0, 7.0]"}, "a point lies outside the interval."),
    Mistake("none_named", {"[-1.0, 2.0]": "[]"}, "nothing is named."),
    Mistake("not_a_list", {"[-1.0, 2.0]": "2.0"}, "one number in place of a list."),
    Mistake("constant", {"return x**2": "return 1.0", _BRANCH: "return 1.0"}, "the function is constant."),
    Mistake("no_break", {_BRANCH: "return x**2"}, "the function has no break."),
    Mistake("too_many_breaks", {_BRANCH: "return float(np.floor(40 * x))"}, "hundreds of breaks."),
    Mistake("fails_in_the_interval", {_BRANCH: "return float(np.log(x))"}, "the logarithm of a negative number."),
    Mistake("gradient_differs", {"3 * np.cos(3 * x)": "np.cos(3 * x)"}, "an inner slope is missing."),
    Mistake(
        "function_in_place_of_gradient",
        {"return 2 * x": "return x**2", _SLOPE: _BRANCH},
        "the function stands for its gradient.",
    ),
    Mistake(
        "sign",
        {"return 2 * x": "return -2 * x", _SLOPE: "return -(1.0 if x < 2 else float(3 * np.cos(3 * x)))"},
        "the sign is flipped.",
    ),
    Mistake("zeros", {"return 2 * x": "return 0.0", _SLOPE: "return 0.0"}, "the gradient is 0 everywhere."),
)

PIECEWISE = Reference(cases=own_cases, expected=nothing_expected, public=("one draw of points",), mistakes=WRONG_OWN)


def plot_cases(rng: Generator) -> dict[str, Case]:
    return {label: {"seed": int(rng.integers(1 << 31))} for label in ("your figure", "your figure, drawn again")}


WRONG_PLOTS = (
    Mistake("no_x_label", {'axes.set_xlabel("x")': "pass"}, "the x axis has no label."),
    Mistake("no_y_label", {'axes.set_ylabel("value")': "pass"}, "the y axis has no label."),
    Mistake("no_legend", {"axes.legend()": "pass"}, "no legend tells the curves apart."),
    Mistake(
        "curve_missing",
        {"[piecewise_gradient(float(t)) for t in x]": "[2 * piecewise_gradient(float(t)) for t in x]"},
        "the gradient's curve is missing.",
    ),
    Mistake("break_not_marked", {"axes.axvline(p": "axes.axhline(p"}, "the break points carry no mark."),
    Mistake("too_few_points", {"edges[number + 1], 200)[1:-1]": "edges[number + 1], 8)[1:-1]"}, "few points."),
    Mistake(
        "break_outside",
        {"edges = [-5.0, *breakpoints, 5.0]": "edges = [*breakpoints, 5.0]"},
        "a break lies outside.",
    ),
)

PLOT_PIECEWISE = Reference(cases=plot_cases, expected=nothing_expected, public=("your figure",), mistakes=WRONG_PLOTS)

REFERENCES = {
    "gradient_f": GRADIENT_F,
    "central_difference": CENTRAL_DIFFERENCE,
    "relative_error": RELATIVE_ERROR,
    "nested_slopes": NESTED_SLOPES,
    "chain_rule": CHAIN_RULE,
    "symbolic_chain_rule": SYMBOLIC,
    "path_sum": PATH_SUM,
    "polar_jacobian": POLAR_JACOBIAN,
    "vector_jacobian_product": VECTOR_JACOBIAN_PRODUCT,
    "tanh_backward": TANH_BACKWARD,
    "tanh_layer_backward": TANH_LAYER_BACKWARD,
    "softmax_cross_entropy_backward": SOFTMAX,
    "piecewise": PIECEWISE,
    "plot_piecewise": PLOT_PIECEWISE,
}

# Mutants that are right: the change, and the argument why nothing can tell it from the model.
_ORDER = "the larger of two numbers does not depend on their order"

EQUAL: dict[str, dict[str, str]] = {
    "central_difference": {
        "gradient: np.zeros(x.shape) -> np.ones(x.shape)": "every entry is overwritten",
    },
    "relative_error": {
        "the result: a - b -> b - a": "the absolute value is taken of the difference",
        "scale: np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-12) -> "
        "np.maximum(1e-12, np.maximum(np.abs(a), np.abs(b)))": _ORDER,
        "scale: np.maximum(np.abs(a), np.abs(b)) -> np.maximum(np.abs(b), np.abs(a))": _ORDER,
    },
    "piecewise": {
        **dict.fromkeys(
            ("the result: x < 2 -> x <= 2", "the result: x < -1 -> x <= -1"),
            "only the value at the break itself changes, and it is free",
        ),
        **dict.fromkeys(
            ("the result: 2 + x -> x", "the result: 2 -> 3", "the result: 2 -> 1"),
            "another function with the same slope and breaks at the same points is as right",
        ),
    },
    "plot_piecewise": {
        **dict.fromkeys(
            ("first: number == 0 -> number != 0", "first: 0 -> 1"),
            "another piece of each curve carries the label of the legend",
        ),
        **dict.fromkeys(
            ("(figure, axes): 7 -> 8", "(figure, axes): 7 -> 6", "(figure, axes): 4 -> 5", "(figure, axes): 4 -> 3"),
            "the size of the figure is free",
        ),
        **dict.fromkeys(
            ("edges: 5.0 -> 6.0", "edges: 5.0 -> 4.0", "x: number + 1 -> number - 1"),
            "the curves are drawn over another interval, which holds every break too",
        ),
        **dict.fromkeys(
            (
                "x: np.linspace(edges[number], edges[number + 1], 200)[1:-1] -> "
                "np.linspace(edges[number], edges[number + 1], 200)",
                "x: 1 -> 2",
                "x: 1 -> 0",
                "x: 200 -> 201",
                "x: 200 -> 199",
            ),
            "a few points of the curves more or fewer",
        ),
    },
}
