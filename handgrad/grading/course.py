"""Where the course folder has the files of a submission."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor


def source_file(preprocessor: NbGraderPreprocessor, where: Mapping[str, str]) -> Path:
    """Return the path of the source notebook of a submission, which is named as in nbgrader's resources."""
    course = _course_of(preprocessor)
    folder = course.format_path(course.source_directory, ".", where["assignment"])
    return Path(folder) / f"{where['notebook']}.ipynb"


def submitted_file(part: NbGraderPreprocessor | NotebookExporter, where: Mapping[str, str]) -> Path:
    """Return the path of a submission as it was handed in."""
    course = _course_of(part)
    folder = course.format_path(course.submitted_directory, where["student"], where["assignment"])
    return Path(folder) / f"{where['notebook']}.ipynb"


def graded_folder(preprocessor: NbGraderPreprocessor, where: Mapping[str, str]) -> Path:
    """Return the folder that a submission is copied into."""
    course = _course_of(preprocessor)
    return Path(course.format_path(course.autograded_directory, where["student"], where["assignment"]))


def _course_of(part: NbGraderPreprocessor | NotebookExporter) -> CourseDirectory:
    """Return the course directory of the converter that an exporter, or its preprocessor, works for."""
    exporter: Any = part if isinstance(part, NotebookExporter) else part.parent
    return exporter.parent.coursedir
