"""The exercises of tensor_basics: axes, shapes, broadcasting, reductions, probability tables, stable losses.

N examples, C classes, d coordinates; n and m lengths of any axis. A shape that a student predicts
or computes is handed over as an array of just that shape, so that what is said of arrays in
diagnoses holds for it too.
"""

from __future__ import annotations

import math
import operator
import sys
import sysconfig
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np

from handgrad.judging.arrays import as_result
from handgrad.judging.exercise import Exercises, WrongReturn

EXERCISES = Exercises("tensor_basics")

Array = np.ndarray[Any, Any]

REDUCTIONS = ("shape_a", "shape_b", "shape_c", "shape_d", "shape_e", "shape_f")
BROADCASTS = ("shape_g", "shape_h", "shape_i", "shape_j", "shape_k", "shape_l", "shape_m", "shape_n")
ERROR = "error"
NO_SHAPE = -1
"""Stands for the shape where there is none."""
STABLE = "at ±1000"
LONG = 20_000
"""An array with more elements is not made: of its shape the lengths are handed over."""
LARGE = 25
"""Inputs beyond this size are run with every warning counted."""

# -- what is done with an answer ---------------------------------------------------------------


def lengths_of(shape: Any, most: int = LONG) -> Array:
    """Return the lengths of a shape.

    Raises
    ------
    WrongReturn
        Where it is not a shape, or that of an array with more elements than ``most``.
    """
    if isinstance(shape, int | np.integer):
        raise WrongReturn(f"a shape is a tuple, not {shape}: ({shape},) for one axis, with a comma, () for none")
    try:
        if not isinstance(shape, tuple | list | np.ndarray):
            raise TypeError
        lengths = tuple(operator.index(length) for length in shape)
    except TypeError:
        raise WrongReturn(f"a shape is a tuple of whole numbers, such as (4, 5); this is {shape!r:.60}") from None
    if len(lengths) > 16 or any(length < 0 for length in lengths) or math.prod(lengths) > most:
        raise WrongReturn(f"{lengths!r:.60} cannot be the shape of an array here")
    return np.array(lengths, dtype=np.int64)


def array_of(shape: Any) -> Array:
    """Return an array of a shape, filled with a number that tells how many axes it has.

    Raises
    ------
    WrongReturn
        Where it is not the shape of a small array.
    """
    lengths = lengths_of(shape)
    return np.full(lengths, 10 + len(lengths))


def broadcast_result(a: tuple[int, ...], b: tuple[int, ...], shape: Any) -> dict[str, Array]:
    """Return the shape that two shapes broadcast to as a result."""
    # an array without elements could hold anything, so there the lengths themselves are handed over
    if 0 in (*a, *b):
        return {f"length-0 axes[{a} with {b}]": lengths_of(shape)}
    most = math.prod(a) * math.prod(b)
    return {f"shape[{a} with {b}]": lengths_of(shape, most) if max((*a, *b), default=1) > LONG else array_of(shape)}


def raised(error: type[Exception], call: Callable[[], Any]) -> list[int]:
    """Return [1, 0] where a call raises an error, [0, 1] where it returns; another error goes on."""
    try:
        call()
    except error:
        return [1, 0]
    return [0, 1]


@contextmanager
def replaced(module: Any, **functions: Callable[..., Any]) -> Iterator[None]:
    """Put other functions in the place of those that a module has of these names, for as long as this lasts."""
    before = {name: getattr(module, name) for name in functions if hasattr(module, name)}
    try:
        for name in before:
            setattr(module, name, functions[name])
        yield
    finally:
        for name, function in before.items():
            setattr(module, name, function)


def quietly(call: Callable[[], Any]) -> tuple[Any, bool]:
    """Return what a call returns, and whether NumPy had to warn of anything on the way, silenced or not."""
    warned = []
    errstate = np.errstate

    def heard(**silenced: Any) -> Any:
        return errstate(call=lambda *_: warned.append(1), over="call", divide="call", invalid="call", under="ignore")

    with warnings.catch_warnings(), replaced(np, errstate=heard, seterr=lambda *_, **__: np.geterr()), heard():
        warnings.simplefilter("ignore")
        value = call()
    return value, bool(warned)


def stable(part: str, large: bool, call: Callable[[], Any]) -> dict[str, Any]:
    """Return the result of a call as a part; for large inputs as another one, beside the warnings."""
    if not large:
        return {part: call()}
    value, warned = quietly(call)
    return {f"{STABLE}[result]": value, f"{STABLE}[warnings]": warned}


def is_large(x: Any) -> bool:
    """Return whether an array holds numbers at which an exponential is better avoided."""
    return bool(np.max(np.abs(x), initial=0) > LARGE)


def switched_off(*arguments: Any, **keywords: Any) -> Any:
    raise WrongReturn("write the rule yourself: np.broadcast_shapes and its relatives are switched off here")


BY_THE_RULE = dict.fromkeys(("broadcast_shapes", "broadcast", "broadcast_arrays", "broadcast_to"), switched_off)
"""In the place of the functions of NumPy, and of PyTorch, that know the rule of broadcasting."""


INSTALLED = ("site-packages", "dist-packages", sysconfig.get_path("stdlib"), "<frozen ")
"""What the names of files have in them that are no student's."""


def work(call: Callable[..., Any], *arrays: Array) -> int:
    """Return how much Python has to do in a call.

    That is the number of lines that it runs outside of libraries, and how often it makes an array from these arrays or
    takes something out of one, as a loop in a library does.
    """
    count = 0

    def line(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        if any(part in frame.f_code.co_filename for part in INSTALLED):
            return None
        count += 1
        return line

    class Counted(np.ndarray[Any, Any]):
        def __array_finalize__(self, source: Any) -> None:
            nonlocal count
            count += 1

        def __getitem__(self, key: Any) -> Any:
            nonlocal count
            count += 1
            return super().__getitem__(key)

        def tolist(self) -> Any:
            nonlocal count
            # a table that has an entry for each pair is what is returned, and a list may be
            count += 0 if self.shape == returned else self.size
            return super().tolist()

        def __str__(self) -> str:
            return str(self.view(np.ndarray))  # whoever prints an array makes no loop

        def __repr__(self) -> str:
            return repr(self.view(np.ndarray))

    returned = tuple(map(len, arrays))
    given = [array.copy().view(Counted) for array in arrays]
    before = sys.gettrace()
    sys.settrace(line)
    try:
        call(*given)
    finally:
        sys.settrace(before)
    return count


def prediction(name: str, shape: Any) -> dict[str, Any]:
    """Return whether an error is predicted, as a result, and beside it the predicted shape."""
    if shape is None:
        raise NotImplementedError(f"{name} is still None")
    fails = isinstance(shape, str) and shape.strip().lower() == ERROR
    if isinstance(shape, str) and not fails:
        raise WrongReturn(f'write a shape as a tuple, such as (4, 5), or "error"; this is {shape!r:.60}')
    return {f"{name}[{ERROR}]": [int(fails), int(not fails)], name: NO_SHAPE if fails else array_of(shape)}


# -- the exercises -----------------------------------------------------------------------------


@EXERCISES.add(
    dict.fromkeys(REDUCTIONS, "a shape"),
    solution=REDUCTIONS,
    returns="a shape as a tuple for each expression",
    more=False,
    in_stages=True,
)
def predicted_shapes_1(*shapes: Any, name: str, X: Any, T: Any) -> dict[str, Any]:
    return prediction(name, shapes[REDUCTIONS.index(name)])


@EXERCISES.add(
    {"axis": "the number of an axis", "raises TypeError": "for a 0-d array"},
    returns="the number of an axis, and raise TypeError for a 0-d array",
    answer_shown=False,
)
def axis_of_len(solution: Any, X: Any) -> dict[str, Any]:
    if X.ndim == 0:
        return {"raises TypeError": raised(TypeError, lambda: solution(X))}
    axis = solution(X)
    try:
        number = float(np.asarray(axis).reshape(()))
    except (TypeError, ValueError):
        raise WrongReturn(f"it should return the number of an axis; it returned {axis!r:.60}") from None
    return {f"axis[for shape {X.shape}]": number}


@EXERCISES.add(
    dict.fromkeys(BROADCASTS, "a shape, or 'error'"),
    solution=BROADCASTS,
    returns='a shape as a tuple for each expression, or "error"',
    more=False,
    in_stages=True,
)
def predicted_shapes_2(*shapes: Any, name: str, sizes: Any) -> dict[str, Any]:
    return prediction(name, shapes[BROADCASTS.index(name)])


@EXERCISES.add(
    {"shape": "a tuple", "length-0 axes": "a tuple", "raises ValueError": "where the shapes do not fit"},
    returns="the shape as a tuple, from the rule itself, or raise ValueError where there is none",
)
def broadcast_shape(solution: Any, pairs: Any, fit: bool) -> Iterator[dict[str, Any]]:
    for a, b in pairs:
        pair = f"[{a} with {b}]"
        with replaced(np, **BY_THE_RULE), replaced(sys.modules.get("torch"), **BY_THE_RULE):
            if fit:
                shape = solution(a, b)
            else:
                outcome = raised(ValueError, lambda: solution(a, b))  # noqa: B023
        if not fit:
            yield {f"raises ValueError{pair}": outcome}
        else:
            if shape is None:
                raise WrongReturn("it should return a shape; it returned None: is `return` missing?")
            if isinstance(shape, list | np.ndarray):
                kind = "an array" if isinstance(shape, np.ndarray) else "a list"
                raise WrongReturn(f"a shape is a tuple, and this is {kind}: `tuple(...)` makes one of it")
            yield broadcast_result(a, b, shape)


@EXERCISES.add(
    {"quotient": "(3, 3)"},
    solution=("quotient",),
    returns="a 3 × 3 array or list of lists",
    more=False,
    in_stages=True,
)
def predicted_quotient(quotient: Any, A: Any) -> dict[str, Any]:
    if quotient is None:
        raise NotImplementedError("the quotient is still None")
    if isinstance(as_result(quotient), str):
        raise WrongReturn("write three rows of three numbers, as [[..., ..., ...], [..., ..., ...], [..., ..., ...]]")
    return {"quotient": quotient}


@EXERCISES.add({"n and m different": "(n, m)", "n = m": "(n, n)"}, returns="an array in the shape of A")
def divide_by_row_sums(solution: Any, A: Any) -> dict[str, Any]:
    return {"n = m" if A.shape[0] == A.shape[1] else "n and m different": solution(A)}


@EXERCISES.add({"two vectors": "a number", "last axis": "(…,), without the last axis"}, returns="an array or a number")
def manhattan_distance(solution: Any, p: Any, q: Any) -> dict[str, Any]:
    return {"two vectors" if p.ndim == 1 else "last axis": solution(p, q)}


@EXERCISES.add(
    {"distances": "(n, m)", "no Python loop": "true or false"},
    uses=("manhattan_distance",),
    returns="an array of shape (n, m)",
)
def pairwise_manhattan(solution: Any, P: Any, Q: Any) -> Iterator[dict[str, Any]]:
    yield {"distances": solution(P, Q)}
    if min(*P.shape, *Q.shape) > 2:
        # without a loop over anything, what Python has to do does not depend on the sizes
        same = work(solution, P[1:, 1:], Q[1:, 1:]) == work(solution, P, Q)
        yield {"no Python loop": [int(same), int(not same)]}


@EXERCISES.add(
    {"expectation": "a number", "negative raises ValueError": "", "sum off raises ValueError": ""},
    returns="a number, and raise ValueError where the table is not one",
)
def expectation(solution: Any, values: Any, probabilities: Any, table: str) -> dict[str, Any]:
    if table == "right":
        return {"expectation": solution(values, probabilities)}
    return {f"{table} raises ValueError": raised(ValueError, lambda: solution(values, probabilities))}


@EXERCISES.add(
    {"variance": "a number", "raises ValueError": "where the table is not one"},
    uses=("expectation",),
    returns="a number, and raise ValueError where the table is not one",
)
def variance(solution: Any, values: Any, probabilities: Any, table: str) -> dict[str, Any]:
    if table == "right":
        return {"variance": solution(values, probabilities)}
    return {"raises ValueError": raised(ValueError, lambda: solution(values, probabilities))}


@EXERCISES.add({"sigmoid": "as x", STABLE: "as x, and no warning"}, returns="an array in the shape of x")
def sigmoid(solution: Any, x: Any) -> dict[str, Any]:
    return stable("sigmoid", is_large(x), lambda: solution(x))


@EXERCISES.add(
    {"rank 1": "(C,)", "rank 2": "(N, C)", "rank 3 and more": "(…, C)", STABLE: "as x, and no warning"},
    returns="an array in the shape of x",
)
def softmax(solution: Any, x: Any) -> dict[str, Any]:
    part = {1: "rank 1", 2: "rank 2"}.get(x.ndim, "rank 3 and more")
    return stable(part, is_large(x), lambda: solution(x))


@EXERCISES.add(
    {"loss": "a number", STABLE: "a number, and no warning"},
    uses=("divide_by_row_sums", "softmax"),
    batch="logits",
    returns="a number",
)
def softmax_cross_entropy(solution: Any, logits: Any, onehot: Any) -> dict[str, Any]:
    return stable("loss", is_large(logits), lambda: solution(logits, onehot))


@EXERCISES.add(
    {"loss": "a number", STABLE: "a number, and no warning"},
    uses=("sigmoid", "softmax", "softmax_cross_entropy"),
    returns="a number",
)
def sigmoid_cross_entropy(solution: Any, logits: Any, targets: Any) -> dict[str, Any]:
    return stable("loss", is_large(logits), lambda: solution(logits, targets))
