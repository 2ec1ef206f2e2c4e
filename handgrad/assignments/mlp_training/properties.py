"""What must hold where there is no one right answer: trained networks are judged by what they reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from handgrad.judging.exercise import Case

Array = np.ndarray[Any, Any]

OR_WITHIN = 0.05
"""How far an output of the OR unit may be from its target."""

LEAST_ACCURACY = 0.88
"""The share of fresh letters to be read; grader_tests/README.md says how it was measured."""

OR_MOST_STEPS = 2000
"""Steps after which the training of the OR unit gives up."""

OR_MOST_LATE_STEPS = 100
"""Steps that it may make on a unit that has learned OR, so that nobody loses points who asks only now and then."""

MOST_SECONDS = 30
"""How much of the processor's time the training of all three letter readers may take, some twenty times the model's."""

OR_STEPS = 5
"""Steps that the training of the OR unit takes at least, at any rate at which its loss falls steadily."""

FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "sin x": np.sin,
    "sin²x + x³cos x + 4x + 2": lambda x: np.sin(x) ** 2 + x**3 * np.cos(x) + 4 * x + 2,
    "x⁴ − x³ + x² − x + 1": lambda x: x**4 - x**3 + x**2 - x + 1,
}

LARGEST_ERROR = {"sin x": 0.8, **dict.fromkeys(list(FUNCTIONS)[1:], 0.3)}
"""The largest relative error of each fitted function, measured likewise; the outer waves of sin x are easily missed."""


FAR = 1e5 * np.array([1.0, 2.0, 3.0, -1.0, -2.0, -3.0])
"""Points far outside of those of the training."""

FLAT, FAR_OFF = 0.01, 1.4
"""The share of the deviation of a function below which a fit of it is flat; and the error above which it is far off."""

LEAST_SLOPE, MOST_CHANGE, LEAST_BENDS = 0.01, 0.05, 0.02
"""What holds of a trained network of ReLUs by far, and not of what was interpolated; measured likewise."""


def or_properties(inputs: Case, results: Mapping[str, Array]) -> dict[str, tuple[str, str]]:
    """Return what does not hold of the trained unit and of its losses.

    Weights that are set by hand leave no losses that lead from the unit as it was given to what it gives in the end.
    """
    found = {"outputs": _of_outputs(inputs, results), "losses": _of_losses(inputs, results)}
    return {part: broken for part, broken in found.items() if broken is not None}


def _can_be_learned(inputs: Case) -> bool:
    return not np.array_equal(inputs["targets"].ravel(), [0, 1, 1, 0])


def _learned(outputs: Array, targets: Array) -> bool:
    return bool(outputs.shape == (4,) and np.abs(outputs - targets).max() <= OR_WITHIN)


def _of_outputs(inputs: Case, results: Mapping[str, Array]) -> tuple[str, str] | None:
    """Return what does not hold of the outputs of the trained unit."""
    outputs, losses = results.get("outputs"), results.get("losses")
    if outputs is None or not _can_be_learned(inputs):
        return None
    if _learned(outputs, inputs["targets"].ravel()):
        return None
    told = f"not every output is within {OR_WITHIN} of OR when the training ends"
    if outputs.shape == (4,) and np.allclose(outputs, or_outputs(inputs["weights"], inputs["bias"]), rtol=1e-4):
        return (
            "not_learned",
            "the unit that is given is as it was: is another model trained, or none, or is the learning rate 0?",
        )
    if not results.get("losses[ended]", True) or (losses is not None and losses.size >= OR_MOST_STEPS):
        return "not_learned", f"{told}, after {OR_MOST_STEPS} steps: take a larger learning rate."
    return "not_learned", f"{told}: does it stop too early, or is it trained for other targets?"


def _of_losses(inputs: Case, results: Mapping[str, Array]) -> tuple[str, str] | None:
    """Return what does not hold of the losses of a training, and of its steps."""
    outputs, losses = results.get("outputs"), results.get("losses")
    if outputs is None or losses is None or losses.ndim != 1:
        return "no_falling_losses", "there should be a list with one loss for each step."
    targets = inputs["targets"].ravel()
    first = or_loss(or_outputs(inputs["weights"], inputs["bias"]), targets)
    if losses.size and abs(losses[0] / first - 1) > 1e-3:
        return "losses_of_no_training", (
            "they are not those of this training: the first should be the loss of the unit as it is given."
        )
    if not results.get("losses[ended]", True) or losses.size > OR_MOST_STEPS:
        return "no_end", f"the training goes on for ever where nothing is learned: give up after {OR_MOST_STEPS} steps."
    return _of_steps(outputs, losses, targets, results) if _can_be_learned(inputs) else None


def _of_steps(outputs: Array, losses: Array, targets: Array, results: Mapping[str, Array]) -> tuple[str, str] | None:
    """Return what does not hold of the losses of a training that can reach its end."""
    if not (losses.size and losses[-1] < losses[0]):
        return "no_falling_losses", "there should be one loss for each step, and the last below the first."
    if results.get("losses[learned before]", 0) > OR_MOST_LATE_STEPS:
        return "steps_after_it_is_learned", (
            "the training goes on long after the unit has learned OR: ask before each step whether it has."
        )
    if not _learned(outputs, targets):
        return None
    steps = int(results.get("losses[steps]", losses.size))
    if steps < OR_STEPS:
        return "too_few_steps", f"the training takes fewer than {OR_STEPS} steps: take a smaller learning rate."
    if abs(losses.size - steps) > 1:
        return "losses_of_no_training", "the list has another number of losses than the training has steps."
    last = or_loss(outputs, targets)
    if not last / 2 < losses[-1] < 10 * last:
        return "losses_of_no_training", (
            "the last one is far from the loss of the unit in the end: is it that before the last step? If it is, then "
            "take a smaller learning rate."
        )
    return None


def or_outputs(weights: Array, bias: float) -> Array:
    """Return the outputs (4,) of a sigmoid unit for the rows of OR."""
    scores: Array = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]) @ weights + bias
    return 1 / (1 + np.exp(-scores))


def or_loss(outputs: Array, targets: Array) -> float:
    """Return the mean binary cross-entropy of four outputs."""
    right = np.where(targets == 1, outputs, 1 - outputs.astype(np.float64))
    return float(-np.log(right).mean())


def share(inputs: Case, results: Mapping[str, Array], by: int = 0) -> float:
    """Return the share of letters that are predicted as the letter so many places on in the alphabet."""
    return float(np.mean(results["accuracy"] == (inputs["right"] + by) % 26))


def letters_properties(inputs: Case, results: Mapping[str, Array]) -> dict[str, tuple[str, str]]:
    """Return what does not hold of predicted letters; their labels have stayed with the judge."""
    right, predicted = inputs["right"], results["accuracy"]
    if predicted.shape != right.shape:
        return {"accuracy": ("wrong_shape", f"there should be {len(right)} predictions, one for each test image.")}
    if results.get("accuracy[seconds]", 0) > MOST_SECONDS:
        told = f"three calls take more than {MOST_SECONDS} seconds together: fewer epochs are enough."
        return {"accuracy": ("too_slow", told)}
    if share(inputs, results) >= LEAST_ACCURACY:
        return {}
    least = f"{LEAST_ACCURACY:.0%}"
    each = np.mean((predicted == right).reshape(3, -1), axis=1)
    if each.max() > 0.7 and each.min() < 0.15:
        told = (
            "some of the three networks read well and others hardly anything: is one trained anew in each call, on the "
            "images and the labels that this call gets?"
        )
        return {"accuracy": ("not_trained_anew", told)}
    if max(share(inputs, results, by) for by in (1, -1)) > 0.5:
        told = "nearly every letter is taken for its neighbour: were the labels shifted? A has the label 0."
        return {"accuracy": ("labels_off_by_one", told)}
    if share(inputs, results) < 0.15:
        told = (
            f"hardly any fresh letter is read, where {least} should be: was the model trained, "
            "on these images as they are, and these labels, and with gradients that are cleared?"
        )
        return {"accuracy": ("nothing_learned", told)}
    told = (
        f"fewer than {least} of the fresh letters are read: train it longer, or look for what is done to the images in "
        "training and not in reading."
    )
    return {"accuracy": ("too_few_right", told)}


def relative_errors(results: Mapping[str, Array]) -> dict[str, float]:
    """Return rms(ŷ − y) / std(y) of each fitted function, on points between."""
    x = points_between()
    errors = {}
    for name, function in FUNCTIONS.items():
        right = function(x)
        if name in results and results[name].shape == right.shape:
            errors[name] = float(np.sqrt(np.mean((results[name] - right) ** 2)) / right.std())
    return errors


def slopes(name: str, far: Array) -> tuple[float, float]:
    """Return the steepest slope far outside, and how much it still changes there, as a share of it.

    A network of ReLUs goes on in a straight line that is not flat. The slope is that for x and y of deviation 1.
    """
    x = points_between()
    steps = np.diff(far.reshape(2, 3).astype(np.float64), axis=1) / np.diff(FAR.reshape(2, 3), axis=1)
    steepest = float(np.abs(steps).max())
    change = float(np.abs(steps[:, 1] - steps[:, 0]).max())
    return steepest * float(x.std() / points_std(name)), change / steepest if steepest else 0.0


def bends(values: Array) -> float:
    """Return how much a fitted function bends half-way between its points, as a share of how much at them.

    What joins the points by straight lines bends at them alone; the bends of a network lie anywhere.
    """
    before, at, after = values.astype(np.float64).reshape(3, -1)
    each = np.abs(before - 2 * at + after)
    count = (len(each) + 1) // 2
    return float(each[count:].mean() / max(each[:count].mean(), 1e-30))


def fit_properties(inputs: Case, results: Mapping[str, Array]) -> dict[str, tuple[str, str]]:
    """Return which functions are not fitted."""
    errors = relative_errors(results)
    broken = {}
    for name in [name for name in FUNCTIONS if name in results]:
        told = f"the relative error is above {LARGEST_ERROR[name]}: "
        if name not in errors:
            wanted = points_between().shape
            told = f"the values should have the shape of x, {wanted}; they have another one."
            broken[name] = ("wrong_shape", told)
        elif not errors[name] <= LARGEST_ERROR[name]:
            found, why = _missed(name, results[name], errors)
            broken[name] = (found, told + why)
        elif why := _of_no_network(name, results.get(f"{name}[far]"), results.get(f"{name}[around]")):
            broken[name] = ("no_network", f"this is no network of ReLUs that was trained on the points: {why}.")
    return broken


def _missed(name: str, fitted: Array, errors: Mapping[str, float]) -> tuple[str, str]:
    """Return by what a function may have been missed: the name of it, and a question."""
    if not np.isfinite(fitted).any():
        return "not_finite", "y is NaN or infinite everywhere. Is the learning rate too large?"
    if not np.isfinite(fitted).all():
        return "not_fitted", (
            "y is NaN or infinite for some x. Is a new x scaled as the old ones were? One that comes alone has no "
            "standard deviation of its own."
        )
    right = FUNCTIONS[name](points_between())
    likeness = abs(np.corrcoef(fitted, right)[0, 1]) if fitted.std() else 0.0
    if fitted.std() < FLAT * right.std() and likeness < 0.9:
        return "flat", (
            "y is about the same for every x. Are outputs of shape (N, 1) subtracted from targets of shape (N,), which "
            "makes a table of N × N; are all units switched off; or is it the network of an earlier call?"
        )
    # sin x is of order 1 as it is: where it is missed altogether, scaling is not the reason
    if name != "sin x" and errors.get("sin x", 0) < 0.8:
        return "not_scaled", "are x and y scaled before training, and y scaled back after?"
    if errors[name] > FAR_OFF:
        return "not_fitted", (
            "y is far off. Are the gradients cleared in every step, is the learning rate small enough, and is a new x "
            "scaled as the old ones were?"
        )
    return "not_fitted", "does the network have a ReLU, train long enough, and scale a new x as it scaled the old ones?"


def _of_no_network(name: str, far: Array | None, near: Array | None) -> str:
    """Return what values far outside and near the points have, and those of a trained network have not; or nothing."""
    if far is None or near is None or far.size != FAR.size or near.size % 3 or not near.size:
        return "for other x, its y have another shape"
    with np.errstate(all="ignore"):
        slope, change = slopes(name, far)
        if not slope > LEAST_SLOPE:
            return "far outside of them it is flat, and a network goes on in straight lines that are not"
        if not change < MOST_CHANGE:
            return "far outside of them it goes on in no straight lines"
        if not bends(near) > LEAST_BENDS:
            return "it bends at its points alone, and a network bends anywhere"
    return ""


def points_of(seed: int, count: int) -> list[Array]:
    """Return the x of the points of each function, drawn from a seed."""
    rng = np.random.default_rng(seed)
    return [np.sort(np.linspace(-10, 10, count) + rng.uniform(-0.02, 0.02, size=count)) for _ in FUNCTIONS]


def around(x: Array) -> Array:
    """Return points just before, at and just behind each x and each middle between two of them, shape (3, M)."""
    places = np.concatenate([x, (x[1:] + x[:-1]) / 2])
    return np.stack([places - 0.02, places, places + 0.02])


def points_std(name: str) -> float:
    """Return the deviation of a function over the points at which it is judged."""
    return float(FUNCTIONS[name](points_between()).std())


def points_between() -> Array:
    """Return the points (211,) at which fitted functions are judged, most of them between those of the training."""
    return np.linspace(-9.7, 9.7, 211)
