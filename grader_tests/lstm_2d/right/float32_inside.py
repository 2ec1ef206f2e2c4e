"""All arithmetic in float32; the results are float64 again. Each gate is its own little function."""

import numpy as np

F = np.float32


def down(values):
    return [np.asarray(value, dtype=F) for value in values]


def up(grads):
    return {name: np.asarray(value, dtype=np.float64) for name, value in grads.items()}


def gate(params, name, u):
    W, b = down((params["W" + name], params["b" + name]))
    return F(1) / (F(1) + np.exp(-(W @ u + b)))


def candidate(params, name, u):
    W, b = down((params["W" + name], params["b" + name]))
    return np.tanh(W @ u + b)


def _forward(params, u, olds, names):
    forget = [gate(params, name, u) for name in names[0]]
    i, o, g = gate(params, names[1], u), gate(params, names[2], u), candidate(params, names[3], u)
    c = i * g
    for f, old in zip(forget, olds):
        c = c + f * old
    return o * np.tanh(c), c, (forget, olds, i, o, g, np.tanh(c))


def _backward(params, u, kept, dh, dc, names):
    forget, olds, i, o, g, squashed = kept
    dh, dc = down((dh, dc))
    total = dc + dh * o * (F(1) - squashed * squashed)
    dz = {
        names[1]: total * g * i * (F(1) - i),
        names[2]: dh * squashed * o * (F(1) - o),
        names[3]: total * i * (F(1) - g * g),
    }
    dz.update({name: total * old * f * (F(1) - f) for name, f, old in zip(names[0], forget, olds)})
    grads, du = {}, np.zeros(len(u), dtype=F)
    for name, z in dz.items():
        grads["W" + name], grads["b" + name] = z[:, None] * u, z
        du = du + z @ down([params["W" + name]])[0]
    return grads, du, [total * f for f in forget]


def _names(k):
    return [f"f_{k}"], f"i_{k}", f"o_{k}", f"c_{k}"


def cell_forward(params, h_t, h_d, c_t, c_d, x_t, x_d):
    u = np.concatenate(down((h_t, x_t, h_d, x_d)))
    h1, c1, kept1 = _forward(params, u, down([c_t]), _names("t"))
    h2, c2, kept2 = _forward(params, u, down([c_d]), _names("d"))
    return *(v.astype(np.float64) for v in (h1, h2, c1, c2)), (u, kept1, kept2)


def cell_backward(params, cache, dh_t, dh_d, dc_t, dc_d):
    u, kept1, kept2 = cache
    first, du1, (c_t,) = _backward(params, u, kept1, dh_t, dc_t, _names("t"))
    second, du2, (c_d,) = _backward(params, u, kept2, dh_d, dc_d, _names("d"))
    H, du = len(dh_t), du1 + du2
    half = len(u) // 2
    ends = {"h_t": du[:H], "x_t": du[H:half], "h_d": du[half : half + H], "x_d": du[half + H :], "c_t": c_t, "c_d": c_d}
    return up({**first, **second, **ends})


def grid_forward(params, X):
    T, S, _ = X.shape
    H = len(params["bf_t"])
    out = {name: np.zeros((T, S, H)) for name in ("h_t", "h_d", "c_t", "c_d")}
    cache = {}
    for t in range(T):
        left = [np.zeros(H), np.zeros(H)]
        for s in range(S):
            above = [out["h_t"][t - 1, s], out["c_t"][t - 1, s]] if t else [np.zeros(H), np.zeros(H)]
            new = cell_forward(params, above[0], left[0], above[1], left[1], X[t, s], X[t, s])
            for name, value in zip(out, new):
                out[name][t, s] = value
            left = [new[1], new[3]]
            cache[t, s] = new[4]
    return *out.values(), cache


def grid_backward(params, cache, dhs_t, dhs_d):
    T, S, H = dhs_t.shape
    grads = {name: np.zeros(value.shape, dtype=F) for name, value in params.items()}
    dX = np.zeros((T, S, params["Wf_t"].shape[1] // 2 - H))
    below = [[np.zeros(H), np.zeros(H)] for _ in range(S)]
    for t in reversed(range(T)):
        right = [np.zeros(H), np.zeros(H)]
        for s in reversed(range(S)):
            node = cell_backward(
                params, cache[t, s], dhs_t[t, s] + below[s][0], dhs_d[t, s] + right[0], below[s][1], right[1]
            )
            below[s] = [node["h_t"], node["c_t"]]
            right = [node["h_d"], node["c_d"]]
            for name in grads:
                grads[name] = grads[name] + node[name].astype(F)
            dX[t, s] = (node["x_t"] + node["x_d"]).astype(F)
    return up({**grads, "X": dX})


MD = (["f1", "f2"], "i", "o", "c")


def md_cell_forward(params, h_up, h_left, c_up, c_left, x):
    u = np.concatenate(down((h_up, h_left, x)))
    h, c, kept = _forward(params, u, down([c_up, c_left]), MD)
    return h.astype(np.float64), c.astype(np.float64), (u, kept)


def md_cell_backward(params, cache, dh, dc):
    u, kept = cache
    grads, du, (c_up, c_left) = _backward(params, u, kept, dh, dc, MD)
    H = len(dh)
    return up({**grads, "h_up": du[:H], "h_left": du[H : 2 * H], "x": du[2 * H :], "c_up": c_up, "c_left": c_left})


def path_gradient(m, n, f1, f2):
    value = F(1)
    for k in range(m):
        value = value * F(f1) * F(n + k + 1) / F(k + 1)
    for _ in range(n):
        value = value * F(f2)
    return float(value)
