"""A derivation is right where it is right, and says in words where and how a formula differs."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module, util
from typing import Any

import numpy as np
import pytest

from handgrad.assignments.chain_rule import derivations as chain
from handgrad.assignments.derivation import Derivation
from handgrad.assignments.lstm_2d import derivations as lstm
from handgrad.assignments.mlp_backprop import derivations as backprop
from handgrad.assignments.mlp_training import derivations as training
from handgrad.assignments.tensor_basics import derivations as basics
from handgrad.assignments.vanishing_gradients import derivations as vanishing
from handgrad.building.build import ORDER

RIGHT: dict[Derivation, Callable[..., Any]] = {
    basics.row: lambda G, X, j: G[:, j].sum(),
    basics.column: lambda G, X, i: G[i] @ X[i],
    basics.loss: lambda s, k: np.log(np.exp(s - s.max()).sum()) + s.max() - s[k],
    chain.tanh: lambda y: 1 - y**2,
    chain.loss: lambda p, k, i: p[i] - (i == k),
    backprop.product: lambda grad_y, W, n, k: sum(grad_y[n, j] * W[k, j] for j in range(4)),
    backprop.softmax: lambda p, i, j: p[i] * ((i == j) - p[j]),
    backprop.loss: lambda p, k, j: p[j] - (1 if j == k else 0),
    training.cross_entropy: lambda p, t, n: (p[n] - t[n]) / 4,
    vanishing.state: lambda Wo, Ws, dy, dz_next, j: dy @ Wo[:, j] + dz_next @ Ws[:, j],
    vanishing.before_tanh: lambda dh, h, j: dh[j] * (1 - h[j] ** 2),
    lstm.cell: lambda dh, dc, o, c, j: dc[j] + dh[j] * o[j] * (1 - np.tanh(c[j]) ** 2),
    lstm.forget_gate: lambda delta_c, c_before, f, j: delta_c[j] * c_before[j] * f[j] * (1 - f[j]),
}
WRONG = [
    (backprop.softmax, lambda p, i, j: p[i] * (1 - p[j]), "where i ≠ j"),
    (
        backprop.softmax,
        lambda p, i, j: p[i] * (1 - p[i]) if i == j else p[i] * p[j],
        "where i ≠ j: the sign is the other",
    ),
    (backprop.softmax, lambda p, i, j: p[i] * (1 - p[i]) if i == j else 0, "where i ≠ j: what comes through the sum"),
    (backprop.softmax, lambda p, i, j: p[i] * (i == j), "what comes through the sum below is missing"),
    (backprop.softmax, lambda p, i, j: p[i] * ((i == j) + p[j]), "what comes through the sum below has the other sign"),
    (backprop.softmax, lambda p, i, j: p[i], "at i = "),
    (backprop.product, lambda grad_y, W, n, k: 2 * grad_y[n] @ W[k], "2 times too large"),
    (
        backprop.product,
        lambda grad_y, W, n, k: grad_y[n] * W[k],
        "an array of shape (4,): write the formula of a single",
    ),
    (backprop.product, lambda grad_y, W, n, k: grad_y[k, 0], "the shapes are grad_y (2, 4), W (3, 4)"),
    (backprop.product, lambda grad_y, W, n, k: "W", "it returns a str"),
    (backprop.loss, lambda p, k, j: (j == k) - p[j], "the sign is the other way round"),
    (backprop.loss, lambda p, k, j: p[k] - (k == j), "k and j are exchanged"),
    (chain.loss, lambda p, k, i: p[i], "where k = i: what comes through the score of class k is missing"),
    (chain.tanh, lambda y: 1, "what comes through the denominator is missing"),
    (chain.tanh, lambda y: 1 - y, "a factor y is missing in what comes through the denominator"),
    (chain.tanh, lambda y: 1 - y**3, "at y = "),
    (backprop.softmax, lambda p, i, j: p[i] * (i == j) - p[j], "p_i is missing in what comes through the sum below"),
    (backprop.product, lambda grad_y, W, n, k: W[k].sum(), "grad_y is missing"),
    (backprop.product, lambda grad_y, W, n, k: grad_y[n].sum(), "W is missing"),
    (basics.row, lambda G, X, j: G[:, j] @ X[:, j], "X is in it as a factor"),
    (basics.column, lambda G, X, i: G[i].sum(), "X is missing"),
    (basics.row, lambda G, X, j: G[:, j].mean(), "0.3333 times what it should be"),
    (basics.loss, lambda s, k: -np.log(np.exp(s[k]) / np.exp(s).sum()), "NaN"),
    (basics.loss, lambda s, k: np.log(np.exp(s - s.max()).sum()) - s[k], "at k = "),
    (training.cross_entropy, lambda p, t, n: p[n] - t[n], "4 times what it should be"),
    (training.cross_entropy, lambda p, t, n: (t[n] - p[n]) / 4, "the sign is the other way round"),
    (vanishing.state, lambda Wo, Ws, dy, dz_next, j: dy @ Wo[:, j], "what comes through the next step is missing"),
    (vanishing.state, lambda Wo, Ws, dy, dz_next, j: dz_next @ Ws[:, j], "what comes through the output is missing"),
    (lstm.cell, lambda dh, dc, o, c, j: dh[j] * o[j] * (1 - np.tanh(c[j]) ** 2), "through the output c is missing"),
    (lstm.cell, lambda dh, dc, o, c, j: dc[j], "what comes through h is missing"),
    (lstm.cell, lambda dh, dc, o, c, j: dc[j] + dh[j] * o[j], "the slope of tanh is missing"),
    (lstm.cell, lambda dh, dc, o, c, j: dc[j] + dh[j] * o[j] * (1 - c[j] ** 2), "and follows from what comes out"),
    (lstm.cell, lambda dh, dc, o, c, j: dc[j] + dh[j] * (1 - np.tanh(c[j]) ** 2), "the output gate is missing"),
    (lstm.forget_gate, lambda delta_c, c, f, j: delta_c[j] * f[j] * (1 - f[j]), "the old cell is missing"),
    (lstm.forget_gate, lambda delta_c, c, f, j: delta_c[j] * c[j], "the slope of the sigmoid is missing"),
    (lstm.forget_gate, lambda delta_c, c, f, j: delta_c[j] * c[j] * f[j], "missing: it is not y alone"),
    (lstm.forget_gate, lambda delta_c, c, f, j: delta_c[j], "the old cell and the slope of the sigmoid are missing"),
    (lstm.forget_gate, lambda delta_c, c, f, j: delta_c[j] * c[j] * (1 - f[j] ** 2), "the slope of tanh stands where"),
    (vanishing.before_tanh, lambda dh, h, j: dh[j], "the slope of tanh is missing"),
    (vanishing.before_tanh, lambda dh, h, j: dh[j] * (1 - h[j]), "the square in the slope of tanh is missing"),
    (vanishing.before_tanh, lambda dh, h, j: dh[j] * h[j] * (1 - h[j]), "the slope of a sigmoid stands where"),
    (
        vanishing.state,
        lambda Wo, Ws, dy, dz_next, j: dy @ Wo[:, j] + dz_next @ Ws[j],
        "rows and columns of Ws are exchanged",
    ),
    (
        training.cross_entropy,
        lambda p, t, n: (p[n] - t[n]) / (p[n] * (1 - p[n])) / 4,
        "slope of the sigmoid is missing",
    ),
    (training.cross_entropy, lambda p, t, n: (p[n] - t[n]) * p[n] * (1 - p[n]) / 4, "is in it once too often"),
]


def said(derivation: Derivation, formula: Any, capsys: pytest.CaptureFixture[str]) -> str:
    derivation.check(formula)
    return capsys.readouterr().out


@pytest.mark.parametrize("derivation", RIGHT, ids=lambda derivation: derivation.name)
def test_the_right_formula_is_right(derivation: Derivation, capsys: pytest.CaptureFixture[str]) -> None:
    assert "✓ right" in said(derivation, RIGHT[derivation], capsys)
    assert "✗ not yet" in said(derivation, lambda *given: RIGHT[derivation](*given) + 1e-4, capsys)
    assert "not answered yet" in said(derivation, lambda *given: ..., capsys)


@pytest.mark.parametrize(
    ("derivation", "formula", "words"), WRONG, ids=[f"{derivation.name}: {words}" for derivation, _, words in WRONG]
)
def test_a_wrong_formula_is_told_where_and_how(derivation, formula, words, capsys: pytest.CaptureFixture[str]) -> None:
    with np.errstate(all="ignore"):
        told = said(derivation, formula, capsys)
    assert words in told
    assert told.count("\n") == 1


def test_every_derivation_has_a_right_formula_here() -> None:
    modules = [f"handgrad.assignments.{name}.derivations" for name in ORDER]
    found = [value for module in modules if util.find_spec(module) for value in vars(import_module(module)).values()]
    assert {value for value in found if isinstance(value, Derivation)} == set(RIGHT)
