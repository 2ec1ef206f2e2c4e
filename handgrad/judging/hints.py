"""What a visible check tells of a prediction or a hunt: in stages, and never the answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from handgrad.judging.diagnosis import Finding
from handgrad.judging.verdict import UNCHANGED, PartVerdict, Verdict

LAST = 3
"""The stage from which on the cause is named."""

BROKEN_OFF = frozenset({"wrong_return", "wrong_type", "not_returned"})
"""Findings that say nothing about the answer, so that they need not wait."""


def in_stages(verdict: Verdict, stage: int, causes: Collection[str]) -> Verdict:
    """Return a verdict that says no more than is due: right or wrong; then what is wrong; then why.

    Results are never shown beside the right ones, nor how they compare: the answer would follow.

    Parameters
    ----------
    verdict
        The verdict on public cases.
    stage
        The number of different tries so far, this one among them.
    causes
        The names of the known mistakes, whose words may be told.
    """
    judged = [part for part in verdict.parts if part.name != UNCHANGED and not _is(part, "not_answered")]
    wrong = [part for part in judged if not part.right]
    if len(judged) < len([part for part in verdict.parts if part.name != UNCHANGED]):
        stage = 1  # where the mistake lies is what is still to be answered
    if verdict.reason is None and stage == 1 and wrong and len(judged) > 1:
        told = f"{len(wrong)} of {len(judged)} are not right yet. Think again: your next try is told which."
        forms = [f"`{part.name}`: {part.findings[0].message}" for part in wrong if _is(part, *BROKEN_OFF)]
        return replace(verdict, reason=Finding("not_right_yet", " ".join([told, *forms]), known=False))
    return replace(verdict, parts=tuple(_told(part, stage, causes) for part in verdict.parts))


def _told(part: PartVerdict, stage: int, causes: Collection[str]) -> PartVerdict:
    if part.right or part.name == UNCHANGED or _is(part, "not_answered", "raised", *BROKEN_OFF):
        return replace(part, example=None)
    named = tuple(finding for finding in part.findings if finding.name in causes)[:1] if stage >= LAST else ()
    # the example begins with the place, such as `mended_3[W2][0, 1] = 1.5`
    place = part.example[0].partition(" = ")[0] if part.example and stage > 1 and " = " in part.example[0] else ""
    nothing = Finding("not_right_yet", f"it is not right yet{f', first at `{place}`' if place else ''}.", known=False)
    return replace(part, findings=named or (nothing,), example=None)


def _is(part: PartVerdict, *names: str) -> bool:
    """Return whether all that was found of a wrong part has one of these names, or begins with it."""
    return not part.right and all(finding.name.startswith(names) for finding in part.findings)
