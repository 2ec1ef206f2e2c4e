"""Judge evidence on hidden cases."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from handgrad.judging.evidence import collect
from handgrad.judging.judge import Verdict, judge
from handgrad.references.assignment import load
from handgrad.references.hidden import Hidden, draw

ON_THE_SPOT_SEED = b"on the spot"


def verdict(hidden: Hidden, evidence: Mapping[str, Any], lines: Container[str] | None = ()) -> Verdict:
    """Judge evidence on hidden cases; mistakes are worked out only where something is wrong.

    ``lines`` are the lines of the student's code, as :func:`handgrad.judging.judge.judge` takes them.

    Raises
    ------
    handgrad.judging.evidence.Malformed
        Where the evidence does not have the form agreed on.
    """
    exercise = hidden.assignment.exercises[hidden.name]
    found = judge(exercise, evidence, hidden.plain, lines=lines)
    if found.right or found.reason is not None:
        return found
    found = judge(exercise, evidence, hidden.explained, lines=lines)
    if all(part.right or any(finding.known for finding in part.findings) for part in found.parts):
        return found
    return judge(exercise, evidence, hidden.with_mutants, lines=lines)


def on_the_spot(assignment_name: str, name: str, namespace: dict[str, Any]) -> Verdict:
    """Collect and judge in this process: for an instructor's own notebooks."""
    assignment = load(assignment_name)
    hidden = draw(assignment, name, ON_THE_SPOT_SEED)
    return verdict(hidden, collect(assignment.exercises[name], namespace, hidden.inputs))
