"""References of mlp_training: forward passes and hidden cases.

Gradients come from the forward pass by the complex step. What training leads to is computed from
the same gradients, step by step, in float64. Two exercises have no one right answer and are judged
by a band.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import torch  # noqa: F401  # for the model solutions: the processes that grade are forks, and have it from here

from grader_tests.mlp_backprop.reference import ACTIVATION, cross_entropy, draw_until, grid, labels_of, sigmoid
from handgrad.assignments.mlp_training import letters
from handgrad.assignments.mlp_training.exercises import ACTIVATIONS, CHOICES
from handgrad.assignments.mlp_training.properties import FUNCTIONS, OR_WITHIN, points_between, points_of
from handgrad.judging.exercise import Case
from handgrad.references import PerExample, Reference
from handgrad.references.again import AGAIN, others, then_again
from handgrad.references.derivative import gradient

Array = np.ndarray[Any, Any]
Generator = np.random.Generator
Layers = list[tuple[Array, Array]]

OR_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
OR_TARGETS = np.array([0.0, 1.0, 1.0, 1.0])

# -- forward passes, weights (out, in), for real and complex numbers -----------------------------


def scores_of(params: Layers, X: Array, activation: str) -> Array:
    """Return the scores of a network whose last layer has no activation."""
    for weight, bias in params[:-1]:
        X = X @ weight.T + bias
        X = X if activation == "none" else ACTIVATION[activation](X)
    weight, bias = params[-1]
    return X @ weight.T + bias


def _layers(flat: list[Array]) -> Layers:
    return list(zip(flat[::2], flat[1::2], strict=True))


def _flat(params: Layers) -> list[Array]:
    return [array for pair in params for array in pair]


def _gradients(loss: Any, flat: list[Array]) -> list[Array]:
    """Return the gradient of a loss with respect to each array of a list."""
    return [gradient(lambda z, k=k: loss([*flat[:k], z, *flat[k + 1 :]]), value) for k, value in enumerate(flat)]


def _draw_layers(rng: Generator, *sizes: int) -> Layers:
    return [(grid(rng, b, a), grid(rng, b)) for a, b in itertools.pairwise(sizes)]


def _nothing(**inputs: Any) -> dict[str, Any]:
    """Return no right results: the exercise is judged by its properties."""
    return {}


# -- the OR perceptron ---------------------------------------------------------------------------


def or_net_cases(rng: Generator) -> dict[str, Case]:
    def case(X: Array) -> Case:
        return {"weights": grid(rng, 2), "bias": float(grid(rng, 1)[0]), "X": X}

    cases = {
        "the four rows of OR": case(OR_X),
        "other inputs": case(grid(rng, 5, 2)),
        "one row": case(grid(rng, 1, 2)),
        "outputs close to 0 and 1": {"weights": np.array([6.0, -5.5]), "bias": float(grid(rng, 1)[0]), "X": OR_X},
    }
    return then_again(cases, between=case(grid(rng, 4, 2)))


def or_net_expected(weights: Array, bias: float, X: Array) -> dict[str, Any]:
    return {"parameters": 3, "outputs": sigmoid(X @ weights + bias)[:, None]}


OR_NET = Reference(
    cases=or_net_cases,
    expected=or_net_expected,
    public=("the four rows of OR", "one row", "outputs close to 0 and 1", AGAIN),
)


def or_rows(targets: Array = OR_TARGETS) -> Case:
    """Return the four rows, and targets for them (4, 1)."""
    return {"X": OR_X, "targets": targets[:, None]}


def _or_loss(weights: Array, bias: Array) -> Any:
    p = sigmoid(OR_X @ weights + bias)
    return -np.mean(OR_TARGETS * np.log(p) + (1 - OR_TARGETS) * np.log(1 - p))


def or_step_cases(rng: Generator) -> dict[str, Case]:
    def case(rate: float) -> Case:
        return {"weights": grid(rng, 2), "bias": float(grid(rng, 1)[0]), "learning_rate": rate, **or_rows()}

    def sure(rate: float) -> Case:
        """Return a case in which (0, 0) is nearly 1 and (1, 1) nearly 0."""
        return {"weights": -4.5 - np.abs(grid(rng, 2)) / 4, "bias": 4.75, "learning_rate": rate, **or_rows()}

    cases = {"a rate of 1": case(1.0), "a rate of 1/2": case(0.5), "a rate of 4": case(4.0)}
    return then_again({**cases, "sure, and wrong": sure(0.5)})


def or_step_expected(weights: Array, bias: float, learning_rate: float, X: Array, targets: Array) -> dict[str, Any]:
    w, b = weights, np.array([bias])
    results: dict[str, Any] = {"loss": _or_loss(w, b), "a float": True}
    for step in range(3):
        grads = _gradients(lambda flat: _or_loss(flat[0], flat[1]), [w, b])
        w, b = w - learning_rate * grads[0], b - learning_rate * grads[1]
        when = {0: "after one step", 2: "after three steps"}.get(step)
        if when:
            results |= {f"{when}[0]": w[None], f"{when}[1]": b}
    return results


OR_STEP = Reference(
    cases=or_step_cases,
    expected=or_step_expected,
    public=("a rate of 1", "sure, and wrong", AGAIN),
)


def given_model(layers: Layers) -> Case:
    """Return a model as an argument that may be looked at afterwards: its layers and its state."""
    return {"layers": layers, "training": True, "trainable": True}


def or_is_learned_cases(rng: Generator) -> dict[str, Case]:
    def logit(p: float) -> float:
        return math.log(p / (1 - p))

    def case(targets: Array = OR_TARGETS) -> Case:
        jitter = rng.uniform(-0.1, 0.1)
        # learned; by far; the first output too high; a row with a single 1 too low, either one; AND; three rows off by
        # a little more than 0.1; all equal; all 1, all 0
        units = [
            *((8.0, 8.0, -3.25), (20.0, 20.0, -10.0), (8.0, 8.0, -2.5), (5.0, 8.0, -3.25), (8.0, 5.0, -3.25)),
            *((4.0, 4.0, -6.0), (4.0, 4.0, -2.0), (0.0, 0.0, 0.0), (8.0, 8.0, 8.0), (-8.0, -8.0, -8.0)),
            *((3.5, 6.5, -3.5), (6.5, 3.5, -3.5)),
        ]
        units = [(a, b, c + jitter) for a, b, c in units]
        # deviations that, as they are, add up to 0; just above 0.05, and just below
        units += [(0.0, 0.0, math.log(3))]
        units += [(12.0, 12.0, logit(deviation + jitter / 100)) for deviation in (0.056, 0.047)]
        layers = [[(np.array([[a, b]]), np.array([c]))] for a, b, c in units]
        return {"model": list(map(given_model, layers)), **or_rows(targets)}

    cases = {
        "fifteen units": case(),
        "fifteen other units": case(),
        "all targets 1": case(np.ones(4)),
        "all targets 0": case(np.zeros(4)),
    }
    return then_again(cases)


def or_is_learned_expected(model: list[Case], X: Array, targets: Array) -> dict[str, Any]:
    results: dict[str, Any] = {"a bool": True}
    for k, given in enumerate(model):
        ((weight, bias),) = given["layers"]
        results[f"is learned[{k}]"] = bool(np.all(np.abs(sigmoid(X @ weight.T + bias) - targets) <= OR_WITHIN))
    return results


OR_IS_LEARNED = Reference(
    cases=or_is_learned_cases,
    expected=or_is_learned_expected,
    public=("fifteen units", "all targets 1", "all targets 0", AGAIN),
)


def train_or_cases(rng: Generator) -> dict[str, Case]:
    return {
        "a usual start": {"weights": grid(rng, 2) / 2, "bias": 0.125, **or_rows()},
        "a start that says the opposite": {"weights": np.array([-2.0, -1.0]), "bias": 2.0, **or_rows()},
        "XOR, which it cannot learn": {
            "weights": grid(rng, 2) / 2,
            "bias": 0.125,
            **or_rows(np.array([0.0, 1.0, 1.0, 0.0])),
        },
    }


TRAIN_OR = Reference(
    cases=train_or_cases,
    expected=_nothing,
    public=("a usual start", "a start that says the opposite", "XOR, which it cannot learn"),
)

# -- autograd Functions --------------------------------------------------------------------------


def _linear_case(
    rng: Generator, n: int, a: int, b: int, x_has_gradient: bool = True, scales: tuple[float, ...] = (1.0,)
) -> Case:
    return {
        "x": grid(rng, n, a),
        "weight": grid(rng, b, a),
        "bias": grid(rng, b),
        "grad_y": grid(rng, n, b) * np.array(scales)[:, None],
        "x_has_gradient": x_has_gradient,
    }


def linear_cases(rng: Generator) -> dict[str, Case]:
    cases = {
        "sizes all different": _linear_case(rng, 5, 3, 4),
        "everything square": _linear_case(rng, 4, 4, 4),
        "one example": _linear_case(rng, 1, 3, 2),
        "gradients large and small": _linear_case(rng, 5, 4, 3, scales=(128.0, 1.0, 2.0**-14, 1.0, 128.0)),
        "a first layer, whose x needs no gradient": _linear_case(rng, 6, 2, 3, x_has_gradient=False),
    }
    return then_again(cases, others(next(iter(cases.values()))))


def _once_more(results: dict[str, Any]) -> dict[str, Any]:
    """Return results of a Function, and its gradients again, as they are to be after one more use of it."""
    later = {name: value for name, value in results.items() if name.startswith("grad_") or name == "labels"}
    return {**results, **{f"{name}[later]": value for name, value in later.items()}}


def linear_expected(x: Array, weight: Array, bias: Array, grad_y: Array, x_has_gradient: bool) -> dict[str, Any]:
    results = {
        "y": x @ weight.T + bias,
        "grad_weight": gradient(lambda z: np.sum((x @ z.T + bias) * grad_y), weight),
        "grad_bias": gradient(lambda z: np.sum((x @ weight.T + z) * grad_y), bias),
        "saved": True,
    }
    if x_has_gradient:
        results["grad_x"] = gradient(lambda z: np.sum((z @ weight.T + bias) * grad_y), x)
    return _once_more(results)


LINEAR_FUNCTION = Reference(
    cases=linear_cases,
    expected=linear_expected,
    public=(
        "sizes all different",
        "everything square",
        "one example",
        "gradients large and small",
        "a first layer, whose x needs no gradient",
        AGAIN,
    ),
    per_example=PerExample(("x", "grad_y"), mean=False),
)


def _entropy_case(rng: Generator, n: int, c: int, scale: float = 1.0, shift: float = 0.0) -> Case:
    def make() -> Case:
        logits = grid(rng, n, c) * scale + shift
        upstream = float(rng.choice([-2.5, -0.75, 0.375, 1.75, 3.0]))
        return {"logits": logits, "labels": labels_of(rng, n, c), "grad_loss": upstream}

    def good(case: Case) -> bool:
        wrong = case["logits"].argmax(axis=1) != case["labels"]
        return scale == 1.0 or bool(wrong.sum() >= 2)

    return draw_until(good, make)


def entropy_cases(rng: Generator) -> dict[str, Case]:
    cases = {
        "more examples than classes": _entropy_case(rng, 7, 4),
        "square": _entropy_case(rng, 4, 4),
        "one example": _entropy_case(rng, 1, 5),
        "logits of 1000": _entropy_case(rng, 6, 3, 1024.0),
        "logits near -1000": _entropy_case(rng, 5, 4, shift=-1024.0),
    }
    return then_again(cases, others(next(iter(cases.values()))))


def entropy_expected(logits: Array, labels: Array, grad_loss: float) -> dict[str, Any]:
    results = {
        "loss": cross_entropy(logits, labels),
        "grad_logits": gradient(lambda z: grad_loss * cross_entropy(z, labels), logits),
        "labels": True,
        "saved": True,
    }
    return _once_more(results)


CROSS_ENTROPY_FUNCTION = Reference(
    cases=entropy_cases,
    expected=entropy_expected,
    public=("more examples than classes", "one example", "logits of 1000", "logits near -1000", AGAIN),
    per_example=PerExample(("logits", "labels")),
)

# -- the MLP -------------------------------------------------------------------------------------


def _mlp_case(rng: Generator, n: int, sizes: tuple[int, ...], activation: str) -> Case:
    def make() -> Case:
        params = [(W / 2, b) if activation in ("tanh", "sigmoid") else (W, b) for W, b in _draw_layers(rng, *sizes)]
        return {
            "params": params,
            "hidden_sizes": list(sizes[1:-1]),
            "activation": activation,
            "X": grid(rng, n, sizes[0]),
            "grad_scores": grid(rng, n, sizes[-1]),
        }

    def good(case: Case) -> bool:
        a = case["X"]
        for weight, bias in case["params"][:-1]:
            z = a @ weight.T + bias
            if activation == "relu" and (np.abs(z).min() < 1e-2 or not ((z > 0).any() and (z < 0).any())):
                return False
            a = z if activation == "none" else ACTIVATION[activation](z)
        scores = scores_of(case["params"], case["X"], activation)
        return bool((scores < 0).any() and (scores > 0).any())

    return draw_until(good, make)


def mlp_cases(rng: Generator) -> dict[str, Case]:
    cases = {
        "relu, two hidden layers": _mlp_case(rng, 5, (4, 6, 3, 2), "relu"),
        "relu, one hidden layer": _mlp_case(rng, 6, (3, 5, 4), "relu"),
        "tanh, square layers": _mlp_case(rng, 4, (4, 4, 4, 4), "tanh"),
        "sigmoid, one output": _mlp_case(rng, 5, (2, 6, 1), "sigmoid"),
        "none, one example": _mlp_case(rng, 1, (3, 2, 4), "none"),
        "no hidden layer": _mlp_case(rng, 5, (3, 4), "tanh"),
        "tanh, eight layers": _mlp_case(rng, 4, (3, 4, 3, 4, 4, 3, 4, 3, 2), "tanh"),
    }
    return then_again(cases)


def mlp_expected(
    params: Layers, hidden_sizes: list[int], activation: str, X: Array, grad_scores: Array
) -> dict[str, Any]:
    flat = _flat(params)
    grads = _gradients(lambda p: np.sum(scores_of(_layers(p), X, activation) * grad_scores), flat)
    return {
        "parameter shapes[count]": len(flat),
        "parameter shapes[Linear]": np.array(flat[0].shape),
        **{f"parameter shapes[{k}]": np.array(array.shape) for k, array in enumerate(flat)},
        f"scores ({activation})": scores_of(params, X, activation),
        "LinearFunction": len(params),
        "first weights[differ]": True,
        "first weights[small]": True,
        **{f"gradients[{k}]": grad for k, grad in enumerate(grads)},
    }


MLP = Reference(
    cases=mlp_cases,
    expected=mlp_expected,
    public=(
        "relu, two hidden layers",
        "tanh, square layers",
        "no hidden layer",
        "sigmoid, one output",
        "none, one example",
        "tanh, eight layers",
        AGAIN,
    ),
)

# -- train, predict --------------------------------------------------------------------------------


def squared_distance(scores: Array, labels: Array) -> Any:
    """Return the mean over the rows of the squared distance from one-hot."""
    return np.mean(np.sum((scores - np.eye(scores.shape[1])[labels]) ** 2, axis=1))


LOSS = {"cross-entropy": cross_entropy, "squared distance": squared_distance}


def _train_case(
    rng: Generator, counts: tuple[int, ...], rate: float, momentum: float, epochs: int, loss: str = "cross-entropy"
) -> Case:
    return {
        "params": [(weight / 2, bias) for weight, bias in _draw_layers(rng, 3, 4, 3)],
        "batches": [(grid(rng, n, 3), labels_of(rng, n, 3)) for n in counts],
        "each": len(counts),
        "loss": loss,
        **{"learning_rate": rate, "momentum": momentum, "epochs": epochs},
    }


def _hits(params: Layers, X: Array, labels: Array) -> Any:
    return np.mean(scores_of(params, X, "tanh").argmax(axis=1) == labels)


def train_cases(rng: Generator) -> dict[str, Case]:
    def still(counts: tuple[int, ...], epochs: int, loss: str = "cross-entropy") -> Case:
        """Return a case in which some labels are hit and some missed, so that the accuracy says something."""

        def good(case: Case) -> bool:
            share = train_expected(**case)["accuracy"][0]
            each = [_hits(case["params"], X, labels) for X, labels in case["batches"]]
            lowest = [
                np.mean(scores_of(case["params"], X, "tanh").argmin(axis=1) == labels) for X, labels in case["batches"]
            ]
            return bool(0.2 < share < 0.8 and len(set(each)) > 1 and np.mean(lowest) != share != np.mean(each))

        return draw_until(good, lambda: _train_case(rng, counts, 0.0, 0.0, epochs, loss))

    def other_examples() -> Case:
        """Return a case in which each epoch has other examples, and so another loss and accuracy."""

        def drawn() -> Case:
            return {**_train_case(rng, (4, 5, 6), 0.0, 0.0, 3), "each": 2}

        def good(case: Case) -> bool:
            shares = train_expected(**case)["accuracy"]
            return len({*shares}) == len(shares) and bool(shares.min() > 0)

        return draw_until(good, drawn)

    def one_step() -> Case:
        """Return a case with another accuracy after its one step than before."""

        def good(case: Case) -> bool:
            found = train_expected(**case)
            after = _layers([value for name, value in found.items() if name.startswith("parameters")])
            before = found["accuracy"][0]
            return bool(before > 0 and abs(_hits(after, *case["batches"][0]) - before) > 0.2)

        return draw_until(good, lambda: _train_case(rng, (6,), 2.0, 0.0, 1))

    def right_already() -> Case:
        """Return a case in which every example is right from the start, so that no epoch seems to be needed."""
        case = _train_case(rng, (3, 3), 0.0, 0.0, 3)
        pairs = [(X, scores_of(case["params"], X, "tanh").argmax(axis=1)) for X, _ in case["batches"]]
        return {**case, "batches": pairs}

    cases = {
        "a rate of 0, which leaves the model as it is": still((5, 5, 2), 4),
        "every example right from the start": right_already(),
        "a rate of 0, another loss": still((6, 6, 6, 3), 3, "squared distance"),
        "other examples in each epoch": other_examples(),
        "one step, measured before it": one_step(),
        "two epochs": _train_case(rng, (4, 4, 4), 0.5, 0.0, 2),
        "momentum, three epochs": _train_case(rng, (5, 3), 0.25, 0.5, 3),
        "another loss": _train_case(rng, (4, 4, 3), 0.0625, 0.5, 2, "squared distance"),
        "ten epochs": _train_case(rng, (3, 2), 0.125, 0.0, 10),
    }
    return then_again(cases)


def train_expected(
    params: Layers,
    batches: list[tuple[Array, Array]],
    each: int,
    loss: str,
    learning_rate: float,
    momentum: float,
    epochs: int,
) -> dict[str, Any]:
    flat = _flat(params)
    results: dict[str, Any] = {"history[floats]": True, "history[entries]": np.full(2, epochs)}
    # each epoch begins with another batch
    walks = [(batches[first:] + batches[:first])[:each] for first in (epoch % len(batches) for epoch in range(epochs))]
    if not learning_rate or epochs * len(batches) == 1:
        examples = [[np.concatenate(arrays) for arrays in zip(*walk, strict=True)] for walk in walks]
        results["loss"] = np.array([LOSS[loss](scores_of(params, X, "tanh"), labels) for X, labels in examples])
        results["accuracy"] = np.array([_hits(params, X, labels) for X, labels in examples])
    if not learning_rate:
        return results
    held = {"memory": True, "training mode": True, "training mode[afterwards]": True}
    velocity = [np.zeros_like(value) for value in flat]
    for walk in walks:
        for X, labels in walk:
            grads = _gradients(lambda p, X=X, y=labels: LOSS[loss](scores_of(_layers(p), X, "tanh"), y), flat)
            velocity = [momentum * v + g for v, g in zip(velocity, grads, strict=True)]
            flat = [p - learning_rate * v for p, v in zip(flat, velocity, strict=True)]
    return {**results, **{f"parameters[{k}]": value for k, value in enumerate(flat)}, **held}


TRAIN = Reference(
    cases=train_cases,
    expected=train_expected,
    public=(
        "a rate of 0, which leaves the model as it is",
        "one step, measured before it",
        "two epochs",
        "another loss",
        "every example right from the start",
        "other examples in each epoch",
        "ten epochs",
        AGAIN,
    ),
)


def predict_cases(rng: Generator) -> dict[str, Case]:
    def case(n: int, training: bool, recording: bool = True, scale: float = 1.0) -> Case:
        def make() -> Case:
            params = _draw_layers(rng, 3, 5, 4)
            params[-1] = (params[-1][0] * scale, params[-1][1] * scale)
            return {"model": params, "X": grid(rng, n, 3), "training": training, "recording": recording}

        def good(case: Case) -> bool:
            scores = scores_of(case["model"], case["X"], "tanh")
            best = np.sort(scores, axis=1)
            right, wrong = scores.argmax(axis=1), scores.argmin(axis=1)
            apart = (best[:, -1] - best[:, -2]).min() > 1e-3 * scale
            # a label of 0 alone would be a result of no size
            return bool(apart and right.any() and (n == 1 or len({*right}) > 1) and not np.array_equal(right, wrong))

        return draw_until(good, make)

    cases = {
        "a model that is being trained": case(9, True),
        "a model in eval mode, nothing recorded": case(7, False, recording=False),
        "one example": case(1, False),
        "as many examples as classes": case(4, True),
        "scores of 1000": case(6, True, scale=1024.0),
        "scores close to each other": case(6, True, scale=2.0**-9),
    }
    return then_again(cases, between=case(9, True))


def predict_expected(model: Layers, X: Array, training: bool, recording: bool) -> dict[str, Any]:
    return {
        "labels": scores_of(model, X, "tanh").argmax(axis=1),
        "integers": True,
        "integers[in a tensor]": True,
        "eval mode": True,
        "no gradient": True,
        "mode restored": True,
        "mode restored[recording]": True,
        "mode restored[trainable]": True,
    }


PREDICT = Reference(
    cases=predict_cases,
    expected=predict_expected,
    public=(
        "a model that is being trained",
        "a model in eval mode, nothing recorded",
        "one example",
        "scores of 1000",
        "scores close to each other",
        AGAIN,
    ),
)

# -- letters ---------------------------------------------------------------------------------------


def reader_cases(rng: Generator) -> dict[str, Case]:
    # the seeds of the fresh letters stay here, and their labels with the judge
    fresh, right = zip(*(letters.draw(int(rng.integers(2**62)), 10) for _ in range(3)), strict=True)
    seeds = [int(seed) for seed in rng.integers(2**32, size=3)]
    return {
        "letters of three seeds": {
            **{"seeds": seeds, "each": 60},
            **{"fresh": np.concatenate(fresh), "right": np.concatenate(right)},
            **{"X": [0], "labels": [0]},
        }
    }


READER = Reference(
    cases=reader_cases,
    expected=_nothing,
    public=("letters of three seeds",),
)


def checkpoint_cases(rng: Generator) -> dict[str, Case]:
    def case(a: int, hidden: list[int], c: int, activation: str) -> Case:
        configuration = {"input_size": a, "output_size": c, "hidden_sizes": hidden, "activation": activation}
        # numbers that need all the digits of float32, in which the model keeps them
        params = [
            (
                rng.normal(size=(b, a)).astype(np.float32).astype(float),
                rng.normal(size=b).astype(np.float32).astype(float),
            )
            for a, b in itertools.pairwise([a, *hidden, c])
        ]
        return {"configuration": configuration, "model": given_model(params), "X": grid(rng, 4, a)}

    cases = {
        "two hidden layers": case(5, [4, 3], 2, "tanh"),
        "no hidden layer": case(3, [], 4, "relu"),
        "sigmoid": case(4, [6], 3, "sigmoid"),
        "seven hidden layers": case(3, [4, 3, 4, 3, 4, 3, 4], 2, "relu"),
    }
    return then_again(cases)


def checkpoint_expected(configuration: dict[str, Any], model: Case, X: Array) -> dict[str, Any]:
    params = model["layers"]
    which = ACTIVATIONS.index(configuration["activation"])
    sizes = [configuration["input_size"], configuration["output_size"], *configuration["hidden_sizes"]]
    return {
        "opens with weights_only": True,
        **{f"parameters[{k}]": value for k, value in enumerate(_flat(params))},
        "configuration": np.array([*sizes, which]),
        "scores": scores_of(params, X, configuration["activation"]),
    }


CHECKPOINT = Reference(
    cases=checkpoint_cases,
    expected=checkpoint_expected,
    public=("two hidden layers", "no hidden layer", "seven hidden layers", AGAIN),
)

# -- fitting functions -----------------------------------------------------------------------------


def fit_cases(rng: Generator) -> dict[str, Case]:
    seed = int(rng.integers(10**6))
    points = points_of(seed, 200)
    heights = [function(x) for function, x in zip(FUNCTIONS.values(), points, strict=True)]
    x, y = ([array.astype(np.float32) for array in arrays] for arrays in (points, heights))
    return {"three functions": {"seed": seed, "x": x, "y": y, "new_x": points_between().astype(np.float32)}}


FIT = Reference(
    cases=fit_cases,
    expected=_nothing,
    public=("three functions",),
)


def bump_cases(rng: Generator) -> dict[str, Case]:
    def case(k: int, even: bool = False) -> Case:
        gaps = np.full(k - 1, 0.5) if even else rng.integers(2, 9, size=k - 1) / 8
        knots = np.concatenate([[0.0], np.cumsum(gaps)]) - float(rng.integers(1, 12)) / 8
        share = rng.uniform(0.1, 0.9, size=3 * (k - 1))
        x = np.repeat(knots[:-1], 3) + np.repeat(gaps, 3) * share
        return {"knots": knots, "heights": grid(rng, k), "x": np.round(x, 6)}

    return then_again(
        {"even knots": case(6, even=True), "uneven knots": case(7), "two knots": case(2), "many knots": case(60)},
        between=case(6, even=True),
    )


def bump_expected(knots: Array, heights: Array, x: Array) -> dict[str, Any]:
    return {"at the knots": heights, "between the knots": np.interp(x, knots, heights)}


BUMPS = Reference(
    cases=bump_cases,
    expected=bump_expected,
    public=("even knots", "uneven knots", "two knots", AGAIN),
)

# -- depth -------------------------------------------------------------------------------------------


def initialise_cases(rng: Generator) -> dict[str, Case]:
    return {
        "three layers": {"sizes": [300, 400, 200, 300], "seed": int(rng.integers(10**6)), "own": False},
        "two layers, of a class of one's own": {
            "sizes": [200, 500, 150],
            "seed": int(rng.integers(10**6)),
            "own": True,
        },
    }


def initialise_expected(sizes: list[int], seed: int, own: bool) -> dict[str, Any]:
    layers = len(sizes) - 1
    results: dict[str, Any] = {}
    for scheme, spread in (("naive", 1.0), ("he", 1.4)):
        results |= {
            f"{scheme}[spread]": np.full(layers, spread),
            f"{scheme}[centred]": np.full(layers, True),
            f"{scheme}[normal]": np.full(layers, True),
            f"biases[{scheme}]": True,
            f"model[{scheme}, returned]": True,
            f"model[{scheme}, trainable]": True,
            **{f"model[{scheme}, {what}]": True for what in ("mode", "dtype", "in place")},
        }
    return results


INITIALISE = Reference(
    cases=initialise_cases,
    expected=initialise_expected,
    public=("two layers, of a class of one's own", "three layers"),
)


def norm_cases(rng: Generator) -> dict[str, Case]:
    def case(
        n: int,
        sizes: tuple[int, ...],
        activation: str,
        weights: float = 0.5,
        own: bool = False,
        loss: str = "cross-entropy",
    ) -> Case:
        return {
            "model": given_model([(weight * weights, bias) for weight, bias in _draw_layers(rng, *sizes)]),
            "activation": activation,
            "own": own,
            "loss": loss,
            "X": grid(rng, n, sizes[0]),
            "labels": labels_of(rng, n, sizes[-1]),
        }

    cases = {
        "three layers": case(6, (3, 5, 4, 2), "tanh"),
        "layers of a class of one's own, another loss": case(5, (4, 3, 3), "tanh", 0.5, True, "squared distance"),
        "sigmoid": case(7, (4, 3, 3), "sigmoid"),
        "eight layers": case(5, (3, 4, 3, 4, 4, 3, 4, 3, 2), "tanh", 1.0),
        "one layer": case(5, (3, 4), "tanh"),
    }
    return then_again(cases)


def norm_expected(model: Case, activation: str, own: bool, loss: str, X: Array, labels: Array) -> dict[str, Any]:
    flat = _flat(model["layers"])
    grads = _gradients(lambda p: LOSS[loss](scores_of(_layers(p), X, activation), labels), flat)
    return {"norms": np.array([np.linalg.norm(grad) for grad in grads[::2]]), "floats": True}


NORMS = Reference(
    cases=norm_cases,
    expected=norm_expected,
    public=("three layers", "layers of a class of one's own, another loss", "eight layers", "one layer", AGAIN),
)


def depth_cases(rng: Generator) -> dict[str, Case]:
    return {"your three choices": {"question": "depth"}}


def depth_expected(question: str) -> dict[str, Any]:
    def flags(letter: str) -> Array:
        return np.array([letter == choice for choice in CHOICES])

    return {"why_it_fails": flags("c"), "why_not_overfitting": flags("b"), "what_he_does": flags("d")}


DEPTH = Reference(
    cases=depth_cases,
    expected=depth_expected,
    public=("your three choices",),
)

REFERENCES: dict[str, Reference] = {
    "OrNet": OR_NET,
    "or_step": OR_STEP,
    "or_is_learned": OR_IS_LEARNED,
    "train_or": TRAIN_OR,
    "LinearFunction": LINEAR_FUNCTION,
    "CrossEntropyFunction": CROSS_ENTROPY_FUNCTION,
    "MLP": MLP,
    "train": TRAIN,
    "predict": PREDICT,
    "letter_reader": READER,
    "checkpoint": CHECKPOINT,
    "fit_function": FIT,
    "bump_network": BUMPS,
    "initialise": INITIALISE,
    "gradient_norms": NORMS,
    "depth": DEPTH,
}

EQUAL: dict[str, dict[str, str]] = {
    "or_is_learned": {
        "the result: (model(X) - targets).abs() <= 0.05 -> (model(X) - targets).abs() < 0.05": (
            "no output lies at just 0.05"
        ),
        "the result: model(X) - targets -> targets - model(X)": "the absolute value is the same",
        "einsum, the result: torch.allclose(outputs, targets, rtol=0, atol=0.05) -> "
        "torch.allclose(targets, outputs, rtol=0, atol=0.05)": "without rtol both ways are the same",
    },
    "MLP": {
        "weight: weight = nn.init.xavier_normal_(torch.empty(out_features, in_features)) -> "
        "weight = kept('weight', nn.init.xavier_normal_(torch.empty(out_features, in_features)))": (
            "first weights are free, and those of a case take their place"
        ),
        "self.bias: torch.zeros(out_features) -> torch.ones(out_features)": "the first biases are free",
    },
    "LinearFunction": {
        "einsum, grad_x: 0 -> 1": "whether weight needs a gradient is asked in place of x: both may be given"
    },
    "predict": {"einsum, the result: -1 -> 1": "scores have two axes, so the last one is axis 1"},
    "initialise": {"einsum, the result: -1 -> 1": "a weight matrix has two axes, so the last one is axis 1"},
}
"""Mutants that are right, with the argument why."""

FREE = ("train_or", "letter_reader", "fit_function")
"""Exercises without mutants: how a network is trained is free, and another learning rate or width
that leads to the goal is as right as the model's. Their wrong solutions are the known mistakes."""
