"""The exercises of mlp_training: autograd Functions, an MLP, its training, and what training needs.

Weights lie in PyTorch's layout (out, in). Gradients are judged in float64, training in float32.
The two autograd Functions are written by hand; all else may use PyTorch as it is. torch is imported
when an exercise runs, so that importing the package stays light.
"""

from __future__ import annotations

import itertools
import math
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from handgrad.assignments.mlp_training import large, letters
from handgrad.assignments.mlp_training.networks import (
    LOSSES,
    Batches,
    as_module,
    detached,
    is_float,
    leaf,
    linear_network,
    or_table,
    own_linear,
    parameters_of,
    perceptron,
    seed_all,
)
from handgrad.assignments.mlp_training.properties import (
    FAR,
    FUNCTIONS,
    LARGEST_ERROR,
    LEAST_ACCURACY,
    OR_WITHIN,
    around,
    fit_properties,
    letters_properties,
    or_properties,
    points_between,
    points_of,
)
from handgrad.judging.exercise import Exercises, Large, WrongReturn, unpack

EXERCISES = Exercises(
    "mlp_training",
    late=(
        "torch._dynamo",
        "torch._inductor.config",
        "torch.profiler._cupti_monitor",
        "torch.utils.serialization.config",
    ),
)

Array = np.ndarray[Any, Any]

ACTIVATIONS = ("relu", "tanh", "sigmoid", "none")

# -- the OR perceptron -------------------------------------------------------------------------


@EXERCISES.add({"parameters": "3 numbers in all", "outputs": "(N, 1)"}, by_hand=False)
def OrNet(solution: Any, weights: Any, bias: float, X: Any) -> Iterator[dict[str, Any]]:
    import torch

    model = as_module(solution(), "OrNet()")
    params = list(model.parameters())
    if not params:
        model(torch.tensor(X, dtype=torch.float32))  # raises where nothing is written yet
        raise WrongReturn(
            "the model has no parameters that PyTorch sees: make its layers in `__init__`, and keep each on `self` as "
            "a module or an nn.Parameter, not inside a list"
        )
    model.double()
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
    yield {"outputs": detached(outputs)}


@EXERCISES.add(
    {
        "loss": "a number",
        "a float": "True: the loss is a Python float, no tensor",
        "after one step": "as the parameters",
        "after three steps": "as the parameters",
    },
    returns="the loss as a float",
    seconds=20,
    by_hand=False,
)
def or_step(solution: Any, weights: Any, bias: float, learning_rate: float) -> Iterator[dict[str, Any]]:
    import torch

    model = perceptron(weights, bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    X, targets = or_table()
    loss = solution(model, optimizer, X, targets)
    if loss is None:
        raise WrongReturn("it should return the loss as a float; it returned None: is `return` missing?")
    yield {"loss": detached(loss), "a float": is_float(loss), **parameters_of(model, "after one step")}
    for _ in range(2):
        solution(model, optimizer, X, targets)
    yield parameters_of(model, "after three steps")


@EXERCISES.add(
    {"is learned": "True or False", "a bool": "True: the result is a plain True or False"},
    returns="True or False",
    by_hand=False,
)
def or_is_learned(solution: Any, units: Any, targets: Any) -> dict[str, Any]:
    import torch

    X, _ = or_table()
    models = [perceptron(np.array([w1, w2]), b) for w1, w2, b in units]
    found = [solution(model, X, torch.tensor(targets)[:, None]) for model in models]
    plain = all(isinstance(learned, bool | np.bool_) for learned in found)
    return {**{f"is learned[{k}]": bool(learned) for k, learned in enumerate(found)}, "a bool": plain}


@EXERCISES.add(
    {"outputs": f"four numbers within {OR_WITHIN} of OR", "losses": "a list of floats, one for each step"},
    uses=("or_step", "or_is_learned"),
    returns="the list of losses",
    properties=or_properties,
    seconds=15,
    by_hand=False,
)
def train_or(solution: Any, weights: Any, bias: float) -> Iterator[dict[str, Any]]:
    import torch

    X, targets = or_table()
    model = perceptron(weights, bias)
    losses = solution(model, X, targets)
    with torch.no_grad():
        yield {"outputs": model(X).reshape(-1)}
    yield {"losses": losses}


# -- autograd Functions --------------------------------------------------------------------------


def _returned(output: Any, upstream: Any, *names: str) -> dict[str, Any]:
    """Return what the backward of a Function itself gives, by name; PyTorch would add up what has too many axes."""
    import torch

    with torch.inference_mode():  # autograd records nothing here, so a derivative that is left to it fails
        returned = unpack(output.grad_fn.apply(upstream), *names)
    return {name: detached(value) for name, value in zip(names, returned, strict=True) if torch.is_tensor(value)}


@EXERCISES.add(
    {"y": "(N, out)", "grad_x": "(N, in)", "grad_weight": "(out, in)", "grad_bias": "(out,)", "saved": "True"},
    batch="x",
    large=Large(large.LinearFunction, ("grad_x", "grad_weight", "grad_bias")),
)
def LinearFunction(
    solution: Any, x: Any, weight: Any, bias: Any, grad_y: Any, x_has_gradient: bool
) -> Iterator[dict[str, Any]]:
    import torch

    x, weight, bias = leaf(x), leaf(weight), leaf(bias)
    x.requires_grad_(x_has_gradient)
    y = solution.apply(x, weight, bias)
    yield {"y": detached(y)}
    # a second use, of more examples, alive at the same time as the first
    solution.apply(torch.cat([-x, x]).detach().requires_grad_(), weight, bias)
    yield {"saved": len(getattr(y.grad_fn, "saved_tensors", ())) >= 2}
    returned = _returned(y, torch.from_numpy(grad_y), "grad_x", "grad_weight", "grad_bias")
    yield returned if x_has_gradient else {name: returned[name] for name in ("grad_weight", "grad_bias")}


@EXERCISES.add(
    {"loss": "a number", "grad_logits": "(N, C)", "saved": "True"},
    batch="logits",
    large=Large(large.CrossEntropyFunction, ("grad_logits",)),
    exact=True,  # its rows do not touch each other, so that differences in all of them at once cost little
)
def CrossEntropyFunction(solution: Any, logits: Any, labels: Any, grad_loss: float) -> Iterator[dict[str, Any]]:
    import torch

    logits = leaf(logits)
    labels = torch.from_numpy(labels)
    loss = solution.apply(logits, labels)
    yield {"loss": detached(loss)}
    solution.apply(torch.cat([-logits, logits]).detach().requires_grad_(), torch.cat([labels, labels]))
    yield {"saved": len(getattr(loss.grad_fn, "saved_tensors", ())) >= 1}
    yield {"grad_logits": _returned(loss, torch.full_like(loss, grad_loss), "grad_logits", "None")["grad_logits"]}


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
    by_hand=False,
)
def MLP(
    linear: Any, solution: Any, params: Any, hidden_sizes: list[int], activation: str, X: Any, grad_scores: Any
) -> Iterator[dict[str, Any]]:
    import torch

    seed_all(0)
    inputs, outputs = params[0][0].shape[1], params[-1][0].shape[0]
    first = params[0][0].shape[0]
    single = list(as_module(linear(inputs, first), "Linear(in_features, out_features)").parameters())
    model = as_module(solution(inputs, outputs, hidden_sizes, activation), "MLP(…)").double()
    with suppress(Exception):  # what it cannot build is judged in a case of its own
        solution(outputs, inputs, [3], "relu" if activation == "tanh" else "tanh")
    own = list(model.parameters())
    if not own:
        model(torch.tensor(X, dtype=torch.float32))  # raises where nothing is written yet
    yield {"parameter shapes[count]": len(own), "parameter shapes[Linear]": [n for p in single[:1] for n in p.shape]}
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
    scores = model(torch.from_numpy(X))
    yield {f"scores ({activation})": detached(scores)}
    yield {"LinearFunction": _count(scores.grad_fn, "LinearFunctionBackward")}
    scores.backward(torch.from_numpy(grad_scores))
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
    seconds=20,
    by_hand=False,
)
def train(
    solution: Any,
    params: Any,
    batches: Any,
    each: int,
    loss: str,
    learning_rate: float,
    momentum: float,
    epochs: int,
) -> Iterator[dict[str, Any]]:
    import weakref

    import torch

    model = linear_network(params, "tanh")
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=momentum)
    graphs: list[Any] = []
    kept = 0

    class Marker:
        pass

    def loss_function(scores: Any, labels: Any) -> Any:
        nonlocal kept
        # the graph of the step before may still have a name; older ones are alive only if somebody keeps them
        kept += sum(graph() is not None for graph in graphs[:-1])
        value = LOSSES[loss](scores, labels)
        if value.grad_fn is not None:
            marker = Marker()
            value.grad_fn.metadata["handgrad"] = marker
            graphs.append(weakref.ref(marker))
        return value

    pairs = [(torch.from_numpy(X), torch.from_numpy(labels)) for X, labels in batches]
    history = solution(model, Batches(pairs, each), loss_function, optimizer, epochs)
    if not isinstance(history, Mapping) or not {"loss", "accuracy"} <= set(history):
        what = "None" if history is None else f"a {type(history).__name__}"
        keys = f" with the keys {', '.join(map(str, history))}" if isinstance(history, Mapping) and history else ""
        raise WrongReturn(f'train should return {{"loss": [...], "accuracy": [...]}}; it returned {what}{keys}')
    if learning_rate:
        yield parameters_of(model, "parameters")
        yield {"memory": kept == 0}
    lists = [history["loss"], history["accuracy"]]
    plain = all(isinstance(x, list | tuple) and all(map(is_float, x)) for x in lists)
    entries = [len(x) if isinstance(x, list | tuple) else 0 for x in lists]
    yield {"history[floats]": plain, "history[entries]": np.array(entries)}
    # where the model stays as it is, or takes one step, no other mistake of the training can reach them
    if not learning_rate or epochs * len(batches) == 1:
        loss_of, accuracy = (np.array([float(detached(x)) for x in values]) for values in lists)
        yield {"loss": loss_of, "accuracy": accuracy}


@EXERCISES.add(
    {
        "labels": "(N,)",
        "integers": "True: a tensor, of whole numbers in dtype, too",
        "eval mode": "True",
        "no gradient": "True",
        "mode restored": "True",
    },
    returns="an integer tensor (N,)",
    by_hand=False,
)
def predict(solution: Any, params: Any, X: Any, training: bool, recording: bool) -> Iterator[dict[str, Any]]:
    import torch

    seen: dict[str, bool] = {"eval": True, "no_grad": True}

    class Watched(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = linear_network(params, "tanh", shared=True)

        def forward(self, x: Any) -> Any:
            seen["eval"] &= not self.training and not self.inner.training
            seen["no_grad"] &= not torch.is_grad_enabled()
            scores = self.inner(x)
            # stands for dropout and the like, that act while training only
            return -scores if self.training else scores

    model = Watched()
    model.train(training)
    with torch.set_grad_enabled(recording):
        labels = solution(model, torch.from_numpy(X))
        as_it_was = torch.is_grad_enabled() == recording and all(p.requires_grad for p in model.parameters())
    yield {
        "eval mode": seen["eval"],
        "no gradient": seen["no_grad"],
        "mode restored": as_it_was and model.training == training and model.inner.training == training,
    }
    a_tensor, labels = torch.is_tensor(labels), torch.as_tensor(labels)
    yield {"labels": detached(labels), "integers": a_tensor and not labels.is_floating_point()}


# -- letters ---------------------------------------------------------------------------------------


@EXERCISES.add(
    {"accuracy": f"at least {LEAST_ACCURACY:.0%} of fresh letters"},
    solution=("letter_reader",),
    uses=("LinearFunction", "CrossEntropyFunction", "MLP", "train"),
    returns="the trained model",
    properties=letters_properties,
    seconds=30,
    withheld=("right",),
    by_hand=False,
)
def letter_reader(solution: Any, seeds: list[int], each: int, fresh: Any) -> dict[str, Any]:
    """Train a network on the letters of each seed; each reads its part of the fresh ones.

    For the second one the letters are numbered from Z to A: no network that was trained before can read them so.
    """
    import torch

    predicted = []
    for number, (seed, unseen) in enumerate(zip(seeds, np.split(fresh, len(seeds)), strict=True)):
        images, labels = letters.draw(seed, each)
        labels = 25 - labels if number == 1 else labels
        seed_all(seed)
        model = solution(letters.rows(images), torch.from_numpy(labels))
        as_module(model, "what letter_reader returns").eval()
        with torch.no_grad():
            read = model(letters.rows(unseen)).argmax(dim=1)
        predicted.append(25 - read if number == 1 else read)
    return {"accuracy": torch.cat(predicted)}


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
    by_hand=False,
)
def checkpoint(save: Any, load: Any, configuration: Any, params: Any, X: Any) -> Iterator[dict[str, Any]]:
    import pickle
    import sys

    import torch

    # the class of the student, or a right one while that is supplied
    make = getattr(load, "__globals__", {}).get("MLP") or sys.modules["__main__"].__dict__["MLP"]
    model = make(**configuration)
    own, values = list(model.parameters()), [array for pair in params for array in pair]
    if [tuple(p.shape) for p in own] != [value.shape for value in values]:
        raise WrongReturn("your MLP does not have the parameters that it should: its own exercise comes first")
    with torch.no_grad():
        for p, value in zip(own, values, strict=True):
            p.copy_(torch.tensor(value))
    opened: list[bool] = []
    original, unpickle = torch.load, pickle.load

    def watched(*arguments: Any, **options: Any) -> Any:
        opened.append(bool(options.get("weights_only", True)))
        return original(*arguments, **options)

    def unpickled(*arguments: Any, **options: Any) -> Any:
        opened.append(False)
        return unpickle(*arguments, **options)

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "moved").mkdir()
        path = str(Path(folder) / "checkpoint.pt")
        save(path, model, configuration)
        # another one between, and the file at another place: all that is needed lies in it
        another = {**configuration, "activation": "relu" if configuration["activation"] == "tanh" else "tanh"}
        save(str(Path(folder) / "another.pt"), make(**another), another)
        path = str(Path(path).rename(Path(folder) / "moved" / "model.pt"))
        torch.load, pickle.load = watched, unpickled
        seed_all(0)
        try:
            again, kept = unpack(load(path), "model", "configuration")
        finally:
            torch.load, pickle.load = original, unpickle
    as_module(again, "the model")
    # a file of another kind that holds no code, such as JSON, is as safe
    yield {"opens with weights_only": all(opened) and again is not model}
    yield parameters_of(again, "parameters")
    numbers_of = [kept.get("input_size", -1), kept.get("output_size", -1), *kept.get("hidden_sizes", ())]
    activation = kept.get("activation")
    which = ACTIVATIONS.index(activation) if activation in ACTIVATIONS else -1
    yield {"configuration": np.array([*numbers_of, which])}
    yield {"scores": detached(again.double()(torch.tensor(X)))}


# -- fitting functions --------------------------------------------------------------------------------


@EXERCISES.add(
    {name: f"relative error at most {largest}" for name, largest in LARGEST_ERROR.items()},
    solution=("fit_function",),
    returns="a function from x (M,) to y (M,)",
    properties=fit_properties,
    seconds=30,
    by_hand=False,
)
def fit_function(solution: Any, seed: int, points: int) -> Iterator[dict[str, Any]]:
    import torch

    between, far = (torch.tensor(x, dtype=torch.float32) for x in (points_between(), FAR))
    for (name, function), x in zip(FUNCTIONS.items(), points_of(seed, points), strict=True):
        seed_all(seed)
        fitted = solution(torch.tensor(x, dtype=torch.float32), torch.tensor(function(x), dtype=torch.float32))
        if not callable(fitted):
            raise WrongReturn(f"it should return a function from x to y; it returned a {type(fitted).__name__}")
        with torch.no_grad():
            # a few points at a time, and one alone, each to be scaled as those of the training were
            yield {name: torch.cat([torch.as_tensor(fitted(z)).detach() for z in torch.split(between, [1, 80, 130])])}
            yield {f"{name}[far]": fitted(far)}
            yield {f"{name}[around]": fitted(torch.tensor(around(x).ravel(), dtype=torch.float32))}


@EXERCISES.add(
    {"at the knots": "the heights", "between the knots": "straight lines"},
    solution=("bump_network",),
    returns="(w1, b1, w2, b2)",
    by_hand=False,
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
    {
        "naive": "normal, standard deviation 1",
        "he": "normal, standard deviation √(2 / in)",
        "biases": "all 0",
        "model": "the same one, ready to be trained",
    },
    returns="the model",
    seconds=20,
    by_hand=False,
)
def initialise(solution: Any, sizes: Any, seed: int, own: bool) -> Iterator[dict[str, Any]]:
    import torch
    from torch import nn

    for scheme in ("naive", "he"):
        seed_all(seed)
        layers: list[nn.Module] = []
        for a, b in itertools.pairwise(sizes):
            layers += [own_linear(a, b) if own else nn.Linear(a, b), nn.ReLU()]
        model = nn.Sequential(*layers[:-1])
        returned = solution(model, scheme)
        weights = [p.detach().double() for p in model.parameters() if p.ndim == 2]
        spread = [float(w.std()) * (math.sqrt(w.shape[1]) if scheme == "he" else 1) for w in weights]
        middle = [abs(float(w.mean()) / max(float(w.std()), 1e-9)) < 0.05 for w in weights]
        # of some 100,000 weights the deviation is known to half a percent; one decimal is handed over
        rounded = np.round(np.array(spread), 1)
        # the fourth moment over the square of the second is 3 for normal numbers, known to a tenth, and 2 for others
        normal = [round(float((w / w.std()).pow(4).mean())) == 3 for w in weights]
        yield {
            f"{scheme}[spread]": rounded,
            f"{scheme}[centred]": np.array(middle),
            f"{scheme}[normal]": np.array(normal),
        }
        biases = torch.cat([p.detach() for p in model.parameters() if p.ndim == 1])
        yield {f"biases[{scheme}]": not bool(biases.any())}
        trainable = all(p.requires_grad for p in model.parameters())
        yield {f"model[{scheme}, returned]": returned is model, f"model[{scheme}, trainable]": trainable}


@EXERCISES.add(
    {"norms": "one number for each weight matrix", "floats": "True: the numbers are floats, no tensors"},
    returns="a list of floats",
    batch="X",
    by_hand=False,
)
def gradient_norms(
    solution: Any, params: Any, activation: str, own: bool, loss: str, X: Any, labels: Any
) -> dict[str, Any]:
    import torch

    model = linear_network(params, activation, own, shared=True)
    X, labels = torch.from_numpy(X), torch.from_numpy(labels)
    # gradients left over from training must not be counted
    for p in model.parameters():
        p.grad = torch.ones_like(p)
    norms = solution(model, LOSSES[loss], X, labels)
    if not isinstance(norms, list | tuple):
        raise WrongReturn(f"it should return a list of floats; it returned a {type(norms).__name__}")
    return {"norms": np.array([float(norm) for norm in norms]), "floats": all(map(is_float, norms))}


CHOICES = ("a", "b", "c", "d")


def _chosen(answer: Any) -> Any:
    """Return a choice as flags; anything else as it is."""
    given = str(answer).strip().lower() if answer is not None else None
    return [given == choice for choice in CHOICES] if given in CHOICES else given


@EXERCISES.add(
    {"why_it_fails": "a letter", "why_not_overfitting": "a letter", "what_he_does": "a letter"},
    solution=("why_it_fails", "why_not_overfitting", "what_he_does"),
    unanswered=("why_it_fails", "why_not_overfitting", "what_he_does"),
    more=False,
    by_hand=False,
)
def depth(why: Any, evidence: Any, he: Any, question: str) -> dict[str, Any]:
    if why is None and evidence is None and he is None:
        raise NotImplementedError("write three letters")
    return {
        "why_it_fails": _chosen(why),
        "why_not_overfitting": _chosen(evidence),
        "what_he_does": _chosen(he),
    }
