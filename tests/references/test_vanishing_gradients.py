"""The references of vanishing_gradients are right: two independent routes agree, and nothing cut off passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader_tests.vanishing_gradients import reference as rnn
from handgrad import references
from handgrad.judging.disclosure import PUBLIC
from handgrad.judging.evidence import collect
from handgrad.judging.judge import judge
from handgrad.references import Assignment, Mistake

NAME = "vanishing_gradients"
SEEDS = range(5)

# -- the second route: autograd ------------------------------------------------------------------


@pytest.fixture(scope="module")
def assignment(load: Callable[[str], Assignment]) -> Assignment:
    return load(NAME)


# -- golden figures ------------------------------------------------------------------------------


@pytest.mark.parametrize("rho", [0.5, 0.9, 1.0, 1.1])
@pytest.mark.parametrize("lag", [0, 1, 5, 20, 200])
def test_without_tanh_the_norm_is_the_power(rho: float, lag: int) -> None:
    assert rnn.linear_expected(rho, lag)["norm"] == pytest.approx(rho**lag, rel=1e-12)


def test_the_predictions() -> None:
    assert rnn.prediction_expected() == {"slope_down": -0.046, "slope_up": 0.041, "steps_to_one_percent": 44}


def test_the_lag_curve_keeps_below_its_bound(assignment: Assignment) -> None:
    drawn = references.draw(assignment, "lag_norms", b"bound").inputs
    for case in (case for case in drawn.values() if "between" not in case):
        norms = list(rnn.lag_expected(**case).values())
        rho = np.linalg.norm(case["params"]["Ws"], 2)
        assert all(norm <= norms[0] * rho**lag * (1 + 1e-12) for lag, norm in enumerate(norms))


# -- nothing cut off passes ----------------------------------------------------------------------


def each_loss_cut(kept: str) -> Mistake:
    """Return the mistake that sends each loss back over ``kept`` steps, its own among them."""
    pairs = f"[(last, t) for last in range(len(xs)) for t in range(last, max(-1, last - ({kept})), -1)]"
    edits = (
        ("for t in reversed(range(len(xs))):", f"for last, t in {pairs}:"),
        ('dh = dh + params["Wo"].T @ dys[t]', 'dh = params["Wo"].T @ dys[t] if t == last else dh'),
        ('grads["Wo"] += ', 'grads["Wo"] += (t == last) * '),
        ('grads["b2"] += ', 'grads["b2"] += (t == last) * '),
        (
            'dh = params["Ws"].T @ dz',
            'dh = params["Ws"].T @ dz\n        h0_sum = (0 if last == 0 else h0_sum) + dh * (t == 0)',
        ),
        ('grads["h0"] = dh', 'grads["h0"] = h0_sum'),
    )
    return Mistake("each_loss_cut", edits, "each loss goes back over a few steps alone.")


def sequence_cut(kept: str) -> Mistake:
    """Return the mistake that walks back over the last ``kept`` steps of the sequence alone."""
    edits = (
        ("for t in reversed(range(len(xs))):", f"for t in reversed(range(max(0, len(xs) - ({kept})), len(xs))):"),
        ('grads["h0"] = dh', f'grads["h0"] = dh * (len(xs) <= ({kept}))'),
    )
    return Mistake("sequence_cut", edits, "the way back ends before the first step.")


def cut_in_chunks(kept: str) -> Mistake:
    """Return the mistake that cuts the sequence into chunks of ``kept`` steps with no way back between them."""
    edits = (('dh = params["Ws"].T @ dz', f'dh = params["Ws"].T @ dz * (t == 0 or t % max(1, {kept}) != 0)'),)
    return Mistake("cut_in_chunks", edits, "nothing goes back from one chunk to the one before.")


CUTS = {"each loss": each_loss_cut, "the sequence": sequence_cut, "chunks": cut_in_chunks}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kept", range(1, 8))
@pytest.mark.parametrize("way", CUTS)
def test_backpropagation_cut_after_k_steps_fails_wherever_k_is_below_T(
    assignment: Assignment, way: str, kept: int, seed: int
) -> None:
    exercise = assignment.exercises["rnn_backward"]
    hidden = references.draw(assignment, "rnn_backward", b"cut", str(seed))
    source = references.mistaken_source(assignment, "rnn_backward", CUTS[way](str(kept)))
    namespace: dict[str, Any] = {}
    exec(references.model_source(assignment, ["rnn_forward"]) + "\n\n" + source, namespace)
    verdict = judge(exercise, collect(exercise, namespace, hidden.inputs), hidden.plain)
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
    source = references.mistaken_source(assignment, "rnn_backward", each_loss_cut(kept))
    namespace: dict[str, Any] = {}
    exec(references.model_source(assignment, ["rnn_forward"]) + "\n\n" + source, namespace)
    grads = namespace["rnn_backward"](**case)
    assert not grads["Wx"].any()
    assert np.abs(rnn.backward_expected(**case)["Wx"]).max() > 0.05


# -- inputs of one's own ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("params, xs, 'zeros', dys", "`inputs[h0]` is a str; it should be an array of real numbers."),
        (
            "list(params.values()), xs, h0, dys",
            "`params` should be a dict with the keys Wx, Ws, b1, Wo, b2, not a list.",
        ),
    ],
)
def test_of_inputs_in_another_form_is_told_which(assignment: Assignment, returned: str, message: str) -> None:
    source = assignment.model["blind_inputs"].replace("return params, xs, h0, dys", f"return {returned}")
    namespace: dict[str, Any] = {}
    exec("import numpy as np\n" + source, namespace)
    public = references.public(assignment, "blind_inputs")
    exercise = assignment.exercises["blind_inputs"]
    verdict = judge(exercise, collect(exercise, namespace, public.inputs), public.plain, PUBLIC)
    assert verdict.parts[0].findings[0].message == message


# -- the draws -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_every_draw_is_finite_of_some_size_and_repeats(assignment: Assignment, seed: int) -> None:
    for name in assignment.exercises:
        first = references.draw(assignment, name, b"secret", f"student {seed}")
        again = references.draw(assignment, name, b"secret", f"student {seed}")
        for label, results in first.right.items():
            for result, value in results.items():
                assert np.isfinite(value).all(), f"{name}, {label}, {result}"
                assert label in assignment.references[name].faint or np.abs(value).max() >= references.SMALLEST
                np.testing.assert_array_equal(value, again.right[label][result])


def test_no_two_students_get_the_same_inputs(assignment: Assignment) -> None:
    first = references.draw(assignment, "rnn_backward", b"secret", "ann").inputs
    for seed in ((b"secret", "bob"), (b"other", "ann")):
        second = references.draw(assignment, "rnn_backward", *seed).inputs
        assert all(not np.array_equal(first[label]["xs"], second[label]["xs"]) for label in first)
