"""What a released notebook shows before anything was run: its pictures."""

from __future__ import annotations

import symtable
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor

from handgrad.assignments.drawing import PICTURE
from handgrad.notebooks.code import runnable


class KeepPictures(NbGraderPreprocessor):  # type: ignore[misc]
    """Clear all outputs but the pictures that are given; it takes the place of nbgrader's ``ClearOutput``.

    A picture is given if nothing that it is drawn from came out of a solution; it stays, and its code is folded away.
    A cell that needs a solution gets the tag by which *Run All Cells* goes on past it where it fails.
    """

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook with its pictures."""
        from_solutions: set[str] = set()
        for cell in nb.cells:
            if cell.cell_type != "code":
                continue
            cell.execution_count = None
            needs = needs_solution(cell, from_solutions)
            cell.outputs = [] if needs else [output for output in cell.outputs if is_picture(output)]
            if cell.outputs:
                fold(cell)
            if needs and not utils.is_solution(cell):
                tag(cell, "raises-exception")
        return nb, resources


def is_picture(output: NotebookNode) -> bool:
    """Return whether an output is a picture of ours."""
    return output.get("metadata") == PICTURE


def fold(cell: NotebookNode) -> None:
    """Fold the code of a cell away, in JupyterLab and in the pages of docs/."""
    cell.metadata["jupyter"] = {"source_hidden": True}
    tag(cell, "hide-input")


def tag(cell: NotebookNode, name: str) -> None:
    """Give a cell a tag."""
    cell.metadata["tags"] = sorted({*cell.metadata.get("tags", []), name})


def needs_solution(cell: NotebookNode, from_solutions: set[str]) -> bool:
    """Return whether a cell is a solution or uses something that came from one, and note what comes from it.

    Parameters
    ----------
    cell
        A code cell.
    from_solutions
        The names that came from solutions in the cells before; those of this cell are added.
    """
    made, used = names(cell.source)
    if not (utils.is_solution(cell) or used & from_solutions):
        return False
    from_solutions |= made
    return True


def names(source: str) -> tuple[set[str], set[str]]:
    """Return the names that the code of a cell makes, and those from outside that it uses."""
    top = symtable.symtable(runnable(source), "cell", "exec")
    made = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned()}
    used = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    inner = top.get_children()
    while inner:
        table = inner.pop()
        used |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
        inner += table.get_children()
    return made, used
