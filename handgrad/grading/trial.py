"""Score a plain Python file, as a student's notebook would be scored."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from handgrad import references
from handgrad.grading import mark
from handgrad.grading.mark import Failure
from handgrad.judging.disclosure import OWN_MACHINE
from handgrad.judging.display import verdict_text
from handgrad.judging.judge import unjudged
from handgrad.judging.verdict import Verdict
from handgrad.judging.verdict_json import VerdictRecord
from handgrad.notebooks.by_hand import Told
from handgrad.references import Assignment, Hidden
from handgrad.running import sandbox
from handgrad.running.limited import Stopped, limited
from handgrad.running.solution_file import CannotLoad, SolutionProcess

SEED = b"try"

LOADING = 10
"""Seconds that the loading of a file may take beside those of an exercise."""


def verdicts(assignment: Assignment, solution: Path, timeout: float) -> dict[str, Verdict]:
    """Return a verdict for each exercise of an assignment on a Python file.

    Parameters
    ----------
    assignment
        The assignment.
    solution
        The file, which may import modules that lie beside it.
    timeout
        Seconds for each exercise, but for one that is given more; loading the file may take ten more.

    Raises
    ------
    handgrad.running.solution_file.CannotLoad
        Where the file raises, or does not come to an end, while it is loaded.
    """
    told = _told(solution.read_text(encoding="utf-8", errors="replace"), assignment)
    drawn = {name: references.draw(assignment, name, SEED) for name in assignment.exercises}
    found = handed_over(assignment, drawn, solution, timeout)
    # the file is one's own, so a message may repeat all that it says
    return {name: mark.decide(hidden, found[name], told[name], OWN_MACHINE) for name, hidden in drawn.items()}


def _told(text: str, assignment: Assignment) -> dict[str, Told | Failure]:
    """Return what the text of a file says of each exercise."""
    try:
        return mark.told(limited(lambda: mark.said([text], assignment.exercises)), "", assignment.exercises)
    except Stopped as error:
        return mark.told({}, str(error), assignment.exercises)


def handed_over(
    assignment: Assignment, drawn: Mapping[str, Hidden], solution: Path, timeout: float
) -> dict[str, Mapping[str, Any] | Failure]:
    """Return the evidence that a file hands over for each exercise, or why there is none.

    An exercise that does not end, or ends the process, costs no other: the rest runs in another process.
    """
    found: dict[str, Mapping[str, Any] | Failure] = {}
    while len(found) < len(drawn):
        left = {name: references.delivery(hidden) for name, hidden in drawn.items() if name not in found}
        with SolutionProcess(solution, assignment.name, left) as process:
            process.load(timeout + LOADING)
            for name in left:
                seconds = max(timeout, assignment.exercises[name].seconds)
                try:
                    found[name] = process.evidence(seconds)
                except TimeoutError:
                    message = f"it took longer than {seconds:g} s: is there a loop that does not end?"
                    found[name] = Failure("timeout", message)
                    break
                except EOFError:
                    found[name] = Failure("died", "the process ended in this exercise.")
                    break
    return found


def run(assignment_name: str, solution: Path, *, as_json: bool = False, timeout: float = 20) -> int:
    """Print what a student would get for a Python file; return 1 where it cannot be loaded.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    """
    if not solution.is_file():
        raise FileNotFoundError(f"there is no file {solution}: change to its folder with `cd`, or write where it is")
    assignment = references.load(assignment_name)
    missing = sandbox.available()
    if missing:
        print(
            f"handgrad: there is no sandbox here, so {solution} runs as you, and can do all that you can: {missing}.",
            file=sys.stderr,
        )
    status = 0
    try:
        found = verdicts(assignment, solution, timeout)
    except CannotLoad as error:
        print(f"handgrad: {error}", file=sys.stderr)
        status = 1
        found = {
            name: unjudged(exercise, "cannot_load", "the file cannot be loaded.")
            for name, exercise in assignment.exercises.items()
        }
    data = {name: VerdictRecord.of(verdict, assignment.points[name]).to_json() for name, verdict in found.items()}
    if as_json:
        keys = ("score", "max", "attempted", "diagnoses")
        print(json.dumps({"exercises": {name: {key: entry[key] for key in keys} for name, entry in data.items()}}))
        return status
    for name, verdict in found.items():
        if verdict.attempted:
            print(verdict_text(verdict, assignment.points[name]))
    unattempted = [name for name, verdict in found.items() if not verdict.attempted]
    if unattempted:
        print(f"not attempted: {', '.join(unattempted)}")
    total, most = sum(entry["score"] for entry in data.values()), sum(entry["max"] for entry in data.values())
    print(f"\n{total:g} of {most:g} points")
    return status
