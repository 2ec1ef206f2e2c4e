"""Pack what students get: their notebooks, the package as a wheel, and how to install it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import nbformat
from build import ProjectBuilder
from nbgrader.utils import compute_checksum
from pyproject_hooks import quiet_subprocess_runner

from handgrad import course as courses
from handgrad import references
from handgrad.building.build import in_order
from handgrad.names import check_id
from handgrad.references.places import Places

PARTS = ("handgrad", "release", "pyproject.toml", "setup.py", "README.md", "LICENSE")
"""What a wheel is built from: the package, the notebooks by which the doctor repairs, and what describes it."""

REQUIREMENTS = """# pip install -r requirements.txt
./{wheel}[course,nbgrader]
"""

ENVIRONMENT = """# conda env create -f environment.yml
name: {name}
channels:
  - conda-forge
dependencies:
  - python=3.11
  - pip
  - pip:
      - -r requirements.txt
"""

README = """# {name}

Notebooks in which you derive gradients by hand, in the order in which to take them: {notebooks}.
Unpack this folder first, and type what follows in a terminal, in this folder (on Windows: Anaconda Prompt for
conda, PowerShell for pip).

## Install

With conda:

    conda env create -f environment.yml
    conda activate {name}

Or with pip, where Python 3.11 or newer is installed, on Linux and macOS:

    python3 -m venv .venv
    source .venv/bin/activate
    pip install -r requirements.txt

and on Windows:

    py -m venv .venv
    .venv\\Scripts\\activate
    pip install -r requirements.txt

This takes some minutes, and about 2 GB. On Linux, pip takes a PyTorch for graphics cards, which is much larger and of
no use here. For the small one, install it first, with the command that PyTorch's page (pytorch.org, Get Started)
shows for Pip and CPU.

Then let it be checked: `handgrad doctor` says what is missing, and which command fixes it.

## Work

`jupyter lab` opens JupyterLab; open a notebook, and follow it: write where it says `# Your code here.`, and run the
cell below, which checks it. In VS Code, open this folder, and choose the Python from above as the kernel. On Colab,
upload a notebook, put `{wheel}` under Files, at the left, and run `!pip install *.whl`
in a cell of its own. In a new terminal, activate the environment again.

## Hand in

    handgrad doctor {first}/{first}.ipynb

says what would happen at grading: what is missing or was changed, what is not written yet, whether it runs from top to
bottom. Then hand in the notebook, under its own name.
"""


def pack(assignments: Sequence[str], into: Path | None = None) -> int:
    """Write a folder for students, and the same as a zip archive.

    Parameters
    ----------
    assignments
        What is packed; by default all that the course has released.
    into
        Where the folder is written to; by default ``pack`` in the course folder.

    Raises
    ------
    FileNotFoundError
        Where one is not released.
    ValueError
        Where somebody has worked in a released notebook.
    """
    course = courses.folder()
    names = in_order(assignments or {path.parent.name for path in course.glob("release/*/*.ipynb")})
    released = {name: Places(course, name).release for name in names}
    absent = [name for name, path in released.items() if not path.is_file()]
    if absent or not released:
        what = f"{', '.join(absent)} in" if absent else "any assignment in"
        raise FileNotFoundError(
            f"there is no release of {what} {course}: run `nbgrader generate_assignment ASSIGNMENT` there first"
        )
    checkout = references.course_folder()
    # the wheel holds the notebooks of the checkout
    for path in {*released.values(), *checkout.glob("release/*/*.ipynb")}:
        check_untouched(path)
    name = courses.settings(course).course_id or "handgrad"
    check_id(name)
    parent = into or course / "pack"
    folder = parent / name
    with tempfile.TemporaryDirectory() as made:
        whole = Path(made, name)
        for assignment, path in released.items():
            shutil.copytree(path.parent, whole / assignment, ignore=_not_of_the_source(course, assignment))
        wheel = build_wheel(checkout, whole).name
        texts = {"requirements.txt": REQUIREMENTS, "environment.yml": ENVIRONMENT, "README.md": README}
        for file, text in texts.items():
            said = text.format(name=name, wheel=wheel, notebooks=", ".join(names), first=names[0])
            (whole / file).write_text(said, encoding="utf-8")
        archive = shutil.make_archive(str(whole), "zip", made, name)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(whole, folder)
        shutil.copy(archive, parent)
    print(f"wrote {folder} and {folder.with_name(f'{name}.zip')}: {', '.join(names)}, and {wheel}")
    return 0


def check_untouched(path: Path) -> None:
    """Refuse a released notebook in which somebody has worked: what is written there may be an answer.

    Raises
    ------
    ValueError
        Where a cell is not as nbgrader wrote it.
    """
    for cell in nbformat.read(path, as_version=4).cells:
        made = cell.metadata.get("nbgrader", {}).get("checksum")
        if made and made != compute_checksum(cell):
            raise ValueError(
                f"in {path}, the cell {cell.metadata.nbgrader.grade_id} is not as it was released: keep elsewhere what "
                f"you wrote there, then run `nbgrader generate_assignment {path.stem} --force`, which writes it anew"
            )


def _not_of_the_source(course: Path, assignment: str) -> Callable[[str, list[str]], set[str]]:
    """Return what a copy of a release leaves out: what is not of the source, such as one's own copy of a notebook."""
    source, release = Places(course, assignment).source.parent, Places(course, assignment).release.parent

    def ignored(folder: str, names: list[str]) -> set[str]:
        inside = source / Path(folder).relative_to(release)
        others = set(names) - {f"{assignment}.ipynb"}
        return {name for name in others if name.startswith(".") or not (inside / name).exists()}

    return ignored


def build_wheel(checkout: Path, into: Path) -> Path:
    """Build the wheel of a checkout, and return where it is.

    It is built from a copy of what belongs into it, so that nothing else that lies in the checkout gets there.
    """
    with tempfile.TemporaryDirectory() as folder:
        for part in PARTS:
            if (checkout / part).is_dir():
                ignored = shutil.ignore_patterns("__pycache__", ".*")
                shutil.copytree(checkout / part, Path(folder, part), ignore=ignored)
            else:
                shutil.copy(checkout / part, folder)
        return Path(ProjectBuilder(folder, runner=quiet_subprocess_runner).build("wheel", into))
