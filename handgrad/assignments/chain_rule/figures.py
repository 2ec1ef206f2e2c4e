"""The pictures of the chain_rule notebook. None of them shows the answer to an exercise."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from handgrad.assignments.chain_rule.plots import close_opened, figure_of
from handgrad.assignments.drawing import (
    BACKWARD,
    FORWARD,
    GREEN,
    INK,
    LINE,
    TILE,
    activations,
    bare,
    drawn,
    flow,
    legend_below,
    new_figure,
    show,
    slide,
)

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "activations",
    "curve_with_breaks",
    "flow",
    "graph",
    "grid_and_image",
    "secants",
    "show",
    "show_own",
    "slide",
    "step_sizes",
]

Array = np.ndarray[Any, Any]


@drawn
def show_own(plot: Callable[[], Any]) -> None:
    """Display the figure that a student's function returns, as the notebook's other pictures are.

    A notebook would put a white ground behind it, and on a dark page that is a slab. Without a ground, black
    would not be seen on a dark page, nor white on a light one: what is drawn in them gets the grey of our lines.
    """
    from matplotlib import pyplot

    opened = pyplot.get_fignums()
    figure = figure_of(plot(), opened)
    artists = figure.findobj()
    # matplotlib does not find them itself
    arrows = [artist.arrow_patch for artist in artists if getattr(artist, "arrow_patch", None) is not None]
    for artist in filter(_black_or_white, artists + arrows):
        artist.set_color(LINE)
    show(figure, "Your function and its gradient, with a mark at each break point.")
    # or the notebook shows it once more
    close_opened(opened)


def _black_or_white(artist: Artist) -> bool:
    """Return whether a line, a word, an arrow or a set of marks is all black or all white."""
    from matplotlib.collections import Collection
    from matplotlib.colors import to_rgba_array
    from matplotlib.lines import Line2D
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.text import Text

    if isinstance(artist, Line2D | Text):
        colours = to_rgba_array(artist.get_color())
    elif isinstance(artist, Collection | FancyArrowPatch):
        colours = to_rgba_array(artist.get_edgecolor())
    else:
        return False
    return len(colours) > 0 and any(bool((colours[:, :3] == value).all()) for value in (0, 1))


@drawn
def secants(f: Callable[[Any], Any], x: float, h: float) -> Figure:
    """Return the curve of f with its tangent at x, and the lines of a one-sided and of a central difference."""
    figure = new_figure(7.2, 4.3)
    axes = figure.subplots()
    around = np.linspace(x - 1.7 * h, x + 1.7 * h, 201)
    axes.plot(around, f(around), color=LINE, linewidth=2.2, label="f")
    lines = (
        ("tangent", (f(x + 1e-6) - f(x - 1e-6)) / 2e-6, f(x), LINE, "dotted"),
        ("through x and x + h", (f(x + h) - f(x)) / h, f(x), BACKWARD, (0, (5, 2))),
        ("through x − h and x + h", (f(x + h) - f(x - h)) / (2 * h), (f(x + h) + f(x - h)) / 2, FORWARD, "dashdot"),
    )
    for label, slope, height, colour, style in lines:
        axes.plot(
            around,
            height + slope * (around - x),
            color=colour,
            linestyle=style,
            linewidth=1.8,
            label=f"{label}: slope {slope:.4f}",
        )
    axes.plot([x - h, x, x + h], [f(x - h), f(x), f(x + h)], "o", color=LINE)
    axes.set_title(f"h = {h:g}", fontsize=10)
    axes.set_xticks([x - h, x, x + h], ["x − h", "x", "x + h"])
    axes.set_xlabel("position")
    axes.set_ylabel("f")
    legend_below(figure, 2)
    axes.grid(alpha=0.3)
    return figure


@drawn
def step_sizes(steps: Array, errors: Mapping[str, Array]) -> Figure:
    """Return the error of difference quotients against the step, both on logarithmic axes."""
    figure = new_figure(7.2, 4.0)
    axes = figure.subplots()
    styles = ((FORWARD, "o", "solid"), (BACKWARD, "s", "dashed"), (GREEN, "^", "dotted"))
    for (label, error), (colour, marker, line) in zip(errors.items(), styles, strict=False):
        axes.loglog(steps, error, color=colour, marker=marker, linestyle=line, markersize=5, label=label)
    axes.set_xlabel("step h")
    axes.set_ylabel("relative error")
    legend_below(figure, 2)
    axes.grid(alpha=0.3)
    return figure


@drawn
def graph(
    places: Mapping[str, tuple[float, float]], edges: Mapping[tuple[str, str], str], bold: Sequence[str] = ()
) -> Figure:
    """Return a graph of quantities: a circle for each name, an arrow with its text for each edge.

    Parameters
    ----------
    places
        Where each circle lies.
    edges
        The text beside each arrow, by the names of its start and end.
    bold
        Circles along which a path is drawn thick, in order.
    """
    xs = [place[0] for place in places.values()]
    ys = [place[1] for place in places.values()]
    figure = new_figure(6.6, 1.2 + 0.9 * (max(ys) - min(ys)))
    axes = figure.subplots()
    bare(axes)
    axes.set_xlim(min(xs) - 0.35, max(xs) + 0.35)
    axes.set_ylim(min(ys) - 0.45, max(ys) + 0.45)
    path = set(itertools.pairwise(bold))
    for edge, text in edges.items():
        _arrow(axes, places[edge[0]], places[edge[1]], text, edge in path)
    for name, (x, y) in places.items():
        axes.scatter([x], [y], s=950, facecolor=TILE, edgecolor=LINE, zorder=3)
        axes.text(x, y, name, ha="center", va="center", fontsize=12, color=INK, zorder=4)
    return figure


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], text: str, thick: bool) -> None:
    look = {
        "arrowstyle": "-|>",
        "color": BACKWARD if thick else FORWARD,
        "linewidth": 3.2 if thick else 1.5,
        "shrinkA": 16,
        "shrinkB": 16,
    }
    axes.annotate("", xy=end, xytext=start, arrowprops=look, zorder=1)
    share = 0.26  # off the middle, where arrows of one picture cross
    at = (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
    box = {"facecolor": TILE, "edgecolor": "none", "pad": 1.2}
    axes.text(*at, text, ha="center", va="center", fontsize=10, color=INK, bbox=box, zorder=2)


@drawn
def grid_and_image() -> Figure:
    """Return a grid in the plane of r and φ, and beside it what polar coordinates make of it."""
    figure = new_figure(7.2, 3.5)
    left, right = figure.subplots(1, 2)
    r, phi = np.linspace(0.5, 2, 4), np.linspace(0, np.pi / 2, 5)
    fine_r, fine_phi = np.linspace(0.5, 2, 60), np.linspace(0, np.pi / 2, 60)
    for value in r:
        left.plot(np.full(60, value), fine_phi, color=FORWARD, linewidth=1.6)
        right.plot(value * np.cos(fine_phi), value * np.sin(fine_phi), color=FORWARD, linewidth=1.6)
    for value in phi:
        left.plot(fine_r, np.full(60, value), color=BACKWARD, linestyle="dashed", linewidth=1.6)
        right.plot(fine_r * np.cos(value), fine_r * np.sin(value), color=BACKWARD, linestyle="dashed", linewidth=1.6)
    left.set(xlabel="r", ylabel="φ", title="inputs")
    right.set(xlabel="x", ylabel="y", title="outputs")
    right.set_aspect("equal")
    return figure


@drawn
def curve_with_breaks() -> Figure:
    """Return a function with a jump and a kink, and below it its slope."""
    figure = new_figure(7.6, 4.6)
    upper, lower = figure.subplots(2, 1, sharex=True)
    pieces = ((-4.0, -2.0), (-2.0, 1.0), (1.0, 4.0))
    for low, high in pieces:
        x = np.linspace(low, high, 120)[1:-1]
        y = np.select([x < -2, x < 1], [0.5 * x + 2.5, 0.25 * x**2], 1.25 - x)
        slope = np.select([x < -2, x < 1], [0.5, 0.5 * x], -1.0)
        upper.plot(x, y, color=LINE, linewidth=2.2)
        lower.plot(x, slope, color=FORWARD, linewidth=2.2)
    for axes in (upper, lower):
        for number, place in enumerate((-2.0, 1.0)):
            axes.axvline(place, color=BACKWARD, linestyle=("dashed", "dotted")[number], linewidth=1.4)
        axes.grid(alpha=0.3)
    upper.annotate("jump", (-2, 1.15), xytext=(6, 0), textcoords="offset points", fontsize=10)
    upper.annotate("kink", (1, 1.15), xytext=(6, 0), textcoords="offset points", fontsize=10)
    upper.set_ylabel("f(x)")
    lower.set_ylabel("slope of f at x")
    lower.set_xlabel("x")
    return figure
