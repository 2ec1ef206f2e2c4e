"""One example on its way through the 2-2-3 network, with every value and every gradient beside its place.

The gradients are measured, by a step of the forward pass into the imaginary, so that no formula of a gradient
stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from handgrad.assignments.drawing import (
    BACKWARD,
    DASHES,
    FORWARD,
    INK,
    LINE,
    TILE,
    Array,
    bare,
    drawn,
    legend_below,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["circuit", "slope"]

W1, W2 = "layer1.weight", "layer2.weight"
STEP = 1e-30
CENTRED: dict[str, Any] = {"ha": "center", "va": "center", "color": INK, "fontsize": 10.5}
VALUE = {"facecolor": TILE, "edgecolor": FORWARD, "boxstyle": "round,pad=0.2"}
GRADIENT = {"facecolor": TILE, "edgecolor": BACKWARD, "boxstyle": "round,pad=0.2", "linestyle": DASHES}

PLACES = {
    "x": [(0.0, 2.1), (0.0, -2.1)],
    "z": [(3.3, 2.1), (3.3, -2.1)],
    "a": [(5.0, 2.1), (5.0, -2.1)],
    "s": [(8.9, 3.9), (8.9, 0.0), (8.9, -3.9)],
    "L": [(10.8, 0.0)],
}
SHARES = {W1: ((0.5, 0.34), (0.34, 0.5)), W2: ((0.37, 0.72), (0.44, 0.52), (0.72, 0.42))}
"""How far along its edge the numbers of a weight stand, where no others are."""


def forward(arrays: Mapping[str, Array], label: int) -> dict[str, Array]:
    """Return the values at the circles; what ``arrays`` holds under their names is added to them on the way."""
    z = arrays[W1] @ arrays["x"] + arrays["layer1.bias"] + arrays["z"]
    a = 1 / (1 + np.exp(-z)) + arrays["a"]
    s = arrays[W2] @ a + arrays["layer2.bias"] + arrays["s"]
    return {"x": arrays["x"], "z": z, "a": a, "s": s, "L": np.array([np.log(np.exp(s).sum()) - s[label]])}


def gradients(arrays: Mapping[str, Array], label: int) -> dict[str, Array]:
    """Return the derivative of L with respect to each entry of each array."""
    found = {name: np.zeros(array.shape) for name, array in arrays.items()}
    for name, array in arrays.items():
        for index in np.ndindex(array.shape):
            moved = array.astype(complex)
            moved[index] += STEP * 1j
            found[name][index] = forward({**arrays, name: moved}, label)["L"][0].imag / STEP
    return {**found, "L": np.ones(1)}


def _arrays(params: Mapping[str, Array], x: Array) -> dict[str, Array]:
    return {**params, "x": x, "z": np.zeros(2), "a": np.zeros(2), "s": np.zeros(3)}


@drawn
def circuit(params: Mapping[str, Array], x: Array, label: int) -> Figure:
    """Return the network as a graph, with the value and the gradient at each circle and at each weight.

    Parameters
    ----------
    params
        Those of the 2-2-3 network, weights in the layout (out, in).
    x, label
        One example, (2,), and its class.
    """
    figure = new_figure(6.3, 6.2)
    _draw(figure.subplots(), params, x, label)
    return figure


@drawn
def slope(params: Mapping[str, Array], x: Array, label: int, weight: float) -> Figure:
    """Return the same graph with another weight from x₀ to z₀, and below it the loss over it, with its tangent."""
    params = {**params, W1: params[W1].copy()}
    params[W1][0, 0] = weight
    figure = new_figure(6.3, 8.8)
    above, below = figure.subplots(2, 1, height_ratios=(2.5, 1))
    _draw(above, params, x, label)
    arrays = _arrays(params, x)
    around = np.linspace(-8, 8, 161)
    losses = []
    for value in around:
        moved = params[W1].copy()
        moved[0, 0] = value
        losses.append(forward({**arrays, W1: moved}, label)["L"][0])
    loss, rate = forward(arrays, label)["L"][0], gradients(arrays, label)[W1][0, 0]
    near = weight + np.array([-2.5, 2.5])
    below.plot(around, losses, color=FORWARD, linewidth=2.2, label="loss L")
    below.plot(near, loss + rate * (near - weight), color=BACKWARD, linestyle=DASHES, linewidth=2.2, label="tangent")
    below.plot([weight], [loss], "o", color=LINE)
    below.set_title(f"at w = {weight:.2f} the slope of the tangent is ∂L/∂w = {rate:+.4f}", fontsize=10)
    below.set_xlabel("w, the weight from x₀ to z₀")
    below.set_ylabel("L")
    below.grid(alpha=0.3)
    legend_below(figure, 2)
    return figure


def _draw(axes: Axes, params: Mapping[str, Array], x: Array, label: int) -> None:
    arrays = _arrays(params, x)
    values, slopes = forward(arrays, label), gradients(arrays, label)
    bare(axes)
    axes.set_xlim(-0.75, 11.55)
    axes.set_ylim(-5.5, 4.8)
    for name, starts, ends in ((W1, "x", "z"), (W2, "a", "s")):
        for i, end in enumerate(PLACES[ends]):
            for j, start in enumerate(PLACES[starts]):
                _edge(axes, start, end)
                share = SHARES[name][i][j]
                left, middle = (a + share * (b - a) for a, b in zip(start, end, strict=True))
                _numbers(axes, left, middle, f"{params[name][i, j]:.2f}", slopes[name][i, j])
    for start, end in zip(PLACES["z"], PLACES["a"], strict=True):
        _edge(axes, start, end)
    for start in PLACES["s"]:
        _edge(axes, start, PLACES["L"][0])
    for name, places in PLACES.items():
        for number, (left, middle) in enumerate(places):
            axes.scatter([left], [middle], s=420, facecolor=TILE, edgecolor=LINE, zorder=3)
            text = name if name == "L" else f"{name}{'₀₁₂'[number]}"
            axes.text(left, middle, text, zorder=4, **CENTRED)
            _numbers(axes, left, middle, f"{values[name][number]:.3f}", slopes[name][number], apart=0.6)
    axes.text(-0.6, -5.4, "solid: value", va="bottom", fontsize=10.5, bbox={**VALUE, "facecolor": "none"})
    told = "dashed, ∂: derivative of L with respect to it"
    axes.text(2.4, -5.4, told, va="bottom", fontsize=10.5, bbox={**GRADIENT, "facecolor": "none"})


def _edge(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.plot([start[0], end[0]], [start[1], end[1]], color=LINE, linewidth=1.2, zorder=1)


def _numbers(axes: Axes, left: float, middle: float, value: str, slope: float, apart: float = 0.21) -> None:
    """Write a value and, below it, the gradient that belongs to it."""
    axes.text(left, middle + apart, value, bbox=VALUE, zorder=2.5, **CENTRED)
    axes.text(left, middle - apart, f"∂ {slope:+.3f}", bbox=GRADIENT, style="italic", zorder=2.5, **CENTRED)
