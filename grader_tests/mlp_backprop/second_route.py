"""A second route to the right results of mlp_backprop: autograd; and the bug hunt's own text."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from handgrad.assignments.mlp_backprop.exercises import NETWORK
from handgrad.judging.exercise import Case

TEXT = Path(__file__).resolve().parents[2] / "authoring" / "mlp_backprop.py"
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


def broken(number: int) -> Callable[..., Any]:
    """Return a function of the bug hunt as the students' text has it, with its bug."""
    (source,) = re.findall(rf"^def broken_{number}\(.*?(?=^# %%)", TEXT.read_text(encoding="utf-8"), re.DOTALL | re.M)
    namespace: dict[str, Any] = {"np": np}
    exec(source, namespace)
    function: Callable[..., Any] = namespace[f"broken_{number}"]
    return function


def bug(number: int, activation: str) -> Callable[[Case], dict[str, Any]]:
    def route(case: Case) -> dict[str, Any]:
        p = tensors(case["params"])
        scores, _ = _scores(p, case["X"], activation)
        loss = torch.nn.functional.cross_entropy(scores, torch.tensor(case["labels"]))
        right = with_gradients(loss, p)
        _, found = broken(number)(**case)
        wrong = [np.abs(found[name] - right[name]).max() > 1e-6 * np.abs(right[name]).max() for name in NETWORK]
        return {f"wrong_{number}": wrong, **{f"mended_{number}[{name}]": value for name, value in right.items()}}

    return route


SECOND_ROUTE: dict[str, Callable[[Case], dict[str, Any]]] = {
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
