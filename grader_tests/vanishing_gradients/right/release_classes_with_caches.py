"""Object style: an RNNCell with a cache for each step, a Readout layer, and thin functions around them."""

import numpy as np


class RNNCell:
    """One use of the recurrent layer. It remembers what its backward pass needs."""

    def __init__(self, Wx, Ws, b1):
        self.Wx, self.Ws, self.b1 = Wx, Ws, b1
        self.cache = None

    def forward(self, x, h_prev):
        h = np.tanh(self.Wx @ x + self.Ws @ h_prev + self.b1)
        self.cache = (x, h_prev, h)
        return h

    def backward(self, dh):
        x, h_prev, h = self.cache
        dz = dh * (1.0 - np.square(h))
        return {
            "Wx": np.outer(dz, x),
            "Ws": np.outer(dz, h_prev),
            "b1": dz,
            "h_prev": self.Ws.T @ dz,
        }


class Readout:
    def __init__(self, Wo, b2):
        self.Wo, self.b2 = Wo, b2
        self.cache = None

    def forward(self, h):
        self.cache = h
        return self.Wo @ h + self.b2

    def backward(self, dy):
        return {"Wo": np.outer(dy, self.cache), "b2": dy, "h": self.Wo.T @ dy}


class RNN:
    """The network unrolled: a fresh cell and a fresh readout for each time step."""

    def __init__(self, params):
        self.params = params
        self.cells, self.readouts = [], []

    def forward(self, xs, h0):
        p = self.params
        self.cells, self.readouts = [], []
        hs, ys = [], []
        h = np.array(h0, dtype=float)
        for x in xs:
            cell = RNNCell(p["Wx"], p["Ws"], p["b1"])
            out = Readout(p["Wo"], p["b2"])
            h = cell.forward(x, h)
            hs.append(h)
            ys.append(out.forward(h))
            self.cells.append(cell)
            self.readouts.append(out)
        return np.array(hs), np.array(ys)

    def backward(self, dys):
        grads = {name: np.zeros(np.shape(value)) for name, value in self.params.items()}
        dh = np.zeros(len(self.params["b1"]))
        self.wx_terms, self.state_grads = [], []
        for cell, out, dy in zip(self.cells[::-1], self.readouts[::-1], dys[::-1]):
            up = out.backward(dy)
            dh = dh + up["h"]
            self.state_grads.append(dh)
            back = cell.backward(dh)
            for name in ("Wo", "b2"):
                grads[name] += up[name]
            for name in ("Wx", "Ws", "b1"):
                grads[name] += back[name]
            self.wx_terms.append(back["Wx"])
            dh = back["h_prev"]
        grads["h0"] = dh
        return grads


class LastLoss:
    """Gradient at the outputs for a loss at the last step only."""

    def __init__(self, dy_T, T):
        self.dys = np.vstack([np.zeros((T - 1, len(dy_T))), np.reshape(dy_T, (1, -1))])


def rnn_forward(params, xs, h0):
    return RNN(params).forward(xs, h0)


def rnn_backward(params, xs, h0, dys):
    net = RNN(params)
    net.forward(xs, h0)
    return net.backward(dys)


def _last_loss_net(params, xs, h0, dy_T):
    net = RNN(params)
    net.forward(xs, h0)
    net.backward(LastLoss(dy_T, len(xs)).dys)
    return net


def step_contributions(params, xs, h0, dy_T):
    return np.array(_last_loss_net(params, xs, h0, dy_T).wx_terms[::-1])


def blind_inputs():
    params = {
        "Wx": np.full((4, 3), 0.05),
        "Ws": -np.eye(4),
        "b1": np.zeros(4),
        "Wo": np.ones((2, 4)),
        "b2": np.zeros(2),
    }
    xs = np.zeros((10, 3))
    xs[::2] = [1.0, 2.0, 3.0]
    xs[1::2] = [-1.0, -2.0, -3.0]
    dys = LastLoss(np.array([1.0, 0.5]), 10).dys
    return params, xs, np.zeros(4), dys


class Chain:
    """Product of one-step Jacobians."""

    def __init__(self, Ws):
        self.Ws = Ws
        self.J = np.eye(len(Ws))

    def into(self, h):
        self.J = np.diag(1.0 - np.square(h)) @ self.Ws @ self.J
        return self


def state_jacobian(params, hs, k, t):
    chain = Chain(params["Ws"])
    for s in range(k + 1, t + 1):
        chain.into(hs[s])
    return chain.J


class LinearNet:
    def __init__(self, rho):
        self.rho = float(rho)

    def ratio(self, lag):
        return self.rho**lag

    def slope(self):
        return np.log10(self.rho)


def linear_gradient_norm(rho, lag):
    return LinearNet(rho).ratio(lag)


slope_down = LinearNet(0.9).slope()
slope_up = LinearNet(1.1).slope()
steps_to_one_percent = 44


def gradient_norms(params, xs, h0, dy_T, lengths):
    rows = np.zeros((len(lengths), 2))
    for i, n in enumerate(lengths):
        grads = rnn_backward(params, xs[:n], h0, LastLoss(dy_T, n).dys)
        rows[i] = [np.linalg.norm(grads[name]) for name in ("Ws", "Wo")]
    return rows


def lag_norms(params, xs, h0, dy_T):
    net = _last_loss_net(params, xs, h0, dy_T)
    return np.array([np.linalg.norm(dh) for dh in net.state_grads])


class Clipper:
    def __init__(self, most):
        self.most = most

    def __call__(self, grads):
        n = np.linalg.norm([np.linalg.norm(g) for g in grads.values()])
        scale = self.most / n if n > self.most else 1.0
        return {name: scale * g for name, g in grads.items()}


def clip_by_norm(grads, most):
    return Clipper(most)(grads)


class CellPath:
    def __init__(self, H):
        self.now = np.ones(H)
        self.rows = []

    def back(self, f):
        self.rows.insert(0, self.now)
        self.now = self.now * f


def cell_path(fs):
    path = CellPath(fs.shape[1])
    for f in fs[::-1]:
        path.back(f)
    return np.array(path.rows)
