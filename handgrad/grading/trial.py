"""Score a plain Python file, as a student's notebook would be scored."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from handgrad import references
from handgrad.judging.display import verdict_text
from handgrad.judging.evidence import Malformed, dumps, pack
from handgrad.judging.judge import Verdict, unjudged
from handgrad.judging.verdict_json import VerdictRecord
from handgrad.notebooks import by_hand
from handgrad.references import Assignment, Hidden

SEED = b"try"


class CannotLoad(RuntimeError):
    """The file cannot be loaded; the text says why."""


class _Hangs(Exception):
    pass


@contextmanager
def _runner(given: dict[str, Any], folder: Path) -> Iterator[queue.Queue[str | None]]:
    """Start a runner and give the queue of its lines, None at its end; it never outlives this."""
    environment = {**os.environ, "PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "handgrad.running.solution_file"],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )
    assert process.stdin is not None
    assert process.stdout is not None
    lines: queue.Queue[str | None] = queue.Queue()

    def read(stream: Any) -> None:
        for line in stream:
            lines.put(line)
        lines.put(None)

    reader = threading.Thread(target=read, args=(process.stdout,), daemon=True)
    reader.start()
    try:
        process.stdin.write(dumps(given) + "\n")
        process.stdin.flush()
        yield lines
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stdout.close()
        with suppress(BrokenPipeError):
            process.stdin.close()


def _next(lines: queue.Queue[str | None], timeout: float) -> Any:
    try:
        line = lines.get(timeout=timeout)
    except queue.Empty:
        raise _Hangs from None
    return None if line is None else json.loads(line)


def verdicts(assignment: Assignment, solution: Path, timeout: float) -> dict[str, Verdict]:
    """Return a verdict for each exercise of an assignment on a Python file.

    Parameters
    ----------
    assignment
        The assignment.
    solution
        The file, which may import modules that lie beside it.
    timeout
        Seconds for each exercise, but for one that is given more; loading the file may take ten more.

    Raises
    ------
    CannotLoad
        Where the file raises, or does not come to an end, while it is loaded.
    """
    code = by_hand.Code([solution.read_text(encoding="utf-8", errors="replace")])
    breaches = {name: by_hand.breach(exercise, code) for name, exercise in assignment.exercises.items()}
    drawn = {name: references.draw(assignment, name, SEED) for name in assignment.exercises}
    found: dict[str, Verdict] = {}
    while len(found) < len(drawn):
        left = [name for name in drawn if name not in found]
        given = {
            "assignment": assignment.name,
            "file": str(solution.resolve()),
            "exercises": [
                {
                    "name": name,
                    "cases": {
                        label: pack(assignment.exercises[name].given(case))
                        for label, case in drawn[name].inputs.items()
                    },
                    "supplied": references.supplied(assignment, name),
                }
                for name in left
            ],
        }
        with _runner(given, solution.resolve().parent) as lines:
            try:
                loaded = _next(lines, timeout + 10)
            except _Hangs:
                raise CannotLoad(f"{solution} did not come to an end within {timeout + 10:g} s while loading") from None
            if loaded is None:
                raise CannotLoad(f"{solution} ended the process while it was loaded")
            if "failed" in loaded:
                raise CannotLoad(f"{solution} cannot be loaded: {loaded['failed']}")
            for name in left:
                exercise = assignment.exercises[name]
                allowed = max(timeout, exercise.seconds)
                try:
                    answer = _next(lines, allowed)
                except _Hangs:
                    message = f"it took longer than {allowed:g} s: is there a loop that does not end?"
                    found[name] = unjudged(exercise, "timeout", message)
                    break
                if answer is None:
                    found[name] = unjudged(exercise, "died", "the process ended in this exercise.")
                    break
                found[name] = _judge(drawn[name], answer["evidence"])
    for name, breach in breaches.items():
        if breach is not None:
            found[name] = unjudged(assignment.exercises[name], "not_by_hand", breach.message, known=True)
    return {name: found[name] for name in drawn}


def _judge(hidden: Hidden, evidence: dict[str, Any]) -> Verdict:
    try:
        return references.verdict(hidden, evidence, None)
    except Malformed as error:
        return unjudged(hidden.assignment.exercises[hidden.name], "no_evidence", f"no points, because {error}.")


def run(assignment_name: str, solution: Path, *, as_json: bool = False, timeout: float = 20) -> int:
    """Print what a student would get for a Python file; return 1 where it cannot be loaded.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    """
    if not solution.is_file():
        raise FileNotFoundError(f"there is no file {solution}")
    assignment = references.load(assignment_name)
    status = 0
    try:
        found = verdicts(assignment, solution, timeout)
    except CannotLoad as error:
        print(f"handgrad: {error}", file=sys.stderr)
        status = 1
        found = {
            name: unjudged(exercise, "cannot_load", "the file cannot be loaded.")
            for name, exercise in assignment.exercises.items()
        }
    data = {name: VerdictRecord.of(verdict, assignment.points[name]).to_json() for name, verdict in found.items()}
    if as_json:
        keys = ("score", "max", "attempted", "diagnoses")
        print(json.dumps({"exercises": {name: {key: entry[key] for key in keys} for name, entry in data.items()}}))
        return status
    for name, verdict in found.items():
        if verdict.attempted:
            print(verdict_text(verdict, assignment.points[name]))
    absent = [name for name, verdict in found.items() if not verdict.attempted]
    if absent:
        print(f"not attempted: {', '.join(absent)}")
    total, most = sum(entry["score"] for entry in data.values()), sum(entry["max"] for entry in data.values())
    print(f"\n{total:g} of {most:g} points")
    return status
