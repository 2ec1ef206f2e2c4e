"""The project's own files agree with each other."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.dependency_groups import resolve_dependency_groups
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.closure import closure
from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements.lock").read_text()


def locked() -> dict[str, str]:
    """Return what requirements.lock installs in this environment."""
    lines = [line for line in LOCK.splitlines() if line and not line.lstrip().startswith("#")]
    requirements = [Requirement(line) for line in lines]
    here = [r for r in requirements if r.marker is None or r.marker.evaluate()]
    return {canonicalize_name(r.name): str(r.specifier).removeprefix("==") for r in here}


def asked_for() -> list[Requirement]:
    """Return what pyproject.toml asks for, in any extra and group."""
    project = PROJECT["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    group = resolve_dependency_groups(PROJECT["dependency-groups"], "dev")
    found = [Requirement(line) for line in (*project["dependencies"], *extras, *group)]
    return [requirement for requirement in found if requirement.name != "handgrad"]


def test_the_lock_is_what_pyproject_asks_for() -> None:
    """And what is installed here, so that what is tested is what `make setup` installs."""
    assert locked() == closure(asked_for()), "requirements.lock is stale: make lock; make setup"


def test_every_package_that_is_asked_for_is_locked_in_its_range() -> None:
    pins = locked()
    for requirement in asked_for():
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), requirement


def test_the_core_needs_three_packages() -> None:
    assert sorted(Requirement(line).name for line in PROJECT["project"]["dependencies"]) == [
        "ipython",
        "matplotlib",
        "numpy",
    ]


@pytest.mark.parametrize("file", ["requirements.lock", "environment.yml", "pyproject.toml"])
def test_no_file_names_where_packages_come_from(file: str) -> None:
    assert not re.search(r"https?://|file:|--(extra-)?index|--find-links", (ROOT / file).read_text())


def test_conda_installs_what_is_locked(tmp_path: Path) -> None:
    """The lines for pip are taken as they stand, and there is nothing left to install."""
    lines = re.findall(r"^ {6}- (.+)$", (ROOT / "environment.yml").read_text(), flags=re.MULTILINE)
    assert lines == ["-r requirements.lock", "-e ."]
    (tmp_path / "requirements.txt").write_text("".join(f"{line}\n" for line in lines).replace("-r ", f"-r {ROOT}/"))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--dry-run", "--no-index", "--no-build-isolation"),
            *("--disable-pip-version-check", "-r", tmp_path / "requirements.txt"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    installs = [line for line in done.stdout.splitlines() if line.startswith("Would install")]
    assert installs == ["Would install handgrad-" + PROJECT["project"]["version"]]


def test_the_python_of_conda_and_of_the_image_is_the_one_that_the_gate_runs() -> None:
    """It is the only version that files name; those of packages stand in the lock alone."""
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())
    (gate,) = [step["with"]["python-version"] for step in workflow["jobs"]["gate"]["steps"] if "with" in step]
    named = {
        "environment.yml": r"- python=([\d.]+)$",
        "Dockerfile": r"^FROM python:([\d.]+)-",
        "Makefile": r"--python-version ([\d.]+) ",
        "handgrad/building/pack.py": r"- python=([\d.]+)$",
    }
    for file, pattern in named.items():
        assert re.findall(pattern, (ROOT / file).read_text(), flags=re.MULTILINE) == [gate], file


def test_the_image_is_made_by_the_steps_of_the_gate() -> None:
    """Docker cannot run here: its commands are make's own, and what they need is what the gate installs."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
    runs = re.findall(r"^RUN (.+)$", text, flags=re.MULTILINE)
    install, build, user = [[part.split() for part in run.split("&&")] for run in runs]
    packages = {word for command in install if "install" in command for word in command[3:] if word[0] != "-"}
    assert packages >= {"bubblewrap", "make"}
    assert build == [["make", "setup", "PYTHON=python3"]]
    assert user[0][0] == "useradd"
    environment = re.findall(r"\b([A-Z_]+)=(\S+)", text[text.index("ENV ") :])
    limits = re.findall(r"^export ([A-Z_]+_THREADS) := (\d+)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert set(limits) <= set(environment)
    assert len(limits) == 2


def test_the_image_holds_nothing_that_git_leaves_out() -> None:
    """No course's data, and no environment of another machine."""

    def listed(file: str) -> set[str]:
        lines = [line for line in (ROOT / file).read_text().splitlines() if line and not line.startswith("#")]
        return {line.replace("**/", "").replace("!/", "!").strip("/") for line in lines}

    assert listed(".dockerignore") == listed(".gitignore") | {".git"}


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


def test_the_versions_of_python_that_are_named_are_those_that_are_tested() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())
    tested = workflow["jobs"]["students"]["strategy"]["matrix"]["python"]
    named = [line.removeprefix("Programming Language :: Python :: ") for line in PROJECT["project"]["classifiers"]]
    assert tested == [version for version in named if re.fullmatch(r"3\.\d+", version)]
    assert PROJECT["project"]["requires-python"] == f">={tested[0]}"


def test_a_release_is_tested_and_published_without_a_password() -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text()
    jobs = yaml.safe_load(text)["jobs"]
    assert jobs["test"]["uses"] == "./.github/workflows/test.yml"
    assert set(jobs["publish"]["needs"]) == {"test", "build"}
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert "secrets." not in text


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

    assert PROJECT["project"]["version"] == handgrad.__version__
    assert f"## {handgrad.__version__}\n" in (ROOT / "CHANGELOG.md").read_text()
    kept = ROOT / "tests" / "versions" / f"{handgrad.__version__}.zip"
    assert kept.is_file(), "later versions have to go on with a course of this one: python -m tests.versions.keep"


def test_what_a_course_holds_is_no_part_of_the_project() -> None:
    """Also what nbgrader's own export writes, and what is graded in the checkout itself."""
    kept = (
        "grades.csv course.toml gradebook.db course_secret submitted/ann reports/canvas.csv feedback/ann autograded/ann"
    )
    done = subprocess.run(["git", "check-ignore", *kept.split()], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split() == kept.split()
