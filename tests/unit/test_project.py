"""The project's own files agree with each other."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def pins(lines: list[str]) -> dict[str, str]:
    return dict(line.split("==") for line in lines if "==" in line)


def requirements(project: dict[str, Any]) -> list[str]:
    return [*project["dependencies"], *(line for lines in project["optional-dependencies"].values() for line in lines)]


def test_environment_yml_names_the_versions_of_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = pins(requirements(project))
    found = pins(re.findall(r"- ([\w-]+==[\w.]+)", (ROOT / "environment.yml").read_text()))
    assert found == wanted


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for requirement in requirements(project):
        assert re.fullmatch(r"[\w-]+==[\w.]+", requirement), requirement


def test_make_help_lists_every_target() -> None:
    done = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    listed = [line.split()[0] for line in done.stdout.splitlines()]
    assert sorted(listed) == sorted(set(targets))


def test_the_gate_runs_the_commands_of_the_readme() -> None:
    gate, readme = (ROOT / ".ci" / "run").read_text(), (ROOT / "README.md").read_text()
    for command in ("make demo", "make test"):
        assert command in gate
        assert command in readme
    assert "bash .ci/run" in (ROOT / ".github" / "workflows" / "test.yml").read_text()


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_links_lead_somewhere(page: str) -> None:
    """`make docs` looks after those of docs/."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text())
    assert links
    for link in links:
        assert (ROOT / link).is_file(), link


def test_a_student_imports_little() -> None:
    """Nothing heavy comes with handgrad: no torch, no matplotlib, no nbgrader."""
    heavy = ("torch", "matplotlib", "nbgrader", "jupytext", "IPython")
    code = f"import sys, handgrad; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_version_is_one() -> None:
    import handgrad

    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == handgrad.__version__
    assert f"## {handgrad.__version__}" in (ROOT / "CHANGELOG.md").read_text()
