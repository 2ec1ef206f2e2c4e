"""Functions made of functions: lambdas, reduce, comprehensions, no assignment where one can do without."""

# ruff: noqa: E731

from functools import reduce
from itertools import product

import numpy as np
import sympy

gradient_f = lambda x: np.array([slope(t) for slope, t in zip((lambda t: 6 * t, lambda t: 5 * np.exp(t)), x)])


def central_difference(f, x, h=1e-5):
    at = lambda place, shift: f(x + shift * unit(place))
    unit = lambda place: np.array([place == other for other in places], dtype=float).reshape(np.shape(x))
    places = list(product(*map(range, np.shape(x))))
    return np.array([(at(p, h) - at(p, -h)) / (h + h) for p in places]).reshape(np.shape(x))


relative_error = lambda a, b: max(abs(p - q) / max(abs(p), abs(q), 1e-12) for p, q in zip(np.ravel(a), np.ravel(b)))


def nested_slopes(x):
    links = [(lambda t: t**2 + 1, lambda t: 2 * t), (np.sin, np.cos), (np.exp, np.exp)]
    values = reduce(lambda done, link: [*done, link[0](done[-1])], links, [x])
    slopes = [slope(value) for (_, slope), value in zip(links, values)]
    return tuple(slopes) + (reduce(lambda p, q: p * q, slopes),)


chain_rule = lambda du, dxyz: sum(slope * row for slope, row in zip(du, dxyz))

a, b = sympy.symbols("a,b", real=True)
whole = (lambda x, y, z: x**2 * y + sympy.exp(z))(a + 2 * b, a * b, a - b**2)
du_da, du_db = (sympy.diff(whole, symbol) for symbol in (a, b))


def path_sum(slopes, start, end):
    leaving = lambda node: ((head, s) for (tail, head), s in slopes.items() if tail == node)
    return float(start == end) + sum(s * path_sum(slopes, head, end) for head, s in leaving(start) if start != end)


polar_jacobian = lambda r, phi: np.array(
    [[scale * curve(phi) for scale, curve in row] for row in (((1, np.cos), (-r, np.sin)), ((1, np.sin), (r, np.cos)))]
)
vector_jacobian_product = lambda jacobians, dL_dy: reduce(lambda g, J: g @ J, jacobians[::-1], dL_dy)
tanh_backward = lambda y, dL_dy: np.multiply(dL_dy, np.subtract(1, np.power(y, 2)))


def tanh_layer_backward(x, W, b, dL_dy):
    return (lambda g: (np.matmul(g, W), np.outer(g, x), g))(tanh_backward(np.tanh(np.matmul(x, W.T) + b), dL_dy))


softmax_cross_entropy_backward = lambda logits, labels: (
    ((lambda e: e / e.sum(1)[:, None])(np.exp(logits - logits.max(1)[:, None])) - np.eye(logits.shape[1])[labels])
    / len(labels)
)

pieces = [
    (-5.0, lambda x: np.sin(x), lambda x: np.cos(x)),
    (-1.5, lambda x: x**3 / 10, lambda x: 3 * x**2 / 10),
    (0.25, lambda x: 1 / (1 + x**2), lambda x: -2 * x / (1 + x**2) ** 2),
    (4.0, lambda x: x, lambda x: 1.0),
]
chosen = lambda x: [piece for piece in pieces if piece[0] <= max(x, -5.0)][-1]
piecewise = lambda x: chosen(x)[1](x)
piecewise_gradient = lambda x: chosen(x)[2](x)
breakpoints = [start for start, _, _ in pieces[1:]]


def plot_piecewise():
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    for (low, f, g), high in zip(pieces, [*breakpoints, 5.0]):
        x = np.linspace(low, high, 60, endpoint=False)
        ax.plot(x, f(x), "b", label="f" if low == -5 else None)
        ax.plot(x, [g(t) for t in x], "r", label="slope" if low == -5 else None)
    ax.scatter(breakpoints, [0] * 3, marker="x")
    ax.set(xlabel="x", ylabel="f and its slope")
    fig.legend()
    return ax
