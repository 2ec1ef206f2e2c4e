"""What an instructor gets out of really graded submissions: ``handgrad report``, and the exports for other systems."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
import pytest
from nbgrader.api import Grade, Gradebook, Student, SubmittedAssignment, SubmittedNotebook

from handgrad import references
from handgrad.building import samples
from handgrad.cli import main
from tests.conftest import ROOT, Course, new_course

ASSIGNMENT = "mlp_backprop"

# the samples that are graded here, under ids of every kind that there may be
WHO = {
    "perfect": "perfect",
    "untouched": "张 三",
    "by_machine": "O'Neil, Zoë",
    "one_over_N_missing": "a.b+c@uni-d.org",
    "cells_edited": "_cells’edited",
    "kernel_dies": "kernel dies",
    "not_json": "not_json",
}


def sample(course: Course, name: str, student: str) -> None:
    """Hand in a sample submission under another student's id."""
    known = references.load(ASSIGNMENT, ROOT)
    (one,) = (one for one in samples.load(ASSIGNMENT, ROOT) if one.student == name)
    made = one.make(known, nbformat.read(ROOT / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4))
    course.submit(student, made if isinstance(made, str) else nbformat.writes(made))


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course in which a few samples are graded."""
    course = new_course(tmp_path_factory.mktemp("report") / "a course, ü")
    for name, student in WHO.items():
        sample(course, name, student)
    done = course.run("handgrad", "grade", ASSIGNMENT, "--jobs", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    done = course.nbgrader("generate_feedback", ASSIGNMENT)
    assert done.returncode == 0, done.stderr
    return course


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course without submissions, to be copied."""
    return new_course(tmp_path_factory.mktemp("released") / "course")


def copied(course: Course, folder: Path) -> Course:
    """Copy a course."""
    shutil.copytree(course.folder, folder)
    return Course(folder)


@dataclass(frozen=True)
class Page:
    """A page as it is read: its text, its elements, and where its links lead."""

    path: Path
    text: str
    tags: frozenset[str]
    links: tuple[str, ...]
    addresses: tuple[str, ...]

    def section(self, name: str) -> str:
        """Return the text between a heading and the next."""
        return self.text.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def page(course: Course) -> Page:
    """Read the report of a course."""
    texts: list[str] = []
    tags: set[str] = set()
    links: list[str] = []
    addresses: list[str] = []

    class Reader(HTMLParser):
        skipped = 0

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.add(tag)
            self.skipped += tag == "style"
            texts.append("\n## " if tag == "h2" else "\n" if tag in ("p", "tr", "li") else " " if tag == "td" else "")
            for name, value in attrs:
                if tag == "a" and name == "href":
                    links.append(value or "")
                elif name in ("src", "href", "srcset", "data", "action", "xlink:href"):
                    addresses.append(value or "")

        def handle_endtag(self, tag: str) -> None:
            self.skipped -= tag == "style"
            texts.append("\n" if tag == "h2" else "")

        def handle_data(self, data: str) -> None:
            if not self.skipped:
                texts.append(re.sub(r"\s+", " ", data))

    path = course.folder / "reports" / ASSIGNMENT / "index.html"
    Reader().feed(path.read_text(encoding="utf-8"))
    text = "\n".join(re.sub("[ \t]+", " ", line).strip() for line in "".join(texts).split("\n"))
    return Page(path, re.sub("\n+", "\n", text), frozenset(tags), tuple(links), tuple(addresses))


def rows(course: Course, name: str) -> list[dict[str, str]]:
    """Read a table of the report."""
    path = course.folder / "reports" / ASSIGNMENT / name
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_page_and_its_tables(graded: Course, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", ASSIGNMENT, "--course", str(graded.folder)]) == 0
    printed = capsys.readouterr().out
    assert str(graded.folder / "reports" / ASSIGNMENT / "index.html") in printed
    assert "every submission was run in a sandbox" in printed
    found = page(graded)

    # one file, nothing that runs, nothing from elsewhere, and every link leads somewhere
    assert not found.tags & {"script", "link", "img", "iframe", "object"}
    assert found.addresses == ()
    files = [unquote(link.partition("#")[0]) for link in found.links if not link.startswith("#")]
    assert len(files) > len(WHO)
    assert [name for name in files if not (found.path.parent / name).is_file()] == []
    assert {Path(name).suffix for name in files} == {".html", ".csv"}  # nothing that a browser shows as JSON
    for student in WHO.values():
        assert student in found.text

    # what each exercise and each mistake come to
    relu = next(row for row in rows(graded, "exercises.csv") if row["exercise"] == "Relu")
    assert [relu[name] for name in ("right", "partly", "wrong", "not_attempted")] == ["4", "1", "0", "2"]
    assert "Relu 4 (57 %) 1 (14 %) 0 (0 %) 2 (29 %)" in found.section("Exercises")
    assert "7 to be graded" in found.section("Exercises")
    (mistake,) = (row for row in rows(graded, "mistakes.csv") if row["mistake"] == "gradient_without_1/N")
    assert (mistake["students"], mistake["example_student"]) == ("1", WHO["one_over_N_missing"])
    assert "1/N is missing" in found.section("Mistakes that were named")
    assert "approximated by differences" in found.section("Derivatives left to a machine")
    assert "None." in found.section("Marks that changed")

    # how the grading went, and whom to look at
    grading = found.section("Grading")
    assert re.search(r"median \d+\.\d s", grading)
    assert "1 ended its kernel (1 student)" in grading
    assert "1 submitted file could not be read" in grading
    assert "The text of the cell Relu had been changed; it was set back" in grading
    assert "ran in a sandbox (bubblewrap)" in grading
    look = {row["student"].removeprefix("'"): row["look"] for row in rows(graded, "students.csv") if row["look"]}
    assert look == {
        WHO["by_machine"]: "not by hand: sigmoid_network_gradients",
        WHO["kernel_dies"]: "1 cell ended its kernel",
        WHO["not_json"]: "the submitted file could not be read as a notebook: it is no notebook: NotJSONError",
    }
    for student, why in look.items():
        assert f"{student} {why}" in found.section("Students to look at")
    counts = "1 could not be read, 1 out of time, without a kernel or not judged, 1 not by hand"
    assert f"students to look at: 3 ({counts});" in printed
    assert f"3 of 7, most urgent first: {counts}." in found.section("Students to look at").replace("\n", " ")


def test_the_tables_hold_no_formulas(graded: Course, tmp_path: Path) -> None:
    """A spreadsheet takes a cell that begins with = for a formula; Excel needs the mark to read UTF-8."""
    course = copied(graded, tmp_path / "course")
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as book:
        book.update_or_create_student("perfect", first_name="=1+1", last_name="<script>")
    assert main(["report", ASSIGNMENT, "--course", str(course.folder)]) == 0
    raw = (course.folder / "reports" / ASSIGNMENT / "students.csv").read_bytes()
    assert raw.startswith("\ufeff".encode())
    students = {row["student"]: row for row in rows(course, "students.csv")}
    assert set(students) == set(WHO.values())
    assert students["perfect"]["first_name"] == "'=1+1"
    assert "script" not in page(course).tags
    assert float(students["张 三"]["score"]) == 0
    assert float(students["perfect"]["score"]) == 85
    assert students["perfect"]["double_softmax"] == ""


def test_a_regrade_lists_whose_marks_changed_and_why(graded: Course, tmp_path: Path) -> None:
    course = copied(graded, tmp_path / "course")
    url = f"sqlite:///{course.folder / 'gradebook.db'}"

    # the instructor overrules a mark, as formgrader does, and grades an answer that waited
    with Gradebook(url) as book:
        book.find_grade("softmax_loss", ASSIGNMENT, ASSIGNMENT, WHO["by_machine"]).manual_score = 6
        answer = book.find_grade("double_softmax", ASSIGNMENT, ASSIGNMENT, "perfect")
        answer.manual_score, answer.needs_manual_grade = 3, False
        book.db.commit()
    # a student hands in again, and Relu is worth 8 points from now on
    sample(course, "perfect", WHO["kernel_dies"])
    source = course.folder / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook = nbformat.read(source, as_version=4)
    samples.cell(notebook, "Relu").metadata.nbgrader.points = 8
    nbformat.write(notebook, source)
    assert course.nbgrader("generate_assignment", ASSIGNMENT, "--force").returncode == 0
    again = [f"--student={WHO[name]}" for name in ("kernel_dies", "cells_edited", "by_machine")]
    done = course.run("handgrad", "grade", ASSIGNMENT, "--force", "--jobs", "2", *again)
    assert done.returncode == 0, done.stdout + done.stderr

    for _ in range(2):  # a second report says the same
        done = course.run("handgrad", "report", ASSIGNMENT, "--course", str(course.folder))
        assert done.returncode == 0, done.stderr
        changes = {(row["student"].removeprefix("'"), row["exercise"]): row for row in rows(course, "changes.csv")}
        told = {key: (float(row["old"]), float(row["new"]), row["why"]) for key, row in changes.items()}
        assert told == {
            (WHO["kernel_dies"], "softmax_loss"): (0, 6, "another submission; verdict: died → right"),
            (WHO["kernel_dies"], "Relu"): (4, 8, "another submission; its points were 4 and are 8"),
            (WHO["cells_edited"], "Relu"): (2, 4, "its points were 4 and are 8"),
            (WHO["by_machine"], "Relu"): (4, 8, "its points were 4 and are 8"),
            (WHO["by_machine"], "softmax_loss"): (0, 6, "manual mark: none → 6"),
        }
    found = page(course)
    assert "manual mark: none → 6" in found.section("Marks that changed")
    # who was not graded again is looked at, and an overruled mark is no flag any more
    assert "perfect graded before the points changed, grade again: Relu" in found.section("Students to look at")
    assert f"{WHO['by_machine']} not by hand: sigmoid_network_gradients" in found.section("Students to look at")
    assert "requires_grad" not in found.section("Derivatives left to a machine")
    assert "first given: 5, students: 3" in done.stdout
    assert "(1 could not be read, 3 graded with other points, 1 not by hand);" in done.stdout
    assert course.scores("perfect")["double_softmax"] == 3


def test_a_mark_by_hand_is_read_again_when_the_answer_changes(graded: Course, tmp_path: Path) -> None:
    course = copied(graded, tmp_path / "course")
    url = f"sqlite:///{course.folder / 'gradebook.db'}"
    with Gradebook(url) as book:
        answer = book.find_grade("double_softmax", ASSIGNMENT, ASSIGNMENT, "perfect")
        answer.manual_score, answer.needs_manual_grade = 3, False
        book.db.commit()

    def flagged(*options: str) -> bool:
        """Grade, and return whether the gradebook asks a person to look at the answer."""
        done = course.run("handgrad", "grade", ASSIGNMENT, "--student", "perfect", *options)
        assert done.returncode == 0, done.stderr
        with Gradebook(url) as book:
            grade = book.find_grade("double_softmax", ASSIGNMENT, ASSIGNMENT, "perfect")
            assert grade.manual_score == 3
            return bool(grade.needs_manual_grade)

    assert not flagged("--force")  # the same answer
    path = course.folder / "submitted" / "perfect" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell("On second thoughts, it is the other way round."))
    nbformat.write(notebook, path)
    assert main(["report", ASSIGNMENT, "--course", str(course.folder)]) == 1
    assert "perfect handed in again, and the last one is not graded yet" in page(course).section("Students to look at")
    assert flagged()  # another one, which is graded because it is another one
    assert flagged("--force")  # and nobody has read it yet
    assert main(["report", ASSIGNMENT, "--course", str(course.folder)]) == 0
    look = page(course).section("Students to look at")
    assert "perfect marked by hand before the answer changed, read again: double_softmax" in look
    done = course.nbgrader("export", f"--exporter={EXPORTS}.Canvas", f"--to={tmp_path / 'canvas.csv'}")
    assert "marked by hand before the answer changed, to be read again (1): perfect" in done.stderr


def test_what_is_not_graded_is_listed_and_fails(graded: Course, tmp_path: Path) -> None:
    course = copied(graded, tmp_path / "course")
    shutil.rmtree(course.folder / "autograded" / WHO["untouched"])
    broken = course.folder / "autograded" / "perfect" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    broken.write_text(broken.read_text(encoding="utf-8")[:5000], encoding="utf-8")
    # one in which a verdict is not what the grader writes
    odd = course.folder / "autograded" / WHO["cells_edited"] / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    odd.write_text(odd.read_text(encoding="utf-8").replace('"attempted":true', '"attempted":"yes"'), encoding="utf-8")
    sample(course, "perfect", "late comer")
    done = course.run("handgrad", "report", ASSIGNMENT, "--course", str(course.folder))
    assert done.returncode == 1
    assert f"not graded: {WHO['cells_edited']}, perfect, {WHO['untouched']}, late comer" in done.stdout
    look = page(course).section("Students to look at")
    for student in ("perfect", WHO["cells_edited"]):
        assert f"{student} the autograded notebook cannot be read; grade again" in look
    assert f"{WHO['untouched']} not graded; the log of the grading says why" in look
    assert "late comer handed in, and not graded yet" in look
    assert "4 of 8 submissions are not graded" in page(course).text


def test_a_history_that_is_broken_begins_anew(graded: Course, tmp_path: Path) -> None:
    course = copied(graded, tmp_path / "course")
    folder = course.folder / "reports" / ASSIGNMENT / "history"
    kept = json.loads((folder / "perfect.json").read_text(encoding="utf-8"))
    for student, text in (
        ("perfect", "["),
        (WHO["kernel_dies"], json.dumps([7, {"marks": 3}, {"marks": {"Relu": {}}}])),
    ):
        (folder / f"{student}.json").write_text(text, encoding="utf-8")
    done = course.run("handgrad", "report", ASSIGNMENT, "--course", str(course.folder))
    assert done.returncode == 0, done.stderr
    assert rows(course, "changes.csv") == []
    (state,) = json.loads((folder / "perfect.json").read_text(encoding="utf-8"))
    assert {**state, "when": ""} == {**kept[-1], "when": ""}
    assert len(json.loads((folder / f"{WHO['kernel_dies']}.json").read_text(encoding="utf-8"))) == 1


def test_nobody_and_one_student(
    graded: Course, released: Course, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course = copied(released, tmp_path / "course")
    assert main(["report", ASSIGNMENT, "--course", str(course.folder)]) == 0
    assert "No submission" in capsys.readouterr().out
    assert "Nobody has handed in yet" in page(course).text
    assert rows(course, "students.csv") == []

    make_class(graded, course, 1)
    assert main(["report", ASSIGNMENT, "--course", str(course.folder)]) == 0
    found = page(course)
    assert "1 of 1 students" in found.section("Scores")
    assert len(rows(course, "students.csv")) == 1


def make_class(graded: Course, course: Course, count: int) -> None:
    """Fill a course with students who are made: the really graded samples, again and again.

    Rows and notebooks are those of nbgrader; only the students are multiplied. Each made notebook says so.
    """
    templates = []
    for student in WHO.values():
        text = (graded.folder / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8")
        content = json.loads(text)
        content["metadata"]["handgrad"]["made"] = "a copy of a graded sample, made for a test"
        templates.append((graded.scores(student), json.dumps(content)))
    people: list[dict[str, Any]] = []
    submissions: list[dict[str, Any]] = []
    notebooks: list[dict[str, Any]] = []
    grades: list[dict[str, Any]] = []
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as book:
        assignment = book.find_assignment(ASSIGNMENT)
        (notebook,) = assignment.notebooks
        cells = {cell.name: cell.id for cell in (*notebook.grade_cells, *notebook.task_cells)}
        for index in range(count):
            scores, text = templates[index % len(templates)]
            student = f"made{index:04d}"
            people.append({"id": student, "first_name": "Made", "last_name": f"Student {index}"})
            submissions.append({"id": f"s{index}", "assignment_id": assignment.id, "student_id": student})
            notebooks.append({"id": f"n{index}", "notebook_id": notebook.id, "assignment_id": f"s{index}"})
            for name, cell in cells.items():
                score = scores[name]
                waits = score is None
                key = f"g{index}-{len(grades)}"
                row = {"id": key, "notebook_id": f"n{index}", "cell_id": cell}
                grades.append({**row, "auto_score": score, "needs_manual_grade": waits})
            path = course.folder / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
            path.parent.mkdir(parents=True)
            path.write_text(text, encoding="utf-8")
        for kind, made in (
            (Student, people),
            (SubmittedAssignment, submissions),
            (SubmittedNotebook, notebooks),
            (Grade, grades),
        ):
            book.db.bulk_insert_mappings(kind, made)
        book.db.commit()


MEASURED = """
import sys
from handgrad.cli import main
status = main(sys.argv[1:])
# what getrusage says holds the memory of the process that started this one
print("peak", next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
sys.exit(status)
"""


def test_two_thousand_students(graded: Course, released: Course, tmp_path: Path) -> None:
    """The page stays of a size that opens, and neither time nor memory run away."""
    course = copied(released, tmp_path / "course")
    make_class(graded, course, 2000)
    began = time.monotonic()
    done = course.run(sys.executable, "-c", MEASURED, "report", ASSIGNMENT, "--course", str(course.folder))
    seconds = time.monotonic() - began
    assert done.returncode == 0, done.stderr
    assert len(rows(course, "students.csv")) == 2000
    found = page(course)
    assert "2000 of 2000 students" in found.section("Scores")
    assert "And 1700 more, in students.csv" in found.section("Students")
    size = found.path.stat().st_size
    peak = int(done.stdout.rpartition("peak ")[2]) / 1024
    print(f"2,000 students: {seconds:.1f} s, {size / 1024:.0f} KiB of page, {peak:.0f} MiB at most")
    assert size < 1_000_000
    assert seconds < 60
    assert peak < 500
    # far fewer lines than students, and the place of the page among them
    assert len(done.stdout.splitlines()) < 40
    assert "index.html" in done.stdout


def test_an_interrupt_leaves_the_report_before_whole(graded: Course, released: Course, tmp_path: Path) -> None:
    course = copied(released, tmp_path / "course")
    make_class(graded, course, 20)
    command = ["handgrad", "report", ASSIGNMENT, "--course", str(course.folder)]
    assert course.run(*command).returncode == 0
    folder = course.folder / "reports" / ASSIGNMENT
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    # a notebook that is a pipe keeps the report waiting, until it is interrupted
    path = course.folder / "autograded" / "made0019" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.unlink()
    os.mkfifo(path)
    process = subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    writer = os.open(path, os.O_WRONLY)  # returns when the report has opened its end
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    os.close(writer)
    assert process.returncode == 130
    assert "an earlier report is as it was" in said
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


# -- exports -------------------------------------------------------------------------------------

EXPORTS = "handgrad.reporting.exports"


@pytest.fixture(scope="module")
def named(graded: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The graded course with names, a student who is not graded, and one who did not hand in."""
    course = copied(graded, tmp_path_factory.mktemp("exports") / "course")
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as book:
        names = {"first_name": '三, "San"', "last_name": "张", "email": "san@uni.example", "lms_user_id": "4711"}
        book.update_or_create_student(WHO["untouched"], **names)
        # Canvas would read 12abc as student 12
        formulas = {"first_name": "=1+1", "last_name": "@Né", "email": "-p@uni.example", "lms_user_id": "12abc"}
        book.update_or_create_student("perfect", **formulas)
        book.update_or_create_student("absent", first_name="Ab", last_name="Sent")
        book.update_or_create_student("ungraded", first_name="Un", last_name="Graded")
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", message="Object of type <Submitted"
            )  # nbgrader's own; see nbgrader_config.py
            book.update_or_create_submission(ASSIGNMENT, "ungraded")
        grade = book.find_grade("double_softmax", ASSIGNMENT, ASSIGNMENT, WHO["kernel_dies"])
        grade.manual_score, grade.needs_manual_grade = 2.5, False
        book.db.commit()
    return course


def exported(course: Course, plugin: str, *arguments: str) -> tuple[bytes, list[list[str]], str]:
    """Run the real ``nbgrader export``; return the file, its rows, and what was said."""
    path = course.folder / "out" / f"{plugin}.csv"
    done = course.nbgrader("export", f"--exporter={EXPORTS}.{plugin}", f"--to={path}", *arguments)
    assert done.returncode == ("not graded" in done.stderr), done.stderr
    raw = path.read_bytes()
    return raw, list(csv.reader(raw.decode("utf-8-sig").splitlines())), done.stderr


def test_an_export_with_a_column_for_each_exercise(named: Course) -> None:
    raw, table, said = exported(named, "Exercises")
    assert raw.startswith("\ufeff".encode())  # Excel
    head, *students = table
    by_id = {row[0]: dict(zip(head, row, strict=True)) for row in students}
    assert set(by_id) == {*WHO.values(), "ungraded"}
    assert head[5:8] == ["mlp_backprop (89)", "mlp_backprop: late penalty", "mlp_backprop: Matmul (6)"]
    assert by_id[WHO["untouched"]]["first_name"] == '三, "San"'
    assert by_id["perfect"]["last_name"] == "'@Né"
    assert by_id["perfect"]["email"] == "'-p@uni.example"
    kernel_dies = by_id[WHO["kernel_dies"]]
    assert float(kernel_dies["mlp_backprop (89)"]) == 81.5
    assert float(kernel_dies["mlp_backprop: double_softmax (4)"]) == 2.5
    assert by_id["perfect"]["mlp_backprop: double_softmax (4)"] == ""
    assert by_id["ungraded"]["mlp_backprop (89)"] == by_id["ungraded"]["mlp_backprop: Matmul (6)"] == ""
    assert "not graded, and left empty (1): ungraded" in said
    assert "written answers to be graded, which count 0 (6): " in said


def test_an_export_for_canvas(named: Course) -> None:
    titles = "--Canvas.titles={'mlp_backprop': 'Backpropagation, by hand (815)'}"
    raw, table, _ = exported(named, "Canvas", titles)
    assert raw.startswith(b"Student,ID,SIS User ID,SIS Login ID,Section,")
    head, points, *students = table
    assert head[5:] == ["Backpropagation, by hand (815)"]
    assert points == ["Points Possible", "", "", "", "", "89.0"]
    rows = {row[3]: row for row in students}
    assert rows[WHO["untouched"]] == ['张, 三, "San"', "4711", "", "张 三", "", "0.0"]
    assert rows["perfect"] == ["'@Né, =1+1", "", "", "perfect", "", "85.0"]
    assert rows[WHO["by_machine"]][0] == WHO["by_machine"]
    assert rows["ungraded"][5] == ""
    assert "absent" not in rows


def test_an_export_for_moodle(named: Course) -> None:
    raw, table, said = exported(
        named, "Moodle", f"--assignment={ASSIGNMENT}", "--student=张 三", "--student=kernel dies"
    )
    assert raw.startswith(b"First name,Last name,ID number,Email address,")
    head, first, second = table
    assert head[4:] == ["mlp_backprop", "mlp_backprop (feedback)"]
    assert first[:5] == ["", "", "", "", "81.5"]  # an id of the course might be an ID number of somebody else
    assert "neither an email nor an lms_user_id (1): kernel dies" in said
    assert first[5].startswith("Matmul 6 of 6; Relu 4 of 4; softmax_loss 0 of 6; ")
    assert first[5].endswith("double_softmax 2.5 of 4")
    assert second[:5] == ['三, "San"', "张", "4711", "san@uni.example", "0.0"]
    assert second[5].endswith("double_softmax (4 points) to be graded")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--assignment=nothing"], "it knows: mlp_backprop"),
        (["--student=nobody"], "no submission by: nobody"),
        (["--to=."], ". cannot be written"),
    ],
)
def test_an_export_of_what_is_not_there(named: Course, arguments: list[str], word: str) -> None:
    done = named.nbgrader("export", f"--exporter={EXPORTS}.Canvas", *arguments)
    assert done.returncode == 1
    assert word in done.stderr
    assert "Traceback" not in done.stderr
