"""The exercises of lstm_2d: an LSTM in two dimensions, forward and backward by hand in NumPy.

T by S nodes, D inputs and H hidden units at each; `_t` belongs to the first dimension of the
grid, `_d` to the second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from handgrad.assignments.lstm_2d import large
from handgrad.judging.exercise import Exercises, Large, named, unpack

EXERCISES = Exercises("lstm_2d", absent=("torch",))

GATES = ("f", "i", "o", "c")
WEIGHTS = tuple(f"W{gate}_{k}" for k in "td" for gate in GATES)
BIASES = tuple(f"b{gate}_{k}" for k in "td" for gate in GATES)
PARAMS = WEIGHTS + BIASES
STATES = ("h_t", "h_d", "c_t", "c_d")
INPUTS = ("x_t", "x_d")
GRID_STATES = ("hs_t", "hs_d", "cs_t", "cs_d")

MD_GATES = ("i", "f1", "f2", "o", "c")
MD_WEIGHTS = tuple(f"W{gate}" for gate in MD_GATES)
MD_BIASES = tuple(f"b{gate}" for gate in MD_GATES)
MD_PARAMS = MD_WEIGHTS + MD_BIASES
MD_INPUTS = ("h_up", "h_left", "c_up", "c_left", "x")

W_SHAPE = "(H, 2H + 2D)"


def _shapes(shape: str, names: tuple[str, ...]) -> dict[str, str]:
    return dict.fromkeys(names, shape)


def _backward(names: tuple[str, ...], call: Callable[[], Any]) -> Iterator[dict[str, Any]]:
    """Yield the gradients, and those of a second call with the same cache."""
    yield named(call(), names)
    yield {f"{name}[again]": value for name, value in named(call(), names).items()}


@EXERCISES.add(_shapes("(H,)", STATES), returns="(h_t, h_d, c_t, c_d, cache)")
def cell_forward(
    solution: Any, params: Any, h_t: Any, h_d: Any, c_t: Any, c_d: Any, x_t: Any, x_d: Any
) -> dict[str, Any]:
    result = unpack(solution(params, h_t, h_d, c_t, c_d, x_t, x_d), *STATES, "cache")
    return dict(zip(STATES, result, strict=False))


@EXERCISES.add(
    {
        **_shapes(W_SHAPE, WEIGHTS),
        **_shapes("(H,)", BIASES),
        **_shapes("(H,)", STATES),
        **_shapes("(D,)", INPUTS),
    },
    solution=("cell_forward", "cell_backward"),
    uses=("cell_forward",),
    returns="a dict of gradients with the keys of params, and h_t, h_d, c_t, c_d, x_t, x_d",
    large=Large(large.cell_backward, (*PARAMS, *STATES, *INPUTS)),
)
def cell_backward(
    forward: Any, backward: Any, params: Any, inputs: Any, dh_t: Any, dh_d: Any, dc_t: Any, dc_d: Any
) -> Iterator[dict[str, Any]]:
    arguments = [inputs[name] for name in (*STATES, *INPUTS)]
    cache = unpack(forward(params, *arguments), *STATES, "cache")[-1]
    forward(params, *(-argument for argument in arguments))  # an unrelated call: it must leave the cache alone
    return _backward((*PARAMS, *STATES, *INPUTS), lambda: backward(params, cache, dh_t, dh_d, dc_t, dc_d))


@EXERCISES.add(_shapes("(T, S, H)", GRID_STATES), uses=("cell_forward",), returns="(hs_t, hs_d, cs_t, cs_d, cache)")
def grid_forward(solution: Any, params: Any, X: Any) -> dict[str, Any]:
    return dict(zip(GRID_STATES, unpack(solution(params, X), *GRID_STATES, "cache"), strict=False))


@EXERCISES.add(
    {**_shapes(W_SHAPE, WEIGHTS), **_shapes("(H,)", BIASES), "X": "(T, S, D)"},
    solution=("grid_forward", "grid_backward"),
    uses=("cell_forward", "cell_backward", "grid_forward"),
    returns="a dict of gradients with the keys of params, and X",
    large=Large(large.grid_backward, (*PARAMS, "X")),
)
def grid_backward(forward: Any, backward: Any, params: Any, X: Any, dhs_t: Any, dhs_d: Any) -> Iterator[dict[str, Any]]:
    cache = unpack(forward(params, X), *GRID_STATES, "cache")[-1]
    forward(params, -X)
    return _backward((*PARAMS, "X"), lambda: backward(params, cache, dhs_t, dhs_d))


@EXERCISES.add(_shapes("(H,)", ("h", "c")), returns="(h, c, cache)")
def md_cell_forward(
    solution: Any, params: Any, h_up: Any, h_left: Any, c_up: Any, c_left: Any, x: Any
) -> dict[str, Any]:
    h, c, _ = unpack(solution(params, h_up, h_left, c_up, c_left, x), "h", "c", "cache")
    return {"h": h, "c": c}


@EXERCISES.add(
    {
        **_shapes("(H, 2H + D)", MD_WEIGHTS),
        **_shapes("(H,)", MD_BIASES),
        **_shapes("(H,)", MD_INPUTS[:-1]),
        "x": "(D,)",
    },
    solution=("md_cell_forward", "md_cell_backward"),
    uses=("md_cell_forward",),
    returns="a dict of gradients with the keys of params, and h_up, h_left, c_up, c_left, x",
    large=Large(large.md_cell_backward, (*MD_PARAMS, *MD_INPUTS)),
)
def md_cell_backward(
    forward: Any, backward: Any, params: Any, inputs: Any, dh: Any, dc: Any
) -> Iterator[dict[str, Any]]:
    arguments = [inputs[name] for name in MD_INPUTS]
    cache = unpack(forward(params, *arguments), "h", "c", "cache")[-1]
    forward(params, *(-argument for argument in arguments))
    return _backward((*MD_PARAMS, *MD_INPUTS), lambda: backward(params, cache, dh, dc))


@EXERCISES.add({"gradient": "a number"}, returns="a number")
def path_gradient(solution: Any, m: int, n: int, f1: float, f2: float) -> dict[str, Any]:
    return {"gradient": solution(m, n, f1, f2)}
