"""Judge what came out of the tests: evidence in, a verdict in each test cell out."""

from __future__ import annotations

import json
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from handgrad import references
from handgrad.grading.note import CellNote
from handgrad.grading.source import is_probe
from handgrad.judging.display import verdict_html, verdict_text
from handgrad.judging.evidence import MIME, Malformed
from handgrad.judging.judge import Verdict, unjudged
from handgrad.judging.verdict_json import VERDICT_MIME, VerdictRecord
from handgrad.notebooks import by_hand

Resources = dict[str, Any]


MOST_EVIDENCE = 8 * 1024 * 1024
"""Bytes of evidence, of one exercise, that the judge is willing to read."""


class JudgeEvidence(NbGraderPreprocessor):  # type: ignore[misc]
    """Judge the evidence of each test cell, and put the verdict in the place of its outputs."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the notebook with a verdict in each test cell."""
        lines = {line.strip() for cell in nb.cells if cell.cell_type == "code" for line in cell.source.split("\n")}
        lines.discard("")
        code = by_hand.Code(cell.source for cell in nb.cells if cell.cell_type == "code" and not is_probe(cell))
        for cell in nb.cells:
            if is_probe(cell):
                name = cell.metadata.nbgrader.grade_id
                verdict = self._verdict(cell, name, resources["handgrad"], lines, code)
                resources["handgrad"]["verdicts"][name] = verdict
                points = float(cell.metadata.nbgrader.points)
                data = {
                    "text/html": verdict_html(verdict, points),
                    "text/plain": verdict_text(verdict, points),
                    VERDICT_MIME: VerdictRecord.of(verdict, points).to_json(),
                }
                cell.outputs = [nbformat.from_dict({"output_type": "display_data", "metadata": {}, "data": data})]
        return nb, resources

    def _verdict(self, cell: NotebookNode, name: str, drawn: Resources, lines: set[str], code: by_hand.Code) -> Verdict:
        exercise = drawn["assignment"].exercises[name]
        breach = by_hand.breach(exercise, code)
        if breach is not None:
            return unjudged(exercise, "not_by_hand", breach.message, known=True)
        note = CellNote.of(cell.metadata)
        if note and note.failure == "timeout":
            return unjudged(exercise, "timeout", "it took too long: is there a loop that does not end?")
        if note:
            return unjudged(exercise, note.failure, note.message + ".")
        try:
            evidence = read_evidence(cell, drawn["nonces"][name])
            breach = None if "missing" in evidence else by_hand.unread(exercise, code)
            if breach is not None:
                return unjudged(exercise, "not_by_hand", breach.message)
            return references.verdict(drawn["hidden"][name], evidence, lines)
        except Malformed as error:
            self.log.warning("%s: no evidence that can be judged: %s", name, error)
            return unjudged(exercise, "no_evidence", f"no points, because {error}.")


def read_evidence(cell: NotebookNode, nonce: str) -> dict[str, Any]:
    """Return the one piece of evidence in a cell's outputs.

    Raises
    ------
    Malformed
        Where there is none, more than one, or one that does not belong to this test.
    """
    found = [output["data"][MIME] for output in cell.outputs if MIME in output.get("data", {})]
    if len(found) != 1:
        raise Malformed("the test handed over no results" if not found else "the test handed over results twice")
    (text,) = found
    if not isinstance(text, str) or len(text) > MOST_EVIDENCE:
        raise Malformed("the results are not in the agreed form, or too large")
    try:
        evidence = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("the results are not in the agreed form") from error
    if not isinstance(evidence, dict) or evidence.get("nonce") != nonce:
        raise Malformed("the results do not belong to this test")
    return evidence
