# cell_backward: the parameters are by hand, but the gradients at h_t, h_d, x_t and x_d are difference quotients in a helper

import numpy as np


def total(params, u, c_t, c_d, weights, H, D):
    h_t, x_t, h_d, x_d = np.split(u, [H, H + D, 2 * H + D])
    out = cell_forward(params, h_t, h_d, c_t, c_d, x_t, x_d)[:4]
    return sum(a @ b for a, b in zip(out, weights))


def probe(f, u):
    """five-point rule, exact to about twelve digits"""
    result = []
    for e in np.eye(len(u)) * 1e-3:
        result.append((8 * (f(u + e) - f(u - e)) - (f(u + 2 * e) - f(u - 2 * e))) / 12e-3)
    return np.array(result)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def gates(params, k, u):
    f, i, o = (sigmoid(params[f"W{gate}_{k}"] @ u + params[f"b{gate}_{k}"]) for gate in "fio")
    return f, i, o, np.tanh(params[f"Wc_{k}"] @ u + params[f"bc_{k}"])


def cell_forward(params, h_t, h_d, c_t, c_d, x_t, x_d):
    inputs = tuple(np.array(v) for v in (h_t, h_d, c_t, c_d, x_t, x_d))
    u = np.concatenate([h_t, x_t, h_d, x_d])
    f, i, o, g = gates(params, "t", u)
    c_t = f * c_t + i * g
    h_t = o * np.tanh(c_t)
    f, i, o, g = gates(params, "d", u)
    c_d = f * c_d + i * g
    h_d = o * np.tanh(c_d)
    return h_t, h_d, c_t, c_d, inputs


def cell_backward(params, cache, dh_t, dh_d, dc_t, dc_d):
    h_t, h_d, c_t, c_d, x_t, x_d = cache
    u = np.concatenate([h_t, x_t, h_d, x_d])
    _, _, new_c_t, new_c_d, _ = cell_forward(params, *cache)  # once more, instead of keeping it
    grads = {}
    for k, dh, dc, old, new in (("t", dh_t, dc_t, c_t, new_c_t), ("d", dh_d, dc_d, c_d, new_c_d)):
        f, i, o, g = gates(params, k, u)
        y = np.tanh(new)
        at_c = dc + dh * o * (1 - y**2)
        dz_f, dz_i = at_c * old * f * (1 - f), at_c * g * i * (1 - i)
        dz_o, dz_c = dh * y * o * (1 - o), at_c * i * (1 - g**2)
        for gate, dz in zip("fioc", (dz_f, dz_i, dz_o, dz_c)):
            grads[f"W{gate}_{k}"] = np.outer(dz, u)
            grads[f"b{gate}_{k}"] = dz
        grads[f"c_{k}"] = at_c * f
    H, D = len(h_t), len(x_t)
    slope = probe(lambda v: total(params, v, c_t, c_d, (dh_t, dh_d, dc_t, dc_d), H, D), u)
    grads["h_t"], grads["x_t"], grads["h_d"], grads["x_d"] = np.split(slope, [H, H + D, 2 * H + D])
    return grads
