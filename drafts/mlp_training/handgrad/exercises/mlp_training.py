"""The exercises of mlp_training: autograd Functions, an MLP, its training, and what training needs.

Weights lie in PyTorch's layout (out, in). Gradients are judged in float64, training in float32.
torch is imported when an exercise runs, so that importing the package stays light.
"""

from __future__ import annotations

import itertools
import math
import numbers
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from handgrad import letters
from handgrad.exercise import Case, Exercises, WrongReturn, unpack

EXERCISES = Exercises("mlp_training")

Array = np.ndarray[Any, Any]

ACTIVATIONS = ("relu", "tanh", "sigmoid", "none")
CONFIGURATION = ("input_size", "output_size", "hidden_sizes", "activation")

TEST_IMAGES = 20
"""Test images of each letter."""
LEAST_ACCURACY = 0.75
"""The share of hidden letters to be read; README.md of grader_tests says how it was measured."""
LARGEST_ERROR = 0.25
"""The largest relative error of a fitted function; measured in the same way."""

FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "sin x": np.sin,
    "sin²x + x³cos x + 4x + 2": lambda x: np.sin(x) ** 2 + x**3 * np.cos(x) + 4 * x + 2,
    "x⁴ − x³ + x² − x + 1": lambda x: x**4 - x**3 + x**2 - x + 1,
}

# -- what the drivers share ------------------------------------------------------------------


def _leaf(array: Array) -> Any:
    import torch

    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def _seed(seed: int) -> None:
    """Seed every generator that a student may draw from."""
    import torch

    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)


def _network(params: Sequence[tuple[Array, Array]], activation: str) -> Any:
    """Return a network of nn.Linear layers, float64, that holds these weights (out, in) and biases."""
    import torch
    from torch import nn

    layers: list[Any] = []
    for weight, bias in params:
        if layers:
            layers.append({"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}[activation]())
        linear = nn.Linear(weight.shape[1], weight.shape[0], dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(weight))
            linear.bias.copy_(torch.tensor(bias))
        layers.append(linear)
    return nn.Sequential(*layers)


def _perceptron(weights: Array, bias: float) -> Any:
    """Return a sigmoid unit with given weights (2,) and bias, float64, its output (N, 1)."""
    from torch import nn

    linear = _network([(weights[None], np.array([bias]))], "none")[0]
    return nn.Sequential(linear, nn.Sigmoid())


def _or_table() -> tuple[Any, Any]:
    import torch

    X = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float64)
    return X, torch.tensor([[0], [1], [1], [1]], dtype=torch.float64)


def _values(model: Any, name: str) -> dict[str, Any]:
    """Return a copy of every parameter as ``name[0]``, ``name[1]``, …"""
    return {f"{name}[{k}]": p.detach().clone() for k, p in enumerate(model.parameters())}


def _module(model: Any, what: str) -> Any:
    from torch import nn

    if not isinstance(model, nn.Module):
        raise WrongReturn(f"{what} should be an nn.Module; it is {'None' if model is None else type(model).__name__}")
    return model


def _plain(value: Any) -> Any:
    """Return a tensor without its graph, anything else as it is."""
    return value.detach().clone() if hasattr(value, "detach") else value


def _loss_function(scores: Any, labels: Any) -> Any:
    """Return the mean cross-entropy; say so where scores and labels are exchanged."""
    import torch

    if scores.ndim != 2 or labels.is_floating_point():
        raise WrongReturn("loss_function takes (scores, labels), in this order")
    return torch.nn.functional.cross_entropy(scores, labels)


def _is_float(value: Any) -> bool:
    """Return whether a value is a plain number, not a tensor that keeps its graph alive."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


class _Batches:
    """Batches that can be walked through again and again, and have no length."""

    def __init__(self, pairs: list[tuple[Any, Any]]) -> None:
        self.pairs = pairs

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return iter(self.pairs)


# -- the OR perceptron -------------------------------------------------------------------------


@EXERCISES.add({"parameters": "3 numbers in all", "outputs": "one for each row of X"})
def OrNet(solution: Any, weights: Any, bias: float, X: Any) -> Iterator[dict[str, Any]]:
    import torch

    model = _module(solution(), "OrNet()").double()
    params = list(model.parameters())
    yield {"parameters": sum(p.numel() for p in params)}
    # the bias is the parameter with one number beside one with two; else the order is w1, w2, b
    last = [p for p in params if p.numel() == 1] if len(params) == 2 else []
    with torch.no_grad():
        if last:
            for p in params:
                p.copy_(torch.tensor([bias] if p is last[0] else weights).reshape(p.shape))
        else:
            values = torch.tensor([*weights, bias])
            for p in params:
                p.copy_(values[: p.numel()].reshape(p.shape))
                values = values[p.numel() :]
    outputs = model(torch.tensor(X))
    yield {"outputs": _plain(outputs).reshape(-1)}


@EXERCISES.add(
    {
        "loss": "a number",
        "a float": "True: the loss is a Python float, no tensor",
        "after one step": "as the parameters",
        "after three steps": "as the parameters",
    },
    returns="the loss as a float",
    seconds=30,
)
def or_step(solution: Any, weights: Any, bias: float, learning_rate: float) -> Iterator[dict[str, Any]]:
    import torch

    model = _perceptron(weights, bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    X, targets = _or_table()
    loss = solution(model, optimizer, X, targets)
    if loss is None:
        raise WrongReturn("it should return the loss as a float; it returned None: is `return` missing?")
    yield {"loss": _plain(loss), "a float": _is_float(loss), **_values(model, "after one step")}
    for _ in range(2):
        solution(model, optimizer, X, targets)
    yield _values(model, "after three steps")


@EXERCISES.add(
    {"outputs": "four numbers within 0.05 of OR, in tenths", "is learned": "True or False"},
    solution=("train_or", "or_is_learned"),
    uses=("or_step",),
    seconds=40,
)
def train_or(train: Any, is_learned: Any, weights: Any, bias: float, others: Any) -> Iterator[dict[str, Any]]:
    import torch

    X, targets = _or_table()
    answers = {}
    for k, (w1, w2, b) in enumerate(others):
        model = _perceptron(np.array([w1, w2]), b)
        answers[f"is learned[{k}]"] = bool(is_learned(model, X, targets))
    yield answers
    model = _perceptron(weights, bias)
    train(model, X, targets)
    with torch.no_grad():
        # within 0.05 of 0 rounds to 0 tenths, within 0.05 of 1 to 10
        yield {"outputs": np.rint(model(X).reshape(-1).numpy() * 10).astype(int)}


# -- autograd Functions --------------------------------------------------------------------------


@EXERCISES.add(
    {"y": "(N, out)", "grad_x": "(N, in)", "grad_weight": "(out, in)", "grad_bias": "(out,)", "saved": "True"},
    batch="x",
)
def LinearFunction(
    solution: Any, x: Any, weight: Any, bias: Any, grad_y: Any, x_has_gradient: bool
) -> Iterator[dict[str, Any]]:
    import torch

    x, weight, bias = _leaf(x), _leaf(weight), _leaf(bias)
    x.requires_grad_(x_has_gradient)
    y = solution.apply(x, weight, bias)
    yield {"y": _plain(y)}
    yield {"saved": len(getattr(y.grad_fn, "saved_tensors", ())) >= 2}
    y.backward(torch.tensor(grad_y))
    results = {"grad_weight": weight.grad, "grad_bias": bias.grad}
    yield {**results, "grad_x": x.grad} if x_has_gradient else results


@EXERCISES.add({"loss": "a number", "grad_logits": "(N, C)", "saved": "True"}, batch="logits")
def CrossEntropyFunction(solution: Any, logits: Any, labels: Any, grad_loss: float) -> Iterator[dict[str, Any]]:
    import torch

    logits = _leaf(logits)
    loss = solution.apply(logits, torch.tensor(labels))
    yield {"loss": _plain(loss)}
    yield {"saved": len(getattr(loss.grad_fn, "saved_tensors", ())) >= 1}
    loss.backward(torch.full_like(loss, grad_loss))
    yield {"grad_logits": logits.grad}


# -- the MLP -------------------------------------------------------------------------------------


def _count(node: Any, name: str) -> int:
    """Return how many nodes of a graph have a name."""
    found, stack, seen = 0, [node], set()
    while stack:
        current = stack.pop()
        if current is None or current in seen:
            continue
        seen.add(current)
        found += current.name() == name
        stack += [function for function, _ in current.next_functions]
    return found


@EXERCISES.add(
    {
        "parameter shapes": "weight (out, in), bias (out,), layer by layer",
        **{f"scores ({activation})": "(N, output_size)" for activation in ACTIVATIONS},
        "gradients": "as the parameters",
        "LinearFunction": "used once for each layer",
        "first weights": "no two units alike",
    },
    solution=("Linear", "MLP"),
    uses=("LinearFunction",),
)
def MLP(linear: Any, solution: Any, params: Any, activation: str, X: Any, grad_scores: Any) -> Iterator[dict[str, Any]]:
    import torch

    _seed(0)
    sizes = [params[0][0].shape[1], *(weight.shape[0] for weight, _ in params)]
    single = list(_module(linear(sizes[0], sizes[1]), "Linear(in_features, out_features)").parameters())
    model = _module(solution(sizes[0], sizes[-1], sizes[1:-1], activation), "MLP(…)").double()
    own = list(model.parameters())
    yield {"parameter shapes[count]": len(own), "parameter shapes[Linear]": np.array(single[0].shape)}
    yield {f"parameter shapes[{k}]": np.array(p.shape) for k, p in enumerate(own[: 2 * len(params)])}
    alike = [len(np.unique(p.detach().numpy(), axis=0)) == len(p) for p in own if p.ndim == 2]
    yield {"first weights": all(alike) and all(bool(torch.isfinite(p).all()) for p in own)}
    given = [torch.tensor(array) for pair in params for array in pair]
    if [p.shape for p in own] != [p.shape for p in given]:
        raise WrongReturn(
            f"model.parameters() should have the shapes {[tuple(p.shape) for p in given]}; "
            f"they have {[tuple(p.shape) for p in own]}"
        )
    with torch.no_grad():
        for p, value in zip(own, given, strict=True):
            p.copy_(value)
    scores = model(torch.tensor(X))
    yield {f"scores ({activation})": _plain(scores)}
    yield {"LinearFunction": _count(scores.grad_fn, "LinearFunctionBackward")}
    scores.backward(torch.tensor(grad_scores))
    yield {f"gradients[{k}]": p.grad for k, p in enumerate(own)}


# -- training and prediction -----------------------------------------------------------------------


@EXERCISES.add(
    {
        "parameters": "as the model's",
        "history": "lists of floats, one for each epoch",
        "loss": "a float for each epoch",
        "accuracy": "a float for each epoch",
        "memory": "no graph outlives its step",
    },
    returns='a dict of lists, {"loss": [...], "accuracy": [...]}',
    seconds=30,
)
def train(
    solution: Any, params: Any, batches: Any, learning_rate: float, momentum: float, epochs: int
) -> Iterator[dict[str, Any]]:
    import weakref

    import torch

    model = _network(params, "tanh")
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=momentum)
    graphs: list[Any] = []
    kept = 0

    class Marker:
        pass

    def loss_function(scores: Any, labels: Any) -> Any:
        nonlocal kept
        # the graph of the step before may still have a name; older ones are alive only if somebody keeps them
        kept += sum(graph() is not None for graph in graphs[:-1])
        loss = _loss_function(scores, labels)
        if loss.grad_fn is not None:
            marker = Marker()
            loss.grad_fn.metadata["handgrad"] = marker
            graphs.append(weakref.ref(marker))
        return loss

    pairs = [(torch.tensor(X), torch.tensor(labels)) for X, labels in batches]
    history = solution(model, _Batches(pairs), loss_function, optimizer, epochs)
    if not isinstance(history, Mapping) or not {"loss", "accuracy"} <= set(history):
        raise WrongReturn(
            'train should return {"loss": [...], "accuracy": [...]}; '
            f"it returned {'None' if history is None else 'a ' + type(history).__name__}"
        )
    if learning_rate:
        yield _values(model, "parameters")
        yield {"memory": kept == 0}
    lists = [history["loss"], history["accuracy"]]
    plain = all(isinstance(x, list | tuple) and len(x) == epochs and all(map(_is_float, x)) for x in lists)
    yield {"history": plain}
    # with a learning rate of 0 it does not matter when in an epoch they are measured
    if not learning_rate:
        yield {"loss": np.array([float(x) for x in lists[0]]), "accuracy": np.array([float(x) for x in lists[1]])}


@EXERCISES.add(
    {
        "labels": "(N,)",
        "integers": "True: whole numbers in dtype, too",
        "eval mode": "True",
        "no gradient": "True",
        "mode restored": "True",
    },
    returns="an integer tensor (N,)",
)
def predict(solution: Any, params: Any, X: Any, training: bool) -> Iterator[dict[str, Any]]:
    import torch

    seen: dict[str, bool] = {"eval": True, "no_grad": True}

    class Watched(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = _network(params, "tanh")

        def forward(self, x: Any) -> Any:
            seen["eval"] &= not self.training and not self.inner.training
            seen["no_grad"] &= not torch.is_grad_enabled()
            scores = self.inner(x)
            # stands for dropout and the like, that act while training only
            return -scores if self.training else scores

    model = Watched()
    model.train(training)
    labels = solution(model, torch.tensor(X))
    yield {
        "eval mode": seen["eval"],
        "no gradient": seen["no_grad"],
        "mode restored": model.training == training and model.inner.training == training,
    }
    labels = torch.as_tensor(labels)
    yield {"labels": _plain(labels), "integers": not labels.is_floating_point()}


# -- letters ---------------------------------------------------------------------------------------


def letters_properties(inputs: Case, results: Mapping[str, Array]) -> dict[str, tuple[str, str]]:
    """Return what does not hold of predicted letters; the right labels are drawn here, from the seed."""
    right = letters.labels_of(inputs["seed"] + 1, TEST_IMAGES)
    predicted = results["accuracy"]
    if predicted.shape != right.shape:
        return {"accuracy": ("wrong_shape", f"there should be {len(right)} predictions, one for each test image.")}
    least = f"{LEAST_ACCURACY:.0%}"
    if float(np.mean(predicted == right)) >= LEAST_ACCURACY:
        return {}
    if max(float(np.mean(predicted == right + k)) for k in (1, -1)) >= LEAST_ACCURACY:
        return {"accuracy": ("labels_off_by_one", "nearly every letter is taken for its neighbour: A has the label 0.")}
    if float(np.mean(predicted == right)) < 0.15:
        return {
            "accuracy": (
                "nothing_learned",
                f"hardly any fresh letter is read, where {least} should be: was the model trained, "
                "on these images and these labels, and with gradients that are cleared?",
            )
        }
    return {"accuracy": ("too_few_right", f"fewer than {least} of the fresh letters are read: train it longer.")}


@EXERCISES.add(
    {"accuracy": f"at least {LEAST_ACCURACY:.0%} of fresh letters"},
    solution=("letter_reader",),
    uses=("LinearFunction", "MLP", "train"),
    returns="the trained model",
    properties=letters_properties,
    seconds=60,
)
def letter_reader(solution: Any, seed: int, each: int) -> dict[str, Any]:
    import torch

    images, labels = letters.draw(seed, each)
    test, _ = letters.draw(seed + 1, TEST_IMAGES)
    _seed(seed)
    model = solution(torch.from_numpy(images).flatten(1), torch.from_numpy(labels))
    _module(model, "what letter_reader returns").eval()
    with torch.no_grad():
        return {"accuracy": model(torch.from_numpy(test).flatten(1)).argmax(dim=1)}


@EXERCISES.add(
    {
        "parameters": "as saved",
        "configuration": "as saved",
        "scores": "of the loaded model",
        "opens with weights_only": "True",
    },
    solution=("save_checkpoint", "load_checkpoint"),
    uses=("LinearFunction", "MLP"),
    returns="(model, configuration)",
)
def checkpoint(save: Any, load: Any, configuration: Any, params: Any, X: Any) -> Iterator[dict[str, Any]]:
    import sys

    import torch

    # the class of the student, or a right one while that is supplied
    make = getattr(load, "__globals__", {}).get("MLP") or sys.modules["__main__"].__dict__["MLP"]
    model = make(**configuration)
    with torch.no_grad():
        for p, value in zip(model.parameters(), [array for pair in params for array in pair], strict=True):
            p.copy_(torch.tensor(value))
    opened: list[bool] = []
    original = torch.load

    def watched(*arguments: Any, **options: Any) -> Any:
        opened.append(bool(options.get("weights_only", True)))
        return original(*arguments, **options)

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "checkpoint.pt")
        save(path, model, configuration)
        torch.load = watched
        _seed(0)
        try:
            again, kept = unpack(load(path), "model", "configuration")
        finally:
            torch.load = original
    _module(again, "the model")
    yield {"opens with weights_only": bool(opened) and all(opened) and again is not model}
    yield _values(again, "parameters")
    numbers_of = [kept.get("input_size", -1), kept.get("output_size", -1), *kept.get("hidden_sizes", ())]
    activation = kept.get("activation")
    which = ACTIVATIONS.index(activation) if activation in ACTIVATIONS else -1
    yield {"configuration": np.array([*numbers_of, which])}
    yield {"scores": _plain(again.double()(torch.tensor(X)))}


# -- fitting functions --------------------------------------------------------------------------------


def fit_properties(inputs: Case, results: Mapping[str, Array]) -> dict[str, tuple[str, str]]:
    """Return which functions are not fitted: the relative error is judged, on points between."""
    x = _points_between()
    broken = {}
    for name, function in FUNCTIONS.items():
        if name not in results:
            continue
        right = function(x)
        if results[name].shape != right.shape:
            message = f"the values should have the shape of x, ({len(x)},); theirs is {results[name].shape}."
            broken[name] = ("wrong_shape", message)
            continue
        error = float(np.sqrt(np.mean((results[name] - right) ** 2)) / right.std())
        if not error <= LARGEST_ERROR:
            told = f"the relative error is above {LARGEST_ERROR}: "
            if name == "sin x":
                broken[name] = ("not_fitted", told + "does the network train long enough?")
            else:
                broken[name] = ("not_scaled", told + "are x and y scaled before training, and y scaled back after?")
    return broken


def _points_between() -> Array:
    return np.linspace(-9.7, 9.7, 211)


@EXERCISES.add(
    dict.fromkeys(FUNCTIONS, f"relative error at most {LARGEST_ERROR}"),
    solution=("fit_function",),
    returns="a function from x (M,) to y (M,)",
    properties=fit_properties,
    seconds=60,
)
def fit_function(solution: Any, seed: int, points: int) -> Iterator[dict[str, Any]]:
    import torch

    rng = np.random.default_rng(seed)
    between = torch.tensor(_points_between(), dtype=torch.float32)
    for name, function in FUNCTIONS.items():
        x = np.sort(np.linspace(-10, 10, points) + rng.uniform(-0.02, 0.02, size=points))
        _seed(seed)
        fitted = solution(torch.tensor(x, dtype=torch.float32), torch.tensor(function(x), dtype=torch.float32))
        if not callable(fitted):
            raise WrongReturn(f"it should return a function from x to y; it returned a {type(fitted).__name__}")
        with torch.no_grad():
            yield {name: torch.as_tensor(fitted(between)).detach()}


@EXERCISES.add(
    {"at the knots": "the heights", "between the knots": "straight lines"},
    solution=("bump_network",),
    returns="(w1, b1, w2, b2)",
)
def bump_network(solution: Any, knots: Any, heights: Any, x: Any) -> dict[str, Any]:
    w1, b1, w2, b2 = unpack(solution(knots, heights), "w1", "b1", "w2", "b2")

    def network(at: Array) -> Array:
        hidden = np.maximum(0, np.outer(at, np.asarray(w1)) + np.asarray(b1))
        values: Array = hidden @ np.asarray(w2) + np.asarray(b2)
        return values

    return {"at the knots": network(np.array(knots)), "between the knots": network(x)}


# -- depth -------------------------------------------------------------------------------------------


@EXERCISES.add(
    {"naive": "standard deviation 1", "he": "standard deviation √(2 / in)", "biases": "all 0"},
    seconds=20,
)
def initialise(solution: Any, sizes: Any, seed: int) -> Iterator[dict[str, Any]]:
    import torch
    from torch import nn

    for scheme in ("naive", "he"):
        _seed(seed)
        layers: list[nn.Module] = []
        for a, b in itertools.pairwise(sizes):
            layers += [nn.Linear(a, b), nn.ReLU()]
        model = nn.Sequential(*layers[:-1])
        solution(model, scheme)
        weights = [p.detach().double() for p in model.parameters() if p.ndim == 2]
        spread = [float(w.std()) * (math.sqrt(w.shape[1]) if scheme == "he" else 1) for w in weights]
        middle = [abs(float(w.mean()) / max(float(w.std()), 1e-9)) < 0.05 for w in weights]
        # of some 100,000 weights the deviation is known to half a percent; one decimal is handed over
        rounded = np.round(np.array(spread), 1)
        yield {f"{scheme}[spread]": rounded, f"{scheme}[centred]": np.array(middle)}
        biases = torch.cat([p.detach() for p in model.parameters() if p.ndim == 1])
        yield {f"biases[{scheme}]": not bool(biases.any())}


@EXERCISES.add({"norms": "one float for each weight matrix"}, returns="a list of floats", batch="X")
def gradient_norms(solution: Any, params: Any, activation: str, X: Any, labels: Any) -> dict[str, Any]:
    import torch

    model = _network(params, activation)
    X, labels = torch.tensor(X), torch.tensor(labels)
    # gradients left over from training must not be counted
    for p in model.parameters():
        p.grad = torch.ones_like(p)
    norms = solution(model, _loss_function, X, labels)
    if not isinstance(norms, list | tuple):
        raise WrongReturn(f"it should return a list of floats; it returned a {type(norms).__name__}")
    return {"norms": np.array([float(norm) for norm in norms])}


CHOICES = ("a", "b", "c", "d")


def _chosen(answer: Any) -> Any:
    """Return a choice as flags; anything else as it is."""
    given = str(answer).strip().lower() if answer is not None else None
    return [given == choice for choice in CHOICES] if given in CHOICES else given


@EXERCISES.add(
    {"why_it_fails": "a letter", "why_not_overfitting": "a letter", "what_he_does": "a letter"},
    solution=("why_it_fails", "why_not_overfitting", "what_he_does"),
    unanswered=("why_it_fails", "why_not_overfitting", "what_he_does"),
)
def depth(why: Any, evidence: Any, he: Any, question: str) -> dict[str, Any]:
    return {
        "why_it_fails": _chosen(why),
        "why_not_overfitting": _chosen(evidence),
        "what_he_does": _chosen(he),
    }
