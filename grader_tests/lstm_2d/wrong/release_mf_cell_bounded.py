# md_cell_forward: the cell is bounded to -2..2 so that it cannot explode

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def md_cell_forward(params, h_up, h_left, c_up, c_left, x):
    u = np.concatenate([h_up, h_left, x])
    i = sigmoid(params["Wi"] @ u + params["bi"])
    f1 = sigmoid(params["Wf1"] @ u + params["bf1"])
    f2 = sigmoid(params["Wf2"] @ u + params["bf2"])
    o = sigmoid(params["Wo"] @ u + params["bo"])
    g = np.tanh(params["Wc"] @ u + params["bc"])
    c = f1 * c_up + f2 * c_left + i * g
    c = np.clip(c, -2, 2)
    h = o * np.tanh(c)
    return h, c, (u, i, f1, f2, o, g, c_up, c_left, c)
