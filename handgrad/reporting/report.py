"""What an instructor learns from a graded assignment: a page, tables, and a few lines in the terminal."""

from __future__ import annotations

import sys
from pathlib import Path

from handgrad.reporting.counting import count
from handgrad.reporting.printing import show
from handgrad.reporting.writing import to_json, write


def run(assignment: str, course: Path, *, as_json: bool = False) -> int:
    """Write the report of an assignment, and print a summary; return 1 where a submission is not graded.

    Parameters
    ----------
    assignment
        Its name.
    course
        The course folder.
    as_json
        Whether to print all of it as JSON, in place of the summary.

    Raises
    ------
    LookupError
        Where the course has no gradebook, or the gradebook no such assignment.
    """
    try:
        report = count(assignment, course)
    except KeyboardInterrupt:
        print("stopped; an earlier report is as it was", file=sys.stderr)
        return 130
    page = write(report)
    if as_json:
        print(to_json(report, page))
    else:
        show(report, page)
    return 1 if report.failed else 0
