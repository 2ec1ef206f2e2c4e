"""The course as nbgrader sees it. Every line but one is a trait of nbgrader or of a plugin of ours."""

import atexit
import contextlib
import os
import warnings
from pathlib import Path

import nbgrader.apps.api
import nbgrader.apps.autogradeapp

from handgrad import course as courses
from handgrad.grading import gradebook, stages
from handgrad.grading.autograde import Autograde
from handgrad.grading.read import before_grading

c = get_config()  # noqa: F821

here = Path(__file__).resolve().parent
course = Path(os.environ.get("HANDGRAD_COURSE", here)).resolve()

# nbgrader's own objects, harmless, and printed for every student by newer versions of SQLAlchemy
warnings.filterwarnings("ignore", message="Object of type <Submitted")

# nbgrader ends with 0 whatever its plugins came to
atexit.register(stages.leave)

# nbgrader's log repeats names of files that students chose, and warns of every folder that it makes or clears
c.Application.logging_config = {
    "filters": {
        "folders_unsaid": {"()": "handgrad.grading.collect.FoldersUnsaid"},
        "printable": {"()": "handgrad.names.Printable"},
    },
    "handlers": {"console": {"filters": ["folders_unsaid", "printable"]}},
}

# what course.toml says is for this course; otherwise it is for the configuration of Jupyter to say
try:
    settings = courses.settings(course)
    if not gradebook.url(course).startswith("sqlite"):
        # one that cannot be reached is for the command to name that needs it
        with contextlib.suppress(LookupError):
            gradebook.opened(course).close()
except ValueError as error:
    raise SystemExit(f"handgrad: {error}") from error
if settings.course_id:
    c.CourseDirectory.course_id = settings.course_id
if os.environ.get("NO_COLOR"):
    c.NbGrader.log_format = "[%(name)s | %(levelname)s] %(message)s"
c.CourseDirectory.root = str(course)
# HANDGRAD_DB names another database, such as PostgreSQL; without it, it is SQLite in the course folder
c.CourseDirectory.db_url = gradebook.url(course)
# of a student's files, these are not even collected; what a browser could run is left out in grading
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", ".pytest_cache", "*.py", "nbgrader_config.*"]

# the list of nbgrader, with one of ours in place of ClearOutput, which has to see the solutions
c.GenerateAssignment.preprocessors = [
    "nbgrader.preprocessors.IncludeHeaderFooter",
    "nbgrader.preprocessors.InstantiateTests",
    "nbgrader.preprocessors.LockCells",
    "handgrad.building.release.KeepPictures",
    "nbgrader.preprocessors.ClearSolutions",
    "nbgrader.preprocessors.CheckCellMetadata",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.SaveCells",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbgrader.preprocessors.ClearMarkScheme",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.ClearSolutions.code_stub = {"python": "# Your code here."}
c.ClearSolutions.text_stub = "*Write your answer here.*"

# nbgrader has no setting for its converter: `nbgrader autograde` and formgrader find it under these names
nbgrader.apps.autogradeapp.Autograde = nbgrader.apps.api.Autograde = Autograde
c.Autograde.pre_convert_hook = before_grading
# Repair takes every mark from the gradebook, so that nbgrader's own guards would find nothing more to do; the marks
# are recorded behind the last stage, and late penalties with them
c.Autograde.sanitize_preprocessors = ["handgrad.grading.repair.Repair"]
c.Autograde.autograde_preprocessors = [
    "handgrad.grading.draw.DrawCases",
    "handgrad.grading.run.ExecuteProbes",
    "nbgrader.preprocessors.LimitOutput",
    "handgrad.grading.judge.JudgeEvidence",
]
c.DrawCases.references = str(here)

# names of files from Moodle, Canvas, Blackboard and mail: docs/instructors.md shows each
c.ZipCollectApp.strict = True
c.ZipCollectApp.extractor_plugin = "handgrad.grading.collect.Extractor"
c.ZipCollectApp.collector_plugin = "handgrad.grading.collect.FileNameCollector"
c.FileNameCollector.notebooks = sorted({path.stem for path in course.glob("source/*/*.ipynb")})

c.ExchangeFactory.release_feedback = "handgrad.grading.exchange.ReleaseFeedback"

# formgrader has no exporter of ours: this is what it makes of text cells
c.HTMLExporter.filters = {"markdown2html": "handgrad.reporting.rendering.markdown2html"}
c.GenerateFeedback.exporter_class = "handgrad.reporting.feedback.FeedbackExporter"
c.GenerateFeedback.preprocessors = [
    "handgrad.reporting.feedback.Summarise",
    "handgrad.grading.redact.Redact",
    "handgrad.reporting.pictures.GivenPictures",
    "handgrad.reporting.models.ModelSolutions",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
