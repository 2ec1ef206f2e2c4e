"""Everything is a Jacobian, written out as a full matrix, and a product of such matrices."""

import numpy as np
import sympy as sp


def gradient_f(x):
    outer = np.array([[3.0, 5.0]])
    inner = np.diag([2 * x[0], np.exp(x[1])])
    return (outer @ inner)[0]


def central_difference(f, x, h=1e-5):
    x = np.asarray(x, dtype=float)
    moves = np.eye(x.size).reshape((x.size, *x.shape)) * h
    return np.array([f(x + move) - f(x - move) for move in moves]).reshape(x.shape) / (2 * h)


def relative_error(a, b):
    a, b = np.atleast_1d(a).astype(float), np.atleast_1d(b).astype(float)
    divisor = np.where(np.abs(a) > np.abs(b), np.abs(a), np.abs(b))
    divisor[divisor < 1e-12] = 1e-12
    return np.amax(np.abs(np.diag(1 / divisor.ravel()) @ (a - b).ravel()))


def nested_slopes(x):
    u = np.polyval([1, 0, 1], x)
    J = [np.array([[slope]]) for slope in (np.polyval([2, 0], x), np.cos(u), np.exp(np.sin(u)))]
    return (*(j.item() for j in J), np.linalg.multi_dot(J[::-1]).item())


def chain_rule(du, dxyz):
    return (du.reshape(1, 3) @ dxyz).reshape(2)


a, b, x, y, z = sp.symbols("a b x y z")
f = sp.Matrix([x**2 * y + sp.exp(z)])
g = sp.Matrix([a + 2 * b, a * b, a - b**2])
J = f.jacobian([x, y, z]).subs({x: g[0], y: g[1], z: g[2]}) * g.jacobian([a, b])
du_da, du_db = sp.simplify(J[0]), sp.factor(J[1])


def path_sum(slopes, start, end):
    nodes = list(dict.fromkeys([start, end, *(node for edge in slopes for node in edge)]))
    A = np.zeros((len(nodes), len(nodes)))
    for edge, slope in slopes.items():
        A[nodes.index(edge[1]), nodes.index(edge[0])] = slope
    unit = np.zeros(len(nodes))
    unit[nodes.index(start)] = 1
    return np.linalg.solve(np.eye(len(nodes)) - A, unit)[nodes.index(end)]


def polar_jacobian(r, phi):
    rotation = np.array([[np.cos(phi), -np.sin(phi)], [np.sin(phi), np.cos(phi)]])
    return rotation @ np.diag([1.0, r])


def vector_jacobian_product(jacobians, dL_dy):
    row = dL_dy[None, :]
    for J in jacobians[::-1]:
        row = row @ J
    return row[0]


def tanh_backward(y, dL_dy):
    J = np.diag(1 - np.square(np.ravel(y)))
    return (J @ np.ravel(dL_dy)).reshape(y.shape)


def tanh_layer_backward(x, W, b, dL_dy):
    n, m = W.shape
    y = np.tanh(x @ W.T + b)[0]
    dy_dz = np.diag(1 - y**2)
    dz_dW = np.zeros((n, n, m))
    for i in range(n):
        dz_dW[i, i] = x[0]
    g = dL_dy @ dy_dz
    return g @ W, np.tensordot(g[0], dz_dW, axes=1), g @ np.eye(n)


def softmax_cross_entropy_backward(logits, labels):
    N, C = logits.shape
    rows = []
    for s, k in zip(logits, labels):
        e = np.exp(s - s.max())
        p = e / e.sum()
        rows.append(p @ np.eye(C) - np.eye(C)[k])
    return np.stack(rows) / N


breakpoints = (-(3**0.5), 3**0.5)


def piecewise(x):
    return abs(x**2 - 3) * np.exp(-x / 2)


def piecewise_gradient(x):
    sign = 1 if x**2 > 3 else -1
    return sign * (2 * x - (x**2 - 3) / 2) * np.exp(-x / 2)


def plot_piecewise():
    import matplotlib.pyplot as plt

    fig, (left, right) = plt.subplots(1, 2)
    x = np.linspace(-4, 4, 801)
    left.plot(x, np.vectorize(piecewise)(x))
    right.plot(x, np.vectorize(piecewise_gradient)(x))
    for ax in (left, right):
        ax.set_xlabel("$x$")
        ax.plot(breakpoints, [0, 0], "kv")
    left.set_ylabel("value")
    right.set_ylabel("slope")
    return fig, (left, right)
