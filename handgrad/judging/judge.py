"""Compare evidence with the truth, and say what is right, what is wrong, and what the mistake looks like.

The same comparison serves the visible checks, on public cases whose answers are known, and the
grader, on hidden cases whose answers only the grader's process knows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from handgrad.judging.arrays import Array, Malformed, Result
from handgrad.judging.comparison import RTOL_FLOAT16, close
from handgrad.judging.diagnosis import Finding
from handgrad.judging.difference import (
    Difference,
    compare,
    description,
    example,
    explain,
    failure,
    is_flag,
    known_mistakes,
)
from handgrad.judging.disclosure import HIDDEN, Disclosure
from handgrad.judging.evidence import Call, read_calls, read_large
from handgrad.judging.exercise import Exercise
from handgrad.judging.patience import TooSlow
from handgrad.judging.relations import relations
from handgrad.judging.truth import LargeTruth, Truth
from handgrad.judging.verdict import UNCHANGED, PartVerdict, Verdict

TOO_SLOW = (
    "on a large case it took longer than {passes} forward passes; a gradient by hand takes as long as a few of them, "
    "differences take one for each parameter. Was it approximated by differences?"
)
LARGE_CASE = (
    "it is right in every small case, and {broke_off}: is a size, a number of layers or a number of steps "
    "written into the code?"
)

NEXT_STEP = (
    "Take that one entry, in a small case of your own: change what it belongs to by a little, and see by how much the "
    "loss changes, divided by that little. Where no loss is given, it is the sum of the outputs times the gradients "
    "that arrive at them. Then write your formula out for that entry alone, and compare."
)

WORK_ON_A_COPY = (
    "work on a copy. `+=`, `-=`, `*=` and `[...] =` change an array, `[...] =` and `update` a dict, `pop`, `append` "
    "and `reverse` a list."
)
LEAVE_MODEL = (
    "leave it as it was. A step of an optimizer changes the parameters of a model, `eval()` its mode, and "
    "`requires_grad_()` whether it can be trained."
)

DECISIVE = frozenset({"wrong_shape", "wrong_type", "wrong_return", "not_returned"})
"""Findings that say enough by themselves, even where they hold of one case alone."""

VAGUE = frozenset({"float32_rounding", "wrong_shape", "approximated"})
"""Findings that say less than a relation that holds in every case."""


def judge(
    exercise: Exercise,
    evidence: Mapping[str, Any],
    truths: Mapping[str, Truth],
    disclosure: Disclosure = HIDDEN,
    large: LargeTruth | None = None,
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
    disclosure
        How much is shown of the inputs, the results and what the kernel says.
    large
        What is known of the large case, where there is one; it must be in the evidence.

    Raises
    ------
    Malformed
        Where the evidence does not have the form agreed on.
    """
    if "missing" in evidence:
        return _nothing(exercise, Finding("missing", f"`{exercise.asked[0]}` is not defined.", known=False))
    variants = [
        {case: disclosure.redact(call, exercise.returns) for case, call in calls.items()}
        for calls in read_calls(evidence, exercise, truths)
    ]
    failures = [failure(call) for call in variants[0].values()]
    if all(found is not None and found.name == "not_implemented" for found in failures):
        return _nothing(exercise, failures[0])
    parts: list[PartVerdict] = []
    for name in exercise.parts:
        if disclosure.numbers and name in exercise.unanswered:
            continue
        # where no check has told which answer is right, a second run would be a second guess
        runs = variants[:1] if name in exercise.unanswered else variants
        verdicts = [_part(exercise, name, calls, truths, disclosure) for calls in runs]
        right = [verdict for verdict in verdicts if verdict.right]
        explained = [verdict for verdict in verdicts if any(finding.known for finding in verdict.findings)]
        # with right helpers supplied, the diagnosis is of this exercise's own mistake, so the last one is preferred
        parts.append((right or explained or verdicts)[-1])
    if large is not None:
        calls = read_large(evidence, large.expected)
        parts = [_at_scale(exercise, part, calls, large) for part in parts]
    if disclosure.numbers:
        parts = _with_next_step(exercise, parts)
    parts.append(_unchanged(variants))
    if not (disclosure.numbers or disclosure.texts):
        parts = [replace(part, findings=tuple(finding.in_words() for finding in part.findings)) for part in parts]
    return Verdict(exercise.name, tuple(parts))


def unjudged(exercise: Exercise, name: str, message: str, *, known: bool = False) -> Verdict:
    """Return the verdict where there is nothing to judge: no points, and the reason; a ``known`` one is counted."""
    return replace(_nothing(exercise, Finding(name, message, known=known)), attempted=True)


def _nothing(exercise: Exercise, reason: Finding | None) -> Verdict:
    """Return the verdict where the student wrote nothing."""
    parts = tuple(PartVerdict(name, False) for name in exercise.parts)
    return Verdict(exercise.name, parts, reason, attempted=False)


def _unchanged(variants: Sequence[Mapping[str, Call]]) -> PartVerdict:
    paths = list(dict.fromkeys(path for calls in variants for call in calls.values() for path in call.changed))
    if not paths:
        return PartVerdict(UNCHANGED, True)
    advice = LEAVE_MODEL if paths[0].startswith("model") else WORK_ON_A_COPY
    message, brief = (
        f"the call changes its argument {', '.join(f'`{path}`' for path in shown)}: {advice}"
        for shown in (paths[:4], paths[:1])
    )
    return PartVerdict(UNCHANGED, False, (Finding("argument_changed", message, brief=brief),))


def _at_scale(exercise: Exercise, part: PartVerdict, calls: Sequence[Call], large: LargeTruth) -> PartVerdict:
    """Return the verdict on a part after the large case, which only a gradient that is right so far can fail."""
    assert exercise.large is not None
    if not part.right or part.name not in exercise.large.gradients:
        return part
    results = [result for result in large.expected if exercise.part_of(result) == part.name]
    for call in calls:
        if not _ran_out(call) and all(_alike(call.results.get(r), large.expected[r]) for r in results):
            return part
    if _ran_out(calls[-1]):
        passes = f"{large.passes():,.0f}" if large.passes else "thousands of"
        return replace(part, right=False, findings=(Finding("too_slow", TOO_SLOW.format(passes=passes)),))
    raised = calls[-1].raised
    broke_off = f"it raised {raised.name} in a large one" if raised else "wrong in a large one"
    return replace(part, right=False, findings=(Finding("large_case", LARGE_CASE.format(broke_off=broke_off)),))


def _alike(yours: Result | None, expected: Array) -> bool:
    """Return whether a result of the large case, which travels in float16, is the right one."""
    return isinstance(yours, np.ndarray) and close(yours, expected, RTOL_FLOAT16)


def _ran_out(call: Call) -> bool:
    return call.raised is not None and call.raised.name == TooSlow.__name__


# -- one part --------------------------------------------------------------------------------


def _part(
    exercise: Exercise,
    name: str,
    calls: Mapping[str, Call],
    truths: Mapping[str, Truth],
    disclosure: Disclosure,
) -> PartVerdict:
    if exercise.properties is not None:
        return _by_properties(exercise, name, calls, truths)
    differences = compare(exercise, name, calls, truths)
    if not differences:
        return PartVerdict(name, True)
    cases = tuple(difference.case for difference in differences)
    known = known_mistakes(exercise, name, calls, truths)
    if name in exercise.unanswered:
        return PartVerdict(name, False, tuple(known) or (_choice(differences[0]),), cases)
    findings = known + _generic(differences, known)
    if all(finding.name in VAGUE for finding in findings):
        findings = relations(exercise, name, calls, truths) or findings
    if not findings:
        findings = known_mistakes(exercise, name, calls, truths, weak=True)[:2]
    if not findings and _with_mutants(truths, disclosure):
        findings = relations(exercise, name, calls, truths, weak=True)
    shown: Sequence[Difference] = differences
    if not findings:
        shown, last = _last_resort(differences)
        open_one = disclosure.numbers and last.name == "unexplained" and len(truths) > 1
        findings = [_described(shown[0], last) if open_one else last]
    if disclosure.numbers:
        if findings[0].name.startswith("raised"):
            findings[0] = _confined(findings[0], cases, _cases_of(exercise, name, truths))
        findings += _where_it_runs(exercise, name, calls, truths, known)
        return PartVerdict(name, False, tuple(findings), cases, _example(exercise, shown))
    findings[0] = _confined(findings[0], cases, truths)
    return PartVerdict(name, False, tuple(findings), cases)


def _where_it_runs(
    exercise: Exercise,
    name: str,
    calls: Mapping[str, Call],
    truths: Mapping[str, Truth],
    known: Sequence[Finding],
) -> list[Finding]:
    """Return what explains the cases in which a call does not break off, where it does in others and is not known yet.

    Shapes that do not fit stop it; where they are square, the same mistake can be told by its numbers.
    """
    rest = {case: call for case, call in calls.items() if not call.broke_off}
    if known or exercise.in_stages or not rest or len(rest) == len(calls):
        return []
    found = known_mistakes(exercise, name, rest, {case: truths[case] for case in rest})
    return [finding.reworded(lambda message: f"where it does not stop, {message}") for finding in found[:1]]


def _example(exercise: Exercise, differences: Sequence[Difference]) -> tuple[str, str] | None:
    """Return the first wrong place that can be shown, with its case where that is not the first wrong one.

    Where the right result is not to be shown, its place is empty.
    """
    for difference in differences:
        if found := example(difference):
            where = "" if difference is differences[0] else f", in the case “{difference.case}”"
            return found[0] + where, found[1] if exercise.answer_shown else ""
    return None


def _described(difference: Difference, finding: Finding) -> Finding:
    """Return what a wrong result is like, with the case of which it is said."""
    return _in_case(difference, finding.reworded(lambda message: message[0].lower() + message[1:]))


def _with_next_step(exercise: Exercise, parts: Sequence[PartVerdict]) -> list[PartVerdict]:
    """Return verdicts of which the first one on a gradient that nothing explains says what to do next."""
    open_ones = [part.findings for part in parts if part.name in exercise.gradients and _unexplained(part)]
    return [
        replace(part, findings=tuple(f.reworded(lambda message: f"{message} {NEXT_STEP}") for f in part.findings))
        if part.findings and part.findings in open_ones[:1]
        else part
        for part in parts
    ]


def _unexplained(part: PartVerdict) -> bool:
    return bool(part.findings) and all(finding.name == "unexplained" for finding in part.findings)


def _with_mutants(truths: Mapping[str, Truth], disclosure: Disclosure) -> bool:
    # public cases are too few to tell what holds by chance
    return not disclosure.numbers and any(known.weak for truth in truths.values() for known in truth.wrong)


def _choice(difference: Difference) -> Finding:
    """Return in what a choice is wrong: of several, one may be missing, or too many."""
    yours, expected = difference.first
    if is_flag(yours, expected) and isinstance(yours, np.ndarray) and yours.shape == expected.shape != (1,):
        if not yours.any():
            return Finding("wrong_choice", "nothing is chosen here.", known=False)
        if (yours <= expected).all():
            return Finding("choice_incomplete", "what is chosen belongs there, and something else does too.")
        if (yours >= expected).all():
            return Finding("choice_too_large", "all that belongs there is chosen, and something else that does not.")
    return Finding("wrong_choice", "this is not the right choice.", known=False)


def _generic(differences: Sequence[Difference], known: Sequence[Finding]) -> list[Finding]:
    """Return the diagnoses that hold in every wrong case, but for what known mistakes say already."""
    first, *others = [explain(difference) for difference in differences]
    shared = [finding for name, finding in first.items() if all(name in found for found in others)]
    if known:
        said = {"float32_rounding", *(finding.name for finding in known)}
        return [finding for finding in shared if finding.name not in said]
    if shared:
        return shared
    # no one cause fits every case: say what holds of the first wrong one, and name the case
    findings = [_in_case(differences[0], finding) for finding in first.values()]
    telling = not others or any(finding.name.startswith("raised") for finding in findings)
    return findings if telling else []


def _last_resort(differences: Sequence[Difference]) -> tuple[Sequence[Difference], Finding]:
    """Return what to say where nothing explains a part, and the cases of which it is said."""
    # at least say where it has another shape, or breaks off
    decisive = [(difference, _decisive(difference)) for difference in differences]
    explained = all(finding is not None for _, finding in decisive)
    for difference, finding in decisive:
        if finding is not None:
            return [difference], replace(_in_case(difference, finding), known=explained)
    for difference in differences:
        if described := description(difference):
            return [difference], described
    return differences, Finding("unexplained", "it is wrong, in a way that fits no known mistake.", known=False)


def _decisive(difference: Difference) -> Finding | None:
    """Return what says enough of one case by itself."""
    found = explain(difference).values()
    return next((f for f in found if f.name in DECISIVE or f.name.startswith("raised")), None)


def _in_case(difference: Difference, finding: Finding) -> Finding:
    return finding.reworded(lambda message: f"in the case “{difference.case}”, {message}")


def _cases_of(exercise: Exercise, name: str, truths: Mapping[str, Truth]) -> list[str]:
    """Return the cases that a part has results in."""
    return [case for case, truth in truths.items() if any(exercise.part_of(r) == name for r in truth.expected)]


def _confined(finding: Finding, cases: Sequence[str], every: Collection[str]) -> Finding:
    """Return a finding that says in which few of all cases a part is wrong, if it does not do so yet."""
    if len(cases) > 3 or len(cases) == len(every) or "in the case" in finding.message:
        return finding
    names = "; ".join(f"“{case}”" for case in cases)
    plural = "s" if len(cases) > 1 else ""
    return finding.reworded(lambda message: f"{message} Wrong only in the case{plural} {names}.")


def _by_properties(
    exercise: Exercise, name: str, calls: Mapping[str, Call], truths: Mapping[str, Truth]
) -> PartVerdict:
    """Judge a part by what must hold of it."""
    wrong: dict[str, Finding] = {}
    for case, truth in truths.items():
        broken = _broken(exercise, name, calls[case], truth)
        if broken is not None:
            wrong[case] = broken
    return PartVerdict(name, not wrong, tuple(dict.fromkeys(wrong.values())), tuple(wrong))


def _broken(exercise: Exercise, name: str, call: Call, truth: Truth) -> Finding | None:
    """Return what does not hold of a part in one case."""
    assert exercise.properties is not None
    results = {key: value for key, value in call.results.items() if isinstance(value, np.ndarray)}
    mine = [key for key in call.results if exercise.part_of(key) == name]
    if not mine:
        return failure(call) or Finding("not_returned", f"`{name}` is not among the results.")
    for key in mine:
        if key not in results:
            which, form = ("it", exercise.parts[name]) if key == name else (f"`{key}`", "an array of real numbers")
            return Finding("wrong_type", f"{which} is {call.results[key]}; it should be {form}.")
    try:
        with np.errstate(all="ignore"):
            broken = exercise.properties(dict(truth.inputs), results).get(name)
    except Exception as error:  # no exercise hands over what its properties cannot read: it was forged
        raise Malformed("its results do not belong together") from error
    return None if broken is None else Finding(*broken)
