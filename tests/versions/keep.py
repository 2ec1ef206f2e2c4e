"""Keep a small course folder as this version leaves it, for later versions to go on with: ``python -m tests.versions.keep``.

It holds sample submissions alone, under names that say so. A version is kept once, when it is released.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

import handgrad
from handgrad.building import samples
from tests.conftest import ROOT, Course, new_course

HERE = Path(__file__).resolve().parent
ASSIGNMENT = "tensor_basics"
KEPT = ("perfect", "python_loop")
"""The samples: one without a mistake, and one with."""

MARKS = "marks.json"
"""The file with the marks that the version gave."""


def small(notebook: NotebookNode) -> NotebookNode:
    """Return a notebook without its pictures, which nobody looks at here."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    return notebook


def graded(folder: Path) -> Course:
    """Return a course in which the samples are graded."""
    course = new_course(folder, ASSIGNMENT)
    source = folder / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    nbformat.write(small(nbformat.read(source, as_version=4)), source)
    known = samples.references.load(ASSIGNMENT, ROOT)
    release = folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    for sample in samples.load(ASSIGNMENT, ROOT):
        if sample.student in KEPT:
            made = sample.make(known, nbformat.read(release, as_version=4))
            assert not isinstance(made, str)
            course.submit(f"sample_{sample.student}", nbformat.writes(small(made)), ASSIGNMENT)
    for command in (["handgrad", "grade", ASSIGNMENT], ["handgrad", "report", ASSIGNMENT]):
        done = course.run(*command)
        assert done.returncode == 0, done.stderr
    return course


def keep() -> Path:
    """Write the course folder of this version into an archive, and return its path."""
    path = HERE / f"{handgrad.__version__}.zip"
    with tempfile.TemporaryDirectory() as folder:
        course = graded(Path(folder) / "course")
        marks = {f"sample_{name}": course.scores(f"sample_{name}", ASSIGNMENT) for name in KEPT}
        (course.folder / MARKS).write_text(json.dumps(marks, indent=1))
        steps = (
            "source/**/*.ipynb",
            "submitted/**/*",
            "autograded/**/*",
            "reports/*/history/*",
            "*.*",
            "course_secret",
        )
        files = {file for pattern in steps for file in course.folder.glob(pattern) if file.is_file()}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for file in sorted(files):
                archive.write(file, file.relative_to(course.folder))
    return path


if __name__ == "__main__":
    print(f"wrote {keep()}")
