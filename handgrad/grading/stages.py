"""What the stages of a submission hand on to each other, beside its notebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # every nbgrader command reads this module, and most need no references
    from handgrad.judging.verdict import Verdict
    from handgrad.references import Assignment, Hidden

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
    verdicts
        The verdict on each of them; empty until the judge has been there.
    """

    assignment: Assignment
    hidden: Mapping[str, Hidden]
    nonces: Mapping[str, str]
    verdicts: dict[str, Verdict] = field(default_factory=dict)
