"""A bar in a terminal, lines in a log."""

from __future__ import annotations

import io
import os
import pty
import sys
import termios
import time
from subprocess import PIPE, run

from handgrad.progress import Progress


def test_lines_in_a_log() -> None:
    log = io.StringIO()
    with Progress(300, "notebooks", file=log) as progress:
        for index in range(300):
            progress.step(f"student {index}", "could not be read" if index == 150 else "")
    lines = log.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == ["151/300", "300/300"]
    assert "student 150  could not be read" in lines[0]
    assert "0 s left" in lines[-1]


def test_lines_after_a_while() -> None:
    log = io.StringIO()
    with Progress(8, "notebooks", file=log, every=0.2) as progress:
        for _ in range(8):
            time.sleep(0.1)
            progress.step()
    assert 3 <= len(log.getvalue().splitlines()) <= 5


def test_what_is_done_at_once_needs_no_words() -> None:
    log = io.StringIO()
    with Progress(3, "notebooks", file=log) as progress:
        for _ in range(3):
            progress.step()
    assert log.getvalue() == ""


def test_a_line_for_each_step() -> None:
    log = io.StringIO()
    with Progress(3, "notebooks", file=log, every=0) as progress:
        for _ in range(3):
            progress.step()
    assert len(log.getvalue().splitlines()) == 3


def test_a_bar_in_a_terminal() -> None:
    code = """
import time
from handgrad.progress import Progress
with Progress(3, "notebooks") as progress:
    for index in range(3):
        time.sleep(0.9)
        progress.step(f"student {index}", "cannot be read" if index == 1 else "")
"""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    run([sys.executable, "-c", code], stderr=theirs, stdout=PIPE, check=True, timeout=60)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "3/3" in shown
    assert "%|" in shown
    assert "student 1  cannot be read" in shown
    assert "\nstudent 0" not in shown
