"""Many small helper functions with generic names (shift, affine, log_sigmoid, delta, diff, step, eps, numeric)."""

import functools

import numpy as np

GATES = ("f", "i", "o", "c")
eps = np.finfo(float).eps  # only to document the precision we work in


def affine(params, name, u):
    return params["W" + name] @ u + params["b" + name]


def log_sigmoid(z):
    """log of the sigmoid, without overflow on either side"""
    return -np.logaddexp(0.0, -z)


def sigmoid(z):
    return np.exp(log_sigmoid(z))


def slope_sigmoid(y):
    return y - y * y


def slope_tanh(y):
    return (1 - y) * (1 + y)


def numeric(*arrays):
    """Everything as float arrays."""
    return [np.asarray(a, dtype=float) for a in arrays]


def step(f, c_old, i, g):
    """one step of a cell"""
    return f * c_old + i * g


def delta(dh, dc, o, y):
    """all that arrives at a new cell"""
    return dc + dh * o * slope_tanh(y)


def add_affine(grads, du, params, name, dz, u):
    """put the gradients of one affine map into grads, and return what u has got so far"""
    grads["W" + name] = dz[:, np.newaxis] @ u[np.newaxis, :]
    grads["b" + name] = dz.copy()
    return du + dz @ params["W" + name]


def half_forward(params, k, u, c_old):
    f, i, o = (sigmoid(affine(params, f"{gate}_{k}", u)) for gate in "fio")
    g = np.tanh(affine(params, f"c_{k}", u))
    c = step(f, c_old, i, g)
    y = np.tanh(c)
    return o * y, c, dict(f=f, i=i, o=o, g=g, y=y, old=c_old)


def half_backward(half, dh, dc):
    f, i, o, g, y, old = (half[name] for name in ("f", "i", "o", "g", "y", "old"))
    d = delta(dh, dc, o, y)
    diff = {
        "f": d * old * slope_sigmoid(f),
        "i": d * g * slope_sigmoid(i),
        "o": dh * y * slope_sigmoid(o),
        "c": d * i * slope_tanh(g),
    }
    return diff, d * f


def cell_forward(params, h_t, h_d, c_t, c_d, x_t, x_d):
    h_t, h_d, c_t, c_d, x_t, x_d = numeric(h_t, h_d, c_t, c_d, x_t, x_d)
    u = np.concatenate((h_t, x_t, h_d, x_d))
    new_h_t, new_c_t, half_t = half_forward(params, "t", u, c_t)
    new_h_d, new_c_d, half_d = half_forward(params, "d", u, c_d)
    return new_h_t, new_h_d, new_c_t, new_c_d, {"u": u, "t": half_t, "d": half_d}


def cell_backward(params, cache, dh_t, dh_d, dc_t, dc_d):
    u = cache["u"]
    H = len(dh_t)
    D = len(u) // 2 - H
    grads, du = {}, np.zeros(len(u))
    for k, dh, dc in zip("td", (dh_t, dh_d), (dc_t, dc_d)):
        diff, grads["c_" + k] = half_backward(cache[k], dh, dc)
        for gate in GATES:
            du = add_affine(grads, du, params, f"{gate}_{k}", diff[gate], u)
    first, second = np.split(du, 2)
    grads["h_t"], grads["x_t"] = first[:H], first[H:]
    grads["h_d"], grads["x_d"] = second[:H], second[H:]
    assert len(grads["x_t"]) == D
    return grads


def shift(states, axis):
    """states of the neighbour before along an axis, zeros at the border"""
    moved = np.zeros_like(states)
    if axis == 0:
        moved[1:] = states[:-1]
    else:
        moved[:, 1:] = states[:, :-1]
    return moved


def nodes(T, S, backwards=False):
    order = [(t, s) for t in range(T) for s in range(S)]
    return order[::-1] if backwards else order


def neighbour(table, t, s, H):
    return table.get((t, s), np.zeros(H))


def grid_forward(params, X):
    T, S, _ = X.shape
    H = params["bf_t"].size
    h_t, h_d, c_t, c_d, cells = {}, {}, {}, {}, {}
    for t, s in nodes(T, S):
        h_t[t, s], h_d[t, s], c_t[t, s], c_d[t, s], cells[t, s] = cell_forward(
            params,
            neighbour(h_t, t - 1, s, H),
            neighbour(h_d, t, s - 1, H),
            neighbour(c_t, t - 1, s, H),
            neighbour(c_d, t, s - 1, H),
            X[t, s],
            X[t, s],
        )

    def table(states):
        return np.array([[states[t, s] for s in range(S)] for t in range(T)])

    return table(h_t), table(h_d), table(c_t), table(c_d), cells


def accumulate(total, part):
    return {name: total[name] + part[name] for name in total}


def grid_backward(params, cache, dhs_t, dhs_d):
    T, S, H = dhs_t.shape
    sent = {}
    zero = {"h_t": np.zeros(H), "h_d": np.zeros(H), "c_t": np.zeros(H), "c_d": np.zeros(H)}
    for t, s in nodes(T, S, backwards=True):
        below, right = sent.get((t + 1, s), zero), sent.get((t, s + 1), zero)
        sent[t, s] = cell_backward(
            params,
            cache[t, s],
            dhs_t[t, s] + below["h_t"],
            dhs_d[t, s] + right["h_d"],
            below["c_t"],
            right["c_d"],
        )
    start = {name: np.zeros_like(value) for name, value in params.items()}
    grads = functools.reduce(accumulate, sent.values(), start)
    grads["X"] = np.array([[sent[t, s]["x_t"] + sent[t, s]["x_d"] for s in range(S)] for t in range(T)])
    return grads


def md_cell_forward(params, h_up, h_left, c_up, c_left, x):
    u = np.concatenate(numeric(h_up, h_left, x))
    i, f1, f2, o = (sigmoid(affine(params, name, u)) for name in ("i", "f1", "f2", "o"))
    g = np.tanh(affine(params, "c", u))
    c = step(f1, c_up, i, g) + f2 * c_left
    return o * np.tanh(c), c, dict(u=u, i=i, f1=f1, f2=f2, o=o, g=g, y=np.tanh(c), up=c_up, left=c_left)


def md_cell_backward(params, cache, dh, dc):
    v = cache
    d = delta(dh, dc, v["o"], v["y"])
    diff = {
        "i": d * v["g"] * slope_sigmoid(v["i"]),
        "f1": d * v["up"] * slope_sigmoid(v["f1"]),
        "f2": d * v["left"] * slope_sigmoid(v["f2"]),
        "o": dh * v["y"] * slope_sigmoid(v["o"]),
        "c": d * v["i"] * slope_tanh(v["g"]),
    }
    grads, du = {}, 0
    for name, dz in diff.items():
        du = add_affine(grads, du, params, name, dz, v["u"])
    H = len(dh)
    grads["h_up"], grads["h_left"], grads["x"] = np.split(du, [H, 2 * H])
    grads["c_up"], grads["c_left"] = d * v["f1"], d * v["f2"]
    return grads


def path_gradient(m, n, f1, f2):
    """the recurrence itself, row by row"""
    row = np.array([float(f2) ** s for s in range(n + 1)])
    for _ in range(m):
        row = row * f1
        for s in range(1, n + 1):
            row[s] += f2 * row[s - 1]
    return row[n]
