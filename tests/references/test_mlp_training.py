"""The references of mlp_training are right: a second route by PyTorch agrees, and the bands hold."""

from __future__ import annotations

import ast
import base64
import json
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from grader_tests.mlp_training import bands
from grader_tests.mlp_training import reference as mlp
from handgrad import references
from handgrad.assignments.mlp_training import exercises, letters
from handgrad.grading.draw import draw
from handgrad.grading.run import probe_source
from handgrad.judging.evidence import unpack
from handgrad.judging.exercise import Case
from handgrad.references import Assignment

functional = torch.nn.functional
ACTIVATION: dict[str, Callable[[Any], Any]] = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "none": lambda X: X,
}


def leaf(array: Any) -> torch.Tensor:
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def scores_of(params: list[torch.Tensor], X: Any, activation: str) -> torch.Tensor:
    a = torch.as_tensor(X)
    for weight, bias in zip(params[:-2:2], params[1:-2:2], strict=True):
        a = ACTIVATION[activation](functional.linear(a, weight, bias))
    return functional.linear(a, params[-2], params[-1])


def flat(case: Case) -> list[torch.Tensor]:
    return [leaf(array) for pair in case["params"] for array in pair]


def grads(params: list[torch.Tensor]) -> list[Any]:
    return [p.grad.numpy() for p in params if p.grad is not None]


def or_step(case: Case) -> dict[str, Any]:
    w, b = leaf(case["weights"]), leaf([case["bias"]])
    optimizer = torch.optim.SGD([w, b], lr=case["learning_rate"])
    results: dict[str, Any] = {}
    for step in range(3):
        optimizer.zero_grad()
        p = torch.sigmoid(torch.tensor(mlp.OR_X) @ w + b)
        loss = functional.binary_cross_entropy(p, torch.tensor(mlp.OR_TARGETS))
        loss.backward()
        optimizer.step()
        results.setdefault("loss", loss.item())
        when = {0: "after one step", 2: "after three steps"}.get(step)
        if when:
            results |= {f"{when}[0]": w.detach().numpy()[None].copy(), f"{when}[1]": b.detach().numpy().copy()}
    return results


def linear(case: Case) -> dict[str, Any]:
    x, weight, bias = leaf(case["x"]), leaf(case["weight"]), leaf(case["bias"])
    y = functional.linear(x, weight, bias)
    y.backward(torch.tensor(case["grad_y"]))
    found = {"y": y.detach().numpy(), "grad_weight": weight.grad.numpy(), "grad_bias": bias.grad.numpy()}
    return {**found, "grad_x": x.grad.numpy()} if case["x_has_gradient"] else found


def entropy(case: Case) -> dict[str, Any]:
    logits = leaf(case["logits"])
    loss = functional.cross_entropy(logits, torch.tensor(case["labels"]))
    (case["grad_loss"] * loss).backward()
    return {"loss": loss.item(), "grad_logits": logits.grad.numpy()}


def network(case: Case) -> dict[str, Any]:
    params = flat(case)
    scores = scores_of(params, case["X"], case["activation"])
    scores.backward(torch.tensor(case["grad_scores"]))
    found = {f"gradients[{k}]": grad for k, grad in enumerate(grads(params))}
    return {f"scores ({case['activation']})": scores.detach().numpy(), **found}


def train(case: Case) -> dict[str, Any]:
    params = flat(case)
    optimizer = torch.optim.SGD(params, lr=case["learning_rate"], momentum=case["momentum"])
    losses = []
    for _ in range(case["epochs"]):
        for X, labels in case["batches"]:
            optimizer.zero_grad()
            loss = functional.cross_entropy(scores_of(params, X, "tanh"), torch.tensor(labels))
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    if not case["learning_rate"]:
        return {"loss": np.array(losses).reshape(case["epochs"], -1).mean(axis=1)}
    return {f"parameters[{k}]": p.detach().numpy() for k, p in enumerate(params)}


def norms(case: Case) -> dict[str, Any]:
    params = flat(case)
    functional.cross_entropy(scores_of(params, case["X"], case["activation"]), torch.tensor(case["labels"])).backward()
    return {"norms": np.array([np.linalg.norm(grad) for grad in grads(params)[::2]])}


ROUTES: dict[str, Callable[[Case], dict[str, Any]]] = {
    "or_step": or_step,
    "LinearFunction": linear,
    "CrossEntropyFunction": entropy,
    "MLP": network,
    "train": train,
    "gradient_norms": norms,
}


@pytest.fixture(scope="module")
def assignment(load: Callable[[str], Assignment]) -> Assignment:
    return load("mlp_training")


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize("seed", range(5))
def test_the_complex_step_agrees_with_autograd(assignment: Assignment, name: str, seed: int) -> None:
    for label, case in references.draw(assignment, name, b"routes", str(seed)).inputs.items():
        right = references.expected(assignment, name, case)
        for result, value in ROUTES[name](case).items():
            scale = max(float(np.abs(right[result]).max()), 1e-300)
            difference = float(np.abs(value - right[result]).max())
            assert difference <= 1e-12 * scale, f"{name}, {label}, {result}: {difference / scale:.1e}"


@pytest.mark.parametrize("seed", range(10))
def test_every_draw_is_finite_and_of_some_size(assignment: Assignment, seed: int) -> None:
    for name in assignment.exercises:
        for results in references.draw(assignment, name, b"secret", f"student {seed}").right.values():
            assert all(np.isfinite(value).all() for value in results.values()), name


def test_letters_repeat_and_differ_by_seed() -> None:
    images, labels = letters.draw(1, 4)
    again, _ = letters.draw(1, 4)
    other, _ = letters.draw(2, 4)
    np.testing.assert_array_equal(images, again)
    assert images.shape == (104, 16, 16)
    assert images.dtype == np.uint8
    assert not np.array_equal(images, other)
    assert np.bincount(labels).tolist() == [4] * 26


def test_the_labels_of_fresh_letters_stay_with_the_judge(assignment: Assignment) -> None:
    drawn = draw(assignment, ["letter_reader"], b"secret", "student")
    hidden = drawn.hidden["letter_reader"]
    source = probe_source("### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS", "letter_reader", drawn)
    packed = ast.literal_eval(source.split("deliver(", 1)[1].rsplit(")", 1)[0])
    delivered = json.loads(zlib.decompress(base64.b64decode(packed)))
    for label, case in hidden.inputs.items():
        assert unpack(delivered["cases"][label]).keys() == {"seeds", "each", "fresh"}
        # nor do the seeds of the training letters, or those near them, lead to them
        for seed in (seed + near for seed in case["seeds"] for near in (-1, 0, 1)):
            assert not np.array_equal(letters.draw(seed, 10)[1], case["right"][:260])


def test_the_band_keeps_training_and_guessing_apart(assignment: Assignment) -> None:
    """A part of the measurement in README.md: the model reads far more than asked, guessing far less."""
    (results, *_) = bands.reached(
        assignment, "letter_reader", references.model_source(assignment, assignment.model), 1
    ).values()
    assert min(results) > exercises.LEAST_ACCURACY + 0.02
    assert exercises.LEAST_ACCURACY > 10 / 26


@pytest.mark.parametrize(
    ("by", "name"), [(0, None), (1, "labels_off_by_one"), (-1, "labels_off_by_one"), (7, "nothing_learned")]
)
def test_what_was_read_is_judged_by_the_share(assignment: Assignment, by: int, name: str | None) -> None:
    case = next(iter(references.draw(assignment, "letter_reader", b"share").inputs.values()))
    broken = exercises.letters_properties(case, {"accuracy": (case["right"] + by) % 26})
    assert broken.get("accuracy", (None,))[0] == name


def test_a_fit_of_another_shape_is_told(assignment: Assignment) -> None:
    broken = exercises.fit_properties({}, {"sin x": np.zeros(3)})
    assert broken["sin x"][0] == "wrong_shape"
