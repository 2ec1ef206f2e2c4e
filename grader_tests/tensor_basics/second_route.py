"""A second route to the right results of tensor_basics: PyTorch, and exact fractions."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import torch

from handgrad.assignments.tensor_basics.exercises import LONG, NO_SHAPE, REDUCTIONS, array_of
from handgrad.judging.exercise import Case

LARGE = "at ±1000"


def shape_by_rule(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...] | None:
    """Broadcast two shapes in pure Python; None where they do not fit."""
    rank = max(len(a), len(b))
    pairs = zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True)
    found = []
    for m, n in pairs:
        longer = {m, n} - {1}
        if len(longer) > 1:
            return None
        found.append(longer.pop() if longer else 1)
    return tuple(found)


def predicted_shapes_1(case: Case) -> dict[str, Any]:
    X, T = torch.zeros(case["X"]), torch.zeros(case["T"])
    tensors = (X.sum(0), X.sum(1), X.mean(), X.amax(1, keepdim=True), T.sum(1), T.sum((0, 2)))
    shapes = dict(zip(REDUCTIONS, (tuple(tensor.shape) for tensor in tensors), strict=True))
    return {f"{case['name']}[error]": [0, 1], case["name"]: array_of(shapes[case["name"]])}


def axis_of_len(case: Case) -> dict[str, Any]:
    X = torch.as_tensor(case["X"])
    if X.ndim == 0:
        return {"raises TypeError": [1, 0]}
    return {f"axis[for shape {tuple(X.shape)}]": 0}


def predicted_shapes_2(case: Case) -> dict[str, Any]:
    sizes = case["sizes"]
    pairs = {"g": "Xr", "h": "Xv", "i": "Xc", "j": "rc", "k": "cv", "m": "Tw"}
    shapes = {letter: shape_by_rule(sizes[a], sizes[b]) for letter, (a, b) in pairs.items()}
    shapes |= {"l": shape_by_rule(sizes["X"], sizes["X"][:1]), "n": shape_by_rule(sizes["X"], sizes["X"][1:])}
    shape = shapes[case["name"][-1]]
    predicted = NO_SHAPE if shape is None else array_of(shape)
    return {f"{case['name']}[error]": [int(shape is None), int(shape is not None)], case["name"]: predicted}


def broadcast_shape(case: Case) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for a, b in case["pairs"]:
        shape = shape_by_rule(a, b)
        try:
            assert tuple(torch.broadcast_shapes(a, b)) == shape
        except RuntimeError:
            assert shape is None
        if shape is None:
            found[f"raises ValueError[{a} with {b}]"] = [1, 0]
        elif 0 in a + b:
            found[f"length-0 axes[{a} with {b}]"] = shape
        elif max(shape, default=1) > LONG:
            found[f"shape[{a} with {b}]"] = shape
        else:
            found[f"shape[{a} with {b}]"] = array_of(shape)
    return found


def predicted_quotient(case: Case) -> dict[str, Any]:
    A = [[Fraction(x) for x in row] for row in case["A"]]
    return {"quotient": [[float(A[i][j] / sum(A[j])) for j in range(3)] for i in range(3)]}


def divide_by_row_sums(case: Case) -> dict[str, Any]:
    A = torch.tensor(case["A"])
    return {"n = m" if A.shape[0] == A.shape[1] else "n and m different": A / A.sum(dim=1, keepdim=True)}


def manhattan_distance(case: Case) -> dict[str, Any]:
    p, q = torch.tensor(case["p"]), torch.tensor(case["q"])
    return {"two vectors" if p.ndim == 1 else "last axis": torch.linalg.vector_norm(p - q, ord=1, dim=-1)}


def pairwise_manhattan(case: Case) -> dict[str, Any]:
    P, Q = torch.tensor(case["P"]), torch.tensor(case["Q"])
    loop = {"no Python loop": [1, 0]} if min(*P.shape, *Q.shape) > 2 else {}
    return {"distances": torch.cdist(P, Q, p=1), **loop}


def is_table(case: Case) -> bool:
    p = [Fraction(x) for x in case["probabilities"].tolist()]
    return min(p) >= 0 and abs(sum(p) - 1) <= Fraction(1, 10**6)


def mean_of(case: Case, power: int = 1, about: Fraction = Fraction(0)) -> Fraction:
    table = zip(case["values"].tolist(), case["probabilities"].tolist(), strict=True)
    return sum((Fraction(p) * (Fraction(v) - about) ** power for v, p in table), Fraction(0))


def expectation(case: Case) -> dict[str, Any]:
    assert is_table(case) == (case["table"] == "right")
    if is_table(case):
        return {"expectation": float(mean_of(case))}
    part = "negative" if case["probabilities"].min() < 0 else "sum off"
    return {f"{part} raises ValueError": [1, 0]}


def variance(case: Case) -> dict[str, Any]:
    if not is_table(case):
        return {"raises ValueError": [1, 0]}
    return {"variance": float(mean_of(case, 2, mean_of(case)))}


def stable(part: str, x: Any, value: Any) -> dict[str, Any]:
    if np.abs(x).max() > 25:
        return {f"{LARGE}[result]": value, f"{LARGE}[warnings]": 0}
    return {part: value}


def sigmoid(case: Case) -> dict[str, Any]:
    return stable("sigmoid", case["x"], torch.sigmoid(torch.tensor(case["x"])))


def softmax(case: Case) -> dict[str, Any]:
    x = case["x"]
    part = "rank 3 and more" if x.ndim > 2 else f"rank {x.ndim}"
    return stable(part, x, torch.softmax(torch.tensor(x), dim=-1))


def softmax_cross_entropy(case: Case) -> dict[str, Any]:
    logits, labels = torch.tensor(case["logits"]), torch.tensor(case["onehot"]).argmax(dim=1)
    return stable("loss", case["logits"], torch.nn.functional.cross_entropy(logits, labels))


def sigmoid_cross_entropy(case: Case) -> dict[str, Any]:
    logits, targets = torch.tensor(case["logits"]), torch.tensor(case["targets"])
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets)
    return stable("loss", case["logits"], loss)


SECOND_ROUTE: dict[str, Callable[[Case], dict[str, Any]]] = {
    "predicted_shapes_1": predicted_shapes_1,
    "axis_of_len": axis_of_len,
    "predicted_shapes_2": predicted_shapes_2,
    "broadcast_shape": broadcast_shape,
    "predicted_quotient": predicted_quotient,
    "divide_by_row_sums": divide_by_row_sums,
    "manhattan_distance": manhattan_distance,
    "pairwise_manhattan": pairwise_manhattan,
    "expectation": expectation,
    "variance": variance,
    "sigmoid": sigmoid,
    "softmax": softmax,
    "softmax_cross_entropy": softmax_cross_entropy,
    "sigmoid_cross_entropy": sigmoid_cross_entropy,
}
