"""The pictures of the notebook on two-dimensional LSTMs; none of them shows the answer to an exercise.

As in :mod:`handgrad.assignments.drawing`, every function returns a figure, and colour never stands alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from handgrad.assignments.drawing import (
    BACKWARD,
    FORWARD,
    GREEN,
    INK,
    LINE,
    PALE,
    TILE,
    bare,
    drawn,
    legend_below,
    new_figure,
    rounded_box,
    show,
    slide,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["cell", "diagonals", "grid", "learning", "path_maps", "paths", "show", "slide", "two_paths", "water"]

Array = np.ndarray[Any, Any]

DASHED = (0, (4, 2))
PURPLE = "#A5598A"


def _arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, style: Any = "solid", bend: float = 0
) -> None:
    look = {
        "arrowstyle": "-|>",
        "color": colour,
        "linestyle": style,
        "linewidth": 1.8,
        "shrinkA": 0,
        "shrinkB": 0,
        "connectionstyle": f"arc3,rad={bend}",
    }
    axes.annotate("", xy=end, xytext=start, arrowprops=look)


def _words(axes: Axes, x: float, y: float, text: str, **how: Any) -> None:
    axes.text(x, y, text, **{"ha": "center", "va": "center", "fontsize": 9.5, **how})


@drawn
def cell() -> Figure:
    """Return one cell: u is made of four vectors, and two dimensions, each with its own gates, read all of it."""
    figure = new_figure(6.4, 3.8)
    axes = figure.subplots()
    bare(axes)
    axes.set_xlim(0, 11.2)
    axes.set_ylim(-0.3, 5.3)
    of_t, of_d, plain = ("solid", FORWARD), (DASHED, BACKWARD), ("solid", LINE)
    inputs = (("$h_t^-$", *of_t), ("$x_t$", *plain), ("$h_d^-$", *of_d), ("$x_d$", *plain))
    for row, (name, style, colour) in enumerate(inputs):
        y = 4.0 - row
        _words(axes, 0.5, y, name, fontsize=12)
        _arrow(axes, (0.9, y), (2.0, y), colour, style)
        axes.add_patch(rounded_box(2.0, y - 0.42, 0.9, 0.84))
        _words(axes, 2.45, y, "H" if row % 2 == 0 else "D", color=INK)
    _words(axes, 3.5, 4.85, "u, one vector of 2H + 2D", fontsize=10, ha="right")
    for y, k, style, colour in ((3.5, "t", "solid", FORWARD), (0.4, "d", DASHED, BACKWARD)):
        axes.add_patch(rounded_box(5.2, y - 0.2, 2.3, 1.7))
        _words(axes, 6.35, y + 0.95, f"dimension {k}", fontsize=10.5, color=INK)
        _words(axes, 6.35, y + 0.35, f"$f_{k},\\ i_{k},\\ o_{k},\\ g_{k}$", fontsize=12, color=INK)
        _arrow(axes, (3.0, 2.5), (5.2, y + 0.65), LINE)
        _words(axes, 4.25, 4.95 if k == "t" else 0.2, f"$c_{k}^-$", fontsize=12)
        _arrow(axes, (4.5, 4.9 if k == "t" else 0.25), (5.25, y + (1.3 if k == "t" else 0)), colour, style)
        for shift, name in ((1.1, "h"), (0.2, "c")):
            _arrow(axes, (7.5, y + shift), (9.0, y + shift), colour, style)
            _words(axes, 9.4, y + shift, f"${name}_{k}$", fontsize=12)
    _words(axes, 3.95, 2.5, "all of u", fontsize=9, color=INK, bbox={"facecolor": TILE, "edgecolor": "none", "pad": 1})
    axes.plot([], [], color=FORWARD, label="states of dimension t")
    axes.plot([], [], color=BACKWARD, linestyle=DASHED, label="states of dimension d")
    axes.legend(loc="center right", frameon=False, fontsize=9)
    return figure


@drawn
def grid(T: int = 3, S: int = 4) -> Figure:
    """Return a grid of nodes with the flow of the states: those of t go down, those of d to the right."""
    figure = new_figure(6.6, 4.8)
    axes = figure.subplots()
    bare(axes)
    step, box = 2.4, 1.15
    axes.set_xlim(-1.75, S * step - 0.6)
    axes.set_ylim(-(T - 1) * step - 0.8, 1.75)
    for t in range(T):
        for s in range(S):
            x, y = s * step, -t * step
            axes.add_patch(rounded_box(x - box / 2, y - box / 2, box, box))
            _words(axes, x, y + 0.2, f"({t}, {s})", color=INK)
            _words(axes, x, y - 0.22, f"X[{t}, {s}]", fontsize=8.5, color=INK)
            for name, shift in (("h", -0.2), ("c", 0.2)):
                if t < T - 1:
                    top, bottom = y - box / 2, y - step + box / 2
                    _arrow(axes, (x + shift, top), (x + shift, bottom), FORWARD)
                    _words(
                        axes,
                        x + shift * 2.1,
                        (top + bottom) / 2,
                        f"${name}_t$",
                        ha="center",
                        color=FORWARD,
                        fontsize=10,
                    )
                if s < S - 1:
                    near, far = x + box / 2, x + step - box / 2
                    _arrow(axes, (near, y - shift), (far, y - shift), BACKWARD, DASHED)
                    _words(axes, (near + far) / 2, y - shift * 2.2, f"${name}_d$", color=BACKWARD, fontsize=10)
    for s in range(S):
        _arrow(axes, (s * step, 1.05), (s * step, box / 2), FORWARD)
        _words(axes, s * step, 1.2, "0", fontsize=9)
    for t in range(T):
        _arrow(axes, (-1.15, -t * step), (-box / 2, -t * step), BACKWARD, DASHED)
        _words(axes, -1.3, -t * step, "0", fontsize=9)
    _words(axes, -1.3, 1.5, "s →", fontsize=10, ha="left")
    _words(axes, -1.62, 0.95, "t ↓", fontsize=10, ha="left")
    axes.plot([], [], color=FORWARD, label="states of t: down, from (t − 1, s)")
    axes.plot([], [], color=BACKWARD, linestyle=DASHED, label="states of d: right, from (t, s − 1)")
    legend_below(figure, 2)
    return figure


@drawn
def two_paths() -> Figure:
    """Return a grid of 2 by 2 with the two ways of a gradient from the last node to the first."""
    figure = new_figure(6.4, 5.0)
    axes = figure.subplots()
    bare(axes)
    step, box = 2.8, 1.2
    axes.set_xlim(-1.3, step + 2.6)
    axes.set_ylim(-step - 1.7, 0.9)
    for t in range(2):
        for s in range(2):
            axes.add_patch(rounded_box(s * step - box / 2, -t * step - box / 2, box, box))
            _words(axes, s * step, -t * step, f"({t}, {s})", fontsize=11, color=INK)
    half = box / 2
    # neither colour is that of a dimension, since each path goes once along t and once along d
    _arrow(axes, (step, -step + half), (step, -half), GREEN)
    _arrow(axes, (step - half, 0), (half, 0), GREEN)
    _arrow(axes, (step - half, -step), (half, -step), PURPLE, DASHED)
    _arrow(axes, (0, -step + half), (0, -half), PURPLE, DASHED)
    _words(axes, step + 0.2, -step / 2, "path A\nalong t", ha="left", color=GREEN)
    _words(axes, -0.2, -step / 2, "path B\nalong t", ha="right", color=PURPLE)
    _words(axes, step / 2, 0.35, "path A\nalong d", color=GREEN)
    _words(axes, step / 2, -step - 0.4, "path B\nalong d", color=PURPLE)
    _arrow(axes, (step + 1.3, -step), (step + half, -step), LINE)
    _words(axes, step + 1.4, -step, "$∂L/∂h_d$", ha="left", fontsize=11)
    _arrow(axes, (step, -step - 1.2), (step, -step - half), LINE)
    _words(axes, step, -step - 1.4, "$∂L/∂h_t$", fontsize=11)
    return figure


@drawn
def diagonals(T: int = 4, S: int = 6) -> Figure:
    """Return a grid whose nodes carry the number of their diagonal, t + s; one diagonal is marked."""
    from matplotlib.patches import Rectangle

    figure = new_figure(5.4, 3.7)
    axes = figure.subplots()
    for t in range(T):
        for s in range(S):
            chosen = t + s == 4
            axes.add_patch(
                Rectangle(
                    (s, t),
                    1,
                    1,
                    facecolor=PALE[0] if chosen else "none",
                    edgecolor="#777777",
                    hatch="//" if chosen else "",
                )
            )
            _words(
                axes,
                s + 0.5,
                t + 0.5,
                str(t + s),
                fontsize=11,
                color=INK if chosen else LINE,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5} if chosen else None,
            )
    axes.set_xlim(0, S)
    axes.set_ylim(T, 0)
    axes.set_aspect("equal")
    axes.set_xticks(np.arange(S) + 0.5, [str(s) for s in range(S)])
    axes.set_yticks(np.arange(T) + 0.5, [str(t) for t in range(T)])
    axes.tick_params(length=0)
    axes.set_xlabel("s")
    axes.set_ylabel("t", rotation=0, labelpad=8)
    return figure


@drawn
def paths(m: int, n: int) -> Figure:
    """Return all paths from the first node of a grid to the one m steps down and n to the right, each by itself."""
    walks = sorted(set(itertools.permutations("D" * m + "R" * n)))
    columns = 10 if len(walks) > 6 else 6
    rows = -(-len(walks) // columns)
    figure = new_figure(7.8, 7.8 / columns * 1.25 * rows + 0.1)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        bare(axes)
    places = np.array(list(np.ndindex(m + 1, n + 1)))
    for axes, walk in zip(grid.flat, walks, strict=False):
        steps = np.array([(0, 0), *((1, 0) if step == "D" else (0, 1) for step in walk)])
        visited = np.cumsum(steps, axis=0)
        axes.plot(visited[:, 1], visited[:, 0], color=BACKWARD, linewidth=2.5)
        axes.plot(places[:, 1], places[:, 0], "o", color=LINE, markersize=30 / (columns + 2))
        axes.set_xlim(-0.4, n + 0.4)
        axes.set_ylim(m + 0.4, -0.4)
        axes.set_aspect("equal")
        axes.set_xlabel("".join(walk), fontsize=11 if columns < 10 else 7.5)
    return figure


@drawn
def path_maps(gradients: Array, chain: float) -> Figure:
    """Return gradients over a grid as a heat map of powers of ten, and beside it two walks through it.

    The colours are those of the same powers in every picture, so that pictures of several gates can be compared.

    Parameters
    ----------
    gradients
        Entry [m, n] is the derivative of c(m, n) with respect to c(0, 0).
    chain
        The forget gate, whose powers a single chain follows.
    """
    figure = new_figure(6.8, 3.3)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.15))
    powers = np.log10(gradients)
    image = left.imshow(powers, cmap="PuOr_r", vmin=-15, vmax=15)
    levels = [power for power in range(-30, 16, 2) if powers.min() < power < powers.max()]
    lines = left.contour(powers, levels=levels, colors=INK, linewidths=0.8)
    left.clabel(lines, fmt=lambda power: "1" if power == 0 else f"$10^{{{power:.0f}}}$", fontsize=8.5)
    left.set_xlabel("n, steps to the right")
    left.set_ylabel("m, steps down")
    left.set_title("derivative, as a power of ten", fontsize=10)
    figure.colorbar(image, ax=left, extend="min", format=lambda power, _: f"$10^{{{power:.0f}}}$")
    steps = 2 * np.arange(len(gradients))
    right.semilogy(steps, np.diag(gradients), color=BACKWARD, linewidth=2.2, label="all paths, to the node (k/2, k/2)")
    right.semilogy(steps, chain**steps, color=FORWARD, linewidth=2.2, linestyle=DASHED, label="one path of k steps")
    right.axhline(1, color=LINE, linewidth=0.8)
    right.set_xlabel("k, steps from (0, 0)")
    right.set_title("derivative along two walks", fontsize=10)
    right.grid(alpha=0.3)
    right.legend(fontsize=9, loc="upper left")
    right.set_ylim(1e-16, 1e16)
    return figure


@drawn
def water(rock: Array, wet: Array, predictions: Mapping[str, Array]) -> Figure:
    """Return a rock with its water, and beside it what networks say; a cross marks each mistake on open ground.

    Parameters
    ----------
    rock
        1 where the ground is open, (T, S).
    wet
        1 where water comes, (T, S).
    predictions
        By title, the networks' answers, (T, S).
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    figure = new_figure(2.2 * (1 + len(predictions)), 2.8)
    grid = figure.subplots(1, 1 + len(predictions), squeeze=False)[0]
    for axes, (title, answer) in zip(grid, {"the truth": wet, **predictions}.items(), strict=True):
        for (t, s), is_open in np.ndenumerate(rock):
            kind = ("#666666", "") if not is_open else (PALE[0], "..") if answer[t, s] else ("white", "")
            axes.add_patch(Rectangle((s, t), 1, 1, facecolor=kind[0], hatch=kind[1], edgecolor="#999999"))
            if is_open and bool(answer[t, s]) != bool(wet[t, s]):
                _words(axes, s + 0.5, t + 0.5, "×", fontsize=13, color="#B00000", fontweight="bold")
        axes.set_xlim(0, rock.shape[1])
        axes.set_ylim(rock.shape[0], 0)
        axes.set_aspect("equal")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_title(title, fontsize=10)
    handles = [
        Rectangle((0, 0), 1, 1, facecolor="#666666", label="rock"),
        Rectangle((0, 0), 1, 1, facecolor="white", edgecolor="#999999", label="open and dry"),
        Rectangle((0, 0), 1, 1, facecolor=PALE[0], hatch="..", edgecolor="#999999", label="open and wet"),
        Line2D([], [], color="#B00000", marker="x", markeredgewidth=2, linestyle="", label="a mistake"),
    ]
    legend_below(figure, 2, handles=handles)
    return figure


@drawn
def learning(losses: Mapping[str, Sequence[float]], baseline: float, window: int = 10) -> Figure:
    """Return the losses of networks over the steps of training, averaged over a window of steps, and a baseline."""
    figure = new_figure(6.2, 3.2)
    axes = figure.subplots()
    styles = (("solid", FORWARD), (DASHED, BACKWARD), ("dotted", GREEN))
    for (name, values), (style, colour) in zip(losses.items(), styles, strict=False):
        smooth = np.convolve(values, np.ones(window) / window, mode="valid")
        axes.plot(np.arange(len(smooth)) + window, smooth, linestyle=style, color=colour, linewidth=2.2, label=name)
    axes.axhline(baseline, color=LINE, linewidth=1.2, linestyle="dashdot", label="the same answer for each open field")
    axes.set_ylim(0, 0.8)
    axes.set_xlabel("step")
    axes.set_ylabel(f"loss, mean of {window} steps")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=9)
    return figure
