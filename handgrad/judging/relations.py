"""Why a part is wrong, as far as all of its cases together can tell.

Where :mod:`handgrad.judging.diagnosis` looks at one wrong array and the right one, a relation looks at every case of a
part at once: is it the right result of another part, of an earlier call, a simple function of the right one, off by a
size that differs from case to case? Each is a small function that returns a finding only where it holds in every case
in which the part is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from handgrad.judging.arrays import Array, leaves
from handgrad.judging.comparison import RTOL, RTOL_FLOAT32, close, scale_of, tolerance
from handgrad.judging.diagnosis import Finding
from handgrad.judging.difference import FEWEST
from handgrad.judging.evidence import Call
from handgrad.judging.exercise import Exercise
from handgrad.judging.truth import Truth


@dataclass(frozen=True, eq=False)
class Compared:
    """A result beside the right one.

    Attributes
    ----------
    case, result
        The names of the case and of the result; of a part itself, where its results are rows ``part[0]``, ``part[1]``
        and so on of one array.
    yours, expected
        The two, float64.
    right
        Where they agree.
    call, truth
        The call that it comes from, and what is known of its case.
    """

    case: str
    result: str
    yours: Array
    expected: Array
    right: Array
    call: Call
    truth: Truth

    @property
    def same_shape(self) -> bool:
        """Whether the two can be compared element by element."""
        return bool(self.yours.shape == self.expected.shape)

    def like(self, other: Array) -> bool:
        """Return whether this result is another array, and that is not the right one too."""
        if self.yours.shape != other.shape or not np.isfinite(other).all():
            return False
        if not other.any() and self.yours.any():
            return False  # zeros have no scale on which numbers could be close to them, however small these are
        return close(self.yours, other) and not close(other, self.expected)


Relation = Callable[[Sequence[Compared], Sequence[Compared]], Finding | None]
"""From the wrong results of a part, and all of them, to what explains the wrong ones."""


def relations(
    exercise: Exercise, part: str, calls: Mapping[str, Call], truths: Mapping[str, Truth], *, weak: bool = False
) -> list[Finding]:
    """Return the first relation that explains every wrong result of a part, if there is one.

    A ``weak`` one says so little that it is only looked for where nothing else explains the part.
    """
    with np.errstate(all="ignore"):
        every: list[Compared] = []
        for case, truth in truths.items():
            names = [result for result in truth.expected if exercise.part_of(result) == part]
            compared = [_compared(case, name, calls[case], truth) for name in names]
            if any(found is None for found in compared):
                return []  # what broke off is explained by that
            every += _joined(part, [found for found in compared if found is not None])
        wrong = [compared for compared in every if not compared.right.all()]
        if not all(np.isfinite(compared.yours).all() for compared in wrong) or _only_flags(wrong):
            return []
        return next(([found] for relation in (WEAK if weak else RELATIONS) if (found := relation(wrong, every))), [])


def _compared(case: str, name: str, call: Call, truth: Truth) -> Compared | None:
    yours, expected = call.results.get(name), truth.expected[name]
    if not isinstance(yours, np.ndarray):
        return None
    bound = tolerance(yours) * scale_of(expected)
    yours = yours.astype(np.float64)
    if expected.ndim == 0 and yours.size == 1:
        yours = yours.reshape(())
    right = np.abs(yours - expected) <= bound if yours.shape == expected.shape else np.array(False)
    return Compared(case, name, yours, expected, right, call, truth)


def _joined(part: str, rows: list[Compared]) -> list[Compared]:
    """Return the results ``part[0]``, ``part[1]``, … or ``part[n = 2]``, … as the rows of one array, if they are."""
    numbers = [row.result.removeprefix(f"{part}[").removesuffix("]").removeprefix("n = ") for row in rows]
    if len(rows) < 2 or not all(map(str.isdigit, numbers)):
        return rows
    if len({row.expected.shape for row in rows}) > 1 or not all(row.same_shape for row in rows):
        return rows
    yours, expected, right = (np.stack([getattr(row, name) for row in rows]) for name in ("yours", "expected", "right"))
    return [Compared(rows[0].case, part, yours, expected, right, rows[0].call, rows[0].truth)]


def _only_flags(wrong: Sequence[Compared]) -> bool:
    """Return whether all are whole numbers: flags, lengths and counts agree by chance too easily."""
    return all(
        np.array_equal(array, np.round(array)) for compared in wrong for array in (compared.yours, compared.expected)
    )


def _in_all(wrong: Sequence[Compared], holds: Callable[[Compared], bool]) -> bool:
    return all(compared.same_shape and holds(compared) for compared in wrong)


# -- other results of the case ---------------------------------------------------------------


def another_result(wrong: Sequence[Compared], every: Sequence[Compared]) -> Finding | None:
    """The right result of another part."""
    for other in wrong[0].truth.expected:
        base, _, rest = other.partition("[")
        twins = [_twin(compared.result, base, rest) for compared in wrong]
        if any(twin not in compared.truth.expected for compared, twin in zip(wrong, twins, strict=True)):
            continue
        if any(_any_call(twin) == _any_call(compared.result) for compared, twin in zip(wrong, twins, strict=True)):
            continue  # the same part in an earlier or later call: kept_between_calls tells of it
        pairs = list(zip(wrong, twins, strict=True))
        if not all(compared.like(compared.truth.expected[twin]) for compared, twin in pairs):
            continue
        if not any(compared.yours.any() for compared in wrong):
            continue  # two gradients that are 0 are not a copy of each other
        part, twin = _shown(wrong[0].result), _shown(twins[0])
        if all(_holds(compared.call, twin, compared.expected) for compared, twin in pairs):
            return Finding("exchanged", f"`{part}` and `{twin}` are exchanged: each holds the other one.")
        return Finding(
            "same_as_another_part", f"it is just the right `{twin}`: was a line copied, and a name in it not changed?"
        )
    return None


def _twin(result: str, base: str, rest: str) -> str:
    """Return the name of the result of another part that stands where ``result`` stands in its own."""
    _, bracket, inside = result.partition("[")
    if not bracket or not rest:
        return f"{base}[{rest}" if rest else base
    return f"{base}[{inside}" if inside else base


def _any_call(result: str) -> str:
    """Return the name of a result without the call that it is of."""
    return result.removesuffix("[between]").removesuffix("[again]").removesuffix("[transposed]")


def _shown(result: str) -> str:
    return result.removesuffix("[again]")


def _holds(call: Call, result: str, expected: Array) -> bool:
    yours = call.results.get(result)
    return isinstance(yours, np.ndarray) and close(yours, expected)


def second_call(wrong: Sequence[Compared], every: Sequence[Compared]) -> Finding | None:
    """The first call is right, the same call again is not."""
    if not all(compared.result.endswith("[again]") for compared in wrong):
        return None
    if all(compared.same_shape and close(compared.yours, 2 * compared.expected) for compared in wrong):
        return Finding(
            "second_call_adds",
            "the first call is right, and the same call again gives twice that: it adds to what the first one left. "
            "Start each sum anew in every call.",
        )
    return Finding(
        "second_call",
        "the first call is right, and the same call again gives something else: what the first one was given, or "
        "kept, is changed by it.",
    )


def kept_between_calls(wrong: Sequence[Compared], every: Sequence[Compared]) -> Finding | None:
    """The right result of an earlier call, or one that the results of earlier calls went into."""
    places = {(compared.case, compared.result): place for place, compared in enumerate(every)}
    returned, added = [], []
    for compared in wrong:
        before = [
            other
            for other in every[: places[compared.case, compared.result]]
            if other.yours.shape == other.expected.shape == compared.expected.shape
        ]
        if not before:
            return None
        returned.append(next((other for other in before if compared.like(other.expected)), None))
        sums = (before[-1].yours, np.sum([other.expected for other in before], axis=0))
        added.append(any(compared.like(compared.expected + more) for more in sums))
    if returned[0] is not None and None not in returned:
        inputs = "other inputs" if returned[0].case == wrong[0].case else f"the inputs of “{returned[0].case}”"
        return Finding(
            "result_of_an_earlier_call",
            f"in the case “{wrong[0].case}” it is the right result of another call, with {inputs}: something is kept "
            "from one call to the next, or a later call writes into an array that an earlier one returned.",
        )
    if all(added):
        return Finding(
            "adds_to_earlier_calls",
            "it adds to what earlier calls left: the first call is right, and later ones hold the results of earlier "
            "ones too. Start each sum anew in every call.",
        )
    return None


def not_a_function(wrong: Sequence[Compared], every: Sequence[Compared]) -> Finding | None:
    """The same inputs give another result the next time."""
    for later in wrong:
        earlier = (other for other in every[: every.index(later)] if other.yours.shape == later.yours.shape)
        if any(_same_inputs(other, later) and not close(later.yours, other.yours) for other in earlier):
            return Finding(
                "not_a_function",
                "the same inputs gave another result the second time: something is kept from one call to the next (a "
                "default argument, a global, an attribute of the class), or is drawn at random.",
            )
    return None


def _same_inputs(first: Compared, later: Compared) -> bool:
    """Return whether two results come from calls with the same inputs."""
    if first.case == later.case:
        return later.result == f"{first.result}[again]"
    if first.result != later.result or later.result.endswith("[between]"):
        return False
    inputs = [
        {path: value for path, value in leaves(compared.truth.inputs) if not path.startswith("between")}
        for compared in (first, later)
    ]
    return (
        bool(inputs[0])
        and inputs[0].keys() == inputs[1].keys()
        and all(np.array_equal(value, inputs[1][path]) for path, value in inputs[0].items())
    )


def memory_layout(wrong: Sequence[Compared], every: Sequence[Compared]) -> Finding | None:
    """Right, but for inputs that lie in memory as a transpose does."""
    if not all(compared.result.endswith("[transposed]") for compared in wrong):
        return None
    return Finding(
        "memory_layout",
        "it is right, but not where an input lies in memory as the transpose of an array does, such as `X.T`: "
        "`ravel` and `reshape` may then give a copy, and what is written there is lost.",
    )


# -- the right numbers in other places -------------------------------------------------------


Holds = Callable[[Compared], bool | None]
"""Whether an arrangement explains a result; None where it has too few rows to tell."""


def _reversed(axis: int) -> Callable[[Compared], bool]:
    def holds(compared: Compared) -> bool:
        return axis < compared.yours.ndim and compared.like(np.flip(compared.expected, axis))

    return holds


def _rolled(axis: int, step: int) -> Callable[[Compared], bool]:
    def holds(compared: Compared) -> bool:
        return axis < compared.yours.ndim and compared.like(np.roll(compared.expected, step, axis))

    return holds


def _shifted(axis: int, step: int) -> Holds:
    def holds(compared: Compared) -> bool | None:
        if axis >= compared.yours.ndim:
            return False
        if compared.yours.shape[axis] < FEWEST:
            return None
        head, tail = slice(None, -1), slice(1, None)
        there, here = (head, tail) if step > 0 else (tail, head)
        place: tuple[slice, ...] = (slice(None),) * axis
        overlap = compared.yours[(*place, here)]
        right = compared.expected[(*place, there)]
        return close(overlap, right) and not close(overlap, compared.expected[(*place, here)]) and bool(right.any())

    return holds


def _shifted_along_both(compared: Compared) -> bool | None:
    """Return whether the first two axes are one place late."""
    if compared.yours.ndim < 2:
        return False
    if min(compared.yours.shape[:2]) < FEWEST:
        return None
    overlap, right = compared.yours[1:, 1:], compared.expected[:-1, :-1]
    return close(overlap, right) and not close(overlap, compared.expected[1:, 1:])


def _reshaped(compared: Compared) -> bool:
    if compared.yours.ndim != 2 or min(compared.yours.shape) < 2:
        return False
    return compared.like(compared.expected.T.reshape(compared.expected.shape))


def _rearranged(compared: Compared) -> bool:
    values = np.sort(compared.expected, axis=None)
    if len(values) < FEWEST or np.ptp(values) == 0:
        return False
    # rows of very different size are joined, and wrong small ones change nothing on the scale of the large
    return close(np.sort(compared.yours, axis=None), values) and not close(compared.yours, compared.expected)


def _mirrored(compared: Compared) -> bool:
    yours, expected = compared.yours, compared.expected
    if yours.ndim != 2 or yours.shape[0] != yours.shape[1] or len(yours) < FEWEST or not close(yours, yours.T):
        return False
    scale = scale_of(expected)
    return close(np.triu(yours), np.triu(expected), scale=scale) or close(
        np.tril(yours), np.tril(expected), scale=scale
    )


ARRANGEMENTS: tuple[tuple[Holds, str, str], ...] = (
    *(
        (_reversed(axis), "reversed", f"it is reversed along axis {axis}: what should stand first stands last.")
        for axis in (0, 1)
    ),
    *(
        (
            _rolled(axis, step),
            "rolled",
            f"it is off by one along axis {axis}: entry k holds what belongs in entry k {sign} 1, and one end goes "
            "over to the other.",
        )
        for axis in (0, 1)
        for step, sign in ((1, "−"), (-1, "+"))
    ),
    (
        _shifted_along_both,
        "shifted",
        "it is off by one along axes 0 and 1: entry [k, l] holds what belongs in entry [k − 1, l − 1].",
    ),
    *(
        (
            _shifted(axis, step),
            "shifted",
            f"it is off by one along axis {axis}: entry k holds what belongs in entry k {sign} 1.",
        )
        for axis in (0, 1)
        for step, sign in ((1, "−"), (-1, "+"))
    ),
    (
        _reshaped,
        "reshaped_in_place_of_transposed",
        "its numbers are right and stand in the order of the transpose: a reshape keeps that order, and is no "
        "transpose.",
    ),
    (_rearranged, "rearranged", "its numbers are the right ones, in other places: was something reshaped or sorted?"),
    (
        _mirrored,
        "mirrored",
        "one half is right, and the other one its mirror image: [i, j] and [j, i] are not the same here.",
    ),
)


def arrangement(wrong: Sequence[Compared], every: Sequence[Compared]) -> Finding | None:
    """The right numbers, in other places."""
    for holds, name, message in ARRANGEMENTS:
        found = [holds(compared) if compared.same_shape else False for compared in wrong]
        if any(found) and False not in found:
            return Finding(name, message)
    return None


def one_for_all(wrong: Sequence[Compared], every: Sequence[Compared]) -> Finding | None:
    """One sum, mean, or line of the right result, in the place of each."""
    for axis, along in ((None, "all of it"), (0, "axis 0"), (1, "axis 1"), (-1, "the last axis")):
        for of, word in ((np.mean, "mean"), (np.sum, "sum")):

            def spread(compared: Compared, axis: int | None = axis, of: Callable[..., Array] = of) -> bool:
                expected = compared.expected
                if expected.ndim <= (axis or 0) or expected.size < 2:
                    return False
                return compared.like(np.broadcast_to(of(expected, axis=axis, keepdims=True), expected.shape))

            if _in_all(wrong, spread):
                return Finding(f"{word}_for_each", f"each entry holds the {word} of the right ones over {along}.")
    for index, word in ((0, "first"), (-1, "last")):

        def repeated(compared: Compared, index: int = index) -> bool:
            expected = compared.expected
            return expected.ndim > 0 and compared.like(np.broadcast_to(expected[index], expected.shape))

        if _in_all(wrong, repeated):
            return Finding(
                f"{word}_repeated",
                f"every row holds the right {word} one: do they all share one array that is changed in place?",
            )
    return None


# -- functions of the right result -----------------------------------------------------------

FUNCTIONS: tuple[tuple[str, Callable[[Array], Array], str], ...] = (
    ("square", np.square, "it is the square of what it should be."),
    ("square_root", np.sqrt, "it is the square root of what it should be."),
    ("absolute_value", np.abs, "it is the absolute value of what it should be: the signs are lost."),
    ("one_over", lambda x: 1 / x, "it is 1 over what it should be."),
    ("natural_logarithm", np.log, "it is the natural logarithm of what it should be."),
    ("exponential", np.exp, "it is the exponential of what it should be: is a logarithm missing?"),
    ("base_2", lambda x: x / np.log(2), "it is what it should be divided by ln 2: that is a logarithm to the base 2."),
    (
        "base_10",
        lambda x: x / np.log(10),
        "it is what it should be divided by ln 10: that is a logarithm to the base 10.",
    ),
    ("one_more", lambda x: x + 1, "it is 1 more than it should be."),
    ("one_less", lambda x: x - 1, "it is 1 less than it should be."),
    ("one_minus", lambda x: 1 - x, "it is 1 minus what it should be."),
    ("whole_part", np.trunc, "its digits behind the point are cut off: was it stored among integers?"),
)


def function_of(wrong: Sequence[Compared], every: Sequence[Compared]) -> Finding | None:
    """A simple function of the right result, element by element."""
    for name, function, message in FUNCTIONS:
        if name == "whole_part" and sum(compared.yours.size for compared in wrong) < FEWEST:
            continue  # one number is a whole one for many reasons
        if _in_all(wrong, lambda compared, function=function: compared.like(function(compared.expected))):  # type: ignore[misc]
            return Finding(name, message)
    return None


def rounded(wrong: Sequence[Compared], every: Sequence[Compared]) -> Finding | None:
    """Right to some digits behind the point."""
    for digits in range(1, 8):
        if _in_all(
            wrong,
            lambda compared, digits=digits: bool(  # type: ignore[misc]
                np.allclose(compared.yours, np.round(compared.expected, digits), rtol=1e-12, atol=1e-14)
            ),
        ):
            plural = "s" if digits > 1 else ""
            return Finding("rounded", f"it is rounded to {digits} digit{plural} behind the point: return it in full.")
    return None


def bounded(wrong: Sequence[Compared], every: Sequence[Compared]) -> Finding | None:
    """Right between two bounds, and cut off at them."""
    every = [compared for compared in every if not compared.right.all() or not _only_flags([compared])]
    if not all(compared.same_shape for compared in every):
        return None
    yours = np.concatenate([compared.yours.ravel() for compared in every])
    expected = np.concatenate([compared.expected.ravel() for compared in every])
    off = ~np.concatenate([compared.right.ravel() for compared in every])
    said = []
    for word, beyond in (("above", yours < expected), ("below", yours > expected)):
        cut = yours[off & beyond]
        if not cut.size:
            continue
        bound = float(cut[0])
        larger = yours > bound + RTOL * abs(bound) if word == "above" else yours < bound - RTOL * abs(bound)
        # one element alone is cut off at any number, so that has to be a round one
        telling = cut.size >= FEWEST or float(f"{bound:.1g}") == bound != 0
        if not telling or np.ptp(cut) > 1e-9 * abs(bound) or larger.any():
            return None
        said.append(f"{word} at {bound:.6g}")
    if off.all() or not expected[~off].any():
        return None
    rest = "nothing is to be clipped here."
    return Finding("bounded", f"it is cut off {' and '.join(said)}: {rest}", brief=f"it is cut off at a bound: {rest}")


def signs(wrong: Sequence[Compared], every: Sequence[Compared]) -> Finding | None:
    """Right but for some signs."""
    if not _in_all(wrong, lambda c: close(np.abs(c.yours), np.abs(c.expected)) and not close(c.yours, c.expected)):
        return None
    count, size = sum(int((~c.right).sum()) for c in wrong), sum(c.right.size for c in wrong)
    share = f"in {count} of {size} elements" if size > len(wrong) else "there"
    brief = "the size is right, and the sign is wrong in some elements."
    return Finding("signs", f"the size is right, and the sign is wrong {share}.", brief=brief)


def zero_in_places(wrong: Sequence[Compared], every: Sequence[Compared]) -> Finding | None:
    """Right but for some elements that are 0."""
    if not _in_all(wrong, lambda compared: not compared.yours[~compared.right].any()):
        return None
    nonzero = sum(int((compared.right & (compared.expected != 0)).sum()) for compared in wrong)
    if not nonzero:
        return None
    count, size = sum(int((~c.right).sum()) for c in wrong), sum(c.right.size for c in wrong)
    return Finding(
        "zero_in_places",
        f"{count} of {size} elements are 0 where they should not be; the others are right.",
        brief="some elements are 0 where they should not be; the others are right.",
    )


def at_the_labels(wrong: Sequence[Compared], every: Sequence[Compared]) -> Finding | None:
    """Right but for one entry of each row, that of its label, all off by the same."""
    for path, labels in leaves(wrong[0].truth.inputs):
        if not isinstance(labels, np.ndarray) or labels.dtype.kind != "i" or labels.ndim != 1:
            continue
        offs = [_off_at(compared, dict(leaves(compared.truth.inputs)).get(path)) for compared in wrong]
        if any(off is None for off in offs):
            continue
        counts = [len(compared.expected) for compared in wrong]
        if all(off is not None and abs(off - (1 / n - 1)) < RTOL for off, n in zip(offs, counts, strict=True)):
            return Finding(
                "one_subtracted_after_the_mean",
                f"it is wrong at the entries of `{path}` alone: 1 is subtracted there after the division by N; "
                "subtract first, then divide.",
            )
        return Finding("wrong_at_the_labels", f"it is wrong at the entries of `{path}` alone, by the same in each row.")
    return None


def _off_at(compared: Compared, labels: object) -> float | None:
    """Return by how much the entries of the labels are off, None where others are wrong or they differ."""
    if not isinstance(labels, np.ndarray) or not compared.same_shape or compared.yours.ndim != 2:
        return None
    rows, columns = compared.yours.shape
    if labels.shape != (rows,) or labels.min() < 0 or labels.max() >= columns or columns < FEWEST:
        return None
    places = np.zeros(compared.yours.shape, dtype=bool)
    places[np.arange(rows), labels] = True
    off = (compared.yours - compared.expected)[places]
    if not compared.right[~places].all() or np.ptp(off) > RTOL * scale_of(compared.expected):
        return None
    return float(off[0])


# -- factors that differ from case to case ---------------------------------------------------


def input_as_factor(wrong: Sequence[Compared], every: Sequence[Compared]) -> Finding | None:
    """The right result times an input, or divided by one, element by element."""
    inputs = [_numbers(compared.truth) for compared in wrong]
    for path, first in inputs[0].items():
        values = [numbers.get(path) for numbers in inputs]
        if not _fits(first, wrong[0].expected) or any(value is None for value in values):
            continue
        pairs = [(compared, value) for compared, value in zip(wrong, values, strict=True) if value is not None]
        for word, power in (
            ("times", 1),
            ("divided by", -1),
            ("times the square of", 2),
            ("divided by the square of", -2),
        ):
            if all(_fits(value, c.expected) and c.like(c.expected * value ** float(power)) for c, value in pairs):
                each = ", element by element" if pairs[0][1].ndim else ""
                return Finding("input_as_factor", f"it is the right result {word} `{path}`{each}.")
    return None


def _fits(value: Array, expected: Array) -> bool:
    return value.ndim == 0 or value.shape == expected.shape


def _numbers(truth: Truth) -> dict[str, Array]:
    """Return the inputs that are arrays of numbers, or numbers, by path."""
    found = {path: np.asarray(value) for path, value in leaves(truth.inputs)}
    found |= {path: np.asarray(value) for path, value in truth.inputs.items() if _is_row(value)}
    return {path: value.astype(np.float64) for path, value in found.items() if value.dtype.kind in "iuf"}


def _is_row(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(number, int | float) for number in value)


def size_as_factor(wrong: Sequence[Compared], every: Sequence[Compared]) -> Finding | None:
    """The right result times, or divided by, a size that differs from case to case."""
    ratios = [_ratio(compared) for compared in wrong]
    if any(ratio is None for ratio in ratios) or len(wrong) < 2:
        return None
    factor = np.array(ratios, dtype=np.float64)
    if np.ptp(factor) <= RTOL * abs(factor[0]):
        return None  # one factor for all cases is another mistake
    sizes = _common_sizes(wrong)
    for words, size in sizes.items():
        for power, how in (
            (1, "multiplied by"),
            (-1, "divided by"),
            (2, "multiplied twice by"),
            (-2, "divided twice by"),
        ):
            if np.allclose(factor, size**power, rtol=RTOL, atol=0):
                return Finding("size_as_factor", f"right direction, but {how} {words}.")
    for (above, large), (below, small) in _pairs(sizes):
        if np.allclose(factor, large / small, rtol=RTOL, atol=0):
            return Finding("another_size", f"right direction, but divided by {below} in place of {above}.")
    return None


def _ratio(compared: Compared) -> float | None:
    if not compared.same_shape:
        return None
    norm = float(np.vdot(compared.expected, compared.expected))
    ratio = float(np.vdot(compared.yours, compared.expected)) / norm if norm else 0.0
    return ratio if ratio > 0 and close(compared.yours / ratio, compared.expected) else None


def _common_sizes(wrong: Sequence[Compared]) -> dict[str, Array]:
    """Return the sizes that every case has, in words, each with its value in each case; equal ones once."""
    each = [_sizes(compared) for compared in wrong]
    found: dict[str, Array] = {}
    for words in each[0]:
        if all(words in sizes for sizes in each):
            values = np.array([sizes[words] for sizes in each], dtype=np.float64)
            if values.min() > 0 and not any(np.array_equal(values, other) for other in found.values()):
                found[words] = values
    return found


def _sizes(compared: Compared) -> dict[str, int]:
    examples = _examples(compared)
    found = {"the number of examples": examples} if examples else {}
    for path, value in leaves(compared.truth.inputs):
        if isinstance(value, np.ndarray) and value.ndim:
            found |= {f"`{path}.shape[{axis}]`": length for axis, length in enumerate(value.shape)}
            found[f"the number of elements of `{path}`"] = value.size
    found["the number of its elements"] = compared.expected.size
    return found


def _examples(compared: Compared) -> int | None:
    context = compared.truth.context.get(compared.result)
    return context.examples if context else None


def _pairs(sizes: Mapping[str, Array]) -> Iterator[tuple[tuple[str, Array], tuple[str, Array]]]:
    for above in sizes.items():
        for below in sizes.items():
            if above[0] != below[0]:
                yield above, below


def transposed_and_scaled(wrong: Sequence[Compared], every: Sequence[Compared]) -> Finding | None:
    """The transpose, and a factor beside it."""
    if not all(compared.expected.ndim == 2 and min(compared.expected.shape) > 1 for compared in wrong):
        return None
    factors = [_ratio(replace(compared, yours=compared.yours.T)) for compared in wrong]
    if by_n := _factor_n(wrong, factors):
        name, words = by_n
        message = f"two things at once: it is the transpose of what it should be, and {words}."
        return Finding(f"transposed_and_{name}", message)
    factor = factors[0]
    if factor is None or not all(f and abs(f - factor) <= RTOL * factor for f in factors):
        return None
    return Finding(
        f"transposed_and_factor_{factor:.4g}",
        f"two things at once: it is the transpose of what it should be, and {factor:.4g} times as large.",
        brief="two things at once: it is the transpose of what it should be, and has a factor.",
    )


def flipped_and_scaled(wrong: Sequence[Compared], every: Sequence[Compared]) -> Finding | None:
    """The other sign, and N times too large or too small."""
    by_n = _factor_n(wrong, [_ratio(replace(compared, yours=-compared.yours)) for compared in wrong])
    if not by_n:
        return None
    name, words = by_n
    return Finding(f"sign_and_{name}", f"two things at once: the sign is flipped, and it is {words}.")


def _factor_n(wrong: Sequence[Compared], factors: Sequence[float | None]) -> tuple[str, str] | None:
    """Return the name of what all factors are, N or 1/N, and what to say of it."""
    counts = [_examples(compared) for compared in wrong]
    for power, name, words in ((1, "factor_N", "too large"), (-1, "factor_1/N", "too small")):
        if all(f and n and abs(f - n**power) <= RTOL * f for f, n in zip(factors, counts, strict=True)):
            return name, f"N times {words}, N the number of examples"
    return None


def factor_differs(wrong: Sequence[Compared], every: Sequence[Compared]) -> Finding | None:
    """The right direction, times a factor that differs from case to case."""
    ratios = [_ratio(compared) if compared.expected.size > 2 else None for compared in wrong]
    if len(wrong) < 2 or any(ratio is None for ratio in ratios):
        return None
    known = [(ratio, compared) for ratio, compared in zip(ratios, wrong, strict=True) if ratio is not None]
    (least, small), (most, large) = (of(known, key=lambda pair: pair[0]) for of in (min, max))
    if f"{least:.2g}" == f"{most:.2g}" or small.case == large.case:
        return None
    return Finding(
        "factor_differs",
        f"right direction, times a factor that is not the same everywhere: {least:.3g} in “{small.case}”, {most:.3g} "
        f"in “{large.case}”. By what is it divided or multiplied?",
        brief=f"right direction, times a factor that is not the same everywhere: it is smallest in “{small.case}” and "
        f"largest in “{large.case}”. By what is it divided or multiplied?",
    )


def slightly_off(wrong: Sequence[Compared], every: Sequence[Compared]) -> Finding | None:
    """Close to the right result, and not the same."""
    shares = [np.abs(c.yours - c.expected).max() / scale_of(c.expected) if c.same_shape else np.inf for c in wrong]
    if max(shares) <= RTOL_FLOAT32:
        return None  # the generic diagnosis of one array says so
    # one number alone is close to another one too often
    if not all(share < (5e-3 if c.expected.size > 2 else 5e-4) for share, c in zip(shares, wrong, strict=True)):
        return None
    return Finding(
        "slightly_off",
        f"nearly right: no element is off by more than {max(shares):.1g} of the largest one. Is something added so "
        "that nothing is 0, rounded, cut off, or computed in float32?",
        brief="nearly right: no element is far off. Is something added so that nothing is 0, rounded, cut off, or "
        "computed in float32?",
    )


def scaled_lines(wrong: Sequence[Compared], every: Sequence[Compared]) -> Finding | None:
    """Rows, or columns, of a matrix that are each right but for a factor of its own."""
    for axis, line in ((-1, "row"), (-2, "column")):

        def scaled(compared: Compared, axis: int = axis) -> bool:
            yours, expected = compared.yours, compared.expected
            if expected.ndim < 2 or min(expected.shape[-2:]) < 2:
                return False
            norms = (expected * expected).sum(axis=axis, keepdims=True)
            factors = (yours * expected).sum(axis=axis, keepdims=True) / np.where(norms, norms, 1)
            return close(yours, factors * expected, scale=scale_of(expected))

        if _in_all(wrong, scaled):
            return Finding(
                f"scaled_{line}s",
                f"each {line} is right but for a factor of its own: what changes along the {line} is right, and what "
                "it is multiplied with or divided by is not.",
            )
    return None


RELATIONS: tuple[Relation, ...] = (
    second_call,
    another_result,
    kept_between_calls,
    not_a_function,
    memory_layout,
    arrangement,
    one_for_all,
    rounded,
    zero_in_places,
    bounded,
    function_of,
    signs,
    at_the_labels,
    input_as_factor,
    size_as_factor,
    transposed_and_scaled,
    flipped_and_scaled,
    factor_differs,
    slightly_off,
)

WEAK: tuple[Relation, ...] = (scaled_lines,)
