"""Style: physicist, short names, odd but right algebra (complex exponentials, sech^2, Neumann solve)."""

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp
from numpy import cos, exp, pi, sin, tanh


def gradient_f(x):
    p, q = x
    return np.r_[6 * p, 5 * exp(q)]


def central_difference(f, x, h=1e-5):
    g = np.empty(x.shape, float)
    for i in np.ndindex(x.shape):
        d = np.zeros(x.shape)
        d[i] = h
        g[i] = 0.5 * (f(x + d) - f(x - d)) / h
    return g


def relative_error(a, b):
    return np.abs(a - b).__truediv__(np.clip(np.where(abs(a) > abs(b), abs(a), abs(b)), 1e-12, None)).max()


def nested_slopes(x):
    u = 1 + x * x
    w = exp(1j * u)  # cos u + i sin u
    c, v = w.real, w.imag
    return 2 * x, c, exp(v), 2 * x * c * exp(v)


def chain_rule(du, dxyz):
    return (du[:, None] * dxyz).sum(0)


a, b = sp.symbols("a b")
x, y, z = a + 2 * b, a * b, a - b**2
E = sp.E**z
du_da = x * (2 * y + b * x) + E
du_db = x * (4 * y + a * x) - 2 * b * E


def path_sum(slopes, start, end):
    # G = 1 + A + A^2 + ... = (1 - A)^-1, the propagator
    n = {s: i for i, s in enumerate({start, end}.union(*slopes))}
    A = np.zeros((len(n),) * 2)
    for (i, j), s in slopes.items():
        A[n[i], n[j]] = s
    G = np.linalg.solve(np.eye(len(n)) - A, np.eye(len(n))[:, n[end]])
    return G[n[start]]


def polar_jacobian(r, phi):
    e = exp(1j * phi)
    J = np.array([e, 1j * r * e])  # dz/dr, dz/dphi for z = r e^(i phi)
    return np.array([J.real, J.imag])


def vector_jacobian_product(jacobians, dL_dy):
    k = dL_dy
    for J in jacobians[::-1]:
        k = k @ J
    return k


def tanh_backward(y, dL_dy):
    return (1 - y) * (1 + y) * dL_dy


def tanh_layer_backward(x, W, b, dL_dy):
    z = x @ W.T + b
    q = exp(-2 * np.abs(z))
    s = 4 * q / (1 + q) ** 2  # sech^2 z = 1 - np.tanh(z)**2, no overflow
    d = dL_dy * s
    return d @ W, d.T * x, d


def softmax_cross_entropy_backward(logits, labels):
    N = len(logits)
    lnZ = np.logaddexp.reduce(logits.astype(float), axis=1)
    p = exp(logits - lnZ[:, None])  # Boltzmann
    p[np.arange(N), labels] -= 1
    p /= N
    return p


# field of a uniformly charged ball along an axis: linear inside, 1/x^2 outside
breakpoints = [-1.0, 1.0]


def piecewise(x):
    return x if abs(x) < 1 else np.sign(x) / x**2


def piecewise_gradient(x):
    return 1.0 if abs(x) < 1 else -2 / abs(x) ** 3


def plot_piecewise():
    fig, ax = plt.subplots(1, 2, figsize=(9, 3))
    t = np.linspace(-5, 5, 2000)
    for k, g in enumerate([piecewise, piecewise_gradient]):
        ax[k].plot(t, np.vectorize(g)(t), "k-")
        ax[k].set_xlabel("x / R")
        ax[k].set_ylabel(["E", "dE/dx"][k])
        [ax[k].axvline(s, ls=":") for s in breakpoints]
    fig.tight_layout()
    return fig
