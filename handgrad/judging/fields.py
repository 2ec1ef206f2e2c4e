"""Fields of JSON that is read back, each of the type that it was written with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

Value = TypeVar("Value")


def field(data: object, key: str, kind: type[Value]) -> Value:
    """Return a field of a JSON object; a whole number is a float too.

    Raises
    ------
    ValueError
        Where the object has no such field, or one of another type.
    """
    value: Any = data.get(key) if isinstance(data, Mapping) else None
    if kind is float and type(value) is int:
        value = float(value)
    if not isinstance(value, kind):
        raise ValueError(f"{key!r} is missing, or not of type {kind.__name__}")
    return value


def optional(data: Mapping[str, Any], key: str, kind: type[Value]) -> Value | None:
    """Return a field of a JSON object, or None where it is null or missing.

    Raises
    ------
    ValueError
        Where it is of another type.
    """
    return None if data.get(key) is None else field(data, key, kind)


def texts(data: object, key: str) -> tuple[str, ...]:
    """Return a field that is a list of texts.

    Raises
    ------
    ValueError
        Where it is missing, or something else.
    """
    values = field(data, key, list)
    if not all(isinstance(value, str) for value in values):
        raise ValueError(f"{key!r} is no list of texts")
    return tuple(values)
