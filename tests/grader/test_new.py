"""``handgrad new`` lays out an assignment that builds, is released, and grades as it should."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from handgrad.building import new
from handgrad.building.samples import cell
from handgrad.cli import main
from tests.conftest import ROOT, Course

NAME = "cosine_layer"
NEEDED = ("nbgrader_config.py", "template", "handgrad", "grader_tests/__init__.py")


def bare_course(folder: Path) -> Course:
    """Return a course with what the project itself brings, and no assignment."""
    for place in NEEDED:
        to = folder / place
        to.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / place).is_dir():
            shutil.copytree(ROOT / place, to, ignore=shutil.ignore_patterns("__pycache__", "cases.npz"))
        else:
            shutil.copy(ROOT / place, to)
    return Course(folder, folder, {"PYTHONPATH": str(folder)})


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course with one assignment, new and built."""
    # the name of a folder may hold what a person's name does
    folder = tmp_path_factory.mktemp("new") / "cours d'été 课程"
    course = bare_course(folder)
    done = course.run("handgrad", "new", NAME)
    assert done.returncode == 0, done.stderr
    for place in new.FILES:
        assert place.replace("ASSIGNMENT", NAME) in done.stdout
        assert "ASSIGNMENT" not in (folder / place.replace("ASSIGNMENT", NAME)).read_text(encoding="utf-8")
    # the commands it names, in their order; it ends with a look at the notebook
    told = [line.split() for line in done.stdout.splitlines() if line.endswith(NAME)]
    assert [command[:2] for command in told] == [
        ["handgrad", "notebooks"],
        ["nbgrader", "generate_assignment"],
        ["handgrad", "truth"],
    ]
    for command in told:
        done = course.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "DEFECT" not in done.stdout
    return course


def test_every_file_of_the_template_is_laid_out() -> None:
    found = {path.relative_to(ROOT / "template") for path in (ROOT / "template").rglob("*") if path.is_file()}
    assert {path.as_posix() for path in found if path.suffix != ".pyc"} == set(new.FILES)


def test_its_text_comes_back_from_the_notebook_as_it_was(laid_out: Course) -> None:
    text = laid_out.folder / "authoring" / f"{NAME}.py"
    before = text.read_bytes()
    done = laid_out.run("handgrad", "text", NAME)
    assert done.returncode == 0, done.stderr
    assert text.read_bytes() == before


def test_what_was_built_is_not_stale(laid_out: Course) -> None:
    done = laid_out.run("handgrad", "notebooks", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_samples_are_graded(laid_out: Course) -> None:
    """The model solution gets every point; each known mistake loses its own, and the student is told."""
    done = laid_out.run("handgrad", "samples", NAME, "--into", str(laid_out.folder / "submitted"))
    assert done.returncode == 0, done.stderr
    done = laid_out.nbgrader("autograde", NAME)
    assert done.returncode == 0, done.stderr
    # what is expected is read where it was laid out, in a process that knows no other course
    code = (
        "import json; from pathlib import Path; from handgrad import references; from handgrad.building import samples\n"
        f"known = references.load({NAME!r}, Path('.').resolve())\n"
        f"found = samples.load({NAME!r}, Path('.').resolve())\n"
        "told = {m.name: m.message for listed in known.mistakes.values() for m in listed}\n"
        "print(json.dumps({s.student: [s.expected(known.points), {e: told[n] for e, n in s.diagnosed.items()}]"
        " for s in found}))"
    )
    expected = json.loads(laid_out.run(sys.executable, "-c", code).stdout)
    assert {"perfect", "untouched", "grad_s_left_out"} <= set(expected)
    for student, (points, diagnosed) in expected.items():
        scores = laid_out.scores(student, NAME)
        assert {name: scores[name] for name in points} == pytest.approx(points, abs=1e-3), student
        graded = nbformat.read(laid_out.folder / "autograded" / student / NAME / f"{NAME}.ipynb", as_version=4)
        for exercise, message in diagnosed.items():
            shown = [output["data"]["text/plain"] for output in cell(graded, exercise).outputs if "data" in output]
            # each wrong part says so first, in the words of the mistake
            wrong = [line for text in shown for line in text.splitlines() if "  wrong  " in line]
            assert wrong
            assert all(message in line for line in wrong), (student, wrong)
    assert expected["perfect"][0] == {"cosine": 6.0}


def test_what_the_walk_of_the_docs_shows_comes_out(tmp_path: Path) -> None:
    """The blocks of docs/authoring.md are written where it says, and its commands print what it shows."""
    course = bare_course(tmp_path / "course")
    assert course.run("handgrad", "new", NAME).returncode == 0
    page = (ROOT / "docs" / "authoring.md").read_text(encoding="utf-8")
    fences = re.findall(r"^```(\w*)\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    code = [block for language, block in fences if language == "python"]
    exercise, reference, registry, text, route, einsum, loops, equal, wrong, projections = code
    mistakes, one_more = (block for language, block in fences if language == "toml")
    shown = [block for language, block in fences if not language]
    tables = [block for block in shown if "right kept" in block]
    (missing,) = (block for block in shown if block.startswith("  no right solution"))
    (scored,) = (block for block in shown if block.startswith("cosine: 0 of 6"))
    known = f"grader_tests/{NAME}"

    def edit(place: str, old: str, new: str) -> None:
        path = course.folder / place
        before = path.read_text(encoding="utf-8")
        assert old in before, (place, old)
        path.write_text(before.replace(old, new, 1), encoding="utf-8")

    def append(place: str, block: str) -> None:
        path = course.folder / place
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(f"{before}\n\n{block}", encoding="utf-8")

    def prints(block: str, *command: str) -> None:
        done = course.run(*command)
        for line in block.splitlines():
            assert line in done.stdout.splitlines(), done.stdout + done.stderr

    truth = ("handgrad", "truth", NAME)
    append(f"handgrad/assignments/{NAME}/exercises.py", exercise)
    edit(f"{known}/reference.py", 'REFERENCES = {"cosine": COSINE}\n', f"{reference}\n\n{registry}")
    append(f"authoring/{NAME}.py", text)
    append(f"{known}/mistakes.toml", mistakes)
    prints(missing, *truth)
    registered = route[route.index("SECOND_ROUTE") :]
    edit(f"{known}/second_route.py", registered.replace(', "softplus": softplus', ""), route)
    append(f"{known}/right/einsum.py", einsum)
    append(f"{known}/right/loops.py", loops)
    prints(tables[1], *truth)
    append(f"{known}/reference.py", equal)
    append(f"{known}/mistakes.toml", one_more)
    append(f"{known}/right/projections.py", projections)
    prints(tables[2], *truth)
    append("../wrong.py", wrong)
    prints(scored, "handgrad", "try", NAME, "../wrong.py")


def test_a_second_one_of_that_name_is_refused(laid_out: Course) -> None:
    text = laid_out.folder / "authoring" / f"{NAME}.py"
    before = text.read_bytes()
    done = laid_out.run("handgrad", "new", NAME)
    assert done.returncode == 2
    assert f"authoring/{NAME}.py" in done.stderr
    assert "Nothing was written" in done.stderr
    assert text.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Cosine", "small letters"),
        ("余弦", "small letters"),
        ("2d", "small letters"),
        ("../elsewhere", "small letters"),
        ("class", "word of Python"),
        ("a" * 41, "41 characters"),
        ("mlp_backprop", "authoring/mlp_backprop.py"),
        ("catalogue", "handgrad/assignments/catalogue.py"),
    ],
)
def test_a_name_that_will_not_do_is_refused_with_the_reason(
    name: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def tree() -> list[str]:
        listed = subprocess.run(["git", "status", "--short"], cwd=ROOT, capture_output=True, text=True, check=True)
        return listed.stdout.splitlines()

    before = tree()
    assert main(["new", name]) == 2
    assert word in capsys.readouterr().err
    assert tree() == before


def test_where_something_cannot_be_written_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "template", tmp_path / "template")
    (tmp_path / "grader_tests").mkdir()
    (tmp_path / "grader_tests" / "__init__.py").touch()
    (tmp_path / "handgrad").mkdir()
    (tmp_path / "handgrad" / "assignments").write_text("a file, where a folder is needed")
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.chdir(tmp_path)
    assert main(["new", NAME]) == 2
    assert "assignments" in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before
