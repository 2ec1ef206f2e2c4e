"""Sample submissions: notebooks made from the release, with a known score for each exercise.

They are recipes, so that they never lag behind the notebook: ``grader_tests/A/samples.py``
holds the ``SAMPLES`` of each assignment. Every one of them is written for the tests;
none is a student's work.
"""

from __future__ import annotations

import copy
import importlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from handgrad import references
from handgrad.names import check_id
from handgrad.references import Assignment
from handgrad.references.places import Places


@dataclass(frozen=True)
class Sample:
    """One sample submission.

    Attributes
    ----------
    student
        The student's id, which says what is special about the submission.
    make
        Turns the release notebook into the submission: a notebook, or the text of a file.
    lost
        The score of each exercise that does not earn its full points.
    all_lost
        Whether every exercise that is not in ``lost`` scores 0 in place of its full points.
    diagnosed
        For exercises, a name that must be among the diagnoses.
    """

    student: str
    make: Callable[[Assignment, NotebookNode], NotebookNode | str]
    lost: Mapping[str, float] = field(default_factory=dict)
    all_lost: bool = False
    diagnosed: Mapping[str, str] = field(default_factory=dict)

    def expected(self, points: Mapping[str, float]) -> dict[str, float]:
        """Return the expected score of each exercise, from its points."""
        return {name: self.lost.get(name, 0.0 if self.all_lost else full) for name, full in points.items()}


def load(assignment: str, course: Path) -> tuple[Sample, ...]:
    """Return the samples of an assignment."""
    references.load(assignment, course)
    samples: tuple[Sample, ...] = importlib.import_module(f"grader_tests.{assignment}.samples").SAMPLES
    return samples


def write(assignment: str, into: Path) -> int:
    """Write every sample of an assignment as ``into/STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb``.

    Raises
    ------
    LookupError
        Where the course has no assignment of this name.
    FileNotFoundError
        Where the assignment is not released yet.
    ValueError
        Where a sample has no id that a student can have.
    """
    course = references.course_folder()
    known = references.load(assignment, course)
    release = Places(course, assignment).release
    if not release.is_file():
        raise FileNotFoundError(f"{release} is not there: run `make release` first")
    samples = load(assignment, course)
    for sample in samples:
        check_id(sample.student)
        made = sample.make(known, nbformat.read(release, as_version=4))
        folder = into / sample.student / assignment
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        text = made if isinstance(made, str) else nbformat.writes(made)
        (folder / f"{assignment}.ipynb").write_text(text, encoding="utf-8")
    print(f"wrote {len(samples)} sample submissions to {into}")
    return 0


# -- making submissions --------------------------------------------------------------------------


def cell(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    """Return the cell of a grade id.

    Raises
    ------
    LookupError
        Where there is none.
    """
    found: NotebookNode
    for found in notebook.cells:
        if found.metadata.get("nbgrader", {}).get("grade_id") == grade_id:
            return found
    raise LookupError(f"the released notebook has no cell {grade_id!r}; if the text has it, run `make release`")


def solved(assignment: Assignment, release: NotebookNode, answers: Mapping[str, str] | None = None) -> NotebookNode:
    """Return the release with the model solution in every solution cell, or another answer by exercise."""
    notebook = copy.deepcopy(release)
    for name, source in {**assignment.model, **(answers or {})}.items():
        cell(notebook, f"{name}_solution").source = source
    return notebook


def mistaken(assignment: Assignment, exercise: str, mistake: str) -> str:
    """Return the solution cell of an exercise with a known mistake in it."""
    known = {m.name: m for m in assignment.mistakes[exercise]}
    return references.mistaken_source(assignment, exercise, known[mistake])


def edited(assignment: Assignment, exercise: str, *edits: tuple[str, str]) -> str:
    """Return the solution cell of an exercise with other text in place of some.

    Raises
    ------
    ValueError
        Where the text does not occur.
    """
    source = assignment.model[exercise]
    for old, new in edits:
        if old not in source:
            raise ValueError(f"{exercise} does not contain {old!r}")
        source = source.replace(old, new)
    return source
