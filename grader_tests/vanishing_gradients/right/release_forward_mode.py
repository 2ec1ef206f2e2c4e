"""Forward mode through time, Jacobians, and a path by halves."""

import functools
import math
from fractions import Fraction
from types import SimpleNamespace

import numpy as np


def entry_of_dL_dh(Wo, Ws, dy, dz_next, j):
    return (Wo.T @ dy + Ws.T @ dz_next)[j]


def entry_of_dL_dz(dh, h, j):
    return (dh - dh * h**2)[j]


def rnn_forward(params, xs, h0):
    p = SimpleNamespace(**params)
    drive = xs @ p.Wx.T + p.b1  # all inputs at once
    hs = []

    def walk(h, rows):
        while len(rows):
            hs.append(h := np.tanh(rows[0] + h @ p.Ws.T))
            rows = rows[1:]

    walk(h0, drive)
    hs = np.asfortranarray(np.vstack(hs))
    return hs, hs @ p.Wo.T + p.b2


def rnn_backward(params, xs, h0, dys):
    # forward mode: S = dh_t / d(theta), theta = every entry of [Wx | Ws | b1 | h0]
    (H, D), O = params["Wx"].shape, len(params["b2"])
    S = {"Wx": np.zeros((H, H, D)), "Ws": np.zeros((H, H, H)), "b1": np.zeros((H, H)), "h0": np.eye(H)}
    g = {n: np.zeros(S[n].shape[1:]) for n in S} | {"Wo": np.zeros((O, H)), "b2": np.zeros(O)}
    h, eye = h0, np.eye(H)
    for x, dy in zip(xs, dys):
        new = np.tanh(params["Wx"] @ x + params["Ws"] @ h + params["b1"])
        slope = 1 - new**2
        direct = {"Wx": np.multiply.outer(eye, x), "Ws": np.multiply.outer(eye, h), "b1": eye, "h0": 0}
        for n in S:
            through = np.tensordot(params["Ws"], S[n], axes=1) + direct[n]
            S[n] = slope.reshape(-1, *[1] * (S[n].ndim - 1)) * through
            g[n] = g[n] + np.tensordot(params["Wo"].T @ dy, S[n], axes=1)
        h = new
        np.add.at(g["Wo"], np.ix_(range(O), range(H)), dy[:, None] * h)
        g["b2"] += dy
    return g


def step_contributions(params, xs, h0, dy_T):
    hs, _ = rnn_forward(params, xs, h0)
    T = len(xs)
    return np.array(
        [
            np.outer((1 - hs[k] ** 2) * (state_jacobian(params, hs, k, T - 1).T @ params["Wo"].T @ dy_T), xs[k])
            for k in range(T)
        ]
    )


def blind_inputs():
    params = dict(
        Wx=np.eye(4)[:, :3] * -100,
        Ws=np.diag([1, -1, 1, -1]),
        b1=np.zeros(4),
        Wo=np.full((2, 4), 100),
        b2=np.full(2, -100.0),
    )
    xs = np.full((10, 3), 1e-4)
    xs[::2] *= -1
    return (params, xs, np.zeros(4), np.full((10, 2), -100))


def state_jacobian(params, hs, k, t):
    if not t - k:
        return np.eye(*[hs.shape[-1]] * 2)
    return (1 - hs[t][:, None] ** 2) * (params["Ws"] @ state_jacobian(params, hs, k, t - 1))


def linear_gradient_norm(rho, lag):
    rng = np.random.default_rng(0)
    Q, _ = np.linalg.qr(rng.normal(size=(5, 5)))
    g = start = rng.normal(size=5)
    for _ in range(lag):
        g = rho * Q.T @ g
    return np.linalg.norm(g) / np.linalg.norm(start)


slope_down, slope_up, steps_to_one_percent = math.log(0.9) / math.log(10), math.log2(1.1) / math.log2(10), 44.0


def gradient_norms(params, xs, h0, dy_T, lengths):
    out = np.empty((2, len(lengths)))
    for i, n in enumerate(lengths):
        dys = np.zeros((n, np.size(dy_T)))
        dys[-1:] = dy_T
        g = rnn_backward(params, xs[:n], h0, dys)
        out[:, i] = [np.sqrt(np.einsum("ij,ij", g[k], g[k])) for k in ("Ws", "Wo")]
    return out.T


def lag_norms(params, xs, h0, dy_T):
    # the gradient at h_k is the gradient at "h0" of the network that starts after step k
    hs, _ = rnn_forward(params, xs, h0)
    T = len(xs)
    norms = [np.linalg.norm(params["Wo"].T @ dy_T)]
    for k in range(T - 2, -1, -1):
        dys = np.zeros((T - 1 - k, len(dy_T)))
        dys[-1] = dy_T
        norms.append(np.linalg.norm(rnn_backward(params, xs[k + 1 :], hs[k], dys)["h0"]))
    return np.asarray(norms)


def clip_by_norm(grads, most):
    n = np.sqrt(np.sum(np.concatenate([np.atleast_1d(g).ravel() for g in grads.values()]) ** 2))
    if n <= most:
        return grads  # "Otherwise the gradients stay as they are."
    return {k: np.asarray(v) / n * most for k, v in grads.items()}


def cell_path(fs):
    def build(fs):
        if len(fs) == 1:
            return np.ones_like(fs, dtype=float)
        m = len(fs) // 2
        late = build(fs[m:])
        return np.vstack([build(fs[:m]) * (late[0] * fs[m]), late])

    return build(fs)
