"""Run a plain Python file's functions on given cases, in a process of its own.

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

from handgrad.assignments.catalogue import exercises
from handgrad.judging.evidence import collect, dumps, unpack


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

    path = Path(given["file"])
    sys.path[0] = str(path.parent)
    spec = importlib.util.spec_from_file_location("solution", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["solution"] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        line = getattr(error, "lineno", None) or next(
            (f.lineno for f in reversed(traceback.extract_tb(error.__traceback__)) if f.filename == str(path)), None
        )
        where = f" (line {line})" if line else ""
        say({"failed": f"{type(error).__name__}: {getattr(error, 'msg', None) or error}{where}"})
        return
    say({"loaded": True})
    known = exercises(given["assignment"])
    for exercise in given["exercises"]:
        cases = {label: unpack(case) for label, case in exercise["cases"].items()}
        say({"evidence": collect(known[exercise["name"]], module.__dict__, cases, exercise["supplied"])})


if __name__ == "__main__":
    main()
