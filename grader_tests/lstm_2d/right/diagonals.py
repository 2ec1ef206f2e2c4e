"""All nodes of one anti-diagonal at once; one matrix holds all gates, and one cell is a batch of one."""

import numpy as np

GATES = [("f", "t"), ("i", "t"), ("o", "t"), ("c", "t"), ("f", "d"), ("i", "d"), ("o", "d"), ("c", "d")]


def _stacked(params):
    W = np.concatenate([params[f"W{n}_{k}"] for n, k in GATES])
    b = np.concatenate([params[f"b{n}_{k}"] for n, k in GATES])
    return W, b


def _many(params, h_t, h_d, c_t, c_d, x_t, x_d):
    """The cells of a batch: every argument has one row for each cell."""
    W, b = _stacked(params)
    u = np.concatenate([h_t, x_t, h_d, x_d], axis=1)
    z = u @ W.T + b
    H = h_t.shape[1]
    y = 1 / (1 + np.exp(-z))
    for start in (3 * H, 7 * H):
        y[:, start : start + H] = np.tanh(z[:, start : start + H])
    ft, it, ot, gt, fd, id_, od, gd = np.split(y, 8, axis=1)
    new_t, new_d = ft * c_t + it * gt, fd * c_d + id_ * gd
    cache = (u, y, np.concatenate([c_t, c_d], axis=1), np.concatenate([new_t, new_d], axis=1))
    return ot * np.tanh(new_t), od * np.tanh(new_d), new_t, new_d, cache


def _many_back(params, cache, dh_t, dh_d, dc_t, dc_d):
    u, y, old, new = cache
    W, _ = _stacked(params)
    H = dh_t.shape[1]
    dz = np.empty_like(y)
    d_old = []
    for number, (dh, dc) in enumerate(((dh_t, dc_t), (dh_d, dc_d))):
        f, i, o, g = np.split(y[:, 4 * H * number : 4 * H * (number + 1)], 4, axis=1)
        block = slice(H * number, H * (number + 1))
        th = np.tanh(new[:, block])
        total = dc + dh * o * (1 - th**2)
        d_old.append(total * f)
        dz[:, 4 * H * number : 4 * H * (number + 1)] = np.concatenate(
            [
                total * old[:, block] * f * (1 - f),
                total * g * i * (1 - i),
                dh * th * o * (1 - o),
                total * i * (1 - g**2),
            ],
            axis=1,
        )
    dW, db, du = dz.T @ u, dz.sum(axis=0), dz @ W
    grads = {}
    for row, (n, k) in enumerate(GATES):
        grads[f"W{n}_{k}"] = dW[row * H : (row + 1) * H]
        grads[f"b{n}_{k}"] = db[row * H : (row + 1) * H]
    half = u.shape[1] // 2
    return grads, du[:, :H], du[:, H:half], du[:, half : half + H], du[:, half + H :], d_old[0], d_old[1]


def cell_forward(params, h_t, h_d, c_t, c_d, x_t, x_d):
    *states, cache = _many(params, *(v[None] for v in (h_t, h_d, c_t, c_d, x_t, x_d)))
    return (*(state[0] for state in states), cache)


def cell_backward(params, cache, dh_t, dh_d, dc_t, dc_d):
    grads, *rest = _many_back(params, cache, dh_t[None], dh_d[None], dc_t[None], dc_d[None])
    return grads | {name: value[0] for name, value in zip(("h_t", "x_t", "h_d", "x_d", "c_t", "c_d"), rest)}


def _diagonals(T, S):
    for total in range(T + S - 1):
        t = np.arange(max(0, total - S + 1), min(T, total + 1))
        yield t, total - t


def grid_forward(params, X):
    T, S, _ = X.shape
    H = params["bf_t"].size
    a, b, c, d = (np.zeros((T + 1, S + 1, H)) for _ in range(4))
    caches = []
    for t, s in _diagonals(T, S):
        x = X[t, s]
        a[t + 1, s + 1], b[t + 1, s + 1], c[t + 1, s + 1], d[t + 1, s + 1], kept = _many(
            params, a[t, s + 1], b[t + 1, s], c[t, s + 1], d[t + 1, s], x, x
        )
        caches.append(kept)
    return a[1:, 1:], b[1:, 1:], c[1:, 1:], d[1:, 1:], caches


def grid_backward(params, cache, dhs_t, dhs_d):
    T, S, H = dhs_t.shape
    a, b, c, d = (np.zeros((T + 1, S + 1, H)) for _ in range(4))
    a[1:, 1:], b[1:, 1:] = dhs_t, dhs_d
    grads = {name: np.zeros(value.shape) for name, value in params.items()}
    dX = np.zeros((T, S, params["Wf_t"].shape[1] // 2 - H))
    for (t, s), kept in zip(list(_diagonals(T, S))[::-1], cache[::-1]):
        here = (t + 1, s + 1)
        node, h_t, x_t, h_d, x_d, c_t, c_d = _many_back(params, kept, a[here], b[here], c[here], d[here])
        for name in grads:
            grads[name] += node[name]
        dX[t, s] = x_t + x_d
        a[t, s + 1] += h_t
        c[t, s + 1] += c_t
        b[t + 1, s] += h_d
        d[t + 1, s] += c_d
    return {**grads, "X": dX}


def md_cell_forward(params, h_up, h_left, c_up, c_left, x):
    u = np.concatenate([h_up, h_left, x])
    W = np.concatenate([params["W" + n] for n in ("i", "f1", "f2", "o", "c")])
    b = np.concatenate([params["b" + n] for n in ("i", "f1", "f2", "o", "c")])
    z = (W @ u + b).reshape(5, -1)
    y = np.vstack([1 / (1 + np.exp(-z[:4])), np.tanh(z[4:])])
    c = y[1] * c_up + y[2] * c_left + y[0] * y[4]
    return y[3] * np.tanh(c), c, (u, W, y, np.stack([c_up, c_left]), c)


def md_cell_backward(params, cache, dh, dc):
    u, W, y, old, c = cache
    th = np.tanh(c)
    total = dc + dh * y[3] * (1 - th**2)
    dy = np.stack([total * y[4], total * old[0], total * old[1], dh * th, total * y[0]])
    dz = dy * np.vstack([y[:4] * (1 - y[:4]), 1 - y[4:] ** 2])
    dW = dz.reshape(-1, 1) * u
    H = len(c)
    du = W.T @ dz.ravel()
    names = ("i", "f1", "f2", "o", "c")
    grads = {"W" + n: dW[r * H : (r + 1) * H] for r, n in enumerate(names)} | {
        "b" + n: dz[r] for r, n in enumerate(names)
    }
    h_up, h_left, x = np.split(du, [H, 2 * H])
    return {**grads, "h_up": h_up, "h_left": h_left, "x": x, "c_up": total * y[1], "c_left": total * y[2]}


def path_gradient(m, n, f1, f2):
    # along one row after the other: a row is the running sum of the row above, with the gate f2
    row = f2 ** np.arange(n + 1.0)
    for _ in range(m):
        row = f1 * row
        for b in range(1, n + 1):
            row[b] += f2 * row[b - 1]
    return row[n]
