# rnn_forward: the state buffer is h0 itself and is updated in place, so the caller's h0 is changed

import numpy as np


def rnn_forward(params, xs, h0):
    T, H = len(xs), len(h0)
    hs = np.zeros((T, H))
    ys = np.zeros((T, len(params["b2"])))
    h = h0
    for t in range(T):
        h[:] = np.tanh(params["Wx"] @ xs[t] + params["Ws"] @ h + params["b1"])
        hs[t] = h
        ys[t] = params["Wo"] @ h + params["b2"]
    return hs, ys
