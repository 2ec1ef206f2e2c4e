# md_cell_forward: the two old cells are averaged, to keep the sum from growing

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
    c = (f1 * c_up + f2 * c_left) / 2 + i * g
    h = o * np.tanh(c)
    return h, c, (u, i, f1, f2, o, g, c_up, c_left, c)
