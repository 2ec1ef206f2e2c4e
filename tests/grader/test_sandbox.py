"""The sandbox itself: what it refuses, and what is done where there is none."""

from __future__ import annotations

import base64
import json
import os
import platform
import shutil
import struct
import subprocess
import sys
import time
import venv
import zlib
from pathlib import Path

import nbformat
import pytest

from handgrad.building.samples import cell, solved
from handgrad.reporting import report
from handgrad.running import bubblewrap, sandbox, seccomp
from handgrad.running.execution import execute
from handgrad.running.job import Cell, Job
from tests.conftest import ROOT, Course

needs_sandbox = pytest.mark.skipif(sandbox.available() is not None, reason=f"no sandbox here: {sandbox.available()}")

LOOK = """
import os
import resource

print("environment", sorted(os.environ))
print("folder", os.getcwd())
print("memory", resource.getrlimit(resource.RLIMIT_AS)[0])
print("file size", resource.getrlimit(resource.RLIMIT_FSIZE)[0])
with open("here.txt", "w") as file:
    file.write("mine")
"""


@pytest.fixture
def without_bubblewrap(course: Course, tmp_path: Path) -> Course:
    """A course with one submission, where bwrap is not on the PATH."""
    tools = tmp_path / "tools"
    tools.mkdir()
    folders = [Path(sys.executable).parent, *map(Path, os.environ["PATH"].split(os.pathsep)), Path("/usr/bin")]
    for name in ("python", "nbgrader", "prlimit", "choom", "setpriv"):
        found = next((folder / name for folder in folders if (folder / name).exists()), None)
        if found:
            (tools / name).symlink_to(found)
    release = nbformat.read(course.folder / "release" / "mlp_backprop" / "mlp_backprop.ipynb", as_version=4)
    from handgrad import references

    notebook = solved(references.load("mlp_backprop", ROOT), release)
    names = {"Matmul", "Matmul_solution"}
    notebook.cells = [notebook.cells[2], *(one for one in notebook.cells if one in [cell(notebook, n) for n in names])]
    notebook.cells[0].source = (
        LOOK + "import numpy as np\nfrom handgrad import checks\ncheck = checks('mlp_backprop')\n"
    )
    notebook.cells[0].cell_type = "code"
    notebook.cells[0].update(outputs=[], execution_count=None)
    course.submit("ann", nbformat.writes(notebook))
    return Course(course.folder, environment={"PATH": str(tools), "HANDGRAD_WORD": "secret of mine"})


def nbgrader(course: Course, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **course.environment, "HANDGRAD_COURSE": str(course.folder)}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_without_bubblewrap_nothing_is_graded_and_nothing_lost(without_bubblewrap: Course) -> None:
    folder = without_bubblewrap.folder
    before = (folder / "submitted" / "ann" / "mlp_backprop" / "mlp_backprop.ipynb").read_bytes()
    done = nbgrader(without_bubblewrap, "autograde", "mlp_backprop")
    assert done.returncode != 0
    assert "Nothing was graded" in done.stderr
    assert "bwrap" in done.stderr
    assert "ExecuteProbes.unprotected=True" in done.stderr
    assert (folder / "submitted" / "ann" / "mlp_backprop" / "mlp_backprop.ipynb").read_bytes() == before
    assert list((folder / "autograded" / "ann").rglob("*.ipynb")) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="AppArmor is of Linux")
@pytest.mark.parametrize(
    ("restricted", "said"), [("1\n", "docs/security.md"), ("0\n", "or grade in a virtual machine")]
)
def test_what_to_do_where_bubblewrap_may_make_no_namespaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, restricted: str, said: str
) -> None:
    """A kernel of another set-up is not to be had here: its word, and a bwrap that it stops, stand for it."""
    (tmp_path / "restricted").write_text(restricted)
    (tmp_path / "bwrap").write_text("#!/bin/sh\necho 'setting up uid map: Permission denied' >&2; exit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(sandbox, "APPARMOR", tmp_path / "restricted")
    reason = sandbox.available.__wrapped__()
    assert reason is not None
    assert "setting up uid map: Permission denied" in reason
    assert said in reason


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limits are set by tools of Linux")
def test_unprotected_keeps_limits_an_empty_environment_and_a_scratch_folder(
    without_bubblewrap: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = without_bubblewrap.folder
    before = sorted(folder.rglob("here.txt"))
    done = nbgrader(without_bubblewrap, "autograde", "mlp_backprop", "--ExecuteProbes.unprotected=True")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("There is no sandbox") == 1
    assert without_bubblewrap.scores("ann")["Matmul"] == 6
    path = folder / "autograded" / "ann" / "mlp_backprop" / "mlp_backprop.ipynb"
    notebook = nbformat.read(path, as_version=4)
    assert notebook.metadata["handgrad"]["sandbox"] == "none"
    told = next(
        dict(line.split(" ", 1) for line in output.text.splitlines() if " " in line)
        for one in notebook.cells
        for output in one.get("outputs", [])
        if output.output_type == "stream" and output.text.startswith("environment")
    )
    assert "HANDGRAD_WORD" not in told["environment"]
    assert "handgrad-" in told["folder"]
    assert not Path(told["folder"]).exists()
    assert told["memory"] == str(6 << 30)
    assert sorted(folder.rglob("here.txt")) == before
    assert report.run("mlp_backprop", folder) == 0
    assert "run without a sandbox, as you: ann" in capsys.readouterr().out


# -- the filter of system calls ----------------------------------------------------------------------


def steps(machine: str) -> list[tuple[int, int, int, int]]:
    return list(struct.iter_unpack("=HBBI", seccomp.program(machine)))


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_jump_of_the_filter_lands_within_it(machine: str) -> None:
    program = steps(machine)
    assert 0 < len(program) < 4096
    for place, (code, jump_true, jump_false, _) in enumerate(program):
        if code & 0x07 == 0x05:
            assert place + 1 + max(jump_true, jump_false) < len(program)
        else:
            assert jump_true == jump_false == 0
    assert program[-1][0] == 0x06


def answer(machine: str, architecture: int, number: int, arguments: tuple[int, ...] = ()) -> int:
    """Return what the filter answers to a system call: run it as the Linux kernel would."""
    words = [number, architecture, 0, 0]
    for argument in (*arguments, *(0,) * (6 - len(arguments))):
        words += [argument & 0xFFFFFFFF, argument >> 32]
    program, place, loaded = steps(machine), 0, 0
    while True:
        code, jump_true, jump_false, k = program[place]
        place += 1
        if code == 0x20:
            loaded = words[k // 4]
        elif code == 0x15:
            place += jump_true if loaded == k else jump_false
        elif code == 0x45:
            place += jump_true if loaded & k else jump_false
        else:
            return k


MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
ALLOWED, KILLED, REFUSED = 0x7FFF0000, 0x80000000, 0x00050000


@pytest.mark.parametrize("machine", MACHINES)
def test_the_filter_refuses_what_it_names_and_lets_the_rest_through(machine: str) -> None:
    column, architecture = MACHINES[machine]
    refused = {number[column] for number in (*seccomp.REFUSED.values(), *seccomp.ABSENT.values())} - {None}
    special = {pair[column] for pair in (seccomp._CLONE, seccomp._SOCKET, seccomp._IOCTL, seccomp._FCNTL)}
    granted = {number[column] for number in seccomp.GRANTED.values()}
    assert all(answer(machine, architecture, number) == REFUSED for number in granted)
    for number in set(range(460)) - special - granted:
        found = answer(machine, architecture, number)
        assert (found & REFUSED == REFUSED and found < ALLOWED) if number in refused else found == ALLOWED
    clone, sock, ioctl = (pair[column] for pair in (seccomp._CLONE, seccomp._SOCKET, seccomp._IOCTL))
    assert answer(machine, architecture, clone, (0x00010000,)) == ALLOWED
    assert answer(machine, architecture, clone, (0x10000000 | 17,)) & REFUSED == REFUSED
    assert answer(machine, architecture, sock, (1,)) == ALLOWED
    assert all(answer(machine, architecture, sock, (family,)) & REFUSED == REFUSED for family in (2, 10, 16, 17, 38))
    assert answer(machine, architecture, ioctl, (0, 0x5401)) == ALLOWED
    assert all(answer(machine, architecture, ioctl, (0, code)) & REFUSED == REFUSED for code in (0x5412, 0x541C))
    fcntl = seccomp._FCNTL[column]
    assert all(answer(machine, architecture, fcntl, (0, command)) == REFUSED for command in (6, 7, 37, 38))
    assert all(answer(machine, architecture, fcntl, (0, command)) == REFUSED | 22 for command in (5, 36, 1024, 1026))
    assert all(answer(machine, architecture, fcntl, (0, command)) == ALLOWED for command in (0, 1, 2, 3, 4, 1030))
    assert answer(machine, 0x40000003, 20) == KILLED


def test_an_unknown_machine_has_no_filter() -> None:
    with pytest.raises(seccomp.NoFilter, match="riscv64"):
        seccomp.program("riscv64")


@needs_sandbox
def test_refused_calls_are_refused_inside() -> None:
    """Every call that the filter names, made in a sandbox."""
    column = MACHINES[platform.machine()][0]
    numbers = {
        name: pair[column] for name, pair in (seccomp.REFUSED | seccomp.ABSENT).items() if pair[column] is not None
    }
    code = f"""
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
for name, number in {numbers!r}.items():
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(-1)] * 6)
    if result != -1 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
        print(name, result, ctypes.get_errno())
"""
    with bubblewrap.enclosed([sys.executable, "-I", "-c", code]) as (command, files):
        done = subprocess.run(command, pass_fds=files, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_sandbox
def test_the_tools_of_the_sandbox_are_there() -> None:
    assert shutil.which("bwrap")
    assert sandbox.require(unprotected=False) == "bubblewrap"
    assert sandbox.require(unprotected=True) == "none"


@needs_sandbox
def test_of_an_environment_in_the_course_folder_only_the_environment_is_there(tmp_path: Path) -> None:
    """As ``python -m venv .`` makes it."""
    venv.create(tmp_path, symlinks=True)
    (tmp_path / "course_secret").write_text("secret")
    (tmp_path / "submitted").mkdir()
    code = f"""
import subprocess, sys
from handgrad.running import bubblewrap
listed = "import os; print(sorted(os.listdir({str(tmp_path)!r})))"
with bubblewrap.enclosed([sys.executable, "-I", "-c", listed]) as (command, files):
    print(sys.prefix, subprocess.run(command, pass_fds=files, capture_output=True, text=True, check=True).stdout)
"""
    packages = os.pathsep.join([str(ROOT), *sys.path])
    done = subprocess.run(
        [tmp_path / "bin" / "python", "-c", code],
        env={**os.environ, "PYTHONPATH": packages},
        capture_output=True,
        text=True,
        check=True,
    )
    prefix, listed = done.stdout.split(maxsplit=1)
    assert prefix == str(tmp_path)
    assert "lib" in listed
    assert "course_secret" not in listed
    assert "submitted" not in listed


# -- warm and cold kernels -----------------------------------------------------------------------------

RANDOM = """
import random
import numpy as np
import torch
print(random.random(), np.random.rand(), torch.rand(1).item())
"""


def test_every_kernel_has_the_same_random_numbers() -> None:
    """Those of warm ones from the beginning on; at a test, they begin anew in warm and cold ones."""
    told = zlib.compress(b"{}")
    test = f"from handgrad.check import deliver\ndeliver({base64.b64encode(told).decode()!r})\n{RANDOM}"

    def drawn(warm: bool) -> list[str]:
        job = Job((Cell(RANDOM, 60), Cell(test, 60)), modules=("torch",), settings={"warm": warm})
        return [str(outcome.outputs[0]["text"]) for outcome in execute(job)]

    first, second, cold = drawn(True), drawn(True), drawn(False)
    assert first == second
    assert first[0] == first[1] == cold[1]


def test_all_cells_together_have_a_limit() -> None:
    job = Job((Cell("while True: pass", 600), Cell("1", 600)), most_seconds=5)
    began = time.monotonic()
    endless, behind = execute(job)
    assert time.monotonic() - began < 60
    assert endless.failure == ("timeout", "it took too long")
    assert behind.failure == ("not_run", "the time was over, so this one was not run")
    assert not endless.lost_kernel


def test_a_warm_kernel_has_imported_what_the_notebook_imports() -> None:
    """And not what a kernel is to find missing."""
    told = "import sys; print(*(hasattr(sys.modules.get(name), '__version__') for name in NAMES))"
    told = told.replace("NAMES", "('mpmath', 'torch', 'no_such_module')")
    job = Job((Cell(told, 60),), modules=("mpmath", "torch", "no_such_module"), absent_modules=("torch",))
    (outcome,) = execute(job)
    assert outcome.outputs[0]["text"] == "True False False\n"


LISTED = """
import importlib, json
from pathlib import Path
import handgrad

def importable(name):
    try:
        importlib.import_module(f"handgrad.{name}")
    except ImportError:
        return False
    return True

found = sorted(path.name for path in Path(handgrad.__file__).parent.iterdir())
print(json.dumps([found, [name for name in NAMES if importable(name)]]))
"""


@needs_sandbox
@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
def test_a_kernel_finds_the_students_half_of_the_package_alone(warm: bool) -> None:
    every = [path.stem for path in (ROOT / "handgrad").iterdir() if path.suffix == ".py" or path.is_dir()]
    names = [name for name in [*every, "released"] if not name.startswith("__")]
    job = Job((Cell(f"NAMES = {names!r}\n{LISTED}", 60),), settings={"warm": warm})
    (outcome,) = execute(job)
    found, imported = json.loads(outcome.outputs[0]["text"])
    assert found == ["__init__.py", "absent.py", "assignments", "check.py", "judging"]
    assert sorted(imported) == ["absent", "assignments", "check", "judging"]
    assert {"references", "grading", "notebooks", "building", "released"} <= set(names)
