"""Style: a physicist: one-letter names, semicolons, odd but right algebra (logaddexp, tanh for the sigmoid, log1p, sech squared)."""

from functools import reduce

import numpy as np

T = np.transpose
s = lambda z: (1 + np.tanh(z / 2)) / 2  # Fermi function of -z


class Matmul:
    def forward(q, x, W):
        q.t = x, W
        return x @ W

    def backward(q, g):
        x, W = q.t
        return (W @ g.T).T, (g.T @ x).T


class Relu:
    def forward(q, x):
        q.k = np.heaviside(x, 0)
        return (x + np.abs(x)) / 2

    def backward(q, g):
        return q.k * g


def softmax_loss(s, k):
    N = len(k)
    i = np.arange(N)
    F = np.logaddexp.reduce(s, axis=1)  # minus the free energy of each row
    p = np.exp(s - F[:, None])  # Boltzmann weights
    E = s[i, k]
    p[i, k] -= 1
    return float(np.sum(F - E)) / N, p / N


def small_network_gradients(p, X, k):
    w, b, v, c = p["layer1.weight"], p["layer1.bias"], p["layer2.weight"], p["layer2.bias"]
    z = X @ w.T + b
    a = s(z)
    L, g = softmax_loss(a @ v.T + c, k)
    h = g @ v / (4 * np.cosh(z / 2) ** 2)  # ds/dz = sech^2(z/2)/4
    return L, {"layer1.weight": T(h) @ X, "layer1.bias": h.sum(0), "layer2.weight": T(g) @ a, "layer2.bias": g.sum(0)}


def two_layer_forward(p, X):
    z = X @ p["W1"] + p["b1"]
    h = np.where(z > 0, z, 0)
    return h @ p["W2"] + p["b2"], h


def two_layer_loss(p, X, k, r):
    S, h = two_layer_forward(p, X)
    L, g = softmax_loss(S, k)
    f = np.where(h > 0, g @ p["W2"].T, 0)
    L = L + r * (np.linalg.norm(p["W1"]) ** 2 + np.vdot(p["W2"], p["W2"]))
    one = np.ones(len(X))
    return L, {"W1": X.T @ f + 2 * r * p["W1"], "b1": one @ f, "W2": h.T @ g + 2 * r * p["W2"], "b2": one @ g}


def sigmoid_network_gradients(p, x, y):
    z = x @ p["W1"] + p["b1"]
    a = s(z)
    u = a @ p["W2"] + p["b2"]
    b = s(u)
    e = (b @ p["W3"] + p["b3"]).item() - y
    l = 2 * e
    d = l * p["W3"][:, 0] * b * s(-u)  # 1 - s(u) = s(-u)
    c = p["W2"].dot(d) * a * s(-z)
    return e * e, {"W1": np.outer(x, c), "b1": c, "W2": np.outer(a, d), "b2": d, "W3": l * b[:, None], "b3": np.r_[l]}


def mlp_gradients(P, X, k, how):
    f, df = {
        "relu": (lambda z: z * (z > 0), lambda z: 1.0 * (z > 0)),
        "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
        "sigmoid": (s, lambda z: s(z) * s(-z)),
    }[how]
    Z = []
    A = [X]
    for W, b in P:
        Z += [A[-1] @ W + b]
        A += [f(Z[-1])]
    L, d = softmax_loss(Z[-1], k)
    G = []
    for l in range(len(P))[::-1]:
        G = [(A[l].T @ d, d.sum(0))] + G
        d = d @ P[l][0].T * df(Z[l - 1]) if l else None
    return L, G


wrong_1 = {"b1", "W1"}
wrong_2 = {"b1"}
wrong_3 = {"W2"}


def _m(p, X, k, f, df):
    z = X @ p["W1"] + p["b1"]
    a = f(z)
    L, g = softmax_loss(a @ p["W2"] + p["b2"], k)
    d = g @ p["W2"].T * df(z)
    return L, {"W1": X.T @ d, "b1": d.sum(0), "W2": a.T @ g, "b2": g.sum(0)}


def mended_1(p, X, k):
    return _m(p, X, k, np.tanh, lambda z: 1 - np.tanh(z) ** 2)


def mended_2(p, X, k):
    return _m(p, X, k, lambda z: np.maximum(z, 0), lambda z: z > 0)


def mended_3(p, X, k):
    return _m(p, X, k, lambda z: np.exp(-np.log1p(np.exp(-z))), lambda z: s(z) * s(-z))


def sgd_step(p, g, eta):
    return {i: p[i] - eta * g[i] for i in p}
