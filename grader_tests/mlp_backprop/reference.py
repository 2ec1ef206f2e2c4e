"""References of mlp_backprop: forward passes and hidden cases.

Inputs and weights lie on a grid of sixteenths, so that sums of products are exact in float32
too and an answer computed there loses little. ReLU networks are drawn until no input lies near
the kink and each side of it is met.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from handgrad.assignments.mlp_backprop.exercises import NETWORK
from handgrad.judging.exercise import Case
from handgrad.references import PerExample, Reference
from handgrad.references.derivative import gradient, gradients

Array = np.ndarray[Any, Any]
Generator = np.random.Generator

# -- drawing -----------------------------------------------------------------------------------


def grid(rng: Generator, *shape: int) -> Array:
    """Draw numbers of order 1, none of them 0, on a grid of sixteenths."""
    values = np.round(rng.normal(size=shape) * 16) / 16
    return np.where(values == 0, 1 / 16, values)


def draw_until(good: Callable[[Case], bool], make: Callable[[], Case]) -> Case:
    """Draw again until a case is good."""
    for _ in range(2000):
        case = make()
        if good(case):
            return case
    raise RuntimeError("no good case in 2000 draws")


def labels_of(rng: Generator, n: int, c: int) -> Array:
    """Draw n labels of c classes, every class among them where n allows."""
    some = np.concatenate([np.arange(c), rng.integers(0, c, size=max(0, n - c))])[:n]
    return rng.permutation(some)


# -- forward passes, for real and complex numbers -----------------------------------------------


def relu(z: Array) -> Array:
    return np.where(z.real > 0, z, 0)


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


ACTIVATION: dict[str, Callable[[Array], Array]] = {"relu": relu, "tanh": np.tanh, "sigmoid": sigmoid}


def cross_entropy(scores: Array, labels: Array) -> Any:
    """Return the mean over the rows of −log softmax(scores)[label]."""
    shifted = scores - scores.real.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(labels)), labels])


def small_network_scores(params: dict[str, Array], X: Array) -> Array:
    hidden = sigmoid(X @ params["layer1.weight"].T + params["layer1.bias"])
    return hidden @ params["layer2.weight"].T + params["layer2.bias"]


def two_layer(params: dict[str, Array], X: Array, activation: str = "relu") -> tuple[Array, Array]:
    hidden = ACTIVATION[activation](X @ params["W1"] + params["b1"])
    return hidden @ params["W2"] + params["b2"], hidden


def sigmoid_network(params: dict[str, Array], x: Array) -> Any:
    first = sigmoid(x @ params["W1"] + params["b1"])
    second = sigmoid(first @ params["W2"] + params["b2"])
    return (second @ params["W3"] + params["b3"])[0]


def mlp_scores(params: list[tuple[Array, Array]], X: Array, activation: str) -> Array:
    for W, b in params[:-1]:
        X = ACTIVATION[activation](X @ W + b)
    W, b = params[-1]
    return X @ W + b


# -- Matmul ------------------------------------------------------------------------------------


def _matmul_case(rng: Generator, n: int, d: int, e: int) -> Case:
    return {
        "x": grid(rng, n, d),
        "W": grid(rng, d, e),
        "grad_y": grid(rng, n, e),
        "older_x": grid(rng, n, d),
        "older_W": grid(rng, d, e),
    }


def matmul_cases(rng: Generator) -> dict[str, Case]:
    return {
        "sizes all different": _matmul_case(rng, 5, 3, 4),
        "everything square": _matmul_case(rng, 4, 4, 4),
        "one example": _matmul_case(rng, 1, 3, 2),
        "a column": _matmul_case(rng, 6, 2, 1),
    }


def matmul_expected(x: Array, W: Array, grad_y: Array, older_x: Array, older_W: Array) -> dict[str, Array]:
    return {
        "y": x @ W,
        "grad_x": gradient(lambda z: np.sum(z @ W * grad_y), x),
        "grad_W": gradient(lambda z: np.sum(x @ z * grad_y), W),
    }


MATMUL = Reference(
    cases=matmul_cases,
    expected=matmul_expected,
    public=("sizes all different", "everything square"),
    per_example=PerExample(("x", "grad_y", "older_x"), mean=False),
)

# -- Relu --------------------------------------------------------------------------------------


def _relu_case(rng: Generator, n: int, d: int, zeros: bool = False) -> Case:
    def make() -> Case:
        x = grid(rng, n, d)
        if zeros:
            x.ravel()[:: x.size // 3] = 0
        return {"x": x, "grad_y": grid(rng, n, d)}

    def good(case: Case) -> bool:
        # each sign of x meets each sign of grad_y, or one mask could stand for the other
        return all(np.any((a * case["x"] > 0) & (b * case["grad_y"] > 0)) for a in (1, -1) for b in (1, -1))

    return draw_until(good, make)


def relu_cases(rng: Generator) -> dict[str, Case]:
    return {
        "both signs": _relu_case(rng, 5, 3),
        "zeros among the inputs": _relu_case(rng, 4, 6, zeros=True),
        "square, with zeros": _relu_case(rng, 4, 4, zeros=True),
        "square": _relu_case(rng, 4, 4),
    }


def relu_expected(x: Array, grad_y: Array) -> dict[str, Array]:
    return {"y": relu(x), "grad_x": gradient(lambda z: np.sum(relu(z) * grad_y), x)}


RELU = Reference(
    cases=relu_cases,
    expected=relu_expected,
    public=("both signs",),
)

# -- softmax_loss ------------------------------------------------------------------------------


def _scores_case(rng: Generator, n: int, c: int, scale: float = 1.0) -> Case:
    return {"scores": grid(rng, n, c) * scale, "labels": labels_of(rng, n, c)}


def softmax_loss_cases(rng: Generator) -> dict[str, Case]:
    return {
        "more examples than classes": _scores_case(rng, 7, 4),
        "square": _scores_case(rng, 4, 4),
        "one example": _scores_case(rng, 1, 5),
        "scores of 1000": _scores_case(rng, 6, 3, 1024.0),
        "scores of -1000": {**_scores_case(rng, 5, 4), "scores": grid(rng, 5, 4) - 1024.0},
    }


def softmax_loss_expected(scores: Array, labels: Array) -> dict[str, Array]:
    return {
        "loss": cross_entropy(scores, labels),
        "grad_scores": gradient(lambda z: cross_entropy(z, labels), scores),
    }


SOFTMAX_LOSS = Reference(
    cases=softmax_loss_cases,
    expected=softmax_loss_expected,
    public=("more examples than classes", "scores of 1000"),
)

# -- the 2-2-3 network -------------------------------------------------------------------------

WORKED_X = np.array(
    [
        [0.1255376935005188, 0.5376683473587036],
        [0.6563868522644043, 0.03651010990142822],
        [0.5836713314056396, 0.7017909288406372],
        [0.30675286054611206, 0.9500036835670471],
        [0.4321429133415222, 0.29460376501083374],
        [0.6015250086784363, 0.17615348100662231],
        [0.9945493340492249, 0.31765472888946533],
        [0.9885742664337158, 0.3911069631576538],
    ]
)
WORKED_LABELS = np.array([0, 2, 2, 0, 2, 2, 0, 1])
WORKED_PARAMS = {
    "layer1.weight": np.array([[0.48, -0.51], [-0.43, -0.48]]),
    "layer1.bias": np.array([0.23, 0.05]),
    "layer2.weight": np.array([[-0.99, -0.66], [0.36, 0.34], [-0.75, 0.66]]),
    "layer2.bias": np.array([0.32, -0.44, 0.7]),
}


def _small_case(rng: Generator, scale: float = 1.0) -> Case:
    params = {
        "layer1.weight": grid(rng, 2, 2),
        "layer1.bias": grid(rng, 2),
        "layer2.weight": grid(rng, 3, 2) * scale,
        "layer2.bias": grid(rng, 3),
    }
    return {"params": params, "X": grid(rng, 8, 2), "labels": labels_of(rng, 8, 3)}


def small_network_cases(rng: Generator) -> dict[str, Case]:
    return {
        "the worked example": {"params": WORKED_PARAMS, "X": WORKED_X, "labels": WORKED_LABELS},
        "other weights": _small_case(rng),
        "other weights again": _small_case(rng),
        "scores of 1000": _small_case(rng, 1024.0),
    }


def small_network_expected(params: dict[str, Array], X: Array, labels: Array) -> dict[str, Array]:
    def loss(p: dict[str, Array]) -> Any:
        return cross_entropy(small_network_scores(p, X), labels)

    return {"loss": loss(params), **gradients(loss, params)}


SMALL_NETWORK_GRADIENTS = Reference(
    cases=small_network_cases,
    expected=small_network_expected,
    public=("the worked example", "other weights"),
    per_example=PerExample(("X", "labels")),
)

# -- the two-layer network -----------------------------------------------------------------------


def _apart(X: Array, W1: Array, b1: Array) -> bool:
    """Say whether inputs keep away from the kink of ReLU, and each unit meets both sides of it."""
    z = X @ W1 + b1
    away = bool(np.abs(z).min() > 1e-2 * np.abs(z).max() / 16)
    if len(X) == 1:
        return away and bool((z > 0).any() and (z < 0).any())
    return away and bool((z > 0).any(axis=0).all() and (z < 0).any(axis=1).any() and (z < 0).mean() > 0.2)


def _network_case(rng: Generator, n: int, d: int, h: int, c: int, scale: float = 1.0, reg: float | None = None) -> Case:
    def make() -> Case:
        params = {"W1": grid(rng, d, h), "b1": grid(rng, h), "W2": grid(rng, h, c), "b2": grid(rng, c)}
        case = {"params": params, "X": grid(rng, n, d) * scale, "labels": labels_of(rng, n, c)}
        return case if reg is None else {**case, "reg": reg}

    def good(case: Case) -> bool:
        params = case["params"]
        if not _apart(case["X"], params["W1"], params["b1"]):
            return False
        scores, _ = two_layer(params, case["X"])
        # a row whose softmax is exactly 0 and 1 at its label would pass on no gradient
        wrong = scores.argmax(axis=1) != case["labels"]
        return (scale == 1.0 or (np.abs(scores).max() > 800 and wrong.sum() >= 2)) and bool((scores < 0).any())

    return draw_until(good, make)


def two_layer_forward_cases(rng: Generator) -> dict[str, Case]:
    shapes = {
        "sizes all different": (7, 4, 5, 3),
        "everything square": (4, 4, 4, 4),
        "one example": (1, 3, 6, 2),
        "more classes than hidden units": (6, 5, 3, 4),
    }
    cases = {label: _network_case(rng, *shape) for label, shape in shapes.items()}
    return {label: {"params": case["params"], "X": case["X"]} for label, case in cases.items()}


def two_layer_forward_expected(params: dict[str, Array], X: Array) -> dict[str, Array]:
    scores, hidden = two_layer(params, X)
    return {"scores": scores, "hidden": hidden}


TWO_LAYER_FORWARD = Reference(
    cases=two_layer_forward_cases,
    expected=two_layer_forward_expected,
    public=("sizes all different", "everything square"),
)


def two_layer_loss_cases(rng: Generator) -> dict[str, Case]:
    return {
        "sizes all different": _network_case(rng, 7, 4, 5, 3, reg=0.5),
        "everything square": _network_case(rng, 4, 4, 4, 4, reg=0.25),
        "scores of 1000": _network_case(rng, 6, 3, 5, 4, scale=256.0, reg=0.125),
        "no regularisation": _network_case(rng, 6, 5, 3, 2, reg=0.0),
        "more regularisation": _network_case(rng, 5, 3, 6, 4, reg=2.0),
    }


def two_layer_loss_expected(params: dict[str, Array], X: Array, labels: Array, reg: float) -> dict[str, Array]:
    def loss(p: dict[str, Array]) -> Any:
        return cross_entropy(two_layer(p, X)[0], labels) + reg * (np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2))

    return {"loss": loss(params), **gradients(loss, params)}


TWO_LAYER_LOSS = Reference(
    cases=two_layer_loss_cases,
    expected=two_layer_loss_expected,
    public=("sizes all different", "everything square"),
    per_example=PerExample(("X", "labels"), without=("reg",)),
)

# -- the 2-10-10-1 network -----------------------------------------------------------------------


def _sigmoid_case(rng: Generator, low: float = 0.0) -> Case:
    params = {
        "W1": grid(rng, 2, 10),
        "b1": grid(rng, 10),
        "W2": grid(rng, 10, 10) / 2,
        "b2": grid(rng, 10),
        "W3": grid(rng, 10, 1),
        "b3": grid(rng, 1),
    }
    x = np.round(rng.uniform(low, 1, size=2) * 64) / 64
    return {"params": params, "x": x, "y": float((x**2).sum() / 2)}


def sigmoid_network_cases(rng: Generator) -> dict[str, Case]:
    return {
        "a point of the unit square": _sigmoid_case(rng),
        "another point": _sigmoid_case(rng),
        "other weights": _sigmoid_case(rng),
        "outside the unit square": _sigmoid_case(rng, low=-2.0),
    }


def sigmoid_network_expected(params: dict[str, Array], x: Array, y: float) -> dict[str, Array]:
    def loss(p: dict[str, Array]) -> Any:
        return (sigmoid_network(p, x) - y) ** 2

    return {"loss": loss(params), **gradients(loss, params)}


SIGMOID_NETWORK_GRADIENTS = Reference(
    cases=sigmoid_network_cases,
    expected=sigmoid_network_expected,
    public=("a point of the unit square", "other weights"),
)

# -- any depth -----------------------------------------------------------------------------------


def _deep_case(rng: Generator, n: int, sizes: tuple[int, ...], activation: str, scale: float = 1.0) -> Case:
    def make() -> Case:
        params = [(grid(rng, a, b), grid(rng, b)) for a, b in itertools.pairwise(sizes)]
        if activation != "relu":
            # keep tanh and sigmoid out of saturation, where every mistake looks alike
            params = [(W / 2, b) for W, b in params]
        X = grid(rng, n, sizes[0]) * scale
        return {"params": params, "X": X, "labels": labels_of(rng, n, sizes[-1]), "activation": activation}

    def good(case: Case) -> bool:
        a = case["X"]
        for W, b in case["params"][:-1]:
            if activation == "relu" and not _apart(a, W, b):
                return False
            a = ACTIVATION[activation](a @ W + b)
        W, b = case["params"][-1]
        scores = a @ W + b
        wrong = scores.argmax(axis=1) != case["labels"]
        return scale == 1.0 or bool(np.abs(scores).max() > 800 and wrong.sum() >= 2)

    return draw_until(good, make)


def mlp_cases(rng: Generator) -> dict[str, Case]:
    cases = {}
    for activation in ("relu", "tanh", "sigmoid"):
        cases[f"{activation}, three layers"] = _deep_case(rng, 7, (4, 5, 6, 3), activation)
        cases[f"{activation}, square layers"] = _deep_case(rng, 4, (4, 4, 4, 4), activation)
        cases[f"{activation}, two layers"] = _deep_case(rng, 6, (3, 5, 2), activation)
    cases["one layer"] = _deep_case(rng, 5, (3, 4), "relu")
    cases["relu, scores of 1000"] = _deep_case(rng, 6, (3, 5, 4), "relu", scale=256.0)
    return cases


def mlp_expected(params: list[tuple[Array, Array]], X: Array, labels: Array, activation: str) -> dict[str, Array]:
    def loss(p: list[tuple[Array, Array]]) -> Any:
        return cross_entropy(mlp_scores(p, X, activation), labels)

    def with_layer(layer: int, W: Array, b: Array) -> list[tuple[Array, Array]]:
        return [*params[:layer], (W, b), *params[layer + 1 :]]

    results: dict[str, Array] = {"loss": loss(params)}
    for layer, (W, b) in enumerate(params):
        dW = gradient(lambda z, k=layer, b=b: loss(with_layer(k, z, b)), W)
        db = gradient(lambda z, k=layer, W=W: loss(with_layer(k, W, z)), b)
        if layer == len(params) - 1:
            results |= {"output dW": dW, "output db": db}
        else:
            results |= {f"hidden dW ({activation})[{layer}]": dW, f"hidden db ({activation})[{layer}]": db}
    return results


MLP_GRADIENTS = Reference(
    cases=mlp_cases,
    expected=mlp_expected,
    public=("relu, three layers", "tanh, three layers", "sigmoid, two layers"),
    per_example=PerExample(("X", "labels")),
)

# -- sgd_step ------------------------------------------------------------------------------------


def _step_case(rng: Generator, shapes: dict[str, tuple[int, ...]], rate: float) -> Case:
    return {
        "params": {name: grid(rng, *shape) for name, shape in shapes.items()},
        "grads": {name: grid(rng, *shape) for name, shape in shapes.items()},
        "learning_rate": rate,
    }


def sgd_cases(rng: Generator) -> dict[str, Case]:
    return {
        "a two-layer network": _step_case(rng, {"W1": (4, 5), "b1": (5,), "W2": (5, 3), "b2": (3,)}, 0.125),
        "other names": _step_case(rng, {"layer1.weight": (2, 3), "layer1.bias": (2,)}, 0.5),
        "a rate of 2": _step_case(rng, {"W": (3, 3), "b": (3,)}, 2.0),
    }


def sgd_expected(params: dict[str, Array], grads: dict[str, Array], learning_rate: float) -> dict[str, Array]:
    return {f"updated[{name}]": params[name] - learning_rate * grads[name] for name in params}


SGD_STEP = Reference(
    cases=sgd_cases,
    expected=sgd_expected,
    public=("a two-layer network",),
)

# -- the bug hunt --------------------------------------------------------------------------------


def bug_cases(rng: Generator) -> dict[str, Case]:
    return {
        "sizes all different": _network_case(rng, 7, 4, 5, 3),
        "everything square": _network_case(rng, 4, 4, 4, 4),
        "more examples": _network_case(rng, 9, 3, 6, 2),
    }


def _bug(number: int, activation: str, wrong: set[str]) -> Callable[..., dict[str, Array]]:
    def expected(params: dict[str, Array], X: Array, labels: Array) -> dict[str, Array]:
        def loss(p: dict[str, Array]) -> Any:
            return cross_entropy(two_layer(p, X, activation)[0], labels)

        results = {"loss": loss(params), **gradients(loss, params)}
        choice = np.array([name in wrong for name in NETWORK])
        return {f"wrong_{number}": choice, **{f"mended_{number}[{name}]": value for name, value in results.items()}}

    return expected


BUG_1 = Reference(
    cases=bug_cases,
    expected=_bug(1, "tanh", {"W1", "b1"}),
    public=("sizes all different",),
    per_example=PerExample(("X", "labels")),
)

BUG_2 = Reference(
    cases=bug_cases,
    expected=_bug(2, "relu", {"b1"}),
    public=("sizes all different",),
    per_example=PerExample(("X", "labels")),
)

BUG_3 = Reference(
    cases=bug_cases,
    expected=_bug(3, "sigmoid", {"W2"}),
    public=("sizes all different",),
    per_example=PerExample(("X", "labels")),
)

REFERENCES = {
    "Matmul": MATMUL,
    "Relu": RELU,
    "softmax_loss": SOFTMAX_LOSS,
    "small_network_gradients": SMALL_NETWORK_GRADIENTS,
    "two_layer_forward": TWO_LAYER_FORWARD,
    "two_layer_loss": TWO_LAYER_LOSS,
    "sigmoid_network_gradients": SIGMOID_NETWORK_GRADIENTS,
    "mlp_gradients": MLP_GRADIENTS,
    "sgd_step": SGD_STEP,
    "bug_1": BUG_1,
    "bug_2": BUG_2,
    "bug_3": BUG_3,
}

# Mutants that are right: the change, and the argument why nothing can tell it from the model.
_SYMMETRIC = "the maximum of two numbers does not depend on their order"
_SHIFT = (
    "softmax does not change when one number is added to a whole row; the shift only keeps exp from "
    "overflowing, and the hunt's scores are of order 1"
)
_HUNT_SHIFTS = {
    f"scores: {old} -> {new}": _SHIFT
    for old, new in (
        ("scores - scores.max(axis=1, keepdims=True)", "scores + scores.max(axis=1, keepdims=True)"),
        ("scores - scores.max(axis=1, keepdims=True)", "scores"),
        ("scores.max(axis=1, keepdims=True)", "scores.min(axis=1, keepdims=True)"),
        ("scores.max(axis=1, keepdims=True)", "scores.max(keepdims=True)"),
    )
}
_RELU = "np.maximum(0, X @ params['W1'] + params['b1']) -> np.maximum(X @ params['W1'] + params['b1'], 0)"

EQUAL = {
    "Matmul": dict.fromkeys(
        ("einsum, self.factors: x.copy() -> x", "einsum, self.factors: W.copy() -> W"),
        "nobody changes it between forward and backward",
    ),
    "two_layer_forward": {f"hidden: {_RELU}": _SYMMETRIC},
    "sigmoid_network_gradients": {"loss: prediction - y -> y - prediction": "the difference is squared"},
    "mlp_gradients": {
        "the result: layer > 0 -> layer >= 0": "at layer 0 it only computes a gradient of the input, which nobody uses",
        "the result: a * (1 - a) -> np.multiply(a, 1 - a, out=a)": "a is the network's own, and is not read again",
        "the result: (a > 0) * 1.0 -> (a > 0) / 1.0": "dividing by 1 is multiplying by 1",
        "the result: (a > 0) * 1.0 -> a > 0": "True and False count as 1 and 0 in a product",
        "the result: np.maximum(0, z) -> np.maximum(z, 0)": _SYMMETRIC,
    },
    "bug_1": _HUNT_SHIFTS,
    "bug_2": {**_HUNT_SHIFTS, f"hidden: {_RELU}": _SYMMETRIC},
    "bug_3": _HUNT_SHIFTS,
}
