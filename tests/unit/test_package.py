"""What students install: handgrad as a wheel, away from the course folder."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import nbformat
import numpy as np
import pytest
from packaging.requirements import Requirement

from handgrad.notebooks.repair import only, without
from tests.closure import closure
from tests.conftest import ROOT


def solutions(assignment: str) -> set[str]:
    """Return the lines of an assignment's solutions, mark schemes and edits of known mistakes."""
    source = nbformat.read(ROOT / "source" / assignment / f"{assignment}.ipynb", as_version=4)
    marked = (SOLUTION, ("### BEGIN MARK SCHEME", "### END MARK SCHEME"))
    texts = [only(cell.source, marks) for cell in source.cells for marks in marked]
    known = tomllib.loads((ROOT / "grader_tests" / assignment / "mistakes.toml").read_text())
    mistakes = [mistake for exercise in known.values() for mistake in exercise]
    texts += [edit[part] for mistake in mistakes for edit in mistake.get("edits", ()) for part in ("old", "new")]
    lines = {line.strip() for text in texts for line in text.splitlines()}
    # the head of a loop, of a function or of a branch may stand anywhere
    return {line for line in lines if len(line) > 30 and not line.endswith(":")}


def released_text(assignment: str) -> str:
    """Return the cells of a released notebook."""
    notebook = nbformat.read(ROOT / "release" / assignment / f"{assignment}.ipynb", as_version=4)
    return "\n".join(cell.source for cell in notebook.cells)


def messages() -> list[str]:
    """Return what is said of each known mistake, but for the one that the README shows and what is too short to tell."""
    files = [tomllib.loads(path.read_text()) for path in ROOT.glob("grader_tests/*/mistakes.toml")]
    found = [mistake["message"] for known in files for exercise in known.values() for mistake in exercise]
    readme = (ROOT / "README.md").read_text()
    return [message for message in found if len(message) > 40 and message not in readme]


def runs(text: str) -> set[tuple[str, str, str]]:
    """Return three lines each of a text that follow each other: a copied function has some, and a common line none."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if len(line) > 15 and not line.startswith(("import ", "from ", "#"))]
    return set(zip(lines, lines[1:], lines[2:], strict=False))


ALONE = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL", "HANDGRAD"))}
SOLUTION = ("### BEGIN SOLUTION", "### END SOLUTION")
NAMES = [path.stem for path in sorted(ROOT.glob("release/*/*.ipynb"))]

USE = """
import importlib.util
import handgrad

def sgd_step(params, grads, learning_rate):
    return {name: params[name] - learning_rate * grads[name] for name in params}

print(handgrad.__file__)
print("grader_tests:", importlib.util.find_spec("grader_tests"))
handgrad.checks("mlp_backprop").sgd_step(sgd_step)
try:
    handgrad.probe("mlp_backprop", "sgd_step")
except RuntimeError as error:
    print("refused:", error)
"""


PUBLISHED = ("handgrad", "release", "pyproject.toml", "setup.py", "README.md", "LICENSE")

# what a browser's Python has not: its own threads, processes, sockets, and files beside the archive
BROWSER = """
import sys

import IPython.display, matplotlib.pyplot, numpy

for name in ("_multiprocessing", "_posixsubprocess", "fcntl", "multiprocessing", "resource", "ssl", "subprocess", "termios"):
    sys.modules[name] = None
wheel = sys.argv[1]
sys.path.insert(0, wheel)
libraries = (sys.prefix, sys.base_prefix)

def refuse(event, arguments):
    if event == "_thread.start_new_thread":
        raise RuntimeError("can't start new thread")
    if event == "open" and isinstance(arguments[0], str) and not arguments[0].startswith((wheel, *libraries)):
        raise OSError(f"there is no file {arguments[0]}")
    if event.startswith(("os.fork", "os.mkdir", "os.posix_spawn", "os.remove", "os.rename", "socket.", "subprocess.")):
        raise OSError(f"{event} is not there")

sys.addaudithook(refuse)
import handgrad
assert handgrad.__file__.startswith(wheel)
for name in sys.argv[2:]:
    handgrad.checks(name)
    from importlib import import_module
    import_module(f"handgrad.assignments.{name}.figures")
    import_module("handgrad.assignments.catalogue").public_cases(name)

def sgd_step(params, grads, learning_rate):
    return {name: params[name] - learning_rate * grads[name] for name in params}

handgrad.checks("mlp_backprop").sgd_step(sgd_step)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source archive, as one would publish them."""
    checkout, folder = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("dist")
    # with what must not get in beside it
    for name in (*PUBLISHED, "source", "authoring", "grader_tests"):
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, checkout)
        else:
            # not what lies in the folders of one who works there
            ignored = shutil.ignore_patterns("__pycache__", ".*")
            shutil.copytree(ROOT / name, checkout / name, ignore=ignored)
    build = (sys.executable, "-m", "build", "--no-isolation", "--outdir", folder)
    done = subprocess.run(build, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    """The wheel."""
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content in a folder, with nothing of the course around it."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of a new environment, in which pip has installed the wheel and what its core asks for."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, symlinks=True)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))
    core = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    for name in closure([Requirement(line) for line in core]):
        for file in metadata.files(name) or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                (site / file).parent.mkdir(parents=True, exist_ok=True)
                os.link(file.locate(), site / file)
    programs = folder / "bin"
    pip = (sys.executable, "-m", "pip", f"--python={programs / 'python'}", "install", "--no-index", "--quiet", wheel)
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return programs


def run(installed: Path, *arguments: str, folder: Path = Path("/")) -> subprocess.CompletedProcess[str]:
    """Run Python on the installed package, outside the course folder."""
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = (sys.executable, *arguments)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def alone(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with nothing of this environment or of a course in its way."""
    return subprocess.run(command, cwd=folder, env=ALONE, capture_output=True, text=True, check=False)


def test_it_holds_the_whole_package_and_the_releases_and_nothing_else(installed: Path) -> None:
    def files(folder: Path) -> set[str]:
        found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        return {path for path in found if "__pycache__" not in path and "/." not in f"/{path}"}

    wanted = {f"handgrad/{path}" for path in files(ROOT / "handgrad")}
    wanted |= {f"handgrad/released/{path}" for path in files(ROOT / "release")}
    assert {path for path in files(installed) if ".dist-info/" not in path} == wanted


def test_twine_finds_nothing_to_complain_about(built: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *built.iterdir()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("PASSED") == 2


def test_the_source_archive_holds_what_the_wheel_is_built_from_and_no_answers(built: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        parts = {name.split("/")[1] for name in file.getnames() if "/" in name}
    assert parts == {*PUBLISHED, "PKG-INFO", "handgrad.egg-info", "setup.cfg"}


def test_a_check_runs_and_a_probe_is_refused(fresh: Path, tmp_path: Path) -> None:
    """With NumPy, matplotlib, IPython and what these need, and nothing else; and no checkout around."""
    done = alone(tmp_path, fresh / "python", "-c", USE)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[0].startswith(str(fresh.parent))
    assert said[1] == "grader_tests: None"
    assert said[2].startswith("sgd_step: right.")
    assert said[-1] == "refused: This cell is judged by the grader: run `nbgrader autograde` in the course folder."


def test_the_doctor_says_which_extra_brings_what_is_missing(fresh: Path, tmp_path: Path) -> None:
    done = alone(tmp_path, fresh / "handgrad", "doctor")
    assert done.returncode == 1, done.stderr
    kinds = dict(reversed(line.split(maxsplit=2)[:2]) for line in done.stdout.splitlines() if line[:1].isalpha())
    assert [kinds[name] for name in ("numpy", "matplotlib", "ipython")] == ["ok"] * 3
    assert [kinds[name] for name in ("torch", "sympy", "scikit-learn", "JupyterLab")] == ["problem"] * 3 + ["note"]
    assert "torch is not installed; the extra `course` brings it" in done.stdout
    done = alone(tmp_path, fresh / "handgrad", "grade", "mlp_backprop")
    assert done.returncode == 2
    assert done.stderr.endswith('The extra `grading` brings it: pip install "handgrad[grading]"\n')


def test_the_students_half_runs_where_a_browser_runs_it(fresh: Path, wheel: Path, tmp_path: Path) -> None:
    """Pure Python, from inside the archive, with no other file, no thread, no process and no socket."""
    assert wheel.name.endswith("-py3-none-any.whl")
    done = alone(tmp_path, fresh / "python", "-c", BROWSER, wheel, *NAMES)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("sgd_step: right.")


def test_a_probe_in_a_broken_course_folder_says_what_is_broken(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "grader_tests").mkdir()
    (tmp_path / "grader_tests" / "__init__.py").touch()
    done = run(installed, "-c", USE, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()[-1]
    assert said.startswith(f"refused: the references of 'mlp_backprop' cannot be imported from {tmp_path}")


def test_the_doctor_knows_the_released_notebooks(installed: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), other)
    done = run(installed, "-m", "handgrad", "doctor", str(other))
    assert done.returncode == 2
    assert f"no cell of this course's notebooks, which are: {', '.join(NAMES)}" in done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_no_answer_is_in_a_released_notebook(installed: Path, name: str) -> None:
    text = (installed / "handgrad" / "released" / name / f"{name}.ipynb").read_text(encoding="utf-8")
    for word in ("BEGIN SOLUTION", "HIDDEN TESTS", "MARK SCHEME", "probe("):
        assert word not in text
    source = nbformat.read(ROOT / "source" / name / f"{name}.ipynb", as_version=4)
    ours = "\n".join(without(c.source, SOLUTION) for c in source.cells)
    answers = {line.strip() for c in source.cells for line in only(c.source, SOLUTION).split("\n")}
    answers = {line for line in answers if "=" in line and len(line) > 20 and line not in ours}
    assert answers
    shown = "\n".join(c.source for c in nbformat.reads(text, as_version=4).cells)
    assert not {line for line in answers if line in shown}


@pytest.mark.parametrize("name", NAMES)
def test_the_first_cell_says_what_is_missing(name: str) -> None:
    """In a Python with nothing installed; and it knows all that the later cells import."""
    notebook = nbformat.read(ROOT / "release" / name / f"{name}.ipynb", as_version=4)
    cells = [c.source for c in notebook.cells if c.cell_type == "code"]
    done = subprocess.run([sys.executable, "-I", "-S", "-c", cells[0]], capture_output=True, text=True, check=False)
    said = done.stderr[done.stderr.index("ModuleNotFoundError") :]
    listed = said.splitlines()[0].removeprefix("ModuleNotFoundError: ").partition(":")[0].split(", ")
    assert "pip install -r requirements.txt" in said
    assert "On Colab" in said
    statements = [statement for source in cells for statement in ast.parse(source).body]
    imported = {alias.name for s in statements if isinstance(s, ast.Import) for alias in s.names}
    imported |= {str(s.module) for s in statements if isinstance(s, ast.ImportFrom)}
    packages = {module.partition(".")[0] for module in imported} - sys.stdlib_module_names
    # these two come with handgrad
    assert packages | {"numpy", "matplotlib"} == {*listed, "matplotlib"}


# -- what an instructor gives ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a student unpacks."""
    folder = tmp_path_factory.mktemp("packed")
    done = subprocess.run(
        [sys.executable, "-m", "handgrad", "pack", "--into", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "wrote" in done.stdout
    unpacked = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(folder / "handgrad.zip") as archive:
        archive.extractall(unpacked)
    return unpacked / "handgrad"


def test_students_get_notebooks_the_wheel_and_how_to_install_it(packed: Path, wheel: Path) -> None:
    found = {path.relative_to(packed).as_posix() for path in packed.rglob("*") if path.is_file()}
    notebooks = {f"{name}/{name}.ipynb" for name in NAMES}
    assert found == {*notebooks, wheel.name, "README.md", "requirements.txt", "environment.yml"}
    for notebook in notebooks:
        assert (packed / notebook).read_bytes() == (ROOT / "release" / notebook).read_bytes()
    with zipfile.ZipFile(packed / wheel.name) as theirs, zipfile.ZipFile(wheel) as published:
        assert {file.filename: file.CRC for file in theirs.infolist()} == {
            file.filename: file.CRC for file in published.infolist()
        }
    readme = (packed / "README.md").read_text()
    assert wheel.name in readme
    assert "{" not in readme


def test_what_pip_reads_in_it_names_the_wheel_and_the_extras(packed: Path) -> None:
    """Run as a student runs it; all that it needs is installed here, so that nothing but the wheel would be."""
    lines = re.findall(r"^ {6}- (.+)$", (packed / "environment.yml").read_text(), flags=re.MULTILINE)
    assert lines == ["-r requirements.txt"]
    pip = (sys.executable, "-m", "pip", "install", "--dry-run", "--no-index", "--force-reinstall", "--no-deps", "-r")
    done = alone(packed, *pip, "requirements.txt")
    assert done.returncode == 0, done.stderr
    assert f"Would install handgrad-{metadata.version('handgrad')}" in done.stdout
    assert (packed / "requirements.txt").read_text().splitlines()[-1].endswith(".whl[course,nbgrader]")


def test_it_holds_no_answer(packed: Path, tmp_path: Path) -> None:
    """No solution, mark scheme, known mistake in clear, reference, second route, sample or hidden case, in any file."""
    (wheel,) = packed.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    # what every notebook shows in the text of an exercise is no answer
    shown = {line.strip() for name in NAMES for line in released_text(name).splitlines()}
    secret = {line for name in NAMES for line in solutions(name)} - shown
    theirs = [path.read_text() for path in ROOT.glob("grader_tests/*/**/*.py")]
    told = {run for name in NAMES for run in runs(released_text(name))}
    copied = {run for text in theirs for run in runs(text)} - told
    assert len(secret) > 500
    assert len(copied) > 2000
    files = [path for folder in (packed, tmp_path) for path in folder.rglob("*") if path.is_file() and path != wheel]
    for path in [path for path in files if path.suffix not in (".ipynb", ".npz")]:
        text = path.read_text()
        assert not secret & {line.strip() for line in text.splitlines()}, path
        assert not copied & runs(text), path
    cases = [path for path in files if path.suffix == ".npz"]
    assert len(cases) == len(NAMES)
    for path in cases:
        with np.load(path, allow_pickle=False) as members:
            public = "".join(members[name].tobytes().decode() for name in members if name.endswith(".json"))
        assert not {line for line in secret if line in public}, path
    said = messages()
    assert said
    for path, content in [(path, path.read_bytes()) for path in files]:
        known = [message for message in said if message.encode() in content]
        assert not known, path


def test_one_assignment_alone_and_one_that_is_not_released(tmp_path: Path) -> None:
    pack = (sys.executable, "-m", "handgrad", "pack")
    course = tmp_path / "course"
    for folder in ("release", "source"):
        shutil.copytree(ROOT / folder / "chain_rule", course / folder / "chain_rule")
    (course / "course.toml").write_text('course_id = "ml-2027"\n')
    # one's own copies are not of the release
    shutil.copy(ROOT / "source" / "chain_rule" / "chain_rule.ipynb", course / "release" / "chain_rule" / "mine.ipynb")
    done = alone(course, *pack, "chain_rule")
    assert done.returncode == 0, done.stderr
    given = course / "pack" / "ml-2027"
    assert {path.relative_to(given) for path in given.rglob("*.ipynb")} == {Path("chain_rule", "chain_rule.ipynb")}
    assert (course / "pack" / "ml-2027.zip").is_file()
    done = alone(course, *pack, "lstm_2d")
    assert done.returncode == 2
    assert "there is no release of lstm_2d" in done.stderr


def test_a_release_in_which_somebody_has_worked_is_not_packed(tmp_path: Path) -> None:
    """An instructor who tries an exercise there would give away the answer."""
    path = tmp_path / "release" / "chain_rule" / "chain_rule.ipynb"
    shutil.copytree(ROOT / "release" / "chain_rule", path.parent)
    notebook = nbformat.read(path, as_version=4)
    (cell,) = [
        cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "gradient_f_solution"
    ]
    cell.source = cell.source.replace("# Your code here.", "return 1")
    nbformat.write(notebook, path)
    (tmp_path / "course.toml").write_text('course_id = "ml-2027"\n')
    done = alone(tmp_path, sys.executable, "-m", "handgrad", "pack")
    assert done.returncode == 2
    assert "the cell gradient_f_solution is not as it was released" in done.stderr
    assert "nbgrader generate_assignment chain_rule --force" in done.stderr
    assert not (tmp_path / "pack").exists()
