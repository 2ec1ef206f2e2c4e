"""Attacks on the grader's own process: on what reads, repairs, judges and shows a submission, beside its kernel."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from handgrad.building.samples import cell
from tests.attacks import GUARD, NOTHING, Attack, Ground

Edit = Callable[[NotebookNode, Ground], NotebookNode]


def _with_code(source: str, times: int = 1) -> Edit:
    """Return what adds cells of code at the end, where they run last."""

    def edit(notebook: NotebookNode, ground: Ground) -> NotebookNode:
        notebook.cells += [nbformat.v4.new_code_cell(source) for _ in range(times)]
        return notebook

    return edit


def _with_text(source: str) -> Edit:
    def edit(notebook: NotebookNode, ground: Ground) -> NotebookNode:
        notebook.cells.append(nbformat.v4.new_markdown_cell(source))
        return notebook

    return edit


def _cells_of_one_name(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    """Return a notebook with 800 copies of one solution."""
    copied = cell(notebook, "sgd_step_solution")
    notebook.cells += [nbformat.from_dict(copied) for _ in range(800)]
    return notebook


def _no_mark(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    """Return a notebook without any marked cell, and many others."""
    notebook.cells = [nbformat.v4.new_code_cell("x = 1") for _ in range(1_990)]
    return notebook


def _json_bomb(notebook: NotebookNode, ground: Ground) -> str:
    """Return 40 MB of JSON that takes some gigabytes as objects."""
    return nbformat.writes(notebook).rstrip()[:-1] + ', "more": [' + "[],[],[],[]," * 3_400_000 + "0]}"


def _timestamp_folder(folder: Path, ground: Ground) -> None:
    (folder / "timestamp.txt").mkdir()
    (folder / "timestamp.txt" / "data.txt").write_text("1")


def _unlike_attachments(notebook: NotebookNode, ground: Ground) -> str:
    made = json.loads(nbformat.writes(notebook))
    made["cells"].append(
        {"cell_type": "markdown", "id": "x", "metadata": {}, "source": "![](attachment:a)", "attachments": {"a": [1]}}
    )
    return json.dumps(made)


ELIF = "def classify(x):\n    if x == 0:\n        return 0\n" + "".join(
    f"    elif x == {number}:\n        return {number}\n" for number in range(1, 1_500)
)

# the sum of what cells display, each below the limit of one
LOUD = GUARD + 'print("x" * 20_000_000)\n'


def _loud_cells(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    loud = [nbformat.v4.new_code_cell(LOUD) for _ in range(12)]
    notebook.cells = [*notebook.cells[:1], *loud, *notebook.cells[1:]]
    return notebook


HUGE_SHAPE = """
import handgrad.judging.evidence as evidence

kept = evidence.pack_result


def forged(result):
    import base64

    head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775808, 0), }"
    head += b" " * (118 - len(head)) + b"\\n"
    return {"npy": base64.b64encode(b"\\x93NUMPY\\x01\\x00" + len(head).to_bytes(2, "little") + head).decode()}


evidence.pack_result = forged
"""

ATTACKS = (
    Attack("elif_chain", "Has 1,500 branches in one chain.", edit=_with_code(ELIF)),
    Attack("magics", "Has 600 magics, more than IPython transforms.", edit=_with_code("%time 1\n" * 600)),
    Attack(
        "magics_slow",
        "Has magics that IPython takes a minute to transform.",
        edit=_with_code("".join(f"a{n} = !true\n" for n in range(450)) + "x = 1\n" * 6_000),
        earned=NOTHING,
    ),
    Attack("magics_and_text", "Has a magic behind a long text.", edit=_with_code("%time 1\n" + "x = 1\n" * 20_000)),
    Attack("code_up_to_the_limit", "Has as much code as is read.", edit=_with_code("x=1\n" * 94_000)),
    Attack("nested_functions", "Nests functions.", edit=_with_code("f = " + "lambda: (" * 90 + "0" + ")" * 90)),
    Attack(
        "names_of_one_statement",
        "Binds 10,000 names in one statement, which all use it.",
        edit=_with_code("if 1:\n" + "".join(f"    v{n} = v{n + 1}\n" for n in range(10_000))),
    ),
    Attack("brackets", "Nests brackets until the parser gives up.", edit=_with_code("(" * 5_000 + ")" * 5_000)),
    Attack("null_bytes", "Has null bytes in its code.", edit=_with_code("x = 1\0\n")),
    Attack("copies", "Has 800 copies of one solution.", edit=_cells_of_one_name),
    Attack("no_mark", "Has no marked cell, and 1,990 others.", edit=_no_mark, earned=NOTHING),
    Attack("json_bomb", "Is JSON that takes gigabytes as objects.", edit=_json_bomb, earned=NOTHING),
    Attack("unlike_attachments", "Has attachments of another type.", edit=_unlike_attachments, earned=NOTHING),
    Attack("brackets_of_links", "Opens 70,000 links that it never closes.", edit=_with_text("[" * 70_000)),
    Attack("references_of_links", "Has 20,000 lines that look like references.", edit=_with_text("[a]: <\n" * 20_000)),
    Attack("emphasis", "Opens emphases that it never closes.", edit=_with_text("*a **b " * 8_000)),
    Attack("environments", "Opens 10,000 formulas that it never closes.", edit=_with_text("\\begin{a}" * 10_000)),
    Attack("quotes", "Nests quotations.", edit=_with_text(">" * 20_000 + " x")),
    Attack("entities", "Has 100,000 angle brackets.", edit=_with_text("<" * 100_000)),
    Attack("timestamp_folder", "Has a folder where the date should be.", beside=_timestamp_folder),
    Attack("loud_cells", "Prints 240 MB, each cell less than it may.", edit=_loud_cells, earned=NOTHING),
    Attack("huge_shape", "Hands over arrays of a shape that no computer can count.", before=HUGE_SHAPE, earned=NOTHING),
)
