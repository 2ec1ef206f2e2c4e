"""What our own solutions take is measured once, and again where the text or the file has changed."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from handgrad.grading import times


def test_a_cell_is_known_by_its_grade_id_or_its_text() -> None:
    graded, plain, other = (nbformat.v4.new_code_cell(source) for source in ("f = 1", "g = 2", "g = 3"))
    graded.metadata["nbgrader"] = {"grade_id": "f"}
    assert times.key(graded) == "f"
    assert times.key(plain) != times.key(other)


def test_it_is_measured_once(tmp_path: Path) -> None:
    runs = []

    def run() -> dict[str, float]:
        runs.append(1)
        return {"f": 0.25, "g": 3.0}

    file = tmp_path / "times.json"
    found = times.measured(file, "a", "a text", run)
    assert found == {"f": 0.25, "g": 3.0}
    assert times.measured(file, "a", "a text", run) == found
    assert len(runs) == 1
    assert times.measured(file, "a", "another text", run) == found
    assert len(runs) == 2
    times.measured(file, "b", "a text", run)
    assert times.measured(file, "a", "another text", run)["f"] == 0.25
    assert len(runs) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["times.json"]


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"a": 3}', '{"a": {"text": "x", "seconds": {"f": "long"}}}'])
def test_a_broken_file_is_written_anew(tmp_path: Path, broken: str) -> None:
    file = tmp_path / "times.json"
    file.write_text(broken)
    assert times.measured(file, "a", "a text", lambda: {"f": 0.5}) == {"f": 0.5}
    assert times.measured(file, "a", "a text", dict) == {"f": 0.5}


def test_a_large_case_is_given_a_multiple_of_what_loops_take() -> None:
    assert times.patience(0.01) == times.LEAST_PATIENCE
    assert times.patience(10) == 10 * times.TIMES_LOOPS
