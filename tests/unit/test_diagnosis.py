"""Each generic diagnosis names what it should, and nothing that isn't so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handgrad.judging.diagnosis import Context, diagnose, similarity

Array = np.ndarray[Any, Any]
N = 7
rng = np.random.default_rng(5)
TERMS = rng.normal(size=(N, 3, 4))
RIGHT = TERMS.sum(axis=0)
CONTEXT = Context(N, TERMS)
BIAS_TERMS = rng.normal(size=(N, 4))
BIAS = Context(N, BIAS_TERMS)
ROUNDING = 4e-5 * np.abs(RIGHT).max() * np.sign(rng.normal(size=RIGHT.shape))
CUBE = rng.normal(size=(2, 3, 4))


def at(value: Array, index: tuple[int, ...], what: float) -> Array:
    changed = value.copy()
    changed[index] = what
    return changed


@pytest.mark.parametrize(
    ("wrong", "right", "context", "names"),
    [
        (-RIGHT, RIGHT, CONTEXT, ["sign"]),
        (N * RIGHT, RIGHT, CONTEXT, ["factor_N"]),
        (RIGHT / N, RIGHT, CONTEXT, ["factor_1/N"]),
        (2 * RIGHT, RIGHT, CONTEXT, ["factor_2"]),
        (RIGHT / 2, RIGHT, CONTEXT, ["factor_1/2"]),
        (2 * RIGHT, RIGHT, Context(2, None), ["factor_N", "factor_2"]),
        (0.3 * RIGHT, RIGHT, CONTEXT, ["factor_0.3"]),
        (-2.5 * RIGHT, RIGHT, CONTEXT, ["factor_-2.5"]),
        (1.0002 * RIGHT, RIGHT, CONTEXT, []),
        (RIGHT.T, RIGHT, CONTEXT, ["transposed"]),
        (RIGHT[:3, :3].T, RIGHT[:3, :3], Context(), ["transposed"]),
        (CUBE.transpose(1, 0, 2), CUBE, Context(), ["permuted_axes"]),
        (TERMS, RIGHT, CONTEXT, ["not_summed"]),
        (N * BIAS_TERMS, BIAS_TERMS.sum(axis=0), BIAS, ["not_summed"]),
        (BIAS_TERMS.sum(axis=1), BIAS_TERMS.sum(axis=0), BIAS, ["wrong_axis"]),
        (0 * RIGHT, RIGHT, CONTEXT, ["zeros"]),
        (TERMS[0], RIGHT, CONTEXT, ["first_example_only"]),
        (N * TERMS[-1], RIGHT, CONTEXT, ["last_example_only"]),
        (RIGHT - TERMS[3], RIGHT, CONTEXT, ["example_missing"]),
        (RIGHT + ROUNDING, RIGHT, CONTEXT, ["float32_rounding"]),
        (at(RIGHT, (1, 2), np.nan), RIGHT, CONTEXT, ["nan"]),
        (at(RIGHT, (0, 3), -np.inf), RIGHT, CONTEXT, ["infinity"]),
        (RIGHT[None], RIGHT, CONTEXT, ["extra_axis"]),
        (RIGHT[:, :-1], RIGHT, CONTEXT, ["wrong_shape"]),
        (np.array(2.0), RIGHT, CONTEXT, ["wrong_shape"]),
        (rng.normal(size=RIGHT.shape), RIGHT, CONTEXT, []),
        (np.array(3.3), np.array(1.1), Context(), []),
    ],
)
def test_what_is_named(wrong: Array, right: Array, context: Context, names: list[str]) -> None:
    assert [finding.name for finding in diagnose(wrong, right, context)] == names


def test_values_are_named() -> None:
    assert "7 times too large" in diagnose(N * RIGHT, RIGHT, CONTEXT)[0].message
    assert "0.3 times what it should be" in diagnose(0.3 * RIGHT, RIGHT, CONTEXT)[0].message
    assert "opposite direction" in diagnose(-2.5 * RIGHT, RIGHT, CONTEXT)[0].message
    assert "first at [1, 2]" in diagnose(at(RIGHT, (1, 2), np.nan), RIGHT, CONTEXT)[0].message
    assert "number 3 counted from 0" in diagnose(RIGHT - TERMS[3], RIGHT, CONTEXT)[0].message
    assert "(3, 3)" in diagnose(RIGHT[:, :-1], RIGHT, CONTEXT)[0].message
    assert "not divided by N" in diagnose(N * TERMS[-1], RIGHT, CONTEXT)[0].message


def test_what_can_be_said_where_nothing_fits() -> None:
    wrong = RIGHT.copy()
    wrong[1] += 1
    text = similarity(wrong, RIGHT).message
    assert "8 of 12 elements are right, wrong is row 1" in text
    assert "direction, of about the right size" in text
    assert "the first wrong element is [1, 0]" in text
    assert "no element is off by more than 0.0002" in similarity(1.0002 * RIGHT, RIGHT).message.lower()
    assert not similarity(wrong, RIGHT).known


settings.register_profile("gate", deadline=None, derandomize=True, max_examples=200)
settings.load_profile("gate")


@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 5), st.integers(2, 9))
def test_noise_is_never_given_a_cause(seed: int, rows: int, columns: int, examples: int) -> None:
    """Two random arrays have no relation; with one element or two, a constant may fit by chance alone."""
    noise = np.random.default_rng(seed)
    terms = noise.normal(size=(examples, rows, columns))
    wrong = noise.normal(size=(rows, columns))
    assert diagnose(wrong, terms.sum(axis=0), Context(examples, terms)) == []
