"""Nothing hidden reaches a student: no hidden input, no reference, no hidden cell."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest

from handgrad.building.samples import cell
from tests.conftest import ROOT, Course, release

NUMBER = "0.7318731873"
WORD = "SENTINEL9731"

SPY = """
import builtins
import inspect
import threading
from IPython.display import display

builtins.seen = []


class Relu:
    def forward(self, x):
        import gc

        builtins.seen.append(repr(x.tolist()))
        frame = inspect.currentframe()
        while frame:
            builtins.seen.append(repr(frame.f_locals)[:200_000])
            frame = frame.f_back
        print(builtins.seen)
        print(builtins.seen, file=sys.stderr)
        display({"text/plain": builtins.seen[0]}, raw=True)
        display({"text/plain": builtins.seen[0]}, raw=True, display_id="early", update=True)
        threading.Timer(0.2, lambda: print(builtins.seen)).start()
        raise ValueError(builtins.seen[0])

    def backward(self, grad_y):
        return grad_y
"""


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A checkout with sentinels in hidden inputs, references and hidden cells, and a spy's submission graded."""
    checkout = tmp_path_factory.mktemp("planted") / "checkout"
    shutil.copytree(
        ROOT,
        checkout,
        ignore=shutil.ignore_patterns(".git", ".venv", "demo", "submitted", "feedback", "right", ".*_cache", "*.db"),
    )
    references = checkout / "grader_tests" / "mlp_backprop" / "reference.py"
    text = references.read_text()
    text = text.replace(
        'return {"x": x, "grad_y": grid(rng, *shape), ',
        f'x.ravel()[0] = {NUMBER}\n        return {{"x": x, "grad_y": grid(rng, *shape), ',
    )
    # the first array that a layer is given
    text = text.replace('"older_x": grid(rng, *shape), "transposed"', '"older_x": x.copy(), "transposed"')
    text = text.replace("def relu_expected(", f'{WORD} = "{WORD}"\n\n\ndef relu_expected(')
    assert text.count(NUMBER) == 1
    references.write_text(text)
    authored = checkout / "authoring" / "mlp_backprop.py"
    authored.write_text(authored.read_text().replace("self.mask = x > 0\n", f"self.mask = x > 0  # {WORD}\n"))
    source = checkout / "source" / "mlp_backprop" / "mlp_backprop.ipynb"
    notebook = nbformat.read(source, as_version=4)
    for c in notebook.cells:
        c.source = c.source.replace("from handgrad import probe", f"from handgrad import probe  # {WORD}")
    nbformat.write(notebook, source)
    course = release(checkout.parent / "course", "mlp_backprop", checkout)
    submission = nbformat.read(course.folder / "release" / "mlp_backprop" / "mlp_backprop.ipynb", as_version=4)
    cell(submission, "Relu_solution").source = SPY
    early = nbformat.v4.new_code_cell(
        "from IPython.display import display\ndisplay({'text/plain': 'early'}, raw=True, display_id='early')"
    )
    late = nbformat.v4.new_code_cell("import time\ntime.sleep(0.4)\nprint(seen)\nraise RuntimeError(str(seen))")
    submission.cells.insert(0, early)
    # behind the probe that it spies on, and before another one: what comes behind the last is not run
    submission.cells.insert(submission.cells.index(cell(submission, "sgd_step_solution")), late)
    course.submit("spy", nbformat.writes(submission))
    for command in (("autograde", "mlp_backprop"), ("generate_feedback", "mlp_backprop")):
        done = course.nbgrader(*command)
        assert done.returncode == 0, done.stderr
    done = course.nbgrader("export", f"--to={course.folder / 'grades.csv'}")
    assert done.returncode == 0, done.stderr
    return course


def test_the_spy_did_see_the_sentinel(planted: Course) -> None:
    """Otherwise the next test would prove nothing."""
    graded = (planted.folder / "autograded" / "spy" / "mlp_backprop" / "mlp_backprop.ipynb").read_text()
    assert NUMBER in graded
    assert WORD in graded


@pytest.mark.parametrize("place", ["release", "feedback", "grades.csv"])
def test_no_sentinel_reaches_a_student(planted: Course, place: str) -> None:
    path = planted.folder / place
    files = [path] if path.is_file() else [found for found in path.rglob("*") if found.is_file()]
    assert files
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert WORD not in text, file
        assert NUMBER not in text, file
        assert NUMBER[:8] not in text, file


def test_no_answer_lies_in_the_package() -> None:
    """No solution cell's line of arithmetic occurs in what students install."""
    from handgrad.references.solutions import solution_cells

    package = "\n".join(path.read_text() for path in (ROOT / "handgrad").rglob("*.py"))
    for text in (ROOT / "authoring").glob("*.py"):
        for source in solution_cells(text).values():
            for line in map(str.strip, source.split("\n")):
                if "grad" in line and any(mark in line for mark in ("@", ".T", "sum(", "einsum")):
                    assert line not in package, line


def test_the_release_shows_no_solution(planted: Course) -> None:
    release = (planted.folder / "release" / "mlp_backprop" / "mlp_backprop.ipynb").read_text()
    assert "BEGIN SOLUTION" not in release
    assert "HIDDEN TESTS" not in release
    assert "self.x.T @ grad_y" not in release
    assert Path(planted.folder / "release" / "mlp_backprop").exists()
