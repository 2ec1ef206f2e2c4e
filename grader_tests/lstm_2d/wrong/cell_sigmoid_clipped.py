# cell_forward: what goes into a sigmoid is clipped to -10..10 against an overflow, so no gate is nearer than that to 0 or 1

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -10, 10)))


def cell_forward(params, h_t, h_d, c_t, c_d, x_t, x_d):
    u = np.concatenate([h_t, x_t, h_d, x_d])
    new = {}
    for k, c in (("t", c_t), ("d", c_d)):
        f, i, o = (sigmoid(params[f"W{gate}_{k}"] @ u + params[f"b{gate}_{k}"]) for gate in "fio")
        c = f * c + i * np.tanh(params[f"Wc_{k}"] @ u + params[f"bc_{k}"])
        new[k] = o * np.tanh(c), c
    return new["t"][0], new["d"][0], new["t"][1], new["d"][1], None
