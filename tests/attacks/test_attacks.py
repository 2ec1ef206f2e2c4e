"""Every attack is graded with honest work in one batch, and gets, reads, writes, leaves and changes nothing.

The gate runs a third of the attacks, and a few on kernels that start cold; with HANDGRAD_ALL_ATTACKS=1, as in
``make attacks``, all are run, and with HANDGRAD_KERNELS=cold on such kernels.
"""

from __future__ import annotations

import contextlib
import html
import json
import os
import re
import secrets
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import matplotlib
import nbformat
import numpy as np
import pytest
from nbformat.notebooknode import NotebookNode

from handgrad import references
from handgrad.building.samples import cell
from handgrad.grading.beside import KEPT
from handgrad.grading.draw import variant_of
from handgrad.grading.repair import fingerprint
from handgrad.judging.arrays import leaves
from handgrad.judging.diagnosis import Finding
from handgrad.judging.display import verdict_html
from handgrad.judging.verdict import PartVerdict, Verdict
from handgrad.running import sandbox
from tests.attacks import GUARD, POINTS, PREAMBLE, Attack, Ground, every, third
from tests.conftest import ROOT, Course, released

ASSIGNMENT = "mlp_backprop"
ALL = bool(os.environ.get("HANDGRAD_ALL_ATTACKS"))
CHOSEN = os.environ.get("HANDGRAD_ATTACKS", "").split()
COLD = os.environ.get("HANDGRAD_KERNELS") == "cold"
ATTACKS = [a for _, a in (every() if ALL or CHOSEN else third()) if not CHOSEN or a.name in CHOSEN]

HONEST = {
    "000_honest": dict(POINTS),
    "mmm_victim": {**POINTS, "sgd_step": 0.0},
    "zzz_honest": dict(POINTS),
}
"""Honest students, the first, one among the others, and the last, with their scores."""

SECONDS_EACH = 30
"""A generous bound on the mean time that a submission takes."""

MOST_MEMORY = 1 << 30
"""Bytes that the grader's own process may come to hold."""

MOST_LINES_EACH = 40
"""Lines of warnings and errors that a submission may leave in the log."""

pytestmark = pytest.mark.skipif(sandbox.available() is not None, reason=f"no sandbox here: {sandbox.available()}")


@dataclass
class Batch:
    """What came of grading all attacks at once."""

    course: Course
    ground: Ground
    autograde: subprocess.CompletedProcess[str]
    feedback: subprocess.CompletedProcess[str]
    seconds: float
    peak: int
    heard: list[str] = field(default_factory=list)
    before: dict[str, bytes] = field(default_factory=dict)
    after: dict[str, bytes] = field(default_factory=dict)
    processes: list[str] = field(default_factory=list)

    def notebook(self, student: str) -> NotebookNode:
        return nbformat.read(
            self.course.folder / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4
        )

    def page(self, student: str) -> str:
        return (self.course.folder / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text("utf-8")

    def secret(self) -> bytes:
        return (self.course.folder / "course_secret").read_bytes().strip()


# -- making the batch ------------------------------------------------------------------------------


def short(source: Path) -> NotebookNode:
    """Return the source notebook cut down to a few exercises, so that a submission takes about a second."""
    notebook = nbformat.read(source, as_version=4)
    first = next(one for one in notebook.cells if one.cell_type == "code")
    kept = [part for name in POINTS for part in (f"{name}_solution", name)]
    notebook.cells = [first] + [cell(notebook, name) for name in kept]
    return notebook


def submission(attack: Attack, release: NotebookNode, ground: Ground) -> str:
    """Return the text of an attack's notebook file."""
    assignment = references.load(ASSIGNMENT, ROOT)
    hostile = {name: GUARD + source for name, source in attack.answers.items()}
    answers = {name: assignment.model[name] for name in POINTS} | hostile
    notebook = nbformat.from_dict(release)
    for name, source in answers.items():
        cell(notebook, f"{name}_solution").source = ground.fill(source)
    if attack.before:
        notebook.cells.insert(1, nbformat.v4.new_code_cell(ground.fill(GUARD + PREAMBLE + attack.before)))
    elif attack.answers:
        notebook.cells.insert(1, nbformat.v4.new_code_cell(ground.fill(PREAMBLE)))
    if attack.after:
        notebook.cells.append(nbformat.v4.new_code_cell(ground.fill(GUARD + attack.after)))
    made = attack.edit(notebook, ground) if attack.edit else notebook
    # json, since nbformat would refuse to write some of them
    return made if isinstance(made, str) else json.dumps(made)


@contextlib.contextmanager
def listening(ground: Ground, tcp: socket.socket, heard: list[str]) -> Iterator[None]:
    """Note whatever reaches the sockets of the test."""
    sockets = [tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(socket.AF_UNIX)]
    sockets[1].bind(("127.0.0.1", ground.port))
    sockets[2].bind(str(ground.socket))
    ground.socket.chmod(0o777)
    sockets.append(socket.socket(socket.AF_UNIX))
    sockets[3].bind(f"\0{ground.abstract}")

    def listen(one: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if one.type == socket.SOCK_STREAM:
                one.listen()
                one.accept()
            else:
                one.recv(100)
            if not closing:
                heard.append(str(one.family))

    closing: list[bool] = []
    for one in sockets:
        threading.Thread(target=listen, args=(one,), daemon=True).start()
    try:
        yield
    finally:
        closing.append(True)
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def files(*folders: Path) -> dict[str, bytes]:
    """Return the content of each file, and the target of each link."""
    found = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_symlink():
                found[str(path)] = os.fsencode(os.readlink(path))
            elif path.is_file():
                found[str(path)] = path.read_bytes()
            else:
                found[str(path)] = b""
    return found


def limited(bytes_: int) -> list[str]:
    """Return the processes whose files are limited to just so many bytes, as those of the batch's kernels are."""
    found = []
    for path in Path("/proc").glob("[0-9]*/limits"):
        with contextlib.suppress(OSError):
            line = next(line for line in path.read_text().splitlines() if line.startswith("Max file size"))
            if line.split()[3] == str(bytes_):
                found.append((path.parent / "cmdline").read_text().replace("\0", " "))
    return found


def run(course: Course, *arguments: str) -> tuple[subprocess.CompletedProcess[str], int]:
    """Run nbgrader, and return the largest memory that it held itself."""
    process = subprocess.Popen(
        ["nbgrader", *arguments],
        cwd=course.checkout,
        env={**os.environ, **course.environment, "HANDGRAD_COURSE": str(course.folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    peak = 0

    def watch() -> None:
        nonlocal peak
        while process.poll() is None:
            with contextlib.suppress(OSError, StopIteration, IndexError):
                lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
                peak = max(peak, 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1]))
            time.sleep(0.2)

    threading.Thread(target=watch, daemon=True).start()
    try:
        told, said = process.communicate(timeout=SECONDS_EACH * (len(ATTACKS) + 3) + 300)
    except subprocess.TimeoutExpired:
        process.kill()
        told, said = process.communicate()
    return subprocess.CompletedProcess(["nbgrader", *arguments], process.returncode, told, said), peak


@pytest.fixture(scope="session")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Batch]:
    """All attacks and the honest students, graded by one real ``nbgrader autograde``, with feedback."""
    top = tmp_path_factory.mktemp("attacks")
    home = top / "home"
    home.mkdir()
    canary = secrets.token_hex(12)
    with socket.create_server(("127.0.0.1", 0)) as tcp:
        course = released(
            top / "course",
            {ASSIGNMENT: short(ROOT / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")},
            environment={"HOME": str(home), "HANDGRAD_CANARY": canary, "MPLCONFIGDIR": matplotlib.get_cachedir()},
        )
        victim = course.folder / "submitted" / "mmm_victim" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        word, mark = f"worked{secrets.token_hex(6)}", f"handgradmark{secrets.token_hex(6)}"
        port = tcp.getsockname()[1]
        # the path of a Unix socket must be short
        unix = Path("/tmp") / f"handgrad{secrets.token_hex(4)}.socket"
        ground = Ground(course.folder, home, victim, ROOT, port, unix, mark, word, mark)
        for path in (course.folder / "canary.txt", home / "canary.txt", course.folder / "course_secret"):
            path.write_text(canary)
        release = nbformat.read(course.folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
        for student in HONEST:
            course.submit(student, submission(Attack(student, "Nothing."), release, ground))
        honest = nbformat.read(victim, as_version=4)
        cell(honest, "sgd_step_solution").source = "def sgd_step(params, grads, rate):\n    return params\n"
        honest.cells.append(nbformat.v4.new_markdown_cell(f"My own thoughts: {canary}"))
        victim.write_text(nbformat.writes(honest))
        for attack in ATTACKS:
            path = course.submit(attack.name, submission(attack, release, ground))
            if attack.beside:
                attack.beside(path.parent, ground)
        limit = 200 + secrets.randbelow(56)
        # loops are given less time than is usual
        settings = (
            f"--KernelSettings.file_size={limit}",
            f"--KernelSettings.warm={not COLD}",
            "--ExecuteProbes.timeout=5",
        )
        look = "import os, resource\nprint(os.uname().nodename, resource.getrlimit(resource.RLIMIT_FSIZE)[0])"
        in_a_sandbox(course, submission(Attack("", "", before=look), release, ground), limit << 20, settings)
        heard: list[str] = []
        before = files(course.folder / "submitted", course.folder / "source", course.folder / "release", home)
        began = time.monotonic()
        with listening(ground, tcp, heard):
            graded, peak = run(course, "autograde", ASSIGNMENT, *settings)
            told, peak_of_feedback = run(course, "generate_feedback", ASSIGNMENT)
        seconds = time.monotonic() - began
        ended = time.monotonic()
        while (processes := limited(limit << 20)) and time.monotonic() < ended + 5:
            time.sleep(0.2)
        after = files(course.folder / "submitted", course.folder / "source", course.folder / "release", home)
        yield Batch(course, ground, graded, told, seconds, max(peak, peak_of_feedback), heard, before, after, processes)
        unix.unlink(missing_ok=True)


def in_a_sandbox(course: Course, text: str, limit: int, settings: tuple[str, ...]) -> None:
    """Make sure that submissions run in a sandbox, before a hostile one is run."""
    student = "000_sandbox"
    course.submit(student, text)
    done, _ = run(course, "autograde", ASSIGNMENT, f"--student={student}", *settings)
    path = course.folder / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    if done.returncode != 0 or f"sandbox {limit}" not in path.read_text():
        pytest.fail(f"submissions do not run in a sandbox, so no attack was run: {done.stderr[-3000:]}")


# -- the whole batch -------------------------------------------------------------------------------


def test_the_batch_comes_to_its_end(batch: Batch) -> None:
    for done in (batch.autograde, batch.feedback):
        assert "There was an error processing" not in done.stderr, done.stderr[-6000:]
        assert done.returncode == ("not everything could be worked on" in done.stderr), done.stderr[-6000:]


def test_a_submission_leaves_few_lines_in_the_log(batch: Batch) -> None:
    usual = "INFO]"
    lines = [line for line in batch.autograde.stderr.splitlines() if usual not in line]
    for attack in ATTACKS:
        assert sum(attack.name in line for line in lines) <= MOST_LINES_EACH
    assert len(lines) <= MOST_LINES_EACH * (len(ATTACKS) + len(HONEST))


@pytest.mark.parametrize("student", HONEST)
def test_honest_students_keep_their_marks(batch: Batch, student: str) -> None:
    assert batch.course.scores(student) == pytest.approx(HONEST[student])


def test_the_batch_takes_bounded_time_and_memory(batch: Batch) -> None:
    assert batch.seconds < SECONDS_EACH * (len(ATTACKS) + len(HONEST))
    assert batch.peak < MOST_MEMORY, f"{batch.peak >> 20} MB"


def test_nobody_reached_the_sockets_of_the_machine(batch: Batch) -> None:
    assert batch.heard == []


def test_no_process_is_left(batch: Batch) -> None:
    assert batch.processes == []
    assert [line for line in commands() if batch.ground.mark in line] == []


def commands() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(path.read_text(errors="replace"))
    return found


def test_no_file_is_left_or_changed(batch: Batch) -> None:
    links = {str(path) for path, _ in linked(batch.before)}
    kept = {path: content for path, content in batch.before.items() if path not in links}
    renamed = f"/timestamp_folder/{ASSIGNMENT}/timestamp-"
    # nbgrader itself keeps a profile in its home
    home = str(batch.ground.home / ".")
    assert kept == {
        path: content
        for path, content in batch.after.items()
        if path in kept or not (path.startswith(home) or renamed in path)
    }
    places = [Path(place) for place in ("/tmp", "/var/tmp", "/dev/shm", "/run")]
    left = [path for place in places for path in place.glob(f"*{batch.ground.mark}*")]
    left += [
        path for place in (batch.course.folder, batch.ground.home) for path in place.rglob(f"*{batch.ground.mark}*")
    ]
    assert left == []


def linked(found: dict[str, bytes]) -> list[tuple[str, bytes]]:
    """Return what the grader took out of submissions."""
    return [(path, content) for path, content in found.items() if not os.path.lexists(path)]


def test_only_links_pipes_and_false_dates_are_taken_out_of_a_submission(batch: Batch) -> None:
    students = {Path(path).relative_to(batch.course.folder / "submitted").parts[0] for path, _ in linked(batch.before)}
    assert students <= {"links", "pipes", "timestamp", "timestamp_folder"}


def test_no_file_that_a_browser_runs_is_copied(batch: Batch) -> None:
    ours = {f"{ASSIGNMENT}.html"}
    for folder in ("autograded", "feedback"):
        paths = [Path(path) for path in files(batch.course.folder / folder)]
        names = [path.name for path in paths if path.is_file() and path.suffix.lower() not in KEPT]
        assert set(names) <= ours


def test_no_canary_is_in_what_is_written(batch: Batch) -> None:
    canary = (batch.course.folder / "canary.txt").read_text().encode()
    for folder in ("autograded", "feedback"):
        for path, content in files(batch.course.folder / folder).items():
            if "mmm_victim" not in path:
                assert canary not in content, path
                assert batch.ground.word.encode() not in content, path


# -- each attack -----------------------------------------------------------------------------------


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_gets_what_it_earned(batch: Batch, attack: Attack) -> None:
    assert batch.course.scores(attack.name) == pytest.approx(attack.expected)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_does_not_find_what_it_looks_for(batch: Batch, attack: Attack) -> None:
    text = nbformat.writes(batch.notebook(attack.name))
    assert batch.ground.word not in text, re.findall(f".*{batch.ground.word}.*", text)[:5]


@pytest.mark.parametrize("attack", [a for a in ATTACKS if a.before], ids=lambda attack: attack.name)
def test_an_attack_was_no_dud(batch: Batch, attack: Attack) -> None:
    """An attack that breaks off by a mistake of its own would prove nothing."""
    for one in batch.notebook(attack.name).cells:
        for output in one.get("outputs", []):
            if output.output_type == "error" and "nbgrader" not in one.metadata and "def breach(" in one.source:
                assert output.ename not in ("NameError", "SyntaxError", "AttributeError", "TypeError"), output.evalue


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_neither_a_verdict_nor_a_number_of_a_cell_is_of_the_students_choice(batch: Batch, attack: Attack) -> None:
    notebook = batch.notebook(attack.name)
    ran = [one.execution_count for one in notebook.cells if one.get("execution_count") is not None]
    assert ran == list(range(1, len(ran) + 1))
    for name, source in attack.answers.items():
        verdict = json.dumps(cell(notebook, name).outputs)
        lines = [line.strip() for line in source.split("\n")]
        assert [line for line in lines if len(line) > 12 and json.dumps(line)[1:-1] in verdict] == []


class Active(HTMLParser):
    """Collects what a browser would run or follow in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("iframe", "object", "embed", "base", "meta", "form", "style", "link", "svg", "button"):
            self.found.add(f"<{tag} {sorted(attrs)}>")
        for name, value in attrs:
            target = re.sub(r"[\x00-\x20]", "", html.unescape(value or "")).lower()
            within = ("http:", "https:", "mailto:", "#", "data:image/")
            if (
                name.startswith("on")
                or (name in ("href", "src") and not target.startswith(within))
                or name in ("srcdoc", "style", "formaction", "http-equiv")
                or (re.match(r"[a-z][a-z0-9+.-]*:", target) and not target.startswith(("http:", "https:", "mailto:")))
            ):
                self.found.add(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        if self.lasttag == "script" and self.cdata_elem == "script":
            self.found.add(data.strip())


def active(page: str) -> set[str]:
    reader = Active()
    reader.feed(page)
    return {entry for entry in reader.found if "data:image/png;base64" not in entry}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_feedback_runs_nothing(batch: Batch, attack: Attack) -> None:
    parts = (PartVerdict("right", True), PartVerdict("wrong", False, (Finding("name", "message"),)))
    ours = active(verdict_html(Verdict("a verdict", parts), 1.0))
    ours |= active(batch.page("000_honest")) | active(batch.page("mmm_victim"))
    assert {entry for entry in active(batch.page(attack.name)) - ours if not COLOUR.fullmatch(entry)} == set()


COLOUR = re.compile(r"span style=color: ?(#\w+|rgb\([\d,]+\))[-:;\w ]*")
"""What the traceback of an error is written with."""


def numbers(value: object) -> Iterator[str]:
    """Yield how the first numbers of an array would be printed."""
    for _, leaf in leaves(value):
        flat = np.asarray(leaf).ravel()
        if flat.dtype.kind == "f" and flat.size >= 4:
            yield ", ".join(map(repr, flat[:4].tolist()))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_feedback_shows_nothing_hidden(batch: Batch, attack: Attack) -> None:
    page = html.unescape(re.sub(r"<[^>]*>", "", batch.page(attack.name)))
    assignment = references.load(ASSIGNMENT, ROOT)
    submitted = batch.course.folder / "submitted" / attack.name / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    variant = variant_of(batch.secret(), ASSIGNMENT, attack.name, fingerprint(submitted))
    for name in POINTS:
        hidden = references.draw(assignment, name, batch.secret(), variant)
        for values in (*hidden.inputs.values(), *hidden.right.values()):
            for text in numbers(values):
                assert text[:30] not in page, name
        if name in attack.answers:
            lines = [line.strip() for line in assignment.model[name].split("\n") if " = " in line and len(line) > 40]
            assert [line for line in lines if line in page and line not in attack.answers[name]] == []
    assert "vnd.handgrad" not in re.sub(r'"application/vnd[^"]*"', "", page) or attack.answers or attack.before
