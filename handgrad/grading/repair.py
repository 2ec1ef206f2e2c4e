"""Bring a submission back into the released form: every marked cell in its place, as it was released."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from handgrad.grading.beside import leave_out
from handgrad.grading.course import graded_folder, source_file, submitted_file
from handgrad.grading.note import KEY, Note
from handgrad.grading.source import source_notebook
from handgrad.grading.stages import Resources
from handgrad.notebooks.repair import MarkedCell, repair


class Repair(NbGraderPreprocessor):  # type: ignore[misc]
    """Bring a submission back into the released form, and note in it what was repaired."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the repaired notebook."""
        where = resources["nbgrader"]
        source = source_file(self, where)
        released = source_notebook(source)
        order = tuple(cell.metadata.nbgrader.grade_id for cell in released.cells if "nbgrader" in cell.metadata)
        known = marked_cells(where["db_url"], where["assignment"], where["notebook"], order)
        unreadable = _why_unreadable(nb)
        repaired, done = repair(nb, known, released.cells)
        if unreadable:
            done = [f"The submitted file could not be read as a notebook ({unreadable}): nothing could be graded."]
        done += leave_out(graded_folder(self, where), source.parent)
        for sentence in done:
            self.log.warning("%s: %s", where["student"], sentence)
        if done:
            listed = "\n".join(f"- {sentence}" for sentence in done)
            note = nbformat.v4.new_markdown_cell(f"**Repaired before grading**\n\n{listed}", id="handgrad-repairs")
            repaired.cells.insert(0, note)
        made = Note(
            repairs=tuple(done), unreadable=bool(unreadable), submission=fingerprint(submitted_file(self, where))
        )
        repaired.metadata[KEY] = made.to_json()
        if "kernelspec" in released.metadata:
            repaired.metadata["kernelspec"] = dict(released.metadata["kernelspec"])
        return repaired, resources


def _why_unreadable(nb: NotebookNode) -> str:
    """Return the name of the exception by which a file could not be read; nothing where it could.

    The exporter notes it in the metadata of an empty notebook. A student can write there too, so only a word counts.
    """
    why = nb.metadata.get(KEY, {}).get("unreadable")
    return why if not nb.cells and isinstance(why, str) and re.fullmatch("[A-Za-z]{1,60}", why) else ""


def fingerprint(path: Path) -> str:
    """Return a hash of a submitted file, by which the report tells another submission; of no file it is empty."""
    if path.is_symlink() or not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def marked_cells(db_url: str, assignment: str, notebook: str, order: tuple[str, ...]) -> list[MarkedCell]:
    """Return the marked cells of a notebook from the gradebook, in the given order."""
    with Gradebook(db_url) as gradebook:
        found = gradebook.find_notebook(notebook, assignment)
        points = {cell.name: cell.max_score for cell in (*found.grade_cells, *found.task_cells)}
        graded = {cell.name for cell in found.grade_cells}
        tasks = {cell.name for cell in found.task_cells}
        solutions = {cell.name for cell in found.solution_cells}
        cells = []
        for cell in found.source_cells:
            name = cell.name
            if name in tasks:
                kind = "task"
            elif name in graded:
                kind = "written" if name in solutions else "test"
            else:
                kind = "solution" if name in solutions else "locked"
            cells.append(MarkedCell(name, kind, cell.cell_type, cell.source, points.get(name), cell.checksum))
    place = {name: position for position, name in enumerate(order)}
    return sorted(cells, key=lambda cell: place.get(cell.name, len(place)))
