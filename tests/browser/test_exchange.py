"""An assignment on its way: released, fetched, handed in, collected, graded, and back as feedback."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from handgrad import references
from handgrad.building import samples
from tests.browser.conftest import Open, Start, check_accessible, drawn_readably, own_folders
from tests.conftest import ROOT, Course, new_course

pytestmark = pytest.mark.browser

ASSIGNMENT = "tensor_basics"


def instructor(course: Course, *commands: str) -> None:
    for command in commands:
        done = course.nbgrader(*command.split())
        assert done.returncode == 0, f"nbgrader {command}:\n{done.stderr}"


def solve(path: Path) -> None:
    """Write a solution with one mistake into a notebook, as a student would with an editor."""
    assignment = references.load(ASSIGNMENT, ROOT)
    answers = {"softmax": samples.mistaken(assignment, "softmax", "sum_over_everything")}
    nbformat.write(samples.solved(assignment, nbformat.read(path, as_version=4), answers), path)


def test_from_the_release_to_the_feedback(tmp_path: Path, start_lab: Start, open_page: Open, pictures: Path) -> None:
    exchange, home = tmp_path / "exchange", tmp_path / "home of Åsa 安"
    exchange.mkdir()
    exchange.chmod(0o777)
    home.mkdir()
    environment = own_folders(tmp_path / "jupyter")
    config = f'c = get_config()\nc.Exchange.root = {str(exchange)!r}\nc.CourseDirectory.course_id = "handgrad"\n'
    (Path(environment["JUPYTER_CONFIG_DIR"]) / "nbgrader_config.py").write_text(config, encoding="utf-8")
    course = replace(new_course(tmp_path / "course", ASSIGNMENT), environment=environment)
    instructor(course, f"release_assignment {ASSIGNMENT}")

    lab = start_lab(home, environment, home)
    page = open_page(lab.url("lab"))
    page.get_by_text("Nbgrader", exact=True).click()
    page.get_by_text("Assignment List", exact=True).click()
    expect(page.locator("#released_assignments_list")).to_contain_text(ASSIGNMENT)
    page.get_by_role("button", name="Fetch", exact=True).click()
    expect(page.locator("#fetched_assignments_list")).to_contain_text(ASSIGNMENT)
    solve(home / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    page.get_by_role("button", name="Submit", exact=True).click()
    submitted = page.locator("#submitted_assignments_list")
    expect(submitted).to_contain_text(ASSIGNMENT)

    instructor(course, *(f"{command} {ASSIGNMENT}" for command in ("collect", "autograde", "generate_feedback")))
    instructor(course, f"release_feedback {ASSIGNMENT}")
    page.get_by_role("button", name="Fetch Feedback").click()
    submitted.get_by_text("(view feedback)").click()
    page.screenshot(path=pictures / "assignment-list.png")
    page.get_by_role("listitem", name=f"{ASSIGNMENT}.html").dblclick()
    feedback = page.locator(".jp-HTMLViewer iframe").content_frame
    mistake = "the sum runs over the whole array; each row along the last axis needs a sum of its own."
    expect(feedback.get_by_role("region").get_by_text(mistake).first).to_be_visible()
    page.screenshot(path=pictures / "feedback-in-jupyterlab.png")

    (path,) = (home / ASSIGNMENT / "feedback").glob("*/*.html")
    for name, width in (("phone", 390), ("desk", 1200)):
        page = open_page(path.as_uri(), width)
        expect(page.get_by_role("heading", name=f"{ASSIGNMENT}: ")).to_be_visible()
        page.screenshot(path=pictures / f"feedback-{name}.png")
        check_accessible(page)
        for theme in ("dark", "light"):
            page.emulate_media(color_scheme=theme)
            drawn_readably(page.get_by_role("img", name="Left, a matrix of shape (3, 4)"))
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page is wider than the screen"
        lost = page.locator(".summary li.lost")
        expect(lost).to_have_count(1)
        lost.get_by_text("the place where it was marked").click()
        expect(page.locator(".output_area").get_by_text(mistake).first).to_be_in_viewport()
        page.screenshot(path=pictures / f"feedback-{name}-verdict.png")
        page.go_back()
        lost.get_by_text("the section").click()
        expect(page.get_by_role("heading", name="Exercise 12: softmax")).to_be_in_viewport()

    done = course.run("handgrad", "report", ASSIGNMENT)
    assert done.returncode == 0, done.stderr
    for width in (390, 1200):
        page = open_page((course.folder / "reports" / ASSIGNMENT / "index.html").as_uri(), width)
        check_accessible(page)
