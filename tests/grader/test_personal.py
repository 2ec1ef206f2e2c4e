"""What is kept of a student can be handed to the student, and removed, wherever it is."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.utils import notebook_hash

from handgrad import references
from handgrad.building.samples import mistaken, solved
from handgrad.cli import main
from tests.conftest import ROOT, Course, new_course

ASSIGNMENT = "tensor_basics"
SECRET = "a word that only this submission has"
WHO = "xaver(?!-lee)"


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course with two students whose work is everywhere that it can be, and an exchange beside it."""
    course = new_course(tmp_path_factory.mktemp("personal") / "course", ASSIGNMENT)
    known = references.load(ASSIGNMENT, ROOT)
    release = nbformat.read(ROOT / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    made = solved(known, release, {"softmax": mistaken(known, "softmax", "sum_over_everything")})
    own = nbformat.v4.new_code_cell("")
    made.cells.insert(5, own)
    for student in ("xaver", "xaver-lee"):
        # the same experiment, with other names
        own.source = "\n".join(f"{student[-1]}{n} = np.sort(np.arange({n}.0) ** 2)[::-{n}] - {n}" for n in range(1, 9))
        path = course.submit(student, nbformat.writes(made), ASSIGNMENT)
        (path.parent / "submission_secret.txt").write_text(SECRET + student)
    (course.folder / "course.toml").write_text(
        f'course_id = "ml"\n[{ASSIGNMENT}.extensions]\nxaver = 2027-03-01T00:00:00Z\n'
    )
    exchange = course.folder.parent / "exchange"
    (course.folder / "nbgrader_config.py").write_text(f"c = get_config()\nc.Exchange.root = {str(exchange)!r}\n")
    for command in (
        f"handgrad grade {ASSIGNMENT}",
        f"nbgrader generate_feedback {ASSIGNMENT}",
        f"handgrad report {ASSIGNMENT}",
        "nbgrader export --exporter=handgrad.reporting.exports.Exercises",
        "nbgrader db student add xaver --email=xaver@example.org",
    ):
        done = course.run(*command.split())
        assert done.returncode == 0, done.stderr
    for student in ("xaver", "xaver-lee"):
        folder = exchange / "ml" / "inbound" / f"{student}+{ASSIGNMENT}+2027-02-01 10:00:00 UTC+x"
        shutil.copytree(course.folder / "submitted" / student / ASSIGNMENT, folder)
        page = exchange / "ml" / "feedback" / f"{notebook_hash(secret=SECRET + student, notebook_id=ASSIGNMENT)}.html"
        page.parent.mkdir(exist_ok=True)
        page.write_text(student)
    return course


@pytest.fixture
def course(graded: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A copy of the course, in which commands are run from the checkout."""
    shutil.copytree(graded.folder.parent, tmp_path / "all")
    config = tmp_path / "all" / "course" / "nbgrader_config.py"
    config.write_text(config.read_text().replace(str(graded.folder.parent), str(tmp_path / "all")))
    monkeypatch.setenv("HANDGRAD_COURSE", str(tmp_path / "all" / "course"))
    monkeypatch.chdir(ROOT)
    return Course(tmp_path / "all" / "course")


def traces(course: Course) -> set[str]:
    """Return every file in which, or in whose name, the student occurs, but for the one whose name begins alike."""
    found = set()
    for path in course.folder.parent.rglob("*"):
        if re.search(WHO, str(path.name)) or (path.is_file() and re.search(WHO.encode(), path.read_bytes())):
            found.add(str(path.relative_to(course.folder.parent)))
    return found


def contents(course: Course) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in course.folder.parent.rglob("*") if path.is_file()}


def test_nothing_is_left_of_who_is_forgotten(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(course)
    alike = (course.folder / "reports" / ASSIGNMENT / "alike.csv").read_text("utf-8-sig").splitlines()
    assert alike == ["first,second,share,where", "xaver,xaver-lee,1.0,cells of their own"]
    assert main(["forget", "xaver", "--dry-run"]) == 0
    listed = capsys.readouterr().out
    assert contents(course) == before
    assert listed.endswith("Nothing was removed.\n")
    assert len(traces(course)) > 10

    assert main(["forget", "xaver"]) == 1  # the extension is left
    said = capsys.readouterr().out
    removed = re.findall("^removing (/.*)$", said, re.MULTILINE)
    assert removed == re.findall("^would remove (/.*)$", listed, re.MULTILINE)
    assert not any(Path(path).exists() for path in removed)
    assert f"take the extension of xaver out of {course.folder / 'course.toml'}" in said
    assert traces(course) == {"course/course.toml"}
    kept = [path for path in before if "xaver-lee" in str(path)]
    assert len(kept) > 5
    assert all(path.read_bytes() == before[path] for path in kept)
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as book:
        assert [student.id for student in book.students] == ["xaver-lee"]
        assert book.find_submission(ASSIGNMENT, "xaver-lee").score > 0
    page = (course.folder / "reports" / ASSIGNMENT / "index.html").read_text("utf-8")
    assert "graded <b>1 of 1 students" in page

    assert main(["forget", "xaver"]) == 2
    assert "nothing is kept of 'xaver'" in capsys.readouterr().err


def test_a_student_gets_what_is_kept(course: Course, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "xaver.zip"
    assert main(["export", "xaver", "--to", str(path)]) == 0
    assert path.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        known = json.loads(archive.read("gradebook.json"))
        texts = b"".join(archive.read(name) for name in names)
    assert f"submitted/xaver/{ASSIGNMENT}/{ASSIGNMENT}.ipynb" in names
    assert f"feedback/xaver/{ASSIGNMENT}/{ASSIGNMENT}.html" in names
    assert f"reports/{ASSIGNMENT}/history/xaver.json" in names
    assert b"xaver-lee" not in texts
    assert b"BEGIN HIDDEN TESTS" not in texts
    assert known["student"]["email"] == "xaver@example.org"
    marks = {one["exercise"]: one["auto"] for one in known["submissions"][0]["marks"]}
    assert 0 < marks["softmax"] < 8
    assert main(["export", "xaver", "--to", str(path)]) == 2
    assert "File exists" in capsys.readouterr().err
    for name in ("nobody", "../xaver-lee"):
        assert main(["export", name, "--to", str(tmp_path / "other.zip")]) == 2
    assert not (tmp_path / "other.zip").exists()
