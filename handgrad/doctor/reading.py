"""What a student named as a notebook: which one of the course it is, or what else it is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from handgrad.notebooks.read import MOST_NOTEBOOK, read
from handgrad.notebooks.repair import grade_id, released_cells

MOST_TO_LOOK_AT = 16 * MOST_NOTEBOOK
"""Bytes of a notebook that the doctor still opens, since outputs can be taken out of it."""


class Unreadable(ValueError):
    """The file is no notebook of the course; the text says what it is, and what to do."""


def read_notebook(path: Path) -> NotebookNode:
    """Return the notebook in a file.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    Unreadable
        Where it is no notebook.
    """
    if path.is_dir():
        raise Unreadable(f"{path} is a folder: name the notebook in it")
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}: change to its folder with `cd`, or write where it is")
    with path.open("rb") as file:
        head = file.read(1024)
    try:
        return _version_4(read(path, MOST_TO_LOOK_AT))
    except OSError:
        raise
    except Exception as error:
        raise Unreadable(f"{path} cannot be read as a notebook: {_what_it_is(path, head) or error}") from error


def _version_4(notebook: NotebookNode) -> NotebookNode:
    old = notebook.metadata.get("orig_nbformat")
    if isinstance(old, int) and old < 4:
        raise Unreadable(f"it is in the old format {old}: open it in JupyterLab, save it, and run this again")
    return notebook


def _what_it_is(path: Path, head: bytes) -> str | None:
    kinds = {
        b"PK": "it is a zip archive: unpack it, and hand in the notebook that is in it",
        b"\x1f\x8b": "it is a compressed archive: unpack it, and hand in the notebook that is in it",
        b"%PDF": "it is a PDF: hand in the notebook itself, the file that ends in .ipynb",
        b"<": "it is a web page: download the notebook itself, the file that ends in .ipynb",
    }
    if not head.strip():
        return "it is empty: save the notebook in JupyterLab, or take the copy in .ipynb_checkpoints beside it"
    for start, words in kinds.items():
        if head.lstrip().startswith(start):
            return words
    try:
        with path.open(encoding="utf-8") as file:
            content = json.load(file)
    except (ValueError, RecursionError):
        if re.search(rb"^<{7} ", path.read_bytes(), re.MULTILINE):
            return "git has left its marks of a conflict in it: decide for one side, in a text editor"
        return "it is no JSON, so that it was cut off or edited: take the copy in .ipynb_checkpoints beside it"
    if not isinstance(content, dict) or not ("cells" in content or "worksheets" in content):
        return "it is JSON, but has no cells"
    old = content.get("nbformat")
    if isinstance(old, int) and old < 4:
        return f"it is in the old format {old}: open it in JupyterLab, save it, and run this again"
    return None


def released_notebooks() -> dict[str, NotebookNode]:
    """Return the notebooks of the course as they were released."""
    found = {}
    for folder in files("handgrad.released").iterdir():
        file = folder.joinpath(f"{folder.name}.ipynb")
        if file.is_file():
            found[folder.name] = nbformat.reads(file.read_text(encoding="utf-8"), as_version=4)
    return dict(sorted(found.items()))


def assignment_of(path: Path, notebook: NotebookNode, released: Mapping[str, NotebookNode]) -> str:
    """Return the assignment whose cells a notebook has, or, where it has none, whose name its file has.

    Raises
    ------
    Unreadable
        Where it has neither.
    """

    def shared(name: str) -> int:
        sources = {cell.source for cell in released[name].cells if cell.cell_type == "code"}
        marked = {cell.name for cell in released_cells(released[name])}
        return sum(grade_id(cell) in marked or cell.get("source") in sources for cell in notebook.cells)

    best = max(released, key=shared)
    if shared(best):
        return best
    # the longest, where one name is a part of another
    named = [name for name in sorted(released, key=len, reverse=True) if name in path.stem]
    if not named:
        raise Unreadable(f"{path} has no cell of this course's notebooks, which are: {', '.join(released)}")
    return named[0]
