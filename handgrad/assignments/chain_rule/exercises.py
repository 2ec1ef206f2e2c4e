"""The exercises of chain_rule: from one variable to paths in a graph, to Jacobians, to a layer.

The last two have no one right answer: the student brings a function of their own. Their drivers
evaluate it at many points, and the properties below say what must hold of the values.
"""

from __future__ import annotations

import contextlib
import io
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from handgrad.judging.diagnosis import Context, diagnose
from handgrad.judging.exercise import Case, Exercises, WrongReturn, unpack

Array = np.ndarray[Any, Any]
Wrong = tuple[str, str]

EXERCISES = Exercises("chain_rule", absent=("torch",))

# -- one variable, many variables --------------------------------------------------------------


@EXERCISES.add({"gradient": "(2,)"}, returns="an array of shape (2,)")
def gradient_f(solution: Any, x: Any) -> dict[str, Any]:
    return {"gradient": solution(x)}


def scalar_function(kind: str, coefficients: Mapping[str, Any]) -> Callable[[Any], float]:
    """Return a scalar function of an array, from its name and its coefficients.

    ``"cubic"`` is Σ cubic·x³ + (Σ linear·x)², ``"wave"`` is Σ amplitude·sin(frequency·x). It takes
    arrays of the shape of its coefficients alone.
    """
    shape = np.shape(next(iter(coefficients.values())))

    def f(x: Any) -> float:
        x = np.asarray(x)
        if x.shape != shape:
            raise ValueError(f"f takes an array of shape {shape}; it was called with one of shape {x.shape}")
        if kind == "wave":
            return float(np.sum(coefficients["amplitude"] * np.sin(coefficients["frequency"] * x)))
        return float(np.sum(coefficients["cubic"] * x**3) + np.sum(coefficients["linear"] * x) ** 2)

    return f


@EXERCISES.add(
    {"gradient": "the shape of x", "gradient at integers": "the shape of x"},
    returns="an array of the shape of x",
    by_hand=False,
)
def central_difference(solution: Any, kind: str, coefficients: Any, x: Any, h: Any) -> dict[str, Any]:
    f = scalar_function(kind, coefficients)
    part = "gradient at integers" if np.asarray(x).dtype.kind == "i" else "gradient"
    return {part: solution(f, x) if h is None else solution(f, x, h)}


@EXERCISES.add({"error": "a number"}, returns="a number")
def relative_error(solution: Any, a: Any, b: Any) -> dict[str, Any]:
    return {"error": solution(a, b)}


SLOPES = ("du_dx", "dv_du", "dy_dv", "dy_dx")


@EXERCISES.add(dict.fromkeys(SLOPES, "a number"), returns="(du_dx, dv_du, dy_dv, dy_dx)")
def nested_slopes(solution: Any, x: float) -> dict[str, Any]:
    return dict(zip(SLOPES, unpack(solution(x), *SLOPES), strict=True))


# -- paths in a graph --------------------------------------------------------------------------


@EXERCISES.add({"gradient": "(2,)"}, returns="an array of shape (2,)")
def chain_rule(solution: Any, du: Any, dxyz: Any) -> dict[str, Any]:
    return {"gradient": solution(du, dxyz)}


class _Refused(Exception):
    """An answer that is no expression in the allowed names; the text says why."""


def expression_values(expression: Any, name: str, points: Mapping[str, Any]) -> Array:
    """Return the values of a SymPy expression at points, given as an array for each allowed symbol."""
    import sympy  # type: ignore[import-untyped]

    if isinstance(expression, str):
        raise _Refused(f"`{name}` is text in quotes: write it as an expression, without the quotes")
    if expression is None:
        raise _Refused(f"`{name}` is None: nothing is written for it yet")
    if callable(expression) and not isinstance(expression, sympy.Basic):
        raise _Refused(f"`{name}` is a function; it should be a SymPy expression in {', '.join(points)}")
    try:
        found = sympy.sympify(expression, strict=True)
    except sympy.SympifyError:
        found = None
    if not isinstance(found, sympy.Expr) or getattr(found, "is_Matrix", False):
        raise _Refused(f"`{name}` is a {type(expression).__name__}; it should be a SymPy expression")
    found = found.doit()
    unknown = sorted({symbol.name for symbol in found.free_symbols} - set(points))
    if unknown:
        raise _Refused(
            f"`{name}` contains {', '.join(unknown)}; it should contain {' and '.join(points)} only: put in what "
            "the other names stand for"
        )
    if found.atoms(sympy.core.function.AppliedUndef, sympy.Derivative, sympy.Integral):
        raise _Refused(f"`{name}` contains a function or a derivative that is not worked out")
    values = np.empty(len(next(iter(points.values()))))
    for row in range(len(values)):
        place = {symbol: sympy.Float(float(points[symbol.name][row]), 30) for symbol in found.free_symbols}
        value = complex(found.subs(place, simultaneous=True).evalf(25))
        if abs(value.imag) > 1e-9 * max(1.0, abs(value.real)):
            raise _Refused(f"`{name}` is not a real number for every real {' and '.join(points)}")
        values[row] = value.real
    return values


SYMBOLIC = ("du_da", "du_db")


@EXERCISES.add(
    dict.fromkeys(SYMBOLIC, "an expression in a and b"),
    solution=SYMBOLIC,
    returns="two SymPy expressions in which only a and b occur",
)
def symbolic_chain_rule(du_da: Any, du_db: Any, a: Any, b: Any) -> Iterator[dict[str, Any]]:
    if du_da is None and du_db is None:
        raise NotImplementedError("write du_da and du_db")
    refused = []
    for name, expression in zip(SYMBOLIC, (du_da, du_db), strict=True):
        try:
            yield {name: expression_values(expression, name, {"a": a, "b": b})}
        except _Refused as error:
            refused.append(str(error))
    if refused:
        raise WrongReturn("; ".join(refused))


@EXERCISES.add({"derivative": "a number"}, returns="a number")
def path_sum(solution: Any, slopes: Any, pairs: Any) -> Iterator[dict[str, Any]]:
    for start, end in pairs:
        yield {f"derivative[{end}/{start}]": solution(slopes, start, end)}


# -- Jacobians ---------------------------------------------------------------------------------


@EXERCISES.add({"jacobian": "(2, 2)"}, returns="an array of shape (2, 2)")
def polar_jacobian(solution: Any, r: float, phi: float) -> dict[str, Any]:
    return {"jacobian": solution(r, phi)}


@EXERCISES.add({"dL_dx": "(n₀,)"}, returns="an array of shape (n₀,)")
def vector_jacobian_product(solution: Any, jacobians: Any, dL_dy: Any) -> dict[str, Any]:
    return {"dL_dx": solution(jacobians, dL_dy)}


# -- a layer -----------------------------------------------------------------------------------


@EXERCISES.add({"dL_dz": "the shape of y"}, returns="an array of the shape of y")
def tanh_backward(solution: Any, y: Any, dL_dy: Any) -> dict[str, Any]:
    return {"dL_dz": solution(y, dL_dy)}


LAYER = ("dL_dx", "dL_dW", "dL_db")


@EXERCISES.add(
    {"dL_dx": "(1, m)", "dL_dW": "(n, m)", "dL_db": "(1, n)"},
    uses=("tanh_backward",),
    returns="(dL_dx, dL_dW, dL_db)",
)
def tanh_layer_backward(solution: Any, x: Any, W: Any, b: Any, dL_dy: Any) -> dict[str, Any]:
    return dict(zip(LAYER, unpack(solution(x, W, b, dL_dy), *LAYER), strict=True))


@EXERCISES.add({"grad_logits": "(N, C)"}, batch="logits", returns="an array of shape (N, C)")
def softmax_cross_entropy_backward(solution: Any, logits: Any, labels: Any) -> dict[str, Any]:
    return {"grad_logits": solution(logits, labels)}


# -- a function of the student's own -----------------------------------------------------------

END = 5.0
"""The function is looked at over [−END, END]."""

MOST_BREAKS = 20
MARGIN = 2e-5
"""How far a named break point may lie from the true one."""

GRID = 2000
LEVELS = 11
SAMPLES = 9
SCALES = 4
STEPS = 7
EPS = float(np.finfo(np.float64).eps)

FINE, RAISED, NO_NUMBER, NOT_FINITE, UNWRITTEN = range(5)
FAILURES = {
    RAISED: "raises an error",
    NO_NUMBER: "returns no real number",
    NOT_FINITE: "returns NaN or infinity",
    UNWRITTEN: "is not written yet",
}

# what a formula or a table can raise; anything else, such as an interrupt, ends the run
_EXPECTED_ERRORS = (ArithmeticError, ValueError, TypeError, LookupError, AttributeError, NameError, RuntimeError)


def _number(value: Any) -> tuple[float, int]:
    """Return a value as a float with what is to be said of it."""
    if hasattr(value, "detach"):
        value = value.detach()
    if isinstance(value, str | bytes) or value is None or isinstance(value, complex | np.complexfloating):
        return math.nan, NO_NUMBER
    try:
        array = np.asarray(value)
        found = float(array.reshape(())[()]) if array.size == 1 and array.dtype.kind != "c" else None
    except (TypeError, ValueError, OverflowError):
        return math.nan, NO_NUMBER
    if found is None:
        return math.nan, NO_NUMBER
    return (found, FINE) if math.isfinite(found) else (math.nan, NOT_FINITE)


def _evaluate(function: Any, points: Any) -> tuple[Array, Array]:
    """Return the values of a student's function at points of any shape, NaN where it fails, and what failed."""
    flat = np.asarray(points, dtype=np.float64).ravel()
    values, codes = np.full(flat.size, np.nan), np.zeros(flat.size, dtype=np.int8)
    for i, x in enumerate(flat):
        try:
            values[i], codes[i] = _number(function(float(x)))
        except NotImplementedError:
            codes[i] = UNWRITTEN
        except _EXPECTED_ERRORS:
            codes[i] = RAISED
    return values.reshape(np.shape(points)), codes.reshape(np.shape(points))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep warnings and prints of a function that is called some ten thousand times off the page."""
    with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def _readable(breakpoints: Any) -> Array:
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


def _plain(breakpoints: Any) -> Any:
    """Return a list of numbers as floats, those of SymPy too; anything else as it is."""
    # a list that is far too long is refused by its length alone
    if not isinstance(breakpoints, list | tuple) or len(breakpoints) > 4000:
        return breakpoints
    values, codes = zip(*map(_number, breakpoints), strict=True) if breakpoints else ((), ())
    # NaN and infinity stay what they are, for the message about them
    return breakpoints if set(codes) - {FINE} else list(values)


def _segments(named: Array) -> list[tuple[float, float]]:
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


def _eps(values: Array) -> float:
    """Return the relative rounding of values: that of float32 where all of them are such numbers.

    The few values of a step function are, and tell nothing.
    """
    finite = values[np.isfinite(values)]
    single = np.finfo(np.float32)
    if np.unique(finite).size < 3 or np.abs(finite).max() > single.max:
        return EPS
    return float(single.eps) if np.array_equal(finite, finite.astype(np.float32).astype(np.float64)) else EPS


# zooming in on a place where a function may break


def _bend(xs: Array, ys: Array) -> tuple[Array, float]:
    """Return how far each second difference is from the usual one here, and the size of rounding."""
    second = ys[:-2] - 2 * ys[1:-1] + ys[2:]
    step = xs[1] - xs[0]
    steepness = float(np.abs(np.diff(ys)).max() / step)
    noise = 4 * (_eps(ys) * float(np.abs(ys).max()) + EPS * float(np.abs(xs).max()) * steepness)
    return np.abs(second - np.median(second)), noise


def _zoom(function: Any, low: float, high: float) -> Array:
    """Return samples (LEVELS, 2, SAMPLES) of x and y that close in on the sharpest bend; NaN where it ended."""
    samples = np.full((LEVELS, 2, SAMPLES), np.nan)
    for level in range(LEVELS):
        xs = np.linspace(low, high, SAMPLES)
        ys, _ = _evaluate(function, xs)
        if not np.isfinite(ys).all() or xs[1] - xs[0] <= 0:
            break
        samples[level] = xs, ys
        bend, noise = _bend(xs, ys)
        if level >= 2 and not _stands_out(bend, noise):
            break
        k = 1 + int(np.argmax(bend))
        low, high = float(xs[k - 1]), float(xs[k + 1])
    return samples


def _stands_out(bend: Array, noise: float, times: float = 4.0) -> bool:
    """Return whether one second difference, with its neighbours, is far from all the others."""
    k = int(np.argmax(bend))
    others = [value for i, value in enumerate(bend) if abs(i - k) > 1]
    return bool(bend[k] > 8 * noise and bend[k] > times * (max(others, default=0.0) + noise))


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


def _unnamed(function: Any, grids: Sequence[tuple[Array, Array, Array, Array]]) -> Array:
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
        samples = _zoom(function, low, high)
        place = break_in(samples)
        if place is not None and all(abs(place - other) > 1e-7 for other in places):
            found.append(samples)
            places.append(place)
        if len(found) > MOST_BREAKS + 3:
            break
    return np.array(found).reshape(len(found), LEVELS, 2, SAMPLES)


def _beside(function: Any, named: Array) -> tuple[Array, Array]:
    """Return steps (k, SCALES), and values (k, SCALES, 6) at −3, −2, −1, 1, 2 and 3 steps from each named point."""
    steps, values = np.empty((named.size, SCALES)), np.empty((named.size, SCALES, 6))
    for i, p in enumerate(named):
        gap = np.min(np.abs(np.delete(named, i) - p), initial=1.0)
        # a function that computes in float32 tells no slope over short steps
        for longest in (1e-3, 5e-2):
            steps[i] = min(longest, gap / 8) * 0.25 ** np.arange(SCALES)
            values[i] = _evaluate(function, p + steps[i][:, None] * np.array([-3, -2, -1, 1, 2, 3]))[0]
            if _eps(values[i]) == EPS:
                break
    return steps, values


def _gradient_points(function: Any, named: Array, rng: np.random.Generator) -> dict[str, Array]:
    """Return points between the break points, with the function at growing distances on both sides of each."""
    xs, reach, segment = [], [], []
    segments = _segments(named)
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
    return {"x": x, "step": steps, "sides": _evaluate(function, sides)[0], "segment": np.concatenate(segment)}


def own_function(piecewise: Any, piecewise_gradient: Any, breakpoints: Any, seed: int) -> Iterator[dict[str, Any]]:
    """Yield the values of a student's function and gradient from which the properties are read off."""
    rng = np.random.default_rng(seed)
    named = _readable(breakpoints)
    if breakpoints is None:
        piecewise(float(rng.uniform(-END, END)))  # raises NotImplementedError where nothing is written at all
    with _quiet():
        grids = []
        every = []
        for start, stop in _segments(named):
            count = max(41, round(GRID * (stop - start) / (2 * END)))
            edge = 0.02 * (stop - start) / count
            xs = np.linspace(start + edge * rng.uniform(), stop - edge * rng.uniform(), count)
            ys, codes = _evaluate(piecewise, xs)
            slopes, _ = _evaluate(piecewise_gradient, xs)
            middles, _ = _evaluate(piecewise_gradient, (xs[1:] + xs[:-1]) / 2)
            grids.append((xs, ys, slopes, middles))
            every.append((xs, ys, codes))
        x, y, code = (np.concatenate(column) for column in zip(*every, strict=True))
        if (code == UNWRITTEN).all():
            raise NotImplementedError("write piecewise")
        again = _evaluate(piecewise, x[:: max(1, x.size // 20)])[0]
        yield {"piecewise[x]": x, "piecewise[y]": y, "piecewise[code]": code, "piecewise[again]": again}
        steps, beside = _beside(piecewise, named)
        near = [_zoom(piecewise, p - 0.0503, p + 0.0497) for p in named]
        yield {
            "breakpoints": _plain(breakpoints),
            "breakpoints[named]": named,
            "breakpoints[steps]": steps,
            "breakpoints[beside]": beside,
            "breakpoints[near]": np.array(near).reshape(len(near), LEVELS, 2, SAMPLES),
            "breakpoints[unnamed]": _unnamed(piecewise, grids),
        }
        points = _gradient_points(piecewise, named, rng)
        values, codes = _evaluate(piecewise_gradient, points["x"])
        yield {
            "piecewise_gradient[value]": values,
            "piecewise_gradient[code]": codes,
            **{f"piecewise_gradient[{name}]": value for name, value in points.items()},
        }


# what must hold


def _at(x: float) -> str:
    """Return a place to three digits behind the point, for a sentence."""
    return f"x = {x:.3f}".replace("-", "−")


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
    rounding = 20 * 8 * _eps(beside) * max(float(np.abs(beside).max()), size)

    def stays(values: Array, noise: Array) -> bool:
        last = values[-3:]
        same_sign = bool((last > 0).all() or (last < 0).all())
        return same_sign and abs(last[2]) > noise[-1] and bool(np.all(np.abs(last[1:]) >= 0.7 * np.abs(last[:-1])))

    steepest = np.abs(slopes).max(axis=0)
    noise = rounding / steps
    diverges = bool(np.all(steepest[1:] > 1.3 * steepest[:-1]) and steepest[-1] > noise[-1])
    return stays(jump, np.full(SCALES, rounding)) or stays(kink, noise) or diverges


def _quotients(results: Mapping[str, Array]) -> tuple[Array, Array]:
    """Return the best difference quotient at each point, and how far it may be off."""
    sides, steps = results["piecewise_gradient[sides]"], results["piecewise_gradient[step]"]
    quotient = (sides[:, :, 1] - sides[:, :, 0]) / (2 * steps)
    # two quotients at steps h and h/4 give one that is better by two orders
    better = (16 * quotient[:, 1:] - quotient[:, :-1]) / 15
    size = np.abs(sides).max(axis=(1, 2))[:, None]
    place = np.abs(results["piecewise_gradient[x]"])[:, None]
    eps = np.array([_eps(row) for row in sides])[:, None]
    rounding = 4 * (eps * size + EPS * place * np.abs(better[:, 1:])) / steps[:, 1:-1]
    off = np.abs(np.diff(better, axis=1)) + rounding
    best = np.argmin(np.where(np.isfinite(off), off, np.inf), axis=1)
    rows = np.arange(len(best))
    return better[:, 1:][rows, best], off[rows, best]


def _gradient_wrong(results: Mapping[str, Array], constant: bool) -> Wrong | None:
    x, value = results["piecewise_gradient[x]"], results["piecewise_gradient[value]"]
    code = results["piecewise_gradient[code]"]
    if code.size and (code == UNWRITTEN).all():
        return ("not_written", "`piecewise_gradient` is not written yet.")
    if constant:
        return ("constant", "there is no gradient to compare while `piecewise` is constant.")
    with np.errstate(all="ignore"):
        quotient, off = _quotients(results)
        scale = np.zeros(x.size)
        for number in np.unique(results["piecewise_gradient[segment]"]):
            inside = results["piecewise_gradient[segment]"] == number
            steady = inside & np.isfinite(quotient) & (off <= 1e-3 * np.abs(quotient))
            scale[inside] = np.max(np.abs(quotient[steady]), initial=0.0)
        usable = np.isfinite(quotient) & np.isfinite(off)
        sides = results["piecewise_gradient[sides]"][usable]
        overall = float(np.ptp(sides)) / (2 * END) if sides.size else 0.0
        rough = usable & (10 * off > 1e-2 * np.maximum(scale, 1e-3 * overall))
    if not usable.any():
        return ("nothing_to_compare", "it cannot be compared while `piecewise` fails nearly everywhere.")
    if rough.sum() > 0.4 * usable.sum():
        return (
            "too_rough",
            "`piecewise` varies so fast or is so rough that its slope cannot be measured: choose a calmer function.",
        )
    judged = usable & ~rough
    failed = _first_failure("piecewise_gradient", x[usable], code[usable])
    if failed is not None:
        return failed
    bad = judged & ~(np.abs(value - quotient) <= 1e-5 * scale + 1e-9 * overall + 10 * off)
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


def _breakpoints_wrong(results: Mapping[str, Array]) -> Wrong | None:
    given = results["breakpoints"]
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
    named = results["breakpoints[named]"]
    size = _size(results["piecewise[y]"])
    near = [break_in(samples) for samples in results["breakpoints[near]"]]
    unnamed = [p for p in map(break_in, results["breakpoints[unnamed]"]) if p is not None]
    for i, p in enumerate(named):
        beside = results["breakpoints[beside]"][i]
        if not np.isfinite(beside).all():
            return ("fails_beside_a_break", f"`piecewise` fails beside the named point {_shown(float(p))}.")
        if breaks_at(results["breakpoints[steps]"][i], beside, size):
            continue
        close_by = [q for q in (near[i], *unnamed) if q is not None and 0 < abs(q - p) < 0.06]
        if close_by:
            true = min(close_by, key=lambda q: abs(q - p))
            return (
                "not_exact",
                f"`piecewise` breaks at {true:.7g}, not at {_shown(float(p))}: name the point to full precision, "
                "best by the formula that gives it.".replace("-", "−"),
            )
        return (
            "not_a_break",
            f"at the named point {_shown(float(p))} `piecewise` neither jumps nor changes its slope.",
        )
    if len(unnamed) > MOST_BREAKS:
        return ("too_many_breaks", f"`piecewise` has more than {MOST_BREAKS} breaks: choose a function with fewer.")
    if unnamed:
        others = f", and {len(unnamed) - 1} more" if len(unnamed) > 1 else ""
        return ("break_missed", f"`piecewise` breaks at {_at(min(unnamed))} too{others}: no point is named there.")
    return None


def own_function_properties(inputs: Case, results: Mapping[str, Array]) -> dict[str, Wrong]:
    """Return what is wrong with a function, its gradient and its break points."""
    found: dict[str, Wrong] = {}
    constant = False
    if "piecewise[y]" in results:
        x, y, again = results["piecewise[x]"], results["piecewise[y]"], results["piecewise[again]"]
        finite = y[np.isfinite(y)]
        constant = bool(finite.size and finite.max() - finite.min() <= 1e-12 * np.abs(finite).max())
        breaks = 0
        if "breakpoints[named]" in results:
            pairs = zip(results["breakpoints[steps]"], results["breakpoints[beside]"], strict=True)
            breaks = sum(breaks_at(steps, beside, _size(y)) for steps, beside in pairs)
            breaks += sum(break_in(samples) is not None for samples in results["breakpoints[unnamed]"])
        failed = _first_failure("piecewise", x, results["piecewise[code]"])
        if failed is not None:
            found["piecewise"] = failed
        elif not np.array_equal(y[:: max(1, x.size // 20)], again):
            found["piecewise"] = (
                "not_repeatable",
                "two calls with the same x give two values: its value must depend on x alone.",
            )
        elif constant:
            found["piecewise"] = ("constant", "it is constant: choose a function with two branches and a break.")
        elif breaks == 0:
            found["piecewise"] = (
                "no_break",
                "it has no jump and no kink in [−5, 5]: choose a function with at least one.",
            )
        elif breaks > MOST_BREAKS:
            found["piecewise"] = (
                "too_many_breaks",
                f"it breaks at more than {MOST_BREAKS} places in [−5, 5]: choose a function with fewer.",
            )
    if found.get("piecewise", ("",))[0] == "not_repeatable":
        return dict.fromkeys(OWN, found["piecewise"])
    if "piecewise_gradient[value]" in results:
        wrong = _gradient_wrong(results, constant)
        if wrong is not None:
            found["piecewise_gradient"] = wrong
    if "breakpoints" in results and "breakpoints[named]" in results:
        wrong = _breakpoints_wrong(results)
        if wrong is not None:
            found["breakpoints"] = wrong
    return found


OWN = ("piecewise", "piecewise_gradient", "breakpoints")


@EXERCISES.add(
    {
        "piecewise": "a function, float to float",
        "piecewise_gradient": "a function, float to float",
        "breakpoints": "a sorted list of plain numbers from −5 to 5, and nothing else in it",
    },
    solution=OWN,
    properties=own_function_properties,
)
def piecewise(function: Any, gradient: Any, breakpoints: Any, seed: int) -> Iterator[dict[str, Any]]:
    return own_function(function, gradient, breakpoints, seed)


# -- its plot ----------------------------------------------------------------------------------

MOST_POINTS = 4000
CURVES = ("function curve", "gradient curve")


def _figure_of(returned: Any, opened: Sequence[int]) -> Any:
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
    what = "None" if returned is None else f"a {type(returned).__name__}"
    raise WrongReturn(f"plot_piecewise should return the matplotlib figure; it returned {what}")


def _xy(artist: Any) -> Array:
    """Return the points of a line or of a scatter plot, (n, 2)."""
    if hasattr(artist, "get_xydata"):
        return np.asarray(artist.get_xydata(), dtype=np.float64).reshape(-1, 2)
    return np.asarray(np.ma.filled(artist.get_offsets(), np.nan), dtype=np.float64).reshape(-1, 2)


def _drawn(axes: Any) -> tuple[list[Array], list[float]]:
    """Return the curves of one picture, as points, and the places that it marks on the x axis."""
    from matplotlib.collections import LineCollection, PathCollection
    from matplotlib.ticker import FixedLocator

    curves: list[Array] = []
    marks: list[float] = []
    for line in axes.get_lines():
        points = _xy(line)
        dots = str(line.get_linestyle()).lower() in ("none", "", " ")
        upright = len(points) >= 2 and np.ptp(points[:, 0]) == 0
        if upright or (len(points) <= MOST_BREAKS * 3 and (dots or len(points) == 1)):
            marks += points[:, 0].tolist()
        if len(points) >= 2 and not upright:
            curves.append(points)
            curve_marks = line.get_markevery()
            if isinstance(curve_marks, list | tuple | np.ndarray) and line.get_marker() not in ("None", None, ""):
                marks += points[np.asarray(curve_marks), 0].tolist()
    for collection in axes.collections:
        if isinstance(collection, LineCollection):
            for segment in collection.get_segments():
                piece = np.asarray(segment, dtype=np.float64).reshape(-1, 2)
                if np.ptp(piece[:, 0]) == 0:
                    marks += piece[:1, 0].tolist()
                else:
                    curves.append(piece)
        elif isinstance(collection, PathCollection):
            points = _xy(collection)
            if len(points) <= MOST_BREAKS * 3:
                marks += points[:, 0].tolist()
            curves.append(points)
    for patch in axes.patches:
        ends = np.asarray(patch.get_path().vertices) if not hasattr(patch, "get_x") else None
        marks += [patch.get_x(), patch.get_x() + patch.get_width()] if ends is None else ends[:, 0].tolist()
    for text in axes.texts:
        marks.append(float(text.xy[0]) if hasattr(text, "xy") else float(text.get_position()[0]))
    for locator in (axes.xaxis.get_major_locator(), axes.xaxis.get_minor_locator()):
        if isinstance(locator, FixedLocator):
            marks += [float(place) for place in locator()]
    return curves, marks


def _labelled(figure: Any, axes: Any) -> tuple[bool, bool]:
    """Return whether the x axis and the y axis of a picture carry a label, its own or a shared one."""
    sharing = [other for other in figure.axes if axes.get_shared_x_axes().joined(axes, other)]
    common_x = getattr(figure, "get_supxlabel", str)()
    common_y = getattr(figure, "get_supylabel", str)()
    x = common_x or any(other.get_xlabel().strip() for other in [axes, *sharing])
    y = common_y or axes.get_ylabel().strip()
    return bool(x), bool(y)


def _thin(points: Array, most: int) -> Array:
    return points if len(points) <= most else points[np.unique(np.linspace(0, len(points) - 1, most).astype(int))]


def plot_properties(inputs: Case, results: Mapping[str, Array]) -> dict[str, Wrong]:
    """Return what a plot of a function and its gradient lacks."""
    found: dict[str, Wrong] = {}
    named = results.get("break marks[named]", np.empty(0))
    for part, curve in zip(CURVES, OWN[:2], strict=True):
        points = results.get(f"{part}[points]")
        if points is not None and (wrong := _curve_wrong(points, named, curve)):
            found[part] = wrong
    labels = results.get("labels[flags]")
    if labels is not None:
        if len(labels) == 0:
            found["labels"] = ("nothing_drawn", "the figure holds no axes with a curve.")
        elif not labels[:, 0].all():
            found["labels"] = ("no_x_label", "an x axis has no label: `axes.set_xlabel(…)`.")
        elif not labels[:, 1].all():
            found["labels"] = ("no_y_label", "a y axis has no label: `axes.set_ylabel(…)`.")
        elif not labels[:, 2].all():
            found["labels"] = (
                "no_legend",
                "two curves share one picture, and no legend tells them apart: `label=…` and `axes.legend()`.",
            )
    marks = results.get("break marks[marks]")
    if marks is not None:
        if named.size == 0:
            found["break marks"] = ("no_breakpoints", "`breakpoints` names no point that could be marked.")
        else:
            absent = [p for p in named if not np.any(np.abs(marks - p) <= 1e-3 * 2 * END)]
            if absent:
                found["break marks"] = (
                    "break_not_marked",
                    f"the break point at {_at(float(absent[0]))} carries no mark: draw a vertical line there, "
                    "such as `axes.axvline`.",
                )
    return found


def _fitting(x: Array, y: Array, right: Array, named: Array) -> tuple[Array, float]:
    """Return which points of a drawn line lie on a curve, away from breaks, and their share of such points."""
    # at a break the value is free, and a gap may be drawn there
    away = np.isfinite(y) & np.isfinite(right)
    if named.size:
        away &= np.abs(x[:, None] - named).min(axis=1) > 1e-9
    size = np.max(np.abs(right[away]), initial=0.0)
    with np.errstate(invalid="ignore"):
        fits = away & (np.abs(y - right) <= 1e-3 * max(size, 1e-12))
    return fits, float(fits.sum() / away.sum()) if away.sum() >= 2 else 0.0


def _curve_wrong(points: Array, named: Array, curve: str) -> Wrong | None:
    """Say what is wrong with a curve, from the drawn points (n, 4): number of the line, x, y, and the right y."""
    best = np.empty(0)
    partly = False
    for number in np.unique(points[:, 0]):
        _, x, y, right = points[points[:, 0] == number].T
        fits, share = _fitting(x, y, right, named)
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
        return ("break_outside", f"the curve of {what} does not reach beyond every break point on both sides.")
    if np.diff(best).max() > 0.1 * (best[-1] - best[0]):
        return ("gap", f"the curve of {what} has a wide gap.")
    return None


@EXERCISES.add(
    {
        "labels": "a label on each axis, and a legend",
        "function curve": "the curve of piecewise",
        "gradient curve": "the curve of piecewise_gradient",
        "break marks": "a mark at each break point",
    },
    solution=("plot_piecewise", *OWN),
    returns="the matplotlib figure",
    properties=plot_properties,
)
def plot_piecewise(plot: Any, function: Any, gradient: Any, breakpoints: Any, seed: int) -> Iterator[dict[str, Any]]:
    from matplotlib import pyplot

    opened = pyplot.get_fignums()
    try:
        figure = _figure_of(plot(), opened)
        curves: list[list[Array]] = []
        labels: list[list[bool]] = []
        marks: list[float] = []
        for axes in figure.axes:
            drawn, marked = _drawn(axes)
            marks += marked
            if drawn:
                legends = [legend for legend in (axes.get_legend(), *figure.legends) if legend is not None]
                told_apart = any(len(legend.get_texts()) > 1 for legend in legends) or len(axes.texts) > 1
                labels.append([*_labelled(figure, axes), told_apart])
                curves.append(drawn[:200])
    finally:
        for number in pyplot.get_fignums():
            if number not in opened:
                pyplot.close(number)
    named = _readable(breakpoints)
    most = max(20, MOST_POINTS // max(1, sum(map(len, curves))))
    lines = [(place, _thin(points, most)) for place, drawn in enumerate(curves) for points in drawn][:200]
    points = np.concatenate(
        [np.empty((0, 3)), *(np.column_stack([np.full(len(p), k), p]) for k, (_, p) in enumerate(lines))]
    )
    with _quiet():
        heights = [_evaluate(own, points[:, 1])[0] for own in (function, gradient)]
    for place, flags in enumerate(labels):
        mine = [points[:, 0] == k for k, (where, _) in enumerate(lines) if where == place]
        # one picture needs a legend where it holds both curves
        shown = [
            {
                k
                for k, rows in enumerate(mine)
                if _fitting(points[rows, 1], points[rows, 2], own[rows], named)[1] >= 0.97
            }
            for own in heights
        ]
        flags[2] = flags[2] or not (shown[0] and shown[1] and len(shown[0] | shown[1]) > 1)
    yield {"labels[flags]": np.array(labels, dtype=bool).reshape(-1, 3)}
    yield {"break marks[named]": named, "break marks[marks]": np.array(marks[:2000], dtype=np.float64)}
    for part, right in zip(CURVES, heights, strict=True):
        yield {f"{part}[points]": np.column_stack([points, right])}
