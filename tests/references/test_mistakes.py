"""Known mistakes are read from TOML; a file with an error in it is refused, and the reason is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from handgrad.building import build
from handgrad.references import Assignment, Mistake, ReferencesMissing, mistakes
from tests.conftest import ROOT

MODEL = {"step": "def step(x, grad):\n    return x - 0.1 * grad\n", "half": "def half(x):\n    return x / 2\n"}

GOOD = """
[[step]]
name = "uphill"
message = "the step goes uphill: which sign leads downhill?"
edits = [{ old = 'x - ', new = 'x + ' }]

[[step]]
name = "argument_changed"
message = "the argument is changed in place (return a new array.)"
[[step.edits]]
old = 'return x - 0.1 * grad'
new = '''
x -= 0.1 * grad
    return x'''
[[step.edits]]
old = '0.1'
new = '0.2'
"""


def read(tmp_path: Path, text: str) -> dict[str, tuple[Mistake, ...]]:
    path = tmp_path / "mistakes.toml"
    path.write_text(text, encoding="utf-8")
    return mistakes.read(path, MODEL)


def test_mistakes_come_in_the_order_of_the_file_and_their_edits_one_after_the_other(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD)
    assert [mistake.name for mistake in found["step"]] == ["uphill", "argument_changed"]
    assert found["step"][0].made_in(MODEL["step"]) == "def step(x, grad):\n    return x + 0.1 * grad\n"
    assert found["step"][1].made_in(MODEL["step"]) == "def step(x, grad):\n    x -= 0.2 * grad\n    return x\n"
    assert found["half"] == ()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[[step]]", "[[stop]]", "there is no exercise 'stop'; there are step, half"),
        (GOOD, "[step]\nname = 'uphill'\n", "write [[step]] in double brackets"),
        ('name = "uphill"', "", "mistake 1: the field 'name' is missing"),
        ('message = "the step', 'massage = "the step', "mistake 1 (uphill): the field 'message' is missing"),
        ("new = 'x + '", "now = 'x + '", "mistake 1 (uphill): the field 'new' is missing"),
        ("edits = [{ old = 'x - ', new = 'x + ' }]", "edits = ['x - ']", "edits should be tables such as"),
        ('name = "uphill"', "name = 1", "every field should be a text in quotes"),
        ("downhill?", "downhill", "mistake 1 (uphill): the message should end as a sentence does"),
        ("old = 'x - '", "old = 'y - '", "mistake 1 (uphill): the model solution does not contain 'y - '"),
        ("new = 'x + '", "new = 'x - '", "mistake 1 (uphill): the edits change nothing"),
        ('name = "uphill"', "name = uphill", "is not valid TOML"),
    ],
)
def test_a_file_with_an_error_is_refused_with_the_place_and_the_reason(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in GOOD
    with pytest.raises(ReferencesMissing) as refused:
        read(tmp_path, GOOD.replace(old, new))
    assert told in str(refused.value)
    assert str(tmp_path / "mistakes.toml") in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReferencesMissing, match=r"mistakes\.toml cannot be read: No such file"):
        mistakes.read(tmp_path / "mistakes.toml", MODEL)


@pytest.mark.parametrize("name", build.assignments(ROOT))
def test_every_mistake_of_an_exercise_has_a_name_of_its_own(load: Callable[[str], Assignment], name: str) -> None:
    assignment = load(name)
    for exercise, listed in assignment.mistakes.items():
        # those of an exercise that is judged by properties share the few names that these give
        if assignment.exercises[exercise].properties is None:
            assert len({mistake.name for mistake in listed}) == len(listed), exercise
