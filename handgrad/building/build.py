"""Build what is built: source notebooks and public cases from text and references; and find what is stale."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbformat.notebooknode import NotebookNode

from handgrad import references
from handgrad.building import authoring
from handgrad.judging.evidence import unpack
from handgrad.progress import Progress


def assignments(course: Path) -> list[str]:
    """Return the names of the assignments that have a text, in the order of the course."""
    found = {path.stem for path in course.glob("authoring/*.py")}
    ordered = [name for name in ORDER if name in found]
    return ordered + sorted(found - set(ORDER))


ORDER = ("tensor_basics", "chain_rule", "mlp_backprop", "mlp_training", "vanishing_gradients", "lstm_2d")


def _text_path(course: Path, name: str) -> Path:
    path = course / "authoring" / f"{name}.py"
    if not path.is_file():
        known = ", ".join(assignments(course)) or "none"
        raise FileNotFoundError(f"there is no text {path.relative_to(course)}; assignments with a text: {known}")
    return path


def _source_path(course: Path, name: str) -> Path:
    return course / "source" / name / f"{name}.ipynb"


def _public_path(course: Path, name: str) -> Path:
    return course / "handgrad" / "assignments" / name / "cases.json"


def _public(course: Path, name: str) -> dict[str, Any]:
    return references.public_data(references.load(name, course))


def build(names: Sequence[str]) -> int:
    """Build the public cases and the source notebooks of assignments, of all where none is named."""
    course = references.course_folder()
    chosen = names or assignments(course)
    texts = {name: _text_path(course, name).read_text(encoding="utf-8") for name in chosen}
    notebooks = {name: authoring.to_notebook(text, name) for name, text in texts.items()}
    cells = sum(cell.cell_type == "code" for notebook in notebooks.values() for cell in notebook.cells)
    with Progress(cells, "cells") as progress:
        for name, notebook in notebooks.items():
            public = json.dumps(_public(course, name), indent=0, sort_keys=False)
            _public_path(course, name).write_text(f"{public}\n", encoding="utf-8")
            path = _source_path(course, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            authoring.write(authoring.execute(notebook, path.parent, step=partial(progress.step, name)), path)
            print(f"built {path.relative_to(course)}")
    return 0


def text(name: str) -> int:
    """Write the text of an assignment anew from its source notebook."""
    course = references.course_folder()
    source = _source_path(course, name)
    if not source.is_file():
        known = ", ".join(sorted(path.stem for path in course.glob("source/*/*.ipynb"))) or "none"
        raise FileNotFoundError(f"there is no notebook {source.relative_to(course)}; there are: {known}")
    notebook = nbformat.read(source, as_version=4)
    path = course / "authoring" / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(authoring.to_text(notebook, name), encoding="utf-8")
    print(f"wrote {path.relative_to(course)}")
    return 0


def check() -> int:
    """Print each built file that is stale, with the command that mends it; return 1 if there is one."""
    course = references.course_folder()
    names = assignments(course)
    stale: list[str] = []
    with Progress(len(names), "assignments") as progress:
        for name in names:
            stale += stale_files(course, name)
            progress.step(name)
    for message in stale:
        print(message)
    if not stale:
        print("every built file is up to date")
    return 1 if stale else 0


def stale_files(course: Path, name: str) -> list[str]:
    """Return a sentence for each built file of an assignment that differs from what it is built from."""
    found = []
    source, release, public = (
        _source_path(course, name),
        course / "release" / name / f"{name}.ipynb",
        _public_path(course, name),
    )
    built = authoring.to_notebook(_text_path(course, name).read_text(encoding="utf-8"), name)
    if not source.is_file() or not authoring.same_sources(nbformat.read(source, as_version=4), built):
        found.append(f"{source.relative_to(course)} is stale: run `make notebooks`")
    if not public.is_file() or not same_numbers(json.loads(public.read_text(encoding="utf-8")), _public(course, name)):
        found.append(f"{public.relative_to(course)} is stale: run `make notebooks`")
    if source.is_file():
        fresh = _fresh_release(course, name)
        if not release.is_file() or not authoring.same_sources(nbformat.read(release, as_version=4), fresh):
            found.append(f"{release.relative_to(course)} is stale: run `make release`")
    return found


def _fresh_release(course: Path, name: str) -> NotebookNode:
    """Return the notebook that nbgrader makes of a source notebook for students."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *(sys.executable, "-m", "nbgrader", "generate_assignment", name),
            f"--CourseDirectory.release_directory={folder}/release",
            f"--CourseDirectory.db_url=sqlite:///{folder}/gradebook.db",
            "--log-level=ERROR",
        ]
        done = subprocess.run(command, cwd=course, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"nbgrader cannot release {name}: {done.stderr.strip()[-1000:]}")
        released: NotebookNode = nbformat.read(Path(folder) / "release" / name / f"{name}.ipynb", as_version=4)
    return released


def same_numbers(a: Any, b: Any) -> bool:
    """Return whether two packed values are equal but for rounding, which differs between machines."""
    if isinstance(a, dict) and isinstance(b, dict):
        if set(a) == {"npy"} == set(b):
            x, y = unpack(a), unpack(b)
            return x.shape == y.shape and x.dtype == y.dtype and bool(np.allclose(x, y, 1e-9, 1e-12, equal_nan=True))
        return a.keys() == b.keys() and all(same_numbers(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same_numbers(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)
