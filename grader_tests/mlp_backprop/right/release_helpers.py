"""Style: many small helper functions (shift, affine, log_sigmoid, delta, diff, step, eps, numeric), each used by hand-derived formulas."""

import numpy as np

eps = np.finfo(float).eps  # not needed in the end, kept for printing tolerances


def numeric(values):
    """Return values as a numeric (float) array."""
    return np.asarray(values, dtype=float)


def shift(s):
    """Shift every row so that its largest entry is 0."""
    return s - s.max(axis=1, keepdims=True)


def affine(x, W, b):
    return x @ W + b


def diff(p, q):
    """The difference of two arrays, p - q."""
    return p - q


def onehot(labels, C):
    return (np.arange(C) == np.asarray(labels)[:, None]).astype(float)


def log_sigmoid(z):
    return -np.logaddexp(0, -z)


def sigmoid(z):
    return np.exp(log_sigmoid(z))


def delta(upstream, W, slope):
    """One step back: through the weights (in, out), then through the activation."""
    return (upstream @ W.T) * slope


def step(x):
    """Heaviside step: the slope of ReLU, 0 at 0."""
    return (x > 0).astype(float)


def bias_gradient(d):
    return d.sum(axis=0)


def weight_gradient(a, d):
    return a.T @ d


class Matmul:
    def forward(self, x, W):
        self._x = numeric(x)
        self._W = numeric(W)
        return self._x @ self._W

    def backward(self, grad_y):
        return delta(grad_y, self._W, 1.0), weight_gradient(self._x, grad_y)


class Relu:
    def forward(self, x):
        self._gate = step(x)
        return self._gate * x

    def backward(self, grad_y):
        return self._gate * grad_y


def log_softmax(s):
    t = shift(s)
    return t - np.log(np.exp(t).sum(axis=1, keepdims=True))


def softmax_loss(scores, labels):
    N, C = scores.shape
    logp = log_softmax(scores)
    target = onehot(labels, C)
    loss = -(logp * target).sum() / N
    return loss, diff(np.exp(logp), target) / N


def small_network_gradients(params, X, labels):
    W1, W2 = params["layer1.weight"].T, params["layer2.weight"].T
    a = sigmoid(affine(X, W1, params["layer1.bias"]))
    loss, d2 = softmax_loss(affine(a, W2, params["layer2.bias"]), labels)
    d1 = delta(d2, W2, a * (1 - a))
    return loss, {
        "layer1.weight": weight_gradient(X, d1).T,
        "layer1.bias": bias_gradient(d1),
        "layer2.weight": weight_gradient(a, d2).T,
        "layer2.bias": bias_gradient(d2),
    }


def two_layer_forward(params, X):
    hidden = Relu().forward(affine(X, params["W1"], params["b1"]))
    return affine(hidden, params["W2"], params["b2"]), hidden


def penalty(weights, reg):
    return reg * sum((w**2).sum() for w in weights)


def penalty_gradient(w, reg):
    return 2 * reg * w


def two_layer_loss(params, X, labels, reg):
    scores, hidden = two_layer_forward(params, X)
    loss, d2 = softmax_loss(scores, labels)
    d1 = delta(d2, params["W2"], step(hidden))
    grads = {
        "W1": weight_gradient(X, d1) + penalty_gradient(params["W1"], reg),
        "b1": bias_gradient(d1),
        "W2": weight_gradient(hidden, d2) + penalty_gradient(params["W2"], reg),
        "b2": bias_gradient(d2),
    }
    return loss + penalty((params["W1"], params["W2"]), reg), grads


def sigmoid_network_gradients(params, x, y):
    def sigmoid_slope(a):
        return a * (1 - a)

    a1 = sigmoid(affine(x, params["W1"], params["b1"]))
    a2 = sigmoid(affine(a1, params["W2"], params["b2"]))
    out = affine(a2, params["W3"], params["b3"])
    residual = diff(out, y)
    d3 = 2 * residual
    d2 = delta(d3, params["W3"], sigmoid_slope(a2))
    d1 = delta(d2, params["W2"], sigmoid_slope(a1))
    loss = residual[0] ** 2
    return loss, {
        "W1": x[:, None] * d1,
        "b1": d1,
        "W2": a1[:, None] * d2,
        "b2": d2,
        "W3": a2[:, None] * d3,
        "b3": d3,
    }


ACTIVATIONS = {
    "relu": (lambda z: np.maximum(z, 0.0), step),
    "tanh": (np.tanh, lambda a: (1 - a) * (1 + a)),
    "sigmoid": (sigmoid, lambda a: a * (1 - a)),
}


def mlp_gradients(params, X, labels, activation):
    f, slope = ACTIVATIONS[activation]
    A = [X]
    for W, b in params[: len(params) - 1]:
        A.append(f(affine(A[-1], W, b)))
    loss, d = softmax_loss(affine(A[-1], *params[-1]), labels)
    grads = []
    for l in range(len(params) - 1, -1, -1):
        grads.insert(0, (weight_gradient(A[l], d), bias_gradient(d)))
        if l:
            d = delta(d, params[l][0], slope(A[l]))
    return loss, grads


def as_dict(loss, grads):
    (W1, b1), (W2, b2) = grads
    return loss, {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


def two_layers(params):
    return [(params["W1"], params["b1"]), (params["W2"], params["b2"])]


wrong_1 = {"W1", "b1"}
wrong_2 = {"b1"}
wrong_3 = {"W2"}


def mended_1(params, X, labels):
    return as_dict(*mlp_gradients(two_layers(params), X, labels, "tanh"))


def mended_2(params, X, labels):
    return as_dict(*mlp_gradients(two_layers(params), X, labels, "relu"))


def mended_3(params, X, labels):
    return as_dict(*mlp_gradients(two_layers(params), X, labels, "sigmoid"))


def sgd_step(params, grads, learning_rate):
    def step(theta, gradient):
        return theta - learning_rate * gradient

    return {name: step(params[name], grads[name]) for name in params}
