"""The passes compute in float32 and hand float64 back."""

import numpy as np


def low(*arrays):
    return [np.asarray(a, dtype=np.float32) for a in arrays]


def rnn_forward(params, xs, h0):
    Wx, Ws, b1, Wo, b2, xs, h = low(*(params[k] for k in ("Wx", "Ws", "b1", "Wo", "b2")), xs, h0)
    hs = []
    for x in xs:
        h = np.tanh(Wx @ x + Ws @ h + b1)
        hs.append(h)
    hs = np.stack(hs)
    return hs.astype(float), (hs @ Wo.T + b2).astype(float)


def rnn_backward(params, xs, h0, dys):
    hs = low(rnn_forward(params, xs, h0)[0])[0]
    Ws, Wo, xs, h0, dys = low(params["Ws"], params["Wo"], xs, h0, dys)
    dzs = np.zeros_like(hs)
    dh = np.zeros_like(h0)
    for t in range(len(xs))[::-1]:
        dzs[t] = (dys[t] @ Wo + dh) * (1 - hs[t] * hs[t])
        dh = dzs[t] @ Ws
    grads = {
        "Wx": dzs.T @ xs,
        "Ws": dzs.T @ np.vstack([h0, hs[:-1]]),
        "b1": dzs.sum(axis=0),
        "Wo": dys.T @ hs,
        "b2": dys.sum(axis=0),
        "h0": dh,
    }
    return {k: v.astype(np.float64) for k, v in grads.items()}


def step_contributions(params, xs, h0, dy_T):
    hs = low(rnn_forward(params, xs, h0)[0])[0]
    Ws, Wo, xs, dh = low(params["Ws"], params["Wo"], xs, params["Wo"].T @ dy_T)
    dzs = np.zeros_like(hs)
    for k in range(len(xs))[::-1]:
        dzs[k] = dh * (1 - hs[k] * hs[k])
        dh = Ws.T @ dzs[k]
    return (dzs[:, :, None] * xs[:, None, :]).astype(np.float64)


def state_jacobian(params, hs, k, t):
    Ws, hs = low(params["Ws"], hs)
    J = np.eye(hs.shape[1], dtype=np.float32)
    for s in range(k + 1, t + 1):
        J = (Ws.T * (1 - hs[s] ** 2)).T @ J
    return J.astype(np.float64)


def linear_gradient_norm(rho, lag):
    return np.power(rho, lag)


slope_down = np.float32(np.log10(0.9))
slope_up = np.float32(np.log10(1.1))
steps_to_one_percent = np.int64(44)


def gradient_norms(params, xs, h0, dy_T, lengths):
    norms = np.zeros((len(lengths), 2))
    for i, n in enumerate(lengths):
        dys = np.zeros((n, len(dy_T)))
        dys[-1] += dy_T
        grads = rnn_backward(params, xs[:n], h0, dys)
        norms[i] = [np.linalg.norm(grads[k].astype(np.float32)) for k in ("Ws", "Wo")]
    return norms


def lag_norms(params, xs, h0, dy_T):
    hs = low(rnn_forward(params, xs, h0)[0])[0]
    Ws, dh = low(params["Ws"], params["Wo"].T @ dy_T)
    norms = np.zeros(len(hs), dtype=np.float32)
    for lag, h in enumerate(reversed(hs)):
        norms[lag] = np.linalg.norm(dh)
        dh = Ws.T @ (dh * (1 - h * h))
    return norms


def clip_by_norm(grads, most):
    n = np.linalg.norm([np.linalg.norm(g) for g in grads.values()])
    return {k: (g * np.minimum(1, most / n)).astype(np.float32) for k, g in grads.items()}


def cell_path(fs):
    out = np.ones_like(fs, dtype=np.float32)
    out[:-1] = np.flip(np.cumprod(np.flip(fs[1:], axis=0), axis=0), axis=0)
    return out


def blind_inputs():
    rng = np.random.default_rng(2)
    Q = np.linalg.qr(rng.normal(size=(4, 4)))[0].astype(np.float32)
    p = {
        "Wx": np.float32(0.1) * rng.normal(size=(4, 3)).astype(np.float32),
        "Ws": Q,
        "b1": np.zeros(4, dtype=np.float32),
        "Wo": rng.normal(size=(2, 4)).astype(np.float32),
        "b2": np.zeros(2, dtype=np.float32),
    }
    return p, rng.normal(size=(10, 3)).astype(np.float32), np.zeros(4, np.float32), np.ones((10, 2), np.float32)
