"""What is looked at before a submission is graded: nothing in it stops nbgrader, or leads elsewhere."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from nbgrader import utils
from traitlets.log import get_logger

MOST_DATE = 1_000
"""Bytes of a file that may hold a date."""


def before_grading(assignment: str, student: str, notebooks: list[str]) -> None:
    """Say in clear words what nbgrader is about to refuse; nbgrader calls this for each submission."""
    log = get_logger()
    for folder in {Path(notebook).parent for notebook in notebooks}:
        keep_files_alone(folder)
        keep_date_alone(folder / "timestamp.txt")
    expected = {path.name for path in (Path("source") / assignment).glob("*.ipynb")}
    for path in map(Path, notebooks):
        if expected and path.name not in expected:
            log.error(
                "%r: the notebook of this assignment is named %s. Rename the file and grade again; nothing is lost.",
                str(path),
                " or ".join(sorted(expected)),
            )


def keep_files_alone(folder: Path) -> None:
    """Take links and pipes out of a submission: nbgrader would copy what they lead to, even into the feedback."""
    for where, _, names in os.walk(folder):
        for path in (Path(where, name) for name in names if not name.endswith(".ipynb")):
            if path.is_symlink() or not path.is_file():
                target = f" to {os.readlink(path)}" if path.is_symlink() else ""
                get_logger().warning("%r, which is no file but a link or a pipe%s, was removed", str(path), target)
                path.unlink()


def keep_date_alone(path: Path) -> None:
    """Take a date that cannot be read out of a submission: nbgrader would not grade it."""
    if path.is_dir() or (path.is_file() and path.stat().st_size > MOST_DATE):
        aside = path.with_name(f"timestamp-{secrets.token_hex(4)}")
        get_logger().warning("%r, which holds no date, was renamed to %s", str(path), aside.name)
        path.rename(aside)
    if path.is_file():
        text = path.read_text(encoding="utf-8", errors="replace").strip()
        try:
            if text:
                utils.parse_utc(text)
        except Exception:
            get_logger().warning("%r, which holds no date but %r, was removed", str(path), text[:100])
            path.unlink()
