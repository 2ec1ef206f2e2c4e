"""The references of mlp_training are right: a second route by PyTorch agrees, and the bands hold."""

from __future__ import annotations

import ast
import base64
import json
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader_tests.mlp_training import bands
from handgrad import references
from handgrad.assignments.mlp_training import exercises, letters, properties
from handgrad.grading.draw import draw
from handgrad.grading.run import probe_source
from handgrad.judging.arrays import unpack
from handgrad.judging.exercise import steps
from handgrad.references import Assignment


@pytest.fixture(scope="module")
def assignment(load: Callable[[str], Assignment]) -> Assignment:
    return load("mlp_training")


@pytest.mark.parametrize("seed", range(10))
def test_every_draw_is_finite_and_of_some_size(assignment: Assignment, seed: int) -> None:
    for name in assignment.exercises:
        for results in references.draw(assignment, name, b"secret", f"student {seed}").right.values():
            assert all(np.isfinite(value).all() for value in results.values()), name


def test_letters_repeat_and_differ_by_seed() -> None:
    images, labels = letters.draw(1, 4)
    again, _ = letters.draw(1, 4)
    other, _ = letters.draw(2, 4)
    np.testing.assert_array_equal(images, again)
    assert images.shape == (104, 16, 16)
    assert images.dtype == np.uint8
    assert not np.array_equal(images, other)
    assert np.bincount(labels).tolist() == [4] * 26


def test_the_labels_of_fresh_letters_stay_with_the_judge(assignment: Assignment) -> None:
    drawn = draw(assignment, ["letter_reader"], b"secret", "student")
    hidden = drawn.hidden["letter_reader"]
    source = probe_source("### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS", "letter_reader", drawn)
    packed = ast.literal_eval(source.split("deliver(", 1)[1].rsplit(")", 1)[0])
    delivered = json.loads(zlib.decompress(base64.b64decode(packed)))
    for label, case in hidden.inputs.items():
        assert unpack(delivered["cases"][label]).keys() == {"seeds", "each", "fresh", "X", "labels"}
        # nor do the seeds of the training letters, or those near them, lead to them
        for seed in (seed + near for seed in case["seeds"] for near in (-1, 0, 1)):
            assert not np.array_equal(letters.draw(seed, 10)[1], case["right"][:260])


def test_the_band_keeps_training_and_guessing_apart(assignment: Assignment) -> None:
    """A part of the measurement in README.md: the model reads far more than asked, guessing far less."""
    (results, *_) = bands.reached(
        assignment, "letter_reader", references.model_source(assignment, assignment.model), 1
    ).values()
    assert min(results) > exercises.LEAST_ACCURACY + 0.02
    assert exercises.LEAST_ACCURACY > 10 / 26


@pytest.mark.parametrize(
    ("by", "name"), [(0, None), (1, "labels_off_by_one"), (-1, "labels_off_by_one"), (7, "nothing_learned")]
)
def test_what_was_read_is_judged_by_the_share(assignment: Assignment, by: int, name: str | None) -> None:
    case = next(iter(references.draw(assignment, "letter_reader", b"share").inputs.values()))
    broken = exercises.letters_properties(case, {"accuracy": (case["right"] + by) % 26})
    assert broken.get("accuracy", (None,))[0] == name


def test_a_fit_of_another_shape_is_told(assignment: Assignment) -> None:
    broken = exercises.fit_properties({}, {"sin x": np.zeros(3)})
    assert broken["sin x"][0] == "wrong_shape"


def test_a_fit_that_is_no_trained_network_is_told(assignment: Assignment) -> None:
    """A polynomial meets its points, and goes on outside of them as no network does."""
    case = next(iter(references.draw(assignment, "fit_function", b"fit").inputs.values()))
    exercise = assignment.exercises["fit_function"]

    def polynomial(x: Any, y: Any) -> Any:
        found = np.polynomial.Polynomial.fit(x.double().numpy(), y.double().numpy(), 25)
        return lambda z: found(z.double().numpy())

    results = {
        name: np.asarray(value) for step in steps(exercise.run(polynomial, **case)) for name, value in step.items()
    }
    broken = exercises.fit_properties(case, results)
    assert {name: found[0] for name, found in broken.items()} == dict.fromkeys(exercises.FUNCTIONS, "no_network")
    told = {
        "another shape": {"sin x[far]": np.zeros((2, 2))},
        "it is flat": {"sin x[far]": np.zeros(6)},
        "no straight lines": {"sin x[far]": properties.FAR**2},
        "bends at its points alone": {
            "sin x[far]": properties.FAR,
            "sin x[around]": np.abs(np.arange(3) - 1)[:, None] * np.r_[np.ones(200), np.zeros(199)],
        },
    }
    for words, changed in told.items():
        found, message = exercises.fit_properties(case, {**results, **changed})["sin x"]
        assert found == "no_network"
        assert words in message
    gone = {"sin x": np.full(properties.points_between().shape, np.nan)}
    assert exercises.fit_properties(case, {**results, **gone})["sin x"][0] == "not_finite"


def test_losses_that_lead_nowhere_are_told() -> None:
    targets = np.array([0.0, 1.0, 1.0, 1.0])
    unit = {"weights": np.array([-2.0, -1.0]), "bias": 2.0}
    start = {**unit, "targets": targets[:, None]}
    outputs = np.array([0.04, 0.97, 0.97, 0.99])
    first, last = (properties.or_loss(p, targets) for p in (properties.or_outputs(**unit), outputs))
    falling = np.geomspace(first, 1.1 * last, 40)
    assert properties.or_properties(start, {"outputs": outputs, "losses": falling}) == {}
    told = {
        "losses_of_no_training": ({"losses": 2 * falling}, {"losses": falling[:5]}, {"losses[steps]": np.array(400)}),
        "too_few_steps": ({"losses": falling[[0, -1]]},),
        "no_end": ({"losses": np.geomspace(first, 1.1 * last, 2001)}, {"losses[ended]": np.array(False)}),
        "steps_after_it_is_learned": ({"losses[learned before]": np.array(101)},),
    }
    for name, changes in told.items():
        for changed in changes:
            broken = properties.or_properties(start, {"outputs": outputs, "losses": falling, **changed})
            assert {part: found[0] for part, found in broken.items()} == {"losses": name}


def test_readers_that_take_too_long_or_know_other_letters_are_told(assignment: Assignment) -> None:
    case = next(iter(references.draw(assignment, "letter_reader", b"share").inputs.values()))
    right = case["right"]
    slow = {"accuracy": right, "accuracy[seconds]": np.array(properties.MOST_SECONDS + 1)}
    assert properties.letters_properties(case, slow)["accuracy"][0] == "too_slow"
    first_alone = np.where(np.arange(len(right)) < len(right) // 3, right, 25 - right)
    assert properties.letters_properties(case, {"accuracy": first_alone})["accuracy"][0] == "not_trained_anew"
