"""The exercises of mlp_backprop: backpropagation by hand in NumPy.

N examples, D inputs, H hidden units, C classes; d inputs and e outputs of one layer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from handgrad.assignments.mlp_backprop import large
from handgrad.judging.exercise import Exercises, Large, WrongReturn, named, unpack

EXERCISES = Exercises("mlp_backprop", absent=("torch",))

NETWORK = ("W1", "b1", "W2", "b2")
SMALL_NETWORK = ("layer1.weight", "layer1.bias", "layer2.weight", "layer2.bias")
SIGMOID_NETWORK = ("W1", "b1", "W2", "b2", "W3", "b3")
ACTIVATIONS = ("relu", "tanh", "sigmoid")
MLP_GRADIENTS = {
    "output dW": "(in, out) of the last layer",
    "output db": "(out,) of the last layer",
    **{
        f"hidden d{which} ({activation})": shape
        for activation in ACTIVATIONS
        for which, shape in (("W", "(in, out)"), ("b", "(out,)"))
    },
}


@EXERCISES.add(
    {"y": "(N, e)", "grad_x": "(N, d)", "grad_W": "(d, e)"},
    batch="x",
    returns="y, and (grad_x, grad_W)",
    large=Large(large.Matmul, ("grad_x", "grad_W")),
)
def Matmul(solution: Any, x: Any, W: Any, grad_y: Any, older_x: Any, older_W: Any) -> Iterator[dict[str, Any]]:
    layer, other = solution(), solution()
    # twice, so that an older call counts where backward takes the calls one after the other
    for _ in range(2):
        layer.forward(np.copy(older_x), np.copy(older_W))
    y = layer.forward(x, W)
    yield {"y": y}
    # times 3: with the next one a sum over calls is neither 0 nor a usual multiple
    layer.backward(-3 * grad_y)
    layer.forward(x, W)
    # other numbers than before: what an older call left is told from what two objects share
    other.forward(-older_x, 2 * older_W)
    grad_x, grad_W = unpack(layer.backward(grad_y), "grad_x", "grad_W")
    yield {"grad_x": grad_x, "grad_W": grad_W}
    # once more, as this call may write into what an earlier one returned
    layer.forward(np.copy(older_x), np.copy(older_W))
    yield {"y": y}


@EXERCISES.add({"y": "as x", "grad_x": "as x"})
def Relu(solution: Any, x: Any, grad_y: Any, older_x: Any, transposed: bool) -> Iterator[dict[str, Any]]:
    # a view that is turned on the way in and back on the way out has another layout in memory, and the same results
    if transposed:
        x, grad_y, older_x = x.T, grad_y.T, older_x.T
    layer, other = solution(), solution()
    for _ in range(2):
        layer.forward(np.copy(older_x))
    y = layer.forward(x)
    yield {"y": np.transpose(y) if transposed else y}
    layer.backward(-grad_y)
    layer.forward(x)
    # other signs than before: what an older call left is told from what two objects share
    other.forward(-older_x)
    grad_x = layer.backward(grad_y)
    yield {"grad_x": np.transpose(grad_x) if transposed else grad_x}
    layer.forward(np.copy(older_x))
    yield {"y": np.transpose(y) if transposed else y}


@EXERCISES.add(
    {"loss": "a number", "grad_scores": "(N, C)"},
    batch="scores",
    returns="(loss, grad_scores)",
    large=Large(large.softmax_loss, ("grad_scores",)),
)
def softmax_loss(solution: Any, scores: Any, labels: Any) -> dict[str, Any]:
    loss, grad_scores = unpack(solution(scores, labels), "loss", "grad_scores")
    return {"loss": loss, "grad_scores": grad_scores}


@EXERCISES.add(
    {
        "loss": "a number",
        "layer1.weight": "(2, 2)",
        "layer1.bias": "(2,)",
        "layer2.weight": "(3, 2)",
        "layer2.bias": "(3,)",
    },
    uses=("softmax_loss",),
    batch="X",
    returns="(loss, grads), grads a dict with the keys of params",
    exact=True,
)
def small_network_gradients(solution: Any, params: Any, X: Any, labels: Any) -> dict[str, Any]:
    loss, grads = unpack(solution(params, X, labels), "loss", "grads")
    return {"loss": loss, **named(grads, SMALL_NETWORK)}


@EXERCISES.add({"scores": "(N, C)", "hidden": "(N, H)"}, uses=("Matmul", "Relu"), batch="X", returns="(scores, hidden)")
def two_layer_forward(solution: Any, params: Any, X: Any) -> dict[str, Any]:
    scores, hidden = unpack(solution(params, X), "scores", "hidden")
    return {"scores": scores, "hidden": hidden}


@EXERCISES.add(
    {"loss": "a number", "W1": "(D, H)", "b1": "(H,)", "W2": "(H, C)", "b2": "(C,)"},
    uses=("Matmul", "Relu", "softmax_loss", "two_layer_forward"),
    batch="X",
    returns="(loss, grads), grads a dict with the keys W1, b1, W2, b2",
    large=Large(large.two_layer_loss, NETWORK),
)
def two_layer_loss(solution: Any, params: Any, X: Any, labels: Any, reg: float) -> dict[str, Any]:
    loss, grads = unpack(solution(params, X, labels, reg), "loss", "grads")
    return {"loss": loss, **named(grads, NETWORK)}


@EXERCISES.add(
    {
        "loss": "a number",
        "W1": "(2, 10)",
        "b1": "(10,)",
        "W2": "(10, 10)",
        "b2": "(10,)",
        "W3": "(10, 1)",
        "b3": "(1,)",
    },
    returns="(loss, grads), grads a dict with the keys of params",
    exact=True,
)
def sigmoid_network_gradients(solution: Any, params: Any, x: Any, y: float) -> dict[str, Any]:
    loss, grads = unpack(solution(params, x, y), "loss", "grads")
    return {"loss": loss, **named(grads, SIGMOID_NETWORK)}


@EXERCISES.add(
    {"loss": "a number", **MLP_GRADIENTS},
    uses=("Matmul", "Relu", "softmax_loss"),
    batch="X",
    returns="(loss, grads), grads a list of one (dW, db) for each layer",
    large=Large(large.mlp_gradients, tuple(MLP_GRADIENTS)),
)
def mlp_gradients(solution: Any, params: Any, X: Any, labels: Any, activation: str) -> Iterator[dict[str, Any]]:
    loss, grads = unpack(solution(params, X, labels, activation), "loss", "grads")
    yield {"loss": loss}
    depth = len(params)
    if not isinstance(grads, list | tuple) or len(grads) != depth:
        found = f"a list of {len(grads)}" if isinstance(grads, list | tuple) else f"a {type(grads).__name__}"
        raise WrongReturn(f"grads should be a list of one (dW, db) for each of the {depth} layers; it is {found}")
    for layer, gradients in enumerate(grads):
        dW, db = unpack(gradients, "dW", "db")
        if layer == depth - 1:
            yield {"output dW": dW, "output db": db}
        else:
            yield {f"hidden dW ({activation})[{layer}]": dW, f"hidden db ({activation})[{layer}]": db}


@EXERCISES.add({"updated": "as params"}, returns="a new dict with the keys of params")
def sgd_step(solution: Any, params: Any, grads: Any, learning_rate: float) -> dict[str, Any]:
    names = list(params)
    # a name says which gradient belongs to which parameter, and its place in the dict does not
    updated = solution(params, dict(reversed(grads.items())), learning_rate)
    if updated is None:
        raise WrongReturn("it should return a new dict; it returned None: is `return` missing?")
    return {f"updated[{name}]": value for name, value in named(updated, names, "the new parameters").items()}


def _flags(chosen: Any) -> Any:
    """Return which names were chosen, in whatever collection; None of anything else."""
    try:
        names = {chosen} if isinstance(chosen, str) else {str(name) for name in chosen}
    except TypeError:
        return None
    return [name in names for name in NETWORK] if names <= set(NETWORK) else None


def _bug(chosen: Any, mended: Any, number: int, params: Any, X: Any, labels: Any) -> Iterator[dict[str, Any]]:
    yield {f"wrong_{number}": _flags(chosen)}
    loss, grads = unpack(mended(params, X, labels), "loss", "grads")
    results = {"loss": loss, **named(grads, NETWORK)}
    yield {f"mended_{number}[{name}]": value for name, value in results.items()}


def _bug_parts(number: int) -> dict[str, str]:
    return {f"wrong_{number}": f"a set of names, from {', '.join(NETWORK)}", f"mended_{number}": "(loss, grads)"}


@EXERCISES.add(
    _bug_parts(1),
    solution=("wrong_1", "mended_1"),
    unanswered=("wrong_1",),
    batch="X",
    returns="(loss, grads)",
    exact=True,
    in_stages=True,
)
def bug_1(chosen: Any, mended: Any, params: Any, X: Any, labels: Any) -> Iterator[dict[str, Any]]:
    return _bug(chosen, mended, 1, params, X, labels)


@EXERCISES.add(
    _bug_parts(2),
    solution=("wrong_2", "mended_2"),
    unanswered=("wrong_2",),
    batch="X",
    returns="(loss, grads)",
    exact=True,
    in_stages=True,
)
def bug_2(chosen: Any, mended: Any, params: Any, X: Any, labels: Any) -> Iterator[dict[str, Any]]:
    return _bug(chosen, mended, 2, params, X, labels)


@EXERCISES.add(
    _bug_parts(3),
    solution=("wrong_3", "mended_3"),
    unanswered=("wrong_3",),
    batch="X",
    returns="(loss, grads)",
    exact=True,
    in_stages=True,
)
def bug_3(chosen: Any, mended: Any, params: Any, X: Any, labels: Any) -> Iterator[dict[str, Any]]:
    return _bug(chosen, mended, 3, params, X, labels)
