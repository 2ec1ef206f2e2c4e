"""A course folder of its own for tests, graded by the real nbgrader."""

from __future__ import annotations

import atexit
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode
from traitlets.config import Application

from handgrad import references
from handgrad.building import samples
from handgrad.cli import main

ROOT = Path(__file__).resolve().parents[1]

LONGEST = ("test_samples", "test_try")
"""Files of tests that take minutes; begun last, one of them would run on alone where several processes share the work."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@dataclass(frozen=True)
class Course:
    """A course folder, and the nbgrader command on it."""

    folder: Path
    checkout: Path = ROOT
    environment: Mapping[str, str] = field(default_factory=dict)

    def nbgrader(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run nbgrader with the course's configuration and return what it printed."""
        return self.run("nbgrader", *arguments)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command with the course's configuration and return what it printed."""
        return subprocess.run(
            command,
            cwd=self.checkout,
            env={**os.environ, **self.environment, "HANDGRAD_COURSE": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    def scores(self, student: str, assignment: str = "mlp_backprop") -> dict[str, float | None]:
        """Return the score of each test cell of a student, from the gradebook."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}") as gradebook:
            notebook = gradebook.find_submission_notebook(assignment, assignment, student)
            return {grade.name: grade.score if not grade.needs_manual_grade else None for grade in notebook.grades}

    def submit(self, student: str, text: str, assignment: str = "mlp_backprop", name: str | None = None) -> Path:
        """Write a submission."""
        path = self.folder / "submitted" / student / assignment / f"{name or assignment}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


def new_course(folder: Path, assignment: str = "mlp_backprop") -> Course:
    """Make a course folder with one assignment, released: a copy of one that all tests share."""
    shutil.copytree(_shared(assignment), folder)
    return Course(folder)


@cache
def _shared(assignment: str) -> Path:
    """Release an assignment once for all tests of a process, in a folder that goes with it."""
    folder = Path(tempfile.mkdtemp(prefix="handgrad-released-"))
    atexit.register(shutil.rmtree, folder)
    return release(folder / "course", assignment).folder


def release(folder: Path, assignment: str = "mlp_backprop", checkout: Path = ROOT) -> Course:
    """Make a course folder with one assignment, and release it there."""
    shutil.copytree(checkout / "source" / assignment, folder / "source" / assignment)
    return _release(Course(folder, checkout), assignment)


def released(folder: Path, notebooks: Mapping[str, NotebookNode], environment: Mapping[str, str]) -> Course:
    """Make a course folder with source notebooks of one's own, released."""
    course = Course(folder, environment=environment)
    for assignment, notebook in notebooks.items():
        path = folder / "source" / assignment / f"{assignment}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
        _release(course, assignment)
    return course


def _release(course: Course, assignment: str) -> Course:
    done = course.nbgrader("generate_assignment", assignment)
    assert done.returncode == 0, done.stderr
    return course


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A released course without submissions."""
    return new_course(tmp_path / "course")


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Course]:
    """For an assignment, a course in which every sample submission is graded, with feedback."""

    @cache
    def grade(assignment: str) -> Course:
        course = new_course(tmp_path_factory.mktemp(assignment) / "course", assignment)
        samples.write(assignment, course.folder / "submitted")
        done = course.nbgrader("autograde", assignment)
        assert done.returncode == 0, done.stderr
        done = course.nbgrader("generate_feedback", assignment)
        assert done.returncode == 0, done.stderr
        return course

    return grade


@pytest.fixture(scope="session")
def load() -> Callable[[str], references.Assignment]:
    """Load the references of an assignment."""
    return lambda name: references.load(name, ROOT)


Refused = Callable[[Path, str], str]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Run a command in a folder, where it has to refuse in one sentence and to write nothing; return the sentence."""

    def run(folder: Path, line: str) -> str:
        # a command of nbgrader's sets it for itself, and leaves an application behind
        monkeypatch.setenv("HANDGRAD_COURSE", "")
        monkeypatch.chdir(folder)
        before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
        try:
            status = main(shlex.split(line))
        finally:
            if Application.initialized():
                type(Application.instance()).clear_instance()
        out, err = capsys.readouterr()
        assert (status, out) == (2, "")
        assert err.startswith("handgrad: ")
        assert err.count("\n") == 1, err
        assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
        return err

    return run
