"""``make truth`` counts what it should, and finds what is planted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from handgrad import references
from handgrad.building import build
from handgrad.grading import truth
from handgrad.grading.truth import Count, Outcome, count, defects
from handgrad.references import Assignment
from handgrad.references.mutants import slips
from tests.conftest import ROOT


def test_an_exercise_has_a_corpus_without_defects() -> None:
    counted = count(("mlp_backprop", "sgd_step"))
    assert len(counted.of("right")) >= 7
    assert len(counted.of("mistake")) >= 8
    assert len(counted.of("mutant")) >= 5
    assert defects(counted) == []


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        (Outcome("right", "loops", right=False, told=("sign",)), "loses points"),
        (Outcome("mistake", "uphill", right=True, diagnosis_right=True), "keeps its points"),
        (Outcome("generic", "sign of W", right=False, diagnosis_right=False, told=("zeros",)), "is diagnosed as"),
    ],
)
def test_each_kind_of_defect_is_reported(outcome: Outcome, word: str) -> None:
    (sentence,) = defects(Count("f", [outcome]))
    assert word in sentence


def test_a_list_of_equal_mutants_that_is_out_of_date_is_a_defect() -> None:
    assert "no mutant any more" in defects(Count("f", unused_equal=("x: a -> b",)))[0]


def test_a_blind_set_of_cases_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """With gradients of 0 in every case, mutants of the step survive, and truth says so."""
    assignment = references.load("mlp_backprop", ROOT)
    reference = assignment.references["sgd_step"]

    def blind(rng: np.random.Generator) -> dict[str, Any]:
        cases = reference.cases(rng)
        for case in cases.values():
            case["grads"] = {name: 0 * value for name, value in case["grads"].items()}
        return cases

    blinded = dataclasses.replace(
        assignment, references={**assignment.references, "sgd_step": dataclasses.replace(reference, cases=blind)}
    )
    monkeypatch.setattr(truth.references, "load", lambda name, course: blinded)
    found = defects(count(("mlp_backprop", "sgd_step")))
    assert any("'uphill' (mistake) keeps its points" in sentence for sentence in found)


def test_slips_cover_the_kinds_of_change() -> None:
    source = "def f(a, b):\n    c = a.T @ b[1:] - 2 * b.sum(axis=0)\n    c += a > 0\n    return c / len(a)\n"
    kinds = {slip.kind for slip in slips(source)}
    assert {"term_missing", "factor_missing", "sign", "inverse", "order", "constant"} <= kinds
    assert {"axis", "transpose", "function", "comparison", "overwritten", "slice", "deleted"} <= kinds
    texts = [slip.source for slip in slips(source)]
    assert len(texts) == len(set(texts))


EVERY = [(name, exercise) for name in build.assignments(ROOT) for exercise in references.load(name, ROOT).exercises]


@pytest.mark.parametrize(("name", "exercise"), EVERY)
def test_every_exercise_has_at_least_four_known_mistakes_or_is_a_choice(
    load: Callable[[str], Assignment], name: str, exercise: str
) -> None:
    assignment = load(name)
    mistakes = assignment.references[exercise].mistakes
    least = 2 if exercise.startswith("bug_") else 4
    assert len(mistakes) >= least
    # those of an exercise that is judged by properties share the few names that these give
    if assignment.exercises[exercise].properties is None:
        assert len({mistake.name for mistake in mistakes}) == len(mistakes)
    for mistake in mistakes:
        assert mistake.message.endswith((".", "?", ".)"))
        assert references.mistaken_source(assignment, exercise, mistake) != assignment.model[exercise]


@pytest.mark.parametrize("name", build.assignments(ROOT))
def test_cases_have_names_that_the_check_can_show(load: Callable[[str], Assignment], name: str) -> None:
    for exercise, reference in load(name).references.items():
        cases: Mapping[str, Any] = references.draw(load(name), exercise, b"names").inputs
        known = load(name).exercises[exercise]
        assert len(cases) >= 2 or known.properties is not None or not known.more, exercise
        assert set(reference.public) <= set(cases), exercise
        assert reference.public, exercise
