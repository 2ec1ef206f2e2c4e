"""Collect submissions that come as files, as ``nbgrader zip_collect`` does."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from nbgrader.plugins import FileNameCollectorPlugin


class FileNameCollector(FileNameCollectorPlugin):  # type: ignore[misc]
    """Read student and time from the name of a file, as the course's ``named_regexp`` says.

    The stock collector takes the minutes of 2026-11-21-08-30-00 for a time zone.
    """

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        """Return student, notebook and time of a file, or None where its name says nothing."""
        found: dict[str, str] | None = super().collect(submitted_file)
        if not found:
            return None
        # macOS writes é as two characters, and the student would be two
        found["student_id"] = unicodedata.normalize("NFC", found["student_id"]).strip()
        if found.get("timestamp"):
            try:
                time = datetime.strptime(found["timestamp"], "%Y-%m-%d-%H-%M-%S")
            except ValueError:
                self.log.warning("%s: %s is no time, so it is left out", submitted_file, found.pop("timestamp"))
            else:
                found["timestamp"] = time.isoformat(" ")
        return found
