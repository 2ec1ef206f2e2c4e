"""What the exercises of mlp_training are run on: networks with given weights, batches, seeds."""

from __future__ import annotations

import numbers
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from handgrad.judging.exercise import WrongReturn

Array = np.ndarray[Any, Any]


def leaf(array: Array) -> Any:
    """Return a tensor that gets a gradient; what is changed in it is changed in the array, and so is seen."""
    import torch

    return torch.from_numpy(array).requires_grad_()


def seed_all(seed: int) -> None:
    """Seed every generator that a student may draw from."""
    import torch

    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)


def own_linear(in_features: int, out_features: int) -> Any:
    """Return a layer that does what nn.Linear does and is none, as the students' own."""
    import torch
    from torch import nn

    class OwnLinear(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.randn(out_features, in_features))
            self.bias = nn.Parameter(torch.ones(out_features))

        def forward(self, X: Any) -> Any:
            return X @ self.weight.T + self.bias

    return OwnLinear()


def linear_network(
    params: Sequence[tuple[Array, Array]], activation: str, own: bool = False, shared: bool = False
) -> Any:
    """Return a network, float64, that holds these weights (out, in) and biases, of nn.Linear or of layers of one's own.

    Parameters
    ----------
    params
        Weights and biases, layer by layer.
    activation
        What stands between the layers: 'relu', 'tanh' or 'sigmoid'.
    own
        Whether the layers are of :func:`own_linear`.
    shared
        Whether a change of the network's parameters changes these arrays, and so is seen.
    """
    import torch
    from torch import nn

    layers: list[Any] = []
    for weight, bias in params:
        if layers:
            layers.append({"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}[activation]())
        linear = (own_linear if own else nn.Linear)(weight.shape[1], weight.shape[0]).double()
        for parameter, value in ((linear.weight, weight), (linear.bias, bias)):
            parameter.data = torch.from_numpy(value) if shared else torch.tensor(value)
        layers.append(linear)
    return nn.Sequential(*layers)


def perceptron(weights: Array, bias: float) -> Any:
    """Return a sigmoid unit with given weights (2,) and bias, float64, its output (N, 1)."""
    from torch import nn

    linear = linear_network([(weights[None], np.array([bias]))], "none")[0]
    return nn.Sequential(linear, nn.Sigmoid())


def note(model: Any, given: dict[str, Any]) -> None:
    """Write what a model is like now into what it was made of, so that a change is seen as that of any argument.

    Parameters
    ----------
    model
        The model.
    given
        Its ``layers``, weights (out, in) and biases, and whether it is in ``training`` mode and ``trainable``.
    """
    arrays = [array for pair in given["layers"] for array in pair]
    for array, parameter in zip(arrays, model.parameters(), strict=True):
        array[...] = parameter.detach()
    given["training"] = all(module.training for module in model.modules())
    given["trainable"] = all(parameter.requires_grad for parameter in model.parameters())


def parameters_of(model: Any, name: str) -> dict[str, Any]:
    """Return a copy of every parameter as ``name[0]``, ``name[1]``, …"""
    return {f"{name}[{k}]": p.detach().clone() for k, p in enumerate(model.parameters())}


def as_module(model: Any, what: str) -> Any:
    """Return a model as it is.

    Raises
    ------
    WrongReturn
        Where it is no nn.Module.
    """
    from torch import nn

    if not isinstance(model, nn.Module):
        raise WrongReturn(f"{what} should be an nn.Module; it is {'None' if model is None else type(model).__name__}")
    return model


def in_words(value: Any) -> str:
    """Return what a value is, in words for a student: ``"None"``, ``"a list of ndarray"``."""
    if isinstance(value, list | tuple) and value:
        return f"a {type(value).__name__} of {', '.join(dict.fromkeys(type(item).__name__ for item in value))}"
    return "None" if value is None else f"a {type(value).__name__}"


def as_tensor(value: Any, what: str) -> Any:
    """Return a tensor as it is.

    Raises
    ------
    WrongReturn
        Where it is none.
    """
    import torch

    if not torch.is_tensor(value):
        raise WrongReturn(f"{what} should return a tensor; it returned {in_words(value)}")
    return value


def detached(value: Any) -> Any:
    """Return a tensor without its graph, anything else as it is."""
    return value.detach().clone() if hasattr(value, "detach") else value


def _checked(scores: Any, labels: Any) -> None:
    if scores.ndim != 2 or labels.is_floating_point():
        raise WrongReturn("loss_function takes (scores, labels), in this order")


def cross_entropy(scores: Any, labels: Any) -> Any:
    """Return the mean cross-entropy; say so where scores and labels are exchanged."""
    import torch

    _checked(scores, labels)
    return torch.nn.functional.cross_entropy(scores, labels)


def squared_distance(scores: Any, labels: Any) -> Any:
    """Return the mean squared distance of the scores from one-hot; say so where scores and labels are exchanged."""
    import torch

    _checked(scores, labels)
    onehot = torch.nn.functional.one_hot(labels, scores.shape[1])
    return (scores - onehot).square().sum(dim=1).mean()


LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "cross-entropy": cross_entropy,
    "squared distance": squared_distance,
}
"""The loss functions that a function of a student may be handed."""


def is_float(value: Any) -> bool:
    """Return whether a value is a plain number, not a tensor that keeps its graph alive."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


class Batches:
    """Batches that can be walked through again and again, each time from another one on, and have no length.

    Parameters
    ----------
    pairs
        All batches.
    each
        How many of them an epoch has.
    """

    def __init__(self, pairs: list[tuple[Any, Any]], each: int) -> None:
        self.pairs = pairs
        self.each = each

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        pairs, self.pairs = self.pairs, self.pairs[1:] + self.pairs[:1]
        return iter(pairs[: self.each])
