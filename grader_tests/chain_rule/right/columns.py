"""Column vectors throughout: each (n,) becomes (n, 1), each product a matrix product."""

# ruff: noqa: E731

import numpy as np
import sympy as sp

column = lambda v: np.asarray(v, dtype=np.float64).reshape(-1, 1)


def gradient_f(x):
    v = column(x)
    return np.vstack([6 * v[:1], 5 * np.exp(v[1:])]).ravel()


def central_difference(f, x, h=1e-5):
    x = np.asarray(x) * 1.0
    v = column(x)
    g = np.empty_like(v)
    for k in range(len(v)):
        e = np.zeros_like(v)
        e[k, 0] = 1.0
        g[k, 0] = f((v + h * e).reshape(x.shape)) - f((v - h * e).reshape(x.shape))
    return (g / (2 * h)).reshape(x.shape)


def relative_error(a, b):
    both = np.hstack([column(a), column(b)])
    size = np.abs(both).max(axis=1)
    gap = np.ptp(both, axis=1)
    return (gap / np.fmax(size, 1e-12)).max()


def nested_slopes(x):
    u = x**2 + 1
    v = np.sin(u)
    slopes = column([2 * x, np.cos(u), np.exp(v)])
    return np.vstack([slopes, slopes.prod(keepdims=True)]).ravel().tolist()


def chain_rule(du, dxyz):
    return (dxyz.T @ column(du)).ravel()


a, b, c = sp.symbols("a b c")
u = ((a + 2 * b) ** 2 * a * b + sp.exp(a - b**2)).expand()
du_da = sp.Poly(u - sp.exp(a - b**2), a, b).diff(a).as_expr() + sp.exp(a - b**2)
du_db = sp.Subs(sp.diff(u.subs(b, c), c), c, b)


def path_sum(slopes, start, end):
    nodes = sorted({n for e in slopes for n in e})
    J = np.array([[slopes.get((t, h), 0.0) for t in nodes] for h in nodes])
    v = column([n == start for n in nodes])
    total = v
    while v.any():
        v = J @ v
        total = total + v
    return float(total[nodes.index(end), 0])


def polar_jacobian(r, phi):
    by_r = column([np.cos(phi), np.sin(phi)])
    by_phi = r * column([-np.sin(phi), np.cos(phi)])
    return np.hstack([by_r, by_phi])


def vector_jacobian_product(jacobians, dL_dy):
    g = column(dL_dy)
    for k in range(1, len(jacobians) + 1):
        g = jacobians[-k].T @ g
    return g[:, 0]


def tanh_backward(y, dL_dy):
    return (column(dL_dy) * (1 - column(y) ** 2)).reshape(np.shape(y))


def tanh_layer_backward(x, W, b, dL_dy):
    z = W @ x.T + b.T
    g = dL_dy.T * (1 - np.tanh(z) ** 2)
    return (W.T @ g).T, g @ x, g.T


def softmax_cross_entropy_backward(logits, labels):
    S = logits.T - logits.T.max(axis=0)
    P = np.exp(S) / np.exp(S).sum(axis=0)
    P[labels, np.arange(P.shape[1])] -= 1
    return P.T / P.shape[1]


breakpoints = np.arange(-4, 5, 2)


def piecewise(x):
    return np.array(x % 2) * np.float32(1) ** 0 + np.array(0.5) * x


def piecewise_gradient(x):
    return np.array(1.5)


def plot_piecewise():
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    other = ax.twinx()
    x = np.linspace(-4.999, 4.999, 2001)
    ax.step(x, [piecewise(t) for t in x], color="k", label="f")
    other.plot(x, [piecewise_gradient(t) for t in x], color="r", label="slope")
    ax.set_xticks(breakpoints)
    ax.set_xlabel("x, with a tick at each break")
    ax.set_ylabel("f")
    other.set_ylabel("slope")
    return fig
