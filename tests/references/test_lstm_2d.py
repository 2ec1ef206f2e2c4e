"""The references of lstm_2d are right: the complex step agrees with autograd, and golden figures hold."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader_tests.lstm_2d import reference as lstm_2d
from handgrad import references
from handgrad.assignments.lstm_2d.exercises import GATES, MD_GATES
from handgrad.references import Assignment

SATURATED = "gates almost open and almost shut"


@pytest.fixture(scope="module")
def assignment(load: Callable[[str], Assignment]) -> Assignment:
    return load("lstm_2d")


@pytest.mark.parametrize("seed", range(12))
def test_every_draw_is_finite_of_some_size_and_keeps_the_gates_open(assignment: Assignment, seed: int) -> None:
    for name in assignment.exercises:
        hidden = references.draw(assignment, name, b"secret", f"student {seed}")
        for label, results in hidden.right.items():
            for result, value in results.items():
                assert np.isfinite(value).all(), f"{name}, {label}, {result}"
                tiny = np.abs(value).max() < references.SMALLEST
                assert not tiny or not value.any() or label in assignment.references[name].faint
        if name == "cell_forward":
            for case in (case for label, case in hidden.inputs.items() if label != SATURATED):
                u = np.concatenate([case["h_t"], case["x_t"], case["h_d"], case["x_d"]])
                z = [case["params"][f"W{g}_{k}"] @ u + case["params"][f"b{g}_{k}"] for k in "td" for g in GATES]
                assert np.median(np.abs(z)) < 3, "the gates are saturated"


@pytest.mark.parametrize(("m", "n"), [(0, 0), (1, 1), (3, 5), (31, 31)])
def test_golden_path_gradient_is_the_binomial(m: int, n: int) -> None:
    gradient = lstm_2d.path_gradient_expected(m, n, 0.73, 0.61)["gradient"]
    assert math.isclose(gradient, math.comb(m + n, m) * 0.73**m * 0.61**n, rel_tol=1e-12)


def test_golden_figures_of_two_forget_gates_of_0_73() -> None:
    """Either chain alone vanishes, and so does each path; all paths together explode."""
    corner = lstm_2d.path_gradient_expected(31, 31, 0.73, 0.73)["gradient"]
    chain = lstm_2d.path_gradient_expected(31, 0, 0.73, 0.73)["gradient"]
    assert math.comb(62, 31) == 465428353255261088
    assert 1e9 < corner < 2e9
    assert 5e-5 < chain < 6e-5
    assert 0.73**62 < 4e-9


def test_the_sum_over_a_diagonal_is_the_power_of_the_sum() -> None:
    f1, f2, k = 0.7, 0.4, 9
    diagonal = sum(lstm_2d.path_gradient_expected(m, k - m, f1, f2)["gradient"] for m in range(k + 1))
    assert math.isclose(diagonal, (f1 + f2) ** k, rel_tol=1e-12)


@pytest.mark.parametrize("gate", [0.3, 0.73])
def test_cells_of_the_reference_carry_what_the_paths_count(gate: float) -> None:
    """A 1 in the first cell of 8 by 8 reference cells with constant gates becomes the path gradient."""
    p = {f"W{g}": np.zeros((1, 3)) for g in MD_GATES} | {f"b{g}": np.zeros(1) for g in MD_GATES}
    p["bf1"] = p["bf2"] = np.array([math.log(gate / (1 - gate))])
    zero = np.zeros(1)
    c: dict[tuple[int, int], Any] = {}
    for m in range(8):
        for n in range(8):
            made = lstm_2d.md_cell(p, zero, zero, c.get((m - 1, n), zero), c.get((m, n - 1), zero), zero)["c"]
            c[m, n] = np.ones(1) if m == n == 0 else made
    assert math.isclose(c[7, 7][0], math.comb(14, 7) * gate**14, rel_tol=1e-12)
