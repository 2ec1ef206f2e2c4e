"""``handgrad doctor``: what is missing in an installation, and how to fix it.

It runs on every system, and where packages are missing, so that only Python's own modules are imported
at its top.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.requirements import Requirement

PYTHON = f'"{sys.executable}"' if " " in sys.executable else sys.executable
"""This Python, as it is typed in a terminal."""

INSTALL = f"{PYTHON} -m pip install"
REINSTALL = f"{INSTALL} --force-reinstall --no-deps"

OPENS_NOTEBOOKS = "jupyterlab"
"""Of the packages of the course, the one that a student can do without, with another program."""


@dataclass(frozen=True)
class Line:
    """One thing that was looked at, and words for it.

    It is ``"ok"``, a ``"note"``, ``"open"`` where an answer is missing, a ``"repair"`` or a ``"problem"``.
    """

    kind: str
    text: str


def show(lines: Iterable[Line]) -> Counter[str]:
    """Print lines as they come, and return how many there are of each kind."""
    kinds: Counter[str] = Counter()
    for line in lines:
        kinds[line.kind] += 1
        print(f"{line.kind:<8} {line.text}", flush=True)
    return kinds


def to_fix(kinds: Counter[str]) -> int:
    """Return how many things there are to be fixed."""
    return kinds["repair"] + kinds["problem"]


def run(grading: bool = False) -> int:
    """Print what is there and what is missing; return 1 where something is missing.

    Parameters
    ----------
    grading
        Whether to look for what a grader needs, too.
    """
    problems = to_fix(show(installation()))
    if grading:
        print("\nfor grading")
        problems += to_fix(show(for_grading()))
    if problems:
        them = "it, then run" if problems == 1 else "them from the top, then run"
        print(f"\n{problems} problem{'s' if problems > 1 else ''}. Fix {them} `handgrad doctor` again.")
        return 1
    print("\nAll is there.")
    return 0


def installation() -> Iterator[Line]:
    """Yield a line for each thing that a student needs."""
    try:
        handgrad = importlib.metadata.metadata("handgrad")
    except importlib.metadata.PackageNotFoundError:
        yield Line(
            "problem",
            f"handgrad is not installed in this Python. In the folder of the course: {PYTHON} -m pip install -e .",
        )
        return
    yield _python(handgrad["Requires-Python"] or "")
    try:
        import packaging.requirements  # noqa: F401
    except ImportError:
        yield Line("problem", f"packaging is not installed, so that versions cannot be compared: {INSTALL} packaging")
        return
    for requirement in required():
        yield package(requirement)
    for requirement in required("course"):
        if requirement.name != OPENS_NOTEBOOKS:
            yield package(requirement, "course")
    yield from _extensions()
    yield kernel()


def for_grading() -> Iterator[Line]:
    """Yield a line for each thing that a grader needs besides."""
    for requirement in required("grading"):
        yield package(requirement, "grading")
    yield from _sandbox()
    yield from _course()


def _run(*arguments: str, seconds: float) -> subprocess.CompletedProcess[str]:
    """Run this Python, and return what it printed."""
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=seconds,
        check=False,
    )


# -- Python and its packages ---------------------------------------------------------------------


def _python(wanted: str) -> Line:
    here = ".".join(map(str, sys.version_info[:3]))
    bounds = re.findall(r"(>=|<)\s*(\d+)\.(\d+)", wanted)
    fits = all((sys.version_info[:2] >= (int(a), int(b))) == (sign == ">=") for sign, a, b in bounds)
    if fits:
        return Line("ok", f"Python {here}, {sys.executable}")
    return Line(
        "problem",
        f"Python {here} does not fit, it has to be {wanted}. Make an environment with a newer one, "
        "as with `conda env create -f environment.yml`.",
    )


def required(extra: str | None = None) -> list[Requirement]:
    """Return what handgrad asks for, or what one of its extras asks for besides."""
    from packaging.requirements import Requirement

    found = []
    for line in importlib.metadata.requires("handgrad") or ():
        requirement = Requirement(line)
        marker = requirement.marker
        always = marker is None or marker.evaluate({"extra": ""})
        here = always if extra is None else not always and marker is not None and marker.evaluate({"extra": extra})
        # an extra may ask for other extras of handgrad, which are looked at in their turn
        if here and requirement.name != "handgrad":
            found.append(requirement)
    return found


def package(requirement: Requirement, extra: str | None = None) -> Line:
    """Look at one package: whether it is there, in a version that fits, and can be imported."""
    name, wanted = requirement.name, f'"{requirement.name}{requirement.specifier}"'
    fix = f"{INSTALL} {wanted}"
    try:
        here = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        if extra is None:
            return Line("problem", f"{name} is not installed: {fix}")
        return Line("problem", f'{name} is not installed; the extra `{extra}` brings it: {INSTALL} "handgrad[{extra}]"')
    if not requirement.specifier.contains(here, prereleases=True):
        return Line("problem", f"{name} is version {here}, and handgrad needs {requirement.specifier}: {fix}")
    module = _module(name)
    # in a process of its own, which a broken library cannot take along; it finds what a notebook here would find
    code = f"import {module}; print({module}.__file__)"
    try:
        done = _run("-W", "ignore", "-c", code, seconds=180)
    except subprocess.TimeoutExpired:
        return Line("problem", f"{name} takes more than three minutes to be imported: {REINSTALL} {wanted}")
    where = Path(done.stdout.strip().splitlines()[-1]) if done.stdout.strip() else None
    hiding = [path for path in (Path(f"{module}.py"), Path(module, "__init__.py")) if path.is_file()]
    if hiding and (where is None or where.resolve() == hiding[0].resolve()):
        return Line("problem", f"{hiding[0].resolve()} hides the package {name}: give it another name.")
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        if said.startswith("ModuleNotFoundError"):
            return Line("problem", f"{name} lacks a package ({said}): {fix}")
        return Line("problem", f"{name} cannot be imported ({said}): {REINSTALL} {wanted}")
    return Line("ok", f"{name} {here}")


def _module(name: str) -> str:
    """Return under which name a package is imported: ``sklearn`` for scikit-learn."""
    files = importlib.metadata.files(name) or ()
    folders = {file.parts[0] for file in files if file.name == "__init__.py" and len(file.parts) == 2}
    same = name.replace("-", "_")
    return same if same in folders or not folders else min(folders, key=len)


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


# -- Jupyter ---------------------------------------------------------------------------------------


def _listed(*command: str) -> str:
    """Return what a command of this Python's Jupyter lists, without colours; another one may come first in PATH."""
    try:
        done = _run("-m", *command, seconds=120)
    except subprocess.TimeoutExpired:
        return ""
    return re.sub(r"\x1b\[\d*m", "", done.stdout + done.stderr)


def _extensions() -> Iterator[Line]:
    if not _installed(OPENS_NOTEBOOKS):
        yield Line(
            "note",
            "JupyterLab is not installed: Colab and VS Code do without; "
            f'the extra `course` brings it: {INSTALL} "handgrad[course]"',
        )
        return
    listed = _listed("jupyterlab.labextensions", "list")
    lab = re.search(r"JupyterLab v(\S+)", listed)
    if lab is None:
        yield Line("problem", f"JupyterLab does not start: {REINSTALL} jupyterlab")
        return
    yield Line("ok", f"JupyterLab {lab[1]} starts; open it with: {PYTHON} -m jupyter lab")
    if not _installed("nbgrader"):
        yield Line(
            "note",
            "nbgrader is not installed, and with it the button Validate and handing in from JupyterLab; "
            f'the extra `nbgrader` brings it: {INSTALL} "handgrad[nbgrader]"',
        )
        return
    extension = re.search(r"@jupyter/nbgrader.*", listed)
    server = re.search(
        r"nbgrader\.server_extensions\.validate_assignment +(\w+)", _listed("jupyter_server", "extension", "list")
    )
    if extension is None or "OK" not in extension[0] or server is None:
        yield Line(
            "problem",
            f"nbgrader's extension of JupyterLab is not there: {REINSTALL} nbgrader",
        )
    elif "enabled" not in extension[0]:
        yield Line(
            "problem",
            "nbgrader's extension of JupyterLab is switched off: "
            f"{PYTHON} -m jupyter labextension enable @jupyter/nbgrader",
        )
    elif server[1] != "enabled":
        yield Line(
            "problem",
            "nbgrader's extension of the server, behind the button Validate, is switched off: "
            f"{PYTHON} -m jupyter server extension enable nbgrader.server_extensions.validate_assignment",
        )
    else:
        yield Line("ok", "nbgrader's extension of JupyterLab (the button Validate)")


ASKED = """
import json, sys
try:
    import handgrad
    where = handgrad.__file__
except ImportError:
    where = None
print(json.dumps([sys.executable, where]))
"""


def kernel(name: str = "python3") -> Line:
    """Look at the kernel that notebooks run in: whether it starts, and finds this handgrad."""
    fix = f"{PYTHON} -m ipykernel install --sys-prefix"
    try:
        from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
        from jupyter_client.manager import start_new_kernel
    except ImportError as error:
        return Line(
            "problem",
            f"no kernel can be started ({error}); the extra `course` brings what it takes: "
            f'{INSTALL} "handgrad[course]"',
        )
    try:
        spec = KernelSpecManager().get_kernel_spec(name)
    except NoSuchKernel:
        return Line("problem", f"there is no kernel {name}: {fix}")
    at = spec.resource_dir
    printed: list[str] = []

    def hear(message: dict[str, dict[str, str]]) -> None:
        printed.append(message["content"].get("text", ""))

    # in a folder of its own, so that a course in this folder is not found by chance
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+", errors="replace") as log:
        try:
            manager, client = start_new_kernel(startup_timeout=60, kernel_name=name, cwd=folder, stderr=log)
        except Exception as error:
            log.seek(0)
            said = (log.read().strip().splitlines() or [str(error).split("\n")[0]])[-1]
            return Line("problem", f"the kernel {name} in {at} does not start ({said}): {_replace(at, fix)}")
        try:
            client.execute_interactive(ASKED, timeout=60, output_hook=hear)
            python, where = json.loads("".join(printed))
        except (TimeoutError, ValueError):
            return Line("problem", f"the kernel {name} in {at} starts, but runs no cell: {_replace(at, fix)}")
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    if where is None:
        return Line(
            "problem",
            f"the kernel {name} belongs to another Python, {python}, where handgrad is not installed: "
            f"{_replace(at, fix)}",
        )
    ours = Path(__file__).resolve().parents[1] / "__init__.py"
    if Path(where).resolve() != ours:
        return Line("problem", f"the kernel {name} finds another handgrad, {where}, than {ours}: {_replace(at, fix)}")
    return Line("ok", f"the kernel {name} runs a cell and finds handgrad")


def _replace(folder: str, fix: str) -> str:
    """Return how to put a kernel of this environment in the place of one; another folder may come first."""
    inside = Path(sys.prefix).resolve() in Path(folder).resolve().parents
    return fix if inside else f"{PYTHON} -m jupyter kernelspec remove python3, then {fix}"


# -- grading ---------------------------------------------------------------------------------------


def _sandbox() -> Iterator[Line]:
    try:
        from handgrad.running import sandbox

        reason = sandbox.available()
    except ImportError as error:
        reason = str(error)
    if reason is None:
        yield Line("ok", "the sandbox (bubblewrap) works")
    else:
        yield Line("problem", f"there is no sandbox, so that nothing is graded: {reason}")


def _course() -> Iterator[Line]:
    from handgrad import course

    try:
        folder = course.folder()
        course.settings(folder)
    except (LookupError, ValueError) as error:
        yield Line("problem", str(error))
        return
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield Line("problem", f"the course folder {folder} cannot be written to ({error.strerror})")
        return
    yield Line("ok", f"the course folder {folder} can be written to")
    yield _gradebook(folder / "gradebook.db")
    secret = folder / "course_secret"
    if not secret.exists():
        yield Line("note", "there is no course_secret yet: the first grading makes it")
    elif os.access(secret, os.R_OK) and secret.is_file() and secret.stat().st_size:
        yield Line("ok", "course_secret can be read; keep it, and keep it to you")
    else:
        yield Line("problem", f"{secret} cannot be read, or is empty: give yourself the right, or bring back a copy")


def _gradebook(path: Path) -> Line:
    from handgrad.files import sqlite_fault

    if os.environ.get("HANDGRAD_DB"):
        return Line("note", "the gradebook is the database that HANDGRAD_DB names; it is not looked at here")
    if not path.exists():
        return Line("note", "there is no gradebook.db yet: `nbgrader generate_assignment ASSIGNMENT` makes it")
    if fault := sqlite_fault(path):
        return Line("problem", fault)
    return Line("ok", "gradebook.db can be read and written")
