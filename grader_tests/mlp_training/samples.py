"""Sample submissions of mlp_training, each with the score it must get. Written for the tests."""

from __future__ import annotations

from nbformat.notebooknode import NotebookNode

from handgrad.building.samples import Sample, mistaken, solved
from handgrad.references import Assignment

MISTAKES = {
    "or_step": "no_zero_grad",
    "LinearFunction": "weight_averaged",
    "CrossEntropyFunction": "backward_without_1/N",
    "train": "no_zero_grad",
    "predict": "mode_not_restored",
    "checkpoint": "opened_without_weights_only",
    "fit_function": "not_scaled",
    "depth": "called_overfitting",
}

# a training takes three times as long as the model's, and still gets its points
SLOW = ("    model = MLP(", "    import time\n\n    time.sleep(0.7)\n    model = MLP(")
# it ends in the notebook, whose model is an OrNet, and not in the probe, which must be stopped
ENDLESS = ("    losses = []", "    losses = []\n    while isinstance(model, torch.nn.Sequential):\n        pass")


def perfect(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release)


def untouched(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return release


def mistakes_and_time(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    answers = {name: mistaken(assignment, name, which) for name, which in MISTAKES.items()}
    answers["letter_reader"] = assignment.model["letter_reader"].replace(*SLOW)
    answers["train_or"] = assignment.model["train_or"].replace(*ENDLESS)
    return solved(assignment, release, answers)


SAMPLES = (
    Sample("perfect", perfect),
    Sample("untouched", untouched, all_lost=True),
    Sample(
        "mistakes_and_time",
        mistakes_and_time,
        lost={
            "or_step": 6 * 3 / 4,
            "train_or": 0,
            "LinearFunction": 8 * 4 / 5,
            "CrossEntropyFunction": 8 * 3 / 4,
            "train": 10 * 5 / 6,
            "predict": 4 * 4 / 5,
            "checkpoint": 4 * 3 / 4,
            "fit_function": 2.0,  # sin x fits as it is
            "depth": 3 * 2 / 3,
        },
        diagnosed=MISTAKES,
    ),
)
