"""Keeps an unused numerical-gradient checker (central differences), partly commented out, beside the hand-derived work."""

import math

import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


# ----------------------------------------------------------------------------------------------------
# only for my own comparison, never used for an answer
def numerical_gradient(f, x, h=1e-5):
    """Central differences of a scalar function f with respect to the array x."""
    grad = np.zeros_like(x)
    for ix in np.ndindex(x.shape):
        old = x[ix]
        x[ix] = old + h
        up = f(x)
        x[ix] = old - h
        down = f(x)
        x[ix] = old
        grad[ix] = (up - down) / (2 * h)
    return grad


def check_cell(seed=0, H=3, D=2, eps=1e-6):
    rng = np.random.default_rng(seed)
    params = {}
    for k in "td":
        for gate in "fioc":
            params[f"W{gate}_{k}"] = rng.normal(size=(H, 2 * H + 2 * D))
            params[f"b{gate}_{k}"] = rng.normal(size=H)
    inputs = {n: rng.normal(size=D if n[0] == "x" else H) for n in ("h_t", "h_d", "c_t", "c_d", "x_t", "x_d")}
    up = [rng.normal(size=H) for _ in range(4)]

    def loss(_):
        out = cell_forward(params, **inputs)
        return sum((a * b).sum() for a, b in zip(out[:4], up))

    grads = cell_backward(params, cell_forward(params, **inputs)[-1], *up)
    worst = 0.0
    for name, array in (params | inputs).items():
        numeric = numerical_gradient(loss, array, eps)
        worst = max(worst, np.abs(numeric - grads[name]).max())
    return worst


# print("largest difference to the difference quotient:", check_cell())
#
# def grid_backward_numeric(params, cache, dhs_t, dhs_d, h=1e-5):
#     grads = {}
#     for name in params:
#         grads[name] = np.zeros_like(params[name])
#         for ix in np.ndindex(params[name].shape):
#             params[name][ix] += h
#             plus = (grid_forward(params, X)[0] * dhs_t).sum()
#             params[name][ix] -= 2 * h
#             minus = (grid_forward(params, X)[0] * dhs_t).sum()
#             params[name][ix] += h
#             grads[name][ix] = (plus - minus) / (2 * h)
#     return grads
# ----------------------------------------------------------------------------------------------------


def cell_forward(params, h_t, h_d, c_t, c_d, x_t, x_d):
    u = np.concatenate([h_t, x_t, h_d, x_d])
    a = {}
    for key in params:
        if key[0] != "W":
            continue
        name = key[1:]
        z = params[key] @ u + params["b" + name]
        a[name] = np.tanh(z) if name[0] == "c" else sigmoid(z)
    c_new_t = a["f_t"] * c_t + a["i_t"] * a["c_t"]
    c_new_d = a["f_d"] * c_d + a["i_d"] * a["c_d"]
    h_new_t = a["o_t"] * np.tanh(c_new_t)
    h_new_d = a["o_d"] * np.tanh(c_new_d)
    sizes = (len(h_t), len(x_t), len(h_d), len(x_d))
    return h_new_t, h_new_d, c_new_t, c_new_d, (u, a, (c_t, c_new_t), (c_d, c_new_d), sizes)


def cell_backward(params, cache, dh_t, dh_d, dc_t, dc_d):
    u, a, cells_t, cells_d, sizes = cache
    dz = {}
    grads = {}
    for k, dh, dc, (c_old, c_new) in (("t", dh_t, dc_t, cells_t), ("d", dh_d, dc_d, cells_d)):
        f, i, o, g = a["f_" + k], a["i_" + k], a["o_" + k], a["c_" + k]
        dcell = dc + dh * o / np.cosh(c_new) ** 2  # 1 - tanh^2 = 1 / cosh^2
        dz["f_" + k] = dcell * c_old * f * (1 - f)
        dz["i_" + k] = dcell * g * i * (1 - i)
        dz["o_" + k] = dh * np.tanh(c_new) * o * (1 - o)
        dz["c_" + k] = dcell * i * (1 - g * g)
        grads["c_" + k] = f * dcell
    for name, value in dz.items():
        grads["W" + name] = np.outer(value, u)
        grads["b" + name] = value
    du = np.sum([params["W" + name].T @ value for name, value in dz.items()], axis=0)
    start = 0
    for name, size in zip(("h_t", "x_t", "h_d", "x_d"), sizes):
        grads[name] = du[start : start + size]
        start += size
    return grads


def grid_forward(params, X):
    T, S, _ = X.shape
    H = len(params["bf_t"])
    hs_t, hs_d, cs_t, cs_d = [np.zeros((T, S, H)) for _ in range(4)]
    caches = np.empty((T, S), dtype=object)
    for t in range(T):
        for s in range(S):
            h_t = hs_t[t - 1, s] if t else np.zeros(H)
            c_t = cs_t[t - 1, s] if t else np.zeros(H)
            h_d = hs_d[t, s - 1] if s else np.zeros(H)
            c_d = cs_d[t, s - 1] if s else np.zeros(H)
            hs_t[t, s], hs_d[t, s], cs_t[t, s], cs_d[t, s], caches[t, s] = cell_forward(
                params, h_t, h_d, c_t, c_d, X[t, s], X[t, s]
            )
    return hs_t, hs_d, cs_t, cs_d, (X, caches)


def grid_backward(params, cache, dhs_t, dhs_d):
    X, caches = cache
    T, S, _ = X.shape
    grads = {key: np.zeros_like(params[key], dtype=float) for key in params}
    grads["X"] = np.zeros(X.shape)
    from_below = [None] * S
    for t in range(T - 1, -1, -1):
        from_right = None
        for s in range(S - 1, -1, -1):
            dh_t, dh_d = dhs_t[t, s], dhs_d[t, s]
            dc_t, dc_d = np.zeros_like(dh_t), np.zeros_like(dh_d)
            if from_below[s] is not None:
                dh_t = dh_t + from_below[s]["h_t"]
                dc_t = dc_t + from_below[s]["c_t"]
            if from_right is not None:
                dh_d = dh_d + from_right["h_d"]
                dc_d = dc_d + from_right["c_d"]
            back = cell_backward(params, caches[t, s], dh_t, dh_d, dc_t, dc_d)
            from_below[s] = from_right = back
            for key in params:
                grads[key] += back[key]
            grads["X"][t, s] = back["x_t"] + back["x_d"]
    return grads


def md_cell_forward(params, h_up, h_left, c_up, c_left, x):
    u = np.concatenate([h_up, h_left, x])
    a = {k: sigmoid(params["W" + k] @ u + params["b" + k]) for k in ("i", "f1", "f2", "o")}
    a["c"] = np.tanh(params["Wc"] @ u + params["bc"])
    c = a["f1"] * c_up + a["f2"] * c_left + a["i"] * a["c"]
    return a["o"] * np.tanh(c), c, (u, a, c_up, c_left, c)


def md_cell_backward(params, cache, dh, dc):
    u, a, c_up, c_left, c = cache
    dcell = dc + dh * a["o"] / np.cosh(c) ** 2
    da = {
        "i": dcell * a["c"],
        "f1": dcell * c_up,
        "f2": dcell * c_left,
        "o": dh * np.tanh(c),
        "c": dcell * a["i"],
    }
    grads = {"c_up": dcell * a["f1"], "c_left": dcell * a["f2"]}
    du = np.zeros(u.shape)
    for k in da:
        dz = da[k] * (1 - a[k] ** 2 if k == "c" else a[k] * (1 - a[k]))
        grads["W" + k] = np.outer(dz, u)
        grads["b" + k] = dz
        du = du + params["W" + k].T @ dz
    H = len(dh)
    grads["h_up"] = du[:H]
    grads["h_left"] = du[H : H + H]
    grads["x"] = du[H + H :]
    # eps = 1e-6
    # numeric = (md_cell_forward(params, h_up + eps, ...)[0] - md_cell_forward(params, h_up - eps, ...)[0]) / (2 * eps)
    return grads


def path_gradient(m, n, f1, f2):
    number = math.comb(m + n, m)
    # compare: (c(m, n; c00 + h) - c(m, n; c00 - h)) / (2 h) gives the same number
    return number * f1**m * f2**n
