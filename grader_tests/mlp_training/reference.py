"""References of mlp_training: forward passes, hidden cases, known mistakes.

Gradients come from the forward pass by the complex step. What training leads to is computed from
the same gradients, step by step, in float64. Two exercises have no one right answer and are judged
by a band; their mistakes carry the names that the properties in the package give.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

# an optimizer imports it when it is first made, which would count as the student's time
import torch._dynamo  # noqa: F401

from grader_tests.mlp_backprop.reference import ACTIVATION, cross_entropy, draw_until, grid, labels_of, sigmoid
from handgrad.assignments.mlp_training import letters
from handgrad.assignments.mlp_training.exercises import ACTIVATIONS, CHOICES, OR_WITHIN
from handgrad.judging.exercise import Case
from handgrad.references import Mistake, PerExample, Reference
from handgrad.references.derivative import gradient

Array = np.ndarray[Any, Any]
Generator = np.random.Generator
Layers = list[tuple[Array, Array]]

OR_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
OR_TARGETS = np.array([0.0, 1.0, 1.0, 1.0])

# -- forward passes, weights (out, in), for real and complex numbers -----------------------------


def scores_of(params: Layers, X: Array, activation: str) -> Array:
    """Return the scores of a network whose last layer has no activation."""
    for weight, bias in params[:-1]:
        X = X @ weight.T + bias
        X = X if activation == "none" else ACTIVATION[activation](X)
    weight, bias = params[-1]
    return X @ weight.T + bias


def _layers(flat: list[Array]) -> Layers:
    return list(zip(flat[::2], flat[1::2], strict=True))


def _flat(params: Layers) -> list[Array]:
    return [array for pair in params for array in pair]


def _gradients(loss: Any, flat: list[Array]) -> list[Array]:
    """Return the gradient of a loss with respect to each array of a list."""
    return [gradient(lambda z, k=k: loss([*flat[:k], z, *flat[k + 1 :]]), value) for k, value in enumerate(flat)]


def _draw_layers(rng: Generator, *sizes: int) -> Layers:
    return [(grid(rng, b, a), grid(rng, b)) for a, b in itertools.pairwise(sizes)]


def _nothing(**inputs: Any) -> dict[str, Any]:
    """Return no right results: the exercise is judged by its properties."""
    return {}


# -- the OR perceptron ---------------------------------------------------------------------------


def or_net_cases(rng: Generator) -> dict[str, Case]:
    def case(X: Array) -> Case:
        return {"weights": grid(rng, 2), "bias": float(grid(rng, 1)[0]), "X": X}

    return {"the four rows of OR": case(OR_X), "other inputs": case(grid(rng, 5, 2)), "one row": case(grid(rng, 1, 2))}


def or_net_expected(weights: Array, bias: float, X: Array) -> dict[str, Any]:
    return {"parameters": 3, "outputs": sigmoid(X @ weights + bias)}


OR_NET = Reference(
    cases=or_net_cases,
    expected=or_net_expected,
    public=("the four rows of OR",),
    mistakes=(
        Mistake(
            "no_sigmoid",
            {"torch.sigmoid(self.linear(X))": "self.linear(X)"},
            "the sigmoid is missing: an output of a linear layer alone may be any number, not one between 0 and 1.",
        ),
        Mistake(
            "tanh_in_place_of_sigmoid",
            {"torch.sigmoid": "torch.tanh"},
            "the output passes through tanh, which runs from −1 to 1; a sigmoid runs from 0 to 1.",
        ),
        Mistake(
            "sigmoid_twice",
            {"torch.sigmoid(self.linear(X))": "torch.sigmoid(torch.sigmoid(self.linear(X)))"},
            "the sigmoid is applied twice, so that no output lies below 0.5.",
        ),
        Mistake(
            "no_bias",
            {"nn.Linear(2, 1)": "nn.Linear(2, 1, bias=False)"},
            "there is no bias: for the input (0, 0) the output would be 0.5 whatever the weights.",
        ),
        Mistake(
            "two_outputs",
            {"nn.Linear(2, 1)": "nn.Linear(2, 2)"},
            "there is more than one output unit: OR needs one.",
        ),
    ),
)


def _or_loss(weights: Array, bias: Array) -> Any:
    p = sigmoid(OR_X @ weights + bias)
    return -np.mean(OR_TARGETS * np.log(p) + (1 - OR_TARGETS) * np.log(1 - p))


def or_step_cases(rng: Generator) -> dict[str, Case]:
    def case(rate: float) -> Case:
        return {"weights": grid(rng, 2), "bias": float(grid(rng, 1)[0]), "learning_rate": rate}

    return {"a rate of 1": case(1.0), "a rate of 1/2": case(0.5), "a rate of 4": case(4.0)}


def or_step_expected(weights: Array, bias: float, learning_rate: float) -> dict[str, Any]:
    w, b = weights, np.array([bias])
    results: dict[str, Any] = {"loss": _or_loss(w, b), "a float": True}
    for step in range(3):
        grads = _gradients(lambda flat: _or_loss(flat[0], flat[1]), [w, b])
        w, b = w - learning_rate * grads[0], b - learning_rate * grads[1]
        when = {0: "after one step", 2: "after three steps"}.get(step)
        if when:
            results |= {f"{when}[0]": w[None], f"{when}[1]": b}
    return results


OR_STEP = Reference(
    cases=or_step_cases,
    expected=or_step_expected,
    public=("a rate of 1",),
    mistakes=(
        Mistake(
            "step_before_backward",
            {"loss.backward()\n    optimizer.step()": "optimizer.step()\n    loss.backward()"},
            "`optimizer.step()` comes before `loss.backward()`: the first step has no gradient, and every later one uses old ones.",
        ),
        Mistake(
            "no_zero_grad",
            {"    optimizer.zero_grad()\n": ""},
            "the gradients are never cleared: `backward` adds to what is there, so call `optimizer.zero_grad()` in every step.",
        ),
        Mistake(
            "zero_grad_after_backward",
            {"    optimizer.zero_grad()\n": "", "loss.backward()\n": "loss.backward()\n    optimizer.zero_grad()\n"},
            "the gradients are cleared between `backward` and `step`, so the step finds none.",
        ),
        Mistake(
            "no_step",
            {"    optimizer.step()\n": ""},
            "the parameters never move: after `backward`, the optimizer has to make its step.",
        ),
        Mistake(
            "squared_error",
            {"nn.functional.binary_cross_entropy(": "nn.functional.mse_loss("},
            "this is the squared error; the loss is the binary cross-entropy.",
        ),
        Mistake(
            "summed",
            {"binary_cross_entropy(model(X), targets)": 'binary_cross_entropy(model(X), targets, reduction="sum")'},
            "the loss is summed over the four rows; the mean is asked for.",
        ),
        Mistake(
            "sigmoid_inside_the_loss_too",
            {"binary_cross_entropy(": "binary_cross_entropy_with_logits("},
            "this loss applies a sigmoid of its own, and the model has one already.",
        ),
        Mistake(
            "loss_after_the_step",
            {"return loss.item()": "return nn.functional.binary_cross_entropy(model(X), targets).item()"},
            "the loss is measured after the step; the one before it is asked for.",
        ),
        Mistake(
            "loss_kept_as_a_tensor",
            {"return loss.item()": "return loss"},
            "the loss is returned as a tensor, and its whole graph is kept in memory with it: `.item()` gives the number.",
        ),
    ),
)


def or_is_learned_cases(rng: Generator) -> dict[str, Case]:
    # learned; the first output too high; a row with a single 1 too low, either one; AND; all equal; all 1
    units = [
        *((8.0, 8.0, -3.25), (8.0, 8.0, -2.5), (5.0, 8.0, -3.25), (4.0, 4.0, -6.0)),
        *((0.0, 0.0, 0.0), (8.0, 8.0, 8.0), (3.5, 6.5, -3.5), (6.5, 3.5, -3.5)),
    ]

    def case() -> Case:
        jitter = rng.uniform(-0.1, 0.1)
        return {"units": [(a, b, c + jitter) for a, b, c in units]}

    return {"eight units": case(), "eight other units": case()}


def or_is_learned_expected(units: Any) -> dict[str, Any]:
    results: dict[str, Any] = {}
    for k, (w1, w2, b) in enumerate(units):
        outputs = sigmoid(OR_X @ np.array([w1, w2]) + b)
        results[f"is learned[{k}]"] = bool(np.all(np.abs(outputs - OR_TARGETS) <= OR_WITHIN))
    return results


OR_IS_LEARNED = Reference(
    cases=or_is_learned_cases,
    expected=or_is_learned_expected,
    public=("eight units",),
    mistakes=(
        Mistake(
            "any_in_place_of_all",
            {".all()": ".any()"},
            "one output within 0.05 is taken for enough; all four must be.",
        ),
        Mistake(
            "no_absolute_value",
            {"(model(X) - targets).abs()": "(model(X) - targets)"},
            "the deviation has no absolute value, so outputs far too low count as right.",
        ),
        Mistake(
            "rounded",
            {"(model(X) - targets).abs() <= 0.05": "model(X).round() == targets"},
            "outputs on the right side of 0.5 are taken for right; they must be within 0.05.",
        ),
        Mistake(
            "mean_deviation",
            {"bool(((model(X) - targets).abs() <= 0.05).all())": "bool((model(X) - targets).abs().mean() <= 0.05)"},
            "the mean deviation is compared with 0.05; each output must be within it.",
        ),
        Mistake(
            "always_false",
            {"<= 0.05": "<= 0.0"},
            "no unit counts as learned: a sigmoid never reaches 0 or 1, so within 0.05 must be enough.",
        ),
    ),
)


def train_or_cases(rng: Generator) -> dict[str, Case]:
    return {
        "a usual start": {"weights": grid(rng, 2) / 2, "bias": 0.125},
        "a start that says the opposite": {"weights": np.array([-2.0, -1.0]), "bias": 2.0},
    }


TRAIN_OR = Reference(
    cases=train_or_cases,
    expected=_nothing,
    public=("a usual start",),
    mistakes=(
        Mistake("not_learned", {"range(2000)": "range(3)"}, "the training ends after three steps."),
        Mistake("not_learned", {"lr=0.1": "lr=1e-6"}, "the steps are so small that the limit comes first."),
        Mistake(
            "not_learned",
            {"if or_is_learned(model, X, targets):": "if ((model(X) - targets).abs() < 0.5).all():"},
            "the training ends as soon as every output is on the right side of 0.5.",
        ),
        Mistake(
            "not_learned",
            {"or_step(model, optimizer, X, targets)": "or_step(model, optimizer, X, 1 - targets)"},
            "the unit is trained for the opposite.",
        ),
        Mistake(
            "not_learned",
            {"model.parameters()": "OrNet().parameters()"},
            "the optimizer moves another model's parameters.",
        ),
        Mistake("no_falling_losses", {"return losses": "return losses[::-1]"}, "the losses come last one first."),
        Mistake("no_falling_losses", {"return losses": "return []"}, "the losses are not returned."),
    ),
)

# -- autograd Functions --------------------------------------------------------------------------


def _linear_case(rng: Generator, n: int, a: int, b: int, x_has_gradient: bool = True) -> Case:
    return {
        "x": grid(rng, n, a),
        "weight": grid(rng, b, a),
        "bias": grid(rng, b),
        "grad_y": grid(rng, n, b),
        "x_has_gradient": x_has_gradient,
    }


def linear_cases(rng: Generator) -> dict[str, Case]:
    return {
        "sizes all different": _linear_case(rng, 5, 3, 4),
        "everything square": _linear_case(rng, 4, 4, 4),
        "one example": _linear_case(rng, 1, 3, 2),
        "a first layer, whose x needs no gradient": _linear_case(rng, 6, 2, 3, x_has_gradient=False),
    }


def linear_expected(x: Array, weight: Array, bias: Array, grad_y: Array, x_has_gradient: bool) -> dict[str, Any]:
    results = {
        "y": x @ weight.T + bias,
        "grad_weight": gradient(lambda z: np.sum((x @ z.T + bias) * grad_y), weight),
        "grad_bias": gradient(lambda z: np.sum((x @ weight.T + z) * grad_y), bias),
        "saved": True,
    }
    if x_has_gradient:
        results["grad_x"] = gradient(lambda z: np.sum((z @ weight.T + bias) * grad_y), x)
    return results


LINEAR_FUNCTION = Reference(
    cases=linear_cases,
    expected=linear_expected,
    public=("sizes all different", "everything square"),
    per_example=PerExample(("x", "grad_y"), mean=False),
    mistakes=(
        Mistake(
            "weight_transposed_in_backward",
            {"grad_y @ weight": "grad_y @ weight.T"},
            "`grad_x` is made with Wᵀ; in the layout (out, in) the way back is grad_y @ W.",
        ),
        Mistake(
            "weight_not_transposed_in_forward",
            {"x @ weight.T + bias": "x @ weight + bias"},
            "forward multiplies by W as it is; in the layout (out, in) it is x Wᵀ.",
        ),
        Mistake(
            "grad_weight_transposed",
            {"grad_y.T @ x": "x.T @ grad_y"},
            "`grad_weight` is made in the layout (in, out); here weight is (out, in), so grad_yᵀ x.",
        ),
        Mistake(
            "bias_averaged",
            {"grad_y.sum(dim=0)": "grad_y.mean(dim=0)"},
            "`grad_bias` is averaged over the examples: add them up, the 1/N of the loss is in grad_y already.",
        ),
        Mistake(
            "bias_over_the_wrong_axis",
            {"grad_y.sum(dim=0)": "grad_y.sum(dim=1)"},
            "`grad_bias` is summed over the outputs; sum over the examples, dim=0.",
        ),
        Mistake(
            "grad_y_dropped",
            {
                "grad_y @ weight, grad_y.T @ x, grad_y.sum(dim=0)": (
                    "torch.ones_like(grad_y) @ weight, torch.ones_like(grad_y).T @ x, torch.ones_like(grad_y).sum(dim=0)"
                )
            },
            "the gradient that arrives, grad_y, is dropped, as if it were 1 everywhere.",
        ),
        Mistake(
            "bias_left_out",
            {"x @ weight.T + bias": "x @ weight.T"},
            "forward leaves the bias out.",
        ),
        Mistake(
            "weight_averaged",
            {"grad_y.T @ x": "grad_y.T @ x / len(x)"},
            "`grad_weight` is divided by N once more: the 1/N of a mean loss is in grad_y already.",
        ),
        Mistake(
            "kept_as_attributes",
            {
                "ctx.save_for_backward(x, weight)": "ctx.kept = (x, weight)",
                "ctx.saved_tensors": "ctx.kept",
            },
            "the tensors are kept as attributes of ctx: `ctx.save_for_backward` also notices when one is changed in between.",
        ),
        Mistake(
            "returned_in_another_order",
            {
                "grad_y @ weight, grad_y.T @ x, grad_y.sum(dim=0)": "grad_y.T @ x, grad_y @ weight, grad_y.sum(dim=0)",
            },
            "backward returns the gradients in another order than forward takes its inputs: x, weight, bias.",
        ),
    ),
)


def _entropy_case(rng: Generator, n: int, c: int, scale: float = 1.0, shift: float = 0.0) -> Case:
    def make() -> Case:
        logits = grid(rng, n, c) * scale + shift
        upstream = float(rng.choice([-2.5, -0.75, 0.375, 1.75, 3.0]))
        return {"logits": logits, "labels": labels_of(rng, n, c), "grad_loss": upstream}

    def good(case: Case) -> bool:
        wrong = case["logits"].argmax(axis=1) != case["labels"]
        return scale == 1.0 or bool(wrong.sum() >= 2)

    return draw_until(good, make)


def entropy_cases(rng: Generator) -> dict[str, Case]:
    return {
        "more examples than classes": _entropy_case(rng, 7, 4),
        "square": _entropy_case(rng, 4, 4),
        "one example": _entropy_case(rng, 1, 5),
        "logits of 1000": _entropy_case(rng, 6, 3, 1024.0),
        "logits near -1000": _entropy_case(rng, 5, 4, shift=-1024.0),
    }


def entropy_expected(logits: Array, labels: Array, grad_loss: float) -> dict[str, Any]:
    return {
        "loss": cross_entropy(logits, labels),
        "grad_logits": gradient(lambda z: grad_loss * cross_entropy(z, labels), logits),
        "saved": True,
    }


CROSS_ENTROPY_FUNCTION = Reference(
    cases=entropy_cases,
    expected=entropy_expected,
    public=("more examples than classes", "logits of 1000"),
    per_example=PerExample(("logits", "labels")),
    mistakes=(
        Mistake(
            "backward_without_1/N",
            {" / len(labels), None": ", None"},
            "forward takes the mean but backward lacks its 1/N: divide by the number of examples there too.",
        ),
        Mistake(
            "grad_output_dropped",
            {"grad_loss * (probabilities - onehot)": "(probabilities - onehot)"},
            "the gradient that arrives is dropped: whoever uses 3 times this loss needs 3 times this gradient.",
        ),
        Mistake(
            "onehot_not_subtracted",
            {"(probabilities - onehot)": "probabilities"},
            "the gradient is softmax − onehot: the 1 at the label of each row is not subtracted.",
        ),
        Mistake(
            "wrong_way_round",
            {"(probabilities - onehot)": "(onehot - probabilities)"},
            "the difference is the wrong way round: it is softmax − onehot.",
        ),
        Mistake(
            "softmax_over_the_examples",
            {"logits.softmax(dim=1)": "logits.softmax(dim=0)"},
            "softmax runs over the examples in backward; the classes lie along dim=1.",
        ),
        Mistake(
            "label_column_only",
            {"(probabilities - onehot)": "(probabilities - 1) * onehot"},
            "only the column of the label has a gradient; the other logits raise the sum in the logarithm too.",
        ),
        Mistake(
            "no_shift",
            {"logits.logsumexp(dim=1)": "logits.exp().sum(dim=1).log()"},
            "exp overflows for large logits: subtract the largest of each row first, or use logsumexp.",
        ),
        Mistake(
            "loss_summed",
            {").mean()": ").sum()"},
            "the loss is a sum over the examples; the mean is asked for.",
        ),
        Mistake(
            "logarithm_missing",
            {"(logits.logsumexp(dim=1) - picked).mean()": "(1 - (picked - logits.logsumexp(dim=1)).exp()).mean()"},
            "the logarithm is missing: the loss is −log p, not 1 − p.",
        ),
        Mistake(
            "kept_as_attributes",
            {
                "ctx.save_for_backward(logits, labels)": "ctx.kept = (logits, labels)",
                "ctx.saved_tensors": "ctx.kept",
            },
            "the tensors are kept as attributes of ctx: `ctx.save_for_backward` also notices when one is changed in between.",
        ),
    ),
)

# -- the MLP -------------------------------------------------------------------------------------


def _mlp_case(rng: Generator, n: int, sizes: tuple[int, ...], activation: str) -> Case:
    def make() -> Case:
        params = [(W / 2, b) if activation in ("tanh", "sigmoid") else (W, b) for W, b in _draw_layers(rng, *sizes)]
        return {
            "params": params,
            "activation": activation,
            "X": grid(rng, n, sizes[0]),
            "grad_scores": grid(rng, n, sizes[-1]),
        }

    def good(case: Case) -> bool:
        a = case["X"]
        for weight, bias in case["params"][:-1]:
            z = a @ weight.T + bias
            if activation == "relu" and (np.abs(z).min() < 1e-2 or not ((z > 0).any() and (z < 0).any())):
                return False
            a = z if activation == "none" else ACTIVATION[activation](z)
        scores = scores_of(case["params"], case["X"], activation)
        return bool((scores < 0).any() and (scores > 0).any())

    return draw_until(good, make)


def mlp_cases(rng: Generator) -> dict[str, Case]:
    return {
        "relu, two hidden layers": _mlp_case(rng, 5, (4, 6, 3, 2), "relu"),
        "relu, one hidden layer": _mlp_case(rng, 6, (3, 5, 4), "relu"),
        "tanh, square layers": _mlp_case(rng, 4, (4, 4, 4, 4), "tanh"),
        "sigmoid, one hidden layer": _mlp_case(rng, 5, (2, 6, 3), "sigmoid"),
        "none, one hidden layer": _mlp_case(rng, 5, (3, 2, 4), "none"),
        "no hidden layer": _mlp_case(rng, 5, (3, 4), "tanh"),
    }


def mlp_expected(params: Layers, activation: str, X: Array, grad_scores: Array) -> dict[str, Any]:
    flat = _flat(params)
    grads = _gradients(lambda p: np.sum(scores_of(_layers(p), X, activation) * grad_scores), flat)
    return {
        "parameter shapes[count]": len(flat),
        "parameter shapes[Linear]": np.array(flat[0].shape),
        **{f"parameter shapes[{k}]": np.array(array.shape) for k, array in enumerate(flat)},
        f"scores ({activation})": scores_of(params, X, activation),
        "LinearFunction": len(params),
        "first weights": True,
        **{f"gradients[{k}]": grad for k, grad in enumerate(grads)},
    }


MLP = Reference(
    cases=mlp_cases,
    expected=mlp_expected,
    public=("relu, two hidden layers", "tanh, square layers", "no hidden layer"),
    mistakes=(
        Mistake(
            "activation_at_the_end",
            {"return self.layers[-1](X)": "return self.activation(self.layers[-1](X))"},
            "the activation is applied to the scores too: the last layer has none.",
        ),
        Mistake(
            "layers_in_a_plain_list",
            {"nn.ModuleList(": "list("},
            "the layers stand in a plain list, where PyTorch does not see them: the model has no parameters. Use nn.ModuleList.",
        ),
        Mistake(
            "softmax_at_the_end",
            {"return self.layers[-1](X)": "return self.layers[-1](X).softmax(dim=1)"},
            "softmax is applied to the scores; the cross-entropy does that itself.",
        ),
        Mistake(
            "no_activation_between",
            {"X = self.activation(layer(X))": "X = layer(X)"},
            "there is no activation between the layers, so the whole network is one linear map.",
        ),
        Mistake(
            "activation_before_the_layer",
            {"X = self.activation(layer(X))": "X = layer(self.activation(X))"},
            "the activation comes before each layer; it belongs behind.",
        ),
        Mistake(
            "bias_before_weight",
            {
                "        self.weight = nn.Parameter(weight)\n        self.bias = nn.Parameter(torch.zeros(out_features))": (
                    "        self.bias = nn.Parameter(torch.zeros(out_features))\n        self.weight = nn.Parameter(weight)"
                )
            },
            "the parameters come in the order bias, weight; weight comes first.",
        ),
        Mistake(
            "layout_in_out",
            {"torch.empty(out_features, in_features)": "torch.empty(in_features, out_features)"},
            "weight is laid out as (in, out); PyTorch's layout is (out, in).",
        ),
        Mistake(
            "weights_all_equal",
            {"nn.init.xavier_normal_(torch.empty(out_features, in_features))": "torch.ones(out_features, in_features)"},
            "all first weights are equal, so all units of a layer compute the same and learn the same, forever.",
        ),
        Mistake(
            "plain_tensors",
            {"nn.Parameter(torch.zeros(out_features))": "torch.zeros(out_features)"},
            "a plain tensor on self is no parameter: wrap it in nn.Parameter.",
        ),
        Mistake(
            "one_layer_shared",
            {
                "nn.ModuleList(Linear(a, b) for a, b in pairwise(sizes))": (
                    "nn.ModuleList([Linear(sizes[0], sizes[1])] * (len(sizes) - 1))"
                )
            },
            "the same layer stands in the list several times; each layer needs weights of its own.",
        ),
        Mistake(
            "nn_linear_in_place_of_LinearFunction",
            {"LinearFunction.apply(X, self.weight, self.bias)": "nn.functional.linear(X, self.weight, self.bias)"},
            "the layer does not use your LinearFunction: call LinearFunction.apply.",
        ),
        Mistake(
            "tanh_whatever_was_asked",
            {"ACTIVATION[activation]": "torch.tanh"},
            "the activation is tanh whatever name is given.",
        ),
    ),
)

# -- train, predict --------------------------------------------------------------------------------


def _train_case(rng: Generator, count: int, n: int, rate: float, momentum: float, epochs: int) -> Case:
    sizes = (3, 4, 3)
    params = [(weight / 2, bias) for weight, bias in _draw_layers(rng, *sizes)]
    batches = [(grid(rng, n, 3), labels_of(rng, n, 3)) for _ in range(count)]
    return {"params": params, "batches": batches, "learning_rate": rate, "momentum": momentum, "epochs": epochs}


def train_cases(rng: Generator) -> dict[str, Case]:
    def still(count: int, n: int) -> Case:
        """Return a case in which some labels are hit and some missed, so that the accuracy says something."""

        def good(case: Case) -> bool:
            share = train_expected(**case)["accuracy"][0]
            each = [
                np.mean(scores_of(case["params"], X, "tanh").argmax(axis=1) == labels) for X, labels in case["batches"]
            ]
            lowest = [
                np.mean(scores_of(case["params"], X, "tanh").argmin(axis=1) == labels) for X, labels in case["batches"]
            ]
            return bool(0.2 < share < 0.8 and len(set(each)) > 1 and np.mean(lowest) != share)

        return draw_until(good, lambda: _train_case(rng, count, n, 0.0, 0.0, 4))

    return {
        "a rate of 0, which leaves the model as it is": still(3, 5),
        "a rate of 0, four batches": still(4, 6),
        "two epochs": _train_case(rng, 3, 4, 0.5, 0.0, 2),
        "momentum, three epochs": _train_case(rng, 2, 5, 0.25, 0.5, 3),
    }


def train_expected(
    params: Layers, batches: list[tuple[Array, Array]], learning_rate: float, momentum: float, epochs: int
) -> dict[str, Any]:
    flat = _flat(params)
    if not learning_rate:
        scores = [(scores_of(params, X, "tanh"), labels) for X, labels in batches]
        loss = np.mean([cross_entropy(s, labels) for s, labels in scores])
        accuracy = np.mean([s.argmax(axis=1) == labels for s, labels in scores])
        return {"history": True, "loss": np.full(epochs, loss), "accuracy": np.full(epochs, accuracy)}
    velocity = [np.zeros_like(value) for value in flat]
    for _ in range(epochs):
        for X, labels in batches:
            grads = _gradients(lambda p, X=X, y=labels: cross_entropy(scores_of(_layers(p), X, "tanh"), y), flat)
            velocity = [momentum * v + g for v, g in zip(velocity, grads, strict=True)]
            flat = [p - learning_rate * v for p, v in zip(flat, velocity, strict=True)]
    return {**{f"parameters[{k}]": value for k, value in enumerate(flat)}, "memory": True, "history": True}


TRAIN = Reference(
    cases=train_cases,
    expected=train_expected,
    public=("a rate of 0, which leaves the model as it is", "two epochs"),
    mistakes=(
        Mistake(
            "no_zero_grad",
            {"            optimizer.zero_grad()\n": ""},
            "the gradients are never cleared: `backward` adds to what is there, so call `optimizer.zero_grad()` for every batch.",
        ),
        Mistake(
            "zero_grad_once_an_epoch",
            {
                "            optimizer.zero_grad()\n": "",
                "        total, hits, count = 0.0, 0, 0\n": "        total, hits, count = 0.0, 0, 0\n        optimizer.zero_grad()\n",
            },
            "the gradients are cleared once an epoch; they must be cleared for every batch.",
        ),
        Mistake(
            "step_before_backward",
            {
                "loss.backward()\n            optimizer.step()": "optimizer.step()\n            loss.backward()",
            },
            "`optimizer.step()` comes before `loss.backward()`, so that it never uses the gradient of its own batch.",
        ),
        Mistake(
            "no_step",
            {"            optimizer.step()\n": ""},
            "the optimizer never makes a step, so the model stays as it was.",
        ),
        Mistake(
            "one_epoch_only",
            {"for _ in range(epochs):": "for _ in range(1):"},
            "the batches are walked through once, whatever `epochs` says.",
        ),
        Mistake(
            "step_once_an_epoch",
            {
                "            optimizer.step()\n": "",
                '        history["loss"].append': '        optimizer.step()\n        history["loss"].append',
            },
            "the optimizer makes one step an epoch, with the last batch's gradient; it makes one for every batch.",
        ),
        Mistake(
            "loss_tensor_kept",
            {"total += loss.item() * len(X)": "total += loss * len(X)"},
            "the sum of the losses is a tensor that keeps the graph of every step in memory: add up `loss.item()`.",
        ),
        Mistake(
            "accuracy_as_a_tensor",
            {".sum().item()": ".sum()"},
            "the history holds tensors; it should hold floats, as `.item()` gives them.",
        ),
        Mistake(
            "loss_of_the_last_batch",
            {"total += loss.item() * len(X)": "total = loss.item() * count"},
            "the loss of an epoch is that of its last batch alone; it is the mean over all examples.",
        ),
        Mistake(
            "loss_summed",
            {"append(total / count)": "append(total)"},
            "the loss of an epoch is a sum; it is the mean over the examples.",
        ),
        Mistake(
            "sums_never_reset",
            {
                "        total, hits, count = 0.0, 0, 0\n": "",
                '    history = {"loss": [], "accuracy": []}\n': '    history = {"loss": [], "accuracy": []}\n    total, hits, count = 0.0, 0, 1e-9\n',
                "append(total / count)": "append(total / count * len(history['loss']) + total / count)",
            },
            "the sums go on growing from epoch to epoch: start them at 0 in each.",
        ),
        Mistake(
            "accuracy_in_percent",
            {"append(hits / count)": "append(100 * hits / count)"},
            "the accuracy is in percent; it is a share between 0 and 1.",
        ),
        Mistake(
            "accuracy_counts_hits",
            {"append(hits / count)": "append(float(hits))"},
            "the accuracy is a number of hits; it is their share among the examples.",
        ),
        Mistake(
            "accuracy_counts_misses",
            {"== labels": "!= labels"},
            "the accuracy counts the misses.",
        ),
    ),
)


def predict_cases(rng: Generator) -> dict[str, Case]:
    def case(n: int, training: bool) -> Case:
        def make() -> Case:
            params = _draw_layers(rng, 3, 5, 4)
            return {"params": params, "X": grid(rng, n, 3), "training": training}

        def good(case: Case) -> bool:
            scores = scores_of(case["params"], case["X"], "tanh")
            best = np.sort(scores, axis=1)
            right, wrong = scores.argmax(axis=1), scores.argmin(axis=1)
            apart = (best[:, -1] - best[:, -2]).min() > 1e-3
            return bool(apart and len({*right}) > 1 and not np.array_equal(right, wrong))

        return draw_until(good, make)

    return {
        "a model that is being trained": case(9, True),
        "a model in eval mode": case(7, False),
        "as many examples as classes": case(4, True),
    }


def predict_expected(params: Layers, X: Array, training: bool) -> dict[str, Any]:
    return {
        "labels": scores_of(params, X, "tanh").argmax(axis=1),
        "integers": True,
        "eval mode": True,
        "no gradient": True,
        "mode restored": True,
    }


PREDICT = Reference(
    cases=predict_cases,
    expected=predict_expected,
    public=("a model that is being trained", "a model in eval mode"),
    mistakes=(
        Mistake(
            "no_eval_mode",
            {"    model.eval()\n": ""},
            "the model predicts in training mode, where dropout and the like still act: call `model.eval()`.",
        ),
        Mistake(
            "mode_not_restored",
            {"    model.train(before)\n": ""},
            "the model is left in eval mode; put it back into the mode it was in.",
        ),
        Mistake(
            "always_back_to_training",
            {"model.train(before)": "model.train()"},
            "the model is put into training mode whatever mode it was in.",
        ),
        Mistake(
            "gradient_recorded",
            {"with torch.no_grad():": "if True:"},
            "a graph is recorded for a gradient that nobody needs: predict under `torch.no_grad()`.",
        ),
        Mistake(
            "over_the_examples",
            {"argmax(dim=1)": "argmax(dim=0)"},
            "the largest score is looked for among the examples; look among the classes, dim=1.",
        ),
        Mistake(
            "smallest_score",
            {"argmax": "argmin"},
            "the class with the smallest score is predicted; it is the largest.",
        ),
        Mistake(
            "scores_in_place_of_classes",
            {"labels = model(X).argmax(dim=1)": "labels = model(X).max(dim=1).values"},
            "the largest score itself is returned; its index is asked for.",
        ),
        Mistake(
            "labels_from_one",
            {"argmax(dim=1)": "argmax(dim=1) + 1"},
            "the classes are counted from 1; they are counted from 0.",
        ),
    ),
)

# -- letters ---------------------------------------------------------------------------------------


def reader_cases(rng: Generator) -> dict[str, Case]:
    # the seeds of the fresh letters stay here, and their labels with the judge
    fresh, right = zip(*(letters.draw(int(rng.integers(2**62)), 10) for _ in range(3)), strict=True)
    seeds = [int(seed) for seed in rng.integers(2**32, size=3)]
    return {
        "letters of three seeds": {
            **{"seeds": seeds, "each": 60},
            **{"fresh": np.concatenate(fresh), "right": np.concatenate(right)},
        }
    }


READER = Reference(
    cases=reader_cases,
    expected=_nothing,
    public=("letters of three seeds",),
    mistakes=(
        Mistake(
            "labels_off_by_one",
            {"TensorDataset(X, labels)": "TensorDataset(X, (labels + 1) % 26)"},
            "nearly every letter is taken for its neighbour: A has the label 0.",
        ),
        Mistake(
            "labels_off_by_one",
            {"TensorDataset(X, labels)": "TensorDataset(X, (labels - 1) % 26)"},
            "the labels are counted from 1, and so one too many is taken off.",
        ),
        Mistake("nothing_learned", {"    train(": "    0 and train("}, "the model is not trained at all."),
        Mistake(
            "nothing_learned",
            {"    train(": "    optimizer.zero_grad = lambda: None\n    train("},
            "the gradients are never cleared.",
        ),
        Mistake(
            "nothing_learned",
            {"TensorDataset(X, labels)": "TensorDataset(X, labels[torch.randperm(len(labels))])"},
            "images and labels are shuffled apart from each other.",
        ),
        Mistake("nothing_learned", {"lr=0.1": "lr=1e-5"}, "the steps are far too small to learn in this time."),
        Mistake(
            "nothing_learned",
            {"nn.functional.cross_entropy, ": "lambda s, k: -nn.functional.cross_entropy(s, k), "},
            "the sign of the loss is wrong, so that the model climbs.",
        ),
        Mistake(
            "nothing_learned",
            {"    return model": '    return MLP(X.shape[1], 26, [64], "relu")'},
            "another model is returned than the one that was trained.",
        ),
        Mistake("too_few_right", {"optimizer, 15)": "optimizer, 1)"}, "one epoch is too short."),
        Mistake("too_few_right", {"[64]": "[2]"}, "two hidden units are too few for 26 letters."),
    ),
)


def checkpoint_cases(rng: Generator) -> dict[str, Case]:
    def case(a: int, hidden: list[int], c: int, activation: str) -> Case:
        configuration = {"input_size": a, "output_size": c, "hidden_sizes": hidden, "activation": activation}
        return {"configuration": configuration, "params": _draw_layers(rng, a, *hidden, c), "X": grid(rng, 4, a)}

    return {
        "two hidden layers": case(5, [4, 3], 2, "tanh"),
        "no hidden layer": case(3, [], 4, "relu"),
        "sigmoid": case(4, [6], 3, "sigmoid"),
    }


def checkpoint_expected(configuration: dict[str, Any], params: Layers, X: Array) -> dict[str, Any]:
    which = ACTIVATIONS.index(configuration["activation"])
    sizes = [configuration["input_size"], configuration["output_size"], *configuration["hidden_sizes"]]
    return {
        "opens with weights_only": True,
        **{f"parameters[{k}]": value for k, value in enumerate(_flat(params))},
        "configuration": np.array([*sizes, which]),
        "scores": scores_of(params, X, configuration["activation"]),
    }


CHECKPOINT = Reference(
    cases=checkpoint_cases,
    expected=checkpoint_expected,
    public=("two hidden layers",),
    mistakes=(
        Mistake(
            "weights_not_loaded",
            {'    model.load_state_dict(saved["weights"])\n': ""},
            "a fresh model is returned: the saved weights are never put into it.",
        ),
        Mistake(
            "opened_without_weights_only",
            {"weights_only=True": "weights_only=False"},
            "the file is opened without `weights_only=True`, which lets a stranger's file run code on your machine.",
        ),
        Mistake(
            "activation_forgotten",
            {'MLP(**saved["configuration"])': 'MLP(**{**saved["configuration"], "activation": "none"})'},
            "the loaded model has another activation than the saved one: take it from the configuration.",
        ),
        Mistake(
            "configuration_forgotten",
            {'return model, saved["configuration"]': "return model, {}"},
            "the configuration is not returned.",
        ),
    ),
)

# -- fitting functions -----------------------------------------------------------------------------


def fit_cases(rng: Generator) -> dict[str, Case]:
    return {"three functions": {"seed": int(rng.integers(10**6)), "points": 200}}


FIT = Reference(
    cases=fit_cases,
    expected=_nothing,
    public=("three functions",),
    mistakes=(
        Mistake(
            "not_scaled",
            {
                "(x - x.mean()) / x.std(), (y - y.mean()) / y.std()": "x, y",
                "((z - x.mean()) / x.std())": "(z)",
                " * y.std() + y.mean()": "",
            },
            "neither x nor y is scaled.",
        ),
        Mistake("not_scaled", {" * y.std() + y.mean()": ""}, "the output is never scaled back."),
        Mistake("not_fitted", {"((z - x.mean()) / x.std())": "(z)"}, "new inputs are not scaled as the old ones were."),
        Mistake("not_fitted", {"range(": "range(0 * "}, "the network is not trained."),
        Mistake("not_fitted", {"nn.ReLU()": "nn.Identity()"}, "without ReLU the network is a straight line."),
    ),
)


def bump_cases(rng: Generator) -> dict[str, Case]:
    def case(k: int, even: bool = False) -> Case:
        gaps = np.full(k - 1, 0.5) if even else rng.integers(2, 9, size=k - 1) / 8
        knots = np.concatenate([[0.0], np.cumsum(gaps)]) - float(rng.integers(1, 12)) / 8
        share = rng.uniform(0.1, 0.9, size=3 * (k - 1))
        x = np.repeat(knots[:-1], 3) + np.repeat(gaps, 3) * share
        return {"knots": knots, "heights": grid(rng, k), "x": np.round(x, 6)}

    return {"even knots": case(6, even=True), "uneven knots": case(7), "two knots": case(2), "many knots": case(12)}


def bump_expected(knots: Array, heights: Array, x: Array) -> dict[str, Any]:
    return {"at the knots": heights, "between the knots": np.interp(x, knots, heights)}


BUMPS = Reference(
    cases=bump_cases,
    expected=bump_expected,
    public=("even knots", "uneven knots"),
    mistakes=(
        Mistake(
            "heights_in_place_of_slopes",
            {"np.diff(slopes, prepend=0)": "heights[1:]"},
            "the output weights are the heights; a unit's weight is the change of slope at its knot.",
        ),
        Mistake(
            "slopes_in_place_of_changes",
            {"np.diff(slopes, prepend=0)": "slopes"},
            "the output weights are the slopes; to the right of a knot all earlier units are on too, so only the change of slope counts.",
        ),
        Mistake(
            "first_slope_missing",
            {"np.diff(slopes, prepend=0)": "np.diff(slopes, prepend=slopes[0])"},
            "the first slope is missing: before the first knot the slope is 0.",
        ),
        Mistake(
            "width_not_divided",
            {"np.diff(heights) / np.diff(knots)": "np.diff(heights)"},
            "a slope is a rise divided by the distance between the knots.",
        ),
        Mistake(
            "bias_not_negative",
            {"-knots[:-1]": "knots[:-1]"},
            "the units switch on at the wrong side: relu(x − k) has the bias −k.",
        ),
        Mistake(
            "start_missing",
            {"heights[0]\n": "0.0\n"},
            "the output bias is missing: the curve starts at the first height.",
        ),
        Mistake(
            "next_knot",
            {"-knots[:-1]": "-knots[1:]"},
            "each unit switches on one knot too late.",
        ),
    ),
)

# -- depth -------------------------------------------------------------------------------------------


def initialise_cases(rng: Generator) -> dict[str, Case]:
    return {
        "three layers": {"sizes": [300, 400, 200, 300], "seed": int(rng.integers(10**6))},
        "two layers": {"sizes": [200, 500, 150], "seed": int(rng.integers(10**6))},
    }


def initialise_expected(sizes: list[int], seed: int) -> dict[str, Any]:
    layers = len(sizes) - 1
    results: dict[str, Any] = {}
    for scheme, spread in (("naive", 1.0), ("he", 1.4)):
        results |= {
            f"{scheme}[spread]": np.full(layers, spread),
            f"{scheme}[centred]": np.full(layers, True),
            f"biases[{scheme}]": True,
        }
    return results


INITIALISE = Reference(
    cases=initialise_cases,
    expected=initialise_expected,
    public=("two layers",),
    mistakes=(
        Mistake(
            "variance_taken_for_deviation",
            {"(2 / p.shape[1]) ** 0.5": "2 / p.shape[1]"},
            "2/in is the variance; the standard deviation is its square root.",
        ),
        Mistake(
            "fan_out",
            {"p.shape[1]": "p.shape[0]"},
            "the outputs of a layer are counted; it is the inputs, the second number of the shape (out, in).",
        ),
        Mistake(
            "two_missing",
            {"(2 / p.shape[1])": "(1 / p.shape[1])"},
            "the 2 is missing: ReLU sets half of the units to 0, and the 2 makes up for it.",
        ),
        Mistake(
            "biases_drawn_too",
            {"nn.init.zeros_(p)": "nn.init.normal_(p)"},
            "the biases are drawn too; they start at 0.",
        ),
        Mistake("schemes_exchanged", {'scheme == "he"': 'scheme != "he"'}, "the two schemes are exchanged."),
        Mistake(
            "uniform_from_zero",
            {"nn.init.normal_(p, std=deviation)": "nn.init.uniform_(p, 0, deviation * 12**0.5)"},
            "all weights are positive; they should be centred at 0.",
        ),
    ),
)


def norm_cases(rng: Generator) -> dict[str, Case]:
    def case(n: int, sizes: tuple[int, ...], activation: str) -> Case:
        params = [(weight / 2, bias) for weight, bias in _draw_layers(rng, *sizes)]
        return {
            "params": params,
            "activation": activation,
            "X": grid(rng, n, sizes[0]),
            "labels": labels_of(rng, n, sizes[-1]),
        }

    return {
        "three layers": case(6, (3, 5, 4, 2), "tanh"),
        "sigmoid": case(7, (4, 3, 3), "sigmoid"),
        "one layer": case(5, (3, 4), "tanh"),
    }


def norm_expected(params: Layers, activation: str, X: Array, labels: Array) -> dict[str, Any]:
    flat = _flat(params)
    grads = _gradients(lambda p: cross_entropy(scores_of(_layers(p), X, activation), labels), flat)
    return {"norms": np.array([np.linalg.norm(grad) for grad in grads[::2]])}


NORMS = Reference(
    cases=norm_cases,
    expected=norm_expected,
    public=("three layers",),
    mistakes=(
        Mistake(
            "old_gradients_counted",
            {"    model.zero_grad()\n": ""},
            "gradients from before are still in there: clear them first.",
        ),
        Mistake(
            "squared", {"p.grad.norm().item()": "p.grad.square().sum().item()"}, "these are the squares of the norms."
        ),
        Mistake(
            "norm_of_the_weights",
            {"p.grad.norm()": "p.norm()"},
            "these are the norms of the weights; it is the gradients that are asked for.",
        ),
        Mistake(
            "biases_too", {" if p.ndim == 2": ""}, "the biases are in the list too; only weight matrices are asked for."
        ),
        Mistake(
            "last_layer_first",
            {"if p.ndim == 2]": "if p.ndim == 2][::-1]"},
            "the list runs from the last layer to the first.",
        ),
        Mistake(
            "largest_entry",
            {"p.grad.norm()": "p.grad.abs().max()"},
            "this is the largest entry; the norm is the root of the sum of squares.",
        ),
        Mistake(
            "sum_of_entries",
            {"p.grad.norm()": "p.grad.abs().sum()"},
            "this is the sum of the absolute entries; the norm is the root of the sum of squares.",
        ),
    ),
)


def depth_cases(rng: Generator) -> dict[str, Case]:
    return {"your three choices": {"question": "depth"}}


def depth_expected(question: str) -> dict[str, Any]:
    def flags(letter: str) -> Array:
        return np.array([letter == choice for choice in CHOICES])

    return {"why_it_fails": flags("c"), "why_not_overfitting": flags("b"), "what_he_does": flags("d")}


DEPTH = Reference(
    cases=depth_cases,
    expected=depth_expected,
    public=("your three choices",),
    mistakes=(
        Mistake(
            "called_overfitting",
            {'why_it_fails = "c"': 'why_it_fails = "a"'},
            "overfitting is named, but the deep network does badly on its own training images too.",
        ),
        Mistake(
            "called_too_small",
            {'why_it_fails = "c"': 'why_it_fails = "b"'},
            "the deep network has more weights than the other, and with other first weights the same network does well.",
        ),
        Mistake(
            "called_vanishing",
            {'why_it_fails = "c"': 'why_it_fails = "d"'},
            "the gradients are said to vanish; look at the measured norms before the first step again.",
        ),
        Mistake(
            "judged_by_the_test_images",
            {'why_not_overfitting = "b"': 'why_not_overfitting = "a"'},
            "the share of test images alone cannot tell overfitting from failing to train.",
        ),
        Mistake(
            "taken_for_regularisation",
            {'what_he_does = "d"': 'what_he_does = "a"'},
            "no weight is kept small during training; only the size of the first weights differs.",
        ),
    ),
)

REFERENCES: dict[str, Reference] = {
    "OrNet": OR_NET,
    "or_step": OR_STEP,
    "or_is_learned": OR_IS_LEARNED,
    "train_or": TRAIN_OR,
    "LinearFunction": LINEAR_FUNCTION,
    "CrossEntropyFunction": CROSS_ENTROPY_FUNCTION,
    "MLP": MLP,
    "train": TRAIN,
    "predict": PREDICT,
    "letter_reader": READER,
    "checkpoint": CHECKPOINT,
    "fit_function": FIT,
    "bump_network": BUMPS,
    "initialise": INITIALISE,
    "gradient_norms": NORMS,
    "depth": DEPTH,
}

EQUAL: dict[str, dict[str, str]] = {
    "or_is_learned": {
        "the result: (model(X) - targets).abs() <= 0.05 -> (model(X) - targets).abs() < 0.05": (
            "no output lies at just 0.05"
        ),
        "the result: model(X) - targets -> targets - model(X)": "the absolute value is the same",
        "einsum, the result: torch.allclose(outputs, targets, rtol=0, atol=0.05) -> "
        "torch.allclose(targets, outputs, rtol=0, atol=0.05)": "without rtol both ways are the same",
    },
    "LinearFunction": {
        "einsum, grad_x: 0 -> 1": "whether weight needs a gradient is asked in place of x: both may be given"
    },
    "predict": {"einsum, the result: -1 -> 1": "scores have two axes, so the last one is axis 1"},
    "initialise": {"einsum, the result: -1 -> 1": "a weight matrix has two axes, so the last one is axis 1"},
    "MLP": {"self.bias: torch.zeros(out_features) -> torch.ones(out_features)": "the first biases are free"},
    "train": {
        "einsum, losses: [loss.item()] * len(labels) -> [loss.item()]": (
            "all batches have the same size, so that the mean of the batches is the mean of the examples"
        ),
    },
}
"""Mutants that are right, with the argument why."""

FREE = ("train_or", "letter_reader", "fit_function")
"""Exercises without mutants: how a network is trained is free, and another learning rate or width
that leads to the goal is as right as the model's. Their wrong solutions are the known mistakes."""
