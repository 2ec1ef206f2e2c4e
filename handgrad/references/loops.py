"""How long the slowest honest style takes for a large case: plain Python loops."""

from __future__ import annotations

import time

import numpy as np

from handgrad.judging.exercise import steps
from handgrad.references.assignment import Assignment, model_source

STYLE = "loops"
SEED = 0


def loops_text(assignment: Assignment) -> str:
    """Return the text of the right solutions in plain loops, ``grader_tests/A/right/loops.py``; nothing without one."""
    path = assignment.folder / "right" / f"{STYLE}.py"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def loops_seconds(assignment: Assignment) -> dict[str, float]:
    """Return how much of the processor's time plain loops take for each large case of an assignment."""
    namespace: dict[str, object] = {}
    names = [name for name, exercise in assignment.exercises.items() if exercise.large]
    if names:
        source = model_source(assignment, assignment.model) + "\n\n" + loops_text(assignment)
        exec(compile(source, f"<{STYLE}>", "exec"), namespace)
    found = {}
    for name in names:
        exercise = assignment.exercises[name]
        assert exercise.large is not None
        case = exercise.large.draw(np.random.default_rng(SEED))
        began = time.process_time()
        for _ in steps(exercise.run(*(namespace[part] for part in exercise.solution), **case)):
            pass
        found[name] = time.process_time() - began
    return found
