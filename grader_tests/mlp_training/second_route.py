"""A second route to the right results of mlp_training: PyTorch's own layers, optimizers and initialisation.

Some results are no numbers but say that something holds, such as that tensors are saved for the way back.
"""

from __future__ import annotations

import io
import itertools
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from grader_tests.mlp_training.reference import OR_TARGETS, OR_X
from handgrad.assignments.mlp_training.properties import OR_WITHIN
from handgrad.judging.exercise import Case

TEXT = Path(__file__).resolve().parents[2] / "authoring" / "mlp_training.py"
ACTIVATION = {
    "relu": torch.nn.ReLU,
    "tanh": torch.nn.Tanh,
    "sigmoid": torch.nn.Sigmoid,
    "none": torch.nn.Identity,
}
HOLDS = True

functional = torch.nn.functional


def leaf(array: Any) -> torch.Tensor:
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def layers_of(case: Case) -> list[Any]:
    """Return the weights and biases of the network of a case."""
    model = case["model"] if "model" in case else case["params"]
    return list(model["layers"] if isinstance(model, dict) else model)


def blank(case: Case, activation: str) -> torch.nn.Sequential:
    """Return a network with layers of the sizes of a case, and weights of PyTorch's own."""
    layers = layers_of(case)
    widths = [layers[0][0].shape[1], *(len(bias) for _, bias in layers)]
    modules: list[torch.nn.Module] = []
    for a, b in itertools.pairwise(widths):
        modules += [torch.nn.Linear(a, b, dtype=torch.float64), ACTIVATION[activation]()]
    return torch.nn.Sequential(*modules[:-1])


def network_of(case: Case, activation: str) -> torch.nn.Sequential:
    """Return a network with the layers of a case."""
    network = blank(case, activation)
    with torch.no_grad():
        for parameter, value in zip(network.parameters(), itertools.chain(*layers_of(case)), strict=True):
            parameter.copy_(torch.tensor(value))
    return network


def grads(network: torch.nn.Module) -> list[Any]:
    return [p.grad.numpy() for p in network.parameters() if p.grad is not None]


def values(network: torch.nn.Module) -> dict[str, Any]:
    return {f"parameters[{k}]": p.detach().numpy() for k, p in enumerate(network.parameters())}


def or_net(case: Case) -> dict[str, Any]:
    unit = torch.nn.Linear(2, 1, dtype=torch.float64)
    with torch.no_grad():
        unit.weight.copy_(torch.tensor(case["weights"]))
        unit.bias.fill_(case["bias"])
    outputs = torch.sigmoid(unit(torch.tensor(case["X"])))
    return {"parameters": sum(p.numel() for p in unit.parameters()), "outputs": outputs.detach().numpy()}


def or_step(case: Case) -> dict[str, Any]:
    w, b = leaf(case["weights"]), leaf([case["bias"]])
    optimizer = torch.optim.SGD([w, b], lr=case["learning_rate"])
    results: dict[str, Any] = {"a float": HOLDS}
    for step in range(3):
        optimizer.zero_grad()
        p = torch.sigmoid(torch.tensor(OR_X) @ w + b)
        loss = functional.binary_cross_entropy(p, torch.tensor(OR_TARGETS))
        loss.backward()
        optimizer.step()
        results.setdefault("loss", loss.item())
        when = {0: "after one step", 2: "after three steps"}.get(step)
        if when:
            results |= {f"{when}[0]": w.detach().numpy()[None].copy(), f"{when}[1]": b.detach().numpy().copy()}
    return results


def or_is_learned(case: Case) -> dict[str, Any]:
    X, targets = torch.tensor(OR_X), torch.tensor(case["targets"][:, 0])
    units = [(*weight[0], bias[0]) for given in case["model"] for weight, bias in given["layers"]]
    outputs = [torch.sigmoid(X[:, 0] * w1 + X[:, 1] * w2 + b) for w1, w2, b in units]
    learned = [torch.allclose(o, targets, rtol=0, atol=OR_WITHIN) for o in outputs]
    return {"a bool": HOLDS, **{f"is learned[{k}]": value for k, value in enumerate(learned)}}


def linear(case: Case) -> dict[str, Any]:
    x, weight, bias = leaf(case["x"]), leaf(case["weight"]), leaf(case["bias"])
    y = functional.linear(x, weight, bias)
    y.backward(torch.tensor(case["grad_y"]))
    grads = {"grad_weight": weight.grad.numpy(), "grad_bias": bias.grad.numpy()}
    grads |= {"grad_x": x.grad.numpy()} if case["x_has_gradient"] else {}
    later = {f"{name}[later]": grad for name, grad in grads.items()}
    return {"y": y.detach().numpy(), "saved": HOLDS, **grads, **later}


def entropy(case: Case) -> dict[str, Any]:
    logits = leaf(case["logits"])
    loss = functional.cross_entropy(logits, torch.tensor(case["labels"]))
    (case["grad_loss"] * loss).backward()
    grads = {name: logits.grad.numpy() for name in ("grad_logits", "grad_logits[later]")}
    return {"loss": loss.item(), **grads, **dict.fromkeys(("saved", "labels", "labels[later]"), HOLDS)}


def mlp(case: Case) -> dict[str, Any]:
    network = network_of(case, case["activation"])
    scores = network(torch.tensor(case["X"]))
    scores.backward(torch.tensor(case["grad_scores"]))
    shapes = [tuple(p.shape) for p in network.parameters()]
    return {
        "parameter shapes[count]": len(shapes),
        "parameter shapes[Linear]": shapes[0],
        **{f"parameter shapes[{k}]": shape for k, shape in enumerate(shapes)},
        f"scores ({case['activation']})": scores.detach().numpy(),
        "LinearFunction": sum(isinstance(module, torch.nn.Linear) for module in network),
        **{f"first weights[{what}]": HOLDS for what in ("differ", "small")},
        **{f"gradients[{k}]": grad for k, grad in enumerate(grads(network))},
    }


def loss_of(case: Case, scores: Any, labels: Any) -> Any:
    """Return the loss of each example, by the loss of a case."""
    if case["loss"] == "cross-entropy":
        return functional.cross_entropy(scores, labels, reduction="none")
    return torch.cdist(scores[:, None], torch.eye(scores.shape[1], dtype=scores.dtype)[labels][:, None])[:, 0, 0] ** 2


def train(case: Case) -> dict[str, Any]:
    network = network_of(case, "tanh")
    optimizer = torch.optim.SGD(network.parameters(), lr=case["learning_rate"], momentum=case["momentum"])
    batches = [(torch.tensor(X), torch.tensor(labels)) for X, labels in case["batches"]]
    history: dict[str, list[float]] = {"loss": [], "accuracy": []}
    for _ in range(case["epochs"]):
        losses, hits = [], []
        for X, labels in batches[: case["each"]]:
            optimizer.zero_grad()
            scores = network(X)
            losses_of_batch = loss_of(case, scores, labels)
            losses_of_batch.mean().backward()
            optimizer.step()
            losses += losses_of_batch.tolist()
            hits += (scores.argmax(dim=1) == labels).tolist()
        batches.append(batches.pop(0))
        history["loss"].append(float(np.mean(losses)))
        history["accuracy"].append(float(np.mean(hits)))
    entries = [len(values) for values in history.values()]
    results: dict[str, Any] = {"history[floats]": HOLDS, "history[entries]": entries}
    if not case["learning_rate"] or len(batches) * case["epochs"] == 1:
        results |= history
    held = dict.fromkeys(("memory", "training mode", "training mode[afterwards]"), HOLDS)
    return {**results, **values(network), **held} if case["learning_rate"] else results


def predict(case: Case) -> dict[str, Any]:
    labels = functional.log_softmax(network_of(case, "tanh")(torch.tensor(case["X"])), dim=1).argmax(dim=1)
    held = ["integers", "integers[in a tensor]", "eval mode", "no gradient", "mode restored"]
    held += [f"mode restored[{what}]" for what in ("recording", "trainable")]
    return {"labels": labels.numpy(), **dict.fromkeys(held, HOLDS)}


def checkpoint(case: Case) -> dict[str, Any]:
    """Save and load the network by PyTorch; read its configuration off the shapes of its weights."""
    activation = case["configuration"]["activation"]
    file = io.BytesIO()
    torch.save(network_of(case, activation).state_dict(), file)
    file.seek(0)
    again = blank(case, activation)
    again.load_state_dict(torch.load(file, weights_only=True))
    inputs, *hidden, outputs = [case["X"].shape[1], *(p.shape[0] for p in again.parameters() if p.ndim == 2)]
    return {
        "opens with weights_only": HOLDS,
        **values(again),
        "configuration": [inputs, outputs, *hidden, list(ACTIVATION).index(activation)],
        "scores": again(torch.tensor(case["X"])).detach().numpy(),
    }


def bumps(case: Case) -> dict[str, Any]:
    """Add a ramp at each knot that turns the line before it into the line after it."""
    knots, heights = torch.tensor(case["knots"]), torch.tensor(case["heights"])
    slopes = heights.diff() / knots.diff()
    turns = torch.cat([slopes[:1], slopes.diff()])

    def line(x: Any) -> Any:
        return (heights[0] + torch.relu(torch.as_tensor(x)[:, None] - knots[:-1]) @ turns).numpy()

    return {"at the knots": line(knots), "between the knots": line(case["x"])}


def initialise(case: Case) -> dict[str, Any]:
    generator = torch.Generator().manual_seed(case["seed"])
    results: dict[str, Any] = {}
    for scheme in ("naive", "he"):
        layers = [torch.nn.Linear(a, b, dtype=torch.float64) for a, b in itertools.pairwise(case["sizes"])]
        spread, centred, normal = [], [], []
        for layer in layers:
            if scheme == "he":
                torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
            else:
                torch.nn.init.normal_(layer.weight, generator=generator)
            torch.nn.init.zeros_(layer.bias)
            deviation = layer.weight.std().item()
            spread.append(round(deviation * (math.sqrt(layer.in_features) if scheme == "he" else 1), 1))
            centred.append(abs(layer.weight.mean().item()) < 0.05 * deviation)
            # of normal numbers 68 % lie within one deviation
            normal.append(abs((layer.weight.abs() < deviation).double().mean().item() - math.erf(0.5**0.5)) < 0.02)
        results |= {
            f"{scheme}[spread]": spread,
            f"{scheme}[centred]": centred,
            f"{scheme}[normal]": normal,
            f"biases[{scheme}]": not any(layer.bias.any() for layer in layers),
            f"model[{scheme}, returned]": HOLDS,
            f"model[{scheme}, trainable]": HOLDS,
            **{f"model[{scheme}, {what}]": HOLDS for what in ("mode", "dtype", "in place")},
        }
    return results


def norms(case: Case) -> dict[str, Any]:
    network = network_of(case, case["activation"])
    loss_of(case, network(torch.tensor(case["X"])), torch.tensor(case["labels"])).mean().backward()
    return {"norms": [np.linalg.norm(grad) for grad in grads(network)[::2]], "floats": HOLDS}


def depth(case: Case) -> dict[str, Any]:
    """Find the letters of the right statements in the text that students read."""
    text = TEXT.read_text(encoding="utf-8")
    right = {
        "why_it_fails": "its scores and its gradients are hundreds of times too large",
        "why_not_overfitting": "the share of training images",
        "what_he_does": "they keep the size of the values about the same",
    }
    letters = {name: re.findall(f"^# - ([a-d]): {words}", text, re.M) for name, words in right.items()}
    return {name: [letter in found for letter in "abcd"] for name, found in letters.items()}


SECOND_ROUTE: dict[str, Callable[[Case], dict[str, Any]]] = {
    "OrNet": or_net,
    "or_step": or_step,
    "or_is_learned": or_is_learned,
    "LinearFunction": linear,
    "CrossEntropyFunction": entropy,
    "MLP": mlp,
    "train": train,
    "predict": predict,
    "checkpoint": checkpoint,
    "bump_network": bumps,
    "initialise": initialise,
    "gradient_norms": norms,
    "depth": depth,
}
