"""The course folder: where it is, and what its ``course.toml`` chooses.

It holds the course's own data: notebooks that are given, submissions, marks. The checkout of this package, which holds
texts and references, serves as one; a course with a folder of its own has ``course.toml`` in it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FILE = "course.toml"

KEYS = {"points": dict, "due": datetime, "extensions": dict}
"""What ``course.toml`` may say of an assignment."""


def folder(start: Path | None = None) -> Path:
    """Return the course folder: what ``HANDGRAD_COURSE`` names, or else the nearest one from ``start`` upwards.

    Raises
    ------
    LookupError
        Where there is none.
    """
    if named := os.environ.get("HANDGRAD_COURSE"):
        path = Path(named).expanduser().resolve()
        if not path.is_dir():
            raise LookupError(f"HANDGRAD_COURSE names {path}, where there is no folder: correct it, or unset it")
        return path
    start = (start or Path.cwd()).resolve()
    for path in (start, *start.parents):
        if (path / FILE).is_file() or (path / "grader_tests" / "__init__.py").is_file():
            return path
    raise LookupError(
        f"{start} is no course folder, nor in one: change to it with `cd`, or name it in HANDGRAD_COURSE. "
        "`handgrad course FOLDER` makes one"
    )


@dataclass(frozen=True)
class Chosen:
    """What a course gives of an assignment.

    Attributes
    ----------
    points
        The points of each exercise and question that is given; None where it is given as it is.
    due
        Until when it is to be handed in, UTC; None where ``course.toml`` does not say.
    extensions
        Until when those students have time who have more of it, UTC.
    """

    points: Mapping[str, float] | None = None
    due: datetime | None = None
    extensions: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """What a course has chosen.

    Attributes
    ----------
    course_id
        What nbgrader's exchange calls it; empty where that is said elsewhere.
    assignments
        What is given of each assignment; None where there is no ``course.toml``, and all is given as it is.
    """

    course_id: str = ""
    assignments: Mapping[str, Chosen] | None = None

    def of(self, assignment: str) -> Chosen:
        """Return what is chosen of an assignment."""
        return (self.assignments or {}).get(assignment, Chosen())


def settings(course: Path) -> Settings:
    """Read the ``course.toml`` of a course folder; where there is none, nothing is chosen.

    Raises
    ------
    ValueError
        Where it does not say what it may say, with the place.
    """
    path = course / FILE
    if not path.is_file():
        return Settings()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        course_id = data.pop("course_id", "")
        if not isinstance(course_id, str):
            raise ValueError("course_id has to be a text")
        return Settings(course_id, {name: _chosen(name, table) for name, table in data.items()})
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _chosen(name: str, table: object) -> Chosen:
    if not isinstance(table, dict):
        raise ValueError(f"{name} is neither course_id nor the table of an assignment, as [{name}]")
    for key, value in table.items():
        if key not in KEYS or not isinstance(value, KEYS[key]):
            known = "a table `points`, a time `due`, and a table `extensions`"
            raise ValueError(f"[{name}] has {key} = {value!r}; it may have {known}")
    points = table.get("points")
    for exercise, most in (points or {}).items():
        if isinstance(most, bool) or not isinstance(most, int | float) or not 0 <= most < 1e6:
            raise ValueError(f"the points of {exercise} in [{name}.points] have to be a number from 0 on")
    due = table.get("due")
    return Chosen(
        points,
        due and _utc(f"[{name}] due", due),
        {who: _utc(f"[{name}.extensions] {who}", until) for who, until in table.get("extensions", {}).items()},
    )


def _utc(what: str, moment: Any) -> datetime:
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ValueError(f"{what} has to be a time with its offset from UTC, as 2027-03-01T23:59:00+01:00")
    return moment.astimezone(UTC)
