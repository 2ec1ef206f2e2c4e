"""Objects: one dimension of a cell keeps its own values and knows its own way back; caches are objects."""

import numpy as np


def logistic(z):
    return np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))))


class Gate:
    """One gate: W u + b and its activation."""

    def __init__(self, params, name, squash):
        self.name, self.W, self.b, self.squash = name, params["W" + name], params["b" + name], squash

    def __call__(self, u):
        self.u = u
        self.y = self.squash(self.W.dot(u) + self.b)
        return self.y

    def back(self, dy):
        slope = 1 - np.square(self.y) if self.squash is np.tanh else self.y * (1 - self.y)
        dz = dy * slope
        return {"W" + self.name: dz[:, np.newaxis] * self.u, "b" + self.name: dz}, dz.dot(self.W)


class Memory:
    """Old cells, each with a forget gate, an input gate, an output gate and a candidate."""

    def __init__(self, params, forget, rest):
        self.forget = [Gate(params, name, logistic) for name in forget]
        self.i, self.o = (Gate(params, name, logistic) for name in rest[:2])
        self.g = Gate(params, rest[2], np.tanh)

    def __call__(self, u, *old):
        self.old = [np.array(c) for c in old]
        self.c = self.i(u) * self.g(u)
        for gate, c in zip(self.forget, self.old):
            self.c = self.c + gate(u) * c
        self.h = self.o(u) * np.tanh(self.c)
        return self.h, self.c

    def back(self, dh, dc):
        s = np.tanh(self.c)
        total = dc + dh * self.o.y * (1 - s * s)
        grads, du = {}, 0
        sent = [(self.i, total * self.g.y), (self.g, total * self.i.y), (self.o, dh * s)]
        sent += [(gate, total * c) for gate, c in zip(self.forget, self.old)]
        for gate, dy in sent:
            own, to_u = gate.back(dy)
            grads.update(own)
            du = du + to_u
        return grads, du, [total * gate.y for gate in self.forget]


class Cell:
    def __init__(self, params):
        self.t = Memory(params, ["f_t"], ["i_t", "o_t", "c_t"])
        self.d = Memory(params, ["f_d"], ["i_d", "o_d", "c_d"])


def cell_forward(params, h_t, h_d, c_t, c_d, x_t, x_d):
    cell = Cell(params)
    u = np.r_[h_t, x_t, h_d, x_d]
    cell.cuts = np.cumsum([len(h_t), len(x_t), len(h_d)])
    (a, c), (b, d) = cell.t(u, c_t), cell.d(u, c_d)
    return a, b, c, d, cell


def cell_backward(params, cache, dh_t, dh_d, dc_t, dc_d):
    first, du_t, (c_t,) = cache.t.back(dh_t, dc_t)
    second, du_d, (c_d,) = cache.d.back(dh_d, dc_d)
    h_t, x_t, h_d, x_d = np.split(du_t + du_d, cache.cuts)
    return dict(first, **second, h_t=h_t, h_d=h_d, c_t=c_t, c_d=c_d, x_t=x_t, x_d=x_d)


class Node:
    """A node of the grid that asks its neighbours for their states."""

    def __init__(self, grid, t, s):
        self.grid, self.t, self.s = grid, t, s
        zero = grid.zero
        up, left = grid.nodes.get((t - 1, s)), grid.nodes.get((t, s - 1))
        x = grid.X[t, s]
        self.h_t, self.h_d, self.c_t, self.c_d, self.cache = cell_forward(
            grid.params,
            up.h_t if up else zero,
            left.h_d if left else zero,
            up.c_t if up else zero,
            left.c_d if left else zero,
            x,
            x,
        )


class Grid:
    def __init__(self, params, X):
        self.params, self.X = params, X.copy()
        self.zero = np.zeros(len(params["bc_t"]))
        self.nodes = {}
        for t, s in np.ndindex(X.shape[:2]):
            self.nodes[t, s] = Node(self, t, s)

    def all(self, name):
        T, S, _ = self.X.shape
        return np.stack([getattr(self.nodes[t, s], name) for t, s in np.ndindex(T, S)]).reshape(T, S, -1)


def grid_forward(params, X):
    grid = Grid(params, X)
    return grid.all("h_t"), grid.all("h_d"), grid.all("c_t"), grid.all("c_d"), grid


def grid_backward(params, cache, dhs_t, dhs_d):
    results = {}
    grads = {}
    dX = np.zeros_like(cache.X)

    def results_of(t, s):
        return results.get((t, s), {})

    for t, s in reversed(list(cache.nodes)):
        below, right = results_of(t + 1, s), results_of(t, s + 1)
        zero = cache.zero
        node = cell_backward(
            params,
            cache.nodes[t, s].cache,
            dhs_t[t, s] + below.get("h_t", zero),
            dhs_d[t, s] + right.get("h_d", zero),
            below.get("c_t", zero),
            right.get("c_d", zero),
        )
        results[t, s] = node
        dX[t, s] = node["x_t"] + node["x_d"]
        for name in params:
            grads[name] = grads.get(name, 0) + node[name]
    return dict(grads, X=dX)


def md_cell_forward(params, h_up, h_left, c_up, c_left, x):
    memory = Memory(params, ["f1", "f2"], ["i", "o", "c"])
    h, c = memory(np.r_[h_up, h_left, x], c_up, c_left)
    return h, c, memory


def md_cell_backward(params, cache, dh, dc):
    grads, du, (c_up, c_left) = cache.back(dh, dc)
    H = len(cache.c)
    return dict(grads, h_up=du[:H], h_left=du[H : 2 * H], x=du[2 * H :], c_up=c_up, c_left=c_left)


class Pascal:
    """Pascal's triangle, row by row."""

    def __init__(self):
        self.rows = [[1]]

    def __call__(self, n, k):
        while len(self.rows) <= n:
            last = self.rows[-1]
            self.rows.append([1, *(a + b for a, b in zip(last, last[1:])), 1])
        return self.rows[n][k]


_pascal = Pascal()


def path_gradient(m, n, f1, f2):
    return float(_pascal(m + n, n)) * pow(f1, m) * pow(f2, n)
