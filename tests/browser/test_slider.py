"""A slider changes a picture in JupyterLab; without ipywidgets the picture stands still."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open, Start, own_folders
from tests.browser.test_notebook import cell, run
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

CELLS = ("import numpy", "worked_X = np.array", "figures.slide(")
WITHOUT = "import sys\n\nsys.modules['ipywidgets'] = None  # as where it is not installed"


@pytest.mark.parametrize("installed", [True, False], ids=["with ipywidgets", "without"])
def test_a_slider_moves_a_weight(
    installed: bool, tmp_path: Path, start_lab: Start, open_page: Open, pictures: Path
) -> None:
    released = nbformat.read(ROOT / "release" / "mlp_backprop" / "mlp_backprop.ipynb", as_version=4)
    kept = [one for text in CELLS for one in released.cells if one.cell_type == "code" and text in one.source]
    for one in kept:
        one.metadata = {}
    first = [] if installed else [nbformat.v4.new_code_cell(WITHOUT)]
    (tmp_path / "home").mkdir()
    notebook = nbformat.v4.new_notebook(cells=first + kept, metadata=released.metadata)
    nbformat.write(notebook, tmp_path / "home" / "slider.ipynb")
    lab = start_lab(tmp_path / "home", own_folders(tmp_path / "jupyter"), tmp_path)
    page = open_page(lab.url("lab/tree/slider.ipynb"))
    expect(page.get_by_text("| Idle")).to_be_visible()
    for text in ([] if installed else ["import sys"]) + [*CELLS]:
        run(page, cell(page, text))

    shown = cell(page, "figures.slide(")
    picture, slider = shown.locator("img"), shown.get_by_role("slider")
    expect(picture).to_have_attribute("alt", re.compile("^The same graph"))
    expect(slider).to_have_count(1 if installed else 0)
    if installed:
        before = picture.get_attribute("src")
        slider.press("ArrowRight")
        expect(picture).to_have_attribute("alt", re.compile("^The same picture with w = 1"))
        expect(picture).not_to_have_attribute("src", before or "")
        page.screenshot(path=pictures / "slider.png")
