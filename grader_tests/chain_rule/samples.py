"""Sample submissions of chain_rule, each with the score it must get. Written for the tests."""

from __future__ import annotations

from collections.abc import Callable

from nbformat.notebooknode import NotebookNode

from handgrad.building.samples import Sample, cell, edited, mistaken, solved
from handgrad.references import Assignment

Make = Callable[[Assignment, NotebookNode], NotebookNode]


def perfect(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release)


def untouched(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return release


def with_mistake(exercise: str, mistake: str) -> Make:
    """Return a recipe: all right, but for one known mistake."""

    def make(assignment: Assignment, release: NotebookNode) -> NotebookNode:
        return solved(assignment, release, {exercise: mistaken(assignment, exercise, mistake)})

    return make


def with_answer(exercise: str, source: str) -> Make:
    """Return a recipe: all right, with another answer to one exercise."""

    def make(assignment: Assignment, release: NotebookNode) -> NotebookNode:
        return solved(assignment, release, {exercise: source})

    return make


def own(function: str, gradient: str, breakpoints: str, before: str = "") -> Make:
    """Return a recipe: all right, with another function of the student's own, as expressions in x."""
    return with_answer(
        "piecewise",
        f"{before}\nbreakpoints = {breakpoints}\n\n\n"
        f"def piecewise(x):\n    return {function}\n\n\ndef piecewise_gradient(x):\n    return {gradient}\n",
    )


SYMBOLS = 'import sympy as sp\n\na, b = sp.symbols("a b", positive=True)\n'

expanded_and_factored = with_answer(
    "symbolic_chain_rule",
    f"{SYMBOLS}"
    "x, y, z = a + 2 * b, a * b, a - b**2\n"
    "du_da = sp.expand(sp.diff(x**2 * y + sp.exp(z), a))\n"
    "du_db = sp.factor(a * (a + 2 * b) * (a + 6 * b) - 2 * b * sp.exp(a) / sp.exp(b**2))\n",
)

other_names = with_answer(
    "symbolic_chain_rule",
    f'{SYMBOLS}x, y, z = sp.symbols("x y z")\n'
    "du_da = 2 * x * y + x**2 * b + sp.exp(z)\n"
    "du_db = a * (a + 2 * b) * (a + 6 * b) - 2 * b * sp.exp(a - b**2)\n",
)


def tanh_forgotten_once(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    """A wrong tanh_backward costs its own points; the layer that uses it keeps its points."""
    return solved(assignment, release, {"tanh_backward": mistaken(assignment, "tanh_backward", "sigmoid_derivative")})


def activation_derivative_missing(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(
        assignment,
        release,
        {
            "tanh_layer_backward": edited(
                assignment, "tanh_layer_backward", ("dL_dz.T @ x, dL_dz", "dL_dz.T @ x, dL_dz / (1 - np.tanh(z) ** 2)")
            )
        },
    )


def two_parts_of_four(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release, {"nested_slopes": mistaken(assignment, "nested_slopes", "middle_slope_at_x")})


def not_json(assignment: Assignment, release: NotebookNode) -> str:
    return '{"cells": [ this is not JSON'


def cells_deleted(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    notebook = solved(assignment, release)
    for name in ("gradient_f", "piecewise", "plot_piecewise"):
        notebook.cells.remove(cell(notebook, name))
    return notebook


def no_gradient_yet(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    source = edited(assignment, "piecewise", ("return 2 * x", "raise NotImplementedError('later')"))
    rest = "return 1.0 if x < 2 else float(3 * np.cos(3 * x))"
    return solved(assignment, release, {"piecewise": source.replace(rest, "raise NotImplementedError('later')")})


def plot_with_state(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    """A plot in pyplot's own way: no figure is returned, one picture below the other, dots for marks."""
    source = (
        "def plot_piecewise():\n"
        "    import matplotlib.pyplot as plt\n\n"
        "    x = np.linspace(-5, 5, 1200)\n"
        "    for k, curve in enumerate((piecewise, piecewise_gradient)):\n"
        "        plt.subplot(2, 1, k + 1)\n"
        "        plt.plot(x, [curve(t) for t in x], '.')\n"
        "        plt.plot(breakpoints, [0] * len(breakpoints), 'rx')\n"
        "        plt.xlabel('x')\n"
        "        plt.ylabel(curve.__name__)\n"
    )
    return solved(assignment, release, {"plot_piecewise": source})


SAMPLES = (
    Sample("perfect", perfect),
    Sample("untouched", untouched, all_lost=True),
    Sample(
        "power_rule_on_exp",
        with_mistake("gradient_f", "power_rule_on_the_exponential"),
        {"gradient_f": 0.0},
        diagnosed={"gradient_f": "power_rule_on_the_exponential"},
    ),
    Sample(
        "one_sided",
        with_mistake("central_difference", "forward_difference"),
        {"central_difference": 0.0},
        diagnosed={"central_difference": "forward_difference"},
    ),
    Sample(
        "integers_forgotten",
        with_mistake("central_difference", "step_lost_in_integers"),
        {"central_difference": 2.0},
        diagnosed={"central_difference": "step_lost_in_integers"},
    ),
    Sample(
        "absolute_error",
        with_mistake("relative_error", "absolute_error"),
        {"relative_error": 0.0},
        diagnosed={"relative_error": "absolute_error"},
    ),
    Sample("slope_at_x", two_parts_of_four, {"nested_slopes": 2.0}, diagnosed={"nested_slopes": "middle_slope_at_x"}),
    Sample(
        "one_path_only",
        with_mistake("chain_rule", "first_path_only"),
        {"chain_rule": 0.0},
        diagnosed={"chain_rule": "first_path_only"},
    ),
    Sample("expanded_and_factored", expanded_and_factored),
    Sample("other_names", other_names, {"symbolic_chain_rule": 2.0}, diagnosed={"symbolic_chain_rule": "wrong_return"}),
    Sample(
        "jacobian_transposed",
        with_mistake("polar_jacobian", "jacobian_transposed"),
        {"polar_jacobian": 0.0},
        diagnosed={"polar_jacobian": "jacobian_transposed"},
    ),
    Sample("tanh_forgotten_once", tanh_forgotten_once, {"tanh_backward": 0.0}),
    Sample("bias_gradient_wrong", activation_derivative_missing, {"tanh_layer_backward": 4.0}),
    Sample(
        "one_over_N_missing",
        with_mistake("softmax_cross_entropy_backward", "gradient_without_1/N"),
        {"softmax_cross_entropy_backward": 0.0},
        diagnosed={"softmax_cross_entropy_backward": "gradient_without_1/N"},
    ),
    Sample("own_abs_of_cubic", own("abs(x**3 - 2)", "3 * x**2 if x**3 > 2 else -3 * x**2", "[2 ** (1 / 3)]")),
    Sample(
        "own_staircase",  # twenty breaks, the most there may be
        own("np.floor(2 * x + 0.25) / 2 + np.sin(x)", "np.cos(x)", "np.arange(-9, 11) / 2 - 0.125"),
    ),
    Sample("own_oscillation", own("np.sin(40 * x) * (x > 1)", "40 * np.cos(40 * x) * (x > 1)", "(1,)")),
    Sample("own_large_values", own("1e6 * max(x, 0.0) ** 2 - 3 * abs(x)", "2e6 * max(x, 0.0) - 3 * np.sign(x)", "[0]")),
    Sample(
        "own_steep_but_smooth",
        own("np.tanh(500 * x) + abs(x - 2)", "500 / np.cosh(500 * max(-1, min(x, 1))) ** 2 + np.sign(x - 2)", "[2.0]"),
    ),
    Sample("own_constant", own("7.0", "0.0", "[0.0]"), {"piecewise": 0.0}, diagnosed={"piecewise": "constant"}),
    Sample(
        "own_hundreds_of_breaks",
        own("np.floor(50 * x) / 50", "0.0", "[0.0]"),
        {"piecewise": 3.0},
        diagnosed={"piecewise": "too_many_breaks"},
    ),
    Sample(
        "own_fails_outside_domain",
        own("math.log(x) if x < 2 else x", "1 / x if x < 2 else 1.0", "[2.0]", before="import math\n"),
        {"piecewise": 6.0, "plot_piecewise": 0.0},  # drawing it over the whole interval fails as well
        diagnosed={"piecewise": "fails_in_the_interval", "plot_piecewise": "raised_ValueError"},
    ),
    Sample(
        "own_break_missed",
        own("abs(x - 1) + abs(x + 2)", "np.sign(x - 1) + np.sign(x + 2)", "[1.0]"),
        {"piecewise": 6.0},
        diagnosed={"piecewise": "break_missed"},
    ),
    Sample(
        "own_without_break",
        own("x**2", "2 * x", "[0.0]"),
        {"piecewise": 3.0},
        diagnosed={"piecewise": "no_break"},
    ),
    Sample(
        "own_gradient_wrong",
        with_mistake("piecewise", "gradient_differs"),
        {"piecewise": 6.0},
        diagnosed={"piecewise": "gradient_differs"},
    ),
    Sample(
        "no_gradient_yet",
        no_gradient_yet,
        {"piecewise": 6.0, "plot_piecewise": 0.0},
        diagnosed={"piecewise": "not_written"},
    ),
    Sample("plot_with_state", plot_with_state),
    Sample(
        "plot_without_labels",
        with_mistake("plot_piecewise", "no_x_label"),
        {"plot_piecewise": 3.0},
        diagnosed={"plot_piecewise": "no_x_label"},
    ),
    Sample(
        "plot_without_marks",
        with_mistake("plot_piecewise", "break_not_marked"),
        {"plot_piecewise": 3.0},
        diagnosed={"plot_piecewise": "break_not_marked"},
    ),
    Sample("not_json", not_json, all_lost=True),
    Sample("cells_deleted", cells_deleted),
)
