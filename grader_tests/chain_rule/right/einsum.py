"""Index notation: sums over paths are np.einsum; powers and logarithms where others multiply."""

import numpy as np
import sympy as sp


def gradient_f(x):
    coefficients = np.array([3.0, 5.0])
    slopes = np.stack([np.add(x[0], x[0]), np.exp(x[1])])
    return np.einsum("i,i->i", coefficients, slopes)


def central_difference(f, x, h=1e-5):
    base = np.array(x, dtype=float)
    flat = np.empty(base.size)
    for k in range(base.size):
        ends = []
        for side in (1.0, -1.0):
            moved = base.ravel().copy()
            moved[k] = moved[k] + side * h
            ends.append(f(moved.reshape(base.shape)))
        flat[k] = np.einsum("i,i->", np.array(ends), np.array([0.5, -0.5])) / h
    return flat.reshape(base.shape)


def relative_error(a, b):
    pair = np.stack([np.ravel(a), np.ravel(b)])
    largest = np.clip(np.abs(pair).max(axis=0), 1e-12, None)
    distance = np.abs(np.einsum("s,sk->k", np.array([1.0, -1.0]), pair))
    return float(np.max(np.einsum("k,k->k", distance, 1 / largest)))


def nested_slopes(x):
    inside = 1 + x * x
    links = np.array([x + x, np.cos(inside), np.exp(np.sin(inside))])
    return (*links, np.einsum(",,->", *links))


def chain_rule(du, dxyz):
    return np.einsum("p,pv->v", du, dxyz)


a, b = sp.symbols("a b", real=True)
jacobian_of_xyz = sp.Matrix([[1, 2], [b, a], [1, -2 * b]])
du_of_xyz = sp.Matrix([[2 * (a + 2 * b) * a * b, (a + 2 * b) ** 2, sp.exp(a) * sp.exp(-(b**2))]])
du_da, du_db = du_of_xyz * jacobian_of_xyz


def path_sum(slopes, start, end):
    names = sorted({name for edge in slopes for name in edge})
    step = np.zeros((len(names), len(names)))
    for (tail, head), slope in slopes.items():
        step[names.index(tail), names.index(head)] = slope
    reached = np.zeros(len(names))
    reached[names.index(start)] = 1
    total = reached
    for _ in names:
        reached = np.einsum("i,ij->j", reached, step)
        total = total + reached
    return total[names.index(end)]


def polar_jacobian(r, phi):
    unit = np.exp(1j * phi)
    columns = np.stack([unit, 1j * r * unit])
    return np.einsum("io->oi", np.stack([columns.real, columns.imag], axis=1))


def vector_jacobian_product(jacobians, dL_dy):
    whole = jacobians[0]
    for J in jacobians[1:]:
        whole = np.einsum("ij,jk->ik", J, whole)
    return np.einsum("i,ij->j", dL_dy, whole)


def tanh_backward(y, dL_dy):
    return np.einsum("...,...,...->...", dL_dy, 1 - y, 1 + y)


def tanh_layer_backward(x, W, b, dL_dy):
    z = np.einsum("ei,oi->eo", x, W) + b
    slope = np.cosh(z) ** -2.0
    return (
        np.einsum("eo,eo,oi->ei", dL_dy, slope, W),
        np.einsum("eo,eo,ei->oi", dL_dy, slope, x),
        np.einsum("eo,eo->eo", dL_dy, slope),
    )


def softmax_cross_entropy_backward(logits, labels):
    weight = 1 / logits.shape[0]
    onehot = np.equal.outer(labels, np.arange(logits.shape[1])).astype(float)
    exponentials = np.exp(logits - np.max(logits, axis=1)[:, None])
    probabilities = np.einsum("nc,n->nc", exponentials, 1 / np.einsum("nc->n", exponentials))
    return np.einsum("nc,->nc", probabilities - onehot, weight)


breakpoints = np.array([-2.5, 0.0, 3.0])


def pieces(x):
    return np.select([x < -2.5, x < 0, x < 3], [np.cos(2 * x), np.exp(x), x**3 - x], np.log(x))


def slopes_of_pieces(x):
    return np.select([x < -2.5, x < 0, x < 3], [-2 * np.sin(2 * x), np.exp(x), 3 * x**2 - 1], 1 / x)


def two_pictures():
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 6))
    upper, lower = figure.subplots(2, 1, sharex=True)
    x = np.linspace(-5, 5, 1000)
    for axes, curve, name in ((upper, piecewise, "f"), (lower, piecewise_gradient, "slope of f")):
        axes.plot(x, np.array([curve(t) for t in x]), ".", markersize=2)
        axes.vlines(breakpoints, -20, 30, linestyles="dotted")
        axes.set_ylabel(name)
    lower.set_xlabel("x")
    return figure


# by assignment: any other function is right too, so that a mutant of one would tell nothing
piecewise, piecewise_gradient, plot_piecewise = pieces, slopes_of_pieces, two_pictures
