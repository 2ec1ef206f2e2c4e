"""The checks that a student runs, and the probe that hands evidence to the grader."""

from __future__ import annotations

import base64
import copy
import inspect
import json
import os
import random
import sys
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import entry_points
from numbers import Real
from typing import Any, NoReturn

import numpy as np

from handgrad import absent
from handgrad.assignments.catalogue import exercises, public_cases
from handgrad.judging.arrays import unpack
from handgrad.judging.diagnosis import Finding
from handgrad.judging.disclosure import PUBLIC
from handgrad.judging.display import Shown, bar, in_notebook, prose, table
from handgrad.judging.earlier import names_read, replayed
from handgrad.judging.evidence import MIME, LargeCase, collect, collect_supplied, dumps
from handgrad.judging.exercise import Case, Exercise
from handgrad.judging.hints import in_stages
from handgrad.judging.judge import judge
from handgrad.judging.patience import PATIENCE
from handgrad.judging.truth import LargeTruth
from handgrad.judging.verdict import UNCHANGED, PartVerdict, Verdict

PUBLIC_SEED = (0,)
"""From which the large case of a visible check is drawn."""

MOST_EXPLANATIONS = 2
"""How many explanations of one wrong part are told."""

MORE = "More is checked at grading: other sizes and other numbers."


class CheckFailed(AssertionError):
    """A visible check found something wrong; the text says what.

    Parameters
    ----------
    text
        The whole message.
    brief
        What a notebook shows below the table that has said the rest.
    """

    def __init__(self, text: str, brief: str = "") -> None:
        super().__init__(text)
        self.brief = brief

    def _render_traceback_(self) -> list[str]:
        # what IPython shows in place of a traceback, which would bury the sentence
        return (self.brief or str(self)).splitlines()


class NotJudged(RuntimeError):
    """A probe ran where there is neither a grader nor a course folder, so nobody judges it."""

    def __init__(self) -> None:
        super().__init__("This cell is judged by the grader: run `nbgrader autograde` in the course folder.")


# -- messages --------------------------------------------------------------------------------


def _wrong(verdict: Verdict) -> list[PartVerdict]:
    """Return the parts that are wrong; a changed argument comes first, as the others may be wrong because of it."""
    return sorted((part for part in verdict.parts if not part.right), key=lambda part: part.name != UNCHANGED)


def _not_answered(exercise: Exercise, namespace: Mapping[str, Any], evidence: Mapping[str, Any]) -> list[PartVerdict]:
    """Return a verdict for each answer that is judged at grading only, and is open, or has a form that never counts."""
    found = []
    for name in exercise.unanswered:
        value, form = namespace[name], exercise.parts[name]
        if value is None or (isinstance(value, str | set | frozenset | list | tuple | dict) and not value):
            found.append(PartVerdict(name, False, (Finding("not_answered", "it is not answered yet.", known=False),)))
        elif _is_no_number(value, form) or any(
            "type" in call["own"]["results"].get(name, ()) for call in evidence["cases"].values()
        ):
            found.append(PartVerdict(name, False, (Finding("wrong_type", f"it should be {form}."),)))
    return found


def _is_no_number(value: Any, form: str) -> bool:
    """Return whether an answer should be a number, and is none of that kind: ``"-0.5"``, or 43.7 as a whole one."""
    if form not in ("a number", "a whole number"):
        return False
    return not isinstance(value, Real) or (form == "a whole number" and not float(value).is_integer())


def sentence(verdict: Verdict) -> str:
    """Return the first thing to say of a wrong answer."""
    if verdict.reason:
        return f"{verdict.exercise}: {verdict.reason.message}"
    part = _wrong(verdict)[0]
    return f"`{part.name}`: {part.findings[0].message}" if part.findings else f"`{part.name}` is not right yet."


def explain(verdict: Verdict, further: str = "") -> str:
    """Return the whole message of a failed check, a sentence first, then the first wrong place."""
    lines = [sentence(verdict)]
    if verdict.reason is None:
        wrong = _wrong(verdict)
        lines += [f"    or: {finding.message}" for finding in wrong[0].findings[1:MOST_EXPLANATIONS]]
        example = next((part.example for part in wrong if part.example), None)
        if example:
            yours, expected = example
            lines += ["", f"    yours     {yours}", *([f"    expected  {expected}"] if expected else [])]
        others: dict[str, list[str]] = {}
        for part in wrong[1:]:
            if part.findings:
                others.setdefault(part.findings[0].message, []).append(f"`{part.name}`")
        if others:
            lines += ["", "Also:"]
            lines += [f"    {', '.join(names)}: {message}" for message, names in others.items()]
        if further:
            lines += ["", further]
        right = [part.name for part in verdict.parts if part.right and part.name != UNCHANGED]
        if right:
            lines += ["", f"Right already: {', '.join(right)}."]
    return "\n".join(lines)


def _table(verdict: Verdict, further: str = "") -> str:
    """Return a verdict on public cases as an HTML table, the wrong parts first."""
    wrong = _wrong(verdict)
    shown = next((part for part in wrong if part.example), None)
    parts = [
        replace(part, findings=part.findings[:MOST_EXPLANATIONS], example=part.example if part is shown else None)
        for part in wrong
    ]
    right = [part for part in verdict.parts if part.right]
    return table(
        replace(verdict, parts=(*parts, *right)), f"{verdict.exercise}: not right yet", [further] * bool(further)
    )


def _inputs(exercise: Exercise, solution: Sequence[Any], verdict: Verdict, inputs: Mapping[str, Case]) -> str:
    """Return how to get the inputs of the first wrong case, if they are what the student's code is called with."""
    label = next((case for part in _wrong(verdict) for case in part.cases if case in inputs), None)
    if verdict.reason or exercise.in_stages or label is None:
        return ""
    if not any(names and names <= inputs[label].keys() for names in map(_arguments, solution)):
        return ""
    return f'The inputs of the case “{label}”: `check.case("{exercise.name}", "{label}")`.'


def _arguments(solution: Any) -> set[str]:
    """Return the names of the arguments that a function, or the ``forward`` of a class, must be given."""
    called = getattr(solution, "forward", solution) if isinstance(solution, type) else solution
    try:
        parameters = inspect.signature(called).parameters.values()
    except (TypeError, ValueError):
        return set()
    return {one.name for one in parameters if one.default is one.empty} - {"self", "ctx"}


# -- what a notebook calls ---------------------------------------------------------------------

_passes: dict[str, dict[str, bool]] = {}
"""Whether each check passed when it last ran in this process, by assignment."""

_tries: dict[tuple[str, str], set[str]] = {}
"""What came of each try in this process, by assignment and exercise, of one that is told of in stages."""

_watched: dict[str, tuple[str, ...]] = {}
"""The assignments whose progress is on display, and of which exercises."""


class Checks:
    """The visible checks of one assignment, one for each exercise, as ``check.Relu(Relu)``."""

    def __init__(self, assignment: str) -> None:
        self._exercises = exercises(assignment)
        self._assignment = assignment

    def __dir__(self) -> list[str]:
        return [*self._exercises, "case", "progress"]

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("_") or name not in self._exercises:
            raise AttributeError(f"there is no check named {name!r}; there are: {', '.join(self._exercises)}")
        exercise = self._exercises[name]

        def check(*solution: Any) -> None:
            self._check(exercise, solution)

        check.__name__ = name
        check.__doc__ = f"Check {', '.join(exercise.solution)} on public cases."
        return check

    def case(self, exercise: str, label: str) -> Case:
        """Return the inputs of a public case, for a closer look at what goes wrong there.

        Parameters
        ----------
        exercise
            The name of the exercise.
        label
            What the check calls the case.

        Returns
        -------
        dict
            The inputs by name. They are copies: whatever is done to them, the check stays as it is.

        Raises
        ------
        LookupError
            Where there is no such exercise or case.
        """
        if exercise not in self._exercises:
            raise LookupError(f"there is no exercise named {exercise!r}; there are: {', '.join(self._exercises)}")
        inputs = public_cases(self._assignment)[exercise][0]
        if label not in inputs:
            raise LookupError(f"{exercise} has no case named {label!r}; it has: {'; '.join(inputs)}")
        return copy.deepcopy(self._exercises[exercise].given(inputs[label]))

    def progress(self, *given: str) -> None:
        """Show how many exercises pass their check; what is shown follows every later check.

        Parameters
        ----------
        given
            The exercises that the course gives; by default all of the assignment.
        """
        # at grading no visible check is run, so there is nothing to tell
        if os.environ.get("HANDGRAD_PICTURES") == "none":
            return
        if in_notebook():
            from IPython.display import display

            _watched[self._assignment] = given
            display(self._progress(given), display_id=self._display_id)
        else:
            print(self._progress(given))

    @property
    def _display_id(self) -> str:
        return f"handgrad-progress-{self._assignment}"

    def _progress(self, given: Sequence[str]) -> Shown:
        asked = given or tuple(self._exercises)
        passes = _passes.get(self._assignment, {})
        done = [name for name in asked if passes.get(name)]
        left = [name for name in asked if not passes.get(name)]
        sentences = [f"{self._assignment}: {len(done)} of {len(asked)} exercises pass their check."]
        sentences.append(f"Next: `{left[0]}`." if left else "All of them pass. Grading looks at more than the checks.")
        noted = [f"`{name}`" for name in done if self._exercises[name].only_noted]
        if noted:
            sentences.append(f"Noted, and judged at grading only: {', '.join(noted)}.")
        sentences.append("What counts is how each check ended when it last ran, since the kernel was started.")
        return bar(len(done), len(asked), sentences)

    def _check(self, exercise: Exercise, solution: tuple[Any, ...]) -> None:
        if len(solution) != len(exercise.solution):
            raise TypeError(f"write check.{exercise.name}({', '.join(exercise.solution)})")
        inputs, truths = public_cases(self._assignment)[exercise.name]
        namespace = dict(zip(exercise.solution, solution, strict=True))
        passes = _passes.setdefault(self._assignment, {})
        passes[exercise.name] = False  # also where the student has to interrupt it
        with absent.hidden(self._exercises.absent, sys.modules["__main__"].__dict__):
            evidence = collect(exercise, namespace, inputs, large=LargeCase(PUBLIC_SEED, PATIENCE))
        verdict = judge(exercise, evidence, truths, PUBLIC, LargeTruth() if exercise.large else None)
        if verdict.reason is None:
            verdict = replace(verdict, parts=(*verdict.parts, *_not_answered(exercise, namespace, evidence)))
        if exercise.in_stages:
            causes = {mistake.name for truth in truths.values() for mistake in truth.wrong}
            # where nothing is answered, as when a notebook is run from the top, there was no try
            stage = self._stage(exercise, evidence) if verdict.reason is None else 1
            verdict = in_stages(verdict, stage, causes)
        passes[exercise.name] = verdict.right
        if self._assignment in _watched and in_notebook():
            from IPython.display import update_display

            update_display(self._progress(_watched[self._assignment]), display_id=self._display_id)
        if not verdict.right:
            verdict, first = self._with_earlier(exercise, solution, verdict)
            self._fail(verdict, first, _inputs(exercise, solution, verdict, inputs))
        if exercise.only_noted:
            print(f"{exercise.name}: noted. It is judged at grading only.")
            return
        right = [part.name for part in verdict.parts]
        covered = [
            *(f"`{name}` is judged at grading only." for name in exercise.unanswered),
            f"On {len(inputs)} public case{'s' if len(inputs) > 1 else ''}: {'; '.join(inputs)}.",
            MORE if exercise.more else "Grading looks at the same.",
        ]
        said = [f"{exercise.name}: right. Checked: {', '.join(right)}.", *covered]
        _show(Shown(table(verdict, f"{exercise.name}: right", covered), "\n".join(said)))

    def _stage(self, exercise: Exercise, evidence: Mapping[str, Any]) -> int:
        """Return how many different tries at an exercise there were in this process, this one among them."""
        tries = _tries.setdefault((self._assignment, exercise.name), set())
        tries.add(dumps(evidence.get("cases")))
        return len(tries)

    def _with_earlier(self, exercise: Exercise, solution: tuple[Any, ...], verdict: Verdict) -> tuple[Verdict, str]:
        """Return the verdict with right results of earlier exercises that fail, and what to say of those first.

        The verdict stays as it is where one of them is called with arguments of which no right result is known, and
        where each is a forward pass, whose cache is the student's own.
        """
        main = sys.modules["__main__"].__dict__
        read = names_read(solution, main) if exercise.uses and verdict.reason is None else set()
        used = read | set(exercise.earlier) if verdict.reason is None else set()
        failing = [name for name in exercise.uses if name in used and not self._passes(self._exercises[name])]
        if not failing:
            return verdict, ""
        first = f"`{failing[0]}` does not pass yet: fix it first."
        if set(failing) <= set(exercise.earlier):
            return verdict, first
        inputs, truths = public_cases(self._assignment)[exercise.name]
        with absent.hidden(self._exercises.absent, main), replayed(failing, truths, main) as missed:
            evidence = collect(exercise, dict(zip(exercise.solution, solution, strict=True)), inputs)
        if missed:
            return verdict, first
        supplied = judge(exercise, evidence, truths, PUBLIC)
        return supplied, f"{first} With a right one, `{exercise.name}` is right." if supplied.right else first

    def _passes(self, exercise: Exercise) -> bool:
        """Return whether an exercise is right in its small public cases, with the names that the notebook has."""
        main = sys.modules["__main__"].__dict__
        inputs, truths = public_cases(self._assignment)[exercise.name]
        with absent.hidden(self._exercises.absent, main):
            return judge(exercise, collect(exercise, main, inputs), truths, PUBLIC).right

    def _fail(self, verdict: Verdict, first: str, further: str) -> NoReturn:
        text = "\n\n".join(filter(None, [first, "" if verdict.right else explain(verdict, further)]))
        if not in_notebook():
            raise CheckFailed(text)
        html = f"<p>{prose(first)}</p>" if first else ""
        _show(Shown(html if verdict.right else html + _table(verdict, further), text))
        raise CheckFailed(text, brief=f"{verdict.exercise} is not right yet: what was found stands above.")


def _show(shown: Shown) -> None:
    if in_notebook():
        from IPython.display import display

        display(shown)
    else:
        print(shown)


def checks(assignment: str) -> Checks:
    """Return the visible checks of an assignment.

    Raises
    ------
    LookupError
        Where the course has no assignment of this name.
    """
    return Checks(assignment)


# -- probes ----------------------------------------------------------------------------------

_delivered: dict[str, Any] = {}

OnTheSpot = Callable[[str, str, dict[str, Any]], Verdict]
"""Judges an exercise of an assignment in this process; the grader's half offers one, by an entry point.

It raises :class:`NotJudged` where there is no course folder.
"""


def same_randomness() -> None:
    """Set the random numbers of Python, NumPy and torch to a beginning that is always the same."""
    random.seed(0)
    np.random.seed(0)
    # what stands for torch where it is absent has no version
    if "torch" in sys.modules and hasattr(sys.modules["torch"], "__version__"):
        sys.modules["torch"].manual_seed(0)


def deliver(packed: str) -> None:
    """Take the hidden inputs of the next probe; the grader calls this just before it."""
    same_randomness()
    _delivered.clear()
    _delivered.update(json.loads(zlib.decompress(base64.b64decode(packed))))


def probe(assignment: str, name: str) -> None:
    """Hand the results of the student's code over to the grader.

    Called in the hidden part of a test cell. Nothing is compared here: the results leave the
    kernel as arrays, and the grader's own process judges them. In the course folder of an
    instructor, where the references are, the probe judges on the spot instead.

    Raises
    ------
    NotJudged
        Where there is neither a grader nor a course folder, so that a test cell which nobody
        judges cannot pass.
    CheckFailed
        Where the probe judged on the spot and something is wrong.
    """
    namespace = sys.modules["__main__"].__dict__
    exercise = exercises(assignment)[name]
    if _delivered:
        given = dict(_delivered)
        _delivered.clear()
        cases = {label: unpack(case) for label, case in given["cases"].items()}
        large = None if given["large"] is None else LargeCase(**given["large"])
        supplied = given["supplied"]
        evidence = (
            collect_supplied(exercise, namespace, cases, supplied, large)
            if supplied
            else collect(exercise, namespace, cases, large=large)
        )
        evidence["nonce"] = given["nonce"]

        from IPython.display import publish_display_data

        publish_display_data({MIME: dumps(evidence)})
        return
    found = entry_points(group="handgrad.on_the_spot")
    try:
        on_the_spot: OnTheSpot = next(iter(found)).load()
    except (StopIteration, ImportError):
        raise NotJudged from None
    verdict = on_the_spot(assignment, name, namespace)
    if not verdict.right:
        raise CheckFailed(explain(verdict))
    print(f"{name}: {len(verdict.parts)} parts right on hidden cases.")
