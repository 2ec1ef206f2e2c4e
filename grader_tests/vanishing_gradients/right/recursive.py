"""Recursion: a step runs the rest of the sequence and hands back what came of it."""

from functools import reduce

import numpy as np


def rnn_forward(params, xs, h0):
    if len(xs) == 0:
        return np.zeros((0, len(h0))), np.zeros((0, len(params["b2"])))
    h = np.tanh(params["Wx"] @ xs[0] + params["Ws"] @ h0 + params["b1"])
    later_hs, later_ys = rnn_forward(params, xs[1:], h)
    return np.vstack([h, later_hs]), np.vstack([params["Wo"] @ h + params["b2"], later_ys])


def rnn_backward(params, xs, h0, dys):
    if len(xs) == 0:
        return {**{k: np.zeros_like(v) for k, v in params.items()}, "h0": np.zeros_like(h0)}
    h = np.tanh(params["Wx"] @ xs[0] + params["Ws"] @ h0 + params["b1"])
    rest = rnn_backward(params, xs[1:], h, dys[1:])
    dz = (rest["h0"] + dys[0] @ params["Wo"]) * (1 + h) * (1 - h)
    return {
        "Wx": rest["Wx"] + np.outer(dz, xs[0]),
        "Ws": rest["Ws"] + np.outer(dz, h0),
        "b1": rest["b1"] + dz,
        "Wo": rest["Wo"] + np.outer(dys[0], h),
        "b2": rest["b2"] + dys[0],
        "h0": dz @ params["Ws"],
    }


def step_contributions(params, xs, h0, dy_T):
    def walk(rest, h):
        if len(rest) == 0:
            return [], params["Wo"].T @ dy_T
        new = np.tanh(params["Wx"] @ rest[0] + params["Ws"] @ h + params["b1"])
        terms, dh = walk(rest[1:], new)
        dz = dh * (1 - new * new)
        return [np.outer(dz, rest[0]), *terms], params["Ws"].T @ dz

    return np.array(walk(xs, h0)[0])


def state_jacobian(params, hs, k, t):
    factors = [(1 - np.square(h)).reshape(-1, 1) * params["Ws"] for h in hs[k + 1 : t + 1]]
    return reduce(lambda J, factor: factor @ J, factors, np.eye(len(params["Ws"])))


def linear_gradient_norm(rho, lag):
    return 1.0 if lag == 0 else rho * linear_gradient_norm(rho, lag - 1)


slope_down = float(np.log10(0.9))
slope_up = -float(np.log10(1 / 1.1))
steps_to_one_percent = next(n for n in range(1000) if linear_gradient_norm(0.9, n) <= 0.01)


def gradient_norms(params, xs, h0, dy_T, lengths):
    if not lengths:
        return np.zeros((0, 2))
    n, *others = lengths
    grads = rnn_backward(params, xs[:n], h0, np.eye(n)[:, -1:] * dy_T)
    row = [np.sqrt((grads[k] ** 2).sum()) for k in ("Ws", "Wo")]
    return np.vstack([row, gradient_norms(params, xs, h0, dy_T, others)])


def lag_norms(params, xs, h0, dy_T):
    def norms(hs, g):
        if len(hs) == 0:
            return []
        return [np.linalg.norm(g), *norms(hs[:-1], ((1 - hs[-1] ** 2) * g) @ params["Ws"])]

    return np.array(norms(rnn_forward(params, xs, h0)[0], dy_T @ params["Wo"]))


def clip_by_norm(grads, most):
    n = reduce(np.hypot, (np.linalg.norm(g) for g in grads.values()))
    return dict(grads) if n <= most else {k: np.multiply(g, most) / n for k, g in grads.items()}


def cell_path(fs):
    if len(fs) == 1:
        return np.ones(fs.shape)
    below = cell_path(fs[1:])
    return np.vstack([below[0] * fs[1], below])


def blind_inputs():
    c, s = np.cos(0.7), np.sin(0.7)
    R = np.array([[c, -s], [s, c]])
    p = {
        "Wx": np.eye(4, 3) * 0.2,
        "Ws": np.kron(np.eye(2), R),
        "b1": np.zeros(4),
        "Wo": np.array([[1.0, 0, 1, 0], [0, 1, 0, 1]]),
        "b2": np.zeros(2),
    }
    return p, 0.2 * np.ones((10, 3)), np.zeros(4), np.vstack([np.zeros((9, 2)), [1.0, -1.0]])
