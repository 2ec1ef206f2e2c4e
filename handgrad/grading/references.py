"""What the grader knows: hidden cases, right answers computed from the forward pass, known mistakes.

The knowledge itself lies in the course folder, in ``grader_tests/<assignment>.py`` and in the
solution cells of ``authoring/<assignment>/<assignment>.py``. Neither is part of the package.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import hashlib
import hmac
import importlib
import sys
import warnings
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from handgrad.check import pack_truth
from handgrad.diagnosis import Array, Context
from handgrad.evidence import collect, pack
from handgrad.exercise import Case, Exercise, exercises, steps
from handgrad.grading.slips import KINDS, slips
from handgrad.judge import Misconception, Truth, Verdict, judge

Cases = Callable[[np.random.Generator], dict[str, Case]]

ON_THE_SPOT_SEED = b"on the spot"
PUBLIC_SEED = b"public"


class ReferencesMissing(RuntimeError):
    """The course folder has no usable references for an assignment; the text says what to do."""


@dataclass(frozen=True)
class Mistake:
    """A known mistake, as an edit of the model solution.

    Attributes
    ----------
    name
        What it is called in reports and in the corpus.
    edit
        What the mistaken student writes in place of what: old text to new text. Each old text
        must occur in the solution cell.
    message
        A sentence to the student: what it is, and a question or a hint that leads on.
    """

    name: str
    edit: Mapping[str, str]
    message: str


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
    mistakes
        The known mistakes; of an exercise that is judged by properties, by the names that those give.
    public
        Names of the cases that the visible check uses, drawn with another seed.
    per_example
        How the results add up from the examples.
    """

    cases: Cases
    expected: Callable[..., dict[str, Array]]
    mistakes: tuple[Mistake, ...] = ()
    public: tuple[str, ...] = ()
    per_example: PerExample | None = None


# -- finding -----------------------------------------------------------------------------------


def course_folder(start: Path | None = None) -> Path:
    """Return the nearest folder, from ``start`` upwards, that holds ``grader_tests``.

    Raises
    ------
    ReferencesMissing
        Where there is none.
    """
    start = (start or Path.cwd()).resolve()
    # an editable installation knows its course folder from anywhere
    for folder in (start, *start.parents, Path(__file__).resolve().parents[2]):
        if (folder / "grader_tests" / "__init__.py").is_file():
            return folder
    raise ReferencesMissing(f"no folder from {start} upwards holds grader_tests/; run this inside the course folder")


@dataclass(frozen=True)
class Assignment:
    """All that the grader knows of one assignment."""

    name: str
    exercises: Mapping[str, Exercise]
    references: Mapping[str, Reference]
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
        Where they cannot be imported or do not fit the exercises.
    """
    return _load(name, (course or course_folder()).resolve())


@cache
def _load(name: str, course: Path) -> Assignment:
    if str(course) not in sys.path:
        sys.path.insert(0, str(course))
    known = exercises(name)
    try:
        module = importlib.import_module(f"grader_tests.{name}")
        references: dict[str, Reference] = module.REFERENCES
    except Exception as error:
        raise ReferencesMissing(
            f"the references of {name!r} cannot be imported from {course / 'grader_tests'} "
            f"({type(error).__name__}: {error}). Nothing was graded; mend them and run it again."
        ) from error
    if set(known) != set(references):
        differ = ", ".join(sorted(set(known) ^ set(references)))
        raise ReferencesMissing(f"the exercises and the references of {name!r} do not have the same names: {differ}")
    from handgrad.grading.authoring import solution_cells, test_points

    text = course / "authoring" / name / f"{name}.py"
    solutions = solution_cells(text)
    model = {exercise: solutions[f"{exercise}_solution"] for exercise in known if f"{exercise}_solution" in solutions}
    if set(model) != set(known):
        raise ReferencesMissing(f"no model solution for: {', '.join(sorted(set(known) - set(model)))}")
    return Assignment(name, known, references, model, test_points(text))


# -- model solutions ---------------------------------------------------------------------------

PREAMBLE = "import numpy as np\n"


def model_source(assignment: Assignment, names: Iterable[str]) -> str:
    """Return the model solutions of some exercises as one text that runs on its own."""
    return PREAMBLE + "\n\n".join(assignment.model[name] for name in assignment.model if name in set(names))


def mistaken_source(assignment: Assignment, name: str, mistake: Mistake) -> str:
    """Return the solution cell of an exercise with a mistake in it.

    Raises
    ------
    ReferencesMissing
        Where the text to be edited does not occur in the model solution.
    """
    source = assignment.model[name]
    for old, new in mistake.edit.items():
        if old not in source:
            raise ReferencesMissing(f"{name}, {mistake.name}: the model solution does not contain {old!r}")
        source = source.replace(old, new)
    return source


@lru_cache(maxsize=4096)
def _namespace(source: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(compile(source, "<model solution>", "exec"), namespace)
    return namespace


# -- truths ------------------------------------------------------------------------------------


def generator(*seed: str | bytes) -> np.random.Generator:
    """Return a generator that depends on every part of the seed and reveals none.

    The first part is the key of an HMAC, so that hidden inputs cannot be foreseen by one who
    knows the others, the assignment and the student.
    """
    parts = [part.encode() if isinstance(part, str) else part for part in seed]
    digest = hmac.new(parts[0], b"\0".join(parts[1:]), hashlib.sha256).digest()
    return np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))


SMALLEST = 1e-2
"""A case is drawn again where a whole result is smaller, for then rounding would decide."""

Results = dict[str, Array]


class Hidden:
    """The cases of one exercise with what is known of them, worked out when it is first asked for.

    Attributes
    ----------
    inputs
        The inputs, by the name of the case.
    right
        The right results of each case, float64.
    tiny
        Whether a whole result is smaller than :data:`SMALLEST`.
    """

    def __init__(self, assignment: Assignment, name: str, inputs: dict[str, Case]) -> None:
        self.assignment = assignment
        self.name = name
        self.inputs = inputs
        raw = {label: assignment.references[name].expected(**copy.deepcopy(case)) for label, case in inputs.items()}
        self.right = {label: _float64(results) for label, results in raw.items()}
        # a whole number or a truth value is exact, whatever its size
        self.tiny = any(
            np.asarray(value).dtype.kind == "f" and np.asarray(value).size and np.abs(value).max() < SMALLEST
            for results in raw.values()
            for value in results.values()
        )

    @cached_property
    def plain(self) -> dict[str, Truth]:
        """The right results alone."""
        return {label: Truth(results, inputs=self.inputs[label]) for label, results in self.right.items()}

    @cached_property
    def explained(self) -> dict[str, Truth]:
        """The right results, what the diagnoses need, and the results of each known mistake."""
        if self.assignment.exercises[self.name].properties is not None:
            return self.plain  # the properties name what is wrong
        mistakes = {
            Misconception(m.name, m.message): mistaken_source(self.assignment, self.name, m)
            for m in self.assignment.references[self.name].mistakes
        }
        wrong = {m: self._results(source) for m, source in mistakes.items()}
        return {
            label: Truth(
                self.right[label],
                _context(self.assignment, self.name, case, self.right[label]),
                {m: results[label] for m, results in wrong.items()},
                case,
            )
            for label, case in self.inputs.items()
        }

    @cached_property
    def with_slips(self) -> dict[str, Truth]:
        """The same, and the results of every slip of the model solution."""
        if self.assignment.exercises[self.name].properties is not None:
            return self.plain
        found: dict[Misconception, dict[str, Results]] = {}
        for number, slip in enumerate(slips(self.assignment.model[self.name])):
            message = f"it is just what comes out when {KINDS[slip.kind]} in the line that computes `{slip.target}`."
            # slips of one kind in one line share their words, but each is compared on its own
            found[Misconception(f"slip_{slip.kind}", message, weak=True, variant=number)] = self._results(slip.source)
        return {
            label: dataclasses.replace(truth, wrong={**truth.wrong, **{m: r[label] for m, r in found.items()}})
            for label, truth in self.explained.items()
        }

    def _results(self, source: str) -> dict[str, Results]:
        """Return the results of a changed solution cell, for each case, up to where it raises."""
        exercise = self.assignment.exercises[self.name]
        found: dict[str, Results] = {label: {} for label in self.inputs}
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                namespace = _namespace(model_source(self.assignment, exercise.uses) + "\n\n" + source)
            except Exception:
                return found
            solution = [namespace[name] for name in exercise.solution]
            for label, case in self.inputs.items():
                with contextlib.suppress(Exception):
                    for results in steps(exercise.run(*solution, **copy.deepcopy(case))):
                        found[label] |= {key: np.array(value, dtype=np.float64) for key, value in results.items()}
        return found


def draw(assignment: Assignment, name: str, *seed: str | bytes) -> Hidden:
    """Draw the cases of an exercise from a seed.

    Raises
    ------
    ReferencesMissing
        Where the cases cannot be drawn so that every result is of some size.
    """
    for attempt in range(100):
        rng = generator(*seed, assignment.name, name, str(attempt))
        hidden = Hidden(assignment, name, assignment.references[name].cases(rng))
        if not hidden.tiny:
            return hidden
    raise ReferencesMissing(f"{name}: no cases in 100 draws whose results are all larger than {SMALLEST}")


def expected(assignment: Assignment, name: str, case: Case) -> Results:
    """Return the right results of a case, float64."""
    return _float64(assignment.references[name].expected(**copy.deepcopy(case)))


def _float64(results: Mapping[str, Any]) -> Results:
    return {key: np.asarray(value, dtype=np.float64) for key, value in results.items()}


def _context(assignment: Assignment, name: str, case: Case, right: Mapping[str, Array]) -> dict[str, Context]:
    batch = assignment.exercises[name].batch
    if batch is None:
        return {}
    count = len(case[batch])
    how = assignment.references[name].per_example
    singles: list[Results] = []
    if how is not None and count > 1:
        rest = {key: case[key] * 0 for key in how.without}
        singles = [
            expected(assignment, name, {**case, **rest, **{key: case[key][i : i + 1] for key in how.sliced}})
            for i in range(count)
        ]
    contexts = {}
    for key, value in right.items():
        terms = None
        if singles and how is not None and all(single[key].shape == value.shape for single in singles):
            terms = np.stack([single[key] for single in singles]) / (count if how.mean else 1)
        contexts[key] = Context(count, terms)
    return contexts


# -- judging -----------------------------------------------------------------------------------


def verdict(hidden: Hidden, evidence: Mapping[str, Any], lines: Container[str] | None = ()) -> Verdict:
    """Judge evidence on hidden cases; mistakes are worked out only where something is wrong.

    ``lines`` are the lines of the student's code, as :func:`handgrad.judge.judge` takes them.

    Raises
    ------
    handgrad.evidence.Malformed
        Where the evidence does not have the form agreed on.
    """
    exercise = hidden.assignment.exercises[hidden.name]
    found = judge(exercise, evidence, hidden.plain, lines=lines)
    if found.right or found.reason is not None:
        return found
    found = judge(exercise, evidence, hidden.explained, lines=lines)
    if all(part.right or any(finding.known for finding in part.findings) for part in found.parts):
        return found
    return judge(exercise, evidence, hidden.with_slips, lines=lines)


def supplied(assignment: Assignment, name: str) -> str:
    """Return source text of right solutions to the exercises that this one uses, or nothing."""
    uses = assignment.exercises[name].uses
    return model_source(assignment, uses) if uses else ""


def on_the_spot(assignment_name: str, name: str, namespace: dict[str, Any]) -> Verdict:
    """Collect and judge in this process: for an instructor's own notebooks."""
    assignment = load(assignment_name)
    hidden = draw(assignment, name, ON_THE_SPOT_SEED)
    return verdict(hidden, collect(assignment.exercises[name], namespace, hidden.inputs))


def public_data(assignment: Assignment) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the public cases of every exercise as JSON: inputs, right and mistaken results."""
    data: dict[str, dict[str, dict[str, Any]]] = {}
    for name, reference in assignment.references.items():
        drawn = draw(assignment, name, PUBLIC_SEED)
        public = Hidden(assignment, name, {label: drawn.inputs[label] for label in reference.public})
        data[name] = {
            label: {
                "inputs": pack(public.inputs[label]),
                "truth": pack_truth(_shown(assignment.exercises[name], truth)),
            }
            for label, truth in public.explained.items()
        }
    return data


def _shown(exercise: Exercise, truth: Truth) -> Truth:
    """Return a truth without the parts that no visible check may answer."""
    shown = {result for result in truth.expected if exercise.part_of(result) not in exercise.unanswered}
    return Truth(
        {result: value for result, value in truth.expected.items() if result in shown},
        {result: context for result, context in truth.context.items() if result in shown},
        {
            misconception: {result: value for result, value in results.items() if result in shown}
            for misconception, results in truth.wrong.items()
        },
        truth.inputs,
    )
