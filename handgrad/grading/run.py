"""Run a submission: cells in, what each of them put out."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Integer, Unicode
from traitlets.log import get_logger

from handgrad import references
from handgrad.grading import again, supplied, times
from handgrad.grading.course import source_file, tries_of
from handgrad.grading.draw import draw
from handgrad.grading.note import KEY, CellNote, Note
from handgrad.grading.source import source_notebook
from handgrad.grading.stages import Grading, Resources, fail
from handgrad.notebooks.cells import is_probe
from handgrad.notebooks.repair import NOT_NEEDED
from handgrad.references import Assignment, delivery
from handgrad.running import execution
from handgrad.running.execution import Runner
from handgrad.running.job import Cell, Job, Outcome
from handgrad.running.pool import PoolLost

LARGE = ("torch",)
"""Packages that take a second to import, which a student may use where the course does not."""


class ExecuteProbes(NbGraderPreprocessor):  # type: ignore[misc]
    """Run a submission: the student's cells as they are, and of each test cell its probe alone."""

    timeout = Integer(10, help="Seconds of the processor's time that each cell of a submission may take at least.").tag(
        config=True
    )
    factor = Integer(10, help="How many times longer than in the source notebook a cell may take.").tag(config=True)
    times_file = Unicode(
        "course_times.json", help="A file with what the source notebooks take here, made at the first grading."
    ).tag(config=True)
    most_seconds = Integer(
        900, help="Seconds by the clock for all of a submission; what is not run by then is left, with the reason."
    ).tag(config=True)
    restarts = Integer(8, help="How often a submission may lose its kernel before the rest is left.").tag(config=True)
    unprotected = Bool(
        False,
        help="Run submissions without a sandbox where there is none, as you: their code can then do all that you can.",
    ).tag(config=True)

    runner: Runner = execution.LocalRunner()
    """Runs submissions; ``handgrad grade`` puts another one in its place, which runs several at once."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Run every cell and return the notebook with outputs."""
        kept = self.runner.require(self.unprotected)
        if kept == "none":
            warn_once()
        began = datetime.now(UTC).isoformat(timespec="seconds")
        outcomes = self._outcomes(nb, resources)
        seconds = round(sum(outcome.seconds for outcome in outcomes), 2)
        note = dataclasses.replace(Note.of(nb.metadata), sandbox=kept, began=began, seconds=seconds)
        nb.metadata[KEY] = note.to_json()
        return nb, resources

    def _outcomes(self, nb: NotebookNode, resources: Resources) -> list[Outcome]:
        """Run a submission, and return what came of it, where the machine is not to blame."""
        tries = tries_of(self)
        if tries.lost >= again.MOST:
            return self._lost(nb, resources)
        try:
            job = self._job(nb, resources)
            if tries.last:
                job = dataclasses.replace(job, settings={**(job.settings or {}), "warm": False})
            outcomes = self.runner.execute(job)
            _put(nb, outcomes)
            seconds = sum(outcome.seconds for outcome in outcomes)
            left = dataclasses.replace(job, most_seconds=self.most_seconds - seconds)
            outcomes = [*outcomes, *self._supply(nb, left, resources)]
        except Exception as error:
            tries.broke(error)
            if isinstance(error, (OSError, MemoryError, PoolLost)):
                raise  # this one may have nothing to do with it
            return self._lost(nb, resources)
        tries.ended(outcomes)
        return outcomes

    def _lost(self, nb: NotebookNode, resources: Resources) -> list[Outcome]:
        """Note that what runs a submission was lost each time, alone too, so that nothing came of its cells."""
        why = f"what ran it was lost {again.MOST} times"
        fail(resources, "running", why)
        outcomes = [Outcome([], ("lost", f"{why}, so this was not run"))] * len(nb.cells)
        _put(nb, outcomes)
        return outcomes

    def _supply(self, nb: NotebookNode, job: Job, resources: Resources) -> list[Outcome]:
        """Run what is wrong and uses earlier exercises once more, with right ones.

        Each group has a kernel of its own, so that what is supplied to one exercise answers no other.
        """
        grading: Grading = resources["handgrad"]
        outcomes: list[Outcome] = []
        for names in supplied.groups(nb, grading):
            more, nonces = supplied.job(nb, job, grading, names)
            left = job.most_seconds - sum(outcome.seconds for outcome in outcomes)
            found = self.runner.execute(dataclasses.replace(more, most_seconds=left))
            supplied.keep(nb, found, grading, nonces)
            outcomes += found
        return outcomes

    def _job(self, nb: NotebookNode, resources: Resources) -> Job:
        """Return what runs a submission, each cell within the limit that the source notebook gives it."""
        grading: Grading = resources["handgrad"]
        source = source_notebook(source_file(self, resources["nbgrader"]))
        taken = self._times(source, grading.assignment)
        loops = self._loops(grading.assignment)
        for name, hidden in grading.hidden.items():
            hidden.patience = times.patience(loops.get(name, 0))
        limits = {name: max(self.timeout, self.factor * seconds) for name, seconds in taken.items()}
        for name, exercise in grading.assignment.exercises.items():
            limits[name] = max(exercise.seconds, self.factor * taken.get(name, 0))
        # what a student adds may take as long as the longest of ours
        longest = max(self.timeout, *limits.values())
        seconds = [longest if utils.is_solution(cell) else limits.get(times.key(cell), longest) for cell in nb.cells]
        return self._job_within(seconds, nb, source, grading)

    def measure(self, source: NotebookNode, assignment: Assignment) -> None:
        """Take the times of a source notebook, and of plain loops, where they are not known."""
        self._times(source, assignment)
        self._loops(assignment)

    def _times(self, source: NotebookNode, assignment: Assignment) -> Mapping[str, float]:
        """Return what each cell of the source notebook takes here."""
        if not source.cells:
            return {}

        def run() -> dict[str, float]:
            self.log.warning("the source notebook is new here: taking its time, once")
            names = [cell.metadata.nbgrader.grade_id for cell in source.cells if is_probe(cell)]
            seconds = [times.CELL] * len(source.cells)
            job = self._job_within(seconds, source, source, draw(assignment, names, b"times"))
            outcomes = self.runner.execute(job)
            if any(again.reason(one) for one in outcomes):
                raise RuntimeError("the kernel of the source notebook ended while its time was taken")
            return {times.key(cell): one.processor for cell, one in zip(source.cells, outcomes, strict=True)}

        text = "\0".join(cell.source for cell in source.cells)
        return times.measured(Path(self.times_file), assignment.name, text, run)

    def _loops(self, assignment: Assignment) -> Mapping[str, float]:
        """Return what plain loops take for each large case here."""
        text = references.loops_text(assignment)
        name = f"{assignment.name}, large cases"
        return times.measured(Path(self.times_file), name, text, lambda: references.loops_seconds(assignment))

    def _job_within(self, seconds: Sequence[float], nb: NotebookNode, source: NotebookNode, grading: Grading) -> Job:
        """Return what runs a notebook, each cell within so many seconds."""
        known = grading.assignment.exercises
        last = max((index for index, cell in enumerate(nb.cells) if is_probe(cell)), default=-1)
        cells = []
        for index, (cell, most) in enumerate(zip(nb.cells, seconds, strict=True)):
            if index > last or cell.cell_type != "code" or NOT_NEEDED in cell.metadata.get("tags", ()):
                cells.append(Cell("", most))  # it can change no mark, as nothing that is tested comes behind or uses it
            elif is_probe(cell):
                name = cell.metadata.nbgrader.grade_id
                probe = probe_source(cell.source, name, grading)
                cells.append(Cell(probe, most, probe=True))
            else:
                cells.append(Cell(cell.source, most))
        large = [name for name in LARGE if any(f"import {name}" in cell.source for cell in cells)]
        return Job(
            tuple(cells),
            (*known.modules, *source.metadata.get("imports", ()), *large),
            known.absent,
            self.most_seconds,
            self.restarts,
            self.unprotected,
            dict(self.config.get("KernelSettings", {})),
        )


def _put(nb: NotebookNode, outcomes: Sequence[Outcome]) -> None:
    """Put what came of each cell into a notebook."""
    numbers = itertools.count(1)
    for cell, outcome in zip(nb.cells, outcomes, strict=True):
        if cell.cell_type == "code":
            cell.outputs = [nbformat.from_dict(output) for output in outcome.outputs]
            # the kernel's own number could be made to say what it has seen
            cell.execution_count = next(numbers) if outcome.seconds else None
            if outcome.failure is not None:
                cell.metadata[KEY] = CellNote(*outcome.failure).to_json()


@cache
def warn_once() -> None:
    """Say, once in a batch, that there is no sandbox."""
    get_logger().warning(
        "There is no sandbox: submissions run as you, and can do all that you can (ExecuteProbes.unprotected=True). "
        "Each kernel starts cold, which takes longer."
    )


def probe_source(source: str, name: str, grading: Grading) -> str:
    """Return what is run of a test cell in the first run, in which nothing is supplied."""
    given = {"nonce": grading.nonces[name], **delivery(grading.hidden[name]), "supplied": ""}
    return supplied.with_delivery(source, given)
