"""Looking: which students an instructor should look at, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from handgrad.grading.graded import Graded
from handgrad.reporting.reading import Answer

FAILURES = {
    "timeout": "took too long",
    "died": "ended its kernel",
    "flood": "printed or displayed far too much",
    "not_run": "was not run, because kernels, time or room for output had run out",
    "lost": "was not run, because what runs it was lost each time",
}
"""What can become of a cell, in words."""

LOW, HIGH = 0.25, 0.75
"""An exercise with at most the first share of its points is far below others with the second on average."""


class Reason(Enum):
    """Why a student is looked at, in the order of what it costs to overlook; the value is what the counts call it."""

    NOT_GRADED = "not graded"
    UNREADABLE = "could not be read"
    OTHER_POINTS = "graded with other points"
    OTHER_ANSWER = "marked by hand for another answer"
    NOT_JUDGED = "out of time, without a kernel or not judged"
    NOT_BY_HAND = "not by hand"
    FAR_BELOW = "far below their other exercises"
    LOOKS_NUMERICAL = "looks like numerical differentiation"

    @property
    def urgency(self) -> int:
        """Its place among the reasons; 0 is the most urgent."""
        return list(Reason).index(self)


@dataclass(frozen=True)
class Flag:
    """A reason to look at one student, in words that say what it is about."""

    reason: Reason
    words: str


def flags(graded: Graded, answers: Mapping[str, Answer]) -> tuple[Flag, ...]:
    """Return why to look at a student whose submission is graded, most urgent first."""
    if graded.note.lost:
        what = {"reading": "read as a notebook", "repairing": "brought into the released form"}
        words = f"the submitted file could not be {what[graded.note.failed]}: {graded.note.reason}"
        return (Flag(Reason.UNREADABLE, words),)
    found = [
        *_other_points(answers),
        *_other_answers(answers),
        *(_failures(graded.failures) if _lost_any(answers) else ()),
        *_unjudged(answers),
        *_looks_numerical(answers),
        *_far_below(answers),
    ]
    return tuple(sorted(found, key=lambda flag: (flag.reason.urgency, flag.words)))


def _lost_any(answers: Mapping[str, Answer]) -> bool:
    """Return whether any of what the student tried has lost points: otherwise a failed cell did no harm."""
    return any(answer.standing in ("partly", "wrong") for answer in answers.values())


def failure(kind: str, count: int) -> str:
    """Return in words what became of so many cells."""
    words = FAILURES.get(kind, kind)
    return words if count == 1 else words.replace("was not", "were not")


def _other_points(answers: Mapping[str, Answer]) -> Iterator[Flag]:
    old = [name for name, one in answers.items() if one.verdict and one.verdict.most != one.mark.most]
    if old:
        yield Flag(Reason.OTHER_POINTS, f"graded before the points changed, grade again: {_listed(old)}")


def _other_answers(answers: Mapping[str, Answer]) -> Iterator[Flag]:
    names = [name for name, answer in answers.items() if answer.mark.reread]
    if names:
        yield Flag(Reason.OTHER_ANSWER, f"marked by hand before the answer changed, read again: {_listed(names)}")


def _failures(failures: Iterable[str]) -> Iterator[Flag]:
    for kind, count in Counter(failures).items():
        yield Flag(Reason.NOT_JUDGED, f"{count} {'cell' if count == 1 else 'cells'} {failure(kind, count)}")


def _unjudged(answers: Mapping[str, Answer]) -> Iterator[Flag]:
    lost = [name for name, answer in answers.items() if answer.unjudged in ("no_evidence", "not_judged")]
    if lost:
        yield Flag(Reason.NOT_JUDGED, f"results that could not be judged: {_listed(lost)}")
    machine = [name for name, answer in answers.items() if answer.by_machine]
    if machine:
        yield Flag(Reason.NOT_BY_HAND, f"not by hand: {_listed(machine)}")


def _looks_numerical(answers: Mapping[str, Answer]) -> Iterator[Flag]:
    for name, answer in answers.items():
        for said in answer.verdict.flags if answer.verdict and answer.mark.manual is None else ():
            yield Flag(Reason.LOOKS_NUMERICAL, f"{name}: {said}")


def _far_below(answers: Mapping[str, Answer]) -> Iterator[Flag]:
    """Yield the flag of exercises with few points beside many in the others, where nothing says why.

    It is there that the grader itself may be wrong. Two others are needed to say so.
    """
    marks = {name: answer.mark for name, answer in answers.items()}
    shares = {name: (mark.score or 0) / mark.most for name, mark in marks.items() if mark.by_judge and mark.most}
    if len(shares) < 3:
        return
    low = {}
    for name, share in shares.items():
        others = (sum(shares.values()) - share) / (len(shares) - 1)
        if share <= LOW and others >= HIGH and not _explained(answers[name]):
            low[name] = others
    if low:
        said = [(name, answers[name].verdict) for name in low]
        told = [f"{name} ({verdict.in_short if verdict else 'no verdict'})" for name, verdict in said]
        per_cent = f"{100 * min(low.values()):.0f} %"
        yield Flag(Reason.FAR_BELOW, f"far below their other exercises ({per_cent}): {_listed(told)}")


def _explained(answer: Answer) -> bool:
    said = answer.verdict is not None and (answer.verdict.reason is not None or bool(answer.verdict.diagnoses))
    return said or answer.standing == "untried" or answer.by_machine


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
