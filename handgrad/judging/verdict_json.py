"""A verdict as it is kept in a notebook: what the grader writes beside the table, and reports and feedback read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from handgrad.judging.diagnosis import Finding
from handgrad.judging.fields import field, texts
from handgrad.judging.verdict import PartVerdict, Verdict

VERDICT_MIME = "application/vnd.handgrad.verdict+json"
"""The type of the output that holds a verdict."""


def score(verdict: Verdict, points: float) -> float:
    """Return the points earned."""
    return round(points * verdict.share, 4)


@dataclass(frozen=True)
class FindingRecord:
    """What was found: what it is called in reports, and a sentence to the student."""

    name: str
    message: str

    @classmethod
    def of(cls, finding: Finding) -> FindingRecord:
        """Return what is kept of a finding."""
        return cls(finding.name, finding.message)

    def to_json(self) -> list[str]:
        """Return ``[name, message]``."""
        return [self.name, self.message]

    @classmethod
    def from_json(cls, data: object) -> FindingRecord:
        """Read ``[name, message]``; raise ValueError where it is something else."""
        match data:
            case [str(name), str(message)]:
                return cls(name, message)
        raise ValueError("a finding is no pair of a name and a message")


@dataclass(frozen=True)
class PartRecord:
    """Whether one part is right, and if not, what was found, likeliest first."""

    name: str
    right: bool
    findings: tuple[FindingRecord, ...]

    @classmethod
    def of(cls, part: PartVerdict) -> PartRecord:
        """Return what is kept of the verdict on a part."""
        return cls(part.name, part.right, tuple(map(FindingRecord.of, part.findings)))

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"name": self.name, "right": self.right, "findings": [one.to_json() for one in self.findings]}

    @classmethod
    def from_json(cls, data: object) -> PartRecord:
        """Read it from JSON; raise ValueError where it is something else."""
        findings = tuple(map(FindingRecord.from_json, field(data, "findings", list)))
        return cls(field(data, "name", str), field(data, "right", bool), findings)


@dataclass(frozen=True)
class VerdictRecord:
    """What is kept of a verdict.

    Attributes
    ----------
    exercise
        The exercise's name.
    score, most
        The points earned, and those that there are; ``most`` is ``max`` in JSON.
    attempted
        Whether the student wrote anything.
    reason
        Why nothing could be judged, or nothing.
    diagnoses
        The names of the mistakes and relations that were recognised.
    parts
        What was found for each part that was judged.
    flags
        What the instructor may want to look at, in sentences.
    """

    exercise: str
    score: float
    most: float
    attempted: bool
    reason: FindingRecord | None
    diagnoses: tuple[str, ...]
    parts: tuple[PartRecord, ...]
    flags: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[FindingRecord, ...]:
        """Every finding, in the order of the parts."""
        reason = (self.reason,) if self.reason else ()
        return (*reason, *(finding for part in self.parts for finding in part.findings))

    @property
    def in_short(self) -> str:
        """The verdict in a few words: the reason, or the names of the mistakes."""
        if self.reason:
            return self.reason.name
        if self.score >= self.most:
            return "right"
        return ", ".join(self.diagnoses) or "no known mistake"

    @classmethod
    def of(cls, verdict: Verdict, points: float) -> VerdictRecord:
        """Return what is kept of a verdict on an exercise that is worth so many points."""
        return cls(
            exercise=verdict.exercise,
            score=score(verdict, points),
            most=points,
            attempted=verdict.attempted,
            reason=None if verdict.reason is None else FindingRecord.of(verdict.reason),
            diagnoses=tuple(dict.fromkeys(finding.name for finding in verdict.findings if finding.known)),
            parts=tuple(map(PartRecord.of, verdict.parts)),
            flags=verdict.flags,
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "exercise": self.exercise,
            "score": self.score,
            "max": self.most,
            "attempted": self.attempted,
            "reason": None if self.reason is None else self.reason.to_json(),
            "diagnoses": list(self.diagnoses),
            "parts": [part.to_json() for part in self.parts],
            "flags": list(self.flags),
        }

    @classmethod
    def from_json(cls, data: object) -> VerdictRecord:
        """Read it from JSON; raise ValueError where it is something else."""
        if not isinstance(data, Mapping) or "reason" not in data:
            raise ValueError("a verdict is no object with a reason, which may be null")
        return cls(
            exercise=field(data, "exercise", str),
            score=field(data, "score", float),
            most=field(data, "max", float),
            attempted=field(data, "attempted", bool),
            reason=None if data["reason"] is None else FindingRecord.from_json(data["reason"]),
            diagnoses=texts(data, "diagnoses"),
            parts=tuple(map(PartRecord.from_json, field(data, "parts", list))),
            flags=texts(data, "flags") if "flags" in data else (),
        )


def recorded(outputs: Iterable[Mapping[str, Any]]) -> tuple[VerdictRecord, ...]:
    """Return the verdicts among the outputs of a cell.

    Raises
    ------
    ValueError
        Where one does not have the form of a verdict.
    """
    found = (output.get("data", {}) for output in outputs)
    return tuple(VerdictRecord.from_json(data[VERDICT_MIME]) for data in found if VERDICT_MIME in data)
