# cell_backward: the cache is a list that backward empties with pop, so it works only once

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cell_forward(params, h_t, h_d, c_t, c_d, x_t, x_d):
    u = np.concatenate([h_t, x_t, h_d, x_d])
    old = {"t": c_t, "d": c_d}
    cache = {"u": u, "H": len(h_t), "D": len(x_t), "stack": []}
    new_h, new_c = {}, {}
    for k in ("t", "d"):
        f = sigmoid(params[f"Wf_{k}"] @ u + params[f"bf_{k}"])
        i = sigmoid(params[f"Wi_{k}"] @ u + params[f"bi_{k}"])
        o = sigmoid(params[f"Wo_{k}"] @ u + params[f"bo_{k}"])
        g = np.tanh(params[f"Wc_{k}"] @ u + params[f"bc_{k}"])
        c = f * old[k] + i * g
        new_c[k] = c
        new_h[k] = o * np.tanh(c)
        cache["stack"].append((f, i, o, g, old[k], np.tanh(c)))
    return new_h["t"], new_h["d"], new_c["t"], new_c["d"], cache


def cell_backward(params, cache, dh_t, dh_d, dc_t, dc_d):
    u, H, D = cache["u"], cache["H"], cache["D"]
    grads = {}
    du = np.zeros(2 * H + 2 * D)
    for k, dh, dc in (("d", dh_d, dc_d), ("t", dh_t, dc_t)):
        f, i, o, g, c_old, tanh_c = cache["stack"].pop()
        delta_c = dc + dh * o * (1 - tanh_c**2)
        dz = {
            "f": delta_c * c_old * f * (1 - f),
            "i": delta_c * g * i * (1 - i),
            "o": dh * tanh_c * o * (1 - o),
            "c": delta_c * i * (1 - g**2),
        }
        for gate, value in dz.items():
            grads[f"W{gate}_{k}"] = np.outer(value, u)
            grads[f"b{gate}_{k}"] = value
            du += params[f"W{gate}_{k}"].T @ value
        grads[f"c_{k}"] = delta_c * f
    grads["h_t"], grads["x_t"], grads["h_d"], grads["x_d"] = np.split(du, [H, H + D, 2 * H + D])
    return grads
