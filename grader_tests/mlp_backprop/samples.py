"""Sample submissions of mlp_backprop, each with the score it must get. Written for the tests."""

from __future__ import annotations

import nbformat
from nbformat.notebooknode import NotebookNode

from handgrad.building.samples import Sample, cell, edited, mistaken, solved
from handgrad.references import Assignment

LOOPS_AND_EINSUM = {
    "Matmul": """class Matmul:
    def forward(self, x, W):
        self.kept = (x, W)
        y = np.zeros((len(x), W.shape[1]))
        for n in range(len(x)):
            for j in range(W.shape[1]):
                for i in range(W.shape[0]):
                    y[n, j] += x[n, i] * W[i, j]
        return y

    def backward(self, grad_y):
        x, W = self.kept
        return np.einsum("nj,ij->ni", grad_y, W), np.einsum("ni,nj->ij", x, grad_y)
""",
    "Relu": """class Relu:
    def forward(self, x):
        self.x = np.array(x)
        return np.where(self.x > 0, self.x, 0.0)

    def backward(self, grad_y):
        out = np.zeros_like(self.x)
        for index in np.ndindex(self.x.shape):
            if self.x[index] > 0:
                out[index] = grad_y[index]
        return out
""",
    "softmax_loss": """def softmax_loss(scores, labels):
    total, grads = 0.0, []
    for row, label in zip(scores, labels):
        e = [np.exp(s - max(row)) for s in row]
        total += np.log(sum(e)) - (row[label] - max(row))
        grads.append([(e[c] / sum(e) - (c == label)) / len(scores) for c in range(len(row))])
    return total / len(scores), np.array(grads)
""",
    "two_layer_loss": """def two_layer_loss(params, X, labels, reg):
    W1, b1, W2, b2 = (params[k] for k in ("W1", "b1", "W2", "b2"))
    grads = {"W1": 2 * reg * W1, "b1": np.zeros_like(b1), "W2": 2 * reg * W2, "b2": np.zeros_like(b2)}
    loss = reg * (np.einsum("ij,ij->", W1, W1) + np.einsum("ij,ij->", W2, W2))
    for x, label in zip(X, labels):
        z = np.einsum("i,ij->j", x, W1) + b1
        h = z * (z > 0)
        s = np.einsum("i,ij->j", h, W2) + b2
        log_p = s - s.max() - np.log(np.exp(s - s.max()).sum())
        loss -= log_p[label] / len(X)
        ds = np.exp(log_p)
        ds[label] -= 1
        ds /= len(X)
        dz = np.einsum("jc,c->j", W2, ds) * (z > 0)
        grads["W2"] = grads["W2"] + np.einsum("j,c->jc", h, ds)
        grads["b2"] = grads["b2"] + ds
        grads["W1"] = grads["W1"] + np.einsum("i,j->ij", x, dz)
        grads["b1"] = grads["b1"] + dz
    return loss, grads
""",
    "sgd_step": """def sgd_step(params, grads, learning_rate):
    moved = {}
    for key in sorted(params):
        step = np.empty_like(params[key])
        for index in np.ndindex(step.shape):
            step[index] = params[key][index] + (-learning_rate) * grads[key][index]
        moved[key] = step
    return moved
""",
}


def perfect(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release)


def untouched(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return release


def loops_and_einsum(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release, LOOPS_AND_EINSUM)


def transposed_dW1(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(
        assignment,
        release,
        {
            "two_layer_loss": edited(
                assignment, "two_layer_loss", ("X.T @ grad_z", "(grad_z.T @ X)"), ("+ 2 * reg * W1", "+ 2 * reg * W1.T")
            )
        },
    )


def one_over_n_missing(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(
        assignment, release, {"two_layer_loss": mistaken(assignment, "two_layer_loss", "gradient_without_1/N")}
    )


def regularisation_without_2(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(
        assignment, release, {"two_layer_loss": mistaken(assignment, "two_layer_loss", "regularisation_without_2")}
    )


def crash_in_one(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(
        assignment, release, {"Relu": edited(assignment, "Relu", ("self.mask = x > 0", "self.mask = x > undefined"))}
    )


def nan(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(assignment, release, {"softmax_loss": mistaken(assignment, "softmax_loss", "no_shift")})


def infinite_loop(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    return solved(
        assignment,
        release,
        {"sgd_step": "def sgd_step(params, grads, learning_rate):\n    while True:\n        pass\n"},
    )


def stubborn_loop(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    source = (
        "def sgd_step(params, grads, learning_rate):\n"
        "    while True:\n"
        "        try:\n"
        "            while True:\n"
        "                pass\n"
        "        except BaseException:\n"
        "            pass\n"
    )
    return solved(assignment, release, {"sgd_step": source})


def kernel_dies(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    notebook = solved(
        assignment,
        release,
        {"softmax_loss": "import os\n\n\ndef softmax_loss(scores, labels):\n    os._exit(1)\n"},
    )
    # the later exercises do not depend on it: they bring their own
    helper = nbformat.v4.new_code_cell(assignment.model["softmax_loss"])
    notebook.cells.insert(notebook.cells.index(cell(notebook, "softmax_loss")) + 1, helper)
    return notebook


def not_json(assignment: Assignment, release: NotebookNode) -> str:
    return '{"cells": [ this is not JSON'


def cells_deleted(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    notebook = solved(assignment, release)
    for name in ("Matmul", "two_layer_loss", "bug_3"):
        notebook.cells.remove(cell(notebook, name))
    notebook.cells.remove(next(c for c in notebook.cells if "import numpy as np" in c.source))
    return notebook


def cells_copied(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    notebook = solved(assignment, release)
    for name in ("Matmul", "Relu_solution", "two_layer_loss"):
        original = cell(notebook, name)
        copied = nbformat.from_dict({**original, "id": f"copy-of-{original.id}"})
        notebook.cells.insert(notebook.cells.index(original) + 1, copied)
    return notebook


def cells_split(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    notebook = solved(assignment, release)
    for name in ("bug_1_solution", "Relu"):
        original = cell(notebook, name)
        first, rest = (
            original.source.split("\n", 1) if "\n" in original.source else (original.source[:8], original.source[8:])
        )
        half = nbformat.from_dict({**original, "id": f"half-of-{original.id}"})
        half.source, original.source = first, rest
        notebook.cells.insert(notebook.cells.index(original), half)
    return notebook


def cells_retyped(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    notebook = solved(assignment, release)
    for name in ("Matmul_solution", "two_layer_loss"):
        cell(notebook, name).cell_type = "markdown"
        for key in ("outputs", "execution_count"):
            cell(notebook, name).pop(key, None)
    return notebook


def cells_edited(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    notebook = solved(assignment, release, {"Relu": mistaken(assignment, "Relu", "mask_reversed")})
    cell(notebook, "Relu").source = "1.0"
    cell(notebook, "Relu").metadata.nbgrader.points = 400
    return notebook


def warnings_on_stderr(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    noisy = (
        "import sys\nimport warnings\n\n\ndef sgd_step(params, grads, learning_rate):\n"
        "    warnings.warn('The use of `x.T` on tensors is deprecated', UserWarning, stacklevel=1)\n"
        "    print('still here', file=sys.stderr)\n"
        "    return {name: params[name] - learning_rate * grads[name] for name in params}\n"
    )
    return solved(assignment, release, {"sgd_step": noisy})


def other_types(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    wrapped = (
        "\n\n_plain_two_layer_loss = two_layer_loss\n\n\nclass Named(np.ndarray):\n"
        "    def __eq__(self, other):\n        return True\n\n    __hash__ = None\n\n\n"
        "def two_layer_loss(params, X, labels, reg):\n"
        "    loss, grads = _plain_two_layer_loss(params, X, labels, reg)\n"
        "    return np.array(loss), {k: v.view(Named) for k, v in grads.items()}\n"
    )
    scalar = (
        "\n\n_plain_softmax_loss = softmax_loss\n\n\ndef softmax_loss(scores, labels):\n"
        "    loss, grad = _plain_softmax_loss(scores, labels)\n"
        "    return np.float64(loss), np.asfortranarray(grad)\n"
    )
    return solved(
        assignment,
        release,
        {
            "two_layer_loss": assignment.model["two_layer_loss"] + wrapped,
            "softmax_loss": assignment.model["softmax_loss"] + scalar,
        },
    )


def wrong_in_other_types(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    always_equal = (
        "class Equal(np.ndarray):\n    def __eq__(self, other):\n        return True\n\n    __hash__ = None\n\n\n"
        "def sgd_step(params, grads, learning_rate):\n"
        "    return {name: np.zeros_like(params[name]).view(Equal) for name in params}\n"
    )
    return solved(assignment, release, {"sgd_step": always_equal})


def by_machine(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    """Gradients by differences and by autograd, in exercises that are done by hand."""
    differences = (
        "def sigmoid(z):\n    return 1 / (1 + np.exp(-z))\n\n\n"
        "def loss_of(params, x, y):\n"
        "    a1 = sigmoid(x @ params['W1'] + params['b1'])\n"
        "    a2 = sigmoid(a1 @ params['W2'] + params['b2'])\n"
        "    return ((a2 @ params['W3'] + params['b3'])[0] - y) ** 2\n\n\n"
        "def sigmoid_network_gradients(params, x, y):\n"
        "    h, grads = 1e-6, {}\n"
        "    params = {name: value.copy() for name, value in params.items()}\n"
        "    for name, value in params.items():\n"
        "        grads[name] = np.zeros_like(value)\n"
        "        for place in np.ndindex(value.shape):\n"
        "            kept = value[place]\n"
        "            value[place] = kept + h\n"
        "            above = loss_of(params, x, y)\n"
        "            value[place] = kept - h\n"
        "            below = loss_of(params, x, y)\n"
        "            value[place] = kept\n"
        "            grads[name][place] = (above - below) / (2 * h)\n"
        "    return loss_of(params, x, y), grads\n"
    )
    autograd = (
        "def softmax_loss(scores, labels):\n"
        "    import torch\n\n"
        "    z = torch.tensor(scores, requires_grad=True)\n"
        "    loss = torch.nn.functional.cross_entropy(z, torch.tensor(labels))\n"
        "    loss.backward()\n"
        "    return loss.item(), z.grad.numpy()\n"
    )
    return solved(assignment, release, {"sigmoid_network_gradients": differences, "softmax_loss": autograd})


def compares_with_torch(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    """Right work beside a comparison with PyTorch, which is missing at grading."""
    notebook = perfect(assignment, release)
    imports = nbformat.v4.new_code_cell("import torch\nimport torch.nn.functional as F\nfrom torch import nn")
    compares = nbformat.v4.new_code_cell("print(F.cross_entropy(torch.zeros(1, 3), torch.tensor([0])))")
    notebook.cells[1:1] = [imports, compares]
    return notebook


def a_float_at_the_end(assignment: Assignment, release: NotebookNode) -> NotebookNode:
    notebook = untouched(assignment, release)
    for name in assignment.model:
        cell(notebook, name).source += "\n100.0"
    return notebook


SAMPLES = (
    Sample("perfect", perfect),
    Sample("untouched", untouched, all_lost=True),
    Sample("loops_and_einsum", loops_and_einsum),
    Sample("transposed_dW1", transposed_dW1, {"two_layer_loss": 9.6}, diagnosed={"two_layer_loss": "transposed"}),
    Sample(
        "one_over_N_missing",
        one_over_n_missing,
        {"two_layer_loss": 2.4},
        diagnosed={"two_layer_loss": "gradient_without_1/N"},
    ),
    Sample(
        "regularisation_without_2",
        regularisation_without_2,
        {"two_layer_loss": 7.2},
        diagnosed={"two_layer_loss": "regularisation_without_2"},
    ),
    Sample("crash_in_one", crash_in_one, {"Relu": 0.0}, diagnosed={"Relu": "raised_NameError"}),
    Sample("nan", nan, {"softmax_loss": 0.0}, diagnosed={"softmax_loss": "no_shift"}),
    Sample("infinite_loop", infinite_loop, {"sgd_step": 0.0}),
    Sample("stubborn_loop", stubborn_loop, {"sgd_step": 0.0}),
    Sample("kernel_dies", kernel_dies, {"softmax_loss": 0.0}),
    Sample("not_json", not_json, all_lost=True),
    Sample("cells_deleted", cells_deleted),
    Sample("cells_copied", cells_copied),
    Sample("cells_split", cells_split),
    Sample("cells_retyped", cells_retyped),
    Sample("cells_edited", cells_edited, {"Relu": 2.0}, diagnosed={"Relu": "mask_reversed"}),
    Sample("warnings_on_stderr", warnings_on_stderr),
    Sample("other_types", other_types),
    Sample("wrong_in_other_types", wrong_in_other_types, {"sgd_step": 0.0}, diagnosed={"sgd_step": "zeros"}),
    Sample(
        "by_machine",
        by_machine,
        {"sigmoid_network_gradients": 12 / 7, "softmax_loss": 0.0},
        diagnosed={"sigmoid_network_gradients": "approximated", "softmax_loss": "raised_ModuleNotFoundError"},
    ),
    Sample("compares_with_torch", compares_with_torch),
    Sample("a_float_at_the_end", a_float_at_the_end, all_lost=True),
)
