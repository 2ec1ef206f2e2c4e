"""The source notebook that a submission was made from: a path in, its cells and what they import out."""

from __future__ import annotations

import ast
from functools import lru_cache
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from handgrad.notebooks.cells import is_probe
from handgrad.notebooks.code import code_of


def source_notebook(path: Path) -> NotebookNode:
    """Return a source notebook, an empty one where there is none.

    The gradebook keeps neither the order of its cells nor the prose. Its metadata name, under
    ``"imports"``, the modules that its cells import.
    """
    empty: NotebookNode = nbformat.v4.new_notebook()
    return _read(path, path.stat().st_mtime_ns) if path.is_file() else empty


@lru_cache(maxsize=16)
def _read(path: Path, changed: int) -> NotebookNode:
    """Read a notebook as it was at a time of change; once for a batch."""
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    notebook.metadata["imports"] = _imports(notebook)
    return notebook


def _imports(notebook: NotebookNode) -> list[str]:
    """Return the modules that the cells of a source notebook import, but for its tests, in their order."""
    found: list[str] = []
    for tree in code_of(cell.source for cell in notebook.cells if cell.cell_type == "code" and not is_probe(cell)):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return list(dict.fromkeys(found))
