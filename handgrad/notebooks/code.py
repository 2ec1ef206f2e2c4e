"""The Python of a notebook's cells."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache

from IPython.core.inputtransformer2 import TransformerManager

_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What Python raises of a text that it cannot read."""

_PROMPT = re.compile(r"^[ \t]*(>>>|\.\.\.)|In \[", re.MULTILINE)
"""What a copied session begins its lines with, which IPython takes out."""


class NoCode(ValueError):
    """The text of a cell is nothing that IPython could run."""


def runnable(source: str) -> str:
    """Return the Python that IPython makes of a cell.

    Raises
    ------
    NoCode
        Where it cannot make anything of it.
    """
    python = _python_of(source)
    if python is None:
        raise NoCode
    return python


@lru_cache(maxsize=128)  # each cell is read when it is repaired, and when it is looked at for what it calls
def _python_of(source: str) -> str | None:
    text = source.lstrip()
    # a cell magic such as %%time runs what follows it
    text = text.partition("\n")[2] if text.startswith("%%") else text
    if not _PROMPT.search(text):
        # IPython leaves Python as it is, and finds that out in a time that grows with the square of its length
        with suppress(*_UNREADABLE):
            ast.parse(text)
            return text
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd ends of lines
            python: str = TransformerManager().transform_cell(text)
    except (*_UNREADABLE, RuntimeError):  # the last one of too many magics
        return None
    return python


def code_of(cells: Iterable[str]) -> list[ast.Module]:
    """Return the syntax trees of cells; one that IPython could not run is left out."""
    trees = []
    for source in cells:
        with suppress(*_UNREADABLE):
            trees.append(ast.parse(runnable(source)))
    return trees
