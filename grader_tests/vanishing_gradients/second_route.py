"""A second route to the right results of vanishing_gradients: autograd."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from handgrad.judging.exercise import Case


def leaf(array: Any) -> torch.Tensor:
    return torch.tensor(np.asarray(array), dtype=torch.float64, requires_grad=True)


def run(
    p: dict[str, torch.Tensor], xs: torch.Tensor, h0: torch.Tensor, Wx: list[torch.Tensor] | None = None
) -> list[torch.Tensor]:
    """Return the states; ``Wx``, if given, holds input weights for each step."""
    states, h = [], h0
    for t, x in enumerate(xs):
        h = torch.tanh((p["Wx"] if Wx is None else Wx[t]) @ x + p["Ws"] @ h + p["b1"])
        states.append(h)
    return states


def output(p: dict[str, torch.Tensor], h: torch.Tensor) -> torch.Tensor:
    return p["Wo"] @ h + p["b2"]


def given(case: Case) -> tuple[dict[str, torch.Tensor], torch.Tensor, torch.Tensor]:
    return (
        {name: leaf(value) for name, value in case["params"].items()},
        torch.tensor(case["xs"], dtype=torch.float64),
        leaf(case["h0"]),
    )


def forward(case: Case) -> dict[str, Any]:
    p, xs, h0 = given(case)
    hs = run(p, xs, h0)
    return {
        "hs": torch.stack(hs).detach().numpy(),
        "ys": torch.stack([output(p, h) for h in hs]).detach().numpy(),
    }


def backward(case: Case) -> dict[str, Any]:
    p, xs, h0 = given(case)
    ys = torch.stack([output(p, h) for h in run(p, xs, h0)])
    ys.backward(torch.tensor(case["dys"]))
    return {name: value.grad.numpy() for name, value in {**p, "h0": h0}.items() if value.grad is not None}


def contributions(case: Case) -> dict[str, Any]:
    p, xs, h0 = given(case)
    each = [leaf(case["params"]["Wx"]) for _ in xs]
    output(p, run(p, xs, h0, each)[-1]).backward(torch.tensor(case["dy_T"]))
    terms = [W.grad.numpy() for W in each if W.grad is not None]
    output(p, run(p, xs, h0)[-1]).backward(torch.tensor(case["dy_T"]))
    assert p["Wx"].grad is not None
    return {
        "last step": terms[-1],
        **{f"earlier steps[{k}]": term for k, term in enumerate(terms[:-1])},
        "sum": p["Wx"].grad.numpy(),
    }


def jacobian(case: Case) -> dict[str, Any]:
    Ws, hs, k, t = torch.tensor(case["params"]["Ws"]), torch.tensor(case["hs"]), case["k"], case["t"]

    def later(h: torch.Tensor) -> torch.Tensor:
        for s in range(k + 1, t + 1):
            h = torch.tanh(Ws @ (h - hs[s - 1]) + torch.atanh(hs[s]))
        return h

    found = torch.autograd.functional.jacobian(later, hs[k].clone()) if t > k else torch.eye(hs.shape[1])
    return {{0: "k = t", 1: "one step"}.get(t - k, "several steps"): found.numpy()}


def linear(case: Case) -> dict[str, Any]:
    generator = torch.Generator().manual_seed(0)
    Q, _ = torch.linalg.qr(torch.randn(5, 5, generator=generator, dtype=torch.float64))
    first = leaf(np.zeros(5))
    h = first
    for _ in range(case["lag"]):
        h = case["rho"] * Q @ h
    upstream = torch.arange(1.0, 6.0, dtype=torch.float64)
    (h @ upstream).backward()
    assert first.grad is not None
    return {"norm": (first.grad.norm() / upstream.norm()).item()}


def predictions(case: Case) -> dict[str, Any]:
    return {
        "slope_down": round(float(np.log10(0.9)), 3),
        "slope_up": round(float(np.log10(1.1)), 3),
        "steps_to_one_percent": float(np.ceil(np.log(0.01) / np.log(0.9))),
    }


def lengths(case: Case) -> dict[str, Any]:
    results: dict[str, Any] = {}
    for n in case["lengths"]:
        p, xs, h0 = given(case)
        output(p, run(p, xs[:n], h0)[-1]).backward(torch.tensor(case["dy_T"]))
        for part, name in (("recurrent", "Ws"), ("output", "Wo")):
            grad = p[name].grad
            assert grad is not None
            results[f"{part}[n = {n}]"] = grad.norm().item()
    return results


def lags(case: Case) -> dict[str, Any]:
    p, xs, h0 = given(case)
    hs = run(p, xs, h0)
    for h in hs:
        h.retain_grad()
    output(p, hs[-1]).backward(torch.tensor(case["dy_T"]))
    norms = [h.grad.norm().item() for h in reversed(hs) if h.grad is not None]
    return {"lag 0" if lag == 0 else f"longer lags[{lag}]": norm for lag, norm in enumerate(norms)}


def clipped(case: Case) -> dict[str, Any]:
    values = [torch.tensor(value) for value in case["grads"].values()]
    leaves = [leaf(np.zeros_like(value)) for value in values]
    for parameter, value in zip(leaves, values, strict=True):
        parameter.grad = value.clone()
    norm = torch.nn.utils.get_total_norm(values).item()
    if norm > case["most"]:
        # PyTorch adds 1e-6 to the norm, so it is divided out here
        torch.nn.utils.clip_grads_with_norm_(
            leaves, case["most"] * (norm + 1e-6) / norm, torch.tensor(norm, dtype=torch.float64)
        )
    part = "short gradients" if norm <= case["most"] else "long gradients"
    return {
        f"{part}[{name}]": parameter.grad.numpy()
        for name, parameter in zip(case["grads"], leaves, strict=True)
        if parameter.grad is not None
    }


def cell(case: Case) -> dict[str, Any]:
    fs = torch.tensor(case["fs"])
    cells = [leaf(np.ones(fs.shape[1]))]
    for f in fs[1:]:
        cells.append(f * cells[-1] + 0.3)
    for c in cells:
        c.retain_grad()
    cells[-1].sum().backward()
    rows = [c.grad.numpy() for c in cells if c.grad is not None]
    return {"last step": rows[-1], **{f"earlier steps[{k}]": row for k, row in enumerate(rows[:-1])}}


SECOND_ROUTE: dict[str, Callable[[Case], dict[str, Any]]] = {
    "rnn_forward": forward,
    "rnn_backward": backward,
    "step_contributions": contributions,
    "state_jacobian": jacobian,
    "linear_gradient_norm": linear,
    "predicted_slope": predictions,
    "gradient_norms": lengths,
    "lag_norms": lags,
    "clip_by_norm": clipped,
    "cell_path": cell,
}
