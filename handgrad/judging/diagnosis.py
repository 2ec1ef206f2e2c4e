"""Why a result is wrong, as far as numbers alone can tell.

Each diagnosis is a small function that compares a wrong array with the right one and returns a
sentence where it explains the difference, or None. It knows nothing of the exercise but the
number of examples and what each example adds, so that every gradient gets it for free.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from handgrad.judging.arrays import Array
from handgrad.judging.comparison import RTOL, RTOL_FLOAT32, close, first_wrong, place, scale_of, shape_text, tolerance


@dataclass(frozen=True)
class Finding:
    """One explanation of a wrong result.

    Attributes
    ----------
    name
        What it is called in reports.
    message
        A sentence to the student.
    known
        Whether it names a cause or a relation; False where it only describes.
    brief
        The sentence without what it says in numbers of the results themselves, where it says any. Whoever has seen
        hidden inputs could choose results by them, and so write them into these numbers.
    """

    name: str
    message: str
    known: bool = True
    brief: str = ""

    def in_words(self) -> Finding:
        """Return it as it is told of hidden cases: with one of few sentences."""
        return replace(self, message=self.brief, brief="") if self.brief else self

    def reworded(self, change: Callable[[str], str]) -> Finding:
        """Return it with another sentence, made of the one that it has."""
        return replace(self, message=change(self.message), brief=change(self.brief) if self.brief else "")


@dataclass(frozen=True)
class Context:
    """What is known beside the two arrays.

    Attributes
    ----------
    examples
        The number of examples N, or None where there is no batch.
    terms
        What each example adds to the right result, shape (N, …), or None.
    """

    examples: int | None = None
    terms: Array | None = None


# -- the diagnoses ---------------------------------------------------------------------------

Diagnose = Callable[[Array, Array, Context], Finding | None]


def not_finite(yours: Array, expected: Array, context: Context) -> Finding | None:
    """NaN or infinity, and where it first appears."""
    bad = ~np.isfinite(yours)
    if not bad.any() or yours.size == 0:
        return None
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(bad)), bad.shape)) if bad.ndim else ()
    what, name = ("NaN", "nan") if np.isnan(yours[index]) else ("infinity", "infinity")
    share = "everywhere" if bad.all() else f"in {int(bad.sum())} of {bad.size} elements"
    at = f", first at {place(index)}" if index and not bad.all() else ""
    told = "an overflow in exp, a logarithm of 0 or a division by 0 makes one."
    where = "everywhere" if bad.all() else "in some elements"
    return Finding(name, f"{what} {share}{at}: {told}", brief=f"{what} {where}: {told}")


def zeros(yours: Array, expected: Array, context: Context) -> Finding | None:
    """Nothing but zeros."""
    if yours.shape != expected.shape or yours.any():
        return None
    if yours.size == 1:
        return Finding("zeros", "it is 0, and should not be.")
    return Finding(
        "zeros",
        "all zeros, and should not be: was it never filled in, multiplied by 0, or cut off in an array of integers?",
    )


def sign(yours: Array, expected: Array, context: Context) -> Finding | None:
    """Minus the right result."""
    if not close(-yours.astype(np.float64), expected):
        return None
    return Finding("sign", "the sign is flipped: it is exactly minus what it should be.")


def _ratio(yours: Array, expected: Array) -> float | None:
    """Return c where yours is c times expected, if there is one."""
    if yours.shape != expected.shape or yours.size == 0:
        return None
    flat, right = yours.astype(np.float64).ravel(), expected.ravel()
    norm = float(right @ right)
    if norm == 0:
        return None
    ratio = float(flat @ right) / norm
    if ratio == 0 or not close(flat / ratio, right):
        return None
    return ratio


def _is(ratio: float, value: float) -> bool:
    return abs(ratio - value) <= RTOL * abs(value)


def factor_n(yours: Array, expected: Array, context: Context) -> Finding | None:
    """N times too large: a sum where the mean was meant."""
    n, ratio = context.examples, _ratio(yours, expected)
    if ratio is None or not n or n < 2 or not _is(ratio, n):
        return None
    return Finding("factor_N", f"right direction, {n} times too large: did you average over the {n} examples?")


def factor_one_over_n(yours: Array, expected: Array, context: Context) -> Finding | None:
    """N times too small: averaged twice, or averaged where the sum was meant."""
    n, ratio = context.examples, _ratio(yours, expected)
    if ratio is None or not n or n < 2 or not _is(ratio, 1 / n):
        return None
    return Finding(
        "factor_1/N", f"right direction, {n} times too small: was it divided by the {n} examples once too often?"
    )


def factor_two(yours: Array, expected: Array, context: Context) -> Finding | None:
    """Twice too large."""
    ratio = _ratio(yours, expected)
    if ratio is None or not _is(ratio, 2):
        return None
    return Finding(
        "factor_2", "right direction, 2 times too large: is there a factor 2 too many, or was it added up twice?"
    )


def factor_half(yours: Array, expected: Array, context: Context) -> Finding | None:
    """Half as large as it should be."""
    ratio = _ratio(yours, expected)
    if ratio is None or not _is(ratio, 0.5):
        return None
    return Finding("factor_1/2", "right direction, half as large as it should be: a factor 2 is missing.")


FACTORS = (*range(1, 13), *(1 / n for n in range(2, 13)))
"""Factors that a mistake often leads to."""


def factor_other(yours: Array, expected: Array, context: Context) -> Finding | None:
    """Any other constant times the right result."""
    ratio = _ratio(yours, expected)
    known = [1.0, -1.0, 2.0, 0.5]
    if context.examples:
        known += [float(context.examples), 1 / context.examples]
    # a single number is always a constant times another one, and says nothing; nor does a factor of 1.000
    if ratio is None or expected.size < 3 or f"{ratio:.4g}" == "1" or any(_is(ratio, value) for value in known):
        return None
    direction = "right direction" if ratio > 0 else "opposite direction"
    nearest = min(FACTORS, key=lambda factor: abs(factor - abs(ratio)))
    brief = "" if _is(abs(ratio), nearest) else f"{direction}, and another factor times what it should be, everywhere."
    return Finding(
        f"factor_{ratio:.4g}", f"{direction}, and {ratio:.4g} times what it should be, everywhere.", brief=brief
    )


def transposed(yours: Array, expected: Array, context: Context) -> Finding | None:
    """The right matrix with rows and columns exchanged."""
    if expected.ndim != 2 or expected.size < 2 or not close(yours.T, expected) or close(yours, expected):
        return None
    return Finding(
        "transposed", "it is the transpose of what it should be: rows and columns are exchanged. Check the shapes."
    )


def permuted_axes(yours: Array, expected: Array, context: Context) -> Finding | None:
    """The right array with its axes in another order."""
    if expected.ndim < 3 or expected.ndim > 4 or yours.ndim != expected.ndim:
        return None
    for axes in itertools.permutations(range(expected.ndim)):
        if axes != tuple(range(expected.ndim)) and close(yours.transpose(axes), expected):
            return Finding("permuted_axes", f"its axes are in another order: .transpose{axes} would make it right.")
    return None


def extra_axis(yours: Array, expected: Array, context: Context) -> Finding | None:
    """The right numbers in a shape with other axes of length 1."""
    if yours.shape == expected.shape or yours.size != expected.size:
        return None
    if [n for n in yours.shape if n != 1] != [n for n in expected.shape if n != 1]:
        return None
    if not close(yours.reshape(expected.shape), expected):
        return None
    return Finding(
        "extra_axis",
        f"the numbers are right, the shape is {shape_text(yours.shape)} in place of {shape_text(expected.shape)}: "
        "an axis of length 1 makes the difference.",
        brief=f"the numbers are right, and the shape is not {shape_text(expected.shape)}: an axis of length 1 makes "
        "the difference.",
    )


def _terms(context: Context) -> Iterator[tuple[Array, str]]:
    """Yield what each example adds, as it is and before the division by N."""
    if context.terms is not None and context.examples and context.examples > 1:
        yield context.terms, ""
        yield context.terms * context.examples, " (and not divided by N)"


def not_summed(yours: Array, expected: Array, context: Context) -> Finding | None:
    """One gradient for each example, not added up."""
    for terms, also in _terms(context):
        if yours.shape == terms.shape and close(yours, terms) and not close(yours, expected):
            return Finding("not_summed", f"it holds one gradient for each example: sum over the batch, axis 0{also}.")
    return None


def wrong_axis(yours: Array, expected: Array, context: Context) -> Finding | None:
    """Summed over another axis than the batch."""
    for terms, also in _terms(context):
        for axis in range(1, terms.ndim):
            if close(yours, terms.sum(axis=axis)) and not close(yours, expected):
                return Finding("wrong_axis", f"it is summed over axis {axis} in place of axis 0, the examples{also}.")
    return None


def _only(index: int, name: str, word: str) -> Diagnose:
    def only(yours: Array, expected: Array, context: Context) -> Finding | None:
        for terms, also in _terms(context):
            if yours.shape != expected.shape or expected.size < 2 or terms.shape[1:] != expected.shape:
                continue
            if close(yours, _rest(expected, context) + terms[index], scale=scale_of(expected)):
                return Finding(name, f"only the {word} example is in it{also}: the others are lost.")
        return None

    return only


first_example_only = _only(0, "first_example_only", "first")
last_example_only = _only(-1, "last_example_only", "last")


def _rest(expected: Array, context: Context) -> Array:
    """Return what is in the result besides the examples, such as a regularisation."""
    assert context.terms is not None
    rest: Array = expected - context.terms.sum(axis=0)
    return rest


def example_missing(yours: Array, expected: Array, context: Context) -> Finding | None:
    """All examples but one."""
    scale = scale_of(expected)
    for terms, also in _terms(context):
        if yours.shape != expected.shape or expected.size < 2 or terms.shape[1:] != expected.shape:
            continue
        whole = _rest(expected, context) + terms.sum(axis=0)
        for index in range(len(terms)):
            if scale_of(terms[index]) > 1e-3 * scale and close(yours, whole - terms[index], scale=scale):
                return Finding(
                    "example_missing", f"one example is missing from the sum, number {index} counted from 0{also}."
                )
    return None


def float32_rounding(yours: Array, expected: Array, context: Context) -> Finding | None:
    """Right but for rounding."""
    if close(yours, expected) or not close(yours, expected, RTOL_FLOAT32):
        return None
    return Finding(
        "float32_rounding",
        "it is right to about four digits only: was it rounded, cut off at a bound, or computed in float32?",
    )


def wrong_shape(yours: Array, expected: Array, context: Context) -> Finding | None:
    """Another shape than asked for."""
    if yours.shape == expected.shape:
        return None
    should = f"it should be {shape_text(expected.shape)}."
    few = yours.ndim == 0 or sorted(yours.shape) == sorted(expected.shape)
    brief = "" if few else f"its shape is another one; {should}"
    return Finding("wrong_shape", f"its shape is {shape_text(yours.shape)}; {should}", brief=brief)


DIAGNOSES: tuple[Diagnose, ...] = (
    not_finite,
    zeros,
    sign,
    factor_n,
    factor_one_over_n,
    factor_two,
    factor_half,
    factor_other,
    transposed,
    permuted_axes,
    not_summed,
    wrong_axis,
    first_example_only,
    last_example_only,
    example_missing,
    extra_axis,
    float32_rounding,
)


def diagnose(yours: Array, expected: Array, context: Context) -> list[Finding]:
    """Return every explanation that fits a wrong array; a wrong shape where no other one fits it."""
    with np.errstate(all="ignore"):
        found = [finding for test in DIAGNOSES if (finding := test(yours, expected, context))]
        if not found and (finding := wrong_shape(yours, expected, context)):
            found = [finding]
    return found


def similarity(yours: Array, expected: Array) -> Finding:
    """Describe a wrong array that no diagnosis explains: what is right, direction, size."""
    with np.errstate(all="ignore"):
        right = np.abs(yours.astype(np.float64) - expected) <= tolerance(yours) * scale_of(expected)
    flat, truth = yours.astype(np.float64).ravel(), expected.ravel()
    sentences, briefly = [], []
    if right.sum() > 0:
        briefly.append("some elements are right")
        verb = "is" if right.sum() == 1 else "are"
        sentences.append(f"{int(right.sum())} of {right.size} elements {verb} right{_wrong_lines(right)}")
    if flat.size > 1 and truth.any() and flat.any() and np.isfinite(flat).all():
        cosine = float(flat @ truth / np.linalg.norm(flat) / np.linalg.norm(truth))
        ratio = float(np.linalg.norm(flat) / np.linalg.norm(truth))
        if f"{cosine:.2f} {ratio:.3g}" == "1.00 1":
            share = float(np.abs(flat - truth).max()) / scale_of(expected)
            sentences.append(f"no element is off by more than {share:.1g} of the largest one")
        else:
            sentences.append(_about(cosine, ratio))
            briefly.append(_about(cosine, ratio))
    index = first_wrong(yours, expected)
    sentences.append(f"the first wrong element is {place(index)}" if index else "the value is wrong")
    said, brief = ("; ".join(each) for each in (sentences, briefly or ["the value is wrong"]))
    return Finding("unexplained", _sentence(said), known=False, brief=_sentence(brief))


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def _about(cosine: float, ratio: float) -> str:
    """Say in a few words what a direction and a size are like."""
    way = "right" if cosine > 0.9 else "opposite" if cosine < -0.9 else "another"
    size = "far too small" if ratio < 0.5 else "far too large" if ratio > 2 else "of about the right size"
    return f"{way} direction, {size}"


def _wrong_lines(right: Array) -> str:
    """Say which rows or columns hold all that is wrong, where they are few."""
    if right.ndim != 2:
        return ""
    for axis, word in ((1, "row"), (0, "column")):
        wrong = np.flatnonzero(~right.all(axis=axis))
        if 0 < len(wrong) <= max(1, right.shape[1 - axis] // 3):
            plural = "s" if len(wrong) > 1 else ""
            return f", wrong is {word}{plural} {', '.join(map(str, wrong))}"
    return ""
