"""The public cases of an assignment as a file, ``cases.npz``: written and read here alone.

An exercise has the bytes of a JSON text, ``NAME.json``: inputs, right and mistaken results, and words. In the place of
an array it says where that lies in ``NAME.f8``, ``NAME.i8`` and so on, which hold all the numbers of a dtype in one
row: some thousand small arrays, each with a header of its own, would make the file three times as large.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from handgrad.judging.arrays import DTYPES, Array, pack, unpack
from handgrad.judging.diagnosis import Context
from handgrad.judging.exercise import Case
from handgrad.judging.truth import Misconception, Truth

PublicCases = tuple[dict[str, Case], dict[str, Truth]]
"""The inputs of an exercise, and what is known of them, both by the name of the case."""


class _Rows:
    """Arrays laid one behind the other, in one row for each dtype; equal ones lie there once."""

    def __init__(self) -> None:
        self._pieces: dict[str, list[Array]] = {}
        self._lengths: dict[str, int] = {}
        self._starts: dict[tuple[str, bytes], int] = {}

    def add(self, array: Array) -> dict[str, list[Any]]:
        """Lay an array down, and return where it lies: its dtype, its start, and its shape."""
        if array.dtype not in DTYPES:
            raise TypeError(f"cannot store an array of dtype {array.dtype}")
        dtype = array.dtype.str[1:]
        key = (dtype, array.tobytes())
        if key not in self._starts:
            self._starts[key] = self._lengths.get(dtype, 0)
            self._lengths[dtype] = self._starts[key] + array.size
            self._pieces.setdefault(dtype, []).append(array.ravel())
        return {"array": [dtype, self._starts[key], *array.shape]}

    def joined(self) -> dict[str, Array]:
        """Return the rows by the name of their dtype, such as ``"f8"``."""
        return {dtype: np.concatenate(pieces) for dtype, pieces in self._pieces.items()}


def _plain(inputs: Case, truth: Truth) -> tuple[Any, ...]:
    context = {name: (known.examples, known.terms) for name, known in truth.context.items()}
    wrong = [(m.name, m.message, m.weak, dict(results)) for m, results in truth.wrong.items()]
    return inputs, dict(truth.expected), context, wrong, dict(truth.earlier)


def _truth(inputs: Case, expected: Any, context: Any, wrong: Any, earlier: Any) -> Truth:
    return Truth(
        expected=expected,
        context={name: Context(examples, terms) for name, (examples, terms) in context.items()},
        wrong={Misconception(name, message, weak): results for name, message, weak, results in wrong},
        inputs=inputs,
        earlier=earlier,
    )


def to_bytes(exercises: Mapping[str, PublicCases]) -> bytes:
    """Return the content of the file for the public cases of some exercises; equal cases give equal bytes.

    Raises
    ------
    TypeError
        Where a case holds something else than numbers, strings, None, and dicts, lists, tuples and arrays of them.
    """
    members: dict[str, Array] = {}
    for name, (inputs, truths) in exercises.items():
        rows = _Rows()
        packed = pack({label: _plain(inputs[label], truth) for label, truth in truths.items()}, rows.add)
        text = json.dumps(packed, separators=(",", ":"))
        members[f"{name}.json"] = np.frombuffer(text.encode(), dtype=np.uint8)
        members |= {f"{name}.{dtype}": row for dtype, row in rows.joined().items()}
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **members)
    return file.getvalue()


def from_bytes(content: bytes) -> dict[str, PublicCases]:
    """Return the public cases that the content of a file holds, by the name of the exercise.

    Raises
    ------
    ValueError
        Where it is not what :func:`to_bytes` gave.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as members:
            names = [name.removesuffix(".json") for name in members.files if name.endswith(".json")]
            return {name: _exercise(name, members) for name in names}
    except (EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError("the file of public cases is damaged") from error


def _exercise(name: str, members: Mapping[str, Array]) -> PublicCases:
    rows: dict[str, Array] = {}

    def array(packed: dict[str, list[Any]]) -> Array:
        dtype, start, *shape = packed["array"]
        if dtype not in rows:
            rows[dtype] = members[f"{name}.{dtype}"]
        # a copy, so that a change of one array is no change of its equals
        return rows[dtype][start : start + math.prod(shape)].reshape(shape).copy()

    cases = unpack(json.loads(members[f"{name}.json"].tobytes()), array)
    return {label: case[0] for label, case in cases.items()}, {label: _truth(*case) for label, case in cases.items()}
