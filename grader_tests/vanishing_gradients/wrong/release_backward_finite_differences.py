# rnn_backward: all gradients are central difference quotients of the loss, not written by hand

import numpy as np


def rnn_forward(params, xs, h0):
    hs, ys, h = [], [], h0
    for x in xs:
        h = np.tanh(params["Wx"] @ x + params["Ws"] @ h + params["b1"])
        hs.append(h)
        ys.append(params["Wo"] @ h + params["b2"])
    return np.array(hs), np.array(ys)


def rnn_backward(params, xs, h0, dys):
    eps = 1e-6
    everything = {**{k: v.copy() for k, v in params.items()}, "h0": h0.copy()}

    def loss():
        return np.sum(rnn_forward(everything, xs, everything["h0"])[1] * dys)

    grads = {}
    for name, a in everything.items():
        g = np.zeros_like(a)
        for i in np.ndindex(a.shape):
            old = a[i]
            a[i] = old + eps
            up = loss()
            a[i] = old - eps
            down = loss()
            a[i] = old
            g[i] = (up - down) / (2 * eps)
        grads[name] = g
    return grads
