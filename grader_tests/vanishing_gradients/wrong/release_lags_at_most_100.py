# lag_norms: only the first 100 lags are computed and the rest is left at zero

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
    norms = [0.0] * len(xs)
    dh = params["Wo"].T @ dy_T
    for lag, h in enumerate(hs[::-1][:100]):
        norms[lag] = np.linalg.norm(dh)
        dz = dh * (1 - h**2)
        dh = params["Ws"].T @ dz
    return np.array(norms)
