"""Formulas that a student derives: each is checked entry by entry, in words, and nothing is graded.

A :class:`Derivation` stands in the module ``derivations`` of its assignment, and a plain cell of the notebook ends in
``derivations.NAME.check(FUNCTION)``, below a function that returns ``...`` until the student writes a formula. The
function takes what the formula may contain, and then its indices, and returns one number::

    def _softmax(rng):
        s = rng.normal(size=4)

        def forward(at):
            return np.exp(at("the numerator", s)) / np.exp(at("the sum", s)).sum()

        return through(forward, forward(unmoved))

    dp_ds = Derivation("∂p_i/∂s_j", "ij", _softmax)

    def my_dp_ds(p, i, j):
        return ...

    dp_ds.check(my_dp_ds)

The right values are measured in the forward pass, as on a :class:`~handgrad.assignments.ladder.Ladder`, so no answer
stands here. A forward pass that hands the same quantity to ``at`` at each place where it occurs, under another name,
has a check that can say which of these places a formula leaves out; and one that takes the operations or factors in
which a mistake can be made as arguments, has a check that names these mistakes. Where the notebook would give the
formula away before that cell, it stands in a fold behind it, so that the exercise can be solved without it, too.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from handgrad.assignments.ladder import Array, Mistakes, measured
from handgrad.judging.diagnosis import Context, diagnose

POINTS = 3
"""How many draws of numbers a formula is tried with."""


class NoNumber(Exception):
    """A formula gives no number that could be compared; the text says why."""


@dataclass(frozen=True)
class Point:
    """Numbers to try a formula with.

    Attributes
    ----------
    given
        The arguments of the formula, before its indices.
    terms
        What the right values are the sum of, by name; an axis for each index of the formula.
    mistaken
        What known mistakes lead to, by what is told of them.
    """

    given: tuple[Any, ...]
    terms: Mapping[str, Array]
    mistaken: Mapping[str, Array] = field(default_factory=dict)

    @property
    def right(self) -> Array:
        right: Array = np.sum(list(self.terms.values()), axis=0)
        return right


def unmoved(name: str, value: Array) -> Array:
    """Return a quantity as it is: for the values of a forward pass."""
    return value


def through(forward: Callable[..., Any], *given: Any, mistakes: Mistakes | None = None) -> Point:
    """Return the derivative of what a forward pass returns, a term for each place where the quantity occurs.

    Parameters
    ----------
    forward
        Hands the same quantity to ``at`` at each place where it occurs, under the name of that place.
    given
        What the formula may contain.
    mistakes
        Known mistakes.
    """
    places: dict[str, Array] = {}

    def note(name: str, value: Array) -> Array:
        places[name] = value
        return value

    def terms(**changes: Any) -> dict[str, Array]:
        changed = functools.partial(forward, **changes)
        return {name: measured(changed, name, np.shape(value)) for name, value in places.items()}

    forward(note)
    wrong = {told: np.sum(list(terms(**changes).values()), axis=0) for told, changes in (mistakes or {}).items()}
    return Point(given, terms(), wrong)


class Derivation:
    """Checks a formula for one entry of a derivative, or of anything else that has indices.

    Parameters
    ----------
    name
        What is derived, as ``"∂p_i/∂s_j"``: the beginning of each line that is printed.
    letters
        The indices, one letter each, in the order of the arguments and of the axes: those of the result first, then
        those of the quantity that moves; empty for a formula without an index.
    draw
        Takes a generator of random numbers, and returns a point, always of the same shapes.
    """

    def __init__(self, name: str, letters: str, draw: Callable[[np.random.Generator], Point]) -> None:
        self.name, self._letters = name, letters
        rng = np.random.default_rng(0)
        self._points = [draw(rng) for _ in range(POINTS)]

    def check(self, formula: Callable[..., Any]) -> None:
        """Print whether a formula is right, and else where and how it differs; ``...`` stands for no answer yet."""
        try:
            said = self._said(formula, [_entries(formula, point) for point in self._points])
        except NoNumber as reason:
            said = str(reason)
        print(f"{self.name}  {said}")

    def _said(self, formula: Callable[..., Any], values: list[Array]) -> str:
        rights = [point.right for point in self._points]
        wrong = [~_close(yours, right) for yours, right in zip(values, rights, strict=True)]
        if not np.any(wrong):
            entries = f"in {np.size(wrong)} entries" if self._letters else f"at {np.size(wrong)} points"
            return f"✓ right, {entries}"
        if len(self._letters) == 2 and all(_is(yours.T, right) for yours, right in zip(values, rights, strict=True)):
            return f"✗ not yet: {' and '.join(self._letters)} are exchanged"
        mask = np.array(wrong)
        first = self._points[0]
        terms = {name: np.array([point.terms[name] for point in self._points])[mask] for name in first.terms}
        mistaken = {told: np.array([point.mistaken[told] for point in self._points])[mask] for told in first.mistaken}
        how = _how(np.array(values)[mask], np.array(rights)[mask], terms, mistaken)
        return f"✗ not yet{self._where(mask)}: {how or self._example(formula, np.array(values), np.array(rights))}"

    def _example(self, formula: Callable[..., Any], values: Array, rights: Array) -> str:
        """Say what a formula gives where it is furthest from what is right."""
        index = np.unravel_index(int(np.argmax(np.abs(values - rights))), rights.shape)
        at = dict(zip(self._letters, map(int, index[1:]), strict=True)) or _named(formula, self._points[index[0]].given)
        place = ", ".join(f"{name} = {value:.6g}" for name, value in at.items())
        return f"at {place} it gives {values[index]:.6g}, and {rights[index]:.6g} is right"

    def _where(self, wrong: Array) -> str:
        """Say where a formula is wrong; an axis for the points, then one for each index."""
        if wrong.all():
            return ""
        index = np.indices(wrong.shape)[1:]
        for (a, first), (b, second) in itertools.combinations(zip(self._letters, index, strict=True), 2):
            for sign, there in (("=", first == second), ("≠", first != second)):
                if (wrong == there).all():
                    return f" where {a} {sign} {b}"
        return f" in {wrong.sum()} of {wrong.size} {'entries' if self._letters else 'points'}"


def _entries(formula: Callable[..., Any], point: Point) -> Array:
    values = np.empty(point.right.shape)
    for index in np.ndindex(values.shape):
        values[index] = _number(formula, *(np.copy(value) for value in point.given), *index)
    return values


def _number(formula: Callable[..., Any], *arguments: Any) -> float:
    """Return what a formula gives.

    Raises
    ------
    NoNumber
        Where that is no number.
    """
    try:
        value = formula(*arguments)
    except NotImplementedError:
        value = ...
    except IndexError as error:
        shapes = [f"{name} {np.shape(given)}" for name, given in _named(formula, arguments).items() if np.ndim(given)]
        raise NoNumber(f"✗ it stops with IndexError: {error}; the shapes are {', '.join(shapes)}") from error
    except Exception as error:
        raise NoNumber(f"✗ it stops with {type(error).__name__}: {error}") from error
    if value is ... or value is None:
        raise NoNumber("not answered yet")
    if np.shape(value):
        raise NoNumber(f"✗ it returns an array of shape {np.shape(value)}: write the formula of a single entry")
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise NoNumber(f"✗ it returns a {type(value).__name__}, and should return a number") from error


def _named(formula: Callable[..., Any], arguments: Sequence[Any]) -> dict[str, Any]:
    """Return arguments by the names that a formula gives them."""
    return dict(zip(inspect.signature(formula).parameters, arguments, strict=False))


def _close(yours: Array, right: Array) -> Array:
    """Return which numbers are those that were measured."""
    close: Array = np.isclose(yours, right, rtol=1e-8, atol=1e-12)
    return close


def _is(yours: Array, right: Array) -> bool:
    return yours.shape == right.shape and bool(_close(yours, right).all())


def _how(yours: Array, right: Array, terms: Mapping[str, Array], mistaken: Mapping[str, Array]) -> str:
    """Say how wrong entries differ from the right ones, as a part of a sentence; nothing where that is not known."""
    if not right.any():
        return "it should be 0"
    if _is(yours, -right):
        return "the sign is the other way round"
    for told, wrong in mistaken.items():
        if wrong.any() and _is(yours, wrong):
            return told
    for name, term in terms.items():
        if len(terms) > 1 and _is(yours + term, right):
            return f"what comes through {name} is missing"
        if len(terms) > 1 and _is(yours + 2 * term, right):
            return f"what comes through {name} has the other sign"
    if found := diagnose(yours, right, Context()):
        return found[0].message.removesuffix(".")
    return ""
