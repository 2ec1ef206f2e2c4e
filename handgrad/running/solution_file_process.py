"""The process that loads a solution file, and runs its functions on given cases.

Reads one line of JSON from standard input, ``{"assignment", "file", "exercises": [{"name",
"cases", "supplied"}]}``; writes one line for the loading of the file and one for each exercise. What the
file itself prints goes nowhere.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import traceback
from pathlib import Path
from types import ModuleType

from handgrad import absent
from handgrad.assignments.catalogue import exercises
from handgrad.judging.arrays import unpack
from handgrad.judging.evidence import LargeCase, collect, dumps


def main() -> None:
    """Load the file and collect the evidence of each exercise."""
    given = json.loads(sys.stdin.readline())
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)

    def say(value: object) -> None:
        out.write(dumps(value) + "\n")
        out.flush()

    known, path = exercises(given["assignment"]), Path(given["file"])
    absent.hide(known.absent)
    try:
        module = load(path)
    except BaseException as error:
        say({"failed": described(error, path)})
        return
    say({"loaded": True})
    for exercise in given["exercises"]:
        cases = {label: unpack(case) for label, case in exercise["cases"].items()}
        large = None if exercise["large"] is None else LargeCase(**exercise["large"])
        say({"evidence": collect(known[exercise["name"]], module.__dict__, cases, exercise["supplied"], large)})


def load(path: Path) -> ModuleType:
    """Return a file as a module, which may import what lies beside it."""
    sys.path[0] = str(path.parent)
    spec = importlib.util.spec_from_file_location("solution", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["solution"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def described(error: BaseException, path: Path) -> str:
    """Return an exception in words, with the line of the file where it arose."""
    line = getattr(error, "lineno", None) or next(
        (f.lineno for f in reversed(traceback.extract_tb(error.__traceback__)) if f.filename == str(path)), None
    )
    where = f" (line {line})" if line else ""
    return f"{type(error).__name__}: {getattr(error, 'msg', None) or error}{where}"


if __name__ == "__main__":
    main()
