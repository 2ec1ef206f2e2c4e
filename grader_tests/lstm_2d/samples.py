"""Sample submissions of lstm_2d, each with the score it must get. Written for the tests."""

from __future__ import annotations

from nbformat.notebooknode import NotebookNode

from handgrad.building.samples import Sample, mistaken, solved
from handgrad.references import Assignment


def perfect(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release)


def untouched(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return release


def path_through_o_lost(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release, {"cell_backward": mistaken(assignment, "cell_backward", "path_through_o_lost")})


def one_path_lost(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release, {"grid_backward": mistaken(assignment, "grid_backward", "path_of_d_lost")})


def x_through_x_t_alone(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release, {"grid_backward": mistaken(assignment, "grid_backward", "X_through_x_t_alone")})


def overwritten(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release, {"grid_backward": mistaken(assignment, "grid_backward", "overwritten")})


def one_forget_gate(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release, {"md_cell_forward": mistaken(assignment, "md_cell_forward", "one_forget_gate")})


def no_binomial(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release, {"path_gradient": mistaken(assignment, "path_gradient", "one_path_only")})


SAMPLES = (
    Sample("perfect", perfect),
    Sample("untouched", untouched, all_lost=True),
    Sample(
        "path_through_o_lost",
        path_through_o_lost,
        {"cell_backward": 12 * 14 / 22},
        diagnosed={"cell_backward": "path_through_o_lost"},
    ),
    Sample("one_path_lost", one_path_lost, {"grid_backward": 0.0}, diagnosed={"grid_backward": "path_of_d_lost"}),
    Sample(
        "x_through_x_t_alone",
        x_through_x_t_alone,
        {"grid_backward": 12 * 16 / 17},
        diagnosed={"grid_backward": "X_through_x_t_alone"},
    ),
    Sample("overwritten", overwritten, {"grid_backward": 12 / 17}, diagnosed={"grid_backward": "overwritten"}),
    Sample(
        "one_forget_gate",
        one_forget_gate,
        # a backward is scored on the student's own forward, so this mistake costs both
        {"md_cell_forward": 0.0, "md_cell_backward": 0.0},
        diagnosed={"md_cell_forward": "one_forget_gate"},
    ),
    Sample("no_binomial", no_binomial, {"path_gradient": 0.0}, diagnosed={"path_gradient": "one_path_only"}),
)
