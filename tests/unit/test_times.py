"""What the reference takes is measured once, and again where the notebook or the file has changed."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode

from handgrad.grading import times
from handgrad.running.job import Outcome


def notebook(*sources: str) -> NotebookNode:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells[0].metadata["nbgrader"] = {"grade_id": "f"}
    return nbformat.v4.new_notebook(cells=cells)


def test_it_is_measured_once(tmp_path: Path) -> None:
    runs = []

    def run() -> list[Outcome]:
        runs.append(1)
        return [Outcome([], seconds=0.25), Outcome([], seconds=3.0)]

    file, source = tmp_path / "times.json", notebook("f = 1", "g = 2")
    found = times.measured(file, "a", source, run)
    assert found == {"f": 0.25, times.key(source.cells[1]): 3.0}
    assert times.measured(file, "a", source, run) == found
    assert len(runs) == 1
    changed = notebook("f = 1", "g = 3")
    assert times.key(changed.cells[1]) in times.measured(file, "a", changed, run)
    assert len(runs) == 2
    times.measured(file, "b", source, run)
    assert times.measured(file, "a", changed, run)["f"] == 0.25
    assert len(runs) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["times.json"]


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"a": 3}', '{"a": {"text": "x", "seconds": {"f": "long"}}}'])
def test_a_broken_file_is_written_anew(tmp_path: Path, broken: str) -> None:
    file = tmp_path / "times.json"
    file.write_text(broken)
    assert times.measured(file, "a", notebook("f = 1"), lambda: [Outcome([], seconds=0.5)]) == {"f": 0.5}
    assert times.measured(file, "a", notebook("f = 1"), list) == {"f": 0.5}
