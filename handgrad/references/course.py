"""The course folder: where it is, and what is said when something in it cannot be used."""

from __future__ import annotations

from pathlib import Path


class ReferencesMissing(RuntimeError):
    """The course folder has no usable references for an assignment; the text says what to do."""


def course_folder(start: Path | None = None) -> Path:
    """Return the nearest folder, from ``start`` upwards, that holds ``grader_tests``.

    Raises
    ------
    ReferencesMissing
        Where there is none.
    """
    start = (start or Path.cwd()).resolve()
    # an editable installation knows its course folder from anywhere
    for folder in (start, *start.parents, Path(__file__).resolve().parents[2]):
        if (folder / "grader_tests" / "__init__.py").is_file():
            return folder
    raise ReferencesMissing(f"no folder from {start} upwards holds grader_tests/; run this inside the course folder")
