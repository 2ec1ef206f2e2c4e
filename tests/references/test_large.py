"""The right results of a large case are the model solution's: a second route gives the same."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from handgrad import references
from handgrad.building import build
from handgrad.judging.comparison import close
from handgrad.references import Assignment
from handgrad.references.second_route import second_routes
from tests.conftest import ROOT

LARGE = [
    (name, exercise.name)
    for name in build.assignments(ROOT)
    for exercise in references.load(name, ROOT).exercises.values()
    if exercise.large
]


@pytest.mark.parametrize(("name", "exercise"), LARGE)
def test_a_second_route_gives_the_same_gradients(load: Callable[[str], Assignment], name: str, exercise: str) -> None:
    assignment = load(name)
    hidden = references.draw(assignment, exercise, b"large")
    large, known = assignment.exercises[exercise].large, hidden.at_scale
    assert large is not None
    assert known is not None
    assert hidden.large is not None
    case = large.draw(np.random.default_rng(hidden.large))
    route = second_routes(assignment)[exercise]
    found = {key: np.asarray(value, dtype=np.float64) for key, value in route(case).items()}
    assert known.expected
    assert {assignment.exercises[exercise].part_of(key) for key in known.expected} <= set(large.gradients)
    for key, right in known.expected.items():
        assert close(found[key], right, rtol=1e-9), key


def test_every_gradient_of_free_sizes_has_a_large_case() -> None:
    names = {exercise for _, exercise in LARGE}
    assert {"Matmul", "softmax_loss", "two_layer_loss", "mlp_gradients", "rnn_backward", "grid_backward"} <= names
