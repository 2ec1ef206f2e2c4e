"""A submission comes back into the released form, whatever was done to its cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode

from handgrad.notebooks.repair import MarkedCell, in_released_form, only, released_cells, repair, without

ROOT = Path(__file__).resolve().parents[2]
HIDDEN = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
TEST = "check.f(f)\n### BEGIN HIDDEN TESTS\nprobe('f')\n### END HIDDEN TESTS"
KNOWN = (
    MarkedCell("given", "locked", "code", "import numpy as np", None, "c0"),
    MarkedCell("f_solution", "solution", "code", "def f(): ...", None, "c1"),
    MarkedCell("f", "test", "code", TEST, 4.0, "c2"),
    MarkedCell("why", "task", "markdown", "Why?\n### BEGIN MARK SCHEME\n2 points\n### END MARK SCHEME", 2.0, "c3"),
    MarkedCell("g_solution", "solution", "code", "def g(): ...", None, "c4"),
    MarkedCell("g", "test", "code", TEST.replace("f", "g"), 3.0, "c5"),
)


def released(cell: MarkedCell) -> NotebookNode:
    source = without(without(cell.source, HIDDEN), ("BEGIN MARK SCHEME", "END MARK SCHEME"))
    make = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
    made: NotebookNode = make(source=source)
    made.metadata["nbgrader"] = nbformat.from_dict(cell.metadata())
    return made


@pytest.fixture
def release() -> NotebookNode:
    notebook = nbformat.v4.new_notebook(cells=[released(cell) for cell in KNOWN])
    notebook.cells[1].source = "def f():\n    return 1"
    notebook.cells[4].source = "def g():\n    return 2"
    return notebook


def ids(notebook: NotebookNode) -> list[str | None]:
    return [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]


NAMES = [cell.name for cell in KNOWN]


def test_an_honest_submission_is_left_alone(release: NotebookNode) -> None:
    repaired, done = repair(release, KNOWN)
    assert done == []
    assert ids(repaired) == NAMES
    assert repaired.cells[1].source == "def f():\n    return 1"
    assert repaired.cells[2].source == TEST


@pytest.mark.parametrize("name", ["f", "g", "why", "given"])
def test_a_deleted_cell_of_ours_comes_back(release: NotebookNode, name: str) -> None:
    release.cells = [cell for cell in release.cells if cell.metadata.nbgrader.grade_id != name]
    repaired, done = repair(release, KNOWN)
    assert done == [f"The cell `{name}` was missing; it was put back."]
    assert ids(repaired) == NAMES


def test_a_deleted_test_comes_behind_an_answer_in_another_cell(release: NotebookNode) -> None:
    del release.cells[1:3]
    release.cells.insert(1, nbformat.v4.new_code_cell("def f():\n    return 1"))
    repaired, _ = repair(release, KNOWN)
    assert ids(repaired).index("f") > 1
    assert not any("..." in cell.source for cell in repaired.cells)


def test_points_and_marks_come_from_the_gradebook(release: NotebookNode) -> None:
    release.cells[2].metadata.nbgrader.update(points=400, grade=False, locked=False, schema_version=1)
    release.cells[2].metadata["tags"] = ["skip-execution"]
    repaired, _ = repair(release, KNOWN)
    assert repaired.cells[2].metadata == {"nbgrader": KNOWN[2].metadata()}


def test_an_edited_test_is_set_back(release: NotebookNode) -> None:
    release.cells[2].source = "1.0"
    repaired, done = repair(release, KNOWN)
    assert repaired.cells[2].source == TEST
    assert done == [
        "The text of the cell `f` had been changed; it was set back, and what stood there is kept at the end."
    ]
    assert "```python\n1.0\n```" in repaired.cells[-1].source


def test_an_answer_in_the_cell_of_its_question_is_kept(release: NotebookNode) -> None:
    release.cells[3].source += "\n\nBecause it is <b>so</b>."
    repaired, _ = repair(release, KNOWN)
    assert repaired.cells[3].source == KNOWN[3].source
    assert repaired.cells[-1].cell_type == "markdown"
    assert repaired.cells[-1].source.endswith("Because it is < b>so< /b>.")


def test_changed_marks_are_named(release: NotebookNode) -> None:
    release.cells[2].metadata.nbgrader.update(solution=True)
    assert repair(release, KNOWN)[1] == ["The marks of the cell `f` had been changed; they were set back."]


def test_other_points_are_set_back_without_a_word(release: NotebookNode) -> None:
    """The course itself may have changed them since."""
    release.cells[2].metadata.nbgrader.update(points=400)
    repaired, done = repair(release, KNOWN)
    assert not done
    assert repaired.cells[2].metadata.nbgrader.points == KNOWN[2].points


def test_code_of_the_course_that_others_need_comes_back(release: NotebookNode) -> None:
    setting = nbformat.v4.new_code_cell("from course import check\nparams = {}")
    unused = nbformat.v4.new_code_cell("X = labels = 0")
    released_with = [setting, unused, *release.cells]
    release.cells[1].source = "def f(X):\n    labels = X\n    return labels"
    known = released_cells(release)
    repaired, done = repair(release, known, released_with)
    assert done == ["The cell of the course that defines `check` was missing; it was put back."]
    assert repaired.cells[0].source == setting.source
    assert ids(repaired)[1:] == NAMES
    again, nothing = repair(repaired, known, released_with)
    assert nothing == []
    assert len(again.cells) == len(repaired.cells)


def test_the_forms_of_the_gradebook_and_the_release_agree(release: NotebookNode) -> None:
    known = released_cells(release)
    assert [(c.name, c.kind, c.cell_type, c.points) for c in known] == [
        (c.name, c.kind, c.cell_type, c.points) for c in KNOWN
    ]


def test_what_surrounds_an_answer_stays_with_it(release: NotebookNode) -> None:
    release.cells[1].outputs = [nbformat.v4.new_output("stream", text="1")]
    release.cells[1].metadata["tags"] = ["mine"]
    release.cells.insert(0, nbformat.v4.new_raw_cell("<b>"))
    cells, done = in_released_form(release, KNOWN)
    assert done == []
    assert cells[2].outputs[0].text == "1"
    assert cells[2].metadata["tags"] == ["mine"]
    assert (cells[0].cell_type, cells[0].source) == ("raw", "<b>")


def test_a_copied_solution_runs_twice_and_the_last_one_counts(release: NotebookNode) -> None:
    copied = nbformat.from_dict({**release.cells[1], "id": "copy"})
    copied.source = "def f():\n    return 0"
    release.cells.insert(1, copied)
    repaired, done = repair(release, KNOWN)
    assert ids(repaired) == ["given", None, *NAMES[1:]]
    assert repaired.cells[1].source == "def f():\n    return 0"
    assert done == ["The cell `f_solution` was there more than once; all of them run, in their order."]


def test_pieces_of_a_split_test_are_left_out(release: NotebookNode) -> None:
    half = nbformat.from_dict({**release.cells[2], "id": "half"})
    half.source, release.cells[2].source = "check.", "f(f)"
    release.cells.insert(2, half)
    repaired, _ = repair(release, KNOWN)
    assert ids(repaired) == NAMES
    assert repaired.cells[2].source == TEST


def test_a_retyped_cell_gets_its_type_back(release: NotebookNode) -> None:
    for position in (1, 2):
        release.cells[position].cell_type = "markdown"
    repaired, done = repair(release, KNOWN)
    assert [cell.cell_type for cell in repaired.cells[1:3]] == ["code", "code"]
    assert len(done) == 2


def test_a_test_before_its_solution_is_moved_behind_it(release: NotebookNode) -> None:
    release.cells[1], release.cells[2] = release.cells[2], release.cells[1]
    repaired, done = repair(release, KNOWN)
    assert ids(repaired) == NAMES
    assert done == ["The cell `f` stood before the code it tests; it was moved behind it."]


@pytest.mark.parametrize(
    "cells",
    [
        [],
        [None, 5, "cell"],
        [{}],
        [{"cell_type": "code"}],
        [{"cell_type": "code", "source": None, "metadata": None}],
        [{"cell_type": 7, "source": ["a", 1], "metadata": {"nbgrader": []}}],
        [{"cell_type": "code", "source": "x", "metadata": {"nbgrader": {"grade_id": ["f"]}}}],
    ],
)
def test_cells_that_lack_anything_do_no_harm(cells: list[Any]) -> None:
    repaired, _ = repair(NotebookNode(cells=cells, metadata={}), KNOWN)
    nbformat.validate(repaired)
    assert [name for name in ids(repaired) if name] == ["given", "f", "why", "g"]


def test_the_hidden_part_alone_and_all_but_it() -> None:
    assert only(TEST, HIDDEN) == "probe('f')"
    assert without(TEST, HIDDEN) == "check.f(f)"


SHOWN = "import time\n\ntable = {}\nfor name in 'ab':\n    table[name] = f()\n"
SHOWN_LATER = "first = next(iter(table))"


def demonstrations_run(release: NotebookNode, change: str = "", own: str = "pass") -> list[bool]:
    """Return whether each of two demonstrations is run, one of which uses what the other one defines."""
    shown = [nbformat.v4.new_code_cell(source) for source in (SHOWN, SHOWN_LATER)]
    for cell in shown:
        cell.metadata["tags"] = ["demonstration"]
    course = [*release.cells[:3], *shown, *release.cells[3:]]
    handed_in = [nbformat.v4.new_code_cell(cell.source, metadata=cell.metadata) for cell in course]
    handed_in[3].source += change
    handed_in.insert(5, nbformat.v4.new_code_cell(own))
    handed_in.append(nbformat.v4.new_code_cell("behind the last test, first, table"))
    repaired, _ = repair(nbformat.v4.new_notebook(cells=handed_in), KNOWN, course)
    runs = {cell.source: "not-needed" not in cell.metadata.get("tags", ()) for cell in repaired.cells}
    assert all(run for source, run in runs.items() if source not in (SHOWN, SHOWN_LATER))
    return [runs.get(SHOWN, True), runs[SHOWN_LATER]]


@pytest.mark.parametrize(
    ("change", "own", "run"),
    [
        ("", "pass", [False, False]),
        ("", "table", [True, False]),
        ("", "def mine():\n    return first", [True, True]),
        ("", "def mine(table):\n    first = table\n    return first", [False, False]),
        ("", "globals()['first']", [True, True]),
        ("", "%timeit first", [True, True]),
        ("print(table)", "pass", [True, False]),
    ],
    ids=["unused", "used", "used indirectly", "names of their own", "by a string", "by a magic", "changed"],
)
def test_a_demonstration_runs_where_something_uses_what_it_defines(
    release: NotebookNode, change: str, own: str, run: list[bool]
) -> None:
    assert demonstrations_run(release, change, own) == run


@pytest.mark.parametrize("assignment", sorted(path.stem for path in ROOT.glob("authoring/*.py")))
def test_the_model_solution_needs_no_demonstration(assignment: str) -> None:
    source = nbformat.read(ROOT / "source" / assignment / f"{assignment}.ipynb", as_version=4)
    repaired, _ = repair(source, released_cells(source), source.cells)
    tagged = [cell.source for cell in source.cells if "demonstration" in cell.metadata.get("tags", ())]
    left_out = [cell.source for cell in repaired.cells if "not-needed" in cell.metadata.get("tags", ())]
    assert left_out == tagged
