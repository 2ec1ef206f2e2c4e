"""Each student's marks as they were, so that it can be said whose changed and why.

There is one small file for each student, ``reports/ASSIGNMENT/history/STUDENT.json``. Grading adds to it, and so does
the report, which sees what was changed by hand. It holds marks, and is never in git.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from handgrad.files import replace
from handgrad.grading.gradebook import Submission

MOST_STATES = 50
"""How many earlier states of a student's marks are kept."""

State = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """A mark that changed.

    Attributes
    ----------
    when
        When that was noted: at the grading, or at the first report after a change by hand. UTC, ISO 8601.
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


def told(verdict: Mapping[str, Any]) -> str:
    """Return a verdict's data in a few words: the reason, or the names of the mistakes."""
    if verdict["reason"]:
        return str(verdict["reason"][0])
    if verdict["score"] >= verdict["max"]:
        return "right"
    return ", ".join(verdict["diagnoses"]) or "no known mistake"


def state(submission: Submission, verdicts: Iterable[Mapping[str, Any]], fingerprint: str) -> State:
    """Return a student's marks as they are now.

    Parameters
    ----------
    submission
        What the gradebook knows.
    verdicts
        The data of the judge's verdicts.
    fingerprint
        Of the submitted file.
    """
    said = {verdict["exercise"]: told(verdict) for verdict in verdicts}
    marks = {
        name: {
            "score": mark.score,
            "max": mark.most,
            "manual": mark.manual,
            "extra": mark.extra,
            "told": said.get(name),
        }
        for name, mark in submission.marks.items()
    }
    return {"submission": fingerprint, "penalty": submission.penalty, "marks": marks}


def folder(course: Path, assignment: str) -> Path:
    """Return the folder of an assignment's history."""
    return course / "reports" / assignment / "history"


def record(path: Path, now: State) -> list[State]:
    """Add a state to a student's history where it differs from the last one; return the history."""
    try:
        states = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        states = []  # none yet, or a file that something else broke
    known = [one for one in states if isinstance(one, dict) and "marks" in one] if isinstance(states, list) else []
    last = {key: value for key, value in known[-1].items() if key != "when"} if known else None
    if last != now:
        known = [*known, {"when": datetime.now(UTC).isoformat(timespec="seconds"), **now}][-MOST_STATES:]
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, json.dumps(known, ensure_ascii=False, separators=(",", ":")))
    return known


def changes(student: str, states: Sequence[State]) -> list[Change]:
    """Return the marks that changed, in the order of time.

    A first mark by hand, where one was waited for, is no change.
    """
    found = []
    for before, after in pairwise(states):
        for name, new in after["marks"].items():
            old = before["marks"].get(name)
            if old is None or old["score"] is None or new["score"] is None or old["score"] == new["score"]:
                continue
            why = _why(old, new, before["submission"] != after["submission"])
            found.append(Change(after["when"], student, name, old["score"], new["score"], why))
        if before["penalty"] != after["penalty"]:
            why = "penalty for handing in late"
            found.append(Change(after["when"], student, "(late)", -before["penalty"], -after["penalty"], why))
    return found


def _why(old: Mapping[str, Any], new: Mapping[str, Any], resubmitted: bool) -> str:
    reasons = []
    if resubmitted:
        reasons.append("another submission")
    if old["max"] != new["max"]:
        reasons.append(f"its points were {old['max']:g} and are {new['max']:g}")
    for key, what in (("manual", "mark by hand"), ("extra", "extra credit")):
        if old[key] != new[key]:
            was, now = ("none" if value is None else f"{value:g}" for value in (old[key], new[key]))
            reasons.append(f"{what}: {was} → {now}")
    if old["told"] != new["told"]:
        reasons.append(f"verdict: {old['told'] or 'none'} → {new['told'] or 'none'}")
    return "; ".join(reasons) or "other parts of it are right"
