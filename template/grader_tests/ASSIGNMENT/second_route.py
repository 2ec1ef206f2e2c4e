"""A second route to the right results of ASSIGNMENT: autograd."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from handgrad.judging.exercise import Case


def leaf(array: np.ndarray[Any, Any]) -> torch.Tensor:
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def cosine(case: Case) -> dict[str, Any]:
    x, w = leaf(case["x"]), leaf(case["w"])
    s = torch.nn.functional.cosine_similarity(x, w[None])
    s.backward(torch.tensor(case["grad_s"]))
    return {"s": s.detach().numpy(), "grad_x": x.grad.numpy(), "grad_w": w.grad.numpy()}


SECOND_ROUTE: dict[str, Callable[[Case], dict[str, Any]]] = {"cosine": cosine}
