"""What an instructor learns from a graded assignment."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import nbformat

from handgrad.grading.render import VERDICT_MIME


def verdicts(notebook: Path) -> list[dict[str, Any]]:
    """Return the judge's verdicts of an autograded notebook, in the order of its tests.

    Only test cells are read: there the grader itself wrote every output.
    """
    found = []
    for cell in nbformat.read(notebook, as_version=4).cells:
        nbgrader = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and nbgrader.get("grade") and not nbgrader.get("solution"):
            found += [output["data"][VERDICT_MIME] for output in cell.outputs if VERDICT_MIME in output.get("data", {})]
    return found


def sandbox(notebook: Path) -> str:
    """Return what kept the submission of an autograded notebook apart: ``"bubblewrap"``, or ``"none"``."""
    return str(nbformat.read(notebook, as_version=4).metadata.get("handgrad", {}).get("sandbox", "none"))


def scores(course: Path, assignment: str) -> dict[str, tuple[float, float, bool]]:
    """Return score, points and whether something is left to grade by hand, for each student.

    Raises
    ------
    LookupError
        Where the course has no gradebook, or the gradebook no such assignment.
    """
    from nbgrader.api import Gradebook, MissingEntry

    path = course.resolve() / "gradebook.db"
    if not path.is_file():
        raise LookupError(f"there is no gradebook in {course.resolve()}: run `nbgrader generate_assignment` first")
    with Gradebook(f"sqlite:///{path}?timeout=60") as gradebook:
        try:
            gradebook.find_assignment(assignment)
            submissions = gradebook.assignment_submissions(assignment)
        except MissingEntry as error:
            known = ", ".join(a.name for a in gradebook.assignments) or "none"
            raise LookupError(f"the gradebook knows no assignment {assignment!r}; it knows: {known}") from error
        return {s.student_id: (s.score, s.max_score, bool(s.needs_manual_grade)) for s in submissions}


def _told(verdict: dict[str, Any]) -> str:
    if verdict["reason"]:
        return str(verdict["reason"][0])
    return ", ".join(verdict["diagnoses"]) or "no known mistake"


def run(assignment: str, course: Path) -> int:
    """Print a table of students, scores and diagnoses, and where to look."""
    found = scores(course, assignment)
    if not found:
        print(f"No submission of {assignment} is graded yet: run nbgrader autograde on {course / 'submitted'} first.")
        return 0
    counted: Counter[str] = Counter()
    width = max(len(student) for student in found)
    print(f"{'student':<{width}}  {'score':>13}  what was diagnosed")
    failed, unprotected = [], []
    for student, (score, most, manual) in sorted(found.items()):
        path = course / "autograded" / student / assignment / f"{assignment}.ipynb"
        if not path.is_file():
            failed.append(student)
            print(f"{student:<{width}}  {'not graded':>13}")
            continue
        if sandbox(path) == "none":
            unprotected.append(student)
        lost = [v for v in verdicts(path) if v["score"] < v["max"]]
        counted.update({name for verdict in lost for name in verdict["diagnoses"]})
        shown = "; ".join(f"{verdict['exercise']}: {_told(verdict)}" for verdict in lost[:3])
        more = f"; and {len(lost) - 3} more" if len(lost) > 3 else ""
        star = "*" if manual else " "
        print(f"{student:<{width}}  {score:6.2f}/{most:5.1f}{star}  {shown + more or 'all right'}")
    if any(manual for _, _, manual in found.values()):
        print("* written answers are still to be graded, in formgrader")
    if counted:
        print("\nmost frequent diagnoses")
        for name, count in counted.most_common(8):
            print(f"  {count:3d}  {name}")
    if unprotected:
        print(f"\nrun without a sandbox, as you: {', '.join(unprotected)}")
    elif len(failed) < len(found):
        print("\nevery submission was run in a sandbox (bubblewrap)")
    print("\nwhere to look")
    print(
        f"  {course / 'autograded'}/STUDENT/{assignment}/{assignment}.ipynb  what was run, with a verdict in each test"
    )
    print(f"  {course / 'feedback'}/STUDENT/{assignment}/{assignment}.html     what the student reads")
    if failed:
        print(f"\nnot graded: {', '.join(failed)}. The log of nbgrader autograde says why.")
        return 1
    return 0
