"""What students install: handgrad as a wheel, away from the course folder."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from handgrad.notebooks.repair import only, without

ROOT = Path(__file__).resolve().parents[2]
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


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content in a folder, with nothing of the course around it."""
    course, wheel = tmp_path_factory.mktemp("course"), tmp_path_factory.mktemp("wheel")
    for name in ("handgrad", "release", "source", "authoring", "grader_tests"):
        # not what lies in the folders of one who works there
        ignored = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(ROOT / name, course / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, course)
    build = (sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", f"--wheel-dir={wheel}", ".")
    done = subprocess.run(build, cwd=course, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = wheel.glob("*.whl")
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder)
    return folder


def run(installed: Path, *arguments: str, folder: Path = Path("/")) -> subprocess.CompletedProcess[str]:
    """Run Python on the installed package, outside the course folder."""
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = (sys.executable, *arguments)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_it_holds_the_whole_package_and_the_releases_and_nothing_else(installed: Path) -> None:
    def files(folder: Path) -> set[str]:
        found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        return {path for path in found if "__pycache__" not in path and "/." not in f"/{path}"}

    wanted = {f"handgrad/{path}" for path in files(ROOT / "handgrad")}
    wanted |= {f"handgrad/released/{path}" for path in files(ROOT / "release")}
    assert {path for path in files(installed) if ".dist-info/" not in path} == wanted


def test_a_check_runs_and_a_probe_is_refused(installed: Path) -> None:
    done = run(installed, "-c", USE)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[:2] == [f"{installed / 'handgrad' / '__init__.py'}", "grader_tests: None"]
    assert said[2].startswith("sgd_step: right.")
    assert said[-1] == "refused: This cell is judged by the grader: run `nbgrader autograde` in the course folder."


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
