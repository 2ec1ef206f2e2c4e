"""The public half of each assignment, by its name: its exercises, and its public cases."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from handgrad.judging.diagnosis import Context
from handgrad.judging.evidence import pack, unpack
from handgrad.judging.exercise import Case, Exercises
from handgrad.judging.judge import Misconception, Truth


def exercises(assignment: str) -> Exercises:
    """Return the exercises of an assignment.

    Raises
    ------
    LookupError
        Where the course has no assignment of this name.
    """
    try:
        module = importlib.import_module(f"handgrad.assignments.{assignment}.exercises")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("handgrad.assignments"):
            raise  # it is known, and a package that it needs is missing
        folders = files("handgrad.assignments").iterdir()
        known = ", ".join(sorted(folder.name for folder in folders if folder.joinpath("exercises.py").is_file()))
        raise LookupError(f"handgrad knows no assignment named {assignment!r}; it knows: {known}") from error
    found: Exercises = module.EXERCISES
    return found


def pack_truth(truth: Truth) -> dict[str, Any]:
    """Return the JSON form of what is known of a public case."""
    return {
        "expected": pack(dict(truth.expected)),
        "context": {name: [c.examples, pack(c.terms)] for name, c in truth.context.items()},
        "wrong": [[m.name, m.message, pack(dict(results))] for m, results in truth.wrong.items()],
    }


def unpack_truth(packed: dict[str, Any]) -> Truth:
    """Return what :func:`pack_truth` packed."""
    return Truth(
        expected=unpack(packed["expected"]),
        context={name: Context(n, unpack(terms)) for name, (n, terms) in packed["context"].items()},
        wrong={Misconception(name, message): unpack(results) for name, message, results in packed["wrong"]},
    )


@cache
def public_cases(assignment: str) -> dict[str, tuple[dict[str, Case], dict[str, Truth]]]:
    """Return the public inputs and what is known of them, for each exercise of an assignment."""
    text = files(f"handgrad.assignments.{assignment}").joinpath("cases.json").read_text(encoding="utf-8")
    found = {}
    for name, cases in json.loads(text).items():
        inputs = {label: unpack(case["inputs"]) for label, case in cases.items()}
        truths = {label: replace(unpack_truth(case["truth"]), inputs=inputs[label]) for label, case in cases.items()}
        found[name] = (inputs, truths)
    return found
