"""The grader as nbgrader knows it: preprocessors that ``nbgrader_config.py`` plugs in.

In the order of a submission's way: :class:`SubmissionExporter` reads it, :class:`Repair` brings
it into the released form, :class:`DrawCases` draws the hidden inputs, :class:`ExecuteProbes`
runs the student's code, :class:`JudgeEvidence` judges what came out, :class:`SaveVerdicts`
records the scores; and for the feedback, :class:`Redact` takes out what no student should see.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import os
import re
import secrets
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import Exporter, NotebookExporter
from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from traitlets import Bool, Integer, List, Unicode
from traitlets.log import get_logger

from handgrad.evidence import MIME, Malformed, dumps, pack
from handgrad.grading import by_hand, execution, history, pace, references, submission
from handgrad.grading import gradebook as gradebooks
from handgrad.grading.execution import Cell, Job, Runner
from handgrad.grading.render import VERDICT_MIME, verdict_data, verdict_html, verdict_text
from handgrad.grading.repair import HIDDEN, MARK_SCHEME, MarkedCell, only, repair, without
from handgrad.judge import Verdict, unjudged

Resources = dict[str, Any]

MOST_EVIDENCE = 8 * 1024 * 1024
"""Bytes of evidence, of one exercise, that the judge is willing to read."""


# -- reading a submission ----------------------------------------------------------------------


class SubmissionExporter(NotebookExporter):  # type: ignore[misc]
    """Read a submitted notebook; one that cannot be read becomes an empty one that says why."""

    optimistic_validation = Bool(True, help="Validate a notebook once, behind the last preprocessor.").tag(config=True)

    def from_filename(self, filename: str, resources: Resources | None = None, **kwargs: Any) -> tuple[str, Resources]:
        """Convert a notebook file, whatever it holds."""
        try:
            notebook = submission.read(Path(filename))
            reduce_to_text(notebook)
        except Exception as error:
            self.log.error("%s cannot be read as a notebook: %s", filename, str(error)[:300])
            notebook = nbformat.v4.new_notebook(metadata={"handgrad": {"unreadable": type(error).__name__}})
        return self.from_notebook_node(notebook, resources=resources, **kwargs)

    def from_notebook_node(
        self, nb: NotebookNode, resources: Resources | None = None, **kwargs: Any
    ) -> tuple[str, Resources]:
        """Run the preprocessors and write the notebook, which is valid by now, as compact JSON."""
        converted, resources = Exporter.from_notebook_node(self, nb, resources, **kwargs)
        return json.dumps(converted, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n", resources


def reduce_to_text(notebook: NotebookNode) -> None:
    """Take out of a submission whatever could keep the notebook format from being written again, and nobody needs."""
    kept = {key: notebook.metadata[key] for key in ("handgrad", "kernelspec") if key in notebook.metadata}
    notebook.metadata = NotebookNode({key: value for key, value in kept.items() if isinstance(value, dict)})
    for position, cell in enumerate(notebook.cells):
        marks = cell.metadata.get("nbgrader")
        cell.metadata = NotebookNode({"nbgrader": marks} if isinstance(marks, dict) else {})
        if not re.fullmatch("[A-Za-z0-9_-]{1,64}", str(cell.get("id", ""))):
            cell.id = f"read-{position}"
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


class Repair(NbGraderPreprocessor):  # type: ignore[misc]
    """Bring a submission back into the released form, and note in it what was repaired."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the repaired notebook."""
        where = resources["nbgrader"]
        released = source_notebook(self, where)
        order = tuple(cell.metadata.nbgrader.grade_id for cell in released.cells if "nbgrader" in cell.metadata)
        known = marked_cells(where["db_url"], where["assignment"], where["notebook"], order)
        unreadable = nb.metadata.get("handgrad", {}).get("unreadable") if not nb.cells else None
        repaired, done = repair(nb, known, released.cells)
        if unreadable:
            done = [f"The submitted file could not be read as a notebook ({unreadable}): nothing could be graded."]
        for sentence in done:
            self.log.warning("%s: %s", where["student"], sentence)
        if done:
            listed = "\n".join(f"- {sentence}" for sentence in done)
            note = nbformat.v4.new_markdown_cell(f"**Repaired before grading**\n\n{listed}", id="handgrad-repairs")
            repaired.cells.insert(0, note)
        repaired.metadata["handgrad"] = {
            "repairs": done,
            "unreadable": bool(unreadable),
            "submission": fingerprint(self, where),
        }
        if "kernelspec" in released.metadata:
            repaired.metadata["kernelspec"] = dict(released.metadata["kernelspec"])
        return repaired, resources


def course_of(preprocessor: NbGraderPreprocessor) -> Any:
    """Return the course directory of the converter that a preprocessor works for."""
    return getattr(getattr(preprocessor.parent, "parent", None), "coursedir", None)


def fingerprint(preprocessor: NbGraderPreprocessor, where: Resources) -> str:
    """Return a hash of the submitted file, by which the report tells another submission."""
    coursedir = course_of(preprocessor)
    if coursedir is None:
        return ""
    folder = coursedir.format_path(coursedir.submitted_directory, where["student"], where["assignment"])
    path = Path(folder) / f"{where['notebook']}.ipynb"
    if path.is_symlink() or not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def source_notebook(preprocessor: NbGraderPreprocessor, where: Resources) -> NotebookNode:
    """Return the source notebook of a submission: the gradebook keeps neither the order of its cells nor the prose."""
    coursedir = course_of(preprocessor)
    if coursedir is None:
        return nbformat.v4.new_notebook()
    folder = coursedir.format_path(coursedir.source_directory, ".", where["assignment"])
    path = Path(folder) / f"{where['notebook']}.ipynb"
    return _read(path, path.stat().st_mtime_ns) if path.is_file() else nbformat.v4.new_notebook()


@lru_cache(maxsize=16)
def _read(path: Path, changed: int) -> NotebookNode:
    """Read a notebook as it was at a time of change; once for a batch."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["imports"] = imports(notebook)
    return notebook


def imports(notebook: NotebookNode) -> list[str]:
    """Return the modules that the cells of a source notebook import, but for its tests, in their order."""
    found: list[str] = []
    for tree in by_hand.code_of(
        cell.source for cell in notebook.cells if cell.cell_type == "code" and not is_probe(cell)
    ):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return list(dict.fromkeys(found))


def marked_cells(db_url: str, assignment: str, notebook: str, order: tuple[str, ...]) -> list[MarkedCell]:
    """Return the marked cells of a notebook from the gradebook, in the given order."""
    with Gradebook(db_url) as gradebook:
        found = gradebook.find_notebook(notebook, assignment)
        points = {cell.name: cell.max_score for cell in (*found.grade_cells, *found.task_cells)}
        graded = {cell.name for cell in found.grade_cells}
        tasks = {cell.name for cell in found.task_cells}
        solutions = {cell.name for cell in found.solution_cells}
        cells = []
        for cell in found.source_cells:
            name = cell.name
            if name in tasks:
                kind = "task"
            elif name in graded:
                kind = "written" if name in solutions else "test"
            else:
                kind = "solution" if name in solutions else "locked"
            cells.append(MarkedCell(name, kind, cell.cell_type, cell.source, points.get(name), cell.checksum))
    place = {name: position for position, name in enumerate(order)}
    return sorted(cells, key=lambda cell: place.get(cell.name, len(place)))


# -- running it --------------------------------------------------------------------------------


def is_probe(cell: NotebookNode) -> bool:
    """Return whether a cell is a test that is judged from evidence."""
    return bool(cell.cell_type == "code" and utils.is_grade(cell) and not utils.is_solution(cell))


class DrawCases(NbGraderPreprocessor):  # type: ignore[misc]
    """Draw the hidden inputs of each exercise, from the course's secret, the assignment and the student."""

    references = Unicode(
        "", help="The folder that holds grader_tests and authoring; by default the course folder or one above it."
    ).tag(config=True)

    secret_file = Unicode(
        "course_secret", help="A file with the course's secret, made at the first grading; keep it, and keep it to you."
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Put the cases, and what the judge needs, into the resources."""
        where = resources["nbgrader"]
        course = Path(self.references) if self.references else references.course_folder()
        assignment = references.load(where["assignment"], course)
        secret = course_secret(Path(self.secret_file))
        names = [cell.metadata.nbgrader.grade_id for cell in nb.cells if is_probe(cell)]
        unknown = [name for name in names if name not in assignment.exercises]
        if unknown:
            raise references.ReferencesMissing(f"grader_tests/{assignment.name}.py has no reference for: {unknown}")
        resources["handgrad"] = {
            "assignment": assignment,
            "hidden": {name: references.draw(assignment, name, secret, where["student"]) for name in names},
            "nonces": {name: secrets.token_hex(16) for name in names},
            "verdicts": {},
        }
        return nb, resources


def course_secret(path: Path) -> bytes:
    """Return the course's secret, made and kept where there is none yet."""
    if not path.exists():
        # written whole and then linked, so that a second grader never reads half of it
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_hex(32).encode())
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_bytes().strip()


class ExecuteProbes(NbGraderPreprocessor):  # type: ignore[misc]
    """Run a submission: the student's cells as they are, and of each test cell its probe alone."""

    timeout = Integer(10, help="Seconds that each cell of a submission may take at least.").tag(config=True)
    factor = Integer(10, help="How many times longer than in the source notebook a cell may take.").tag(config=True)
    times_file = Unicode(
        "course_times.json", help="A file with what the source notebooks take here, made at the first grading."
    ).tag(config=True)
    most_seconds = Integer(
        900, help="Seconds for all of a submission; what is not run by then is left, with the reason."
    ).tag(config=True)
    restarts = Integer(8, help="How often a submission may lose its kernel before the rest is left.").tag(config=True)
    unprotected = Bool(
        False,
        help="Run submissions without a sandbox where there is none, as you: their code can then do all that you can.",
    ).tag(config=True)

    runner: Runner = execution.Here()
    """Runs submissions; ``handgrad grade`` puts another one in its place, which runs several at once."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Run every cell and return the notebook with outputs."""
        kept = self.runner.require(self.unprotected)
        if kept == "none":
            warn_once()
        began = datetime.now(UTC).isoformat(timespec="seconds")
        outcomes = self.runner.execute(self._job(nb, resources))
        run = {"sandbox": kept, "began": began, "seconds": round(sum(outcome.seconds for outcome in outcomes), 2)}
        nb.metadata["handgrad"] = {**nb.metadata.get("handgrad", {}), **run}
        for cell, outcome in zip(nb.cells, outcomes, strict=True):
            if cell.cell_type == "code":
                cell.outputs = [nbformat.from_dict(output) for output in outcome.outputs]
                cell.execution_count = outcome.execution_count
                if outcome.failure is not None:
                    cell.metadata["handgrad"] = dict(zip(("failure", "message"), outcome.failure, strict=True))
        return nb, resources

    def _job(self, nb: NotebookNode, resources: Resources) -> Job:
        drawn, source = resources["handgrad"], source_notebook(self, resources["nbgrader"])
        taken = self._times(source, drawn)
        limits = {name: max(self.timeout, self.factor * seconds) for name, seconds in taken.items()}
        for name, exercise in drawn["assignment"].exercises.items():
            limits[name] = max(exercise.seconds, self.factor * taken.get(name, 0))
        # what a student adds may take as long as the longest of ours
        longest = max(self.timeout, *limits.values())
        seconds = [longest if utils.is_solution(cell) else limits.get(pace.key(cell), longest) for cell in nb.cells]
        return self._run_of(nb, source, drawn, seconds)

    def _times(self, source: NotebookNode, drawn: Resources) -> Mapping[str, float]:
        """Return what each cell of the source notebook takes here."""
        if not source.cells:
            return {}
        assignment = drawn["assignment"]

        def reference() -> Job:
            names = [cell.metadata.nbgrader.grade_id for cell in source.cells if is_probe(cell)]
            ours = {
                "assignment": assignment,
                "hidden": {name: references.draw(assignment, name, b"times") for name in names},
                "nonces": dict.fromkeys(names, ""),
            }
            return self._run_of(source, source, ours, [pace.PATIENCE] * len(source.cells))

        return pace.measured(Path(self.times_file), assignment.name, source, lambda: self.runner.measure(reference()))

    def _run_of(self, nb: NotebookNode, source: NotebookNode, drawn: Resources, seconds: Sequence[float]) -> Job:
        """Return what runs a notebook, each cell within its limit."""
        known = drawn["assignment"].exercises
        last = max((index for index, cell in enumerate(nb.cells) if is_probe(cell)), default=-1)
        cells = []
        for index, (cell, most) in enumerate(zip(nb.cells, seconds, strict=True)):
            if index > last or cell.cell_type != "code":
                cells.append(Cell("", most))  # one behind the last test can change no mark any more
            elif is_probe(cell):
                cells.append(Cell(probe_source(cell.source, cell.metadata.nbgrader.grade_id, drawn), most, probe=True))
            else:
                cells.append(Cell(cell.source, most))
        return Job(
            tuple(cells),
            (f"handgrad.exercises.{known.assignment}", *source.metadata.get("imports", ())),
            known.absent,
            self.most_seconds,
            self.restarts,
            self.unprotected,
            dict(self.config.get("GradingKernelManager", {})),
        )


@cache
def warn_once() -> None:
    """Say, once in a batch, that there is no sandbox."""
    get_logger().warning(
        "There is no sandbox: submissions run as you, and can do all that you can (ExecuteProbes.unprotected=True). "
        "Each kernel starts cold, which takes longer."
    )


def probe_source(source: str, name: str, drawn: Resources) -> str:
    """Return what is run of a test cell: the delivery of the inputs, and its hidden part."""
    exercise = drawn["assignment"].exercises[name]
    given = {
        "nonce": drawn["nonces"][name],
        "cases": {label: pack(exercise.given(case)) for label, case in drawn["hidden"][name].inputs.items()},
        "supplied": references.supplied(drawn["assignment"], name),
    }
    # a kernel reads, hashes and repeats the text of every cell, so a short one is cheaper
    packed = base64.b64encode(zlib.compress(dumps(given).encode(), 3)).decode()
    return f"from handgrad.check import deliver\n\ndeliver({packed!r})\n{only(source, HIDDEN)}"


# -- judging and recording ---------------------------------------------------------------------


class JudgeEvidence(NbGraderPreprocessor):  # type: ignore[misc]
    """Judge the evidence of each test cell, and put the verdict in the place of its outputs."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the notebook with a verdict in each test cell."""
        lines = {line.strip() for cell in nb.cells if cell.cell_type == "code" for line in cell.source.split("\n")}
        lines.discard("")
        code = by_hand.Code(cell.source for cell in nb.cells if cell.cell_type == "code" and not is_probe(cell))
        for cell in nb.cells:
            if is_probe(cell):
                name = cell.metadata.nbgrader.grade_id
                verdict = self._verdict(cell, name, resources["handgrad"], lines, code)
                resources["handgrad"]["verdicts"][name] = verdict
                points = float(cell.metadata.nbgrader.points)
                data = {
                    "text/html": verdict_html(verdict, points),
                    "text/plain": verdict_text(verdict, points),
                    VERDICT_MIME: verdict_data(verdict, points),
                }
                cell.outputs = [nbformat.from_dict({"output_type": "display_data", "metadata": {}, "data": data})]
        return nb, resources

    def _verdict(self, cell: NotebookNode, name: str, drawn: Resources, lines: set[str], code: by_hand.Code) -> Verdict:
        exercise = drawn["assignment"].exercises[name]
        breach = by_hand.breach(exercise, code)
        if breach is not None:
            return unjudged(exercise, "not_by_hand", breach.message, known=True)
        failure = cell.metadata.get("handgrad", {}).get("failure")
        if failure == "timeout":
            return unjudged(exercise, "timeout", "it took too long: is there a loop that does not end?")
        if failure:
            return unjudged(exercise, failure, cell.metadata["handgrad"]["message"] + ".")
        try:
            evidence = read_evidence(cell, drawn["nonces"][name])
            breach = None if "missing" in evidence else by_hand.unread(exercise, code)
            if breach is not None:
                return unjudged(exercise, "not_by_hand", breach.message)
            return references.verdict(drawn["hidden"][name], evidence, lines)
        except Malformed as error:
            self.log.warning("%s: no evidence that can be judged: %s", name, error)
            return unjudged(exercise, "no_evidence", f"no points, because {error}.")


def read_evidence(cell: NotebookNode, nonce: str) -> dict[str, Any]:
    """Return the one piece of evidence in a cell's outputs.

    Raises
    ------
    Malformed
        Where there is none, more than one, or one that does not belong to this test.
    """
    found = [output["data"][MIME] for output in cell.outputs if MIME in output.get("data", {})]
    if len(found) != 1:
        raise Malformed("the test handed over no results" if not found else "the test handed over results twice")
    (text,) = found
    if not isinstance(text, str) or len(text) > MOST_EVIDENCE:
        raise Malformed("the results are not in the agreed form, or too large")
    try:
        evidence = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("the results are not in the agreed form") from error
    if not isinstance(evidence, dict) or evidence.get("nonce") != nonce:
        raise Malformed("the results do not belong to this test")
    return evidence


class SaveVerdicts(SaveAutoGrades):  # type: ignore[misc]
    """Record the judge's scores; a test cell without a verdict scores 0, whatever it printed."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Record every score of the notebook."""
        self._verdicts: dict[str, Verdict] = resources["handgrad"]["verdicts"]
        where = resources["nbgrader"]
        self.notebook_id, self.assignment_id = where["notebook"], where["assignment"]
        self.student_id = where["student"]
        with Gradebook(where["db_url"]) as self.gradebook:
            # the cells are asked for together, so that a grade need not ask for its own
            known = self.gradebook.find_notebook(self.notebook_id, self.assignment_id)
            names = {cell.id: cell.name for cell in (*known.grade_cells, *known.task_cells, *known.solution_cells)}
            submitted = self.gradebook.find_submission_notebook(self.notebook_id, self.assignment_id, self.student_id)
            self._grades = {names[grade.cell_id]: grade for grade in submitted.grades}
            self._comments = {names[comment.cell_id]: comment for comment in submitted.comments}
            saved: tuple[NotebookNode, Resources] = NbGraderPreprocessor.preprocess(self, nb, resources)
            # all of them at once, so that a submission is recorded as a whole or not at all
            self.gradebook.db.commit()
            self._remember(nb)
        return saved

    def _remember(self, nb: NotebookNode) -> None:
        """Note the marks as they are now, so that the report can say which of them a regrade changed."""
        found = gradebooks.submissions(self.gradebook, self.assignment_id, self.student_id)[self.student_id]
        verdicts = [
            verdict_data(v, found.marks[name].most) for name, v in self._verdicts.items() if name in found.marks
        ]
        now = history.state(found, verdicts, nb.metadata.get("handgrad", {}).get("submission", ""))
        try:
            history.record(history.folder(Path(), self.assignment_id) / f"{self.student_id}.json", now)
        except OSError as error:  # the mark is saved, and worth more than its history
            self.log.warning("%s: what the mark was cannot be kept for the report: %s", self.student_id, error)

    def _add_score(self, cell: NotebookNode, resources: Resources) -> None:
        name = cell.metadata.nbgrader.grade_id
        grade = self._grades[name]
        if is_probe(cell):
            verdict = self._verdicts.get(name)
            grade.auto_score = round(float(cell.metadata.nbgrader.points) * verdict.share, 4) if verdict else 0.0
        else:
            grade.auto_score, _ = utils.determine_grade(cell, self.log)
        grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None

    def _add_comment(self, cell: NotebookNode, resources: Resources) -> None:
        name = cell.metadata.nbgrader.grade_id
        comment = self._comments[name]
        untouched = cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
        comment.auto_comment = "No response." if untouched and not utils.is_task(cell) else None


# -- feedback ----------------------------------------------------------------------------------


class Redact(NbGraderPreprocessor):  # type: ignore[misc]
    """Take out of the feedback what no student should see.

    The hidden parts of tests and marking schemes go; and so do the outputs of every cell behind
    the first probe, since code that has seen hidden inputs could print them there. The verdicts,
    which the grader wrote, stay.
    """

    # as GetGrades has it: the exporter configures it for every preprocessor
    display_data_priority = List(NbGraderPreprocessor.display_data_priority.default()).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the notebook as the student may see it."""
        probed = False
        for cell in nb.cells:
            cell.source = without(without(cell.source, HIDDEN), MARK_SCHEME).rstrip("\n")
            if cell.cell_type != "code":
                continue
            if is_probe(cell):
                probed = True
                cell.outputs = [output for output in cell.outputs if VERDICT_MIME in output.get("data", {})]
                for output in cell.outputs:
                    del output["data"][VERDICT_MIME]
            elif probed:
                cell.outputs = []
        return nb, resources


# -- words before grading ------------------------------------------------------------------------


def before_grading(assignment: str, student: str, notebooks: list[str], db_url: str = "") -> None:
    """Say in clear words what nbgrader is about to refuse; nbgrader calls this for each submission."""
    log = get_logger()
    for folder in {Path(notebook).parent for notebook in notebooks}:
        keep_files_alone(folder)
        keep_date_alone(folder / "timestamp.txt")
    if db_url and not knows(db_url, assignment):
        knows.cache_clear()
        log.error(
            "The gradebook does not know %s yet: run `nbgrader generate_assignment %s`, then grade again; "
            "nothing is lost.",
            assignment,
            assignment,
        )
    expected = {path.name for path in (Path("source") / assignment).glob("*.ipynb")}
    for path in map(Path, notebooks):
        if expected and path.name not in expected:
            log.error(
                "%s: the notebook of this assignment is named %s. Rename the file and grade again; nothing is lost.",
                path,
                " or ".join(sorted(expected)),
            )


@cache
def knows(db_url: str, assignment: str) -> bool:
    """Return whether a gradebook has an assignment; asked once for a batch."""
    with Gradebook(db_url) as gradebook:
        return assignment in {known.name for known in gradebook.assignments}


def keep_files_alone(folder: Path) -> None:
    """Take links and pipes out of a submission: nbgrader would copy what they lead to, even into the feedback."""
    for where, _, names in os.walk(folder):
        for path in (Path(where, name) for name in names if not name.endswith(".ipynb")):
            if path.is_symlink() or not path.is_file():
                target = f" to {os.readlink(path)}" if path.is_symlink() else ""
                get_logger().warning("%r, which is no file but a link or a pipe%s, was removed", str(path), target)
                path.unlink()


def keep_date_alone(path: Path) -> None:
    """Take a date that cannot be read out of a submission: nbgrader would not grade it."""
    if path.is_file():
        text = path.read_text(encoding="utf-8", errors="replace").strip()
        try:
            if text:
                utils.parse_utc(text)
        except Exception:
            get_logger().warning("%s, which holds no date but %r, was removed", path, text[:100])
            path.unlink()
