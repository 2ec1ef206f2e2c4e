"""What is written in the notebooks can be read on a narrow page, such as a small window beside another."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open, Start, own_folders
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

WIDTH = 600
TOO_WIDE = f"$${'+ x' * 60}$$\n\n| {'x' * 90} |\n| --- |\n| y |\n\n```text\n{'x ' * 60}\n```"
"""A formula, a table and a listing that the measurement has to find."""

MEASURED = """async () => {
  await document.fonts.ready;
  document.querySelectorAll('details').forEach(one => one.open = true);
  document.querySelectorAll('.jp-MarkdownOutput pre code').forEach(one => one.style.whiteSpace = 'pre');
  return [...document.querySelectorAll('.jp-MarkdownOutput')].flatMap((text, number) => {
    const edge = text.getBoundingClientRect().right + 1;
    return [...text.querySelectorAll('mjx-math, table, pre code')]
      .filter(one => one.getBoundingClientRect().right > edge)
      .map(one => [number, one.tagName.toLowerCase(), Math.round(one.getBoundingClientRect().right - edge)]);
  });
}"""
"""The number of the cell, the kind, and the pixels too many of all that is wider than its page, or would wrap."""


def test_formulas_tables_and_listings_fit_a_narrow_page(tmp_path: Path, start_lab: Start, open_page: Open) -> None:
    # one page with the text of all notebooks, as each load of a page takes seconds
    texts = [("wide", TOO_WIDE)]
    for path in sorted(ROOT.glob("release/*/*.ipynb")):
        released = nbformat.read(path, as_version=4)
        texts += [(path.stem, cell.source) for cell in released.cells if cell.cell_type == "markdown"]
    cells = [nbformat.v4.new_markdown_cell(text) for _, text in texts]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=released.metadata)
    (tmp_path / "home").mkdir()
    nbformat.write(notebook, tmp_path / "home" / "texts.ipynb")
    environment = own_folders(tmp_path / "jupyter")
    tracker = tmp_path / "jupyter/config/lab/user-settings/@jupyterlab/notebook-extension"
    tracker.mkdir()
    (tracker / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    lab = start_lab(tmp_path / "home", environment, tmp_path)
    page = open_page(lab.url("lab/tree/texts.ipynb"), width=WIDTH)
    expect(page.locator(".jp-MarkdownOutput")).to_have_count(len(texts))
    page.get_by_role("tab", name="File Browser").click()  # closes it
    expect(page.locator("#jp-left-stack")).to_be_hidden()
    formulas = sum(text.count("$$") for _, text in texts) // 2
    expect(page.locator("mjx-container[display]")).to_have_count(formulas)

    found = page.evaluate(MEASURED)
    assert [kind for number, kind, _ in found if number == 0] == ["mjx-math", "table", "code"]
    told = [
        f"{texts[number][0]}: {kind}, {over} px: {texts[number][1][:60]!r}" for number, kind, over in found if number
    ]
    assert not told, "\n".join(told)
