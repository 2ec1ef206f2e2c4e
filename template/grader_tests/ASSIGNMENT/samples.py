"""Sample submissions of ASSIGNMENT, each with the score it must get. Written for the tests."""

from __future__ import annotations

from nbformat.notebooknode import NotebookNode

from handgrad.building.samples import Sample, mistaken, solved
from handgrad.references import Assignment

ONE_BY_ONE = """def cosine(x, w, grad_s):
    s, grad_x, grad_w = np.zeros(len(x)), np.zeros(x.shape), np.zeros(len(w))
    for n in range(len(x)):
        length_x, length_w = np.sqrt(x[n] @ x[n]), np.sqrt(w @ w)
        s[n] = x[n] @ w / (length_x * length_w)
        grad_x[n] = grad_s[n] * (w / (length_x * length_w) - s[n] * x[n] / length_x**2)
        grad_w += grad_s[n] * (x[n] / (length_x * length_w) - s[n] * w / length_w**2)
    return s, grad_x, grad_w
"""


def perfect(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release)


def untouched(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return release


def one_by_one(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release, {"cosine": ONE_BY_ONE})


def with_mistake(exercise: str, mistake: str, score: float) -> Sample:
    """Return a submission that makes a known mistake in an exercise, and the score that is left of it."""

    def make(assignment: Assignment, release: NotebookNode) -> NotebookNode:
        return solved(assignment, release, {exercise: mistaken(assignment, exercise, mistake)})

    return Sample(mistake, make, {exercise: score}, diagnosed={exercise: mistake})


SAMPLES = (
    Sample("perfect", perfect),
    Sample("untouched", untouched, all_lost=True),
    Sample("one_by_one", one_by_one),
    with_mistake("cosine", "length_of_w_taken_as_constant", 4.0),
    with_mistake("cosine", "length_of_x_taken_as_constant", 4.0),
    with_mistake("cosine", "not_divided_by_the_length_of_w", 4.0),
    with_mistake("cosine", "not_divided_by_the_length_of_x", 4.0),
    with_mistake("cosine", "grad_s_left_out", 2.0),
)
