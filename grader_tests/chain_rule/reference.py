"""References of chain_rule: forward passes and hidden cases.

Numbers lie on a grid of sixteenths. The step h is large in most cases of the central difference,
so that the right answer is the quotient itself, and any other rule is far off. The student's own
function and its plot have no one right answer: they are judged by the properties in
``handgrad/assignments/chain_rule/``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from grader_tests.mlp_backprop.reference import cross_entropy, draw_until, grid, labels_of
from grader_tests.tensor_basics.reference import again
from handgrad.assignments.chain_rule.exercises import scalar_function
from handgrad.judging.exercise import Case
from handgrad.references import Reference
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
        "called again": again(lambda: point(1, 1)),
    }


def gradient_f_expected(x: Array) -> dict[str, Array]:
    return {"gradient": gradient(lambda z: 3 * z[0] ** 2 + 5 * np.exp(z[1]), x)}


GRADIENT_F = Reference(
    cases=gradient_f_cases,
    expected=gradient_f_expected,
    public=("both positive", "one negative", "both negative", "called again"),
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
        "five axes": _cubic(rng, 2, 1, 2, 3, 2),
        "many entries": _cubic(rng, 40),
        "called again": again(lambda: _cubic(rng, 2, 3)),
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


CENTRAL_DIFFERENCE = Reference(
    cases=central_difference_cases,
    expected=central_difference_expected,
    public=(
        "a vector",
        "a matrix",
        "a single number",
        "the default step",
        "integers",
        "three axes",
        "five axes",
        "integers and the default step",
        "called again",
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
        "three axes, below the floor": _signed(_steady(lambda: _tiny(rng, 2, 2, 2)), -1),
        "called again": again(lambda: _steady(lambda: _with_zeros(rng, 3, 4))),
        "opposite signs": {"a": np.array([1.0, -0.5, 0.25]), "b": np.array([1.0, 0.375, 0.25])},
    }


def relative_error_expected(a: Array, b: Array) -> dict[str, Any]:
    errors = [abs(p - q) / max(abs(p), abs(q), 1e-12) for p, q in zip(a.flat, b.flat, strict=True)]
    return {"error": max(errors)}


RELATIVE_ERROR = Reference(
    cases=relative_error_cases,
    expected=relative_error_expected,
    public=(
        "numbers of many sizes",
        "zeros in both",
        "numbers below the floor",
        "three axes, below the floor",
        "opposite signs",
        "called again",
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
        "called again": again(lambda: point(1, 0.2, 1)),
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
    public=("a positive x", "a larger negative x", "called again"),
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
        "called again": again(lambda: _paths(rng)),
    }


def chain_rule_expected(du: Array, dxyz: Array) -> dict[str, Array]:
    # u, x, y and z are made linear functions with just these derivatives
    return {"gradient": gradient(lambda ab: np.sum(du * (dxyz @ ab)), np.ones(2))}


CHAIN_RULE = Reference(
    cases=chain_rule_cases,
    expected=chain_rule_expected,
    public=("three paths", "u does not depend on y", "called again"),
)

# -- symbolic_chain_rule -----------------------------------------------------------------------


def symbolic_cases(rng: Generator) -> dict[str, Case]:
    def points() -> Case:
        return {"a": rng.uniform(-1.5, 1.5, size=14), "b": rng.uniform(-1.5, 1.5, size=14)}

    # where a is large, the exponential is the largest term
    larger = {"a": rng.uniform(3, 5, size=5), "b": rng.uniform(-0.5, 0.5, size=5)}
    return {"fourteen points": points(), "fourteen other points": points(), "larger a": larger}


def symbolic_expected(a: Array, b: Array) -> dict[str, Array]:
    def u(p: Array, q: Array) -> Array:
        x, y, z = p + 2 * q, p * q, p - q**2
        return x**2 * y + np.exp(z)

    return {"du_da": np.imag(u(a + 1e-30j, b)) / 1e-30, "du_db": np.imag(u(a, b + 1e-30j)) / 1e-30}


SYMBOLIC = Reference(
    cases=symbolic_cases,
    expected=symbolic_expected,
    public=("fourteen points", "larger a"),
)

# -- path_sum ----------------------------------------------------------------------------------

GRAPHS: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "a chain": ("x-u u-v v-y", (("x", "y"), ("u", "y"), ("x", "u"))),
    "a diamond": ("a-p a-q p-L q-L", (("a", "L"), ("p", "L"), ("L", "L"), ("p", "q"))),
    "two diamonds in a row": ("a-b a-c b-d c-d d-e d-f e-L f-L", (("a", "L"), ("a", "d"), ("d", "L"))),
    "an arrow that skips steps": ("s-m m-n n-t s-n s-t", (("s", "t"), ("m", "t"), ("t", "s"))),
    # two arrows further round than straight ahead: whoever passes on what a node has when it is first reached is wrong
    "a long way round": ("s-m m-k k-n n-t s-n s-t", (("s", "t"), ("m", "t"), ("n", "k"))),
    "two inputs, three paths each": ("a-x a-y a-z b-x b-y b-z x-u y-u z-u", (("a", "u"), ("b", "u"), ("a", "z"))),
}
LONG_CHAIN = " ".join(f"n{k}-n{k + 1}" for k in range(60)), (("n0", "n60"), ("n7", "n60"), ("n60", "n0"))


def path_sum_cases(rng: Generator) -> dict[str, Case]:
    def graph(text: str, pairs: tuple[tuple[str, str], ...], powers: bool = False) -> Case:
        edges = [tuple(edge.split("-")) for edge in text.split()]

        def make() -> Case:
            order = rng.permutation(len(edges))
            # powers of two are multiplied without rounding, however many
            slopes = rng.choice([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0], len(edges)) if powers else grid(rng, len(edges))
            return {"slopes": {edges[k]: float(slopes[k]) for k in order}, "pairs": list(pairs)}

        def good(case: Case) -> bool:
            sizes = [float(abs(value)) for value in path_sum_expected(**case).values()]
            return all(size == 0 or size > 0.05 for size in sizes) and sizes[0] != 1

        return draw_until(good, make)

    return {
        **{label: graph(*described) for label, described in GRAPHS.items()},
        "a chain of sixty arrows": graph(*LONG_CHAIN, powers=True),
        "called again": again(lambda: graph(*GRAPHS["a diamond"])),
    }


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
    public=("a diamond", "an arrow that skips steps", "a long way round", "a chain of sixty arrows", "called again"),
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
        # where the sine is positive, as it is not beyond half a turn
        "more than a turn": point(2 * np.pi, 3 * np.pi),
        "called again": again(lambda: point(0, np.pi / 2)),
    }


def polar_expected(r: float, phi: float) -> dict[str, Array]:
    at = np.array([r, phi])
    rows = [gradient(lambda z: z[0] * np.cos(z[1]), at), gradient(lambda z: z[0] * np.sin(z[1]), at)]
    return {"jacobian": np.array(rows)}


POLAR_JACOBIAN = Reference(
    cases=polar_cases,
    expected=polar_expected,
    public=("the first quadrant", "a negative angle", "the third quadrant", "more than a turn", "called again"),
)

# -- vector_jacobian_product -------------------------------------------------------------------


def _maps(rng: Generator, *sizes: int) -> Case:
    jacobians = [grid(rng, rows, columns) for columns, rows in itertools.pairwise(sizes)]
    return {"jacobians": jacobians, "dL_dy": grid(rng, sizes[-1])}


def _long_chain(rng: Generator, functions: int) -> Case:
    """Draw a chain whose gradient stays of order 1, each matrix divided by a power of two."""
    sizes = [int(n) for n in rng.integers(3, 6, size=functions + 1)]
    dL_dy = gradient = grid(rng, sizes[-1])
    jacobians: list[Array] = []
    for columns, rows in reversed(list(itertools.pairwise(sizes))):
        J = grid(rng, rows, columns)
        J /= 2.0 ** np.round(np.log2(np.linalg.norm(gradient @ J) / np.sqrt(columns)))
        gradient = gradient @ J
        jacobians.insert(0, J)
    return {"jacobians": jacobians, "dL_dy": dL_dy}


def vjp_cases(rng: Generator) -> dict[str, Case]:
    return {
        "sizes all different": _maps(rng, 4, 5, 3, 2),
        "three square matrices": _maps(rng, 3, 3, 3, 3),
        "two square matrices": _maps(rng, 4, 4, 4),
        "one matrix": _maps(rng, 2, 3),
        "four matrices, the last of one row": _maps(rng, 3, 2, 4, 5, 1),
        "one number in between": _maps(rng, 4, 1, 3),
        "sixty matrices": _long_chain(rng, 60),
        "called again": again(lambda: _maps(rng, 4, 2, 3)),
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
    public=(
        "sizes all different",
        "three square matrices",
        "one matrix",
        "one number in between",
        "sixty matrices",
        "called again",
    ),
)

# -- tanh --------------------------------------------------------------------------------------


def _tanh_case(rng: Generator, *shape: int) -> Case:
    z = np.clip(grid(rng, *shape), -2, 2)
    return {"y": np.tanh(z), "dL_dy": grid(rng, *shape)}


def _saturated(rng: Generator, n: int) -> Case:
    """Draw outputs at which the slope is less than 0.01, with a gradient that makes up for it."""
    z = rng.uniform(3, 3.3, size=n) * rng.choice([-1.0, 1.0], size=n)
    return {"y": np.tanh(z), "dL_dy": grid(rng, n) * 256}


def tanh_backward_cases(rng: Generator) -> dict[str, Case]:
    return {
        "a vector": _tanh_case(rng, 6),
        "a matrix": _tanh_case(rng, 3, 4),
        "three axes": _tanh_case(rng, 2, 3, 2),
        "square": _tanh_case(rng, 3, 3),
        "five axes": _tanh_case(rng, 2, 1, 3, 2, 2),
        "close to ±1": _saturated(rng, 6),
        "called again": again(lambda: _tanh_case(rng, 2, 3, 2)),
    }


def tanh_backward_expected(y: Array, dL_dy: Array) -> dict[str, Array]:
    return {"dL_dz": gradient(lambda z: np.sum(np.tanh(z) * dL_dy), np.arctanh(y))}


TANH_BACKWARD = Reference(
    cases=tanh_backward_cases,
    expected=tanh_backward_expected,
    public=("a vector", "a matrix", "three axes", "five axes", "close to ±1", "called again"),
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
        "called again": again(lambda: _layer_case(rng, 3, 4)),
    }


def tanh_layer_expected(x: Array, W: Array, b: Array, dL_dy: Array) -> dict[str, Array]:
    return {
        "dL_dx": gradient(lambda t: np.sum(np.tanh(t @ W.T + b) * dL_dy), x),
        "dL_dW": gradient(lambda t: np.sum(np.tanh(x @ t.T + b) * dL_dy), W),
        "dL_db": gradient(lambda t: np.sum(np.tanh(x @ W.T + t) * dL_dy), b),
    }


TANH_LAYER_BACKWARD = Reference(
    cases=tanh_layer_cases,
    expected=tanh_layer_expected,
    public=("four inputs, three outputs", "square", "called again"),
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
        "one example": _logits_case(rng, 1, 5),
        "a class that no label names": {"logits": grid(rng, 5, 4), "labels": labels_of(rng, 5, 3)},
        "called again": again(lambda: _logits_case(rng, 6, 4)),
        "logits of -1000": {**_logits_case(rng, 5, 4), "logits": grid(rng, 5, 4) - 1024.0},
    }


def softmax_expected(logits: Array, labels: Array) -> dict[str, Array]:
    return {"grad_logits": gradient(lambda z: cross_entropy(z, labels), logits)}


SOFTMAX = Reference(
    cases=softmax_cases,
    expected=softmax_expected,
    public=(
        "more examples than classes",
        "square",
        "logits of 1000",
        "one example",
        "a class that no label names",
        "logits of -1000",
        "called again",
    ),
)

# -- a function of the student's own -----------------------------------------------------------


def own_cases(rng: Generator) -> dict[str, Case]:
    return {"one draw of points": {"seed": int(rng.integers(1 << 31))}}


def nothing_expected(**inputs: Any) -> dict[str, Array]:
    return {}


PIECEWISE = Reference(cases=own_cases, expected=nothing_expected, public=("one draw of points",))


def plot_cases(rng: Generator) -> dict[str, Case]:
    return {label: {"seed": int(rng.integers(1 << 31))} for label in ("your figure", "your figure, drawn again")}


PLOT_PIECEWISE = Reference(
    cases=plot_cases, expected=nothing_expected, public=("your figure", "your figure, drawn again")
)

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
    "gradient_f": {
        "einsum, coefficients: coefficients = np.array([3.0, 5.0]) -> "
        "coefficients = kept('coefficients', np.array([3.0, 5.0]))": "they are the same in each call",
    },
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
        "the result: for number in range(len(edges) - 1) -> for number in list(range(len(edges) - 1))[:8]": (
            "the function that it draws has fewer pieces"
        ),
        "x: edges[number] -> edges[number - 1]": "each piece is drawn with the one before it, on the same curve",
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
