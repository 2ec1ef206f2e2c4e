"""Bring a submission back into the released form: every marked cell in its place, as it was released."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Integer

from handgrad.assignments.catalogue import exercises
from handgrad.grading.beside import leave_out
from handgrad.grading.course import graded_folder, known_cells, source_file, submitted_file
from handgrad.grading.mark import said
from handgrad.grading.note import KEY, REPAIRS, STAGES, Note
from handgrad.grading.source import source_notebook
from handgrad.grading.stages import Resources, fail
from handgrad.judging.exercise import Exercise
from handgrad.notebooks.cells import is_probe
from handgrad.notebooks.read import Refused, read, reduce_to_text
from handgrad.notebooks.repair import MarkedCell, repair
from handgrad.running.limited import Limits, Stopped, limited

NOTHING = {
    "reading": "The submitted file could not be read as a notebook ({reason}): nothing could be graded.",
    "repairing": "The submitted notebook could not be brought into the released form ({reason}): nothing could be "
    "graded.",
}
"""What is said where a stage failed, so that nothing of a submission is left."""

MOST_LINES = 10
"""Lines of the log that the repairs of a submission take."""


class Repair(NbGraderPreprocessor):  # type: ignore[misc]
    """Bring a submission back into the released form, and note in it what was repaired."""

    seconds = Integer(
        10, help="Seconds of the processor's time for reading a submission, repairing it and reading its code."
    ).tag(config=True)

    def ready(self, assignment: str, known: Mapping[str, Sequence[MarkedCell]]) -> None:
        """Look at what the course released itself, so that each child process knows it already.

        Parameters
        ----------
        assignment
            Its name.
        known
            The marked cells of each notebook.
        """
        for notebook, cells in known.items():
            where = {"assignment": assignment, "notebook": notebook}
            self._submitted(Path(), source_notebook(source_file(self, where)), cells, where).learn()

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the repaired notebook."""
        where = resources["nbgrader"]
        source = source_file(self, where)
        released = source_notebook(source)
        submitted = self._submitted(submitted_file(self, where), released, known_cells(self, where), where)
        found, failed, reason = self._prepared(submitted, resources)
        done = [
            *found["repairs"],
            *leave_out(graded_folder(self, where), submitted.path.parent, source.parent),
        ]
        repaired: NotebookNode = nbformat.from_dict(found["notebook"])
        for sentence in done[:MOST_LINES]:
            self.log.warning("%s: %s", where["student"], sentence)
        if len(done) > MOST_LINES:
            self.log.warning("%s: %d more repairs", where["student"], len(done) - MOST_LINES)
        if done:
            listed = "\n".join(f"- {sentence}" for sentence in done)
            note = nbformat.v4.new_markdown_cell(f"**Repaired before grading**\n\n{listed}", id=REPAIRS)
            repaired.cells.insert(0, note)
        made = Note(
            tuple(done),
            failed,
            reason,
            told=found.get("told", {}),
            submission=fingerprint(submitted.path),
        )
        repaired.metadata[KEY] = made.to_json()
        if "kernelspec" in released.metadata:
            repaired.metadata["kernelspec"] = dict(released.metadata["kernelspec"])
        return repaired, resources

    def _submitted(
        self, path: Path, released: NotebookNode, known: Sequence[MarkedCell], where: Mapping[str, str]
    ) -> Submitted:
        """Return a submission with what is known of the notebook that it began as."""
        order = [cell.metadata.nbgrader.grade_id for cell in released.cells if "nbgrader" in cell.metadata]
        place = {name: position for position, name in enumerate(order)}
        in_order = sorted(known, key=lambda cell: place.get(cell.name, len(place)))
        tests = {cell.name for cell in known if cell.kind == "test"}
        asked = {name: one for name, one in exercises(where["assignment"]).items() if name in tests}
        return Submitted(path, in_order, released.cells, asked)

    def _prepared(self, submitted: Submitted, resources: Resources) -> tuple[dict[str, Any], str, str]:
        """Return a submission as far as it can be prepared within limits, and the stage that failed, and why."""
        found: dict[str, Any] = {}
        failed = reason = ""
        for stage in reversed(STAGES):
            try:
                found = limited(partial(submitted.prepared, until=stage), Limits(seconds=self.seconds))
                break
            except Stopped as error:
                failed, reason = stage, str(error)
        if failed:
            fail(resources, failed, reason)
        elif "refused" in found:
            failed, reason = STAGES[0], found["refused"]
        if "notebook" not in found:
            # all of it in the released form, without a word of the student's
            made, _ = repair(nbformat.v4.new_notebook(), submitted.known, submitted.released)
            found = {"notebook": made, "repairs": [NOTHING[failed].format(reason=reason)]}
        return found, failed, reason


@dataclass(frozen=True)
class Submitted:
    """A submitted file, and what is known of the notebook that it began as.

    Attributes
    ----------
    path
        The file, which may hold anything.
    known
        The marked cells.
    released
        All cells that were released.
    exercises
        Those that are tested.
    """

    path: Path
    known: Sequence[MarkedCell]
    released: Sequence[NotebookNode]
    exercises: Mapping[str, Exercise]

    def prepared(self, until: str) -> dict[str, Any]:
        """Return what comes of the stages up to one of them, as JSON.

        It holds ``"refused"``, why the file is not read; or ``"notebook"`` and ``"repairs"``, the repaired notebook
        and what was repaired, and ``"told"``, what the code says of the exercises.
        """
        try:
            notebook = read(self.path)
            reduce_to_text(notebook)
        except Refused as error:
            return {"refused": str(error)}
        except MemoryError:
            raise
        except Exception as error:
            return {"refused": f"it is no notebook: {type(error).__name__}"}
        if until == STAGES[0]:
            return {}
        made, done = repair(notebook, self.known, self.released)
        found: dict[str, Any] = {"notebook": made, "repairs": done}
        if until == STAGES[2]:
            found["told"] = self._told(made)
        return found

    def learn(self) -> None:
        """Look at what was released, of which most submissions hold most."""
        released, _ = repair(nbformat.v4.new_notebook(cells=list(self.released)), self.known, self.released)
        self._told(released)

    def _told(self, notebook: NotebookNode) -> dict[str, list[str | None]]:
        """Return what the code of a repaired notebook says of the exercises."""
        code = (cell.source for cell in notebook.cells if cell.cell_type == "code" and not is_probe(cell))
        return said(code, self.exercises)


def fingerprint(path: Path) -> str:
    """Return a hash of a submitted file, by which the report tells another submission; of no file it is empty."""
    if path.is_symlink() or not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
