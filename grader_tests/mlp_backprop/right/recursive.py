"""Recursion in place of a way back: a function goes down the layers and returns the gradient when it comes up."""

from functools import partial

import numpy as np


def top(labels, scores):
    """Return (loss, gradient of the loss by the scores, gradients so far)."""
    N = labels.size
    odds = scores - np.take_along_axis(scores, labels[:, None], axis=1)
    highest = np.maximum(odds.max(axis=1, keepdims=True), 0)
    relative = np.exp(odds - highest)
    total = relative.sum(axis=1, keepdims=True)
    grad = relative / total / N
    np.add.at(grad, (range(N), labels), -1 / N)
    return float((highest + np.log(total)).sum() / N), grad, ()


def linear(W, b, above, x):
    loss, grad, later = above(x @ W + b)
    return loss, grad @ W.T, ((x.T @ grad, np.add.reduce(grad)), *later)


def relu(above, z):
    loss, grad, later = above(np.where(z > 0, z, 0))
    return loss, np.where(z > 0, grad, 0), later


def tanh(above, z):
    a = np.tanh(z)
    loss, grad, later = above(a)
    return loss, grad - grad * a * a, later


def sigmoid(above, z):
    a = 0.5 + 0.5 * np.tanh(0.5 * z)
    loss, grad, later = above(a)
    return loss, grad * (0.25 - (a - 0.5) ** 2), later


ACTIVATIONS = {"relu": relu, "tanh": tanh, "sigmoid": sigmoid}


def chain(params, activation, end):
    """Return the function of the input that runs the layers and then end."""
    (W, b), *rest = params
    if not rest:
        return partial(linear, W, b, end)
    return partial(linear, W, b, partial(activation, chain(rest, activation, end)))


class Matmul:
    def forward(self, x, W):
        self.way_back = partial(linear, W, 0)
        self.x = x
        return np.matmul(x, W)

    def backward(self, grad_y):
        _, grad_x, ((grad_W, _),) = self.way_back(lambda y: (None, grad_y, ()), self.x)
        return grad_x, grad_W


class Relu:
    def forward(self, x):
        self.x = np.array(x)
        return np.where(self.x > 0, self.x, 0)

    def backward(self, grad_y):
        return relu(lambda y: (None, grad_y, ()), self.x)[1]


def softmax_loss(scores, labels):
    loss, grad, _ = top(labels, scores)
    return loss, grad


def mlp_gradients(params, X, labels, activation):
    loss, _, grads = chain(params, ACTIVATIONS[activation], partial(top, labels))(X)
    return loss, grads


def small_network_gradients(params, X, labels):
    layers = [(params[f"layer{k}.weight"].T, params[f"layer{k}.bias"]) for k in (1, 2)]
    loss, grads = mlp_gradients(layers, X, labels, "sigmoid")
    found = {}
    for k, (dW, db) in enumerate(grads, start=1):
        found |= {f"layer{k}.weight": dW.T, f"layer{k}.bias": db}
    return loss, found


def two_layer_forward(params, X):
    seen = {}

    def keep(name, value):
        seen[name] = value
        return None, np.zeros_like(value), ()

    second = partial(linear, params["W2"], params["b2"], partial(keep, "scores"))

    def middle(hidden):
        keep("hidden", hidden)
        return second(hidden)

    linear(params["W1"], params["b1"], partial(relu, middle), X)
    return seen["scores"], seen["hidden"]


def of_two_layers(params, X, labels, activation):
    layers = [(params["W1"], params["b1"]), (params["W2"], params["b2"])]
    loss, ((dW1, db1), (dW2, db2)) = mlp_gradients(layers, X, labels, activation)
    return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


def two_layer_loss(params, X, labels, reg):
    loss, grads = of_two_layers(params, X, labels, "relu")
    decayed = {name: grads[name] + 2 * reg * params[name] for name in ("W1", "W2")}
    return loss + reg * sum(float((params[name] ** 2).sum()) for name in decayed), {**grads, **decayed}


def sigmoid_network_gradients(params, x, y):
    def squared(prediction):
        error = prediction - y
        return error**2, 2 * error, ()

    layers = [(params[f"W{k}"], params[f"b{k}"]) for k in (1, 2, 3)]
    loss, _, grads = chain(layers, sigmoid, squared)(x[None])
    return loss, {f"{letter}{k}": grads[k - 1]["Wb".index(letter)] for k in (3, 2, 1) for letter in "bW"}


def sgd_step(params, grads, learning_rate):
    if not params:
        return {}
    name, *others = params
    moved = {name: params[name] - learning_rate * grads[name]}
    return moved | sgd_step({other: params[other] for other in others}, grads, learning_rate)


wrong_1 = {"W1", "b1"}
wrong_2 = {"b1"}
wrong_3 = {"W2"}

mended_1 = partial(of_two_layers, activation="tanh")
mended_2 = partial(of_two_layers, activation="relu")
mended_3 = partial(of_two_layers, activation="sigmoid")
