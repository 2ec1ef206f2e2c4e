# plot_piecewise: the gradient is drawn against the number of the point, as x was left out of plot

import matplotlib.pyplot as plt
import numpy as np

breakpoints = [-1.0, 2.0]


def piecewise(x):
    if x < -1:
        return x + 3
    if x < 2:
        return x**2
    return 6 - x


def piecewise_gradient(x):
    if x < -1:
        return 1.0
    if x < 2:
        return 2 * x
    return -1.0


def curves(upper, lower, ends=(-5.0, -1.0, 2.0, 5.0), count=100):
    for k, (low, high) in enumerate(zip(ends, ends[1:])):
        t = np.linspace(low, high, count + 2)[1:-1]
        upper.plot(t, [piecewise(float(s)) for s in t], "C0", label="f" if k == 0 else None)
        lower.plot(t, [piecewise_gradient(float(s)) for s in t], "C1", label="slope" if k == 0 else None)


def plot_piecewise():
    figure, (upper, lower) = plt.subplots(2, 1)
    t = np.linspace(-5, 5, 400)
    upper.plot(t, [piecewise(float(s)) for s in t])
    lower.plot([piecewise_gradient(float(s)) for s in t])
    for ax, name in zip((upper, lower), ("f", "slope")):
        ax.set(xlabel="x", ylabel=name)
        for p in breakpoints:
            ax.axvline(p)
    return figure
