"""What the grader notes in the metadata of an autograded notebook and its cells, for later stages and the report.

A submission's own metadata of this name is dropped before grading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handgrad.judging.fields import field, optional, texts

KEY = "handgrad"
"""The name of both notes in the metadata."""


@dataclass(frozen=True)
class Note:
    """What the grader notes of a submission.

    Attributes
    ----------
    repairs
        What was repaired, in sentences.
    unreadable
        Whether the submitted file could not be read as a notebook.
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
    unreadable: bool = False
    submission: str = ""
    sandbox: str = "none"
    began: str = ""
    seconds: float | None = None

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
            unreadable=field(data, "unreadable", bool),
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
