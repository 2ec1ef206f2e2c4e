"""CS231n / min-char-rnn style: dicts of states keyed by t with hs[-1], `+=` accumulators, dhraw, dhnext."""

import numpy as np


def rnn_forward(params, xs, h0):
    hs, ys = {}, {}
    hs[-1] = np.copy(h0)
    # forward pass
    for t in range(xs.shape[0]):
        hs[t] = np.tanh(np.dot(params["Wx"], xs[t]) + np.dot(params["Ws"], hs[t - 1]) + params["b1"])  # hidden state
        ys[t] = np.dot(params["Wo"], hs[t]) + params["b2"]
    hs_out = np.array([hs[t] for t in range(len(xs))])
    ys_out = np.array([ys[t] for t in range(len(xs))])
    return hs_out, ys_out


def rnn_backward(params, xs, h0, dys):
    Wx, Ws, b1, Wo, b2 = params["Wx"], params["Ws"], params["b1"], params["Wo"], params["b2"]
    out, _ = rnn_forward(params, xs, h0)
    hs = {t: out[t] for t in range(len(out))}
    hs[-1] = np.copy(h0)
    # backward pass: compute gradients going backwards
    dWx, dWs, dWo = np.zeros_like(Wx), np.zeros_like(Ws), np.zeros_like(Wo)
    db1, db2 = np.zeros_like(b1), np.zeros_like(b2)
    dhnext = np.zeros_like(hs[0])
    for t in reversed(range(len(xs))):
        dy = np.copy(dys[t])
        dWo += np.outer(dy, hs[t])
        db2 += dy
        dh = np.dot(Wo.T, dy) + dhnext  # backprop into h
        dhraw = (1 - hs[t] * hs[t]) * dh  # backprop through tanh nonlinearity
        db1 += dhraw
        dWx += np.outer(dhraw, xs[t])
        dWs += np.outer(dhraw, hs[t - 1])
        dhnext = np.dot(Ws.T, dhraw)
    # no np.clip(dparam, -5, 5) here, we want the true gradients
    return {"Wx": dWx, "Ws": dWs, "b1": db1, "Wo": dWo, "b2": db2, "h0": dhnext}


def step_contributions(params, xs, h0, dy_T):
    hs, _ = rnn_forward(params, xs, h0)
    T = len(xs)
    out = np.zeros((T,) + params["Wx"].shape)
    dh = np.dot(params["Wo"].T, dy_T)
    for t in range(T - 1, -1, -1):
        dhraw = (1 - hs[t] * hs[t]) * dh
        out[t] = np.outer(dhraw, xs[t])
        dh = np.dot(params["Ws"].T, dhraw)
    return out


def blind_inputs():
    D, H, O, T = 3, 4, 2, 10
    np_rng = np.random.RandomState(42)
    params = dict(
        Wx=np_rng.randn(H, D) * 0.01,
        Ws=np.eye(H),
        b1=np.zeros(H),
        Wo=np_rng.randn(O, H),
        b2=np.zeros(O),
    )
    xs = np_rng.randn(T, D)
    dys = np.zeros((T, O))
    dys[-1] = 1.0
    return params, xs, np.zeros(H), dys


def state_jacobian(params, hs, k, t):
    H = hs.shape[1]
    J = np.eye(H)
    for step in range(k + 1, t + 1):
        J = np.dot(np.diag(1 - hs[step] * hs[step]), np.dot(params["Ws"], J))
    return J


def linear_gradient_norm(rho, lag):
    return np.power(float(rho), lag)


slope_down = -0.0458
slope_up = 0.0414
steps_to_one_percent = 44


def gradient_norms(params, xs, h0, dy_T, lengths):
    out = np.zeros((len(lengths), 2))
    for i in range(len(lengths)):
        n = lengths[i]
        dys = np.zeros((n, dy_T.shape[0]))
        dys[n - 1] = dy_T
        g = rnn_backward(params, xs[:n], h0, dys)
        out[i, 0] = np.sqrt(np.sum(g["Ws"] ** 2))
        out[i, 1] = np.sqrt(np.sum(g["Wo"] ** 2))
    return out


def lag_norms(params, xs, h0, dy_T):
    hs, _ = rnn_forward(params, xs, h0)
    norms = []
    dh = np.dot(params["Wo"].T, dy_T)
    for t in reversed(range(len(xs))):
        norms.append(np.sqrt(np.sum(dh**2)))
        dhraw = (1 - hs[t] * hs[t]) * dh
        dh = np.dot(params["Ws"].T, dhraw)
    return np.array(norms)


def clip_by_norm(grads, most):
    total = 0.0
    for k in grads:
        total += np.sum(grads[k] ** 2)
    total = np.sqrt(total)
    clipped = {}
    for k in grads:
        clipped[k] = grads[k] * (most / total) if total > most else np.copy(grads[k])
    return clipped


def cell_path(fs):
    dc = np.ones_like(fs[0])
    out = np.zeros_like(fs)
    for t in reversed(range(len(fs))):
        out[t] = dc
        dc = dc * fs[t]  # backprop through the forget gate
    return out
