"""The pictures of the notebooks, drawn by code; none of them shows the answer to an exercise.

Every function returns a figure, and :func:`show` puts it on the page together with its
description in words. Colours come from a palette that is safe for colour-blind readers, and
always stand beside another sign: a line style, a marker, a hatch, a number. matplotlib is
imported when a picture is drawn, so that importing the package stays light. Where the environment
variable HANDGRAD_PICTURES is ``none``, as at grading, where nobody looks, nothing is drawn.
"""

from __future__ import annotations

import base64
import functools
import html
import io
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = np.ndarray[Any, Any]

INK = "#222222"
FORWARD = "#0072B2"
BACKWARD = "#D55E00"
GREEN = "#009E73"
PALE = ("#CFE3F1", "#F9DFC8", "#CBEADF")
MARKERS = ("o", "^", "s")
DIVERGING = "PuOr_r"
DPI = 110


# -- on the page -------------------------------------------------------------------------------

Drawing = TypeVar("Drawing", bound=Callable[..., Any])


def drawn(draw: Drawing) -> Drawing:
    """Make a function that returns a figure return None where nobody looks."""

    @functools.wraps(draw)
    def maybe(*arguments: Any, **options: Any) -> Any:
        return None if os.environ.get("HANDGRAD_PICTURES") == "none" else draw(*arguments, **options)

    return cast(Drawing, maybe)


def show(figure: Figure | None, alt: str) -> None:
    """Display a figure as an image, and below it the description ``alt`` to unfold."""
    if figure is None:
        return
    from IPython.display import publish_display_data

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    image = base64.b64encode(buffer.getvalue()).decode("ascii")
    words = f"<details><summary>This picture in words</summary><p>{html.escape(alt)}</p></details>"
    publish_display_data(
        {"image/png": image, "text/plain": alt},
        metadata={"image/png": {"alt": alt}},
    )
    publish_display_data({"text/html": words, "text/plain": "The description of the picture above."})


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _bare(axes: Axes) -> None:
    """Take ticks and frame away."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_frame_on(False)


# -- graphs of a computation -------------------------------------------------------------------


@drawn
def flow(steps: Sequence[str], values: Sequence[str], parameters: Mapping[int, str] | None = None) -> Figure:
    """Return a graph of a computation: steps as boxes, values between them, gradients on the way back.

    Parameters
    ----------
    steps
        What each box does, from left to right.
    values
        One more than steps: what goes into the first box, what lies between two boxes, and what
        comes out of the last. A second line may give the shape.
    parameters
        What enters a box from above, by the number of the box; several names with a comma between them.
    """
    box, gap = 1.25, 1.5
    length = len(steps) * box + len(values) * gap
    figure = _figure(min(11.5, 0.86 * length), 2.9 if parameters else 2.3)
    axes = figure.subplots()
    _bare(axes)
    axes.set_xlim(-0.1, length + 0.1)
    axes.set_ylim(-1.25, 2.05 if parameters else 1.2)
    ahead = {"arrowstyle": "-|>", "color": FORWARD, "linewidth": 1.8, "shrinkA": 0, "shrinkB": 0}
    back = {
        "arrowstyle": "-|>",
        "color": BACKWARD,
        "linewidth": 1.8,
        "linestyle": (0, (3, 2)),
        "shrinkA": 0,
        "shrinkB": 0,
    }
    for number, value in enumerate(values):
        left = number * (box + gap)
        right = left + gap
        axes.annotate("", xy=(right, 0.2), xytext=(left, 0.2), arrowprops=ahead)
        axes.text((left + right) / 2, 0.34, value, ha="center", va="bottom", fontsize=9, color=INK)
        if number > 0:
            name = value.splitlines()[0].split(" ")[0]
            axes.annotate("", xy=(left, -0.2), xytext=(right, -0.2), arrowprops=back)
            axes.text(
                (left + right) / 2,
                -0.36,
                f"∂L/∂{name}" if number < len(steps) else "1",
                ha="center",
                va="top",
                fontsize=9,
            )
    for number, step in enumerate(steps):
        left = number * (box + gap) + gap
        axes.add_patch(_box(left, -0.5, box, 1.0))
        axes.text(left + box / 2, 0, step, ha="center", va="center", fontsize=9.5, color=INK)
        if parameters and number in parameters:
            arriving = "\n".join(f"∂L/∂{name}" for name in parameters[number].split(", "))
            axes.annotate("", xy=(left + 0.45 * box, 0.5), xytext=(left + 0.45 * box, 1.35), arrowprops=ahead)
            axes.annotate("", xy=(left + 0.6 * box, 1.35), xytext=(left + 0.6 * box, 0.5), arrowprops=back)
            axes.text(left + box / 2, 1.42, parameters[number], ha="center", va="bottom", fontsize=9)
            axes.text(left + 0.68 * box, 0.95, arriving, ha="left", va="center", fontsize=9)
    axes.plot([], [], color=FORWARD, label="forward: values")
    axes.plot([], [], color=BACKWARD, linestyle=(0, (3, 2)), label="backward: gradients")
    axes.legend(loc="lower left", ncols=2, frameon=False, fontsize=9, borderaxespad=0)
    return figure


def _box(left: float, bottom: float, width: float, height: float) -> Any:
    from matplotlib.patches import FancyBboxPatch

    return FancyBboxPatch(
        (left, bottom), width, height, boxstyle="round,pad=0,rounding_size=0.12", facecolor="#EEF1F4", edgecolor=INK
    )


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
    figure = _figure(8.5, 3.9)
    axes = figure.subplots()
    _bare(axes)
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
                box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
                axes.text(*at, f"{matrix[i, j]:.2f}", ha="center", va="center", fontsize=8.5, bbox=box, zorder=2)
    for c, column in enumerate(columns):
        axes.text(column[0][0], 2.15, titles[c], ha="center", va="bottom", fontsize=10)
        for r, (x, y) in enumerate(column):
            axes.scatter([x], [y], s=1300, facecolor="#EEF1F4", edgecolor=INK, zorder=3)
            text = names[c][r] if c == 0 else f"{names[c][r]}\n{biases[c - 1][r]:+.2f}"
            axes.text(x, y, text, ha="center", va="center", fontsize=8.5, zorder=4)
    axes.set_xlim(-0.7, columns[-1][0][0] + 0.7)
    axes.set_ylim(-2.35, 2.6)
    axes.plot([], [], color=FORWARD, label="positive weight")
    axes.plot([], [], color=BACKWARD, linestyle=(0, (4, 2)), label="negative weight")
    axes.legend(loc="lower center", ncols=2, frameon=False, fontsize=9)
    return figure


# -- matrices ----------------------------------------------------------------------------------


@drawn
def one_entry() -> Figure:
    """Return two rows of pictures of y = x W: what one entry of W touches, and what one entry of x touches."""
    n, d, e, k, j, i = 4, 3, 5, 1, 3, 2
    figure = _figure(8.2, 5.0)
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

    look = {0: ("white", ""), 1: (PALE[0], "//"), 2: (INK, ""), 3: (PALE[1], "..")}
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
def heat_maps(
    matrices: Mapping[str, Array],
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    barred: Array | None = None,
    digits: int = 2,
) -> Figure:
    """Return matrices side by side as heat maps, with the number in every cell.

    Parameters
    ----------
    matrices
        Matrices by title.
    rows, columns
        Names of rows and columns; else their numbers.
    barred
        Where true, the cell of every matrix but the first is crossed out.
    digits
        Decimals of the numbers.
    """
    from matplotlib.patches import Rectangle

    widest = max(matrix.shape[1] for matrix in matrices.values())
    figure = _figure(
        min(11.0, 0.72 * widest * len(matrices) + 1.6), 0.52 * max(len(m) for m in matrices.values()) + 1.1
    )
    grid = figure.subplots(1, len(matrices), squeeze=False)[0]
    limit = max(float(np.abs(matrix).max()) for matrix in matrices.values())
    for number, (title, matrix) in enumerate(matrices.items()):
        axes = grid[number]
        axes.imshow(matrix, cmap=DIVERGING, vmin=-limit, vmax=limit, aspect="auto")
        axes.set_title(title, fontsize=10)
        for r in range(matrix.shape[0]):
            for c in range(matrix.shape[1]):
                crossed = barred is not None and number > 0 and bool(barred[r, c])
                dark = abs(matrix[r, c]) > 0.6 * limit and not crossed
                if crossed:
                    tile = Rectangle((c - 0.5, r - 0.5), 1, 1, hatch="xx", facecolor="none", edgecolor="#888888")
                    axes.add_patch(tile)
                axes.text(
                    c,
                    r,
                    f"{matrix[r, c]:.{digits}f}",
                    ha="center",
                    va="center",
                    fontsize=9,
                    color="white" if dark else INK,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5} if crossed else None,
                )
        axes.set_xticks(range(matrix.shape[1]), columns or [str(c) for c in range(matrix.shape[1])])
        axes.set_yticks(
            range(matrix.shape[0]),
            (rows or [str(r) for r in range(matrix.shape[0])]) if number == 0 else [""] * matrix.shape[0],
        )
        axes.tick_params(length=0, labelsize=8.5)
    return figure


# -- curves ------------------------------------------------------------------------------------


@drawn
def activations() -> Figure:
    """Return ReLU, tanh and sigmoid over z from −4 to 4, and beside them their slopes."""
    z = np.linspace(-4, 4, 401)
    curves = {"ReLU": np.maximum(0, z), "tanh": np.tanh(z), "sigmoid": 1 / (1 + np.exp(-z))}
    figure = _figure(9.0, 3.3)
    left, right = figure.subplots(1, 2)
    styles = (("solid", INK), ("dashed", FORWARD), ("dotted", BACKWARD))
    for (name, curve), (style, colour) in zip(curves.items(), styles, strict=True):
        left.plot(z, curve, linestyle=style, color=colour, linewidth=2.2, label=name)
        # the slope is read off the curve, so that no formula stands here
        slope = np.diff(curve) / np.diff(z)
        right.plot((z[1:] + z[:-1]) / 2, slope, linestyle=style, color=colour, linewidth=2.2, label=name)
    left.set_ylim(-1.2, 2.2)
    right.set_ylim(-0.08, 1.12)
    left.set_ylabel("f(z)")
    right.set_ylabel("slope of f at z")
    for axes in (left, right):
        axes.set_xlabel("z")
        axes.grid(alpha=0.3)
    left.legend(loc="upper left", fontsize=9)
    return figure


@drawn
def descent(rates: Sequence[float] = (0.06, 0.3, 1.06), steps: int = 8, start: float = 1.5) -> Figure:
    """Return walks down the curve L = w², one picture for each learning rate."""
    figure = _figure(9.6, 2.9)
    grid = figure.subplots(1, len(rates), sharey=True)
    w = np.linspace(-4.2, 4.2, 201)
    for axes, rate in zip(grid, rates, strict=True):
        walk = start * (1 - 2 * rate) ** np.arange(steps + 1)
        axes.plot(w, w**2, color="#999999")
        axes.plot(walk, walk**2, color=BACKWARD, linewidth=1, linestyle="dashed", marker="o", markersize=4)
        axes.annotate("start", (start, start**2), xytext=(9, -3), textcoords="offset points", fontsize=9)
        axes.set_title(f"learning rate {rate}", fontsize=10)
        axes.set_xlabel("w")
    grid[0].set_ylabel("L = w²")
    grid[0].set_ylim(-0.8, 16)
    return figure


# -- data and training -------------------------------------------------------------------------


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
    figure = _figure(4.6, 4.2)
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
    figure = _figure(10.0, 4.2)
    left, right = figure.subplots(1, 2, width_ratios=(1.2, 1))
    left.plot(losses, color=FORWARD, linewidth=2)
    chance = float(np.log(labels.max() + 1))
    left.axhline(chance, color=INK, linestyle="dashed", linewidth=1)
    left.text(len(losses), chance, "guessing: log C", ha="right", va="bottom", fontsize=9)
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
