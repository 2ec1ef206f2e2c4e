"""What a cell of a marked notebook is, by nbgrader's metadata."""

from __future__ import annotations

from nbformat.notebooknode import NotebookNode


def is_probe(cell: NotebookNode) -> bool:
    """Return whether a cell is a test that is judged from evidence."""
    marks = cell.metadata.get("nbgrader", {})
    return bool(cell.cell_type == "code" and marks.get("grade") and not marks.get("solution"))
