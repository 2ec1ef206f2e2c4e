"""What a stage asks of the converter that it works for: where the files of a submission are, and how often it ran."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from handgrad import course as courses
from handgrad.grading.again import MOST, Tries
from handgrad.notebooks.repair import MarkedCell


def source_file(stage: NbGraderPreprocessor, where: Mapping[str, str]) -> Path:
    """Return the path of the source notebook of a submission, which is named as in nbgrader's resources."""
    course = _course_of(stage)
    folder = course.format_path(course.source_directory, ".", where["assignment"])
    return Path(folder) / f"{where['notebook']}.ipynb"


def submitted_file(stage: NbGraderPreprocessor, where: Mapping[str, str]) -> Path:
    """Return the path of a submission as it was handed in."""
    course = _course_of(stage)
    folder = course.format_path(course.submitted_directory, where["student"], where["assignment"])
    return Path(folder) / f"{where['notebook']}.ipynb"


def start(app: NbGrader, arguments: Sequence[str] = ()) -> None:
    """Configure an application of nbgrader as the checkout and the course say, and go to the course folder."""
    from handgrad.references import course_folder  # most stages need no references

    os.environ["HANDGRAD_COURSE"] = str(courses.folder())
    # nbgrader reads what lies where it is started, and then what lies in the course folder
    os.chdir(course_folder())
    app.initialize([*arguments])
    os.chdir(app.coursedir.root)


def course_root(stage: NbGraderPreprocessor) -> Path:
    """Return the course folder."""
    return Path(_course_of(stage).root)


def _course_of(stage: NbGraderPreprocessor) -> CourseDirectory:
    """Return the course directory of the converter that a stage works for; those of feedback do so for an exporter."""
    parent = stage.parent
    return (parent if isinstance(parent, BaseConverter) else parent.parent).coursedir


def graded_folder(stage: NbGraderPreprocessor, where: Mapping[str, str]) -> Path:
    """Return the folder that a submission is copied into."""
    return Path(stage.parent._format_dest(where["assignment"], where["student"]))


def known_cells(stage: NbGraderPreprocessor, where: Mapping[str, str]) -> Sequence[MarkedCell]:
    """Return the marked cells of a submission's notebook, as the gradebook had them when grading began."""
    known: Sequence[MarkedCell] = stage.parent.known[where["notebook"]]
    return known


def tries_of(stage: NbGraderPreprocessor) -> Tries:
    """Return what came of a submission before; where nobody would run it again, this is the last time."""
    tries: Tries = getattr(stage.parent, "tries", None) or Tries(MOST - 1, MOST - 1)
    return tries
