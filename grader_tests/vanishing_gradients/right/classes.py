"""Objects: one cell for each step keeps what its way back needs."""

import numpy as np


class Cell:
    def __init__(self, params):
        self.params = params

    def forward(self, x, before):
        p = self.params
        self.x, self.before = x, before
        self.h = np.tanh(p["Wx"].dot(x) + p["Ws"].dot(before) + p["b1"])
        self.y = p["Wo"].dot(self.h) + p["b2"]
        return self.h

    def through_tanh(self, dh):
        return dh - dh * self.h**2

    def back(self, dz):
        return dz.dot(self.params["Ws"])


def unroll(params, xs, h0):
    cells, h = [], h0
    for x in xs:
        cells.append(Cell(params))
        h = cells[-1].forward(x, h)
    return cells


def rnn_forward(params, xs, h0):
    cells = unroll(params, xs, h0)
    return np.array([c.h for c in cells]), np.array([c.y for c in cells])


def rnn_backward(params, xs, h0, dys):
    total = dict.fromkeys(["Wx", "Ws", "b1", "Wo", "b2"], 0.0)
    later = np.zeros(len(h0))
    for cell, dy in zip(reversed(unroll(params, xs, h0)), dys[::-1]):
        dz = cell.through_tanh(later + dy.dot(params["Wo"]))
        for name, term in {
            "Wx": np.multiply.outer(dz, cell.x),
            "Ws": np.multiply.outer(dz, cell.before),
            "b1": dz,
            "Wo": np.multiply.outer(dy, cell.h),
            "b2": dy,
        }.items():
            total[name] = total[name] + term
        later = cell.back(dz)
    return {**total, "h0": later}


def step_contributions(params, xs, h0, dy_T):
    cells = unroll(params, xs, h0)
    terms, dh = {}, dy_T.dot(params["Wo"])
    for k in range(len(cells))[::-1]:
        dz = cells[k].through_tanh(dh)
        terms[k] = dz[:, np.newaxis] * cells[k].x[np.newaxis, :]
        dh = cells[k].back(dz)
    return np.stack([terms[k] for k in sorted(terms)])


def state_jacobian(params, hs, k, t):
    # from the left: the rows of the identity are sent back, one step after the other
    rows = np.eye(hs.shape[1])
    for s in range(t, k, -1):
        rows = (rows * (1 - hs[s] ** 2)) @ params["Ws"]
    return rows


def linear_gradient_norm(rho, lag):
    return np.float64(rho) ** lag


class Prediction:
    def __init__(self, rho):
        self.slope = np.log10(rho)


slope_down = Prediction(0.9).slope
slope_up = Prediction(1.1).slope
steps_to_one_percent = int(np.ceil(-2 / slope_down))


def gradient_norms(params, xs, h0, dy_T, lengths):
    result = []
    for n in lengths:
        dys = np.zeros((n, dy_T.size))
        dys[n - 1, :] = dy_T
        grads = rnn_backward(params, xs[:n], h0, dys)
        result.append((np.linalg.norm(grads["Ws"]), np.linalg.norm(grads["Wo"])))
    return np.array(result)


def lag_norms(params, xs, h0, dy_T):
    cells, g, out = unroll(params, xs, h0), dy_T.dot(params["Wo"]), []
    while cells:
        out.append(np.sqrt(g.dot(g)))
        cell = cells.pop()
        g = cell.back(cell.through_tanh(g))
    return np.array(out)


def clip_by_norm(grads, most):
    n = np.sqrt(np.sum([np.vdot(g, g) for g in grads.values()]))
    scale = most / n if n > most else 1.0
    return {k: scale * g for k, g in grads.items()}


def cell_path(fs):
    rows = [np.ones(fs.shape[1])]
    for f in fs[:0:-1]:
        rows.append(rows[-1] * f)
    return np.array(rows[::-1])


def blind_inputs():
    p = {"Wx": np.ones((4, 3)) * 0.05, "Ws": np.eye(4), "b1": np.zeros(4), "Wo": np.ones((2, 4)), "b2": np.ones(2)}
    return p, np.ones((10, 3)) * 0.1, np.zeros(4), np.ones((10, 2))
