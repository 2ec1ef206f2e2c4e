"""What a gradient by hand costs on each large case, and what differences would: ``python benchmarks/by_hand.py``.

For each exercise the processor's time of the model solution, of the slowest right solution in the corpus, of plain
loops, and the budget that follows from them; and beside it the time of central differences, which is two forward
passes for each parameter. A forward pass is timed here in its fastest form, vectorised and without anything around it.
"""

from __future__ import annotations

import copy
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from handgrad import references
from handgrad.grading.times import patience
from handgrad.judging.arrays import leaves
from handgrad.judging.exercise import Case, Exercise, steps
from handgrad.references import Assignment
from handgrad.references.right import right_solutions

ASSIGNMENTS = ("chain_rule", "mlp_backprop", "mlp_training", "vanishing_gradients", "lstm_2d")
PASSES = 100
SEED = 1

Array = np.ndarray[Any, Any]


# -- the forward pass of each, as fast as it can be ------------------------------------------------


def _cross_entropy(scores: Array, labels: Array) -> Any:
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(labels)), labels])


def _sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def _two_layer(params: Any, X: Array, labels: Array, reg: float) -> Any:
    scores = np.maximum(X @ params["W1"] + params["b1"], 0) @ params["W2"] + params["b2"]
    penalty = sum(np.vdot(params[name], params[name]) for name in ("W1", "W2"))
    return _cross_entropy(scores, labels) + reg * penalty


def _mlp(params: Any, X: Array, labels: Array, activation: str) -> Any:
    for W, b in params[:-1]:
        X = np.tanh(X @ W + b)
    return _cross_entropy(X @ params[-1][0] + params[-1][1], labels)


def _rnn(params: Any, xs: Array, h0: Array, **upstream: Array) -> Any:
    inputs, h = xs @ params["Wx"].T + params["b1"], h0
    for x in inputs:
        h = np.tanh(x + params["Ws"] @ h)
    return h.sum()


def _gates(params: Any, dimension: str, u: Array, c: Array | float) -> tuple[Array, Array]:
    f, i, o = (_sigmoid(params[f"W{gate}_{dimension}"] @ u + params[f"b{gate}_{dimension}"]) for gate in "fio")
    cell = f * c + i * np.tanh(params[f"Wc_{dimension}"] @ u + params[f"bc_{dimension}"])
    return o * np.tanh(cell), cell


def _cell(params: Any, inputs: Any, **upstream: Array) -> Any:
    u = np.concatenate([inputs[name] for name in ("h_t", "x_t", "h_d", "x_d")])
    return sum(out.sum() for d in "td" for out in _gates(params, d, u, inputs[f"c_{d}"]))


def _grid(params: Any, X: Array, **upstream: Array) -> Any:
    H = len(params["bf_t"])
    nodes: dict[tuple[int, int], Any] = {}
    border = ((np.zeros(H), np.zeros(H)),) * 2
    for t, s in np.ndindex(X.shape[:2]):
        (h_t, c_t), (h_d, c_d) = nodes.get((t - 1, s), border)[0], nodes.get((t, s - 1), border)[1]
        u = np.concatenate([h_t, X[t, s], h_d, X[t, s]])
        nodes[t, s] = (_gates(params, "t", u, c_t), _gates(params, "d", u, c_d))
    return sum(h.sum() for node in nodes.values() for h, _ in node)


def _md_cell(params: Any, inputs: Any, **upstream: Array) -> Any:
    u = np.concatenate([inputs[name] for name in ("h_up", "h_left", "x")])
    i, f1, f2, o = (_sigmoid(params[f"W{gate}"] @ u + params[f"b{gate}"]) for gate in ("i", "f1", "f2", "o"))
    c = f1 * inputs["c_up"] + f2 * inputs["c_left"] + i * np.tanh(params["Wc"] @ u + params["bc"])
    return (o * np.tanh(c)).sum()


FORWARD: Mapping[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "tanh_layer_backward": (lambda x, W, b, dL_dy: np.sum(np.tanh(x @ W.T + b) * dL_dy), ("W",)),
    "softmax_cross_entropy_backward": (_cross_entropy, ("logits",)),
    "Matmul": (lambda x, W, grad_y, **_: np.sum(x @ W * grad_y), ("W",)),
    "softmax_loss": (_cross_entropy, ("scores",)),
    "two_layer_loss": (_two_layer, ("params",)),
    "mlp_gradients": (_mlp, ("params",)),
    "LinearFunction": (lambda x, weight, bias, grad_y, **_: np.sum((x @ weight.T + bias) * grad_y), ("weight",)),
    "CrossEntropyFunction": (lambda logits, labels, grad_loss: _cross_entropy(logits, labels), ("logits",)),
    "rnn_backward": (_rnn, ("params",)),
    "step_contributions": (_rnn, ()),
    "cell_backward": (_cell, ("params",)),
    "grid_backward": (_grid, ("params",)),
    "md_cell_backward": (_md_cell, ("params",)),
}
"""For each exercise its forward pass, and the inputs that it is differentiated by."""


def numbers_asked(name: str, case: Case) -> int:
    """Return how many numbers a gradient has in a case."""
    if name == "step_contributions":
        return len(case["xs"]) * case["params"]["Wx"].size
    _, inputs = FORWARD[name]
    return sum(np.size(leaf) for key in inputs for _, leaf in leaves(case[key]))


def forward_seconds(name: str, case: Case) -> float:
    """Return how long one forward pass takes."""
    forward, _ = FORWARD[name]
    arguments = {key: value for key, value in case.items() if key not in ("older_x", "older_W")}
    if name == "softmax_loss":
        arguments = {"scores": case["scores"], "labels": case["labels"]}
    elif name == "softmax_cross_entropy_backward":
        arguments = {"scores": case["logits"], "labels": case["labels"]}
    forward(**arguments)
    began = time.process_time()
    for _ in range(PASSES):
        forward(**arguments)
    return (time.process_time() - began) / PASSES


# -- right solutions ---------------------------------------------------------------------------------


def seconds(assignment: Assignment, exercise: Exercise, source: str, case: Case) -> float:
    """Return how much of the processor's time a solution takes for a case, at its second run."""
    namespace: dict[str, Any] = {}
    exec(compile(references.model_source(assignment, assignment.model) + "\n\n" + source, "<right>", "exec"), namespace)
    solution = [namespace[name] for name in exercise.solution]
    taken = 0.0
    for _ in range(2):
        inputs = copy.deepcopy(case)
        began = time.process_time()
        for _ in steps(exercise.run(*solution, **inputs)):
            pass
        taken = time.process_time() - began
    return taken


def main() -> None:
    """Print the table, as Markdown."""
    print("| exercise | numbers | formulas | slowest right solution | loops | budget | differences | × budget |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for assignment in map(references.load, sys.argv[1:] or ASSIGNMENTS):
        loops = references.loops_seconds(assignment)
        for name, exercise in assignment.exercises.items():
            if exercise.large is None:
                continue
            case = exercise.large.draw(np.random.default_rng(SEED))
            sources = {"model": assignment.model[name], **right_solutions(assignment, name)}
            taken = {style: seconds(assignment, exercise, source, case) for style, source in sources.items()}
            slowest = max(taken, key=taken.__getitem__)
            count, budget = numbers_asked(name, case), patience(loops[name])
            differences = 2 * count * forward_seconds(name, case)
            cells = [
                f"`{name}`",
                f"{count:,}",
                f"{1000 * taken['model']:.1f} ms",
                f"{1000 * taken[slowest]:.0f} ms ({slowest})",
                f"{1000 * loops[name]:.0f} ms",
                f"{budget:.1f} s",
                f"{differences:.0f} s",
                f"{differences / budget:.0f}",
            ]
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
