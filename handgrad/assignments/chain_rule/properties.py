"""What must hold of a function of the student's own and of its plot, judged by what was measured of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from handgrad.assignments.chain_rule.breaks import END, MARGIN, MOST_BREAKS, break_in, breaks_at
from handgrad.assignments.chain_rule.evaluation import (
    EPS,
    FAILURES,
    NO_NUMBER,
    RAISED,
    UNWRITTEN,
    relative_rounding,
)
from handgrad.assignments.chain_rule.own_function import NEAR, OWN, SLOWEST
from handgrad.assignments.chain_rule.plots import CURVES, MOST_LINES, fitting
from handgrad.judging.diagnosis import Context, diagnose
from handgrad.judging.exercise import Case

Array = np.ndarray[Any, Any]
Wrong = tuple[str, str]
"""Name and message of what does not hold."""

MOST_ROWS = {
    **dict.fromkeys(("breakpoints[named]", "breakpoints[beside]", "break marks[named]"), MOST_BREAKS),
    "breakpoints[unnamed]": MOST_BREAKS + 4,
}
"""How many rows of these are measured at most."""

TOO_SLOW = (
    f"there are some twenty thousand calls, so one may take {1000 * SLOWEST:g} ms at most. `np.sin` and the like, and "
    "`math`, take a hundredth of that; SymPy is slow here."
)

FORMULA = 100
"""How many roundings a formula may add up to: those of the tests have less than 1, quotients over steps of 1e-5 and
less have a thousand and more."""

MOST_GROUPS = {"piecewise_gradient[segment]": MOST_BREAKS + 1}
"""How many pieces the points lie in at most, by the numbers of the pieces."""


def _refuse_more(results: Mapping[str, Array]) -> None:
    """Raise ValueError where there is more than is ever measured: it was forged, and could keep the judge busy."""
    groups = {**MOST_GROUPS, **{f"{part}[points]": MOST_LINES for part in CURVES}}
    for name, array in results.items():
        if name in MOST_ROWS and len(array) > MOST_ROWS[name]:
            raise ValueError(f"{name} has {len(array)} rows")
        if name in groups and array.size and len(np.unique(array.reshape(len(array), -1)[:, :1])) > groups[name]:
            raise ValueError(f"{name} is of more parts than there can be")


# -- words -------------------------------------------------------------------------------------


def _at(x: float) -> str:
    """Return a place to three digits behind the point, for a sentence."""
    return f"x = {round(x, 3) + 0.0:.3f}".replace("-", "−")


def _shown(value: float) -> str:
    return f"{value:.6g}".replace("-", "−")


def _first_failure(name: str, x: Array, code: Array) -> Wrong | None:
    bad = np.flatnonzero(code)
    if bad.size == 0:
        return None
    # well inside, as beside a break the rounded place may lie in another branch
    example = int(bad[bad.size // 2])
    what = FAILURES.get(int(code[example]), "fails")
    share = "everywhere" if bad.size == x.size else f"at {_at(float(x[example]))}"
    rest = "" if bad.size in (1, x.size) else f", and at {bad.size - 1} other points of {x.size} tried"
    look = {
        RAISED: f" Run `{name}({x[example]:.3f})` in a new cell to read the error.",
        NO_NUMBER: " None, text, several numbers and complex numbers, such as `(-1) ** 0.5`, are no real number.",
    }.get(int(code[example]), "")
    return (
        "fails_in_the_interval",
        f"`{name}` {what} {share}{rest}: it should return a finite number for every x from −5 to 5, "
        f"break points aside.{look}",
    )


def _size(y: Array) -> float:
    """Return the usual size of a function's values."""
    finite = y[np.isfinite(y)]
    return float(np.median(np.abs(finite))) if finite.size else 0.0


# -- the gradient ------------------------------------------------------------------------------


def _quotients(results: Mapping[str, Array]) -> tuple[Array, Array]:
    """Return the best difference quotient at each point, and how far it may be off."""
    sides, steps = results["piecewise_gradient[sides]"], results["piecewise_gradient[step]"]
    quotient = (sides[:, :, 1] - sides[:, :, 0]) / (2 * steps)
    # two quotients at steps h and h/4 give one that is better by two orders
    better = (16 * quotient[:, 1:] - quotient[:, :-1]) / 15
    size = np.abs(sides).max(axis=(1, 2))[:, None]
    place = np.abs(results["piecewise_gradient[x]"])[:, None]
    eps = np.array([relative_rounding(row) for row in sides])[:, None]
    rounding = 4 * (eps * size + EPS * place * np.abs(better[:, 1:])) / steps[:, 1:-1]
    off = np.abs(np.diff(better, axis=1)) + rounding
    best = np.argmin(np.where(np.isfinite(off), off, np.inf), axis=1)
    rows = np.arange(len(best))
    return better[:, 1:][rows, best], off[rows, best]


@dataclass(frozen=True)
class _Slopes:
    """What the slope of a function is at n points, as far as its values tell.

    Attributes
    ----------
    quotient
        The best difference quotient at each point, (n,).
    bound
        How far a right gradient may be from it, (n,).
    usable
        Where the quotient is finite, (n,).
    rough
        Where the function varies too fast to tell its slope, (n,).
    """

    quotient: Array
    bound: Array
    usable: Array
    rough: Array


def _slopes(results: Mapping[str, Array]) -> _Slopes:
    segment = results["piecewise_gradient[segment]"]
    with np.errstate(all="ignore"):
        quotient, off = _quotients(results)
        scale = np.zeros(quotient.size)
        for number in np.unique(segment):
            inside = segment == number
            steady = inside & np.isfinite(quotient) & (off <= 1e-3 * np.abs(quotient))
            scale[inside] = np.max(np.abs(quotient[steady]), initial=0.0)
        usable = np.isfinite(quotient) & np.isfinite(off)
        sides = results["piecewise_gradient[sides]"][usable]
        overall = float(np.ptp(sides)) / (2 * END) if sides.size else 0.0
        rough = usable & (10 * off > 1e-2 * np.maximum(scale, 1e-3 * overall))
        return _Slopes(quotient, 1e-5 * scale + 1e-9 * overall + 10 * off, usable, rough)


def _gradient_wrong(results: Mapping[str, Array], constant: bool) -> Wrong | None:
    code = results["piecewise_gradient[code]"]
    if code.size and (code == UNWRITTEN).all():
        return ("not_written", "`piecewise_gradient` is not written yet.")
    if constant:
        return ("constant", "there is no gradient to compare while `piecewise` is constant.")
    slopes = _slopes(results)
    usable = slopes.usable
    if not usable.any():
        return ("nothing_to_compare", "it cannot be compared while `piecewise` fails nearly everywhere.")
    if slopes.rough.sum() > 0.4 * usable.sum():
        return (
            "too_rough",
            "`piecewise` varies so fast or is so rough that its slope cannot be measured: choose a calmer function.",
        )
    failed = _first_failure("piecewise_gradient", results["piecewise_gradient[x]"][usable], code[usable])
    return failed or _slope_wrong(results, slopes) or _approximated(results, usable)


def _slope_wrong(results: Mapping[str, Array], slopes: _Slopes) -> Wrong | None:
    x, value = results["piecewise_gradient[x]"], results["piecewise_gradient[value]"]
    quotient, judged = slopes.quotient, slopes.usable & ~slopes.rough
    bad = judged & ~(np.abs(value - quotient) <= slopes.bound)
    if not bad.any():
        return None
    heights = results["piecewise_gradient[sides]"][:, -1].mean(axis=1)
    if np.allclose(value[judged], heights[judged], rtol=1e-4, atol=1e-4 * np.abs(heights[judged]).max()):
        return ("function_in_place_of_gradient", "it returns the values of `piecewise` itself, not its slope.")
    for finding in diagnose(value[judged], quotient[judged], Context()):
        if finding.name != "float32_rounding":
            return (finding.name, finding.message)
    where = np.flatnonzero(bad)
    first = int(where[len(where) // 2])
    segments = results["piecewise_gradient[segment]"]
    touched = np.unique(segments[bad])
    if touched.size < np.unique(segments).size:
        extent = f"between {_shown(float(x[bad].min()))} and {_shown(float(x[bad].max()))}"
    else:
        extent = "on every piece"
    return (
        "gradient_differs",
        f"{extent} it is not the slope of `piecewise`: at {_at(float(x[first]))} it returns "
        f"{_shown(float(value[first]))}, the central difference of `piecewise` is {_shown(float(quotient[first]))}.",
    )


def _approximated(results: Mapping[str, Array], usable: Array) -> Wrong | None:
    """Say where a gradient that is right is as rough as a difference quotient, and no formula is.

    Over a few billionths a smooth gradient is a straight line, up to rounding. A formula rounds to 16 digits; a
    quotient divides the rounding of the function by a short step, which makes it thousands of times as large.
    """
    near, x = results["piecewise_gradient[near]"], results["piecewise_gradient[x]"]
    sides, segment = results["piecewise_gradient[sides]"], results["piecewise_gradient[segment]"]
    usable = usable & np.isfinite(near).all(axis=1)
    # a rounding is relative to the gradient, to what a rounding of x makes of it, and to the function itself
    size = np.abs(near[:, 2]) + np.abs(x * (near[:, 4] - near[:, 0]) / (4 * NEAR))
    rough = np.abs(np.diff(near, 4)[:, 0]) / np.sqrt(70)  # the root of the sum of the squares of 1, 4, 6, 4, 1
    for number in np.unique(segment[usable]):
        inside = usable & (segment == number)
        rounding = relative_rounding(near[inside]) * (size[inside] + np.abs(sides[inside]).max())
        if np.median(rough[inside] - FORMULA * rounding) > 0:
            return (
                "approximated",
                "it is right, but only to as many digits as a difference quotient has: by hand means to differentiate "
                "each branch on paper, and to write that formula down.",
            )
    return None


# -- the break points --------------------------------------------------------------------------


def _list_wrong(given: Array) -> Wrong | None:
    """Return what is wrong with a list of break points, whatever the function."""
    if given.ndim != 1:
        return ("not_a_list", "it should be a list of numbers, such as [−1.0, 2.5].")
    if given.size == 0:
        return ("none_named", "no break point is named: name every jump and kink of `piecewise` in [−5, 5].")
    given = given.astype(np.float64)
    if not np.isfinite(given).all():
        return ("not_finite", "it holds NaN or infinity.")
    if np.any(np.abs(given) > END):
        return ("outside", "it names a point outside of [−5, 5]: list only the breaks inside.")
    if given.size > MOST_BREAKS:
        return ("too_many_named", f"it names {given.size} points; choose a function with at most {MOST_BREAKS} breaks.")
    if np.any(np.diff(given) < 0):
        return ("unsorted", "the points are not sorted: list them from left to right.")
    if np.any(np.diff(given) <= 4 * MARGIN):
        return ("named_twice", "two of the named points are the same, or nearly so.")
    return None


def _named_wrong(results: Mapping[str, Array], number: int, unnamed: Sequence[float]) -> Wrong | None:
    """Return what is wrong with one named break point, given the places of breaks that are not named."""
    p = results["breakpoints[named]"][number]
    beside = results["breakpoints[beside]"][number]
    if not np.isfinite(beside).all():
        return ("fails_beside_a_break", f"`piecewise` fails beside the named point {_shown(float(p))}.")
    if breaks_at(results["breakpoints[steps]"][number], beside, _size(results["piecewise[y]"])):
        return None
    near = break_in(results["breakpoints[near]"][number])
    close_by = [q for q in (near, *unnamed) if q is not None and 0 < abs(q - p) < 0.06]
    if close_by:
        true = min(close_by, key=lambda q: abs(q - p))
        return (
            "not_exact",
            f"`piecewise` breaks at {true:.7g}, not at {_shown(float(p))}: name the point to full precision, "
            "best by the formula that gives it.".replace("-", "−"),
        )
    return ("not_a_break", f"at the named point {_shown(float(p))} `piecewise` neither jumps nor changes its slope.")


def _breakpoints_wrong(results: Mapping[str, Array]) -> Wrong | None:
    wrong = _list_wrong(results["breakpoints"])
    if wrong is not None:
        return wrong
    unnamed = [p for p in map(break_in, results["breakpoints[unnamed]"]) if p is not None]
    for number in range(len(results["breakpoints[named]"])):
        wrong = _named_wrong(results, number, unnamed)
        if wrong is not None:
            return wrong
    if len(unnamed) > MOST_BREAKS:
        return ("too_many_breaks", f"`piecewise` has more than {MOST_BREAKS} breaks: choose a function with fewer.")
    if unnamed:
        others = f", and {len(unnamed) - 1} more" if len(unnamed) > 1 else ""
        return ("break_missed", f"`piecewise` breaks at {_at(min(unnamed))} too{others}: no point is named there.")
    return None


# -- the function, and all of it ---------------------------------------------------------------


def _constant(y: Array) -> bool:
    finite = y[np.isfinite(y)]
    return bool(finite.size and finite.max() - finite.min() <= 1e-12 * np.abs(finite).max())


def _breaks(results: Mapping[str, Array]) -> int:
    """Return how many breaks were found, named or not."""
    if "breakpoints[named]" not in results:
        return 0
    size = _size(results["piecewise[y]"])
    pairs = zip(results["breakpoints[steps]"], results["breakpoints[beside]"], strict=True)
    named = sum(breaks_at(steps, beside, size) for steps, beside in pairs)
    return named + sum(break_in(samples) is not None for samples in results["breakpoints[unnamed]"])


def _function_wrong(results: Mapping[str, Array]) -> Wrong | None:
    x, y, again = results["piecewise[x]"], results["piecewise[y]"], results["piecewise[again]"]
    failed = _first_failure("piecewise", x, results["piecewise[code]"])
    if failed is not None:
        return failed
    if not np.array_equal(y[:: max(1, x.size // 20)], again):
        return ("not_repeatable", "two calls with the same x give two values: its value must depend on x alone.")
    if _constant(y):
        return ("constant", "it is constant: choose a function with two branches and a break.")
    breaks = _breaks(results)
    # one that is named a little beside its place counts here, too
    if breaks == 0 and all(break_in(samples) is None for samples in results.get("breakpoints[near]", ())):
        return ("no_break", "it has no jump and no kink in [−5, 5]: choose a function with at least one.")
    if breaks > MOST_BREAKS:
        told = f"it breaks at more than {MOST_BREAKS} places in [−5, 5]: choose a function with fewer."
        return ("too_many_breaks", told)
    return None


def own_function_properties(inputs: Case, results: Mapping[str, Array]) -> dict[str, Wrong]:
    """Return what is wrong with a function, its gradient and its break points."""
    _refuse_more(results)
    if slow := {name: float(results[f"{name}[slow]"]) for name in OWN[:2] if f"{name}[slow]" in results}:
        slowest = max(slow, key=lambda name: slow[name])
        told = f"a call of `{slowest}` takes {1000 * slow[slowest]:.2g} ms: {TOO_SLOW}"
        return dict.fromkeys(OWN, ("too_slow", told))
    found: dict[str, Wrong | None] = {}
    constant = False
    if "piecewise[y]" in results:
        constant = _constant(results["piecewise[y]"])
        wrong = found["piecewise"] = _function_wrong(results)
        if wrong is not None and wrong[0] == "not_repeatable":
            return dict.fromkeys(OWN, wrong)
    if "piecewise_gradient[value]" in results:
        found["piecewise_gradient"] = _gradient_wrong(results, constant)
    if "breakpoints" in results and "breakpoints[named]" in results:
        found["breakpoints"] = _breakpoints_wrong(results)
    return {part: wrong for part, wrong in found.items() if wrong is not None}


# -- its plot ----------------------------------------------------------------------------------


def _labels_wrong(flags: Array) -> Wrong | None:
    """Say which labels are missing, from flags for each picture (n, 3): x label, y label, words."""
    if len(flags) == 0:
        return ("nothing_drawn", "the figure holds no axes with a curve.")
    if not flags[:, 0].all():
        return ("no_x_label", "an x axis has no label: `axes.set_xlabel(…)`.")
    if not flags[:, 1].all():
        return ("no_y_label", "a y axis has no label: `axes.set_ylabel(…)`.")
    if not flags[:, 2].all():
        return (
            "no_legend",
            "two curves share one picture, and nothing tells them apart: `label=…` and `axes.legend()`, or a title.",
        )
    return None


def _marks_wrong(marks: Array, named: Array, changed: bool) -> Wrong | None:
    """Say which break point carries no mark, or that drawing changed the list of them."""
    if named.size == 0:
        return ("no_breakpoints", "`breakpoints` names no point that could be marked.")
    if changed:
        return (
            "list_changed",
            "`plot_piecewise` changes the list `breakpoints`, which `check.piecewise` reads too: make a new list for "
            "the edges, such as `[-5.0, *breakpoints, 5.0]`, and run the cell of `breakpoints` again.",
        )
    absent = [p for p in named if not np.any(np.abs(marks - p) <= 1e-3 * 2 * END)]
    if not absent:
        return None
    return (
        "break_not_marked",
        f"the break point at {_at(float(absent[0]))} carries no mark: draw a vertical line there, "
        "such as `axes.axvline`.",
    )


def plot_properties(inputs: Case, results: Mapping[str, Array]) -> dict[str, Wrong]:
    """Return what a plot of a function and its gradient lacks."""
    _refuse_more(results)
    found: dict[str, Wrong | None] = {}
    named = results.get("break marks[named]", np.empty(0))
    for part, curve in zip(CURVES, OWN[:2], strict=True):
        if f"{part}[points]" in results:
            found[part] = _curve_wrong(results[f"{part}[points]"], named, curve)
    if "labels[flags]" in results:
        found["labels"] = _labels_wrong(results["labels[flags]"])
    if "break marks[marks]" in results:
        changed = bool(np.any(results.get("break marks[changed]", False)))
        found["break marks"] = _marks_wrong(results["break marks[marks]"], named, changed)
    return {part: wrong for part, wrong in found.items() if wrong is not None}


def _curve_wrong(points: Array, named: Array, curve: str) -> Wrong | None:
    """Say what is wrong with a curve, from the drawn points (n, 4): number of the line, x, y, and the right y."""
    best = np.empty(0)
    partly = False
    for number in np.unique(points[:, 0]):
        _, x, y, right = points[points[:, 0] == number].T
        fits, share = fitting(x, y, right, named)
        if share >= 0.97:
            best = np.concatenate([best, x[fits]])
        partly = partly or share > 0.5
    what = f"`{curve}`"
    if best.size == 0:
        if partly:
            return ("curve_differs", f"a curve follows {what} only in part.")
        return ("curve_missing", f"no curve of the figure has the values of {what}.")
    if best.size < 40:
        return ("too_few_points", f"the curve of {what} has {best.size} points: draw at least 40, better 200.")
    best = np.sort(best)
    inside = named[np.abs(named) < END]
    if inside.size and (best[0] >= inside.min() or best[-1] <= inside.max()):
        return ("break_outside", f"no curve of {what} reaches from left of the first break point to right of the last.")
    if np.diff(best).max() > 0.1 * (best[-1] - best[0]):
        return ("gap", f"the curve of {what} has a wide gap.")
    return None
