"""A course that an earlier version began is gone on with: graded on, reported on, and no right work loses by it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.conftest import Course
from tests.versions.keep import ASSIGNMENT, HERE, KEPT, MARKS

PERFECT = "sample_perfect"


@pytest.mark.parametrize("archive", sorted(HERE.glob("*.zip")), ids=lambda path: path.stem)
def test_a_course_of_an_earlier_version(archive: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(archive) as kept:
        kept.extractall(tmp_path)
    course, before = Course(tmp_path), json.loads((tmp_path / MARKS).read_text())
    assert (
        set(before) == {path.name for path in (tmp_path / "submitted").iterdir()} == {f"sample_{name}" for name in KEPT}
    )

    # one more hands in the same as the perfect one
    old = (tmp_path / "submitted" / PERFECT / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text("utf-8")
    course.submit("sample_new", old, ASSIGNMENT)
    done = course.run("handgrad", "grade", ASSIGNMENT, "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["graded"], result["graded_before"]) == (["sample_new"], sorted(before)), done.stderr
    assert course.scores("sample_new", ASSIGNMENT) == before[PERFECT]

    done = course.run("handgrad", "report", ASSIGNMENT, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["changes"] == []
    for row in report["students"]:
        marks = before.get(row["student"], before[PERFECT])
        assert {name: row[name] for name in marks} == marks
    done = course.run("nbgrader", "generate_feedback", ASSIGNMENT)
    assert done.returncode == 0, done.stderr

    # whatever this version marks otherwise is in the changelog; right work is right in both
    done = course.run("handgrad", "grade", ASSIGNMENT, "--dry-run", "--student", PERFECT, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"changes": [], "graded_for_the_first_time": []}
