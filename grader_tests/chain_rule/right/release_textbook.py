"""Style: textbook, vectorised, one formula per line, names as in the notebook."""

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp


def gradient_f(x):
    return np.array([6 * x[0], 5 * np.exp(x[1])])


def central_difference(f, x, h=1e-5):
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[index] = h
        gradient[index] = (f(x + e) - f(x - e)) / (2 * h)
    return gradient


def relative_error(a, b):
    size = np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-12)
    return np.max(np.abs(a - b) / size)


def nested_slopes(x):
    u = x**2 + 1
    v = np.sin(u)
    du_dx = 2 * x
    dv_du = np.cos(u)
    dy_dv = np.exp(v)
    return du_dx, dv_du, dy_dv, dy_dv * dv_du * du_dx


def chain_rule(du, dxyz):
    return du @ dxyz


a, b = sp.symbols("a b")
x, y, z = a + 2 * b, a * b, a - b**2

du_da = 2 * x * y * 1 + x**2 * b + sp.exp(z) * 1
du_db = 2 * x * y * 2 + x**2 * a + sp.exp(z) * (-2 * b)


def path_sum(slopes, start, end):
    if start == end:
        return 1
    total = 0
    for (tail, head), slope in slopes.items():
        if tail == start:
            total += slope * path_sum(slopes, head, end)
    return total


def polar_jacobian(r, phi):
    return np.array([[np.cos(phi), -r * np.sin(phi)], [np.sin(phi), r * np.cos(phi)]])


def vector_jacobian_product(jacobians, dL_dy):
    gradient = dL_dy
    for J in reversed(jacobians):
        gradient = J.T @ gradient
    return gradient


def tanh_backward(y, dL_dy):
    return dL_dy * (1 - y**2)


def tanh_layer_backward(x, W, b, dL_dy):
    y = np.tanh(x @ W.T + b)
    dL_dz = tanh_backward(y, dL_dy)
    return dL_dz @ W, dL_dz.T @ x, dL_dz


def softmax_cross_entropy_backward(logits, labels):
    N = logits.shape[0]
    exps = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exps / exps.sum(axis=1, keepdims=True)
    onehot = np.zeros_like(p)
    onehot[np.arange(N), labels] = 1
    return (p - onehot) / N


breakpoints = [-1, 2]


def piecewise(x):
    if x < -1:
        return np.sin(3 * x)
    elif x < 2:
        return x**2 - 1
    else:
        return x * np.exp(-x)


def piecewise_gradient(x):
    if x < -1:
        return 3 * np.cos(3 * x)
    elif x < 2:
        return 2 * x
    else:
        return np.exp(-x) - x * np.exp(-x)


def plot_piecewise():
    figure, axes = plt.subplots(2, 1)
    ends = [-5] + breakpoints + [5]
    for low, high in zip(ends[:-1], ends[1:]):
        x = np.linspace(low, high, 200)[1:-1]
        axes[0].plot(x, [piecewise(float(t)) for t in x], color="C0")
        axes[1].plot(x, [piecewise_gradient(float(t)) for t in x], color="C1")
    for ax, name in zip(axes, ["f(x)", "f'(x)"]):
        ax.set_xlabel("x")
        ax.set_ylabel(name)
        for p in breakpoints:
            ax.axvline(p, color="grey", linestyle=":")
    return figure
