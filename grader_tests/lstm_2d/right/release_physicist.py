"""A physicist's style: short names, odd but right algebra, logaddexp, keeps pre-activations, pads nothing and uses index -1 knowingly."""

import numpy as np
from numpy import exp, log1p, outer, tanh, zeros

s_ = lambda z: exp(-np.logaddexp(0, -z))  # sigma
ds = lambda z: 0.25 * (1 - tanh(z / 2) ** 2)  # sigma' = sech^2(z/2)/4
dt = lambda z: 1 - np.tanh(z) ** 2  # sech^2
KS = "td"


def cell_forward(p, h_t, h_d, c_t, c_d, x_t, x_d):
    u = np.r_[h_t, x_t, h_d, x_d]
    z = {q + "_" + k: p["W" + q + "_" + k] @ u + p["b" + q + "_" + k] for q in "fioc" for k in KS}
    C0 = dict(t=1.0 * c_t, d=1.0 * c_d)
    C = {k: s_(z["f_" + k]) * C0[k] + s_(z["i_" + k]) * tanh(z["c_" + k]) for k in KS}
    h = {k: s_(z["o_" + k]) * tanh(C[k]) for k in KS}
    return h["t"], h["d"], C["t"], C["d"], (u, z, C0, C)


def cell_backward(p, q, dh_t, dh_d, dc_t, dc_d):
    u, z, C0, C = q
    n = len(dh_t)
    d = len(u) // 2 - n
    J, G, du = {}, {}, 0.0
    for k, a, b in zip(KS, (dh_t, dh_d), (dc_t, dc_d)):
        f, i, o, c = (z[w + "_" + k] for w in "fioc")
        e = b + a * s_(o) * dt(C[k])
        J["o_" + k] = a * tanh(C[k]) * ds(o)
        J["f_" + k] = e * C0[k] * ds(f)
        J["i_" + k] = e * tanh(c) * ds(i)
        J["c_" + k] = e * s_(i) * dt(c)
        G["c_" + k] = e * s_(f)
    for w, j in J.items():
        G["W" + w], G["b" + w] = outer(j, u), +j
        du = du + j @ p["W" + w]
    G["h_t"], G["x_t"], G["h_d"], G["x_d"] = du[:n], du[n : n + d], du[n + d : -d], du[-d:]
    return G


def grid_forward(p, X):
    T, S, _ = X.shape
    n = p["bi_t"].size
    a, b, c, d = zeros((4, T, S, n))
    Q = {}
    # index -1 looks at the far border, which is still zero when it is asked for: that is the boundary condition
    for t, s in np.ndindex(T, S):
        *y, Q[t, s] = cell_forward(p, +a[t - 1, s], +b[t, s - 1], +c[t - 1, s], +d[t, s - 1], X[t, s], X[t, s])
        a[t, s], b[t, s], c[t, s], d[t, s] = y
    return a, b, c, d, Q


def grid_backward(p, Q, dhs_t, dhs_d):
    T, S, n = dhs_t.shape
    R = {}
    o = zeros(n)
    for t, s in sorted(Q, key=sum, reverse=True):  # by anti-diagonals
        A = R.get((t + 1, s), dict(h_t=o, c_t=o))
        B = R.get((t, s + 1), dict(h_d=o, c_d=o))
        R[t, s] = cell_backward(p, Q[t, s], dhs_t[t, s] + A["h_t"], dhs_d[t, s] + B["h_d"], A["c_t"], B["c_d"])
    G = {w: np.sum([r[w] for r in R.values()], axis=0) for w in p}
    G["X"] = np.stack([R[i]["x_t"] + R[i]["x_d"] for i in np.ndindex(T, S)]).reshape(T, S, -1)
    return G


def md_cell_forward(p, h_up, h_left, c_up, c_left, x):
    u = np.r_[h_up, h_left, x]
    z = {w: p["W" + w] @ u + p["b" + w] for w in ("i", "f1", "f2", "o", "c")}
    c = s_(z["f1"]) * c_up + s_(z["f2"]) * c_left + s_(z["i"]) * tanh(z["c"])
    return s_(z["o"]) * tanh(c), c, (u, z, 1.0 * c_up, 1.0 * c_left, c)


def md_cell_backward(p, q, dh, dc):
    u, z, U, L, c = q
    n = len(c)
    e = dc + dh * s_(z["o"]) * dt(c)
    j = dict(
        i=e * tanh(z["c"]) * ds(z["i"]),
        f1=e * U * ds(z["f1"]),
        f2=e * L * ds(z["f2"]),
        o=dh * tanh(c) * ds(z["o"]),
        c=e * s_(z["i"]) * dt(z["c"]),
    )
    G = {"W" + w: outer(v, u) for w, v in j.items()} | {"b" + w: v for w, v in j.items()}
    du = np.concatenate(list(j.values())) @ np.concatenate([p["W" + w] for w in j])
    return G | dict(h_up=du[:n], h_left=du[n : 2 * n], x=du[2 * n :], c_up=e * s_(z["f1"]), c_left=e * s_(z["f2"]))


def path_gradient(m, n, f1, f2):
    # C(m+n, n) f1^m f2^n, multiplied out so that nothing overflows on the way
    r = 1.0
    for k in range(1, n + 1):
        r *= f2 * (m + k) / k
    return r * f1**m
