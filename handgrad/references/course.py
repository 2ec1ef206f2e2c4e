"""The checkout, which holds the references: where it is, and what is said when something in it cannot be used."""

from __future__ import annotations

from pathlib import Path


class ReferencesMissing(RuntimeError):
    """The course folder has no usable references for an assignment; the text says what to do."""


def checkout() -> Path:
    """Return the checkout that the working folder lies in; what builds and writes asks for it.

    Raises
    ------
    ReferencesMissing
        Where it lies in none.
    """
    here = Path.cwd()
    found = _above(here)
    if found is None:
        raise ReferencesMissing(
            f"{here} is not in a checkout of handgrad, which this command works on: go there with `cd`"
        )
    return found


def course_folder(start: Path | None = None) -> Path:
    """Return the nearest folder, from ``start`` upwards, that holds ``grader_tests``.

    Raises
    ------
    ReferencesMissing
        Where there is none.
    """
    start = (start or Path.cwd()).resolve()
    # an editable installation knows its course folder from anywhere
    found = _above(start) or _above(Path(__file__).resolve().parents[2])
    if found is None:
        raise ReferencesMissing(
            f"no folder from {start} upwards holds grader_tests/; run this inside the course folder"
        )
    return found


def _above(start: Path) -> Path | None:
    """Return the nearest folder, from one upwards, that holds ``grader_tests``."""
    folders = (start, *start.parents)
    return next((folder for folder in folders if (folder / "grader_tests" / "__init__.py").is_file()), None)
