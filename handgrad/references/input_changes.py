"""What a solution computes where it takes one of its inputs for something else.

An input that is forgotten counts as zero, one that is not transposed as its transpose, a copied line reads the
neighbour's. The model solution with such an input gives just what the mistaken solution gives, whatever its style; and
the message needs no names but those of the inputs, which every student knows.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from handgrad.judging.arrays import Array, leaves
from handgrad.judging.exercise import Case

MOST_INPUTS = 24
"""The largest number of inputs that are tried one by one."""

FEW_INPUTS = 8
"""Up to so many, all is tried, and each in the place of each; of more, those whose names differ by a letter."""

Alone = tuple[str, str, Callable[[Array], bool], Callable[[Any], Any]]
"""What one input may be taken for: a name, words, whether that is possible, and how it is made."""

COMMON: tuple[Alone, ...] = (
    ("input_zero", "`{}` is taken as 0, or forgotten", lambda value: True, lambda value: value * 0.0),
    (
        "input_transposed",
        "`{}` is transposed once too often, or once too little",
        lambda value: value.ndim == 2 and value.shape[0] == value.shape[1],
        np.transpose,
    ),
)
ALONE: tuple[Alone, ...] = (
    *COMMON,
    ("input_one", "`{}` is taken as 1, or forgotten", lambda value: value.ndim == 0, lambda value: value * 0.0 + 1),
    (
        "input_capped",
        "`{}` is taken as 1 where it is larger",
        lambda value: value.ndim == 0,
        lambda value: min(value, 1.0),
    ),
    ("input_squared", "`{}` is squared", lambda value: value.ndim == 0, lambda value: value**2),
    ("input_sign", "the sign of `{}` is changed", lambda value: True, lambda value: -value),
    ("input_absolute", "the signs of `{}` are lost", lambda value: True, abs),
    (
        "input_reversed",
        "`{}` is taken from its end to its start",
        lambda value: value.ndim > 0,
        lambda value: value[::-1],
    ),
)


@dataclass(frozen=True)
class InputChange:
    """An input that is taken for something else.

    Attributes
    ----------
    name
        What reports call it.
    message
        A sentence to the student.
    made_in
        Returns a copy of a case with the change.
    """

    name: str
    message: str
    made_in: Callable[[Case], Case]


def common_leaves(cases: Mapping[str, Case]) -> dict[str, list[Array]]:
    """Return the arrays and numbers that every case has, by their path, with their value in each case."""
    each = [dict(leaves(case)) for case in cases.values()]
    return {
        path: [np.asarray(found[path]) for found in each] for path in each[0] if all(path in found for found in each)
    }


def input_changes(cases: Mapping[str, Case]) -> Iterator[InputChange]:
    """Yield each change of one input, or of two, that the cases allow."""
    known = common_leaves(cases)
    # whole numbers in one case are numbers like those in the others; in all of them they are labels, or counts
    kinds = {path: {value.dtype.kind for value in values} for path, values in known.items()}
    floats = {path: values for path, values in known.items() if "f" in kinds[path] <= {"f", "i"}}
    if len(floats) > MOST_INPUTS:
        return
    few = len(floats) <= FEW_INPUTS
    for path, values in floats.items():
        for name, words, allowed, change in ALONE if few else COMMON:
            if all(map(allowed, values)):
                yield _change(name, words.format(path), {path: _made_of(path, change)})
    for path, values in known.items():
        if all(value.dtype.kind == "i" and value.ndim == 1 for value in values):
            words = f"the classes in `{path}` are counted from 1"
            yield _change("counted_from_one", words, {path: _made_of(path, lambda value: value - 1)})
    for one, other in permutations(floats, 2):
        shapes = [(a.shape, b.shape) for a, b in zip(floats[one], floats[other], strict=True)]
        if any(a != b for a, b in shapes) or not (few or _differ_by_a_letter(one, other)):
            continue
        put = {one: _made_of(other)}
        yield _change("other_input", f"`{other}` stands in place of `{one}`", put)
        if few and one < other:
            put_both = {**put, other: _made_of(one)}
            yield _change("inputs_exchanged", f"`{one}` and `{other}` are exchanged", put_both)


Made = Callable[[Mapping[str, Any]], Any]
"""From all the inputs by path to the value of one."""


def _made_of(path: str, change: Callable[[Any], Any] = copy.deepcopy) -> Made:
    return lambda found: change(found[path])


def _differ_by_a_letter(one: str, other: str) -> bool:
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1


def _change(name: str, words: str, put: Mapping[str, Made]) -> InputChange:
    def made_in(case: Case) -> Case:
        changed: Case = copy.deepcopy(case)
        found = dict(leaves(case))
        new = {path: value(found) for path, value in put.items()}
        return {key: _replaced(value, key, new) for key, value in changed.items()}

    return InputChange(name, f"it is just what comes out when {words}.", made_in)


def _replaced(value: Any, path: str, new: Mapping[str, Any]) -> Any:
    """Return nested inputs with new values at some paths, which are those of :func:`leaves`."""
    if isinstance(value, Mapping):
        return {key: _replaced(item, f"{path}[{key!r}]", new) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_replaced(item, f"{path}[{index}]", new) for index, item in enumerate(value))
    return new.get(path, value)
