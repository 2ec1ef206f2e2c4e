"""A student's hour: read, write, check, fix, validate."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

from handgrad import references
from handgrad.building import samples
from tests.browser.conftest import Open, Start, drawn_readably, own_folders
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

ASSIGNMENT = "tensor_basics"
EXERCISE = "softmax"
WRONG = "def softmax(x):\n    e = np.exp(x - x.max(axis=-1, keepdims=True))\n    return e / e.sum()\n"
RIGHT = WRONG.replace("e.sum()", "e.sum(axis=-1, keepdims=True)")


def almost_solved(folder: Path) -> None:
    """Write a submission in which one exercise is left."""
    release = nbformat.read(ROOT / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    assignment = references.load(ASSIGNMENT, ROOT)
    stub = samples.cell(release, f"{EXERCISE}_solution").source
    folder.mkdir()
    nbformat.write(samples.solved(assignment, release, {EXERCISE: stub}), folder / f"{ASSIGNMENT}.ipynb")


def cell(page: Page, text: str) -> Locator:
    """Return the code cell with some text in it."""
    return page.locator(".jp-CodeCell").filter(has=page.locator(".cm-content", has_text=text))


def rewrite(page: Page, inside: Locator, text: str) -> None:
    """Put other text into a cell, as somebody who pastes it."""
    inside.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


def run(page: Page, ran: Locator) -> None:
    """Run a cell, and wait until it has run."""
    ran.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+Enter")
    expect(ran.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]"))


def validate(page: Page) -> Locator:
    """Press nbgrader's button, and return what it says."""
    page.get_by_role("button", name="Validate").click()
    said = page.locator(".jp-Dialog")
    # it runs the whole notebook
    expect(said).to_contain_text(re.compile("passes|failed"), timeout=120_000)
    return said


CONTRAST = """element => {
  const channels = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const opaque = node => {
    const colour = getComputedStyle(node).backgroundColor;
    return colour.startsWith('rgba') && colour.endsWith(' 0)') ? opaque(node.parentElement) : colour;
  };
  const light = colour => channels(colour)
    .map(value => value / 255)
    .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
  const [a, b] = [getComputedStyle(element).color, opaque(element)].map(light).sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}"""


def readable(table: Locator) -> None:
    """Hold every text of a table against its background, as WCAG does."""
    for text in table.locator("caption, th, td, code").all():
        assert text.evaluate(CONTRAST) >= 4.5, text.inner_text()


def choose_theme(page: Page, *, light: bool) -> None:
    page.get_by_text("Settings", exact=True).click()
    page.get_by_text("Theme", exact=True).hover()
    page.get_by_text(f"JupyterLab {'Light' if light else 'Dark'}", exact=True).click()
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "true" if light else "false")


def test_a_student_reads_writes_checks_and_validates(
    tmp_path: Path, start_lab: Start, open_page: Open, pictures: Path
) -> None:
    home = tmp_path / "home of Åsa 安"
    almost_solved(home)
    lab = start_lab(home, own_folders(tmp_path / "jupyter"), tmp_path)
    page = open_page(lab.url(f"lab/tree/{ASSIGNMENT}.ipynb"))

    page.locator('[data-id="table-of-contents"]').click()
    contents = page.locator(".jp-tocItem-content")
    expect(contents.filter(has_text="Exercise 12: softmax")).to_be_visible()
    expect(page.get_by_text("| Idle")).to_be_visible()

    # a picture is there before anything is run, without its code, and with a description
    first = page.locator(".jp-CodeCell").filter(has=page.locator("img[alt]")).first
    picture = first.get_by_role("img", name="Left, a matrix of shape (3, 4)")
    expect(picture).to_be_visible()
    expect(first.locator(".cm-content")).to_have_count(0)

    # a check that fails does not end the run
    page.get_by_text("Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    check, progress = cell(page, f"check.{EXERCISE}("), cell(page, "check.progress()")
    expect(check.locator(".jp-OutputArea")).to_contain_text("nothing is written here yet")
    contents.filter(has_text="Your progress").click()
    expect(progress).to_contain_text("13 of 14 exercises pass their check")
    expect(progress).to_contain_text("Next: softmax.")
    progress.locator("progress").click(button="right")
    page.get_by_role("menu").get_by_text("Create New View for Cell Output").click()
    in_sight = page.locator(".jp-LinkedOutputView")
    expect(in_sight).to_contain_text("13 of 14")
    progress.locator(".cm-content").click()

    contents.filter(has_text="Exercise 12: softmax").click()
    written = cell(page, "def softmax(x)")
    rewrite(page, written, WRONG)
    run(page, written)
    run(page, check)
    table = check.locator("table")
    expect(table.locator("caption")).to_have_text("softmax: not right yet")
    expect(table).to_contain_text("✗ wrong")
    expect(table).to_contain_text("expected: ")
    page.screenshot(path=pictures / "check-wrong.png")
    readable(table)
    choose_theme(page, light=False)
    readable(table)
    page.screenshot(path=pictures / "check-wrong-dark.png")

    said = validate(page)
    expect(said).to_contain_text(
        "the sum runs over the whole array; each row along the last axis needs a sum of its own."
    )
    page.screenshot(path=pictures / "validate-wrong.png")
    said.get_by_role("button", name="Ok").click()

    rewrite(page, written, RIGHT)
    run(page, written)
    run(page, check)
    expect(table.locator("caption")).to_have_text("softmax: right")
    expect(check.locator(".jp-RenderedText[data-mime-type*=error]")).to_have_count(0)
    page.screenshot(path=pictures / "check-right.png")
    expect(in_sight).to_contain_text("14 of 14 exercises pass their check")
    contents.filter(has_text="Your progress").click()
    expect(progress).to_contain_text("14 of 14 exercises pass their check")
    page.screenshot(path=pictures / "progress.png")
    said = validate(page)
    expect(said).to_contain_text("passes all the tests")
    page.screenshot(path=pictures / "validate-right.png")
    said.get_by_role("button", name="Ok").click()

    # the theme is still the dark one
    contents.filter(has_text="1. Axes").click()
    drawn_readably(picture)
    choose_theme(page, light=True)
    drawn_readably(picture)
