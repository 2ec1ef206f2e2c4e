"""Every right answer is reached by two routes, and a route that says too little is found out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from handgrad import references
from handgrad.building import build
from handgrad.judging.exercise import Case
from handgrad.references import Assignment
from handgrad.references.second_route import disagreements, second_routes
from tests.conftest import ROOT

NAMES = build.assignments(ROOT)
WITH_A_RIGHT_ANSWER = [
    (name, exercise)
    for name in NAMES
    for exercise, known in references.load(name, ROOT).exercises.items()
    if known.properties is None
]


@pytest.mark.parametrize("name", NAMES)
def test_just_the_exercises_that_have_a_right_answer_have_a_second_route(
    load: Callable[[str], Assignment], name: str
) -> None:
    assert {(name, exercise) for exercise in second_routes(load(name))} == {
        pair for pair in WITH_A_RIGHT_ANSWER if pair[0] == name
    }


@pytest.mark.parametrize(("name", "exercise"), WITH_A_RIGHT_ANSWER)
@pytest.mark.parametrize("seed", range(5))
def test_two_routes_agree(load: Callable[[str], Assignment], name: str, exercise: str, seed: int) -> None:
    assignment = load(name)
    cases = references.draw(assignment, exercise, b"routes", str(seed)).inputs
    assert cases
    assert disagreements(assignment, exercise, cases, second_routes(assignment)[exercise]) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda results: {}, "does not give 'loss'"),
        (lambda results: {"loss": results["loss"]}, "does not give 'grad_scores'"),
        (lambda results: {**results, "accuracy": 1.0}, "gives 'accuracy', which the reference does not"),
        (lambda results: {**results, "loss": np.array([results["loss"]])}, "in the shape (1,)"),
        (lambda results: {**results, "loss": results["loss"] * (1 + 1e-11)}, "in 'loss'"),
        (lambda results: {**results, "loss": np.nan}, "is off by nan in 'loss'"),
    ],
)
def test_a_route_that_says_too_little_or_something_else_is_found_out(
    load: Callable[[str], Assignment], change: Callable[[dict[str, Any]], dict[str, Any]], told: str
) -> None:
    assignment = load("mlp_backprop")
    cases = references.draw(assignment, "softmax_loss", b"routes").inputs
    right = second_routes(assignment)["softmax_loss"]

    def route(case: Case) -> dict[str, Any]:
        return change(dict(right(case)))

    found = disagreements(assignment, "softmax_loss", cases, route)
    assert all(any(told in sentence and repr(case) in sentence for sentence in found) for case in cases)
