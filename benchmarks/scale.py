"""Grade many submissions in one run, in the midst of which the grader is killed, and say what it took.

Run as ``python benchmarks/scale.py [SUBMISSIONS] [--cluster]`` (by default 2,000, on two cores). Right submissions
of mlp_backprop that all differ are graded by ``handgrad grade --jobs 2`` or, with ``--cluster``, by a Dask scheduler
and two workers on this machine. When a third of them is recorded, the grader is killed by SIGKILL; what is recorded by
then must be whole, and the same command goes on. Printed are the seconds and, for each kind of process, how many
there were at most and the largest memory that one of them held (its proportional share of what several hold).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
ASSIGNMENT = "mlp_backprop"


def hand_in(course: Path, submissions: int) -> None:
    """Make a course in which so many right submissions that all differ are handed in."""
    from handgrad.building import samples

    source = course / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    source.parent.mkdir(parents=True)
    source.write_bytes((ROOT / "source" / ASSIGNMENT / source.name).read_bytes())
    command = ["nbgrader", "generate_assignment", ASSIGNMENT, "--log-level=ERROR"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "HANDGRAD_COURSE": str(course)}, check=True)
    with tempfile.TemporaryDirectory() as folder:
        samples.write(ASSIGNMENT, Path(folder))
        right = (Path(folder) / "perfect" / ASSIGNMENT / source.name).read_text(encoding="utf-8")
    for number in range(submissions):
        path = course / "submitted" / f"student{number:05}" / ASSIGNMENT / source.name
        path.parent.mkdir(parents=True)
        path.write_text(right.replace("import numpy as np", f"import numpy as np  # {number}", 1), encoding="utf-8")


def kind(process: psutil.Process, grader: int) -> str:
    """Return what a process does."""
    command = process.cmdline()
    if process.pid == grader:
        return "the one that records"
    if command == psutil.Process(grader).cmdline():
        return "prepares, runs and judges" if process.ppid() == grader else "reads what was handed in"
    return "sandbox and kernels"


def watched(process: subprocess.Popen[str], until: float) -> tuple[dict[str, int], dict[str, int]]:
    """Watch a grader to its end, or for some seconds; return how many processes of each kind, and their memory."""
    number: dict[str, int] = {}
    memory: dict[str, int] = {}
    while process.poll() is None and time.monotonic() < until:
        seen: Counter[str] = Counter()
        with contextlib.suppress(psutil.Error):
            this = psutil.Process(process.pid)
            for one in [this, *this.children(recursive=True)]:
                with contextlib.suppress(psutil.Error):
                    name = kind(one, process.pid)
                    seen[name] += 1
                    memory[name] = max(memory.get(name, 0), one.memory_full_info().pss)
        number |= {name: max(count, number.get(name, 0)) for name, count in seen.items()}
        time.sleep(1)
    return number, memory


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[list[str]]:
    """Start a scheduler and two workers; yield what ``handgrad grade`` is told of them."""
    from tests.services import scheduler, workers

    with scheduler(folder) as (_, address), workers(address, folder, 2):
        yield ["--scheduler", address]


def graded(course: Path) -> set[str]:
    """Return who is graded."""
    from nbgrader.coursedir import CourseDirectory

    from handgrad.grading import gradebook, graded

    directory = CourseDirectory(root=str(course), assignment_id=ASSIGNMENT)
    with gradebook.opened_at(f"sqlite:///{course / 'gradebook.db'}") as book:
        known = gradebook.submissions(book, ASSIGNMENT)
    return set(graded.before(directory, known, known))


def main(submissions: int, on_cluster: bool) -> None:
    """Grade, kill, go on, and print."""
    with tempfile.TemporaryDirectory(prefix="handgrad-scale-") as folder, contextlib.ExitStack() as stack:
        course = Path(folder) / "course"
        hand_in(course, submissions)
        how = stack.enter_context(cluster(Path(folder))) if on_cluster else ["--jobs", "2"]

        def start() -> subprocess.Popen[str]:
            environment = {**os.environ, "HANDGRAD_COURSE": str(course)}
            command = ["handgrad", "grade", ASSIGNMENT, *how]
            return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, text=True)

        first = start()
        while len(list(course.glob("autograded/student*"))) < submissions // 3:
            if first.poll() is not None:
                raise SystemExit("the grader ended before it was killed")
            time.sleep(0.5)
        first.send_signal(signal.SIGKILL)
        first.wait()
        before = graded(course)
        print(
            f"killed; {len(before)} of {len(list(course.glob('autograded/student*')))} folders are graded", flush=True
        )
        began = time.monotonic()
        again = start()
        number, memory = watched(again, began + 86400)
        seconds = time.monotonic() - began
        if again.wait() != 0 or len(graded(course)) != submissions:
            raise SystemExit(f"only {len(graded(course))} of {submissions} are graded")
        left = submissions - len(before)
        print(f"the other {left}: {seconds:.0f} s, {left / seconds:.2f} each second")
        for name, most in memory.items():
            print(f"{name:<26} {number[name]:>3} at most, {most / 1e6:.0f} MB the largest")


if __name__ == "__main__":
    counts = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    main(counts[0] if counts else 2000, "--cluster" in sys.argv)
