"""``handgrad doctor NOTEBOOK``: what would happen to a notebook at grading, before it is handed in.

It is repaired with the code that repairs at grading, and run from top to bottom in a new kernel: the
student's own, which no sandbox keeps apart.
"""

from __future__ import annotations

import ast
import itertools
import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from handgrad.assignments.catalogue import exercises
from handgrad.doctor.installation import Line, show, to_fix
from handgrad.doctor.own_kernel import MOST_SECONDS, Failure, run_cells
from handgrad.doctor.reading import Unreadable, assignment_of, read_notebook, released_notebooks
from handgrad.judging.exercise import Exercises
from handgrad.notebooks import choose
from handgrad.notebooks.code import code_of
from handgrad.notebooks.read import MOST_NOTEBOOK
from handgrad.notebooks.repair import MarkedCell, grade_id, in_released_form, names, released_cells
from handgrad.running.limited import Limits, Stopped, limited

LARGE_OUTPUT = 1024 * 1024
"""Bytes of one cell's outputs from which on they are named, and left out of a repaired copy."""

MOST_MEMORY = 8 << 30
"""Bytes of memory for looking at a notebook, whose outputs may be larger here than at grading."""


# -- looking at it -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class NotebookDoctor:
    """A notebook, and the released one that it began as."""

    path: Path
    notebook: NotebookNode
    assignment: str
    release: NotebookNode

    @cached_property
    def exercises(self) -> Exercises:
        """The exercises of the assignment."""
        return exercises(self.assignment)

    @cached_property
    def known(self) -> list[MarkedCell]:
        """The marked cells."""
        return released_cells(self.release)

    @cached_property
    def _repaired(self) -> tuple[list[NotebookNode], list[str]]:
        return in_released_form(self.notebook, self.known, self.release.cells)

    @property
    def repairs(self) -> list[str]:
        """What is repaired, in sentences."""
        return self._repaired[1]

    @cached_property
    def cells(self) -> list[NotebookNode]:
        """The cells in the released form; in the place of an answer that is missing stands its stub again."""
        cells = list(self._repaired[0])
        defined = _defined(cells)
        for index, marked in enumerate(self.known):
            if marked.name in map(grade_id, cells):
                continue
            exercise = self.exercises.get(marked.name.removesuffix("_solution"))
            elsewhere = exercise is not None and set(exercise.solution) <= defined
            source = "# The answer stands in another cell." if elsewhere else marked.source
            cell = nbformat.v4.new_code_cell(source, metadata={"nbgrader": marked.metadata()})
            later = {other.name for other in self.known[index + 1 :]}
            cells.insert(next((i for i, other in enumerate(cells) if grade_id(other) in later), len(cells)), cell)
        return cells

    def is_ours(self, cell: NotebookNode) -> bool:
        """Return whether a cell's text is the course's."""
        return cell.source.strip() in {other.source.strip() for other in self.release.cells}

    # -- one line for each thing

    def name(self) -> Iterator[Line]:
        """Look at the name of the file."""
        wanted, stem = f"{self.assignment}.ipynb", self.path.stem
        if self.path.name == wanted:
            yield Line("ok", f"the name of the file, {wanted}")
        elif stem.endswith(f"_{self.assignment}") and self.path.suffix == ".ipynb":
            yield Line("ok", f"the name of the file, as for handing in by upload (otherwise it has to be {wanted})")
        elif re.fullmatch(rf"(.*_)?{self.assignment}\.fixed(-\d+)?", stem):
            yield Line("note", f"to hand this copy in, name it {wanted}")
        else:
            yield Line("problem", f"the name of the file has to be {wanted}: rename it")

    def form(self) -> Iterator[Line]:
        """Look at the cells of the course."""
        for sentence in self.repairs:
            yield Line("repair", sentence)
        if not self.repairs:
            yield Line("ok", "all cells of the course are there, in their order and as they were")

    def size(self) -> Iterator[Line]:
        """Look for what is too large."""
        size = self.path.stat().st_size
        for cell in self.notebook.cells:
            large = output_size(cell)
            if large > LARGE_OUTPUT:
                yield Line(
                    "note" if size <= MOST_NOTEBOOK else "problem",
                    f"the output of {place(cell)} has {large / 1e6:.1f} MB: clear it, for nobody needs it at grading",
                )
        if size > MOST_NOTEBOOK:
            yield Line(
                "problem", f"the file has {size / 1e6:.0f} MB, and more than {MOST_NOTEBOOK / 1e6:.0f} MB are not read"
            )
        else:
            yield Line("ok", f"the size of the file, {size / 1e6:.1f} MB")

    def unanswered(self) -> Iterator[Line]:
        """Look for answers that are not written yet."""
        texts = {grade_id(cell): cell.source.strip() for cell in self.cells}
        stubs = [
            marked.name.removesuffix("_solution")
            for marked in self.known
            if marked.kind == "solution" and texts.get(marked.name) in ("", marked.source.strip())
        ]
        if stubs:
            yield Line("open", f"not written yet: {', '.join(stubs)}")
        for cell, below in itertools.pairwise(self.cells):
            is_question = cell.metadata.get("nbgrader", {}).get("task")
            if is_question and (self.is_ours(below) or not below.source.strip()):
                yield Line("open", f"not written yet: the answer to the question {grade_id(cell)}")

    def forbidden(self) -> Iterator[Line]:
        """Look for what cannot work at grading, where nobody answers and there is no network."""
        for cell in self.cells:
            if cell.cell_type != "code" or self.is_ours(cell):
                continue
            for node in (node for tree in code_of([cell.source]) for node in ast.walk(tree)):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "input":
                    yield Line("problem", f"{place(cell)} calls input(), and nobody answers at grading: take it out")
                modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                for module in modules:
                    if module.partition(".")[0] in self.exercises.absent:
                        yield Line("problem", f"{place(cell)} imports {module}, which is not there at grading")
            for line in re.findall(r"^\s*([!%]\s*(?:pip|conda|mamba)\b.*)$", cell.source, re.MULTILINE):
                yield Line("problem", f"{place(cell)} runs `{line}`: at grading there is no network, so take it out")

    def ran(self, seconds: float) -> Iterator[Line]:
        """Run it from top to bottom, and say where it fails."""
        began = time.monotonic()
        failures, stopped = run_cells(self.cells, seconds)
        lasted = time.monotonic() - began
        solutions = [marked.name for marked in self.known if marked.kind == "test"]
        wrong: dict[str, str] = {}
        found = 0
        for index, failure in sorted(failures.items()):
            cell, name = self.cells[index], grade_id(self.cells[index])
            why = self._why(failure, index, failures)
            if name in solutions:
                wrong[name] = failure.words + why
            elif failure.name == "NotImplementedError" or (self.is_ours(cell) and not (why and self._lost(failure))):
                continue  # it follows from an exercise that is not solved
            else:
                found += 1
                yield Line("problem", f"{place(cell)} fails: {failure.name}: {failure.words}{why}")
        reached = solutions
        if stopped is not None:
            index, reason = stopped
            found += 1
            yield Line("problem", f"{place(self.cells[index])} {reason}; the cells behind it were not tried")
            before = {grade_id(cell) for cell in self.cells[:index]}
            reached = [name for name in solutions if name in before]
        if not found:
            yield Line("ok", f"it runs from top to bottom, in {lasted:.0f} s")
        right = [name for name in reached if name not in wrong]
        yield Line("note", f"{len(right)} of {len(solutions)} exercises pass their visible check")
        for name, words in wrong.items():
            if "nothing is written here yet" not in words:
                kind = "open" if words.endswith("is not answered yet.") else "note"
                yield Line(kind, words if words.startswith(f"{name}:") else f"{name}: {words}")

    def _lost(self, failure: Failure) -> bool:
        """Return whether a name is missing that no cell defines."""
        return failure.missing is not None and failure.missing not in _defined(self.cells)

    def _why(self, failure: Failure, index: int, failures: Mapping[int, Failure]) -> str:
        if failure.missing is None:
            return " At grading the notebook stands alone." if failure.name == "ModuleNotFoundError" else ""
        for other, cell in enumerate(self.cells):
            if cell.cell_type == "code" and failure.missing in names(cell.source)[0]:
                if other in failures:
                    return f" {place(cell).capitalize()}, which defines it, fails."
                if other > index:
                    return f" It is defined only further down, by {place(cell)}."
                return ""
        return " No cell defines it: the one that did was deleted, or written over."

    # -- repairing

    def write_fixed(self) -> Path:
        """Write the repaired notebook into a new file, and return its path."""
        fixed = nbformat.v4.new_notebook(metadata=self.notebook.metadata)
        taken: set[str] = set()
        for position, cell in enumerate(self.cells):
            copied = nbformat.from_dict(cell)
            if output_size(copied) > LARGE_OUTPUT:
                copied.outputs = []
            if not re.fullmatch("[A-Za-z0-9_-]{1,64}", copied.id) or copied.id in taken:
                copied.id = f"fixed-{position}"
            taken.add(copied.id)
            fixed.cells.append(copied)
        try:
            nbformat.validate(fixed)
        except nbformat.ValidationError:
            for cell in fixed.cells:
                if cell.cell_type == "code":
                    cell.outputs, cell.execution_count = [], None
        content = nbformat.writes(fixed).encode("utf-8", "replace")
        stem = re.sub(r"\.fixed(-\d+)?$", "", self.path.stem)
        number = 1
        while True:
            path = self.path.with_name(f"{stem}.fixed{f'-{number}' if number > 1 else ''}.ipynb")
            try:
                with path.open("xb") as file:
                    file.write(content)
            except FileExistsError:
                number += 1
            else:
                return path


def place(cell: NotebookNode) -> str:
    """Return in words which cell it is."""
    name = grade_id(cell)
    if name:
        return f"the cell `{name}`"
    lines = [line.strip() for line in str(cell.get("source", "")).split("\n") if line.strip()]
    return f"the cell that begins with `{lines[0][:60]}`" if lines else "an empty cell"


def _defined(cells: Iterable[NotebookNode]) -> set[str]:
    """Return the names that the code of some cells defines."""
    return {name for cell in cells if cell.cell_type == "code" for name in names(cell.source)[0]}


def output_size(cell: NotebookNode) -> int:
    """Return the bytes of a cell's outputs."""
    outputs = cell.get("outputs")
    return len(json.dumps(outputs)) if outputs else 0


def opened(path: Path) -> NotebookDoctor:
    """Return the doctor of the notebook in a file.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    Unreadable
        Where it is no notebook of the course.
    """
    notebook = read_notebook(path)
    released = released_notebooks()
    assignment = assignment_of(path, notebook, released)
    # what this course did not give is not missing
    return NotebookDoctor(path, notebook, assignment, choose.as_given(released[assignment], notebook))


def require_an_end(path: Path) -> None:
    """Raise Unreadable where the grader would come to no end with a notebook within its limits of time."""

    def look() -> None:
        try:
            doctor = opened(path)
            list(doctor.form())
            list(doctor.forbidden())
        except Exception as error:
            if isinstance(error, MemoryError) or isinstance(error.__cause__, MemoryError):
                raise MemoryError from None
            # it comes again, where it can be told

    try:
        limited(look, Limits(memory=MOST_MEMORY))
    except Stopped as error:
        raise Unreadable(f"{path} could not be graded: when it was looked at, {error}") from error


# -- the command -------------------------------------------------------------------------------------


def run(path: Path, *, fix: bool = False, seconds: float = 60) -> int:
    """Print what would happen to a notebook at grading; return 1 where something is to be fixed.

    Parameters
    ----------
    path
        The notebook, which is never changed.
    fix
        Whether to write a repaired copy into a new file beside it.
    seconds
        How long each cell may run.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    Unreadable
        Where it is no notebook of the course.
    """
    require_an_end(path)
    doctor = opened(path)
    assignment = doctor.assignment
    print(f"{path}: the assignment {assignment}\n")
    repairable = to_fix(show(doctor.form()) + show(doctor.size()))
    if doctor.repairs and not fix:
        print("         (So it will be done at grading. `--fix` does it now, in a new file.)")
    found = show(doctor.name()) + show(doctor.forbidden()) + show(doctor.unanswered())
    print("\nNow it is run from top to bottom, in a new kernel of your own Python, in an empty folder. There is no")
    print(f"sandbox: it can do what you can. Each cell has {seconds:g} s, all together have {MOST_SECONDS:g} s.\n")
    found += show(doctor.ran(seconds))
    print()
    if fix and repairable:
        fixed = doctor.write_fixed()
        print(f"Wrote {fixed}, in which the cells are repaired. {path.name} is as it was.")
        print(f"Look at it, then hand it in as {assignment}.ipynb.")
    elif fix:
        print("There is nothing to repair, so no copy was written.")
    elif repairable and not doctor.repairs:
        print("`--fix` writes a copy without the large outputs.")
    left = to_fix(found) + (0 if fix else repairable)
    if left:
        print(f"{left} thing{'s' if left > 1 else ''} to fix.")
    elif found["open"]:
        print("Nothing to fix, but not finished: what is not answered yet earns no points.")
    else:
        print("Ready to be handed in.")
    return 1 if left else 0
