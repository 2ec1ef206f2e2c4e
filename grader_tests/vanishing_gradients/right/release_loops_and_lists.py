"""Explicit Python loops over plain lists and floats; NumPy only to pack the answer at the end."""

import math

import numpy as np


def rnn_forward(params, xs, h0):
    Wx = params["Wx"].tolist()
    Ws = params["Ws"].tolist()
    b1 = params["b1"].tolist()
    Wo = params["Wo"].tolist()
    b2 = params["b2"].tolist()
    xs = xs.tolist()
    H, D, O = len(b1), len(xs[0]), len(b2)
    prev = h0.tolist()
    hs = []
    ys = []
    for t in range(len(xs)):
        h = []
        for i in range(H):
            z = b1[i]
            for j in range(D):
                z += Wx[i][j] * xs[t][j]
            for j in range(H):
                z += Ws[i][j] * prev[j]
            h.append(math.tanh(z))
        y = []
        for o in range(O):
            s = b2[o]
            for i in range(H):
                s += Wo[o][i] * h[i]
            y.append(s)
        hs.append(h)
        ys.append(y)
        prev = h
    return np.array(hs), np.array(ys)


def zeros(rows, columns):
    return [[0.0 for _ in range(columns)] for _ in range(rows)]


def rnn_backward(params, xs, h0, dys):
    hs, _ = rnn_forward(params, xs, h0)
    hs = hs.tolist()
    T, D = xs.shape
    H = len(h0)
    O = dys.shape[1]
    Ws = params["Ws"].tolist()
    Wo = params["Wo"].tolist()
    gWx = zeros(H, D)
    gWs = zeros(H, H)
    gb1 = [0.0] * H
    gWo = zeros(O, H)
    gb2 = [0.0] * O
    carry = [0.0] * H
    t = T - 1
    while t >= 0:
        before = hs[t - 1] if t > 0 else h0.tolist()
        dz = []
        for i in range(H):
            dh = carry[i]
            for o in range(O):
                dh += Wo[o][i] * float(dys[t, o])
            dz.append(dh * (1.0 - hs[t][i] ** 2))
        for o in range(O):
            gb2[o] += float(dys[t, o])
            for i in range(H):
                gWo[o][i] += float(dys[t, o]) * hs[t][i]
        for i in range(H):
            gb1[i] += dz[i]
            for j in range(D):
                gWx[i][j] += dz[i] * float(xs[t, j])
            for j in range(H):
                gWs[i][j] += dz[i] * before[j]
        carry = [sum(Ws[i][j] * dz[i] for i in range(H)) for j in range(H)]
        t -= 1
    return {
        "Wx": np.array(gWx),
        "Ws": np.array(gWs),
        "b1": np.array(gb1),
        "Wo": np.array(gWo),
        "b2": np.array(gb2),
        "h0": np.array(carry),
    }


def last_gradients(params, hs, dy_T):
    """Lists of dL/dh_t and dL/dz_t for t = T-1, T-2, ..., 0."""
    T, H = hs.shape
    dh = [sum(params["Wo"][o, i] * dy_T[o] for o in range(len(dy_T))) for i in range(H)]
    dhs, dzs = [], []
    for t in range(T - 1, -1, -1):
        dz = [dh[i] * (1.0 - hs[t, i] ** 2) for i in range(H)]
        dhs.append(dh)
        dzs.append(dz)
        dh = [sum(params["Ws"][i, j] * dz[i] for i in range(H)) for j in range(H)]
    return dhs, dzs


def step_contributions(params, xs, h0, dy_T):
    hs, _ = rnn_forward(params, xs, h0)
    _, dzs = last_gradients(params, hs, dy_T)
    dzs.reverse()
    result = []
    for t in range(len(xs)):
        term = []
        for i in range(len(h0)):
            term.append([dzs[t][i] * xs[t, j] for j in range(xs.shape[1])])
        result.append(term)
    return np.array(result)


def blind_inputs():
    # Ws moves every entry of the state one place on, in a circle
    Ws = zeros(4, 4)
    for i in range(4):
        Ws[i][(i + 1) % 4] = 1.0
    params = {
        "Wx": np.array([[0.1, 0.0, 0.0], [0.0, 0.1, 0.0], [0.0, 0.0, 0.1], [0.05, 0.05, 0.05]]),
        "Ws": np.array(Ws),
        "b1": np.array([0.0] * 4),
        "Wo": np.array([[1.0, 2.0, 3.0, 4.0], [-1.0, 1.0, 0.5, 0.0]]),
        "b2": np.array([0.0] * 2),
    }
    xs = zeros(10, 3)
    xs[0] = [1.0, -1.0, 0.5]  # only the first input speaks
    dys = zeros(10, 2)
    dys[9] = [1.0, 1.0]  # only the last output is heard
    return params, np.array(xs), np.array([0.0] * 4), np.array(dys)


def state_jacobian(params, hs, k, t):
    H = len(params["b1"])
    J = [[1.0 if i == j else 0.0 for j in range(H)] for i in range(H)]
    for s in range(k + 1, t + 1):
        new = zeros(H, H)
        for i in range(H):
            for j in range(H):
                total = 0.0
                for m in range(H):
                    total += params["Ws"][i, m] * J[m][j]
                new[i][j] = (1.0 - hs[s, i] ** 2) * total
        J = new
    return np.array(J)


def linear_gradient_norm(rho, lag):
    r = 1.0
    for _ in range(lag):
        r = r * rho
    return r


slope_down = math.log10(0.9)
slope_up = math.log10(1.1)
steps_to_one_percent = 0
while linear_gradient_norm(0.9, steps_to_one_percent) > 0.01:
    steps_to_one_percent += 1


def root_of_squares(matrix):
    total = 0.0
    for row in matrix:
        for entry in row:
            total += entry**2
    return math.sqrt(total)


def gradient_norms(params, xs, h0, dy_T, lengths):
    table = np.zeros((len(lengths), 2))
    for row, n in enumerate(lengths):
        dys = np.zeros((n, len(dy_T)))
        for o in range(len(dy_T)):
            dys[n - 1, o] = dy_T[o]
        grads = rnn_backward(params, xs[0:n], h0, dys)
        table[row, 0] = root_of_squares(grads["Ws"])
        table[row, 1] = root_of_squares(grads["Wo"])
    return table


def lag_norms(params, xs, h0, dy_T):
    hs, _ = rnn_forward(params, xs, h0)
    dhs, _ = last_gradients(params, hs, dy_T)
    return np.array([math.sqrt(sum(entry**2 for entry in dh)) for dh in dhs])


def clip_by_norm(grads, most):
    total = 0.0
    for name in grads:
        for entry in grads[name].flatten():
            total += float(entry) ** 2
    n = math.sqrt(total)
    result = {}
    for name in grads:
        if n > most:
            result[name] = grads[name] * most / n
        else:
            result[name] = grads[name].copy()
    return result


def cell_path(fs):
    T, H = fs.shape
    p = np.zeros((T, H))
    for j in range(H):
        product = 1.0
        for k in range(T - 1, -1, -1):
            p[k, j] = product
            product *= fs[k, j]
    return p
