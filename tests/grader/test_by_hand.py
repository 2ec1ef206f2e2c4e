"""By hand means by hand: what lets a machine differentiate is found, and honest work costs nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from handgrad import references
from handgrad.building import build
from handgrad.judging.exercise import Exercise
from handgrad.notebooks.by_hand import Code, breach
from handgrad.references import Assignment
from tests.conftest import ROOT

GRADIENT = Exercise(name="grads", run=lambda: {}, parts={"dW": "(n,)"}, solution=("grads",), uses=("sigmoid",))

BREACHES = {
    "torch.autograd.grad": """
import torch
def grads(W, X):
    w = torch.tensor(W)
    return torch.autograd.grad(loss(w, X), w)[0].numpy()
""",
    "requires_grad": """
import torch as t
def grads(W, X):
    w = t.tensor(W, requires_grad=True)
    loss(w, X).backward()
    return w.grad.numpy()
""",
    "requires_grad_ in a helper": """
def by_machine(W):
    import torch
    w = torch.tensor(W).requires_grad_()
    (w * w).sum().backward()
    return w.grad
def grads(W, X):
    return by_machine(W)
""",
    "torch.func": """
from torch.func import grad as d
def grads(W, X):
    return d(loss)(W)
""",
    "jax": """
import jax
def grads(W, X):
    return jax.grad(loss)(W)
""",
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
    "in place, under names": """
def grads(W, X, eps=1e-5):
    W = W.copy()
    out = np.zeros_like(W)
    for i in np.ndindex(W.shape):
        W[i] += eps
        up = loss(W, X)
        W[i] -= 2 * eps
        down = loss(W, X)
        W[i] += eps
        out[i] = (up - down) / (2 * eps)
    return out
def loss(W, X):
    return (W @ X) ** 2
""",
    "forward difference with a number": """
def grads(W, X):
    base = loss(W, X)
    return np.array([(loss(W + 1e-7 * e, X) - base) / 1e-7 for e in np.eye(len(W))])
def loss(W, X):
    return (W @ X) ** 2
""",
    "times the inverse of the step": """
def grads(W, X):
    h = 1e-6
    return np.array([(loss(W + h * e, X) - loss(W - h * e, X)) * (0.5 / h) for e in np.eye(len(W))])
def loss(W, X):
    return (W @ X) ** 2
""",
    "a vector, with the upstream gradient": """
def grads(W, X, up):
    h = 1e-6
    f = lambda w: np.tanh(w * X)
    return np.sum((f(W + h) - f(W - h)) * up) / (2 * h)
""",
    "a helper that is handed the function": """
def numerical(f, x, h=1e-5):
    g = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        a = f(x)
        x[i] = old - h
        b = f(x)
        x[i] = old
        g[i] = (a - b) / (2 * h)
    return g
def grads(W, X):
    return numerical(lambda w: (w @ X) ** 2, W.copy())
""",
    "an alias": """
def numerical(f, x, h=1e-5):
    return (f(x + h) - f(x - h)) / (2 * h)
slope = numerical
def grads(W, X):
    return slope(lambda w: w @ X, W)
""",
    "the solution is made by autograd": """
import jax
def loss(W, X):
    return (W @ X) ** 2
grads = jax.grad(loss)
""",
    "complex step": """
def grads(W, X):
    h = 1e-30
    return np.array([loss(W + 1j * h * e, X).imag / h for e in np.eye(len(W))])
def loss(W, X):
    return (W @ X) ** 2
""",
    "complex step with a number": """
def grads(W, X):
    return np.array([np.imag(0) + loss(W + 1e-20j * e, X).imag / 1e-20 for e in np.eye(len(W))])
def loss(W, X):
    return (W @ X) ** 2
""",
    "np.gradient": """
def grads(W, X):
    return np.gradient(W)
""",
    "scipy": """
from scipy.optimize import approx_fprime
def grads(W, X):
    return approx_fprime(W, loss)
""",
    "a class": """
class Net:
    def __init__(self, W):
        self.W = W
    def loss(self, X):
        return (self.W @ X) ** 2
    def backward(self, X):
        h, out = 1e-6, np.zeros_like(self.W)
        for i in range(len(self.W)):
            self.W[i] += h
            plus = self.loss(X)
            self.W[i] -= 2 * h
            minus = self.loss(X)
            self.W[i] += h
            out[i] = (plus - minus) / (2 * h)
        return out
def grads(W, X):
    return Net(W).backward(X)
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


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_is_found(name: str) -> None:
    assert breach(GRADIENT, Code([BREACHES[name]])) is not None


@pytest.mark.parametrize("name", HONEST)
def test_honest_work_costs_nothing(name: str) -> None:
    assert breach(GRADIENT, Code([HONEST[name]])) is None


def test_an_exercise_that_asks_for_it_may_do_it() -> None:
    exercise = dataclasses.replace(GRADIENT, by_hand=False)
    assert breach(exercise, Code([BREACHES["central difference"]])) is None


def test_a_huge_or_deep_definition_is_not_by_hand() -> None:
    huge = "def grads(W, X):\n    " + "; ".join(["x = 1"] * 20_000)
    deep = "def grads(W, X):\n    return (f(W) - f(X))" + " * 1" * 2000 + " / h\n"
    for text, word in ((huge, "too long"), (deep, "too deeply")):
        found = breach(GRADIENT, Code([text]))
        assert found is not None
        assert word in found.what


@pytest.mark.parametrize("name", build.assignments(ROOT))
def test_the_corpus_of_right_solutions_is_by_hand(load: Callable[[str], Assignment], name: str) -> None:
    assignment = load(name)
    folder = ROOT / "grader_tests" / name / "right"
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.py")}
    assert texts
    texts["model"] = references.model_source(assignment, assignment.model)
    found = {
        (file, exercise.name): breach(exercise, Code([text]))
        for file, text in texts.items()
        for exercise in assignment.exercises.values()
    }
    assert {key: value for key, value in found.items() if value} == {}
