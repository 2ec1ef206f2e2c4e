# cell_forward: only the forget gate gets its bias, those of i, o and g are forgotten

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
        i = sigmoid(params[f"Wi_{k}"] @ u)
        o = sigmoid(params[f"Wo_{k}"] @ u)
        g = np.tanh(params[f"Wc_{k}"] @ u)
        c = f * old[k] + i * g
        new_c[k] = c
        new_h[k] = o * np.tanh(c)
        cache[k] = (f, i, o, g, old[k], np.tanh(c))
    return new_h["t"], new_h["d"], new_c["t"], new_c["d"], cache
