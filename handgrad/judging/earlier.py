"""Earlier exercises that a solution uses: which of them it calls, and what right ones return on public inputs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import CodeType
from typing import Any

import numpy as np

from handgrad.judging.arrays import leaves
from handgrad.judging.truth import EarlierCall, Truth

CLOSE = 1e-7
"""How far arguments may be from recorded ones, of the largest number: another order of summation moves them less."""


def names_read(solution: Sequence[Any], namespace: Mapping[str, Any]) -> set[str]:
    """Return the names of a namespace that functions and classes read, and those that they use in turn."""
    found: set[str] = set()
    left = [code for value in solution for code in _codes(value)]
    while left:
        code = left.pop()
        left += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        new = {name for name in code.co_names if name in namespace} - found
        found |= new
        left += [inner for name in new for inner in _codes(namespace[name])]
    return found


def _codes(value: Any) -> list[CodeType]:
    """Return the code of a function, or of the methods of a class, that a student wrote."""
    if getattr(value, "__module__", None) != "__main__":
        return []
    members = vars(value).values() if isinstance(value, type) else [value]
    functions = [getattr(member, "__func__", member) for member in members]  # a static method holds its function
    return [function.__code__ for function in functions if hasattr(function, "__code__")]


@contextmanager
def replayed(names: Sequence[str], truths: Mapping[str, Truth], namespace: dict[str, Any]) -> Iterator[list[str]]:
    """Put what right solutions return on the public inputs in the place of earlier exercises, while this lasts.

    Yields
    ------
    list
        The names of those that were called with other arguments, so that no right result is known.
    """
    missed: list[str] = []
    own = {name: namespace[name] for name in names if name in namespace}
    for name in names:
        known = [call for truth in truths.values() for call in truth.earlier.get(name, ())]
        namespace[name] = _replay(name, known, missed)
    try:
        yield missed
    finally:
        for name in names:
            namespace.pop(name, None)
        namespace.update(own)


def _replay(name: str, known: Sequence[EarlierCall], missed: list[str]) -> Callable[..., Any]:
    def replay(*arguments: Any, **named: Any) -> Any:
        for theirs, result in known:
            if not named and _alike(list(arguments), theirs):
                return copy.deepcopy(result)
        missed.append(name)
        raise LookupError(f"what {name} gives there is not known")

    return replay


def _alike(a: Any, b: Any) -> bool:
    """Return whether two lists of arguments are the same but for rounding."""
    mine, theirs = dict(leaves(a)), dict(leaves(b))
    return mine.keys() == theirs.keys() and all(_close(mine[path], theirs[path]) for path in mine)


def _close(a: Any, b: Any) -> bool:
    if not isinstance(a, np.ndarray | np.generic | float | int):
        return bool(type(a) is type(b) and a == b)
    x, y = np.asarray(a), np.asarray(b)
    return x.shape == y.shape and bool(np.all(np.abs(x - y) <= CLOSE * np.abs(y).max(initial=0)))
