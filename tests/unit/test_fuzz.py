"""Whatever a file, a text or a piece of evidence holds: it is read, or refused in the agreed way, and never anything else.

The gate tries the same examples for a few seconds; with HANDGRAD_ALL_ATTACKS=1, as in ``make attacks``, others and
many more are tried. What was ever found stands as an ``example`` here, or in ``tests/attacks/``.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from handgrad import references
from handgrad.grading import mark
from handgrad.grading.read import before_grading
from handgrad.grading.repair import Submitted
from handgrad.judging.arrays import Malformed, read_array
from handgrad.judging.evidence import collect
from handgrad.judging.verdict_json import VerdictRecord
from handgrad.notebooks import by_hand
from handgrad.notebooks.repair import released_cells
from handgrad.references import Assignment
from tests.conftest import ROOT

ALL = bool(os.environ.get("HANDGRAD_ALL_ATTACKS"))
FUZZ = settings(
    max_examples=2_000 if ALL else 40,
    derandomize=not ALL,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

ASSIGNMENT = "mlp_backprop"
RELEASE = nbformat.read(ROOT / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
KNOWN = released_cells(RELEASE)

# -- texts and notebooks -------------------------------------------------------------------------------

PIECES = (
    *("def softmax_loss(scores, y):\n", "    return ", "x = 1\n", "class A:\n", "    pass\n", "if x:\n", "elif x:\n"),
    *("else:\n", "lambda x: ", "(", ")", "[", "]", "{", "}", "'''", '"""', '"', "'", "\\", "\\\n", "\n", "\t", "    "),
    *("%time ", "%%time\n", "!ls\n", "a = !ls\n", "x?\n", "??x\n", ">>> ", "... ", "In [1]: ", "%", "; ", "/f x\n"),
    *(
        "import torch\n",
        "torch.autograd.grad(x)\n",
        "(f(x + h) - f(x)) / h\n",
        "global x\n",
        "nonlocal x\n",
        "*a, b = c\n",
    ),
    *("\0", "\r", "\x0c", "\u2028", "\ufeff", "\u202e", "\ud800", "𝒙", "é", "x" * 300, "9" * 5_000, "0o", "1_", "\x1a"),
    *(
        "match x:\n    case [y, *z]:\n        pass\n",
        "async def f():\n    await x\n",
        "f'{x!r:{y}}'\n",
        "@f\n",
        "del x\n",
    ),
    *(
        "$",
        "$$",
        "\\(",
        "[a](b)",
        "![](attachment:a.png)",
        "<b>",
        "&lt;",
        "```\n",
        "| a |\n|--|\n",
        "# ",
        "> ",
        "- ",
        "***",
    ),
)
nested = st.builds(
    lambda parts, depth: parts[0] * depth + parts[1] + parts[2] * depth,
    st.sampled_from(
        [
            ("(", "x", ")"), ("[", "", "]"), ("lambda: ", "0", ""), ("-", "1", ""), ("f(", "", ")"), ("x.", "y", ""),
            ("not ", "x", ""), ("x if y else ", "z", ""), ("x = ", "1", ""), ("elif x:\n    pass\n", "", ""),
            (">", "x", ""), ("*", "x", ""), ("[", "x", "](y)"), ("%time ", "x", ""), ("!", "x", "\n"), ("{x:", "1", "}"),
        ]
    ),
    st.integers(1, 3_000),
)  # fmt: skip
sources = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
    nested,
    st.sampled_from([cell.source for cell in RELEASE.cells]),
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), sources),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=10), inner, max_size=4)),
    max_leaves=6,
)
names = st.sampled_from([cell.name for cell in KNOWN])
marks = st.one_of(
    values,
    st.fixed_dictionaries(
        {"grade_id": st.one_of(names, values)},
        optional=dict.fromkeys(("grade", "solution", "locked", "task", "points", "schema_version"), values),
    ),
)
metadata = st.one_of(
    values, st.fixed_dictionaries({}, optional={"nbgrader": marks, "handgrad": values, "tags": values})
)
cells = st.one_of(
    values,
    st.sampled_from(RELEASE.cells).map(dict),
    st.fixed_dictionaries(
        {
            "cell_type": st.one_of(st.sampled_from(["code", "markdown", "raw"]), values),
            "source": st.one_of(sources, values),
        },
        optional={
            **{"metadata": metadata, "outputs": values, "attachments": values, "id": values, "execution_count": values}
        },
    ),
    # as nbformat would write it, so that it comes through to the repair
    st.builds(
        lambda kind, source, marked: {
            "cell_type": kind,
            "source": source,
            "metadata": {"nbgrader": marked} if isinstance(marked, dict) else {},
            **({"outputs": [], "execution_count": None} if kind == "code" else {}),
        },
        st.sampled_from(["code", "markdown", "raw"]),
        sources,
        marks,
    ),
)
notebooks = st.fixed_dictionaries(
    {"cells": st.one_of(st.lists(cells, max_size=12), values), "metadata": metadata},
    optional={
        "nbformat": st.one_of(st.just(4), values),
        "nbformat_minor": st.one_of(st.just(4), values),
        "more": values,
    },
).map(lambda made: {"nbformat": 4, "nbformat_minor": 4, **made})
files = st.one_of(notebooks.map(lambda made: json.dumps(made).encode()), st.binary(max_size=300))

BRANCHES = "if x:\n    pass\n" + "elif x:\n    pass\n" * 1_500


def code(source: str) -> bytes:
    """Return the released notebook with a cell of code."""
    made = nbformat.from_dict(RELEASE)
    return json.dumps({**made, "cells": [*made.cells, nbformat.v4.new_code_cell(source)]}).encode()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "submitted.ipynb"


@settings(FUZZ, max_examples=FUZZ.max_examples // 2)
@given(content=files)
@example(content=code(BRANCHES))
@example(content=code("x = 1\0"))
@example(content=b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 1e999}')
def test_every_file_is_prepared_or_refused(file: Path, content: bytes, load: Callable[[str], Assignment]) -> None:
    file.write_bytes(content)
    exercises = load(ASSIGNMENT).exercises
    found = Submitted(file, KNOWN, RELEASE.cells, exercises).prepared("reading the code")
    assert ("refused" in found) != ("notebook" in found)
    if "notebook" in found:
        made = nbformat.from_dict(json.loads(json.dumps(found["notebook"])))
        nbformat.validate(made)
        tests = [cell.metadata.nbgrader.grade_id for cell in made.cells if "nbgrader" in cell.metadata]
        assert {cell.name for cell in KNOWN if cell.locked} <= set(tests)
        assert len(tests) == len(set(tests))
        made.cells[0].source.encode()


@FUZZ
@given(sources=st.lists(sources, max_size=4))
@example(sources=[BRANCHES])
@example(sources=["0\x85"])
def test_every_text_is_read_for_what_it_calls(sources: list[str], load: Callable[[str], Assignment]) -> None:
    found = mark.said(sources, load(ASSIGNMENT).exercises)
    assert all(len(line) <= 120 for pair in found.values() for line in pair if line)


@FUZZ
@given(name=st.text(min_size=1, max_size=40), folder=st.booleans(), content=st.binary(max_size=60))
@example(name="timestamp.txt", folder=True, content=b"")
@example(name="timestamp.txt", folder=False, content=b"\xff9999999999999999")
def test_what_lies_beside_a_notebook_is_left_or_taken_out(
    tmp_path_factory: pytest.TempPathFactory, name: str, folder: bool, content: bytes
) -> None:
    where = tmp_path_factory.mktemp("beside")
    try:
        path = where / name
        if folder:
            path.mkdir()
        else:
            path.write_bytes(content)
    except (OSError, ValueError):
        return  # no file system has it
    before_grading(ASSIGNMENT, "*", [str(where / f"{ASSIGNMENT}.ipynb")])
    assert not (where / "timestamp.txt").is_dir()


# -- evidence ------------------------------------------------------------------------------------------

HEAD = st.builds(
    lambda descr, order, shape: f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}",
    st.sampled_from(["'<f8'", "'<f2'", "'|b1'", "'<i4'", "'>f8'", "'<c16'", "'|O'", "'<M8[s]'", "[('a', '<f8')]", "1"]),
    st.sampled_from(["False", "True", "1", "None"]),
    st.lists(st.sampled_from([0, 1, 2, 3, 1000, -1, 2**31, 2**63, 2**64, True, None, 1.5]), max_size=20).map(
        lambda lengths: f"({', '.join(map(str, lengths))}{',' if len(lengths) == 1 else ''})"
    ),
)


def packed(head: str, content: bytes) -> dict[str, str]:
    text = head.encode() + b"\n"
    return {"npy": base64.b64encode(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + content).decode()}


arrays = st.one_of(
    values,
    st.builds(packed, HEAD, st.one_of(st.binary(max_size=64), st.sampled_from([0, 8, 48, 8_000]).map(bytes))),
    st.lists(st.floats(width=64), max_size=30).map(lambda numbers: packed(
        f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({len(numbers)},), }}", np.array(numbers, "<f8").tobytes()
    )),
    st.just({"type": "None"}),
)  # fmt: skip


@FUZZ
@given(array=arrays)
@example(array=packed("{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775808, 0), }", b""))
@example(array=packed("{'descr': '|b1', 'fortran_order': False, 'shape': (8000,), }", bytes(8_000)))
def test_every_packed_array_is_read_or_malformed(array: Any) -> None:
    try:
        found = read_array(array, most_bytes=10_000)
    except Malformed:
        return
    assert found.size <= 1_250


CASES: dict[str, tuple[references.Hidden, Mapping[str, Any]]] = {}


def honest(assignment: Assignment, name: str) -> tuple[references.Hidden, Mapping[str, Any]]:
    """Return the hidden cases of an exercise, and the evidence of the model solution without its large case."""
    if name not in CASES:
        hidden = references.draw(assignment, name, b"fuzz")
        hidden.large = None
        namespace: dict[str, Any] = {}
        exec(references.model_source(assignment, [*assignment.exercises[name].uses, name]), namespace)
        CASES[name] = hidden, json.loads(json.dumps(collect(assignment.exercises[name], namespace, hidden.inputs)))
    return CASES[name]


JUDGED = (
    *(("chain_rule", name) for name in ("piecewise", "plot_piecewise")),
    *(("mlp_backprop", name) for name in ("softmax_loss", "Relu", "sgd_step")),
)


@FUZZ
@given(which=st.sampled_from(JUDGED), data=st.data())
def test_every_piece_of_evidence_is_judged_or_malformed(
    which: tuple[str, str], data: st.DataObject, load: Callable[[str], Assignment]
) -> None:
    assignment = load(which[0])
    hidden, evidence = honest(assignment, which[1])
    forged = json.loads(json.dumps(evidence))
    for case in forged["cases"].values():
        run = case["own"]
        results = run["results"]
        for name in data.draw(st.lists(st.sampled_from(sorted(results)), max_size=3)) if results else ():
            how = data.draw(st.sampled_from(["drop", "forge", "swap", "copy"]))
            if how == "drop":
                results.pop(name, None)
            elif how == "forge":
                results[name] = data.draw(arrays)
            elif how == "swap":
                results[name] = results.get(data.draw(st.sampled_from(sorted(results) or [name])), None)
            else:
                results[f"{name.partition('[')[0]}[{data.draw(st.text(max_size=5))}]"] = results.get(name)
        for key in data.draw(
            st.lists(st.sampled_from(["results", "changed", "returned", "error", "line"]), max_size=1)
        ):
            run[key] = data.draw(values)
    found = mark.decide(hidden, forged, by_hand.Told())
    VerdictRecord.of(found, 4.0).to_json()
