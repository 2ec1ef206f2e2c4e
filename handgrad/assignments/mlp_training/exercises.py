"""The exercises of mlp_training: autograd Functions, an MLP, its training, and what training needs.

Weights lie in PyTorch's layout (out, in). Gradients are judged in float64, training in float32.
The two autograd Functions are written by hand; all else may use PyTorch as it is. torch is imported
when an exercise runs, so that importing the package stays light.
"""

from __future__ import annotations

import itertools
import math
import tempfile
import time
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
    as_tensor,
    detached,
    in_words,
    is_float,
    leaf,
    linear_network,
    note,
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
    MOST_SECONDS,
    OR_MOST_STEPS,
    OR_WITHIN,
    around,
    fit_properties,
    letters_properties,
    or_properties,
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

MOST_ROWS = 4 * 5 * OR_MOST_STEPS
"""How many rows the training of the OR unit may have read: all four, five times for each of the steps after which it
should give up."""

MOST_FIRST_WEIGHT = 10
"""What no initial weight of a few units exceeds, of whatever usual distribution it is drawn."""

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
    if sum(p.numel() for p in params) > 3:
        raise WrongReturn("a unit with two inputs has three parameters, w1, w2 and b; here are more")
    with torch.no_grad():
        if last:
            for p in params:
                p.copy_(torch.tensor([bias] if p is last[0] else weights).reshape(p.shape))
        else:
            values = torch.tensor([*weights, bias])
            for p in params:
                p.copy_(values[: p.numel()].reshape(p.shape))
                values = values[p.numel() :]
    outputs = model(torch.from_numpy(X))
    if torch.is_tensor(outputs) and not outputs.requires_grad:
        raise WrongReturn(
            "no gradient flows through what forward returns: `detach`, `item` and arrays of NumPy cut it off, and "
            "nothing could be learned"
        )
    yield {"outputs": detached(as_tensor(outputs, "forward"))}


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
def or_step(
    solution: Any, weights: Any, bias: float, learning_rate: float, X: Any, targets: Any
) -> Iterator[dict[str, Any]]:
    import torch

    model = perceptron(weights, bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    X, targets = torch.from_numpy(X), torch.from_numpy(targets)
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
def or_is_learned(solution: Any, model: Any, X: Any, targets: Any) -> dict[str, Any]:
    import torch

    X, targets = torch.from_numpy(X), torch.from_numpy(targets)
    found = []
    for given in model:
        unit = torch.nn.Sequential(*linear_network(given["layers"], "none"), torch.nn.Sigmoid())
        found.append(solution(unit, X, targets))
        note(unit, given)
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
def train_or(solution: Any, weights: Any, bias: float, X: Any, targets: Any) -> Iterator[dict[str, Any]]:
    import torch
    from torch.optim.optimizer import register_optimizer_step_post_hook

    model = perceptron(weights, bias)
    X, targets = torch.from_numpy(X), torch.from_numpy(targets)
    states: list[Any] = []
    rows = steps = 0

    class Endless(Exception):
        pass

    def watch(module: Any, inputs: Any, outputs: Any) -> None:
        nonlocal rows
        now = outputs.detach().reshape(-1).clone()
        rows += len(now)
        if rows > MOST_ROWS:
            raise Endless
        if len(now) == len(X) and not (states and torch.equal(states[-1], now)):
            states.append(now)

    def count(optimizer: Any, arguments: Any, keywords: Any) -> None:
        nonlocal steps
        steps += 1

    watching = model.register_forward_hook(watch)
    counting = register_optimizer_step_post_hook(count)
    losses, ended = None, True
    try:
        losses = solution(model, X, targets)
    except Endless:
        ended = False
    except RuntimeError as error:
        if "dtype" not in str(error):
            raise
        raise WrongReturn(
            "the model that is given, X and targets hold float64 here, and something else does not: is another model "
            "called than the one that is given?"
        ) from error
    finally:
        watching.remove()
        counting.remove()
    with torch.no_grad():
        yield {"outputs": model(X).reshape(-1)}
    if ended and not (isinstance(losses, list | tuple | np.ndarray) and all(map(is_float, losses))):
        raise WrongReturn(f"it should return a list of floats, one for each step; it returned {in_words(losses)}")
    learned = [bool((state - targets.reshape(-1)).abs().max() <= OR_WITHIN) for state in states]
    yield {"losses[ended]": ended, "losses[learned before]": sum(learned[:-1])}
    # a step that is made without an optimizer is seen by what the unit says of all rows
    if steps or states:
        yield {"losses[steps]": steps or len(states) - 1}
    yield {"losses": np.array(losses if ended else [], dtype=float)}


# -- autograd Functions --------------------------------------------------------------------------


def _returned(output: Any, upstream: Any, *names: str) -> tuple[Any, ...]:
    """Return what the backward of a Function itself gives; PyTorch would add up what has too many axes."""
    import torch

    try:
        with torch.inference_mode():  # autograd records nothing here, so a derivative that is left to it fails
            returned = unpack(output.grad_fn.apply(upstream), *names)
    except RuntimeError as error:
        if "does not require grad" not in str(error):
            raise
        raise RuntimeError("autograd records nothing while backward runs: write the gradient as a formula") from error
    for name, value in zip(names, returned, strict=True):
        if value is not None and not torch.is_tensor(value):
            raise WrongReturn(f"backward should return tensors; {name} is {in_words(value)}")
    return tuple(map(detached, returned))


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
    y = as_tensor(solution.apply(x, weight, bias), "forward")
    yield {"y": detached(y)}
    yield {"saved": len(getattr(y.grad_fn, "saved_tensors", ())) >= 2}
    names = ("grad_x", "grad_weight", "grad_bias")
    # other uses, alive at the same time as the first: one of the same sizes, then one of more examples
    for which, rows in (("", x / 2 + 1), ("[later]", torch.cat([-x, x]))):
        solution.apply(rows.detach().requires_grad_(), (weight / 2 + 1).detach().requires_grad_(), bias)
        returned = dict(zip(names, _returned(y, torch.from_numpy(grad_y), *names), strict=True))
        yield {f"{name}{which}": returned[name] for name in names[not x_has_gradient :]}


@EXERCISES.add(
    {"loss": "a number", "grad_logits": "(N, C)", "labels": "True: backward returns None for them", "saved": "True"},
    batch="logits",
    large=Large(large.CrossEntropyFunction, ("grad_logits",)),
    exact=True,  # its rows do not touch each other, so that differences in all of them at once cost little
)
def CrossEntropyFunction(solution: Any, logits: Any, labels: Any, grad_loss: float) -> Iterator[dict[str, Any]]:
    import torch

    logits = leaf(logits)
    labels = torch.from_numpy(labels)
    loss = as_tensor(solution.apply(logits, labels), "forward")
    if loss.numel() != 1:
        raise WrongReturn(f"forward should return one number, the mean; it returned the shape {tuple(loss.shape)}")
    yield {"loss": detached(loss)}
    yield {"saved": len(getattr(loss.grad_fn, "saved_tensors", ())) >= 1}
    uses = (
        ("", logits / 2 + 1, labels.roll(1)),
        ("[later]", torch.cat([-logits, logits]), torch.cat([labels, labels])),
    )
    for which, rows, other_labels in uses:
        solution.apply(rows.detach().requires_grad_(), other_labels)
        grad_logits, of_labels = _returned(loss, torch.full_like(loss, grad_loss), "grad_logits", "None")
        yield {f"grad_logits{which}": grad_logits, f"labels{which}": of_labels is None}


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
        "first weights": "small, and no two units alike",
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
    small = [bool((p.abs() <= MOST_FIRST_WEIGHT).all()) for p in own]
    yield {"first weights[differ]": all(alike), "first weights[small]": all(small)}
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
        "training mode": "True: in every step, and afterwards",
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
    modes: list[bool] = []
    kept = 0

    class Marker:
        pass

    def loss_function(scores: Any, labels: Any) -> Any:
        nonlocal kept
        # the graph of the step before may still have a name; older ones are alive only if somebody keeps them
        kept += sum(graph() is not None for graph in graphs[:-1])
        if scores.grad_fn is not None:
            marker = Marker()
            scores.grad_fn.metadata["handgrad"] = marker
            graphs.append(weakref.ref(marker))
        modes.append(all(module.training for module in model.modules()))
        return LOSSES[loss](scores, labels)

    pairs = [(torch.from_numpy(X), torch.from_numpy(labels)) for X, labels in batches]
    history = solution(model, Batches(pairs, each), loss_function, optimizer, epochs)
    if not isinstance(history, Mapping) or not {"loss", "accuracy"} <= set(history):
        what = "None" if history is None else f"a {type(history).__name__}"
        keys = f" with the keys {', '.join(map(str, history))}" if isinstance(history, Mapping) and history else ""
        raise WrongReturn(f'train should return {{"loss": [...], "accuracy": [...]}}; it returned {what}{keys}')
    if learning_rate:
        yield parameters_of(model, "parameters")
        yield {"memory": kept == 0}
        yield {"training mode": all(modes), "training mode[afterwards]": all(m.training for m in model.modules())}
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
def predict(solution: Any, model: Any, X: Any, training: bool, recording: bool) -> Iterator[dict[str, Any]]:
    import torch

    seen: dict[str, bool] = {"eval": True, "no_grad": True}

    class Watched(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = linear_network(model, "tanh", shared=True)

        def forward(self, x: Any) -> Any:
            seen["eval"] &= not self.training and not self.inner.training
            scores = self.inner(x)
            seen["no_grad"] &= not scores.requires_grad
            # stands for dropout and the like, that act while training only
            return -scores if self.training else scores

    watched = Watched()
    watched.train(training)
    with torch.set_grad_enabled(recording):
        labels = solution(watched, torch.from_numpy(X))
        as_it_was = torch.is_grad_enabled() == recording
    yield {
        "eval mode": seen["eval"],
        "no gradient": seen["no_grad"],
        "mode restored": watched.training == training and watched.inner.training == training,
        "mode restored[recording]": as_it_was,
        "mode restored[trainable]": all(p.requires_grad for p in watched.parameters()),
    }
    if not isinstance(labels, torch.Tensor | np.ndarray | list):
        raise WrongReturn(f"it should return an integer tensor (N,); it returned {in_words(labels)}")
    values = torch.as_tensor(labels)
    yield {
        "labels": detached(values),
        "integers": not values.is_floating_point(),
        "integers[in a tensor]": torch.is_tensor(labels),
    }


# -- letters ---------------------------------------------------------------------------------------


@EXERCISES.add(
    {"accuracy": f"at least {LEAST_ACCURACY:.0%} of fresh letters"},
    solution=("letter_reader",),
    uses=("LinearFunction", "CrossEntropyFunction", "MLP", "train"),
    returns="the trained model",
    properties=letters_properties,
    seconds=2 * MOST_SECONDS,
    withheld=("right",),
    by_hand=False,
)
def letter_reader(solution: Any, seeds: list[int], each: int, fresh: Any, X: Any, labels: Any) -> dict[str, Any]:
    """Train a network on the letters of each seed; each reads its part of the fresh ones.

    For the second one the letters are numbered from Z to A: no network that was trained before can read them so.
    ``X`` and ``labels`` count in how many calls the images and the labels were changed, which are too large to come in.
    """
    import torch

    predicted, taken = [], 0.0
    for number, (seed, unseen) in enumerate(zip(seeds, np.split(fresh, len(seeds)), strict=True)):
        images, right = letters.draw(seed, each)
        given = (letters.rows(images), torch.from_numpy(25 - right if number == 1 else right))
        before = [value.clone() for value in given]
        seed_all(seed)
        # the shorter of the two: other programs lengthen the one, threads that wait for one another the other
        began, began_working = time.perf_counter(), time.process_time()
        model = solution(*given)
        taken += min(time.perf_counter() - began, time.process_time() - began_working)
        for count, now, was in zip((X, labels), given, before, strict=True):
            count[0] += not torch.equal(now, was)
        as_module(model, "what letter_reader returns").eval()
        with torch.no_grad():
            read = model(letters.rows(unseen)).argmax(dim=1)
        predicted.append(25 - read if number == 1 else read)
    return {"accuracy": torch.cat(predicted), "accuracy[seconds]": taken}


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
def checkpoint(save: Any, load: Any, configuration: Any, model: Any, X: Any) -> Iterator[dict[str, Any]]:
    import pickle
    import sys

    import torch

    # the class of the student, or a right one while that is supplied
    make = getattr(load, "__globals__", {}).get("MLP") or sys.modules["__main__"].__dict__["MLP"]
    saved = make(**configuration)
    own, values = list(saved.parameters()), [array for pair in model["layers"] for array in pair]
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

    # another one between, and the file at another place: all that is needed lies in it
    another = {**configuration, "activation": "relu" if configuration["activation"] == "tanh" else "tanh"}
    with tempfile.TemporaryDirectory() as folder:
        path, moved = Path(folder) / "checkpoint.pt", Path(folder) / "moved" / "model.pt"
        moved.parent.mkdir()
        save(str(path), saved, configuration)
        note(saved, model)
        if not path.is_file():
            raise WrongReturn("save_checkpoint should write a file at `path`; there is none")
        save(str(Path(folder) / "another.pt"), make(**another), another)
        path.rename(moved)
        torch.load, pickle.load = watched, unpickled
        seed_all(0)
        try:
            again, kept = unpack(load(str(moved)), "model", "configuration")
        except pickle.UnpicklingError:
            raise WrongReturn(
                "the file holds more than tensors, numbers, strings, lists and dicts, so it cannot be opened safely: "
                "what belongs there is `model.state_dict()`, not the model and not one of its methods"
            ) from None
        finally:
            torch.load, pickle.load = original, unpickle
    if not isinstance(kept, Mapping):
        raise WrongReturn(f"the configuration should be a dict with the arguments of MLP; it is {in_words(kept)}")
    as_module(again, "the model")
    # a file of another kind that holds no code, such as JSON, is as safe
    yield {"opens with weights_only": all(opened) and again is not saved}
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
def fit_function(solution: Any, seed: int, x: Any, y: Any, new_x: Any) -> Iterator[dict[str, Any]]:
    import torch

    between, far = torch.tensor(new_x), torch.tensor(FAR, dtype=torch.float32)
    for name, points, heights in zip(FUNCTIONS, x, y, strict=True):
        near = torch.tensor(around(points).ravel(), dtype=torch.float32)
        seed_all(seed)
        fitted = solution(torch.from_numpy(points), torch.from_numpy(heights))
        if not callable(fitted):
            raise WrongReturn(f"it should return a function from x to y; it returned {in_words(fitted)}")
        asked = between.clone()
        with torch.no_grad():
            # a few points at a time, and one alone, each to be scaled as those of the training were
            pieces = torch.split(asked, [1, 80, 130])
            values = [torch.as_tensor(fitted(z)).detach() for z in pieces]
            for z, value in zip(pieces, values, strict=True):
                if z.shape != value.shape:
                    raise WrongReturn(
                        f"the function that is returned should take x of shape {tuple(z.shape)} to y of the same "
                        f"shape; y has the shape {tuple(value.shape)}"
                    )
            yield {name: torch.cat(values)}
            yield {f"{name}[far]": fitted(far.clone())}
            yield {f"{name}[around]": fitted(near)}
        new_x[...] += (asked != between).numpy()


@EXERCISES.add(
    {"at the knots": "the heights", "between the knots": "straight lines"},
    solution=("bump_network",),
    returns="(w1, b1, w2, b2)",
    by_hand=False,
)
def bump_network(solution: Any, knots: Any, heights: Any, x: Any) -> dict[str, Any]:
    w1, b1, w2, b2 = (np.asarray(value) for value in unpack(solution(knots, heights), "w1", "b1", "w2", "b2"))
    if w1.ndim != 1 or not w1.shape == b1.shape == w2.shape:
        shapes = ", ".join(f"{name} {value.shape}" for name, value in (("w1", w1), ("b1", b1), ("w2", w2)))
        raise WrongReturn(f"w1, b1 and w2 should have the same shape (H,), one entry for each unit; they have {shapes}")
    if b2.size != 1:
        raise WrongReturn(f"b2 should be a number; it has the shape {b2.shape}")

    def network(at: Array) -> Array:
        values: Array = np.maximum(0, np.outer(at, w1) + b1) @ w2 + b2
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
        given = list(model.parameters())
        returned = solution(model, scheme)
        weights = [p.detach().double() for p in model.parameters() if p.ndim == 2]
        spread = [float(w.std()) * (math.sqrt(w.shape[1]) if scheme == "he" else 1) for w in weights]
        middle = [abs(float(w.mean()) / max(float(w.std()), 1e-9)) < 0.05 for w in weights]
        # of some 100,000 weights the deviation is known to half a percent; one decimal is handed over
        rounded = np.round(np.array(spread), 1)
        # the fourth moment over the square of the second is 3 for normal numbers, known to a tenth, and 2 for others
        normal = [abs(float((w / w.std()).pow(4).mean()) - 3) < 0.5 for w in weights]
        yield {
            f"{scheme}[spread]": rounded,
            f"{scheme}[centred]": np.array(middle),
            f"{scheme}[normal]": np.array(normal),
        }
        biases = torch.cat([p.detach() for p in model.parameters() if p.ndim == 1])
        yield {f"biases[{scheme}]": not bool(biases.any())}
        now = list(model.parameters())
        yield {
            f"model[{scheme}, returned]": returned is model,
            f"model[{scheme}, trainable]": all(p.requires_grad for p in now),
            f"model[{scheme}, mode]": model.training,
            f"model[{scheme}, dtype]": all(p.dtype == torch.float32 for p in now),
            f"model[{scheme}, in place]": [id(p) for p in now] == [id(p) for p in given],
        }


@EXERCISES.add(
    {"norms": "one number for each weight matrix", "floats": "True: the numbers are floats, no tensors"},
    returns="a list of floats",
    batch="X",
    by_hand=False,
)
def gradient_norms(
    solution: Any, model: Any, activation: str, own: bool, loss: str, X: Any, labels: Any
) -> dict[str, Any]:
    import torch

    network = linear_network(model["layers"], activation, own)
    X, labels = torch.from_numpy(X), torch.from_numpy(labels)
    # gradients left over from training must not be counted
    for p in network.parameters():
        p.grad = torch.ones_like(p)
    norms = solution(network, LOSSES[loss], X, labels)
    note(network, model)
    if not isinstance(norms, list | tuple):
        raise WrongReturn(f"it should return a list of floats; it returned {in_words(norms)}")
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
