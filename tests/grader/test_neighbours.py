"""What a cell takes of the processor's time counts, and not what its neighbours take."""

from __future__ import annotations

import os
import time
from pathlib import Path

import nbformat
import pytest

from handgrad import references
from handgrad.building.samples import cell
from handgrad.running import sandbox
from handgrad.running.execution import execute
from handgrad.running.job import Cell, Job
from handgrad.running.pool import shares
from tests.conftest import ROOT, released

needs_sandbox = pytest.mark.skipif(sandbox.available() is not None, reason=f"no sandbox here: {sandbox.available()}")

ASSIGNMENT = "mlp_training"
EXERCISES = ("or_step", "or_is_learned", "train_or")

BUSY = """
import os
import time

end = time.monotonic() + 12
for _ in range(38):
    if os.fork() == 0:
        while time.monotonic() < end:
            pass
        os._exit(0)
time.sleep(12)
"""

THOROUGH = """
import torch


def train_or(model, X, targets):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    losses = []
    while len(losses) < 2000 and not or_is_learned(model, X, targets):
        losses.append(or_step(model, optimizer, X, targets))
    return losses
"""


@needs_sandbox
def test_a_busy_neighbour_costs_nobody_a_mark(tmp_path: Path) -> None:
    source = nbformat.read(ROOT / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    first = next(one for one in source.cells if one.cell_type == "code")
    source.cells = [first, *(cell(source, part) for name in EXERCISES for part in (f"{name}_solution", name))]
    course = released(tmp_path / "course", {ASSIGNMENT: source}, environment={})
    path = course.folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    release = nbformat.read(path, as_version=4)
    busy = nbformat.from_dict(release)
    busy.cells.insert(1, nbformat.v4.new_code_cell(BUSY))
    course.submit("busy", nbformat.writes(busy), ASSIGNMENT)
    assignment = references.load(ASSIGNMENT, ROOT)
    honest = nbformat.from_dict(release)
    for name in EXERCISES:
        cell(honest, f"{name}_solution").source = {**assignment.model, "train_or": THOROUGH}[name]
    course.submit("honest", nbformat.writes(honest), ASSIGNMENT)
    done = course.run("handgrad", "grade", ASSIGNMENT, "--jobs", "2")
    assert done.returncode == 0, done.stderr
    assert course.scores("honest", ASSIGNMENT) == {name: assignment.points[name] for name in EXERCISES}


SPENDS = """
import subprocess
import sys

for busy in [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(8)]:
    busy.wait()
"""


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
@needs_sandbox
def test_what_all_processes_take_counts(warm: bool) -> None:
    """A cell that waits for its children has no more time than they take."""
    began = time.monotonic()
    spent, after = execute(Job((Cell(SPENDS, 3), Cell("print(1)", 5)), settings={"warm": warm}))
    assert spent.failure is not None
    assert spent.failure[0] == "timeout"
    assert not spent.by_clock
    assert spent.processor > 3
    assert time.monotonic() - began < 60
    assert after.failure is None


@needs_sandbox
def test_who_only_waits_is_stopped_by_the_clock() -> None:
    waited, after = execute(Job((Cell("import time\ntime.sleep(600)", 1), Cell("print(1)", 5))))
    assert waited.failure == ("timeout", "it took too long")
    assert waited.by_clock
    assert waited.processor < 1
    assert (after.failure, after.by_clock) == (None, False)


@needs_sandbox
def test_who_catches_the_interrupt_loses_its_kernel() -> None:
    text = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass\n"
    endless, after = execute(Job((Cell(text, 3), Cell("print(1)", 5))))
    assert endless.failure == ("timeout", "it took too long and could not be stopped")
    assert endless.lost_kernel
    assert not endless.by_clock
    assert after.failure is None


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="cores are given to processes on Linux alone")
def test_lanes_share_cores_where_there_are_more_of_them() -> None:
    cores = os.sched_getaffinity(0)
    for width in (1, len(cores), 3 * len(cores)):
        lanes = shares(width)
        assert len(lanes) == width
        assert set.union(*lanes) == cores
        assert max(sum(core in lane for lane in lanes) for core in cores) == max(1, width // len(cores))
