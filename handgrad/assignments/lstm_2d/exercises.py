"""The exercises of lstm_2d: an LSTM in two dimensions, forward and backward by hand in NumPy.

T by S nodes, D inputs and H hidden units at each; `_t` belongs to the first dimension of the
grid, `_d` to the second.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
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

MD_STATES = ("h", "c")
MD_GATES = ("i", "f1", "f2", "o", "c")
MD_WEIGHTS = tuple(f"W{gate}" for gate in MD_GATES)
MD_BIASES = tuple(f"b{gate}" for gate in MD_GATES)
MD_PARAMS = MD_WEIGHTS + MD_BIASES
MD_INPUTS = ("h_up", "h_left", "c_up", "c_left", "x")

W_SHAPE = "(H, 2H + 2D)"


def _shapes(shape: str, names: tuple[str, ...]) -> dict[str, str]:
    return dict.fromkeys(names, shape)


def _forward(solution: Any, states: Sequence[str], *arguments: Any) -> dict[str, Any]:
    """Call a forward function; its cache is left out."""
    return dict(zip(states, unpack(solution(*arguments), *states, "cache"), strict=False))


def _backward(
    solutions: tuple[Any, Any],
    states: Sequence[str],
    gradients: Sequence[str],
    given: tuple[Any, Sequence[Any]],
    upstream: Sequence[Any],
    once: bool,
) -> Iterator[dict[str, Any]]:
    """Call a backward function with a cache, with another one that was made after it, and with the first again.

    Parameters
    ----------
    solutions
        The student's forward and backward.
    states, gradients
        What they return.
    given
        The parameters and the other inputs of the forward pass.
    upstream
        The gradients that come from above.
    once
        Whether the first call is the only one, for a case that is there for what it costs.
    """
    forward, backward = solutions
    params, inputs = given

    def cache_of(*arguments: Any) -> Any:
        # copies, so that a forward which changes its arguments loses no points here
        return unpack(forward(*copy.deepcopy((params, *arguments))), *states, "cache")[-1]

    # no multiple of the first inputs, or what is kept of them in the wrong place would look like a sign or a factor
    cache, other = cache_of(*inputs), cache_of(*(1 - value for value in inputs))
    # copies, so that an argument that is changed costs once
    between, again, last = [copy.deepcopy((params, *(size * value for value in upstream))) for size in (2, 1, 2)]
    found = named(backward(params, cache, *upstream), gradients)
    try:
        if not once:
            backward(between[0], other, *between[1:])
            second = named(backward(again[0], cache, *again[1:]), gradients)
            found = found | {f"{name}[again]": value for name, value in second.items()}
            backward(last[0], other, *last[1:])
    finally:
        # handed over after the last call, so that one which writes into what an earlier one returned is seen too
        yield found


@EXERCISES.add(_shapes("(H,)", STATES), returns="(h_t, h_d, c_t, c_d, cache)")
def cell_forward(
    solution: Any, params: Any, h_t: Any, h_d: Any, c_t: Any, c_d: Any, x_t: Any, x_d: Any
) -> dict[str, Any]:
    return _forward(solution, STATES, params, h_t, h_d, c_t, c_d, x_t, x_d)


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
    forward: Any,
    backward: Any,
    params: Any,
    inputs: Any,
    dh_t: Any,
    dh_d: Any,
    dc_t: Any,
    dc_d: Any,
    *,
    once: bool = False,
) -> Iterator[dict[str, Any]]:
    given = params, [inputs[name] for name in (*STATES, *INPUTS)]
    gradients = (*PARAMS, *STATES, *INPUTS)
    return _backward((forward, backward), STATES, gradients, given, (dh_t, dh_d, dc_t, dc_d), once)


@EXERCISES.add(_shapes("(T, S, H)", GRID_STATES), uses=("cell_forward",), returns="(hs_t, hs_d, cs_t, cs_d, cache)")
def grid_forward(solution: Any, params: Any, X: Any) -> dict[str, Any]:
    return _forward(solution, GRID_STATES, params, X)


@EXERCISES.add(
    {**_shapes(W_SHAPE, WEIGHTS), **_shapes("(H,)", BIASES), "X": "(T, S, D)"},
    solution=("grid_forward", "grid_backward"),
    uses=("cell_forward", "cell_backward", "grid_forward"),
    returns="a dict of gradients with the keys of params, and X",
    large=Large(large.grid_backward, (*PARAMS, "X")),
)
def grid_backward(
    forward: Any, backward: Any, params: Any, X: Any, dhs_t: Any, dhs_d: Any, *, once: bool = False
) -> Iterator[dict[str, Any]]:
    return _backward((forward, backward), GRID_STATES, (*PARAMS, "X"), (params, [X]), (dhs_t, dhs_d), once)


@EXERCISES.add(_shapes("(H,)", MD_STATES), returns="(h, c, cache)")
def md_cell_forward(
    solution: Any, params: Any, h_up: Any, h_left: Any, c_up: Any, c_left: Any, x: Any
) -> dict[str, Any]:
    return _forward(solution, MD_STATES, params, h_up, h_left, c_up, c_left, x)


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
    forward: Any, backward: Any, params: Any, inputs: Any, dh: Any, dc: Any, *, once: bool = False
) -> Iterator[dict[str, Any]]:
    given = params, [inputs[name] for name in MD_INPUTS]
    return _backward((forward, backward), MD_STATES, (*MD_PARAMS, *MD_INPUTS), given, (dh, dc), once)


@EXERCISES.add({"gradient": "a number"}, returns="a number")
def path_gradient(solution: Any, m: int, n: int, f1: float, f2: float) -> dict[str, Any]:
    return {"gradient": solution(m, n, f1, f2)}
