"""What the grader knows of an assignment: from ``grader_tests/`` to hidden cases and their right results."""

from handgrad.references.assignment import (
    Assignment,
    PerExample,
    Reference,
    load,
    mistaken_source,
    model_source,
    supplied,
)
from handgrad.references.course import ReferencesMissing, checkout, course_folder
from handgrad.references.hidden import SMALLEST, Hidden, draw, expected, generator
from handgrad.references.loops import loops_seconds, loops_text
from handgrad.references.mistakes import Mistake
from handgrad.references.public import public, public_cases
from handgrad.references.verdicts import delivery, on_the_spot, verdict

__all__ = [
    "SMALLEST",
    "Assignment",
    "Hidden",
    "Mistake",
    "PerExample",
    "Reference",
    "ReferencesMissing",
    "checkout",
    "course_folder",
    "delivery",
    "draw",
    "expected",
    "generator",
    "load",
    "loops_seconds",
    "loops_text",
    "mistaken_source",
    "model_source",
    "on_the_spot",
    "public",
    "public_cases",
    "supplied",
    "verdict",
]
