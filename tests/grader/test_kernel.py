"""A kernel shows what a student's own would: each kind of output, in the order in which it was made."""

from __future__ import annotations

from typing import Any

import pytest

from handgrad.running import sandbox
from handgrad.running.client import MOST_OUTPUT
from handgrad.running.execution import execute
from handgrad.running.job import Cell, Job

needs_sandbox = pytest.mark.skipif(sandbox.available() is not None, reason=f"no sandbox here: {sandbox.available()}")

ORDER = """
import subprocess, sys
print("first", end="")
print("second", file=sys.stderr)
subprocess.run("echo third; echo fourth >&2", shell=True)
display("fifth")
print("sixth")
"seventh"
"""

FORMS = """
class Shown:
    def __repr__(self): return "as text"
    def _repr_html_(self): return "<b>as HTML</b>"
Shown()
"""

NAMED = """
from IPython.display import clear_output
print("gone")
clear_output()
handle = display("old", display_id=True)
handle.update("new")
"""

FORKED = """
import os
print("before", end=" ")
if os.fork() == 0:
    print("child", flush=True)
    display("of a child")
    os._exit(0)
os.wait()
print("after")
"""

WORKERS = """
import torch
from torch.utils.data import DataLoader, TensorDataset
[batch.sum().item() for (batch,) in DataLoader(TensorDataset(torch.arange(4)), 2, num_workers=2)]
"""


def said(source: str, **more: Any) -> list[str]:
    """Return what each output of one cell says, behind its kind."""
    (outcome,) = execute(Job((Cell(source, 60),), **more))
    assert outcome.failure is None
    return [_said(dict(output)) for output in outcome.outputs]


def _said(output: dict[str, Any]) -> str:
    if output["output_type"] == "stream":
        return f"{output['name']}: {output['text']}"
    if output["output_type"] == "error":
        return f"{output['ename']}: {output['evalue']}"
    return " ".join(f"{mime}: {text[:12]}" for mime, text in output["data"].items())


@pytest.mark.parametrize(
    "way",
    [
        pytest.param({"settings": {"warm": True}}, marks=needs_sandbox, id="warm"),
        pytest.param({"settings": {"warm": False}}, marks=needs_sandbox, id="cold"),
        pytest.param({"unprotected": True}, id="unprotected"),
    ],
)
def test_a_kernel_shows_what_a_students_own_would(way: dict[str, Any]) -> None:
    sources = {
        ORDER: [
            *("stdout: first", "stderr: second\n", "stdout: third\nfourth\n"),
            *("text/plain: 'fifth'", "stdout: sixth\n", "text/plain: 'seventh'"),
        ],
        FORMS: ["text/plain: as text"],
        NAMED: ["text/plain: 'new'"],
        "import asyncio\nlater = asyncio.create_task(asyncio.sleep(0.01, 'slept'))": [],
        "await later": ["text/plain: 'slept'"],
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);": ["text/plain: <Figure size image/png: iVBORw0KGgoA"],
        "%matplotlib inline\n%autosave 0\n!echo from the shell": ["stdout: Autosave disabled\nfrom the shell\r\n"],
        "%%writefile helper.py\nx = 3": ["stdout: Writing helper.py\n"],
        "import helper\nhelper.x, _": ["text/plain: (3, 'slept')"],
        "%%capture kept\nprint('unseen')\ncaptured = 4": [],
        "captured, kept.stdout": ["text/plain: (4, 'unseen\\"],
        "get_ipython().run_cell('nested = 5')\nnested": ["text/plain: 5"],
        "exit()": [],
        "int?": [],
        "int('x')": ["ValueError: invalid literal for int() with base 10: 'x'"],
        "input('Name?')": ["StdinNotImplementedError: nobody is there to answer input()"],
    }
    found = {}
    for source, outcome in zip(sources, execute(Job(tuple(Cell(one, 60) for one in sources), **way)), strict=True):
        assert outcome.failure is None
        found[source] = [_said(dict(output)) for output in outcome.outputs]
    assert found == sources


@needs_sandbox
def test_what_a_child_prints_is_heard_and_what_it_displays_is_not() -> None:
    assert said(FORKED) == ["stdout: before child\nbefore after\n"]


@needs_sandbox
def test_the_workers_of_a_data_loader_hand_over_what_they_load() -> None:
    assert said(WORKERS, modules=("torch",)) == ["text/plain: [1, 5]"]


@needs_sandbox
def test_a_flood_ends_its_own_cell_alone() -> None:
    flood = "import os\nwhile True: os.write(1, b'x' * 10_000)"
    outcomes = execute(Job((Cell("kept = 1", 60), Cell(flood, 60), Cell("kept", 60))))
    assert [outcome.failure and outcome.failure[0] for outcome in outcomes] == [None, "flood", None]
    assert len(str(outcomes[1].outputs)) < 1000 < MOST_OUTPUT
    assert _said(dict(outcomes[2].outputs[0])) == "text/plain: 1"
