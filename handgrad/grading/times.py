"""How long the reference takes on this machine, from which the limits of a submission's cells follow."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode

from handgrad.files import replace
from handgrad.running.job import Outcome

PATIENCE = 120
"""Seconds that each cell of the reference may take."""


def key(cell: NotebookNode) -> str:
    """Return what a cell of the reference is known by: its grade id, or a digest of its text."""
    marks = cell.metadata.get("nbgrader", {})
    return str(marks.get("grade_id") or hashlib.sha256(cell.source.encode()).hexdigest()[:16])


def measured(
    file: Path, assignment: str, source: NotebookNode, run: Callable[[], list[Outcome]]
) -> Mapping[str, float]:
    """Return the seconds that each cell of the source notebook takes here, by :func:`key`.

    Parameters
    ----------
    file
        Where the times are kept, until the notebook changes.
    assignment
        Its name.
    source
        The source notebook.
    run
        Runs it, and returns what came of each of its cells.
    """
    text = hashlib.sha256("\0".join(cell.source for cell in source.cells).encode()).hexdigest()
    kept = _kept(file).get(assignment)
    if kept is None or kept["text"] != text:
        outcomes = zip(source.cells, run(), strict=True)
        kept = {"text": text, "seconds": {key(cell): round(one.seconds, 2) for cell, one in outcomes}}
        content = json.dumps({**_kept(file), assignment: kept}, indent=1, sort_keys=True)
        replace(file, f"{content}\n")
    seconds: Mapping[str, float] = kept["seconds"]
    return seconds


def _kept(file: Path) -> dict[str, Any]:
    """Return what a file holds; one that cannot be read is written anew."""
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        for one in found.values():
            if not isinstance(one["text"], str) or not all(seconds >= 0 for seconds in one["seconds"].values()):
                return {}
        return found
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}
