"""Write the pages of ``nbgrader generate_feedback``, several at once."""

from __future__ import annotations

import glob
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from nbgrader.apps import GenerateFeedbackApp
from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import NbGraderException
from sqlalchemy.orm import configure_mappers

from handgrad.grading import batch, stages
from handgrad.names import legible
from handgrad.progress import Progress
from handgrad.reporting.feedback import FeedbackExporter
from handgrad.running import interrupts
from handgrad.running.limited import end_with


def run(
    assignment: str,
    *,
    jobs: int | None = None,
    force: bool = False,
    students: Sequence[str] = (),
    traits: Sequence[str] = (),
) -> int:
    """Write feedback on an assignment; return 1 where a page could not be written, or not all of it.

    Parameters
    ----------
    assignment
        Its name.
    jobs
        How many pages are made at once; by default as many as there are cores.
    force
        Whether to write anew what has been written.
    students
        Whose feedback to write; by default everyone's.
    traits
        Settings of nbgrader, as options of its command line.

    Raises
    ------
    LookupError
        Where nothing is graded, or one of the named students is not.
    """
    with interrupts.heard():
        app = batch.application(GenerateFeedbackApp, assignment, force, traits)
        converter = _Together(coursedir=app.coursedir, parent=app)
        converter.jobs, converter.students = jobs or os.cpu_count() or 1, students
        if not glob.glob(os.path.join(converter._format_source(assignment, "*"), "*.ipynb")):
            raise LookupError(f"nothing of {assignment} is graded yet: `handgrad grade {assignment}` comes first")
        converter.start()
        print(f"wrote feedback for {converter.written} of {converter.asked}")
        return 1 if converter.written < converter.asked or stages.failed else 0


class _Together(GenerateFeedback):  # type: ignore[misc]
    """Converts each submission as its parent does, in processes that share what is the same for all pages."""

    jobs = 1
    students: Sequence[str] = ()
    asked = written = 0
    exporter: FeedbackExporter
    assignments: dict[str, list[str]]

    def convert_notebooks(self) -> None:
        """Write all pages."""
        folders = self._folders()
        self.asked = len(folders)
        first = self.init_single_notebook_resources(self.assignments[next(iter(folders.values()))][0])
        self.exporter.render_source(self.exporter._init_resources(first))  # type: ignore[no-untyped-call]
        configure_mappers()
        with Progress(self.asked, "pages") as progress:
            failed: dict[str, list[str]] = {}
            for student, there, why in self._converted(folders):
                self.written += there
                failed |= why
                progress.step(legible(student))
        stages.failed.update(failed)

    def _folders(self) -> dict[str, str]:
        """Return the folder of each student that is asked for."""
        graded = {
            self.init_single_notebook_resources(found[0])["nbgrader"]["student"]: folder
            for folder, found in sorted(self.assignments.items())
        }
        absent = sorted(set(self.students) - set(graded))
        if absent:
            raise LookupError(f"nothing is graded of: {', '.join(map(legible, absent))}")
        return {student: folder for student, folder in graded.items() if not self.students or student in self.students}

    def _converted(self, folders: Mapping[str, str]) -> Iterator[Made]:
        if self.jobs == 1 or not sys.platform.startswith("linux"):
            yield from (self.convert_one(*one) for one in folders.items())
            return
        # a fork has this converter, and all that it has imported and rendered
        fork = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(min(self.jobs, len(folders)), fork, _begin, (self, os.getpid())) as pool:
            made = [pool.submit(_convert, *one) for one in folders.items()]
            try:
                yield from (done.result() for done in as_completed(made))
            except KeyboardInterrupt:
                pool.shutdown(cancel_futures=True)
                raise

    def convert_one(self, student: str, folder: str) -> Made:
        """Write the pages of one student."""
        every, self.assignments = self.assignments, {folder: self.assignments[folder]}
        stages.failed.clear()
        try:
            super().convert_notebooks()
            return student, True, dict(stages.failed)
        except NbGraderException:  # nbgrader has said in its log what it was
            return student, False, dict(stages.failed)
        finally:
            self.assignments = every


Made = tuple[str, bool, dict[str, list[str]]]
"""Whose pages they are, whether they are there, and what failed on the way."""

_inherited: list[_Together] = []
"""In a process of the pool, the converter that it was forked with."""


def _begin(converter: _Together, started_by: int) -> None:
    """Begin in a process of the pool, which ends with the one that started it; Ctrl-C is for that one."""
    _inherited.append(converter)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with(started_by)


def _convert(student: str, folder: str) -> Made:
    return _inherited[0].convert_one(student, folder)
