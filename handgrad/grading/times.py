"""How long our own solutions take on this machine, from which the limits of a submission follow."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode

from handgrad.files import replace

CELL = 120
"""Seconds that each cell of the source notebook may take while it is measured."""

LEAST_PATIENCE = 1.0
"""Seconds of the processor's time that a large case is given at least."""

TIMES_LOOPS = 6
"""How many times as long as plain loops the student's code may take for a large case."""


def key(cell: NotebookNode) -> str:
    """Return what a cell of the source notebook is known by: its grade id, or a digest of its text."""
    marks = cell.metadata.get("nbgrader", {})
    return str(marks.get("grade_id") or hashlib.sha256(cell.source.encode()).hexdigest()[:16])


def measured(file: Path, name: str, text: str, run: Callable[[], Mapping[str, float]]) -> Mapping[str, float]:
    """Return how many seconds things take here.

    Parameters
    ----------
    file
        Where the times are kept, until the text changes.
    name
        Under which name.
    text
        What is run.
    run
        Runs it, and returns the seconds that each thing took.
    """
    digest = hashlib.sha256(text.encode()).hexdigest()
    kept = _kept(file).get(name)
    if kept is None or kept["text"] != digest:
        kept = {"text": digest, "seconds": {thing: round(seconds, 3) for thing, seconds in run().items()}}
        content = json.dumps({**_kept(file), name: kept}, indent=1, sort_keys=True)
        replace(file, f"{content}\n")
    seconds: Mapping[str, float] = kept["seconds"]
    return seconds


def patience(loops: float) -> float:
    """Return the seconds that a large case is given where plain loops take so many."""
    return max(LEAST_PATIENCE, TIMES_LOOPS * loops)


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
