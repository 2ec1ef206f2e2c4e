"""References of tensor_basics: hidden cases and right results.

Inputs lie on a grid of sixteenths, so that sums are exact in float32 too. What distinguishes a
mistake is drawn until it does: differences of both signs, lengths that are all different, values
whose plain mean is not their expectation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader_tests.mlp_backprop.reference import draw_until, grid
from handgrad.assignments.tensor_basics.exercises import broadcast_result, prediction
from handgrad.judging.exercise import Case
from handgrad.references import Reference

Array = np.ndarray[Any, Any]
Generator = np.random.Generator


def lengths(rng: Generator, count: int, low: int = 2, high: int = 7) -> list[int]:
    """Draw lengths that are all different."""
    return [int(n) for n in rng.permutation(np.arange(low, high + 1))[:count]]


def positive(rng: Generator, *shape: int) -> Array:
    """Draw positive numbers of order 1 on the grid."""
    return np.abs(grid(rng, *shape))


def again(make: Callable[[], Case]) -> Case:
    """Draw a case that is called again, with other inputs of the same shapes between."""
    return {**make(), "between": make()}


# -- predictions of shapes ---------------------------------------------------------------------

X_SHAPE, T_SHAPE = (4, 5), (2, 3, 6)


REDUCTIONS: dict[str, Callable[[Array, Array], Any]] = {
    "X.sum(axis=0)": lambda x, t: x.sum(axis=0),
    "X.sum(axis=1)": lambda x, t: x.sum(axis=1),
    "X.mean()": lambda x, t: x.mean(),
    "X.max(axis=1, keepdims=True)": lambda x, t: x.max(axis=1, keepdims=True),
    "T.sum(axis=1)": lambda x, t: t.sum(axis=1),
    "T.sum(axis=(0, 2))": lambda x, t: t.sum(axis=(0, 2)),
}


def predicted_shapes_1_cases(rng: Generator) -> dict[str, Case]:
    names = zip(REDUCTIONS, "abcdef", strict=True)
    return {text: {"name": f"shape_{letter}", "X": X_SHAPE, "T": T_SHAPE} for text, letter in names}


def predicted_shapes_1_expected(name: str, X: Any, T: Any) -> dict[str, Array]:
    reduce = list(REDUCTIONS.values())["abcdef".index(name[-1])]
    return prediction(name, np.shape(reduce(np.zeros(X), np.zeros(T))))


PREDICTED_SHAPES_1 = Reference(
    cases=predicted_shapes_1_cases,
    expected=predicted_shapes_1_expected,
    public=tuple(REDUCTIONS),
)

SIZES = {"X": (4, 5), "r": (5,), "v": (4,), "c": (4, 1), "T": (2, 3, 6), "w": (3, 1)}
BROADCASTS: dict[str, Callable[[dict[str, Array]], Array]] = {
    "X + r": lambda a: a["X"] + a["r"],
    "X + v": lambda a: a["X"] + a["v"],
    "X + c": lambda a: a["X"] + a["c"],
    "r + c": lambda a: a["r"] + a["c"],
    "c + v": lambda a: a["c"] + a["v"],
    "X / X.sum(axis=1)": lambda a: a["X"] / a["X"].sum(axis=1),
    "T * w": lambda a: a["T"] * a["w"],
    "X - X.mean(axis=0)": lambda a: a["X"] - a["X"].mean(axis=0),
}


def predicted_shapes_2_cases(rng: Generator) -> dict[str, Case]:
    names = {text: f"shape_{letter}" for text, letter in zip(BROADCASTS, "ghijklmn", strict=True)}
    return {text: {"name": name, "sizes": SIZES} for text, name in names.items()}


def predicted_shapes_2_expected(name: str, sizes: dict[str, Any]) -> dict[str, Any]:
    compute = list(BROADCASTS.values())["ghijklmn".index(name[-1])]
    try:
        return prediction(name, compute({key: np.ones(size) for key, size in sizes.items()}).shape)
    except ValueError:
        return prediction(name, "error")


PREDICTED_SHAPES_2 = Reference(
    cases=predicted_shapes_2_cases,
    expected=predicted_shapes_2_expected,
    public=tuple(BROADCASTS),
)

# -- axis_of_len -------------------------------------------------------------------------------


def axis_of_len_cases(rng: Generator) -> dict[str, Case]:
    n, m, k = sorted(lengths(rng, 3))
    return {
        "a matrix": {"X": grid(rng, n, m)},
        "a square matrix": {"X": grid(rng, m, m)},
        "three axes": {"X": grid(rng, n, k, m)},
        "a vector": {"X": grid(rng, k)},
        "no rows": {"X": np.zeros((0, m))},
        "four axes": {"X": grid(rng, m, 2, n, k)},
        "a 0-d array": {"X": np.array(grid(rng, 1)[0])},
        "another 0-d array": {"X": np.array(3.0)},
        "called again": again(lambda: {"X": grid(rng, m, n)}),
    }


def axis_of_len_expected(X: Array) -> dict[str, Any]:
    return {"raises TypeError": [1, 0]} if X.ndim == 0 else {f"axis[for shape {X.shape}]": 0}


AXIS_OF_LEN = Reference(
    cases=axis_of_len_cases,
    expected=axis_of_len_expected,
    public=(
        "a matrix",
        "three axes",
        "no rows",
        "a 0-d array",
        "a square matrix",
        "a vector",
        "four axes",
        "called again",
    ),
)

# -- broadcast_shape ---------------------------------------------------------------------------


def broadcast_shape_cases(rng: Generator) -> dict[str, Case]:
    # the last axis is the longest, or shapes aligned from the left could come out right
    *others, m = sorted(lengths(rng, 4))
    n, k, j = (int(length) for length in rng.permutation(others))
    # no memory holds such an array, so that the rule cannot be left to NumPy's arithmetic
    long, longer = (length * 4 * 10**8 for length in lengths(rng, 2))
    return {
        "as many axes": {"pairs": [((n, 1), (n, m)), ((1, k, 1), (n, 1, m)), ((k,), (k,))], "fit": True},
        "fewer axes": {"pairs": [((n, m), (m,)), ((k, 1), (j, n, k, m)), ((), (n, m))], "fit": True},
        "fewer axes again": {"pairs": [((m,), (k, n, m)), ((n, k, 1), (m,)), ((1,), ())], "fit": True},
        "equal lengths": {"pairs": [((n, n), (n,)), ((n, 1), (n,)), ((1, n), (n, n)), ((), ())], "fit": True},
        "length 0": {"pairs": [((0, m), (1, m)), ((n, 0), (1,)), ((0,), (n, 1))], "fit": True},
        "length 0 again": {"pairs": [((1,), (0,)), ((m, 1, 0), (1, n, 1)), ((0, m), (m,)), ((0,), ())], "fit": True},
        "do not fit": {"pairs": [((n, m), (n,)), ((n, m), (m, n)), ((k, 1, n), (3 * k, m, 1))], "fit": False},
        "do not fit either": {"pairs": [((0,), (n,)), ((m,), (k,)), ((n, m, k), (n, m))], "fit": False},
        "long axes": {"pairs": [((long, 1), (longer,)), ((longer,), (long, 1))], "fit": True},
        "seven axes and more": {
            "pairs": [((2, 1, 1, k, 1, 1, m), (k, 1, j, 1)), ((2, 1, 3, *(1,) * 6, 2), (1, 2, *(1,) * 7, 2))],
            "fit": True,
        },
    }


def broadcast_shape_expected(pairs: Any, fit: bool) -> dict[str, Any]:
    if not fit:
        return {f"raises ValueError[{a} with {b}]": [1, 0] for a, b in pairs}
    return {key: value for a, b in pairs for key, value in broadcast_result(a, b, np.broadcast_shapes(a, b)).items()}


BROADCAST_SHAPE = Reference(
    cases=broadcast_shape_cases,
    expected=broadcast_shape_expected,
    public=(
        "as many axes",
        "fewer axes",
        "length 0",
        "do not fit",
        "long axes",
        "equal lengths",
        "do not fit either",
        "seven axes and more",
    ),
)

# -- the silent square -------------------------------------------------------------------------

SQUARE = np.array([[1.0, 2.0, 1.0], [3.0, 3.0, 2.0], [5.0, 1.0, 10.0]])

PREDICTED_QUOTIENT = Reference(
    cases=lambda rng: {"A of the text": {"A": SQUARE}},
    expected=lambda A: {"quotient": A / A.sum(axis=1)},
    public=("A of the text",),
)


def _table(rng: Generator, n: int, m: int, signs: bool = False) -> Case:
    def make() -> Case:
        A = grid(rng, n, m) if signs else positive(rng, n, m)
        return {"A": A}

    def good(case: Case) -> bool:
        A = case["A"]
        sums = A.sum(axis=1)
        differ = len(set(sums)) == n and len(set(np.abs(A).sum(axis=1))) == n
        return bool(np.all(np.abs(sums) > 0.5) and differ and (not signs or np.all(np.any(A < 0, axis=1))))

    return draw_until(good, make)


def divide_by_row_sums_cases(rng: Generator) -> dict[str, Case]:
    n, m = lengths(rng, 2, 3, 6)
    return {
        "more or fewer rows than columns": _table(rng, n, m),
        "the other way round": _table(rng, m, n),
        "square": _table(rng, n, n),
        "square, of both signs": _table(rng, m, m, signs=True),
        "of both signs": _table(rng, n, m, signs=True),
        "one column": _table(rng, m, 1),
        "many rows": {"A": positive(rng, 60, 2)},
        "called again": again(lambda: _table(rng, n, m)),
    }


DIVIDE_BY_ROW_SUMS = Reference(
    cases=divide_by_row_sums_cases,
    expected=lambda A: {
        "n = m" if A.shape[0] == A.shape[1] else "n and m different": np.stack([row / row.sum() for row in A])
    },
    public=("more or fewer rows than columns", "square", "of both signs", "one column", "called again"),
)

# -- distances ---------------------------------------------------------------------------------


def _points(rng: Generator, *shape: int) -> Case:
    def good(case: Case) -> bool:
        difference = case["p"] - case["q"]
        lost = np.abs(difference).sum(axis=-1) - np.abs(difference.sum(axis=-1))
        return bool(np.all(lost > 0.2) and abs(float(difference.sum())) > 0.2)

    return draw_until(good, lambda: {"p": grid(rng, *shape), "q": grid(rng, *shape)})


def manhattan_distance_cases(rng: Generator) -> dict[str, Case]:
    n, d, k = lengths(rng, 3, 3, 6)
    return {
        "two vectors": _points(rng, d),
        "two other vectors": _points(rng, n),
        "rows of points": _points(rng, n, d),
        "a square of points": _points(rng, k, k),
        "three axes": _points(rng, 2, n, d),
        "five axes": _points(rng, 2, 1, 3, 2, d),
        "many coordinates": _points(rng, 60),
        "called again": again(lambda: _points(rng, 2, n, d)),
    }


def manhattan_distance_expected(p: Array, q: Array) -> dict[str, Array]:
    # column by column, so that nothing is taken over a wrong axis
    total = np.zeros(p.shape[:-1])
    for k in range(p.shape[-1]):
        total = total + np.maximum(p[..., k] - q[..., k], q[..., k] - p[..., k])
    return {"two vectors" if p.ndim == 1 else "last axis": total}


MANHATTAN_DISTANCE = Reference(
    cases=manhattan_distance_cases,
    expected=manhattan_distance_expected,
    public=("two vectors", "rows of points", "three axes", "five axes", "called again"),
)


def _two_sets(rng: Generator, n: int, m: int, d: int) -> Case:
    def good(case: Case) -> bool:
        difference = case["P"][:, None] - case["Q"]
        lost = np.abs(difference).sum(axis=-1) - np.abs(difference.sum(axis=-1))
        return bool(np.any(lost > 0.2))

    return draw_until(good, lambda: {"P": grid(rng, n, d), "Q": grid(rng, m, d)})


def pairwise_manhattan_cases(rng: Generator) -> dict[str, Case]:
    n, m, d = lengths(rng, 3, 4, 7)
    return {
        "sizes all different": _two_sets(rng, n, m, d),
        "as many points in both": _two_sets(rng, n, n, d),
        "everything square": _two_sets(rng, m, m, m),
        "one point in P": _two_sets(rng, 1, m, d),
        "many points": _two_sets(rng, 60, 45, 3),
        "called again": again(lambda: _two_sets(rng, n, m, d)),
    }


def pairwise_manhattan_expected(P: Array, Q: Array) -> dict[str, Any]:
    distances = np.array([[sum(abs(a - b) for a, b in zip(p, q, strict=True)) for q in Q] for p in P])
    return {"distances": distances, **({"no Python loop": [1, 0]} if min(*P.shape, *Q.shape) > 2 else {})}


PAIRWISE_MANHATTAN = Reference(
    cases=pairwise_manhattan_cases,
    expected=pairwise_manhattan_expected,
    public=("sizes all different", "as many points in both", "one point in P", "called again"),
)

# -- probability tables ------------------------------------------------------------------------

HEADS = np.arange(11.0)
TABLE = np.array([0.006, 0.0403, 0.1209, 0.215, 0.2508, 0.2007, 0.1115, 0.0425, 0.0106, 0.0016, 0.0001])


def _probabilities(rng: Generator, n: int, off: float = 0.0, impossible: bool = False) -> Case:
    """Draw a table; ``off`` is how far its sum is from 1, ``impossible`` sets one probability to 0."""

    def make() -> Case:
        counts = rng.integers(1, 30, size=n)
        counts[0] *= not impossible
        probabilities = counts / counts.sum()
        probabilities[int(np.argmax(probabilities))] += off
        return {"values": rng.permutation(grid(rng, n) * 3), "probabilities": probabilities}

    def good(case: Case) -> bool:
        v, p = case["values"], case["probabilities"]
        mean = float(v @ p)
        spread = float(p @ (v - mean) ** 2)
        apart = [mean, mean - v.mean(), mean - v[p.argmax()], spread - v.var(), mean**2 - mean]
        # both formulas of the variance agree where the sum is not quite 1, if the mean is not too large
        return len(set(v)) == n and all(abs(float(x)) > 0.3 for x in apart) and mean**2 < 4 * spread

    return draw_until(good, make)


def _negative(rng: Generator, n: int, below: float = 0.02) -> Case:
    case = _probabilities(rng, n)
    p = case["probabilities"]
    smallest, largest = int(np.argmin(p)), int(np.argmax(p))
    shift = float(p[smallest]) + below
    p[smallest] -= shift
    p[largest] += shift
    return case


def _negative_in_size_only(rng: Generator, n: int) -> Case:
    """Draw a table with a negative entry, whose absolute values add up to 1."""
    case = _probabilities(rng, n)
    case["probabilities"][int(np.argmin(case["probabilities"]))] *= -1
    return case


def _many(rng: Generator, n: int) -> Case:
    counts = rng.integers(1, 30, size=n)
    return {"values": rng.permutation(n) / 4 - 5, "probabilities": counts / counts.sum()}


def _tables(rng: Generator) -> dict[str, Case]:
    n, m, k = lengths(rng, 3, 4, 8)
    tables = {
        "heads in 10 tosses": ("right", {"values": HEADS, "probabilities": TABLE}),
        "a table": ("right", _probabilities(rng, n)),
        "an impossible value": ("right", _probabilities(rng, m, impossible=True)),
        "another impossible value": ("right", _probabilities(rng, k, impossible=True)),
        "a sum 3e-7 above 1": ("right", _probabilities(rng, k, 3e-7)),
        "a sum 5e-7 above 1": ("right", _probabilities(rng, n, 5e-7)),
        "a sum 4e-7 below 1": ("right", _probabilities(rng, m, -4e-7)),
        "a sum 6e-7 below 1": ("right", _probabilities(rng, k, -6e-7)),
        "a negative probability": ("negative", _negative(rng, n)),
        "another negative one": ("negative", _negative(rng, k)),
        "a probability of -1e-12": ("negative", _negative(rng, m, 1e-12)),
        "a sum too large": ("sum off", _probabilities(rng, n, 0.03)),
        "a sum too small": ("sum off", _probabilities(rng, m, -0.02)),
        "a sum off by 1.5e-6": ("sum off", _probabilities(rng, k, 1.5e-6)),
        "a sum off by -1.6e-6": ("sum off", _probabilities(rng, n, -1.6e-6)),
        "many values": ("right", _many(rng, 60)),
        "called again": ("right", again(lambda: {**_probabilities(rng, m), "table": "right"})),
        "a negative one, absolute values adding up to 1": ("negative", _negative_in_size_only(rng, n)),
    }
    return {label: {**case, "table": table} for label, (table, case) in tables.items()}


def _moment(values: Array, probabilities: Array, power: int, about: float) -> float:
    return sum(float(p) * (float(v) - about) ** power for v, p in zip(values, probabilities, strict=True))


def expectation_expected(values: Array, probabilities: Array, table: str) -> dict[str, Any]:
    if table != "right":
        return {f"{table} raises ValueError": [1, 0]}
    return {"expectation": _moment(values, probabilities, 1, 0.0)}


def variance_expected(values: Array, probabilities: Array, table: str) -> dict[str, Any]:
    if table != "right":
        return {"raises ValueError": [1, 0]}
    return {"variance": _moment(values, probabilities, 2, _moment(values, probabilities, 1, 0.0))}


EXPECTATION = Reference(
    cases=_tables,
    expected=expectation_expected,
    public=(
        "heads in 10 tosses",
        "a table",
        "an impossible value",
        "a sum 3e-7 above 1",
        "a negative probability",
        "a sum too large",
        "a sum off by 1.5e-6",
        "a sum 6e-7 below 1",
        "a probability of -1e-12",
        "a sum too small",
        "a negative one, absolute values adding up to 1",
        "called again",
    ),
)

VARIANCE = Reference(
    cases=_tables,
    expected=variance_expected,
    public=(
        "heads in 10 tosses",
        "a table",
        "a negative probability",
        "a sum too small",
        "an impossible value",
        "a sum 6e-7 below 1",
        "a probability of -1e-12",
        "a sum too large",
        "a sum off by 1.5e-6",
        "a negative one, absolute values adding up to 1",
        "called again",
    ),
)

# -- sigmoid and softmax -----------------------------------------------------------------------


def true_sigmoid(x: Array) -> Array:
    """Return the sigmoid from the hyperbolic tangent."""
    return (1 + np.tanh(x / 2)) / 2


def log_sum_exp(x: Array) -> Array:
    """Return log Σ exp along the last axis, by pairs."""
    return np.logaddexp.reduce(x, axis=-1)


def true_softmax(x: Array) -> Array:
    return np.exp(x - log_sum_exp(x)[..., None])


def _around(rng: Generator, *shape: int) -> Array:
    """Draw numbers near ±1000, of both signs, and some of ordinary size."""
    signs = rng.permutation(np.resize([1.0, -1.0, 0.0], int(np.prod(shape)))).reshape(shape)
    return grid(rng, *shape) + 1000 * signs


def sigmoid_cases(rng: Generator) -> dict[str, Case]:
    n, m, k = lengths(rng, 3, 3, 6)
    with_zeros = grid(rng, m, n)
    with_zeros[0, :2] = 0
    return {
        "a vector": {"x": grid(rng, n)},
        "a matrix, with zeros": {"x": with_zeros},
        "three axes": {"x": grid(rng, 2, n, k) * 2},
        "a single number": {"x": np.array(grid(rng, 1)[0])},
        "around ±1000": {"x": _around(rng, n, k)},
        "a vector around ±1000": {"x": _around(rng, 7)},
        "five axes": {"x": grid(rng, 2, 1, 3, 2, 2)},
        "called again": again(lambda: {"x": grid(rng, 2, n, k)}),
        "many scores": {"x": grid(rng, 40, 3)},
    }


def sigmoid_expected(x: Array) -> dict[str, Any]:
    if np.max(np.abs(x)) > 25:
        return {"at ±1000[result]": true_sigmoid(x), "at ±1000[warnings]": False}
    return {"sigmoid": true_sigmoid(x)}


SIGMOID = Reference(
    cases=sigmoid_cases,
    expected=sigmoid_expected,
    public=(
        "a vector",
        "a matrix, with zeros",
        "a single number",
        "around ±1000",
        "three axes",
        "five axes",
        "called again",
    ),
)


def _rows(rng: Generator, *shape: int) -> Array:
    """Draw scores whose rows lie around +1000, −1000 and 0, so that no one shift serves them all."""
    offsets = rng.permutation(np.resize([1000.0, -1000.0, 0.0], int(np.prod(shape[:-1])))).reshape(shape[:-1])
    return grid(rng, *shape) + offsets[..., None]


def softmax_cases(rng: Generator) -> dict[str, Case]:
    n, m, k = lengths(rng, 3, 3, 6)
    return {
        "a vector": {"x": grid(rng, n)},
        "another vector": {"x": grid(rng, m)},
        "a matrix": {"x": grid(rng, n, m)},
        "a square matrix": {"x": grid(rng, k, k)},
        "three axes": {"x": grid(rng, n, m, k)},
        "a cube": {"x": grid(rng, m, m, m)},
        "four axes": {"x": grid(rng, 2, k, n, m)},
        "a vector around 1000": {"x": _rows(rng, m) + 1000},
        "rows around ±1000": {"x": _rows(rng, n, m)},
        "three axes around ±1000": {"x": _rows(rng, 2, m, k)},
        "scores of ±1000": {"x": _around(rng, m, n)},
        "three axes of ±1000": {"x": _around(rng, 2, n, k)},
        "many scores": {"x": grid(rng, 2, 60)},
        "five axes": {"x": grid(rng, 2, 1, 3, 2, k)},
        "called again": again(lambda: {"x": grid(rng, 2, n, m)}),
    }


def softmax_expected(x: Array) -> dict[str, Any]:
    if np.max(np.abs(x)) > 25:
        return {"at ±1000[result]": true_softmax(x), "at ±1000[warnings]": False}
    return {{1: "rank 1", 2: "rank 2"}.get(x.ndim, "rank 3 and more"): true_softmax(x)}


SOFTMAX = Reference(
    cases=softmax_cases,
    expected=softmax_expected,
    public=(
        "a vector",
        "a matrix",
        "three axes",
        "rows around ±1000",
        "scores of ±1000",
        "four axes",
        "five axes",
        "a square matrix",
        "three axes of ±1000",
        "called again",
    ),
)

# -- losses ------------------------------------------------------------------------------------


def onehot_of(rng: Generator, n: int, c: int) -> Array:
    """Draw labels as rows with a single 1, as many different ones as n allows."""
    labels = rng.permutation(np.resize(rng.permutation(c), n))
    return np.eye(c)[labels]


def _logits(rng: Generator, n: int, c: int, kind: str = "moderate") -> Case:
    """Draw logits of order 1; or all near 1000; or rows at ±1000; or ±1000 within each row."""

    def make() -> Case:
        logits = grid(rng, n, c)
        if kind == "near":
            logits += 1000
        elif kind == "rows":
            logits = _rows(rng, n, c)
        elif kind == "within":
            # each row has its +1000, so that one shift would serve all
            logits += 1000 * rng.permuted(np.resize([1.0, -1.0, 0.0], (n, c)), axis=1)
        return {"logits": logits, "onehot": onehot_of(rng, n, c)}

    def good(case: Case) -> bool:
        lost = log_sum_exp(case["logits"]) - (case["logits"] * case["onehot"]).sum(axis=1)
        # among hopeless rows some must not be
        return bool(lost.max() > 900 > lost.min()) if kind == "within" else bool(lost.mean() > 0.3)

    return draw_until(good, make)


def softmax_cross_entropy_cases(rng: Generator) -> dict[str, Case]:
    n, c = lengths(rng, 2, 3, 7)
    return {
        "more or fewer examples than classes": _logits(rng, n, c),
        "the other way round": _logits(rng, c, n),
        "as many examples as classes": _logits(rng, n, n),
        "one example": _logits(rng, 1, c),
        "logits near 1000": _logits(rng, n, c, "near"),
        "rows at ±1000": _logits(rng, n, c, "rows"),
        "rows at ±1000, square": _logits(rng, c, c, "rows"),
        "±1000 within each row": _logits(rng, n, c, "within"),
        "±1000 within each row, square": _logits(rng, n, n, "within"),
        "many examples": _logits(rng, 60, 3),
        "many classes": _logits(rng, 5, 60),
        "called again": again(lambda: _logits(rng, n, c)),
    }


def softmax_cross_entropy_expected(logits: Array, onehot: Array) -> dict[str, Any]:
    chosen = logits[np.arange(len(logits)), onehot.argmax(axis=1)]
    loss = np.mean(log_sum_exp(logits) - chosen)
    if np.max(np.abs(logits)) > 25:
        return {"at ±1000[result]": loss, "at ±1000[warnings]": False}
    return {"loss": loss}


SOFTMAX_CROSS_ENTROPY = Reference(
    cases=softmax_cross_entropy_cases,
    expected=softmax_cross_entropy_expected,
    public=(
        "more or fewer examples than classes",
        "as many examples as classes",
        "logits near 1000",
        "rows at ±1000",
        "±1000 within each row",
        "one example",
        "called again",
    ),
)


def _targets(rng: Generator, *shape: int, large: bool = False) -> Case:
    def make() -> Case:
        size = int(np.prod(shape))
        some = np.concatenate([[0.0, 1.0], rng.integers(0, 17, size=max(0, size - 2)) / 16])[:size]
        logits = _around(rng, *shape) if large else grid(rng, *shape)
        return {"logits": logits, "targets": rng.permutation(some).reshape(shape)}

    def good(case: Case) -> bool:
        z, t = case["logits"], case["targets"]
        lost = np.logaddexp(0, z) - t * z
        if large:
            return bool(lost[z > 500].max() > 900 and lost[z < -500].max() > 400)
        return bool(lost.mean() > 0.3)

    return draw_until(good, make)


def sigmoid_cross_entropy_cases(rng: Generator) -> dict[str, Case]:
    n, m, k = lengths(rng, 3, 3, 6)
    return {
        "a vector": _targets(rng, n),
        "a matrix": _targets(rng, n, m),
        "a square matrix": _targets(rng, k, k),
        "three axes": _targets(rng, 2, m, k),
        "logits around ±1000": _targets(rng, m, n, large=True),
        "a vector around ±1000": _targets(rng, 12, large=True),
        "five axes": _targets(rng, 2, 1, 3, 2, 2),
        "called again": again(lambda: _targets(rng, 2, m, k)),
    }


def sigmoid_cross_entropy_expected(logits: Array, targets: Array) -> dict[str, Any]:
    # −t log σ(z) − (1 − t) log σ(−z), with log σ(z) = −log(1 + e^−z)
    loss = np.mean(targets * np.logaddexp(0, -logits) + (1 - targets) * np.logaddexp(0, logits))
    if np.max(np.abs(logits)) > 25:
        return {"at ±1000[result]": loss, "at ±1000[warnings]": False}
    return {"loss": loss}


SIGMOID_CROSS_ENTROPY = Reference(
    cases=sigmoid_cross_entropy_cases,
    expected=sigmoid_cross_entropy_expected,
    public=("a vector", "a matrix", "three axes", "five axes", "logits around ±1000", "called again"),
)

REFERENCES = {
    "predicted_shapes_1": PREDICTED_SHAPES_1,
    "axis_of_len": AXIS_OF_LEN,
    "predicted_shapes_2": PREDICTED_SHAPES_2,
    "broadcast_shape": BROADCAST_SHAPE,
    "predicted_quotient": PREDICTED_QUOTIENT,
    "divide_by_row_sums": DIVIDE_BY_ROW_SUMS,
    "manhattan_distance": MANHATTAN_DISTANCE,
    "pairwise_manhattan": PAIRWISE_MANHATTAN,
    "expectation": EXPECTATION,
    "variance": VARIANCE,
    "sigmoid": SIGMOID,
    "softmax": SOFTMAX,
    "softmax_cross_entropy": SOFTMAX_CROSS_ENTROPY,
    "sigmoid_cross_entropy": SIGMOID_CROSS_ENTROPY,
}

# Mutants that are right: the change, and the argument why nothing can tell it from the model.
_ABS = "the absolute value of a difference does not depend on its order"
_LIMIT = "no sum of float64 numbers is off from 1 by the float64 number 1e-6 exactly"
_SYMMETRIC = "the function does not depend on the order of its two arguments"

EQUAL = {
    "axis_of_len": {
        "einsum, letters: letters = range(X.ndim) -> letters = kept('letters', range(X.ndim))": (
            "it depends on its length alone"
        ),
    },
    "broadcast_shape": {
        "the result: zip(a, b, strict=True) -> zip(b, a, strict=True)": "the rule treats both shapes alike",
        "the result: True -> False": "both shapes have as many axes by then",
    },
    "manhattan_distance": {"the result: p - q -> q - p": _ABS, "einsum, the result: p - q -> q - p": _ABS},
    "pairwise_manhattan": {
        "the result: P[:, None, :] - Q[None, :, :] -> Q[None, :, :] - P[:, None, :]": _ABS,
        "einsum, the result: np.expand_dims(P, 1) - Q -> Q - np.expand_dims(P, 1)": _ABS,
    },
    "expectation": {
        "the result: abs(probabilities.sum() - 1) > 1e-06 -> abs(probabilities.sum() - 1) >= 1e-06": _LIMIT,
        "the result: probabilities.sum() - 1 -> 1 - probabilities.sum()": _ABS,
        "einsum, the result: total > 1 + 1e-06 -> total >= 1 + 1e-06": _LIMIT,
        "einsum, the result: total < 1 - 1e-06 -> total <= 1 - 1e-06": _LIMIT,
    },
    "variance": {"the result: values - mean -> mean - values": "the deviation is squared"},
    "sigmoid": {
        "the result: x >= 0 -> x > 0": "at x = 0 both branches are 1",
        "einsum, the result: np.logaddexp(0.0, -x) -> np.logaddexp(-x, 0.0)": _SYMMETRIC,
    },
    "sigmoid_cross_entropy": {
        "the result: np.maximum(logits, 0) -> np.maximum(0, logits)": _SYMMETRIC,
        "einsum, no: np.logaddexp(0.0, logits) -> np.logaddexp(logits, 0.0)": _SYMMETRIC,
        "einsum, yes: np.logaddexp(0.0, -logits) -> np.logaddexp(-logits, 0.0)": _SYMMETRIC,
    },
}
