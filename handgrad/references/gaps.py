"""What an exercise still lacks, in words."""

from __future__ import annotations

from handgrad.references.hidden import Hidden
from handgrad.references.loops import STYLE as LOOPS
from handgrad.references.right import right_solutions
from handgrad.references.second_route import disagreements, second_routes

LEAST_MISTAKES = 4
LEAST_MISTAKES_OF_A_CHOICE = 2
"""Of an exercise in which a part is a choice, whose wrong answers are few and known."""


def gaps(hidden: Hidden) -> list[str]:
    """Return a sentence for each thing that is missing from an exercise, with the place where it belongs."""
    assignment, exercise = hidden.assignment, hidden.assignment.exercises[hidden.name]
    folder = f"grader_tests/{assignment.name}"
    found = []
    mistakes = len(assignment.mistakes[hidden.name])
    least = LEAST_MISTAKES_OF_A_CHOICE if exercise.unanswered else LEAST_MISTAKES
    if mistakes < least:
        found.append(f"{folder}/mistakes.toml has {mistakes} known mistakes of it; {least} are the least")
    if exercise.large and LOOPS not in right_solutions(assignment, hidden.name):
        found.append(f"{folder}/right/{LOOPS}.py has no solution in plain loops, by which its large case is timed")
    if exercise.properties is None:
        route = second_routes(assignment).get(hidden.name)
        if route is None:
            found.append(f"{folder}/second_route.py has no second route to its results")
        else:
            found += disagreements(assignment, hidden.name, hidden.inputs, route)
    return found
