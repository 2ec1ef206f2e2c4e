"""Files that are whole, whenever the writing of them stops; and tables that a spreadsheet reads as text."""

from __future__ import annotations

import csv
import io
import os
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""With these a spreadsheet takes a cell for a formula."""


def replace(path: Path, text: str) -> None:
    """Write a text file of UTF-8 under another name, and put it in the place of the old one."""
    fresh = path.parent / f".new-{secrets.token_hex(8)}"
    try:
        with fresh.open("w", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def harmless(cell: object) -> object:
    """Return a cell with an apostrophe before a text that a spreadsheet would run as a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, mark: bool) -> str:
    """Return a table as CSV.

    Parameters
    ----------
    head
        The names of the columns.
    rows
        The cells; None is empty.
    mark
        Whether it begins with a byte order mark, without which Excel does not read UTF-8.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([harmless(cell) for cell in head])
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return ("\ufeff" if mark else "") + text.getvalue()


def sqlite_fault(path: Path) -> str:
    """Return what keeps an SQLite database from being used, and what to do; nothing where it can be."""
    if not os.access(path, os.W_OK):
        return f"{path} cannot be written to: give yourself the right"
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=1)
        try:
            said = str(connection.execute("PRAGMA quick_check").fetchone()[0])
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            return ""  # whoever writes there is waited for
        said = str(error)
    except sqlite3.Error as error:
        said = str(error)
    return "" if said == "ok" else f"{path} is damaged ({said}): bring back a copy; nothing else holds the marks"
