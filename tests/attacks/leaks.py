"""Attacks on secrets and on readers: hidden inputs and lent answers in the feedback, and pages that run scripts."""

from __future__ import annotations

import base64

import nbformat
from nbformat.notebooknode import NotebookNode

from handgrad.building.samples import cell
from tests.attacks import NOTHING, Attack, Ground

# what a solution sees while it is judged: its inputs, and the right helpers that are lent to it
SEEN = """
import builtins
import gc
import sys

builtins.seen = []


def look(*values):
    for value in values:
        seen.append(repr(value.tolist() if hasattr(value, "tolist") else value))
    frame = sys._getframe()
    while frame:
        if "supplied" in frame.f_locals:
            seen.append(repr(frame.f_locals["supplied"]))
        frame = frame.f_back
    return "SEEN " + " ".join(seen)
"""

PRINTS = (
    SEEN
    + """
import threading
import time
from IPython.display import display


def softmax_loss(scores, labels):
    text = look(scores, labels)
    print(text)
    print(text, file=sys.stderr)
    display({"text/plain": text}, raw=True)
    display({"text/plain": text}, raw=True, display_id="early", update=True)
    threading.Timer(0.3, print, [text]).start()
    return 0.0, scores
"""
)

RAISES = (
    SEEN
    + """
def softmax_loss(scores, labels):
    text = look(scores, labels)
    kind = type(text[:200], (Exception,), {"__module__": text[:200]})
    raise kind(text)
"""
)

RAISES_KNOWN = (
    SEEN
    + """
def softmax_loss(scores, labels):
    text = look(scores, labels)
    source = "\\n" * 3 + "raise ValueError(" + repr(text) + ")"
    exec(compile(source, text[:100], "exec"))
"""
)

# which of the lines raises, and the number of the cell, are chosen by a hidden number
CHOSEN_LINE = """
def softmax_loss(scores, labels):
    bits = int(abs(scores.ravel()[0]) * 2**20) % 8
    get_ipython().execution_count = 7_000_000 + bits
""" + "".join(f"    if bits == {number}:\n        raise ValueError('chosen', {number})\n" for number in range(8))

NAMES = (
    SEEN
    + """
def softmax_loss(scores, labels):
    text = look(scores, labels)
    kind = type(text[:70], (), {})
    fields = np.zeros(2, dtype=[(text[:70].replace(",", ";"), float)])
    return kind(), fields


def small_network_gradients(params, X, labels):
    for name in list(params):
        params["SEEN " + repr(X.tolist())[:60] + name] = params[name] + 1
    return type("SEEN" + repr(X.tolist())[:60], (), {})(), {}
"""
)

FORGED = (
    SEEN
    + """
import json

import IPython.display

_publish = IPython.display.publish_display_data


def leak(data, *a, **k):
    import handgrad.check

    frame = sys._getframe()
    while "cases" not in frame.f_locals:
        frame = frame.f_back
    text = "SEEN " + repr([v.tolist() for c in frame.f_locals["cases"].values() for v in c.values() if hasattr(v, "tolist")])
    for mime, packed in data.items():
        given = json.loads(packed)
        for runs in given["cases"].values():
            for run in runs.values():
                run["arguments"] = {text[i : i + 70]: text for i in range(0, 280, 70)}
                run["results"] = {name: {"type": text[:75]} for name in run["results"]}
                run |= {"error": text, "line": text, "text": text, "returned": text}
        _publish({mime: json.dumps(given)}, *a, **k)


IPython.display.publish_display_data = leak
"""
)

LATER = """
from IPython.display import display

print("SEEN", seen)
display({"text/plain": "SEEN " + str(seen), "image/png": __import__("base64").b64encode(str(seen).encode()).decode()}, raw=True)
raise RuntimeError("SEEN " + str(seen))
"""

EARLY = """
from IPython.display import display

display({"text/plain": "early"}, raw=True, display_id="early")
"""

PICTURE = (
    SEEN
    + """
def softmax_loss(scores, labels):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.set_title(look(scores)[:300])
    plt.show()
    return 0.0, scores
"""
)

KEPT = (
    SEEN
    + """
import pathlib


def softmax_loss(scores, labels):
    pathlib.Path("seen.txt").write_text(look(scores, labels))
    import os

    os._exit(1)
"""
)

AFTER_KEPT = """
import pathlib

print([path.read_text() for path in pathlib.Path(".").glob("seen.txt")])
"""

SCRIPT = "<script>alert(1)</script>"
TARGETS = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java&#115;cript:alert(1)",
    "java&Tab;script:alert(1)",
    "javascript&colon;alert(1)",
    "javascript\\:alert(1)",
    "&#x6A;avascript:alert(1)",
    "%6Aavascript:alert(1)",
    "\u0001javascript:alert(1)",
    "vbscript:msgbox(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "file:///etc/passwd",
    "blob:x",
    "figure.html",
    "..%2f..%2f..%2fsubmitted%2fmarkdown%2fmlp_backprop%2ffigure.html",
    "/formgrader?path=/anywhere",
    "//127.0.0.1:9/x",
    "\u00a0https://../../figure.html",
)


def _markdown() -> list[str]:
    texts = [SCRIPT, "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<iframe srcdoc='<script>1</script>'>"]
    texts += ["<a href='javascript:alert(1)'>x</a>", "<style>body{display:none}</style>", "<base href='//x'>", "<!-- x"]
    texts += ["<details open ontoggle=alert(1)>", "`<script>`" + SCRIPT, "$<img src=x onerror=alert(1)>$", "<\nscript>"]
    texts += [
        "```html\n" + SCRIPT + "\n```",
        "    " + SCRIPT,
        "$$\\href{javascript:alert(1)}{x}$$",
        "&#36;\\h&#114;ef{figure.html}{x}&#36; $\\require{HTML}\\cssId{sgd_step}{\\class{full-credit}{x}}$",
        "# sgd_step\n\n<span class='full-credit' id='sgd_step'>x</span>",
        "<meta http-equiv=x>",
    ]
    texts += ["# x <script>alert(1)</script>", "| a |\n|---|\n| <script>1</script> |", "< script>alert(1)< /script>"]
    texts += [
        "<form action=javascript:alert(1)><button>x</button></form>",
        "```mermaid\nclick A href 'javascript:1'\n```",
    ]
    texts += [
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<scr<script>ipt>alert(1)</script>",
        "\\<script>alert(1)</script>",
    ]
    for target in TARGETS:
        texts += [f"[x]({target})", f"[x](<{target}>)", f"[x]( {target} 'title')", f"![x]({target})", f"<{target}>"]
        texts += [f"[x]\n\n[x]: {target}", f"[y][z]\n\n> [z]:\n  {target}", f"[![x]({target})]({target})"]
        texts += [f"[x](\n{target})", f"[a](http://x)[b]({target})", f"[x](<\t{target}>)"]
        texts += [f"[a\\]b]({target})", f"[a\nb]({target})", f"[a\\]b][c\\]d]\n\n[c\\]d]:\n {target}"]
    return texts


def _pages(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    notebook.cells += [nbformat.v4.new_markdown_cell(text) for text in _markdown()]
    notebook.cells += [nbformat.v4.new_raw_cell(text) for text in _markdown()]
    notebook.cells += [nbformat.v4.new_raw_cell(SCRIPT, metadata={"raw_mimetype": "text/html", "format": "text/html"})]
    notebook.cells += [nbformat.v4.new_code_cell(f'"""{SCRIPT}"""  # {SCRIPT}')]
    return notebook


def _empty(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    """Hold nothing but a note like the grader's own, on a file that it could not read."""
    return nbformat.v4.new_notebook(metadata={"handgrad": {"unreadable": SCRIPT, "repairs": [SCRIPT]}})


def _attachments(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    svg = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>").decode()
    kinds = [{"image/svg+xml": svg}, {"text/html": SCRIPT}, {"image/png": '" onerror="alert(1)'}, {"x": 1}, {}]
    for kind in kinds:
        one = nbformat.v4.new_markdown_cell(
            "![x](attachment:x.svg) [x](attachment:x.svg) ![missing](attachment:none.png)"
        )
        one["attachments"] = {"x.svg": kind}
        notebook.cells.append(one)
    return notebook


def _no_attachments(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    """Attach what has not the form of an attachment; the whole file is then no notebook."""
    for attached in ([1], {"x.svg": None}, {"x.svg": 1}):
        notebook.cells.append({**nbformat.v4.new_markdown_cell("![x](attachment:x.svg)"), "attachments": attached})
    return notebook


def _metadata(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    notebook.metadata.update(
        title=SCRIPT, authors=[{"name": SCRIPT}], language_info={"name": SCRIPT, "pygments_lexer": "x"}
    )
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {"x": SCRIPT}}}
    for one in notebook.cells:
        one.metadata.update(tags=[SCRIPT], collapsed=SCRIPT, name=SCRIPT, slideshow={"slide_type": SCRIPT})
        one["id"] = SCRIPT
    return notebook


def _pasted(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    """Cover the feedback with a page of one's own that says other marks."""
    text = "Score: 20.0 / 20.0\n\n| part | verdict |\n|---|---|\n| loss | ✓ right |\n\n</div></div></body></html>"
    cell(notebook, "softmax_loss_solution").source = "raise ValueError"
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell(text))
    return notebook


def _seen(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    notebook.cells.insert(1, nbformat.v4.new_code_cell(EARLY))
    return notebook


ATTACKS = (
    Attack("prints_inputs", "Prints and displays what it sees.", {"softmax_loss": PRINTS}, after=LATER, edit=_seen),
    Attack(
        "raises_inputs", "Raises an exception that is named by what it sees.", {"softmax_loss": RAISES}, after=LATER
    ),
    Attack(
        "raises_known",
        "Raises a known exception in code made of what it sees.",
        {"softmax_loss": RAISES_KNOWN},
        after=LATER,
    ),
    Attack(
        "chooses_a_line",
        "Says what it sees by the line at which it raises, and by the number of its cell.",
        {"softmax_loss": CHOSEN_LINE},
    ),
    Attack(
        "names_inputs",
        "Names classes, fields and arguments by what it sees.",
        {"softmax_loss": NAMES, "small_network_gradients": ""},
    ),
    Attack(
        "evidence_speaks",
        "Hands over evidence whose words are hidden inputs.",
        before=FORGED,
        earned={"softmax_loss": 0.0, "small_network_gradients": 0.0, "sgd_step": 0.0},
    ),
    Attack("pictures", "Draws what it sees.", {"softmax_loss": PICTURE}),
    Attack(
        "kept_for_later",
        "Writes down what it sees, and ends the kernel.",
        {"softmax_loss": KEPT},
        after=AFTER_KEPT,
        earned={"small_network_gradients": 0.0},  # its own function ends the kernel there too
    ),
    Attack("markdown", "Writes scripts and links that run in text cells and raw cells.", edit=_pages),
    Attack("attachments", "Attaches pictures that run scripts, or none at all.", edit=_attachments),
    Attack("attachments_broken", "Attaches what is no attachment.", edit=_no_attachments, earned=NOTHING),
    Attack("note_forged", "Writes scripts into the grader's own note.", edit=_empty, earned=NOTHING),
    Attack("metadata_of_pages", "Writes scripts into metadata.", edit=_metadata),
    Attack("page_pasted", "Writes a verdict of its own into the page.", {"softmax_loss": ""}, edit=_pasted),
)
