"""What the text of an assignment says of its exercises: the model solutions, and the points."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import jupytext
from nbformat.notebooknode import NotebookNode


@cache
def _notebook(path: Path) -> NotebookNode:
    cells = re.split(r"^(?=# %%)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    # the others are ten times as many, and take as much time to be read as all that grading begins with
    wanted = [cell for cell in cells if re.match(r"# %%.*\b(solution|test)=", cell)]
    notebook: NotebookNode = jupytext.reads("".join(wanted), fmt="py:percent")
    return notebook


@cache
def solution_cells(path: Path) -> dict[str, str]:
    """Return the solution cells of an assignment's text, by grade id, without markers and stubs."""
    found = {}
    for cell in _notebook(path).cells:
        if "solution" in cell.metadata:
            lines = []
            ended = False
            for line in cell.source.split("\n"):
                if "### BEGIN SOLUTION" in line or "### END SOLUTION" in line:
                    ended = "END" in line
                elif not (ended and line.strip().startswith("raise NotImplementedError")):
                    lines.append(line)
            found[f"{cell.metadata['solution']}_solution"] = "\n".join(lines).rstrip() + "\n"
    return found


@cache
def test_points(path: Path) -> dict[str, float]:
    """Return the points of each exercise of an assignment's text."""
    cells = _notebook(path).cells
    return {cell.metadata["test"]: float(cell.metadata["points"]) for cell in cells if "test" in cell.metadata}
