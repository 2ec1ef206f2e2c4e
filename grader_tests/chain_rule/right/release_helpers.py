"""Style: many small helper functions, with names like shift, affine, delta, diff, step, eps, numeric."""

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp

eps = 1e-12


def numeric(value):
    """As a float array."""
    return np.asarray(value, dtype=float)


def step(shape, index, h):
    e = np.zeros(shape)
    e[index] = h
    return e


def shift(s):
    """Subtract the largest of each row."""
    return s - np.max(s, axis=1, keepdims=True)


def log_softmax(s):
    shifted = shift(s)
    return shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))


def log_sigmoid(t):
    return -np.logaddexp(0, -t)


def affine(x, W, b):
    return x @ W.T + b


def delta(labels, C):
    """Kronecker delta, (N, C)."""
    return (np.arange(C)[None, :] == labels[:, None]).astype(float)


def diff(a, b):
    return np.abs(a - b)


def slope_of_tanh(y):
    return (1 - y) * (1 + y)


def df_dx1(x1):
    return 6 * x1


def df_dx2(x2):
    return 5 * np.exp(x2)


def gradient_f(x):
    return np.array([df_dx1(x[0]), df_dx2(x[1])])


def central_difference(f, x, h=1e-5):
    x = numeric(x)
    out = np.empty(x.shape)
    for index in np.ndindex(*x.shape):
        e = step(x.shape, index, h)
        forward, backward = f(x + e), f(x - e)
        out[index] = (forward - backward) / (h + h)
    return out


def relative_error(a, b):
    a, b = numeric(a), numeric(b)
    scale = np.maximum(np.maximum(abs(a), abs(b)), eps)
    return float((diff(a, b) / scale).max())


def link_u(x):
    return x**2 + 1


def link_v(u):
    return np.sin(u)


def nested_slopes(x):
    u = link_u(x)
    v = link_v(u)
    slopes = 2 * x, np.cos(u), np.exp(v)
    return slopes + (slopes[0] * slopes[1] * slopes[2],)


def sum_over_paths(first, second):
    return (first * second).sum()


def chain_rule(du, dxyz):
    return np.array([sum_over_paths(du, dxyz[:, k]) for k in range(2)])


a, b = sp.symbols("a b")
x, y, z = a + 2 * b, a * b, a - b**2


def by_paths(dx, dy, dz):
    return 2 * x * y * dx + x**2 * dy + sp.exp(z) * dz


du_da = by_paths(1, b, 1)
du_db = by_paths(2, a, -2 * b)


def arrows_from(slopes, node):
    return [(head, s) for (tail, head), s in slopes.items() if tail == node]


def path_sum(slopes, start, end):
    if start == end:
        return 1.0
    return sum([s * path_sum(slopes, head, end) for head, s in arrows_from(slopes, start)])


def rotation(phi):
    return np.array([[np.cos(phi), -np.sin(phi)], [np.sin(phi), np.cos(phi)]])


def polar_jacobian(r, phi):
    return rotation(phi) @ np.diag([1.0, r])


def one_step_back(J, g):
    return J.T @ g


def vector_jacobian_product(jacobians, dL_dy):
    g = np.array(dL_dy)
    for J in jacobians[::-1]:
        g = one_step_back(J, g)
    return g


def tanh_backward(y, dL_dy):
    return slope_of_tanh(y) * dL_dy


def tanh_layer_backward(x, W, b, dL_dy):
    delta_z = tanh_backward(np.tanh(affine(x, W, b)), dL_dy)
    return delta_z @ W, np.outer(delta_z, x), delta_z.copy()


def softmax_cross_entropy_backward(logits, labels):
    N, C = logits.shape
    return (np.exp(log_softmax(logits)) - delta(labels, C)) / N


# smooth join at 0 (value 0, slope 0 on both sides), kink at the root of three
edge = 3**0.5
breakpoints = [edge]


def cubic(x):
    return x**3


def square(x):
    return x * x


def falling(x):
    return 3 - (x - edge)


def piecewise(x):
    return cubic(x) if x < 0 else square(x) if x < edge else falling(x)


def piecewise_gradient(x):
    return 3 * x * x if x < 0 else 2 * x if x < edge else -1.0


def draw_curve(ax, g, name, colour):
    ends = [-5.0, *breakpoints, 5.0]
    for i in range(len(ends) - 1):
        t = np.linspace(ends[i], ends[i + 1], 100)[1:-1]
        ax.plot(t, [g(float(s)) for s in t], color=colour, label=name if i == 0 else None)


def plot_piecewise():
    figure, ax = plt.subplots()
    draw_curve(ax, piecewise, "function", "C0")
    draw_curve(ax, piecewise_gradient, "slope", "C3")
    ax.vlines(breakpoints, -20, 40, colors="grey", linestyles="dashed")
    ax.set(xlabel="x", ylabel="function and slope")
    ax.legend()
    return figure
