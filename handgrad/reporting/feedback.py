"""Feedback, the page that a student gets back: nbgrader's, with a summary on top, and fit for a phone."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import Any, Literal

import nbformat
from nbconvert.exporters import HTMLExporter
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.api import Comment, Grade, Gradebook, SubmittedNotebook
from pygments.formatters import HtmlFormatter
from sqlalchemy.orm import selectinload
from traitlets import Integer
from traitlets.config import Config

from handgrad.grading.course import source_file
from handgrad.grading.redact import FeedbackStage
from handgrad.grading.source import source_notebook
from handgrad.grading.stages import Resources, fail
from handgrad.judging.display import prose
from handgrad.judging.verdict_json import VerdictRecord, recorded
from handgrad.notebooks.cells import is_probe
from handgrad.reporting.rendering import SHORT, markdown2html, safe_html
from handgrad.running.limited import Limits, Stopped, limited

CODE_STYLES = {"light_code": "xcode", "dark_code": "github-dark"}
"""Styles of Pygments whose colours stand out enough from a light, and a dark, ground (WCAG 2.1, level AA)."""


class FeedbackExporter(HTMLExporter):
    """Write feedback with the template of this package, which extends the one of nbgrader's ``GenerateFeedback``."""

    seconds = Integer(15, help="Seconds of the processor's time that a page may take.").tag(config=True)

    def __init__(self, config: Config | None = None, **kwargs: Any) -> None:
        merged = Config(config or {})
        # what nbgrader has set for its own template, in a section that formgrader uses for another
        theirs, own = merged.HTMLExporter, merged.FeedbackExporter
        own.template_name = "handgrad"
        own.extra_template_basedirs = [str(Path(__file__).with_name("templates")), *theirs.extra_template_basedirs]
        own.extra_template_paths = [*theirs.extra_template_paths, *theirs.extra_template_basedirs]
        # what the preprocessors make of a notebook is looked at once, and not behind each of them
        super().__init__(config=merged, optimistic_validation=True, **kwargs)  # type: ignore[no-untyped-call]
        self.environment.filters |= {"prose": prose, "markdown2html": markdown2html, "without_scripts": without_scripts}
        for scheme, style in CODE_STYLES.items():
            self.environment.globals[scheme] = HtmlFormatter(style=style).get_style_defs(".highlight")
        self._rendered: set[Path] = set()
        self._highlight = lru_cache(maxsize=512)(Highlight2HTML(parent=self))

    def from_filename(self, filename: str, resources: Resources | None = None, **kwargs: Any) -> tuple[str, Resources]:  # type: ignore[override]
        """Return the page; where it takes too long, one with the verdicts alone, which says so."""
        resources = self._init_resources(resources or {})  # type: ignore[no-untyped-call]
        self.render_source(resources)
        resources[MARKS] = recorded_marks(resources["nbgrader"])
        most = Limits(seconds=self.seconds)
        try:
            return limited(lambda: HTMLExporter.from_filename(self, filename, resources, **kwargs)[0], most), resources
        except Stopped as error:
            self.log.error("%s: %s", filename, error)
            fail(resources, "feedback", str(error))
            bare = verdicts_alone(Path(filename), str(error))
            return limited(lambda: self.from_notebook_node(bare, resources, **kwargs)[0], most), resources

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: Resources | None = None, **kwargs: Any
    ) -> tuple[str, Resources]:
        """Return the page of a notebook, as :class:`HTMLExporter` does, which then parses all of it for a few words."""
        self._register_filters(nb, resources)
        page, resources = super(HTMLExporter, self).from_notebook_node(nb, resources, **kwargs)
        return described(page), resources

    def _register_filters(self, nb: NotebookNode, resources: Resources | None) -> None:
        metadata = {"": nb.metadata}
        widgets = WidgetsDataTypeFilter(notebook_metadata=metadata, parent=self, resources=resources)
        self.environment.filters |= {"filter_data_type": widgets, "highlight_code": self._highlighted}

    def _highlighted(self, source: str, metadata: Mapping[str, Any] | None = None) -> str:
        """Return code with its colours, from memory where it was shown before."""
        language = (metadata or {}).get("magics_language")
        html: str = self._highlight(source, language)
        return html

    def render_source(self, resources: Resources) -> None:
        """Render the source notebook, once: a page is made in a fork, which then knows all that is the same for all."""
        path = source_file(self, resources["nbgrader"])
        if path not in self._rendered:
            self._rendered.add(path)
            source = source_notebook(path)
            self.from_notebook_node(source, copy.deepcopy({**resources, MARKS: no_marks(source)}))


PICTURE = re.compile(r"""<img\b((?:[^>"']|"[^"]*"|'[^']*')*)>""")


def described(page: str) -> str:
    """Return a page with words for each picture that has none."""

    def with_words(found: re.Match[str]) -> str:
        if re.search(r"\balt\s*=", found[1]):
            return found[0]
        return f'<img alt="No description has been provided for this image"{found[1]}>'

    return PICTURE.sub(with_words, page)


def without_scripts(page: str) -> str:
    """Return HTML without the scripts that nbgrader's template loads from the web, as formulas need none."""
    return re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL)


def verdicts_alone(path: Path, why: str) -> NotebookNode:
    """Return an autograded notebook without all that the student wrote."""
    graded: NotebookNode = nbformat.from_dict(json.loads(path.read_bytes()))
    said = f"Your notebook could not be shown here: {why}. Here is what was found at grading."
    graded.cells = [nbformat.v4.new_markdown_cell(said), *filter(is_probe, graded.cells)]
    return graded


@dataclass(frozen=True)
class Entry:
    """What the summary says of one exercise.

    Attributes
    ----------
    name
        The exercise's name.
    section, anchor
        The heading above it, and where a link to it leads.
    score, points
        The points earned, and those that there are.
    state
        Whether a person is still to read it, it earned its full points, or lost some.
    overruled
        Whether a person set the score in place of the judge's.
    found
        What was found wrong, in sentences.
    comments
        The names of cells before it to which there is a comment.
    """

    name: str
    section: str
    anchor: str
    score: float
    points: float
    state: Literal["waits", "full", "lost"]
    overruled: bool
    found: list[str]
    comments: list[str]


MARKS = "handgrad_marks"


@dataclass(frozen=True)
class Marks:
    """What the gradebook has of one notebook.

    Attributes
    ----------
    score, max_score, late_penalty
        The points of all cells, and what was taken off.
    grades
        Of each cell with points: the points earned, those that there are, whether a person is still to read it, and
        whether one set the score.
    comments
        What was said of each cell.
    """

    score: float
    max_score: float
    late_penalty: float
    grades: Mapping[str, tuple[float, float, bool, bool]]
    comments: Mapping[str, str | None]


def recorded_marks(where: Mapping[str, str]) -> Marks:
    """Return the marks of a submission, in one reading of the gradebook."""
    with Gradebook(where["db_url"]) as gradebook:
        found = gradebook.find_submission_notebook(where["notebook"], where["assignment"], where["student"])
        grades = {
            grade.name: (grade.score, grade.max_score, grade.needs_manual_grade, grade.manual_score is not None)
            for grade in _with_cells(gradebook, Grade, found)
        }
        comments = {comment.name: comment.comment for comment in _with_cells(gradebook, Comment, found)}
        return Marks(found.score, found.max_score, found.late_submission_penalty or 0, grades, comments)


def _with_cells(gradebook: Gradebook, kind: type[Grade | Comment], notebook: SubmittedNotebook) -> list[Any]:
    """Return the grades or comments of a notebook, with their cells, which would else be asked for one by one."""
    every = gradebook.db.query(kind).filter(kind.notebook_id == notebook.id)
    return list(every.options(selectinload(kind.cell)))


def no_marks(source: NotebookNode) -> Marks:
    """Return the marks of the source notebook, which has none."""
    names = [cell.metadata.nbgrader.grade_id for cell in source.cells if "nbgrader" in cell.metadata]
    return Marks(0, 0, 0, dict.fromkeys(names, (0, 0, False, False)), dict.fromkeys(names))


class Summarise(FeedbackStage):
    """Put scores and comments into the cells, and collect for the top of the page what to look at again.

    It takes the place of nbgrader's ``GetGrades``, which reads the gradebook anew for each cell.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Put the summary into the resources, as ``handgrad_summary``."""
        marks: Marks = resources[MARKS]
        resources["nbgrader"] |= {
            "score": marks.score - marks.late_penalty,
            "max_score": marks.max_score,
            "late_penalty": marks.late_penalty,
        }
        entries: list[Entry] = []
        comments: list[str] = []
        section = ("", "")
        for cell in nb.cells:
            own = headings(cell.source) if cell.cell_type == "markdown" else []
            section = next(((anchor, text) for level, anchor, text in reversed(own) if level <= 2), section)
            if utils.is_solution(cell) or utils.is_task(cell):
                comment = cell.metadata.nbgrader["comment"] = marks.comments[cell.metadata.nbgrader.grade_id]
                comments += [cell.metadata.nbgrader.grade_id] if comment else []
            if not (utils.is_grade(cell) or utils.is_task(cell)):
                continue
            name = cell.metadata.nbgrader.grade_id
            score, points, waits, manual = marks.grades[name]
            cell.metadata.nbgrader |= {"score": score, "points": points}
            anchor, text = own[0][1:] if own else section
            verdict = next(iter(recorded(cell.outputs)), None) if is_probe(cell) else None
            overruled = verdict is not None and manual
            entries.append(
                Entry(
                    name=name,
                    section=text or name,
                    anchor=anchor or name,
                    score=score,
                    points=points,
                    state="waits" if waits and not overruled else "full" if score >= points else "lost",
                    overruled=overruled,
                    found=sentences(verdict) if verdict else [],
                    comments=comments,
                )
            )
            comments = []
        resources["handgrad_summary"] = entries
        return nb, resources


def headings(source: str) -> list[tuple[int, str, str]]:
    """Return level, anchor and text of each heading of a text cell, as they come out on the page."""
    found = re.findall(
        r'<h([1-6]) id="([^"]*)">(.*?)<a class="anchor-link"', safe_html(source[:SHORT]), flags=re.DOTALL
    )
    return [(int(level), unescape(anchor), unescape(re.sub("<[^>]*>", "", text))) for level, anchor, text in found]


def sentences(verdict: VerdictRecord) -> list[str]:
    """Return what was found wrong, likeliest finding first, a sentence for all parts of which it was found."""
    if verdict.reason:
        return [verdict.reason.message]
    parts: dict[str, list[str]] = {}
    for part in verdict.parts:
        if not part.right:
            unknown = "wrong, and it looks like no mistake that is known."
            message = part.findings[0].message if part.findings else unknown
            parts.setdefault(message, []).append(f"`{part.name}`")
    return [f"{', '.join(names)}: {message}" for message, names in parts.items()]
