"""The pictures of tensor_basics: axes, broadcasting, distances, tables, softmax under a shift."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from handgrad.assignments.drawing import (
    BACKWARD,
    FORWARD,
    GREEN,
    INK,
    LINE,
    PALE,
    bare,
    drawn,
    legend_below,
    new_figure,
    show,
    slide,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "axes_of_arrays",
    "broadcast",
    "loss_over_logits",
    "reductions",
    "shifted",
    "show",
    "slide",
    "table",
    "two_ways",
    "who_meets_whom",
]

Array = np.ndarray[Any, Any]


def _tile(
    axes: Axes,
    column: float,
    row: float,
    text: str = "",
    face: str = "white",
    hatch: str = "",
    dashed: bool = False,
    layer: int = 2,
) -> None:
    """Draw one tile with a text in it; rows count downwards, and a higher layer covers a lower one."""
    from matplotlib.patches import Rectangle

    style = "dashed" if dashed else "solid"
    look: dict[str, Any] = {"facecolor": face, "edgecolor": LINE, "hatch": hatch, "linestyle": style}
    patch = Rectangle((column, -row - 1), 1, 1, zorder=layer, **look)
    axes.add_patch(patch)
    if text:
        box = {"facecolor": face, "edgecolor": "none", "pad": 1.0} if hatch else None
        at = (column + 0.5, -row - 0.5)
        axes.text(*at, text, ha="center", va="center", fontsize=9, color=INK, bbox=box, zorder=layer + 0.5)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    arrow = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.8, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=end, xytext=start, arrowprops=arrow)


def _canvas(axes: Axes, left: float, right: float, top: float, bottom: float) -> None:
    bare(axes)
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.set_aspect("equal")


# -- axes --------------------------------------------------------------------------------------


@drawn
def axes_of_arrays() -> Figure:
    """Return a matrix of shape (3, 4) and a block of shape (2, 3, 4), with an arrow along each axis."""
    figure = new_figure(7.8, 2.9)
    left, right = figure.subplots(1, 2, width_ratios=(5.6, 8.4))
    _canvas(left, -1.4, 4.6, 1.0, -3.6)
    for row in range(3):
        for column in range(4):
            _tile(left, column, row, f"{row}, {column}")
    _arrow(left, (-0.3, 0), (-0.3, -3), BACKWARD)
    left.text(-0.5, -1.5, "axis 0", rotation=90, ha="right", va="center", fontsize=10)
    _arrow(left, (0, 0.3), (4, 0.3), FORWARD)
    left.text(2, 0.42, "axis 1", ha="center", va="bottom", fontsize=10)
    left.set_title("shape (3, 4)", fontsize=10)
    _canvas(right, -1.4, 7.6, 2.3, -3.6)
    for sheet, (across, up) in ((1, (2.0, 1.0)), (0, (0.0, 0.0))):
        for row in range(3):
            for column in range(4):
                text, hatch = f"{sheet},{row},{column}", ".." if sheet else ""
                _tile(right, column + across, row - up, text, PALE[sheet], hatch, layer=4 - 2 * sheet)
    _arrow(right, (-0.3, 0), (-0.3, -3), BACKWARD)
    right.text(-0.5, -1.5, "axis 1", rotation=90, ha="right", va="center", fontsize=10)
    _arrow(right, (0, -3.25), (4, -3.25), FORWARD)
    right.text(2, -3.35, "axis 2", ha="center", va="top", fontsize=10)
    _arrow(right, (4.2, -3.15), (6.2, -2.15), GREEN)
    right.text(5.5, -2.85, "axis 0", ha="left", va="center", fontsize=10)
    right.set_title("shape (2, 3, 4): two sheets, one behind the other", fontsize=10)
    return figure


@drawn
def reductions() -> Figure:
    """Return a matrix of shape (2, 3) and its sums along each axis, without and with keepdims."""
    X = np.array([[1, 2, 3], [4, 5, 6]])
    figure = new_figure(7.6, 2.1)
    grid = figure.subplots(1, 4)
    titles = ("X, (2, 3)", "X.sum(axis=0), (3,)", "X.sum(axis=1), (2,)", "X.sum(axis=1,\nkeepdims=True), (2, 1)")
    for axes, title in zip(grid, titles, strict=True):
        _canvas(axes, -0.6, 3.6, 0.6, -2.6)
        axes.set_title(title, fontsize=10)
    for row in range(2):
        for column in range(3):
            _tile(grid[0], column, row, str(X[row, column]))
    for column in range(3):
        _tile(grid[1], column, 0.5, str(X[:, column].sum()), PALE[0], "//")
    for row in range(2):
        # one axis only: it has no place below or beside, so it is drawn as a line from left to right
        _tile(grid[2], row + 0.5, 0.5, str(X[row].sum()), PALE[1], "..")
        _tile(grid[3], 1, row, str(X[row].sum()), PALE[1], "..")
    return figure


# -- broadcasting ------------------------------------------------------------------------------


@drawn
def broadcast(pairs: Sequence[tuple[tuple[int, ...], tuple[int, ...]]]) -> Figure:
    """Return a row of pictures for each pair of shapes: both arrays, stretched, and the result.

    Parameters
    ----------
    pairs
        Pairs of shapes with one or two axes. Where a pair does not fit, the picture says so.
    """
    padded = [tuple((1,) * (2 - len(shape)) + shape for shape in pair) for pair in pairs]
    heights = [max(a[0], b[0]) for a, b in padded]
    figure = new_figure(7.2, 0.5 * sum(heights) + 0.75 * len(pairs) + 0.3)
    grid = figure.subplots(len(pairs), 3, squeeze=False, height_ratios=[height + 0.9 for height in heights])
    for line, (pair, both) in enumerate(zip(pairs, padded, strict=True)):
        fits = all(m == n or 1 in (m, n) for m, n in zip(*both, strict=True))
        rows, columns = (max(lengths) for lengths in zip(*both, strict=True))
        for number in range(3):
            axes = grid[line, number]
            _canvas(axes, -0.4, columns + 0.4, 0.3, -rows - 0.3)
        for number, (shape, lengths) in enumerate(zip(pair, both, strict=True)):
            name = "ab"[number]
            sign = "" if number == 0 else "+  "
            grid[line, number].set_title(f"{sign}{name}, {shape}", fontsize=10)
            for row in range(rows if fits or lengths[0] > 1 else 1):
                for column in range(columns if fits else lengths[1]):
                    r, c = min(row, lengths[0] - 1), min(column, lengths[1] - 1)
                    index = f"{c}" if len(shape) == 1 else f"{r},{c}"
                    copied = (r, c) != (row, column)
                    face = "white" if copied else PALE[number]
                    _tile(
                        grid[line, number], column, row, f"{name}[{index}]" if columns < 5 else "", face, dashed=copied
                    )
        axes = grid[line, 2]
        if fits:
            axes.set_title(f"=  a + b, ({rows}, {columns})", fontsize=10)
            for row in range(rows):
                for column in range(columns):
                    _tile(axes, column, row, "", PALE[2], "//")
        else:
            axes.set_title("ValueError", fontsize=10)
            text = f"last axes: {pair[0][-1]} and {pair[1][-1]}\nunequal, and neither is 1"
            axes.text(columns / 2, -rows / 2, text, ha="center", va="center", fontsize=10)
    return figure


@drawn
def who_meets_whom(shape: tuple[int, int]) -> Figure:
    """Return for A of shape (n, n) which row sum each entry is divided by, as written and as meant."""
    n, m = shape
    figure = new_figure(7.4, 3.0)
    grid = figure.subplots(1, 2)
    titles = ("A / A.sum(axis=1)", "A / A.sum(axis=1, keepdims=True)")
    for axes, title in zip(grid, titles, strict=True):
        _canvas(axes, -2.0, m + 0.4, 1.9, -n - 0.3)
        axes.set_title(title, fontsize=10)
    hatches = ("", "//", "..", "xx", "--")
    colours = (PALE[0], PALE[1], PALE[2], "white", "#EEEEEE")
    for row in range(n):
        for column in range(m):
            _tile(grid[0], column, row, f"÷ s{column}", colours[column], hatches[column])
            _tile(grid[1], column, row, f"÷ s{row}", colours[row], hatches[row])
    for k in range(m):
        _tile(grid[0], k, -1.5, f"s{k}", colours[k], hatches[k])
    for k in range(n):
        _tile(grid[1], -1.5, k, f"s{k}", colours[k], hatches[k])
    grid[0].text(-0.2, 1, "the sums,\nshape (3,)", ha="right", va="center", fontsize=9)
    grid[1].text(-1.0, 0.2, "the sums,\nshape (3, 1)", ha="center", va="bottom", fontsize=9)
    return figure


# -- distances ---------------------------------------------------------------------------------


@drawn
def two_ways(p: Sequence[float], q: Sequence[float]) -> Figure:
    """Return two points of the plane with the way along the axes and the straight line between them."""
    figure = new_figure(4.8, 3.4)
    axes = figure.subplots()
    (x, y), (u, v) = p, q
    axes.plot([x, u, u], [y, y, v], color=FORWARD, linewidth=2.4, label="along the axes: Manhattan")
    axes.plot([x, u], [y, v], color=BACKWARD, linewidth=2.0, linestyle="dashed", label="straight: Euclidean")
    axes.plot([x, u], [y, v], "o", color=LINE)
    axes.annotate("p", (x, y), xytext=(-12, -4), textcoords="offset points", fontsize=11)
    axes.annotate("q", (u, v), xytext=(6, 2), textcoords="offset points", fontsize=11)
    axes.text((x + u) / 2, y - 0.2, f"{abs(u - x):g}", ha="center", va="top", fontsize=10)
    axes.text(u + 0.1, (y + v) / 2, f"{abs(v - y):g}", ha="left", va="center", fontsize=10)
    axes.set_aspect("equal")
    axes.set_xlim(min(x, u) - 0.7, max(x, u) + 0.9)
    axes.set_ylim(min(y, v) - 0.8, max(y, v) + 0.6)
    axes.set_xlabel("coordinate 0")
    axes.set_ylabel("coordinate 1")
    axes.grid(alpha=0.3)
    legend_below(figure, 1)
    return figure


# -- tables ------------------------------------------------------------------------------------


@drawn
def table(values: Array, probabilities: Array, mean: float, spread: float) -> Figure:
    """Return a probability table as bars, with its expectation and one standard deviation to each side."""
    figure = new_figure(6.8, 3.0)
    axes = figure.subplots()
    axes.bar(values, probabilities, width=0.8, color=PALE[0], edgecolor=LINE)
    for value, probability in zip(values, probabilities, strict=True):
        at = (value, probability + 0.006)
        axes.text(*at, f"{probability:.4f}", ha="center", va="bottom", fontsize=8.5, zorder=4)
    highest = float(probabilities.max())
    top = 1.28 * highest
    # not through the number above the highest bar
    axes.plot([mean, mean], [0, highest], color=BACKWARD, linewidth=2, linestyle="dashed", label="expectation")
    axes.plot(
        [mean - spread, mean + spread],
        [top * 0.93] * 2,
        color=FORWARD,
        linewidth=2,
        marker="|",
        markersize=12,
        label="one standard deviation to each side",
    )
    axes.set_ylim(0, top)
    axes.set_xticks(values)
    axes.set_xlabel("value")
    axes.set_ylabel("probability")
    legend_below(figure, 2)
    return figure


# -- softmax -----------------------------------------------------------------------------------


@drawn
def shifted(scores: Array, shifts: Sequence[float], function: Callable[[Array], Array]) -> Figure:
    """Return the same scores under several shifts, and below each what a function makes of them."""
    figure = new_figure(7.4, 4.0)
    grid = figure.subplots(2, len(shifts), sharey="row")
    places = np.arange(len(scores))
    lowest = min(0.0, float(scores.min()) + min(shifts))
    highest = float(scores.max()) + max(shifts)
    for column, shift in enumerate(shifts):
        for row, (heights, colour, hatch) in enumerate(
            ((scores + shift, PALE[1], ""), (function(scores + shift), PALE[0], "//"))
        ):
            axes = grid[row, column]
            axes.bar(places, heights, color=colour, edgecolor=LINE, hatch=hatch)
            axes.axhline(0, color=LINE, linewidth=0.8)
            for place, height in zip(places, heights, strict=True):
                below = height < 0
                axes.annotate(
                    f"{height:.2f}" if row else f"{height:g}",
                    (place, height),
                    xytext=(0, -3 if below else 3),
                    textcoords="offset points",
                    ha="center",
                    va="top" if below else "bottom",
                    fontsize=9,
                )
            axes.set_xticks(places, [f"class {k}" for k in places] if row else [""] * len(places), fontsize=9)
        grid[0, column].set_title(
            "scores" if shift == 0 else f"scores {'−' if shift < 0 else '+'} {abs(shift):g}", fontsize=10
        )
    room = 0.2 * (highest - lowest)
    grid[0, 0].set_ylim(lowest - room, highest + room)
    grid[1, 0].set_ylim(0, 1)
    grid[0, 0].set_ylabel("score")
    grid[1, 0].set_ylabel("softmax")
    return figure


@drawn
def loss_over_logits(function: Callable[[Array, Array], float], reach: float = 8.0) -> Figure:
    """Return a loss of one logit and one target as curves over the logit, a curve for each target."""
    figure = new_figure(6.4, 3.6)
    axes = figure.subplots()
    s = np.linspace(-reach, reach, 161)
    styles = ((1.0, "solid", FORWARD), (0.0, "dashed", BACKWARD), (0.7, "dotted", GREEN))
    for target, style, colour in styles:
        losses = [float(function(np.array([score]), np.array([target]))) for score in s]
        axes.plot(s, losses, linestyle=style, color=colour, linewidth=2.2, label=f"target {target:g}")
    axes.set_xlabel("logit s")
    axes.set_ylabel("loss")
    axes.grid(alpha=0.3)
    legend_below(figure, 3)
    return figure
