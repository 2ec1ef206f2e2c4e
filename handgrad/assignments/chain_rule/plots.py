"""Reading a figure of the student's own: its curves, its labels, and the places that it marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from handgrad.assignments.chain_rule.breaks import MOST_BREAKS, readable
from handgrad.assignments.chain_rule.evaluation import evaluate, quiet
from handgrad.judging.exercise import WrongReturn

Array = np.ndarray[Any, Any]

MOST_POINTS = 4000
MOST_LINES = 200
CURVES = ("function curve", "gradient curve")


def figure_of(returned: Any, opened: Sequence[int]) -> Any:
    """Return the figure that a plotting function returned or, failing that, drew."""
    from matplotlib import pyplot
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    candidates = list(np.ravel(np.array(returned, dtype=object))) if returned is not None else []
    if isinstance(returned, tuple | list):
        candidates = [*returned, *candidates]
    for candidate in candidates:
        if isinstance(candidate, FigureBase):
            return candidate
        if isinstance(candidate, Axes):
            return candidate.figure
    fresh = [number for number in pyplot.get_fignums() if number not in opened]
    if fresh and returned is None:
        return pyplot.figure(fresh[-1])
    what = f"a {type(returned).__name__}" if returned is not None else "None, and plt.show() closes what was drawn"
    raise WrongReturn(f"plot_piecewise should return the matplotlib figure; it returned {what}")


def close_opened(before: Sequence[int]) -> None:
    """Close the figures of pyplot that have been opened since it had these numbers."""
    from matplotlib import pyplot

    for number in set(pyplot.get_fignums()) - set(before):
        pyplot.close(number)


def _xy(artist: Any) -> Array:
    """Return the points of a line or of a scatter plot, (n, 2)."""
    if hasattr(artist, "get_xydata"):
        return np.asarray(artist.get_xydata(), dtype=np.float64).reshape(-1, 2)
    return np.asarray(np.ma.filled(artist.get_offsets(), np.nan), dtype=np.float64).reshape(-1, 2)


def _of_line(line: Any) -> tuple[list[Array], list[float]]:
    """Return a line as a curve, and the places that it marks: an upright one, a few dots, or markers on a curve."""
    if hasattr(line, "get_xy1"):  # one without ends
        (x, _), through = line.get_xy1(), line.get_xy2()
        upright = np.isinf(line.get_slope()) if through is None else through[0] == x
        return [], [float(x)] if upright else []
    points = _xy(line)
    marks: list[float] = []
    dots = str(line.get_linestyle()).lower() in ("none", "", " ")
    marked = line.get_marker() not in ("None", None, "", " ")
    upright = _upright(points)
    if upright or (len(points) <= MOST_BREAKS * 3 and (dots or marked or len(points) == 1)):
        marks += points[:, 0].tolist()
    if len(points) < 2 or upright:
        return [], marks
    places = line.get_markevery()
    if isinstance(places, list | tuple | np.ndarray) and marked:
        marks += points[np.asarray(places), 0].tolist()
    return [points], marks


def _upright(points: Array) -> bool:
    """Return whether points are those of upright lines, one or several with gaps between them."""
    gaps = np.flatnonzero(~np.isfinite(points).all(axis=1))
    pieces = [piece[np.isfinite(piece).all(axis=1)] for piece in np.split(points, gaps)]
    pieces = [piece for piece in pieces if len(piece)]
    return bool(pieces) and all(len(piece) >= 2 and np.ptp(piece[:, 0]) == 0 for piece in pieces)


def _of_collection(collection: Any) -> tuple[list[Array], list[float]]:
    """Return the curves and the marks among many lines, or the points of a scatter plot, which mark if they are few."""
    from matplotlib.collections import LineCollection, PathCollection, PolyCollection
    from matplotlib.quiver import Quiver

    if isinstance(collection, LineCollection):
        pieces = [np.asarray(piece, dtype=np.float64).reshape(-1, 2) for piece in collection.get_segments()]
        upright = [np.ptp(piece[:, 0]) == 0 for piece in pieces]
        curves = [piece for piece, up in zip(pieces, upright, strict=True) if not up]
        return curves, [float(piece[0, 0]) for piece, up in zip(pieces, upright, strict=True) if up]
    if isinstance(collection, PathCollection):
        points = _xy(collection)
        return [points], points[:, 0].tolist() if len(points) <= MOST_BREAKS * 3 else []
    if isinstance(collection, Quiver):
        return [], _xy(collection)[:, 0].tolist()
    if isinstance(collection, PolyCollection):
        outlines = [np.asarray(path.vertices, dtype=np.float64)[:, 0] for path in collection.get_paths()]
        sides = [(float(x.min()), float(x.max())) for x in outlines if len(x)]
        return [], [place for low, high in sides for place in (low, (low + high) / 2, high)]
    return [], []


def _marked(axes: Any) -> list[float]:
    """Return the places that patches, texts and fixed ticks mark on the x axis."""
    from matplotlib.ticker import FixedLocator

    marks: list[float] = []
    for patch in axes.patches:
        if hasattr(patch, "get_x"):
            left, width = patch.get_x(), patch.get_width()
            marks += [left, left + width / 2, left + width]
        else:
            marks += np.asarray(patch.get_path().vertices)[:, 0].tolist()
    for text in axes.texts:
        marks.append(float(text.xy[0]) if hasattr(text, "xy") else float(text.get_position()[0]))
    for locator in (axes.xaxis.get_major_locator(), axes.xaxis.get_minor_locator()):
        if isinstance(locator, FixedLocator):
            marks += [float(place) for place in locator()]
    return marks


def _drawn(axes: Any) -> tuple[list[Array], list[float]]:
    """Return the curves of one picture, as points, and the places that it marks on the x axis."""
    read = [*map(_of_line, axes.get_lines()), *map(_of_collection, axes.collections)]
    curves = [curve for found, _ in read for curve in found]
    return curves, [place for _, places in read for place in places] + _marked(axes)


def _labelled(figure: Any, axes: Any) -> tuple[bool, bool]:
    """Return whether the x axis and the y axis of a picture carry a label, its own or a shared one."""
    sharing = [other for other in figure.axes if axes.get_shared_x_axes().joined(axes, other)]
    common_x = getattr(figure, "get_supxlabel", str)()
    common_y = getattr(figure, "get_supylabel", str)()
    x = common_x or any(other.get_xlabel().strip() for other in [axes, *sharing])
    y = common_y or axes.get_ylabel().strip()
    return bool(x), bool(y)


def _told_apart(figure: Any, axes: Any) -> bool:
    """Return whether a legend, a title, or words in a picture say which of its curves is which."""
    legends = [legend for legend in (axes.get_legend(), *figure.legends) if legend is not None]
    titles = [figure.get_suptitle(), *(axes.get_title(place) for place in ("left", "center", "right"))]
    words = [text.get_text() for text in figure.texts]
    written = (
        any(len(legend.get_texts()) > 1 for legend in legends) or len(axes.texts) > 1 or any(map(str.strip, words))
    )
    return written or any(title.strip() for title in titles)


def _thin(points: Array, most: int) -> Array:
    return points if len(points) <= most else points[np.unique(np.linspace(0, len(points) - 1, most).astype(int))]


def fitting(x: Array, y: Array, right: Array, named: Array) -> tuple[Array, float]:
    """Return which points of a drawn line lie on a curve, away from breaks, and their share of such points."""
    # at a break the value is free, and a gap may be drawn there
    away = np.isfinite(y) & np.isfinite(right)
    if named.size:
        away &= np.abs(x[:, None] - named).min(axis=1) > 1e-9
    size = np.max(np.abs(right[away]), initial=0.0)
    with np.errstate(invalid="ignore"):
        fits = away & (np.abs(y - right) <= 1e-3 * max(size, 1e-12))
    return fits, float(fits.sum() / away.sum()) if away.sum() >= 2 else 0.0


def _read(figure: Any) -> tuple[list[list[Array]], list[list[bool]], list[float]]:
    """Return the curves and the labels of each picture that holds a curve, and all places that are marked.

    The labels are flags: one on the x axis, one on the y axis, and words that tell curves apart.
    """
    curves: list[list[Array]] = []
    labels: list[list[bool]] = []
    marks: list[float] = []
    for axes in figure.axes:
        for picture in (axes, *axes.child_axes):
            drawn, marked = _drawn(picture)
            marks += marked
            if drawn:
                # what is set into a picture enlarges it as a rule, and has no labels of its own
                inset = picture is not axes
                labels.append([True] * 3 if inset else [*_labelled(figure, axes), _told_apart(figure, axes)])
                curves.append(drawn[:200])
    return curves, labels, marks


def own_plot(plot: Any, function: Any, gradient: Any, breakpoints: Any) -> Iterator[dict[str, Any]]:
    """Yield what a student's figure holds, beside the values of the functions that it should show."""
    from matplotlib import pyplot

    opened = pyplot.get_fignums()
    named = readable(breakpoints)
    try:
        curves, labels, marks = _read(figure_of(plot(), opened))
    finally:
        close_opened(opened)
    changed = not np.array_equal(named, readable(breakpoints))
    most = max(20, MOST_POINTS // max(1, sum(map(len, curves))))
    lines = [(place, _thin(points, most)) for place, drawn in enumerate(curves) for points in drawn][:MOST_LINES]
    points = np.concatenate(
        [np.empty((0, 3)), *(np.column_stack([np.full(len(p), k), p]) for k, (_, p) in enumerate(lines))]
    )
    with quiet():
        heights = [evaluate(own, points[:, 1])[0] for own in (function, gradient)]
    for place, flags in enumerate(labels):
        mine = [points[:, 0] == k for k, (where, _) in enumerate(lines) if where == place]
        # one picture needs words where it holds both curves, and they are not the same there, as 0 is for a ReLU
        shown = [
            {k for k, rows in enumerate(mine) if fitting(points[rows, 1], points[rows, 2], own[rows], named)[1] >= 0.97}
            for own in heights
        ]
        flags[2] = flags[2] or shown[0] <= shown[1] or shown[1] <= shown[0]
    yield {"labels[flags]": np.array(labels, dtype=bool).reshape(-1, 3)}
    yield {
        "break marks[named]": named,
        "break marks[marks]": np.array(marks[:2000], dtype=np.float64),
        "break marks[changed]": changed,
    }
    for part, right in zip(CURVES, heights, strict=True):
        yield {f"{part}[points]": np.column_stack([points, right])}
