"""Style: defensive: shapes asserted, everything copied with np.array(..., dtype=float), keys checked, results asserted finite."""

import numpy as np


def _float(a):
    return np.array(a, dtype=np.float64, copy=True)


def _check_labels(labels, N, C):
    labels = np.asarray(labels).astype(np.intp).copy()
    assert labels.shape == (N,), f"labels should have shape ({N},), not {labels.shape}"
    assert labels.min() >= 0 and labels.max() < C, "a label lies outside 0 .. C - 1"
    return labels


class Matmul:
    def __init__(self):
        self._x = None
        self._W = None

    def forward(self, x, W):
        x, W = _float(x), _float(W)
        assert x.ndim == 2 and W.ndim == 2 and x.shape[1] == W.shape[0]
        self._x, self._W = x, W
        return x @ W

    def backward(self, grad_y):
        if self._x is None:
            raise RuntimeError("call forward first")
        g = _float(grad_y)
        assert g.shape == (self._x.shape[0], self._W.shape[1])
        grad_x = g @ self._W.T
        grad_W = self._x.T @ g
        assert grad_x.shape == self._x.shape and grad_W.shape == self._W.shape
        return grad_x, grad_W


class Relu:
    def __init__(self):
        self._mask = None

    def forward(self, x):
        x = _float(x)
        self._mask = x > 0
        return np.where(self._mask, x, 0.0)

    def backward(self, grad_y):
        assert self._mask is not None, "call forward first"
        g = _float(grad_y)
        assert g.shape == self._mask.shape
        return np.where(self._mask, g, 0.0)


def softmax_loss(scores, labels):
    s = _float(scores)
    assert s.ndim == 2
    N, C = s.shape
    k = _check_labels(labels, N, C)
    s -= s.max(axis=1, keepdims=True)  # s is our own copy
    e = np.exp(s)
    total = e.sum(axis=1, keepdims=True)
    assert np.all(total >= 1)
    rows = np.arange(N)
    loss = float(np.mean(np.log(total[:, 0]) - s[rows, k]))
    grad = e / total
    grad[rows, k] -= 1.0
    grad /= N
    assert np.isfinite(loss) and np.allclose(grad.sum(axis=1), 0)
    return loss, grad


def _sigmoid(z):
    z = _float(z)
    out = np.empty_like(z)
    pos = z >= 0
    out[pos] = 1 / (1 + np.exp(-z[pos]))
    ez = np.exp(z[~pos])
    out[~pos] = ez / (1 + ez)
    return out


def _linear_back(grad_out, inp, W):
    assert grad_out.shape == (inp.shape[0], W.shape[1])
    return grad_out @ W.T, inp.T @ grad_out, grad_out.sum(axis=0)


def small_network_gradients(params, X, labels):
    p = {name: _float(value) for name, value in params.items()}
    X = _float(X)
    z = X @ p["layer1.weight"].T + p["layer1.bias"]
    a = _sigmoid(z)
    s = a @ p["layer2.weight"].T + p["layer2.bias"]
    loss, gs = softmax_loss(s, labels)
    ga, gW2T, gb2 = _linear_back(gs, a, p["layer2.weight"].T)
    gz = ga * a * (1 - a)
    _, gW1T, gb1 = _linear_back(gz, X, p["layer1.weight"].T)
    grads = {
        "layer1.weight": np.ascontiguousarray(gW1T.T),
        "layer1.bias": gb1,
        "layer2.weight": np.ascontiguousarray(gW2T.T),
        "layer2.bias": gb2,
    }
    for name in params:
        assert grads[name].shape == p[name].shape, name
    return loss, grads


def two_layer_forward(params, X):
    p = {name: _float(params[name]) for name in ("W1", "b1", "W2", "b2")}
    X = _float(X)
    assert X.shape[1] == p["W1"].shape[0]
    z = X @ p["W1"] + p["b1"]
    hidden = z.copy()
    hidden[hidden <= 0] = 0.0
    scores = hidden @ p["W2"] + p["b2"]
    return scores, hidden


def two_layer_loss(params, X, labels, reg):
    p = {name: _float(params[name]) for name in ("W1", "b1", "W2", "b2")}
    X = _float(X)
    reg = float(reg)
    scores, hidden = two_layer_forward(p, X)
    data_loss, gs = softmax_loss(scores, labels)
    loss = data_loss + reg * np.sum(p["W1"] ** 2) + reg * np.sum(p["W2"] ** 2)
    gh, gW2, gb2 = _linear_back(gs, hidden, p["W2"])
    gz = np.where(hidden > 0, gh, 0.0)
    _, gW1, gb1 = _linear_back(gz, X, p["W1"])
    grads = {"W1": gW1 + 2 * reg * p["W1"], "b1": gb1, "W2": gW2 + 2 * reg * p["W2"], "b2": gb2}
    for name in grads:
        assert grads[name].shape == p[name].shape, name
    return float(loss), grads


def sigmoid_network_gradients(params, x, y):
    p = {name: _float(value) for name, value in params.items()}
    x = _float(x).reshape(2)
    y = float(y)
    a1 = _sigmoid(x @ p["W1"] + p["b1"])
    a2 = _sigmoid(a1 @ p["W2"] + p["b2"])
    yhat = float((a2 @ p["W3"] + p["b3"])[0])
    g3 = np.array([2.0 * (yhat - y)])
    g2 = (g3 @ p["W3"].T) * a2 * (1.0 - a2)
    g1 = (g2 @ p["W2"].T) * a1 * (1.0 - a1)
    grads = {
        "W1": np.outer(x, g1),
        "b1": g1.copy(),
        "W2": np.outer(a1, g2),
        "b2": g2.copy(),
        "W3": np.outer(a2, g3),
        "b3": g3.copy(),
    }
    assert set(grads) == set(p)
    for name in p:
        assert grads[name].shape == p[name].shape, name
    return (yhat - y) ** 2, grads


def mlp_gradients(params, X, labels, activation):
    if activation not in ("relu", "tanh", "sigmoid"):
        raise ValueError(activation)
    layers = [(_float(W), _float(b)) for W, b in params]
    assert layers, "at least one layer"

    def f(z):
        return {"relu": lambda: np.where(z > 0, z, 0.0), "tanh": lambda: np.tanh(z), "sigmoid": lambda: _sigmoid(z)}[
            activation
        ]()

    def slope(a):
        if activation == "relu":
            return np.where(a > 0, 1.0, 0.0)
        elif activation == "tanh":
            return 1.0 - a**2
        return a * (1.0 - a)

    A = [_float(X)]
    for l, (W, b) in enumerate(layers):
        z = A[l] @ W + b
        if l == len(layers) - 1:
            scores = z
        else:
            A.append(f(z))
    loss, delta = softmax_loss(scores, labels)
    collected = {}
    for l in sorted(range(len(layers)), reverse=True):
        grad_in, dW, db = _linear_back(delta, A[l], layers[l][0])
        assert dW.shape == layers[l][0].shape and db.shape == layers[l][1].shape
        collected[l] = (dW, db)
        if l != 0:
            delta = grad_in * slope(A[l])
    return loss, [collected[l] for l in range(len(layers))]


wrong_1 = {"W1", "b1"}
wrong_2 = {"b1"}
wrong_3 = {"W2"}


def _two(params, X, labels, activation):
    loss, ((W1, b1), (W2, b2)) = mlp_gradients(
        [(params["W1"], params["b1"]), (params["W2"], params["b2"])], X, labels, activation
    )
    return loss, {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


def mended_1(params, X, labels):
    return _two(params, X, labels, "tanh")


def mended_2(params, X, labels):
    return _two(params, X, labels, "relu")


def mended_3(params, X, labels):
    return _two(params, X, labels, "sigmoid")


def sgd_step(params, grads, learning_rate):
    assert set(params) == set(grads)
    new = {name: np.array(value, dtype=float, copy=True) for name, value in params.items()}
    for name in new:
        assert np.shape(grads[name]) == new[name].shape, name
        new[name] = new[name] - learning_rate * np.asarray(grads[name], dtype=float)
    return new
