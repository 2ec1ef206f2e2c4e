"""A case that is called again shows what one call leaves behind for the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from handgrad.judging.evidence import collect
from handgrad.judging.exercise import Exercises, calling_between, gathered
from handgrad.judging.judge import judge
from handgrad.judging.truth import Truth
from handgrad.judging.verdict import UNCHANGED

EXERCISES = Exercises("doubles")
CASE = {
    "x": np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
    "between": {"x": np.array([[7.0, 1.0, 0.0], [2.0, 3.0, 9.0]])},
}


@EXERCISES.add({"y": "the shape of x"})
def double(solution: Any, x: Any) -> dict[str, Any]:
    return {"y": solution(x)}


def wrong_results(solution: Callable[[Any], Any]) -> set[str]:
    exercise = EXERCISES["double"]
    right = gathered(calling_between(lambda x: {"y": 2 * x})(**CASE))
    found = gathered(exercise.run(solution, **CASE))
    assert found.keys() == right.keys() == {"y", "y[between]", "y[again]", "y[transposed]"}
    return {name for name, value in found.items() if not np.array_equal(value, right[name])}


def test_a_function_that_keeps_nothing_is_right_in_every_call() -> None:
    assert not wrong_results(lambda x: 2 * x)


def test_what_a_call_leaves_behind_is_seen() -> None:
    kept: dict[Any, Any] = {}
    assert wrong_results(lambda x: kept.setdefault(x.shape, 2 * x)) == {"y[between]"}
    total = np.zeros((2, 3))

    def adds_up(x: Any) -> Any:
        nonlocal total
        total = total + 2 * x
        return total

    assert wrong_results(adds_up) == {"y[between]", "y[again]", "y[transposed]"}


def test_a_call_that_writes_into_an_earlier_result_is_seen() -> None:
    buffer = np.zeros((2, 3))
    assert wrong_results(lambda x: np.multiply(x, 2, out=buffer)) == {"y[between]"}


def test_a_function_that_relies_on_the_memory_layout_is_seen() -> None:
    def flat(x: Any) -> Any:
        result = np.zeros_like(x)
        result.reshape(-1)[:] = 2 * x.reshape(-1)
        return result

    assert wrong_results(flat) == {"y[transposed]"}


@pytest.mark.parametrize("kept", [{}, []])
def test_a_dict_or_list_that_every_call_fills_anew_is_seen(kept: Any) -> None:
    exercises = Exercises("dicts")

    @exercises.add({"y": "the shape of x"})
    def filled(solution: Any, x: Any) -> dict[str, Any]:
        result = solution(x)
        return {"y": result["y"] if isinstance(result, dict) else result[0]}

    def anew(x: Any) -> Any:
        kept.clear()
        kept.update(y=2 * x) if isinstance(kept, dict) else kept.append(2 * x)
        return kept

    right = gathered(exercises["filled"].run(lambda x: {"y": 2 * x}, **CASE))
    found = gathered(exercises["filled"].run(anew, **CASE))
    assert {name for name, value in found.items() if not np.array_equal(value, right[name])} == {"y"}


@pytest.mark.parametrize("keep", [True, False])
def test_a_changed_argument_costs_once(keep: bool) -> None:
    def double_in_place(x: Any) -> Any:
        x *= 2
        return x.copy() if keep else x

    exercise = EXERCISES["double"]
    truth = Truth(gathered(calling_between(lambda x: {"y": 2 * x})(**CASE)), inputs=CASE)
    evidence = collect(exercise, {"double": double_in_place}, {"called again": CASE})
    verdict = judge(exercise, evidence, {"called again": truth})
    assert [part.name for part in verdict.parts if not part.right] == [UNCHANGED]
    assert verdict.findings[0].message.startswith("the call changes its argument `x`:")


def test_names_of_an_earlier_exercise_are_no_attempt() -> None:
    exercises = Exercises("pairs")
    parts = {"y": "a number"}
    exercises.add(parts, solution=("forward",))(lambda forward: {"y": forward()})

    def both(backward: Any, forward: Any) -> dict[str, Any]:
        return {"y": backward()}

    exercises.add(parts, solution=("backward", "forward"))(both)
    assert exercises["both"].asked == ("backward",)
    assert collect(exercises["both"], {"forward": int}, {"case": {}}) == {"missing": "backward"}


def test_what_came_before_a_call_broke_off_counts() -> None:
    exercises = Exercises("halves")

    @exercises.add({"y": "a number", "z": "a number"})
    def halves(solution: Any, x: float) -> Any:
        yield {"y": solution(x)}
        yield {"z": 1 / 0}

    case = {"x": 1.0, "between": {"x": 2.0}}
    right = {"y": 2.0, "y[between]": 4.0, "y[again]": 2.0, "y[transposed]": 2.0}
    truth = Truth({name: np.array(value) for name, value in {**right, "z": 3.0}.items()}, inputs=case)
    evidence = collect(exercises["halves"], {"halves": lambda x: 2 * x}, {"called again": case})
    verdict = judge(exercises["halves"], evidence, {"called again": truth})
    assert [part.name for part in verdict.parts if not part.right] == ["z"]
    assert verdict.findings[0].name == "raised_ZeroDivisionError"
