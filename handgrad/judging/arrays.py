"""Arrays as text: .npy bytes in JSON, and nothing else.

The inputs of hidden cases enter the student's kernel so, and results leave it so. Reading trusts
nothing: sizes are bounded before anything is decoded, and no pickle is ever loaded.
"""

from __future__ import annotations

import base64
import binascii
import io
import math
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from numbers import Real
from typing import Any, Literal

import numpy as np
from numpy.lib import format as npy

Array = np.ndarray[Any, Any]

Result = Array | str
"""One result of the student's code: an array, or in words what is there in its place."""

MOST_ELEMENTS = 1_000_000
"""An array with more elements is described, not handed over."""

TOO_LARGE = "far larger than it can be"
"""What is said of a result that is not read."""

DTYPES = frozenset(np.dtype(d) for d in ("f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?"))


class Malformed(ValueError):
    """Evidence that does not have the form agreed on; the text says in what."""


class TooLarge(Malformed):
    """A result that has far more elements than the right one."""


# -- inputs ----------------------------------------------------------------------------------


def _npy(array: Array) -> dict[str, str]:
    buffer = io.BytesIO()
    npy.write_array(buffer, np.ascontiguousarray(array).reshape(array.shape), version=(1, 0), allow_pickle=False)
    return {"npy": base64.b64encode(buffer.getvalue()).decode("ascii")}


def pack(value: Any, array: Callable[[Array], Any] = _npy) -> Any:
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


def _from_npy(packed: Any) -> Array:
    return read_array(packed, most_bytes=1 << 30)


def unpack(packed: Any, array: Callable[[Any], Array] = _from_npy) -> Any:
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


# -- results ---------------------------------------------------------------------------------


def describe(value: Any) -> str:
    """Return what a value is, in words for a student: ``"None"``, ``"a list"``."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"an array of dtype {value.dtype}"
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def as_result(value: Any) -> Result:
    """Return a copy of what the student's code computed as an array, or in words what it is instead.

    Takes NumPy arrays and scalars of any subclass, torch tensors, real numbers of Python such as a fraction, and nested
    lists of numbers.
    """
    try:
        if hasattr(value, "detach") and hasattr(value, "cpu"):
            value = value.detach().cpu().numpy()
        array = np.array(value, copy=True, subok=False)
        if array.dtype == object and array.size and all(isinstance(item, Real) for item in array.flat):
            array = array.astype(np.float64)
    except Exception:
        return describe(value)
    if array.dtype == np.longdouble:
        array = array.astype(np.float64)
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype not in DTYPES:
        return describe(array) if isinstance(value, np.ndarray) else describe(value)
    if array.size > MOST_ELEMENTS:
        return f"an array of {array.size} elements"
    return array


def pack_result(result: Result) -> dict[str, str]:
    """Return the JSON form of one result."""
    return {"type": result} if isinstance(result, str) else _npy(result)


def read_result(packed: Any, most_bytes: int) -> Result:
    """Read one result of which nothing is trusted; one of too many elements is told in words.

    Raises
    ------
    Malformed
        Where it is neither a packed array nor words.
    """
    if isinstance(packed, Mapping) and set(packed) == {"type"}:
        return str(packed["type"])[:80]
    try:
        return read_array(packed, most_bytes)
    except TooLarge:
        return TOO_LARGE


def read_array(packed: Any, most_bytes: int) -> Array:
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
        content = base64.b64decode(text, validate=True)
        length = 10 + int.from_bytes(content[8:10], "little")
        shape, fortran, dtype = _header(content[:length])
    except (ValueError, binascii.Error, SyntaxError, RecursionError, MemoryError) as error:
        raise Malformed("a result is not in the .npy format") from error
    if dtype not in DTYPES:
        raise Malformed("a result holds other than real numbers")
    return _shaped(content[length:], dtype, shape, "F" if fortran else "C", most_bytes // 8)


@lru_cache(maxsize=1024)
def _header(content: bytes) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return what the header of an .npy file says; most arrays of a course have one of a few."""
    if len(content) > 1010:
        raise Malformed("a result has a header that is too long")
    buffer = io.BytesIO(content)
    if npy.read_magic(buffer) != (1, 0):
        raise Malformed("a result is packed in another version of .npy")
    found: tuple[tuple[int, ...], bool, np.dtype[Any]] = npy.read_array_header_1_0(buffer, max_header_size=1000)
    return found


def _shaped(content: bytes, dtype: np.dtype[Any], shape: tuple[int, ...], order: Literal["C", "F"], most: int) -> Array:
    """Return bytes as an array of a shape that may be none, and of at most so many elements."""
    if any(type(length) is not int or length < 0 for length in shape) or len(shape) > 16:
        raise Malformed("a result has a shape that is none")
    count = math.prod(shape)
    if count * dtype.itemsize != len(content):
        raise Malformed("a result has other bytes than its shape says")
    if count > most:  # however few bytes each of them takes, they are all looked at
        raise TooLarge("a result has more elements than it can have")
    try:
        return np.frombuffer(content, dtype=dtype, count=count).reshape(shape, order=order).copy()
    except (ValueError, OverflowError) as error:
        raise Malformed("a result has a shape that is none") from error
