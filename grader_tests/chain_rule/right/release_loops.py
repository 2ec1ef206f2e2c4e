"""Style: explicit Python loops and lists, math instead of NumPy where possible."""

import math

import matplotlib.pyplot as plt
import numpy as np
import sympy as sp


def gradient_f(x):
    result = []
    result.append(3 * 2 * x[0])
    result.append(5 * math.exp(x[1]))
    return np.array(result)


def central_difference(f, x, h=1e-5):
    values = np.array(x, dtype=float).flatten()
    quotients = []
    for i in range(len(values)):
        plus = values.copy()
        plus[i] = plus[i] + h
        minus = values.copy()
        minus[i] = minus[i] - h
        top = f(plus.reshape(x.shape)) - f(minus.reshape(x.shape))
        quotients.append(top / (2 * h))
    return np.array(quotients, dtype=float).reshape(x.shape)


def relative_error(a, b):
    worst = 0.0
    for p, q in zip(np.ravel(a), np.ravel(b)):
        p, q = float(p), float(q)
        e = abs(p - q) / max(abs(p), abs(q), 1e-12)
        if e > worst:
            worst = e
    return worst


def nested_slopes(x):
    u = x * x + 1
    v = math.sin(u)
    slopes = [2 * x, math.cos(u), math.exp(v)]
    product = 1
    for s in slopes:
        product *= s
    slopes.append(product)
    return tuple(slopes)


def chain_rule(du, dxyz):
    result = [0.0, 0.0]
    for variable in range(2):
        for path in range(3):
            result[variable] += du[path] * dxyz[path][variable]
    return np.array(result)


a, b = sp.symbols("a b")
x, y, z = a + 2 * b, a * b, a - b**2
u_slopes = [2 * x * y, x**2, sp.exp(z)]
a_slopes = [1, b, 1]
b_slopes = [2, a, -2 * b]
du_da = 0
du_db = 0
for i in range(3):
    du_da = du_da + u_slopes[i] * a_slopes[i]
    du_db = du_db + u_slopes[i] * b_slopes[i]


def path_sum(slopes, start, end):
    # walk every path with a stack of (place, product so far)
    total = 0.0
    todo = [(start, 1.0)]
    while len(todo) > 0:
        place, product = todo.pop()
        if place == end:
            total += product
            continue
        for arrow in slopes:
            if arrow[0] == place:
                todo.append((arrow[1], product * slopes[arrow]))
    return total


def polar_jacobian(r, phi):
    rows = []
    rows.append([math.cos(phi), -r * math.sin(phi)])
    rows.append([math.sin(phi), r * math.cos(phi)])
    return np.array(rows)


def vector_jacobian_product(jacobians, dL_dy):
    g = [float(t) for t in dL_dy]
    for k in range(len(jacobians) - 1, -1, -1):
        J = jacobians[k]
        m, n = J.shape
        new = []
        for j in range(n):
            s = 0.0
            for i in range(m):
                s += g[i] * J[i, j]
            new.append(s)
        g = new
    return np.array(g)


def tanh_backward(y, dL_dy):
    out = np.zeros(np.shape(y))
    for index in np.ndindex(out.shape):
        out[index] = dL_dy[index] * (1 - y[index] * y[index])
    return out


def tanh_layer_backward(x, W, b, dL_dy):
    n, m = W.shape
    dz = []
    for i in range(n):
        z = b[0, i]
        for j in range(m):
            z += x[0, j] * W[i, j]
        y = math.tanh(z)
        dz.append(dL_dy[0, i] * (1 - y * y))
    dL_dx = np.zeros((1, m))
    dL_dW = np.zeros((n, m))
    dL_db = np.zeros((1, n))
    for i in range(n):
        dL_db[0, i] = dz[i]
        for j in range(m):
            dL_dW[i, j] = dz[i] * x[0, j]
            dL_dx[0, j] += dz[i] * W[i, j]
    return dL_dx, dL_dW, dL_db


def softmax_cross_entropy_backward(logits, labels):
    N = len(logits)
    grad = []
    for n in range(N):
        row = [float(s) for s in logits[n]]
        top = max(row)
        exps = [math.exp(s - top) for s in row]
        total = sum(exps)
        out = []
        for c in range(len(row)):
            p = exps[c] / total
            if c == labels[n]:
                p = p - 1
            out.append(p / N)
        grad.append(out)
    return np.array(grad)


# a staircase on a parabola, 19 jumps
breakpoints = []
for k in range(-9, 10):
    breakpoints.append(k / 2)


def piecewise(x):
    return math.floor(2 * x) + 0.1 * x**2


def piecewise_gradient(x):
    return 0.2 * x


def plot_piecewise():
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(7, 7))
    edges = [-5.0] + breakpoints + [5.0]
    for k in range(len(edges) - 1):
        t = np.linspace(edges[k], edges[k + 1], 30)[1:-1]
        values = []
        slopes = []
        for s in t:
            values.append(piecewise(float(s)))
            slopes.append(piecewise_gradient(float(s)))
        top.plot(t, values, "b")
        bottom.plot(t, slopes, "r")
    for p in breakpoints:
        top.axvline(p, color="0.8")
    top.set_xlabel("x")
    top.set_ylabel("staircase")
    bottom.set_xlabel("x")
    bottom.set_ylabel("slope of the staircase")
    return figure
