"""Build what is built: source notebooks and public cases from text and references; and find what is stale."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbformat.notebooknode import NotebookNode

from handgrad import references
from handgrad.assignments import cases
from handgrad.building import authoring
from handgrad.progress import Progress
from handgrad.references.places import Places

ORDER = ("tensor_basics", "chain_rule", "mlp_backprop", "mlp_training", "vanishing_gradients", "lstm_2d")


def assignments(course: Path) -> list[str]:
    """Return the names of the assignments that have a text, in the order of the course."""
    return in_order(path.stem for path in course.glob("authoring/*.py"))


def in_order(names: Iterable[str]) -> list[str]:
    """Return assignments in the order in which students take them; those that are not ours come last, by name."""
    return sorted(names, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))


# -- building ------------------------------------------------------------------------------------


def build(names: Sequence[str]) -> int:
    """Build the public cases and the source notebooks of assignments, of all where none is named."""
    course = references.checkout()
    chosen = [Places(course, name) for name in names or assignments(course)]
    notebooks = [_unexecuted(places) for places in chosen]
    cells = sum(cell.cell_type == "code" for notebook in notebooks for cell in notebook.cells)
    with Progress(cells, "cells") as progress:
        for places, notebook in zip(chosen, notebooks, strict=True):
            public = _public_cases(places)
            if not _holds(places.cases, public):
                places.cases.write_bytes(public)
            folder = places.source.parent
            folder.mkdir(parents=True, exist_ok=True)
            executed = authoring.execute(notebook, folder, step=partial(progress.step, places.name))
            authoring.write(executed, places.source)
            print(f"built {places.source.relative_to(course)}")
    return 0


def text(name: str) -> int:
    """Write the text of an assignment anew from its source notebook."""
    course = references.checkout()
    places = Places(course, name)
    if not places.source.is_file():
        known = ", ".join(sorted(path.stem for path in course.glob("source/*/*.ipynb"))) or "none"
        raise FileNotFoundError(f"there is no notebook {places.source.relative_to(course)}; there are: {known}")
    notebook = nbformat.read(places.source, as_version=4)
    places.text.parent.mkdir(parents=True, exist_ok=True)
    places.text.write_text(authoring.to_text(notebook, name), encoding="utf-8")
    print(f"wrote {places.text.relative_to(course)}")
    return 0


def _unexecuted(places: Places) -> NotebookNode:
    """Return the source notebook that the text of an assignment says, without outputs."""
    if not places.text.is_file():
        known = ", ".join(assignments(places.course)) or "none"
        missing = places.text.relative_to(places.course)
        raise FileNotFoundError(f"there is no text {missing}; assignments with a text: {known}")
    return authoring.to_notebook(places.text.read_text(encoding="utf-8"), places.name)


def _public_cases(places: Places) -> bytes:
    """Return the content of the file of public cases that the references of an assignment say."""
    return cases.to_bytes(references.public_cases(references.load(places.name, places.course)))


# -- finding what is stale -----------------------------------------------------------------------


def stale(names: Sequence[str]) -> int:
    """Print each stale file of assignments, of all where none is named; return 1 if there is one."""
    course = references.checkout()
    chosen = names or assignments(course)
    found: list[str] = []
    with Progress(len(chosen), "assignments") as progress:
        for name in chosen:
            found += stale_files(course, name)
            progress.step(name)
    for message in found:
        print(message)
    if not found:
        print("every built file is up to date")
    return 1 if found else 0


def stale_files(course: Path, name: str) -> list[str]:
    """Return a sentence for each built file of an assignment that differs from what it is built from."""
    places = Places(course, name)
    outdated: list[tuple[Path, str]] = []
    if not _has_sources(places.source, _unexecuted(places)):
        outdated.append((places.source, "make notebooks"))
    if not _holds(places.cases, _public_cases(places)):
        outdated.append((places.cases, "make notebooks"))
    if places.source.is_file() and not _has_sources(places.release, _fresh_release(places)):
        outdated.append((places.release, "make release"))
    return [f"{path.relative_to(course)} is stale: run `{command}`" for path, command in outdated]


def _has_sources(path: Path, fresh: NotebookNode) -> bool:
    """Return whether a notebook is there and has the cells of a fresh one, outputs aside."""
    return path.is_file() and authoring.same_sources(nbformat.read(path, as_version=4), fresh)


def _holds(path: Path, fresh: bytes) -> bool:
    """Return whether a file of public cases is there and holds the same as a fresh one."""
    try:
        return same_numbers(cases.from_bytes(path.read_bytes()), cases.from_bytes(fresh))
    except (FileNotFoundError, ValueError):
        return False


def _fresh_release(places: Places) -> NotebookNode:
    """Return the notebook that nbgrader makes of a source notebook for students."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *(sys.executable, "-m", "nbgrader", "generate_assignment", places.name),
            f"--CourseDirectory.release_directory={folder}/release",
            f"--CourseDirectory.db_url=sqlite:///{folder}/gradebook.db",
            "--log-level=ERROR",
        ]
        # it is made in a gradebook of its own, whichever the course has
        environment = {name: value for name, value in os.environ.items() if name != "HANDGRAD_DB"}
        done = subprocess.run(command, cwd=places.course, env=environment, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"nbgrader cannot release {places.name}: {done.stderr.strip()[-1000:]}")
        released: NotebookNode = nbformat.read(Places(Path(folder), places.name).release, as_version=4)
    return released


def same_numbers(a: Any, b: Any) -> bool:
    """Return whether two nested values are equal but for rounding, which differs between machines.

    An array is compared to 1e-9 of each number, or to 1e-12 of one near 0; the keys of a dict have an order.
    """
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.shape == b.shape and a.dtype == b.dtype and bool(np.allclose(a, b, 1e-9, 1e-12, equal_nan=True))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same_numbers(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same_numbers(x, y) for x, y in zip(a, b, strict=True))
    if dataclasses.is_dataclass(a):
        return same_numbers(vars(a), vars(b))
    return bool(a == b)
