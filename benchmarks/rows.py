"""What grading costs as the gradebook fills, and how much memory the grader takes for a longer batch.

Run as ``python benchmarks/rows.py [ROWS ...]`` (by default 10 1000 5000). The gradebook is filled with
made-up students who each have a submission, and copied at each number. Then the same few right submissions
of mlp_backprop are graded into each copy in turn, by ``handgrad grade --jobs 1``, in several rounds, of which
the fastest is printed. Memory is the largest that the grading process itself held, for a batch of 4 and for
one of 40.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ASSIGNMENT = "mlp_backprop"
EACH = 4
ROUNDS = 4

MEASURED = """
import sys
from handgrad.cli import main

if __name__ == "__main__":
    status = main(sys.argv[1:])
    # what getrusage says holds the memory of the process that started this one
    print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
    sys.exit(status)
"""


def fill(course: Path, rows: int) -> None:
    """Give the gradebook as many students, each with a submission."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for number in range(len(gradebook.students), rows):
            gradebook.update_or_create_student(f"made{number:05}")
            gradebook.update_or_create_submission(ASSIGNMENT, f"made{number:05}")


def grade(course: Path, students: list[str]) -> tuple[float, float]:
    """Return the seconds for each submission and the megabytes that the grader held."""
    command = [sys.executable, "-c", MEASURED, "grade", ASSIGNMENT, "--jobs", "1", "--force"]
    command += [part for student in students for part in ("--student", student)]
    environment = {**os.environ, "HANDGRAD_COURSE": str(course)}
    began = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return (time.perf_counter() - began) / len(students), int(done.stdout.split()[-1]) / 1024


def main(counts: list[int]) -> None:
    """Measure and print."""
    from handgrad.building import samples

    with tempfile.TemporaryDirectory(prefix="handgrad-rows-") as folder:
        course = Path(folder) / "course"
        shutil.copytree(ROOT / "source" / ASSIGNMENT, course / "source" / ASSIGNMENT)
        subprocess.run(
            ["nbgrader", "generate_assignment", ASSIGNMENT, "--log-level=ERROR"],
            cwd=ROOT,
            env={**os.environ, "HANDGRAD_COURSE": str(course)},
            check=True,
        )
        samples.write(ASSIGNMENT, Path(folder) / "samples")
        students = [f"real{number:02}" for number in range(10 * EACH)]
        for student in students:
            shutil.copytree(Path(folder) / "samples" / "perfect", course / "submitted" / student)
        grade(course, students[:1])
        copies = {}
        for rows in sorted(counts):
            fill(course, rows)
            copies[rows] = shutil.copytree(course, Path(folder) / str(rows))
        times: dict[int, list[float]] = {rows: [] for rows in copies}
        for _ in range(ROUNDS):
            for rows, copy in copies.items():
                times[rows].append(grade(copy, students[:EACH])[0])
        for rows, found in times.items():
            print(f"{rows:>5} students: {min(found):.2f} s for each submission", flush=True)
        for count in (EACH, 10 * EACH):
            print(f"batch of {count:>2}: {grade(course, students[:count])[1]:.0f} MB", flush=True)


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:]] or [10, 1000, 5000])
