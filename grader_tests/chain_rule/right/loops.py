"""Plain loops over plain numbers, as on paper; NumPy only to hold the results."""

import math

import numpy as np
from sympy import exp, expand, symbols


def gradient_f(x):
    result = []
    for place in range(2):
        if place == 0:
            result.append(3 * 2 * float(x[0]))
        else:
            result.append(5 * math.exp(x[1]))
    return np.array(result)


def central_difference(f, x, h=1e-5):
    work = np.array(x, dtype=np.float64)
    gradient = np.zeros(work.shape)
    walk = np.nditer(work, flags=["multi_index"])
    while not walk.finished:
        place = walk.multi_index
        kept = float(work[place])
        work[place] = kept + h
        above = f(work)
        work[place] = kept - h
        below = f(work)
        work[place] = kept
        gradient[place] = (above - below) / h / 2
        walk.iternext()
    return gradient


def relative_error(a, b):
    worst = 0.0
    for p, q in zip(np.asarray(a).flat, np.asarray(b).flat):
        size = 1e-12
        for candidate in (abs(p), abs(q)):
            if candidate > size:
                size = candidate
        worst = max(worst, abs(p - q) / size)
    return worst


def nested_slopes(x):
    u = x * x + 1.0
    v = math.sin(u)
    slopes = [2.0 * x, math.cos(u), math.exp(v)]
    product = 1.0
    for slope in slopes:
        product *= slope
    return [*slopes, product]


def chain_rule(du, dxyz):
    answer = [0.0, 0.0]
    for column in range(2):
        for row in range(3):
            answer[column] += float(du[row]) * float(dxyz[row][column])
    return answer


a, b = symbols("a b", positive=True)
du_da = 0
du_db = 0
for outer, (inner_a, inner_b) in (
    (2 * (a + 2 * b) * (a * b), (1, 2)),
    ((a + 2 * b) ** 2, (b, a)),
    (exp(a - b**2), (1, -2 * b)),
):
    du_da += expand(outer * inner_a)
    du_db += expand(outer * inner_b)


def path_sum(slopes, start, end):
    total = 0.0
    unfinished = [(start, 1.0)]
    while unfinished:
        here, product = unfinished.pop()
        if here == end:
            total += product
            continue
        for tail, head in slopes:
            if tail == here:
                unfinished.append((head, product * slopes[tail, head]))
    return total


def polar_jacobian(r, phi):
    jacobian = np.zeros((2, 2))
    jacobian[0, 0] = math.cos(phi)
    jacobian[1, 0] = math.sin(phi)
    jacobian[0, 1] = -r * math.sin(phi)
    jacobian[1, 1] = r * math.cos(phi)
    return jacobian


def vector_jacobian_product(jacobians, dL_dy):
    gradient = [float(g) for g in dL_dy]
    for k in range(len(jacobians) - 1, -1, -1):
        rows, columns = jacobians[k].shape
        earlier = [0.0] * columns
        for j in range(columns):
            for i in range(rows):
                earlier[j] += gradient[i] * jacobians[k][i, j]
        gradient = earlier
    return gradient


def tanh_backward(y, dL_dy):
    result = np.zeros(y.shape)
    for place in np.ndindex(y.shape):
        result[place] = dL_dy[place] - dL_dy[place] * y[place] * y[place]
    return result


def tanh_layer_backward(x, W, b, dL_dy):
    n, m = W.shape
    dx, dW, db = np.zeros((1, m)), np.zeros((n, m)), np.zeros((1, n))
    for i in range(n):
        z = b[0, i]
        for j in range(m):
            z += x[0, j] * W[i, j]
        dz = dL_dy[0, i] * (1 - math.tanh(z) ** 2)
        db[0, i] = dz
        for j in range(m):
            dW[i, j] = dz * x[0, j]
            dx[0, j] += dz * W[i, j]
    return dx, dW, db


def softmax_cross_entropy_backward(logits, labels):
    result = []
    for row, label in zip(logits, labels):
        top = max(row)
        powers = [math.exp(s - top) for s in row]
        result.append([(p / sum(powers) - (c == label)) / len(logits) for c, p in enumerate(powers)])
    return np.array(result)


breakpoints = [0]


def piecewise(x):
    if x < 0:
        return -x
    else:
        return 3 * x


def piecewise_gradient(x):
    if x < 0:
        return -1
    else:
        return 3


def plot_piecewise():
    import matplotlib.pyplot as plt

    plt.figure()
    points = [k / 10 - 5 for k in range(101)]
    plt.plot(points, [piecewise(p) for p in points], label="f")
    plt.plot(points, [piecewise_gradient(p) for p in points], label="f'")
    plt.axvline(0)
    plt.xlabel("x")
    plt.ylabel("y")
    plt.legend()
    return plt.gcf()
