"""What the notebooks' pictures are drawn with, and pictures that several show; none shows an answer.

Every picture is a function that returns a figure, and :func:`show` puts it on the page together with its
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


def new_figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def bare(axes: Axes) -> None:
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
    figure = new_figure(min(11.5, 0.86 * length), 2.9 if parameters else 2.3)
    axes = figure.subplots()
    bare(axes)
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
        axes.add_patch(rounded_box(left, -0.5, box, 1.0))
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


def rounded_box(left: float, bottom: float, width: float, height: float) -> Any:
    from matplotlib.patches import FancyBboxPatch

    return FancyBboxPatch(
        (left, bottom), width, height, boxstyle="round,pad=0,rounding_size=0.12", facecolor="#EEF1F4", edgecolor=INK
    )


# -- matrices ----------------------------------------------------------------------------------


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
    figure = new_figure(
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
    figure = new_figure(9.0, 3.3)
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
