"""References of tensor_basics: hidden cases, right results, known mistakes.

Inputs lie on a grid of sixteenths, so that sums are exact in float32 too. What distinguishes a
mistake is drawn until it does: differences of both signs, lengths that are all different, values
whose plain mean is not their expectation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader_tests.mlp_backprop.reference import draw_until, grid
from handgrad.assignments.tensor_basics.exercises import array_of, lengths_of
from handgrad.judging.exercise import Case
from handgrad.references import Mistake, Reference

Array = np.ndarray[Any, Any]
Generator = np.random.Generator


def lengths(rng: Generator, count: int, low: int = 2, high: int = 7) -> list[int]:
    """Draw lengths that are all different."""
    return [int(n) for n in rng.permutation(np.arange(low, high + 1))[:count]]


def positive(rng: Generator, *shape: int) -> Array:
    """Draw positive numbers of order 1 on the grid."""
    return np.abs(grid(rng, *shape))


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
    return {name: array_of(np.shape(reduce(np.zeros(X), np.zeros(T))))}


PREDICTED_SHAPES_1 = Reference(
    cases=predicted_shapes_1_cases,
    expected=predicted_shapes_1_expected,
    public=tuple(REDUCTIONS),
    mistakes=(
        Mistake(
            "keeps_the_axis_it_sums_over",
            {
                "shape_a = (5,)": "shape_a = (4,)",
                "shape_b = (4,)": "shape_b = (5,)",
                "shape_e = (2, 6)": "shape_e = (3,)",
                "shape_f = (3,)": "shape_f = (2, 6)",
            },
            "this is the axis that the sum runs over; that axis is used up, and the others are left.",
        ),
        Mistake(
            "keeps_an_axis_of_length_1",
            {
                "shape_a = (5,)": "shape_a = (1, 5)",
                "shape_b = (4,)": "shape_b = (4, 1)",
                "shape_c = ()": "shape_c = (1, 1)",
                "shape_e = (2, 6)": "shape_e = (2, 1, 6)",
                "shape_f = (3,)": "shape_f = (1, 3, 1)",
            },
            "a reduction takes its axis away; an axis of length 1 stays only with keepdims=True.",
        ),
        Mistake(
            "keepdims_overlooked",
            {"shape_d = (4, 1)": "shape_d = (4,)"},
            "with keepdims=True the reduced axis stays, with length 1.",
        ),
        Mistake(
            "keepdims_at_the_other_axis",
            {"shape_d = (4, 1)": "shape_d = (1, 5)"},
            "axis 1 is the one that is reduced, so it is axis 1 that has length 1 afterwards.",
        ),
        Mistake(
            "scalar_with_an_axis",
            {"shape_c = ()": "shape_c = (1,)"},
            "without an axis the whole array becomes one number; a number has no axes, so its shape is an empty tuple.",
        ),
        Mistake(
            "nothing_reduced",
            {
                "shape_a = (5,)": "shape_a = (4, 5)",
                "shape_b = (4,)": "shape_b = (4, 5)",
                "shape_c = ()": "shape_c = (4, 5)",
                "shape_d = (4, 1)": "shape_d = (4, 5)",
                "shape_e = (2, 6)": "shape_e = (2, 3, 6)",
                "shape_f = (3,)": "shape_f = (2, 3, 6)",
            },
            "this is the shape before the reduction; sum, mean and max take at least one axis away, or make it 1.",
        ),
        Mistake(
            "axes_counted_from_1",
            {
                "shape_a = (5,)": "shape_a = (4,)",
                "shape_b = (4,)": "shape_b = (5,)",
                "shape_e = (2, 6)": "shape_e = (3, 6)",
            },
            "axes are counted from 0: which axis does this one sum over, and which are left?",
        ),
    ),
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
FAILING = ("shape_h", "shape_l")


def predicted_shapes_2_cases(rng: Generator) -> dict[str, Case]:
    names = {text: f"shape_{letter}" for text, letter in zip(BROADCASTS, "ghijklmn", strict=True)}
    return {text: {"name": name, "sizes": SIZES, "fails": name in FAILING} for text, name in names.items()}


def predicted_shapes_2_expected(name: str, sizes: dict[str, Any], fails: bool) -> dict[str, Any]:
    compute = list(BROADCASTS.values())["ghijklmn".index(name[-1])]
    try:
        shape = compute({key: np.ones(size) for key, size in sizes.items()}).shape
    except ValueError:
        assert fails
        return {name: 1}
    return {name: array_of(shape)}


PREDICTED_SHAPES_2 = Reference(
    cases=predicted_shapes_2_cases,
    expected=predicted_shapes_2_expected,
    public=tuple(BROADCASTS),
    mistakes=(
        Mistake(
            "compared_from_the_left",
            {
                "shape_g = (4, 5)": 'shape_g = "error"',
                'shape_h = "error"': "shape_h = (4, 5)",
                "shape_k = (4, 4)": "shape_k = (4, 1)",
                'shape_l = "error"': "shape_l = (4, 5)",
                "shape_m = (2, 3, 6)": 'shape_m = "error"',
            },
            "this is what comes out when shapes are compared from the left; NumPy puts their last axes under each other.",
        ),
        Mistake(
            "only_element_by_element",
            {"shape_j = (4, 5)": "shape_j = (5, 1)", "shape_k = (4, 4)": "shape_k = (4,)"},
            "a column and a row do not meet element by element: each axis of length 1 is stretched, so every pair meets.",
        ),
        Mistake(
            "column_against_row_keeps_the_column",
            {"shape_j = (4, 5)": "shape_j = (4, 1)", "shape_k = (4, 4)": "shape_k = (4, 1)"},
            "both axes have a say: an axis of length 1 takes the length of the other.",
        ),
        Mistake(
            "not_stretched",
            {"shape_i = (4, 5)": "shape_i = (4, 1)", "shape_m = (2, 3, 6)": "shape_m = (3, 1)"},
            "the small array is stretched to the large one, not the other way round.",
        ),
        Mistake(
            "missing_axis_not_added",
            {"shape_m = (2, 3, 6)": "shape_m = (3, 6)"},
            "the shape with fewer axes is filled up with ones on its left; the first axis of T stays.",
        ),
        Mistake(
            "error_wherever_ranks_differ",
            {
                "shape_g = (4, 5)": 'shape_g = "error"',
                "shape_m = (2, 3, 6)": 'shape_m = "error"',
                "shape_n = (4, 5)": 'shape_n = "error"',
                "shape_k = (4, 4)": "shape_k = (4,)",
            },
            "a shape with fewer axes is no obstacle: it is filled up with ones on its left, and c + v has two axes.",
        ),
        Mistake(
            "shape_of_the_mean",
            {"shape_n = (4, 5)": "shape_n = (5,)"},
            "this is the shape of the mean; it is stretched over the rows of X, and the difference has the shape of X.",
        ),
        Mistake(
            "keepdims_taken_for_granted",
            {"shape_n = (4, 5)": "shape_n = (1, 5)"},
            "the mean has shape (5,), and the difference is taken from all of X: no axis of X gets lost.",
        ),
    ),
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
        "a 0-d array": {"X": np.array(grid(rng, 1)[0])},
        "another 0-d array": {"X": np.array(3.0)},
    }


def axis_of_len_expected(X: Array) -> dict[str, Any]:
    return {"raises TypeError": [1, 0]} if X.ndim == 0 else {"axis": [0, X.shape[0]]}


AXIS_OF_LEN = Reference(
    cases=axis_of_len_cases,
    expected=axis_of_len_expected,
    public=("a matrix", "three axes", "a 0-d array"),
    mistakes=(
        Mistake("last_axis", {"return 0": "return X.ndim - 1"}, "this is the last axis; len(X) counts the rows."),
        Mistake(
            "last_axis_as_minus_1",
            {"return 0": "return -1"},
            "−1 is the last axis; len(X) counts the rows.",
        ),
        Mistake(
            "number_of_elements",
            {"return 0": "return X.size"},
            "this is the number of elements; the number of an axis is asked for.",
        ),
        Mistake(
            "the_length_itself",
            {"return 0": "return len(X)"},
            "this is len(X) itself, a length; the number of the axis that has this length is asked for.",
        ),
        Mistake(
            "number_of_axes",
            {"return 0": "return X.ndim"},
            "this is the number of axes; they are counted from 0, so no axis has this number.",
        ),
        Mistake(
            "longest_axis",
            {"return 0": "return X.shape.index(max(X.shape))"},
            "this is the longest axis; len(X) need not be the largest length.",
        ),
        Mistake(
            "counted_from_1",
            {"return 0": "return 1"},
            "axes are counted from 0.",
        ),
        Mistake(
            "no_error_for_0d",
            {"if X.ndim == 0:": "if False:"},
            "for a 0-d array it returns something; it has no axes, so raise TypeError, as len does.",
        ),
    ),
)

# -- broadcast_shape ---------------------------------------------------------------------------


def broadcast_shape_cases(rng: Generator) -> dict[str, Case]:
    # the last axis is the longest, or shapes aligned from the left could come out right
    *others, m = sorted(lengths(rng, 4))
    n, k, j = (int(length) for length in rng.permutation(others))
    return {
        "as many axes": {"pairs": [((n, 1), (n, m)), ((1, k, 1), (n, 1, m)), ((k,), (k,))], "fit": True},
        "fewer axes": {"pairs": [((n, m), (m,)), ((k, 1), (j, n, k, m)), ((), (n, m))], "fit": True},
        "fewer axes again": {"pairs": [((m,), (k, n, m)), ((n, k, 1), (m,)), ((1,), ())], "fit": True},
        "equal lengths": {"pairs": [((n, n), (n,)), ((n, 1), (n,)), ((1, n), (n, n)), ((), ())], "fit": True},
        "length 0": {"pairs": [((0, m), (1, m)), ((n, 0), (1,)), ((0,), (n, 1))], "fit": True},
        "length 0 again": {"pairs": [((1,), (0,)), ((m, 1, 0), (1, n, 1)), ((0, m), (m,)), ((0,), ())], "fit": True},
        "do not fit": {"pairs": [((n, m), (n,)), ((n, m), (m, n)), ((k, 1, n), (j, m, 1))], "fit": False},
        "do not fit either": {"pairs": [((0,), (n,)), ((m,), (k,)), ((n, m, k), (n, m))], "fit": False},
    }


def broadcast_shape_expected(pairs: Any, fit: bool) -> dict[str, Any]:
    if not fit:
        return {f"raises ValueError[{a} with {b}]": [1, 0] for a, b in pairs}
    found: dict[str, Any] = {}
    for a, b in pairs:
        shape = np.broadcast_shapes(a, b)
        found |= (
            {f"length-0 axes[{a} with {b}]": lengths_of(shape)}
            if 0 in a + b
            else {f"shape[{a} with {b}]": array_of(shape)}
        )
    return found


BROADCAST_SHAPE = Reference(
    cases=broadcast_shape_cases,
    expected=broadcast_shape_expected,
    public=("as many axes", "fewer axes", "length 0", "do not fit"),
    mistakes=(
        Mistake(
            "aligned_from_the_left",
            {
                "(1,) * (len(b) - len(a)) + tuple(a)": "tuple(a) + (1,) * (len(b) - len(a))",
                "(1,) * (len(a) - len(b)) + tuple(b)": "tuple(b) + (1,) * (len(a) - len(b))",
            },
            "the shapes are aligned from the left; the last axes belong under each other, and ones are added on the left.",
        ),
        Mistake(
            "aligned_from_the_left_and_the_larger_length",
            {
                "(1,) * (len(b) - len(a)) + tuple(a)": "tuple(a) + (1,) * (len(b) - len(a))",
                "(1,) * (len(a) - len(b)) + tuple(b)": "tuple(b) + (1,) * (len(a) - len(b))",
                "if m != n and 1 not in (m, n):": "if False:",
                "n if m == 1 else m": "max(m, n)",
            },
            "the shapes are aligned from the left, and the larger length is taken whatever the other one is; the last axes belong under each other.",
        ),
        Mistake(
            "larger_length_without_the_rule_of_1",
            {"if m != n and 1 not in (m, n):": "if False:", "n if m == 1 else m": "max(m, n)"},
            "the larger length is taken whatever the other one is; two lengths fit only if they are equal or one of them is 1.",
        ),
        Mistake(
            "larger_length",
            {"n if m == 1 else m": "max(m, n)"},
            "the larger length is taken; that is right but for a 1 beside a 0: the 1 becomes the length of the other.",
        ),
        Mistake(
            "no_error",
            {"if m != n and 1 not in (m, n):": "if False:"},
            "shapes that do not fit get a shape; raise ValueError where two lengths differ and neither is 1.",
        ),
        Mistake(
            "length_0_stretched",
            {
                "if m != n and 1 not in (m, n):": "if m != n and m > 1 and n > 1:",
                "n if m == 1 else m": "n if m <= 1 else m",
            },
            "a length of 0 is stretched as if it were 1; only length 1 is stretched.",
        ),
        Mistake(
            "missing_axes_dropped",
            {
                "a = (1,) * (len(b) - len(a)) + tuple(a)": "a = tuple(a)[-min(len(a), len(b)) :] if a and b else ()",
                "b = (1,) * (len(a) - len(b)) + tuple(b)": "b = tuple(b)[len(b) - len(a) :]",
            },
            "the axes that only one of the shapes has are lost; they belong to the result as they are.",
        ),
        Mistake(
            "axes_in_reverse",
            {"return tuple(shape)": "return tuple(shape)[::-1]"},
            "the axes come out in reverse order: who walks from the right must turn the result round at the end.",
        ),
    ),
)

# -- the silent square -------------------------------------------------------------------------

SQUARE = np.array([[1.0, 2.0, 1.0], [3.0, 3.0, 2.0], [5.0, 1.0, 10.0]])

PREDICTED_QUOTIENT = Reference(
    cases=lambda rng: {"A of the text": {"A": SQUARE}},
    expected=lambda A: {"quotient": A / A.sum(axis=1)},
    public=("A of the text",),
    mistakes=(
        Mistake(
            "rows_by_their_own_sums",
            {
                "[1 / 4, 2 / 8, 1 / 16], [3 / 4, 3 / 8, 2 / 16], [5 / 4, 1 / 8, 10 / 16]": (
                    "[1 / 4, 2 / 4, 1 / 4], [3 / 8, 3 / 8, 2 / 8], [5 / 16, 1 / 16, 10 / 16]"
                )
            },
            "this is what the line is meant to do, not what it does: the sums have shape (3,), so which axis of A do they meet?",
        ),
        Mistake(
            "columns_by_their_own_sums",
            {
                "[1 / 4, 2 / 8, 1 / 16], [3 / 4, 3 / 8, 2 / 16], [5 / 4, 1 / 8, 10 / 16]": (
                    "[1 / 9, 2 / 6, 1 / 13], [3 / 9, 3 / 6, 2 / 13], [5 / 9, 1 / 6, 10 / 13]"
                )
            },
            "these are the sums of the columns; axis=1 runs along a row, so it gives the sums of the rows.",
        ),
        Mistake(
            "rows_by_the_sums_of_columns",
            {
                "[1 / 4, 2 / 8, 1 / 16], [3 / 4, 3 / 8, 2 / 16], [5 / 4, 1 / 8, 10 / 16]": (
                    "[1 / 9, 2 / 9, 1 / 9], [3 / 6, 3 / 6, 2 / 6], [5 / 13, 1 / 13, 10 / 13]"
                )
            },
            "these are the sums of the columns, divided into the rows; axis=1 gives the sums of the rows.",
        ),
        Mistake(
            "whole_sum",
            {
                "[1 / 4, 2 / 8, 1 / 16], [3 / 4, 3 / 8, 2 / 16], [5 / 4, 1 / 8, 10 / 16]": (
                    "[1 / 28, 2 / 28, 1 / 28], [3 / 28, 3 / 28, 2 / 28], [5 / 28, 1 / 28, 10 / 28]"
                )
            },
            "everything is divided by the sum of all numbers; axis=1 gives three sums, one for each row.",
        ),
    ),
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
    }


DIVIDE_BY_ROW_SUMS = Reference(
    cases=divide_by_row_sums_cases,
    expected=lambda A: {
        "n = m" if A.shape[0] == A.shape[1] else "n and m different": np.stack([row / row.sum() for row in A])
    },
    public=("more or fewer rows than columns", "square"),
    mistakes=(
        Mistake(
            "without_keepdims",
            {"A.sum(axis=1, keepdims=True)": "A.sum(axis=1)"},
            "the sums have shape (n,) and lie along the columns: column j is divided by the sum of row j, and where n and m differ it fails.",
        ),
        Mistake(
            "sums_of_columns",
            {"axis=1": "axis=0"},
            "each column is divided by its own sum; the sum of a row runs along axis 1.",
        ),
        Mistake(
            "sum_of_everything",
            {"axis=1, keepdims=True": ""},
            "everything is divided by one number, the sum of the whole array; each row has a sum of its own.",
        ),
        Mistake(
            "absolute_values_summed",
            {"A.sum(": "np.abs(A).sum("},
            "the sums are of absolute values; the sum itself is asked for, signs included.",
        ),
        Mistake(
            "row_maximum",
            {"A.sum(": "A.max("},
            "each row is divided by its largest entry; the sum is asked for.",
        ),
        Mistake(
            "row_mean",
            {"A.sum(": "A.mean("},
            "each row is divided by its mean; the sum is asked for.",
        ),
        Mistake(
            "argument_changed",
            {"return A / A.sum(axis=1, keepdims=True)": "A /= A.sum(axis=1, keepdims=True)\n    return A"},
            "A itself is changed by /=; return a new array.",
        ),
    ),
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
        "no coordinates": {"p": np.zeros((n, 0)), "q": np.zeros((n, 0))},
    }


def manhattan_distance_expected(p: Array, q: Array) -> dict[str, Array]:
    # column by column, so that nothing is taken over a wrong axis
    total = np.zeros(p.shape[:-1], dtype=np.int64)  # stays whole where there are no coordinates
    for k in range(p.shape[-1]):
        total = total + np.maximum(p[..., k] - q[..., k], q[..., k] - p[..., k])
    return {"two vectors" if p.ndim == 1 else "last axis": total}


MANHATTAN_DISTANCE = Reference(
    cases=manhattan_distance_cases,
    expected=manhattan_distance_expected,
    public=("two vectors", "rows of points"),
    mistakes=(
        Mistake(
            "euclidean",
            {"np.abs(p - q).sum(axis=-1)": "np.sqrt(((p - q) ** 2).sum(axis=-1))"},
            "this is the Euclidean distance, along the straight line; here the steps along each axis add up.",
        ),
        Mistake(
            "squared_euclidean",
            {"np.abs(p - q)": "((p - q) ** 2)"},
            "the differences are squared; their absolute values are to be added.",
        ),
        Mistake(
            "no_absolute_value",
            {"np.abs(p - q)": "(p - q)"},
            "the absolute value is missing: steps forward and steps back cancel.",
        ),
        Mistake(
            "absolute_value_of_the_sum",
            {"np.abs(p - q).sum(axis=-1)": "np.abs((p - q).sum(axis=-1))"},
            "the absolute value is taken of the sum; take it of each difference, before the sum.",
        ),
        Mistake(
            "summed_over_everything",
            {"axis=-1": ""},
            "the sum runs over all axes; only the last one holds the coordinates, the others count points.",
        ),
        Mistake(
            "summed_over_the_first_axis",
            {"axis=-1": "axis=0"},
            "the sum runs over axis 0, the points; the coordinates lie along the last axis.",
        ),
        Mistake(
            "mean_of_the_steps",
            {".sum(axis=-1)": ".mean(axis=-1)"},
            "this is the mean over the coordinates; the sum is asked for.",
        ),
        Mistake(
            "largest_step",
            {".sum(axis=-1)": ".max(axis=-1)"},
            "this is the largest single step; all of them add up.",
        ),
    ),
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
    }


def pairwise_manhattan_expected(P: Array, Q: Array) -> dict[str, Any]:
    distances = np.array([[sum(abs(a - b) for a, b in zip(p, q, strict=True)) for q in Q] for p in P])
    return {"distances": distances, **({"no Python loop": [1, 0]} if min(*P.shape, *Q.shape) > 2 else {})}


PAIRWISE_MANHATTAN = Reference(
    cases=pairwise_manhattan_cases,
    expected=pairwise_manhattan_expected,
    public=("sizes all different", "as many points in both"),
    mistakes=(
        Mistake(
            "n_and_m_exchanged",
            {"P[:, None, :] - Q[None, :, :]": "P[None, :, :] - Q[:, None, :]"},
            "rows and columns are exchanged: row i belongs to point i of P, column j to point j of Q.",
        ),
        Mistake(
            "no_absolute_value",
            {"np.abs(P[:, None, :] - Q[None, :, :])": "(P[:, None, :] - Q[None, :, :])"},
            "the absolute value is missing: steps forward and steps back cancel.",
        ),
        Mistake(
            "euclidean",
            {
                "np.abs(P[:, None, :] - Q[None, :, :]).sum(axis=2)": (
                    "np.sqrt(((P[:, None, :] - Q[None, :, :]) ** 2).sum(axis=2))"
                )
            },
            "these are Euclidean distances; here the absolute differences add up.",
        ),
        Mistake(
            "summed_over_the_points",
            {"axis=2": "axis=1"},
            "the sum runs over the points of Q; the coordinates lie along the last axis.",
        ),
        Mistake(
            "only_pairs_of_equal_index",
            {"P[:, None, :] - Q[None, :, :]": "P - Q", "axis=2": "axis=1"},
            "point i of P only meets point i of Q; every point is to meet every other one.",
        ),
        Mistake(
            "python_loop",
            {
                "return np.abs(P[:, None, :] - Q[None, :, :]).sum(axis=2)": (
                    "return np.array([[np.abs(p - q).sum() for q in Q] for p in P])"
                )
            },
            "the distances are made in a Python loop; let broadcasting meet every pair at once, with an axis of length 1 in each array.",
        ),
        Mistake(
            "mean_of_the_steps",
            {".sum(axis=2)": ".mean(axis=2)"},
            "this is the mean over the coordinates; the sum is asked for.",
        ),
    ),
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


def _negative(rng: Generator, n: int) -> Case:
    case = _probabilities(rng, n)
    p = case["probabilities"]
    smallest, largest = int(np.argmin(p)), int(np.argmax(p))
    shift = float(p[smallest]) + 0.02
    p[smallest] -= shift
    p[largest] += shift
    return case


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
        "a sum too large": ("sum off", _probabilities(rng, n, 0.03)),
        "a sum too small": ("sum off", _probabilities(rng, m, -0.02)),
        "a sum off by 4e-6": ("sum off", _probabilities(rng, k, 4e-6)),
        "a sum off by -5e-6": ("sum off", _probabilities(rng, n, -5e-6)),
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


_NO_CHECK = "if np.any(probabilities < 0) or abs(probabilities.sum() - 1) > 1e-6:"

EXPECTATION = Reference(
    cases=_tables,
    expected=expectation_expected,
    public=("heads in 10 tosses", "a table", "a negative probability", "a sum too large", "a sum off by 4e-6"),
    mistakes=(
        Mistake(
            "plain_mean",
            {"(values * probabilities).sum()": "values.mean()"},
            "this is the plain mean of the values; each value counts as much as its probability.",
        ),
        Mistake(
            "divided_by_n",
            {"(values * probabilities).sum()": "(values * probabilities).mean()"},
            "the sum is divided by the number of values; the probabilities are the weights already.",
        ),
        Mistake(
            "likeliest_value",
            {"(values * probabilities).sum()": "values[probabilities.argmax()]"},
            "this is the value with the largest probability; the expectation weighs all of them.",
        ),
        Mistake(
            "products_not_summed",
            {"(values * probabilities).sum()": "values * probabilities"},
            "these are the products of value and probability, not yet added up.",
        ),
        Mistake(
            "any_table_accepted",
            {_NO_CHECK: "if False:"},
            "it returns a number for something that is no probability table; raise ValueError.",
        ),
        Mistake(
            "negative_accepted",
            {"np.any(probabilities < 0) or ": ""},
            "a negative probability passes where the sum is 1; look at each entry too.",
        ),
        Mistake(
            "sum_not_checked",
            {" or abs(probabilities.sum() - 1) > 1e-6": ""},
            "the sum of the probabilities is not looked at.",
        ),
        Mistake(
            "only_sums_above_1",
            {"abs(probabilities.sum() - 1)": "probabilities.sum() - 1"},
            "a sum below 1 passes; take the absolute value of the difference.",
        ),
        Mistake(
            "tolerance_of_isclose",
            {"abs(probabilities.sum() - 1) > 1e-6": "not np.isclose(probabilities.sum(), 1)"},
            "sums that are off by 4e-6 pass, and 1e-6 is the limit; np.isclose allows 1e-5 unless told otherwise.",
        ),
    ),
)

VARIANCE = Reference(
    cases=_tables,
    expected=variance_expected,
    public=("heads in 10 tosses", "a table", "a negative probability", "a sum too small"),
    mistakes=(
        Mistake(
            "sample_variance",
            {"return expectation((values - mean) ** 2, probabilities)": "return values.var(ddof=1)"},
            "this is the sample variance, with n − 1: it takes the values for measurements and forgets the probabilities.",
        ),
        Mistake(
            "unweighted_variance",
            {"return expectation((values - mean) ** 2, probabilities)": "return values.var()"},
            "every value counts alike here; the squared deviations are weighed by their probabilities.",
        ),
        Mistake(
            "n_minus_1",
            {
                "return expectation((values - mean) ** 2, probabilities)": (
                    "return expectation((values - mean) ** 2, probabilities) * len(values) / (len(values) - 1)"
                )
            },
            "it is multiplied by n/(n − 1); that belongs to samples, and a table is not a sample.",
        ),
        Mistake(
            "mean_of_the_squares",
            {"(values - mean) ** 2": "values**2"},
            "this is E[x²] alone; the variance is E[x²] − E[x]².",
        ),
        Mistake(
            "mean_not_squared",
            {"expectation((values - mean) ** 2, probabilities)": "expectation(values**2, probabilities) - mean"},
            "the expectation is subtracted as it is; it must be squared: E[x²] − E[x]².",
        ),
        Mistake(
            "standard_deviation",
            {
                "return expectation((values - mean) ** 2, probabilities)": (
                    "return np.sqrt(expectation((values - mean) ** 2, probabilities))"
                )
            },
            "this is the standard deviation, the square root of what is asked for.",
        ),
        Mistake(
            "deviations_not_squared",
            {"(values - mean) ** 2": "np.abs(values - mean)"},
            "the deviations are not squared; this is the mean absolute deviation.",
        ),
        Mistake(
            "about_the_plain_mean",
            {
                "mean = expectation(values, probabilities)": "mean = values.mean()",
            },
            "the deviations are from the plain mean of the values; they must be from the expectation.",
        ),
        Mistake(
            "any_table_accepted",
            {
                "mean = expectation(values, probabilities)": "mean = (values * probabilities).sum()",
                "return expectation((values - mean) ** 2, probabilities)": (
                    "return ((values - mean) ** 2 * probabilities).sum()"
                ),
            },
            "it returns a number for something that is no probability table; raise ValueError, as expectation does.",
        ),
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
    }


def sigmoid_expected(x: Array) -> dict[str, Any]:
    if np.max(np.abs(x)) > 25:
        return {"at ±1000[result]": true_sigmoid(x), "at ±1000[warnings]": 0}
    return {"sigmoid": true_sigmoid(x)}


_SIGMOID = "np.where(x >= 0, 1, e) / (1 + e)"

SIGMOID = Reference(
    cases=sigmoid_cases,
    expected=sigmoid_expected,
    public=("a vector", "a matrix, with zeros", "around ±1000"),
    mistakes=(
        Mistake(
            "exp_overflows",
            {_SIGMOID: "1 / (1 + np.exp(-x))"},
            "exp overflows, and NumPy warns of it: let exp see only numbers ≤ 0. (np.where computes both of its branches, so choosing afterwards comes too late.)",
        ),
        Mistake(
            "overflow_over_itself",
            {_SIGMOID: "np.exp(x) / (1 + np.exp(x))"},
            "exp overflows for large x, and infinity over infinity is NaN: let exp see only numbers ≤ 0.",
        ),
        Mistake(
            "sign_of_x",
            {"np.where(x >= 0, 1, e)": "np.where(x >= 0, e, 1)"},
            "the curve runs the wrong way: this is σ(−x), which falls from 1 to 0.",
        ),
        Mistake(
            "even_function",
            {"np.where(x >= 0, 1, e)": "1"},
            "negative and positive x give the same: that formula is right for x ≥ 0, and negative x need another one.",
        ),
        Mistake(
            "tanh",
            {_SIGMOID: "np.tanh(x)"},
            "this is tanh, which runs from −1 to 1; the sigmoid runs from 0 to 1.",
        ),
        Mistake(
            "derivative",
            {_SIGMOID: "e / (1 + e) ** 2"},
            "this is the derivative σ(x)(1 − σ(x)), a bell; σ(x) itself is asked for.",
        ),
        Mistake(
            "minus_in_the_denominator",
            {_SIGMOID: "1 / (1 - np.exp(-x))"},
            "the denominator is 1 + e to the minus x; here stands a minus.",
        ),
        Mistake(
            "clipped_to_3",
            {"e = np.exp(-np.abs(x))": "x = np.clip(x, -3, 3)\n    e = np.exp(-np.abs(x))"},
            "x is clipped to −3 … 3, and values beyond are wrong.",
        ),
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
    }


def softmax_expected(x: Array) -> dict[str, Any]:
    if np.max(np.abs(x)) > 25:
        return {"at ±1000[result]": true_softmax(x), "at ±1000[warnings]": 0}
    return {{1: "rank 1", 2: "rank 2"}.get(x.ndim, "rank 3 and 4"): true_softmax(x)}


SOFTMAX = Reference(
    cases=softmax_cases,
    expected=softmax_expected,
    public=("a vector", "a matrix", "three axes", "rows around ±1000"),
    mistakes=(
        Mistake(
            "no_shift",
            {"x - x.max(axis=-1, keepdims=True)": "x"},
            "exp overflows for scores of 1000: subtract the largest score along the last axis first; softmax does not change.",
        ),
        Mistake(
            "sum_over_axis_1",
            {"exponentials.sum(axis=-1, keepdims=True)": "exponentials.sum(axis=1, keepdims=True)"},
            "the sum runs over axis 1; that is the last axis of a matrix only. Count from the end.",
        ),
        Mistake(
            "maximum_over_axis_1",
            {"x.max(axis=-1, keepdims=True)": "x.max(axis=1, keepdims=True)"},
            "the maximum is taken over axis 1, so that a shift differs within what is summed; take it along the last axis.",
        ),
        Mistake(
            "all_over_axis_1",
            {"axis=-1": "axis=1"},
            "everything runs over axis 1; that is the last axis of a matrix only. Count from the end.",
        ),
        Mistake(
            "all_over_axis_0",
            {"axis=-1": "axis=0"},
            "everything runs over axis 0; the classes lie along the last axis.",
        ),
        Mistake(
            "sum_over_axis_0",
            {"exponentials.sum(axis=-1, keepdims=True)": "exponentials.sum(axis=0, keepdims=True)"},
            "the sum runs over axis 0; the classes lie along the last axis.",
        ),
        Mistake(
            "sum_over_everything",
            {"exponentials.sum(axis=-1, keepdims=True)": "exponentials.sum()"},
            "the sum runs over the whole array; each row along the last axis needs a sum of its own.",
        ),
        Mistake(
            "one_maximum_for_all",
            {"x.max(axis=-1, keepdims=True)": "x.max()"},
            "one maximum is subtracted everywhere; a row that lies 1000 below it becomes 0/0. Each row needs its own.",
        ),
        Mistake(
            "minimum_subtracted",
            {"x.max(": "x.min("},
            "the smallest score is subtracted; then a large score stays large, and exp overflows. Subtract the largest.",
        ),
        Mistake(
            "exponential_of_the_maximum_only",
            {"x - x.max(axis=-1, keepdims=True)": "x * 0 + x.max(axis=-1, keepdims=True) * 0"},
            "every class gets the same share: the scores are replaced by their maximum; it must be subtracted from them.",
        ),
        Mistake(
            "logarithm",
            {
                "return exponentials / exponentials.sum(axis=-1, keepdims=True)": (
                    "return x - x.max(axis=-1, keepdims=True) - np.log(exponentials.sum(axis=-1, keepdims=True))"
                )
            },
            "this is the logarithm of softmax; the probabilities themselves are asked for.",
        ),
    ),
)

# -- losses ------------------------------------------------------------------------------------


EPSILONS = {"1e-15": 34.5, "1e-12": 27.6, "1e-10": 23.0, "1e-9": 20.7, "1e-8": 18.4, "1e-7": 16.1, "1e-6": 13.8}
"""What is often added inside a logarithm, and minus the logarithm of it."""


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
    }


def softmax_cross_entropy_expected(logits: Array, onehot: Array) -> dict[str, Any]:
    chosen = logits[np.arange(len(logits)), onehot.argmax(axis=1)]
    loss = np.mean(log_sum_exp(logits) - chosen)
    if np.max(np.abs(logits)) > 25:
        return {"at ±1000[result]": loss, "at ±1000[warnings]": 0}
    return {"loss": loss}


_SCE_SHIFT = "shifted = logits - logits.max(axis=1, keepdims=True)"
_SCE_LOSS = "(log_sums - (onehot * shifted).sum(axis=1)).mean()"

SOFTMAX_CROSS_ENTROPY = Reference(
    cases=softmax_cross_entropy_cases,
    expected=softmax_cross_entropy_expected,
    public=(
        "more or fewer examples than classes",
        "as many examples as classes",
        "logits near 1000",
        "rows at ±1000",
        "±1000 within each row",
    ),
    mistakes=(
        Mistake(
            "softmax_twice",
            {_SCE_SHIFT: "logits = softmax(logits)\n    " + _SCE_SHIFT},
            "softmax is applied twice: the log-sum-exp takes the logits themselves, and has softmax in it already.",
        ),
        Mistake(
            "no_softmax",
            {f"return {_SCE_LOSS}": "return -(onehot * np.log(np.abs(logits))).sum(axis=1).mean()"},
            "the logits are taken for probabilities: softmax is missing before the logarithm.",
        ),
        Mistake(
            "summed",
            {".mean()": ".sum()"},
            "the loss is a sum over the examples; the mean is asked for.",
        ),
        Mistake(
            "mean_over_classes_too",
            {_SCE_LOSS: "(onehot * (log_sums[:, None] - shifted)).mean()"},
            "the mean is taken over all N·C entries; only the examples are averaged, so divide by N.",
        ),
        Mistake(
            "logarithm_of_zero",
            {f"return {_SCE_LOSS}": "return -(onehot * np.log(softmax(logits))).sum(axis=1).mean()"},
            "a probability too small for float64 becomes 0 and its logarithm −∞: take the logarithm on paper, before the quotient.",
        ),
        Mistake(
            "logarithm_of_zero_at_the_label",
            {f"return {_SCE_LOSS}": "return -np.log((onehot * softmax(logits)).sum(axis=1)).mean()"},
            "the probability of the label becomes 0 and its logarithm −∞: take the logarithm on paper, before the quotient.",
        ),
        *(
            Mistake(
                f"epsilon_{epsilon}_in_the_logarithm",
                {f"return {_SCE_LOSS}": f"return -(onehot * np.log(softmax(logits) + {epsilon})).sum(axis=1).mean()"},
                f"the epsilon {epsilon} inside the logarithm caps the loss of each example near {cap}; use log-sum-exp, which needs none.",
            )
            for epsilon, cap in EPSILONS.items()
        ),
        Mistake(
            "no_shift",
            {_SCE_SHIFT: "shifted = logits"},
            "exp overflows for logits of 1000: subtract the largest logit of each row first.",
        ),
        Mistake(
            "one_maximum_for_all",
            {_SCE_SHIFT: "shifted = logits - logits.max()"},
            "one maximum is subtracted everywhere; in a row that lies 1000 below it every exponential becomes 0. Each row needs its own.",
        ),
        Mistake(
            "label_not_subtracted",
            {_SCE_LOSS: "(log_sums + logits.max(axis=1)).mean()"},
            "this is the log-sum-exp alone; the logit of the right class is to be subtracted from it.",
        ),
        Mistake(
            "label_added",
            {_SCE_LOSS: "(log_sums + logits.max(axis=1) + (onehot * logits).sum(axis=1)).mean()"},
            "the logit of the right class is added to the log-sum-exp; it must be subtracted.",
        ),
        Mistake(
            "shift_in_one_term_only",
            {"(onehot * shifted)": "(onehot * logits)"},
            "the maximum is subtracted in the log-sum-exp and not at the label; both terms need the same shift.",
        ),
        Mistake(
            "sign",
            {f"return {_SCE_LOSS}": f"return -{_SCE_LOSS}"},
            "the loss has the wrong sign: it is minus the logarithm of a probability, so never negative.",
        ),
        Mistake(
            "softmax_over_axis_0",
            {
                "logits.max(axis=1, keepdims=True)": "logits.max(axis=0)",
                "np.exp(shifted).sum(axis=1)": "np.exp(shifted).sum(axis=0)",
                "log_sums - (onehot * shifted).sum(axis=1)": "(onehot * (log_sums - shifted)).sum(axis=1)",
            },
            "softmax runs over the examples (axis 0); the classes lie along axis 1.",
        ),
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
    }


def sigmoid_cross_entropy_expected(logits: Array, targets: Array) -> dict[str, Any]:
    # −t log σ(z) − (1 − t) log σ(−z), with log σ(z) = −log(1 + e^−z)
    loss = np.mean(targets * np.logaddexp(0, -logits) + (1 - targets) * np.logaddexp(0, logits))
    if np.max(np.abs(logits)) > 25:
        return {"at ±1000[result]": loss, "at ±1000[warnings]": 0}
    return {"loss": loss}


_BCE = "np.maximum(logits, 0) - logits * targets + np.log1p(np.exp(-np.abs(logits)))"

SIGMOID_CROSS_ENTROPY = Reference(
    cases=sigmoid_cross_entropy_cases,
    expected=sigmoid_cross_entropy_expected,
    public=("a vector", "a matrix", "logits around ±1000"),
    mistakes=(
        *(
            Mistake(
                f"epsilon_{epsilon}_in_the_logarithm",
                {
                    _BCE: f"-(targets * np.log(sigmoid(logits) + {epsilon}) + (1 - targets) * np.log(1 - sigmoid(logits) + {epsilon}))"
                },
                f"the epsilon {epsilon} inside the logarithm changes the value: it caps the loss of an element near {cap}, where 1000 is right.",
            )
            for epsilon, cap in EPSILONS.items()
        ),
        Mistake(
            "large_epsilon",
            {_BCE: "-(targets * np.log(sigmoid(logits) + 1e-3) + (1 - targets) * np.log(1 - sigmoid(logits) + 1e-3))"},
            "the epsilon inside the logarithm changes the value everywhere; a stable formula needs none.",
        ),
        Mistake(
            "probabilities_clipped",
            {
                _BCE: "-(targets * np.log(np.clip(sigmoid(logits), 1e-7, 1 - 1e-7)) + (1 - targets) * np.log(1 - np.clip(sigmoid(logits), 1e-7, 1 - 1e-7)))"
            },
            "clipping the probabilities caps the loss of an element near 16.1, where 1000 is right.",
        ),
        Mistake(
            "logarithm_of_zero",
            {_BCE: "-(targets * np.log(sigmoid(logits)) + (1 - targets) * np.log(1 - sigmoid(logits)))"},
            "the sigmoid becomes 0 or 1, and one of the logarithms −∞: put the sigmoid into the logarithm on paper.",
        ),
        Mistake(
            "exp_overflows",
            {_BCE: "np.log(1 + np.exp(logits)) - logits * targets"},
            "right on paper, but exp overflows for large logits: let exp see −|z| only.",
        ),
        Mistake(
            "summed",
            {"return np.mean": "return np.sum"},
            "the loss is a sum over the elements; the mean is asked for.",
        ),
        Mistake(
            "summed_over_the_last_axis",
            {f"np.mean({_BCE})": f"np.mean(np.sum({_BCE}, axis=-1))"},
            "the last axis is summed and only the others averaged; the mean runs over all elements.",
        ),
        Mistake(
            "only_the_first_term",
            {_BCE: "targets * np.logaddexp(0, -logits)"},
            "only −t log σ(z) is there: what t leaves, 1 − t, counts with log(1 − σ(z)).",
        ),
        Mistake(
            "only_the_second_term",
            {_BCE: "(1 - targets) * np.logaddexp(0, logits)"},
            "only −(1 − t) log(1 − σ(z)) is there; t counts with log σ(z).",
        ),
        Mistake(
            "target_not_used",
            {_BCE: "np.logaddexp(0, logits)"},
            "this is log(1 + e to the z) alone, the loss for target 0; the term with the target is missing.",
        ),
        Mistake(
            "sigmoid_twice",
            {f"return np.mean({_BCE})": f"logits = sigmoid(logits)\n    return np.mean({_BCE})"},
            "the sigmoid is applied twice: the formula takes logits, and has the sigmoid in it already.",
        ),
        Mistake(
            "targets_exchanged",
            {"logits * targets": "logits * (1 - targets)"},
            "t and 1 − t are exchanged: log σ(z) goes with t.",
        ),
        Mistake(
            "sign",
            {f"np.mean({_BCE})": f"-np.mean({_BCE})"},
            "the loss has the wrong sign: it is minus a logarithm of probabilities, so never negative.",
        ),
    ),
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
