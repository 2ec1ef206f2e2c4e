"""Take out of the feedback what no student should see."""

from __future__ import annotations

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import List

from handgrad.grading.stages import Resources
from handgrad.judging.verdict_json import VERDICT_MIME
from handgrad.notebooks.cells import is_probe
from handgrad.notebooks.repair import HIDDEN, MARK_SCHEME, without


class FeedbackStage(NbGraderPreprocessor):  # type: ignore[misc]
    """A preprocessor of feedback, whose exporter configures this of every one, as of nbgrader's ``GetGrades``."""

    display_data_priority = List(NbGraderPreprocessor.display_data_priority.default()).tag(config=True)


class Redact(FeedbackStage):
    """Take out of the feedback what no student should see.

    The hidden parts of tests and marking schemes go; and so do the outputs of every cell behind
    the first probe, since code that has seen hidden inputs could print them there. The verdicts,
    which the grader wrote, stay.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the notebook as the student may see it."""
        probed = False
        for cell in nb.cells:
            cell.source = without(without(cell.source, HIDDEN), MARK_SCHEME).rstrip("\n")
            if cell.cell_type != "code":
                continue
            if is_probe(cell):
                probed = True
                cell.outputs = [output for output in cell.outputs if VERDICT_MIME in output.get("data", {})]
                for output in cell.outputs:
                    del output["data"][VERDICT_MIME]
            elif probed:
                cell.outputs = []
        return nb, resources
