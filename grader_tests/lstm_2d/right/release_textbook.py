"""Textbook style: one loop over the two dimensions, f-string keys, a dict as cache, vectorised NumPy."""

import math

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


def cell_backward(params, cache, dh_t, dh_d, dc_t, dc_d):
    u, H, D = cache["u"], cache["H"], cache["D"]
    grads = {}
    du = np.zeros(2 * H + 2 * D)
    for k, dh, dc in (("t", dh_t, dc_t), ("d", dh_d, dc_d)):
        f, i, o, g, c_old, tanh_c = cache[k]
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


def grid_forward(params, X):
    T, S, D = X.shape
    H = params["bf_t"].shape[0]
    hs_t, hs_d, cs_t, cs_d = (np.zeros((T, S, H)) for _ in range(4))
    zero = np.zeros(H)
    cache = {"shape": (T, S, D, H)}
    for t in range(T):
        for s in range(S):
            h_t, c_t = (hs_t[t - 1, s], cs_t[t - 1, s]) if t > 0 else (zero, zero)
            h_d, c_d = (hs_d[t, s - 1], cs_d[t, s - 1]) if s > 0 else (zero, zero)
            hs_t[t, s], hs_d[t, s], cs_t[t, s], cs_d[t, s], cache[t, s] = cell_forward(
                params, h_t, h_d, c_t, c_d, X[t, s], X[t, s]
            )
    return hs_t, hs_d, cs_t, cs_d, cache


def grid_backward(params, cache, dhs_t, dhs_d):
    T, S, D, H = cache["shape"]
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    grads["X"] = np.zeros((T, S, D))
    dh_t, dc_t = np.zeros((T + 1, S, H)), np.zeros((T + 1, S, H))
    dh_d, dc_d = np.zeros((T, S + 1, H)), np.zeros((T, S + 1, H))
    for t in reversed(range(T)):
        for s in reversed(range(S)):
            back = cell_backward(
                params,
                cache[t, s],
                dhs_t[t, s] + dh_t[t + 1, s],
                dhs_d[t, s] + dh_d[t, s + 1],
                dc_t[t + 1, s],
                dc_d[t, s + 1],
            )
            dh_t[t, s], dc_t[t, s] = back["h_t"], back["c_t"]
            dh_d[t, s], dc_d[t, s] = back["h_d"], back["c_d"]
            for name in params:
                grads[name] += back[name]
            grads["X"][t, s] = back["x_t"] + back["x_d"]
    return grads


def md_cell_forward(params, h_up, h_left, c_up, c_left, x):
    u = np.concatenate([h_up, h_left, x])
    i = sigmoid(params["Wi"] @ u + params["bi"])
    f1 = sigmoid(params["Wf1"] @ u + params["bf1"])
    f2 = sigmoid(params["Wf2"] @ u + params["bf2"])
    o = sigmoid(params["Wo"] @ u + params["bo"])
    g = np.tanh(params["Wc"] @ u + params["bc"])
    c = f1 * c_up + f2 * c_left + i * g
    h = o * np.tanh(c)
    return h, c, (u, i, f1, f2, o, g, c_up, c_left, c)


def md_cell_backward(params, cache, dh, dc):
    u, i, f1, f2, o, g, c_up, c_left, c = cache
    H = len(c)
    tanh_c = np.tanh(c)
    delta_c = dc + dh * o * (1 - tanh_c**2)
    dz = {
        "i": delta_c * g * i * (1 - i),
        "f1": delta_c * c_up * f1 * (1 - f1),
        "f2": delta_c * c_left * f2 * (1 - f2),
        "o": dh * tanh_c * o * (1 - o),
        "c": delta_c * i * (1 - g**2),
    }
    grads = {f"W{gate}": np.outer(value, u) for gate, value in dz.items()}
    grads |= {f"b{gate}": value for gate, value in dz.items()}
    du = sum(params[f"W{gate}"].T @ value for gate, value in dz.items())
    grads["h_up"], grads["h_left"], grads["x"] = du[:H], du[H : 2 * H], du[2 * H :]
    grads["c_up"], grads["c_left"] = delta_c * f1, delta_c * f2
    return grads


def path_gradient(m, n, f1, f2):
    return math.comb(m + n, m) * f1**m * f2**n
