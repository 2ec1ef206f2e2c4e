"""``handgrad new`` lays out an assignment that builds, is released, and grades as it should."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from handgrad.building import new
from handgrad.cli import main
from handgrad.judging.verdict_json import FindingRecord
from handgrad.reporting import reading
from tests.conftest import ROOT, Course

NAME = "cosine_layer"
NEEDED = (
    "nbgrader_config.py template handgrad grader_tests/__init__.py grader_tests/conftest.py grader_tests/derivative.py "
    "grader_tests/truth.py grader_tests/submissions/__init__.py"
).split()


def bare_course(folder: Path) -> Course:
    """Return a course with what the project itself brings, and no assignment."""
    for place in NEEDED:
        to = folder / place
        to.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / place).is_dir():
            shutil.copytree(ROOT / place, to, ignore=shutil.ignore_patterns("__pycache__", "*.json"))
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
    assert [command[0] for command in told] == ["handgrad", "nbgrader", "python"]
    for command in told:
        done = course.run(*(sys.executable if word == "python" else word for word in command))
        assert done.returncode == 0, done.stdout + done.stderr
    assert "DEFECT" not in done.stdout
    return course


def test_every_file_of_the_template_is_laid_out() -> None:
    found = {path.relative_to(ROOT / "template") for path in (ROOT / "template").rglob("*") if path.is_file()}
    assert {path.as_posix() for path in found if path.suffix != ".pyc"} == set(new.FILES)


def test_its_text_comes_back_from_the_notebook_as_it_was(laid_out: Course) -> None:
    text = laid_out.folder / "authoring" / NAME / f"{NAME}.py"
    before = text.read_bytes()
    done = laid_out.run("handgrad", "text", NAME)
    assert done.returncode == 0, done.stderr
    assert text.read_bytes() == before


def test_what_was_built_is_not_stale(laid_out: Course) -> None:
    done = laid_out.run("handgrad", "notebooks", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_references_agree_with_a_second_route(laid_out: Course) -> None:
    test = f"grader_tests/test_references_{NAME}.py"
    done = laid_out.run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_samples_are_graded(laid_out: Course) -> None:
    """The model solution gets every point; each known mistake loses its own, and the student is told."""
    done = laid_out.run("handgrad", "samples", NAME, "--into", str(laid_out.folder / "submitted"))
    assert done.returncode == 0, done.stderr
    done = laid_out.nbgrader("autograde", NAME)
    assert done.returncode == 0, done.stderr
    # what is expected is read where it was laid out, in a process that knows no other course
    code = (
        "import json, sys; from pathlib import Path; from handgrad.grading import references, samples\n"
        f"known = references.load({NAME!r}, Path('.').resolve())\n"
        f"found = samples.load({NAME!r}, Path('.').resolve())\n"
        "told = {m.name: m.message for r in known.references.values() for m in r.mistakes}\n"
        "print(json.dumps({s.student: [s.expected(known.points), {e: (n, told[n]) for e, n in s.diagnosed.items()}]"
        " for s in found}))"
    )
    expected = json.loads(laid_out.run(sys.executable, "-c", code).stdout)
    assert {"perfect", "untouched", "grad_s_left_out"} <= set(expected)
    for student, (points, diagnosed) in expected.items():
        scores = laid_out.scores(student, NAME)
        assert {name: scores[name] for name in points} == pytest.approx(points, abs=1e-3), student
        path = laid_out.folder / "autograded" / student / NAME / f"{NAME}.ipynb"
        verdicts = {verdict.exercise: verdict for verdict in reading.read(path).verdicts}
        for exercise, name_and_message in diagnosed.items():
            wrong = [part for part in verdicts[exercise].parts if not part.right]
            assert wrong
            assert all(FindingRecord(*name_and_message) in part.findings for part in wrong), student
    assert expected["perfect"][0] == {"cosine": 6.0}


def test_what_the_walk_of_the_docs_shows_comes_out(tmp_path: Path) -> None:
    """The blocks of docs/authoring.md are written where it says, and its commands print what it shows."""
    course = bare_course(tmp_path / "course")
    assert course.run("handgrad", "new", NAME).returncode == 0
    page = (ROOT / "docs" / "authoring.md").read_text(encoding="utf-8")
    fences = re.findall(r"^```(\w*)\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    code = [block for language, block in fences if language == "python"]
    exercise, reference, registry, text, _, einsum, loops, equal, wrong, projections = code
    shown = [block for language, block in fences if not language]
    tables = [block for block in shown if "right kept" in block]
    (mistake,) = (block for block in shown if block.startswith("        Mistake("))
    (scored,) = (block for block in shown if block.startswith("cosine: 0 of 6"))
    right = f"grader_tests/corpus/{NAME}/right"

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

    truth = (sys.executable, "-m", "handgrad.grading.truth", NAME)
    append(f"handgrad/exercises/{NAME}.py", exercise)
    edit(f"grader_tests/{NAME}.py", 'REFERENCES = {"cosine": COSINE}\n', f"{reference}\n\n{registry}")
    append(f"authoring/{NAME}/{NAME}.py", text)
    append(f"{right}/einsum.py", einsum)
    append(f"{right}/loops.py", loops)
    prints(tables[1], *truth)
    append(f"grader_tests/{NAME}.py", equal)
    edit(f"grader_tests/{NAME}.py", "    ),\n)\n", f"{mistake}    ),\n)\n")
    append(f"{right}/projections.py", projections)
    prints(tables[2], *truth)
    append("../wrong.py", wrong)
    prints(scored, "handgrad", "try", NAME, "../wrong.py")


def test_a_second_one_of_that_name_is_refused(laid_out: Course) -> None:
    text = laid_out.folder / "authoring" / NAME / f"{NAME}.py"
    before = text.read_bytes()
    done = laid_out.run("handgrad", "new", NAME)
    assert done.returncode == 2
    assert f"authoring/{NAME}" in done.stderr
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
        ("test_cosine", "pytest"),
        ("a" * 41, "41 characters"),
        ("mlp_backprop", "authoring/mlp_backprop"),
        ("truth", "grader_tests/truth.py"),
        ("attacks", "grader_tests/attacks"),
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
    (tmp_path / "grader_tests" / "corpus").write_text("a file, where a folder is needed")
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.chdir(tmp_path)
    assert main(["new", NAME]) == 2
    assert "corpus" in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before
