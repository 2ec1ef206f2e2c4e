"""What the stages of a submission hand on to each other, beside its notebook, and what became of those that failed."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # every nbgrader command reads this module, and most need no references
    from handgrad.judging.verdict import Verdict
    from handgrad.references import Assignment, Hidden

failed: dict[str, list[str]] = {}
"""Which stages failed of whose submission, and why, since this process began."""

Resources = dict[str, Any]
"""What nbgrader hands on: ``"nbgrader"`` says whose submission it is, ``"handgrad"`` is a :class:`Grading`."""


@dataclass(frozen=True)
class Grading:
    """What the grading of one submission knows.

    Attributes
    ----------
    assignment
        What the grader knows of the assignment.
    hidden
        The hidden cases of each exercise that the notebook tests.
    nonces
        The word that the evidence of each of them must repeat.
    supplied
        The evidence of the exercises that ran once more, with right earlier ones; nothing of it is trusted.
    verdicts
        The verdict on each of them; empty until the judge has been there.
    """

    assignment: Assignment
    hidden: Mapping[str, Hidden]
    nonces: Mapping[str, str]
    supplied: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)


def fail(resources: Resources, stage: str, reason: str) -> None:
    """Note that a stage of a submission failed, so that the exit status of the batch tells of it."""
    failed.setdefault(resources["nbgrader"]["student"], []).append(f"{stage}: {reason}")


def leave() -> None:
    """End a process with the status 1 where something could not be judged; nbgrader itself would end it with 0."""
    if failed:
        print("handgrad: not everything could be worked on; what could not be judged got 0 points:", file=sys.stderr)
        for student, what in sorted(failed.items()):
            print(f"    {student!r}: {'; '.join(what)}"[:500], file=sys.stderr)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)
