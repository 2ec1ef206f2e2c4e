"""What is known of a case: the right results, and those that known mistakes lead to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handgrad.judging.arrays import Array
from handgrad.judging.diagnosis import Context


@dataclass(frozen=True)
class Misconception:
    """A known mistake.

    Attributes
    ----------
    name
        What reports call it.
    message
        What the student is told.
    weak
        Whether it is only looked at where nothing else explains a part.
    variant
        Tells mistakes with the same words apart.
    """

    name: str
    message: str
    weak: bool = False
    variant: int = 0


@dataclass(frozen=True)
class LargeTruth:
    """What is known of a large case.

    Attributes
    ----------
    expected
        The right results by name, float64; none where only the time counts.
    passes
        Works out how many forward passes take as long as the student's code may take; None where that is not known.
    """

    expected: Mapping[str, Array] = field(default_factory=dict)
    passes: Callable[[], float] | None = None


EarlierCall = tuple[list[Any], Any]
"""The arguments of a call, and what it returns."""


@dataclass(frozen=True)
class Truth:
    """What is known of one case.

    Attributes
    ----------
    expected
        The right results by name, float64.
    context
        What the generic diagnoses may use, by name of the result.
    wrong
        For each misconception, the results that it leads to.
    inputs
        The inputs, for an exercise that is judged by properties.
    earlier
        The calls of earlier exercises that the model solution makes, by their names; for public cases only.
    """

    expected: Mapping[str, Array]
    context: Mapping[str, Context] = field(default_factory=dict)
    wrong: Mapping[Misconception, Mapping[str, Array]] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    earlier: Mapping[str, Sequence[EarlierCall]] = field(default_factory=dict)
