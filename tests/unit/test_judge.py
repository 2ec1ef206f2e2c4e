"""What a verdict repeats of what the student's code did, on public cases, on one's own machine, and at grading."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from handgrad.judging.disclosure import HIDDEN, OWN_MACHINE, PUBLIC, Disclosure
from handgrad.judging.evidence import collect
from handgrad.judging.exercise import Exercise
from handgrad.judging.judge import judge
from handgrad.judging.truth import Truth
from handgrad.judging.verdict import UNCHANGED, PartVerdict, Verdict

SECRET = 1.2345
LINES = Disclosure(lines={"raise ValueError(x[0])"})
EXERCISE = Exercise("square", lambda solution, x: {"y": solution(x)}, {"y": "(2,)"}, ("square",), returns="an array")


def judged(solution: Callable[[Any], Any], disclosure: Disclosure, cases: int = 1) -> Verdict:
    inputs = {f"case {k}": {"x": np.array([SECRET, k])} for k in range(1, cases + 1)}
    truths = {label: Truth({"y": case["x"] ** 2}, inputs=case) for label, case in inputs.items()}
    return judge(EXERCISE, collect(EXERCISE, {"square": solution}, inputs), truths, disclosure)


def part(solution: Callable[[Any], Any], disclosure: Disclosure, cases: int = 1) -> PartVerdict:
    return judged(solution, disclosure, cases).parts[0]


def raises(x: Any) -> Any:
    raise ValueError(x[0])


def raises_its_own(x: Any) -> Any:
    raise type(f"E{x[0]}".replace(".", "_"), (Exception,), {})(x)


def another_type(x: Any) -> Any:
    return type(f"T{x[0]}".replace(".", "_"), (), {})()


def changes(x: Any) -> Any:
    y = x**2
    x[0] = 0
    return y


@pytest.mark.parametrize(
    ("disclosure", "told"),
    [
        (PUBLIC, "it raised ValueError at the line `raise ValueError(x[0])`: 1.2345."),
        (OWN_MACHINE, "it raised ValueError at the line `raise ValueError(x[0])`: 1.2345."),
        (LINES, "it raised ValueError at the line `raise ValueError(x[0])`."),
        (HIDDEN, "it raised ValueError."),
    ],
)
def test_an_exception_is_told_as_far_as_may_be(disclosure: Disclosure, told: str) -> None:
    assert part(raises, disclosure).findings[0].message == told


@pytest.mark.parametrize("disclosure", [LINES, HIDDEN])
@pytest.mark.parametrize(
    ("solution", "told"),
    [
        (raises_its_own, "it raised an error."),
        (another_type, "it is of another type; it should be an array of real numbers."),
        (lambda x: None, "it is None; it should be an array of real numbers."),
        (lambda x: np.zeros(10_000), "it is far larger than it can be; it should be an array of real numbers."),
    ],
)
def test_at_grading_no_name_that_the_student_made_is_repeated(disclosure: Disclosure, solution: Any, told: str) -> None:
    assert part(solution, disclosure).findings[0].message == told


@pytest.mark.parametrize("disclosure", [PUBLIC, OWN_MACHINE, HIDDEN])
def test_a_changed_argument_is_named_everywhere(disclosure: Disclosure) -> None:
    verdict = judged(changes, disclosure)
    (changed,) = [part for part in verdict.parts if part.name == UNCHANGED]
    assert "its argument `x`" in changed.findings[0].message


def test_numbers_are_shown_of_public_cases_alone() -> None:
    example = part(np.sqrt, PUBLIC).example
    assert example is not None
    assert example[1].startswith("y[0] = 1.52399")
    assert part(np.sqrt, OWN_MACHINE).example is None
    assert part(np.sqrt, HIDDEN).example is None


def test_the_few_hidden_cases_in_which_a_part_is_wrong_are_named() -> None:
    def large_only(x: Any) -> Any:
        return x**2 if x[1] < 3 else -(x**2)

    assert part(large_only, HIDDEN, cases=3).findings[0].message.endswith("Wrong only in: case 3.")
    assert "Wrong only in" not in part(large_only, PUBLIC, cases=3).findings[0].message
