"""Collect submissions that come as files, as ``nbgrader zip_collect`` does.

The name of a file says whose it is. A learning management system writes the beginning of it, and a student the end; so
the first prefix of a system counts, and directly behind it the notebook's own name must stand. What can be read in
another way is left out by itself, with its name and the reason.
"""

from __future__ import annotations

import logging
import re
import shutil
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path, PurePath
from typing import IO
from zipfile import BadZipFile, ZipFile

from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin
from traitlets import Int, List, Unicode

from handgrad.grading.gradebook import opened_at
from handgrad.grading.roster import Roster
from handgrad.names import check_id, legible
from handgrad.notebooks.read import MOST_NOTEBOOK

TIME = r"\d{4}(?:-\d\d){5}"
_FORM_OF_TIME = "%Y-%m-%d-%H-%M-%S"
_FOLDER = re.compile(r"_\d+_assignsubmission_file_?$")
_OWN = rf"(?P<student_id>(?:(?!_attempt_|_assignsubmission_|_{TIME}_)[^/])+?)_"
_BROKEN = (BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError)
"""What reading an archive may raise: it is damaged, closed with a password, or packed in a way that Python lacks."""


class FoldersUnsaid(logging.Filter):
    """Keeps a warning of each folder that nbgrader makes or clears out of its log, as it hides what is left out."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the line is shown."""
        return not record.getMessage().startswith(("Directory not found. Creating", "Clearing existing files"))


@dataclass(frozen=True)
class Reading:
    """What the name of a file says: whose it is, of which notebook, and from when, where it says that."""

    student: str
    notebook: str
    time: datetime | None
    participant: bool = False
    """Whether the student is known by Moodle's number of a participant alone."""


class FileNameCollector(FileNameCollectorPlugin):  # type: ignore[misc]
    """Read student, notebook and time from the name of a file."""

    prefixes = List(
        Unicode(),
        [
            # Moodle: Anna Lee_1234567_assignsubmission_file_, a folder or the beginning of the name
            r"_(?P<participant>\d+)_assignsubmission_file_?/?",
            # Canvas: leeanna_LATE_4321_987654_, of which the first number is the user
            r"_(?P<student_id>\d+)_\d+_",
            # Blackboard: Week 3_ID_attempt_2026-11-21-08-30-00_
            rf"^(?:[^_/]+_)?(?P<student_id>[^_/]+)_attempt_(?P<timestamp>{TIME})_",
            # one's own: ID_2026-11-21-08-30-00_
            rf"^{_OWN}(?P<timestamp>{TIME})_",
        ],
        help="Regular expressions of what a learning management system writes ahead of a notebook's name, with the "
        "groups student_id, or participant for Moodle's number of one, and, where there is a time, timestamp.",
    ).tag(config=True)

    notebooks = List(Unicode(), help="The names of the course's notebooks, without .ipynb.").tag(config=True)

    def read(self, path: str) -> Reading:
        """Return what the name of a file says.

        Raises
        ------
        ValueError
            Where it says nothing, or nothing certain.
        """
        name = _by_the_system(PurePath(path))
        if not name.endswith(".ipynb"):
            raise ValueError("it is no notebook; archives inside of others are not unpacked")
        found = (re.search(prefix, name) for prefix in self.prefixes)
        first = min((prefix for prefix in found if prefix), key=lambda prefix: prefix.end(), default=None)
        if first:
            own = self._notebook(name[first.end() :])
            if not own:
                raise ValueError(
                    f"behind {legible(first[0])!r}, by which it belongs to {legible(_named_in(first))!r}, "
                    "does not stand the name of a notebook of this course"
                )
            return Reading(_student(first), own, self._time(first, path), "participant" in first.groupdict())
        for cut in (line.end() for line in re.finditer("_", name)):
            own, begun = self._notebook(name[cut:]), re.fullmatch(_OWN, name[:cut])
            if own and begun:
                return Reading(_student(begun), own, None)
        raise ValueError("it is not named STUDENT_NOTEBOOK.ipynb, nor as a system that is known would name it")

    def _notebook(self, name: str) -> str:
        """Return which notebook a file name is of; it may be numbered, and repaired by ``handgrad doctor``."""
        form = r"(.+?)(?:\.fixed)?(?:-\d+| ?\(\d+\))?\.ipynb"
        named = re.fullmatch(form, name)
        return named[1] if named and named[1] in self.notebooks else ""

    def _time(self, prefix: re.Match[str], path: str) -> datetime | None:
        said = prefix.groupdict().get("timestamp")
        try:
            return datetime.strptime(said, _FORM_OF_TIME) if said else None
        except ValueError:
            self.log.warning("%r: %s is no time, so it is left out", path, said)
            return None

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        """Return student, notebook and time of a file, or None where its name says nothing."""
        try:
            read = self.read(submitted_file)
        except ValueError as error:
            self.log.warning("Skipped %r: %s", submitted_file, error)
            return None
        if read.participant:
            self.log.warning("Skipped %r: it names a participant of Moodle, and no student", submitted_file)
            return None
        found = {"student_id": read.student, "file_id": read.notebook}
        return found | ({"timestamp": read.time.isoformat(" ")} if read.time else {})


def _by_the_system(path: PurePath) -> str:
    """Return the part of a path that a system began: from Moodle's folder on, or the file's name."""
    folders = [number for number, part in enumerate(path.parts[:-1]) if _FOLDER.search(part)]
    return "/".join(path.parts[min(folders, default=-1) :])


def _named_in(prefix: re.Match[str]) -> str:
    """Return what a prefix says of the student."""
    named = prefix.groupdict()
    return named.get("participant") or named["student_id"]


def _student(prefix: re.Match[str]) -> str:
    # macOS writes é as two characters, and the student would be two
    student = unicodedata.normalize("NFC", _named_in(prefix)).strip()
    check_id(student)
    return student


@dataclass(frozen=True)
class _File:
    """A file that was downloaded, loose or in an archive."""

    path: str
    size: int
    open: Callable[[], IO[bytes]]


def _opened(path: Path) -> IO[bytes]:
    return path.open("rb")


class Extractor(ExtractorPlugin):  # type: ignore[misc]
    """Take notebooks out of what was downloaded: one for each student and notebook, while there is room."""

    most_file = Int(MOST_NOTEBOOK, help="Bytes of a file; a larger one is left out.").tag(config=True)
    most_together = Int(8 << 30, help="Bytes of all files together; the largest are left out.").tag(config=True)

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Write the notebooks of a folder of downloads into another, each named by its student."""
        with ExitStack() as opened:
            worksheets = sorted(Path(archive_path).glob("*.csv"))
            named = self._named(self._files(Path(archive_path), opened), worksheets)
            together = 0
            for read, file in sorted(named, key=lambda pair: (pair[1].size, pair[1].path)):
                together += file.size
                if file.size > self.most_file:
                    self._leave_out(file, f"it has {file.size:,} bytes; {self.most_file:,} are taken at most")
                elif together > self.most_together:
                    self._leave_out(file, f"all files together have more than {self.most_together:,} bytes")
                else:
                    self._write(read, file, Path(extracted_path))

    def _files(self, folder: Path, opened: ExitStack) -> Iterator[_File]:
        """Yield what was downloaded; an archive that cannot be read is named, and stops nobody."""
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            inside = path.relative_to(folder)
            if path.suffix == ".csv" and path.parent == folder:
                continue  # a worksheet
            if path.suffix.lower() != ".zip":
                yield _File(str(inside), path.stat().st_size, partial(_opened, path))
                continue
            try:
                archive = opened.enter_context(ZipFile(path))
            except _BROKEN as error:
                self.log.error("Skipped the archive %r, which cannot be read: %s", str(path), error)
                continue
            for entry in archive.infolist():
                if not entry.is_dir():
                    # no more than file_size is ever unpacked
                    yield _File(str(inside / entry.filename), entry.file_size, partial(archive.open, entry))

    def _named(self, files: Iterator[_File], worksheets: Sequence[Path]) -> list[tuple[Reading, _File]]:
        """Return the file that counts for each student and notebook: the one that there is, or the latest."""
        collector = FileNameCollector(parent=self.parent)
        roster: Roster | None = None
        found: dict[tuple[str, str], list[tuple[Reading, _File]]] = {}
        for file in files:
            try:
                read = collector.read(file.path)
                if read.participant:
                    roster = roster or self._roster(worksheets)
                    read = replace(read, student=roster.student(read.student), participant=False)
            except (ValueError, LookupError) as error:
                self._leave_out(file, str(error))
            else:
                found.setdefault((read.student, read.notebook), []).append((read, file))
        return [one for several in found.values() for one in self._latest(several)]

    def _roster(self, worksheets: Sequence[Path]) -> Roster:
        with opened_at(self.parent.coursedir.db_url) as book:
            return Roster(worksheets, book)

    def _latest(self, several: list[tuple[Reading, _File]]) -> list[tuple[Reading, _File]]:
        times = [read.time for read, _ in several if read.time]
        if len(several) == 1:
            return several
        if len(times) < len(several) or times.count(max(times)) > 1:
            for read, file in several:
                why = f"{read.student!r} has {len(several)} files, and no times say which is the latest"
                self._leave_out(file, why)
            return []
        for read, file in several:
            if read.time != max(times):
                self._leave_out(file, "a later one counts")
        return [one for one in several if one[0].time == max(times)]

    def _write(self, read: Reading, file: _File, folder: Path) -> None:
        when = f"_{read.time.strftime(_FORM_OF_TIME)}" if read.time else ""
        path = folder / f"{read.student}{when}_{read.notebook}.ipynb"
        self.log.info("Taking %r as %r", file.path, path.name)
        try:
            with file.open() as source, path.open("wb") as target:
                shutil.copyfileobj(source, target)
        except _BROKEN as error:
            path.unlink(missing_ok=True)
            self._leave_out(file, f"it cannot be unpacked: {error}")

    def _leave_out(self, file: _File, why: str) -> None:
        self.log.warning("Skipped %r: %s", file.path, why)
