"""Printing: a few lines in the terminal, of a class of any size."""

from __future__ import annotations

from pathlib import Path

from handgrad.reporting.counting import Report
from handgrad.reporting.reading import feedback_of, notebook_of

MOST_PRINTED = 40
"""How many students the terminal lists; a larger class stands on the page alone, but for those not graded."""


def show(report: Report, page: Path) -> None:
    """Print a summary of a report, and where its page is."""
    if not report.students:
        print(
            f"No submission of {report.assignment} is graded yet: "
            f"`handgrad grade {report.assignment}` grades what is in {report.course / 'submitted'}."
        )
    elif len(report.students) <= MOST_PRINTED:
        _print_students(report)
    _print_scores(report)
    _print_findings(report)
    _print_sandbox(report)
    print("\nwhere to look")
    print(f"  {page}  all of this, and more; the tables beside it are CSV")
    print(f"  {report.course / notebook_of(report.assignment, 'STUDENT')}  what was run, with a verdict in each test")
    feedback = report.course / feedback_of(report.assignment, "STUDENT")
    print(f"  {feedback}  what the student reads, once `handgrad feedback {report.assignment}` has written it")
    if report.failed:
        print(f"\nnot graded: {', '.join(one.student for one in report.failed)}. The log of the grading says why.")


def _print_students(report: Report) -> None:
    width = max(len(one.student) for one in report.students)
    print(f"{'student':<{width}}  {'score':>13}  what was diagnosed")
    for one in report.students:
        if one.note is None or one.submission is None:
            print(f"{one.student:<{width}}  {'not graded':>13}")
            continue
        shown = "; ".join(f"{name}: {told}" for name, told in list(one.lost.items())[:3])
        more = f"; and {len(one.lost) - 3} more" if len(one.lost) > 3 else ""
        star = "*" if one.submission.waiting else " "
        score = f"{one.submission.score:6.2f}/{report.most:5.1f}"
        print(f"{one.student:<{width}}  {score}{star}  {shown + more or 'all right'}")
    if report.waiting:
        print("* written answers are still to be graded, in formgrader")


def _print_scores(report: Report) -> None:
    found = report.summary()
    if found:
        told = ", ".join(f"{name} {found[name]:.1f}" for name in ("score", "mean", "median") if name in found)
        print(
            f"\n{len(report.graded)} of {report.enrolled} students are graded: {told} of {report.most:g} points; "
            f"written answers that wait: {report.waiting}"
        )


def _print_findings(report: Report) -> None:
    if report.mistakes:
        print("\nmost frequent diagnoses, with the number of students")
        for mistake in report.frequent[:8]:
            print(f"  {mistake.students:4d}  {mistake.name}")
    if report.changes:
        who = len({change.student for change in report.changes})
        counts = f"{len(report.changes)}, students: {who}"
        print(f"\nmarks that changed since they were first given: {counts}; the page says why")
    if report.alike:
        print(f"\npairs of submissions that are alike in their code: {len(report.alike)}; the page says whose")
    if report.flagged:
        reasons = ", ".join(f"{count} {what}" for what, count in report.reasons())
        print(f"\nstudents to look at: {len(report.flagged)} ({reasons}); the page says whom, and why")


def _print_sandbox(report: Report) -> None:
    if report.unprotected:
        names = report.unprotected
        more = f" and {len(names) - MOST_PRINTED} more" if len(names) > MOST_PRINTED else ""
        print(f"\nrun without a sandbox, as you: {', '.join(names[:MOST_PRINTED])}{more}")
    elif report.graded:
        print("\nevery submission was run in a sandbox (bubblewrap)")
