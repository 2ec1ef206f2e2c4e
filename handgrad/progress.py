"""How far a command is: a bar in a terminal, lines in a log."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TextIO

from tqdm import tqdm

QUIET = 2.0
"""Seconds that need no words: a bar that stands for less would only flicker."""


class Progress:
    """Counts what is done of something that takes a while.

    In a terminal it is a bar. Elsewhere it is a line after two seconds, then every few seconds, and whenever
    there is something to say; and one at the end, if there was one before. What is done sooner needs no words.

    Parameters
    ----------
    total
        How many steps there are.
    what
        What is counted, for the bar: ``"notebooks"``.
    file
        Where to show it; by default the error stream.
    every
        Seconds between two lines, where it is no terminal; 0 gives a line for each step.
    """

    def __init__(self, total: int, what: str, *, file: TextIO | None = None, every: float = 10) -> None:
        self._file = file or sys.stderr
        self._total, self._every = total, every
        self._done, self._began = 0, time.monotonic()
        self._silent, self._next = True, self._began + min(QUIET, every)
        terminal = self._file.isatty()
        unit = f" {what}"
        self._bar = tqdm(total=total, unit=unit, file=self._file, disable=not terminal, delay=QUIET, dynamic_ncols=True)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def step(self, name: str = "", note: str = "") -> None:
        """Count one more.

        Parameters
        ----------
        name
            What was done, for a line in a log.
        note
            What there is to say of it; it is always shown.
        """
        self._done += 1
        if self._bar.disable:
            self._line(name, note)
        else:
            self._bar.update()
            if note:
                self._bar.write(f"{name}  {note}".strip(), file=self._file)

    def _line(self, name: str, note: str) -> None:
        now = time.monotonic()
        last = self._done == self._total and not self._silent
        if not note and not last and now < self._next:
            return
        self._silent, self._next = False, now + self._every
        rate = self._done / max(now - self._began, 1e-9)
        left = (self._total - self._done) / rate
        count = f"{self._done:>{len(str(self._total))}}/{self._total}"
        line = f"{count}  {rate:.2f} per second, {left:.0f} s left  {name}  {note}".rstrip()
        print(line, file=self._file, flush=True)
