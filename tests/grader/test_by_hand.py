"""By hand means by hand: what an approximation costs tells it, and honest work costs nothing, however it is written."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from handgrad import references
from handgrad.building import build
from handgrad.grading import trial
from handgrad.judging.exercise import Exercise
from handgrad.notebooks.by_hand import Code, read
from handgrad.references import Assignment
from tests.conftest import ROOT

GRADIENT = Exercise(name="grads", run=lambda: {}, parts={"dW": "(n,)"}, solution=("grads",), uses=("sigmoid",))

BY_AUTOGRAD = {
    "torch.autograd.grad": """
import torch
def grads(W, X):
    w = torch.tensor(W)
    return torch.autograd.grad(loss(w, X), w)[0].numpy()
""",
    "torch.func, imported by another name": """
from torch.func import grad as d
def grads(W, X):
    return d(loss)(W)
""",
    "jax in a helper": """
import jax
def by_machine(W):
    return jax.grad(loss)(W)
def grads(W, X):
    return by_machine(W)
""",
}

DIFFERENCES = {
    "central difference": """
def loss(W, X):
    return (W @ X) ** 2
def grads(W, X):
    h = 1e-6
    out = np.zeros_like(W)
    for i in range(len(W)):
        step = np.zeros_like(W)
        step[i] = h
        out[i] = (loss(W + step, X) - loss(W - step, X)) / (2 * h)
    return out
""",
    "another library's": """
from scipy.optimize import approx_fprime
def grads(W, X):
    return approx_fprime(W, lambda w: (w @ X) ** 2, 1e-6)
""",
}

HONEST = {
    "a comment and a string": '''
def grads(W, X):
    """Not torch.autograd.grad, and not (f(x + h) - f(x - h)) / (2 * h)."""
    # loss.backward() would do it
    return 2 * (W @ X) * X
''',
    "a comparison in another cell": """
import torch
def grads(W, X):
    return 2 * (W @ X) * X
w = torch.tensor([1.0], requires_grad=True)
(w * w).sum().backward()
def central_difference(f, x, h=1e-5):
    return (f(x + h) - f(x - h)) / (2 * h)
print(central_difference(lambda w: w * w, 3.0), grads)
""",
    "torch without autograd": """
import torch
def grads(W, X):
    return (2 * (torch.tensor(W) @ torch.tensor(X)) * torch.tensor(X)).numpy()
""",
    "a backward method of one's own": """
class Layer:
    def backward(self, up):
        return up * 2
def grads(W, X):
    return Layer().backward(W)
""",
    "softmax": """
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
def grads(W, X):
    N = len(X)
    return (softmax(W) - X) / N
""",
    "tanh from exponentials": """
def tanh(z):
    return (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))
def grads(W, X):
    return 1 - tanh(W) ** 2
""",
    "a difference of two losses over N": """
def loss(p, y):
    return (p - y) ** 2
def grads(W, X):
    N = len(X)
    return (loss(W, X) - loss(W, 0)) / N
""",
    "an epsilon against division by 0": """
def norm(v):
    return np.sqrt((v**2).sum())
def grads(W, X, eps=1e-12):
    return W * min(1, 1 / (norm(W) + eps))
""",
    "a complex number in polar coordinates": """
def grads(W, X):
    point = W * np.exp(1j * X)
    return point.imag / W
""",
    "another exercise's solution": """
def sigmoid(z):
    return (antiderivative(z + 1e-6) - antiderivative(z - 1e-6)) / 2e-6
def grads(W, X):
    return sigmoid(W) * (1 - sigmoid(W))
""",
    "a variable with the name of another cell's result": """
def numerical(f, x, h=1e-5):
    return (f(x + h) - f(x - h)) / (2 * h)
loss = numerical(lambda w: w * w, 3.0)
step, out = numerical(loss, 1.0), 0
def grads(W, X):
    loss = (W @ X) ** 2
    def inner(step):
        return step + loss
    out = inner(W)
    return 2 * out
""",
    "a method with the name of another function": """
def backward(f, x, h=1e-5):
    return (f(x + h) - f(x - h)) / (2 * h)
class Layer:
    def backward(self, up):
        return up * 2
def grads(W, X):
    return Layer().backward(W)
""",
    "no Python at all": "def grads(W, X):\n    return (",
}


@pytest.mark.parametrize("name", BY_AUTOGRAD)
def test_a_call_of_an_autograd_by_its_name_is_found(name: str) -> None:
    found = read(GRADIENT, Code([BY_AUTOGRAD[name]])).autograd
    assert found is not None
    assert "leaves the derivative to autograd" in found.by_autograd


@pytest.mark.parametrize("name", DIFFERENCES)
def test_what_looks_numerical_is_a_flag_alone(name: str) -> None:
    code = Code([DIFFERENCES[name]])
    assert read(GRADIENT, code).autograd is None
    assert read(GRADIENT, code).numerical is not None


@pytest.mark.parametrize("name", HONEST)
def test_honest_work_is_not_even_flagged(name: str) -> None:
    code = Code([HONEST[name]])
    assert read(GRADIENT, code).autograd is None
    assert read(GRADIENT, code).numerical is None


def test_an_exercise_that_asks_for_it_may_do_it() -> None:
    exercise = dataclasses.replace(GRADIENT, by_hand=False)
    assert read(exercise, Code([BY_AUTOGRAD["torch.autograd.grad"]])).autograd is None
    assert read(exercise, Code([DIFFERENCES["central difference"]])).numerical is None


@pytest.mark.parametrize("name", build.assignments(ROOT))
def test_no_right_solution_is_flagged(load: Callable[[str], Assignment], name: str) -> None:
    assignment = load(name)
    texts = {path.name: path.read_text(encoding="utf-8") for path in assignment.folder.glob("right/*.py")}
    assert texts
    texts["model"] = references.model_source(assignment, assignment.model)
    for file, text in texts.items():
        code = Code([text])
        for exercise in assignment.exercises.values():
            assert read(exercise, code).autograd is None, (file, exercise.name)
            assert read(exercise, code).numerical is None, (file, exercise.name)


# -- what it costs -----------------------------------------------------------------------------------

SOFTMAX = """
import numpy as np


def softmax_loss(scores, labels):
    s = scores - scores.max(axis=1, keepdims=True)
    rows = np.arange(len(scores))
    loss = (np.log(np.exp(s).sum(axis=1)) - s[rows, labels]).sum() / len(scores)
    {gradient}
    return loss, grad
"""

TEXTBOOK = """grad = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    grad[rows, labels] -= 1
    grad = grad / len(scores)"""

ONE_BY_ONE = """
    ways = {"slope": lambda f, at: (f(at) - f(-at)) / (2 * at)}
    def moved(index, by):
        changed = scores.copy()
        changed[index] += by
        s = changed - changed.max(axis=1, keepdims=True)
        return (np.log(np.exp(s).sum(axis=1)) - s[rows, labels]).mean()
    grad = np.zeros(scores.shape)
    for index in np.ndindex(*scores.shape):
        grad[index] = ways["slope"](lambda by, index=index: moved(index, by), 1e-5)"""


def scored(folder: Path, assignment: Assignment, source: str, name: str) -> dict[str, tuple[str, ...] | None]:
    """Return for each part of an exercise None where it is right, and the names of what was found where it is wrong."""
    path = folder / "solution.py"
    path.write_text(source, encoding="utf-8")
    verdict = trial.verdicts(assignment, path, 30)[name]
    return {part.name: None if part.right else tuple(f.name for f in part.findings) for part in verdict.parts}


def test_a_textbook_softmax_loss_keeps_its_points(tmp_path: Path, load: Callable[[str], Assignment]) -> None:
    found = scored(tmp_path, load("mlp_backprop"), SOFTMAX.format(gradient=TEXTBOOK), "softmax_loss")
    assert set(found.values()) == {None}


def test_differences_lose_the_gradient_and_keep_the_loss(tmp_path: Path, load: Callable[[str], Assignment]) -> None:
    found = scored(tmp_path, load("mlp_backprop"), SOFTMAX.format(gradient=ONE_BY_ONE), "softmax_loss")
    assert found == {"loss": None, "grad_scores": ("too_slow",), "arguments unchanged": None}


def test_a_small_exercise_asks_for_the_accuracy_of_a_formula(tmp_path: Path, load: Callable[[str], Assignment]) -> None:
    f = "import numpy as np\ndef f(x):\n    return 3 * x[0] ** 2 + 5 * np.exp(x[1])\n"
    slope = (
        "def gradient_f(x):\n    e = np.eye(2) * 1e-5\n    return np.array([(f(x + d) - f(x - d)) / 2e-5 for d in e])\n"
    )
    formula = "def gradient_f(x):\n    return np.array([6 * x[0], 5 * np.exp(x[1])])\n"
    found = scored(tmp_path, load("chain_rule"), f + slope, "gradient_f")
    assert "approximated" in [name for names in found.values() for name in names or ()]
    assert set(scored(tmp_path, load("chain_rule"), f + formula, "gradient_f").values()) == {None}


def test_what_is_missing_at_grading_costs_only_what_uses_it(tmp_path: Path, load: Callable[[str], Assignment]) -> None:
    """A file that imports PyTorch to compare with keeps its points; an exercise that uses it is told why not."""
    beside = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n"
    beside += "try:\n    torch.tensor([1.0])\nexcept ImportError:\n    pass\n"
    found = scored(tmp_path, load("mlp_backprop"), beside + SOFTMAX.format(gradient=TEXTBOOK), "softmax_loss")
    assert set(found.values()) == {None}
    uses = beside + "def softmax_loss(scores, labels):\n    return torch.tensor(scores), labels\n"
    found = scored(tmp_path, load("mlp_backprop"), uses, "softmax_loss")
    assert found["loss"] == ("raised_ModuleNotFoundError",)
