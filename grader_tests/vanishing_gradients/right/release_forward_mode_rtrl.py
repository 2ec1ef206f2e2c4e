"""Gradients carried forward in time by hand (real-time recurrent learning): exact sensitivities, no backward loop."""

import numpy as np


def rnn_forward(params, xs, h0):
    hs = np.vstack([h0[None, :], np.zeros((len(xs), len(h0)))])
    for t in range(len(xs)):
        hs[t + 1] = np.tanh(params["Wx"] @ xs[t] + params["Ws"] @ hs[t] + params["b1"])
    hs = hs[1:].copy()
    return hs, hs @ params["Wo"].T + params["b2"]


def rnn_backward(params, xs, h0, dys):
    Ws = params["Ws"]
    hs, _ = rnn_forward(params, xs, h0)
    (T, H), D = hs.shape, xs.shape[1]
    eye = np.eye(H)
    # S["Wx"][i, a, d] = derivative of h_t[i] with respect to Wx[a, d], and so on
    S = {
        "Wx": np.zeros((H, H, D)),
        "Ws": np.zeros((H, H, H)),
        "b1": np.zeros((H, H)),
        "h0": np.eye(H),
    }
    grads = {"Wx": np.zeros((H, D)), "Ws": np.zeros((H, H)), "b1": np.zeros(H), "h0": np.zeros(H)}
    for t in range(T):
        before = hs[t - 1] if t > 0 else h0
        direct = {
            "Wx": eye[:, :, None] * xs[t],
            "Ws": eye[:, :, None] * before,
            "b1": eye,
            "h0": 0.0,
        }
        slope = 1 - hs[t] ** 2
        dh = params["Wo"].T @ dys[t]  # only what comes from the output of this step
        for name in S:
            moved = np.tensordot(Ws, S[name], axes=1) + direct[name]
            S[name] = slope.reshape((H,) + (1,) * (moved.ndim - 1)) * moved
            grads[name] = grads[name] + np.tensordot(dh, S[name], axes=1)
    grads["Wo"] = dys.T @ hs
    grads["b2"] = dys.sum(axis=0)
    return grads


def step_contributions(params, xs, h0, dy_T):
    hs, _ = rnn_forward(params, xs, h0)
    T = len(xs)
    end = params["Wo"].T @ dy_T
    terms = np.zeros((T,) + params["Wx"].shape)
    for k in range(T):
        # column a: how the last state moves when z_k[a] moves
        M = np.diag(1 - hs[k] ** 2)
        for s in range(k + 1, T):
            M = (1 - hs[s] ** 2)[:, None] * (params["Ws"] @ M)
        terms[k] = np.outer(end @ M, xs[k])
    return terms


def blind_inputs():
    params = {
        "Wx": np.array([[0.2, 0, 0], [0, 0.2, 0], [0, 0, 0.2], [0.1, 0.1, 0.1]]),
        "Ws": np.array([[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [-1, 0, 0, 0]], dtype=float),
        "b1": np.zeros(4),
        "Wo": np.array([[1, 0, 0, 0], [0, 0, 1, 0]], dtype=float),
        "b2": np.zeros(2),
    }
    xs = np.zeros((10, 3))
    xs[0] = 0.5
    xs[5] = -0.5
    dys = np.zeros((10, 2))
    dys[8] = [1, 1]
    dys[9] = [2, -1]
    return params, xs, np.zeros(4), dys


def state_jacobian(params, hs, k, t):
    # column by column: send each unit vector forward
    H = hs.shape[1]
    J = np.zeros((H, H))
    for j in range(H):
        v = np.zeros(H)
        v[j] = 1.0
        for s in range(k + 1, t + 1):
            v = (1 - hs[s] ** 2) * (params["Ws"] @ v)
        J[:, j] = v
    return J


def linear_gradient_norm(rho, lag):
    # measure it: a rotation by any angle is orthogonal
    Q = np.array([[0.8, -0.6], [0.6, 0.8]])
    v = np.array([1.0, 0.0])
    for _ in range(lag):
        v = rho * (Q.T @ v)
    return np.linalg.norm(v)


slope_down = np.log10(linear_gradient_norm(0.9, 1))
slope_up = np.log10(linear_gradient_norm(1.1, 1))
steps_to_one_percent = 44


def gradient_norms(params, xs, h0, dy_T, lengths):
    norms = np.zeros((len(lengths), 2))
    for row, n in enumerate(lengths):
        dys = np.zeros((n, len(dy_T)))
        dys[n - 1] = dy_T
        grads = rnn_backward(params, xs[:n], h0, dys)
        norms[row] = [np.linalg.norm(grads["Ws"]), np.linalg.norm(grads["Wo"])]
    return norms


def lag_norms(params, xs, h0, dy_T):
    hs, _ = rnn_forward(params, xs, h0)
    T = len(hs)
    start = params["Wo"].T @ dy_T
    return np.array([np.linalg.norm(state_jacobian(params, hs, T - 1 - lag, T - 1).T @ start) for lag in range(T)])


def clip_by_norm(grads, most):
    names = list(grads)
    flat = np.concatenate([np.asarray(grads[name], dtype=float).reshape(-1) for name in names])
    n = np.linalg.norm(flat)
    if n > most:
        flat = flat * (most / n)
    sizes = [np.size(grads[name]) for name in names]
    parts = np.split(flat, np.cumsum(sizes)[:-1])
    return {name: part.reshape(np.shape(grads[name])).copy() for name, part in zip(names, parts)}


def cell_path(fs):
    # forward in time as well: when a new gate arrives, it multiplies all earlier rows
    p = np.ones(fs.shape)
    for t in range(1, len(fs)):
        p[:t] = p[:t] * fs[t]
    return p
