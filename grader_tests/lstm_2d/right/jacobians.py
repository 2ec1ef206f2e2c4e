"""Every step as a full Jacobian matrix, and the chain rule as products of matrices."""

from math import factorial

import numpy as np

GATES = "fioc"


def _act(name, z):
    return np.tanh(z) if name == "c" else 1 / (1 + np.exp(-z))


def _slope(name, y):
    return np.diag(1 - y**2) if name == "c" else np.diag(y * (1 - y))


def cell_forward(params, h_t, h_d, c_t, c_d, x_t, x_d):
    u = np.concatenate((h_t, x_t, h_d, x_d))
    y = {(n, k): _act(n, params[f"W{n}_{k}"] @ u + params[f"b{n}_{k}"]) for n in GATES for k in "td"}
    c = {k: y["f", k] * old + y["i", k] * y["c", k] for k, old in (("t", c_t), ("d", c_d))}
    h = {k: y["o", k] * np.tanh(c[k]) for k in "td"}
    cache = (u, y, {"t": np.array(c_t), "d": np.array(c_d)}, c, len(x_t))
    return h["t"], h["d"], c["t"], c["d"], cache


def cell_backward(params, cache, dh_t, dh_d, dc_t, dc_d):
    u, y, old, c, D = cache
    H = dh_t.size
    grads, du = {}, np.zeros_like(u)
    for k, dh, dc in (("t", dh_t, dc_t), ("d", dh_d, dc_d)):
        J_h_c = np.diag(y["o", k]) @ np.diag(1 - np.tanh(c[k]) ** 2)
        total = dc + dh @ J_h_c
        at_gate = {
            "f": total @ np.diag(old[k]),
            "i": total @ np.diag(y["c", k]),
            "c": total @ np.diag(y["i", k]),
            "o": dh @ np.diag(np.tanh(c[k])),
        }
        grads["c_" + k] = total @ np.diag(y["f", k])
        for n in GATES:
            z = at_gate[n] @ _slope(n, y[n, k])
            J_W = np.kron(np.eye(H), u)  # derivative of W u by the entries of W, row by row
            grads[f"W{n}_{k}"] = (z @ J_W).reshape(H, -1)
            grads[f"b{n}_{k}"] = z @ np.eye(H)
            du = du + z @ params[f"W{n}_{k}"]
    parts = np.split(du, np.cumsum([H, D, H]))
    return grads | dict(zip(("h_t", "x_t", "h_d", "x_d"), parts))


def grid_forward(params, X):
    T, S, _ = X.shape
    H = len(params["bi_d"])
    states = np.zeros((4, T + 1, S + 1, H))  # the last row and column stay zero until they are reached: index -1
    cache = np.empty((T, S), dtype=object)
    for t in range(T):
        for s in range(S):
            new = cell_forward(
                params,
                states[0, t, s + 1],
                states[1, t + 1, s],
                states[2, t, s + 1],
                states[3, t + 1, s],
                X[t, s],
                X[t, s],
            )
            states[:, t + 1, s + 1] = new[:4]
            cache[t, s] = new[4]
    hs_t, hs_d, cs_t, cs_d = states[:, 1:, 1:]
    return hs_t, hs_d, cs_t, cs_d, cache


def grid_backward(params, cache, dhs_t, dhs_d):
    T, S = cache.shape
    H = dhs_t.shape[-1]
    dh_t, dh_d = dhs_t.copy(), dhs_d.copy()
    dc_t, dc_d = np.zeros_like(dh_t), np.zeros_like(dh_d)
    every = []
    for node in range(T * S - 1, -1, -1):
        t, s = divmod(node, S)
        g = cell_backward(params, cache[t, s], dh_t[t, s], dh_d[t, s], dc_t[t, s], dc_d[t, s])
        every.append(g)
        if t:
            dh_t[t - 1, s] += g["h_t"]
            dc_t[t - 1, s] += g["c_t"]
        if s:
            dh_d[t, s - 1] += g["h_d"]
            dc_d[t, s - 1] += g["c_d"]
    grads = {name: sum(g[name] for g in every) for name in params}
    grads["X"] = np.array([g["x_t"] + g["x_d"] for g in reversed(every)]).reshape(T, S, -1)
    return grads


MD = ("i", "f1", "f2", "o", "c")


def md_cell_forward(params, h_up, h_left, c_up, c_left, x):
    u = np.concatenate((h_up, h_left, x))
    y = {n: _act(n, params["W" + n] @ u + params["b" + n]) for n in MD}
    c = y["f1"] * c_up + y["f2"] * c_left + y["i"] * y["c"]
    return y["o"] * np.tanh(c), c, (u, y, np.array(c_up), np.array(c_left), c)


def md_cell_backward(params, cache, dh, dc):
    u, y, c_up, c_left, c = cache
    H = c.size
    total = dc + dh @ np.diag(y["o"] * (1 - np.tanh(c) ** 2))
    at_gate = {
        "i": total @ np.diag(y["c"]),
        "f1": total @ np.diag(c_up),
        "f2": total @ np.diag(c_left),
        "o": dh @ np.diag(np.tanh(c)),
        "c": total @ np.diag(y["i"]),
    }
    z = {n: at_gate[n] @ _slope(n, y[n]) for n in MD}
    du = sum(z[n] @ params["W" + n] for n in MD)
    grads = {"W" + n: z[n][:, None] @ u[None, :] for n in MD} | {"b" + n: z[n] for n in MD}
    grads |= {"h_up": du[:H], "h_left": du[H : 2 * H], "x": du[2 * H :]}
    return grads | {"c_up": total @ np.diag(y["f1"]), "c_left": total @ np.diag(y["f2"])}


def path_gradient(m, n, f1, f2):
    return factorial(m + n) // (factorial(m) * factorial(n)) * (f1**m * f2**n)
