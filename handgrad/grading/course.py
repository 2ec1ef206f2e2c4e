"""What a stage asks of the converter that it works for: where the files of a submission are, and how often it ran."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from handgrad.grading.again import MOST, Tries


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


def final_file(preprocessor: NbGraderPreprocessor, where: Mapping[str, str]) -> Path:
    """Return the path of the autograded notebook; while its submission is graded, it is that of the last grading."""
    course = _course_of(preprocessor)
    folder = course.format_path(course.autograded_directory, where["student"], where["assignment"])
    return Path(folder) / f"{where['notebook']}.ipynb"


def course_root(preprocessor: NbGraderPreprocessor) -> Path:
    """Return the course folder."""
    return Path(_course_of(preprocessor).root)


def graded_folder(preprocessor: NbGraderPreprocessor, where: Mapping[str, str]) -> Path:
    """Return the folder that a submission is copied into."""
    return Path(preprocessor.parent.parent._format_dest(where["assignment"], where["student"]))


def tries_of(preprocessor: NbGraderPreprocessor) -> Tries:
    """Return what came of a submission before; where nobody would run it again, this is the last time."""
    converter = preprocessor.parent and preprocessor.parent.parent
    tries: Tries = getattr(converter, "tries", None) or Tries(MOST - 1, MOST - 1)
    return tries


def _course_of(part: NbGraderPreprocessor | NotebookExporter) -> CourseDirectory:
    """Return the course directory of the converter that an exporter, or its preprocessor, works for."""
    exporter: Any = part if isinstance(part, NotebookExporter) else part.parent
    return exporter.parent.coursedir
