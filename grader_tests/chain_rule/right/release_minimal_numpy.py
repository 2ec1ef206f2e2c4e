"""Style: terse NumPy one-liners by someone in a hurry; a pole, 1/(x-1), as the function of its own."""

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp


def gradient_f(x):
    return np.hstack([6 * x[0], 5 * np.exp(x[1])])


def central_difference(f, x, h=1e-5):
    g = np.zeros(np.shape(x))
    for i in np.ndindex(g.shape):
        e = np.zeros(g.shape)
        e[i] = h
        g[i] = (f(x + e) - f(x - e)) / 2 / h
    return g


def relative_error(a, b):
    return np.max(abs(a - b) / np.maximum(np.maximum(abs(a), abs(b)), 1e-12))


def nested_slopes(x):
    u = x**2 + 1
    return [2 * x, np.cos(u), np.exp(np.sin(u)), 2 * x * np.cos(u) * np.exp(np.sin(u))]


def chain_rule(du, dxyz):
    return np.inner(du, dxyz.T)


a, b = sp.symbols("a b")
x, y, z = a + 2 * b, a * b, a - b**2
du_da = b * (a + 2 * b) * (3 * a + 2 * b) + sp.exp(z)
du_db = a * (a + 2 * b) * (a + 6 * b) - 2 * b * sp.exp(z)


def path_sum(slopes, start, end):
    # from the end: last arrow of each path
    if start == end:
        return 1
    return sum(s * path_sum(slopes, start, t) for (t, h), s in slopes.items() if h == end)


def polar_jacobian(r, phi):
    return np.array([[np.cos(phi), np.sin(phi)], [-r * np.sin(phi), r * np.cos(phi)]]).T


def vector_jacobian_product(jacobians, dL_dy):
    # recursive
    *first, last = jacobians
    g = last.T @ dL_dy
    return vector_jacobian_product(first, g) if first else g


def tanh_backward(y, dL_dy):
    return dL_dy - dL_dy * y * y


def tanh_layer_backward(x, W, b, dL_dy):
    d = dL_dy / np.cosh(np.clip(x @ W.T + b, -300, 300)) ** 2
    return d @ W, d.T @ x, d


def softmax_cross_entropy_backward(logits, labels):
    N, C = logits.shape
    p = np.exp(logits.T - logits.max(1))
    p = (p / p.sum(0)).T
    return np.where(np.arange(C) == labels[:, None], p - 1, p) / N


breakpoints = [1]


def piecewise(x):
    return x**2 if x < 1 else 1 / (x - 1)


def piecewise_gradient(x):
    return 2 * x if x < 1 else -1 / (x - 1) ** 2


def plot_piecewise():
    t1, t2 = np.linspace(-5, 0.99, 200), np.linspace(1.1, 5, 200)
    plt.figure()
    for t, l in [(t1, ["f", "f'"]), (t2, [None, None])]:
        plt.plot(t, [piecewise(s) for s in t], "b", label=l[0])
        plt.plot(t, [piecewise_gradient(s) for s in t], "r", label=l[1])
    plt.axvline(1, c="k")
    plt.ylim(-20, 20)
    plt.xlabel("x")
    plt.ylabel("y")
    plt.legend()
    return plt.gcf()
