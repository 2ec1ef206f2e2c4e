"""Read what was handed in, or is about to be: the same limits for the grader and for ``handgrad doctor``."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

MOST_NOTEBOOK = 64 * 1024 * 1024
"""Bytes of a submitted notebook that are read at all."""

MOST_CODE = 400_000
"""Characters of code in a notebook; its syntax tree takes a thousand times the memory."""

MOST_CELLS = 2_000
"""Cells of a notebook; the longest of the course has a tenth of them."""


class Refused(ValueError):
    """The file is not read; the text says why, and holds no word of the file's."""


def read(path: Path, most: int = MOST_NOTEBOOK) -> NotebookNode:
    """Return the notebook in a file of at most so many bytes.

    Raises
    ------
    Refused
        Where it is no file, or too large.
    ValueError
        Where it is no notebook; nbformat raises other exceptions, too.
    OSError
        Where the file cannot be read.
    """
    if path.is_symlink() or not path.is_file():
        raise Refused("it is a link, or no file")
    size = path.stat().st_size
    if size > most:
        raise Refused(f"it has {size:,} bytes; {most:,} are read at most")
    with path.open(encoding="utf-8") as file:
        notebook: NotebookNode = nbformat.read(file, as_version=4)
    if not isinstance(notebook.get("cells"), list):
        raise Refused("it has no list of cells")
    if len(notebook.cells) > MOST_CELLS:
        raise Refused(f"it has {len(notebook.cells):,} cells; {MOST_CELLS:,} are read at most")
    code = sum(len(cell["source"]) for cell in notebook.cells if cell["cell_type"] == "code")
    if code > MOST_CODE:
        raise Refused(f"it has {code:,} characters of code; {MOST_CODE:,} are read at most")
    return notebook


def reduce_to_text(notebook: NotebookNode) -> None:
    """Take out of a submission whatever could keep the notebook format from being written again, and nobody needs."""
    kept = {key: notebook.metadata[key] for key in ("handgrad", "kernelspec") if key in notebook.metadata}
    notebook.metadata = NotebookNode({key: value for key, value in kept.items() if isinstance(value, dict)})
    for position, cell in enumerate(notebook.cells):
        marks = cell.metadata.get("nbgrader")
        cell.metadata = NotebookNode({"nbgrader": marks} if isinstance(marks, dict) else {})
        if not re.fullmatch("[A-Za-z0-9_-]{1,64}", str(cell.get("id", ""))):
            cell.id = f"read-{position}"
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
