"""Sample submissions of vanishing_gradients, each with the score it must get. Written for the tests."""

from __future__ import annotations

from nbformat.notebooknode import NotebookNode

from handgrad.building.samples import Sample, edited, mistaken, solved
from handgrad.references import Assignment


def perfect(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release)


def untouched(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return release


def cut_after_one_step(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release, {"rnn_backward": mistaken(assignment, "rnn_backward", "truncated_after_1_step")})


def cut_after_three_steps(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(
        assignment, release, {"rnn_backward": mistaken(assignment, "rnn_backward", "truncated_after_3_steps")}
    )


def first_step_missing(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(
        assignment,
        release,
        {
            "rnn_backward": mistaken(assignment, "rnn_backward", "truncated_after_T-1_steps"),
            "step_contributions": mistaken(assignment, "step_contributions", "cut_after_T-1_steps"),
        },
    )


def wrong_forward(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    """One mistake in the forward pass, which the others call: it costs once."""
    return solved(assignment, release, {"rnn_forward": mistaken(assignment, "rnn_forward", "h0_ignored")})


def order_of_the_factors(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(
        assignment,
        release,
        {
            "state_jacobian": mistaken(assignment, "state_jacobian", "order_reversed"),
            "lag_norms": mistaken(assignment, "lag_norms", "by_time_in_place_of_lag"),
        },
    )


def natural_logarithm(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    blind = edited(assignment, "blind_inputs", ("np.eye(4)", "0.01 * np.ones((4, 4))"))
    return solved(
        assignment,
        release,
        {"predicted_slope": mistaken(assignment, "predicted_slope", "natural_logarithm"), "blind_inputs": blind},
    )


SAMPLES = (
    Sample("perfect", perfect),
    Sample("untouched", untouched, all_lost=True),
    # Wo and b2 keep their points: they have no way back through time
    Sample(
        "cut_after_one_step",
        cut_after_one_step,
        {"rnn_backward": 4.0},
        diagnosed={"rnn_backward": "truncated_after_1_step"},
    ),
    Sample(
        "cut_after_three_steps",
        cut_after_three_steps,
        {"rnn_backward": 4.0},
        diagnosed={"rnn_backward": "truncated_after_3_steps"},
    ),
    Sample(
        "first_step_missing",
        first_step_missing,
        {"rnn_backward": 4.0, "step_contributions": 3.0},
        diagnosed={"rnn_backward": "truncated_after_T-1_steps", "step_contributions": "cut_after_T-1_steps"},
    ),
    Sample("wrong_forward", wrong_forward, {"rnn_forward": 0.0}, diagnosed={"rnn_forward": "h0_ignored"}),
    Sample(
        "order_of_the_factors",
        order_of_the_factors,
        {"state_jacobian": 4.0, "lag_norms": 0.0},
        diagnosed={"state_jacobian": "order_reversed", "lag_norms": "by_time_in_place_of_lag"},
    ),
    Sample(
        "natural_logarithm",
        natural_logarithm,
        {"predicted_slope": 1.0, "blind_inputs": 2.0},
        diagnosed={"predicted_slope": "natural_logarithm", "blind_inputs": "still_blind"},
    ),
)
