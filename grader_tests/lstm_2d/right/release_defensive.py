"""Defensive: asserts on shapes, np.asarray(..., dtype=float), copies of everything on the way in and out, read-only caches."""

from types import MappingProxyType

import numpy as np

KINDS = ("t", "d")
GATES = ("f", "i", "o", "c")


def _vector(value, length, name):
    array = np.array(value, dtype=float, copy=True)
    assert array.shape == (length,), f"{name}: expected {(length,)}, got {array.shape}"
    return array


def _frozen(array):
    array = np.array(array, dtype=float)
    array.setflags(write=False)
    return array


def _sigmoid(z):
    out = np.empty_like(z)
    positive = z >= 0
    out[positive] = 1.0 / (1.0 + np.exp(-z[positive]))
    e = np.exp(z[~positive])
    out[~positive] = e / (1.0 + e)
    return out


def cell_forward(params, h_t, h_d, c_t, c_d, x_t, x_d):
    H = np.asarray(params["bf_t"]).shape[0]
    D = np.asarray(x_t).shape[0]
    for k in KINDS:
        for gate in GATES:
            assert params[f"W{gate}_{k}"].shape == (H, 2 * H + 2 * D)
            assert params[f"b{gate}_{k}"].shape == (H,)
    h_t, h_d = _vector(h_t, H, "h_t"), _vector(h_d, H, "h_d")
    c_t, c_d = _vector(c_t, H, "c_t"), _vector(c_d, H, "c_d")
    x_t, x_d = _vector(x_t, D, "x_t"), _vector(x_d, D, "x_d")

    u = np.concatenate([h_t, x_t, h_d, x_d], axis=0)
    assert u.shape == (2 * H + 2 * D,)
    values = {"u": _frozen(u), "H": H, "D": D}
    results = {}
    for k, c_old in zip(KINDS, (c_t, c_d)):
        z = {gate: params[f"W{gate}_{k}"] @ u + params[f"b{gate}_{k}"] for gate in GATES}
        f, i, o = _sigmoid(z["f"]), _sigmoid(z["i"]), _sigmoid(z["o"])
        g = np.tanh(z["c"])
        c = f * c_old + i * g
        y = np.tanh(c)
        h = o * y
        assert h.shape == c.shape == (H,)
        results["h", k], results["c", k] = h, c
        for name, array in zip(("f", "i", "o", "g", "y", "c_old"), (f, i, o, g, y, c_old)):
            values[name, k] = _frozen(array)
    return results["h", "t"], results["h", "d"], results["c", "t"], results["c", "d"], MappingProxyType(values)


def cell_backward(params, cache, dh_t, dh_d, dc_t, dc_d):
    H, D, u = cache["H"], cache["D"], cache["u"]
    dh = {"t": _vector(dh_t, H, "dh_t"), "d": _vector(dh_d, H, "dh_d")}
    dc = {"t": _vector(dc_t, H, "dc_t"), "d": _vector(dc_d, H, "dc_d")}
    grads = {}
    du = np.zeros(2 * H + 2 * D)
    for k in KINDS:
        f, i, o, g, y, c_old = (cache[name, k] for name in ("f", "i", "o", "g", "y", "c_old"))
        total = dc[k].copy()
        total += dh[k] * o * (1.0 - np.square(y))
        dz_f = total * c_old * f * (1.0 - f)
        dz_i = total * g * i * (1.0 - i)
        dz_o = dh[k] * y * o * (1.0 - o)
        dz_c = total * i * (1.0 - np.square(g))
        for gate, dz in zip(GATES, (dz_f, dz_i, dz_o, dz_c)):
            W = np.asarray(params[f"W{gate}_{k}"], dtype=float)
            grads[f"W{gate}_{k}"] = np.matmul(dz.reshape(-1, 1), u.reshape(1, -1))
            grads[f"b{gate}_{k}"] = dz.copy()
            du += np.matmul(W.T, dz)
        grads[f"c_{k}"] = total * f
    grads["h_t"] = du[:H].copy()
    grads["x_t"] = du[H : H + D].copy()
    grads["h_d"] = du[H + D : 2 * H + D].copy()
    grads["x_d"] = du[2 * H + D :].copy()
    for name in params:
        assert grads[name].shape == np.shape(params[name]), name
    assert set(grads) == set(params) | {"h_t", "h_d", "c_t", "c_d", "x_t", "x_d"}
    return grads


def grid_forward(params, X):
    X = np.array(X, dtype=float)
    assert X.ndim == 3
    T, S, D = X.shape
    H = len(params["bf_t"])
    shape = (T, S, H)
    hs_t, hs_d, cs_t, cs_d = np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape)
    nodes = []
    for t in range(T):
        nodes.append([])
        for s in range(S):
            h_t = np.zeros(H) if t == 0 else hs_t[t - 1, s].copy()
            c_t = np.zeros(H) if t == 0 else cs_t[t - 1, s].copy()
            h_d = np.zeros(H) if s == 0 else hs_d[t, s - 1].copy()
            c_d = np.zeros(H) if s == 0 else cs_d[t, s - 1].copy()
            new = cell_forward(params, h_t=h_t, h_d=h_d, c_t=c_t, c_d=c_d, x_t=X[t, s].copy(), x_d=X[t, s].copy())
            hs_t[t, s, :], hs_d[t, s, :], cs_t[t, s, :], cs_d[t, s, :] = new[:4]
            nodes[t].append(new[4])
    return hs_t, hs_d, cs_t, cs_d, (shape, D, tuple(tuple(row) for row in nodes))


def grid_backward(params, cache, dhs_t, dhs_d):
    (T, S, H), D, nodes = cache
    # own copies, as we add to them
    dh_t = np.array(dhs_t, dtype=float, copy=True)
    dh_d = np.array(dhs_d, dtype=float, copy=True)
    assert dh_t.shape == dh_d.shape == (T, S, H)
    dc_t, dc_d = np.zeros((T, S, H)), np.zeros((T, S, H))
    dX = np.zeros((T, S, D))
    grads = {name: np.zeros(np.shape(value)) for name, value in params.items()}
    for t in range(T)[::-1]:
        for s in range(S)[::-1]:
            back = cell_backward(
                params, nodes[t][s], dh_t=dh_t[t, s], dh_d=dh_d[t, s], dc_t=dc_t[t, s], dc_d=dc_d[t, s]
            )
            if t >= 1:
                dh_t[t - 1, s] += back["h_t"]
                dc_t[t - 1, s] += back["c_t"]
            if s >= 1:
                dh_d[t, s - 1] += back["h_d"]
                dc_d[t, s - 1] += back["c_d"]
            dX[t, s] += back["x_t"] + back["x_d"]
            for name in grads:
                grads[name] += back[name]
    grads["X"] = dX
    return grads


def md_cell_forward(params, h_up, h_left, c_up, c_left, x):
    H, D = len(params["bi"]), len(x)
    h_up, h_left = _vector(h_up, H, "h_up"), _vector(h_left, H, "h_left")
    c_up, c_left, x = _vector(c_up, H, "c_up"), _vector(c_left, H, "c_left"), _vector(x, D, "x")
    u = np.concatenate([h_up, h_left, x])
    assert params["Wi"].shape == (H, len(u))
    i = _sigmoid(params["Wi"] @ u + params["bi"])
    f1 = _sigmoid(params["Wf1"] @ u + params["bf1"])
    f2 = _sigmoid(params["Wf2"] @ u + params["bf2"])
    o = _sigmoid(params["Wo"] @ u + params["bo"])
    g = np.tanh(params["Wc"] @ u + params["bc"])
    c = f1 * c_up + f2 * c_left + i * g
    h = o * np.tanh(c)
    keep = dict(u=u, i=i, f1=f1, f2=f2, o=o, g=g, c=c.copy(), c_up=c_up, c_left=c_left)
    return h, c, MappingProxyType({name: _frozen(array) for name, array in keep.items()})


def md_cell_backward(params, cache, dh, dc):
    u, i, f1, f2, o, g, c, c_up, c_left = (
        cache[name] for name in ("u", "i", "f1", "f2", "o", "g", "c", "c_up", "c_left")
    )
    H = len(c)
    dh, dc = _vector(dh, H, "dh"), _vector(dc, H, "dc")
    y = np.tanh(c)
    total = dc + dh * o * (1.0 - y**2)
    dz = dict(
        i=total * g * i * (1.0 - i),
        f1=total * c_up * f1 * (1.0 - f1),
        f2=total * c_left * f2 * (1.0 - f2),
        o=dh * y * o * (1.0 - o),
        c=total * i * (1.0 - g**2),
    )
    grads = {"c_up": total * f1, "c_left": total * f2}
    du = np.zeros_like(u)
    for name in dz:
        grads["W" + name] = np.outer(dz[name], u)
        grads["b" + name] = dz[name].copy()
        du += params["W" + name].T @ dz[name]
    grads["h_up"], grads["h_left"], grads["x"] = (part.copy() for part in np.split(du, [H, 2 * H]))
    assert grads["x"].shape == (len(u) - 2 * H,)
    return grads


def path_gradient(m, n, f1, f2):
    assert m >= 0 and n >= 0 and int(m) == m and int(n) == n
    m, n, f1, f2 = int(m), int(n), float(f1), float(f2)
    # one row of the table of derivatives; each entry is what comes from above plus what comes from the left
    row = [0.0] * (n + 1)
    for a in range(m + 1):
        for b in range(n + 1):
            start = 1.0 if a == b == 0 else 0.0
            above = f1 * row[b] if a > 0 else 0.0
            left = f2 * row[b - 1] if b > 0 else 0.0
            row[b] = start + above + left
    return row[n]
