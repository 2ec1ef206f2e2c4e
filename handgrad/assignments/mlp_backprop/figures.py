"""The pictures of the notebook on backpropagation through networks; none of them shows the answer to an exercise.

As in :mod:`handgrad.assignments.drawing`, every function returns a figure, and colour never stands alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from handgrad.assignments.drawing import (
    BACKWARD,
    FORWARD,
    GREEN,
    INK,
    LINE,
    MARKERS,
    PALE,
    TILE,
    Array,
    activations,
    bare,
    drawn,
    flow,
    heat_maps,
    new_figure,
    show,
    slide,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "activations",
    "classes",
    "descent",
    "flow",
    "heat_maps",
    "neurons",
    "one_entry",
    "show",
    "slide",
    "training",
]


@drawn
def neurons(
    weights: Sequence[Array], biases: Sequence[Array], names: Sequence[Sequence[str]], titles: Sequence[str]
) -> Figure:
    """Return a network drawn as circles, with every weight on its edge and every bias in its circle.

    Parameters
    ----------
    weights
        One matrix for each layer, (out, in): entry [i, j] leads from circle j to circle i.
    biases
        One vector for each layer, (out,).
    names
        The names of the circles, column by column, the inputs first.
    titles
        A heading for each column.
    """
    figure = new_figure(7.2, 4.2)
    axes = figure.subplots()
    bare(axes)
    columns = [
        [(3.2 * c, (len(column) - 1) / 2 * 1.35 - 1.35 * r) for r in range(len(column))]
        for c, column in enumerate(names)
    ]
    for layer, matrix in enumerate(weights):
        for i, end in enumerate(columns[layer + 1]):
            for j, start in enumerate(columns[layer]):
                negative = bool(matrix[i, j] < 0)
                axes.plot(
                    [start[0], end[0]],
                    [start[1], end[1]],
                    color=BACKWARD if negative else FORWARD,
                    linestyle=(0, (4, 2)) if negative else "solid",
                    linewidth=0.8 + 1.6 * abs(float(matrix[i, j])),
                    zorder=1,
                )
                share = 0.27  # near the start, where edges of one circle lie apart
                at = (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
                box = {"facecolor": TILE, "edgecolor": "none", "pad": 1.0}
                axes.text(
                    *at, f"{matrix[i, j]:.2f}", ha="center", va="center", fontsize=9.5, color=INK, bbox=box, zorder=2
                )
    for c, column in enumerate(columns):
        axes.text(column[0][0], 2.15, titles[c], ha="center", va="bottom", fontsize=10)
        for r, (x, y) in enumerate(column):
            axes.scatter([x], [y], s=1300, facecolor=TILE, edgecolor=LINE, zorder=3)
            text = names[c][r] if c == 0 else f"{names[c][r]}\n{biases[c - 1][r]:+.2f}"
            axes.text(x, y, text, ha="center", va="center", fontsize=9.5, color=INK, zorder=4)
    axes.set_xlim(-0.7, columns[-1][0][0] + 0.7)
    axes.set_ylim(-2.35, 2.6)
    axes.plot([], [], color=FORWARD, label="positive weight")
    axes.plot([], [], color=BACKWARD, linestyle=(0, (4, 2)), label="negative weight")
    axes.legend(loc="lower center", ncols=2, frameon=False, fontsize=9)
    return figure


@drawn
def one_entry() -> Figure:
    """Return two rows of pictures of y = x W: what one entry of W touches, and what one entry of x touches."""
    n, d, e, k, j, i = 4, 3, 5, 1, 3, 2
    figure = new_figure(7.4, 4.8)
    grid = figure.subplots(2, 3, width_ratios=(d, e, e))
    x, W, y = np.zeros((n, d)), np.zeros((d, e)), np.zeros((n, e))
    top = [x.copy(), W.copy(), y.copy()]
    top[0][:, k], top[1][k, j], top[2][:, j] = 1, 2, 3
    bottom = [x.copy(), W.copy(), y.copy()]
    bottom[0][i, k], bottom[1][k, :], bottom[2][i, :] = 2, 1, 3
    headings = (
        (f"x: column {k} multiplies it", f"W: the entry [{k}, {j}]", f"y: it occurs in column {j}"),
        (f"x: the entry [{i}, {k}]", f"W: row {k} multiplies it", f"y: it occurs in row {i}"),
    )
    for row, matrices in enumerate((top, bottom)):
        for column, matrix in enumerate(matrices):
            _tiles(grid[row, column], matrix)
            grid[row, column].set_title(headings[row][column], fontsize=10)
    return figure


def _tiles(axes: Axes, kinds: Array) -> None:
    """Draw a matrix as tiles: 0 empty, 1 striped, 2 dark with a star, 3 dotted."""
    from matplotlib.patches import Rectangle

    look = {0: ("none", ""), 1: (PALE[0], "//"), 2: (INK, ""), 3: (PALE[1], "..")}
    rows, columns = kinds.shape
    for r in range(rows):
        for c in range(columns):
            colour, hatch = look[int(kinds[r, c])]
            axes.add_patch(Rectangle((c, r), 1, 1, facecolor=colour, edgecolor="#777777", hatch=hatch))
            if kinds[r, c] == 2:
                axes.text(c + 0.5, r + 0.5, "★", color="white", ha="center", va="center", fontsize=13)
    axes.set_xlim(0, columns)
    axes.set_ylim(rows, 0)
    axes.set_aspect("equal")
    axes.set_xticks(np.arange(columns) + 0.5, [str(c) for c in range(columns)])
    axes.set_yticks(np.arange(rows) + 0.5, [str(r) for r in range(rows)])
    axes.tick_params(length=0, labelsize=8)


@drawn
def descent(rates: Sequence[float] = (0.06, 0.3, 1.06), steps: int = 8, start: float = 1.5) -> Figure:
    """Return walks down the curve L = w², one picture for each learning rate."""
    figure = new_figure(7.6, 2.8)
    grid = figure.subplots(1, len(rates), sharey=True)
    w = np.linspace(-4.2, 4.2, 201)
    for axes, rate in zip(grid, rates, strict=True):
        walk = start * (1 - 2 * rate) ** np.arange(steps + 1)
        axes.plot(w, w**2, color=LINE)
        axes.plot(walk, walk**2, color=BACKWARD, linewidth=1, linestyle="dashed", marker="o", markersize=4)
        axes.annotate("start", (start, start**2), xytext=(9, -3), textcoords="offset points", fontsize=9)
        axes.set_title(f"learning rate {rate}", fontsize=10)
        axes.set_xlabel("w")
    grid[0].set_ylabel("L = w²")
    grid[0].set_ylim(-0.8, 16)
    return figure


def _points(axes: Axes, X: Array, labels: Array) -> None:
    edge = (FORWARD, BACKWARD, GREEN)
    for c in range(int(labels.max()) + 1):
        own = X[labels == c]
        axes.scatter(
            own[:, 0], own[:, 1], s=17, marker=MARKERS[c], facecolor="white", edgecolor=edge[c], label=f"class {c}"
        )


@drawn
def classes(X: Array, labels: Array) -> Figure:
    """Return points of the plane, a marker for each class (up to three)."""
    figure = new_figure(4.6, 4.2)
    axes = figure.subplots()
    _points(axes, X, labels)
    axes.set_aspect("equal")
    axes.set_xlabel("x₁")
    axes.set_ylabel("x₂")
    figure.legend(fontsize=8.5, loc="outside lower center", ncols=3, frameon=False)
    return figure


@drawn
def training(losses: Sequence[float], X: Array, labels: Array, predict: Callable[[Array], Array]) -> Figure:
    """Return the loss over the steps, and beside it the regions that a classifier assigns to each class.

    Parameters
    ----------
    losses
        The loss before each step.
    X, labels
        The training data, (N, 2) and (N,), at most three classes.
    predict
        Takes points (M, 2) to their classes (M,).
    """
    figure = new_figure(7.8, 3.8)
    left, right = figure.subplots(1, 2, width_ratios=(1.2, 1))
    left.plot(losses, color=FORWARD, linewidth=2)
    chance = float(np.log(labels.max() + 1))
    left.axhline(chance, color=LINE, linestyle="dashed", linewidth=1)
    left.annotate(
        "guessing: log C",
        (len(losses), chance),
        xytext=(0, 3),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=9,
    )
    left.set_ylim(0, 1.15 * max(chance, losses[0]))
    left.set_xlabel("step")
    left.set_ylabel("loss")
    left.grid(alpha=0.3)
    reach = 1.1 * float(np.abs(X).max())
    side = np.linspace(-reach, reach, 241)
    across, up = np.meshgrid(side, side)
    region = np.asarray(predict(np.stack([across.ravel(), up.ravel()], axis=1))).reshape(across.shape)
    levels = np.arange(int(labels.max()) + 2) - 0.5
    right.contourf(across, up, region, levels=levels, colors=PALE[: len(levels) - 1])
    for c in range(int(labels.max()) + 1):
        right.contour(across, up, region == c, levels=[0.5], colors=INK, linewidths=0.8)
    _points(right, X, labels)
    right.set_aspect("equal")
    right.set_xlabel("x₁")
    right.set_ylabel("x₂")
    figure.legend(fontsize=8.5, loc="outside lower right", ncols=3, frameon=False)
    return figure
