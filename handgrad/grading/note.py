"""What the grader notes in the metadata of an autograded notebook and its cells, for later stages and the report.

A submission's own metadata of this name is dropped before grading.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handgrad.judging.fields import field, optional, texts

KEY = "handgrad"
"""The name of both notes in the metadata."""

REPAIRS = "handgrad-repairs"
"""The id of the cell on top of a notebook that lists what was repaired."""

STAGES = ("reading", "repairing", "reading the code")
"""What is done with a submitted file before it is run."""


@dataclass(frozen=True)
class Note:
    """What the grader notes of a submission.

    Attributes
    ----------
    repairs
        What was repaired, in sentences.
    failed
        The one of :data:`STAGES` that came to no end; empty where there was none.
    reason
        Why, in words.
    told
        For each exercise of which the text says something, the line that calls an autograd, and the one that looks
        numerical, or None.
    submission
        A hash of the submitted file; empty where that is not known.
    sandbox
        What kept the submission apart: ``"bubblewrap"``, or ``"none"``.
    began
        When it began to run, UTC, ISO 8601; empty where that is not known.
    seconds
        How long it ran; None where that is not known.
    """

    repairs: tuple[str, ...] = ()
    failed: str = ""
    reason: str = ""
    told: Mapping[str, list[str | None]] = dataclasses.field(default_factory=dict)
    submission: str = ""
    sandbox: str = "none"
    began: str = ""
    seconds: float | None = None

    @property
    def lost(self) -> bool:
        """Whether nothing of the submission could be graded."""
        return self.failed in STAGES[:2]

    @property
    def untold(self) -> str:
        """Why the code could not be read; empty where it was."""
        return self.reason if self.failed == STAGES[2] else ""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON, without what is not known."""
        known = {key: value for key, value in vars(self).items() if value is not None}
        return {**known, "repairs": list(self.repairs)}

    @classmethod
    def of(cls, metadata: Mapping[str, Any]) -> Note:
        """Read it from a notebook's metadata; what is missing there is not known.

        Raises
        ------
        ValueError
            Where it does not have the form of a note.
        """
        data = {**cls().to_json(), **metadata.get(KEY, {})}
        return cls(
            repairs=texts(data, "repairs"),
            failed=field(data, "failed", str),
            reason=field(data, "reason", str),
            told=field(data, "told", dict),
            submission=field(data, "submission", str),
            sandbox=field(data, "sandbox", str),
            began=field(data, "began", str),
            seconds=optional(data, "seconds", float),
        )


@dataclass(frozen=True)
class CellNote:
    """Why a cell did not end well: a name, such as ``"timeout"``, and the words for it."""

    failure: str
    message: str

    def to_json(self) -> dict[str, str]:
        """Return it as JSON."""
        return {"failure": self.failure, "message": self.message}

    @classmethod
    def of(cls, metadata: Mapping[str, Any]) -> CellNote | None:
        """Read it from a cell's metadata; None where the cell ended well.

        Raises
        ------
        ValueError
            Where it does not have the form of a note.
        """
        if KEY not in metadata:
            return None
        return cls(field(metadata[KEY], "failure", str), field(metadata[KEY], "message", str))
