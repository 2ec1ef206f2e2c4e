"""A cache of bytes, dense Jacobians, a grid by recursion with a memory, and a path of fractions."""

import functools
import itertools
import math
import pickle
from fractions import Fraction

import numpy as np


def entry_of_delta_c(dh, dc, o, c, j):
    return dc[j] + dh[j] * (o[j] - o[j] * np.tanh(c[j]) ** 2)


def entry_of_delta_z_f(delta_c, c_before, f, j):
    return (delta_c * c_before * f - delta_c * c_before * f * f)[j]


def sig(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def values(params, h_t, h_d, c_t, c_d, x_t, x_d):
    u = np.hstack((h_t, x_t, h_d, x_d))
    v = {"u": u}
    for k, c in zip("td", (c_t, c_d)):
        for n in "fio":
            v[n, k] = sig(params[f"W{n}_{k}"] @ u + params[f"b{n}_{k}"])
        v["c", k] = np.tanh(params[f"Wc_{k}"] @ u + params[f"bc_{k}"])
        v["new", k] = v["f", k] * c + v["i", k] * v["c", k]
        v["h", k] = v["o", k] * np.tanh(v["new", k])
    return v


def cell_forward(params, h_t, h_d, c_t, c_d, x_t, x_d):
    v = values(params, h_t, h_d, c_t, c_d, x_t, x_d)
    return v["h", "t"], v["h", "d"], v["new", "t"], v["new", "d"], pickle.dumps((h_t, h_d, c_t, c_d, x_t, x_d))


def cell_backward(params, cache, dh_t, dh_d, dc_t, dc_d):
    h_t, h_d, c_t, c_d, x_t, x_d = args = pickle.loads(cache)
    v = values(params, *args)
    g, du = {}, np.zeros(v["u"].shape)
    for k, before, dh, dc in (("t", c_t, dh_t, dc_t), ("d", c_d, dh_d, dc_d)):
        f, i, o, cand, new = (v[n, k] for n in ("f", "i", "o", "c", "new"))
        dn = dc + dh * o * (1 - np.tanh(new) ** 2)
        for n, dz in {
            "f": dn * before * f * (1 - f),
            "i": dn * cand * i * (1 - i),
            "o": dh * np.tanh(new) * o * (1 - o),
            "c": dn * i * (1 - cand**2),
        }.items():
            # Jacobian of z at W, dense: (H, H, U)
            J = np.zeros((len(dz), len(dz), len(du)))
            J[range(len(dz)), range(len(dz))] = v["u"]
            g[f"W{n}_{k}"] = np.einsum("a,abu->bu", dz, J)
            g[f"b{n}_{k}"] = dz
            np.add.at(du, range(len(du)), params[f"W{n}_{k}"].T @ dz)
        g[f"c_{k}"] = dn * f
    start = 0
    for n, a in (("h_t", h_t), ("x_t", x_t), ("h_d", h_d), ("x_d", x_d)):
        g[n] = du[start : start + len(a)]
        start += len(a)
    return g


def grid_forward(params, X):
    T, S, D = X.shape
    H = len(params["bf_t"])

    @functools.cache
    def node(t, s):
        z = np.zeros(H)
        h_t, _, c_t, _, _ = node(t - 1, s) if t else (z,) * 5
        _, h_d, _, c_d, _ = node(t, s - 1) if s else (z,) * 5
        return cell_forward(params, h_t, h_d, c_t, c_d, X[t, s], X[t, s])

    out = tuple(np.array([[node(t, s)[n] for s in range(S)] for t in range(T)]) for n in range(4))
    return out + (node,)  # the cache is the function with its memory


def grid_backward(params, cache, dhs_t, dhs_d):
    T, S, H = np.shape(dhs_t)
    nothing = {n: np.zeros(H) for n in ("h_t", "h_d", "c_t", "c_d")}

    @functools.lru_cache(maxsize=None)
    def back(t, s):
        if t == T or s == S:
            return nothing
        below, right = back(t + 1, s), back(t, s + 1)
        return cell_backward(
            params, cache(t, s)[-1], dhs_t[t, s] + below["h_t"], dhs_d[t, s] + right["h_d"], below["c_t"], right["c_d"]
        )

    first = back(0, 0)
    grads = {n: sum(back(t, s)[n] for t, s in np.ndindex(T, S)) for n in params}
    grads["X"] = np.array([[back(t, s)["x_t"] + back(t, s)["x_d"] for t in range(T)] for s in range(S)]).swapaxes(0, 1)
    return grads


def md_cell_forward(params, h_up, h_left, c_up, c_left, x):
    P = [(params["W" + n], params["b" + n]) for n in ("f1", "f2", "i", "o", "c")]
    U = h_up, h_left, x
    H = len(h_up)
    cut = lambda W: np.split(W, [H, 2 * H], axis=1)
    f1, f2, i, o, g = (a(sum(w @ u for w, u in zip(cut(W), U)) + b) for (W, b), a in zip(P, [sig] * 4 + [np.tanh]))
    c = f1 * c_up + f2 * c_left + i * g
    return o * np.tanh(c), c, (h_up, h_left, c_up, c_left, x, f1, f2, i, o, g, c)  # references to the arguments


def md_cell_backward(params, cache, dh, dc):
    h_up, h_left, c_up, c_left, x, f1, f2, i, o, g, c = cache
    th = np.tanh(c)
    d = dc + dh * o * (1 - th * th)
    dz = dict(
        f1=d * c_up * f1 * (1 - f1),
        f2=d * c_left * f2 * (1 - f2),
        i=d * g * i * (1 - i),
        o=dh * th * o * (1 - o),
        c=d * i * (1 - g * g),
    )
    H = len(dh)
    grads = {"c_up": d * f1, "c_left": d * f2}
    for n, z in dz.items():
        grads["b" + n] = z
        grads["W" + n] = np.hstack([np.outer(z, u) for u in (h_up, h_left, x)])
    for name, place in {"h_up": slice(0, H), "h_left": slice(H, 2 * H), "x": slice(2 * H, None)}.items():
        grads[name] = sum(params["W" + n][:, place].T @ z for n, z in dz.items())
    return grads


def path_gradient(m, n, f1, f2):
    return math.comb(m + n, m) * Fraction(f1) ** m * Fraction(f2) ** n  # a number: a Fraction
