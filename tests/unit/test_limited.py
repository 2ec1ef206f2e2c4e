"""Work in a child process: what it returns comes back, and what it takes too much of costs the caller nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from handgrad.running.limited import Interrupted, Limits, Stopped, limited

SHORT = Limits(seconds=1, clock=60, memory=64 << 20, answer=1 << 20)


def test_what_is_returned_comes_back() -> None:
    assert limited(lambda: {"text": "é\ud83d", "numbers": [1, 2.5, None]}) == {
        "text": "é\ud83d",
        "numbers": [1, 2.5, None],
    }


def test_the_caller_stays_as_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    kept = []
    limited(lambda: (kept.append(1), print("printed")))
    assert kept == []
    assert capfd.readouterr().out == ""


def spin() -> None:
    while True:
        pass


def deep() -> Any:
    found: Any = []
    for _ in range(100_000):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (spin, "it took longer than 1 s"),
        (lambda: bytearray(1 << 28), "it took more than 64 MB of memory"),
        (lambda: "x" * (2 << 20), "it took more than 64 MB of memory"),
        (lambda: {}["a secret"], "it broke down (KeyError)"),
        (lambda: os.abort(), "it took too much memory, or crashed"),
        (deep, "it broke down (RecursionError)"),
    ],
)
def test_what_takes_too_much_is_stopped(work: Any, words: str) -> None:
    with pytest.raises(Stopped) as raised:
        limited(work, SHORT)
    assert str(raised.value) == words


def test_what_the_machine_ended_is_known_as_such() -> None:
    with pytest.raises(Interrupted, match="from outside"):
        limited(lambda: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(Interrupted, match=r"within 0\.2 s"):
        limited(lambda: time.sleep(30), Limits(clock=0.2))


def test_no_child_is_left() -> None:
    for work in (spin, lambda: 1):
        with contextlib.suppress(Stopped):
            limited(work, SHORT)
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    states = [Path(f"/proc/{child}/stat").read_text() for child in children]
    assert [state for state in states if "(python" in state and " Z " in state] == []
