"""The references of tensor_basics are right: a second route agrees, and golden figures hold."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

from grader_tests.tensor_basics import reference as tb
from handgrad import references
from handgrad.assignments.tensor_basics import exercises as drivers
from handgrad.judging.evidence import collect
from handgrad.judging.exercise import Case
from handgrad.references import Assignment

SEEDS = range(8)
LARGE = "at ±1000"


def shape_by_rule(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...] | None:
    """Broadcast two shapes in pure Python; None where they do not fit."""
    rank = max(len(a), len(b))
    pairs = zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True)
    found = []
    for m, n in pairs:
        longer = {m, n} - {1}
        if len(longer) > 1:
            return None
        found.append(longer.pop() if longer else 1)
    return tuple(found)


def predicted_shapes_1(case: Case) -> dict[str, Any]:
    X, T = torch.zeros(case["X"]), torch.zeros(case["T"])
    tensors = (X.sum(0), X.sum(1), X.mean(), X.amax(1, keepdim=True), T.sum(1), T.sum((0, 2)))
    shapes = dict(zip(drivers.REDUCTIONS, (tuple(tensor.shape) for tensor in tensors), strict=True))
    return {case["name"]: drivers.array_of(shapes[case["name"]])}


def axis_of_len(case: Case) -> dict[str, Any]:
    X = torch.as_tensor(case["X"])
    if X.ndim == 0:
        with pytest.raises(TypeError, match="0-d tensor"):
            len(X)
        return {"raises TypeError": [1, 0]}
    assert len(X) == X.shape[0]
    return {"axis": [0, len(X)]}


def predicted_shapes_2(case: Case) -> dict[str, Any]:
    sizes = case["sizes"]
    pairs = {"g": "Xr", "h": "Xv", "i": "Xc", "j": "rc", "k": "cv", "m": "Tw"}
    shapes = {letter: shape_by_rule(sizes[a], sizes[b]) for letter, (a, b) in pairs.items()}
    shapes |= {"l": shape_by_rule(sizes["X"], sizes["X"][:1]), "n": shape_by_rule(sizes["X"], sizes["X"][1:])}
    shape = shapes[case["name"][-1]]
    assert case["fails"] == (shape is None)
    return {case["name"]: 1 if shape is None else drivers.array_of(shape)}


def broadcast_shape(case: Case) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for a, b in case["pairs"]:
        shape = shape_by_rule(a, b)
        try:
            assert tuple(torch.broadcast_shapes(a, b)) == shape
        except RuntimeError:
            assert shape is None
        if shape is None:
            found[f"raises ValueError[{a} with {b}]"] = [1, 0]
        elif 0 in a + b:
            found[f"length-0 axes[{a} with {b}]"] = shape
        else:
            found[f"shape[{a} with {b}]"] = drivers.array_of(shape)
    return found


def predicted_quotient(case: Case) -> dict[str, Any]:
    A = [[Fraction(x) for x in row] for row in case["A"]]
    return {"quotient": [[float(A[i][j] / sum(A[j])) for j in range(3)] for i in range(3)]}


def divide_by_row_sums(case: Case) -> dict[str, Any]:
    A = torch.tensor(case["A"])
    return {"n = m" if A.shape[0] == A.shape[1] else "n and m different": A / A.sum(dim=1, keepdim=True)}


def manhattan_distance(case: Case) -> dict[str, Any]:
    p, q = torch.tensor(case["p"]), torch.tensor(case["q"])
    return {"two vectors" if p.ndim == 1 else "last axis": torch.linalg.vector_norm(p - q, ord=1, dim=-1)}


def pairwise_manhattan(case: Case) -> dict[str, Any]:
    P, Q = torch.tensor(case["P"]), torch.tensor(case["Q"])
    loop = {"no Python loop": [1, 0]} if min(*P.shape, *Q.shape) > 2 else {}
    return {"distances": torch.cdist(P, Q, p=1), **loop}


def is_table(case: Case) -> bool:
    p = [Fraction(x) for x in case["probabilities"].tolist()]
    return min(p) >= 0 and abs(sum(p) - 1) <= Fraction(1, 10**6)


def mean_of(case: Case, power: int = 1, about: Fraction = Fraction(0)) -> Fraction:
    table = zip(case["values"].tolist(), case["probabilities"].tolist(), strict=True)
    return sum((Fraction(p) * (Fraction(v) - about) ** power for v, p in table), Fraction(0))


def expectation(case: Case) -> dict[str, Any]:
    assert is_table(case) == (case["table"] == "right")
    if is_table(case):
        return {"expectation": float(mean_of(case))}
    part = "negative" if case["probabilities"].min() < 0 else "sum off"
    return {f"{part} raises ValueError": [1, 0]}


def variance(case: Case) -> dict[str, Any]:
    if not is_table(case):
        return {"raises ValueError": [1, 0]}
    return {"variance": float(mean_of(case, 2, mean_of(case)))}


def stable(part: str, x: Any, value: Any) -> dict[str, Any]:
    if np.abs(x).max() > 25:
        return {f"{LARGE}[result]": value, f"{LARGE}[warnings]": 0}
    return {part: value}


def sigmoid(case: Case) -> dict[str, Any]:
    return stable("sigmoid", case["x"], torch.sigmoid(torch.tensor(case["x"])))


def softmax(case: Case) -> dict[str, Any]:
    x = case["x"]
    part = "rank 3 and 4" if x.ndim > 2 else f"rank {x.ndim}"
    return stable(part, x, torch.softmax(torch.tensor(x), dim=-1))


def softmax_cross_entropy(case: Case) -> dict[str, Any]:
    logits, labels = torch.tensor(case["logits"]), torch.tensor(case["onehot"]).argmax(dim=1)
    return stable("loss", case["logits"], torch.nn.functional.cross_entropy(logits, labels))


def sigmoid_cross_entropy(case: Case) -> dict[str, Any]:
    logits, targets = torch.tensor(case["logits"]), torch.tensor(case["targets"])
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets)
    return stable("loss", case["logits"], loss)


ROUTES: dict[str, Callable[[Case], dict[str, Any]]] = {
    "predicted_shapes_1": predicted_shapes_1,
    "axis_of_len": axis_of_len,
    "predicted_shapes_2": predicted_shapes_2,
    "broadcast_shape": broadcast_shape,
    "predicted_quotient": predicted_quotient,
    "divide_by_row_sums": divide_by_row_sums,
    "manhattan_distance": manhattan_distance,
    "pairwise_manhattan": pairwise_manhattan,
    "expectation": expectation,
    "variance": variance,
    "sigmoid": sigmoid,
    "softmax": softmax,
    "softmax_cross_entropy": softmax_cross_entropy,
    "sigmoid_cross_entropy": sigmoid_cross_entropy,
}


@pytest.fixture(scope="module")
def assignment(load: Callable[[str], Assignment]) -> Assignment:
    return load("tensor_basics")


def test_every_exercise_has_a_second_route(assignment: Assignment) -> None:
    assert set(ROUTES) == set(assignment.exercises)


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize("seed", SEEDS)
def test_two_routes_agree(assignment: Assignment, name: str, seed: int) -> None:
    for label, case in references.draw(assignment, name, b"routes", str(seed)).inputs.items():
        right = references.expected(assignment, name, case)
        other = {result: np.asarray(value, dtype=np.float64) for result, value in ROUTES[name](case).items()}
        assert set(other) == set(right), label
        for result, value in other.items():
            assert value.shape == right[result].shape, f"{label}, {result}"
            scale = max(float(np.abs(right[result]).max()), 1e-300)
            assert float(np.abs(value - right[result]).max()) <= 1e-12 * scale, f"{label}, {result}"


@pytest.mark.parametrize("seed", range(40))
def test_every_draw_is_finite_of_some_size_and_repeats(assignment: Assignment, seed: int) -> None:
    for name in assignment.exercises:
        first = references.draw(assignment, name, b"secret", f"student {seed}")
        again = references.draw(assignment, name, b"secret", f"student {seed}")
        assert not first.tiny
        for label, results in first.right.items():
            for result, value in results.items():
                assert value.size > 0
                assert np.isfinite(value).all(), f"{name}, {label}, {result}"
                np.testing.assert_array_equal(value, again.right[label][result])


# -- golden figures ------------------------------------------------------------------------------


def test_golden_variance_of_the_published_table() -> None:
    case = {"values": tb.HEADS, "probabilities": tb.TABLE, "table": "right"}
    assert round(float(tb.variance_expected(**case)["variance"]), 4) == 2.3997
    assert round(float(tb.expectation_expected(**case)["expectation"]), 4) == 4.0005


def test_the_published_table_is_the_binomial_one_and_its_exact_variance_is_2_4() -> None:
    p = Fraction(4, 10)
    exact = [math.comb(10, k) * p**k * (1 - p) ** (10 - k) for k in range(11)]
    assert [round(float(x), 4) for x in exact] == tb.TABLE.tolist()
    mean = sum(k * x for k, x in enumerate(exact))
    assert mean == 4
    assert sum((k - mean) ** 2 * x for k, x in enumerate(exact)) == Fraction(24, 10)
    case = {"values": tb.HEADS, "probabilities": np.array([float(x) for x in exact]), "table": "right"}
    assert float(tb.variance_expected(**case)["variance"]) == pytest.approx(2.4, rel=1e-14)


def test_the_square_division_is_silent_and_wrong() -> None:
    """The line of the published answer keys: no error, and column j is divided by the sum of row j."""
    as_written = tb.SQUARE / tb.SQUARE.sum(axis=1)
    for j, total in enumerate((4, 8, 16)):
        np.testing.assert_array_equal(as_written[:, j], tb.SQUARE[:, j] / total)
    assert not np.isclose(as_written.sum(axis=1), 1).any()
    with pytest.raises(ValueError, match="broadcast"):
        np.ones((4, 3)) / np.ones((4, 3)).sum(axis=1)


def test_golden_losses() -> None:
    onehot = np.eye(4)[[0, 2, 3]]
    loss = tb.softmax_cross_entropy_expected(np.zeros((3, 4)), onehot)["loss"]
    assert float(loss) == pytest.approx(math.log(4), rel=1e-14)
    twice = tb.softmax_cross_entropy_expected(onehot, onehot)["loss"]
    assert round(float(twice), 4) == 0.7437
    z, t = np.array([1000.0, -1000.0]), np.array([0.0, 1.0])
    assert float(tb.sigmoid_cross_entropy_expected(z, t)[f"{LARGE}[result]"]) == 1000


# -- how the exercises are run -------------------------------------------------------------------


def verdict_on(assignment: Assignment, name: str, namespace: dict[str, Any], seed: str = "runs") -> Any:
    hidden = references.draw(assignment, name, b"runs", seed)
    return references.verdict(hidden, collect(assignment.exercises[name], namespace, hidden.inputs))


def test_numpys_own_rule_is_switched_off_and_on_again(assignment: Assignment) -> None:
    before = np.broadcast_shapes
    verdict = verdict_on(assignment, "broadcast_shape", {"broadcast_shape": lambda a, b: np.broadcast_shapes(a, b)})
    assert verdict.share == 0
    assert np.broadcast_shapes is before


@pytest.mark.parametrize(
    ("solution", "parts"),
    [
        (lambda P, Q: np.array([np.abs(p - Q).sum(axis=1) for p in P]), {"distances"}),
        (lambda P, Q: np.array([[sum(abs(p - q)) for q in Q.tolist()] for p in P]), {"distances"}),
        (lambda P, Q: sum(np.abs(P[:, k, None] - Q[:, k]) for k in range(P.shape[1])), {"distances"}),
        (lambda P, Q: np.abs(P[:, None] - Q).sum(-1), {"distances", "no Python loop"}),
    ],
)
def test_a_python_loop_over_anything_is_seen(assignment: Assignment, solution: Any, parts: set[str]) -> None:
    verdict = verdict_on(assignment, "pairwise_manhattan", {"pairwise_manhattan": solution})
    assert {part.name for part in verdict.parts if part.right} - {"arguments unchanged"} == parts


def test_a_warning_costs_the_stable_part_alone(assignment: Assignment) -> None:
    verdict = verdict_on(assignment, "sigmoid", {"sigmoid": lambda x: 1 / (1 + np.exp(-x))})
    assert verdict.share == 0.5
    assert "exp_overflows" in {finding.name for finding in verdict.findings}


def test_one_wrong_prediction_costs_itself_alone(assignment: Assignment) -> None:
    names = assignment.exercises["predicted_shapes_2"].solution
    right: dict[str, Any] = {}
    exec(references.model_source(assignment, ["predicted_shapes_2"]), right)
    for name in names:
        for wrong in ("error" if right[name] != "error" else (4, 5), None, 5, (9, 9), "no idea", (-1,), 3.5):
            verdict = verdict_on(assignment, "predicted_shapes_2", {**right, name: wrong})
            assert {part.name for part in verdict.parts if not part.right} == {name}, (name, wrong)


def test_a_vector_of_one_is_not_a_number(assignment: Assignment) -> None:
    right: dict[str, Any] = {}
    exec(references.model_source(assignment, ["predicted_shapes_1"]), right)
    verdict = verdict_on(assignment, "predicted_shapes_1", {**right, "shape_c": (1,)})
    assert {part.name for part in verdict.parts if not part.right} == {"shape_c"}
