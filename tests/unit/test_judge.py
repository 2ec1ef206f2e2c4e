"""What a verdict repeats of what the student's code did, on public cases, on one's own machine, and at grading."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from handgrad.judging.difference import known_mistakes
from handgrad.judging.disclosure import HIDDEN, OWN_MACHINE, PUBLIC, Disclosure
from handgrad.judging.evidence import Call, collect
from handgrad.judging.exercise import Exercise
from handgrad.judging.judge import judge
from handgrad.judging.truth import Misconception, Truth
from handgrad.judging.verdict import UNCHANGED, PartVerdict, Verdict

SECRET = 1.2345
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
        (HIDDEN, "it raised ValueError."),
    ],
)
def test_an_exception_is_told_as_far_as_may_be(disclosure: Disclosure, told: str) -> None:
    assert part(raises, disclosure).findings[0].message == told


@pytest.mark.parametrize(
    ("solution", "told"),
    [
        (raises_its_own, "it raised an error."),
        (another_type, "it is of another type; it should be an array of real numbers."),
        (lambda x: None, "it is None; it should be an array of real numbers."),
        (lambda x: np.zeros(10_000), "it is far larger than it can be; it should be an array of real numbers."),
    ],
)
def test_at_grading_no_name_that_the_student_made_is_repeated(solution: Any, told: str) -> None:
    assert part(solution, HIDDEN).findings[0].message == told


@pytest.mark.parametrize("disclosure", [PUBLIC, OWN_MACHINE, HIDDEN])
def test_a_changed_argument_is_named_everywhere(disclosure: Disclosure) -> None:
    verdict = judged(changes, disclosure)
    (changed,) = [part for part in verdict.parts if part.name == UNCHANGED]
    assert "its argument `x`" in changed.findings[0].message


@pytest.mark.parametrize(
    ("solution", "public", "hidden"),
    [
        (lambda x: 3.217 * x**2, "3.217 times", "another factor times what it should be"),
        (lambda x: 3 * x**2, "3 times", "3 times"),
        (lambda x: np.zeros((17, 3)) + 1, "its shape is (17, 3); it should be (4,)", "another one; it should be (4,)"),
        (lambda x: x**2 * [1, np.nan, 1, 1], "in 1 of 4 elements, first at [1]", "NaN in some elements: an overflow"),
        (lambda x: x**2 + [0, 9.25, 0, 0.5], "2 of 4 elements are right; ", "Some elements are right; "),
    ],
)
def test_no_number_that_the_student_chose_is_told_of_hidden_cases(solution: Any, public: str, hidden: str) -> None:
    """A number could be chosen by what was seen; the sentences are few."""
    inputs = {f"case {k}": {"x": np.array([SECRET, k, -0.3, 2.7])} for k in range(2)}
    truths = {label: Truth({"y": case["x"] ** 2}, inputs=case) for label, case in inputs.items()}
    found = [
        judge(EXERCISE, collect(EXERCISE, {"square": solution}, inputs), truths, disclosure)
        .parts[0]
        .findings[0]
        .message
        for disclosure in (OWN_MACHINE, HIDDEN)
    ]
    assert public in found[0]
    assert hidden in found[1]
    assert re.search(r"\d\.\d|17|\[1\]", found[1]) is None


def test_numbers_are_shown_of_public_cases_alone() -> None:
    example = part(np.sqrt, PUBLIC).example
    assert example is not None
    assert example[1].startswith("y[0] = 1.52399")
    assert part(np.sqrt, OWN_MACHINE).example is None
    assert part(np.sqrt, HIDDEN).example is None


def test_the_few_hidden_cases_in_which_a_part_is_wrong_are_named() -> None:
    def large_only(x: Any) -> Any:
        return x**2 if x[1] < 3 else -(x**2)

    assert part(large_only, HIDDEN, cases=3).findings[0].message.endswith("Wrong only in the case “case 3”.")
    assert "Wrong only in" not in part(large_only, PUBLIC, cases=3).findings[0].message


TWO_PARTS = Exercise("pair", lambda solution, x: {}, {"y": "(4,)", "z": "a number"}, ("pair",))


def fitting(y: Any, z: Any, wrong: dict[str, Any]) -> list[str]:
    """Return what known mistake is named in the part ``z`` of a call that gives y and z."""
    mistake = Misconception("mistake", "a mistake.")
    truth = Truth({"y": np.arange(4) / 7, "z": np.array(0.3)}, wrong={mistake: wrong})
    found = known_mistakes(TWO_PARTS, "z", {"case": Call({"y": y, "z": np.array(z)})}, {"case": truth})
    return [finding.name for finding in found]


def test_a_known_mistake_that_fits_one_number_is_not_named_against_another_part() -> None:
    right, mistaken = np.arange(4) / 7, {"y": np.arange(4) / 9, "z": np.array(1.0)}
    assert fitting(mistaken["y"], 1.0, mistaken) == ["mistake"]
    assert fitting(right, 1.0, mistaken) == []
    assert fitting(right, 1.0, {**mistaken, "y": right}) == ["mistake"]


def test_a_known_mistake_that_breaks_off_elsewhere_is_another_one() -> None:
    assert fitting(np.arange(4) / 8, 1.0, {"z": np.array(1.0)}) == []


def test_a_yes_or_no_has_no_size() -> None:
    flag = Exercise("flag", lambda solution, x: {"y": solution(x)}, {"y": "true or false"}, ("flag",))
    truths = {"case": Truth({"y": np.array(1.0)}, inputs={"x": np.zeros(2)})}
    evidence = collect(flag, {"flag": lambda x: False}, {"case": {"x": np.zeros(2)}})
    (wrong, _) = judge(flag, evidence, truths, PUBLIC).parts
    assert [finding.message for finding in wrong.findings] == ["what is asked for here does not hold."]
    assert wrong.example is None


def test_a_whole_number_is_a_value() -> None:
    number = Exercise("number", lambda solution, x: {"y": solution(x)}, {"y": "a number"}, ("number",))
    truths = {"case": Truth({"y": np.array(1.0)}, inputs={"x": np.zeros(2)})}
    evidence = collect(number, {"number": lambda x: 0}, {"case": {"x": np.zeros(2)}})
    (wrong, _) = judge(number, evidence, truths, PUBLIC).parts
    assert [finding.name for finding in wrong.findings] == ["zeros"]
    assert wrong.example is not None


@pytest.mark.parametrize(
    ("chosen", "name"),
    [([1, 0, 0], "choice_incomplete"), ([1, 1, 1], "choice_too_large"), ([0, 0, 1], "wrong_choice")],
)
def test_a_choice_of_several_may_be_incomplete_or_too_large(chosen: list[int], name: str) -> None:
    bug = Exercise("bug", lambda solution, x: {"y": solution(x)}, {"y": "a set"}, ("bug",), unanswered=("y",))
    truths = {"case": Truth({"y": np.array([1.0, 1.0, 0.0])}, inputs={"x": np.zeros(2)})}
    evidence = collect(bug, {"bug": lambda x: chosen}, {"case": {"x": np.zeros(2)}})
    assert [finding.name for finding in judge(bug, evidence, truths).parts[0].findings] == [name]


def test_where_every_case_breaks_off_in_its_own_way_that_is_a_cause() -> None:
    def breaks(x: Any) -> Any:
        return np.zeros((2, 2)) if x[1] < 2 else None

    (finding,) = part(breaks, HIDDEN, cases=2).findings
    assert finding.known
    assert finding.message.startswith("in the case “case 1”, its shape is another one")


def test_factors_that_do_not_fit_are_told_in_words_and_named_where_they_are_square() -> None:
    product = Exercise("product", lambda solution, W, g: {"y": solution(W, g)}, {"y": "(n,)"}, ("product",))
    cases = {
        "wide": {"W": np.arange(6.0).reshape(2, 3), "g": np.array([1.0, 2.0])},
        "square": {"W": np.arange(9.0).reshape(3, 3), "g": np.array([1.0, 2.0, 4.0])},
    }
    turned = Misconception("turned", "W is not transposed.")
    truths = {
        name: Truth(
            {"y": case["W"].T @ case["g"]},
            wrong={turned: {"y": case["W"] @ case["g"]} if name == "square" else {"y": np.zeros(3)}},
            inputs=case,
        )
        for name, case in cases.items()
    }
    evidence = collect(product, {"product": lambda W, g: W @ g}, cases)
    (wrong, _) = judge(product, evidence, truths, PUBLIC).parts
    raised, told = (finding.message for finding in wrong.findings)
    assert "rows of 3 numbers, and what stands right of it has columns of 2." in raised
    assert told == "where it does not stop, W is not transposed."
    assert wrong.example is not None
    assert wrong.example[0].endswith("in the case “square”")
