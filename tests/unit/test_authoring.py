"""The text becomes the notebook and comes back; marks are expanded and mistakes in them are named."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest

from handgrad.assignments import cases
from handgrad.building import authoring, build
from handgrad.building.authoring import AuthoringError
from handgrad.building.build import same_numbers
from handgrad.cli import main

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
        assert set(cell.metadata) <= {"nbgrader", "tags"}
        assert cell.metadata.get("tags", ["demonstration"]) == ["demonstration"]
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


def test_a_type_that_the_text_has_no_mark_for_is_named() -> None:
    """JupyterLab offers five; only a cell of three of them comes back as it was."""
    path = ROOT / "source" / "mlp_backprop" / "mlp_backprop.ipynb"
    for grade, solution in ((False, False), (True, True)):
        notebook = nbformat.read(path, as_version=4)
        (cell,) = (c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "Relu")
        cell.metadata.nbgrader.update(grade=grade, solution=solution)
        with pytest.raises(AuthoringError, match="the cell 'Relu' is neither"):
            authoring.to_text(notebook, "mlp_backprop")


def copy_of_the_course(folder: Path) -> Path:
    """Return a course folder of one's own with texts, references, and all that is built of them."""
    for name in ("authoring", "source", "release", "grader_tests", "handgrad/assignments"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("right", "__pycache__"))
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    return folder


def with_rounding(path: Path, size: float) -> bytes:
    """Write a file of public cases with every right result a little off, and return its content."""
    changed = cases.from_bytes(path.read_bytes())
    for _, truths in changed.values():
        for truth in truths.values():
            for value in truth.expected.values():
                np.multiply(value, 1 + size, out=value)
    path.write_bytes(cases.to_bytes(changed))
    return path.read_bytes()


def test_a_stale_file_is_named_with_the_command_that_builds_it(tmp_path: Path) -> None:
    course = copy_of_the_course(tmp_path)
    assert build.stale_files(course, "mlp_backprop") == []
    text = course / "authoring" / "mlp_backprop.py"
    text.write_text(text.read_text().replace("write y, shape (N, e)", "write the y"))
    assert build.stale_files(course, "mlp_backprop") == [
        "source/mlp_backprop/mlp_backprop.ipynb is stale: run `make notebooks`"
    ]
    source = course / "source" / "mlp_backprop" / "mlp_backprop.ipynb"
    source.write_text(source.read_text().replace("write y, shape (N, e)", "write the y"))
    assert build.stale_files(course, "mlp_backprop") == [
        "release/mlp_backprop/mlp_backprop.ipynb is stale: run `make release`"
    ]
    public = course / "handgrad" / "assignments" / "mlp_backprop" / "cases.npz"
    public.write_bytes(public.read_bytes()[:-1000])
    stale = f"{public.relative_to(course)} is stale: run `make notebooks`"
    assert stale in build.stale_files(course, "mlp_backprop")


def test_a_rebuild_leaves_public_cases_that_another_machine_rounded_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = copy_of_the_course(tmp_path)
    monkeypatch.chdir(course)
    monkeypatch.setattr(authoring, "execute", lambda notebook, folder, step: notebook)
    public = course / "handgrad" / "assignments" / "tensor_basics" / "cases.npz"
    committed = public.read_bytes()
    rounded = with_rounding(public, 1e-12)
    assert rounded != committed
    assert main(["notebooks", "tensor_basics"]) == 0
    assert public.read_bytes() == rounded
    with_rounding(public, 1e-6)
    assert main(["notebooks", "tensor_basics"]) == 0
    build_again = public.read_bytes()
    assert same_numbers(cases.from_bytes(build_again), cases.from_bytes(committed))
    public.unlink()
    assert main(["notebooks", "tensor_basics"]) == 0
    assert public.read_bytes() == build_again
