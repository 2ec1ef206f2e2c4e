"""Imports run one way, and nothing that a student runs imports the grader's half."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = Path(sys.executable).with_name("lint-imports")


def linted(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([LINT, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


def test_imports_run_one_way() -> None:
    done = linted(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("judging/judge.py", "import handgrad.check", "judging is not allowed to import handgrad.check"),
        ("running/sandbox.py", "from handgrad import references", "running is not allowed to import handgrad.ref"),
        ("doctor/notebook.py", "import handgrad.grading.run", "doctor is not allowed to import handgrad.grading"),
        ("check.py", "def f():\n    from handgrad import references", "check is not allowed to import handgrad.ref"),
        ("__init__.py", "def f():\n    import handgrad.running.job", "Illegal imports of protected package"),
        ("drawer/__init__.py", "", "handgrad.drawer"),
    ],
)
def test_an_import_against_the_way_is_found(file: str, line: str, broken: str, tmp_path: Path) -> None:
    """Also one that waits in a function; and a room that has no place on the way."""
    shutil.copytree(
        ROOT / "handgrad", tmp_path / "handgrad", ignore=shutil.ignore_patterns("__pycache__", "*.json", "*.npz")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    path = tmp_path / "handgrad" / file
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as module:
        module.write(f"\n\n{line}\n")
    done = linted(tmp_path)
    assert done.returncode == 1
    assert broken in done.stdout
