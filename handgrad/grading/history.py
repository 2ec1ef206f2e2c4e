"""Each student's marks as they were, so that it can be said whose changed and why.

There is one small file for each student, ``reports/ASSIGNMENT/history/STUDENT.json``. Grading adds to it, and so does
the report, which sees what a person changed. It holds marks, and is never in git.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from handgrad.files import replace
from handgrad.grading.gradebook import Submission
from handgrad.judging import fields
from handgrad.judging.verdict_json import VerdictRecord

MOST_STATES = 50
"""How many earlier states of a student's marks are kept."""


@dataclass(frozen=True)
class MarkState:
    """The mark of one exercise at some time.

    Attributes
    ----------
    score
        The points that count; None where they are still to be given.
    most
        The points that there are; ``max`` in JSON.
    manual, extra
        What a person gave, and the extra credit; None where there is none.
    told
        The verdict in a few words; None where there is none.
    """

    score: float | None
    most: float
    manual: float | None
    extra: float | None
    told: str | None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "score": self.score,
            "max": self.most,
            "manual": self.manual,
            "extra": self.extra,
            "told": self.told,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> MarkState:
        """Read it from JSON; raise ValueError where it is something else."""
        most = fields.field(data, "max", float)
        score, manual, extra = (fields.optional(data, key, float) for key in ("score", "manual", "extra"))
        return cls(score, most, manual, extra, fields.optional(data, "told", str))


@dataclass(frozen=True)
class State:
    """A student's marks at some time; two are equal where all but the time is.

    Attributes
    ----------
    submission
        A hash of the submitted file.
    penalty
        Points taken off because it was late.
    marks
        The mark of each exercise.
    when
        When that was noted, UTC, ISO 8601.
    """

    submission: str
    penalty: float
    marks: Mapping[str, MarkState]
    when: str = field(default="", compare=False)

    @classmethod
    def of(cls, submission: Submission, verdicts: Iterable[VerdictRecord], fingerprint: str) -> State:
        """Return a student's marks as they are now.

        Parameters
        ----------
        submission
            What the gradebook knows.
        verdicts
            The judge's verdicts.
        fingerprint
            Of the submitted file.
        """
        judged = {verdict.exercise: verdict for verdict in verdicts}
        marks = {
            # the gradebook has other points as soon as they are changed, and the score is still of those before
            name: MarkState(mark.score, judged[name].most, mark.manual, mark.extra, judged[name].in_short)
            if name in judged
            else MarkState(mark.score, mark.most, mark.manual, mark.extra, None)
            for name, mark in submission.marks.items()
        }
        return cls(fingerprint, submission.penalty, marks)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        marks = {name: mark.to_json() for name, mark in self.marks.items()}
        return {"when": self.when, "submission": self.submission, "penalty": self.penalty, "marks": marks}

    @classmethod
    def from_json(cls, data: object) -> State:
        """Read it from JSON; raise ValueError where it is something else."""
        marks = fields.field(data, "marks", dict)
        return cls(
            submission=fields.field(data, "submission", str),
            penalty=fields.field(data, "penalty", float),
            marks={name: MarkState.from_json(mark) for name, mark in marks.items()},
            when=fields.field(data, "when", str),
        )


@dataclass(frozen=True)
class Change:
    """A mark that changed.

    Attributes
    ----------
    when
        When that was noted: at the grading, or at the first report after a person changed it. UTC, ISO 8601.
    old, new
        The points before and after.
    why
        The reasons, in words.
    """

    when: str
    student: str
    exercise: str
    old: float
    new: float
    why: str


def folder(course: Path, assignment: str) -> Path:
    """Return the folder of an assignment's history."""
    return course / "reports" / assignment / "history"


def record(path: Path, now: State) -> list[State]:
    """Add a state to a student's history where it differs from the last one; return the history."""
    known = _read(path)
    if not known or known[-1] != now:
        stamped = dataclasses.replace(now, when=datetime.now(UTC).isoformat(timespec="seconds"))
        known = [*known, stamped][-MOST_STATES:]
        path.parent.mkdir(parents=True, exist_ok=True)
        texts = [state.to_json() for state in known]
        replace(path, json.dumps(texts, ensure_ascii=False, separators=(",", ":")))
    return known


def _read(path: Path) -> list[State]:
    """Read a student's history; whatever something else broke in it is left out."""
    try:
        states = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []  # none yet, or no JSON
    found = []
    for state in states if isinstance(states, list) else []:
        with suppress(ValueError):
            found.append(State.from_json(state))
    return found


def changes(student: str, states: Sequence[State]) -> list[Change]:
    """Return the marks that changed, in the order of time.

    The first mark that a person gives, where one was waited for, is no change.
    """
    found = []
    for before, after in pairwise(states):
        for name, new in after.marks.items():
            old = before.marks.get(name)
            if old is None or old.score is None or new.score is None or old.score == new.score:
                continue
            why = _why(old, new, before.submission != after.submission)
            found.append(Change(after.when, student, name, old.score, new.score, why))
        if before.penalty != after.penalty:
            why = "penalty for handing in late"
            found.append(Change(after.when, student, "(late)", -before.penalty, -after.penalty, why))
    return found


def _why(old: MarkState, new: MarkState, resubmitted: bool) -> str:
    reasons = []
    if resubmitted:
        reasons.append("another submission")
    if old.most != new.most:
        reasons.append(f"its points were {old.most:g} and are {new.most:g}")
    for what, before, after in (
        ("manual mark", old.manual, new.manual),
        ("extra credit", old.extra, new.extra),
    ):
        if before != after:
            was, now = ("none" if value is None else f"{value:g}" for value in (before, after))
            reasons.append(f"{what}: {was} → {now}")
    if old.told != new.told:
        reasons.append(f"verdict: {old.told or 'none'} → {new.told or 'none'}")
    return "; ".join(reasons) or "other parts of it are right"
