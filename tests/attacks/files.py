"""Attacks by the submission's files: links, special files, huge, broken and oddly named ones."""

from __future__ import annotations

import json
import os
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from handgrad.building.samples import cell
from tests.attacks import NOTHING, Attack, Ground

NOTEBOOK = "mlp_backprop.ipynb"


def _links(folder: Path, ground: Ground) -> None:
    """Link to what is not the student's; nbgrader copies files beside the notebook."""
    targets = [ground.course / "canary.txt", ground.course / "course_secret", ground.home / "canary.txt", ground.victim]
    for number, target in enumerate(targets):
        (folder / f"data{number}.txt").symlink_to(target)
    (folder / "more").mkdir()
    (folder / "more" / "relative.txt").symlink_to(os.path.relpath(ground.course / "canary.txt", folder / "more"))
    (folder / "all").symlink_to(ground.course)
    (folder / "round").symlink_to(folder / "round")
    (folder / "nowhere.txt").symlink_to(ground.course / ground.mark)


def _linked_notebook(folder: Path, ground: Ground) -> None:
    (folder / NOTEBOOK).unlink()
    (folder / NOTEBOOK).symlink_to(ground.victim)


def _pipes(folder: Path, ground: Ground) -> None:
    """Leave pipes, which whoever opens them waits for."""
    os.mkfifo(folder / "data.txt")
    (folder / "more").mkdir()
    os.mkfifo(folder / "more" / "data.txt")


def _pipe_for_a_notebook(folder: Path, ground: Ground) -> None:
    (folder / NOTEBOOK).unlink()
    os.mkfifo(folder / NOTEBOOK)


def _folder_for_a_notebook(folder: Path, ground: Ground) -> None:
    (folder / NOTEBOOK).unlink()
    (folder / NOTEBOOK).mkdir()


def _names(folder: Path, ground: Ground) -> None:
    for name in ("-rf", "a\nb", "$$(true)", "; true", "ü" * 60, "%s%n", "[a-z]*", "..txt", "<img src=x onerror=1>.txt"):
        (folder / name).write_text("odd")
    with open(os.fsencode(folder) + b"/\xff\xfe.txt", "wb") as file:
        file.write(b"odd")
    deep = folder.joinpath(*["d" * 40] * 20)
    deep.mkdir(parents=True)
    (deep / "deep.txt").write_text("deep")


def _modules(folder: Path, ground: Ground) -> None:
    """Lay modules beside the notebook that shadow those of the grader and of the kernel."""
    text = f"print({ground.word[::-1]!r}[::-1])\nraise SystemExit\n"
    for name in ("numpy", "handgrad", "sitecustomize", "IPython", "ipykernel_launcher", "nbgrader_config", "json"):
        (folder / f"{name}.py").write_text(text)
        (folder / f"{name}.pth").write_text(f"import os; print({ground.word[::-1]!r}[::-1])\n")
    (folder / "ipython_config.py").write_text(text)


def _pages(folder: Path, ground: Ground) -> None:
    """Lay pages and pictures beside the notebook that run scripts where they are opened."""
    page = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"
    (folder / "more").mkdir()
    for name in ("figure.html", "FIGURE.HTML", "plot.svg", "page.xhtml", "app.js", "page.mht", "more/page.htm", "page"):
        (folder / name).write_text(page)
    (folder / "data.csv").write_text("1,2\n")


def _timestamp(folder: Path, ground: Ground) -> None:
    (folder / "timestamp.txt").write_text("the year 99999999999999999999, <b>never</b>")


def _closed(folder: Path, ground: Ground) -> None:
    (folder / NOTEBOOK).chmod(0)
    # for root no file is closed, so it is no notebook either
    (folder / NOTEBOOK).chmod(0o600)
    (folder / NOTEBOOK).write_bytes(b"\xff\xfe\x00" + (folder / NOTEBOOK).read_bytes())


def _huge(folder: Path, ground: Ground) -> None:
    """Grow the file to 70 MB, most of it a hole that takes no room."""
    with open(folder / NOTEBOOK, "r+b") as file:
        file.truncate(70 * 1024 * 1024)


def _much_code(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    notebook.cells.append(nbformat.v4.new_code_cell("x=1\n" * 700_000))
    return notebook


def _many_cells(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    notebook.cells += [nbformat.v4.new_code_cell("") for _ in range(20_000)]
    return notebook


def _deep(notebook: NotebookNode, ground: Ground) -> str:
    return '{"cells":' + "[" * 200_000 + "]" * 200_000 + "}"


def _digits(notebook: NotebookNode, ground: Ground) -> str:
    return nbformat.writes(notebook).rstrip()[:-1] + ', "more": ' + "9" * 100_000 + "}"


def _types(notebook: NotebookNode, ground: Ground) -> str:
    """Return a notebook whose fields have other types."""
    cells = [None, 1, "x", [], {}, {"cell_type": []}, {"cell_type": "code", "source": {"a": 1}, "metadata": []}]
    cells += [{"cell_type": "code", "source": [1, None], "metadata": {"nbgrader": value}} for value in (1, [], "x")]
    cells += [{"cell_type": "markdown", "source": "x", "metadata": {"nbgrader": {"grade_id": ["a"], "points": "NaN"}}}]
    return json.dumps({"cells": cells, "metadata": 1, "nbformat": 4, "nbformat_minor": 5})


def _versions(notebook: NotebookNode, ground: Ground) -> str:
    return json.dumps({**notebook, "nbformat": 10**30, "nbformat_minor": -1})


def _surrogates(notebook: NotebookNode, ground: Ground) -> str:
    """Return text that no file of UTF-8 can hold, in code, prose and names."""
    cell(notebook, "sgd_step_solution").source += "\nodd = 'HALF'\nprint(len(odd))"
    notebook.cells.append(nbformat.v4.new_markdown_cell("HALF"))
    return nbformat.writes(notebook).replace("HALF", "\\ud83d")


def _control(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    notebook.cells.append(nbformat.v4.new_markdown_cell("".join(map(chr, range(32))) + "\u202e\ufeff\x7f\x9b2J"))
    notebook.cells.append(nbformat.v4.new_code_cell("# " + "\u2028\x0c\x1b[2J\x07"))
    return notebook


def _unlike_ids(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    for one in notebook.cells:
        one["id"] = "../../" + "x" * 200
    return notebook


ATTACKS = (
    Attack("links", "Links to files of the course, of the grader and of another student.", beside=_links),
    Attack("links_notebook", "Is a link to another student's notebook.", beside=_linked_notebook, earned=NOTHING),
    Attack("pipes", "Has pipes beside the notebook.", beside=_pipes),
    Attack("pipe_for_a_notebook", "Is a pipe.", beside=_pipe_for_a_notebook, earned=NOTHING),
    Attack("folder_for_a_notebook", "Is a folder.", beside=_folder_for_a_notebook, earned=NOTHING),
    Attack("names", "Has files with odd names, deep down.", beside=_names),
    Attack("modules_beside", "Has modules beside it that shadow others.", beside=_modules),
    Attack("pages_beside", "Has pages beside it that run scripts.", beside=_pages),
    Attack("timestamp", "Comes with a date that is none.", beside=_timestamp),
    Attack("bytes", "Is no text.", beside=_closed, earned=NOTHING),
    Attack("huge", "Has 70 MB.", beside=_huge, earned=NOTHING),
    Attack("much_code", "Has more code than can be read in reasonable time.", edit=_much_code, earned=NOTHING),
    Attack("many_cells", "Has 20,000 cells.", edit=_many_cells, earned=NOTHING),
    Attack("json_deep", "Is JSON, nested too deeply to be read.", edit=_deep, earned=NOTHING),
    Attack("json_digits", "Is JSON with a number of 100,000 digits.", edit=_digits, earned=NOTHING),
    Attack("json_types", "Is JSON whose fields have other types.", edit=_types, earned=NOTHING),
    Attack("json_version", "Is of a version that does not exist.", edit=_versions, earned=NOTHING),
    Attack("surrogates", "Holds text that cannot be written to a file.", edit=_surrogates),
    Attack("control_characters", "Holds control characters.", edit=_control),
    Attack("cell_ids", "Has cell ids that are paths, and all the same.", edit=_unlike_ids),
)
