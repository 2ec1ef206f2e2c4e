"""Grading that is killed at random moments, and gone on with, gives every mark that it gives undisturbed."""

from __future__ import annotations

import contextlib
import copy
import itertools
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import nbformat
import psutil
import pytest
from sqlalchemy import NullPool, create_engine, text

from handgrad import references
from handgrad.building.samples import cell
from handgrad.running import sandbox
from tests.conftest import ROOT, Course, released
from tests.services import postgres, scheduler, workers

pytestmark = pytest.mark.skipif(sandbox.available() is not None, reason=f"no sandbox here: {sandbox.available()}")

ASSIGNMENT = "mlp_backprop"
EXERCISES = ("softmax_loss", "sgd_step")
STUDENTS = 6
KILLS = int(os.environ.get("HANDGRAD_KILLS", "30"))
SEED = int(os.environ.get("HANDGRAD_SEED", "16"))

Marks = list[tuple[object, ...]]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, Marks]:
    """A course in which nobody is graded yet, and the marks that come of it when nothing is killed."""
    source = nbformat.read(ROOT / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    first = next(one for one in source.cells if one.cell_type == "code")
    source.cells = [first] + [cell(source, part) for name in EXERCISES for part in (f"{name}_solution", name)]
    folder = tmp_path_factory.mktemp("kills")
    course = released(folder / "course", {ASSIGNMENT: source}, {})
    release = nbformat.read(course.folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    model = references.load(ASSIGNMENT, ROOT).model
    for name in EXERCISES:
        cell(release, f"{name}_solution").source = model[name]
    for number in range(STUDENTS):
        notebook = nbformat.from_dict(copy.deepcopy(release))
        # each takes half a second, so that there is somebody to be killed
        notebook.cells[1:1] = [nbformat.v4.new_code_cell("import time\ntime.sleep(0.05)") for _ in range(10)]
        if number % 3 == 1:
            cell(notebook, "sgd_step_solution").source = "def sgd_step(params, grads, lr):\n    return None"
        if number == 5:
            notebook.cells.insert(2, nbformat.v4.new_code_cell("import os\nos._exit(1)"))
        course.submit(f"s{number}", nbformat.writes(notebook), ASSIGNMENT)
    calm = copied(course, folder / "calm")
    done = calm.run("handgrad", "grade", ASSIGNMENT, "--jobs", "2")
    assert done.returncode == 0, done.stderr
    for name in ("course_secret", "course_times.json"):
        shutil.copy(calm.folder / name, course.folder)
    return course, marks(calm)


def copied(course: Course, folder: Path, address: str = "") -> Course:
    shutil.copytree(course.folder, folder)
    address = address or f"sqlite:///{folder / 'gradebook.db'}?timeout=0.3"
    return Course(folder, course.checkout, {"HANDGRAD_DB": address})


def marks(course: Course) -> Marks:
    """Return every mark, row by row, as the database has it."""
    of = (
        "JOIN base_cell b ON b.id = x.cell_id JOIN submitted_notebook n ON n.id = x.notebook_id "
        "JOIN submitted_assignment s ON s.id = n.assignment_id ORDER BY s.student_id, b.name"
    )
    grade = "x.auto_score, x.manual_score, x.extra_credit, x.needs_manual_grade, n.late_submission_penalty"
    comment = "x.auto_comment, x.manual_comment"
    engine = create_engine(course.environment["HANDGRAD_DB"], poolclass=NullPool)
    with engine.connect() as book:
        return [
            tuple(row)
            for kind, columns in (("grade", grade), ("comment", comment))
            for row in book.execute(text(f"SELECT s.student_id, b.name, {columns} FROM {kind} x {of}"))
        ]


class Grader:
    """A grader that runs, and the processes that it started."""

    def __init__(self, course: Course, log: Path, *command: str) -> None:
        self.course = course
        self._log = log.open("ab")
        self.process = subprocess.Popen(
            command,
            cwd=course.checkout,
            env={**os.environ, **course.environment, "HANDGRAD_COURSE": str(course.folder)},
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        self.seen: dict[int, psutil.Process] = {}

    def started(self) -> list[psutil.Process]:
        """Return the processes that it started, and that run."""
        with contextlib.suppress(psutil.Error):
            found = psutil.Process(self.process.pid).children(recursive=True)
            self.seen |= {one.pid: one for one in found}
            return found
        return []

    def end(self) -> int:
        """Wait until it ends, and see to it that all that it started has ended with it."""
        status = self.process.wait(timeout=120)
        self._log.close()
        until = time.monotonic() + 10
        while (left := [one for one in self.seen.values() if runs(one)]) and time.monotonic() < until:
            time.sleep(0.05)
        said = [str(one) for one in left]
        for one in left:
            one.kill()
        assert not said, f"these outlived the grader: {said}"
        return status


def runs(process: psutil.Process) -> bool:
    """Return whether it does; one that has ended, and that nobody asked how, does not."""
    with contextlib.suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def depth(process: psutil.Process) -> int:
    """Return in how many process namespaces it is, this one included."""
    said = Path(f"/proc/{process.pid}/status").read_text()
    return len(next(line for line in said.splitlines() if line.startswith("NSpid:")).split()) - 1


def those(found: Iterable[psutil.Process], wanted: Callable[[psutil.Process], bool]) -> Iterator[psutil.Process]:
    """Yield which of the processes are wanted, without those that have ended since they were found."""
    for one in found:
        with contextlib.suppress(psutil.Error, OSError, StopIteration):
            if wanted(one):
                yield one


def kill_some(grader: Grader, wanted: Callable[[psutil.Process], bool], chance: random.Random) -> None:
    """Kill one of the processes that a grader started, as soon as there is one."""
    until = time.monotonic() + 1
    while time.monotonic() < until and grader.process.poll() is None:
        found = grader.started()
        for one in those(chance.sample(found, len(found)), wanted):
            with contextlib.suppress(psutil.Error):
                one.kill()
                return
        time.sleep(0.01)


def is_worker(one: psutil.Process) -> bool:
    parent = one.parent()
    return parent is not None and ASSIGNMENT in one.cmdline() and one.cmdline() == parent.cmdline()


def is_warm(one: psutil.Process) -> bool:
    return depth(one) == 2 and any("warm_process" in part for part in one.cmdline())


def is_kernel(one: psutil.Process) -> bool:
    return depth(one) == 3 or (depth(one) == 2 and any("kernel_process" in part for part in one.cmdline()))


def keep_out(grader: Grader, chance: random.Random) -> None:
    """Keep everybody out of the database for a while."""
    with contextlib.closing(sqlite3.connect(grader.course.folder / "gradebook.db", timeout=5)) as book:
        book.execute("BEGIN EXCLUSIVE")
        time.sleep(chance.uniform(0.5, 1.5))
        book.rollback()


def signals(*numbers: int) -> Callable[[Grader, random.Random], None]:
    def send(grader: Grader, chance: random.Random) -> None:
        for number in numbers:
            grader.started()
            os.kill(grader.process.pid, number)
            time.sleep(chance.uniform(0, 0.3))

    return send


Harms = dict[str, Callable[[Grader, random.Random], None]]

HARMS: Harms = {
    "grader": signals(signal.SIGKILL),
    "worker": lambda grader, chance: kill_some(grader, is_worker, chance),
    "SIGTERM": signals(signal.SIGTERM),
    "kernel": lambda grader, chance: kill_some(grader, is_kernel, chance),
    "SIGHUP": signals(signal.SIGHUP),
    "warm process": lambda grader, chance: kill_some(grader, is_warm, chance),
    "Ctrl-C twice": signals(signal.SIGINT, signal.SIGINT),
    "database": keep_out,
}

ONCE = ("kernel", "warm process")
"""What a grader suffers once at most: a kernel that dies twice in one cell is the student's doing."""


def harm(grader: Grader, harms: Harms, kinds: list[str], chance: random.Random) -> None:
    """Harm a grader, and what it leans on, as long as it runs."""
    gap, suffered = chance.uniform(1.5, 4), set[str]()
    while kinds:
        with contextlib.suppress(subprocess.TimeoutExpired):
            grader.process.wait(gap)
            return
        kind = next((one for one in kinds if one not in suffered), None)
        if kind is None:
            return
        kinds.remove(kind)
        suffered |= set(ONCE) if kind in ONCE else set()
        harms[kind](grader, chance)
        gap = chance.uniform(0.1, 1)


def grade_and_harm(
    kills: int,
    harms: Harms,
    new: Callable[[int], Course],
    command: Callable[[int], Sequence[str]],
    expected: Marks,
    log: Path,
) -> None:
    """Grade one course after the other, harm what grades them, go on each time, and compare the marks."""
    chance = random.Random(SEED)
    kinds = [list(harms)[number % len(harms)] for number in range(kills)]
    chance.shuffle(kinds)
    number = 0
    while kinds:
        mine = new(number)
        status = -1
        while status != 0:
            grader = Grader(mine, log, *command(number))
            harm(grader, harms, kinds, chance)
            status = grader.end()
            assert "Traceback" not in log.read_text(), log.read_text()[-5000:]
        assert marks(mine) == expected, log.read_text()[-5000:]
        assert not list((mine.folder / "autograded").glob(".grading-*"))
        number += 1


GRADE = ("handgrad", "grade", ASSIGNMENT, "--jobs", "2")


def test_whatever_is_killed_no_mark_is_lost(undisturbed: tuple[Course, Marks], tmp_path: Path) -> None:
    course, expected = undisturbed

    def new(number: int) -> Course:
        return copied(course, tmp_path / f"course{number}")

    def command(number: int) -> Sequence[str]:
        return ("nbgrader", "autograde", ASSIGNMENT) if number % 4 == 3 else GRADE

    grade_and_harm(KILLS - 2 * (KILLS // 5), HARMS, new, command, expected, tmp_path / "log")


class Cluster:
    """A Dask scheduler with one worker; what is lost is replaced."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack, self._count = folder, stack, itertools.count()
        self._begin()

    def _begin(self) -> None:
        self._scheduler, self.address = self._stack.enter_context(scheduler(self._place()))
        self._join()

    def _join(self) -> None:
        (self._worker,) = self._stack.enter_context(workers(self.address, self._place(), 1))

    def _place(self) -> Path:
        folder = self._folder / f"cluster{next(self._count)}"
        folder.mkdir()
        return folder

    def command(self, _: int) -> Sequence[str]:
        """Return how to grade on it, when there is a scheduler again."""
        if self._scheduler.poll() is not None:
            self._begin()
        return ("handgrad", "grade", ASSIGNMENT, "--scheduler", self.address)

    def lose_scheduler(self, *_: object) -> None:
        self._scheduler.kill()
        self._scheduler.wait()

    def lose_worker(self, *_: object) -> None:
        if self._scheduler.poll() is None:
            self._worker.kill()
            self._join()


def test_so_on_a_cluster(undisturbed: tuple[Course, Marks], tmp_path: Path) -> None:
    course, expected = undisturbed

    def new(number: int) -> Course:
        return copied(course, tmp_path / f"course{number}")

    with ExitStack() as stack:
        cluster = Cluster(tmp_path, stack)
        harms: Harms = {
            "scheduler": cluster.lose_scheduler,
            "worker": cluster.lose_worker,
            "grader": HARMS["grader"],
            "SIGTERM": HARMS["SIGTERM"],
        }
        grade_and_harm(KILLS // 5, harms, new, cluster.command, expected, tmp_path / "log")


@pytest.mark.postgres
def test_so_on_a_database_server(undisturbed: tuple[Course, Marks], tmp_path: Path) -> None:
    import psycopg

    course, expected = undisturbed
    with postgres() as server:

        def new(number: int) -> Course:
            if number == 0:
                first = Course(course.folder, course.checkout, {"HANDGRAD_DB": server.url})
                (first.folder / "course.toml").write_text('course_id = "ml-2027"\n')
                assert first.nbgrader("generate_assignment", ASSIGNMENT, "--force").returncode == 0
            with psycopg.connect(server.url.replace("+psycopg", "").replace("/postgres?", "/template1?")) as book:
                book.autocommit = True
                book.execute(f"CREATE DATABASE course{number} TEMPLATE postgres")
            return copied(course, tmp_path / f"course{number}", server.url.replace("/postgres?", f"/course{number}?"))

        def lose(grader: Grader, chance: random.Random) -> None:
            """Let the server fail, as a machine does, and come back after a while."""
            server.end(signal.SIGQUIT)
            time.sleep(chance.uniform(0.5, 2))
            server.serve()

        harms: Harms = {"server": lose, "grader": HARMS["grader"], "worker": HARMS["worker"]}
        grade_and_harm(KILLS // 5, harms, new, lambda _: GRADE, expected, tmp_path / "log")


def test_a_kernel_ends_with_the_worker_that_asked_for_it(undisturbed: tuple[Course, Marks], tmp_path: Path) -> None:
    mine = copied(undisturbed[0], tmp_path / "course")
    notebook = nbformat.read(mine.folder / "submitted" / "s0" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    notebook.cells.insert(1, nbformat.v4.new_code_cell("while True:\n    pass"))
    mine.submit("s0", nbformat.writes(notebook), ASSIGNMENT)
    grader = Grader(mine, tmp_path / "log", "handgrad", "grade", ASSIGNMENT, "--student", "s0")
    busy = None
    while busy is None and grader.process.poll() is None:
        busy = next(those(grader.started(), lambda one: depth(one) == 3 and one.cpu_times().user > 0.3), None)
    assert busy is not None, (tmp_path / "log").read_text()
    next(those(grader.started(), is_worker)).kill()
    gone, _ = psutil.wait_procs([busy], timeout=5)  # the cell may take 10 s of the processor's time
    assert gone
    assert grader.process.poll() is None
    grader.process.terminate()
    grader.end()


def test_a_submission_that_loses_whatever_runs_it_gets_0_with_the_reason(
    undisturbed: tuple[Course, Marks], tmp_path: Path
) -> None:
    mine = copied(undisturbed[0], tmp_path / "course")
    grader = Grader(mine, tmp_path / "log", "handgrad", "grade", ASSIGNMENT, "--student", "s0")
    kernels: set[int] = set()
    while grader.process.poll() is None:
        found = grader.started()
        # while a kernel of its own runs, and not while the submission is read or judged
        new = {one.pid for one in those(found, is_kernel)} - kernels
        for one in those(found, is_worker) if new else ():
            one.kill()
            kernels |= new
        time.sleep(0.02)
    log = (tmp_path / "log").read_text()
    assert grader.end() == 1, log
    assert "'s0': running: what ran it was lost 3 times" in log
    assert set(mine.scores("s0", ASSIGNMENT).values()) == {0}
    report = mine.run("handgrad", "report", ASSIGNMENT, "--course", str(mine.folder))
    assert report.returncode == 1  # the others are not graded
    table = (mine.folder / "reports" / ASSIGNMENT / "students.csv").read_text("utf-8")
    assert "what runs it was lost" in next(line for line in table.splitlines() if line.startswith("s0"))
