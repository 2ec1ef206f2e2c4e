"""The pictures of vanishing_gradients: a network unrolled in time, and how gradients fade with the lag."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from handgrad.assignments.drawing import (
    AHEAD,
    BACK,
    BACKWARD,
    DASHES,
    FORWARD,
    GREEN,
    INK,
    LINE,
    Array,
    bare,
    drawn,
    legend_below,
    new_figure,
    rounded_box,
    show,
    slide,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["contributions", "fading", "lags", "lengths", "show", "slide", "unrolled"]

STYLES = (
    ("solid", "o", FORWARD),
    ("dashed", "s", BACKWARD),
    ("dashdot", "^", GREEN),
    ("dotted", "D", "#CC79A7"),
    ((0, (5, 1, 1, 1)), "v", "#56B4E9"),
    ((0, (1, 1)), "X", LINE),
)


@drawn
def unrolled(steps: int = 4) -> Figure:
    """Return a recurrent network drawn once for each time step, with the way forward and the way back."""
    gap = 2.6
    figure = new_figure(1.5 * steps + 0.5, 3.3)
    axes = figure.subplots()
    bare(axes)
    axes.set_xlim(-1.7, gap * (steps - 1) + 2.0)
    axes.set_ylim(-2.15, 2.0)
    centred: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 10}
    axes.text(-1.5, 0.12, "h0", **centred)
    axes.annotate("", xy=(-0.5, 0.12), xytext=(-1.28, 0.12), arrowprops=AHEAD)
    axes.annotate("", xy=(-1.28, -0.14), xytext=(-0.5, -0.14), arrowprops=BACK)
    axes.text(-0.89, 0.3, "Ws", fontsize=10, ha="center")
    for t in range(steps):
        middle = gap * t
        axes.add_patch(rounded_box(middle - 0.5, -0.42, 1.0, 0.84))
        axes.text(middle, 0, f"hs[{t}]", color=INK, **centred)
        for bottom, top in ((-1.35, -0.42), (0.42, 1.35)):
            axes.annotate("", xy=(middle - 0.13, top), xytext=(middle - 0.13, bottom), arrowprops=AHEAD)
            axes.annotate("", xy=(middle + 0.13, bottom), xytext=(middle + 0.13, top), arrowprops=BACK)
        axes.text(middle, -1.53, f"xs[{t}]", **centred)
        axes.text(middle, 1.53, f"ys[{t}]", **centred)
        axes.text(middle + 0.22, -0.9, "Wx", fontsize=10, va="center")
        axes.text(middle + 0.22, 0.9, "Wo", fontsize=10, va="center")
        if t + 1 < steps:
            axes.annotate("", xy=(middle + gap - 0.5, 0.12), xytext=(middle + 0.5, 0.12), arrowprops=AHEAD)
            axes.annotate("", xy=(middle + 0.5, -0.14), xytext=(middle + gap - 0.5, -0.14), arrowprops=BACK)
            axes.text(middle + gap / 2, 0.3, "Ws", fontsize=10, ha="center")
    axes.plot([], [], color=FORWARD, label="forward: values")
    axes.plot([], [], color=BACKWARD, linestyle=DASHES, label="backward: gradients")
    axes.legend(loc="lower center", ncols=2, frameon=False, fontsize=10, borderaxespad=0)
    return figure


@drawn
def contributions(norms: Array) -> Figure:
    """Return bars on a log axis: the norm of what each time step adds to a gradient."""
    figure = new_figure(6.2, 2.8)
    axes = figure.subplots()
    axes.bar(np.arange(len(norms)), norms, color="#CFE3F1", edgecolor=LINE, hatch="//")
    axes.set_yscale("log")
    axes.set_xticks(np.arange(len(norms)))
    axes.set_xlabel("time step k")
    axes.set_ylabel("norm of term k")
    axes.grid(axis="y", alpha=0.3)
    return figure


@drawn
def lengths(steps: Sequence[int], norms: Sequence[Array]) -> Figure:
    """Return total gradient norms against the sequence length, one line for each network.

    Parameters
    ----------
    steps
        The lengths.
    norms
        For each network an array (len(steps), 2): recurrent weights, then output weights.
    """
    figure = new_figure(6.6, 3.3)
    grid = figure.subplots(1, 2, sharey=True)
    for column, (axes, title) in enumerate(zip(grid, ("recurrent weights Ws", "output weights Wo"), strict=True)):
        for number, table in enumerate(norms):
            style, marker, colour = STYLES[number % len(STYLES)]
            axes.plot(steps, table[:, column], linestyle=style, marker=marker, color=colour, label=f"network {number}")
        axes.set_xscale("log")
        axes.set_xticks(list(steps), [str(length) for length in steps])
        axes.minorticks_off()
        axes.set_ylim(0, 1.1 * max(float(table.max()) for table in norms))
        axes.set_title(title, fontsize=10)
        axes.set_xlabel("sequence length T")
        axes.grid(alpha=0.3)
    grid[0].set_ylabel("norm of the gradient")
    grid[1].legend(fontsize=8.5, loc="lower right")
    return figure


@drawn
def lags(
    curves: Mapping[str, Array],
    lines: Mapping[str, Array] | None = None,
    floor: float = 1e-9,
    *,
    relative: bool = False,
) -> Figure:
    """Return norms against the lag on a log axis, and lines such as bounds in grey.

    Parameters
    ----------
    curves
        Norms at lag 0, 1, 2, … by label.
    lines
        The same for bounds, drawn wide, so that they are seen behind a curve that lies on them.
    floor
        Where the axis ends below.
    relative
        Whether the norms are divided by that at lag 0, which the axis then says.
    """
    figure = new_figure(6.2, 4.0)
    axes = figure.subplots()
    top = 0.0
    for number, (label, norms) in enumerate(curves.items()):
        style, marker, colour = STYLES[number % len(STYLES)]
        every = max(1, len(norms) // 8)
        where = (number * every // max(1, len(curves)), every)
        axes.plot(
            norms, linestyle=style, marker=marker, markevery=where, color=colour, linewidth=2, markersize=6, label=label
        )
        top = max(top, float(np.max(norms)))
    for number, (label, values) in enumerate((lines or {}).items()):
        style = ("dashed", "dotted", "dashdot")[number % 3]
        axes.plot(values, color=LINE, linewidth=6, alpha=0.8, linestyle=style, label=label, zorder=1)
        top = max(top, float(np.max(values)))
    axes.set_yscale("log")
    axes.set_ylim(floor, 4 * top)
    axes.set_xlabel("lag: steps back from the loss")
    axes.set_ylabel("norm relative to lag 0" if relative else "norm of the gradient at the state")
    axes.grid(alpha=0.3)
    legend_below(figure, 3)
    return figure


@drawn
def fading(rho: float, steps: int = 41, H: int = 16, D: int = 4) -> Figure:
    """Return the norm of the gradient against the lag for Ws = ρ Q, without tanh and with small and large inputs.

    The gradient is that of a random weighting of the last state; it is measured by steps of the forward pass into the
    imaginary. The input weights are drawn as in the rest of the notebook, so that inputs of size 1 are the same here.
    """
    rng = np.random.default_rng(5)
    Q, R = np.linalg.qr(rng.normal(size=(H, H)))
    Ws, weighting = rho * Q * np.sign(np.diag(R)), rng.normal(size=H)
    Wx = rng.uniform(-1, 1, size=(H, D)) / np.sqrt(H)
    entering = rng.normal(size=(steps, D)) @ Wx.T
    curves = {
        "without tanh": _norms(Ws, weighting, 0 * entering, lambda z: z),
        "tanh, inputs of size 0.01": _norms(Ws, weighting, 0.01 * entering, np.tanh),
        "tanh, inputs of size 1": _norms(Ws, weighting, entering, np.tanh),
    }
    figure = lags(curves, relative=True)
    figure.axes[0].set_ylim(1e-14, 1e8)
    figure.axes[0].set_yticks(10.0 ** np.arange(-12, 9, 4))
    figure.axes[0].set_title(f"ρ = {rho:g}", fontsize=10)
    return figure


def _norms(Ws: Array, weighting: Array, entering: Array, activation: Callable[[Array], Array]) -> Array:
    """Return the norms of the gradient at the states, from lag 0 on, relative to the first."""
    H = len(Ws)
    states = [np.zeros(H)]
    for z in entering:
        states.append(activation(Ws @ states[-1] + z))
    norms = []
    for lag in range(len(entering)):
        k = len(entering) - lag
        moved = states[k] + 1e-30j * np.eye(H)  # one row for each entry that is moved
        for z in entering[k:]:
            moved = activation(moved @ Ws.T + z)
        norms.append(np.linalg.norm((moved @ weighting).imag) / 1e-30)
    return np.divide(norms, norms[0])
