# rnn_backward: each loss is sent back over at most four steps, so everything is right for sequences of up to four steps

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
    grads = {name: np.zeros(value.shape) for name, value in params.items()}
    grads["h0"] = np.zeros(len(h0))
    for end in range(len(xs)):
        grads["Wo"] += np.outer(dys[end], hs[end])
        grads["b2"] += dys[end]
        dh = params["Wo"].T @ dys[end]
        for t in range(end, max(-1, end - 4), -1):
            before = hs[t - 1] if t > 0 else h0
            dz = dh * (1 - hs[t] ** 2)
            grads["Wx"] += np.outer(dz, xs[t])
            grads["Ws"] += np.outer(dz, before)
            grads["b1"] += dz
            dh = params["Ws"].T @ dz
            if t == 0:
                grads["h0"] += dh
    return grads
