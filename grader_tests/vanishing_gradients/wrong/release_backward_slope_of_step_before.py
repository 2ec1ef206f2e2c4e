# rnn_backward: the slope of tanh is taken at the state before, hs[t-1], in place of hs[t]

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
    carry = np.zeros(len(h0))
    for t in reversed(range(len(xs))):
        before = hs[t - 1] if t > 0 else h0
        dz = (params["Wo"].T @ dys[t] + carry) * (1 - before**2)
        grads["Wx"] += np.outer(dz, xs[t])
        grads["Ws"] += np.outer(dz, before)
        grads["b1"] += dz
        grads["Wo"] += np.outer(dys[t], hs[t])
        grads["b2"] += dys[t]
        carry = params["Ws"].T @ dz
    grads["h0"] = carry
    return grads
