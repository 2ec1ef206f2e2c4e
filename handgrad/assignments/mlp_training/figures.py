"""The pictures of mlp_training, and a progress bar that shows only where somebody watches."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from handgrad.assignments.drawing import (
    BACKWARD,
    DIVERGING,
    FORWARD,
    GREEN,
    INK,
    LINE,
    bare,
    drawn,
    legend_below,
    new_figure,
    show,
    slide,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["confusions", "curves", "fits", "images", "progress", "readings", "show", "slide", "tents", "weights"]

Array = np.ndarray[Any, Any]
Item = TypeVar("Item")

STYLES = ("solid", "dashed", "dotted", "dashdot", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
COLOURS = (FORWARD, BACKWARD, GREEN, "#CC79A7", "#56B4E9", LINE)


def progress(items: Sequence[Item], label: str) -> Iterator[Item]:
    """Yield the items, with a bar in JupyterLab that goes away at the end.

    A notebook that is run by a program, for a test or for grading, gets no bar: only a Jupyter
    server names the session of a kernel in its environment.
    """
    if "JPY_SESSION_NAME" not in os.environ:
        yield from items
        return
    from IPython.display import HTML, display

    bar = display(HTML(""), display_id=True)
    for number, item in enumerate(items):
        bar.update(HTML(f"<progress max='{len(items)}' value='{number}'></progress> {label}: {number} of {len(items)}"))
        yield item
    bar.update(HTML(""))


@drawn
def images(pictures: Array, titles: Sequence[str], columns: int = 13, size: float = 0.8) -> Figure:
    """Return grey images (n, h, w) in rows, dark on light, each with a title."""
    rows = -(-len(pictures) // columns)
    figure = new_figure(size * columns, (size + 0.22) * rows)
    for axes, picture, title in zip(
        figure.subplots(rows, columns, squeeze=False).ravel(), pictures, titles, strict=False
    ):
        axes.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
        axes.set_title(title, fontsize=9, pad=2)
    for axes in figure.axes:
        bare(axes)
    return figure


@drawn
def weights(rows: Array, columns: int = 8) -> Figure:
    """Return weight vectors as images (n, h, w), each on its own scale around 0."""
    lines = -(-len(rows) // columns)
    figure = new_figure(0.95 * columns, 0.95 * lines)
    for axes, row in zip(figure.subplots(lines, columns, squeeze=False).ravel(), rows, strict=False):
        limit = float(np.abs(row).max())
        axes.imshow(row, cmap=DIVERGING, vmin=-limit, vmax=limit)
    for axes in figure.axes:
        bare(axes)
    return figure


@drawn
def curves(
    lines: Mapping[str, Sequence[float]],
    horizontal: str,
    vertical: str,
    x: Sequence[float] | None = None,
    *,
    logarithmic: bool = False,
    both: bool = False,
    markers: bool = False,
) -> Figure:
    """Return curves over a common axis, each in a line style of its own.

    Parameters
    ----------
    lines
        The values of each curve, by its name.
    horizontal, vertical
        What is written at the axes.
    x
        Where the values lie; else 1, 2, 3, …
    logarithmic, both
        Whether the vertical axis is logarithmic, or both are.
    markers
        Whether each value gets a marker.
    """
    figure = new_figure(6.2, 3.5)
    axes = figure.subplots()
    for number, (name, values) in enumerate(lines.items()):
        axes.plot(
            range(1, len(values) + 1) if x is None else x,
            values,
            label=name,
            color=COLOURS[number % len(COLOURS)],
            linestyle=STYLES[number % len(STYLES)],
            linewidth=2,
            marker="os^vDP"[number % 6] if markers else None,
        )
    if logarithmic or both:
        axes.set_yscale("log")
    if both and x is not None:
        axes.set_xscale("log")
        axes.set_xticks(x, [f"{value:g}" for value in x], minor=False)
        axes.set_xticks([], minor=True)
    else:
        axes.locator_params(axis="x", integer=True)
    axes.set_xlabel(horizontal)
    axes.set_ylabel(vertical)
    axes.grid(alpha=0.3)
    legend_below(figure, 2)
    return figure


@drawn
def fits(x: Array, right: Mapping[str, Array], fitted: Mapping[str, Sequence[Array]], names: Sequence[str]) -> Figure:
    """Return for each function its curve, and what networks made of it, one line style for each name."""
    figure = new_figure(6.8, 3.0)
    for axes, (title, values) in zip(figure.subplots(1, len(right)), right.items(), strict=True):
        axes.plot(x, values, color=LINE, linewidth=4, alpha=0.6, label="the function")
        for number, (name, line) in enumerate(zip(names, fitted[title], strict=True)):
            axes.plot(x, line, color=(BACKWARD, FORWARD)[number], linestyle=("dashed", "solid")[number], label=name)
        axes.set_title(title, fontsize=10)
        axes.set_xlabel("x")
    figure.axes[0].set_ylabel("y")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    legend_below(figure, 3, handles=handles, labels=labels)
    return figure


@drawn
def tents(knots: Array, heights: Array) -> Figure:
    """Return the tents over the knots, and their sum."""
    figure = new_figure(6.2, 3.0)
    axes = figure.subplots()
    for k in range(len(knots)):
        tent = np.where(np.arange(len(knots)) == k, heights, 0)
        axes.plot(
            knots, tent, color=COLOURS[k % 5], linestyle="dashed", linewidth=1.3, label="one tent" if k == 1 else None
        )
    axes.plot(knots, heights, color=LINE, linewidth=2.4, marker="o", label="the sum of all tents")
    axes.axhline(0, color=LINE, linewidth=0.6)
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    legend_below(figure, 2)
    return figure


@drawn
def confusions(counts: Array, names: Sequence[str]) -> Figure:
    """Return a matrix of counts, true classes down, predicted ones across, with the numbers off the diagonal."""
    figure = new_figure(6.4, 6.1)
    axes = figure.subplots()
    axes.imshow(np.ma.masked_equal(counts, 0), cmap="Blues", vmin=0)
    for r in range(len(counts)):
        for c in range(len(counts)):
            if counts[r, c]:
                dark = counts[r, c] > 0.6 * counts.max()
                axes.text(
                    c, r, str(int(counts[r, c])), ha="center", va="center", fontsize=7, color="white" if dark else INK
                )
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(length=0, labelsize=8)
    axes.set_xlabel("predicted letter")
    axes.set_ylabel("true letter")
    return figure


@drawn
def readings(pictures: Array, probabilities: Array, names: Sequence[str], most: int = 3) -> Figure:
    """Return single images, and below each the most probable classes as bars with their shares."""
    figure = new_figure(1.15 * len(pictures), 2.6)
    grid = figure.subplots(2, len(pictures))
    for number, (picture, row) in enumerate(zip(pictures, probabilities, strict=True)):
        grid[0, number].imshow(picture, cmap="gray_r", vmin=0, vmax=1)
        bare(grid[0, number])
        best = np.argsort(row)[::-1][:most]
        axes = grid[1, number]
        axes.barh(range(most), row[best], color=FORWARD)
        for place, k in enumerate(best):
            inside = row[k] > 0.62
            axes.text(
                row[k] + (-0.03 if inside else 0.03),
                place,
                f"{row[k]:.0%}",
                ha="right" if inside else "left",
                va="center",
                fontsize=8.5,
                color="white" if inside else LINE,
            )
        axes.set_yticks(range(most), [names[k] for k in best])
        axes.set_xlim(0, 1.08)
        axes.set_xticks([])
        axes.invert_yaxis()
        for side in ("top", "right", "bottom"):
            axes.spines[side].set_visible(False)
    return figure
