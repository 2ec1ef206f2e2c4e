# grid_forward: the running h_d and c_d are not set back to zero at the start of a row, so the left border gets the end of the row above

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cell_forward(params, h_t, h_d, c_t, c_d, x_t, x_d):
    u = np.concatenate([h_t, x_t, h_d, x_d])
    old = {"t": c_t, "d": c_d}
    cache = {"u": u, "H": len(h_t), "D": len(x_t)}
    new_h, new_c = {}, {}
    for k in ("t", "d"):
        f = sigmoid(params[f"Wf_{k}"] @ u + params[f"bf_{k}"])
        i = sigmoid(params[f"Wi_{k}"] @ u + params[f"bi_{k}"])
        o = sigmoid(params[f"Wo_{k}"] @ u + params[f"bo_{k}"])
        g = np.tanh(params[f"Wc_{k}"] @ u + params[f"bc_{k}"])
        c = f * old[k] + i * g
        new_c[k] = c
        new_h[k] = o * np.tanh(c)
        cache[k] = (f, i, o, g, old[k], np.tanh(c))
    return new_h["t"], new_h["d"], new_c["t"], new_c["d"], cache


def grid_forward(params, X):
    T, S, D = X.shape
    H = params["bf_t"].shape[0]
    hs_t, hs_d, cs_t, cs_d = (np.zeros((T, S, H)) for _ in range(4))
    zero = np.zeros(H)
    cache = {"shape": (T, S, D, H)}
    h_d = c_d = zero
    for t in range(T):
        for s in range(S):
            h_t, c_t = (hs_t[t - 1, s], cs_t[t - 1, s]) if t > 0 else (zero, zero)
            hs_t[t, s], hs_d[t, s], cs_t[t, s], cs_d[t, s], cache[t, s] = cell_forward(
                params, h_t, h_d, c_t, c_d, X[t, s], X[t, s]
            )
            h_d, c_d = hs_d[t, s], cs_d[t, s]
    return hs_t, hs_d, cs_t, cs_d, cache
