"""Who is who in Moodle: its number of a participant, to the student whom the gradebook knows.

Moodle gives each participant another number in each assignment. Its grading worksheet says whose they are, by email and
ID number; and the roster, which is the gradebook's list of students, says which student of the course has these.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path

from nbgrader.api import Gradebook

ID_NUMBER = "ID number"
"""The column of a worksheet that holds it; the email is told by its @, in whichever language Moodle speaks."""


class Roster:
    """The participants of an assignment.

    Parameters
    ----------
    worksheets
        Moodle's grading worksheets, as CSV.
    book
        The gradebook.
    """

    def __init__(self, worksheets: Iterable[Path], book: Gradebook) -> None:
        self._people: dict[str, str] = {}
        for student in book.students:
            for known in (student.id, student.lms_user_id, student.email):
                if known:
                    self._people[known.casefold()] = student.id
        self._said: dict[str, list[str]] = {}
        for worksheet in worksheets:
            with worksheet.open(encoding="utf-8-sig", errors="replace", newline="") as file:
                for row in csv.DictReader(file):
                    cells = [cell.strip() for cell in row.values() if isinstance(cell, str)]
                    number = re.fullmatch(r"\D+(\d+)", cells[0]) if cells else None
                    if number:
                        said = [*(cell for cell in cells if "@" in cell), (row.get(ID_NUMBER) or "").strip()]
                        self._said[number[1]] = [one for one in said if one]

    def student(self, participant: str) -> str:
        """Return the student's id.

        Raises
        ------
        LookupError
            Where it is not certain.
        """
        if participant not in self._said:
            raise LookupError(
                f"the number {participant} is of this assignment alone; whose it is stands in Moodle's grading "
                "worksheet, which belongs into archive/ as well"
            )
        said = self._said[participant]
        found = {self._people[one.casefold()] for one in said if one.casefold() in self._people}
        if len(found) != 1:
            who = ", ".join(map(repr, said)) or "neither an email nor an ID number"
            why = "several students have" if found else "no student has"
            raise LookupError(f"in the gradebook {why} what Moodle says of participant {participant}: {who}")
        return found.pop()
