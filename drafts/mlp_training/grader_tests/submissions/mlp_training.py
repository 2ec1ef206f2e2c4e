"""Sample submissions of mlp_training, each with the score it must get. Written for the tests."""

from __future__ import annotations

from nbformat.notebooknode import NotebookNode

from handgrad.grading.references import Assignment
from handgrad.grading.samples import Sample, mistaken, solved


def perfect(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release)


def untouched(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return release


def wrong_gradients(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    answers = {
        "LinearFunction": mistaken(assignment, "LinearFunction", "weight_averaged"),
        "CrossEntropyFunction": mistaken(assignment, "CrossEntropyFunction", "backward_without_1/N"),
        "depth": mistaken(assignment, "depth", "called_overfitting"),
    }
    return solved(assignment, release, answers)


def gradients_never_cleared(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    answers = {
        "or_step": mistaken(assignment, "or_step", "no_zero_grad"),
        "train": mistaken(assignment, "train", "no_zero_grad"),
        "predict": mistaken(assignment, "predict", "mode_not_restored"),
    }
    return solved(assignment, release, answers)


def nothing_scaled(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    source = assignment.model["fit_function"]
    for old, new in assignment.references["fit_function"].mistakes[0].edit.items():
        source = source.replace(old, new)
    answers = {
        "fit_function": source,
        "letter_reader": mistaken(assignment, "letter_reader", "labels_off_by_one"),
    }
    return solved(assignment, release, answers)


SAMPLES = (
    Sample("perfect", perfect),
    Sample("untouched", untouched, all_lost=True),
    Sample(
        "wrong_gradients",
        wrong_gradients,
        lost={"LinearFunction": 6.4, "CrossEntropyFunction": 16 / 3, "depth": 2},
        diagnosed={
            "LinearFunction": "weight_averaged",
            "CrossEntropyFunction": "backward_without_1/N",
            "depth": "called_overfitting",
        },
    ),
    Sample(
        "gradients_never_cleared",
        gradients_never_cleared,
        lost={"or_step": 4.5, "train": 8, "predict": 3.2},
        diagnosed={"or_step": "no_zero_grad", "train": "no_zero_grad", "predict": "mode_not_restored"},
    ),
    Sample(
        "nothing_scaled",
        nothing_scaled,
        lost={"fit_function": 0, "letter_reader": 0},
        diagnosed={"fit_function": "not_scaled", "letter_reader": "labels_off_by_one"},
    ),
)
