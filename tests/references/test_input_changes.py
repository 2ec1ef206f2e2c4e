"""A solution that takes one input for another thing is explained by the model solution with that input."""

from __future__ import annotations

from typing import Any

import numpy as np

from handgrad import references
from handgrad.references.input_changes import common_leaves, input_changes
from handgrad.references.mutants import mutants

CASES: dict[str, dict[str, Any]] = {
    "one": {"params": {"W": np.eye(2) + 1, "a": np.ones(2), "b": np.zeros(2)}, "labels": np.array([0, 1]), "reg": 3.0},
    "two": {"params": {"W": np.eye(3) - 2, "a": np.ones(3), "b": np.zeros(3)}, "labels": np.array([1, 1]), "reg": 0.5},
}


def test_each_change_is_of_the_inputs_that_it_names_and_of_no_others() -> None:
    changes = list(input_changes(CASES))
    assert {change.name for change in changes} >= {"input_zero", "input_transposed", "counted_from_one", "other_input"}
    for change in changes:
        made = {case: change.made_in(inputs) for case, inputs in CASES.items()}
        for path, values in common_leaves(CASES).items():
            same = [np.array_equal(now, then) for now, then in zip(common_leaves(made)[path], values, strict=True)]
            assert f"`{path}`" in change.message or all(same)


def test_whole_numbers_in_one_case_are_numbers_as_in_the_others() -> None:
    cases = {case: {"x": np.array(x), "labels": np.array([0, 1])} for case, x in {"a": [1.5, 2.0], "b": [1, 2]}.items()}
    zero = next(change for change in input_changes(cases) if change.name == "input_zero")
    assert {case: zero.made_in(inputs)["x"].tolist() for case, inputs in cases.items()} == {"a": [0, 0], "b": [0, 0]}
    assert not any("`labels`" in change.message for change in input_changes(cases) if change.name == "input_zero")


def test_arguments_are_named_by_the_words_of_the_notebook() -> None:
    """A message of a mutant has no name of the model solution that is not an input or a part as well."""
    assignment = references.load("lstm_2d")
    hidden = references.draw(assignment, "md_cell_backward", b"names")
    (truth, *_) = hidden.with_mutants.values()
    messages = [mistake.message for mistake in truth.wrong if mistake.name.startswith("mutant")]
    known = {*assignment.exercises["md_cell_backward"].parts, *truth.inputs, "params", "cache"}
    names = {message.partition("`")[2].rpartition("`")[0] for message in messages} - {""}
    assert names <= known
    assert {mutant.target for mutant in mutants(assignment.model["md_cell_backward"])} - known


def test_an_input_that_is_forgotten_is_named() -> None:
    assignment = references.load("vanishing_gradients")
    hidden = references.draw(assignment, "rnn_forward", b"forgotten")
    forgotten = next(m for m in next(iter(hidden.with_mutants.values())).wrong if "`params['b2']`" in m.message)
    for truth in hidden.with_mutants.values():
        assert np.allclose(truth.wrong[forgotten]["ys"], truth.expected["ys"] - truth.inputs["params"]["b2"])
