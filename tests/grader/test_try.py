"""``handgrad try`` scores a plain file as a student would be scored."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode

from handgrad.building import samples
from handgrad.cli import main
from handgrad.references import Assignment
from handgrad.running import sandbox
from tests.conftest import ROOT, Course, new_course

RIGHT = sorted((ROOT / "grader_tests").glob("*/right/*.py"))

SGD = "def sgd_step(params, grads, learning_rate):\n    return {k: params[k] - learning_rate * grads[k] for k in params}\n"

AUTOGRAD_IN_A_STRING = '''exec("""
def softmax_loss(scores, labels):
    import torch

    z = torch.tensor(scores, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(z, torch.tensor(labels))
    loss.backward()
    return loss.item(), z.grad.numpy()
""")
'''

FORWARD_IN_TORCH = """import numpy as np


def softmax_loss(scores, labels):
    import torch

    p = torch.softmax(torch.tensor(scores), dim=1).numpy()
    each = np.arange(len(scores))
    return -np.log(p[each, labels]).mean(), (p - np.eye(p.shape[1])[labels]) / len(scores)
"""


def tried(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, dict[str, Any], str]:
    status = main(["try", "mlp_backprop", str(path), "--json", *options])
    said = capsys.readouterr()
    return status, json.loads(said.out)["exercises"], said.err


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: f"{path.parents[1].name}-{path.stem}")
def test_a_right_file_gets_full_points(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["try", path.parents[1].name, str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["exercises"]
    # a file may leave exercises out
    attempted = {name: entry for name, entry in found.items() if entry["attempted"]}
    assert attempted
    assert {name: e["score"] for name, e in attempted.items()} == {name: e["max"] for name, e in attempted.items()}
    assert not any(entry["diagnoses"] for entry in attempted.values())


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


@pytest.mark.skipif(sandbox.available() is not None, reason=f"no sandbox here: {sandbox.available()}")
def test_it_runs_in_the_sandbox(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "secret.txt").write_text("mine")
    solution = tmp_path / "solution.py"
    places = [str(tmp_path / "secret.txt"), str(ROOT / "grader_tests")]
    solution.write_text(f"import os\n\nraise ValueError(os.uname().nodename, *map(os.path.exists, {places}))\n")
    _, _, said = tried(solution, capsys)
    assert "ValueError: ('sandbox', False, False) (line 3)" in said


def test_without_a_sandbox_it_says_that_the_file_runs_as_you(tmp_path: Path) -> None:
    solution = tmp_path / "solution.py"
    solution.write_text(SGD)
    done = subprocess.run(
        [sys.executable, "-m", "handgrad", "try", "mlp_backprop", str(solution)],
        env={**os.environ, "PATH": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert f"{solution} runs as you, and can do all that you can: bwrap" in done.stderr
    assert "4 of " in done.stdout


def test_what_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["try", "mlp_backprop", str(tmp_path / "none.py")]) == 2
    assert "there is no file" in capsys.readouterr().err
    (tmp_path / "some.py").write_text("")
    assert main(["try", "nothing", str(tmp_path / "some.py")]) == 2
    assert "knows no assignment named 'nothing'; it knows: chain_rule" in capsys.readouterr().err


# -- the marks of a notebook ---------------------------------------------------------------------


ALIKE = {
    **{path.stem: path.read_text(encoding="utf-8") for path in RIGHT if path.parents[1].name == "mlp_backprop"},
    "autograd_in_a_string": AUTOGRAD_IN_A_STRING,
    "forward_in_torch": FORWARD_IN_TORCH,
}
"""Files that are graded as notebooks, too, beside every sample submission."""

DEFINED_AGAIN = {"kernel_dies": "softmax_loss"}
"""Of a student, the exercise whose solution is another one below its test."""


@pytest.fixture(scope="module")
def autograded(load: Callable[[str], Assignment], tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Every sample submission of mlp_backprop, and every file of ALIKE, graded as notebooks."""
    course = new_course(tmp_path_factory.mktemp("alike") / "course")
    samples.write("mlp_backprop", course.folder / "submitted")
    assignment = load("mlp_backprop")
    release = nbformat.read(ROOT / "release" / "mlp_backprop" / "mlp_backprop.ipynb", as_version=4)
    first, *others = assignment.model
    for student, text in ALIKE.items():
        notebook = samples.solved(assignment, release, {first: text, **dict.fromkeys(others, "# it stands above")})
        course.submit(student, nbformat.writes(notebook))
    done = course.nbgrader("autograde", "mlp_backprop")
    assert done.returncode == 0, done.stderr
    return course


def as_file(notebook: NotebookNode, release: NotebookNode, above: str | None = None) -> str:
    """Return what a student wrote in a graded notebook, up to a test or to its end.

    A file ends where it raises, and a notebook goes on; so a cell that raised is left out.
    """
    ours = {cell.source for cell in release.cells}
    written = ["import numpy as np"]
    for cell in notebook.cells:
        marks = cell.metadata.get("nbgrader", {})
        if above is not None and marks.get("grade_id") == above:
            break
        theirs = cell.cell_type == "code" and cell.source not in ours and not marks.get("grade")
        if theirs and not any(output.output_type == "error" for output in cell.outputs):
            written.append(cell.source)
    return "\n\n".join(written)


STUDENTS = [sample.student for sample in samples.load("mlp_backprop", ROOT)]
STUDENTS.remove("compares_with_torch")  # one of its cells fails, and with it a whole file


@pytest.mark.parametrize("student", [*STUDENTS, *ALIKE])
def test_a_file_gets_the_marks_of_a_notebook(
    autograded: Course, tmp_path: Path, capsys: pytest.CaptureFixture[str], student: str
) -> None:
    def marks(text: str) -> dict[str, float]:
        path = tmp_path / "solution.py"
        path.write_text(text, encoding="utf-8")
        status, found, said = tried(path, capsys, "--timeout", "3")
        assert status == 0, said
        return {name: entry["score"] for name, entry in found.items()}

    place = autograded.folder / "autograded" / student / "mlp_backprop" / "mlp_backprop.ipynb"
    notebook = nbformat.read(place, as_version=4)
    release = nbformat.read(ROOT / "release" / "mlp_backprop" / "mlp_backprop.ipynb", as_version=4)
    found = marks(ALIKE.get(student) or as_file(notebook, release))
    if student in DEFINED_AGAIN:
        name = DEFINED_AGAIN[student]
        found[name] = marks(as_file(notebook, release, above=name))[name]
    scores = autograded.scores(student)
    assert found == pytest.approx({name: scores[name] for name in found}, abs=1e-3)


def test_code_in_a_string_is_not_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    solution = tmp_path / "solution.py"
    solution.write_text(AUTOGRAD_IN_A_STRING)
    assert main(["try", "mlp_backprop", str(solution)]) == 0
    said = capsys.readouterr().out
    assert "it raised ModuleNotFoundError" in said
    assert "\n0 of " in said


def test_what_is_missing_at_grading_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    solution = tmp_path / "solution.py"
    solution.write_text(FORWARD_IN_TORCH)
    assert main(["try", "mlp_backprop", str(solution)]) == 0
    said = capsys.readouterr().out
    assert "torch is not here, nor is it at grading" in said
    assert "\n0 of " in said
