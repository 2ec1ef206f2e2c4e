"""The references of tensor_basics are right: a second route agrees, and golden figures hold."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from grader_tests.tensor_basics import reference as tb
from handgrad import references
from handgrad.judging.evidence import collect
from handgrad.references import Assignment

SEEDS = range(8)


@pytest.fixture(scope="module")
def assignment(load: Callable[[str], Assignment]) -> Assignment:
    return load("tensor_basics")


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
    assert float(tb.sigmoid_cross_entropy_expected(z, t)["at ±1000[result]"]) == 1000


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
        (lambda P, Q: np.array([np.abs(p - Q).sum(axis=1) for p in np.array(P)]), {"distances"}),
        (lambda P, Q: np.vectorize(lambda p: np.abs(p - Q).sum(axis=1), signature="(d)->(m)")(P), {"distances"}),
        (
            lambda P, Q: np.reshape(
                list(map(np.sum, np.abs(P[:, None] - Q).reshape(-1, Q.shape[1]))), (len(P), len(Q))
            ),
            {"distances"},
        ),
        (lambda P, Q: np.abs(P[:, None] - Q).sum(-1), {"distances", "no Python loop"}),
        (lambda P, Q: (f"{P} and {Q!r}", np.abs(P[:, None] - Q).sum(-1))[1], {"distances", "no Python loop"}),
    ],
)
def test_a_python_loop_over_anything_is_seen(assignment: Assignment, solution: Any, parts: set[str]) -> None:
    verdict = verdict_on(assignment, "pairwise_manhattan", {"pairwise_manhattan": solution})
    assert {part.name for part in verdict.parts if part.right} - {"arguments unchanged"} == parts


def plain_sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def with_errstate(x: Any) -> Any:
    with np.errstate(all="ignore"):
        return plain_sigmoid(x)


def with_a_filter(x: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return plain_sigmoid(x)


def with_seterr(x: Any) -> Any:
    np.seterr(over="ignore")
    return plain_sigmoid(x)


@pytest.mark.parametrize("solution", [plain_sigmoid, with_errstate, with_a_filter, with_seterr])
def test_a_warning_costs_the_stable_part_alone_silenced_or_not(assignment: Assignment, solution: Any) -> None:
    with np.errstate():  # what a solution sets for good ends here
        verdict = verdict_on(assignment, "sigmoid", {"sigmoid": solution})
    assert verdict.share == 0.5
    assert "exp_overflows" in {finding.name for finding in verdict.findings}


def test_where_the_numbers_are_right_only_the_warning_is_told(assignment: Assignment) -> None:
    def loss(logits: Any, targets: Any) -> Any:
        below, above = np.log1p(np.exp(logits)), logits + np.log1p(np.exp(-logits))
        return np.mean(np.where(logits < 0, below, above) - targets * logits)

    verdict = verdict_on(assignment, "sigmoid_cross_entropy", {"sigmoid_cross_entropy": loss})
    assert [part.name for part in verdict.parts if not part.right] == ["at ±1000"]
    assert {finding.name for finding in verdict.findings} == {"warned_on_the_way"}


@pytest.mark.parametrize(
    ("name", "solution", "mistaken"),
    [
        (
            "pairwise_manhattan",
            "def pairwise_manhattan(P, Q):\n    return manhattan_distance(P[:, None], Q)",
            "def manhattan_distance(p, q):\n    return np.abs(p - q).max(axis=-1)",
        ),
        (
            "softmax_cross_entropy",
            "def softmax_cross_entropy(logits, onehot):\n"
            "    top = logits.max(axis=1, keepdims=True)\n"
            "    shares = divide_by_row_sums(np.exp(logits - top)).max(axis=1)\n"
            "    return (top[:, 0] - np.log(shares) - (onehot * logits).sum(axis=1)).mean()",
            "def divide_by_row_sums(A):\n    return A / A.mean(axis=1, keepdims=True)",
        ),
        (
            "sigmoid_cross_entropy",
            "def sigmoid_cross_entropy(logits, targets):\n"
            "    s = np.stack([logits.ravel(), 0 * logits.ravel()], axis=1)\n"
            "    yes, no = np.tile([1.0, 0.0], (len(s), 1)), np.tile([0.0, 1.0], (len(s), 1))\n"
            "    t = targets.ravel()\n"
            "    return np.mean([t[k] * softmax_cross_entropy(s[k : k + 1], yes[:1]) + (1 - t[k]) *"
            " softmax_cross_entropy(s[k : k + 1], no[:1]) for k in range(len(s))])",
            "def softmax_cross_entropy(logits, onehot):\n    return 0.0",
        ),
    ],
)
def test_a_mistake_in_an_earlier_function_costs_once(
    assignment: Assignment, name: str, solution: str, mistaken: str
) -> None:
    namespace: dict[str, Any] = {}
    exec(f"import numpy as np\n{mistaken}\n{solution}", namespace)
    hidden = references.draw(assignment, name, b"runs", "runs")
    supplied = references.supplied(assignment, name)
    verdict = references.verdict(hidden, collect(assignment.exercises[name], namespace, hidden.inputs, supplied))
    assert verdict.right, [finding.message for finding in verdict.findings]


def test_one_wrong_prediction_costs_itself_alone(assignment: Assignment) -> None:
    names = assignment.exercises["predicted_shapes_2"].solution
    right: dict[str, Any] = {}
    exec(references.model_source(assignment, ["predicted_shapes_2"]), right)
    for name in names:
        for wrong in ("error" if right[name] != "error" else (4, 5), None, 5, (9, 9), "no idea", (-1,), 3.5):
            verdict = verdict_on(assignment, "predicted_shapes_2", {**right, name: wrong})
            assert {part.name for part in verdict.parts if not part.right} == {name}, (name, wrong)


@pytest.mark.parametrize(("name", "wrong"), [("shape_h", (9, 9)), ("shape_g", "error")])
def test_nothing_is_said_of_shapes_where_an_error_is_predicted_or_raised(
    assignment: Assignment, name: str, wrong: Any
) -> None:
    right: dict[str, Any] = {}
    exec(references.model_source(assignment, ["predicted_shapes_2"]), right)
    told = [f.message for f in verdict_on(assignment, "predicted_shapes_2", {**right, name: wrong}).findings]
    assert told
    assert not [message for message in told if "its shape" in message or "it returned" in message]


def test_a_vector_of_one_is_not_a_number(assignment: Assignment) -> None:
    right: dict[str, Any] = {}
    exec(references.model_source(assignment, ["predicted_shapes_1"]), right)
    verdict = verdict_on(assignment, "predicted_shapes_1", {**right, "shape_c": (1,)})
    assert {part.name for part in verdict.parts if not part.right} == {"shape_c"}
