"""Reading: what the gradebook and the autograded notebook say of a submission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from handgrad.grading.gradebook import Mark
from handgrad.grading.graded import Graded
from handgrad.judging.verdict_json import VerdictRecord

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


def answers(graded: Graded, marks: Mapping[str, Mark]) -> dict[str, Answer]:
    """Return the answer to each exercise that has a mark, those with a verdict first."""
    said = {verdict.exercise: verdict for verdict in graded.verdicts}
    return {name: Answer(marks[name], said.get(name)) for name in [*said, *marks] if name in marks}


def notebook_of(assignment: str, student: str) -> str:
    """Return the path of a student's autograded notebook, from the course folder."""
    return f"autograded/{student}/{assignment}/{assignment}.ipynb"


def feedback_of(assignment: str, student: str) -> str:
    """Return the path of a student's feedback, from the course folder."""
    return f"feedback/{student}/{assignment}/{assignment}.html"
