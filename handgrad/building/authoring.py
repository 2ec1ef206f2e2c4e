"""From the edited text of an assignment to its source notebook, and back.

The text is a jupytext percent script. Three short marks in a cell header stand for the whole of
nbgrader's metadata:

``solution="Relu"``
    The cell in which the student writes; its solution lies between ``### BEGIN SOLUTION`` and
    ``### END SOLUTION``.
``test="Relu" points=4``
    The check of an exercise. The probe that hands evidence to the grader is added as the hidden
    part.
``task="double_softmax" points=4``
    A question that a person marks; its marking scheme lies between ``### BEGIN MARK SCHEME``
    and ``### END MARK SCHEME``.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat.notebooknode import NotebookNode
from traitlets.config import Config

from handgrad.assignments.catalogue import exercises

BEGIN_HIDDEN = "### BEGIN HIDDEN TESTS"
END_HIDDEN = "### END HIDDEN TESTS"
MARKS = ("solution", "test", "task")

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class AuthoringError(ValueError):
    """The text of an assignment does not hold what it must; the message says where."""


def _probe(assignment: str, exercise: str) -> str:
    return f'{BEGIN_HIDDEN}\nfrom handgrad import probe\n\nprobe("{assignment}", "{exercise}")\n{END_HIDDEN}'


def _nbgrader(mark: str, name: str, points: float | None) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "grade": mark == "test",
        "grade_id": f"{name}_solution" if mark == "solution" else name,
        "locked": mark != "solution",
        "schema_version": 3,
        "solution": mark == "solution",
        "task": mark == "task",
    }
    if mark != "solution":
        metadata["points"] = points
    return metadata


def to_notebook(text: str, assignment: str) -> NotebookNode:
    """Return the source notebook of an assignment's text, without outputs.

    Raises
    ------
    AuthoringError
        Where a cell is marked twice, a test lacks its points, or a name is used twice.
    """
    read = jupytext.reads(text, fmt="py:percent")
    known = exercises(assignment)
    notebook: NotebookNode = nbformat.v4.new_notebook(metadata=METADATA)
    seen: set[str] = set()
    for position, cell in enumerate(read.cells):
        marks = {mark: cell.metadata.pop(mark) for mark in MARKS if mark in cell.metadata}
        points = cell.metadata.pop("points", None)
        cell.metadata.pop("lines_to_next_cell", None)
        if len(marks) > 1:
            raise AuthoringError(f"cell {position} carries more than one mark: {', '.join(marks)}")
        cell_id = f"{assignment.replace('_', '-')}-{position:03d}"
        source = cell.source
        if marks:
            ((mark, name),) = marks.items()
            if mark == "test":
                if name not in known:
                    raise AuthoringError(f"cell {position} tests {name!r}, which is no exercise of {assignment}")
                source = f"{source}\n{_probe(assignment, name)}"
            if mark in ("test", "task") and not isinstance(points, int | float):
                raise AuthoringError(f"cell {position} ({mark} of {name!r}) needs points=…")
            metadata = _nbgrader(mark, name, points)
            if metadata["grade_id"] in seen:
                raise AuthoringError(f"the name {metadata['grade_id']!r} is used twice")
            seen.add(metadata["grade_id"])
            cell.metadata["nbgrader"] = metadata
            cell_id = metadata["grade_id"].replace("_", "-")
        is_code = cell.cell_type == "code"
        make: Callable[..., NotebookNode] = nbformat.v4.new_code_cell if is_code else nbformat.v4.new_markdown_cell
        notebook.cells.append(make(source=source, metadata=dict(cell.metadata), id=cell_id))
    missing = [name for name in known if name not in seen or f"{name}_solution" not in seen]
    if missing:
        raise AuthoringError(f"the text has no solution cell or no test cell for: {', '.join(missing)}")
    return notebook


def to_text(notebook: NotebookNode, assignment: str) -> str:
    """Return the percent script of a source notebook: the inverse of :func:`to_notebook`.

    Raises
    ------
    AuthoringError
        Where a cell was given a type that the text has no mark for.
    """
    plain = nbformat.v4.new_notebook(metadata={})
    for cell in notebook.cells:
        metadata = {key: value for key, value in cell.metadata.items() if key != "nbgrader"}
        nbgrader = cell.metadata.get("nbgrader")
        source = cell.source
        if nbgrader:
            name = nbgrader["grade_id"]
            if nbgrader.get("task"):
                metadata |= {"task": name, "points": nbgrader["points"]}
            elif nbgrader["grade"] and not nbgrader["solution"]:
                metadata |= {"test": name, "points": nbgrader["points"]}
                source = source.replace("\n" + _probe(assignment, name), "")
            elif nbgrader["solution"] and not nbgrader["grade"]:
                metadata["solution"] = name.removesuffix("_solution")
            else:
                raise AuthoringError(
                    f"the cell {name!r} is neither a solution (autograded answer), a test (autograder tests) "
                    "nor a task (manually graded task): give it one of these types in JupyterLab"
                )
        is_code = cell.cell_type == "code"
        make: Callable[..., NotebookNode] = nbformat.v4.new_code_cell if is_code else nbformat.v4.new_markdown_cell
        plain.cells.append(make(source=source, metadata=metadata))
    text: str = jupytext.writes(plain, fmt="py:percent")
    if text.startswith("# ---"):
        text = text.split("# ---\n", 2)[2].lstrip("\n")
    return text


def execute(
    notebook: NotebookNode, folder: Path, timeout: int = 600, step: Callable[[], None] = lambda: None
) -> NotebookNode:
    """Run a notebook in a folder and return it with outputs, free of all that varies; call ``step`` behind each cell.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        Where a cell raises.
    """
    from nbclient import NotebookClient

    # a folder of our own, for the path of a socket must be short, and no one else may listen
    with tempfile.TemporaryDirectory() as sockets:
        local = {} if sys.platform == "win32" else {"KernelManager": {"transport": "ipc", "ip": f"{sockets}/kernel"}}
        NotebookClient(
            notebook,
            timeout=timeout,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
            record_timing=False,
            coalesce_streams=True,
            on_cell_complete=lambda **_: step(),
            config=Config(local),
        ).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata.pop("execution", None)
            for output in cell.outputs:
                output.pop("execution_count", None)
                if output.output_type == "execute_result":
                    output["execution_count"] = cell.execution_count
    notebook.metadata = nbformat.from_dict(METADATA)
    return notebook


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook with a stable form: sorted keys, one space of indent, a last newline."""
    nbformat.validate(notebook)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps(_joined(notebook), indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def _joined(notebook: NotebookNode) -> Any:
    from nbformat.v4.rwbase import split_lines

    return split_lines(nbformat.from_dict(notebook))


def same_sources(a: NotebookNode, b: NotebookNode) -> bool:
    """Return whether two notebooks have the same cells, outputs aside."""

    def cells(notebook: NotebookNode) -> list[Any]:
        return [
            (cell.id, cell.cell_type, cell.source, json.dumps(cell.metadata, sort_keys=True)) for cell in notebook.cells
        ]

    return cells(a) == cells(b)
