# md_cell_backward: all gradients are difference quotients in a helper called jacobian_row, instead of by hand

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def md_cell_forward(params, h_up, h_left, c_up, c_left, x):
    u = np.concatenate([h_up, h_left, x])
    i, f1, f2, o = (sigmoid(params["W" + k] @ u + params["b" + k]) for k in ("i", "f1", "f2", "o"))
    g = np.tanh(params["Wc"] @ u + params["bc"])
    c = f1 * c_up + f2 * c_left + i * g
    return o * np.tanh(c), c, dict(h_up=h_up, h_left=h_left, c_up=c_up, c_left=c_left, x=x)


def jacobian_row(function, point, direction, scale=2.0**-17):
    """derivative of the function along a direction, with Richardson's extrapolation"""
    coarse = (function(point + 2 * scale * direction) - function(point - 2 * scale * direction)) / (4 * scale)
    fine = (function(point + scale * direction) - function(point - scale * direction)) / (2 * scale)
    return (4 * fine - coarse) / 3


def md_cell_backward(params, cache, dh, dc):
    inputs = dict(cache)
    weights = dict(params)
    grads = {}
    for table in (inputs, weights):
        for name in table:

            def loss(value):
                a, b = dict(inputs), dict(weights)
                (a if table is inputs else b)[name] = value
                h, c, _ = md_cell_forward(b, **a)
                return h @ dh + c @ dc

            point = np.asarray(table[name], dtype=float)
            basis = np.eye(point.size).reshape(-1, *point.shape)
            grads[name] = np.array([jacobian_row(loss, point, e) for e in basis]).reshape(point.shape)
    return grads
