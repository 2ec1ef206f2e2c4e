"""Recursion with a memory over the grid; the way back asks each node what its successors send."""

from functools import lru_cache

import numpy as np


def s(z):
    return 1.0 / (1.0 + np.exp(-z))


def one(params, k, u, old):
    f, i, o = (s(params[f"W{n}_{k}"].dot(u) + params[f"b{n}_{k}"]) for n in "fio")
    g = np.tanh(params[f"Wc_{k}"].dot(u) + params[f"bc_{k}"])
    c = np.add(np.multiply(f, old), np.multiply(i, g))
    return np.multiply(o, np.tanh(c)), c


def cell_forward(params, h_t, h_d, c_t, c_d, x_t, x_d):
    u = np.concatenate([h_t, x_t, h_d, x_d])
    h1, c1 = one(params, "t", u, c_t)
    h2, c2 = one(params, "d", u, c_d)
    # keeps the inputs only: the way back computes the gates again
    return h1, h2, c1, c2, [np.copy(v) for v in (h_t, h_d, c_t, c_d, x_t, x_d)]


def one_back(params, k, u, old, dh, dc):
    f, i, o = (s(params[f"W{n}_{k}"].dot(u) + params[f"b{n}_{k}"]) for n in "fio")
    g = np.tanh(params[f"Wc_{k}"].dot(u) + params[f"bc_{k}"])
    q = np.tanh(f * old + i * g)
    t = dc + dh * o - dh * o * q * q
    df, di, do, dg = t * old * f * (1 - f), t * g * i * (1 - i), dh * q * o * (1 - o), t * i * (1 + g) * (1 - g)
    grads, du = {}, np.zeros(u.shape)
    for n, d in zip("fioc", (df, di, do, dg)):
        grads[f"W{n}_{k}"] = np.multiply.outer(d, u)
        grads[f"b{n}_{k}"] = d
        du += d.dot(params[f"W{n}_{k}"])
    grads[f"c_{k}"] = t * f
    return grads, du


def cell_backward(params, cache, dh_t, dh_d, dc_t, dc_d):
    h_t, h_d, c_t, c_d, x_t, x_d = cache
    u = np.concatenate([h_t, x_t, h_d, x_d])
    a, du1 = one_back(params, "t", u, c_t, dh_t, dc_t)
    b, du2 = one_back(params, "d", u, c_d, dh_d, dc_d)
    du = du1 + du2
    H, D = len(h_t), len(x_t)
    return {
        **a,
        **b,
        "h_t": du[:H],
        "x_t": du[H : H + D],
        "h_d": du[H + D : H + D + H],
        "x_d": du[-D:],
    }


def grid_forward(params, X):
    T, S, _ = X.shape
    X = X.copy()
    H = len(params["bf_t"])
    zero = [np.zeros(H)] * 5

    @lru_cache(maxsize=None)
    def node(t, s):
        if t < 0 or s < 0:
            return zero
        up, left = node(t - 1, s), node(t, s - 1)
        return cell_forward(params, up[0], left[1], up[2], left[3], X[t, s], X[t, s])

    states = [np.array([[node(t, s)[q] for s in range(S)] for t in range(T)]) for q in range(4)]
    return states[0], states[1], states[2], states[3], (node, T, S)


def grid_backward(params, cache, dhs_t, dhs_d):
    node, T, S = cache
    zero = np.zeros(dhs_t.shape[-1])
    nothing = {"h_t": zero, "h_d": zero, "c_t": zero, "c_d": zero}

    @lru_cache(maxsize=None)
    def back(t, s):
        if t == T or s == S:
            return nothing
        low, right = back(t + 1, s), back(t, s + 1)
        return cell_backward(
            params, node(t, s)[4], dhs_t[t, s] + low["h_t"], dhs_d[t, s] + right["h_d"], low["c_t"], right["c_d"]
        )

    every = [back(t, s) for t in range(T) for s in range(S)]
    grads = {name: np.sum([one[name] for one in every], axis=0) for name in params}
    grads["X"] = np.array([[back(t, s)["x_t"] + back(t, s)["x_d"] for s in range(S)] for t in range(T)])
    return grads


def md_cell_forward(params, h_up, h_left, c_up, c_left, x):
    values = md(params, h_up, h_left, c_up, c_left, x)
    return values["h"], values["c"], tuple(np.copy(v) for v in (h_up, h_left, c_up, c_left, x))


def md(params, h_up, h_left, c_up, c_left, x):
    u = np.concatenate([h_up, h_left, x])
    v = {n: s(params["W" + n].dot(u) + params["b" + n]) for n in ("i", "f1", "f2", "o")}
    v["g"] = np.tanh(params["Wc"].dot(u) + params["bc"])
    v["c"] = v["f1"] * c_up + v["f2"] * c_left + v["i"] * v["g"]
    v["h"] = v["o"] * np.tanh(v["c"])
    return {**v, "u": u}


def md_cell_backward(params, cache, dh, dc):
    v = md(params, *cache)
    q = np.tanh(v["c"])
    t = dc + dh * v["o"] / np.cosh(v["c"]) ** 2
    d = {
        "i": t * v["g"] * v["i"] * (1 - v["i"]),
        "f1": t * cache[2] * v["f1"] * (1 - v["f1"]),
        "f2": t * cache[3] * v["f2"] * (1 - v["f2"]),
        "o": dh * q * v["o"] * (1 - v["o"]),
        "c": t * v["i"] * (1 - v["g"] ** 2),
    }
    grads = {f"W{n}": np.multiply.outer(z, v["u"]) for n, z in d.items()} | {f"b{n}": z for n, z in d.items()}
    du = sum(params[f"W{n}"].T.dot(z) for n, z in d.items())
    H = len(dh)
    return {
        **grads,
        "h_up": du[0:H],
        "h_left": du[H : H + H],
        "x": du[H + H :],
        "c_up": t * v["f1"],
        "c_left": t * v["f2"],
    }


def path_gradient(m, n, f1, f2):
    @lru_cache(maxsize=None)
    def reach(a, b):
        if a == 0 and b == 0:
            return 1.0
        return (f1 * reach(a - 1, b) if a else 0.0) + (f2 * reach(a, b - 1) if b else 0.0)

    return reach(m, n)
