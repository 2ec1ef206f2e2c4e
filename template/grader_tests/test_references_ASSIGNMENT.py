"""The references of ASSIGNMENT are right: the complex step and autograd agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from handgrad import references
from handgrad.judging.exercise import Case
from handgrad.references import Assignment


def leaf(array: np.ndarray[Any, Any]) -> torch.Tensor:
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def cosine(case: Case) -> dict[str, Any]:
    x, w = leaf(case["x"]), leaf(case["w"])
    s = torch.nn.functional.cosine_similarity(x, w[None])
    s.backward(torch.tensor(case["grad_s"]))
    return {"s": s.detach().numpy(), "grad_x": x.grad.numpy(), "grad_w": w.grad.numpy()}


ROUTES: dict[str, Callable[[Case], dict[str, Any]]] = {"cosine": cosine}


@pytest.fixture(scope="module")
def assignment(load: Callable[[str], Assignment]) -> Assignment:
    return load("ASSIGNMENT")


def test_every_exercise_has_a_second_route(assignment: Assignment) -> None:
    assert set(ROUTES) == set(assignment.exercises)


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize("seed", range(5))
def test_the_complex_step_agrees_with_autograd(assignment: Assignment, name: str, seed: int) -> None:
    for label, case in references.draw(assignment, name, b"routes", str(seed)).inputs.items():
        right = references.expected(assignment, name, case)
        other = ROUTES[name](case)
        assert set(other) == set(right)
        for result, value in other.items():
            scale = float(np.abs(right[result]).max())
            difference = float(np.abs(value - right[result]).max())
            assert difference <= 1e-12 * scale, f"{name}, {label}, {result}: {difference / scale:.1e}"
