"""Judge what came out of the tests: evidence in, a verdict in each test cell out."""

from __future__ import annotations

import functools
import json
import traceback
from collections.abc import Mapping
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Integer

from handgrad.grading import mark
from handgrad.grading.mark import Failure
from handgrad.grading.note import CellNote, Note
from handgrad.grading.stages import Grading, Resources, fail
from handgrad.judging.arrays import Malformed
from handgrad.judging.display import verdict_html, verdict_text
from handgrad.judging.evidence import MIME, with_supplied
from handgrad.judging.judge import unjudged
from handgrad.judging.patience import TooSlow, within
from handgrad.judging.verdict import Verdict
from handgrad.judging.verdict_json import VERDICT_MIME, VerdictRecord
from handgrad.notebooks.by_hand import Told
from handgrad.notebooks.cells import is_probe

MOST_EVIDENCE = 8 * 1024 * 1024
"""Bytes of evidence, of one exercise, that the judge is willing to read."""

BROKE_DOWN = "no points, because the judging of what it handed over broke down; your instructor is told."
"""What is said of evidence by which the judge came to an error, which is a defect of the judge."""


TOOK_TOO_LONG = (
    "no points, because the judging of what it handed over took longer than {seconds} s; your instructor is told."
)
"""What is said of evidence on which the judge worked for too long; what is honest takes a hundredth of it."""

SECONDS = 120
"""Seconds of the processor's time for the judging of an exercise; the longest that is known takes a quarter of it."""


class JudgeEvidence(NbGraderPreprocessor):  # type: ignore[misc]
    """Judge the evidence of each test cell, and put the verdict in the place of its outputs."""

    seconds = Integer(SECONDS, help="Seconds of the processor's time for the judging of an exercise.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the notebook with a verdict in each test cell."""
        grading: Grading = resources["handgrad"]
        cells = [cell for cell in nb.cells if cell.cell_type == "code"]
        tested = {cell.metadata.nbgrader.grade_id for cell in cells if is_probe(cell)}
        exercises = {name: exercise for name, exercise in grading.assignment.exercises.items() if name in tested}
        note = Note.of(nb.metadata)
        told = mark.told(note.told, note.untold, exercises)
        for cell in filter(is_probe, cells):
            name = cell.metadata.nbgrader.grade_id
            try:
                verdict = within(self.seconds, functools.partial(_verdict, cell, grading, name, told[name]))
            except TooSlow:
                self.log.error("%s could not be judged: it took longer than %d s", name, self.seconds)
                verdict = unjudged(exercises[name], mark.NOT_JUDGED, TOOK_TOO_LONG.format(seconds=self.seconds))
            except Exception:
                self.log.error("%s could not be judged: %s", name, traceback.format_exc(limit=-3)[-1500:])
                verdict = unjudged(exercises[name], mark.NOT_JUDGED, BROKE_DOWN)
            if verdict.reason is not None and verdict.reason.name == "no_evidence":
                self.log.warning("%s: %s", name, verdict.reason.message)
            if verdict.reason is not None and verdict.reason.name == mark.NOT_JUDGED:
                fail(resources, f"the judging of {name}", verdict.reason.message)
            grading.verdicts[name] = verdict
            cell.outputs = [_output(verdict, float(cell.metadata.nbgrader.points))]
        return nb, resources


def _verdict(cell: NotebookNode, grading: Grading, name: str, told: Told | Failure) -> Verdict:
    """Return the verdict on what a test cell handed over."""
    found = handed_over(cell, grading.nonces[name])
    if not isinstance(found, Failure):
        found = with_supplied(found, grading.supplied.get(name, {}))
    return mark.decide(grading.hidden[name], found, told)


def _output(verdict: Verdict, points: float) -> NotebookNode:
    """Return a verdict as the output of its test cell."""
    data = {
        "text/html": verdict_html(verdict, points),
        "text/plain": verdict_text(verdict, points),
        VERDICT_MIME: VerdictRecord.of(verdict, points).to_json(),
    }
    output: NotebookNode = nbformat.from_dict({"output_type": "display_data", "metadata": {}, "data": data})
    return output


def handed_over(cell: NotebookNode, nonce: str) -> Mapping[str, Any] | Failure:
    """Return the evidence that a test cell handed over, or why there is none."""
    note = CellNote.of(cell.metadata)
    if note and note.failure == "timeout":
        return Failure(note.failure, "it took too long: is there a loop that does not end?")
    if note:
        return Failure(note.failure, f"{note.message}.")
    try:
        return read_evidence(cell, nonce)
    except Malformed as error:
        return mark.no_evidence(error)


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
