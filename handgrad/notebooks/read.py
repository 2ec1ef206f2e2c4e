"""Read what was handed in, or is about to be: the same limits for the grader and for ``handgrad doctor``."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

MOST_NOTEBOOK = 64 * 1024 * 1024
"""Bytes of a submitted notebook that are read at all."""

MOST_CODE = 400_000
"""Characters of code in a notebook; its syntax tree takes a thousand times the memory."""


def read(path: Path, most: int = MOST_NOTEBOOK) -> NotebookNode:
    """Return the notebook in a file of at most so many bytes.

    Raises
    ------
    ValueError
        Where it is no notebook, or too large; nbformat raises other exceptions, too.
    OSError
        Where the file cannot be read.
    """
    if path.is_symlink() or not path.is_file():
        raise ValueError("it is a link, or no file")
    size = path.stat().st_size
    if size > most:
        raise ValueError(f"it has {size:,} bytes; {most:,} are read at most")
    with path.open(encoding="utf-8") as file:
        notebook: NotebookNode = nbformat.read(file, as_version=4)
    if not isinstance(notebook.get("cells"), list):
        raise ValueError("it has no list of cells")
    code = sum(len(cell["source"]) for cell in notebook.cells if cell["cell_type"] == "code")
    if code > MOST_CODE:
        raise ValueError(f"it has {code:,} characters of code; {MOST_CODE:,} are read at most")
    return notebook
