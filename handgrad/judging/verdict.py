"""What the judge says of an exercise: right or wrong, part by part, and what was found."""

from __future__ import annotations

from dataclasses import dataclass

from handgrad.judging.diagnosis import Finding

UNCHANGED = "arguments unchanged"
"""A verdict beside the parts of every exercise: right where no call changed its arguments."""


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
        The first wrong place, ``(yours, expected)`` in words, the second empty where it is not to be shown; for public
        cases only.
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
    flags
        What the instructor may want to look at, in sentences; it changes no mark, and is not for the student.
    """

    exercise: str
    parts: tuple[PartVerdict, ...]
    reason: Finding | None = None
    attempted: bool = True
    flags: tuple[str, ...] = ()

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
