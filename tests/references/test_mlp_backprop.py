"""The references are right: two independent routes agree, and golden figures from outside hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from grader_tests.mlp_backprop import reference as mlp
from handgrad import references
from handgrad.references import Assignment

SEEDS = range(5)


@pytest.fixture(scope="module")
def assignment(load: Callable[[str], Assignment]) -> Assignment:
    return load("mlp_backprop")


def softmax_twice(scores: Any, labels: Any) -> Any:
    exponentials = np.exp(scores)
    return mlp.cross_entropy(exponentials / exponentials.sum(axis=1, keepdims=True), labels)


WORKED = {"params": mlp.WORKED_PARAMS, "X": mlp.WORKED_X, "labels": mlp.WORKED_LABELS}


def test_the_worked_example_is_the_draw_of_the_published_one() -> None:
    torch.manual_seed(4321)
    np.testing.assert_array_equal(torch.rand(8, 2).double().numpy(), mlp.WORKED_X)
    np.testing.assert_array_equal(torch.randint(0, 3, (8,)).numpy(), mlp.WORKED_LABELS)


def test_golden_loss_on_logits() -> None:
    assert round(float(mlp.small_network_expected(**WORKED)["loss"]), 4) == 1.0882


def test_golden_figures_of_the_double_softmax() -> None:
    """Figures that a published answer key prints; it applies softmax twice."""

    def loss(params: dict[str, Any]) -> Any:
        return softmax_twice(mlp.small_network_scores(params, mlp.WORKED_X), mlp.WORKED_LABELS)

    golden = {
        "layer1.weight": [[0.0057, 0.0067], [-0.0017, 0.0058]],
        "layer1.bias": [0.0167, 0.0001],
        "layer2.weight": [[-0.0059, -0.0053], [0.0323, 0.0252], [-0.0264, -0.0199]],
        "layer2.bias": [-0.0157, 0.0579, -0.0422],
    }
    assert round(float(loss(mlp.WORKED_PARAMS)), 4) == 1.0681
    for name, value in mlp.gradients(loss, mlp.WORKED_PARAMS).items():
        np.testing.assert_allclose(value, golden[name], rtol=0, atol=5.1e-5)


def test_the_double_softmax_mistake_gives_the_published_figures(assignment: Assignment) -> None:
    from handgrad.judging.truth import Misconception

    truth = references.Hidden(assignment, "small_network_gradients", {"worked": WORKED}).explained["worked"]
    wrong = next(results for m, results in truth.wrong.items() if m.name == "double_softmax")
    assert isinstance(next(iter(truth.wrong)), Misconception)
    assert round(float(wrong["loss"]), 4) == 1.0681
    np.testing.assert_allclose(wrong["layer2.bias"], [-0.0157, 0.0579, -0.0422], rtol=0, atol=5.1e-5)


@pytest.mark.parametrize("seed", range(40))
def test_every_draw_is_finite_of_some_size_and_repeats(assignment: Assignment, seed: int) -> None:
    for name in assignment.exercises:
        first = references.draw(assignment, name, b"secret", f"student {seed}")
        again = references.draw(assignment, name, b"secret", f"student {seed}")
        for label, results in first.right.items():
            for result, value in results.items():
                assert np.isfinite(value).all(), f"{name}, {label}, {result}"
                assert np.abs(value).max() >= references.SMALLEST
                np.testing.assert_array_equal(value, again.right[label][result])


def test_no_two_students_get_the_same_inputs(assignment: Assignment) -> None:
    first = references.draw(assignment, "Matmul", b"secret", "ann").inputs
    for seed in ((b"secret", "bob"), (b"other", "ann")):
        second = references.draw(assignment, "Matmul", *seed).inputs
        assert all(not np.array_equal(first[label]["x"], second[label]["x"]) for label in first)
