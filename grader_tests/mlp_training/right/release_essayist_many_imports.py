"""Style: more imports than needed, long docstrings and comments that speak of autograd, finite difference and numerical derivative."""

import copy
import functools
import itertools
import json
import math
import os
import random
import sys
import time
from functools import reduce
from typing import Iterable, List, Tuple

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.autograd as autograd
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.autograd import grad, gradcheck
from torch.func import vjp
from torch.utils.data import DataLoader, Dataset, TensorDataset


class OrNet(nn.Module):
    """One sigmoid unit.

    torch.autograd differentiates this one for us; nothing has to be written by hand here.
    """

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(2, 1)
        self.squash = nn.Sigmoid()

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return self.squash(self.hidden(X))


def or_step(model, optimizer, X, targets) -> float:
    """Make one step.

    The order matters: zero_grad, forward, backward (where autograd runs), step. A finite difference of the
    loss before and after the step would tell whether the step went downhill; we do not compute it.
    """
    optimizer.zero_grad()
    outputs = model(X)
    loss = F.binary_cross_entropy(outputs, targets)
    loss.backward()
    optimizer.step()
    return loss.item()


def or_is_learned(model, X, targets) -> bool:
    """Say whether every output is within 0.05 of its target (autograd is off meanwhile)."""
    with torch.no_grad():
        deviations = torch.abs(model(X) - targets)
    return all(deviation <= 0.05 for deviation in deviations.flatten().tolist())


def train_or(model, X, targets) -> List[float]:
    """Train, at most 2000 steps; the condition of the loop is looked at before each step."""
    optimizer = optim.SGD(model.parameters(), lr=3.0)
    losses: List[float] = []
    for _ in itertools.repeat(None, 2000):
        if or_is_learned(model, X, targets):
            break
        losses.append(or_step(model, optimizer, X, targets))
    return losses


class LinearFunction(autograd.Function):
    """An affine map as a torch.autograd.Function.

    One could find the derivative of L by W_jk by a numerical derivative: move W_jk by eps, go forward again,
    divide the difference of the two losses by eps. That is a finite difference, costs one forward pass for each
    weight, and is not exact. Or one could call torch.autograd.grad with torch.enable_grad(). Neither is done
    here: y_nj = sum_k x_nk W_jk + b_j, so that dL/dW_jk = sum_n (dL/dy_nj) x_nk.
    """

    @staticmethod
    def forward(ctx, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x, weight)
        return F.linear(x, weight, bias)

    @staticmethod
    def backward(ctx, grad_y: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The three gradients by their formulas; gradcheck compares them with a finite difference elsewhere."""
        (x, weight) = ctx.saved_tensors
        # not torch.autograd.grad(y, weight, grad_y), but:
        grad_weight = torch.mm(torch.transpose(grad_y, 0, 1), x)
        grad_x = torch.mm(grad_y, weight)
        grad_bias = torch.sum(grad_y, axis=0)
        return grad_x, grad_weight, grad_bias


class CrossEntropyFunction(autograd.Function):
    """The mean of -log softmax at the label.

    d/ds_c of log sum exp(s) is exp(s_c) / sum exp(s), the softmax; of -s_k it is -1 at c = k and 0 elsewhere. The
    mean brings 1/N and the chain rule grad_loss. (A numerical derivative with eps = 1e-4 agreed on paper.)
    """

    @staticmethod
    def forward(ctx, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(logits, labels)
        return F.cross_entropy(logits, labels)  # the forward pass alone: backward below does not use autograd

    @staticmethod
    def backward(ctx, grad_loss: torch.Tensor):
        logits, labels = ctx.saved_tensors
        examples, classes = logits.shape
        # numerator and denominator of the softmax, shifted so that exp does not overflow
        numerator = torch.exp(logits - torch.max(logits, dim=1, keepdim=True).values)
        denominator = torch.sum(numerator, dim=1, keepdim=True)
        probabilities = numerator / denominator
        at_label = torch.arange(classes).unsqueeze(0).eq(labels.unsqueeze(1))
        return torch.where(at_label, probabilities - 1, probabilities) * (grad_loss / examples), None


class Linear(nn.Module):
    """A layer; its parameters are seen by torch.autograd because they are nn.Parameters."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_features, in_features) / math.sqrt(in_features))
        self.bias = nn.Parameter(torch.zeros(out_features))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return LinearFunction.apply(X, self.weight, self.bias)


class MLP(nn.Module):
    """Layers with an activation between them, folded together by functools.reduce."""

    def __init__(self, input_size: int, output_size: int, hidden_sizes: List[int], activation: str) -> None:
        super().__init__()
        widths = list(itertools.chain([input_size], hidden_sizes, [output_size]))
        modules: List[nn.Module] = []
        for left, right in itertools.pairwise(widths):
            if modules:
                modules.append(
                    {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "none": nn.Identity}[activation]()
                )
            modules.append(Linear(left, right))
        self.steps = nn.ModuleList(modules)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return reduce(lambda value, module: module(value), self.steps, X)


def train(model, batches: Iterable, loss_function, optimizer, epochs: int) -> dict:
    """Train the model and return the history.

    The last batch may be smaller than the others, so the mean of the batch means would not be the mean over all
    examples; each batch counts by its size. loss.item() leaves the graph of autograd behind.
    """
    model.train()  # dropout and the like belong to training
    history = {key: [] for key in ("loss", "accuracy")}
    for _ in range(epochs):
        examples, loss_sum, right = 0, 0.0, 0
        for X, labels in batches:
            optimizer.zero_grad()
            scores = model(X)
            loss = loss_function(scores, labels)
            loss.backward()
            optimizer.step()
            examples += labels.size(0)
            loss_sum += labels.size(0) * loss.item()
            right += torch.count_nonzero(scores.argmax(dim=1) == labels).item()
        history["loss"].append(loss_sum / examples)
        history["accuracy"].append(right / examples)
    return history


def predict(model, X: torch.Tensor) -> torch.Tensor:
    """Return the classes; in eval mode, without autograd, and with the mode handed back whatever happens."""
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            return torch.argmax(F.softmax(model(X), dim=1), dim=1)
    finally:
        model.train(mode=training)


def letter_reader(X, labels):
    """Train a network; the last part of the training with smaller steps."""
    model = MLP(256, 26, [64], "relu")
    batches = DataLoader(TensorDataset(X, labels), batch_size=64, shuffle=True)
    for lr, epochs in ((0.1, 12), (0.03, 5)):
        optimizer = optim.SGD(model.parameters(), lr=lr, momentum=0.9, nesterov=True)
        train(model, batches, F.cross_entropy, optimizer, epochs)
    return model


def save_checkpoint(path, model, configuration: dict) -> None:
    """Write weights and configuration; the configuration as JSON text, which is a string and so allowed."""
    torch.save({"weights": model.state_dict(), "configuration": json.dumps(configuration)}, os.fspath(path))


def load_checkpoint(path):
    """Build the network again from the file alone."""
    content = torch.load(os.fspath(path), weights_only=True)
    configuration = json.loads(content["configuration"])
    model = MLP(**configuration)
    model.load_state_dict(content["weights"])
    return model, configuration


def fit_function(x: torch.Tensor, y: torch.Tensor):
    """Fit a two-layer network in scaled variables.

    No numerical derivative of y is needed: the loss looks at values alone.
    """

    def standard(values):
        return values.mean(), values.std(unbiased=False)

    (x_mean, x_dev), (y_mean, y_dev) = standard(x), standard(y)
    network = nn.Sequential(nn.Linear(1, 256), nn.ReLU(), nn.Linear(256, 1))
    optimizer = optim.Adam(network.parameters(), lr=1e-2)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, 600)
    u, v = ((x - x_mean) / x_dev).view(-1, 1), ((y - y_mean) / y_dev).view(-1, 1)
    for _ in range(600):
        optimizer.zero_grad()
        F.mse_loss(network(u), v).backward()
        optimizer.step()
        scheduler.step()

    @torch.no_grad()
    def fitted(z):
        return network((z.reshape(-1, 1) - x_mean) / x_dev).reshape(-1) * y_dev + y_mean

    return fitted


def bump_network(knots, heights):
    """The weights of the network through the points.

    The slope of a piece is a difference quotient, (heights[i+1] - heights[i]) / (knots[i+1] - knots[i]). It looks
    like a finite difference, but is exact for straight pieces.
    """
    w1, b1, w2 = np.ones(len(knots)), -np.array(knots, dtype=float), np.zeros(len(knots))
    slope_so_far = 0.0
    for i, (left, right) in enumerate(itertools.pairwise(zip(knots, heights, strict=True))):
        slope = (right[1] - left[1]) / (right[0] - left[0])
        w2[i] = slope - slope_so_far
        slope_so_far = slope
    return w1, b1, w2, heights[0]


def initialise(model, scheme: str):
    """Draw the weights; the deviation is the root of the variance."""
    for parameter in model.parameters():
        if parameter.ndim == 2:
            variance = {"naive": 1.0, "he": 2.0 / parameter.shape[-1]}[scheme]
            nn.init.normal_(parameter, mean=0.0, std=math.sqrt(variance))
        else:
            nn.init.zeros_(parameter)
    return model


def gradient_norms(model, loss_function, X, labels) -> List[float]:
    """Measure the gradients by autograd (as the exercise asks), not by finite difference."""
    for parameter in model.parameters():
        parameter.grad = None
    loss_function(model(X), labels).backward()
    return [torch.norm(parameter.grad).item() for parameter in model.parameters() if parameter.ndim == 2]


why_it_fails = "c"  # scores in the hundreds at the start, and gradients as large
why_not_overfitting = "b"  # it misses its own training images
what_he_does = "d"
