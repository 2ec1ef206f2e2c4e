"""The road of ``make demo``, with a real PostgreSQL server in the place of SQLite."""

from __future__ import annotations

import csv
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pytest
from nbgrader.api import Gradebook

from handgrad.building import samples
from handgrad.cli import main
from handgrad.grading import gradebook
from handgrad.references import Assignment
from tests.conftest import ROOT, Course

pytestmark = pytest.mark.postgres

ASSIGNMENT = "tensor_basics"
STUDENTS = ("perfect", "some_predictions_wrong", "untouched")

MOST_CONNECTIONS = 3
"""What the server allows: with a connection kept for each submission, the third would be one too many."""


def absent(what: str) -> NoReturn:
    """Skip where something is missing; in the gate, fail."""
    message = f"there is no {what}, so nothing was tried on PostgreSQL"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@dataclass(frozen=True)
class Server:
    """A server's programs, the folder of its data and its socket, and the user it runs as."""

    programs: Path
    folder: Path
    user: str | None
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address for ``HANDGRAD_DB``."""
        return f"postgresql+psycopg://handgrad@/postgres?host={self.folder}"

    def start(self, program: str, arguments: Sequence[str]) -> subprocess.Popen[str]:
        """Start one of its programs; PostgreSQL refuses to run as root."""
        return subprocess.Popen(
            [str(self.programs / program), *arguments],
            cwd=self.folder,
            user=self.user,
            group=self.user,
            extra_groups=[] if self.user else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def serve(self) -> None:
        """Start the server, and wait until it answers."""
        import psycopg

        limits = f"max_connections={MOST_CONNECTIONS} superuser_reserved_connections=0 max_wal_senders=0"
        limits += " listen_addresses= fsync=off shared_buffers=16MB"
        settings = [part for limit in limits.split() for part in ("-c", limit)]
        process = self.start("postgres", ["-D", f"{self.folder}/data", "-k", str(self.folder), *settings])
        self.processes.append(process)
        for _ in range(300):
            try:
                psycopg.connect(self.url.replace("+psycopg", "")).close()
                return
            except psycopg.OperationalError:
                assert process.poll() is None, process.communicate()[0]
                time.sleep(0.1)
        pytest.fail("the server does not answer")

    def end(self, number: int) -> None:
        """End the server by a signal, where it runs."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(number)
            process.communicate(timeout=60)
        self.processes.clear()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL server of its own, in a temporary folder, that listens on a Unix socket there alone."""
    if importlib.util.find_spec("psycopg") is None:
        absent("driver (pip install 'handgrad[postgres]')")
    known = shutil.which("initdb")
    programs = [Path(known).parent] if known else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs or not (programs[-1] / "initdb").is_file():
        absent("PostgreSQL server (apt install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="handgrad-postgres-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user, user)
    found = Server(programs[-1], folder, user)
    options = f"-D {folder}/data -U handgrad --auth=trust -E UTF8 --no-locale --no-sync"
    made = found.start("initdb", options.split())
    said = made.communicate(timeout=120)[0]
    assert made.returncode == 0, said
    try:
        found.serve()
        yield found
    finally:
        found.end(signal.SIGINT)  # ends what is going on, and then itself
        shutil.rmtree(folder)


def test_the_road_of_the_demo(server: Server, tmp_path: Path, load: Callable[[str], Assignment]) -> None:
    course = Course(tmp_path / "course", environment={"HANDGRAD_DB": server.url})
    shutil.copytree(ROOT / "source" / ASSIGNMENT, course.folder / "source" / ASSIGNMENT)
    samples.write(ASSIGNMENT, tmp_path / "samples")
    for student in STUDENTS:
        shutil.copytree(tmp_path / "samples" / student, course.folder / "submitted" / student)

    def run(*command: str) -> str:
        done = course.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def scores() -> dict[str, dict[str, float | None]]:
        with Gradebook(server.url) as book:
            found = gradebook.submissions(book, ASSIGNMENT)
        return {who: {name: m.score for name, m in one.marks.items() if m.by_judge} for who, one in found.items()}

    run("nbgrader", "generate_assignment", ASSIGNMENT)
    run("nbgrader", "autograde", ASSIGNMENT)
    run("nbgrader", "generate_feedback", ASSIGNMENT)
    points = load(ASSIGNMENT).points
    known = {one.student: one for one in samples.load(ASSIGNMENT, ROOT)}
    expected = {who: known[who].expected(points) for who in STUDENTS}
    assert scores() == {who: pytest.approx(marks, abs=1e-3) for who, marks in expected.items()}
    for student in STUDENTS:
        assert (course.folder / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html").is_file()

    printed = run("handgrad", "report", ASSIGNMENT, "--course", str(course.folder))
    assert "3 of 3 students are graded" in printed
    run("nbgrader", "export", "--exporter=handgrad.reporting.exports.Canvas")
    with (course.folder / "reports" / "canvas.csv").open(encoding="utf-8", newline="") as file:
        exported = {row["SIS Login ID"]: row[ASSIGNMENT] for row in csv.DictReader(file) if row["SIS Login ID"]}
    totals = {who: sum(marks.values()) for who, marks in expected.items()}
    assert {who: float(score) for who, score in exported.items()} == pytest.approx(totals, abs=1e-3)

    # several at once, on one gradebook
    printed = run("handgrad", "grade", ASSIGNMENT, "--jobs", "2", "--force")
    assert "graded 3 of 3" in printed
    assert scores() == {who: pytest.approx(marks, abs=1e-3) for who, marks in expected.items()}

    # and nothing of it went into SQLite
    assert list(course.folder.glob("gradebook*")) == []


def test_a_server_that_goes_away_is_waited_for(server: Server, tmp_path: Path) -> None:
    course = Course(tmp_path / "course", environment={"HANDGRAD_DB": server.url})
    shutil.copytree(ROOT / "source" / ASSIGNMENT, course.folder / "source" / ASSIGNMENT)
    samples.write(ASSIGNMENT, tmp_path / "samples")
    students = [f"student{number}" for number in range(4)]
    for student in students:
        shutil.copytree(tmp_path / "samples" / "perfect", course.folder / "submitted" / student)
    assert course.nbgrader("generate_assignment", ASSIGNMENT, "--force").returncode == 0
    process = subprocess.Popen(
        ["handgrad", "grade", ASSIGNMENT, "--jobs", "2"],
        cwd=course.checkout,
        env={**os.environ, **course.environment, "HANDGRAD_COURSE": str(course.folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("1/4")
        server.end(signal.SIGQUIT)  # at once, as if the machine had failed
        time.sleep(2)
        server.serve()
        printed, said = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 0, printed + said
    assert "waiting, at most 15 minutes: the gradebook cannot be used" in said
    assert "it is back" in said
    assert "Traceback" not in said
    with Gradebook(server.url) as book:
        found = gradebook.submissions(book, ASSIGNMENT)
        marks = [{name: mark.auto for name, mark in found[student].marks.items()} for student in students]
    assert marks == [marks[0]] * 4
    assert None not in [mark.auto for mark in found["student0"].marks.values() if mark.by_judge]


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("postgresql+psycopg://handgrad@/postgres?host=/nonexistent", "cannot be reached"),
        ("postgresql+psycopg://handgrad@/nothing?host={folder}", 'database "nothing" does not exist'),
        ("no address", "HANDGRAD_DB is no address of a database"),
        ("nosuch://x/y", "HANDGRAD_DB is no address of a database"),
    ],
)
def test_an_address_that_leads_nowhere(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    address: str,
    word: str,
) -> None:
    monkeypatch.setenv("HANDGRAD_DB", address.format(folder=server.folder))
    assert main(["report", ASSIGNMENT, "--course", str(tmp_path)]) == 2
    assert word in capsys.readouterr().err
