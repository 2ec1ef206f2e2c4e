"""Each relation is named where all cases of a part show it, and nothing is named that isn't so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from handgrad.judging.diagnosis import Context
from handgrad.judging.evidence import Call
from handgrad.judging.exercise import Exercise
from handgrad.judging.relations import relations
from handgrad.judging.truth import Truth

Array = np.ndarray[Any, Any]
EXERCISE = Exercise("layer", lambda solution: {}, {"dW": "(D, H)", "dV": "(D, H)", "db": "(H,)"}, ("layer",))
CASES = {"one": (4, 5), "two": (6, 3), "square": (4, 4)}


def truths(seed: int = 3) -> dict[str, Truth]:
    rng = np.random.default_rng(seed)
    found = {}
    for case, shape in CASES.items():
        W, V = rng.normal(size=(2, *shape))
        inputs = {
            "X": rng.normal(size=(shape[0] + 2, shape[1])),
            "gate": rng.normal(size=shape),
            "rho": rng.uniform(0.2, 0.8),
            "labels": rng.integers(shape[1], size=shape[0]),
        }
        context = {"dW": Context(examples=shape[0] + 2)}
        found[case] = Truth({"dW": W, "dV": V, "db": rng.normal(size=shape[1])}, context, inputs=inputs)
    return found


TRUTHS = truths()


def told(wrong: Callable[[Array, Truth], Any], *, weak: bool = False, part: str = "dW") -> list[str]:
    """Return what is found where one part is made wrong in every case."""
    calls = {
        case: Call({**truth.expected, part: np.asarray(wrong(truth.expected[part], truth))})
        for case, truth in TRUTHS.items()
    }
    return [finding.name for finding in relations(EXERCISE, part, calls, TRUTHS, weak=weak)]


def at_labels(value: Array, truth: Truth) -> Array:
    changed = value.copy()
    changed[np.arange(len(value)), truth.inputs["labels"]] += 1 / len(value) - 1
    return changed


def without_negatives(value: Array, truth: Truth) -> Array:
    return np.where(value < 0, 0, value)


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (lambda value, truth: truth.expected["dV"], "same_as_another_part"),
        (lambda value, truth: value[::-1], "reversed"),
        (lambda value, truth: np.roll(value, 1, 0), "rolled"),
        (lambda value, truth: np.roll(value, -1, 1), "rolled"),
        (lambda value, truth: np.vstack([9 * value[:1], value[:-1]]), "shifted"),
        (lambda value, truth: np.pad(value[:-1, :-1], ((1, 0), (1, 0))), "shifted"),
        (lambda value, truth: value.T.reshape(value.shape), "reshaped_in_place_of_transposed"),
        (lambda value, truth: np.sort(value, axis=None).reshape(value.shape), "rearranged"),
        (lambda value, truth: 0 * value + value.mean(axis=0), "mean_for_each"),
        (lambda value, truth: 0 * value + value.sum(), "sum_for_each"),
        (lambda value, truth: 0 * value + value[-1], "last_repeated"),
        (lambda value, truth: np.round(value, 3), "rounded"),
        (lambda value, truth: np.clip(value, -0.5, 0.5), "bounded"),
        (without_negatives, "zero_in_places"),
        (lambda value, truth: value**2, "square"),
        (lambda value, truth: np.abs(value), "absolute_value"),
        (lambda value, truth: value / np.log(2), "base_2"),
        (lambda value, truth: np.trunc(value * 100) / 100, None),
        (lambda value, truth: value * np.where(np.arange(value.size) % 3, 1, -1).reshape(value.shape), "signs"),
        (at_labels, "one_subtracted_after_the_mean"),
        (lambda value, truth: value * truth.inputs["gate"], "input_as_factor"),
        (lambda value, truth: value / truth.inputs["rho"] ** 2, "input_as_factor"),
        (lambda value, truth: value / len(truth.inputs["X"]), "size_as_factor"),
        (lambda value, truth: value * len(truth.inputs["X"]) / value.size, "another_size"),
        (lambda value, truth: 3 * value.T, "transposed_and_factor_3"),
        (lambda value, truth: -value / len(truth.inputs["X"]), "sign_and_factor_1/N"),
        (lambda value, truth: value + np.random.default_rng(1).normal(size=value.shape), None),
    ],
)
def test_what_is_named(wrong: Callable[[Array, Truth], Any], name: str | None) -> None:
    assert told(wrong) == ([name] if name else [])


def test_a_case_with_too_few_rows_to_be_shifted_speaks_against_no_shift() -> None:
    rng = np.random.default_rng(0)
    right = {case: Truth({"dW": rng.normal(size=shape)}) for case, shape in {"one row": (1, 4), "rows": (5, 4)}.items()}
    calls = {
        case: Call({"dW": np.pad(truth.expected["dW"][:-1, :-1], ((1, 0), (1, 0)))}) for case, truth in right.items()
    }
    assert [finding.name for finding in relations(EXERCISE, "dW", calls, right)] == ["shifted"]


def test_rows_are_divided_by_a_list_of_numbers() -> None:
    right = {f"{k}": Truth({"db[0]": np.array(0.3 * k), "db[1]": np.array(0.7)}, inputs={"n": [k, 9]}) for k in (2, 3)}
    calls = {case: Call({"db[0]": np.array(0.3), "db[1]": np.array(0.7 / 9)}) for case in right}
    (finding,) = relations(EXERCISE, "db", calls, right)
    assert finding.message == "it is the right result divided by `n`, element by element."


def test_faint_results_are_not_taken_for_zeros() -> None:
    value = np.array([0.3, 1.4, -2.2])
    right = {"faint": Truth({"db": 1e-9 * value})}
    calls = {"faint": Call({"db": 1e-9 * value[::-1] + 2e-10})}
    assert relations(EXERCISE, "db", calls, right) == []


@pytest.mark.parametrize(
    ("rows", "name"), [(lambda value: 0 * value, "zero_in_places"), (lambda value: -value[::-1], None)]
)
def test_small_rows_say_nothing_of_the_order_or_the_signs_of_all(
    rows: Callable[[Array], Array], name: str | None
) -> None:
    size = {"dW[0]": 1.0, "dW[1]": 1e-3, "dW[2]": 1e-6, "dW[3]": 1e-9}
    right = {result: s * np.array([1 / 3, 10 / 7, -20 / 9]) for result, s in size.items()}
    found = {result: rows(value) if size[result] < 1e-5 else value for result, value in right.items()}
    told = relations(EXERCISE, "dW", {"fading": Call(found)}, {"fading": Truth(right)})
    assert [finding.name for finding in told] == ([name] if name else [])


def test_rows_of_given_lengths_are_one_array() -> None:
    value = np.array([0.3, 1.4, -2.2])
    right = {case: Truth({f"db[n = {n}]": np.array(value[n]) for n in range(3)}) for case in CASES}
    calls = {case: Call({f"db[n = {n}]": np.array(value[2 - n]) for n in range(3)}) for case in CASES}
    assert [finding.name for finding in relations(EXERCISE, "db", calls, right)] == ["reversed"]


def test_two_parts_that_are_exchanged() -> None:
    calls = {
        case: Call({"dW": truth.expected["dV"], "dV": truth.expected["dW"], "db": truth.expected["db"]})
        for case, truth in TRUTHS.items()
    }
    (finding,) = relations(EXERCISE, "dW", calls, TRUTHS)
    assert finding.message == "`dW` and `dV` are exchanged: each holds the other one."


def test_lines_of_their_own_factor_are_looked_for_last() -> None:
    def scaled(value: Array, truth: Truth) -> Array:
        return value * np.linspace(0.5, 1.7, len(value))[:, None]

    assert told(scaled) == []
    assert told(scaled, weak=True) == ["scaled_rows"]


def test_what_is_kept_between_calls() -> None:
    """The first call is right, and later ones of the same shape hold what it left."""
    right = {case: Truth({"db": np.array([1.5, 2.5]) * k}) for k, case in enumerate(CASES, start=1)}
    first = right["one"].expected["db"]
    returned = {case: Call({"db": first}) for case in right}
    assert [f.name for f in relations(EXERCISE, "db", returned, right)] == ["result_of_an_earlier_call"]
    added = {case: Call({"db": first * k * (k + 1) / 2}) for k, case in enumerate(right, start=1)}
    assert [f.name for f in relations(EXERCISE, "db", added, right)] == ["adds_to_earlier_calls"]


@pytest.mark.parametrize(("factor", "name"), [(2.0, "second_call_adds"), (1.3, "second_call")])
def test_a_second_call_that_differs(factor: float, name: str) -> None:
    value = np.array([0.3, 1.4, -2.2])
    right = {case: Truth({"db": value, "db[again]": value}) for case in CASES}
    calls = {case: Call({"db": value, "db[again]": factor * value}) for case in CASES}
    assert [finding.name for finding in relations(EXERCISE, "db", calls, right)] == [name]


def names(results: Mapping[str, Array], right: Mapping[str, Truth]) -> list[str]:
    return [f.name for f in relations(EXERCISE, "db", {case: Call({"db": results[case]}) for case in right}, right)]


def test_the_same_inputs_that_give_another_result() -> None:
    value = np.array([0.3, 1.4, -2.2])
    inputs = {"one": {"x": value}, "two": {"x": 2 * value}, "three": {"x": value.copy(), "between": {"x": value / 3}}}
    right = {case: Truth({"db": value}, inputs=given) for case, given in inputs.items()}
    assert names({"one": value, "two": value, "three": value + np.array([0.7, 0, 0.4])}, right) == ["not_a_function"]
    # wrong alike for the same inputs is another mistake
    assert (
        names({"one": value + np.array([0.7, 0, 0.4]), "two": value, "three": value + np.array([0.7, 0, 0.4])}, right)
        == []
    )


def test_inputs_that_lie_in_memory_as_a_transpose() -> None:
    value = np.array([0.3, 1.4, -2.2])
    right = {case: Truth({"db": value, "db[transposed]": value}) for case in CASES}
    calls = {case: Call({"db": value, "db[transposed]": value + np.array([0.7, 0, 0.4])}) for case in CASES}
    assert [finding.name for finding in relations(EXERCISE, "db", calls, right)] == ["memory_layout"]


def test_a_factor_that_differs_from_case_to_case() -> None:
    value = np.array([0.3, 1.4, -2.2])
    right = {case: Truth({"db": value}) for case in CASES}
    assert names({case: value * k for k, case in enumerate(CASES, start=7)}, right) == ["factor_differs"]


def test_what_is_nearly_right() -> None:
    value = np.array([0.3, 1.4, -2.2])
    right = {case: Truth({"db": value}) for case in CASES}
    assert names(dict.fromkeys(CASES, value + np.array([1e-3, 0, 2e-3])), right) == ["slightly_off"]
    assert names(dict.fromkeys(CASES, value + np.array([0.02, 0.1, 0.3])), right) == []


def test_a_single_number_is_cut_off_only_at_a_round_one() -> None:
    right = {"small": Truth({"db": np.array(0.4)}), "large": Truth({"db": np.array(1.7)})}
    for bound, names in ((1.0, ["bounded"]), (1.2345, [])):
        calls = {case: Call({"db": np.array(min(truth.expected["db"], bound))}) for case, truth in right.items()}
        assert [finding.name for finding in relations(EXERCISE, "db", calls, right)] == names


def test_flags_have_no_relation() -> None:
    right = {case: Truth({"db": np.array([1.0, 0.0])}) for case in CASES}
    calls = {case: Call({"db": np.array([0, 1])}) for case in CASES}
    assert relations(EXERCISE, "db", calls, right) == []


@pytest.mark.parametrize("seed", range(50))
def test_noise_is_never_given_a_relation(seed: int) -> None:
    noise = np.random.default_rng(seed)
    calls = {
        case: Call({name: np.asarray(noise.normal(size=value.shape)) for name, value in truth.expected.items()})
        for case, truth in TRUTHS.items()
    }
    for part in EXERCISE.parts:
        assert relations(EXERCISE, part, calls, TRUTHS) == relations(EXERCISE, part, calls, TRUTHS, weak=True) == []
