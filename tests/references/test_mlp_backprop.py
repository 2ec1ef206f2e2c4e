"""The references are right: two independent routes agree, and golden figures from outside hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from grader_tests.mlp_backprop import reference as mlp
from handgrad import references
from handgrad.judging.exercise import Case
from handgrad.references import Assignment

SEEDS = range(5)
ACTIVATION: dict[str, Callable[[Any], Any]] = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


def leaf(array: np.ndarray[Any, Any]) -> torch.Tensor:
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def tensors(params: dict[str, Any]) -> dict[str, torch.Tensor]:
    return {name: leaf(value) for name, value in params.items()}


def with_gradients(loss: torch.Tensor, params: dict[str, torch.Tensor], prefix: str = "") -> dict[str, Any]:
    loss.backward()
    grads = {f"{prefix}{name}": p.grad.numpy() for name, p in params.items() if p.grad is not None}
    return {f"{prefix}loss" if prefix else "loss": loss.item(), **grads}


def matmul(case: Case) -> dict[str, Any]:
    x, W = leaf(case["x"]), leaf(case["W"])
    y = x @ W
    y.backward(torch.tensor(case["grad_y"]))
    return {"y": y.detach().numpy(), "grad_x": x.grad.numpy(), "grad_W": W.grad.numpy()}


def relu(case: Case) -> dict[str, Any]:
    x = leaf(case["x"])
    y = torch.relu(x)
    y.backward(torch.tensor(case["grad_y"]))
    return {"y": y.detach().numpy(), "grad_x": x.grad.numpy()}


def softmax_loss(case: Case) -> dict[str, Any]:
    scores = leaf(case["scores"])
    loss = torch.nn.functional.cross_entropy(scores, torch.tensor(case["labels"]))
    loss.backward()
    return {"loss": loss.item(), "grad_scores": scores.grad.numpy()}


def small_network(case: Case) -> dict[str, Any]:
    p = tensors(case["params"])
    hidden = torch.sigmoid(torch.nn.functional.linear(torch.tensor(case["X"]), p["layer1.weight"], p["layer1.bias"]))
    scores = torch.nn.functional.linear(hidden, p["layer2.weight"], p["layer2.bias"])
    return with_gradients(torch.nn.functional.cross_entropy(scores, torch.tensor(case["labels"])), p)


def _scores(p: dict[str, torch.Tensor], X: Any, activation: str) -> tuple[torch.Tensor, torch.Tensor]:
    hidden = ACTIVATION[activation](torch.tensor(X) @ p["W1"] + p["b1"])
    return hidden @ p["W2"] + p["b2"], hidden


def two_layer_forward(case: Case) -> dict[str, Any]:
    scores, hidden = _scores(tensors(case["params"]), case["X"], "relu")
    return {"scores": scores.detach().numpy(), "hidden": hidden.detach().numpy()}


def two_layer_loss(case: Case) -> dict[str, Any]:
    p = tensors(case["params"])
    scores, _ = _scores(p, case["X"], "relu")
    loss = torch.nn.functional.cross_entropy(scores, torch.tensor(case["labels"]))
    return with_gradients(loss + case["reg"] * (p["W1"].square().sum() + p["W2"].square().sum()), p)


def sigmoid_network(case: Case) -> dict[str, Any]:
    p = tensors(case["params"])
    a = torch.sigmoid(torch.tensor(case["x"]) @ p["W1"] + p["b1"])
    a = torch.sigmoid(a @ p["W2"] + p["b2"])
    return with_gradients(((a @ p["W3"] + p["b3"]).squeeze() - case["y"]) ** 2, p)


def mlp_gradients(case: Case) -> dict[str, Any]:
    params = [(leaf(W), leaf(b)) for W, b in case["params"]]
    a = torch.tensor(case["X"])
    for W, b in params[:-1]:
        a = ACTIVATION[case["activation"]](a @ W + b)
    loss = torch.nn.functional.cross_entropy(a @ params[-1][0] + params[-1][1], torch.tensor(case["labels"]))
    loss.backward()
    results: dict[str, Any] = {"loss": loss.item()}
    for k, (W, b) in enumerate(params):
        where, at = ("output", "") if k == len(params) - 1 else ("hidden", f" ({case['activation']})[{k}]")
        results |= {f"{where} dW{at}": W.grad.numpy(), f"{where} db{at}": b.grad.numpy()}
    return results


def sgd_step(case: Case) -> dict[str, Any]:
    p = tensors(case["params"])
    for name, value in p.items():
        value.grad = torch.tensor(case["grads"][name])
    torch.optim.SGD(p.values(), lr=case["learning_rate"]).step()
    return {f"updated[{name}]": value.detach().numpy() for name, value in p.items()}


def bug(number: int, activation: str) -> Callable[[Case], dict[str, Any]]:
    def route(case: Case) -> dict[str, Any]:
        p = tensors(case["params"])
        scores, _ = _scores(p, case["X"], activation)
        loss = torch.nn.functional.cross_entropy(scores, torch.tensor(case["labels"]))
        return {f"mended_{number}[{k}]": v for k, v in with_gradients(loss, p).items()}

    return route


ROUTES: dict[str, Callable[[Case], dict[str, Any]]] = {
    "Matmul": matmul,
    "Relu": relu,
    "softmax_loss": softmax_loss,
    "small_network_gradients": small_network,
    "two_layer_forward": two_layer_forward,
    "two_layer_loss": two_layer_loss,
    "sigmoid_network_gradients": sigmoid_network,
    "mlp_gradients": mlp_gradients,
    "sgd_step": sgd_step,
    "bug_1": bug(1, "tanh"),
    "bug_2": bug(2, "relu"),
    "bug_3": bug(3, "sigmoid"),
}


@pytest.fixture(scope="module")
def assignment(load: Callable[[str], Assignment]) -> Assignment:
    return load("mlp_backprop")


def test_every_exercise_has_a_second_route(assignment: Assignment) -> None:
    assert set(ROUTES) == set(assignment.exercises)


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_complex_step_agrees_with_autograd(assignment: Assignment, name: str, seed: int) -> None:
    for label, case in references.draw(assignment, name, b"routes", str(seed)).inputs.items():
        right = references.expected(assignment, name, case)
        other = ROUTES[name](case)
        choices = {result for result in right if result.startswith("wrong_")}
        assert set(other) == set(right) - choices
        for result, value in other.items():
            scale = max(float(np.abs(right[result]).max()), 1e-300)
            difference = float(np.abs(value - right[result]).max())
            assert difference <= 1e-12 * scale, f"{name}, {label}, {result}: {difference / scale:.1e}"


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
    from handgrad.judging.judge import Misconception

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
