"""Plain loops over numbers; no product of arrays."""

import math

import numpy as np


def rnn_forward(params, xs, h0):
    Wx, Ws, b1, Wo, b2 = (params[n] for n in ("Wx", "Ws", "b1", "Wo", "b2"))
    T, H, O = len(xs), len(h0), len(b2)
    hs, ys = np.zeros((T, H)), np.zeros((T, O))
    for t in range(T):
        for i in range(H):
            z = b1[i]
            for j in range(len(xs[t])):
                z += Wx[i, j] * xs[t, j]
            for j in range(H):
                z += Ws[i, j] * (hs[t - 1, j] if t > 0 else h0[j])
            hs[t, i] = math.tanh(z)
        for o in range(O):
            ys[t, o] = b2[o] + sum(Wo[o, i] * hs[t, i] for i in range(H))
    return hs, ys


def rnn_backward(params, xs, h0, dys):
    hs, _ = rnn_forward(params, xs, h0)
    Ws, Wo = params["Ws"], params["Wo"]
    (T, D), H, O = xs.shape, len(h0), len(params["b2"])
    g = {k: np.zeros(v.shape) for k, v in params.items()}
    arriving = [0.0] * H
    for t in range(T - 1, -1, -1):
        dz = [0.0] * H
        for i in range(H):
            dh = arriving[i]
            for o in range(O):
                dh += Wo[o, i] * dys[t, o]
                g["Wo"][o, i] += dys[t, o] * hs[t, i]
            dz[i] = dh - dh * hs[t, i] * hs[t, i]
            g["b1"][i] += dz[i]
            for j in range(D):
                g["Wx"][i, j] += dz[i] * xs[t, j]
            for j in range(H):
                g["Ws"][i, j] += dz[i] * (h0[j] if t == 0 else hs[t - 1, j])
        for o in range(O):
            g["b2"][o] += dys[t, o]
        arriving = [sum(Ws[i, j] * dz[i] for i in range(H)) for j in range(H)]
    g["h0"] = arriving
    return g


def step_contributions(params, xs, h0, dy_T):
    hs, _ = rnn_forward(params, xs, h0)
    Ws, Wo, H, T = params["Ws"], params["Wo"], len(h0), len(xs)
    terms = [None] * T
    dh = [sum(Wo[o, i] * dy_T[o] for o in range(len(dy_T))) for i in range(H)]
    for k in range(T - 1, -1, -1):
        dz = [dh[i] * (1 - hs[k, i] ** 2) for i in range(H)]
        terms[k] = [[d * x for x in xs[k]] for d in dz]
        dh = [sum(Ws[i, j] * dz[i] for i in range(H)) for j in range(H)]
    return terms


def state_jacobian(params, hs, k, t):
    Ws, H = params["Ws"], hs.shape[1]
    J = [[1.0 if i == j else 0.0 for j in range(H)] for i in range(H)]
    for s in range(k + 1, t + 1):
        J = [[(1 - hs[s, i] ** 2) * sum(Ws[i, m] * J[m][j] for m in range(H)) for j in range(H)] for i in range(H)]
    return J


def linear_gradient_norm(rho, lag):
    r = 1.0
    for _ in range(lag):
        r *= rho
    return r


slope_down = -0.0458
slope_up = 0.0414
steps_to_one_percent = 0
while 0.9**steps_to_one_percent > 0.01:
    steps_to_one_percent += 1


def gradient_norms(params, xs, h0, dy_T, lengths):
    rows = []
    for n in lengths:
        dys = np.array([[0.0] * len(dy_T)] * (n - 1) + [list(dy_T)])
        g = rnn_backward(params, xs[:n], h0, dys)
        rows.append(tuple(math.sqrt(sum(v * v for v in np.ravel(g[name]))) for name in ("Ws", "Wo")))
    return rows


def lag_norms(params, xs, h0, dy_T):
    hs, _ = rnn_forward(params, xs, h0)
    Ws, Wo, H = params["Ws"], params["Wo"], len(h0)
    dh = [sum(Wo[o, i] * dy_T[o] for o in range(len(dy_T))) for i in range(H)]
    out = []
    for t in range(len(xs) - 1, -1, -1):
        out.append(math.sqrt(sum(v * v for v in dh)))
        dh = [sum(Ws[i, j] * dh[i] * (1 - hs[t, i] ** 2) for i in range(H)) for j in range(H)]
    return out


def clip_by_norm(grads, most):
    total = 0.0
    for g in grads.values():
        for v in np.ravel(g):
            total += v * v
    if math.sqrt(total) <= most:
        return {k: g.copy() for k, g in grads.items()}
    return {k: g * (most / math.sqrt(total)) for k, g in grads.items()}


def cell_path(fs):
    T, H = fs.shape
    p = np.ones((T, H))
    for k in range(T):
        for s in range(k + 1, T):
            for i in range(H):
                p[k, i] *= fs[s, i]
    return p


def blind_inputs():
    params = {
        "Wx": [[0.2, 0.1, 0.0], [0.0, 0.1, 0.2], [0.1, 0.1, 0.1], [0.3, 0.0, -0.1]],
        "Ws": [[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0]],
        "b1": [0.0] * 4,
        "Wo": [[1.0, 0.5, -1.0, 1.0], [0.5, 1.0, 1.0, -0.5]],
        "b2": [0.0, 0.0],
    }
    return params, [[0.1, 0.2, -0.1]] * 10, [0.0] * 4, [[0.0, 0.0]] * 9 + [[1.0, 1.0]]
