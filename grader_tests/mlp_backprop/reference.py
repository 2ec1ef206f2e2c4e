"""References of mlp_backprop: forward passes and hidden cases.

Inputs and weights lie on a grid of sixteenths, so that sums of products are exact in float32
too and an answer computed there loses little. ReLU networks are drawn until no input lies near
the kink and each side of it is met.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from handgrad.assignments.mlp_backprop.exercises import NETWORK
from handgrad.judging.exercise import Case
from handgrad.references import SMALLEST, PerExample, Reference
from handgrad.references.again import AGAIN, others, then_again
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
    cases = {
        "sizes all different": _matmul_case(rng, 5, 3, 4),
        "everything square": _matmul_case(rng, 4, 4, 4),
        "one example": _matmul_case(rng, 1, 3, 2),
        "a column": _matmul_case(rng, 6, 2, 1),
    }
    return then_again(cases)


def matmul_expected(x: Array, W: Array, grad_y: Array, older_x: Array, older_W: Array) -> dict[str, Array]:
    return {
        "y": x @ W,
        "grad_x": gradient(lambda z: np.sum(z @ W * grad_y), x),
        "grad_W": gradient(lambda z: np.sum(x @ z * grad_y), W),
    }


MATMUL = Reference(
    cases=matmul_cases,
    expected=matmul_expected,
    public=("sizes all different", "everything square", "one example", "a column", AGAIN),
    per_example=PerExample(("x", "grad_y", "older_x"), mean=False),
)

# -- Relu --------------------------------------------------------------------------------------


def _relu_case(rng: Generator, *shape: int, zeros: bool = False, scale: float = 1.0, transposed: bool = False) -> Case:
    def make() -> Case:
        x = grid(rng, *shape) * scale
        if zeros:
            x.ravel()[:: x.size // 3] = 0
        return {"x": x, "grad_y": grid(rng, *shape), "older_x": grid(rng, *shape), "transposed": transposed}

    def good(case: Case) -> bool:
        # each sign of x meets each sign of grad_y, or one mask could stand for the other
        return all(np.any((a * case["x"] > 0) & (b * case["grad_y"] > 0)) for a in (1, -1) for b in (1, -1))

    return draw_until(good, make)


def relu_cases(rng: Generator) -> dict[str, Case]:
    cases = {
        "both signs": _relu_case(rng, 5, 3),
        "zeros among the inputs": _relu_case(rng, 4, 6, zeros=True),
        "three axes, a transposed view": _relu_case(rng, 3, 4, 2, transposed=True),
        "one axis": _relu_case(rng, 12),
        "four axes, with zeros": _relu_case(rng, 2, 3, 2, 3, zeros=True),
        "numbers in the millions": _relu_case(rng, 5, 6, scale=2.0**20),
        "square, with zeros": _relu_case(rng, 4, 4, zeros=True),
        "square": _relu_case(rng, 4, 4),
    }
    return then_again(cases)


def relu_expected(x: Array, grad_y: Array, older_x: Array, transposed: bool) -> dict[str, Array]:
    return {"y": relu(x), "grad_x": gradient(lambda z: np.sum(relu(z) * grad_y), x)}


RELU = Reference(
    cases=relu_cases,
    expected=relu_expected,
    public=(
        "both signs",
        "zeros among the inputs",
        "three axes, a transposed view",
        "one axis",
        "four axes, with zeros",
        "numbers in the millions",
        AGAIN,
    ),
)

# -- softmax_loss ------------------------------------------------------------------------------


def _scores_case(rng: Generator, n: int, c: int, scale: float = 1.0) -> Case:
    return {"scores": grid(rng, n, c) * scale, "labels": labels_of(rng, n, c)}


def softmax_loss_cases(rng: Generator) -> dict[str, Case]:
    cases = {
        "more examples than classes": _scores_case(rng, 7, 4),
        "square": _scores_case(rng, 4, 4),
        "one example": _scores_case(rng, 1, 5),
        "scores of 1000": _scores_case(rng, 6, 3, 1024.0),
        "scores of -1000": {**_scores_case(rng, 5, 4), "scores": grid(rng, 5, 4) - 1024.0},
    }
    return then_again(cases, others(next(iter(cases.values()))))


def softmax_loss_expected(scores: Array, labels: Array) -> dict[str, Array]:
    return {
        "loss": cross_entropy(scores, labels),
        "grad_scores": gradient(lambda z: cross_entropy(z, labels), scores),
    }


SOFTMAX_LOSS = Reference(
    cases=softmax_loss_cases,
    expected=softmax_loss_expected,
    public=("more examples than classes", "one example", "scores of 1000", "scores of -1000", "square", AGAIN),
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
    cases = {
        "the worked example": {"params": WORKED_PARAMS, "X": WORKED_X, "labels": WORKED_LABELS},
        "other weights": _small_case(rng),
        "other weights again": _small_case(rng),
        "scores of 1000": _small_case(rng, 1024.0),
    }
    return then_again(cases, others(next(iter(cases.values()))))


def small_network_expected(params: dict[str, Array], X: Array, labels: Array) -> dict[str, Array]:
    def loss(p: dict[str, Array]) -> Any:
        return cross_entropy(small_network_scores(p, X), labels)

    return {"loss": loss(params), **gradients(loss, params)}


SMALL_NETWORK_GRADIENTS = Reference(
    cases=small_network_cases,
    expected=small_network_expected,
    public=("the worked example", "other weights", "scores of 1000", AGAIN),
    per_example=PerExample(("X", "labels")),
)

# -- the two-layer network -----------------------------------------------------------------------


def _away(z: Array) -> bool:
    """Say whether the inputs of a ReLU keep away from its kink."""
    return bool(np.abs(z).min() > 1e-2 * np.abs(z).max() / 16)


def _apart(X: Array, W1: Array, b1: Array) -> bool:
    """Say whether inputs keep away from the kink of ReLU, and each unit meets both sides of it."""
    z = X @ W1 + b1
    if len(X) == 1:
        return _away(z) and bool((z > 0).any() and (z < 0).any())
    return _away(z) and bool((z > 0).any(axis=0).all() and (z < 0).any(axis=1).any() and (z < 0).mean() > 0.2)


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
        "a larger network": (30, 16, 24, 11),
    }
    cases = {label: _network_case(rng, *shape) for label, shape in shapes.items()}
    cases = {label: {"params": case["params"], "X": case["X"]} for label, case in cases.items()}
    return then_again(cases, others(next(iter(cases.values()))))


def two_layer_forward_expected(params: dict[str, Array], X: Array) -> dict[str, Array]:
    scores, hidden = two_layer(params, X)
    return {"scores": scores, "hidden": hidden}


TWO_LAYER_FORWARD = Reference(
    cases=two_layer_forward_cases,
    expected=two_layer_forward_expected,
    public=("sizes all different", "everything square", "one example", "a larger network", AGAIN),
)


def two_layer_loss_cases(rng: Generator) -> dict[str, Case]:
    cases = {
        "sizes all different": _network_case(rng, 7, 4, 5, 3, reg=0.5),
        "everything square": _network_case(rng, 4, 4, 4, 4, reg=0.25),
        "scores of 1000": _network_case(rng, 6, 3, 5, 4, scale=256.0, reg=0.125),
        "no regularisation": _network_case(rng, 6, 5, 3, 2, reg=0.0),
        "more regularisation": _network_case(rng, 5, 3, 6, 4, reg=2.0),
    }
    return then_again(cases, others(next(iter(cases.values()))))


def two_layer_loss_expected(params: dict[str, Array], X: Array, labels: Array, reg: float) -> dict[str, Array]:
    def loss(p: dict[str, Array]) -> Any:
        return cross_entropy(two_layer(p, X)[0], labels) + reg * (np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2))

    return {"loss": loss(params), **gradients(loss, params)}


TWO_LAYER_LOSS = Reference(
    cases=two_layer_loss_cases,
    expected=two_layer_loss_expected,
    public=(
        "sizes all different",
        "everything square",
        "scores of 1000",
        "no regularisation",
        "more regularisation",
        AGAIN,
    ),
    per_example=PerExample(("X", "labels"), without=("reg",)),
)

# -- the 2-10-10-1 network -----------------------------------------------------------------------


def _sigmoid_case(rng: Generator, low: float = 0.0, high: float = 1.0, y: float | None = None) -> Case:
    params = {
        "W1": grid(rng, 2, 10),
        "b1": grid(rng, 10),
        "W2": grid(rng, 10, 10) / 2,
        "b2": grid(rng, 10),
        "W3": grid(rng, 10, 1),
        "b3": grid(rng, 1),
    }
    x = np.round(rng.uniform(low, high, size=2) * 64) / 64
    return {"params": params, "x": x, "y": float((x**2).sum() / 2) if y is None else y}


def sigmoid_network_cases(rng: Generator) -> dict[str, Case]:
    cases = {
        "a point of the unit square": _sigmoid_case(rng),
        "another point": _sigmoid_case(rng),
        "another target": _sigmoid_case(rng, y=float(grid(rng, 1)[0])),
        "outside the unit square": _sigmoid_case(rng, low=-2.0, high=-0.25),
    }
    return then_again(cases, others(next(iter(cases.values()))))


def sigmoid_network_expected(params: dict[str, Array], x: Array, y: float) -> dict[str, Array]:
    def loss(p: dict[str, Array]) -> Any:
        return (sigmoid_network(p, x) - y) ** 2

    return {"loss": loss(params), **gradients(loss, params)}


SIGMOID_NETWORK_GRADIENTS = Reference(
    cases=sigmoid_network_cases,
    expected=sigmoid_network_expected,
    public=("a point of the unit square", "another target", "outside the unit square", AGAIN),
)

# -- any depth -----------------------------------------------------------------------------------


def _layer(rng: Generator, X: Array, size: int, activation: str, weights: float) -> tuple[Array, Array]:
    """Draw a hidden layer; one with ReLU until its inputs keep away from the kink, with some on each side of it."""

    def make() -> Case:
        return {"W": grid(rng, X.shape[1], size) * weights, "b": grid(rng, size)}

    def good(layer: Case) -> bool:
        z = X @ layer["W"] + layer["b"]
        return activation != "relu" or (_away(z) and bool(0.2 < (z < 0).mean() < 0.8))

    layer = draw_until(good, make)
    return layer["W"], layer["b"]


def _deep_case(
    rng: Generator, n: int, sizes: tuple[int, ...], activation: str, scale: float = 1.0, weights: float | None = None
) -> Case:
    if weights is None:
        # keep tanh and sigmoid out of saturation, where every mistake looks alike
        weights = 1.0 if activation == "relu" else 0.5

    def make() -> Case:
        X = a = grid(rng, n, sizes[0]) * scale
        params = []
        for size in sizes[1:-1]:
            W, b = _layer(rng, a, size, activation, weights)
            params.append((W, b))
            a = ACTIVATION[activation](a @ W + b)
        params.append((grid(rng, *sizes[-2:]) * weights, grid(rng, sizes[-1])))
        return {"params": params, "X": X, "labels": labels_of(rng, n, sizes[-1]), "activation": activation}

    def good(case: Case) -> bool:
        scores = mlp_scores(case["params"], case["X"], activation)
        wrong = scores.argmax(axis=1) != case["labels"]
        if scale != 1.0 and not (np.abs(scores).max() > 800 and wrong.sum() >= 2):
            return False
        # many a deep one is to be drawn again, and the other cases need not be
        return all(np.abs(value).max() >= SMALLEST for value in mlp_expected(**case).values())

    return draw_until(good, make)


def mlp_cases(rng: Generator) -> dict[str, Case]:
    cases = {}
    for activation in ("relu", "tanh", "sigmoid"):
        cases[f"{activation}, three layers"] = _deep_case(rng, 7, (4, 5, 6, 3), activation)
        cases[f"{activation}, square layers"] = _deep_case(rng, 4, (4, 4, 4, 4), activation)
        cases[f"{activation}, two layers"] = _deep_case(rng, 6, (3, 5, 2), activation)
    cases["one layer"] = _deep_case(rng, 5, (3, 4), "relu")
    cases["relu, ten layers"] = _deep_case(rng, 5, (3, 6, 5, 6, 5, 6, 5, 6, 5, 4, 3), "relu", weights=0.5)
    cases["tanh, eight layers"] = _deep_case(rng, 4, (3, 4, 3, 4, 4, 3, 4, 3, 3), "tanh", weights=1.0)
    # the slope of a sigmoid is 1/4 at most: of more layers, or with smaller weights, the first would get next to nothing
    cases["sigmoid, five layers"] = _deep_case(rng, 3, (3, 4, 5, 4, 3, 3), "sigmoid", weights=2.0)
    cases["relu, scores of 1000"] = _deep_case(rng, 6, (3, 5, 4), "relu", scale=256.0)
    return then_again(cases, others(next(iter(cases.values()))))


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
    public=(
        "relu, three layers",
        "tanh, three layers",
        "sigmoid, two layers",
        "one layer",
        "tanh, square layers",
        "relu, ten layers",
        "relu, scores of 1000",
        AGAIN,
    ),
    per_example=PerExample(("X", "labels")),
)

# -- sgd_step ------------------------------------------------------------------------------------


def _step_case(rng: Generator, shapes: dict[str, tuple[int, ...]], rate: float, gradients: float = 1.0) -> Case:
    return {
        "params": {name: grid(rng, *shape) for name, shape in shapes.items()},
        "grads": {name: grid(rng, *shape) * gradients for name, shape in shapes.items()},
        "learning_rate": rate,
    }


def sgd_cases(rng: Generator) -> dict[str, Case]:
    cases = {
        "a two-layer network": _step_case(rng, {"W1": (4, 5), "b1": (5,), "W2": (5, 3), "b2": (3,)}, 0.125),
        "other names": _step_case(rng, {"layer1.weight": (3, 3), "layer2.weight": (3, 3)}, 0.5),
        "a rate of 2": _step_case(rng, {"W": (3, 3), "b": (3,)}, 2.0),
        "three axes": _step_case(rng, {"kernel": (2, 3, 4), "bias": (4,)}, 0.25),
        "gradients in the hundreds": _step_case(rng, {"W": (3, 4), "b": (4,)}, 0.0625, gradients=256.0),
    }
    return then_again(cases, others(next(iter(cases.values()))))


def sgd_expected(params: dict[str, Array], grads: dict[str, Array], learning_rate: float) -> dict[str, Array]:
    return {f"updated[{name}]": params[name] - learning_rate * grads[name] for name in params}


SGD_STEP = Reference(
    cases=sgd_cases,
    expected=sgd_expected,
    public=("a two-layer network", "other names", "a rate of 2", "three axes", "gradients in the hundreds", AGAIN),
)

# -- the bug hunt --------------------------------------------------------------------------------


def bug_cases(rng: Generator) -> dict[str, Case]:
    cases = {
        "sizes all different": _network_case(rng, 7, 4, 5, 3),
        "everything square": _network_case(rng, 4, 4, 4, 4),
        "more examples": _network_case(rng, 9, 3, 6, 2),
        "a larger network": _network_case(rng, 12, 8, 10, 6),
    }
    return then_again(cases, others(next(iter(cases.values()))))


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
    public=("sizes all different", "more examples", AGAIN),
    per_example=PerExample(("X", "labels")),
)

BUG_2 = Reference(
    cases=bug_cases,
    expected=_bug(2, "relu", {"b1"}),
    public=("sizes all different", "more examples", AGAIN),
    per_example=PerExample(("X", "labels")),
)

BUG_3 = Reference(
    cases=bug_cases,
    expected=_bug(3, "sigmoid", {"W2"}),
    public=("sizes all different", "more examples", AGAIN),
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
