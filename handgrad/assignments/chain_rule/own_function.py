"""What is measured of a function of the student's own, its gradient and its break points, in the kernel."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from handgrad.assignments.chain_rule.breaks import (
    END,
    LEVELS,
    SAMPLES,
    readable,
    segments_between,
    unnamed_breaks,
    values_beside,
    zoom,
)
from handgrad.assignments.chain_rule.evaluation import FINE, UNWRITTEN, as_number, evaluate, quiet

Array = np.ndarray[Any, Any]

OWN = ("piecewise", "piecewise_gradient", "breakpoints")
"""What the student defines; the parts of the exercise have the same names."""

GRID = 2000
"""Points over the whole interval at which the function is looked at."""

STEPS = 7
"""Steps of different length from which the slope at a point is taken."""

NEAR = 1e-9
"""The distance of places so close that a smooth gradient is a straight line there, but for rounding."""

SLOWEST = 2e-3
"""Seconds of the processor's time that a call may take: there are some twenty thousand."""


def _slow(function: Callable[[float], Any], places: Array) -> float:
    """Return the seconds that a call of a function usually takes, if that is too slow, and 0 if not."""
    taken = []
    for x in places:
        began = time.process_time()
        evaluate(function, x)
        taken.append(time.process_time() - began)
    usual = float(np.median(taken))
    return usual if usual > SLOWEST else 0.0


def _plain(breakpoints: Any) -> Any:
    """Return a list of numbers as floats, those of SymPy too; anything else as it is."""
    # a list that is far too long is refused by its length alone
    if not isinstance(breakpoints, list | tuple) or len(breakpoints) > 4000:
        return breakpoints
    values, codes = zip(*map(as_number, breakpoints), strict=True) if breakpoints else ((), ())
    # NaN and infinity stay what they are, for the message about them
    return breakpoints if set(codes) - {FINE} else list(values)


def _gradient_points(function: Any, named: Array, rng: np.random.Generator) -> dict[str, Array]:
    """Return points between the break points, with the function at growing distances on both sides of each."""
    xs, reach, segment = [], [], []
    segments = segments_between(named)
    for number, (start, stop) in enumerate(segments):
        count = max(8, round(200 * (stop - start) / (2 * END)))
        shares = (np.arange(count) + rng.uniform(0.05, 0.95, size=count)) / count
        inside = start + (stop - start) * shares
        xs.append(inside)
        reach.append(np.minimum(0.02, 0.6 * np.minimum(inside - start, stop - inside)))
        segment.append(np.full(count, number))
    x = np.concatenate(xs)
    steps = np.concatenate(reach)[:, None] * 0.25 ** np.arange(STEPS)
    sides = x[:, None, None] + steps[:, :, None] * np.array([-1.0, 1.0])
    return {"x": x, "step": steps, "sides": evaluate(function, sides)[0], "segment": np.concatenate(segment)}


def own_function(piecewise: Any, piecewise_gradient: Any, breakpoints: Any, seed: int) -> Iterator[dict[str, Any]]:
    """Yield the values of a student's function and gradient from which the properties are read off."""
    rng = np.random.default_rng(seed)
    named = readable(breakpoints)
    if breakpoints is None:
        piecewise(float(rng.uniform(-END, END)))  # raises NotImplementedError where nothing is written at all
    with quiet():
        places = rng.uniform(-END, END, size=21)
        slow = {"piecewise": _slow(piecewise, places), "piecewise_gradient": _slow(piecewise_gradient, places)}
        if any(slow.values()):
            yield {"breakpoints[slow]": 0.0, **{f"{name}[slow]": seconds for name, seconds in slow.items()}}
            return
        grids = []
        every = []
        for start, stop in segments_between(named):
            count = max(41, round(GRID * (stop - start) / (2 * END)))
            edge = 0.02 * (stop - start) / count
            xs = np.linspace(start + edge * rng.uniform(), stop - edge * rng.uniform(), count)
            ys, codes = evaluate(piecewise, xs)
            slopes, _ = evaluate(piecewise_gradient, xs)
            middles, _ = evaluate(piecewise_gradient, (xs[1:] + xs[:-1]) / 2)
            grids.append((xs, ys, slopes, middles))
            every.append((xs, ys, codes))
        x, y, code = (np.concatenate(column) for column in zip(*every, strict=True))
        if (code == UNWRITTEN).all():
            raise NotImplementedError("write piecewise")
        again = evaluate(piecewise, x[:: max(1, x.size // 20)])[0]
        yield {"piecewise[x]": x, "piecewise[y]": y, "piecewise[code]": code, "piecewise[again]": again}
        steps, beside = values_beside(piecewise, named)
        near = [zoom(piecewise, p - 0.0503, p + 0.0497) for p in named]
        yield {
            "breakpoints": _plain(breakpoints),
            "breakpoints[named]": named,
            "breakpoints[steps]": steps,
            "breakpoints[beside]": beside,
            "breakpoints[near]": np.array(near).reshape(len(near), LEVELS, 2, SAMPLES),
            "breakpoints[unnamed]": unnamed_breaks(piecewise, grids),
        }
        points = _gradient_points(piecewise, named, rng)
        values, codes = evaluate(piecewise_gradient, points["x"])
        yield {
            "piecewise_gradient[value]": values,
            "piecewise_gradient[code]": codes,
            **{f"piecewise_gradient[{name}]": value for name, value in points.items()},
            "piecewise_gradient[near]": evaluate(piecewise_gradient, points["x"][:, None] + NEAR * np.arange(-2, 3))[0],
        }
