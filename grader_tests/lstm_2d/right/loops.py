"""Plain Python: lists, floats and loops, one number at a time; NumPy only to hand the results back."""

import math

import numpy as np


def _sigmoid(z):
    return 1 / (1 + math.exp(-z)) if z > 0 else math.exp(z) / (1 + math.exp(z))


def _gate(W, b, u, activation):
    out = []
    for row, shift in zip(W.tolist(), b.tolist()):
        z = shift
        for weight, value in zip(row, u):
            z += weight * value
        out.append(activation(z))
    return out


def cell_forward(params, h_t, h_d, c_t, c_d, x_t, x_d):
    u = [*map(float, h_t), *map(float, x_t), *map(float, h_d), *map(float, x_d)]
    out, memory = [], []
    for k, old in (("t", list(map(float, c_t))), ("d", list(map(float, c_d)))):
        gates = {}
        for name in ("f", "i", "o", "c"):
            gates[name] = _gate(
                params["W" + name + "_" + k], params["b" + name + "_" + k], u, math.tanh if name == "c" else _sigmoid
            )
        c = [gates["f"][j] * old[j] + gates["i"][j] * gates["c"][j] for j in range(len(old))]
        h = [gates["o"][j] * math.tanh(c[j]) for j in range(len(old))]
        out.append((h, c))
        memory.append((gates, old, c))
    (ht, ct), (hd, cd) = out
    return np.array(ht), np.array(hd), np.array(ct), np.array(cd), (tuple(u), memory, len(ht), len(x_t))


def cell_backward(params, cache, dh_t, dh_d, dc_t, dc_d):
    u, memory, H, D = cache
    du = [0.0] * len(u)
    grads = {}
    for which, (k, dh, dc) in enumerate((("t", dh_t, dc_t), ("d", dh_d, dc_d))):
        gates, old, c = memory[which]
        dz = {name: [0.0] * H for name in gates}
        d_old = [0.0] * H
        for j in range(H):
            f, i, o, g = (gates[name][j] for name in ("f", "i", "o", "c"))
            th = math.tanh(c[j])
            arriving = float(dc[j]) + float(dh[j]) * o * (1 - th * th)
            dz["o"][j] = float(dh[j]) * th * o * (1 - o)
            dz["f"][j] = arriving * old[j] * f * (1 - f)
            dz["i"][j] = arriving * g * i * (1 - i)
            dz["c"][j] = arriving * i * (1 - g * g)
            d_old[j] = arriving * f
        for name, values in dz.items():
            W = params[f"W{name}_{k}"]
            gradient = np.zeros(W.shape)
            for j in range(H):
                for q in range(len(u)):
                    gradient[j, q] = values[j] * u[q]
                    du[q] += values[j] * float(W[j, q])
            grads[f"W{name}_{k}"] = gradient
            grads[f"b{name}_{k}"] = np.array(values)
        grads[f"c_{k}"] = np.array(d_old)
    grads["h_t"] = np.array(du[:H])
    grads["x_t"] = np.array(du[H : H + D])
    grads["h_d"] = np.array(du[H + D : 2 * H + D])
    grads["x_d"] = np.array(du[2 * H + D :])
    return grads


def grid_forward(params, X):
    T, S, D = X.shape
    H = params["bf_t"].shape[0]
    hs_t = np.zeros((T, S, H))
    hs_d = np.zeros((T, S, H))
    cs_t = np.zeros((T, S, H))
    cs_d = np.zeros((T, S, H))
    cache = [[None] * S for _ in range(T)]
    for t in range(T):
        for s in range(S):
            if t == 0:
                h_up, c_up = np.zeros(H), np.zeros(H)
            else:
                h_up, c_up = hs_t[t - 1, s], cs_t[t - 1, s]
            if s == 0:
                h_left, c_left = np.zeros(H), np.zeros(H)
            else:
                h_left, c_left = hs_d[t, s - 1], cs_d[t, s - 1]
            a, b, c, d, kept = cell_forward(params, h_up, h_left, c_up, c_left, X[t, s], X[t, s])
            hs_t[t, s] = a
            hs_d[t, s] = b
            cs_t[t, s] = c
            cs_d[t, s] = d
            cache[t][s] = kept
    return hs_t, hs_d, cs_t, cs_d, (cache, X.shape)


def grid_backward(params, cache, dhs_t, dhs_d):
    caches, (T, S, D) = cache
    H = dhs_t.shape[2]
    dh_t = [[dhs_t[t, s].copy() for s in range(S)] for t in range(T)]
    dh_d = [[dhs_d[t, s].copy() for s in range(S)] for t in range(T)]
    dc_t = [[np.zeros(H) for s in range(S)] for t in range(T)]
    dc_d = [[np.zeros(H) for s in range(S)] for t in range(T)]
    grads = {name: np.zeros_like(value, dtype=float) for name, value in params.items()}
    dX = np.zeros((T, S, D))
    for t in range(T - 1, -1, -1):
        for s in range(S - 1, -1, -1):
            g = cell_backward(params, caches[t][s], dh_t[t][s], dh_d[t][s], dc_t[t][s], dc_d[t][s])
            for name in grads:
                grads[name] = grads[name] + g[name]
            for j in range(D):
                dX[t, s, j] = g["x_t"][j] + g["x_d"][j]
            if t > 0:
                dh_t[t - 1][s] = dh_t[t - 1][s] + g["h_t"]
                dc_t[t - 1][s] = dc_t[t - 1][s] + g["c_t"]
            if s > 0:
                dh_d[t][s - 1] = dh_d[t][s - 1] + g["h_d"]
                dc_d[t][s - 1] = dc_d[t][s - 1] + g["c_d"]
    grads["X"] = dX
    return grads


def md_cell_forward(params, h_up, h_left, c_up, c_left, x):
    u = [float(value) for part in (h_up, h_left, x) for value in part]
    i = _gate(params["Wi"], params["bi"], u, _sigmoid)
    f1 = _gate(params["Wf1"], params["bf1"], u, _sigmoid)
    f2 = _gate(params["Wf2"], params["bf2"], u, _sigmoid)
    o = _gate(params["Wo"], params["bo"], u, _sigmoid)
    g = _gate(params["Wc"], params["bc"], u, math.tanh)
    c = [f1[j] * float(c_up[j]) + f2[j] * float(c_left[j]) + i[j] * g[j] for j in range(len(i))]
    h = [o[j] * math.tanh(c[j]) for j in range(len(i))]
    return np.array(h), np.array(c), (u, i, f1, f2, o, g, c, [float(v) for v in c_up], [float(v) for v in c_left])


def md_cell_backward(params, cache, dh, dc):
    u, i, f1, f2, o, g, c, c_up, c_left = cache
    H = len(i)
    grads = {name: np.zeros(value.shape) for name, value in params.items()}
    du = np.zeros(len(u))
    grads["c_up"], grads["c_left"] = np.zeros(H), np.zeros(H)
    for j in range(H):
        th = math.tanh(c[j])
        d = dc[j] + dh[j] * o[j] * (1 - th**2)
        slopes = {
            "o": dh[j] * th * o[j] * (1 - o[j]),
            "i": d * g[j] * i[j] * (1 - i[j]),
            "f1": d * c_up[j] * f1[j] * (1 - f1[j]),
            "f2": d * c_left[j] * f2[j] * (1 - f2[j]),
            "c": d * i[j] * (1 - g[j] ** 2),
        }
        for name, slope in slopes.items():
            grads["b" + name][j] = slope
            for q, value in enumerate(u):
                grads["W" + name][j, q] = slope * value
                du[q] += slope * params["W" + name][j, q]
        grads["c_up"][j] = d * f1[j]
        grads["c_left"][j] = d * f2[j]
    grads["h_up"], grads["h_left"], grads["x"] = du[:H], du[H : 2 * H], du[2 * H :]
    return grads


def path_gradient(m, n, f1, f2):
    if m == 0 and n == 0:
        return 1.0
    table = [[0.0] * (n + 1) for _ in range(m + 1)]
    table[0][0] = 1.0
    for a in range(m + 1):
        for b in range(n + 1):
            if a > 0:
                table[a][b] += f1 * table[a - 1][b]
            if b > 0:
                table[a][b] += f2 * table[a][b - 1]
    return table[m][n]
