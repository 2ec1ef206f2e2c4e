"""What the notebooks' pictures are drawn with, and pictures that several show; none shows an answer.

Every picture is a function that returns a figure, and :func:`show` puts it on the page together with its
description in words. Colours come from a palette that is safe for colour-blind readers, and
always stand beside another sign: a line style, a marker, a hatch, a number. A picture has no ground of
its own, and what is drawn on the page is grey enough to be read on a light one and on a dark one. matplotlib is
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
from uuid import uuid4

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = np.ndarray[Any, Any]

LINE = "#767676"
"""Lines and words on the page itself, be it light or dark: its contrast is 4.5 to white as well as to black."""
GROUND = "backdrop-filter:contrast(1.4)"
"""Makes the page behind a picture white or black, as no grey has enough contrast to white and to a dark grey page.

The template of feedback, which keeps no style of an output, says the same.
"""
INK = "#222222"
"""Words on a tile, which is always light."""
TILE = "#EEF1F4"
FORWARD = "#0072B2"
BACKWARD = "#D55E00"
GREEN = "#009E73"
PALE = ("#CFE3F1", "#F9DFC8", "#CBEADF")
MARKERS = ("o", "^", "s")
DIVERGING = "PuOr_r"
DPI = 160
COLOURS = 96
"""In how many colours a picture is kept, which makes its file a third."""
STYLE: Any = {
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), LINE),
    **dict.fromkeys(("figure.facecolor", "axes.facecolor", "legend.facecolor", "savefig.facecolor"), "none"),
    "grid.color": LINE,
    "grid.alpha": 0.3,
    "hatch.color": LINE,
}


# -- on the page -------------------------------------------------------------------------------


Drawing = TypeVar("Drawing", bound=Callable[..., Any])

PICTURE = {"handgrad": {"picture": True}}
"""The metadata of an output that is a picture."""


def drawn(draw: Drawing) -> Drawing:
    """Make a function that returns a figure draw it in our style, and return None where nobody looks."""

    @functools.wraps(draw)
    def maybe(*arguments: Any, **options: Any) -> Any:
        if os.environ.get("HANDGRAD_PICTURES") == "none":
            return None
        import matplotlib as mpl

        with mpl.rc_context(STYLE):
            return draw(*arguments, **options)

    return cast(Drawing, maybe)


def show(figure: Figure | None, alt: str) -> None:
    """Display a figure as an image, with a description for whoever does not see it."""
    if figure is None:
        return
    from IPython.display import publish_display_data

    # JupyterLab gives an image of the type image/png no description, and one in HTML its own
    publish_display_data({"text/html": picture(figure, alt), "text/plain": alt}, metadata=PICTURE)


def slide(draw: Callable[[float], Figure | None], alt: str, name: str, values: Sequence[float], start: float) -> None:
    """Display a figure that a slider changes; where there is nobody to slide, the figure at its start.

    Parameters
    ----------
    draw
        Returns the figure for a value.
    alt
        The description of the figure at its start.
    name
        What the slider is called.
    values, start
        The values that it can take, and the one that it begins with, which is one of them.
    """
    figure = draw(start)
    if figure is None:
        return
    from IPython.display import display, publish_display_data

    page = {"display_id": uuid4().hex}

    def put(shown: Figure, words: str, *, update: bool) -> None:
        bundle = {"text/html": picture(shown, words), "text/plain": words}
        publish_display_data(bundle, metadata=PICTURE, transient=page, update=update)

    def moved(change: Mapping[str, Any]) -> None:
        changed = draw(change["new"])
        if changed is not None:
            put(changed, f"The same picture with {name} = {change['new']:g}. For {start:g} it is: {alt}", update=True)

    slider = _slider(name, values, start)
    if slider is not None:
        slider.observe(moved, names="value")
        display(slider)
    put(figure, alt, update=False)


def _slider(name: str, values: Sequence[float], start: float) -> Any:
    """Return a slider; None where no page is open, or ipywidgets is not installed."""
    # only a Jupyter server names the session of a kernel
    if "JPY_SESSION_NAME" not in os.environ:
        return None
    try:
        from ipywidgets import Layout, SelectionSlider
    except ImportError:
        return None
    return SelectionSlider(
        options=[(f"{value:g}", value) for value in values],
        value=start,
        description=name,
        continuous_update=False,  # a picture takes a tenth of a second, and each in between would be drawn
        style={"description_width": "initial"},
        layout=Layout(width="100%", max_width="36em"),
    )


def picture(figure: Figure, alt: str) -> str:
    """Return a figure as an HTML image that is as wide as the page allows."""
    from PIL import Image

    plain, small = io.BytesIO(), io.BytesIO()
    figure.savefig(plain, format="png", dpi=DPI)
    Image.open(plain).quantize(COLOURS).save(small, format="png", optimize=True)
    width = round(figure.get_figwidth() * 96)
    data = base64.b64encode(small.getvalue()).decode("ascii")
    return (
        f'<img alt="{html.escape(alt)}" width="{width}" style="max-width:100%;height:auto;{GROUND}" '
        f'src="data:image/png;base64,{data}">'
    )


def new_figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def legend_below(figure: Figure, columns: int, **what: Any) -> None:
    """Put a legend below a picture, where it covers nothing and a narrow page has room for it."""
    figure.legend(**what, loc="outside lower center", ncols=columns, frameon=False, fontsize=9)


def bare(axes: Axes) -> None:
    """Take ticks and frame away."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_frame_on(False)


# -- graphs of a computation -------------------------------------------------------------------

FLOW = 3
"""How many steps stand in one row, so that they can be read on a narrow page."""
BOX, GAP = 1.25, 1.5
DASHES = (0, (3, 2))
AHEAD = {"arrowstyle": "-|>", "color": FORWARD, "linewidth": 1.8, "shrinkA": 0, "shrinkB": 0}
BACK = {**AHEAD, "color": BACKWARD, "linestyle": DASHES}


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

    A long chain goes on in a second row, which begins with the value that ends the first.
    """
    from matplotlib.lines import Line2D

    rows = -(-len(steps) // FLOW)
    each = -(-len(steps) // rows)
    steps_by_row = [range(row * each, min((row + 1) * each, len(steps))) for row in range(rows)]
    tops = [2.05 if set(shown) & set(parameters or {}) else 0.95 for shown in steps_by_row]
    heights = [top + 0.95 for top in tops]
    figure = new_figure(0.76 * (each * (BOX + GAP) + GAP), 0.83 * sum(heights) + 0.3)
    grid = figure.subplots(rows, 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, shown, top in zip(grid, steps_by_row, tops, strict=True):
        bare(axes)
        axes.set_xlim(-0.1, each * (BOX + GAP) + GAP + 0.1)
        axes.set_ylim(-0.95, top)
        for place, number in enumerate([*shown, shown[-1] + 1]):
            _value(axes, place * (BOX + GAP), values[number], number == 0, number == len(steps))
        for place, number in enumerate(shown):
            _step(axes, place * (BOX + GAP) + GAP, steps[number], (parameters or {}).get(number))
    handles = [
        Line2D([], [], color=FORWARD, label="forward: values"),
        Line2D([], [], color=BACKWARD, linestyle=DASHES, label="backward: gradients"),
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=2, frameon=False, fontsize=10)
    return figure


def _value(axes: Axes, left: float, value: str, is_first: bool, is_last: bool) -> None:
    """Draw what lies between two steps: the value on its way forward and the gradient on its way back."""
    right, middle = left + GAP, left + GAP / 2
    axes.annotate("", xy=(right, 0.2), xytext=(left, 0.2), arrowprops=AHEAD)
    axes.text(middle, 0.34, value, ha="center", va="bottom", fontsize=10)
    if not is_first:
        name = value.splitlines()[0].split(" ")[0]
        axes.annotate("", xy=(left, -0.2), xytext=(right, -0.2), arrowprops=BACK)
        axes.text(middle, -0.36, "1" if is_last else f"∂L/∂{name}", ha="center", va="top", fontsize=10)


def _step(axes: Axes, left: float, step: str, parameters: str | None) -> None:
    """Draw one step as a box, and what enters it from above."""
    axes.add_patch(rounded_box(left, -0.5, BOX, 1.0))
    axes.text(left + BOX / 2, 0, step, ha="center", va="center", fontsize=10, color=INK)
    if parameters:
        arriving = "\n".join(f"∂L/∂{name}" for name in parameters.split(", "))
        axes.annotate("", xy=(left + 0.45 * BOX, 0.5), xytext=(left + 0.45 * BOX, 1.35), arrowprops=AHEAD)
        axes.annotate("", xy=(left + 0.6 * BOX, 1.35), xytext=(left + 0.6 * BOX, 0.5), arrowprops=BACK)
        axes.text(left + BOX / 2, 1.42, parameters, ha="center", va="bottom", fontsize=10)
        axes.text(left + 0.68 * BOX, 0.95, arriving, ha="left", va="center", fontsize=10)


def rounded_box(left: float, bottom: float, width: float, height: float) -> Any:
    from matplotlib.patches import FancyBboxPatch

    return FancyBboxPatch(
        (left, bottom), width, height, boxstyle="round,pad=0,rounding_size=0.12", facecolor=TILE, edgecolor=LINE
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
        Matrices by title, with a line break where it would be wider than its matrix.
    rows, columns
        Names of rows and columns; else their numbers.
    barred
        Where true, the cell of every matrix but the first is crossed out.
    digits
        Decimals of the numbers.
    """
    from matplotlib.patches import Rectangle

    widest = max(matrix.shape[1] for matrix in matrices.values())
    # so narrow that no page need shrink the numbers
    figure = new_figure(0.56 * widest * len(matrices) + 1.2, 0.52 * max(len(m) for m in matrices.values()) + 1.1)
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
    figure = new_figure(7.4, 3.1)
    left, right = figure.subplots(1, 2)
    styles = (("solid", LINE), ("dashed", FORWARD), ("dotted", BACKWARD))
    for (name, curve), (style, colour) in zip(curves.items(), styles, strict=True):
        left.plot(z, curve, linestyle=style, color=colour, linewidth=2.2, label=name)
        # the slope is read off the curve, so that no formula stands here
        slope, middle = np.diff(curve) / np.diff(z), (z[1:] + z[:-1]) / 2
        jumps = np.flatnonzero(np.abs(np.diff(slope)) > 0.5) + 1  # at which the line is interrupted
        slope, middle = np.insert(slope, jumps, np.nan), np.insert(middle, jumps, np.nan)
        right.plot(middle, slope, linestyle=style, color=colour, linewidth=2.2, label=name)
    left.set_ylim(-1.2, 2.2)
    right.set_ylim(-0.08, 1.12)
    left.set_ylabel("f(z)")
    right.set_ylabel("slope of f at z")
    for axes in (left, right):
        axes.set_xlabel("z")
        axes.grid(alpha=0.3)
    legend_below(figure, 3, handles=left.lines)
    return figure
