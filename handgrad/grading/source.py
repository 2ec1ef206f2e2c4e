"""The source notebook that a submission was made from."""

from __future__ import annotations

import ast
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor

from handgrad.notebooks import by_hand

Resources = dict[str, Any]


def course_of(preprocessor: NbGraderPreprocessor) -> Any:
    """Return the course directory of the converter that a preprocessor works for."""
    return getattr(getattr(preprocessor.parent, "parent", None), "coursedir", None)


def source_notebook(preprocessor: NbGraderPreprocessor, where: Resources) -> NotebookNode:
    """Return the source notebook of a submission: the gradebook keeps neither the order of its cells nor the prose."""
    empty: NotebookNode = nbformat.v4.new_notebook()
    coursedir = course_of(preprocessor)
    if coursedir is None:
        return empty
    folder = coursedir.format_path(coursedir.source_directory, ".", where["assignment"])
    path = Path(folder) / f"{where['notebook']}.ipynb"
    return _read(path, path.stat().st_mtime_ns) if path.is_file() else empty


@lru_cache(maxsize=16)
def _read(path: Path, changed: int) -> NotebookNode:
    """Read a notebook as it was at a time of change; once for a batch."""
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    notebook.metadata["imports"] = imports(notebook)
    return notebook


def imports(notebook: NotebookNode) -> list[str]:
    """Return the modules that the cells of a source notebook import, but for its tests, in their order."""
    found: list[str] = []
    for tree in by_hand.code_of(
        cell.source for cell in notebook.cells if cell.cell_type == "code" and not is_probe(cell)
    ):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return list(dict.fromkeys(found))


def is_probe(cell: NotebookNode) -> bool:
    """Return whether a cell is a test that is judged from evidence."""
    return bool(cell.cell_type == "code" and utils.is_grade(cell) and not utils.is_solution(cell))
