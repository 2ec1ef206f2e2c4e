"""The doctor sees what would go wrong at grading, on real notebooks and in a real kernel."""

from __future__ import annotations

import copy
import io
import itertools
import json
import os
import subprocess
import sys
import time
import zipfile
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.notebooknode import NotebookNode
from packaging.requirements import Requirement

from handgrad import references
from handgrad.building import samples
from handgrad.building.samples import cell
from handgrad.cli import main
from handgrad.doctor import installation
from handgrad.doctor.notebook import NotebookDoctor
from handgrad.doctor.own_kernel import run_cells
from tests.conftest import ROOT

RELEASE = ROOT / "release" / "tensor_basics" / "tensor_basics.ipynb"
NAMES = [path.stem for path in sorted(RELEASE.parents[1].glob("*/*.ipynb"))]


def code(source: str) -> NotebookNode:
    made: NotebookNode = nbformat.v4.new_code_cell(source)
    return made


@pytest.fixture(scope="module")
def perfect() -> NotebookNode:
    release = nbformat.read(RELEASE, as_version=4)
    return samples.solved(references.load("tensor_basics", ROOT), release)


@pytest.fixture
def solved(perfect: NotebookNode) -> NotebookNode:
    return copy.deepcopy(perfect)


# -- a notebook ------------------------------------------------------------------------------------


@pytest.mark.skipif(not os.environ.get("HANDGRAD_ALL_ATTACKS"), reason="it takes 10 s of the processor's time")
def test_a_notebook_at_which_the_grader_would_come_to_no_end(
    solved: NotebookNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tensor_basics.ipynb"
    solved.cells.append(code("".join(f"a{n} = !true\n" for n in range(450)) + "x = 1\n" * 6_000))
    nbformat.write(solved, path)
    assert main(["doctor", str(path)]) == 2
    assert "could not be graded: when it was looked at, it took longer than 10 s" in capsys.readouterr().err


def test_a_good_notebook_is_ready(
    solved: NotebookNode, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tensor_basics.ipynb"
    for question, answer in itertools.pairwise(solved.cells):
        if question.metadata.get("nbgrader", {}).get("task"):
            answer.source = "An answer."
    nbformat.write(solved, path)
    before = path.read_bytes()
    assert main(["doctor", str(path), "--fix"]) == 0
    said = capsys.readouterr().out
    assert "it runs from top to bottom" in said
    assert "14 of 14 exercises pass their visible check" in said
    assert "There is nothing to repair" in said
    assert said.splitlines()[-1] == "Ready to be handed in."
    assert os.listdir(tmp_path) == [path.name]
    assert path.read_bytes() == before


def test_what_is_not_answered_is_not_ready(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "tensor_basics.ipynb"
    path.write_bytes(RELEASE.read_bytes())
    assert main(["doctor", str(path)]) == 0
    said = capsys.readouterr().out
    assert "open     not written yet: predicted_shapes_1" in said
    assert "0 of 14 exercises pass their visible check" in said
    assert "Ready to be handed in" not in said
    assert said.splitlines()[-1].startswith("Nothing to fix, but not finished")


def test_a_broken_notebook_is_repaired_into_a_new_file(
    solved: NotebookNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cells deleted, copied, retyped, edited, marks changed, a large output; in a folder with any letters."""
    names = [c.metadata.get("nbgrader", {}).get("grade_id") for c in solved.cells]
    copied = copy.deepcopy(cell(solved, "softmax_solution"))
    copied.source, copied.id = "mine = 'an earlier try'", "an-earlier-try"
    cell(solved, "softmax").source = "print('instead of the test')"
    cell(solved, "sigmoid").metadata.nbgrader.solution = True
    cell(solved, "sigmoid_solution").cell_type = "raw"
    for key in ("outputs", "execution_count"):
        del cell(solved, "sigmoid_solution")[key]
    question = next(c for c in solved.cells if c.metadata.get("nbgrader", {}).get("task"))
    question.source += "\n\nWhat I think: <b>yes</b>."
    large = code("print('large')")
    large.outputs = [nbformat.v4.new_output("stream", text="x" * 2_000_000)]
    imports = next(i for i, c in enumerate(solved.cells) if "import numpy as np" in c.source)
    solved.cells = [
        c for i, c in enumerate(solved.cells) if i != imports and names[i] not in ("expectation", "broadcast_solution")
    ]
    solved.cells[:0] = [copied, large]
    path = tmp_path / "李 明-é" / "tensor_basics.ipynb"
    path.parent.mkdir()
    nbformat.write(solved, path)
    before = path.read_bytes()

    assert main(["doctor", str(path)]) == 1
    said = capsys.readouterr().out
    assert "`softmax_solution` was there more than once" in said
    assert "The text of the cell `softmax` had been changed" in said
    assert "The marks of the cell `sigmoid` had been changed" in said
    assert "`sigmoid_solution` had become a raw cell" in said
    assert "defines `check`, `derivations`, `figures`, `np` was missing" in said
    assert "has 2.0 MB" in said
    assert os.listdir(path.parent) == [path.name]

    assert main(["doctor", str(path), "--fix"]) in (0, 1)
    assert "Wrote" in capsys.readouterr().out
    fixed = path.with_name("tensor_basics.fixed.ipynb")
    text = fixed.read_text(encoding="utf-8")
    for theirs in ("an earlier try", "instead of the test", "What I think: <b>yes</b>."):
        assert theirs in text
    assert len(text) < 300_000
    assert main(["doctor", str(fixed), "--fix"]) == 0
    said = capsys.readouterr().out
    assert "all cells of the course are there" in said
    assert "There is nothing to repair" in said
    assert path.read_bytes() == before
    assert fixed.read_text(encoding="utf-8") == text


def test_nothing_is_overwritten(tmp_path: Path, solved: NotebookNode) -> None:
    """Half a character, which no file can hold, is in the outputs."""
    solved.cells = [c for c in solved.cells if c.metadata.get("nbgrader", {}).get("grade_id") != "softmax"]
    solved.cells.append(code("1"))
    solved.cells[-1].outputs = [nbformat.v4.new_output("stream", text="\ud800")]
    path = tmp_path / "tensor_basics.ipynb"
    path.write_text(json.dumps(solved))
    (tmp_path / "tensor_basics.fixed.ipynb").write_text("mine")
    main(["doctor", str(path), "--fix"])
    assert (tmp_path / "tensor_basics.fixed.ipynb").read_text() == "mine"
    assert "check.softmax" in (tmp_path / "tensor_basics.fixed-2.ipynb").read_text()


def test_a_repaired_copy_of_any_sample_is_clean_and_keeps_every_line(tmp_path: Path) -> None:
    name = "mlp_backprop"
    known = references.load(name, ROOT)
    release = nbformat.read(ROOT / "release" / name / f"{name}.ipynb", as_version=4)
    path = tmp_path / f"{name}.ipynb"
    looked_at = 0
    for sample in samples.load(name, ROOT):
        made = sample.make(known, copy.deepcopy(release))
        if isinstance(made, str):
            continue
        nbformat.write(made, path)
        fixed = NotebookDoctor(path, nbformat.read(path, as_version=4), name, release).write_fixed()
        again = nbformat.read(fixed, as_version=4)
        doctor = NotebookDoctor(fixed, again, name, release)
        assert doctor.repairs == [], sample.student
        assert [c.source for c in doctor.cells] == [c.source for c in again.cells], sample.student
        kept = "\n".join(c.source for c in again.cells)
        assert all(line in kept for c in made.cells for line in c.source.split("\n")), sample.student
        looked_at += 1
    assert looked_at


def test_what_a_restart_breaks_is_explained(
    solved: NotebookNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cell(solved, "softmax_solution").source = "def softmax(*scores):\n    return my_helper(scores)"
    cell(solved, "sigmoid_solution").source = (
        nbformat.read(RELEASE, as_version=4).cells[0].source
        and cell(nbformat.read(RELEASE, as_version=4), "sigmoid_solution").source
    )
    solved.cells[3:3] = [
        code("early = later + 1"),
        code("import my_module"),
        code("name = input('your name')"),
        code("!pip install nothing"),
    ]
    solved.cells.append(code("later = 1"))
    path = tmp_path / "tensor_basics (1).ipynb"
    nbformat.write(solved, path)
    assert main(["doctor", str(path)]) == 1
    said = capsys.readouterr().out
    assert "problem  the name of the file has to be tensor_basics.ipynb" in said
    assert "name 'later' is not defined. It is defined only further down" in said
    assert "`import my_module` fails: ModuleNotFoundError" in said
    assert "calls input(), and nobody answers" in said
    assert "runs `!pip install nothing`" in said
    assert "name 'my_helper' is not defined. No cell defines it" in said
    assert "not written yet: sigmoid" in said
    assert "12 of 14 exercises pass" in said


def test_a_tool_that_is_not_there_at_grading() -> None:
    release = nbformat.read(ROOT / "release" / "mlp_backprop" / "mlp_backprop.ipynb", as_version=4)
    notebook = copy.deepcopy(release)
    notebook.cells.append(code("from torch import nn"))
    found = list(NotebookDoctor(Path("mlp_backprop.ipynb"), notebook, "mlp_backprop", release).forbidden())
    assert [line.text for line in found] == [
        "the cell that begins with `from torch import nn` imports torch, which is not there at grading"
    ]


def test_running_is_bounded_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """A loop that can be stopped, one that cannot, a kernel that ends, a flood; and a process that stays."""
    began = time.monotonic()
    pid = tmp_path / "pid"
    failures, stopped = run_cells(
        [
            code(f"import subprocess\nopen({str(pid)!r}, 'w').write(str(subprocess.Popen(['sleep', '600']).pid))"),
            code("while True: pass"),
            code("later = 1 / 0"),
            code("import os\nos._exit(1)"),
            code("never = 1"),
        ],
        seconds=1,
    )
    assert {index: failure.name for index, failure in failures.items()} == {
        1: "KeyboardInterrupt",
        2: "ZeroDivisionError",
    }
    assert stopped == (3, "ended the kernel")
    with suppress(psutil.NoSuchProcess):
        left = psutil.Process(int(pid.read_text()))
        while left.status() != psutil.STATUS_ZOMBIE and time.monotonic() < began + 60:
            time.sleep(0.01)
        assert left.status() == psutil.STATUS_ZOMBIE
    assert failures[1].words == "it ran longer than 1 s, and was stopped."
    stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    assert run_cells([code(stubborn), code("1")], 1)[1] == (0, "ran too long and could not be stopped")
    flood = "while True: print('x' * 1_000_000)"
    assert run_cells([code(flood), code("1")], 20)[1] == (
        0,
        "printed or displayed more than 25 MB, or more than 20,000 times",
    )
    assert time.monotonic() - began < 60


def archive() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("tensor_basics.ipynb", "{}")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"\n \n", "it is empty"),
        (archive(), "it is a zip archive: unpack it"),
        (b"%PDF-1.7\n", "it is a PDF"),
        (b"<!DOCTYPE html><html></html>", "it is a web page"),
        (RELEASE.read_bytes()[:5000], "it is no JSON"),
        (b'{\n<<<<<<< HEAD\n"a": 1\n=======\n>>>>>>> b\n}', "git has left its marks"),
        (b"[1, 2]", "has no cells"),
        (b'{"a": 1}', "has no cells"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}', "cannot be read as a notebook"),
        (b'{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": []}]}', "old format 3"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}', "no cell of this course"),
        (b"\xff\xfe\x00\x01", "it is no JSON"),
    ],
)
def test_what_is_no_notebook_gets_clear_words(
    content: bytes, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "hand in.ipynb"
    path.write_bytes(content)
    assert main(["doctor", str(path), "--fix"]) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert not said.out
    assert os.listdir(tmp_path) == [path.name]


# -- an installation -----------------------------------------------------------------------------------


def test_this_installation_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    for name in ("ipython", "matplotlib", "numpy", "scikit-learn", "sympy", "torch", "JupyterLab"):
        assert f"ok       {name} {metadata.version(name)}" in said
    assert "the button Validate" in said
    assert "the kernel python3 runs a cell and finds handgrad" in said
    assert "problem" not in said


def test_what_grading_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HANDGRAD_COURSE", str(tmp_path))
    monkeypatch.delenv("HANDGRAD_DB", raising=False)
    assert installation.to_fix(installation.show(installation.for_grading())) == 0
    assert "the sandbox (bubblewrap) works" in capsys.readouterr().out
    (tmp_path / "gradebook.db").write_text("no database, and long enough to be looked at" * 50)
    (tmp_path / "course_secret").touch()
    assert installation.to_fix(installation.show(installation.for_grading())) == 2
    said = capsys.readouterr().out
    assert "gradebook.db is damaged (file is not a database)" in said
    assert "course_secret cannot be read, or is empty" in said
    monkeypatch.setenv("HANDGRAD_COURSE", str(tmp_path / "nothing"))
    assert installation.to_fix(installation.show(installation.for_grading())) == 1
    assert "where there is no folder: correct it, or unset it" in capsys.readouterr().out


def kernel(folder: Path, *command: str) -> None:
    path = folder / "kernels" / "python3" / "kernel.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"argv": list(command), "display_name": "Python 3", "language": "python"}))


def test_a_kernel_of_another_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    without = (
        "import sys; sys.modules['handgrad'] = None; from ipykernel import kernelapp; kernelapp.launch_new_instance()"
    )
    kernel(tmp_path, sys.executable, "-c", without, "-f", "{connection_file}")
    line = installation.kernel()
    assert line.kind == "problem"
    assert "belongs to another Python" in line.text
    assert "jupyter kernelspec remove python3, then" in line.text
    kernel(tmp_path, sys.executable, "-c", "import sys; sys.exit('it is broken')")
    assert "does not start (it is broken)" in installation.kernel().text
    kernel(tmp_path, "/no/such/python", "-f", "{connection_file}")
    assert "does not start" in installation.kernel().text


def test_packages_that_are_missing_old_or_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing, numpy, old = map(Requirement, ("no-such-package>=1", "numpy>=1.26", "numpy<1"))
    assert installation.package(missing).text.endswith('-m pip install "no-such-package>=1"')
    assert installation.package(missing, "course").text.endswith(
        "the extra `course` brings it: " + f'{installation.INSTALL} "handgrad[course]"'
    )
    here = metadata.version("numpy")
    assert f"numpy is version {here}, and handgrad needs <1" in installation.package(old).text
    monkeypatch.chdir(tmp_path)
    (tmp_path / "numpy.py").write_text("")
    assert installation.package(numpy).text.startswith(f"{tmp_path / 'numpy.py'} hides the package numpy")
    (tmp_path / "numpy.py").write_text("import no_such_module")
    assert "hides the package numpy" in installation.package(numpy).text


def test_it_speaks_where_there_is_no_linux() -> None:
    code = """
import os, signal, sys
import asyncio, IPython, jupyter_client, jupyter_core.utils, nbformat, matplotlib, psutil
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
for module, name in ((os, "getuid"), (os, "killpg"), (os, "geteuid"), (signal, "SIGKILL")):
    delattr(module, name)
sys.platform = "win32"
from handgrad.doctor import installation, notebook, own_kernel
print(*(line.text for line in installation.for_grading()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "runs on Linux; this is win32" in done.stdout, done.stderr
