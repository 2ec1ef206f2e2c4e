# lag_norms: norms below a hundred-millionth are taken for zero

import numpy as np


def rnn_forward(params, xs, h0):
    hs, ys, h = [], [], h0
    for x in xs:
        h = np.tanh(params["Wx"] @ x + params["Ws"] @ h + params["b1"])
        hs.append(h)
        ys.append(params["Wo"] @ h + params["b2"])
    return np.array(hs), np.array(ys)


def lag_norms(params, xs, h0, dy_T):
    hs, _ = rnn_forward(params, xs, h0)
    norms, dh = [], params["Wo"].T @ dy_T
    for h in hs[::-1]:
        norms.append(np.linalg.norm(dh))
        dh = params["Ws"].T @ (dh * (1 - h**2))
    return np.where(np.array(norms) < 1e-8, 0, norms)
