"""Where the files of an assignment lie in a course folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Places:
    """The files of one assignment, whether they are there or not.

    Attributes
    ----------
    course
        The course folder.
    name
        The name of the assignment.
    """

    course: Path
    name: str

    @property
    def text(self) -> Path:
        """The text that is edited."""
        return self.course / "authoring" / f"{self.name}.py"

    @property
    def source(self) -> Path:
        """The notebook with solutions and outputs, built from the text."""
        return self.course / "source" / self.name / f"{self.name}.ipynb"

    @property
    def release(self) -> Path:
        """The notebook that students get, which nbgrader makes of the source notebook."""
        return self.course / "release" / self.name / f"{self.name}.ipynb"

    @property
    def cases(self) -> Path:
        """The public cases, built from the references."""
        return self.course / "handgrad" / "assignments" / self.name / "cases.npz"
