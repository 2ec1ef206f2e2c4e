"""New axes and sums: each product is written by broadcasting over one more axis, which is then summed away."""

import numpy as np


def product(a, b):
    return (a[:, :, np.newaxis] * b[np.newaxis, :, :]).sum(axis=1)


def outer_sum(a, b):
    return (a[:, :, np.newaxis] * b[:, np.newaxis, :]).sum(axis=0)


def read_only(array):
    array.flags.writeable = False
    return array


class Matmul:
    def forward(self, x, W):
        self.x = read_only(x.copy())
        self.W = read_only(W.copy())
        return read_only(product(x, W))

    def backward(self, grad_y):
        grad_x = (grad_y[:, np.newaxis, :] * self.W[np.newaxis, :, :]).sum(axis=-1)
        return [read_only(grad_x), read_only(outer_sum(self.x, grad_y))]


class Relu:
    def forward(self, x):
        self.positive = np.greater(x, 0)
        return (np.abs(x) + x) / 2

    def backward(self, grad_y):
        return np.where(self.positive, grad_y, np.zeros_like(grad_y))


def softmax_loss(scores, labels):
    differences = scores[:, np.newaxis, :] - scores[:, :, np.newaxis]
    with np.errstate(over="ignore"):
        probabilities = 1 / np.exp(differences).sum(axis=2)
    is_label = labels[:, np.newaxis] == np.arange(scores.shape[1])
    against_label = scores - np.where(is_label, scores, 0).sum(axis=1, keepdims=True)
    highest = against_label.max(axis=1, keepdims=True)
    losses = highest[:, 0] + np.log(np.exp(against_label - highest).sum(axis=1))
    return losses.sum() / losses.size, read_only((probabilities - is_label) / losses.size)


def small_network_gradients(params, X, labels):
    W1, b1 = params["layer1.weight"], params["layer1.bias"]
    W2, b2 = params["layer2.weight"], params["layer2.bias"]
    a = 1 / (1 + np.exp(-((X[:, np.newaxis, :] * W1).sum(axis=2) + b1)))
    scores = (a[:, np.newaxis, :] * W2).sum(axis=2) + b2
    loss, grad_scores = softmax_loss(scores, labels)
    grad_z = (grad_scores[:, :, np.newaxis] * W2).sum(axis=1) * (a - a**2)
    return loss, {
        "layer1.weight": outer_sum(grad_z, X),
        "layer1.bias": grad_z.sum(axis=0),
        "layer2.weight": outer_sum(grad_scores, a),
        "layer2.bias": grad_scores.sum(axis=0),
    }


def two_layer_forward(params, X):
    z = product(X, params["W1"]) + params["b1"]
    hidden = z * (z > 0)
    return product(hidden, params["W2"]) + params["b2"], hidden


def two_layer_loss(params, X, labels, reg):
    scores, hidden = two_layer_forward(params, X)
    loss, grad_scores = softmax_loss(scores, labels)
    sent_back = (grad_scores[:, np.newaxis, :] * params["W2"]).sum(axis=2)
    grad_z = np.where(hidden > 0, sent_back, 0)
    grads = {
        "W1": outer_sum(X, grad_z),
        "b1": grad_z.sum(axis=0),
        "W2": outer_sum(hidden, grad_scores),
        "b2": grad_scores.sum(axis=0),
    }
    for name in ("W1", "W2"):
        loss = loss + reg * np.square(params[name]).sum()
        grads[name] = grads[name] + reg * (params[name] + params[name])
    return loss, grads


def sigmoid_network_gradients(params, x, y):
    first = 1 / (1 + np.exp(-(x[:, np.newaxis] * params["W1"]).sum(axis=0) - params["b1"]))
    second = 1 / (1 + np.exp(-(first[:, np.newaxis] * params["W2"]).sum(axis=0) - params["b2"]))
    error = (second[:, np.newaxis] * params["W3"]).sum(axis=0) + params["b3"] - y
    grad_b3 = 2 * error
    grad_b2 = (grad_b3 * params["W3"]).sum(axis=1) * second * (1 - second)
    grad_b1 = (grad_b2 * params["W2"]).sum(axis=1) * first * (1 - first)
    return error**2, {
        "W1": x[:, np.newaxis] * grad_b1,
        "b1": grad_b1,
        "W2": first[:, np.newaxis] * grad_b2,
        "b2": grad_b2,
        "W3": second[:, np.newaxis] * grad_b3,
        "b3": grad_b3,
    }


def activated(z, activation):
    if activation == "relu":
        return z * (z > 0), 1.0 * (z > 0)
    if activation == "tanh":
        return np.tanh(z), 1 - np.tanh(z) ** 2
    exponential = np.exp(-z)
    return 1 / (1 + exponential), exponential / (1 + exponential) ** 2


def mlp_gradients(params, X, labels, activation):
    trace = []
    a = X
    for W, b in params[:-1]:
        z = product(a, W) + b
        trace.append((a, z))
        a, _ = activated(z, activation)
    W, b = params[-1]
    loss, delta = softmax_loss(product(a, W) + b, labels)
    grads = [(outer_sum(a, delta), delta.sum(axis=0))]
    for (a, z), (W_above, _) in zip(trace[::-1], params[:0:-1], strict=True):
        delta = (delta[:, np.newaxis, :] * W_above).sum(axis=2) * activated(z, activation)[1]
        grads.append((outer_sum(a, delta), delta.sum(axis=0)))
    return loss, tuple(reversed(grads))


def sgd_step(params, grads, learning_rate):
    moved = {}
    for name in sorted(params, reverse=True):
        moved[name] = read_only(np.subtract(params[name], np.multiply(grads[name], learning_rate)))
    return moved


def mended(params, X, labels, activation):
    layers = [(params["W1"], params["b1"]), (params["W2"], params["b2"])]
    loss, ((dW1, db1), (dW2, db2)) = mlp_gradients(layers, X, labels, activation)
    return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


wrong_1 = frozenset(["W1", "b1"])
wrong_2 = frozenset(["b1"])
wrong_3 = frozenset(["W2"])


def mended_1(params, X, labels):
    return mended(params, X, labels, "tanh")


def mended_2(params, X, labels):
    return mended(params, X, labels, "relu")


def mended_3(params, X, labels):
    return mended(params, X, labels, "sigmoid")
