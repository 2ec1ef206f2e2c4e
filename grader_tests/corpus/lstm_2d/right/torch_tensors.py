"""PyTorch for arithmetic alone: tensors without autograd, results handed back as tensors."""

import math

import torch

torch.set_num_threads(1)


def T_(a):
    return torch.as_tensor(a, dtype=torch.float64)


def cell_forward(params, h_t, h_d, c_t, c_d, x_t, x_d):
    u = torch.cat([T_(h_t), T_(x_t), T_(h_d), T_(x_d)])
    saved = [u.clone(), len(h_t), len(x_t)]
    out = []
    for k, old in ((0, T_(c_t)), (1, T_(c_d))):
        name = "td"[k]
        f, i, o = (torch.sigmoid(torch.mv(T_(params[f"W{n}_{name}"]), u) + T_(params[f"b{n}_{name}"])) for n in "fio")
        g = torch.tanh(torch.mv(T_(params[f"Wc_{name}"]), u) + T_(params[f"bc_{name}"]))
        c = torch.addcmul(f * old, i, g)
        out.append((o * torch.tanh(c), c))
        saved.append((f, i, o, g, old.clone(), torch.tanh(c)))
    return out[0][0], out[1][0], out[0][1], out[1][1], saved


def cell_backward(params, cache, dh_t, dh_d, dc_t, dc_d):
    u, H, D, *both = cache
    grads, parts = {}, []
    for name, (f, i, o, g, old, squashed), dh, dc in zip("td", both, (dh_t, dh_d), (dc_t, dc_d)):
        dh, dc = T_(dh), T_(dc)
        total = dc + dh * o * (1 - squashed.square())
        for n, dz in {
            "f": total * old * f * (1 - f),
            "i": total * g * i * (1 - i),
            "o": dh * squashed * o * (1 - o),
            "c": total * i * (1 - g.square()),
        }.items():
            grads[f"W{n}_{name}"] = torch.outer(dz, u)
            grads[f"b{n}_{name}"] = dz
            parts.append(T_(params[f"W{n}_{name}"]).T @ dz)
        grads[f"c_{name}"] = total * f
    h_t, x_t, h_d, x_d = torch.split(torch.stack(parts).sum(0), [H, D, H, D])
    grads.update({"h_t": h_t, "x_t": x_t, "h_d": h_d, "x_d": x_d})
    return grads


def grid_forward(params, X):
    X = T_(X)
    T, S = X.shape[0], X.shape[1]
    H = len(params["bf_t"])
    rows = [[torch.zeros(4, H, dtype=torch.float64)] * (S + 1)]
    caches = {}
    for t in range(T):
        row = [torch.zeros(4, H, dtype=torch.float64)]
        for s in range(S):
            up, left = rows[-1][s + 1], row[-1]
            *new, caches[t, s] = cell_forward(params, up[0], left[1], up[2], left[3], X[t, s], X[t, s])
            row.append(torch.stack([T_(v) for v in new]))
        rows.append(row)
    whole = torch.stack([torch.stack(row[1:]) for row in rows[1:]])
    return whole[:, :, 0], whole[:, :, 1], whole[:, :, 2], whole[:, :, 3], caches


def grid_backward(params, cache, dhs_t, dhs_d):
    dhs_t, dhs_d = T_(dhs_t), T_(dhs_d)
    T, S, H = dhs_t.shape
    send = torch.zeros(T + 1, S + 1, 4, H, dtype=torch.float64)
    grads = {}
    dX = {}
    for t in range(T - 1, -1, -1):
        for s in range(S - 1, -1, -1):
            low, right = send[t + 1, s], send[t, s + 1]
            node = cell_backward(params, cache[t, s], dhs_t[t, s] + low[0], dhs_d[t, s] + right[1], low[2], right[3])
            send[t, s] = torch.stack([T_(node[n]) for n in ("h_t", "h_d", "c_t", "c_d")])
            for n in params:
                grads[n] = T_(node[n]) + grads.get(n, 0)
            dX[t, s] = T_(node["x_t"]) + T_(node["x_d"])
    grads["X"] = torch.stack([torch.stack([dX[t, s] for s in range(S)]) for t in range(T)])
    return grads


def md_cell_forward(params, h_up, h_left, c_up, c_left, x):
    u = torch.cat([T_(h_up), T_(h_left), T_(x)])
    i, f1, f2, o, z = (T_(params["W" + n]) @ u + T_(params["b" + n]) for n in ("i", "f1", "f2", "o", "c"))
    i, f1, f2, o, g = i.sigmoid(), f1.sigmoid(), f2.sigmoid(), o.sigmoid(), z.tanh()
    c = f1 * T_(c_up) + f2 * T_(c_left) + i * g
    return o * c.tanh(), c, (u, T_(c_up).clone(), T_(c_left).clone(), i, f1, f2, o, g, c)


def md_cell_backward(params, cache, dh, dc):
    u, c_up, c_left, i, f1, f2, o, g, c = cache
    dh, dc = T_(dh), T_(dc)
    total = dc + dh * o * (1 - c.tanh() ** 2)
    dz = {
        "i": total * g * i * (1 - i),
        "f1": total * c_up * f1 * (1 - f1),
        "f2": total * c_left * f2 * (1 - f2),
        "o": dh * c.tanh() * o * (1 - o),
        "c": total * i * (1 - g**2),
    }
    du = sum(T_(params["W" + n]).T @ z for n, z in dz.items())
    H = len(dh)
    grads = {"W" + n: z[:, None] * u[None, :] for n, z in dz.items()}
    grads.update({"b" + n: z for n, z in dz.items()})
    grads.update(h_up=du[:H], h_left=du[H : 2 * H], x=du[2 * H :], c_up=total * f1, c_left=total * f2)
    return grads


def path_gradient(m, n, f1, f2):
    # exact binomial out of the Gamma function
    paths = round(math.exp(math.lgamma(m + n + 1) - math.lgamma(m + 1) - math.lgamma(n + 1))) if m + n < 30 else None
    if paths is None:
        paths = math.prod(range(n + 1, n + m + 1)) / math.factorial(m)
    return torch.tensor(paths * f1**m * f2**n, dtype=torch.float64)
