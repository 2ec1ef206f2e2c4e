"""Attacks on "by hand": right numbers that a machine differentiated.

The loss is right and its own, so it keeps its half of the points; the gradient costs far too much on the large case.
"""

from __future__ import annotations

from tests.attacks import Attack

LOSS = '''
def loss_of(scores, labels):
    """Return the loss alone, which is honest."""
    shifted = scores - scores.real.max(axis=1, keepdims=True)
    return (np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(scores)), labels]).mean()


def around(scores, labels, index, step):
    moved = scores.astype(type(step + 0.0))
    moved[index] = moved[index] + step
    return loss_of(moved, labels)
'''


def _each(expression: str) -> str:
    """Return a solution that fills each entry of the gradient with an expression."""
    return (
        LOSS + "\n\ndef softmax_loss(scores, labels):\n    h = 1e-6\n    grad = np.zeros(scores.shape)\n"
        "    for i in np.ndindex(*scores.shape):\n"
        f"        grad[i] = {expression}\n    return loss_of(scores, labels), grad\n"
    )


QUOTIENT = "(around(scores, labels, i, h) - around(scores, labels, i, -h)) / (2 * h)"

IN_A_STRING = (
    LOSS
    + """
exec('''
def numerical(scores, labels, h=1e-6):
    grad = np.zeros(scores.shape)
    for i in np.ndindex(*scores.shape):
        grad[i] = (around(scores, labels, i, h) - around(scores, labels, i, -h)) / (2 * h)
    return grad
''')


def softmax_loss(scores, labels):
    return loss_of(scores, labels), eval("numerical(scores, labels)")
"""
)

ENTIRELY_IN_A_STRING = LOSS + f"\nexec({_each(QUOTIENT)!r})\n"

RUN_BY_IPYTHON = LOSS + f"\nget_ipython().run_cell({_each(QUOTIENT)!r})\n"

IN_A_REGISTER = (
    LOSS
    + """
WAYS = []


def by_differences(scores, labels, h=1e-6):
    grad = np.zeros(scores.shape)
    for i in np.ndindex(*scores.shape):
        grad[i] = (around(scores, labels, i, h) - around(scores, labels, i, -h)) / (2 * h)
    return grad


WAYS.append(by_differences)


def softmax_loss(scores, labels):
    return loss_of(scores, labels), WAYS[0](scores, labels)
"""
)

PADDED = _each(QUOTIENT) + "    " + "; ".join(["x = 1"] * 7000) + "\n"

DEEP = _each(f"{QUOTIENT}{' * 1' * 1500}")

TORCH = (
    LOSS
    + """
def softmax_loss(scores, labels):
    import glob
    import sys

    places = ("/usr/lib/python3*/*-packages", "/usr/local/lib/python3*/*-packages", sys.prefix + "/lib/python3*/*-packages")
    for path in [path for place in places for path in glob.glob(place + "/torch/__init__.py")]:
        sys.path.insert(0, path.removesuffix("/torch/__init__.py"))
    sys.modules.pop("torch", None)
    torch = __import__("to" + "rch")
    leaf = torch.tensor(scores)
    leaf.requires_grad = bool(1)
    loss = torch.nn.functional.cross_entropy(leaf, torch.tensor(labels))
    loss.backward()
    return loss.detach().numpy(), leaf.grad.numpy()
"""
)

HALF = {"softmax_loss": 3.0}


def _attack(name: str, tries: str, answers: dict[str, str]) -> Attack:
    return Attack(name, tries, answers, earned=HALF)


ATTACKS = (
    _attack("differences", "Divides differences by a step.", {"softmax_loss": _each(QUOTIENT)}),
    _attack(
        "differences_by_operator",
        "Divides differences by functions of operator.",
        {
            "softmax_loss": "import operator\n"
            + _each(
                "operator.truediv(operator.sub(around(scores, labels, i, h), around(scores, labels, i, -h)), 2 * h)"
            )
        },
    ),
    _attack(
        "differences_by_diff",
        "Lets NumPy take the difference.",
        {"softmax_loss": _each("np.diff([around(scores, labels, i, s) for s in (-h, h)])[0] / (2 * h)")},
    ),
    _attack(
        "differences_by_fit",
        "Fits a line through a few losses.",
        {"softmax_loss": _each("np.polyfit([-h, 0, h], [around(scores, labels, i, s) for s in (-h, 0, h)], 1)[0]")},
    ),
    _attack(
        "differences_by_lambda",
        "Hides the difference in a lambda.",
        {"softmax_loss": _each("(lambda f, s: (f(s) - f(-s)) * 0.5 / s)(lambda s: around(scores, labels, i, s), h)")},
    ),
    _attack(
        "complex_step",
        "Takes a complex step.",
        {"softmax_loss": _each("around(scores, labels, i, 1e-30j).imag / 1e-30")},
    ),
    _attack(
        "complex_step_by_numpy",
        "Takes a complex step in other words.",
        {"softmax_loss": _each("np.imag(around(scores, labels, i, complex(0, 1e-30))) * 1e30")},
    ),
    _attack("differences_in_a_string", "Hides the difference in a string.", {"softmax_loss": IN_A_STRING}),
    _attack("solution_in_a_string", "Hides all of the solution in a string.", {"softmax_loss": ENTIRELY_IN_A_STRING}),
    _attack("solution_run_by_ipython", "Lets IPython run a string.", {"softmax_loss": RUN_BY_IPYTHON}),
    _attack(
        "differences_in_a_register", "Keeps the difference in a list of functions.", {"softmax_loss": IN_A_REGISTER}
    ),
    _attack("differences_padded", "Hides the difference in much code.", {"softmax_loss": PADDED}),
    Attack("differences_deep", "Hides the difference in a deep expression.", {"softmax_loss": DEEP}),
    Attack("torch_found", "Looks for PyTorch, to differentiate with.", {"softmax_loss": TORCH}),
)
