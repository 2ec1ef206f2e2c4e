"""Measure the bands of mlp_training: what right and wrong solutions reach, over many seeds.

Run as ``python -m grader_tests.mlp_training.bands [SEEDS]``; grader_tests/README.md shows a run. It takes
some minutes, and is no part of the gate.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from handgrad import references
from handgrad.assignments.mlp_training.properties import LARGEST_ERROR, LEAST_ACCURACY, relative_errors, share
from handgrad.judging.exercise import steps
from handgrad.references import Assignment
from handgrad.references.right import right_solutions

ROOT = Path(__file__).resolve().parents[2]
NAME = "mlp_training"


def variants(assignment: Assignment, exercise: str) -> Iterator[tuple[str, str]]:
    """Yield the model, the right solutions of the corpus, and the mistakes: what it is, and its text."""
    right = references.model_source(assignment, assignment.model)
    yield "model", right
    for style, text in right_solutions(assignment, exercise).items():
        yield f"right: {style}", right + "\n\n" + text
    for mistake in assignment.mistakes[exercise]:
        yield f"wrong: {mistake.message}", right + "\n\n" + references.mistaken_source(assignment, exercise, mistake)


def reached(assignment: Assignment, exercise: str, source: str, seeds: int) -> dict[str, list[float]]:
    """Return the accuracies, or the errors of each function, over the cases of many seeds."""
    namespace: dict[str, Any] = {}
    exec(compile(source, "<variant>", "exec"), namespace)
    found: dict[str, list[float]] = {}
    for seed in range(seeds):
        for case in references.draw(assignment, exercise, b"bands", str(seed)).inputs.values():
            known = assignment.exercises[exercise]
            results: dict[str, Any] = {}
            for step in steps(known.run(namespace[exercise], **known.given(case))):
                results |= {name: np.asarray(value) for name, value in step.items()}
            values = {"accuracy": share(case, results)} if exercise == "letter_reader" else relative_errors(results)
            for name, value in values.items():
                found.setdefault(name, []).append(value)
    return found


def run(seeds: int) -> None:
    """Print a line for each variant: the worst and the mean, the spread, and the margin in standard deviations."""
    assignment = references.load(NAME, ROOT)
    for exercise, thresholds, sign in (
        ("letter_reader", {"accuracy": LEAST_ACCURACY}, 1),
        ("fit_function", LARGEST_ERROR, -1),
    ):
        print(f"\n{exercise}: {'at least' if sign > 0 else 'at most'} {thresholds}")
        for variant, source in variants(assignment, exercise):
            few = seeds if variant == "model" else max(2, seeds // 5)
            for name, values in reached(assignment, exercise, source, few).items():
                mean, deviation = float(np.mean(values)), float(np.std(values, ddof=1))
                margin = sign * (mean - thresholds[name]) / max(deviation, 0.001)
                print(
                    f"  {len(values):4}  {min(values):7.3f} to {max(values):7.3f}, mean {mean:7.3f}, "
                    f"deviation {deviation:.3f}, margin {margin:+6.1f}  {name}  {variant}",
                    flush=True,
                )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    run(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
