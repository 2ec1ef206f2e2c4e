"""Names that a student can choose, of themselves and of files, where others read them."""

from __future__ import annotations

import logging
import unicodedata

MARKS_OF_IDS = frozenset(" _-.,'’·@+")
"""What an id may hold beside letters, their accents, and digits."""

MOST_OF_ID = 100
"""Characters of an id."""


def _is_plain(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN" or character in MARKS_OF_IDS


def legible(name: str) -> str:
    """Return a name as it can stand in a terminal, in Markdown and in HTML: ``?`` stands for anything else."""
    return "".join(character if _is_plain(character) else "?" for character in name)


def refusal(student: str) -> str:
    """Return why an id of a student can be no id: it could be more than a name in a page, a path or a shell.

    Where it can be one, this is empty.
    """
    if not all(map(_is_plain, student)):
        why = f"only letters, digits, spaces and {' '.join(sorted(MARKS_OF_IDS - {' '}))} may stand in it"
    elif not 0 < len(student) <= MOST_OF_ID:
        why = f"it must have 1 to {MOST_OF_ID} characters"
    elif student != student.strip() or not (student[0].isalnum() or student[0] == "_"):
        why = "it must begin with a letter, a digit or _, and not end with a space"
    else:
        return ""
    return f"{legible(student)!r} cannot be a student's id: {why}"


def check_id(student: str) -> None:
    """Refuse what can be no id of a student.

    Raises
    ------
    ValueError
        Where it can be none, with the reason.
    """
    if why := refusal(student):
        raise ValueError(why)


class Printable(logging.Filter):
    """Lets every line of a log through, with control characters written out: a terminal would obey those in a name."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return that the line is shown, in which only ends of lines and tabs are left as they are."""
        shown = (one if one.isprintable() or one in "\n\t" else ascii(one)[1:-1] for one in record.getMessage())
        record.msg, record.args = "".join(shown), None
        return True
