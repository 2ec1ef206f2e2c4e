"""Known mistakes, as ``grader_tests/A/mistakes.toml`` lists them.

Each is a table under the name of its exercise, in the order in which the judge tries them::

    [[sgd_step]]
    name = "uphill"
    message = "the step goes uphill: which sign leads downhill?"
    edits = [{ old = 'params[name] - ', new = 'params[name] + ' }]
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from handgrad.references.course import ReferencesMissing

SENTENCE_ENDS = (".", "?", ".)")


@dataclass(frozen=True)
class Mistake:
    """A known mistake, as edits of the model solution.

    Attributes
    ----------
    name
        What it is called in reports and in the corpus.
    edits
        What the mistaken student writes in place of what: old text and new text. They are made one
        after the other, and each old text must occur in what the edits before it have left.
    message
        A sentence to the student: what it is, and a question or a hint that leads on.
    """

    name: str
    edits: tuple[tuple[str, str], ...]
    message: str

    def made_in(self, source: str) -> str:
        """Return a model solution with the mistake in it.

        Raises
        ------
        ValueError
            Where a text that is to be edited does not occur, or the edits change nothing.
        """
        edited = source
        for old, new in self.edits:
            if old not in edited:
                raise ValueError(f"the model solution does not contain {old!r}")
            edited = edited.replace(old, new)
        if edited == source:
            raise ValueError("the edits change nothing")
        return edited


def read(path: Path, model: Mapping[str, str]) -> dict[str, tuple[Mistake, ...]]:
    """Return the known mistakes of each exercise, of which ``model`` holds the solutions.

    Raises
    ------
    ReferencesMissing
        Where the file is not there or not in the form above, names an exercise that the assignment
        does not have, or holds a mistake that cannot be made in the model solution.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReferencesMissing(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ReferencesMissing(f"{path} is not valid TOML: {error}") from error
    unknown = [name for name in tables if name not in model]
    if unknown:
        raise ReferencesMissing(f"{path}: there is no exercise {unknown[0]!r}; there are {', '.join(model)}")
    found: dict[str, tuple[Mistake, ...]] = {}
    for exercise, source in model.items():
        listed = tables.get(exercise, [])
        if not isinstance(listed, list):
            raise ReferencesMissing(f"{path}: write [[{exercise}]] in double brackets, once for each mistake")
        try:
            found[exercise] = tuple(_mistake(number, table, source) for number, table in enumerate(listed, start=1))
        except ValueError as error:
            raise ReferencesMissing(f"{path}, {exercise}, {error}") from error
    return found


def _mistake(number: int, table: Any, source: str) -> Mistake:
    """Return the mistake of a table, tried on the model solution."""
    called = f"mistake {number}"
    try:
        called += f" ({table['name']})"
        edits = tuple((edit["old"], edit["new"]) for edit in table["edits"])
        mistake = Mistake(table["name"], edits, table["message"])
    except KeyError as error:
        raise ValueError(f"{called}: the field {error.args[0]!r} is missing") from error
    except TypeError as error:
        raise ValueError(f"{called}: edits should be tables such as {{ old = 'a + b', new = 'a - b' }}") from error
    texts = [mistake.name, mistake.message, *(text for edit in edits for text in edit)]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{called}: every field should be a text in quotes")
    if not mistake.message.endswith(SENTENCE_ENDS):
        raise ValueError(f"{called}: the message should end as a sentence does, with . or ?")
    try:
        mistake.made_in(source)
    except ValueError as error:
        raise ValueError(f"{called}: {error}") from error
    return mistake
