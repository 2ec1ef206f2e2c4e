"""Bring a submitted notebook back into the form that was released, and say what was done.

The gradebook knows every marked cell: its type, its points, whether it is locked, and the text
of the locked ones. The student's own text is kept, wherever it was moved, copied or split; a
cell of ours that was deleted, copied, split, retyped or edited is restored.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode

from handgrad.grading.sanitize import safe_attachments, safe_text, writable

HIDDEN = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
MARK_SCHEME = ("BEGIN MARK SCHEME", "END MARK SCHEME")


@dataclass(frozen=True)
class MarkedCell:
    """A cell as the gradebook knows it.

    Attributes
    ----------
    name
        Its grade id.
    kind
        ``"solution"``, ``"test"``, ``"task"``, ``"written"`` or ``"locked"``.
    """

    name: str
    kind: str
    cell_type: str
    source: str
    points: float | None
    checksum: str | None

    @property
    def locked(self) -> bool:
        """Whether the text of the cell is ours."""
        return self.kind in ("test", "task", "locked")

    def metadata(self) -> dict[str, Any]:
        """Return nbgrader's metadata of the cell."""
        metadata: dict[str, Any] = {
            "grade": self.kind in ("test", "written"),
            "grade_id": self.name,
            "locked": self.locked,
            "schema_version": 3,
            "solution": self.kind in ("solution", "written"),
            "task": self.kind == "task",
            "cell_type": self.cell_type,
            "checksum": self.checksum,
        }
        if self.points is not None:
            metadata["points"] = self.points
        return metadata


def _parted(source: str, delimiters: tuple[str, str]) -> tuple[str, str]:
    """Return the lines outside of the delimited regions, and those inside; the delimiters are in neither."""
    sides: tuple[list[str], list[str]] = ([], [])
    inside = False
    for line in source.split("\n"):
        if any(delimiter in line for delimiter in delimiters):
            inside = delimiters[0] in line
        else:
            sides[inside].append(line)
    return "\n".join(sides[0]), "\n".join(sides[1])


def without(source: str, delimiters: tuple[str, str]) -> str:
    """Return a text without its delimited regions."""
    return _parted(source, delimiters)[0]


def only(source: str, delimiters: tuple[str, str]) -> str:
    """Return the delimited regions of a text."""
    return _parted(source, delimiters)[1]


def _make(cell_type: str, source: str) -> NotebookNode:
    # the notebook is validated as a whole, where nbformat's own makers would validate each cell
    cell = NotebookNode(id="", metadata=NotebookNode(), source=source)
    if cell_type == "code":
        return NotebookNode(cell, cell_type="code", execution_count=None, outputs=[])
    # a raw cell would go into a page of feedback as it is
    return NotebookNode(cell, cell_type="markdown")


def _grade_id(cell: Mapping[str, Any]) -> str | None:
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, Mapping) else None
    name = nbgrader.get("grade_id") if isinstance(nbgrader, Mapping) else None
    return name if isinstance(name, str) else None


def _text(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    return writable(source) if isinstance(source, str) else ""


def _restored(known: MarkedCell, source: str | None = None) -> NotebookNode:
    cell = _make(known.cell_type, known.source if source is None else source)
    cell.metadata["nbgrader"] = nbformat.from_dict(known.metadata())
    return cell


def repair(
    notebook: NotebookNode, known: Sequence[MarkedCell], prose: Container[str] = ()
) -> tuple[NotebookNode, list[str]]:
    """Return a notebook in the released form, and what was repaired, in sentences.

    Parameters
    ----------
    notebook
        The submission; its cells may lack anything.
    known
        The marked cells, in the order of the released notebook.
    prose
        The texts of the other cells that were released. HTML in any other text is shown as text.
    """
    by_name = {cell.name: cell for cell in known}
    done: list[str] = []
    submitted = [cell for cell in notebook.get("cells", []) if isinstance(cell, Mapping)]
    last = {name: position for position, cell in enumerate(submitted) if (name := _grade_id(cell))}
    cells: list[NotebookNode] = []
    for position, cell in enumerate(submitted):
        name, source = _grade_id(cell), _text(cell)
        cell_type = str(cell.get("cell_type"))
        marked = by_name.get(name) if name else None
        pictures: dict[str, dict[str, str]] = {}
        count = len(cells)
        if (marked.cell_type if marked else cell_type) != "code" and source not in prose:
            pictures = safe_attachments(cell.get("attachments"))
            safe = safe_text(source, pictures)
            if not (marked and marked.locked) and safe != source:
                done.append("HTML tags in a text cell are shown as text.")
            source = safe
        if marked is None:
            cells.append(_make(cell_type, source))
        elif marked.locked:
            if position == last[name or ""]:
                if cell_type != marked.cell_type:
                    done.append(f"The cell `{name}` had become a {cell_type} cell; it was set back.")
                elif source.strip() != _released(marked).strip():
                    done.append(f"The text of the cell `{name}` had been changed; it was set back.")
                cells.append(_restored(marked))
            elif source.strip() and source.strip() not in marked.source:
                # a copy that the student wrote into: theirs, and no test any more
                cells.append(_make(cell_type, source))
                done.append(f"The cell `{name}` was there more than once; the last one counts.")
            else:
                done.append(f"A copy or a piece of the cell `{name}` was left out.")
        elif position == last[name or ""]:
            if cell_type != marked.cell_type:
                done.append(f"The cell `{name}` had become a {cell_type} cell; it is {marked.cell_type} again.")
            cells.append(_restored(marked, source))
        else:
            cells.append(_make(marked.cell_type, source))
            done.append(f"The cell `{name}` was there more than once; all of them run, in their order.")
        if pictures and len(cells) > count and cells[-1].cell_type == "markdown" and not (marked and marked.locked):
            cells[-1]["attachments"] = nbformat.from_dict(pictures)
    cells = _in_place(cells, known, done)
    return nbformat.v4.new_notebook(cells=_distinct(cells)), list(dict.fromkeys(done))


def _distinct(cells: list[NotebookNode]) -> list[NotebookNode]:
    for position, cell in enumerate(cells):
        cell.id = f"cell-{position}"
    return cells


def _released(marked: MarkedCell) -> str:
    return without(without(marked.source, HIDDEN), MARK_SCHEME)


def _in_place(cells: list[NotebookNode], known: Sequence[MarkedCell], done: list[str]) -> list[NotebookNode]:
    """Put back the marked cells that are missing, and each test behind the solutions it comes after."""

    def position(name: str) -> int | None:
        return next((i for i, cell in enumerate(cells) if _grade_id(cell) == name), None)

    after = -1  # where the marked cells before this one end
    for index, marked in enumerate(known):
        at = position(marked.name)
        if at is None and marked.kind == "solution":
            # no stub in its place: the student may have written the answer in another cell
            done.append(f"The cell `{marked.name}` was missing.")
            continue
        if at is None:
            # as late as possible, so that it comes behind whatever cell the answer is in
            later = [found for other in known[index + 1 :] if (found := position(other.name)) is not None]
            at = max(after + 1, min(later, default=len(cells)))
            cells.insert(at, _restored(marked, _released(marked) if marked.kind == "written" else marked.source))
            done.append(f"The cell `{marked.name}` was missing; it was put back.")
        elif marked.kind == "test" and at < after:
            cells.insert(after, cells.pop(at))
            at = after
            done.append(f"The cell `{marked.name}` stood before the code it tests; it was moved behind it.")
        after = max(after, at)
    return cells
