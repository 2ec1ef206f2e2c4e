# step_contributions: terms below a millionth are set to zero because they do not matter for the sum

import numpy as np


def rnn_forward(params, xs, h0):
    hs, ys, h = [], [], h0
    for x in xs:
        h = np.tanh(params["Wx"] @ x + params["Ws"] @ h + params["b1"])
        hs.append(h)
        ys.append(params["Wo"] @ h + params["b2"])
    return np.array(hs), np.array(ys)


def step_contributions(params, xs, h0, dy_T):
    hs, _ = rnn_forward(params, xs, h0)
    terms = np.zeros((len(xs),) + params["Wx"].shape)
    dh = params["Wo"].T @ dy_T
    for t in reversed(range(len(xs))):
        dz = dh * (1 - hs[t] ** 2)
        terms[t] = np.outer(dz, xs[t])
        dh = params["Ws"].T @ dz
    terms[np.abs(terms) < 1e-6] = 0.0
    return terms
