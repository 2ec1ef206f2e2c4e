"""Bring a submitted notebook back into the form that was released, and say what was done.

The grader does it with what the gradebook knows of every marked cell; a student's ``handgrad doctor`` with
the released notebook. The student's own text is kept, wherever it was moved, copied or split; a
cell of ours that was deleted, copied, split, retyped or edited is restored.
"""

from __future__ import annotations

import ast
import symtable
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode

from handgrad.notebooks.cells import is_probe
from handgrad.notebooks.code import runnable
from handgrad.notebooks.sanitize import safe_attachments, safe_text, writable

HIDDEN = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
MARK_SCHEME = ("BEGIN MARK SCHEME", "END MARK SCHEME")

DEMONSTRATION = "demonstration"
"""The tag of a released cell that shows something, and changes nothing but the names that it defines."""

NOT_NEEDED = "not-needed"
"""The tag of a demonstration in a submission that has no use for it, so that it need not run."""

ANY_NAME = {"get_ipython", "globals", "locals", "vars", "eval", "exec"}
"""Code that uses one of these may use every name."""


@dataclass(frozen=True)
class MarkedCell:
    """A marked cell as it was released, or, with its hidden part, as the gradebook knows it.

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


def kind_of(*, task: bool, graded: bool, solution: bool) -> str:
    """Return the kind of a marked cell, by what nbgrader says of it."""
    if task:
        return "task"
    if graded:
        return "written" if solution else "test"
    return "solution" if solution else "locked"


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


def released_cells(release: NotebookNode) -> list[MarkedCell]:
    """Return the marked cells of a released notebook, in its order."""
    cells = []
    for cell in release.cells:
        marks = cell.metadata.get("nbgrader")
        if marks:
            kind = kind_of(task=marks.get("task", False), graded=marks["grade"], solution=marks["solution"])
            name, points, checksum = marks["grade_id"], marks.get("points"), marks.get("checksum")
            cells.append(MarkedCell(name, kind, cell.cell_type, cell.source, points, checksum))
    return cells


def _make(cell_type: str, source: str) -> NotebookNode:
    # the notebook is validated as a whole, where nbformat's own makers would validate each cell
    cell = NotebookNode(id="", metadata=NotebookNode(), source=source)
    if cell_type == "code":
        return NotebookNode(cell, cell_type="code", execution_count=None, outputs=[])
    return NotebookNode(cell, cell_type="raw" if cell_type == "raw" else "markdown")


def _marks(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, Mapping) else None
    return nbgrader if isinstance(nbgrader, Mapping) else {}


def grade_id(cell: Mapping[str, Any]) -> str | None:
    """Return the name under which a cell is graded, if it has one."""
    name = _marks(cell).get("grade_id")
    return name if isinstance(name, str) else None


def _text(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    return writable(source) if isinstance(source, str) else ""


def _restored(known: MarkedCell) -> NotebookNode:
    source = _released(known) if known.kind == "written" else known.source
    return _mark(_make(known.cell_type, source), known)


def _mark(cell: NotebookNode, known: MarkedCell) -> NotebookNode:
    cell.metadata["nbgrader"] = nbformat.from_dict(known.metadata())
    return cell


def _type_of(cell: Mapping[str, Any]) -> str:
    """Return the type of a cell, of which the submission may say anything."""
    claimed = cell.get("cell_type")
    return claimed if claimed in ("code", "markdown", "raw") else "unknown"


def _kept(cell: Mapping[str, Any], cell_type: str) -> NotebookNode:
    """Return a cell of the student's with all that it holds but its marks."""
    kept = _make(cell_type, _text(cell))
    if isinstance(cell.get("metadata"), Mapping):
        kept.metadata = NotebookNode({key: value for key, value in cell["metadata"].items() if key != "nbgrader"})
    if kept.cell_type == cell.get("cell_type") == "code":
        if isinstance(cell.get("outputs"), list):
            kept.outputs = cell["outputs"]
        kept.execution_count = cell.get("execution_count")
    elif kept.cell_type != "code" and isinstance(cell.get("attachments"), Mapping):
        kept["attachments"] = cell["attachments"]
    if isinstance(cell.get("id"), str):
        kept.id = cell["id"]
    return kept


def in_released_form(
    notebook: NotebookNode, known: Sequence[MarkedCell], released: Sequence[NotebookNode] = ()
) -> tuple[list[NotebookNode], list[str]]:
    """Return the cells of a notebook in the released form, and what was repaired, in sentences.

    Nothing that the student wrote is lost; what has no place stands at the end.

    Parameters
    ----------
    notebook
        The submission; its cells may lack anything.
    known
        The marked cells, in the order of the released notebook.
    released
        All cells that were released. Of those without a mark, code that other cells need is put back.
    """
    by_name = {cell.name: cell for cell in known}
    done: list[str] = []
    submitted = [cell for cell in notebook.get("cells", []) if isinstance(cell, Mapping)]
    last = {name: position for position, cell in enumerate(submitted) if (name := grade_id(cell))}
    cells: list[NotebookNode] = []
    without_place: list[NotebookNode] = []
    for position, cell in enumerate(submitted):
        name, source = grade_id(cell), _text(cell).strip()
        cell_type = _type_of(cell)
        marked = by_name.get(name) if name else None
        if marked is None:
            cells.append(_kept(cell, cell_type))
            continue
        is_last = position == last[marked.name]
        if is_last and _differ(_marks(cell), marked):
            done.append(f"The marks of the cell `{name}` had been changed; they were set back.")
        if not marked.locked and is_last:
            if cell_type != marked.cell_type:
                done.append(f"The cell `{name}` had become a {cell_type} cell; it is {marked.cell_type} again.")
            cells.append(_mark(_kept(cell, marked.cell_type), marked))
        elif not marked.locked:
            done.append(f"The cell `{name}` was there more than once; all of them run, in their order.")
            cells.append(_kept(cell, marked.cell_type))
        elif is_last:
            cells.append(_set_back(cell, marked, without_place, done))
        elif source and source not in marked.source:
            # a copy that the student wrote into: theirs, and no test any more
            cells.append(_kept(cell, cell_type))
            done.append(f"The cell `{name}` was there more than once; the last one counts.")
        else:
            done.append(f"A copy or a piece of the cell `{name}` was left out.")
    cells = _in_place(cells, known, done)
    return [*_needed(cells, released, done), *without_place], list(dict.fromkeys(done))


def _set_back(
    cell: Mapping[str, Any], marked: MarkedCell, without_place: list[NotebookNode], done: list[str]
) -> NotebookNode:
    """Return a cell of ours with our text again; another text that stood in it has no place any more."""
    source, cell_type = _text(cell).strip(), _type_of(cell)
    at_the_end = ""
    if source and source not in marked.source:
        at_the_end = ", and what stood there is kept at the end"
        without_place.append(_quoted(cell, marked))
    if cell_type != marked.cell_type:
        done.append(f"The cell `{marked.name}` had become a {cell_type} cell; it was set back{at_the_end}.")
    elif source != _released(marked).strip():
        done.append(f"The text of the cell `{marked.name}` had been changed; it was set back{at_the_end}.")
    return _mark(_kept({**cell, "source": marked.source}, marked.cell_type), marked)


def _differ(marks: Mapping[str, Any], known: MarkedCell) -> bool:
    """Return whether marks say something else of a cell than was released; a mark may be missing in an older form.

    Points are set back without a word: it may be the course that has changed them since.
    """
    right = known.metadata()
    return any(marks.get(key, right.get(key)) != right.get(key) for key in ("grade", "solution", "task"))


def _quoted(cell: Mapping[str, Any], marked: MarkedCell) -> NotebookNode:
    """Return a text cell that shows what stood in a cell of ours."""
    text = _text(cell)
    if cell.get("cell_type") == "code":
        fence = "```"
        while fence in text:
            fence += "`"
        text = f"{fence}python\n{text}\n{fence}"
    quoted = _make("markdown", f"**This stood in the cell `{marked.name}`, which is not for writing:**\n\n{text}")
    if isinstance(cell.get("attachments"), Mapping):
        quoted["attachments"] = cell["attachments"]
    return quoted


def repair(
    notebook: NotebookNode, known: Sequence[MarkedCell], released: Sequence[NotebookNode] = ()
) -> tuple[NotebookNode, list[str]]:
    """Return a submission in the released form and safe to open, and what was repaired, in sentences.

    The parameters are those of :func:`in_released_form`. Only text that was released may hold HTML.
    """
    locked = {cell.name for cell in known if cell.locked}
    prose = {cell.source for cell in released if cell.cell_type == "markdown"}
    cells, done = in_released_form(notebook, known, released)
    left_out = _not_needed(cells, released)
    safe_cells = []
    for position, cell in enumerate(cells):
        source, pictures = cell.source, {}
        if cell.cell_type != "code" and grade_id(cell) not in locked and source not in prose:
            pictures = safe_attachments(cell.get("attachments"))
            source = safe_text(source, pictures)
            if source != cell.source:
                done.append("HTML, and links that lead elsewhere than to the web, are shown as text in a text cell.")
        # a raw cell would go into a page of feedback as it is
        safe = _make("code" if cell.cell_type == "code" else "markdown", source)
        if "nbgrader" in cell.metadata:
            safe.metadata["nbgrader"] = cell.metadata.nbgrader
        if position in left_out:
            safe.metadata["tags"] = [NOT_NEEDED]
        if pictures:
            safe["attachments"] = nbformat.from_dict(pictures)
        safe.id = f"cell-{position}"
        safe_cells.append(safe)
    return nbformat.v4.new_notebook(cells=safe_cells), list(dict.fromkeys(done))


def _released(marked: MarkedCell) -> str:
    return without(without(marked.source, HIDDEN), MARK_SCHEME)


def _places(cells: Sequence[NotebookNode]) -> dict[str, int]:
    """Return where each marked cell stands first."""
    return {name: i for i, cell in reversed(list(enumerate(cells))) if (name := grade_id(cell))}


def _in_place(cells: list[NotebookNode], known: Sequence[MarkedCell], done: list[str]) -> list[NotebookNode]:
    """Put back the marked cells that are missing, and each test behind the solutions it comes after."""
    after = -1  # where the marked cells before this one end
    places = _places(cells)
    for index, marked in enumerate(known):
        at = places.get(marked.name)
        if at is None and marked.kind == "solution":
            # no stub in its place: the student may have written the answer in another cell
            done.append(f"The cell `{marked.name}` was missing.")
            continue
        if at is None:
            # as late as possible, so that it comes behind whatever cell the answer is in
            later = (places[other.name] for other in known[index + 1 :] if other.name in places)
            at = max(after + 1, min(later, default=len(cells)))
            cells.insert(at, _restored(marked))
            places = _places(cells)
            done.append(f"The cell `{marked.name}` was missing; it was put back.")
        elif marked.kind == "test" and at < after:
            cells.insert(after, cells.pop(at))
            at = after
            places = _places(cells)
            done.append(f"The cell `{marked.name}` stood before the code it tests; it was moved behind it.")
        after = max(after, at)
    return cells


class _Generators(ast.NodeTransformer):
    """Makes each comprehension a generator, which has a scope of its own in every Python."""

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        return self.generic_visit(ast.GeneratorExp(node.elt, node.generators))

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        return self.generic_visit(ast.GeneratorExp(node.elt, node.generators))

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        return self.generic_visit(ast.GeneratorExp(ast.Tuple([node.key, node.value], ast.Load()), node.generators))


def _with_scopes(python: str) -> str:
    """Return code in which the variables of a comprehension are its own, as they are where it runs.

    From Python 3.12 on, `symtable` counts them as names of the cell.
    """
    if sys.version_info < (3, 12):
        return python
    return ast.unparse(_Generators().visit(ast.parse(python)))


@lru_cache(maxsize=512)  # most cells of a submission are the course's own
def names(source: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that a cell of code defines for others, and those that it uses and others may define."""
    defined: set[str] = set()
    used: set[str] = set()
    try:
        top = symtable.symtable(_with_scopes(runnable(source)), "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset(), frozenset()
    tables = [top]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            binds = symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
            if binds and (table is top or symbol.is_declared_global()):
                defined.add(symbol.get_name())
            if symbol.is_referenced() and (table is top or symbol.is_global()):
                used.add(symbol.get_name())
    return frozenset(defined), frozenset(used)


def _needed(cells: list[NotebookNode], released: Sequence[NotebookNode], done: list[str]) -> list[NotebookNode]:
    """Put back the released cells without a mark that define what others use, and no cell defines any more."""
    found = [names(cell.source) for cell in cells if cell.cell_type == "code"]
    bound = {name for defines, _ in found for name in defines}
    used = {name for _, uses in found for name in uses}
    gone: list[str] = []
    # from the last to the first, for a cell that is put back may need an earlier one
    for index in reversed(range(len(released))):
        cell = released[index]
        if cell.cell_type != "code" or grade_id(cell):
            continue
        defines, uses = names(cell.source)
        lacking = sorted((defines - bound) & used)
        if not lacking:
            continue
        later = [other for other in released[index + 1 :] if grade_id(other) or other.cell_type == "code"]
        grade_ids, sources = {grade_id(other) for other in later} - {None}, {other.source for other in later}
        places = (i for i, own in enumerate(cells) if grade_id(own) in grade_ids or own.source in sources)
        cells.insert(next(places, len(cells)), _make("code", cell.source))
        bound |= defines
        used |= uses
        listed = ", ".join(f"`{name}`" for name in lacking)
        gone.append(f"The cell of the course that defines {listed} was missing; it was put back.")
    done += reversed(gone)
    return cells


def _not_needed(cells: Sequence[NotebookNode], released: Sequence[NotebookNode]) -> set[int]:
    """Return the places of demonstrations, as they were released, that define nothing for any cell that runs."""
    ours = {cell.source: DEMONSTRATION in cell.metadata.get("tags", ()) for cell in released}
    last = max((place for place, cell in enumerate(cells) if is_probe(cell)), default=-1)
    found = {place: names(cell.source) for place, cell in enumerate(cells[:last]) if cell.cell_type == "code"}
    left = {place for place in found if ours.get(cells[place].source) and not grade_id(cells[place])}
    used: set[str] = set()
    needed = found.keys() - left
    while needed:
        used |= {name for place in needed for name in found[place][1]}
        needed = {place for place in left if found[place][0] & used or ANY_NAME & used}
        left -= needed
    return left
