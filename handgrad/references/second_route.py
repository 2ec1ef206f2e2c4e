"""A second route to the right results: ``grader_tests/A/second_route.py`` holds the reference against it.

It holds ``SECOND_ROUTE``, a function for each exercise that has a right answer: from a case to results
by name, worked out in another way than the reference does it. Where rounding keeps the two further
apart than usual, ``TOLERANCE`` gives the exercise's own bound.
"""

from __future__ import annotations

import copy
import importlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from handgrad.judging.exercise import Case, calling_between, gathered
from handgrad.references.assignment import Assignment
from handgrad.references.course import ReferencesMissing
from handgrad.references.hidden import expected

Route = Callable[[Case], Mapping[str, Any]]

CLOSE = 1e-12
"""The largest difference between two routes, relative to the largest element of a result."""


def second_routes(assignment: Assignment) -> Mapping[str, Route]:
    """Return the second routes of an assignment, by exercise.

    Raises
    ------
    ReferencesMissing
        Where the file cannot be imported.
    """
    routes: Mapping[str, Route] = _module(assignment).SECOND_ROUTE
    return routes


def disagreements(assignment: Assignment, name: str, cases: Mapping[str, Case], route: Route) -> list[str]:
    """Return a sentence for each result in which a second route does not agree with the reference.

    Parameters
    ----------
    assignment, name
        The exercise; one that has a right answer.
    cases
        Inputs to compare on, by the name of the case.
    route
        The second route.
    """
    close = getattr(_module(assignment), "TOLERANCE", {}).get(name, CLOSE)
    found = []
    for label, case in cases.items():
        right = expected(assignment, name, case)
        where = f"in the case {label!r}, the second route"
        try:
            given = gathered(calling_between(lambda **inputs: dict(route(inputs)))(**copy.deepcopy(case)))
            other = {result: np.asarray(value, dtype=np.float64) for result, value in given.items()}
        except Exception as error:
            found.append(f"{where} raises {type(error).__name__}: {error}")
            continue
        found += [f"{where} does not give {result!r}" for result in right if result not in other]
        found += [f"{where} gives {result!r}, which the reference does not" for result in other if result not in right]
        for result in right.keys() & other.keys():
            a, b = right[result], other[result]
            if a.shape != b.shape:
                found.append(f"{where} gives {result!r} in the shape {b.shape}; the reference's is {a.shape}")
                continue
            difference = np.abs(a - b).max(initial=0)
            # not the other way round: a NaN is no agreement
            if not difference <= close * np.abs(a).max(initial=0):
                found.append(f"{where} is off by {difference:.1e} in {result!r}")
    return found


def _module(assignment: Assignment) -> Any:
    name = f"grader_tests.{assignment.name}.second_route"
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise ReferencesMissing(f"{name} cannot be imported ({type(error).__name__}: {error})") from error
