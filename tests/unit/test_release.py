"""A released notebook shows its pictures before anything was run, and nothing that came out of a solution."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode

from handgrad.assignments.drawing import PICTURE
from handgrad.building.release import KeepPictures
from tests.conftest import ROOT

RELEASED = sorted(ROOT.glob("release/*/*.ipynb"))


def code(source: str, *, solution: bool = False, picture: bool = True) -> NotebookNode:
    cell = nbformat.v4.new_code_cell(source, execution_count=1)
    if solution:
        cell.metadata["nbgrader"] = {"solution": True, "grade": False, "locked": False, "grade_id": "s"}
    cell.outputs = [nbformat.v4.new_output("stream", text="seen\n")]
    if picture:
        data = {"text/html": '<img alt="a curve">', "text/plain": "a curve"}
        cell.outputs.append(nbformat.v4.new_output("display_data", data, metadata=PICTURE))
    return cell


def released(*cells: NotebookNode) -> list[NotebookNode]:
    notebook, _ = KeepPictures().preprocess(nbformat.v4.new_notebook(cells=list(cells)), {})
    return list(notebook.cells)


def test_a_given_picture_stays_and_its_code_is_folded() -> None:
    (cell,) = released(code("show(given)"))
    assert [output.data["text/plain"] for output in cell.outputs] == ["a curve"]
    assert cell.metadata == {"jupyter": {"source_hidden": True}, "tags": ["hide-input"]}
    assert cell.execution_count is None


@pytest.mark.parametrize(
    "uses",
    ["show(answer())", "def draw():\n    return answer()", "table = [answer(k) for k in range(3)]"],
)
def test_what_came_out_of_a_solution_goes_and_does_not_end_the_run(uses: str) -> None:
    for cell in released(code("def answer(): ...", solution=True), code(uses))[1:]:
        assert cell.outputs == []
        assert cell.metadata == {"tags": ["raises-exception"]}


def test_what_was_made_with_a_solution_counts_as_one() -> None:
    *_, by_name, apart = released(
        code("def answer(): ...", solution=True), code("table = answer()"), code("show(table)"), code("show(tables)")
    )
    assert by_name.outputs == []
    assert apart.outputs != []


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: path.stem)
def test_a_released_notebook_has_pictures_described_and_is_light(path: Path) -> None:
    assert path.stat().st_size < 3_000_000
    outputs = [output for cell in nbformat.read(path, 4).cells for output in cell.get("outputs", [])]
    assert outputs
    for output in outputs:
        assert output.metadata == PICTURE
        assert re.match(r'<img alt="[^"]{40,}" width="\d+"', output.data["text/html"])
