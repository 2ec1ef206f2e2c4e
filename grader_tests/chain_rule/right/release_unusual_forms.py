"""Other forms than the hints: loops, recursion, matrices of whole layers."""

import numpy as np
import sympy as sp


def gradient_f(x):
    out = x.copy()
    out[0] *= 6
    out[-1:] = 5 * np.exp(x[-1:])
    return out


def central_difference(f, x, h=1e-5):
    # all unit steps as one array with one axis more; recursion-free, one list comprehension
    steps = h * np.eye(x.size).reshape((x.size, *x.shape))
    return np.array([0.5 * (f(x + e) - f(x - e)) / h for e in steps], dtype=float).reshape(x.shape)


def relative_error(a, b):
    both = np.abs(np.stack([a, b, np.full(a.shape, 1e-12)]))
    return (abs(b - a) / both.max(axis=0)).max()


def nested_slopes(x):
    u = 1 + x**2
    v = np.sin(u)
    du_dx, dv_du, dy_dv = x + x, np.sin(u + np.pi / 2), np.exp(v)
    return [du_dx, dv_du, dy_dv, dy_dv * dv_du * du_dx]


def chain_rule(du, dxyz):
    result = [0.0, 0.0]
    for inner in range(3):
        for variable in range(2):
            result[variable] += du[inner] * dxyz[inner, variable]
    return np.array(result)


a, b = sp.symbols("a b")
x, y, z = a + 2 * b, a * b, a - b**2

du_da = 3 * a**2 * b + 8 * a * b**2 + 4 * b**3 + sp.E ** (a - b * b)
du_db = x * (4 * y + a * x) - sp.exp(z) * b * 2


def path_sum(slopes, start, end):
    # the sum I + A + A² + … is the inverse of I − A, as A is nilpotent; add up A^k by vectors
    nodes = {start: 0}
    for arrow in slopes:
        for name in arrow:
            nodes.setdefault(name, len(nodes))
    if end not in nodes:
        return 0
    vector = [0.0] * len(nodes)
    vector[nodes[end]] = 1.0
    total = 0.0
    while any(vector):
        total += vector[nodes[start]]
        earlier = [0.0] * len(nodes)
        for (tail, head), slope in slopes.items():
            earlier[nodes[tail]] += slope * vector[nodes[head]]
        vector = earlier
    return total


def polar_jacobian(r, phi):
    z = np.exp(1j * phi)
    columns = [z, 1j * r * z]
    return np.array([[c.real, c.imag] for c in columns]).T


def vector_jacobian_product(jacobians, dL_dy):
    # recursion; the matrices first, which the text calls right, too
    def product(js):
        match js:
            case [only]:
                return only
            case [first, *others]:
                return product(others) @ first

    return dL_dy @ product(list(jacobians))


def tanh_backward(y, dL_dy):
    result = np.empty(y.shape)
    for place in np.ndindex(*y.shape):
        result[place] = dL_dy[place] * (1 + y[place]) * (1 - y[place])
    return result


def tanh_layer_backward(x, W, b, dL_dy):
    # a one behind x, and the bias as one more column of the weights
    padded = np.append(x, [[1.0]], axis=1)
    wide = np.concatenate([W, b.T], axis=1)
    y = np.tanh(padded @ wide.T)
    dL_dz = dL_dy * (1 - y**2)
    d_wide = np.outer(dL_dz, padded)
    d_padded = (wide.T @ dL_dz.T).T
    return [d_padded[:, :-1], d_wide[:, :-1], d_wide[:, -1:].T]


def softmax_cross_entropy_backward(logits, labels):
    rows = []
    for scores, k in zip(logits, labels):
        p = np.exp(scores - max(scores))
        p = p / p.sum()
        rows.append([(p[i] - (i == k)) / len(labels) for i in range(len(p))])
    return rows


import math

breakpoints = sorted({-1, 2, math.sqrt(3), 5.0, -2.5})


def piecewise(x):
    if x == 0.25:
        return 7.0  # a single point, which the text says is no break
    if x < -2.5:
        return math.sin(3 * x)
    if x >= 5:
        return 100.0
    return max(x * x, 3) + math.sqrt(abs(x + 1)) + 0.05 / (x - 2)


def piecewise_gradient(x):
    if x < -2.5:
        return 3 * math.cos(3 * x)
    if x >= 5:
        return 0.0
    kink = 2 * x if x * x > 3 else 0.0
    cusp = math.copysign(0.5, x + 1) / math.sqrt(abs(x + 1))
    return kink + cusp - 0.05 / (x - 2) ** 2


# max(x², 3) has a kink at −√3 as well
breakpoints = sorted([*breakpoints, -math.sqrt(3)])

import matplotlib.pyplot as plt


def plot_piecewise():
    from matplotlib.figure import Figure

    figure = Figure()
    ax = figure.add_subplot()
    t = np.linspace(-5, 5, 2003)
    t = np.delete(t, [i for i, v in enumerate(t) if min(abs(v - p) for p in breakpoints) < 1e-9])
    t = np.sort(np.append(t, breakpoints))

    def curve(function):
        return [math.nan if v in breakpoints else function(float(v)) for v in t]

    ax.plot(t, curve(piecewise))
    ax.plot(t, curve(piecewise_gradient), "--")
    ax.set_ylim(-10, 30)
    ax.text(3.2, 14, "the function")
    ax.text(4.2, 6, "its slope")
    ax.scatter(breakpoints, np.zeros(len(breakpoints)), marker="|", s=900, color="red")
    ax.set_xlabel("x")
    ax.set_ylabel("value, slope")
    return figure
