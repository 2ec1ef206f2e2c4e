"""Public cases come back from their file as they were, and nothing else is taken for them."""

from __future__ import annotations

import io
import pickle
import zipfile
from typing import Any

import numpy as np
import pytest

from handgrad.assignments import cases
from handgrad.building.build import same_numbers
from handgrad.judging.diagnosis import Context
from handgrad.judging.truth import Misconception, Truth

W = np.arange(6.0).reshape(2, 3)
INPUTS: dict[str, Any] = {
    "params": [(W, np.zeros(0)), (W.T.copy(), np.array(2.5))],
    "labels": np.array([2, 0, 1]),
    "mask": np.array([[True], [False]]),
    "small": np.float32([np.nan, np.inf]),
    "pairs": {(1, "a"): None, "ü": [True, 3, 0.1]},
}
TRUTH = Truth(
    expected={"loss": np.array(0.1), "dW": W.copy()},
    context={"dW": Context(3, np.ones((3, 2, 3))), "loss": Context(3, None)},
    wrong={
        Misconception("sign", "the sign is the other one."): {"dW": -W},
        Misconception("broken", "it stops half-way."): {},
    },
    inputs=INPUTS,
    earlier={"softmax_loss": [([W, np.array([0, 1])], (0.5, W + 10))]},
)
PUBLIC: dict[str, cases.PublicCases] = {
    "layer": ({"square": INPUTS}, {"square": TRUTH}),
    "free": ({"one": {}, "two": {}}, {"one": Truth({}), "two": Truth({})}),
}


def test_they_come_back_as_they_were() -> None:
    assert same_numbers(cases.from_bytes(cases.to_bytes(PUBLIC)), PUBLIC)


def test_an_equal_array_is_stored_once_and_changes_alone() -> None:
    content = cases.to_bytes(PUBLIC)
    with np.load(io.BytesIO(content)) as members:
        row = members["layer.f8"].tolist()
    assert row.count(5.0) == 2  # in W and in its transpose; the right dW is W again
    inputs, truths = cases.from_bytes(content)["layer"]
    inputs["square"]["params"][0][0][:] = 9
    assert np.array_equal(truths["square"].expected["dW"], W)


def test_a_build_repeats_to_the_byte() -> None:
    content = cases.to_bytes(PUBLIC)
    assert cases.to_bytes(cases.from_bytes(content)) == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("value", [np.array([{}]), np.array(["a"]), np.array([1j]), np.array([1], ">i8"), {1}, 1j])
def test_what_has_no_place_in_the_file_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="cannot"):
        cases.to_bytes({"layer": ({"a": {"x": value}}, {"a": Truth({})})})


def pickled() -> bytes:
    file = io.BytesIO()
    np.savez(file, **{"layer.json": np.array([{}], dtype=object)})  # type: ignore[arg-type]
    return file.getvalue()


def without_numbers() -> bytes:
    with np.load(io.BytesIO(cases.to_bytes(PUBLIC))) as members:
        file = io.BytesIO()
        np.savez(file, **{"layer.json": members["layer.json"]})
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", cases.to_bytes(PUBLIC)[:-100], pickled(), pickle.dumps(PUBLIC), without_numbers()],
    ids=["empty", "JSON", "cut off", "pickled array", "pickle", "without numbers"],
)
def test_a_damaged_file_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="is damaged"):
        cases.from_bytes(content)


def test_only_rounding_is_no_difference() -> None:
    def times(factor: float) -> Truth:
        return Truth({"dW": W * factor})

    assert same_numbers(times(1 + 1e-12), times(1))
    assert not same_numbers(times(1 + 1e-6), times(1))
    assert not same_numbers(Truth({"dW": W.astype(np.float32)}), times(1))
    assert not same_numbers(Truth({"dW": W.T}), times(1))
    assert not same_numbers(Truth({"dV": W}), times(1))
    swapped = dict(reversed(TRUTH.wrong.items()))
    assert not same_numbers(Truth(TRUTH.expected, TRUTH.context, swapped, INPUTS), TRUTH)
    assert not same_numbers((1, 2), [1, 2])
