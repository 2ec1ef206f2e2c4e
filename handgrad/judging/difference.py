"""Where the results of a part differ from the right ones, and what explains it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from handgrad.judging.arrays import Array, Result
from handgrad.judging.comparison import RTOL_FLOAT32, close, first_wrong, place, scale_of, shape_text, tolerance
from handgrad.judging.diagnosis import Context, Finding, diagnose, similarity
from handgrad.judging.evidence import Call
from handgrad.judging.exercise import Exercise
from handgrad.judging.truth import Misconception, Truth

APPROXIMATED = (
    "it is right to a few digits only, and a formula in float64 to all of them. Was it approximated by differences, "
    "or rounded?"
)

FEWEST = 3
"""Numbers, or rows, from which on it is no chance that they agree with others, or stand in some order."""

MISMATCH = re.compile(r"matmul: Input operand 1 has a mismatch .*size (\d+) is different from (\d+)\)")
"""What NumPy says of two factors that do not fit."""

UNFIT = re.compile(r"broadcast together with shapes \(([\d,]+)\) \(([\d,]+)\)")
"""What NumPy says of two arrays that do not broadcast."""

MISMATCH_IN_WORDS = r"what stands left of `@` has rows of \2 numbers, and what stands right of it has columns of \1"


@dataclass(frozen=True)
class Difference:
    """A case in which a part is wrong.

    Attributes
    ----------
    case
        Its name.
    call
        What the student's code gave.
    truth
        What is right.
    results
        The names of the wrong results of the part.
    """

    case: str
    call: Call
    truth: Truth
    results: tuple[str, ...]

    @property
    def first(self) -> tuple[Result | None, Array]:
        """The first wrong result, None where there is none, and the right one."""
        return self.call.results.get(self.results[0]), self.truth.expected[self.results[0]]


# -- compare ---------------------------------------------------------------------------------


def compare(exercise: Exercise, part: str, calls: Mapping[str, Call], truths: Mapping[str, Truth]) -> list[Difference]:
    """Return the cases in which a part is wrong, each with its wrong results."""
    found = []
    for case, truth in truths.items():
        results = [result for result in truth.expected if exercise.part_of(result) == part]
        wrong = [
            result
            for result in results
            if not is_right(calls[case].results.get(result), truth.expected[result], exact=exercise.exact)
        ]
        if wrong:
            found.append(Difference(case, calls[case], truth, tuple(wrong)))
    return found


def is_right(yours: Result | None, expected: Array, *, exact: bool = False) -> bool:
    """Return whether a result is the right one; ``exact``, where an approximation is not."""
    if not isinstance(yours, np.ndarray):
        return False
    return close(_number(yours, expected), expected, tolerance(yours, exact=exact))


def _number(yours: Array, expected: Array) -> Array:
    """Return a result in the form of the right one where that is a number: it may come as an array of one element."""
    return yours.reshape(()) if expected.ndim == 0 and yours.size == 1 else yours


def is_flag(yours: Result | None, expected: Array) -> bool:
    """Return whether a result says yes or no, so that it has no sign, factor or direction that could be wrong."""
    if not isinstance(yours, np.ndarray):
        return False
    if yours.dtype.kind not in ("b" if yours.size == 1 else "biu"):
        return False  # a single 0 or 1 that is no bool may be a number, such as a derivative
    return bool(np.isin(expected, (0, 1)).all() and np.isin(yours, (0, 1)).all())


# -- explain ---------------------------------------------------------------------------------


def failure(call: Call) -> Finding | None:
    """Return how a call broke off, None where it did not."""
    if call.returned is not None:
        return Finding("wrong_return", call.returned if call.returned.endswith("?") else call.returned + ".")
    raised = call.raised
    if raised is None:
        return None
    if raised.name == "NotImplementedError":
        return Finding("not_implemented", "nothing is written here yet.", known=False)
    where = f" at the line `{raised.line}`" if raised.line else ""
    text = f": {_in_words(raised.text)}" if raised.text else ""
    name = f"raised_{raised.name}" if raised.name else "raised"
    return Finding(name, f"it raised {raised.name or 'an error'}{where}{text}.")


def _in_words(text: str) -> str:
    """Return what an exception says, with what of it is known in plainer words."""
    return MISMATCH.sub(MISMATCH_IN_WORDS, text).rstrip(" .") + _lost_axis(text)


def _lost_axis(text: str) -> str:
    """Return which axis one of two arrays that do not broadcast lacks, where that is all that is between them."""
    found = UNFIT.search(text)
    if found is None:
        return ""
    shapes = [tuple(map(int, filter(None, lengths.split(",")))) for lengths in found.groups()]
    shorter, longer = sorted(shapes, key=len)
    lost = [axis for axis in range(len(longer)) if longer[:axis] + longer[axis + 1 :] == shorter]
    if not lost:
        return ""
    without = f"{shape_text(shorter)} is {shape_text(longer)} without axis {lost[-1]}"
    return f". {without}: a reduction leaves it there, with length 1, where it is given keepdims=True"


def explain(difference: Difference) -> dict[str, Finding]:
    """Return what explains every wrong result of a part in one case, by the name of the finding."""
    call = difference.call
    broke_off = failure(call)
    if broke_off is not None and not any(result in call.results for result in difference.results):
        return {broke_off.name: broke_off}
    each = [_diagnosed(result, difference) for result in difference.results]
    shared = set.intersection(*(set(found) for found in each))
    return {name: finding for name, finding in each[0].items() if name in shared}


def _diagnosed(result: str, difference: Difference) -> dict[str, Finding]:
    yours, expected = difference.call.results.get(result), difference.truth.expected[result]
    if yours is None:
        found = [Finding("not_returned", f"`{result}` is not among the results.")]
    elif isinstance(yours, str):
        found = [Finding("wrong_type", f"it is {yours}; it should be an array of real numbers.")]
    elif is_right(yours, expected):
        found = [Finding("approximated", APPROXIMATED)]
    elif is_flag(yours, expected):
        found = []
    else:
        found = diagnose(_number(yours, expected), expected, difference.truth.context.get(result, Context()))
    return {finding.name: finding for finding in found}


def known_mistakes(
    exercise: Exercise, part: str, calls: Mapping[str, Call], truths: Mapping[str, Truth], *, weak: bool = False
) -> list[Finding]:
    """Return the known mistakes that lead to just these results of the part in every case.

    Where one of them leads to all the student's results, of every part, only such are returned; where the other parts
    speak against one, it is passed over if it may fit by chance.
    """
    known = [m for m in next(iter(truths.values())).wrong if m.weak == weak]
    # it may show in other parts by far more than in this one
    found = [m for m in known if _leads_to(m, calls, truths, lambda result: True)]
    if not found:
        fitting = [m for m in known if _leads_to(m, calls, truths, lambda result: exercise.part_of(result) == part)]
        found = [m for m in fitting if not exercise.more or not _by_chance(m, exercise, part, calls, truths)]
    return list(dict.fromkeys(Finding(m.name, m.message) for m in found))


def _by_chance(
    misconception: Misconception,
    exercise: Exercise,
    part: str,
    calls: Mapping[str, Call],
    truths: Mapping[str, Truth],
) -> bool:
    """Return whether a known mistake that fits a part may be none: others speak against it, and few numbers for it."""
    telling = 0
    against = False
    for case, truth in truths.items():
        mistaken = truth.wrong[misconception]
        for result, expected in truth.expected.items():
            theirs, yours = mistaken.get(result), calls[case].results.get(result)
            if theirs is None and isinstance(yours, np.ndarray):
                return True  # the mistake breaks off there
            if theirs is None or close(theirs, expected, RTOL_FLOAT32):
                continue
            if exercise.part_of(result) == part:
                # any number may be cut off at 0 or 1, or overflow; other ones are not met by chance
                telling += int(np.count_nonzero(np.isfinite(theirs) & (theirs != np.round(theirs))))
            elif isinstance(yours, np.ndarray) and _same(yours, theirs, expected):
                return False
            else:
                against = True
    return against and telling < FEWEST


def _leads_to(
    misconception: Misconception,
    calls: Mapping[str, Call],
    truths: Mapping[str, Truth],
    counts: Callable[[str], bool],
) -> bool:
    """Return whether a known mistake gives the student's results, where they count, in every case."""
    departs = False
    for case, truth in truths.items():
        mistaken, call = truth.wrong[misconception], calls[case]
        for result, expected in truth.expected.items():
            if not counts(result):
                continue
            yours, theirs = call.results.get(result), mistaken.get(result)
            if theirs is None and yours is None and call.broke_off:
                continue  # both break off before this result, as wrong shapes do
            if not isinstance(yours, np.ndarray) or theirs is None or not _same(yours, theirs, expected):
                return False
            departs = departs or not close(theirs, expected, RTOL_FLOAT32)
    return departs


def _same(yours: Array, mistaken: Array, expected: Array) -> bool:
    """Return whether a result is the mistaken one, on the scale of both and of the right one."""
    yours = _number(yours, mistaken)
    if yours.shape != mistaken.shape:
        return False
    finite = np.isfinite(mistaken)
    if not np.array_equal(finite, np.isfinite(yours)):
        return False
    return close(np.where(finite, yours, 0), np.where(finite, mistaken, 0), scale=scale_of(expected))


# -- describe --------------------------------------------------------------------------------


def description(difference: Difference) -> Finding | None:
    """Return in what the first wrong result is like the right one, None where their shapes differ."""
    yours, expected = difference.first
    if not isinstance(yours, np.ndarray) or yours.shape != expected.shape or is_right(yours, expected):
        return None
    if is_flag(yours, expected):
        return Finding("unexplained", "what is asked for here does not hold.", known=False)
    return similarity(yours, expected)


def example(difference: Difference) -> tuple[str, str] | None:
    """Return the first wrong place, ``(yours, expected)`` in words, None where there is no array."""
    result = difference.results[0]
    yours, expected = difference.first
    if not isinstance(yours, np.ndarray) or is_flag(yours, expected):
        return None
    if yours.shape != expected.shape:
        return (f"{result} has shape {shape_text(yours.shape)}", f"shape {shape_text(expected.shape)}")
    index = first_wrong(yours, expected)
    digits = 6 if scale_of(expected) else 3
    at = place(index)
    of = f", shape {shape_text(expected.shape)}" if expected.ndim else ""
    return f"{result}{at} = {yours[index]:.{digits}g}{of}", f"{result}{at} = {expected[index]:.{digits}g}{of}"
