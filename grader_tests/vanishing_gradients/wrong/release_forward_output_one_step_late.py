# rnn_forward: the output is computed before the state is updated, so ys[t] belongs to the state before

import numpy as np


def rnn_forward(params, xs, h0):
    hs, ys, h = [], [], h0
    for x in xs:
        ys.append(params["Wo"] @ h + params["b2"])
        h = np.tanh(params["Wx"] @ x + params["Ws"] @ h + params["b1"])
        hs.append(h)
    return np.array(hs), np.array(ys)
