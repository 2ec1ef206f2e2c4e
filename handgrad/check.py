"""The checks that a student runs, and the probe that hands evidence to the grader."""

from __future__ import annotations

import base64
import json
import random
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from handgrad.diagnosis import Context
from handgrad.evidence import MIME, collect, dumps, pack, unpack
from handgrad.exercise import Case, Exercise, exercises
from handgrad.judge import UNCHANGED, Misconception, PartVerdict, Truth, Verdict, judge

MORE = "More is checked at grading: other sizes and other numbers."


class CheckFailed(AssertionError):
    """A visible check found something wrong; the text says what."""

    def _render_traceback_(self) -> list[str]:
        # what IPython shows in place of a traceback, which would bury the sentence
        return str(self).splitlines()


# -- public cases ----------------------------------------------------------------------------


def pack_truth(truth: Truth) -> dict[str, Any]:
    """Return the JSON form of what is known of a public case."""
    return {
        "expected": pack(dict(truth.expected)),
        "context": {name: [c.examples, pack(c.terms)] for name, c in truth.context.items()},
        "wrong": [[m.name, m.message, pack(dict(results))] for m, results in truth.wrong.items()],
    }


def unpack_truth(packed: dict[str, Any]) -> Truth:
    """Return what :func:`pack_truth` packed."""
    return Truth(
        expected=unpack(packed["expected"]),
        context={name: Context(n, unpack(terms)) for name, (n, terms) in packed["context"].items()},
        wrong={Misconception(name, message): unpack(results) for name, message, results in packed["wrong"]},
    )


@cache
def public_cases(assignment: str) -> dict[str, tuple[dict[str, Case], dict[str, Truth]]]:
    """Return the public inputs and what is known of them, for each exercise of an assignment."""
    text = files("handgrad.exercises").joinpath(f"{assignment}.json").read_text(encoding="utf-8")
    found = {}
    for name, cases in json.loads(text).items():
        inputs = {label: unpack(case["inputs"]) for label, case in cases.items()}
        truths = {label: replace(unpack_truth(case["truth"]), inputs=inputs[label]) for label, case in cases.items()}
        found[name] = (inputs, truths)
    return found


# -- messages --------------------------------------------------------------------------------


def _wrong(verdict: Verdict) -> list[PartVerdict]:
    """Return the parts that are wrong; a changed argument comes first, as the others may be wrong because of it."""
    return sorted((part for part in verdict.parts if not part.right), key=lambda part: part.name != UNCHANGED)


def sentence(verdict: Verdict) -> str:
    """Return the first thing to say of a wrong answer."""
    if verdict.reason:
        return f"{verdict.exercise}: {verdict.reason.message}"
    part = _wrong(verdict)[0]
    return f"`{part.name}`: {part.findings[0].message}" if part.findings else f"`{part.name}` is not right yet."


def explain(verdict: Verdict) -> str:
    """Return the whole message of a failed check, a sentence first, then the first wrong place."""
    lines = [sentence(verdict)]
    if verdict.reason is None:
        wrong = _wrong(verdict)
        lines += [f"    or: {finding.message}" for finding in wrong[0].findings[1:]]
        example = next((part.example for part in wrong if part.example), None)
        if example:
            yours, expected = example
            lines += ["", f"    yours     {yours}", f"    expected  {expected}"]
        others: dict[str, list[str]] = {}
        for part in wrong[1:]:
            if part.findings:
                others.setdefault(part.findings[0].message, []).append(f"`{part.name}`")
        if others:
            lines += ["", "Also:"]
            lines += [f"    {', '.join(names)}: {message}" for message, names in others.items()]
        right = [part.name for part in verdict.parts if part.right and part.name != UNCHANGED]
        if right:
            lines += ["", f"Right already: {', '.join(right)}."]
    return "\n".join(lines)


# -- what a notebook calls ---------------------------------------------------------------------


class Checks:
    """The visible checks of one assignment, one for each exercise, as ``check.Relu(Relu)``."""

    def __init__(self, assignment: str) -> None:
        self._exercises = exercises(assignment)
        self._assignment = assignment

    def __dir__(self) -> list[str]:
        return list(self._exercises)

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("_") or name not in self._exercises:
            raise AttributeError(f"there is no check named {name!r}; there are: {', '.join(self._exercises)}")
        exercise = self._exercises[name]

        def check(*solution: Any) -> None:
            self._check(exercise, solution)

        check.__name__ = name
        check.__doc__ = f"Check {', '.join(exercise.solution)} on public cases."
        return check

    def _check(self, exercise: Exercise, solution: tuple[Any, ...]) -> None:
        if len(solution) != len(exercise.solution):
            raise TypeError(f"write check.{exercise.name}({', '.join(exercise.solution)})")
        inputs, truths = public_cases(self._assignment)[exercise.name]
        namespace = dict(zip(exercise.solution, solution, strict=True))
        verdict = judge(exercise, collect(exercise, namespace, inputs), truths, public=True)
        if not verdict.right:
            raise CheckFailed(explain(verdict))
        if set(exercise.parts) <= set(exercise.unanswered):
            print(f"{exercise.name}: noted. It is not judged here, only at grading.")
            for name, value in namespace.items():
                if value is None:
                    print(f"`{name}` is still None.")
            return
        right = [part.name for part in verdict.parts]
        print(f"{exercise.name}: right. Checked: {', '.join(right)}.")
        for name in exercise.unanswered:
            print(f"`{name}` is your own choice: it is judged at grading only.")
        print(f"On {len(inputs)} public case{'s' if len(inputs) > 1 else ''}: {'; '.join(inputs)}.")
        print(MORE if exercise.more else "Grading looks at the same.")


def checks(assignment: str) -> Checks:
    """Return the visible checks of an assignment.

    Raises
    ------
    LookupError
        Where the course has no assignment of this name.
    """
    return Checks(assignment)


# -- probes ----------------------------------------------------------------------------------

_delivered: dict[str, Any] = {}


def same_randomness() -> None:
    """Set the random numbers of Python, NumPy and torch to a beginning that is always the same."""
    random.seed(0)
    np.random.seed(0)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


def deliver(packed: str) -> None:
    """Take the hidden inputs of the next probe; the grader calls this just before it."""
    same_randomness()
    _delivered.clear()
    _delivered.update(json.loads(zlib.decompress(base64.b64decode(packed))))


def probe(assignment: str, name: str) -> None:
    """Hand the results of the student's code over to the grader.

    Called in the hidden part of a test cell. Nothing is compared here: the results leave the
    kernel as arrays, and the grader's own process judges them. In the course folder of an
    instructor, where the references are, the probe judges on the spot instead.

    Raises
    ------
    RuntimeError
        Where there is neither a grader nor a reference, so that a test cell which nobody
        judges cannot pass.
    CheckFailed
        Where the probe judged on the spot and something is wrong.
    """
    namespace = sys.modules["__main__"].__dict__
    exercise = exercises(assignment)[name]
    if _delivered:
        given = dict(_delivered)
        _delivered.clear()
        cases = {label: unpack(case) for label, case in given["cases"].items()}
        evidence = collect(exercise, namespace, cases, given["supplied"])
        evidence["nonce"] = given["nonce"]

        from IPython.display import publish_display_data

        publish_display_data({MIME: dumps(evidence)})
        return
    try:
        from handgrad.grading.references import on_the_spot
    except ImportError:
        raise RuntimeError(
            "This cell is judged by the grader: run `nbgrader autograde` in the course folder."
        ) from None
    verdict = on_the_spot(assignment, name, namespace)
    if not verdict.right:
        raise CheckFailed(explain(verdict))
    print(f"{name}: {len(verdict.parts)} parts right on hidden cases.")
