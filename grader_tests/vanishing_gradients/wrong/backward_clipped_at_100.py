# rnn_backward: all gradients are clipped to plus or minus 100 at the end

import numpy as np


def rnn_forward(params, xs, h0):
    hs, ys, h = [], [], h0
    for x in xs:
        h = np.tanh(params["Wx"] @ x + params["Ws"] @ h + params["b1"])
        hs.append(h)
        ys.append(params["Wo"] @ h + params["b2"])
    return np.array(hs), np.array(ys)


def rnn_backward(params, xs, h0, dys):
    hs, _ = rnn_forward(params, xs, h0)
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
    return {name: np.clip(value, -100, 100) for name, value in grads.items()}
