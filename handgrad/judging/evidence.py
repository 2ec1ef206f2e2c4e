"""What leaves the student's kernel: the results of each call of the student's code, and how it ended.

The kernel writes it and the judge reads it, trusting nothing. Nothing is compared here.
"""

from __future__ import annotations

import copy
import hashlib
import json
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from handgrad.judging.arrays import (
    Array,
    Malformed,
    Result,
    as_result,
    leaves,
    pack_result,
    read_result,
)
from handgrad.judging.exercise import Case, Exercise, WrongReturn, steps
from handgrad.judging.patience import TooSlow, within
from handgrad.judging.truth import Truth

MIME = "application/vnd.handgrad.evidence"

MOST_FREE = 20_000
"""The largest number of elements of a result that has no one right answer."""


# -- the record of one call ------------------------------------------------------------------


@dataclass(frozen=True)
class Raised:
    """An exception that ended a call.

    Attributes
    ----------
    name
        The name of its type.
    line
        The line of the student's code at which it arose, empty if there is none; None where it
        is not to be repeated.
    text
        What it says.
    """

    name: str
    line: str | None
    text: str


@dataclass(frozen=True)
class Call:
    """One call of the student's code with one case, up to its end or to where it broke off.

    Attributes
    ----------
    results
        What it computed, by name.
    changed
        The paths of the arguments that it changed.
    raised
        The exception that ended it, if one did.
    returned
        What it returned in place of what was asked for, in words; None where it could be taken apart.
    """

    results: Mapping[str, Result]
    changed: tuple[str, ...] = ()
    raised: Raised | None = None
    returned: str | None = None

    @property
    def broke_off(self) -> bool:
        """Whether it ended before every result was there."""
        return self.raised is not None or self.returned is not None


def pack_call(call: Call) -> dict[str, Any]:
    """Return the JSON form of a call, but for what it changed."""
    packed: dict[str, Any] = {
        "results": {name: pack_result(result) for name, result in call.results.items()},
    }
    if call.returned is not None:
        packed["returned"] = call.returned
    if call.raised is not None:
        packed |= {"error": call.raised.name, "line": call.raised.line, "text": call.raised.text}
    return packed


def read_call(packed: Any, asked_for: Callable[[str], bool], most_results: int, most_bytes: int) -> Call:
    """Read a call of which nothing is trusted.

    Parameters
    ----------
    packed
        What :func:`pack_call` should have returned.
    asked_for
        Whether a result is read; any other one is passed over.
    most_results
        The largest number of results, read or not.
    most_bytes
        The largest size of one of them; of a larger one is said that it is too large.

    Raises
    ------
    Malformed
        Where it does not have the form agreed on.
    """
    if not isinstance(packed, Mapping):
        raise Malformed("a case has no run")
    results = packed.get("results")
    if not isinstance(results, Mapping) or len(results) > most_results:
        raise Malformed("a run has another form")
    returned, raised = packed.get("returned"), None
    if returned is None and ("error" in packed or "returned" in packed):
        error, line, text = (packed.get(key) for key in ("error", "line", "text"))
        raised = Raised(str(error), str(line), str(text)[:500] if text else "")
    return Call(
        {name: read_result(result, most_bytes) for name, result in results.items() if asked_for(name)},
        (),
        raised,
        None if returned is None else str(returned)[:300],
    )


# -- in the kernel ---------------------------------------------------------------------------


def digests(inputs: Case) -> dict[str, str]:
    """Return a digest of each of the inputs, by its path: of its value, shape and dtype.

    The kernel hands over those of the arguments as a call left them, and the judge knows the right ones. So whoever
    wants to hide that an argument was changed needs what it was: a copy, which is all that was asked for.
    """
    return {path: _digest(value) for path, value in leaves(inputs)}


def _digest(value: Any) -> str:
    if isinstance(value, np.ndarray | np.generic | bool | int | float):
        array = np.asarray(value)
        content = f"{array.dtype.str}{array.shape}".encode() + array.tobytes()
    else:
        content = repr(value).encode() if isinstance(value, str | None) else b"another"
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def _where(error: BaseException) -> str:
    """Return the line of the student's code at which an exception arose, nothing if there is none."""
    frames = traceback.extract_tb(error.__traceback__)[1:]
    package = str(Path(__file__).parents[1])
    installed = ("site-packages", "dist-packages", package)
    lines = [frame.line for frame in frames if not any(part in frame.filename for part in installed)]
    return (lines[-1] if lines else None) or ""


class _Absent:
    """Stands for a name that the student has not defined, beside another one that is."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *arguments: Any) -> Any:
        raise NameError(f"{self.name} is not defined")


def _packed_call(exercise: Exercise, solution: Sequence[Any], case: Case) -> dict[str, Any]:
    """Return what comes of the student's code with one case, and what became of its arguments, ready for JSON."""
    inputs = copy.deepcopy(exercise.given(case))
    return {**pack_call(_results(exercise, solution, inputs)), "arguments": digests(inputs)}


def _results(exercise: Exercise, solution: Sequence[Any], inputs: Case) -> Call:
    """Return what comes of the student's code with these very inputs."""
    found: dict[str, Result] = {}
    raised, returned = None, None
    try:
        for results in steps(exercise.run(*solution, **inputs)):
            found.update({name: as_result(value) for name, value in results.items()})
    except WrongReturn as error:
        returned = str(error)
    except Exception as error:
        raised = Raised(type(error).__name__, _where(error), str(error)[:500])
    return Call(found, (), raised, returned)


@dataclass(frozen=True)
class LargeCase:
    """A large case as it is handed to a kernel.

    Attributes
    ----------
    seed
        From which it is drawn, so that its numbers need not travel.
    seconds
        How much of the processor's time the student's code may take for it.
    """

    seed: Sequence[int]
    seconds: float


def _large_call(exercise: Exercise, solution: Sequence[Any], large: LargeCase) -> Call:
    """Return what comes of the student's code with a large case, its arrays shortened."""
    assert exercise.large is not None
    case = exercise.large.draw(np.random.default_rng(large.seed))
    try:
        call = within(large.seconds, lambda: _results(exercise, solution, case))
    except TooSlow:
        return Call({}, raised=Raised(TooSlow.__name__, "", ""))
    short = {
        name: _short(result)
        for name, result in call.results.items()
        if exercise.part_of(name) in exercise.large.gradients
    }
    return replace(call, results=short)


def _short(result: Result) -> Result:
    """Return an array in half precision, or in single where its numbers are too small or too large for that."""
    if not isinstance(result, np.ndarray):
        return result
    with np.errstate(all="ignore"):
        largest = np.abs(result).max(initial=0)
        return result.astype(np.float16 if 2**-10 < largest < 2**10 else np.float32)


def collect(
    exercise: Exercise,
    namespace: dict[str, Any],
    cases: Mapping[str, Case],
    supplied: str = "",
    large: LargeCase | None = None,
) -> dict[str, Any]:
    """Run the student's code on each case and return what came out, ready for JSON.

    Parameters
    ----------
    exercise
        The exercise.
    namespace
        Where the student's names are defined.
    cases
        The inputs, by the name of the case.
    supplied
        Source text of right solutions to the exercises that this one uses.
    large
        The large case, for an exercise that has one.

    Returns
    -------
    dict
        ``{"missing": name}``, or ``{"cases": {case: {"own": call, "supplied": call}}, "large": {"own": call,
        "supplied": call}}``, with calls as :func:`pack_call` writes them.
    """
    if not any(name in namespace for name in exercise.asked):
        return {"missing": exercise.asked[0]}
    own = _runs("own", exercise, _solution(exercise, namespace), cases, large)
    return with_supplied(own, collect_supplied(exercise, namespace, cases, supplied, large)) if supplied else own


def collect_supplied(
    exercise: Exercise, namespace: dict[str, Any], cases: Mapping[str, Case], supplied: str, large: LargeCase | None
) -> dict[str, Any]:
    """Return what :func:`collect` does of the second run alone, for which right solutions are supplied."""
    # a forward that belongs to what is asked for stays the student's own
    solution = _solution(exercise, namespace)
    with _helpers(namespace, exercise.uses, supplied):
        return _runs("supplied", exercise, solution, cases, large)


def _solution(exercise: Exercise, namespace: Mapping[str, Any]) -> list[Any]:
    return [namespace.get(name, _Absent(name)) for name in exercise.solution]


def with_supplied(own: Mapping[str, Any], supplied: Mapping[str, Any]) -> dict[str, Any]:
    """Return evidence of a first run with that of a second one; nothing of either is trusted.

    The first cannot speak for the second, which ran in another kernel.
    """

    def joined(one: Any, other: Any) -> Any:
        second = other.get("supplied") if isinstance(other, Mapping) else None
        first = {"own": one["own"]} if isinstance(one, Mapping) and "own" in one else {}
        return first if second is None else {**first, "supplied": second}

    found = dict(own)
    if isinstance(cases := own.get("cases"), Mapping):
        others = supplied.get("cases")
        known = others if isinstance(others, Mapping) else {}
        found["cases"] = {label: joined(runs, known.get(label)) for label, runs in cases.items()}
    if "large" in own:
        found["large"] = joined(own["large"], supplied.get("large"))
    return found


def _runs(
    variant: str, exercise: Exercise, solution: Sequence[Any], cases: Mapping[str, Case], large: LargeCase | None
) -> dict[str, Any]:
    """Return the evidence of one run of all cases."""
    evidence: dict[str, Any] = {
        "cases": {label: {variant: _packed_call(exercise, solution, case)} for label, case in cases.items()}
    }
    if large is not None and exercise.large is not None:
        evidence["large"] = {variant: pack_call(_large_call(exercise, solution, large))}
    return evidence


@contextmanager
def _helpers(namespace: dict[str, Any], names: Sequence[str], source: str) -> Iterator[None]:
    """Put right solutions of earlier exercises in the place of the student's own, for as long as this lasts."""
    right: dict[str, Any] = {}
    exec(compile(source, "<supplied>", "exec"), right)
    own = {name: namespace[name] for name in names if name in namespace}
    namespace.update({name: right[name] for name in names})
    try:
        yield
    finally:
        for name in names:
            namespace.pop(name, None)
        namespace.update(own)


def dumps(value: Any) -> str:
    """Return compact JSON, in the order of the value: cases run in theirs."""
    return json.dumps(value, separators=(",", ":"))


# -- in the judge's process ------------------------------------------------------------------


def read_calls(evidence: Mapping[str, Any], exercise: Exercise, truths: Mapping[str, Truth]) -> list[dict[str, Call]]:
    """Return the calls of all cases: of the student's code as it is and, if it was called so, with right helpers.

    Raises
    ------
    Malformed
        Where the evidence does not have the form agreed on, or is of other cases.
    """
    found = evidence.get("cases")
    if not isinstance(found, Mapping) or set(found) != set(truths):
        raise Malformed("the evidence holds other cases than were given")
    variants: dict[str, dict[str, Call]] = {"own": {}, "supplied": {}}
    for label, truth in truths.items():
        if not isinstance(found[label], Mapping) or "own" not in found[label]:
            raise Malformed("a case has no run")
        for variant, calls in variants.items():
            if variant in found[label]:
                calls[label] = _bounded(found[label][variant], exercise, truth)
    return [calls for calls in variants.values() if len(calls) == len(truths)]


def _bounded(packed: Any, exercise: Exercise, truth: Truth) -> Call:
    """Read a call within the bounds that follow from the right results."""
    largest = max((array.size for array in truth.expected.values()), default=MOST_FREE)
    examples = max((context.examples or 1 for context in truth.context.values()), default=1)

    def asked_for(name: str) -> bool:
        free = exercise.properties is not None and exercise.part_of(name) in exercise.parts
        return name in truth.expected or free

    # one gradient for each example, not summed, is still read, so that it can be named
    most_bytes = 8 * (largest * max(examples, 8) + 512)
    call = read_call(packed, asked_for, 4 * len(truth.expected) + 40, most_bytes)
    return replace(call, changed=_changed(packed.get("arguments"), exercise.given(dict(truth.inputs))))


def _changed(found: Any, given: Case) -> tuple[str, ...]:
    """Return the paths of the arguments that a call changed, by their digests."""
    if not isinstance(found, Mapping):
        raise Malformed("a run has another form")
    right = digests(given)
    changed = tuple(path for path in right if found.get(path) != right[path])
    # of a path that is new, such as that of an appended item, only the argument in which it lies is repeated
    added = {str(path).partition("[")[0] for path in found.keys() - right.keys()}
    if not added <= given.keys():
        raise Malformed("a run has another form")
    return (*changed, *(name for name in given if name in added))


def read_large(evidence: Mapping[str, Any], expected: Mapping[str, Array]) -> list[Call]:
    """Return the calls with the large case, as :func:`read_calls` returns those with the others.

    Raises
    ------
    Malformed
        Where it does not have the form agreed on, or is not there.
    """
    most_bytes = 8 * (max((array.size for array in expected.values()), default=0) + 512)
    found = evidence.get("large")
    if not isinstance(found, Mapping) or "own" not in found:
        raise Malformed("the large case has no run")
    runs = [found[variant] for variant in ("own", "supplied") if variant in found]
    return [read_call(run, expected.__contains__, 4 * len(expected) + 40, most_bytes) for run in runs]
