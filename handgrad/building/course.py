"""Lay out a course folder: what its ``course.toml`` chooses of the assignments, as source notebooks."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import nbformat

from handgrad import course, references
from handgrad.building import authoring, build
from handgrad.notebooks import choose
from handgrad.references.places import Places

HEAD = """# What this course gives. Change it, then run `handgrad course` in this folder.
# Delete the line of an exercise to leave it out, or the tables of an assignment to leave out all of it;
# the numbers are points.

# what nbgrader's exchange calls the course
course_id = "{course_id}"
"""

TABLE = """
[{name}]
# due = 2027-03-01T23:59:00+01:00

[{name}.points]
{points}

[{name}.extensions]
# "ann" = 2027-03-08T23:59:00+01:00
"""

CONFIG = '''"""The configuration of this course for nbgrader: that of the checkout, and what you add below."""

import os

os.environ.setdefault("HANDGRAD_COURSE", {folder!r})

c = get_config()  # noqa: F821
load_subconfig({config!r})  # noqa: F821
'''


def lay_out(folder: Path, only: Sequence[str] = ()) -> int:
    """Write the source notebooks that a course gives; where it has not chosen yet, its ``course.toml``, too.

    Parameters
    ----------
    folder
        The course folder.
    only
        The assignments that are written; by default all of them, and one that is not given is taken away.

    Raises
    ------
    LookupError, ValueError
        Where ``course.toml`` chooses what cannot be given. Nothing is written then.
    """
    checkout, folder = references.course_folder(), folder.expanduser().resolve()
    if folder == checkout or checkout in folder.parents or folder in checkout.parents:
        raise ValueError(f"{folder} and the checkout {checkout} lie in each other: choose a folder beside the checkout")
    names = [name for name in build.assignments(checkout) if Places(checkout, name).source.is_file()]
    sources = {name: nbformat.read(Places(checkout, name).source, as_version=4) for name in names}
    texts = {
        course.FILE: HEAD.format(course_id=folder.name) + "".join(map(_table, sources, sources.values())),
        "nbgrader_config.py": CONFIG.format(folder=str(folder), config=str(checkout / "nbgrader_config.py")),
    }
    chosen = _chosen(course.settings(folder), sources)
    if unknown := sorted(set(only) - chosen.keys()):
        raise LookupError(f"the course does not give: {', '.join(unknown)}; it gives: {', '.join(chosen) or 'none'}")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        if not (folder / name).exists():
            (folder / name).write_text(text, encoding="utf-8")
            print(f"wrote {folder / name}")
    for name, notebook in chosen.items():
        if only and name not in only:
            continue
        place = Places(folder, name).source
        place.parent.mkdir(parents=True, exist_ok=True)
        _write(notebook, place)
        for path in Places(checkout, name).source.parent.iterdir():
            if path.is_file() and path.suffix != ".ipynb":
                shutil.copy2(path, place.parent)
        given = choose.graded(notebook)
        print(f"wrote {place}: {len(given)} exercises and questions, {sum(given.values()):g} points")
    for left in sorted(
        () if only else {path.name for path in folder.glob("source/*/")} & sources.keys() - chosen.keys()
    ):
        shutil.rmtree(folder / "source" / left)
        print(f"took away {folder / 'source' / left}, which {course.FILE} does not name")
    print(f"Work in {folder}: `nbgrader generate_assignment ASSIGNMENT` there makes what students get.")
    return 0


def _write(notebook: nbformat.NotebookNode, place: Path) -> None:
    """Write a source notebook; one in which cells are left out is run, which shows that the rest needs none of them."""
    if choose.leaves_out(notebook):
        if place.is_file() and authoring.same_sources(nbformat.read(place, as_version=4), notebook):
            return
        print(f"running {place.stem} without what is left out")
        said = notebook.metadata[choose.KEY]
        notebook = authoring.execute(notebook, place.parent)
        notebook.metadata[choose.KEY] = said
    authoring.write(notebook, place)


def _table(name: str, source: nbformat.NotebookNode) -> str:
    points = "\n".join(f"{exercise} = {most:g}" for exercise, most in choose.graded(source).items())
    return TABLE.format(name=name, points=points)


def _chosen(settings: course.Settings, sources: dict[str, nbformat.NotebookNode]) -> dict[str, nbformat.NotebookNode]:
    """Return the source notebooks that a course gives."""
    if settings.assignments is None:
        return sources
    found = {}
    for name, chosen in settings.assignments.items():
        if name not in sources:
            raise LookupError(f"{course.FILE} names {name!r}; assignments are: {', '.join(sources)}")
        try:
            notebook = sources[name] if chosen.points is None else choose.choose(sources[name], chosen.points)
        except (LookupError, ValueError) as error:
            raise ValueError(f"{course.FILE}, [{name}.points]: {error}") from error
        found[name] = notebook
    return found
