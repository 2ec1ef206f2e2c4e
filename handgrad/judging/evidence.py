"""What leaves the student's kernel: arrays, packed as .npy bytes in JSON, and nothing else.

The same packing carries the inputs of hidden cases into the kernel. Reading evidence trusts
nothing: sizes are bounded before anything is decoded, and no pickle is ever loaded.
"""

from __future__ import annotations

import base64
import binascii
import copy
import io
import json
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from handgrad.judging.exercise import Case, Exercise, WrongReturn, steps

MIME = "application/vnd.handgrad.evidence"

MOST_ELEMENTS = 1_000_000
"""An array with more elements is described, not handed over."""

DTYPES = frozenset(np.dtype(d) for d in ("f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?"))


class Malformed(ValueError):
    """Evidence that does not have the form agreed on; the text says in what."""


class TooLarge(Malformed):
    """A result that has far more elements than the right one."""


# -- packing ---------------------------------------------------------------------------------


def _npy(array: np.ndarray[Any, Any]) -> dict[str, str]:
    buffer = io.BytesIO()
    npy.write_array(buffer, np.ascontiguousarray(array).reshape(array.shape), version=(1, 0), allow_pickle=False)
    return {"npy": base64.b64encode(buffer.getvalue()).decode("ascii")}


def pack(value: Any, array: Callable[[np.ndarray[Any, Any]], Any] = _npy) -> Any:
    """Return a JSON form of nested dicts, lists, tuples, arrays, numbers, strings and None.

    Parameters
    ----------
    value
        What is packed.
    array
        Gives the form of an array; without it its .npy bytes are taken.

    Raises
    ------
    TypeError
        Where a value is of another type.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and not isinstance(value, np.generic):
        return value
    if isinstance(value, np.ndarray | np.generic):
        return array(np.asarray(value))
    if isinstance(value, dict):
        return {"dict": [[pack(key, array), pack(item, array)] for key, item in value.items()]}
    if isinstance(value, tuple):
        return {"tuple": [pack(item, array) for item in value]}
    if isinstance(value, list):
        return {"list": [pack(item, array) for item in value]}
    raise TypeError(f"cannot pack a {type(value).__name__}")


def _from_npy(packed: Any) -> np.ndarray[Any, Any]:
    return read_array(packed, most_bytes=1 << 30)


def unpack(packed: Any, array: Callable[[Any], np.ndarray[Any, Any]] = _from_npy) -> Any:
    """Return the value that :func:`pack` packed; ``array`` reads what its ``array`` gave."""
    if not isinstance(packed, dict):
        return packed
    ((kind, content),) = packed.items()
    if kind == "dict":
        return {unpack(key, array): unpack(item, array) for key, item in content}
    if kind == "list":
        return [unpack(item, array) for item in content]
    if kind == "tuple":
        return tuple(unpack(item, array) for item in content)
    return array(packed)


def read_array(packed: Any, most_bytes: int) -> np.ndarray[Any, Any]:
    """Read one packed array of which nothing is trusted.

    Raises
    ------
    Malformed
        Where it is not a packed array, or holds other than real numbers of at most 8 bytes.
    TooLarge
        Where it is larger than ``most_bytes``.
    """
    text = packed.get("npy") if isinstance(packed, dict) and len(packed) == 1 else None
    if not isinstance(text, str):
        raise Malformed("a result is not a packed array")
    if len(text) > most_bytes * 4 // 3 + 400:
        raise TooLarge("a result is larger than it can be")
    try:
        buffer = io.BytesIO(base64.b64decode(text, validate=True))
        if npy.read_magic(buffer) != (1, 0):
            raise Malformed("a result is packed in another version of .npy")
        shape, fortran, dtype = npy.read_array_header_1_0(buffer, max_header_size=1000)
    except (ValueError, binascii.Error, SyntaxError, RecursionError, MemoryError) as error:
        raise Malformed("a result is not in the .npy format") from error
    if dtype not in DTYPES:
        raise Malformed("a result holds other than real numbers")
    if any(type(length) is not int for length in shape):
        raise Malformed("a result has a shape that is none")
    content = buffer.read()
    count = 1
    for length in shape:
        count *= length
    if any(length < 0 for length in shape) or len(shape) > 16 or count * dtype.itemsize != len(content):
        raise Malformed("a result has other bytes than its shape says")
    array = np.frombuffer(content, dtype=dtype, count=count)
    return array.reshape(shape, order="F" if fortran else "C").copy()


# -- collecting ------------------------------------------------------------------------------


def describe(value: Any) -> str:
    """Return what a value is, in words for a student: ``"None"``, ``"a list"``."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"an array of dtype {value.dtype}"
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def pack_result(value: Any) -> dict[str, str]:
    """Pack one result of the student's code as an array, or describe what it is instead.

    Takes NumPy arrays and scalars of any subclass, torch tensors, Python numbers, and nested
    lists of numbers.
    """
    try:
        if hasattr(value, "detach") and hasattr(value, "cpu"):
            value = value.detach().cpu().numpy()
        array = np.array(value, copy=True, subok=False)
    except Exception:
        return {"type": describe(value)}
    if array.dtype == np.longdouble:
        array = array.astype(np.float64)
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype not in DTYPES:
        return {"type": describe(array) if isinstance(value, np.ndarray) else describe(value)}
    if array.size > MOST_ELEMENTS:
        return {"type": f"an array of {array.size} elements"}
    return _npy(array)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each array or number of nested inputs with its path, such as ``params['W1']``."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, f"{path}[{key!r}]" if path else str(key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")
    else:
        yield path, value


def _changed(before: Case, after: Case) -> list[str]:
    """Return the paths of the inputs that differ, in value, shape or dtype."""
    old, new = dict(leaves(before)), dict(leaves(after))
    paths = [*old, *(path for path in new if path not in old)]
    return [path for path in paths if path not in old or path not in new or not _same(old[path], new[path])]


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return type(a) is type(b) and bool(a == b)


def _where(error: BaseException) -> str:
    """Return the line of the student's code at which an exception arose, nothing if there is none."""
    frames = traceback.extract_tb(error.__traceback__)[1:]
    package = str(Path(__file__).parents[1])
    installed = ("site-packages", "dist-packages", package)
    lines = [frame.line for frame in frames if not any(part in frame.filename for part in installed)]
    return (lines[-1] if lines else None) or ""


class _Absent:
    """Stands for a name that the student has not defined, beside another one that is."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *arguments: Any) -> Any:
        raise NameError(f"{self.name} is not defined")


def _run(exercise: Exercise, solution: Sequence[Any], case: Case) -> dict[str, Any]:
    given = exercise.given(case)
    inputs = copy.deepcopy(given)
    packed: dict[str, dict[str, str]] = {}
    run: dict[str, Any] = {"results": packed}
    try:
        for results in steps(exercise.run(*solution, **inputs)):
            packed.update({name: pack_result(value) for name, value in results.items()})
    except WrongReturn as error:
        run["returned"] = str(error)
    except Exception as error:
        run |= {"error": type(error).__name__, "line": _where(error), "text": str(error)[:500]}
    run["changed"] = _changed(given, inputs)
    return run


def collect(
    exercise: Exercise,
    namespace: dict[str, Any],
    cases: Mapping[str, Case],
    supplied: str = "",
) -> dict[str, Any]:
    """Run the student's code on each case and return what came out, ready for JSON.

    Parameters
    ----------
    exercise
        The exercise.
    namespace
        Where the student's names are defined.
    cases
        The inputs, by the name of the case.
    supplied
        Source text of right solutions to the exercises that this one uses.

    Returns
    -------
    dict
        ``{"missing": name}``, or ``{"cases": {case: {"own": run, "supplied": run}}}``. A run holds
        the packed ``results``, the paths of arguments that ``changed``, and where it broke off
        ``error``, ``line`` and ``text``, or ``returned``.
    """
    if not any(name in namespace for name in exercise.solution):
        return {"missing": exercise.solution[0]}
    solution = [namespace.get(name, _Absent(name)) for name in exercise.solution]
    found: dict[str, dict[str, Any]] = {label: {"own": _run(exercise, solution, case)} for label, case in cases.items()}
    if supplied and exercise.uses:
        right: dict[str, Any] = {}
        exec(compile(supplied, "<supplied>", "exec"), right)
        absent = object()
        own = {name: namespace.get(name, absent) for name in exercise.uses}
        namespace.update({name: right[name] for name in exercise.uses})
        try:
            for label, case in cases.items():
                found[label]["supplied"] = _run(exercise, solution, case)
        finally:
            for name, value in own.items():
                if value is absent:
                    del namespace[name]
                else:
                    namespace[name] = value
    return {"cases": found}


def dumps(value: Any) -> str:
    """Return compact JSON with sorted keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
