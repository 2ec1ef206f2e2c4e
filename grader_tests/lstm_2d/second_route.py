"""A second route to the right results of lstm_2d: PyTorch's own LSTM cell, and autograd."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from grader_tests.lstm_2d.reference import twice
from handgrad.assignments.lstm_2d.exercises import INPUTS, MD_GATES, MD_INPUTS, STATES
from handgrad.judging.exercise import Case

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
    return {
        name: np.zeros(tuple(leaf.shape)) if leaf.grad is None else leaf.grad.numpy()
        for each in inputs
        for name, leaf in each.items()
    }


def cell_forward(case: Case) -> dict[str, Any]:
    return plain(cell(leaves(case["params"]), **leaves({n: case[n] for n in (*STATES, *INPUTS)})))


def cell_backward(case: Case) -> dict[str, Any]:
    p, inputs = leaves(case["params"]), leaves(case["inputs"])
    return back(cell(p, **inputs), {name: case[f"d{name}"] for name in STATES}, p, inputs)


def grid_forward(case: Case) -> dict[str, Any]:
    return plain(whole_grid(leaves(case["params"]), torch.tensor(case["X"], dtype=torch.float64)))


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


SECOND_ROUTE: dict[str, Callable[[Case], dict[str, Any]]] = {
    "cell_forward": cell_forward,
    "cell_backward": twice(cell_backward),
    "grid_forward": grid_forward,
    "grid_backward": twice(grid_backward),
    "md_cell_forward": md_cell_forward,
    "md_cell_backward": twice(md_cell_backward),
    "path_gradient": path_gradient,
}
