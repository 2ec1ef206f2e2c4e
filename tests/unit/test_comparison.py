"""The comparison accepts what is right, however it is written, and rejects what is not."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from handgrad.judging.arrays import as_result, pack_result, read_array
from handgrad.judging.comparison import RTOL, RTOL_FLOAT32, close, scale_of, tolerance

Array = np.ndarray[Any, Any]

settings.register_profile("gate", deadline=None, derandomize=True, max_examples=150)
settings.load_profile("gate")

SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=1, max_side=5)
SIZES = st.floats(min_value=1e-3, max_value=1e6, width=64)
NUMBERS = st.one_of(st.just(0.0), SIZES, SIZES.map(lambda size: -size))


def arrays(shapes: Any = SHAPES) -> Any:
    return hnp.arrays(np.float64, shapes, elements=NUMBERS)


def handed_over(value: Any) -> Array:
    """Return what the judge reads of a value that left the kernel."""
    packed = pack_result(as_result(value))
    assert "npy" in packed, packed
    return read_array(packed, most_bytes=1 << 20)


@given(arrays(), st.integers(0, 2**32 - 1))
def test_rounding_noise_is_accepted(right: Array, seed: int) -> None:
    noise = np.random.default_rng(seed).uniform(-1e-9, 1e-9, size=right.shape)
    assert close(right * (1 + noise), right)


@given(arrays(), st.data(), st.floats(1.01, 1e6), st.sampled_from([-1, 1]))
def test_one_element_off_by_more_than_the_tolerance_is_rejected(
    right: Array, data: st.DataObject, excess: float, sign: int
) -> None:
    index = tuple(data.draw(st.integers(0, n - 1)) for n in right.shape)
    wrong = right.copy()
    wrong[index] += sign * excess * RTOL_FLOAT32 * scale_of(right)
    assert not close(wrong, right)


@given(arrays(), st.data(), st.floats(1.01, 5))
def test_the_tolerance_of_float64_is_the_tighter_one(right: Array, data: st.DataObject, excess: float) -> None:
    wrong = right.copy()
    index = tuple(data.draw(st.integers(0, n - 1)) for n in right.shape)
    wrong[index] += excess * RTOL * scale_of(right)
    assume(tolerance(wrong) == RTOL)
    assert not close(wrong, right)


@given(arrays(hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=5)))
def test_the_layout_does_not_matter(right: Array) -> None:
    wide = np.zeros([2 * n for n in right.shape])
    strided = wide[tuple(slice(None, None, 2) for _ in right.shape)]
    strided[...] = right
    reversed_twice = right[tuple(slice(None, None, -1) for _ in right.shape)]
    again = np.ascontiguousarray(reversed_twice)[tuple(slice(None, None, -1) for _ in right.shape)]
    for value in (right, np.asfortranarray(right), strided, again):
        assert close(handed_over(value), right)


@given(arrays())
def test_float32_is_held_to_the_looser_tolerance(right: Array) -> None:
    single = right.astype(np.float32)
    assert close(handed_over(single), right)
    assert close(handed_over(single.astype(np.float64)), right)
    assert tolerance(np.array([0.1], dtype=np.float32)) == RTOL_FLOAT32
    assert tolerance(np.array([0.1])) == RTOL


@given(arrays(hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4)))
def test_torch_numpy_and_lists_are_the_same(right: Array) -> None:
    torch = pytest.importorskip("torch")
    for value in (torch.from_numpy(right.copy()), torch.from_numpy(right.copy()).requires_grad_(), right.tolist()):
        assert close(handed_over(value), right)


@pytest.mark.parametrize("value", [2.5, np.float64(2.5), np.array(2.5), np.array([2.5])])
def test_a_number_may_come_in_any_form(value: Any) -> None:
    assert close(handed_over(value).reshape(()), np.array(2.5))


@pytest.mark.parametrize("value", [2.5, [[2.5]]])
def test_a_number_may_come_as_a_tensor(value: Any) -> None:
    torch = pytest.importorskip("torch")
    assert close(handed_over(torch.tensor(value)).reshape(()), np.array(2.5))


@given(arrays(), st.sampled_from([np.nan, np.inf, -np.inf]), st.data())
def test_nan_and_infinity_are_never_right(right: Array, bad: float, data: st.DataObject) -> None:
    wrong = right.copy()
    wrong[tuple(data.draw(st.integers(0, n - 1)) for n in right.shape)] = bad
    assert not close(wrong, right)


@given(arrays(), arrays())
def test_another_shape_is_never_right(a: Array, b: Array) -> None:
    assume(a.shape != b.shape)
    assert not close(a, b)


class AlwaysEqual(np.ndarray[Any, Any]):
    def __eq__(self, other: object) -> bool:  # type: ignore[override]
        return True

    def __array_function__(self, *arguments: Any) -> Any:
        return True

    __hash__ = None  # type: ignore[assignment]


def test_a_subclass_is_read_as_the_numbers_it_holds() -> None:
    zeros = np.zeros((2, 3)).view(AlwaysEqual)
    found = handed_over(zeros)
    assert type(found) is np.ndarray
    assert not close(found, np.ones((2, 3)))


@pytest.mark.parametrize("value", [Fraction(3, 2), [Fraction(1, 2), 1.5], 2**70, np.array([0.5, 1], dtype=object)])
def test_real_numbers_of_any_kind_are_read(value: Any) -> None:
    assert np.array_equal(handed_over(value), np.asarray(value, dtype=np.float64))


@pytest.mark.parametrize("value", [None, "text", {"a": 1}, [1, [2, 3]], np.array([1j]), np.array(["x"]), object()])
def test_what_is_no_array_of_real_numbers_is_described(value: Any) -> None:
    assert set(pack_result(as_result(value))) == {"type"}
