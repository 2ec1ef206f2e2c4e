"""Submissions that come as files are collected under the right student, whatever an LMS calls them."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook
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
            "Lee, Bo_1234569_assignsubmission_file_mlp_backprop.ipynb": untouched,
            "Li, Cy_1234570_assignsubmission_file_mlp_backprop.ipynb": untouched,
        },
        packed="Course 1-mlp backprop-99.zip",
    )
    # Moodle's worksheet, here in German; of the last two nobody, or nothing, is known
    worksheet = (
        "ID,Vollständiger Name,ID number,E-Mail-Adresse,Status\n"
        "Teilnehmer/in1234567,李 明-é,,ming@uni.example,abgegeben\n"
        'Teilnehmer/in1234568,"Öz, Ayşe",4712,oez@home.example,abgegeben\n'
        'Teilnehmer/in1234569,"Lee, Bo",4799,bo@uni.example,abgegeben\n'
    )
    archive(course, {"Bewertungen.csv": worksheet})
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as book:
        book.update_or_create_student("ming", email="Ming@uni.example")
        book.update_or_create_student("oez", email="oez@uni.example", lms_user_id="4712")
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
        "ming": ["mlp_backprop.ipynb"],
        "oez": ["mlp_backprop.ipynb"],
        "李 明-é": ["mlp_backprop.ipynb", "timestamp.txt"],
    }
    assert "no student has what Moodle says of participant 1234569: 'bo@uni.example', '4799'" in done.stderr
    assert "the number 1234570 is of this assignment alone" in done.stderr
    for skipped in ("ann_homework.ipynb", "bob_chain_rule.ipynb", "notes.pdf"):
        assert any("Skipped" in line and skipped in line for line in done.stderr.split("\n")), skipped
    handed_in = course.folder / "submitted" / "李 明-é" / NAME
    assert (handed_in / "timestamp.txt").read_text() == "2026-11-21 08:30:00"
    done = course.nbgrader("autograde", NAME, "--student", "李 明-é")
    assert done.returncode == 0, done.stderr
    assert course.scores("李 明-é") == dict(known.points) | {"double_softmax": None}


TIME = "2026-01-30-15-00-00"


def collector() -> FileNameCollector:
    return FileNameCollector(config=PyFileConfigLoader("nbgrader_config.py", str(ROOT)).load_config())


@pytest.mark.parametrize(
    ("file", "student"),
    [
        ("ann_mlp_backprop.ipynb", "ann"),
        ("jo_smith_mlp_backprop.ipynb", "jo_smith"),
        ("张伟_mlp_backprop.ipynb", "张伟"),
        ("José Núñez_mlp_backprop (2).ipynb", "José Núñez"),
        ("Jose\u0301_mlp_backprop.ipynb", "José"),
        ("राधिका_mlp_backprop.ipynb", "राधिका"),
        ("1234_mlp_backprop.ipynb", "1234"),
        (f"ann_{TIME}_mlp_backprop.ipynb", "ann"),
        # the number is of a participant of one assignment, and of no student
        ("Anna Lee_1234567_assignsubmission_file_mlp_backprop.ipynb", None),
        ("Anna_Lee_1234567_assignsubmission_file_/mlp_backprop.ipynb", None),
        ("leeanna_4321_987654_mlp_backprop.ipynb", "4321"),
        ("leeanna_LATE_4321_987654_mlp_backprop-2.ipynb", "4321"),
        (f"Week 3_s12_attempt_{TIME}_mlp_backprop.ipynb", "s12"),
        (f"s12_attempt_{TIME}_mlp_backprop.ipynb", "s12"),
        ("ann_mlp_backprop.fixed-2.ipynb", "ann"),
        ("mlp_backprop.ipynb", None),
        ("annmlp_backprop.ipynb", None),
        # a student's own part of the name looks like a system's, for another student
        (f"Week 3_eve_attempt_{TIME}_x_victim_attempt_{TIME}_mlp_backprop.ipynb", None),
        (f"eve_111_222_x_victim_attempt_{TIME}_mlp_backprop.ipynb", None),
        ("eve_111_222_333_444_mlp_backprop.ipynb", None),
        ("eve_111_222_victim_333_444_mlp_backprop.ipynb", None),
        ("eve_111_222_victim_mlp_backprop.ipynb", None),
        ("Eve_111_assignsubmission_file_x_999_assignsubmission_file_mlp_backprop.ipynb", None),
        ("Eve_111_assignsubmission_file_/x_999_assignsubmission_file_/mlp_backprop.ipynb", None),
        ("Eve_111_assignsubmission_file_/victim_mlp_backprop.ipynb", None),
        (f"eve_{TIME}_victim_{TIME}_mlp_backprop.ipynb", None),
        # who it is of those whose name has two parts is not certain
        (f"Week 3_jo_smith_attempt_{TIME}_mlp_backprop.ipynb", None),
        # ids that are more than a name
        ("<img src=x onerror=alert(1)>_mlp_backprop.ipynb", None),
        ("ann\x1b[2J_mlp_backprop.ipynb", None),
        ("ann\u202e_mlp_backprop.ipynb", None),
        ("*_mlp_backprop.ipynb", None),
        (".._mlp_backprop.ipynb", None),
        ("@SUM_mlp_backprop.ipynb", None),
        ("{student}_mlp_backprop.ipynb", None),
        (f"{'x' * 101}_mlp_backprop.ipynb", None),
    ],
)
def test_names_of_files(file: str, student: str | None) -> None:
    found = collector().collect(f"/a course/downloaded/{NAME}/extracted/x_1/{file}")
    assert (found and found["student_id"]) == student
    assert found is None or found["file_id"] == NAME


@pytest.mark.parametrize(
    ("time", "read"), [("2026-11-21-08-30-59", "2026-11-21 08:30:59"), ("2026-13-21-08-30-59", None)]
)
def test_times(time: str, read: str | None) -> None:
    found = collector().collect(f"ann_{time}_mlp_backprop.ipynb")
    assert found is not None
    assert found.get("timestamp") == read


def told(done: subprocess.CompletedProcess[str], name: str) -> str:
    """Return why a file was not collected."""
    (line,) = (line for line in done.stderr.splitlines() if "Skipped" in line and name in line)
    return line


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Return an archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return made.getvalue()


@pytest.fixture
def ungraded(tmp_path: Path) -> Course:
    """A course that has released a notebook, and graded nothing: enough to collect files."""
    for folder in ("source", "release"):
        shutil.copytree(ROOT / folder / NAME, tmp_path / "course" / folder / NAME)
    return Course(tmp_path / "course")


def test_what_cannot_be_collected_stops_nobody_else(ungraded: Course) -> None:
    """Files of two students under one name, forged names, archives that are broken, nested, or far too large."""
    bomb = zipped({"eve_222_1_mlp_backprop.ipynb": bytes(3 << 20)})
    damaged = bytearray(zipped({"dan_333_1_mlp_backprop.ipynb": "x" * 1000}))
    damaged[60] ^= 255
    folder = ungraded.folder / "downloaded" / NAME / "archive"
    folder.mkdir(parents=True)
    canvas = {
        "ann_111_1_mlp_backprop.ipynb": "of ann",
        "eve_222_2_victim_999_3_mlp_backprop.ipynb": "of eve",
        "eve_222_4_nested.zip": zipped({"victim_999_3_mlp_backprop.ipynb": "of eve"}),
        "eve_222_5_broken.zip": b"PK\x03\x04 and no more",
        "eve_222_6_<img src=x>.ipynb": "of eve",
        "../../../../escaped_444_1_mlp_backprop.ipynb": "of somebody",
    }
    (folder / "submissions.zip").write_bytes(zipped(canvas))
    (folder / "bomb.zip").write_bytes(bomb)
    (folder / "damaged.zip").write_bytes(damaged)
    (folder / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
    (folder / "bob_mlp_backprop.ipynb").write_text("of bob")
    (folder / "bob_mlp_backprop (1).ipynb").write_text("of bob, too")
    ungraded.submit("111", "of ann, earlier")
    most = f"--Extractor.most_file={2 << 20}"
    done = ungraded.nbgrader("zip_collect", NAME, most, "--force", "--log-level=WARN")
    assert done.returncode == 0, done.stderr
    # nothing else stands between what was left out
    said = [line for line in done.stderr.splitlines() if line.startswith("[")]
    assert not [line for line in said if "Skipped" not in line]
    assert collected(ungraded) == {"111": ["mlp_backprop.ipynb"], "444": ["mlp_backprop.ipynb"]}
    assert (ungraded.folder / "submitted" / "111" / NAME / "mlp_backprop.ipynb").read_text() == "of ann"
    assert "does not stand the name of a notebook" in told(done, "victim_999")
    assert "not unpacked" in told(done, "nested.zip")
    assert "not unpacked" in told(done, "eve_222_5_broken.zip")
    assert "cannot be read" in told(done, "archive/broken.zip")
    assert "cannot be unpacked" in told(done, "dan_333_1")
    assert "3,145,728 bytes" in told(done, "eve_222_1")
    assert "no times say which" in told(done, "bob_mlp_backprop.ipynb")
    assert "no times say which" in told(done, "bob_mlp_backprop (1).ipynb")
    assert not [path for path in ungraded.folder.rglob("*") if "escaped" in path.name]
    held = sum(path.stat().st_size for path in (ungraded.folder / "downloaded" / NAME / "extracted").iterdir())
    assert held < 1000


def test_all_files_together_are_bounded_and_the_largest_are_left_out(ungraded: Course) -> None:
    archive(ungraded, {"ann_mlp_backprop.ipynb": "small", "eve_mlp_backprop.ipynb": "x" * 5000}, packed="all.zip")
    done = ungraded.nbgrader("zip_collect", NAME, "--Extractor.most_together=3000")
    assert collected(ungraded) == {"ann": ["mlp_backprop.ipynb"]}
    assert "all files together" in told(done, "eve_mlp_backprop.ipynb")
