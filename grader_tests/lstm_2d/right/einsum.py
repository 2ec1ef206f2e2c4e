"""Index notation and stacked gates: letters k (dimension), g (gate), h (hidden), u (joined input)."""

import numpy as np

NAMES = ["f", "i", "o", "c"]


def both(params, name):
    return np.array([params[name + "_t"], params[name + "_d"]])


def sigmoid(z):
    return 0.5 * np.tanh(z / 2) + 0.5


def cell_forward(params, h_t, h_d, c_t, c_d, x_t, x_d):
    u = np.hstack((h_t, x_t, h_d, x_d))
    old = np.vstack((c_t, c_d))
    f = sigmoid(np.einsum("khu,u->kh", both(params, "Wf"), u) + both(params, "bf"))
    i = sigmoid(np.einsum("khu,u->kh", both(params, "Wi"), u) + both(params, "bi"))
    o = sigmoid(np.einsum("khu,u->kh", both(params, "Wo"), u) + both(params, "bo"))
    g = np.tanh(np.einsum("khu,u->kh", both(params, "Wc"), u) + both(params, "bc"))
    new = np.einsum("kh,kh->kh", f, old) + np.einsum("kh,kh->kh", i, g)
    squashed = np.tanh(new)
    hidden = np.einsum("kh,kh->kh", o, squashed)
    saved = {"u": u, "old": old, "f": f, "i": i, "o": o, "g": g, "s": squashed, "h": hidden}
    return (*hidden, *new, saved)


def cell_backward(params, cache, dh_t, dh_d, dc_t, dc_d):
    u, old, f, i, o, g, s, h = (cache[name] for name in ("u", "old", "f", "i", "o", "g", "s", "h"))
    dh, dc = np.vstack((dh_t, dh_d)), np.vstack((dc_t, dc_d))
    total = dc + np.einsum("kh,kh->kh", dh, o - h * s)
    dz = {
        "f": np.einsum("kh,kh,kh->kh", total, old, f - f**2),
        "i": np.einsum("kh,kh,kh->kh", total, g, i - i**2),
        "o": np.einsum("kh,kh,kh->kh", dh, h, 1 - o),
        "c": np.einsum("kh,kh,kh->kh", total, i, 1 - g**2),
    }
    grads, du = {}, np.zeros_like(u)
    for name in NAMES:
        grads["W" + name + "_t"], grads["W" + name + "_d"] = np.einsum("kh,u->khu", dz[name], u)
        grads["b" + name + "_t"], grads["b" + name + "_d"] = dz[name]
        du = du + np.einsum("khu,kh->u", both(params, "W" + name), dz[name])
    H = dh.shape[1]
    half = u.size // 2
    dc_old = np.einsum("kh,kh->kh", total, f)
    grads.update(h_t=du[:H], x_t=du[H:half], h_d=du[half : half + H], x_d=du[half + H :])
    grads["c_t"], grads["c_d"] = dc_old
    return grads


def grid_forward(params, X):
    T, S = X.shape[:2]
    zero = np.zeros(params["bo_d"].shape)
    border = [zero, zero, zero, zero, None]
    nodes = {}
    for t, s in np.ndindex(T, S):
        h_t, _, c_t, _, _ = nodes.get((t - 1, s), border)
        _, h_d, _, c_d, _ = nodes.get((t, s - 1), border)
        nodes[t, s] = cell_forward(params, h_t, h_d, c_t, c_d, X[t, s], X[t, s])
    states = [np.array([[nodes[t, s][q] for s in range(S)] for t in range(T)]) for q in range(4)]
    return (*states, nodes)


def grid_backward(params, cache, dhs_t, dhs_d):
    T, S, H = dhs_t.shape
    sent, total = {}, {}
    dX = np.empty((T, S, params["Wo_t"].shape[1] // 2 - H))
    none = dict.fromkeys(("h_t", "h_d", "c_t", "c_d"), np.zeros(H))
    for t, s in sorted(np.ndindex(T, S), reverse=True):
        below, right = sent.get((t + 1, s), none), sent.get((t, s + 1), none)
        node = cell_backward(
            params,
            cache[t, s][4],
            dhs_t[t, s] + below["h_t"],
            dhs_d[t, s] + right["h_d"],
            below["c_t"],
            right["c_d"],
        )
        sent[t, s] = node
        dX[t, s] = np.einsum("kd->d", [node["x_t"], node["x_d"]])
    for name in params:
        total[name] = np.einsum("n...->...", np.array([node[name] for node in sent.values()]))
    return {**total, "X": dX}


def md_cell_forward(params, h_up, h_left, c_up, c_left, x):
    u = np.hstack((h_up, h_left, x))
    i = sigmoid(np.einsum("hu,u->h", params["Wi"], u) + params["bi"])
    f1 = sigmoid(np.einsum("hu,u->h", params["Wf1"], u) + params["bf1"])
    f2 = sigmoid(np.einsum("hu,u->h", params["Wf2"], u) + params["bf2"])
    o = sigmoid(np.einsum("hu,u->h", params["Wo"], u) + params["bo"])
    g = np.tanh(np.einsum("hu,u->h", params["Wc"], u) + params["bc"])
    c = np.einsum("gh,gh->h", np.vstack((f1, f2, i)), np.vstack((c_up, c_left, g)))
    h = np.einsum("h,h->h", o, np.tanh(c))
    return h, c, {"u": u, "old": (c_up.copy(), c_left.copy()), "gates": (i, f1, f2, o, g), "c": c, "h": h}


def md_cell_backward(params, cache, dh, dc):
    u, c, h = cache["u"], cache["c"], cache["h"]
    c_up, c_left = cache["old"]
    i, f1, f2, o, g = cache["gates"]
    s = np.tanh(c)
    total = dc + np.einsum("h,h->h", dh, o - h * s)
    dz = {
        "i": np.einsum("h,h,h->h", total, g, i - i**2),
        "f1": np.einsum("h,h,h->h", total, c_up, f1 - f1**2),
        "f2": np.einsum("h,h,h->h", total, c_left, f2 - f2**2),
        "o": np.einsum("h,h,h->h", dh, h, 1 - o),
        "c": np.einsum("h,h,h->h", total, i, 1 - g**2),
    }
    grads, du = {}, np.zeros_like(u)
    for name in dz:
        grads["W" + name] = np.einsum("h,u->hu", dz[name], u)
        grads["b" + name] = dz[name]
        du = du + np.einsum("hu,h->u", params["W" + name], dz[name])
    grads["h_up"], grads["h_left"], grads["x"] = np.split(du, (c.size, c.size * 2))
    grads["c_up"], grads["c_left"] = np.einsum("gh,h->gh", (f1, f2), total)
    return grads


def path_gradient(m, n, f1, f2):
    k = 1 + np.arange(m)
    return np.einsum(",,->", np.prod((n + k) / k), f1**m, f2**n)
