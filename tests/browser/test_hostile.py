"""What a student wrote to be run by whoever opens it: in formgrader, in JupyterLab, and in the feedback."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import Locator, Page, expect

from handgrad.building import samples
from tests.browser.conftest import Open, Start, listening, own_folders
from tests.conftest import ROOT, Course, new_course

pytestmark = pytest.mark.browser

ASSIGNMENT = "tensor_basics"
STUDENT = "eve"
FIELD = "softmax"
"""An exercise whose field for marks comes behind a heading of the same name."""

SAFE = "?config=TeX-AMS_CHTML-full,Safe"
"""MathJax, which is not on this machine, is told to make no link that runs anything."""

RUN = "window.hostile=1"
PICTURE = "https://hostile.example/seen.png"
PAGE = f"<script>{RUN};fetch('https://hostile.example/page')</script>"
TARGETS = (
    f"javascript:{RUN}",
    f"java&#115;cript:{RUN}",
    "figure.html",
    "..%2f..%2f..%2fsubmitted%2feve%2ftensor_basics%2ffigure.html",
    "../../../formgrader?path=/tmp",
    "/logout",
    f"data:text/html,{PAGE}",
)
ANSWER = "\n\n".join(
    [
        "An **honest** answer, with $x^2$ and [a link](https://hostile.example/read).",
        f"<img src=x onerror={RUN}> <svg onload={RUN}></svg> {PAGE} <iframe src=figure.html></iframe>",
        "<span class='full-credit'>Full marks, please</span> <input class='score' value='4'>",
        f"![from the web]({PICTURE}) ![beside](plot.svg) <img src=https://hostile.example/i.png>",
        f"```mermaid\n</pre><img src=x onerror={RUN}>\n```",
        f"# {FIELD}",
        *(f"[plain]({target}) [es\\]caped]({target}) [two\nlines]({target}) <{target}>" for target in TARGETS),
        *(f"[by name {number}][n{number}]\n\n[n{number}]: {target}" for number, target in enumerate(TARGETS)),
        f"$\\href{{javascript:{RUN}}}{{x}}$ and &#36;\\h&#114;ef{{figure.html}}{{x}}&#36;",
    ]
)

SLOW = r"\\(" * 30_000
"""A text that would keep formgrader busy for half a minute, and JupyterLab with it, whose server it is a part of."""


def hand_in(course: Course) -> None:
    """Hand in the answer, and the same in other cells, with pages beside it."""
    notebook = nbformat.read(course.folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    answer = notebook.cells.index(samples.cell(notebook, "why_logits")) + 1
    notebook.cells[answer].source = ANSWER
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell(ANSWER))
    notebook.cells.append(nbformat.v4.new_raw_cell(PAGE, metadata={"raw_mimetype": "text/html"}))
    notebook.metadata["title"] = PAGE
    folder = course.submit(STUDENT, nbformat.writes(notebook), ASSIGNMENT).parent
    for name in ("figure.html", "plot.svg"):
        (folder / name).write_text(PAGE)


def undo_repair(course: Course) -> None:
    """Write the answer into the graded notebook as it was handed in, as if nothing had made it safe."""
    path = course.folder / "autograded" / STUDENT / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if "An **honest** answer" in cell.source:
            cell.source = ANSWER
    notebook.cells.append(nbformat.v4.new_markdown_cell(SLOW))
    path.chmod(0o600)
    nbformat.write(notebook, path)


def given(course: Course) -> dict[str, float]:
    """Return the marks that a person gave."""
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as gradebook:
        notebook = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, STUDENT)
        return {grade.name: grade.manual_score for grade in notebook.grades if grade.manual_score is not None}


@dataclass
class Watch:
    """Notes what a page asks for, and opens, which it should not."""

    page: Page
    loads: tuple[str, ...] = ()
    """The addresses of the student's that such a page may ask for, at any time."""
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("popup", lambda popup: self.asked.append(popup.url))

    def assert_quiet(self) -> None:
        """Make sure that no script of the student's ran, and nothing of theirs was asked for."""
        assert [frame.url for frame in self.page.frames if frame.evaluate("typeof window.hostile") != "undefined"] == []
        hostile = re.compile(r"hostile\.example|figure|plot\.svg|formgrader\?path|logout")
        assert [url for url in self.asked if hostile.search(url) and url not in self.loads] == []


def follow(page: Page, texts: Locator) -> None:
    """Click on whatever looks like a link or a button; only the honest link leads anywhere."""
    here = page.url.partition("#")[0]
    links = texts.locator("a:not(.anchor-link)")
    targets = links.evaluate_all("links => links.map(link => link.getAttribute('href'))")
    # an address in a text is a link, too
    assert [target for target in targets if target and not target.startswith("https://hostile.example/")] == []
    assert "https://hostile.example/read" in targets
    for clickable in texts.locator("a, button, input, summary, .full-credit").all():
        if not (clickable.get_attribute("href") or "").startswith("https:"):
            clickable.click(force=True)
            assert page.url.partition("#")[0] == here
    for line in ("Full marks, please", "plain", "by name 0", FIELD):
        texts.get_by_text(line).first.click()
        assert page.url.partition("#")[0] == here


def in_formgrader(page: Page) -> None:
    """Follow what the student wrote where marks are given, by which none may change."""
    texts = page.locator(".text_cell_render", has_text="An honest answer")
    expect(texts.get_by_text("Full marks, please")).to_have_count(2)
    expect(texts.first.locator("strong")).to_have_text("honest")
    listening(page)
    assert SAFE in page.content()
    follow(page, texts)


def test_nothing_that_a_student_wrote_runs_where_it_is_opened(
    tmp_path: Path, start_lab: Start, open_page: Open, pictures: Path
) -> None:
    course = new_course(tmp_path / "course", ASSIGNMENT)
    hand_in(course)
    for command in ("autograde", "generate_feedback"):
        done = course.nbgrader(command, ASSIGNMENT)
        assert done.returncode == 0, done.stderr
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as gradebook:
        number = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, STUDENT).id
    environment = {**own_folders(tmp_path / "jupyter"), "HANDGRAD_COURSE": str(course.folder)}
    lab = start_lab(course.folder, environment, ROOT)
    page = open_page(lab.url("api/status"))  # the token is a cookie from here on
    watch = Watch(page)

    page.goto(f"{lab.address}/formgrader/submissions/{number}/")
    in_formgrader(page)
    page.screenshot(path=pictures / "hostile-formgrader.png")
    for name in ("figure.html", "plot.svg"):
        assert page.request.get(f"{lab.address}/formgrader/submissions/{number}/{name}").status == 404
    assert given(course) == {}
    # the heading of the same name has not taken the place of the field
    with page.expect_response(lambda answer: "/api/grade/" in answer.url and answer.request.method == "PUT"):
        page.locator(f"input#{FIELD}.score").fill("3")
        page.keyboard.press("Tab")
    watch.assert_quiet()
    assert given(course) == {FIELD: 3.0}

    reading = open_page(lab.url("api/status"))
    seen = Watch(reading, loads=(PICTURE,))  # JupyterLab itself loads a picture from the web
    with reading.expect_request(PICTURE):
        reading.goto(f"{lab.address}/lab/tree/autograded/{STUDENT}/{ASSIGNMENT}/{ASSIGNMENT}.ipynb")
    reading.locator(".jp-RenderedMarkdown").get_by_text("Full marks, please").first.click()
    reading.screenshot(path=pictures / "hostile-jupyterlab.png")
    seen.assert_quiet()

    undo_repair(course)
    page.goto(f"{lab.address}/formgrader/submissions/{number}/")
    expect(page.locator(".text_cell_render > pre").last).to_have_text(SLOW)
    in_formgrader(page)
    watch.assert_quiet()
    assert given(course) == {FIELD: 3.0}

    (path,) = (course.folder / "feedback").rglob("*.html")
    page = open_page(path.as_uri())
    watch = Watch(page)
    page.reload()
    expect(page.locator("script")).to_have_count(0)
    follow(page, page.locator(".text_cell_render", has_text="An honest answer"))
    watch.assert_quiet()
