"""Physicist's style: one-letter names, odd but exact algebra (sech² for the slope, log1p, exp of logs, np.r_, np.where)."""

import numpy as np


def rnn_forward(p, xs, h0):
    U, W, b, V, c = p["Wx"], p["Ws"], p["b1"], p["Wo"], p["b2"]
    h, S = h0, []
    for x in xs:
        S += [h := np.tanh(U @ x + W @ h + b)]
    S = np.array(S)
    return S, S @ V.T + c


def rnn_backward(p, xs, h0, g):
    U, W, b, V = p["Wx"], p["Ws"], p["b1"], p["Wo"]
    S, _ = rnn_forward(p, xs, h0)
    B = np.r_[h0[None], S[:-1]]
    Z = xs @ U.T + B @ W.T + b
    m = 1 / np.cosh(np.clip(Z, -300, 300)) ** 2  # sech^2; the clip only keeps cosh from overflowing
    l = g @ V  # local fields
    q = np.zeros_like(S)
    a = 0 * h0
    for t in range(len(xs))[::-1]:
        q[t] = m[t] * (l[t] + a)
        a = q[t] @ W
    return {"Wx": q.T @ xs, "Ws": q.T @ B, "b1": q.sum(0), "Wo": g.T @ S, "b2": g.sum(0), "h0": a}


def _adjoint(p, S, g):
    """lam[t] = dL/dh_t for a loss at the end."""
    lam = np.zeros_like(S)
    lam[-1] = g @ p["Wo"]
    for t in range(len(S) - 1, 0, -1):
        lam[t - 1] = (lam[t] * (1 - S[t]) * (1 + S[t])) @ p["Ws"]
    return lam


def step_contributions(p, xs, h0, g):
    S, _ = rnn_forward(p, xs, h0)
    q = _adjoint(p, S, g) * (1 - S * S)
    return q[..., None] * xs[:, None]


def blind_inputs():
    # generator of rotations: exp of an antisymmetric matrix is orthogonal (series, 30 terms)
    A = np.array([[0, 1, 0, 2], [-1, 0, 3, 0], [0, -3, 0, 1], [-2, 0, -1, 0]]) / 5
    E = term = np.eye(4)
    for n in range(1, 30):
        term = term @ A / n
        E = E + term
    t = np.arange(10)
    xs = np.c_[np.sin(t), np.cos(t), np.ones(10)]
    p = {
        "Wx": 0.02 * np.ones((4, 3)) + 0.01 * np.eye(4, 3),
        "Ws": E,
        "b1": 0 * t[:4] / 1.0,
        "Wo": np.eye(2, 4) + 1.0,
        "b2": np.zeros(2),
    }
    return p, xs, np.zeros(4), np.where(t[:, None] == 9, [1.0, -2.0], 0.0)


def state_jacobian(p, S, k, t):
    J = np.eye(S.shape[1])
    while t > k:  # from the left end of the product to the right
        J = J @ ((1 - S[t] ** 2)[:, None] * p["Ws"])
        t -= 1
    return J


def linear_gradient_norm(rho, lag):
    return float(np.exp(lag * np.log1p(rho - 1)))


slope_down = np.log1p(-0.1) / np.log(10)
slope_up = np.log1p(0.1) / np.log(10)
steps_to_one_percent = 1 + int(np.log(100) / -np.log1p(-0.1))  # 43.7 -> 44


def gradient_norms(p, xs, h0, g, N):
    # Ws: sum of outer products q_t h_{t-1}; Wo: a single outer product g h_{n-1}, norm = |g| |h|
    R = []
    for n in N:
        S, _ = rnn_forward(p, xs[:n], h0)
        q = _adjoint(p, S, g) * (1 - S * S)
        B = np.r_[h0[None], S[:-1]]
        R += [[np.linalg.norm(q.T @ B), np.linalg.norm(g) * np.linalg.norm(S[-1])]]
    return np.array(R, float).reshape(len(N), 2)


def lag_norms(p, xs, h0, g):
    S, _ = rnn_forward(p, xs, h0)
    return np.linalg.norm(_adjoint(p, S, g), axis=1)[::-1]


def clip_by_norm(grads, most):
    n = np.linalg.norm(np.hstack([np.ravel(g) for g in grads.values()]))
    return {k: np.where(n > most, g * most / n, g) for k, g in grads.items()}


def cell_path(f):
    # p_k = prod_{t>k} f_t = exclusive cumulative product from below
    return np.cumprod(np.r_[f[1:], np.ones((1, f.shape[1]))][::-1], axis=0)[::-1]
