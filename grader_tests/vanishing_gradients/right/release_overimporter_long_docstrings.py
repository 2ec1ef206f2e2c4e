"""Imports far more than it needs and writes long docstrings that talk of autograd and finite differences without using them."""

import copy
import functools
import itertools
import math
import operator
import os
import sys
import warnings
from collections import OrderedDict, defaultdict, namedtuple
from typing import Dict, List, Tuple

import matplotlib
import numpy as np
import scipy.linalg
import scipy.optimize
import sympy
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.autograd import grad as autograd_grad

DEVICE = "cpu"
DTYPE = torch.float64


def rnn_forward(params: Dict[str, np.ndarray], xs: np.ndarray, h0: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Run the recurrent network over a sequence.

    This does the same as torch.nn.RNN with a single layer (there are two biases in PyTorch, here their sum).
    We do NOT use torch here, since then autograd would record a graph, which is not wanted in this course.

    Parameters
    ----------
    params : the five parameters
    xs : inputs, (T, D)
    h0 : initial state, (H,)

    Returns
    -------
    hs, ys : the states and the outputs
    """
    state: np.ndarray = h0
    hs: List[np.ndarray] = []
    for x in xs:
        state = np.tanh(params["Wx"].dot(x) + params["Ws"].dot(state) + params["b1"])
        hs.append(state)
    stacked = np.stack(hs, axis=0)
    return stacked, stacked.dot(params["Wo"].T) + params["b2"]


def rnn_backward(params, xs, h0, dys):
    """Backpropagation through time.

    A numerical derivative, i.e. a finite difference (L(w + eps) - L(w - eps)) / (2 * eps), would be too slow and
    too inaccurate: it needs two forward passes for each weight, and it is forbidden. torch.autograd.grad or
    loss.backward() would do it, but this is forbidden too. So we use the formulas:

        dL/dh_t = Wo^T dL/dy_t + Ws^T dL/dz_{t+1}
        dL/dz_t = dL/dh_t * (1 - h_t^2)

    and sum the outer products over time.
    """
    hs, _ = rnn_forward(params, xs, h0)
    grads = OrderedDict()
    for key, value in itertools.chain(params.items(), [("h0", h0)]):
        grads[key] = np.zeros(np.shape(value), dtype=np.float64)
    Node = namedtuple("Node", "x before h dy")
    nodes = [Node(x, before, h, dy) for x, before, h, dy in zip(xs, [h0, *hs[:-1]], hs, dys)]
    dz_next = np.zeros(len(h0))
    while nodes:
        node = nodes.pop()
        dh = params["Wo"].T.dot(node.dy) + params["Ws"].T.dot(dz_next)
        dz = dh * (1.0 - node.h**2)
        grads["Wo"] += np.outer(node.dy, node.h)
        grads["b2"] += node.dy
        grads["Wx"] += np.outer(dz, node.x)
        grads["Ws"] += np.outer(dz, node.before)
        grads["b1"] += dz
        dz_next = dz
    grads["h0"] = params["Ws"].T.dot(dz_next)
    return dict(grads)


def step_contributions(params, xs, h0, dy_T):
    """The terms of the gradient of Wx.

    One could detach() all the other copies of Wx in autograd, or perturb one copy (numerical differentiation).
    Here it is the outer product of dL/dz_k and x_k, where dL/dz_k comes back from the last step through the
    transposed Jacobians.
    """
    hs, _ = rnn_forward(params, xs, h0)
    T = len(hs)
    terms = []
    for k in range(T):
        J = state_jacobian(params, hs, k, T - 1)
        dh = J.T @ (params["Wo"].T @ dy_T)
        terms.append(np.outer(dh * (1 - hs[k] ** 2), xs[k]))
    return np.array(terms)


def blind_inputs():
    """Inputs on which a cut backward pass fails.

    Hadamard matrix / 2 is orthogonal. Small inputs, so that tanh is nearly linear. The gradient check with finite
    differences then sees all ten steps.
    """
    Ws = scipy.linalg.hadamard(4) / 2.0
    rng = np.random.default_rng(sum(map(ord, "blind")))
    params = {
        "Wx": rng.uniform(-0.1, 0.1, (4, 3)),
        "Ws": Ws,
        "b1": np.zeros(4),
        "Wo": rng.uniform(-1, 1, (2, 4)),
        "b2": np.zeros(2),
    }
    xs = rng.uniform(-1, 1, (10, 3))
    dys = rng.uniform(-1, 1, (10, 2))
    return params, xs, np.zeros(4), dys


def state_jacobian(params, hs, k, t):
    """Jacobian of hs[t] with respect to hs[k]; torch.autograd.functional.jacobian gives the same (tried at home)."""
    factors = [np.diag(1 - hs[s] ** 2) @ params["Ws"] for s in range(t, k, -1)]
    return functools.reduce(operator.matmul, factors, np.eye(hs.shape[1]))


def linear_gradient_norm(rho, lag):
    """rho to the power of the lag. No numerical experiment is necessary: ||rho Q^T v|| = rho ||v||."""
    return math.pow(rho, lag)


_rho, _lag = sympy.symbols("rho lag", positive=True)
_slope = sympy.expand_log(sympy.log(_rho**_lag, 10)).coeff(_lag)
slope_down = float(_slope.subs(_rho, sympy.Rational(9, 10)))
slope_up = float(_slope.subs(_rho, sympy.Rational(11, 10)))
steps_to_one_percent = int(math.ceil(math.log(0.01) / math.log(0.9)))


def gradient_norms(params, xs, h0, dy_T, lengths):
    """Norms of the gradients of Ws and Wo. np.linalg.norm without a second argument is the Frobenius norm."""
    table = []
    for n in lengths:
        dys = np.pad(np.asarray(dy_T, dtype=float)[None, :], ((n - 1, 0), (0, 0)))
        g = rnn_backward(params, xs[:n], h0, dys)
        table.append((np.linalg.norm(g["Ws"]), np.linalg.norm(g["Wo"])))
    return np.array(table, dtype=float).reshape(-1, 2)


def lag_norms(params, xs, h0, dy_T):
    """The norm of the gradient at each state by lag; with autograd one would call retain_grad() on each state."""
    hs, _ = rnn_forward(params, xs, h0)

    def back(dh, h):
        return params["Ws"].T @ (dh * (1 - h**2))

    dhs = itertools.accumulate(hs[:0:-1], back, initial=params["Wo"].T @ dy_T)
    return np.array([np.linalg.norm(dh) for dh in dhs])


def clip_by_norm(grads, most):
    """Like torch.nn.utils.clip_grad_norm_, but not in place and without its 1e-6."""
    n = math.sqrt(math.fsum(float(np.sum(np.square(g))) for g in grads.values()))
    result = copy.deepcopy(grads)
    if n > most:
        for key in result:
            result[key] = result[key] * (most / n)
    return result


def cell_path(fs):
    """Products of forget gates, from the end; the derivative is a product, no finite difference needed."""
    products = itertools.accumulate(fs[:0:-1], operator.mul, initial=np.ones(fs.shape[1]))
    return np.array(list(products))[::-1].copy()
