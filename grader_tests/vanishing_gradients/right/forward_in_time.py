"""Gradients carried forward in time: how each state depends on every parameter, step by step, and no way back."""

import numpy as np


def rnn_backward(params, xs, h0, dys):
    hs, _ = rnn_forward(params, xs, h0)
    H, D = params["Wx"].shape
    unit = np.eye(H)
    # entry i of the state before, by each parameter
    by = {"Wx": np.zeros((H, H, D)), "Ws": np.zeros((H, H, H)), "b1": np.zeros((H, H)), "h0": unit}
    grads = {name: np.zeros(value.shape) for name, value in {**params, "h0": h0}.items()}
    before = h0
    for x, h, dy in zip(xs, hs, dys, strict=True):
        own = {
            "Wx": unit[:, :, None] * x,
            "Ws": unit[:, :, None] * before,
            "b1": unit,
            "h0": np.zeros((H, H)),
        }
        for name, dependence in by.items():
            inside = own[name] + np.tensordot(params["Ws"], dependence, axes=1)
            by[name] = (inside.T * (1 - h**2)).T
            grads[name] += np.tensordot(dy @ params["Wo"], by[name], axes=1)
        grads["Wo"] += np.outer(dy, h)
        grads["b2"] += dy
        before = h
    return grads
