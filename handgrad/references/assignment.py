"""What the grader knows of one assignment, read from the course folder.

The knowledge itself lies in ``grader_tests/<assignment>/`` and in the solution cells of
``authoring/<assignment>.py``. Neither is part of the package.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from handgrad.assignments.catalogue import exercises
from handgrad.judging.arrays import Array
from handgrad.judging.exercise import Case, Exercises
from handgrad.references.course import ReferencesMissing, course_folder
from handgrad.references.mistakes import Mistake
from handgrad.references.mistakes import read as read_mistakes
from handgrad.references.places import Places

Cases = Callable[[np.random.Generator], dict[str, Case]]


@dataclass(frozen=True)
class PerExample:
    """How a result adds up from the examples, for the diagnoses that need it.

    Attributes
    ----------
    sliced
        The inputs that have one row for each example.
    mean
        Whether the result is a mean over the examples; else a sum.
    without
        Inputs that are set to 0 for it, such as a regularisation strength.
    """

    sliced: tuple[str, ...]
    mean: bool = True
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reference:
    """The truth about one exercise.

    Attributes
    ----------
    cases
        Draws the inputs: a generator to inputs by the name of the case. The names say what
        is special about the case, and are shown to students.
    expected
        Computes the right results from the inputs of a case, float64 and from the forward
        pass alone. Returns nothing for an exercise that is judged by properties.
    public
        Names of the cases that the visible check uses, drawn with another seed.
    per_example
        How the results add up from the examples.
    faint
        Names of the cases in which a whole result may be tiny. It fades there by factors alone, and nothing
        cancels, so that rounding does not decide.
    """

    cases: Cases
    expected: Callable[..., dict[str, Array]]
    public: tuple[str, ...] = ()
    per_example: PerExample | None = None
    faint: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Assignment:
    """All that the grader knows of one assignment; each is loaded once, and equal to itself alone."""

    name: str
    folder: Path
    """Where what only the grader knows of it lies: ``grader_tests/A``."""
    exercises: Exercises
    references: Mapping[str, Reference]
    mistakes: Mapping[str, tuple[Mistake, ...]]
    """Known mistakes of each exercise; where it is judged by properties, by the names that those give."""
    model: Mapping[str, str]
    """Source text of the model solution of each exercise, in the order of the notebook."""
    points: Mapping[str, float]


def load(name: str, course: Path | None = None) -> Assignment:
    """Return the references and model solutions of an assignment.

    Raises
    ------
    LookupError
        Where the course has no assignment of this name.
    ReferencesMissing
        Where something of it cannot be read, or does not fit the exercises.
    """
    return _load(name, (course or course_folder()).resolve())


@cache
def _load(name: str, course: Path) -> Assignment:
    if str(course) not in sys.path:
        sys.path.insert(0, str(course))
    known = exercises(name)
    try:
        module = importlib.import_module(f"grader_tests.{name}.reference")
        references: dict[str, Reference] = module.REFERENCES
    except Exception as error:
        raise ReferencesMissing(
            f"the references of {name!r} cannot be imported from {course / 'grader_tests'} "
            f"({type(error).__name__}: {error}). Nothing was graded; fix them and run it again."
        ) from error
    if set(known) != set(references):
        differ = ", ".join(sorted(set(known) ^ set(references)))
        raise ReferencesMissing(f"the exercises and the references of {name!r} do not have the same names: {differ}")
    # what only imports this module needs no jupytext
    from handgrad.references.solutions import solution_cells, test_points

    text = Places(course, name).text
    solutions = solution_cells(text)
    model = {exercise: solutions[f"{exercise}_solution"] for exercise in known if f"{exercise}_solution" in solutions}
    if set(model) != set(known):
        raise ReferencesMissing(f"no model solution for: {', '.join(sorted(set(known) - set(model)))}")
    folder = course / "grader_tests" / name
    mistakes = read_mistakes(folder / "mistakes.toml", model)
    return Assignment(name, folder, known, references, mistakes, model, test_points(text))


PREAMBLE = "import numpy as np\n"


def model_source(assignment: Assignment, names: Iterable[str]) -> str:
    """Return the model solutions of some exercises as one text that runs on its own."""
    return PREAMBLE + "\n\n".join(assignment.model[name] for name in assignment.model if name in set(names))


def mistaken_source(assignment: Assignment, name: str, mistake: Mistake) -> str:
    """Return the solution cell of an exercise with a mistake in it.

    Raises
    ------
    ValueError
        Where it cannot be made there.
    """
    return mistake.made_in(assignment.model[name])


def supplied(assignment: Assignment, name: str) -> str:
    """Return source text of right solutions to the exercises that this one uses, or nothing."""
    uses = assignment.exercises[name].uses
    return model_source(assignment, uses) if uses else ""
