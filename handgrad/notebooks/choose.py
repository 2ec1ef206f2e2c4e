"""Leave exercises out of a notebook: with each goes its section, and what no longer runs without it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode

from handgrad.notebooks.repair import grade_id, names

KEY = "handgrad_course"
"""Under this name the metadata of a notebook says which cells its course left out, by their ids, and what it gives
other points for."""

PROGRESS = "check.progress()"
"""The cell that shows how far a student is; it has to name the exercises where they are not all."""

SECTION = 2
"""The level of the heading under which an exercise stands."""


class Needed(ValueError):
    """What is to be left out is needed by what is given; the text says by what."""


def graded(notebook: NotebookNode) -> dict[str, float]:
    """Return the exercises and questions of a source notebook, with their points."""
    marks = (cell.metadata.get("nbgrader", {}) for cell in notebook.cells)
    return {one["grade_id"]: one["points"] for one in marks if one.get("grade") or one.get("task")}


def choose(source: NotebookNode, points: Mapping[str, float]) -> NotebookNode:
    """Return a source notebook with some of its exercises and questions alone, for other points.

    Raises
    ------
    LookupError
        Where it has no such exercise.
    Needed
        Where one that is given needs one that is not.
    """
    there = graded(source)
    if unknown := [name for name in points if name not in there]:
        raise LookupError(f"there is no {', '.join(unknown)}; there are: {', '.join(there)}")
    gone = sorted(_without(source.cells, points.keys()))
    others = {name: most for name, most in points.items() if most != there[name]}
    if not gone and not others:
        return source
    said = nbformat.from_dict({"left_out": [source.cells[index].id for index in gone], "points": others})
    chosen = _given(source, said)
    chosen.metadata[KEY] = said
    exercises = [name for name in points if f"{name}_solution" in map(grade_id, chosen.cells)]
    for cell in chosen.cells:
        if gone and cell.source == PROGRESS:
            listed = ", ".join(f'"{name}"' for name in exercises)
            cell.source = f"{PROGRESS[:-1]}\n    {listed},\n)"
    return chosen


def as_given(release: NotebookNode, notebook: NotebookNode) -> NotebookNode:
    """Return a released notebook as the course of a student's notebook gave it, going by what that says of itself."""
    said = notebook.metadata.get(KEY)
    return _given(release, said) if isinstance(said, dict) else release


def leaves_out(notebook: NotebookNode) -> bool:
    """Return whether cells were left out of a notebook that :func:`choose` returned."""
    return bool(notebook.metadata.get(KEY, {}).get("left_out"))


def _given(notebook: NotebookNode, said: Mapping[str, Any]) -> NotebookNode:
    """Return a notebook as its metadata says that it was given; anyone may have edited that."""
    ids, points = said.get("left_out"), said.get("points")
    copied: NotebookNode = nbformat.from_dict(notebook)
    if isinstance(ids, list):
        copied.cells = [cell for cell in copied.cells if cell.get("id") not in ids]
    for cell in copied.cells:
        most = points.get(grade_id(cell)) if isinstance(points, dict) else None
        if isinstance(most, int | float) and "points" in cell.metadata.get("nbgrader", {}):
            cell.metadata["nbgrader"]["points"] = most
    return copied


def _without(cells: Sequence[NotebookNode], given: Collection[str]) -> set[int]:
    """Return the positions of what goes when only some exercises are given."""
    of = {index: name for index, cell in enumerate(cells) if (name := _graded_name(cell))}
    gone: set[int] = set()
    for index, name in of.items():
        if name not in given:
            gone |= _section(cells, index)
    for part in _parts(cells):
        inside = part & of.keys()
        if inside and inside <= gone:
            gone |= part
    while more := _cannot_run(cells, gone, of):
        gone |= more
    if taken := sorted({of[index] for index in gone & of.keys()} & set(given)):
        raise Needed(f"{', '.join(taken)} stands in the section of an exercise that is not given: leave it out, too")
    return gone


def _cannot_run(cells: Sequence[NotebookNode], gone: Collection[int], of: Mapping[int, str]) -> set[int]:
    """Return the sections of code that uses what only cells define that are gone."""
    code = {index: names(cell.source) for index, cell in enumerate(cells) if cell.cell_type == "code"}
    lost = set().union(*(code[index][0] for index in gone if index in code))
    more: set[int] = set()
    for index, (defined, used) in code.items():
        if index in gone:
            continue
        lost -= defined
        if missing := sorted(lost & used):
            section = _section(cells, index, deepest=True)
            if needed := sorted({of[other] for other in section & of.keys()}):
                raise Needed(f"{', '.join(needed)} needs {', '.join(missing)}: give both, or none of them")
            more |= section
    return more


def _graded_name(cell: NotebookNode) -> str:
    """Return the name of the exercise or question that a cell belongs to; empty where it belongs to none."""
    marks = cell.metadata.get("nbgrader", {})
    return str(marks["grade_id"]) if marks.get("grade") or marks.get("task") else ""


def _level(cell: NotebookNode) -> int:
    """Return the level of the heading that a cell begins with; 0 where it begins otherwise."""
    found = re.match("(#{1,6}) ", cell.source) if cell.cell_type == "markdown" else None
    return len(found[1]) if found else 0


def _section(cells: Sequence[NotebookNode], index: int, *, deepest: bool = False) -> set[int]:
    """Return the positions of the section in which a cell stands."""
    most = 6 if deepest or _level(cells[index]) else SECTION
    start = index
    while start > 0 and not 0 < _level(cells[start]) <= most:
        start -= 1
    level = _level(cells[start])
    end = start + 1
    while end < len(cells) and not 0 < _level(cells[end]) <= level:
        end += 1
    return set(range(start, end))


def _parts(cells: Sequence[NotebookNode]) -> Iterator[set[int]]:
    """Yield the positions of each part, from a heading of the first level to the next."""
    starts = [index for index, cell in enumerate(cells) if _level(cell) == 1]
    for start, end in zip(starts, [*starts[1:], len(cells)], strict=True):
        yield set(range(start, end))
