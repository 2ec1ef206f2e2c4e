"""The numerics of break points: where a function that can only be called jumps, or has a kink.

A break is told from a steep slope by how differences shrink with the step. What is sampled in the
student's kernel (:func:`zoom`, :func:`values_beside`) is judged outside (:func:`break_in`, :func:`breaks_at`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from handgrad.assignments.chain_rule.evaluation import EPS, evaluate, relative_rounding

Array = np.ndarray[Any, Any]

END = 5.0
"""The function is looked at over [−END, END]."""

MOST_BREAKS = 20
MARGIN = 2e-5
"""How far a named break point may lie from the true one."""

LEVELS = 11
"""How often :func:`zoom` closes in on a place at most."""

SAMPLES = 9
"""Points at each level."""

SHARES = np.linspace(0.0, 1.0, SAMPLES)
"""Where those points lie, as shares of the interval."""

SCALES = 4
"""Steps of different length beside a named point."""


# -- named break points ------------------------------------------------------------------------


def readable(breakpoints: Any) -> Array:
    """Return the named break points that can be used: sorted, apart, inside; none where there is no list."""
    try:
        found = np.unique(np.asarray(breakpoints, dtype=np.float64).ravel())
    except (TypeError, ValueError):
        return np.empty(0)
    found = found[np.abs(found) <= END]
    if found.size == 0 or found.size > MOST_BREAKS:
        return np.empty(0)
    apart: Array = found[np.concatenate([[True], np.diff(found) > 4 * MARGIN])]
    return apart


def segments_between(named: Array) -> list[tuple[float, float]]:
    """Return the intervals between named break points, a margin away from them."""
    inner = [float(p) for p in named]
    lows = [-END if -END not in inner else None, *inner]
    highs = [*inner, END if END not in inner else None]
    found = []
    for low, high in zip(lows, highs, strict=True):
        if low is None or high is None:
            continue
        start = low + MARGIN if low in inner else low
        stop = high - MARGIN if high in inner else high
        if stop - start > 2 * MARGIN:
            found.append((start, stop))
    return found


def values_beside(function: Any, named: Array) -> tuple[Array, Array]:
    """Return steps (k, SCALES), and values (k, SCALES, 6) at −3, −2, −1, 1, 2 and 3 steps from each named point."""
    steps, values = np.empty((named.size, SCALES)), np.empty((named.size, SCALES, 6))
    for i, p in enumerate(named):
        gap = np.min(np.abs(np.delete(named, i) - p), initial=1.0)
        # a function that computes in float32 tells no slope over short steps
        for longest in (1e-3, 5e-2):
            steps[i] = min(longest, gap / 8) * 0.25 ** np.arange(SCALES)
            values[i] = evaluate(function, p + steps[i][:, None] * np.array([-3, -2, -1, 1, 2, 3]))[0]
            if relative_rounding(values[i]) == EPS:
                break
    return steps, values


def breaks_at(steps: Array, beside: Array, size: float) -> bool:
    """Return whether a function jumps or has a kink at a point, from its values beside it and its usual size.

    From three values on each side follow the limit and the slope on that side. As the steps shrink,
    the difference of the two sides stays at a break, and vanishes where the function is smooth.
    """
    if not np.isfinite(beside).all():
        return False
    left, right = beside[:, 2::-1], beside[:, 3:]
    limit = np.array([3.0, -3.0, 1.0])
    slope = np.array([-2.5, 4.0, -1.5])
    jump = right @ limit - left @ limit
    slopes = np.stack([-(left @ slope), right @ slope]) / steps
    kink = slopes[1] - slopes[0]
    rounding = 20 * 8 * relative_rounding(beside) * max(float(np.abs(beside).max()), size)

    def stays(values: Array, noise: Array) -> bool:
        last = values[-3:]
        same_sign = bool((last > 0).all() or (last < 0).all())
        return same_sign and abs(last[2]) > noise[-1] and bool(np.all(np.abs(last[1:]) >= 0.7 * np.abs(last[:-1])))

    steepest = np.abs(slopes).max(axis=0)
    noise = rounding / steps
    diverges = bool(np.all(steepest[1:] > 1.3 * steepest[:-1]) and steepest[-1] > noise[-1])
    return stays(jump, np.full(SCALES, rounding)) or stays(kink, noise) or diverges


# -- zooming in on a place where a function may break ------------------------------------------


def _bend(xs: Array, ys: Array) -> tuple[Array, float]:
    """Return how far each second difference is from the usual one here, and the size of rounding."""
    second = ys[:-2] - 2 * ys[1:-1] + ys[2:]
    step = xs[1] - xs[0]
    steepness = float(np.abs(np.diff(ys)).max() / step)
    noise = 4 * (relative_rounding(ys) * float(np.abs(ys).max()) + EPS * float(np.abs(xs).max()) * steepness)
    # the median, of which numpy's own function takes ten times as long where there are so few
    return np.abs(second - np.sort(second)[second.size // 2]), noise


def _stands_out(bend: Array, noise: float, times: float = 4.0) -> bool:
    """Return whether one second difference, with its neighbours, is far from all the others."""
    k = int(np.argmax(bend))
    others = [value for i, value in enumerate(bend) if abs(i - k) > 1]
    return bool(bend[k] > 8 * noise and bend[k] > times * (max(others, default=0.0) + noise))


def zoom(function: Any, low: float, high: float) -> Array:
    """Return samples (LEVELS, 2, SAMPLES) of x and y that close in on the sharpest bend; NaN where it ended."""
    samples = np.full((LEVELS, 2, SAMPLES), np.nan)
    for level in range(LEVELS):
        xs = low + (high - low) * SHARES
        ys, _ = evaluate(function, xs)
        if not np.isfinite(ys).all() or xs[1] - xs[0] <= 0:
            break
        samples[level] = xs, ys
        bend, noise = _bend(xs, ys)
        if level >= 2 and not _stands_out(bend, noise):
            break
        k = 1 + int(np.argmax(bend))
        low, high = float(xs[k - 1]), float(xs[k + 1])
    return samples


def break_in(samples: Array) -> float | None:
    """Return the place of the break that samples close in on, or None where the function is smooth.

    Halve the step, and the second difference of a smooth function falls to a quarter, at a kink to
    a half, and at a jump it stays. It is followed down to where rounding drowns it.
    """
    sizes: list[float] = []
    steps: list[float] = []
    last: float | None = None
    for xs, ys in samples:
        if not np.isfinite(ys).all():
            break
        bend, noise = _bend(xs, ys)
        if bend.max() <= 8 * noise:
            break
        if not _stands_out(bend, noise):
            sizes, steps, last = [], [], None
            continue
        sizes.append(float(bend.max()))
        steps.append(float(xs[1] - xs[0]))
        last = float(xs[1 + int(np.argmax(bend))])
    if last is None or len(sizes) < 4:
        return None
    per_step = np.array(sizes[-6:]) / np.array(steps[-6:])
    return last if per_step[-1] >= 0.35 * per_step.max() else None


def unnamed_breaks(function: Any, grids: Sequence[tuple[Array, Array, Array, Array]]) -> Array:
    """Return the samples (k, LEVELS, 2, SAMPLES) of breaks between the named ones, at most a few more than may be."""
    windows: list[tuple[float, float, float]] = []
    for xs, ys, slopes, middles in grids:
        step = xs[1] - xs[0]
        # a kink or jump stands out from the fourth differences, which are tiny where the function is smooth
        fourth = np.abs(np.diff(ys, 4))
        peaks = 2 + np.argsort(np.where(np.isfinite(fourth), -fourth, 0.0))[:150]
        windows += [(float(fourth[k - 2]), float(xs[k - 1]), float(xs[k + 1])) for k in peaks]
        # and from what the gradient adds up to over one step, by Simpson's rule, where the gradient is right
        gap = np.abs(np.diff(ys) - step / 6 * (slopes[:-1] + 4 * middles + slopes[1:]))
        gaps = np.argsort(np.where(np.isfinite(gap), -gap, 0.0))[:60]
        windows += [(math.inf, float(xs[max(k - 1, 0)]), float(xs[min(k + 2, xs.size - 1)])) for k in gaps]
    found: list[Array] = []
    places: list[float] = []
    for _, low, high in sorted(windows, key=lambda window: -window[0])[:400]:
        if any(low - 1e-9 <= place <= high + 1e-9 for place in places):
            continue
        samples = zoom(function, low, high)
        place = break_in(samples)
        if place is not None and all(abs(place - other) > 1e-7 for other in places):
            found.append(samples)
            places.append(place)
        if len(found) > MOST_BREAKS + 3:
            break
    return np.array(found).reshape(len(found), LEVELS, 2, SAMPLES)
