"""``handgrad try`` scores a plain file as a student would be scored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from handgrad.cli import main
from tests.conftest import ROOT

RIGHT = sorted((ROOT / "grader_tests").glob("*/right/*.py"))

SGD = "def sgd_step(params, grads, learning_rate):\n    return {k: params[k] - learning_rate * grads[k] for k in params}\n"


def tried(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, dict[str, Any], str]:
    status = main(["try", "mlp_backprop", str(path), "--json", *options])
    said = capsys.readouterr()
    return status, json.loads(said.out)["exercises"], said.err


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: f"{path.parents[1].name}-{path.stem}")
def test_a_right_file_gets_full_points(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["try", path.parents[1].name, str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["exercises"]
    assert {name: entry["score"] for name, entry in found.items()} == {name: e["max"] for name, e in found.items()}
    assert all(entry["attempted"] and not entry["diagnoses"] for entry in found.values())


def test_a_file_may_define_some_only_and_import_what_lies_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "helper.py").write_text(SGD)
    solution = tmp_path / "solution.py"
    solution.write_text("from helper import sgd_step\nprint('noise')\n")
    status, found, _ = tried(solution, capsys)
    assert status == 0
    assert found["sgd_step"] == {"score": 4.0, "max": 4.0, "attempted": True, "diagnoses": []}
    assert not any(entry["attempted"] for name, entry in found.items() if name != "sgd_step")


def test_a_mistake_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    solution = tmp_path / "solution.py"
    solution.write_text(SGD.replace("params[k] -", "params[k] +"))
    assert main(["try", "mlp_backprop", str(solution)]) == 0
    said = capsys.readouterr().out
    assert "the step goes uphill" in said
    assert "not attempted: Matmul" in said
    assert tried(solution, capsys)[1]["sgd_step"]["diagnoses"] == ["uphill"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("def broken(:\n", "SyntaxError"),
        ("1 / 0\n", "ZeroDivisionError"),
        ("import os\nos._exit(3)\n", "ended the process"),
    ],
)
def test_a_file_that_cannot_be_loaded(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, word: str) -> None:
    solution = tmp_path / "solution.py"
    solution.write_text(text)
    status, found, said = tried(solution, capsys)
    assert status == 1
    assert word in said
    assert len(said.strip().splitlines()) == 1
    assert all(entry["score"] == 0 for entry in found.values())


def test_one_that_hangs_or_dies_loses_that_exercise_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    solution = tmp_path / "solution.py"
    solution.write_text(
        f"{SGD}\n\ndef two_layer_forward(params, X):\n    while True:\n        pass\n\n\n"
        "class Relu:\n    def forward(self, x):\n        import os\n        os._exit(1)\n"
    )
    status, found, _ = tried(solution, capsys, "--timeout", "3")
    assert status == 0
    assert found["sgd_step"]["score"] == 4
    assert found["two_layer_forward"]["score"] == found["Relu"]["score"] == 0


def test_what_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["try", "mlp_backprop", str(tmp_path / "none.py")]) == 2
    assert "there is no file" in capsys.readouterr().err
    (tmp_path / "some.py").write_text("")
    assert main(["try", "nothing", str(tmp_path / "some.py")]) == 2
    assert "knows no assignment named 'nothing'; it knows: chain_rule" in capsys.readouterr().err
