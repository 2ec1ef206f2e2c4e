"""The references of vanishing_gradients are right: two independent routes agree, and nothing cut off passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from grader_tests.vanishing_gradients import reference as rnn
from handgrad import references
from handgrad.judging.evidence import collect
from handgrad.judging.exercise import Case
from handgrad.references import Assignment, Mistake

NAME = "vanishing_gradients"
SEEDS = range(5)

# -- the second route: autograd ------------------------------------------------------------------


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
    return {name: leaf(value) for name, value in case["params"].items()}, torch.tensor(case["xs"]), leaf(case["h0"])


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
            results[f"{part}[{n}]"] = grad.norm().item()
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


ROUTES: dict[str, Callable[[Case], dict[str, Any]]] = {
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


@pytest.fixture(scope="module")
def assignment(load: Callable[[str], Assignment]) -> Assignment:
    return load(NAME)


def test_every_exercise_with_one_answer_has_a_second_route(assignment: Assignment) -> None:
    assert set(ROUTES) == {name for name, exercise in assignment.exercises.items() if exercise.properties is None}


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_complex_step_agrees_with_autograd(assignment: Assignment, name: str, seed: int) -> None:
    for label, case in references.draw(assignment, name, b"routes", str(seed)).inputs.items():
        right = references.expected(assignment, name, case)
        other = ROUTES[name](case)
        assert set(other) == set(right)
        for result, value in other.items():
            scale = max(float(np.abs(right[result]).max()), 1e-300)
            difference = float(np.abs(value - right[result]).max())
            assert difference <= 1e-12 * scale, f"{name}, {label}, {result}: {difference / scale:.1e}"


# -- golden figures ------------------------------------------------------------------------------


@pytest.mark.parametrize("rho", [0.5, 0.9, 1.0, 1.1])
@pytest.mark.parametrize("lag", [0, 1, 5, 20, 200])
def test_without_tanh_the_norm_is_the_power(rho: float, lag: int) -> None:
    assert rnn.linear_expected(rho, lag)["norm"] == pytest.approx(rho**lag, rel=1e-12)


def test_the_predictions() -> None:
    assert rnn.prediction_expected() == {"slope_down": -0.046, "slope_up": 0.041, "steps_to_one_percent": 44}


def test_the_lag_curve_keeps_below_its_bound(assignment: Assignment) -> None:
    for case in references.draw(assignment, "lag_norms", b"bound").inputs.values():
        norms = list(rnn.lag_expected(**case).values())
        rho = np.linalg.norm(case["params"]["Ws"], 2)
        assert all(norm <= norms[0] * rho**lag * (1 + 1e-12) for lag, norm in enumerate(norms))


# -- nothing cut off passes ----------------------------------------------------------------------

CUTS = {"each loss": rnn.truncated, "the sequence": rnn.cut_at_the_end, "chunks": rnn.cut_in_chunks}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kept", range(1, 8))
@pytest.mark.parametrize("way", CUTS)
def test_backpropagation_cut_after_k_steps_fails_wherever_k_is_below_T(
    assignment: Assignment, way: str, kept: int, seed: int
) -> None:
    exercise = assignment.exercises["rnn_backward"]
    hidden = references.draw(assignment, "rnn_backward", b"cut", str(seed))
    source = references.mistaken_source(assignment, "rnn_backward", Mistake("cut", CUTS[way](str(kept)), "cut"))
    namespace: dict[str, Any] = {}
    exec(references.model_source(assignment, ["rnn_forward"]) + "\n\n" + source, namespace)
    verdict = references.verdict(hidden, collect(exercise, namespace, hidden.inputs))
    wrong = {part.name: set(part.cases) for part in verdict.parts if not part.right}
    longer = {label for label, case in hidden.inputs.items() if len(case["xs"]) > kept}
    assert longer
    for name in ("Wx", "Ws", "b1", "h0"):
        missed = longer - wrong.get(name, set())
        # h0 is multiplied by no weight but Ws in the first step: a cut into chunks leaves that step's own term
        if name in ("Ws", "b1") or way != "chunks":
            assert not missed, f"{name} is right in {missed}"
    assert longer == set.union(*wrong.values())
    # where k reaches the first step, nothing is cut
    assert not set.union(*wrong.values()) - longer


@pytest.mark.parametrize("kept", ["1", "3", "len(xs) - 1"])
def test_the_longest_lag_alone_is_lost_by_every_cut(assignment: Assignment, kept: str) -> None:
    """In this case the gradient of Wx is one lag, so a cut leaves nothing of it."""
    case = references.draw(assignment, "rnn_backward", b"lag").inputs["first input, last loss"]
    source = references.mistaken_source(assignment, "rnn_backward", Mistake("cut", rnn.truncated(kept), "cut"))
    namespace: dict[str, Any] = {}
    exec(references.model_source(assignment, ["rnn_forward"]) + "\n\n" + source, namespace)
    grads = namespace["rnn_backward"](**case)
    assert not grads["Wx"].any()
    assert np.abs(rnn.backward_expected(**case)["Wx"]).max() > 0.05


# -- the draws -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_every_draw_is_finite_of_some_size_and_repeats(assignment: Assignment, seed: int) -> None:
    for name in assignment.exercises:
        first = references.draw(assignment, name, b"secret", f"student {seed}")
        again = references.draw(assignment, name, b"secret", f"student {seed}")
        for label, results in first.right.items():
            for result, value in results.items():
                assert np.isfinite(value).all(), f"{name}, {label}, {result}"
                assert np.abs(value).max() >= references.SMALLEST
                np.testing.assert_array_equal(value, again.right[label][result])


def test_no_two_students_get_the_same_inputs(assignment: Assignment) -> None:
    first = references.draw(assignment, "rnn_backward", b"secret", "ann").inputs
    for seed in ((b"secret", "bob"), (b"other", "ann")):
        second = references.draw(assignment, "rnn_backward", *seed).inputs
        assert all(not np.array_equal(first[label]["xs"], second[label]["xs"]) for label in first)
