"""The pictures of an assignment in feedback: grading draws none, and the released notebook has them."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.coursedir import CourseDirectory

from handgrad.building.release import is_picture
from handgrad.grading.redact import FeedbackStage
from handgrad.grading.stages import Resources


class GivenPictures(FeedbackStage):
    """Put the pictures of the released notebook below the cells that draw them, whose code is folded."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the notebook with pictures; where nothing is released, as it is."""
        course, where = CourseDirectory(parent=self), resources["nbgrader"]
        folder = course.format_path(course.release_directory, ".", where["assignment"])
        path = Path(folder) / f"{where['notebook']}.ipynb"
        released = nbformat.read(path, as_version=4).cells if path.is_file() else []
        drawn = {
            cell.source: cell.outputs
            for cell in released
            if cell.cell_type == "code" and any(map(is_picture, cell.outputs))
        }
        for cell in nb.cells:
            if cell.cell_type == "code" and cell.source in drawn:
                cell.outputs = drawn[cell.source]
                cell.metadata["jupyter"] = {"source_hidden": True}
        return nb, resources
