"""The text becomes the notebook and comes back; marks are expanded and mistakes in them are named."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from handgrad.building import authoring, build
from handgrad.building.authoring import AuthoringError

ROOT = Path(__file__).resolve().parents[2]
TEXTS = sorted(ROOT.glob("authoring/*.py"))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_text_to_notebook_and_back(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert authoring.to_text(authoring.to_notebook(text, path.stem), path.stem) == text


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_a_build_repeats_to_the_byte(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for name in ("one", "two"):
        authoring.write(authoring.to_notebook(text, path.stem), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("path", sorted(ROOT.glob("source/*/*.ipynb")), ids=lambda path: path.stem)
def test_the_source_holds_nothing_volatile(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"nbgrader"}
        if cell.cell_type == "code" and cell.source.strip():
            assert cell.execution_count is not None
            assert not [output for output in cell.outputs if output.output_type == "error"]
            assert not [output for output in cell.outputs if output.get("name") == "stderr"]


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        (" points=4\ncheck.Relu", "\ncheck.Relu", "needs points"),
        ('test="Relu"', 'test="Relo"', "no exercise"),
        ('test="Relu"', 'test="Matmul"', "used twice"),
        ('solution="Relu"', 'solution="Relu" test="Relu"', "more than one mark"),
        ('solution="Relu"', "", "no solution cell or no test cell for: Relu"),
    ],
)
def test_a_mistake_in_the_marks_is_named(old: str, new: str, word: str) -> None:
    text = (ROOT / "authoring" / "mlp_backprop.py").read_text()
    assert old in text
    with pytest.raises(AuthoringError, match=word):
        authoring.to_notebook(text.replace(old, new), "mlp_backprop")


def test_a_stale_file_is_named_with_the_command_that_mends_it(tmp_path: Path) -> None:
    import shutil

    for name in ("authoring", "source", "release", "grader_tests", "handgrad/assignments"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("right", "__pycache__"))
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    assert build.stale_files(tmp_path, "mlp_backprop") == []
    text = tmp_path / "authoring" / "mlp_backprop.py"
    text.write_text(text.read_text().replace("write y, shape (N, e)", "write the y"))
    assert build.stale_files(tmp_path, "mlp_backprop") == [
        "source/mlp_backprop/mlp_backprop.ipynb is stale: run `make notebooks`"
    ]
    source = tmp_path / "source" / "mlp_backprop" / "mlp_backprop.ipynb"
    source.write_text(source.read_text().replace("write y, shape (N, e)", "write the y"))
    assert build.stale_files(tmp_path, "mlp_backprop") == [
        "release/mlp_backprop/mlp_backprop.ipynb is stale: run `make release`"
    ]
    cases = tmp_path / "handgrad" / "assignments" / "mlp_backprop" / "cases.json"
    cases.write_text("{}")
    stale = f"{cases.relative_to(tmp_path)} is stale: run `make notebooks`"
    assert stale in build.stale_files(tmp_path, "mlp_backprop")
