"""What an exercise asks for: how the student's code is called, and which results come out."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np

Case = dict[str, Any]
"""The named inputs of one call, such as ``{"X": array, "labels": array}``."""

Results = dict[str, Any] | Iterator[dict[str, Any]]
"""Results by name; or one dict after the other, so that the first stay when a later step raises."""

Run = Callable[..., Results]


Properties = Callable[[Case, Mapping[str, np.ndarray[Any, Any]]], Mapping[str, tuple[str, str]]]
"""From inputs and results to ``{part: (name, message)}`` of what does not hold."""


@dataclass(frozen=True)
class Large:
    """A case that tells a gradient by hand from one that was approximated.

    Backpropagation costs a few forward passes, whatever the number of parameters; differences, a complex step and
    forward-mode dual numbers cost one for each parameter (the cheap gradient principle: W. Baur and V. Strassen,
    "The complexity of partial derivatives", 1983; A. Griewank, "On automatic differentiation", 1989).

    Attributes
    ----------
    draw
        Draws the case, with some 10⁵ parameters and few examples.
    gradients
        The parts that cost their points where it takes too long.
    """

    draw: Callable[[np.random.Generator], Case]
    gradients: tuple[str, ...]


class WrongReturn(Exception):
    """What the student's function returned cannot be taken apart; the text says what was expected."""


@dataclass(frozen=True)
class Exercise:
    """One exercise of the catalogue.

    Attributes
    ----------
    name
        The name in the catalogue; also the ``grade_id`` of the test cell.
    run
        Calls the student's code with the inputs of one case and returns the results by name.
        A result named ``part[anything]`` belongs to the part ``part``, so that a part may hold
        as many arrays as a case has layers.
    parts
        What is scored on its own: name of the part to its shape in words.
    solution
        The names that the student defines, handed to ``run`` in this order.
    uses
        Earlier exercises whose functions a solution may call. Each case is then run a second
        time with right ones supplied, so that one mistake costs once.
    batch
        Name of an input whose length is the number of examples N.
    unanswered
        Names of the parts that no visible check judges, because the answer itself would show.
    returns
        What the student's function returns, in words.
    properties
        Judges the results by what must hold of them, for an exercise that has no one answer: from
        the inputs of a case and the results, to what is wrong with each part. A part that is not
        in it is right.
    seconds
        How long the probe may take at grading, for all cases together, however fast the reference is;
        ten times what the reference takes, where that is longer.
    in_stages
        Whether the visible check tells of a wrong answer in stages, and never the right one: of a prediction or a
        hunt, in which finding out is what is asked for.
    answer_shown
        Whether a visible check shows the right result beside a wrong one; not where it is the same one number in every
        case, which would be the answer.
    more
        Whether grading tries other inputs than the visible check; a prediction has no others.
    by_hand
        Whether a solution that lets a machine differentiate gets no points.
    withheld
        Names of inputs that stay with the judge: the properties see them, ``run`` does not, and
        they never enter a student's kernel.
    large
        A large case, by which a gradient by hand is told from an approximation.
    exact
        Whether results in float64 have to be as exact as formulas are, for an exercise that is too small to be
        told from an approximation by what it costs.
    earlier
        Names in ``solution`` that an earlier exercise asks for: they alone are no attempt at this one.
    """

    name: str
    run: Run
    parts: Mapping[str, str]
    solution: tuple[str, ...]
    uses: tuple[str, ...] = ()
    batch: str | None = None
    unanswered: tuple[str, ...] = ()
    returns: str = "what the docstring says"
    properties: Properties | None = None
    seconds: float = 10
    more: bool = True
    by_hand: bool = True
    withheld: tuple[str, ...] = ()
    large: Large | None = None
    exact: bool = False
    earlier: tuple[str, ...] = ()
    in_stages: bool = False
    answer_shown: bool = True

    def given(self, case: Case) -> Case:
        """Return the inputs of a case that the student's code is run with."""
        return {name: value for name, value in case.items() if name not in self.withheld}

    @property
    def gradients(self) -> tuple[str, ...]:
        """The parts that are gradients of a loss, to be derived by hand."""
        if self.large is not None:
            return self.large.gradients
        return tuple(part for part in self.parts if part != "loss") if self.exact else ()

    @property
    def only_noted(self) -> bool:
        """Whether no visible check judges any part, so that an answer is only noted until grading."""
        return set(self.parts) <= set(self.unanswered)

    @property
    def asked(self) -> tuple[str, ...]:
        """The names that a student first defines in this exercise."""
        return tuple(name for name in self.solution if name not in self.earlier)

    def part_of(self, result: str) -> str:
        """Return the part that a result belongs to: ``"dW[0]"`` belongs to ``"dW"``."""
        return result.partition("[")[0]


class Exercises(dict[str, Exercise]):
    """The exercises of one assignment, by name, in the order of the notebook.

    Parameters
    ----------
    assignment
        Its name.
    absent
        Packages that are missing when it is graded, because its tool is another.
    late
        Modules that no cell names, and that what the cells call imports when it is called first; a kernel that is a
        fork has them already.
    """

    def __init__(self, assignment: str, absent: Sequence[str] = (), late: Sequence[str] = ()) -> None:
        super().__init__()
        self.assignment = assignment
        self.absent = tuple(absent)
        self.late = tuple(late)

    @property
    def modules(self) -> tuple[str, ...]:
        """What a kernel that is a fork has imported, whatever the notebook imports."""
        return (f"handgrad.assignments.{self.assignment}.exercises", *self.late)

    def add(
        self,
        parts: Mapping[str, str],
        *,
        solution: Sequence[str] = (),
        uses: Sequence[str] = (),
        batch: str | None = None,
        unanswered: Sequence[str] = (),
        returns: str = "what the docstring says",
        properties: Properties | None = None,
        seconds: float = 10,
        more: bool = True,
        by_hand: bool = True,
        withheld: Sequence[str] = (),
        large: Large | None = None,
        exact: bool = False,
        in_stages: bool = False,
        answer_shown: bool = True,
    ) -> Callable[[Run], Run]:
        """Return a decorator that adds a run function as the exercise of its name."""

        def register(run: Run) -> Run:
            name = run.__name__
            names = tuple(solution) or (name,)
            asked_for = {other for exercise in self.values() for other in exercise.solution}
            self[name] = Exercise(
                name=name,
                run=calling_between(run),
                parts=dict(parts),
                solution=names,
                uses=tuple(uses),
                batch=batch,
                unanswered=tuple(unanswered),
                returns=returns,
                properties=properties,
                seconds=seconds,
                more=more,
                by_hand=by_hand,
                withheld=tuple(withheld),
                large=large,
                exact=exact,
                earlier=tuple(other for other in names if other in asked_for),
                in_stages=in_stages,
                answer_shown=answer_shown,
            )
            return run

        return register


def calling_between(run: Run) -> Run:
    """Return a run that calls more than once where a case holds other inputs, of the same shapes, for in between.

    The results of those are named ``part[between]``. The first inputs then come once more, for ``part[again]``, and
    in the memory layout of a transpose, for ``part[transposed]``. All is handed over after the last call, so that a
    call which writes into what an earlier one returned is seen too; and so is what each call gave before it broke off.
    """

    @functools.wraps(run)
    def calls(*solution: Any, between: Case | None = None, **inputs: Any) -> Results:
        if between is None:
            return run(*solution, **inputs)
        # copies, so that a changed argument is seen in the first call and costs nothing in the others
        given = {
            "": inputs,
            "[between]": copy.deepcopy(between),
            "[again]": copy.deepcopy(inputs),
            "[transposed]": _transposed(inputs),
        }
        return _one_after_the_other(run, solution, given)

    return calls


def _one_after_the_other(run: Run, solution: Sequence[Any], given: Mapping[str, Case]) -> Iterator[dict[str, Any]]:
    """Yield the results of all calls; raise what the first of them raised that broke off."""
    found: dict[str, Any] = {}
    raised: list[Exception] = []
    returned: list[Any] = []
    first = copy.deepcopy(given[""])
    for which, inputs in given.items():
        called = solution if which else [_noting(part, returned) for part in solution]
        try:
            for step in steps(run(*called, **inputs)):
                found.update({name + which: value for name, value in step.items()})
            if which == "[between]" and all(map(_is_plain, returned)):
                # taken apart once more: this call may have put something else into what the first one returned
                again = iter(returned)
                found.update(gathered(run(*(_handing(part, again) for part in solution), **first)))
        except Exception as error:
            raised.append(error)
    yield found
    if raised:
        raise raised[0]


def _noting(part: Any, returned: list[Any]) -> Any:
    """Return a function that notes what another returns; anything else as it is."""
    if not isinstance(part, FunctionType):
        return part

    @functools.wraps(part)
    def noting(*arguments: Any, **options: Any) -> Any:
        returned.append(part(*arguments, **options))
        return returned[-1]

    return noting


def _handing(part: Any, returned: Iterator[Any]) -> Any:
    """Return a function that hands out what was returned, in the place of another; anything else as it is."""
    return (lambda *arguments, **options: next(returned)) if isinstance(part, FunctionType) else part


def _is_plain(value: Any) -> bool:
    """Return whether a value is made of numbers, arrays and texts alone, which nothing but a later call changes."""
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, np.ndarray | np.generic | int | float | str)


def _transposed(value: Any) -> Any:
    """Return a copy in which every array lies in memory as the transpose of another one does."""
    if isinstance(value, dict):
        return {key: _transposed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_transposed(item) for item in value]
    return value.copy(order="F") if isinstance(value, np.ndarray) else copy.deepcopy(value)


def steps(results: Results) -> Iterator[dict[str, Any]]:
    """Yield the results of a run, step by step."""
    if isinstance(results, dict):
        yield results
    else:
        yield from results


def gathered(results: Results) -> dict[str, Any]:
    """Return the results of all steps of a run."""
    return {name: value for step in steps(results) for name, value in step.items()}


def unpack(result: Any, *names: str) -> tuple[Any, ...]:
    """Take a returned tuple apart, as ``loss, grads = unpack(result, "loss", "grads")``.

    Raises
    ------
    WrongReturn
        Where the result is not a tuple or list of as many values as names, nor an array of as many numbers.
    """
    wanted = "(" + ", ".join(names) + ")"
    if result is None:
        raise WrongReturn(f"it should return {wanted}; it returned None: is `return` missing?")
    if isinstance(result, np.ndarray) and result.shape == (len(names),):
        return tuple(result)
    if not isinstance(result, tuple | list):
        raise WrongReturn(f"it should return {wanted}; it returned one {type(result).__name__}")
    if len(result) != len(names):
        raise WrongReturn(f"it should return {wanted}; it returned {len(result)} values")
    return tuple(result)


def named(results: Any, names: Sequence[str], what: str = "the gradients") -> dict[str, Any]:
    """Take the named values out of a returned dict; a name that is not there is left out.

    Parameters
    ----------
    results
        What was returned.
    names
        The keys that are taken.
    what
        What is told of where it is no dict.

    Raises
    ------
    WrongReturn
        Where the result is no dict.
    """
    if not isinstance(results, Mapping):
        raise WrongReturn(
            f"{what} should be a dict with the keys {', '.join(names)}, "
            f"not {'None' if results is None else 'a ' + type(results).__name__}"
        )
    return {name: results[name] for name in names if name in results}
