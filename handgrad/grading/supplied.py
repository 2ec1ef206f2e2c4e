"""Run an exercise once more with right solutions to the earlier ones that it uses, so that a mistake costs once.

Only what is wrong runs again, and in a kernel of its own: a student's code that keeps what is supplied to one
exercise would find in it the answer to another.
"""

from __future__ import annotations

import base64
import dataclasses
import secrets
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode

from handgrad.grading.judge import SECONDS, handed_over, read_evidence
from handgrad.grading.mark import Failure
from handgrad.grading.stages import Grading
from handgrad.judging.arrays import Malformed
from handgrad.judging.evidence import dumps, with_supplied
from handgrad.judging.judge import judge
from handgrad.judging.patience import within
from handgrad.judging.verdict import UNCHANGED
from handgrad.notebooks.cells import is_probe
from handgrad.notebooks.repair import HIDDEN, only
from handgrad.references import Hidden, delivery
from handgrad.running.job import Cell, Job, Outcome


def with_delivery(source: str, given: Mapping[str, Any]) -> str:
    """Return what is run of a test cell: the delivery of what it is given, and its hidden part."""
    # a kernel reads, hashes and repeats the text of every cell, so a short one is cheaper
    packed = base64.b64encode(zlib.compress(dumps(given).encode(), 3)).decode()
    return f"from handgrad.check import deliver\n\ndeliver({packed!r})\n{only(source, HIDDEN)}"


def groups(nb: NotebookNode, grading: Grading) -> list[list[str]]:
    """Return the exercises that are to run once more, those that use the same earlier ones together."""
    found: dict[tuple[str, ...], list[str]] = {}
    for cell in filter(is_probe, nb.cells):
        name = cell.metadata.nbgrader.grade_id
        uses = grading.assignment.exercises[name].uses
        if uses and _is_wrong(grading.hidden[name], handed_over(cell, grading.nonces[name])):
            found.setdefault(uses, []).append(name)
    return list(found.values())


def _is_wrong(hidden: Hidden, evidence: Mapping[str, Any] | Failure) -> bool:
    """Return whether a part of what was handed over is wrong; nothing that was handed over cannot become right."""
    if isinstance(evidence, Failure) or "missing" in evidence:
        return False
    exercise = hidden.assignment.exercises[hidden.name]
    try:
        verdict = within(
            SECONDS, lambda: judge(exercise, with_supplied(evidence, {}), hidden.plain, large=hidden.at_scale)
        )
    except Exception:  # what cannot be judged is for the judge to say
        return False
    return verdict.attempted and any(not part.right for part in verdict.parts if part.name != UNCHANGED)


def job(nb: NotebookNode, first: Job, grading: Grading, names: Sequence[str]) -> tuple[Job, dict[str, str]]:
    """Return what runs exercises once more, behind the student's cells, and the nonces of their tests."""
    nonces = {name: secrets.token_hex(16) for name in names}
    cells = []
    for cell, given in zip(nb.cells, first.cells, strict=True):
        name = cell.metadata.nbgrader.grade_id if given.probe else ""
        if name in nonces:
            delivered = {"nonce": nonces[name], **delivery(grading.hidden[name])}
            cells.append(dataclasses.replace(given, source=with_delivery(cell.source, delivered)))
        else:
            cells.append(Cell("", given.seconds) if given.probe else given)
    last = max(index for index, cell in enumerate(cells) if cell.probe)
    kept = [cell if index <= last else Cell("", cell.seconds) for index, cell in enumerate(cells)]
    return dataclasses.replace(first, cells=tuple(kept)), nonces


def keep(nb: NotebookNode, outcomes: Sequence[Outcome], grading: Grading, nonces: Mapping[str, str]) -> None:
    """Keep the evidence of the exercises that ran once more; one that handed over none has its first run alone."""
    for cell, outcome in zip(nb.cells, outcomes, strict=True):
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if is_probe(cell) and name in nonces and outcome.failure is None:
            try:
                grading.supplied[name] = read_evidence(nbformat.from_dict({"outputs": outcome.outputs}), nonces[name])
            except Malformed:
                continue
