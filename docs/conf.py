"""The pages of docs/ as a site: Sphinx reads its settings here. `make docs` builds it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from handgrad.building import build

HERE = Path(__file__).resolve().parent
RELEASE = HERE.parent / "release"
RENDERED = HERE / "notebooks"

project = "handgrad"
author = "the authors of handgrad"
html_title = "handgrad"
extensions = ["myst_nb", "sphinx.ext.mathjax", "sphinx-mathjax-offline"]

myst_enable_extensions = ["dollarmath", "amsmath"]
# a link to a heading of another page is checked as a link to a page is
myst_heading_anchors = 4
suppress_warnings = ["myst.header"]  # notebooks go from part to hint, as they need it
nb_execution_mode = "off"
highlight_language = "none"

html_theme = "pydata_sphinx_theme"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
# only the notebooks have pages beside them to list
html_sidebars = {page: [] for page in ("search", *(path.stem for path in HERE.glob("*.md")))}
html_theme_options = {
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 7,
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 2,
    "footer_start": [],
    "footer_end": [],
}

CONTENTS = """# Notebooks

The assignments as students get them, in the order of the course.
"""
NOTE = (
    "```{note}\nThis is the notebook as students get it: a number, or a picture that needs a solution, "
    "is not there yet.\n```"
)


def deeper(source: str) -> str:
    """Return Markdown with each heading one level deeper, as a page has one title."""
    parts = re.split(r"(^```.*?^```$)", source, flags=re.MULTILINE | re.DOTALL)
    return "".join(part if part.startswith("```") else re.sub(r"^#", "##", part, flags=re.MULTILINE) for part in parts)


def as_page(notebook: NotebookNode) -> NotebookNode:
    """Return a released notebook as a page: one title, and a word of what it is."""
    first, *rest = notebook.cells
    for cell in rest:
        if cell.cell_type == "markdown":
            cell.source = deeper(cell.source)
    notebook.cells = [first, nbformat.v4.new_markdown_cell(NOTE), *rest]
    return notebook


# only what students get: source/ holds the answers
places = [RELEASE / name / f"{name}.ipynb" for name in build.assignments(HERE.parent)]
released = [path for path in places if path.is_file()]
shutil.rmtree(RENDERED, ignore_errors=True)
RENDERED.mkdir()
for path in released:
    nbformat.write(as_page(nbformat.read(path, as_version=4)), RENDERED / path.name)
listed = "\n".join(path.stem for path in released)
(RENDERED / "index.md").write_text(f"{CONTENTS}\n```{{toctree}}\n:titlesonly:\n{listed}\n```\n", encoding="utf-8")
