# gradient_norms: each length starts from the last state of the run before, because h0 is overwritten in the loop

import numpy as np


def rnn_forward(params, xs, h0):
    hs, ys, h = [], [], h0
    for x in xs:
        h = np.tanh(params["Wx"] @ x + params["Ws"] @ h + params["b1"])
        hs.append(h)
        ys.append(params["Wo"] @ h + params["b2"])
    return np.array(hs), np.array(ys)


def rnn_backward(params, xs, h0, dys):
    hs, _ = rnn_forward(params, xs, h0)
    grads = {name: np.zeros(value.shape) for name, value in params.items()}
    carry = np.zeros(len(h0))
    for t in reversed(range(len(xs))):
        before = hs[t - 1] if t > 0 else h0
        dz = (params["Wo"].T @ dys[t] + carry) * (1 - hs[t] ** 2)
        grads["Wx"] += np.outer(dz, xs[t])
        grads["Ws"] += np.outer(dz, before)
        grads["b1"] += dz
        grads["Wo"] += np.outer(dys[t], hs[t])
        grads["b2"] += dys[t]
        carry = params["Ws"].T @ dz
    grads["h0"] = carry
    return grads


def gradient_norms(params, xs, h0, dy_T, lengths):
    rows = []
    for n in lengths:
        dys = np.zeros((n, len(dy_T)))
        dys[-1] = dy_T
        grads = rnn_backward(params, xs[:n], h0, dys)
        h0 = rnn_forward(params, xs[:n], h0)[0][-1]
        rows.append([np.linalg.norm(grads["Ws"]), np.linalg.norm(grads["Wo"])])
    return np.array(rows)
