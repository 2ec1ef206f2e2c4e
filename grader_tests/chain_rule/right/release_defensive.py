"""Style: defensive, asserts and copies everywhere, np.asarray(..., dtype=float)."""

import copy

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp


def _arr(v):
    return np.array(np.asarray(v, dtype=float), copy=True)


def gradient_f(x):
    x = _arr(x)
    assert x.shape == (2,), f"shape (2,) wanted, got {x.shape}"
    grad = np.zeros(2, dtype=float)
    grad[0] = 6.0 * x[0]
    grad[1] = 5.0 * np.exp(x[1])
    assert np.all(np.isfinite(grad))
    return grad


def central_difference(f, x, h=1e-5):
    assert callable(f) and h > 0
    base = _arr(x)
    before = np.array(x, copy=True)
    out = np.full(base.shape, np.nan)
    for index in np.ndindex(base.shape):
        up, down = base.copy(), base.copy()
        up[index] += h
        down[index] -= h
        out[index] = (float(f(up)) - float(f(down))) / (2.0 * h)
    assert np.array_equal(before, x), "x was changed"
    assert not np.isnan(out).any()
    return out


def relative_error(a, b):
    a, b = _arr(a), _arr(b)
    assert a.shape == b.shape
    num = np.abs(a - b)
    den = np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-12)
    return float(np.max(num / den))


def nested_slopes(x):
    x = float(x)
    u = x**2 + 1.0
    v = float(np.sin(u))
    du_dx, dv_du, dy_dv = 2.0 * x, float(np.cos(u)), float(np.exp(v))
    return du_dx, dv_du, dy_dv, du_dx * dv_du * dy_dv


def chain_rule(du, dxyz):
    du, dxyz = _arr(du), _arr(dxyz)
    assert du.shape == (3,) and dxyz.shape == (3, 2)
    out = dxyz.T @ du
    assert out.shape == (2,)
    return out


a, b = sp.symbols("a b")
x, y, z = a + 2 * b, a * b, a - b**2
_du_dx = 2 * x * y
_du_dy = x**2
_du_dz = sp.exp(z)
du_da = sp.simplify(_du_dx * 1 + _du_dy * b + _du_dz * 1)
du_db = sp.simplify(_du_dx * 2 + _du_dy * a + _du_dz * (-2 * b))
assert du_da.free_symbols <= {a, b} and du_db.free_symbols <= {a, b}


def path_sum(slopes, start, end):
    slopes = copy.deepcopy(slopes)
    known = {}

    def down(node):
        if node == end:
            return 1.0
        if node in known:
            return known[node]
        total = 0.0
        for (tail, head), s in slopes.items():
            if tail == node:
                total += float(s) * down(head)
        known[node] = total
        return total

    return down(start)


def polar_jacobian(r, phi):
    r, phi = float(r), float(phi)
    J = np.zeros((2, 2), dtype=float)
    J[0] = [np.cos(phi), -r * np.sin(phi)]
    J[1] = [np.sin(phi), r * np.cos(phi)]
    return J


def vector_jacobian_product(jacobians, dL_dy):
    matrices = [_arr(J) for J in jacobians]
    assert len(matrices) >= 1
    g = _arr(dL_dy)
    for J in reversed(matrices):
        assert J.ndim == 2 and J.shape[0] == g.shape[0]
        g = J.T @ g
    return g


def tanh_backward(y, dL_dy):
    y, dL_dy = _arr(y), _arr(dL_dy)
    assert y.shape == dL_dy.shape
    assert np.all(np.abs(y) <= 1), "y is the output of tanh"
    return dL_dy * (1.0 - y**2)


def tanh_layer_backward(x, W, b, dL_dy):
    x, W, b, dL_dy = _arr(x), _arr(W), _arr(b), _arr(dL_dy)
    n, m = W.shape
    assert x.shape == (1, m) and b.shape == (1, n) and dL_dy.shape == (1, n)
    y = np.tanh(x @ W.T + b)
    dL_dz = tanh_backward(y, dL_dy)
    dL_dx, dL_dW, dL_db = dL_dz @ W, dL_dz.T @ x, dL_dz.copy()
    assert dL_dx.shape == x.shape and dL_dW.shape == W.shape and dL_db.shape == b.shape
    return dL_dx, dL_dW, dL_db


def softmax_cross_entropy_backward(logits, labels):
    logits = _arr(logits)
    labels = np.array(labels, dtype=int)
    N, C = logits.shape
    assert labels.shape == (N,) and labels.min() >= 0 and labels.max() < C
    logits -= logits.max(axis=1, keepdims=True)  # a copy, see above
    e = np.exp(logits)
    p = e / e.sum(axis=1, keepdims=True)
    assert np.allclose(p.sum(axis=1), 1)
    onehot = np.zeros((N, C))
    onehot[np.arange(N), labels] = 1.0
    return (p - onehot) / N


# max of x and cos x: kink where they cross; undefined there
breakpoints = [0.7390851332151607]


def piecewise(x):
    x = float(x)
    if x == breakpoints[0]:
        return float("nan")
    return float(max(x, np.cos(x)))


def piecewise_gradient(x):
    x = float(x)
    if x == breakpoints[0]:
        raise ValueError("no derivative at the break")
    if x > np.cos(x):
        return 1.0
    return float(-np.sin(x))


def plot_piecewise():
    fig, axes = plt.subplots(nrows=2, ncols=1, sharex=True, figsize=(6, 6))
    edges = [-5.0, *breakpoints, 5.0]
    for low, high in zip(edges[:-1], edges[1:]):
        t = np.linspace(low, high, 302)[1:-1]
        assert len(t) >= 40
        axes[0].plot(t, [piecewise(s) for s in t], color="tab:blue")
        axes[1].plot(t, [piecewise_gradient(s) for s in t], color="tab:orange")
    for ax, name in zip(axes, ("max(x, cos x)", "slope")):
        ax.set_xlabel("x")
        ax.set_ylabel(name)
        for p in breakpoints:
            ax.axvline(p, color="tab:red", linestyle="--")
    return fig
