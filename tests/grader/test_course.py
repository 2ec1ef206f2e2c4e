"""A course with a folder of its own: what its ``course.toml`` chooses, late work, a dry run, and what scripts read."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook

from handgrad import references
from handgrad.notebooks.choose import Needed, graded
from handgrad.notebooks.choose import choose as give
from handgrad.notebooks.repair import names
from tests.conftest import ROOT, Refused

ASSIGNMENT = "tensor_basics"
GIVEN = {"predicted_shapes_1": 3, "axis_of_len": 5, "softmax": 10, "softmax_cross_entropy": 6, "silent_square": 5}
GIVEN |= {"predicted_quotient": 3}
LATE = {"ann": "2027-03-01 20:00:00 UTC", "bob": "2027-03-04 20:00:00 UTC", "cay": "2027-03-03 12:00:00 UTC"}


@dataclass(frozen=True)
class OwnFolder:
    """A course folder, in which every command is run."""

    folder: Path

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the folder, where nothing else names a course."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("HANDGRAD")}
        return subprocess.run(
            command, cwd=self.folder, env=kept | environment, capture_output=True, text=True, timeout=600, check=False
        )

    def done(self, *command: str) -> str:
        """Run a command that has to succeed, and return what it printed."""
        done = self.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def release(self) -> NotebookNode:
        """What students get."""
        return nbformat.read(self.folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)

    def submit(self, student: str, notebook: NotebookNode) -> Path:
        """Hand in a notebook."""
        path = self.folder / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
        (path.parent / "timestamp.txt").write_text(LATE[student])
        return path

    def penalties(self) -> dict[str, float]:
        """Return what was taken off for being late."""
        with Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}") as book:
            return {one.student.id: one.late_submission_penalty for one in book.assignment_submissions(ASSIGNMENT)}


def solved(release: NotebookNode, **answers: str) -> NotebookNode:
    """Return the release with the model solution of each exercise that is given."""
    model = {**references.load(ASSIGNMENT, ROOT).model, **answers}
    for cell in release.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "").removesuffix("_solution")
        if cell.metadata.get("nbgrader", {}).get("solution") and name in model:
            cell.source = model[name]
    return release


def choose(course: OwnFolder, text: str) -> None:
    (course.folder / "course.toml").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> OwnFolder:
    """A course that gives six exercises of one assignment, and in which three students handed in."""
    folder = tmp_path_factory.mktemp("courses") / "ml 2027"
    made = OwnFolder(folder)
    done = OwnFolder(ROOT).done("handgrad", "course", str(folder))
    assert f"wrote {folder / 'course.toml'}" in done
    listed = re.search(rf"\[{ASSIGNMENT}.points\]\n(.*?)\n\n", (folder / "course.toml").read_text(), re.DOTALL)
    assert listed is not None
    assert "softmax = 8" in listed[1].splitlines()
    points = "\n".join(f"{name} = {most}" for name, most in GIVEN.items())
    choose(
        made,
        f'course_id = "ml-2027"\n[{ASSIGNMENT}]\ndue = 2027-03-01T23:00:00+01:00\n[{ASSIGNMENT}.points]\n{points}\n'
        f"[{ASSIGNMENT}.extensions]\nbob = 2027-03-05T00:00:00+01:00\n",
    )
    said = made.done("handgrad", "course")
    assert "took away" in said
    assert f"6 exercises and questions, {sum(GIVEN.values())} points" in said
    assert "wrote" not in made.run("handgrad", "course", "--only", "lstm_2d").stdout
    with (folder / "nbgrader_config.py").open("a") as config:
        config.write(
            'c.AssignLatePenalties.plugin_class = "handgrad.grading.late.PerDay"\n'
            "c.PerDay.share = 0.1\nc.PerDay.grace = 30\n"
        )
    made.done("nbgrader", "generate_assignment", ASSIGNMENT)
    for student in LATE:
        made.submit(student, solved(made.release))
    return made


def test_what_is_given_is_what_students_get(course: OwnFolder) -> None:
    marks = [cell.metadata.get("nbgrader", {}) for cell in course.release.cells]
    points = {one["grade_id"]: one["points"] for one in marks if one.get("points")}
    assert points == GIVEN
    text = "\n".join(cell.source for cell in course.release.cells)
    assert "Exercise 12: `softmax`" in text
    assert "`manhattan_distance`" not in text.partition("What you have now")[0]
    assert "# 3. Distances" not in text
    assert "def expectation" not in text


def test_the_doctor_and_the_progress_count_what_is_given(course: OwnFolder, tmp_path: Path) -> None:
    path = tmp_path / f"{ASSIGNMENT}.ipynb"
    nbformat.write(solved(course.release), path)
    done = course.done("handgrad", "doctor", str(path))
    assert "all cells of the course are there" in done
    assert "5 of 5 exercises pass their visible check" in done
    assert "\nNothing to fix, but not finished" in done  # the question is not answered
    source = nbformat.read(course.folder / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    (progress,) = (cell for cell in source.cells if cell.source.startswith("check.progress"))
    assert "5 of 5 exercises pass" in progress.outputs[0].data["text/plain"]


@pytest.mark.parametrize("assignment", sorted(path.name for path in (ROOT / "source").iterdir()))
def test_no_exercise_is_kept_for_what_its_section_imports(assignment: str) -> None:
    """What later ones need of modules is imported ahead of all sections."""
    notebook = nbformat.read(ROOT / "source" / assignment / f"{assignment}.ipynb", as_version=4)
    lines = [line for cell in notebook.cells if cell.cell_type == "code" for line in cell.source.splitlines()]
    imported, _ = names("\n".join(line for line in lines if re.match("(from .+ )?import ", line)))
    points = graded(notebook)
    said = []
    for name in points:
        try:
            give(notebook, {other: most for other, most in points.items() if other != name})
        except Needed as error:
            said.append(str(error))
    assert not [why for why in said if imported & set(re.findall(r"\w+", why))]


def test_grading_in_the_folder(course: OwnFolder) -> None:
    first = json.loads(course.done("handgrad", "grade", ASSIGNMENT, "-j", "2", "--json"))
    assert first["graded"] == sorted(LATE)
    assert first["not_graded"] == first["not_judged"] == {}
    score = float(sum(GIVEN.values()) - GIVEN["silent_square"])
    # bob has an extension, and cay's second day has begun
    assert course.penalties() == {"ann": 0, "bob": 0, "cay": pytest.approx(0.2 * score)}

    report = json.loads(course.done("handgrad", "report", ASSIGNMENT, "--json"))
    assert report["points"] == sum(GIVEN.values())
    assert {one["student"]: one["score"] for one in report["students"]} == {
        "ann": score,
        "bob": score,
        "cay": pytest.approx(0.8 * score),
    }
    assert {one["exercise"] for one in report["exercises"]} == GIVEN.keys()
    again = json.loads(course.done("handgrad", "grade", ASSIGNMENT, "--json"))
    assert again["graded_before"] == sorted(LATE)
    course.done("nbgrader", "autograde", ASSIGNMENT, "--student=ann", "--force")

    kept = {path: path.read_bytes() for path in course.folder.rglob("*") if path.is_file()}
    course.submit("ann", solved(course.release, axis_of_len="def axis_of_len(a):\n    return 1"))
    kept |= {path: path.read_bytes() for path in (course.folder / "submitted" / "ann").rglob("*") if path.is_file()}
    changed = json.loads(course.done("handgrad", "grade", ASSIGNMENT, "--dry-run", "--json", "--student", "ann"))
    (change,) = changed["changes"]
    assert (change["student"], change["exercise"], change["old"]) == ("ann", "axis_of_len", 5)
    assert change["new"] < 5
    assert "another submission" in change["why"]
    assert {path: path.read_bytes() for path in course.folder.rglob("*") if path.is_file()} == kept


def test_a_change_of_points_is_the_reason_that_is_given(course: OwnFolder) -> None:
    """And nobody is told that a student has changed them."""
    course.done("handgrad", "grade", ASSIGNMENT, "--student", "bob")
    choose(course, (course.folder / "course.toml").read_text().replace("softmax = 10", "softmax = 8"))
    course.done("handgrad", "course", "--only", ASSIGNMENT)
    course.done("nbgrader", "generate_assignment", ASSIGNMENT, "--force")
    done = course.run("handgrad", "grade", ASSIGNMENT, "--dry-run", "--student", "bob")
    assert done.returncode == 0, done.stderr
    assert "bob  softmax: 10 → 8  (its points were 10 and are 8)" in done.stdout
    assert "Marks that would be other ones: 1, students: 1." in done.stdout
    assert "had been changed" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[lstm]", "course.toml names 'lstm'; assignments are: tensor_basics"),
        ("[lstm_2d.points]\nsoftmax = 1", "[lstm_2d.points]: there is no softmax; there are: cell_forward"),
        ("[lstm_2d.points]\ngrid_backward = 3", "grid_backward needs cell_backward"),
        ("[tensor_basics.points]\nsilent_square = 3", "silent_square stands in the section of an exercise"),
        ("[lstm_2d]\ndue = 2027-03-01", "[lstm_2d] has due ="),
        ("[lstm_2d]\ndue = 2027-03-01T10:00:00", "has to be a time with its offset from UTC"),
        ("[lstm_2d.points]\ncell_forward = -1", "have to be a number from 0 on"),
        ("course_id = 3", "course_id has to be a text"),
        ("[", "course.toml: "),
    ],
)
def test_what_cannot_be_given_is_refused_in_a_sentence(refused: Refused, tmp_path: Path, text: str, said: str) -> None:
    choose(OwnFolder(tmp_path), text)
    assert said in refused(tmp_path, "course")
    assert not (tmp_path / "source").exists()


def test_the_course_id_of_jupyter_holds_where_the_course_names_none(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.mkdir()
    (config / "nbgrader_config.py").write_text('c.CourseDirectory.course_id = "section-2"\n')
    ask = "from nbgrader.apps import NbGraderApp as A; a = A.instance(); a.initialize([]); print(a.coursedir.course_id)"
    for text, expected in (("", "section-2"), ('course_id = "own"\n', "own")):
        (tmp_path / "course").mkdir(exist_ok=True)
        choose(OwnFolder(tmp_path / "course"), text)
        done = OwnFolder(ROOT).run(
            sys.executable, "-c", ask, HANDGRAD_COURSE=str(tmp_path / "course"), JUPYTER_CONFIG_DIR=str(config)
        )
        assert done.stdout.strip() == expected, done.stderr
