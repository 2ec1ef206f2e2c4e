"""Submissions that come as files are collected under the right student, whatever an LMS calls them."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode
from traitlets.config import PyFileConfigLoader

from handgrad import references
from handgrad.building import samples
from handgrad.grading.collect import FileNameCollector
from tests.conftest import ROOT, Course

NAME = "mlp_backprop"


def archive(course: Course, files: Mapping[str, str], packed: str | None = None) -> None:
    """Put files where downloads go, loose or in an archive."""
    folder = course.folder / "downloaded" / NAME / "archive"
    folder.mkdir(parents=True, exist_ok=True)
    if packed is not None:
        with zipfile.ZipFile(folder / packed, "w") as file:
            for name, text in files.items():
                file.writestr(name, text)
        return
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def collected(course: Course) -> dict[str, list[str]]:
    """Return the names of the files of each student."""
    folders = (course.folder / "submitted").glob(f"*/{NAME}")
    return {folder.parent.name: sorted(path.name for path in folder.iterdir()) for folder in folders}


@pytest.fixture
def release(course: Course) -> NotebookNode:
    return nbformat.read(course.folder / "release" / NAME / f"{NAME}.ipynb", as_version=4)


def test_a_download_is_collected_and_graded(course: Course, release: NotebookNode) -> None:
    """From a Moodle archive with folders, and files by mail, to marks; the latest of two counts."""
    known = references.load(NAME, ROOT)
    right = nbformat.writes(samples.solved(known, release))
    untouched = nbformat.writes(release)
    archive(
        course,
        {
            "李 明-é_1234567_assignsubmission_file_/mlp_backprop.ipynb": right,
            "Öz, Ayşe_1234568_assignsubmission_file_/mlp_backprop.ipynb": untouched,
            "Öz, Ayşe_1234568_assignsubmission_file_/notes.pdf": "no notebook",
        },
        packed="Course 1-mlp backprop-99.zip",
    )
    archive(
        course,
        {
            "李 明-é_2026-11-20-09-00-00_mlp_backprop.ipynb": untouched,
            "李 明-é_2026-11-21-08-30-00_mlp_backprop.ipynb": right,
            "李 明-é_2026-11-19-23-00-00_mlp_backprop (1).ipynb": untouched,
            "ann_homework.ipynb": untouched,
            "bob_chain_rule.ipynb": untouched,
        },
    )
    done = course.nbgrader("zip_collect", NAME)
    assert done.returncode == 0, done.stderr
    assert collected(course) == {
        "1234567": ["mlp_backprop.ipynb"],
        "1234568": ["mlp_backprop.ipynb"],
        "李 明-é": ["mlp_backprop.ipynb", "timestamp.txt"],
    }
    for skipped in ("ann_homework.ipynb", "bob_chain_rule.ipynb", "notes.pdf"):
        assert any("Skipped" in line and skipped in line for line in done.stderr.split("\n")), skipped
    handed_in = course.folder / "submitted" / "李 明-é" / NAME
    assert (handed_in / "timestamp.txt").read_text() == "2026-11-21 08:30:00"
    done = course.nbgrader("autograde", NAME, "--student", "李 明-é")
    assert done.returncode == 0, done.stderr
    assert course.scores("李 明-é") == dict(known.points) | {"double_softmax": None}


@pytest.mark.parametrize(
    ("file", "student"),
    [
        ("ann_mlp_backprop.ipynb", "ann"),
        ("jo_smith_mlp_backprop.ipynb", "jo_smith"),
        ("张伟_mlp_backprop.ipynb", "张伟"),
        ("José Núñez_mlp_backprop (2).ipynb", "José Núñez"),
        ("Jose\u0301_mlp_backprop.ipynb", "José"),
        ("1234_mlp_backprop.ipynb", "1234"),
        ("Anna Lee_1234567_assignsubmission_file_mlp_backprop.ipynb", "1234567"),
        ("Anna Lee_1234567_assignsubmission_file/mlp_backprop.ipynb", "1234567"),
        ("Anna_Lee_1234567_assignsubmission_file_/mlp_backprop.ipynb", "1234567"),
        ("leeanna_4321_987654_mlp_backprop.ipynb", "4321"),
        ("leeanna_LATE_4321_987654_mlp_backprop-2.ipynb", "4321"),
        ("Week 3_s12_attempt_2026-01-30-15-00-00_mlp_backprop.ipynb", "s12"),
        ("s12_attempt_2026-01-30-15-00-00_mlp_backprop.ipynb", "s12"),
        ("mlp_backprop.ipynb", None),
        ("ann_mlp_backprop.fixed-2.ipynb", "ann"),
        ("annmlp_backprop.ipynb", None),
    ],
)
def test_names_of_files(file: str, student: str | None) -> None:
    configuration = PyFileConfigLoader("nbgrader_config.py", str(ROOT)).load_config()
    collector = FileNameCollector(config=configuration)
    found = collector.collect(f"/a course/downloaded/{NAME}/extracted/x_1/{file}")
    assert (found and found["student_id"]) == student
    assert found is None or found["file_id"] == NAME


@pytest.mark.parametrize(
    ("time", "read"), [("2026-11-21-08-30-59", "2026-11-21 08:30:59"), ("2026-13-21-08-30-59", None)]
)
def test_times(time: str, read: str | None) -> None:
    collector = FileNameCollector(named_regexp="(?P<student_id>.*)_(?P<timestamp>.*)_(?P<file_id>.*)")
    found = collector.collect(f"ann_{time}_x.ipynb")
    assert found is not None
    assert found.get("timestamp") == read


def test_two_files_without_a_time_stop_before_anything_is_changed(course: Course, release: NotebookNode) -> None:
    text = nbformat.writes(release)
    archive(course, {"ann_mlp_backprop.ipynb": text, "ann_mlp_backprop (1).ipynb": text})
    done = course.nbgrader("zip_collect", NAME)
    assert done.returncode != 0
    assert "Duplicate submission file. No timestamps for comparison" in done.stderr
    assert collected(course) == {}
