"""Sample submissions of tensor_basics, each with the score it must get. Written for the tests."""

from __future__ import annotations

from nbformat.notebooknode import NotebookNode

from handgrad.building.samples import Sample, edited, mistaken, solved
from handgrad.references import Assignment

LOOPS_AND_LOGADDEXP = {
    "axis_of_len": "def axis_of_len(X):\n    return X.shape.index(len(X))\n",
    "broadcast_shape": """def broadcast_shape(a, b):
    result = []
    for k in range(1, max(len(a), len(b)) + 1):
        m = a[-k] if k <= len(a) else 1
        n = b[-k] if k <= len(b) else 1
        if m == n or n == 1:
            result.insert(0, m)
        elif m == 1:
            result.insert(0, n)
        else:
            raise ValueError(f"{m} and {n}")
    return tuple(result)
""",
    "divide_by_row_sums": "def divide_by_row_sums(A):\n    return [[value / sum(row) for value in row] for row in A]\n",
    "sigmoid": "def sigmoid(x):\n    return np.exp(-np.logaddexp(0, -x))\n",
    "softmax": "def softmax(x):\n    return np.exp(x - np.logaddexp.reduce(x, axis=-1, keepdims=True))\n",
    "sigmoid_cross_entropy": """def sigmoid_cross_entropy(logits, targets):
    total = 0.0
    for z, t in zip(logits.ravel(), targets.ravel()):
        total += t * np.logaddexp(0, -z) + (1 - t) * np.logaddexp(0, z)
    return total / logits.size
""",
}


def perfect(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release)


def untouched(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return release


def loops_and_logaddexp(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release, LOOPS_AND_LOGADDEXP)


def without_keepdims(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    """The mistake of published answer keys, believed in: made in the prediction and in the function."""
    return solved(
        assignment,
        release,
        {
            "predicted_quotient": mistaken(assignment, "predicted_quotient", "rows_by_their_own_sums"),
            "divide_by_row_sums": mistaken(assignment, "divide_by_row_sums", "without_keepdims"),
        },
    )


def some_predictions_wrong(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    """Of eight, one has the wrong shape, one is no error, one is still None."""
    predictions = edited(
        assignment,
        "predicted_shapes_2",
        ("shape_k = (4, 4)", "shape_k = (4, 1)"),
        ("shape_m = (2, 3, 6)", 'shape_m = "error"'),
        ("shape_n = (4, 5)", "shape_n = None"),
    )
    return solved(assignment, release, {"predicted_shapes_2": predictions})


def unstable(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    """The formulas of the textbook, as they stand: they overflow, and NumPy warns."""
    return solved(
        assignment,
        release,
        {
            "sigmoid": mistaken(assignment, "sigmoid", "exp_overflows"),
            "softmax": mistaken(assignment, "softmax", "no_shift"),
            "softmax_cross_entropy": mistaken(assignment, "softmax_cross_entropy", "logarithm_of_zero"),
            "sigmoid_cross_entropy": mistaken(assignment, "sigmoid_cross_entropy", "logarithm_of_zero"),
        },
    )


def both_branches(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    """np.where chooses too late: the branch that is not taken overflows."""
    source = "def sigmoid(x):\n    return np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x)))\n"
    return solved(assignment, release, {"sigmoid": source})


def epsilon(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(
        assignment,
        release,
        {
            "softmax_cross_entropy": mistaken(assignment, "softmax_cross_entropy", "epsilon_1e-12_in_the_logarithm"),
            "sigmoid_cross_entropy": mistaken(assignment, "sigmoid_cross_entropy", "epsilon_1e-12_in_the_logarithm"),
        },
    )


def softmax_over_axis_1(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    """Right for matrices; softmax_cross_entropy calls it and keeps its points."""
    loss = edited(
        assignment,
        "softmax_cross_entropy",
        ("shifted = logits", "assert softmax(logits).shape == logits.shape\n    shifted = logits"),
    )
    broken = mistaken(assignment, "softmax", "all_over_axis_1")
    return solved(assignment, release, {"softmax": broken, "softmax_cross_entropy": loss})


def softmax_twice(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(
        assignment,
        release,
        {"softmax_cross_entropy": mistaken(assignment, "softmax_cross_entropy", "softmax_twice")},
    )


def python_loop(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(
        assignment, release, {"pairwise_manhattan": mistaken(assignment, "pairwise_manhattan", "python_loop")}
    )


def any_table_accepted(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    """variance builds on an expectation that checks nothing: the mistake costs once."""
    return solved(assignment, release, {"expectation": mistaken(assignment, "expectation", "any_table_accepted")})


def sample_variance(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release, {"variance": mistaken(assignment, "variance", "sample_variance")})


def aligned_from_the_left(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(
        assignment, release, {"broadcast_shape": mistaken(assignment, "broadcast_shape", "aligned_from_the_left")}
    )


def asks_numpy(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(
        assignment, release, {"broadcast_shape": "def broadcast_shape(a, b):\n    return np.broadcast_shapes(a, b)\n"}
    )


SAMPLES = (
    Sample("perfect", perfect),
    Sample("untouched", untouched, all_lost=True),
    Sample("loops_and_logaddexp", loops_and_logaddexp),
    Sample(
        "without_keepdims",
        without_keepdims,
        {"predicted_quotient": 0.0, "divide_by_row_sums": 0.0},
        diagnosed={"predicted_quotient": "rows_by_their_own_sums", "divide_by_row_sums": "without_keepdims"},
    ),
    Sample(
        "some_predictions_wrong",
        some_predictions_wrong,
        {"predicted_shapes_2": 2.5},
        diagnosed={"predicted_shapes_2": "column_against_row_keeps_the_column"},
    ),
    Sample(
        "unstable",
        unstable,
        {"sigmoid": 2.0, "softmax": 6.0, "softmax_cross_entropy": 3.0, "sigmoid_cross_entropy": 3.0},
        diagnosed={
            "sigmoid": "exp_overflows",
            "softmax": "no_shift",
            "softmax_cross_entropy": "logarithm_of_zero",
            "sigmoid_cross_entropy": "logarithm_of_zero",
        },
    ),
    Sample("both_branches", both_branches, {"sigmoid": 2.0}, diagnosed={"sigmoid": "exp_overflows"}),
    Sample(
        "epsilon",
        epsilon,
        {"softmax_cross_entropy": 3.0, "sigmoid_cross_entropy": 3.0},
        diagnosed={
            "softmax_cross_entropy": "epsilon_1e-12_in_the_logarithm",
            "sigmoid_cross_entropy": "epsilon_1e-12_in_the_logarithm",
        },
    ),
    Sample("softmax_over_axis_1", softmax_over_axis_1, {"softmax": 2.0}, diagnosed={"softmax": "all_over_axis_1"}),
    Sample(
        "softmax_twice",
        softmax_twice,
        {"softmax_cross_entropy": 0.0},
        diagnosed={"softmax_cross_entropy": "softmax_twice"},
    ),
    Sample("python_loop", python_loop, {"pairwise_manhattan": 2.0}, diagnosed={"pairwise_manhattan": "python_loop"}),
    Sample(
        "any_table_accepted",
        any_table_accepted,
        {"expectation": 2.0},
        diagnosed={"expectation": "any_table_accepted"},
    ),
    Sample("sample_variance", sample_variance, {"variance": 2.0}, diagnosed={"variance": "sample_variance"}),
    Sample(
        "aligned_from_the_left",
        aligned_from_the_left,
        {"broadcast_shape": 0.0},
        diagnosed={"broadcast_shape": "aligned_from_the_left"},
    ),
    Sample("asks_numpy", asks_numpy, {"broadcast_shape": 0.0}, diagnosed={"broadcast_shape": "wrong_return"}),
)
