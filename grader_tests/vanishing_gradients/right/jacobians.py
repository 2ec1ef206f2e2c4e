"""Dense Jacobians: for each loss and each earlier step one product of matrices, then a sum over all pairs."""

import numpy as np


def rnn_forward(params, xs, h0):
    hs = np.empty((len(xs), len(h0)))
    for t in range(len(xs)):
        prior = h0 if t == 0 else hs[t - 1]
        hs[t] = np.tanh(np.hstack([params["Wx"], params["Ws"]]) @ np.hstack([xs[t], prior]) + params["b1"])
    return hs, hs @ params["Wo"].T + params["b2"]


def one_step(params, h):
    return np.diag(1 - h**2) @ params["Ws"]


def state_jacobian(params, hs, k, t):
    if k == t:
        return np.eye(hs.shape[1])
    return state_jacobian(params, hs, k + 1, t) @ one_step(params, hs[k + 1])


def rnn_backward(params, xs, h0, dys):
    hs, _ = rnn_forward(params, xs, h0)
    priors = [h0, *hs[:-1]]
    grads = {"Wx": 0, "Ws": 0, "b1": 0, "Wo": dys.T @ hs, "b2": dys.sum(axis=0), "h0": 0}
    for t in range(len(xs)):
        for k in range(t + 1):
            dz = dys[t] @ params["Wo"] @ state_jacobian(params, hs, k, t) @ np.diag(1 - hs[k] ** 2)
            grads["Wx"] = grads["Wx"] + dz[:, None] * xs[k]
            grads["Ws"] = grads["Ws"] + dz[:, None] * priors[k]
            grads["b1"] = grads["b1"] + dz
        first = one_step(params, hs[0])
        grads["h0"] = grads["h0"] + dys[t] @ params["Wo"] @ state_jacobian(params, hs, 0, t) @ first
    return grads


def step_contributions(params, xs, h0, dy_T):
    hs, _ = rnn_forward(params, xs, h0)
    last = len(xs) - 1
    at_end = params["Wo"].T @ dy_T
    return np.array(
        [np.outer((at_end @ state_jacobian(params, hs, k, last)) * (1 - hs[k] ** 2), xs[k]) for k in range(len(xs))]
    )


def linear_gradient_norm(rho, lag):
    Q, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(5, 5)))
    at_t = np.arange(1.0, 6.0)
    at_k = np.linalg.matrix_power(rho * Q, lag).T @ at_t
    return np.linalg.norm(at_k) / np.linalg.norm(at_t)


slope_down = round(float(np.log10(0.9)), 4)
slope_up = round(float(np.log10(1.1)), 4)
steps_to_one_percent = 44.0


def gradient_norms(params, xs, h0, dy_T, lengths):
    out = np.zeros((len(lengths), 2))
    for row, n in zip(out, lengths):
        grads = rnn_backward(params, xs[:n], h0, np.pad(dy_T[None], ((n - 1, 0), (0, 0))))
        row[:] = np.linalg.norm(grads["Ws"], "fro"), np.linalg.norm(grads["Wo"], "fro")
    return out


def lag_norms(params, xs, h0, dy_T):
    hs, _ = rnn_forward(params, xs, h0)
    last = len(hs) - 1
    return np.array(
        [np.linalg.norm(dy_T @ params["Wo"] @ state_jacobian(params, hs, last - lag, last)) for lag in range(last + 1)]
    )


def clip_by_norm(grads, most):
    n = np.linalg.norm(np.concatenate([g.ravel() for g in grads.values()]))
    return {k: g / max(1.0, n / most) for k, g in grads.items()}


def cell_path(fs):
    return np.array([np.prod(fs[k + 1 :], axis=0) for k in range(len(fs))])


def blind_inputs():
    rng = np.random.default_rng(11)
    Ws = np.linalg.svd(rng.normal(size=(4, 4)))[0]
    p = {
        "Wx": rng.normal(size=(4, 3)) / 10,
        "Ws": Ws,
        "b1": np.zeros(4),
        "Wo": rng.normal(size=(2, 4)),
        "b2": np.zeros(2),
    }
    return p, rng.normal(size=(10, 3)), np.zeros(4), rng.normal(size=(10, 2))
