"""Compare evidence with the truth, and say what is right, what is wrong, and what the mistake looks like.

The same comparison serves the visible checks, on public cases whose answers are known, and the
grader, on hidden cases whose answers only the grader's process knows.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from handgrad.judging.diagnosis import (
    RTOL_FLOAT32,
    Array,
    Context,
    Finding,
    close,
    diagnose,
    first_wrong,
    place,
    scale_of,
    shape_text,
    similarity,
)
from handgrad.judging.evidence import Malformed, TooLarge, leaves, read_array
from handgrad.judging.exercise import Exercise

MOST_FREE = 20_000
"""The largest number of elements of a result that has no one right answer."""

UNCHANGED = "arguments unchanged"
"""A verdict beside the parts of every exercise: right where no call changed its arguments."""

DECISIVE = frozenset({"wrong_shape", "wrong_type", "wrong_return", "not_returned"})
"""Findings that say enough by themselves, even where they hold of one case alone."""

ERRORS = frozenset(
    "ArithmeticError AssertionError AttributeError AxisError BufferError EOFError FloatingPointError ImportError "
    "IndexError KeyError LinAlgError LookupError MemoryError ModuleNotFoundError NameError NotImplementedError "
    "OSError OverflowError RecursionError RuntimeError RuntimeWarning StopIteration SyntaxError TypeError "
    "UFuncTypeError UnboundLocalError ValueError ZeroDivisionError".split()
)
"""Names of exceptions that are repeated to the student; any other could carry hidden inputs."""

TYPES = frozenset(
    "None|a list|a tuple|a dict|a set|a str|a bytes|a bool|a complex|a function|a method|a type|a generator|a range|"
    "a map|a zip|a filter|a module|a Tensor|a Fraction|an ndarray|an array of dtype object|"
    "an array of dtype complex64|an array of dtype complex128".split("|")
)
"""What a result may be said to be; any other name of a type could carry hidden inputs."""


@dataclass(frozen=True)
class Misconception:
    """A known mistake.

    Attributes
    ----------
    name
        What reports call it.
    message
        What the student is told.
    weak
        Whether it is only looked at where nothing else explains a part.
    variant
        Tells mistakes with the same words apart.
    """

    name: str
    message: str
    weak: bool = False
    variant: int = 0


@dataclass(frozen=True)
class Truth:
    """What is known of one case.

    Attributes
    ----------
    expected
        The right results by name, float64.
    context
        What the generic diagnoses may use, by name of the result.
    wrong
        For each misconception, the results that it leads to.
    inputs
        The inputs, for an exercise that is judged by properties.
    """

    expected: Mapping[str, Array]
    context: Mapping[str, Context] = field(default_factory=dict)
    wrong: Mapping[Misconception, Mapping[str, Array]] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PartVerdict:
    """Whether one part is right, and if not, what was found.

    Attributes
    ----------
    name
        Name of the part.
    right
        Whether it is right in every case.
    findings
        What the mistake looks like, likeliest first; empty where it is right.
    cases
        The cases in which it is wrong.
    example
        The first wrong place, ``(yours, expected)`` in words; for public cases only.
    """

    name: str
    right: bool
    findings: tuple[Finding, ...] = ()
    cases: tuple[str, ...] = ()
    example: tuple[str, str] | None = None


@dataclass(frozen=True)
class Verdict:
    """What was found for one exercise.

    Attributes
    ----------
    exercise
        Its name.
    parts
        A verdict for each part that was judged.
    reason
        Why nothing could be judged, or nothing.
    attempted
        Whether the student wrote anything.
    """

    exercise: str
    parts: tuple[PartVerdict, ...]
    reason: Finding | None = None
    attempted: bool = True

    @property
    def share(self) -> float:
        """The share of the points that is earned, from 0 to 1.

        Every part counts alike; a call that changes its arguments costs as much as one part.
        """
        valued = [part for part in self.parts if part.name != UNCHANGED]
        changed = any(part.name == UNCHANGED and not part.right for part in self.parts)
        return max(0, sum(part.right for part in valued) - changed) / len(valued) if valued else 0.0

    @property
    def right(self) -> bool:
        """Whether every part is right."""
        return bool(self.parts) and all(part.right for part in self.parts)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every different finding, in the order of the parts."""
        found = [self.reason] if self.reason else []
        found += [finding for part in self.parts for finding in part.findings]
        return tuple(dict.fromkeys(found))


# -- reading ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Call:
    """One run of one case: the results up to its end, or up to what went wrong."""

    results: dict[str, Array | str]
    changed: tuple[str, ...] = ()
    failure: Finding | None = None


def _failure(run: Mapping[str, Any], exercise: Exercise, lines: Container[str] | None) -> Finding:
    """Say how a run broke off, in words that cannot carry a hidden input out of the kernel."""
    returned, name, line = run.get("returned"), str(run.get("error")), str(run.get("line"))
    if returned is not None:
        told = (
            str(returned)[:300] if lines is None else f"it should return {exercise.returns}; it returned something else"
        )
        return Finding("wrong_return", told + ".")
    if name == "NotImplementedError":
        return Finding("not_implemented", "nothing is written here yet.", known=False)
    known = name in ERRORS
    where = f" at the line `{line}`" if lines is None or line in lines else ""
    text = f": {run.get('text')}" if lines is None and run.get("text") else ""
    return Finding(f"raised_{name}" if known else "raised", f"it raised {name if known else 'an error'}{where}{text}.")


def _call(run: Any, exercise: Exercise, truth: Truth, lines: Container[str] | None) -> _Call:
    if not isinstance(run, Mapping):
        raise Malformed("a case has no run")
    packed, changed = run.get("results"), run.get("changed")
    if not isinstance(packed, Mapping) or not isinstance(changed, list) or len(packed) > 4 * len(truth.expected) + 40:
        raise Malformed("a run has another form")
    results: dict[str, Array | str] = {}
    for name, value in packed.items():
        if name not in truth.expected and not (exercise.properties and exercise.part_of(name) in exercise.parts):
            continue
        if isinstance(value, Mapping) and set(value) == {"type"}:
            told = str(value["type"])[:80]
            results[name] = told if lines is None or told in TYPES else "of another type"
        else:
            largest = max((array.size for array in truth.expected.values()), default=MOST_FREE)
            examples = max((c.examples or 1 for c in truth.context.values()), default=1)
            try:
                results[name] = read_array(value, most_bytes=8 * (largest * max(examples, 8) + 512))
            except TooLarge:
                results[name] = "far larger than it can be"
    failure = _failure(run, exercise, lines) if "error" in run or "returned" in run else None
    inputs = [path for path, _ in leaves(truth.inputs)]
    paths = (str(path)[:80] for path in changed[:20])
    return _Call(results, tuple(path if lines is None or path in inputs else "inputs" for path in paths), failure)


# -- judging ---------------------------------------------------------------------------------


def judge(
    exercise: Exercise,
    evidence: Mapping[str, Any],
    truths: Mapping[str, Truth],
    *,
    public: bool = False,
    lines: Container[str] | None = None,
) -> Verdict:
    """Judge the evidence of one exercise.

    Parameters
    ----------
    exercise
        The exercise.
    evidence
        What :func:`handgrad.judging.evidence.collect` returned, of which nothing is trusted.
    truths
        What is known of each case; every one must be in the evidence.
    public
        Whether the cases are public, so that numbers may be shown.
    lines
        The lines of the student's code. Only a line among them is repeated in a message, as
        any other text from the kernel could carry a hidden input. None for public cases, where
        the text of an exception is repeated too.

    Raises
    ------
    Malformed
        Where the evidence does not have the form agreed on.
    """
    if "missing" in evidence:
        reason = Finding("missing", f"`{exercise.solution[0]}` is not defined.", known=False)
        return _nothing(exercise, reason, attempted=False)
    found = evidence.get("cases")
    if not isinstance(found, Mapping) or set(found) != set(truths):
        raise Malformed("the evidence holds other cases than were given")
    variants: dict[str, dict[str, _Call]] = {}
    for label, truth in truths.items():
        if not isinstance(found[label], Mapping) or "own" not in found[label]:
            raise Malformed("a case has no run")
        for variant in ("own", "supplied"):
            if variant in found[label]:
                call = _call(found[label][variant], exercise, truth, lines)
                variants.setdefault(variant, {})[label] = call
    complete = [calls for calls in variants.values() if len(calls) == len(truths)]
    failures = [call.failure for call in complete[0].values()]
    if all(failure is not None and failure.name == "not_implemented" for failure in failures):
        return _nothing(exercise, failures[0], attempted=False)
    parts: list[PartVerdict] = []
    for name in exercise.parts:
        if public and name in exercise.unanswered:
            continue
        verdicts = [_part(exercise, name, calls, truths, public) for calls in complete]
        # with right helpers supplied, the diagnosis is of this exercise's own mistake
        parts.append(next((verdict for verdict in verdicts if verdict.right), verdicts[-1]))
    parts.append(_unchanged(complete))
    return Verdict(exercise.name, tuple(parts))


def _nothing(exercise: Exercise, reason: Finding | None, attempted: bool = True) -> Verdict:
    parts = tuple(PartVerdict(name, False) for name in exercise.parts)
    return Verdict(exercise.name, parts, reason, attempted)


def unjudged(exercise: Exercise, name: str, message: str, *, known: bool = False) -> Verdict:
    """Return the verdict where there is nothing to judge: no points, and the reason; a ``known`` one is counted."""
    return _nothing(exercise, Finding(name, message, known=known))


def _unchanged(variants: Sequence[Mapping[str, _Call]]) -> PartVerdict:
    calls = [call for calls in variants for call in calls.values()]
    paths = list(dict.fromkeys(path for call in calls for path in call.changed))
    if paths:
        shown = ", ".join(f"`{path}`" for path in paths[:4])
        finding = Finding(
            "argument_changed", f"the call changes its argument {shown}: work on a copy, without `-=` or `[...] =`."
        )
        return PartVerdict(UNCHANGED, False, (finding,))
    return PartVerdict(UNCHANGED, True)


def _part(
    exercise: Exercise,
    name: str,
    calls: Mapping[str, _Call],
    truths: Mapping[str, Truth],
    public: bool,
) -> PartVerdict:
    if exercise.properties is not None:
        return _by_properties(exercise, name, calls, truths)
    wrong: list[str] = []
    explained: list[dict[str, Finding]] = []
    described: Finding | None = None
    examples: dict[str, tuple[str, str]] = {}
    for label, truth in truths.items():
        results = [result for result in truth.expected if exercise.part_of(result) == name]
        call = calls[label]
        bad = [result for result in results if not _is_right(call, result, truth)]
        if not bad:
            continue
        wrong.append(label)
        if call.failure is not None and not any(result in call.results for result in bad):
            explained.append({call.failure.name: call.failure})
            continue
        per_result = [_explain(call.results.get(result), truth, result) for result in bad]
        shared = set.intersection(*(set(found) for found in per_result))
        explained.append({key: finding for key, finding in per_result[0].items() if key in shared})
        first, yours = bad[0], call.results.get(bad[0])
        if described is None and isinstance(yours, np.ndarray) and yours.shape == truth.expected[first].shape:
            described = similarity(yours, truth.expected[first])
        if isinstance(yours, np.ndarray):
            examples[label] = _example(first, yours, truth.expected[first])
    if not wrong:
        return PartVerdict(name, True)
    findings = _named(exercise, name, calls, truths)
    if name in exercise.unanswered:
        choice = Finding("wrong_choice", "this is not the right choice.", known=False)
        return PartVerdict(name, False, tuple(findings) or (choice,), tuple(wrong))
    shared_keys = [key for key in explained[0] if all(key in found for found in explained)]
    generic = [explained[0][key] for key in shared_keys]
    if not findings and not generic:
        # no one cause fits every case: say what holds of the first wrong one, and name the case
        generic = [Finding(f.name, f"in the case “{wrong[0]}”, {f.message}", f.known) for f in explained[0].values()]
        if len(wrong) > 1 and not any(f.name.startswith("raised") for f in generic):
            generic = []
    findings += [finding for finding in generic if finding.name != "float32_rounding" or not findings]
    if not findings:
        findings = _named(exercise, name, calls, truths, weak=True)[:2]
    shown = next(iter(examples.values()), None)
    if not findings:
        # at least say where it has another shape, or breaks off
        decisive = [
            (label, finding)
            for label, found in zip(wrong, explained, strict=True)
            for finding in found.values()
            if finding.name in DECISIVE or finding.name.startswith("raised")
        ]
        for label, finding in decisive[:1]:
            shown = examples.get(label)
            findings = [Finding(finding.name, f"in the case “{label}”, {finding.message}", known=False)]
    if not findings:
        findings = [
            described or Finding("unexplained", "it is wrong, in a way that fits no known mistake.", known=False)
        ]
    if len(wrong) < len(truths) and not public:
        others = f"Wrong only in: {', '.join(wrong)}." if len(wrong) <= 3 else ""
        if others and "in the case" not in findings[0].message:
            first_finding = findings[0]
            findings[0] = Finding(first_finding.name, f"{first_finding.message} {others}", first_finding.known)
    return PartVerdict(name, False, tuple(findings), tuple(wrong), shown if public else None)


def _by_properties(
    exercise: Exercise, name: str, calls: Mapping[str, _Call], truths: Mapping[str, Truth]
) -> PartVerdict:
    """Judge a part by what must hold of it."""
    assert exercise.properties is not None
    wrong: dict[str, Finding] = {}
    for label, truth in truths.items():
        call = calls[label]
        results = {key: value for key, value in call.results.items() if isinstance(value, np.ndarray)}
        mine = [key for key in call.results if exercise.part_of(key) == name]
        if not mine:
            wrong[label] = call.failure or Finding("not_returned", f"`{name}` is not among the results.")
        elif any(key not in results for key in mine):
            wrong[label] = Finding("wrong_type", f"it is {call.results[mine[0]]}; it should be {exercise.parts[name]}.")
        else:
            with np.errstate(all="ignore"):
                broken = exercise.properties(dict(truth.inputs), results).get(name)
            if broken is not None:
                wrong[label] = Finding(*broken)
    return PartVerdict(name, not wrong, tuple(dict.fromkeys(wrong.values())), tuple(wrong))


def _is_right(call: _Call, result: str, truth: Truth) -> bool:
    yours, expected = call.results.get(result), truth.expected[result]
    if not isinstance(yours, np.ndarray):
        return False
    if expected.ndim == 0 and yours.size == 1:
        yours = yours.reshape(())
    return close(yours, expected)


def _explain(yours: Array | str | None, truth: Truth, result: str) -> dict[str, Finding]:
    if yours is None:
        finding = Finding("not_returned", f"`{result}` is not among the results.")
        return {finding.name: finding}
    if isinstance(yours, str):
        finding = Finding("wrong_type", f"it is {yours}; it should be an array of real numbers.")
        return {finding.name: finding}
    expected = truth.expected[result]
    if expected.ndim == 0 and yours.size == 1:
        yours = yours.reshape(())
    found = diagnose(yours, expected, truth.context.get(result, Context()))
    return {finding.name: finding for finding in found}


def _named(
    exercise: Exercise, part: str, calls: Mapping[str, _Call], truths: Mapping[str, Truth], weak: bool = False
) -> list[Finding]:
    """Return the known mistakes that lead to just these results of the part in every case.

    Where one of them leads to all the student's results, of every part, only such are returned.
    """
    known = [m for m in next(iter(truths.values())).wrong if m.weak == weak]
    fitting = [m for m in known if _leads_to(m, calls, truths, lambda result: exercise.part_of(result) == part)]
    whole = [m for m in fitting if _leads_to(m, calls, truths, lambda result: True)]
    return list(dict.fromkeys(Finding(m.name, m.message) for m in whole or fitting))


def _leads_to(
    misconception: Misconception,
    calls: Mapping[str, _Call],
    truths: Mapping[str, Truth],
    counts: Callable[[str], bool],
) -> bool:
    """Return whether a known mistake gives the student's results, where they count, in every case."""
    departs = False
    for label, truth in truths.items():
        mistaken, call = truth.wrong[misconception], calls[label]
        for result, expected in truth.expected.items():
            if not counts(result):
                continue
            yours, theirs = call.results.get(result), mistaken.get(result)
            if theirs is None and yours is None and call.failure is not None:
                continue  # both break off before this result, as wrong shapes do
            if not isinstance(yours, np.ndarray) or theirs is None:
                return False
            if theirs.ndim == 0 and yours.size == 1:
                yours = yours.reshape(())
            if not _same(yours, theirs, expected):
                return False
            departs = departs or not close(theirs, expected, RTOL_FLOAT32)
    return departs


def _same(yours: Array, mistaken: Array, expected: Array) -> bool:
    """Return whether a result is the mistaken one, on the scale of both and of the right one."""
    if yours.shape != mistaken.shape:
        return False
    finite = np.isfinite(mistaken)
    if not np.array_equal(finite, np.isfinite(yours)):
        return False
    return close(np.where(finite, yours, 0), np.where(finite, mistaken, 0), scale=scale_of(expected))


def _example(result: str, yours: Array, expected: Array) -> tuple[str, str]:
    if yours.shape != expected.shape:
        return (f"{result} has shape {shape_text(yours.shape)}", f"shape {shape_text(expected.shape)}")
    index = first_wrong(yours, expected)
    digits = 6 if scale_of(expected) else 3
    at = place(index)
    return (
        f"{result}{at} = {yours[index]:.{digits}g}, shape {shape_text(yours.shape)}",
        f"{result}{at} = {expected[index]:.{digits}g}, shape {shape_text(expected.shape)}",
    )
