"""Reading: what the gradebook and the autograded notebook say of a submission."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from handgrad.grading.gradebook import Mark
from handgrad.grading.note import CellNote, Note
from handgrad.judging.verdict_json import VerdictRecord, recorded

Standing = Literal["right", "partly", "wrong", "untried", "waiting"]
"""What an answer came to; ``"waiting"`` where a person is still to mark it."""


BY_MACHINE = frozenset({"not_by_hand", "too_slow", "approximated"})
"""What is found of a derivative that was left to a machine."""


@dataclass(frozen=True)
class Answer:
    """A student's answer to one exercise: its mark, and the judge's verdict where there is one."""

    mark: Mark
    verdict: VerdictRecord | None

    @property
    def standing(self) -> Standing:
        """What it came to."""
        score = self.mark.score
        if score is None:
            return "waiting"
        if score >= self.mark.most:
            return "right"
        if score > 0:
            return "partly"
        return "wrong" if self.verdict is None or self.verdict.attempted else "untried"

    @property
    def unjudged(self) -> str:
        """The name of the reason why it could not be judged; empty where it was."""
        return self.verdict.reason.name if self.verdict and self.verdict.reason else ""

    @property
    def by_machine(self) -> bool:
        """Whether it lost points because a machine derived it, and no person has overruled that."""
        measured = self.verdict is not None and not BY_MACHINE.isdisjoint(self.verdict.diagnoses)
        return (self.unjudged == "not_by_hand" or measured) and self.mark.manual is None


@dataclass(frozen=True)
class Graded:
    """What the grader wrote into an autograded notebook.

    Attributes
    ----------
    verdicts
        The judge's verdicts, in the order of the tests.
    failures
        What became of cells that did not end well: a name, such as ``"timeout"``, for each of them.
    note
        What it noted of the submission.
    """

    verdicts: tuple[VerdictRecord, ...]
    failures: tuple[str, ...]
    note: Note

    def answers(self, marks: Mapping[str, Mark]) -> dict[str, Answer]:
        """Return the answer to each exercise that has a mark, those with a verdict first."""
        said = {verdict.exercise: verdict for verdict in self.verdicts}
        return {name: Answer(marks[name], said.get(name)) for name in [*said, *marks] if name in marks}


def read(notebook: Path) -> Graded:
    """Read an autograded notebook.

    Of its cells only tests are read, where the grader itself wrote every output, and the grader's own notes.

    Raises
    ------
    ValueError
        Where it is no autograded notebook.
    OSError
        Where it cannot be opened.
    """
    try:
        content = json.loads(notebook.read_bytes())
        verdicts: list[VerdictRecord] = []
        failures = []
        for cell in content["cells"]:
            marks = cell["metadata"].get("nbgrader", {})
            if cell["cell_type"] == "code" and marks.get("grade") and not marks.get("solution"):
                verdicts += recorded(cell["outputs"])
            note = CellNote.of(cell["metadata"])
            if note:
                failures.append(note.failure)
        return Graded(tuple(verdicts), tuple(failures), Note.of(content["metadata"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{notebook} is no autograded notebook: {error}") from error


def notebook_of(assignment: str, student: str) -> str:
    """Return the path of a student's autograded notebook, from the course folder."""
    return f"autograded/{student}/{assignment}/{assignment}.ipynb"


def feedback_of(assignment: str, student: str) -> str:
    """Return the path of a student's feedback, from the course folder."""
    return f"feedback/{student}/{assignment}/{assignment}.html"
