"""What is looked at before a submission is graded, and how its notebook goes from one pass of nbgrader to the next."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import Exporter, NotebookExporter
from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from traitlets import Bool
from traitlets.log import get_logger

from handgrad.grading.course import submitted_file
from handgrad.grading.stages import Resources

MOST_DATE = 1_000
"""Bytes of a file that may hold a date."""


class SubmissionExporter(NotebookExporter):
    """Hand on a submitted notebook unread, for :class:`handgrad.grading.repair.Repair` reads it within limits."""

    optimistic_validation = Bool(True, help="Validate a notebook once, behind the last preprocessor.").tag(config=True)

    def from_filename(self, filename: str, resources: Resources | None = None, **kwargs: Any) -> tuple[str, Resources]:  # type: ignore[override]
        """Convert a notebook file: an empty notebook for a submission, and what a repaired one holds."""
        assert resources is not None
        if Path(filename) == submitted_file(self, resources["nbgrader"]):
            return self.from_notebook_node(nbformat.v4.new_notebook(), resources=resources, **kwargs)
        repaired = nbformat.from_dict(json.loads(Path(filename).read_bytes()))
        return self.from_notebook_node(repaired, resources=resources, **kwargs)

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: Resources | None = None, **kwargs: Any
    ) -> tuple[str, Resources]:
        """Run the preprocessors and write the notebook, which is valid by now, as compact JSON."""
        converted, resources = Exporter.from_notebook_node(self, nb, resources, **kwargs)
        return json.dumps(converted, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n", resources


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
