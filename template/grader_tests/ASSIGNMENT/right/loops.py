"""One example after the other, one entry after the other: the quotient rule as it is taught."""

import math


def cosine(x, w, grad_s):
    s = []
    grad_x = [[0.0] * len(w) for _ in x]
    grad_w = [0.0] * len(w)
    for n, row in enumerate(x):
        dot = sum(a * b for a, b in zip(row, w))
        length_x = math.sqrt(sum(a * a for a in row))
        length_w = math.sqrt(sum(b * b for b in w))
        below = length_x * length_w
        s.append(dot / below)
        for k in range(len(w)):
            grad_x[n][k] = grad_s[n] * (w[k] * below - dot * row[k] / length_x * length_w) / below**2
            grad_w[k] += grad_s[n] * (row[k] * below - dot * w[k] / length_w * length_x) / below**2
    return s, grad_x, grad_w
