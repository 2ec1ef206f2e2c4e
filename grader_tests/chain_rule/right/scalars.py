"""One scalar formula for each entry, lifted to arrays by np.vectorize and np.fromiter."""

import math

import numpy as np
from sympy import Symbol, exp

S = Symbol("a", real=True)
T = Symbol("b", real=True)


def gradient_f(x):
    first, second = map(float, x)
    return np.fromiter((6 * first, 5 * math.e**second), dtype=float)


def central_difference(f, x, h=1e-5):
    def entry(k):
        plus, minus = x.astype(float), x.astype(float)
        plus.flat[k] += h
        minus.flat[k] -= h
        return (f(plus) - f(minus)) / (2 * h)

    return np.fromiter(map(entry, range(x.size)), dtype=float, count=x.size).reshape(x.shape)


@np.vectorize
def one_error(p, q):
    size = max(abs(p), abs(q))
    return abs(p - q) / (size if size > 1e-12 else 1e-12)


def relative_error(a, b):
    return one_error(a, b).max()


def nested_slopes(x):
    u = x**2 + 1
    return 2 * x, math.cos(u), math.exp(math.sin(u)), 2 * x * math.cos(u) * math.exp(math.sin(u))


def chain_rule(du, dxyz):
    (xa, xb), (ya, yb), (za, zb) = dxyz
    ux, uy, uz = du
    return np.array([ux * xa + uy * ya + uz * za, ux * xb + uy * yb + uz * zb])


du_da = 2 * (S + 2 * T) * S * T + (S + 2 * T) ** 2 * T + exp(S) / exp(T**2)
du_db = (S + 2 * T) * (4 * S * T + S * (S + 2 * T)) - 2 * T * exp(S - T * T)


def path_sum(slopes, start, end):
    """Derivatives with respect to start, settled node by node as soon as all that leads there is known."""
    known = {start: 1.0}
    nodes = {node for edge in slopes for node in edge}
    waiting = nodes - {start}
    while waiting:
        for node in sorted(waiting):
            into = [(t, s) for (t, h), s in slopes.items() if h == node]
            if all(t not in waiting for t, _ in into):
                known[node] = sum(known[t] * s for t, s in into) if node not in known else known[node]
                waiting.remove(node)
                break
    return known.get(end, 0.0)


def polar_jacobian(r, phi):
    c, s = math.cos(phi), math.sin(phi)
    return [[c, -r * s], [s, r * c]]


def vector_jacobian_product(jacobians, dL_dy):
    jacobians = list(jacobians)
    g = dL_dy
    while jacobians:
        g = np.dot(g, jacobians.pop())
    return g


one_tanh = np.vectorize(lambda y, g: g * (1 - y) * (1 + y))


def tanh_backward(y, dL_dy):
    return one_tanh(y, dL_dy)


def tanh_layer_backward(x, W, b, dL_dy):
    z = (W @ x.T).T + b
    g = dL_dy / np.cosh(z) ** 2
    return g.dot(W), g.T * x, g.copy()


def softmax_cross_entropy_backward(logits, labels):
    N, C = logits.shape

    def entry(n, c):
        p = 1 / sum(math.exp(min(s - logits[n, c], 700)) for s in logits[n])
        return (p - (labels[n] == c)) / N

    return np.array([[entry(n, c) for c in range(C)] for n in range(N)])


breakpoints = [float(k) for k in range(-4, 5)]


def piecewise(x):
    return math.floor(x) + math.sin(x) if abs(x) < 4 else 0.0


def piecewise_gradient(x):
    return math.cos(x) if abs(x) < 4 else 0


def plot_piecewise():
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(2, sharex=True)
    t = np.linspace(-4.9, 4.9, 5000)
    axes[0].scatter(t, [piecewise(k) for k in t], s=1)
    axes[1].scatter(t, [piecewise_gradient(k) for k in t], s=1)
    for k in breakpoints:
        axes[0].annotate("break", (k, 0))
    axes[0].set_ylabel("f")
    axes[1].set_ylabel("df/dx")
    fig.supxlabel("x")
    plt.show()
    return fig
