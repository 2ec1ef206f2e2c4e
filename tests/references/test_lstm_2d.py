"""The references of lstm_2d are right: the complex step agrees with autograd, and golden figures hold."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from grader_tests.lstm_2d import reference as lstm_2d
from handgrad import references
from handgrad.assignments.lstm_2d.exercises import GATES, INPUTS, MD_GATES, MD_INPUTS, STATES
from handgrad.judging.exercise import Case
from handgrad.references import Assignment

Tensors = dict[str, torch.Tensor]


def leaves(arrays: dict[str, Any]) -> Tensors:
    return {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in arrays.items()}


def cell(p: Tensors, h_t: Any, h_d: Any, c_t: Any, c_d: Any, x_t: Any, x_d: Any) -> Tensors:
    """The cell by means of PyTorch's own LSTM cell: once for each dimension, its gates ordered i, f, g, o."""
    out: Tensors = {}
    u = torch.cat([h_t, x_t, h_d, x_d])
    for k, h, c in (("t", h_t, c_t), ("d", h_d, c_d)):
        order = [f"{gate}_{k}" for gate in ("i", "f", "c", "o")]
        W, b = torch.cat([p[f"W{name}"] for name in order]), torch.cat([p[f"b{name}"] for name in order])
        # all of u is handed over as the input; what the cell adds of h is weighted with zeros
        no_h = torch.zeros(4 * len(h), len(h), dtype=torch.float64)
        out[f"h_{k}"], out[f"c_{k}"] = (
            state[0] for state in torch.lstm_cell(u[None], (h[None], c[None]), W, no_h, b, torch.zeros_like(b))
        )
    return out


def whole_grid(p: Tensors, X: torch.Tensor) -> Tensors:
    T, S, _ = X.shape
    zero = torch.zeros(len(p["bf_t"]), dtype=torch.float64)
    rows: list[list[Tensors]] = []
    for t in range(T):
        rows.append([])
        for s in range(S):
            up = rows[t - 1][s] if t else dict.fromkeys(STATES, zero)
            left = rows[t][s - 1] if s else dict.fromkeys(STATES, zero)
            rows[t].append(cell(p, up["h_t"], left["h_d"], up["c_t"], left["c_d"], X[t, s], X[t, s]))
    return {f"{n[0]}s{n[1:]}": torch.stack([torch.stack([node[n] for node in row]) for row in rows]) for n in STATES}


def md_cell(p: Tensors, h_up: Any, h_left: Any, c_up: Any, c_left: Any, x: Any) -> Tensors:
    u = torch.cat([h_up, h_left, x])
    z = {gate: torch.nn.functional.linear(u, p[f"W{gate}"], p[f"b{gate}"]) for gate in MD_GATES}
    i, f1, f2, o = (torch.sigmoid(z[gate]) for gate in ("i", "f1", "f2", "o"))
    c = f1 * c_up + f2 * c_left + i * torch.tanh(z["c"])
    return {"h": o * torch.tanh(c), "c": c}


def plain(outputs: Tensors) -> dict[str, Any]:
    return {name: value.detach().numpy() for name, value in outputs.items()}


def back(outputs: Tensors, upstream: dict[str, Any], *inputs: Tensors) -> dict[str, Any]:
    total = sum((outputs[name] * torch.tensor(value)).sum() for name, value in upstream.items())
    assert isinstance(total, torch.Tensor)
    total.backward()
    found = {
        name: np.zeros(tuple(leaf.shape)) if leaf.grad is None else leaf.grad.numpy()
        for each in inputs
        for name, leaf in each.items()
    }
    return lstm_2d.twice(found)


def cell_forward(case: Case) -> dict[str, Any]:
    return plain(cell(leaves(case["params"]), **leaves({n: case[n] for n in (*STATES, *INPUTS)})))


def cell_backward(case: Case) -> dict[str, Any]:
    p, inputs = leaves(case["params"]), leaves(case["inputs"])
    return back(cell(p, **inputs), {name: case[f"d{name}"] for name in STATES}, p, inputs)


def grid_forward(case: Case) -> dict[str, Any]:
    return plain(whole_grid(leaves(case["params"]), torch.tensor(case["X"])))


def grid_backward(case: Case) -> dict[str, Any]:
    p, X = leaves(case["params"]), leaves({"X": case["X"]})
    return back(whole_grid(p, X["X"]), {"hs_t": case["dhs_t"], "hs_d": case["dhs_d"]}, p, X)


def md_cell_forward(case: Case) -> dict[str, Any]:
    return plain(md_cell(leaves(case["params"]), **leaves({n: case[n] for n in MD_INPUTS})))


def md_cell_backward(case: Case) -> dict[str, Any]:
    p, inputs = leaves(case["params"]), leaves(case["inputs"])
    return back(md_cell(p, **inputs), {"h": case["dh"], "c": case["dc"]}, p, inputs)


def path_gradient(case: Case) -> dict[str, Any]:
    """Autograd through a grid of cells that have nothing but their forget gates."""
    start = torch.ones((), dtype=torch.float64, requires_grad=True)
    c: dict[tuple[int, int], torch.Tensor] = {(0, 0): start * 1}
    nothing = torch.zeros((), dtype=torch.float64)
    for a in range(case["m"] + 1):
        for b in range(case["n"] + 1):
            if (a, b) != (0, 0):
                c[a, b] = case["f1"] * c.get((a - 1, b), nothing) + case["f2"] * c.get((a, b - 1), nothing)
    (gradient,) = torch.autograd.grad(c[case["m"], case["n"]], start)
    return {"gradient": gradient.item()}


ROUTES: dict[str, Callable[[Case], dict[str, Any]]] = {
    "cell_forward": cell_forward,
    "cell_backward": cell_backward,
    "grid_forward": grid_forward,
    "grid_backward": grid_backward,
    "md_cell_forward": md_cell_forward,
    "md_cell_backward": md_cell_backward,
    "path_gradient": path_gradient,
}


@pytest.fixture(scope="module")
def assignment(load: Callable[[str], Assignment]) -> Assignment:
    return load("lstm_2d")


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
            scale = max(float(np.abs(right[result]).max()), 1e-300)
            difference = float(np.abs(value - right[result]).max())
            assert difference <= 1e-12 * scale, f"{name}, {label}, {result}: {difference / scale:.1e}"


@pytest.mark.parametrize("seed", range(12))
def test_every_draw_is_finite_of_some_size_and_keeps_the_gates_open(assignment: Assignment, seed: int) -> None:
    for name in assignment.exercises:
        hidden = references.draw(assignment, name, b"secret", f"student {seed}")
        for label, results in hidden.right.items():
            for result, value in results.items():
                assert np.isfinite(value).all(), f"{name}, {label}, {result}"
                assert not value.any() or np.abs(value).max() >= references.SMALLEST
        if name == "cell_forward":
            for case in hidden.inputs.values():
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
