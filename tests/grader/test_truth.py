"""``handgrad truth`` counts what it should, and finds what is planted."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader_tests.mlp_backprop import second_route
from handgrad import references
from handgrad.building import build
from handgrad.cli import main
from handgrad.grading import truth
from handgrad.grading.truth import Count, Graded, count, defects, markdown_row
from handgrad.judging.exercise import Exercises
from handgrad.references import Assignment
from handgrad.references.gaps import gaps
from handgrad.references.mutants import LASTING, mutants
from handgrad.references.right import RELEASE, right_solutions
from handgrad.references.wrong import wrong_solutions
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
        (Graded("right", "loops", right=False, told=("sign",)), "loses points"),
        (Graded("mistake", "uphill", right=True, diagnosis_right=True), "keeps its points"),
        (Graded("generic", "sign of W", right=False, diagnosis_right=False, told=("zeros",)), "is diagnosed as"),
    ],
)
def test_each_kind_of_defect_is_reported(outcome: Graded, word: str) -> None:
    (sentence,) = defects(Count("f", [outcome]))
    assert word in sentence


def test_a_solution_that_ends_in_no_case_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(truth, "SECONDS", 1)
    hidden = references.draw(references.load("mlp_backprop", ROOT), "sgd_step", b"endless")
    assert len(hidden.inputs) > 1
    assert truth._grade(hidden, "def sgd_step(params, grads, learning_rate):\n    while True:\n        pass") is None


def ended(task: tuple[str, str]) -> Count:
    os._exit(1)


def test_a_solution_that_ends_its_process_ends_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(truth, "count", ended)
    assert main(["truth", "mlp_backprop"]) == 2
    assert "terminated abruptly" in capsys.readouterr().err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems bound no memory")
def test_a_worker_has_no_more_memory_than_a_kernel() -> None:
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork"), truth._bound) as pool:
        assert pool.submit(np.ones, 1 << 10).result().sum() == 1 << 10
        with pytest.raises(MemoryError):
            pool.submit(np.zeros, 1 << 30).result()


def test_a_list_of_equal_mutants_that_is_out_of_date_is_a_defect() -> None:
    assert "no mutant any more" in defects(Count("f", unused_equal=("x: a -> b",)))[0]


def test_a_blind_set_of_cases_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """With gradients of 0 in every case, mutants of the step survive, and truth says so."""
    assignment = references.load("mlp_backprop", ROOT)
    reference = assignment.references["sgd_step"]

    def blind(rng: np.random.Generator) -> dict[str, Any]:
        cases = reference.cases(rng)
        for case in [*cases.values(), *(case["between"] for case in cases.values() if "between" in case)]:
            case["grads"] = {name: 0 * value for name, value in case["grads"].items()}
        return cases

    blinded = dataclasses.replace(
        assignment, references={**assignment.references, "sgd_step": dataclasses.replace(reference, cases=blind)}
    )
    monkeypatch.setattr(truth.references, "load", lambda name: blinded)
    found = defects(count(("mlp_backprop", "sgd_step")))
    assert any("'uphill' (mistake) keeps its points" in sentence for sentence in found)


def test_a_requirement_without_a_public_case_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a zero among the public inputs, the visible check calls a gradient right that passes at 0."""
    assignment = references.load("mlp_backprop", ROOT)
    reference = assignment.references["Relu"]
    without = tuple(case for case in reference.public if "zeros" not in case)
    hiding = {**assignment.references, "Relu": dataclasses.replace(reference, public=without)}
    monkeypatch.setattr(truth.references, "load", lambda name: dataclasses.replace(assignment, references=hiding))
    found = [
        sentence for sentence in defects(count(("mlp_backprop", "Relu"))) if "passes the visible check" in sentence
    ]
    assert any(">=" in sentence for sentence in found)


def test_mutants_cover_the_kinds_of_change() -> None:
    source = "def f(a, b):\n    c = a.T @ b[1:] - 2 * b.sum(axis=0)\n    c += a > 0\n    return c / len(a)\n"
    kinds = {mutant.kind for mutant in mutants(source)}
    assert {"term_missing", "factor_missing", "sign", "inverse", "order", "constant"} <= kinds
    assert {"axis", "transpose", "function", "comparison", "overwritten", "slice", "deleted"} <= kinds
    texts = [mutant.source for mutant in mutants(source)]
    assert len(texts) == len(set(texts))


LASTING_SOURCE = """
class Gate:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask


def running(xs, start, grads):
    total = np.zeros(start.shape)
    sums = start - xs[0]
    own = dict(grads)
    last = grads["b"]
    for t in reversed(range(len(xs))):
        total += xs[t]
    return total, start * sums, xs[1:], xs[: len(start)], own, last
"""


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("cut", "list(reversed(range(len(xs))))[:8]"),
        ("short", "1:-1"),
        ("short", ":len(start) - 1"),
        ("step_before", "xs[t - 1]"),
        ("kept", "kept('total', np.zeros(start.shape))"),
        ("kept", "kept('sums', start - xs[0])"),
        ("on_class", "type(self).mask = x > 0"),
        ("in_place", "np.multiply(start, sums, out=start)"),
        ("in_place", "grads.pop('b')"),
        ("copy", "dict(grads) -> grads"),
    ],
)
def test_mutants_cut_keep_and_change_what_is_not_theirs(kind: str, change: str) -> None:
    assert any(m.kind == kind and m.change.endswith(change) for m in mutants(LASTING_SOURCE))


def _running(change: str) -> Callable[..., Any]:
    """Return ``running`` with a change in it."""
    (mutant,) = [m for m in mutants(LASTING_SOURCE) if change in m.change]
    namespace: dict[str, Any] = {"np": np}
    exec(mutant.source, namespace)
    return namespace["running"]  # type: ignore[no-any-return]


def test_a_loop_that_is_cut_is_right_for_short_inputs() -> None:
    cut = _running("[:8]")
    start = np.zeros(1)
    assert cut(np.ones((8, 1)), start, {"b": 0})[0] == 8
    assert cut(np.ones((20, 1)), start, {"b": 0})[0] == 8


def test_a_value_that_is_kept_is_right_in_the_first_call_of_a_size() -> None:
    kept = _running("kept('total'")
    xs, start = np.ones((3, 2)), np.zeros(2)
    assert np.all(kept(xs, start, {"b": 0})[0] == 3)
    assert np.all(kept(np.ones((4, 1)), np.zeros(1), {"b": 0})[0] == 4)
    assert np.all(kept(xs, start, {"b": 0})[0] == 6)


def test_the_judge_looks_only_for_mutants_that_one_call_shows(load: Callable[[str], Assignment]) -> None:
    hidden = references.draw(load("mlp_backprop"), "Relu", b"kinds")
    found = {mutant.kind for mutant in mutants(load("mlp_backprop").model["Relu"])}
    looked_for = {wrong.name for truth in hidden.with_mutants.values() for wrong in truth.wrong}
    assert found & LASTING
    assert not {f"mutant_{kind}" for kind in LASTING} & looked_for


def test_what_is_missing_from_an_exercise_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assignment = references.load("mlp_backprop", ROOT)
    (tmp_path / "right").mkdir()
    relu = Exercises("mlp_backprop")
    relu["Relu"] = assignment.exercises["Relu"]
    (tmp_path / "right" / "loops.py").write_text("def sgd_step():\n    Relu = 1\n", encoding="utf-8")
    bare = dataclasses.replace(
        assignment, exercises=relu, folder=tmp_path, mistakes={"Relu": assignment.mistakes["Relu"][:3]}
    )
    monkeypatch.setattr(truth.references, "load", lambda name: bare)
    monkeypatch.delitem(second_route.SECOND_ROUTE, "Relu")
    assert main(["truth", "mlp_backprop"]) == 1
    printed = capsys.readouterr().out
    for told in (
        "mlp_backprop/mistakes.toml has 3 known mistakes of it; 4 are the least",
        "no right solution in another style than the model's: Relu",
        "mlp_backprop/second_route.py has no second route to its results",
    ):
        assert told in printed


@pytest.mark.parametrize("name", build.assignments(ROOT))
def test_nothing_is_missing_from_an_exercise(load: Callable[[str], Assignment], name: str) -> None:
    for exercise in load(name).exercises:
        assert gaps(references.draw(load(name), exercise, b"gaps")) == [], exercise
        assert right_solutions(load(name), exercise), exercise


@pytest.mark.parametrize("name", build.assignments(ROOT))
def test_part_of_the_corpus_was_written_from_the_release(load: Callable[[str], Assignment], name: str) -> None:
    assignment = load(name)
    right = {style for exercise in assignment.exercises for style in right_solutions(assignment, exercise)}
    wrong = {file for exercise in assignment.exercises for file in wrong_solutions(assignment, exercise)}
    assert sum(style.startswith(RELEASE) for style in right) >= 5
    assert sum(file.startswith(RELEASE) for file in wrong) >= 20


def _with_wrong(load: Callable[[str], Assignment], folder: Path, **texts: str) -> Assignment:
    """Return an assignment with wrong solutions that are written out, and no others of their kind."""
    (folder / "wrong").mkdir()
    for name, text in texts.items():
        (folder / "wrong" / f"{name}.py").write_text(text, encoding="utf-8")
    return dataclasses.replace(load("mlp_backprop"), folder=folder)


STEP = "def sgd_step(params, grads, learning_rate):\n    return {{k: v {} learning_rate * grads[k] for k, v in params.items()}}\n"


def test_wrong_solutions_that_are_written_out_are_graded(
    load: Callable[[str], Assignment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    up, torch = "# sgd_step: goes uphill\n" + STEP.format("+"), "# sgd_step: uses torch\nimport torch\n\n\n"
    torch += STEP.format("- torch.tensor(0).item() -")
    right = "# sgd_step: nothing is wrong\n" + STEP.format("-")
    assignment = _with_wrong(load, tmp_path, release_up=up, release_torch=torch, right=right)
    monkeypatch.setattr(truth.references, "load", lambda name: assignment)
    counted = count(("mlp_backprop", "sgd_step"))
    found = {outcome.name: outcome.right for outcome in counted.of("written")}
    assert found == {"release_up": False, "release_torch": False, "right": True}
    assert any("'right' (written) keeps its points" in sentence for sentence in defects(counted))


@pytest.mark.parametrize("first", ["# it goes uphill", "# no_exercise: it goes uphill", '"""sgd_step: uphill."""'])
def test_a_wrong_solution_says_what_is_wrong(load: Callable[[str], Assignment], tmp_path: Path, first: str) -> None:
    assignment = _with_wrong(load, tmp_path, up=f"{first}\n" + STEP.format("+"))
    with pytest.raises(references.ReferencesMissing, match=r"up\.py: the first line should say"):
        wrong_solutions(assignment, "sgd_step")


def test_what_was_written_from_the_release_is_counted_on_its_own() -> None:
    outcomes = [
        Graded("right", "model", right=True),
        Graded("right", "release_helpers", right=False),
        Graded("written", "release_up", right=False, named=True),
        Graded("written", "release_six", right=True),
        Graded("mutant", "a + b -> a", right=False, named=True),
        Graded("mutant", "a + b -> b", right=False),
    ]
    row = markdown_row("small", [Count("f", outcomes)])
    assert row == "| small | 1 of 2 | 3 of 4 | 50.0 % | 0 of 1 | 1 of 2 | 50.0 % |"


def test_a_right_solution_may_leave_exercises_out(load: Callable[[str], Assignment], tmp_path: Path) -> None:
    assignment = dataclasses.replace(load("lstm_2d"), folder=tmp_path)
    (tmp_path / "right").mkdir()
    (tmp_path / "right" / "one.py").write_text("def cell_forward():\n    pass\n", encoding="utf-8")
    (tmp_path / "right" / "two.py").write_text("path_gradient = cell_backward = None\n", encoding="utf-8")
    solved = {name: list(right_solutions(assignment, name)) for name in assignment.exercises}
    # cell_backward is handed cell_forward too, which is an exercise of its own
    assert {name: styles for name, styles in solved.items() if styles} == {
        "cell_forward": ["one"],
        "cell_backward": ["two"],
        "path_gradient": ["two"],
    }


@pytest.mark.parametrize("name", build.assignments(ROOT))
def test_cases_have_names_that_the_check_can_show(load: Callable[[str], Assignment], name: str) -> None:
    for exercise, reference in load(name).references.items():
        cases: Mapping[str, Any] = references.draw(load(name), exercise, b"names").inputs
        known = load(name).exercises[exercise]
        assert len(cases) >= 2 or known.properties is not None or not known.more, exercise
        assert set(reference.public) <= set(cases), exercise
        assert reference.public, exercise
