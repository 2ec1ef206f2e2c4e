"""Where the course folder has the files of a submission."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor


def source_file(preprocessor: NbGraderPreprocessor, where: Mapping[str, str]) -> Path:
    """Return the path of the source notebook of a submission, which is named as in nbgrader's resources."""
    course = _course_of(preprocessor)
    folder = course.format_path(course.source_directory, ".", where["assignment"])
    return Path(folder) / f"{where['notebook']}.ipynb"


def submitted_file(preprocessor: NbGraderPreprocessor, where: Mapping[str, str]) -> Path:
    """Return the path of a submission as it was handed in."""
    course = _course_of(preprocessor)
    folder = course.format_path(course.submitted_directory, where["student"], where["assignment"])
    return Path(folder) / f"{where['notebook']}.ipynb"


def graded_folder(preprocessor: NbGraderPreprocessor, where: Mapping[str, str]) -> Path:
    """Return the folder that a submission is copied into."""
    course = _course_of(preprocessor)
    return Path(course.format_path(course.autograded_directory, where["student"], where["assignment"]))


def _course_of(preprocessor: NbGraderPreprocessor) -> CourseDirectory:
    """Return the course directory of the converter that a preprocessor works for."""
    return preprocessor.parent.parent.coursedir
