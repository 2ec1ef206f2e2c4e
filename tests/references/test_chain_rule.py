"""The references of chain_rule are right, and a student's own function is judged as it deserves."""

from __future__ import annotations

import base64
import io
import math
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp
import torch
from matplotlib import pyplot
from PIL import Image

from grader_tests.chain_rule import reference as ref
from handgrad import references
from handgrad.assignments.chain_rule import exercises, figures
from handgrad.judging.disclosure import OWN_MACHINE
from handgrad.judging.evidence import collect
from handgrad.judging.exercise import WrongReturn, steps
from handgrad.references import Assignment

SEEDS = range(5)

# a difference quotient with h = 1e-5 loses digits: its rounding is about 1e-16 / 1e-5 of the values
ROUGH = {"central_difference": 1e-8}


@pytest.fixture(scope="module")
def assignment(load: Callable[[str], Assignment]) -> Assignment:
    return load("chain_rule")


@pytest.mark.parametrize("seed", range(40))
def test_every_draw_is_finite_and_of_some_size(assignment: Assignment, seed: int) -> None:
    for name in assignment.exercises:
        for label, results in references.draw(assignment, name, b"secret", f"student {seed}").right.items():
            for result, value in results.items():
                assert np.isfinite(value).all(), f"{name}, {label}, {result}"


# -- golden figures, each by hand ------------------------------------------------------------------


def test_golden_gradient_f() -> None:
    np.testing.assert_allclose(ref.gradient_f_expected(np.array([2.0, 0.0]))["gradient"], [12.0, 5.0], rtol=1e-15)


def test_golden_path_sum() -> None:
    slopes = {("s", "m"): 2.0, ("m", "n"): -1.0, ("n", "t"): 3.0, ("s", "n"): 0.5, ("s", "t"): 4.0}
    assert ref.path_sum_expected(slopes, [("s", "t")])["derivative[t/s]"] == pytest.approx(-0.5)


def test_golden_symbolic() -> None:
    """At a = 1, b = 1: x = 3, y = 1, z = 0; ∂u/∂a = 6 + 9 + 1, ∂u/∂b = 12 + 9 − 2."""
    found = ref.symbolic_expected(np.array([1.0]), np.array([1.0]))
    assert [float(found[name][0]) for name in ("du_da", "du_db")] == pytest.approx([16.0, 19.0])


def test_golden_tanh() -> None:
    """tanh(artanh ½) = ½ has the slope 3/4."""
    assert ref.tanh_backward_expected(np.array([0.5]), np.array([2.0]))["dL_dz"] == pytest.approx(1.5)


def test_golden_softmax() -> None:
    found = ref.softmax_expected(np.array([[0.0, 0.0], [math.log(3), 0.0]]), np.array([0, 1]))["grad_logits"]
    np.testing.assert_allclose(found, [[-0.25, 0.25], [0.375, -0.375]], rtol=1e-14)


def test_golden_relative_error() -> None:
    found = ref.relative_error_expected(np.array([0.0, 1.0, -2.0]), np.array([0.0, 1.25, -2.0]))
    assert found["error"] == pytest.approx(0.2)


# -- symbolic answers ----------------------------------------------------------------------------

A, B = sp.symbols("a b")
POINTS = {"a": np.linspace(-1.3, 1.2, 14), "b": np.linspace(0.9, -1.4, 14)}
DU_DA = 2 * (A + 2 * B) * A * B + (A + 2 * B) ** 2 * B + sp.exp(A - B**2)


@pytest.mark.parametrize(
    "form",
    [
        DU_DA,
        sp.expand(DU_DA),
        sp.factor(DU_DA),
        sp.simplify(DU_DA),
        DU_DA.subs({A: sp.Symbol("a", positive=True), B: sp.Symbol("b", real=True)}),
        DU_DA.subs(B, sp.Symbol("b", integer=True)),
        sp.Derivative((A + 2 * B) ** 2 * A * B + sp.exp(A - B**2), A),
        DU_DA + 0 * sp.Symbol("x"),
        sp.N(DU_DA),
    ],
)
def test_every_form_of_an_expression_counts(form: Any) -> None:
    right = ref.symbolic_expected(**POINTS)["du_da"]
    np.testing.assert_allclose(exercises.expression_values(form, POINTS), right, rtol=1e-12)


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ("2*a*b", "without the quotes"),
        (None, "nothing is written"),
        (lambda a, b: a, "is a function"),
        ([A], "is a list"),
        (sp.Matrix([A]), "should be a SymPy expression"),
        (sp.Eq(A, B), "should be a SymPy expression"),
        (A > B, "should be a SymPy expression"),
        (sp.Symbol("x") * A + sp.Symbol("z"), "contains x, z"),
        (sp.Function("x")(A, B), "not worked out"),
        (sp.Derivative(sp.Function("x")(A, B), A), "not worked out"),
        (sp.sqrt(A), "not a real number"),
    ],
)
def test_other_answers_are_refused_with_a_word(answer: Any, word: str) -> None:
    with pytest.raises(WrongReturn, match=word):
        list(exercises.symbolic_chain_rule(answer, DU_DA, **POINTS))


def test_what_two_answers_share_is_said_once() -> None:
    with pytest.raises(WrongReturn, match=r"^`du_da` and `du_db`: it contains x; "):
        list(exercises.symbolic_chain_rule(sp.Symbol("x"), sp.Symbol("x") * A, **POINTS))


def test_a_number_is_an_expression() -> None:
    for number in (3, 2.5, np.float64(0.5), sp.Rational(1, 3)):
        assert exercises.expression_values(number, POINTS) == pytest.approx(float(number))


def test_one_refused_expression_leaves_the_other_its_points(assignment: Assignment) -> None:
    hidden = references.draw(assignment, "symbolic_chain_rule", b"k")
    found = collect(assignment.exercises["symbolic_chain_rule"], {"du_da": "text", "du_db": None}, hidden.inputs)
    assert references.verdict(hidden, found).share == 0
    right = {"du_da": DU_DA, "du_db": sp.Symbol("q")}
    found = collect(assignment.exercises["symbolic_chain_rule"], right, hidden.inputs)
    assert [part.right for part in references.verdict(hidden, found).parts] == [True, False, True]


# -- a function of the student's own ---------------------------------------------------------------

Function = Callable[[float], Any]
Own = tuple[Function, Function, Any]


def sign(x: float) -> float:
    return math.copysign(1.0, x)


def steep(k: float, x: float) -> float:
    return k / math.cosh(max(-300.0, min(300.0, k * x))) ** 2


def quotient(function: Function, x: float, h: float = 1e-5) -> float:
    return float((function(x + h) - function(x - h)) / (2 * h))


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


RIGHT: dict[str, Own] = {
    "the complement of a saturated output": (
        lambda x: logistic(20 * x) if x < 4.5 else 0.0,
        lambda x: 20 * logistic(20 * x) * (1 - logistic(20 * x)) if x < 4.5 else 0.0,
        [4.5],
    ),
    "a gradient in float32": (
        lambda x: math.cos(x) * abs(x),
        lambda x: np.float32(math.cos(x) * sign(x) - math.sin(x) * abs(x)),
        [0.0],
    ),
    "a polynomial that cancels": (
        lambda x: float(np.polyval([1, -10, 40, -80, 80, -32], x)) + abs(x),
        lambda x: float(np.polyval([5, -40, 120, -160, 80], x)) + sign(x),
        [0.0],
    ),
    "by a complex step": (
        lambda x: math.exp(math.sin(x * x)) if x < 1 else x,
        lambda x: float(np.imag(np.exp(np.sin((x + 1e-30j) ** 2))) / 1e-30) if x < 1 else 1.0,
        [1.0],
    ),
    "a gradient through the function": (
        lambda x: math.exp(math.sin(x)) if x < 0 else 2.0,
        lambda x: math.exp(math.sin(x)) * math.cos(x) if x < 0 else 0.0,
        [0.0],
    ),
    "a kink": (lambda x: abs(x - 1), lambda x: sign(x - 1), [1.0]),
    "a step": (lambda x: 1.0 if x > 0 else -1.0, lambda x: 0.0, [0.0]),
    "two branches": (lambda x: x * x if x < 1 else 2 - x, lambda x: 2 * x if x < 1 else -1, [1]),
    "a jump of 1e-4": (lambda x: math.sin(x) + 1e-4 * (x > 0.3), math.cos, [0.3]),
    "a kink of 1e-3": (
        lambda x: math.sin(x) + 1e-3 * max(0, x - 0.3),
        lambda x: math.cos(x) + 1e-3 * (x > 0.3),
        [0.3],
    ),
    "steep but smooth": (
        lambda x: math.tanh(1000 * x) + abs(x - 2),
        lambda x: steep(1000, x) + sign(x - 2),
        [2.0],
    ),
    "very steep but smooth": (
        lambda x: math.tanh(1e5 * (x - 0.1234)) + abs(x - 2),
        lambda x: steep(1e5, x - 0.1234) + sign(x - 2),
        [2.0],
    ),
    "a narrow spike": (
        lambda x: math.exp(-((x / 1e-2) ** 2)) + abs(x - 2),
        lambda x: -2e4 * x * math.exp(-((x / 1e-2) ** 2)) + sign(x - 2),
        [2.0],
    ),
    "an oscillation": (
        lambda x: math.sin(50 * x) if x < 1 else 0.5 * math.cos(30 * x),
        lambda x: 50 * math.cos(50 * x) if x < 1 else -15 * math.sin(30 * x),
        [1.0],
    ),
    "a fast oscillation": (
        lambda x: math.sin(200 * x) + abs(x),
        lambda x: 200 * math.cos(200 * x) + sign(x),
        [0.0],
    ),
    "values of a million": (lambda x: 1e6 * x * x if x < 0 else 1e6 + x, lambda x: 2e6 * x if x < 0 else 1, [0.0]),
    "a million and a kink": (lambda x: 1e6 + abs(x), sign, [0.0]),
    "many steps": (lambda x: math.floor(x * 2) / 2 + x, lambda x: 1.0, [k / 2 for k in range(-9, 10)]),
    "a cusp": (
        lambda x: math.sqrt(abs(x)),
        lambda x: math.copysign(0.5 / math.sqrt(abs(x)), x),
        [0.0],
    ),
    "a vertical tangent": (lambda x: float(np.cbrt(x)), lambda x: 1 / (3 * float(np.cbrt(x)) ** 2), [0.0]),
    "breaks at roots": (lambda x: abs(x * x - 3), lambda x: 2 * x * sign(x * x - 3), [-1.7320508, 1.7320508]),
    "exponential and zero": (
        lambda x: math.exp(20 * x) if x < 0 else 0,
        lambda x: 20 * math.exp(20 * x) if x < 0 else 0,
        [0],
    ),
    "arrays without axes": (
        lambda x: np.where(x < 2, np.sin(x), x**2),
        lambda x: np.where(x < 2, np.cos(x), 2 * x),
        np.array([2.0]),
    ),
    "float32": (
        lambda x: np.float32(abs(x - 1)) + np.float32(math.sin(x)),
        lambda x: math.cos(x) + sign(x - 1),
        [1.0],
    ),
    "torch": (
        lambda x: torch.relu(torch.tensor(x, dtype=torch.float64)) + torch.sin(torch.tensor(x, dtype=torch.float64)),
        lambda x: torch.tensor((x > 0) + math.cos(x)),
        [0.0],
    ),
    "breaks at both ends": (
        lambda x: abs(x - 5) + abs(x + 5) + x * x,
        lambda x: sign(x - 5) + sign(x + 5) + 2 * x,
        [-5, 5],
    ),
    "a smooth join is no break": (
        lambda x: x * x / 2 if abs(x) < 1 else (abs(x) - 0.5 if x < 3 else 0),
        lambda x: x if abs(x) < 1 else (sign(x) if x < 3 else 0),
        [3],
    ),
    "breaks a thousandth apart": (
        lambda x: abs(x - 1) + abs(x - 1.001),
        lambda x: sign(x - 1) + sign(x - 1.001),
        [1, 1.001],
    ),
    "a pole": (lambda x: 1 / x, lambda x: -1 / x**2, [0.0]),
    "a remainder": (lambda x: x % 1.0, lambda x: 1.0, range(-5, 6)),
    "a value of its own at the break": (
        lambda x: None if x == 0 else abs(x),  # type: ignore[return-value]
        lambda x: 1 / 0 if x == 0 else sign(x),
        [0.0],
    ),
}

CONSTANT: Function = lambda x: 3.0  # noqa: E731
KINKS: Function = lambda x: abs(x - 1) + abs(x + 2)  # noqa: E731
SLOPES_OF_KINKS: Function = lambda x: sign(x - 1) + sign(x + 2)  # noqa: E731

WRONG: dict[str, tuple[Own, dict[str, str]]] = {
    "a constant": (
        (CONSTANT, lambda x: 0.0, [0]),
        {"piecewise": "constant", "piecewise_gradient": "constant", "breakpoints": "not_a_break"},
    ),
    "no break": ((lambda x: x * x, lambda x: 2 * x, [0.0]), {"piecewise": "no_break", "breakpoints": "not_a_break"}),
    "hundreds of breaks": (
        (lambda x: math.floor(60 * x) / 60 - x, lambda x: -1.0, [0.0]),
        {"piecewise": "too_many_breaks", "breakpoints": "too_many_breaks"},
    ),
    "fails outside its domain": (
        (lambda x: math.log(x) if x < 2 else x, lambda x: 1 / x if x < 2 else 1, [2.0]),
        {"piecewise": "fails_in_the_interval"},
    ),
    "NaN outside its domain": (
        (lambda x: np.log(x) if x < 2 else x, lambda x: 1 / x if x < 2 else 1, [2.0]),
        {"piecewise": "fails_in_the_interval"},
    ),
    "complex outside its domain": (
        (lambda x: x**0.5 + abs(x - 1), lambda x: 0.5 * x**-0.5 + sign(x - 1), [1.0]),
        {"piecewise": "fails_in_the_interval"},
    ),
    "nothing returned": (
        (lambda x: None, lambda x: 1.0, [0.0]),
        {
            "piecewise": "fails_in_the_interval",
            "piecewise_gradient": "nothing_to_compare",
            "breakpoints": "fails_beside_a_break",
        },
    ),
    "a break missed": ((KINKS, SLOPES_OF_KINKS, [1.0]), {"breakpoints": "break_missed"}),
    "a small jump missed": (
        (lambda x: math.sin(x) + 1e-4 * (x > 0.3) + abs(x), lambda x: math.cos(x) + sign(x), [0.0]),
        {"breakpoints": "break_missed"},
    ),
    "a small kink missed": (
        (
            lambda x: math.sin(x) + 1e-3 * max(0, x - 0.3) + abs(x),
            lambda x: math.cos(x) + sign(x) + 1e-3 * (x > 0.3),
            [0.0],
        ),
        {"breakpoints": "break_missed"},
    ),
    "a point too many": ((KINKS, SLOPES_OF_KINKS, [-2.0, 0.5, 1.0]), {"breakpoints": "not_a_break"}),
    "a steep place named": (
        (lambda x: math.tanh(1000 * x) + abs(x - 2), lambda x: steep(1000, x) + sign(x - 2), [0, 2.0]),
        {"breakpoints": "not_a_break"},
    ),
    "not exact": (
        (lambda x: abs(x * x - 3), lambda x: 2 * x * sign(x * x - 3), [-1.73, 1.73]),
        {"breakpoints": "not_exact"},
    ),
    "unsorted": ((KINKS, SLOPES_OF_KINKS, [1.0, -2.0]), {"breakpoints": "unsorted"}),
    "outside": ((KINKS, SLOPES_OF_KINKS, [-2.0, 1.0, 6.0]), {"breakpoints": "outside"}),
    "named twice": ((KINKS, SLOPES_OF_KINKS, [-2.0, 1.0, 1.0]), {"breakpoints": "named_twice"}),
    "21 points": ((KINKS, SLOPES_OF_KINKS, list(np.linspace(-4, 4, 21))), {"breakpoints": "too_many_named"}),
    "nothing named": ((KINKS, SLOPES_OF_KINKS, []), {"breakpoints": "none_named"}),
    "a number": ((KINKS, SLOPES_OF_KINKS, 1.0), {"breakpoints": "not_a_list"}),
    "text": ((KINKS, SLOPES_OF_KINKS, "1"), {"breakpoints": "wrong_type"}),
    "NaN among the points": ((KINKS, SLOPES_OF_KINKS, [1.0, math.nan]), {"breakpoints": "not_finite"}),
    "sign": ((abs, lambda x: -sign(x), [0.0]), {"piecewise_gradient": "sign"}),
    "twice": ((abs, lambda x: 2 * sign(x), [0.0]), {"piecewise_gradient": "factor_2"}),
    "one branch wrong": (
        (lambda x: x * x if x < 1 else 3 * x, lambda x: 2 * x, [1.0]),
        {"piecewise_gradient": "gradient_differs"},
    ),
    "the function itself": (
        (lambda x: abs(x) + x, lambda x: abs(x) + x, [0.0]),
        {"piecewise_gradient": "function_in_place_of_gradient"},
    ),
    "a gradient that fails": (
        (lambda x: x * x if x < 1 else 3 * x, lambda x: 2 * x if x < 1 else None, [1.0]),  # type: ignore[return-value]
        {"piecewise_gradient": "fails_in_the_interval"},
    ),
    "by differences": (
        (
            lambda x: math.sin(x) + abs(x - 1),
            lambda x: quotient(lambda t: math.sin(t) + abs(t - 1), x, 1e-6),
            [1.0],
        ),
        {"piecewise_gradient": "approximated"},
    ),
    "one branch by differences": (
        (
            lambda x: x * x if x < 1 else 3 * math.exp(-x) * math.sin(x * x),
            lambda x: 2 * x if x < 1 else quotient(lambda t: 3 * math.exp(-t) * math.sin(t * t), x),
            [1.0],
        ),
        {"piecewise_gradient": "approximated"},
    ),
    "a random function": (
        (lambda x: np.random.rand() + abs(x), sign, [0.0]),
        {"piecewise": "not_repeatable", "piecewise_gradient": "not_repeatable", "breakpoints": "not_repeatable"},
    ),
}


def judged(assignment: Assignment, own: Own, seed: int) -> dict[str, list[tuple[str, str]]]:
    """Return the names and messages of what is found wrong with a function of one's own, by part."""
    namespace = dict(zip(exercises.OWN, own, strict=True))
    hidden = references.draw(assignment, "piecewise", b"k", str(seed))
    inputs = {label: hidden.inputs[label] for label in list(hidden.inputs)[:1]}
    hidden = references.Hidden(assignment, "piecewise", inputs)
    evidence = collect(assignment.exercises["piecewise"], namespace, inputs)
    from handgrad.judging.judge import judge

    verdict = judge(assignment.exercises["piecewise"], evidence, hidden.plain)
    assert verdict.reason is None
    return {part.name: [(f.name, f.message) for f in part.findings] for part in verdict.parts if not part.right}


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("seed", range(3))
def test_a_right_function_keeps_every_point(assignment: Assignment, name: str, seed: int) -> None:
    assert judged(assignment, RIGHT[name], seed) == {}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("seed", range(2))
def test_a_wrong_function_loses_just_what_is_wrong(assignment: Assignment, name: str, seed: int) -> None:
    own, expected = WRONG[name]
    found = judged(assignment, own, seed)
    assert {part: findings[0][0] for part, findings in found.items()} == expected


def test_the_place_of_a_failure_is_named(assignment: Assignment) -> None:
    own = (lambda x: math.log(x + 5.5) if x < 2 else 1 / (x - 3) ** 0.5, lambda x: 1.0, [2.0])
    ((_, message),) = judged(assignment, own, 0)["piecewise"]
    assert "returns no real number at x = 2." in message
    assert "x = 2.00" not in message, "the example lies well inside the branch that fails"
    assert "complex" in message


def test_the_missed_break_and_the_true_place_are_named(assignment: Assignment) -> None:
    ((_, message),) = judged(assignment, WRONG["a break missed"][0], 0)["breakpoints"]
    assert "x = −2.000" in message
    found = judged(assignment, WRONG["not exact"][0], 0)
    assert list(found) == ["breakpoints"], "the function has its break, though it is named a little beside its place"
    assert "−1.732051" in found["breakpoints"][0][1]


def test_every_result_is_of_bounded_size() -> None:
    for own in (RIGHT["many steps"], WRONG["hundreds of breaks"][0]):
        for results in steps(exercises.own_function(*own, seed=1)):
            assert all(np.size(value) <= 20_000 for value in results.values())


def test_a_slow_function_is_told_so_at_once(assignment: Assignment) -> None:
    calls = 0

    def slow(x: float) -> float:
        nonlocal calls
        calls += 1
        until = time.process_time() + 4e-3
        while time.process_time() < until:
            pass
        return sign(x)

    found = judged(assignment, (abs, slow, [0.0]), 0)
    assert {name for findings in found.values() for name, _ in findings} == {"too_slow"}
    assert found.keys() == set(exercises.OWN)
    assert "`piecewise_gradient` takes 4" in found["piecewise"][0][1]
    assert calls < 100


def test_the_own_function_is_not_called_at_a_named_break() -> None:
    called: set[float] = set()

    def own(x: float) -> float:
        called.add(x)
        return abs(x - 0.5)

    list(steps(exercises.own_function(own, lambda x: sign(x - 0.5), [0.5], seed=3)))
    assert 0.5 not in called
    assert len(called) > 3000


# -- its plot ------------------------------------------------------------------------------------

EXPECTED_OF_PLOTS = {
    "no_x_label": "labels",
    "no_y_label": "labels",
    "no_legend": "labels",
    "curve_missing": "gradient curve",
    "break_not_marked": "break marks",
    "too_few_points": None,
    "break_outside": None,
    "list_changed": "break marks",
}


@pytest.mark.parametrize("name", EXPECTED_OF_PLOTS)
def test_a_plot_loses_just_what_it_lacks(assignment: Assignment, name: str) -> None:
    hidden = references.draw(assignment, "plot_piecewise", b"k")
    mistake = next(m for m in assignment.mistakes["plot_piecewise"] if m.name == name)
    namespace: dict[str, Any] = {}
    source = references.mistaken_source(assignment, "plot_piecewise", mistake)
    exec(references.model_source(assignment, ["piecewise"]) + source, namespace)
    verdict = references.verdict(hidden, collect(assignment.exercises["plot_piecewise"], namespace, hidden.inputs))
    lost = [part.name for part in verdict.parts if not part.right]
    part = EXPECTED_OF_PLOTS[name]
    assert lost == ([part] if part else ["function curve", "gradient curve"])
    assert name in {finding.name for finding in verdict.findings}


def test_a_plot_that_returns_nothing_gets_a_word(assignment: Assignment) -> None:
    hidden = references.draw(assignment, "plot_piecewise", b"k")
    namespace: dict[str, Any] = {}
    exec(references.model_source(assignment, ["piecewise"]) + "def plot_piecewise():\n    pass\n", namespace)
    verdict = references.verdict(
        hidden, collect(assignment.exercises["plot_piecewise"], namespace, hidden.inputs), OWN_MACHINE
    )
    assert verdict.share == 0
    assert "should return the matplotlib figure" in verdict.findings[0].message
    assert "plt.show() closes" in verdict.findings[0].message


def test_an_empty_legend_is_none(assignment: Assignment) -> None:
    hidden = references.draw(assignment, "plot_piecewise", b"k")
    source = references.model_source(assignment, ["piecewise", "plot_piecewise"])
    assert source.count(" if first else None") == 2
    source = source.replace('label="function" if first', "label=None if first")
    source = source.replace('label="gradient" if first', "label=None if first")
    namespace: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # matplotlib warns of a legend without entries
        exec(source, namespace)
        collected = collect(assignment.exercises["plot_piecewise"], namespace, hidden.inputs)
    verdict = references.verdict(hidden, collected)
    assert [part.name for part in verdict.parts if not part.right] == ["labels"]
    assert {finding.name for finding in verdict.findings} == {"no_legend"}


RELU = """
import matplotlib.pyplot as plt
import numpy as np

breakpoints = [0.0]


def piecewise(x):
    return max(0.0, x)


def piecewise_gradient(x):
    return 1.0 if x > 0 else 0.0


def plot_piecewise():
    figure, axes = plt.subplots(2, 1)
    for picture, own, name in zip(axes, (piecewise, piecewise_gradient), ("ReLU", "its slope")):
        for low, high in ((-5, 0), (0, 5)):
            x = np.linspace(low, high, 100)[1:-1]
            picture.plot(x, [own(float(t)) for t in x])
        picture.axvspan(-0.02, 0.02)
        picture.set(xlabel="x", ylabel=name)
    return figure
"""


def parts_lost_by_plot(assignment: Assignment, source: str) -> list[str]:
    hidden = references.draw(assignment, "plot_piecewise", b"k")
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    verdict = references.verdict(hidden, collect(assignment.exercises["plot_piecewise"], namespace, hidden.inputs))
    return [part.name for part in verdict.parts if not part.right]


def test_a_relu_in_pieces_and_two_pictures_needs_no_legend(assignment: Assignment) -> None:
    assert not parts_lost_by_plot(assignment, RELU)
    together = RELU.replace("zip(axes,", "zip((axes[0], axes[0]),")
    assert parts_lost_by_plot(assignment, together) == ["labels"]


@pytest.mark.parametrize(
    "mark",
    [
        "picture.axline((0, 0), (0, 1))",
        "picture.axline((0, 0), slope=np.inf)",
        "picture.plot([0, 0, np.nan, 0, 0], [0, 1, np.nan, 2, 3])",
        "picture.plot([0.0], [1.0], '-o')",
        "picture.plot([0.0, 0.0, 4.0], [0.0, 1.0, 2.0], '-o')",
        "picture.fill_betweenx([0, 1], -0.01, 0.01)",
        "picture.quiver([0.0], [1.0], [0.0], [-1.0])",
        "picture.inset_axes([0.6, 0.6, 0.3, 0.3]).axvline(0)",
    ],
)
def test_a_break_may_be_marked_in_many_ways(assignment: Assignment, mark: str) -> None:
    assert not parts_lost_by_plot(assignment, RELU.replace("picture.axvspan(-0.02, 0.02)", mark))


@pytest.mark.parametrize("no_mark", ["picture.axline((0, 0), (1, 1))", "picture.fill_between([-5, 4], 0, 1)", ""])
def test_what_stands_elsewhere_marks_no_break(assignment: Assignment, no_mark: str) -> None:
    lost = parts_lost_by_plot(assignment, RELU.replace("picture.axvspan(-0.02, 0.02)", no_mark))
    assert lost == ["break marks"]


def test_a_curve_may_stand_in_an_inset(assignment: Assignment) -> None:
    inset = RELU.replace(
        "figure, axes = plt.subplots(2, 1)",
        "figure, picture = plt.subplots()\n    axes = picture, picture.inset_axes([0.1, 0.5, 0.4, 0.4])",
    )
    assert not parts_lost_by_plot(assignment, inset)


def test_a_title_tells_two_curves_apart(assignment: Assignment) -> None:
    source = references.model_source(assignment, ["piecewise", "plot_piecewise"])
    titled = source.replace("axes.legend()", 'axes.set_title("solid: the function, dashed: its slope")')
    assert not parts_lost_by_plot(assignment, titled)


def test_a_function_without_a_plot_is_no_attempt_at_the_plot(assignment: Assignment) -> None:
    hidden = references.draw(assignment, "plot_piecewise", b"k")
    namespace: dict[str, Any] = {}
    exec(references.model_source(assignment, ["piecewise"]), namespace)
    verdict = references.verdict(hidden, collect(assignment.exercises["plot_piecewise"], namespace, hidden.inputs))
    assert not verdict.attempted
    assert verdict.reason is not None
    assert verdict.reason.message == "`plot_piecewise` is not defined."


def test_break_points_may_be_numbers_of_sympy(assignment: Assignment) -> None:
    root = sp.sqrt(3)
    own = (lambda x: abs(x * x - 3), lambda x: 2 * x * sign(x * x - 3), [-root, root])
    assert not any(judged(assignment, own, 0).values())


def pixels(plot: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> np.ndarray[Any, Any]:
    """Return what is shown of a student's plot, (height, width, 4)."""
    shown: list[dict[str, str]] = []
    monkeypatch.setattr("IPython.display.publish_display_data", lambda data, **how: shown.append(data))
    monkeypatch.delenv("HANDGRAD_PICTURES", raising=False)
    opened = pyplot.get_fignums()
    figures.show_own(plot)
    assert pyplot.get_fignums() == opened
    (page,) = shown
    _, image = page["text/html"].split("base64,")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(image.rstrip('">')))).convert("RGBA"))


def test_a_plot_of_ones_own_has_no_ground_and_is_shown_once(
    assignment: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    namespace: dict[str, Any] = {}
    exec(references.model_source(assignment, ["piecewise", "plot_piecewise"]), namespace)
    assert pixels(namespace["plot_piecewise"], monkeypatch)[0, 0, 3] == 0


def test_black_and_white_of_a_plot_of_ones_own_can_be_seen_on_any_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def plot() -> Any:
        figure, axes = pyplot.subplots()
        axes.plot([0, 1], [0, 1], "k")
        axes.axvline(0.5, color="w")
        axes.vlines([0.2, 0.8], 0, 1, colors="black")
        axes.scatter([0.2, 0.8], [0.3, 0.3], color="k")
        axes.plot([0, 1], [1, 0], "tab:red")
        axes.set_title("black", color="k")
        axes.annotate("here", (0.2, 0.3), (0.3, 0.9), arrowprops={"arrowstyle": "->"})
        return figure

    found = pixels(plot, monkeypatch).astype(int)
    seen = found[found[..., 3] > 200][:, :3]
    assert seen.min(axis=0).min() > 30
    assert np.isin(118, seen)
    assert not ((seen < 60).all(axis=1) | (seen > 240).all(axis=1)).any()
    assert (seen[:, 0] > 200).any(), "a colour stays as it is"
