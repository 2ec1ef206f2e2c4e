"""The Python of a notebook's cells."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import lru_cache

from IPython.core.inputtransformer2 import TransformerManager


@lru_cache(maxsize=128)  # each cell is read when it is repaired, and when it is judged
def runnable(source: str) -> str:
    """Return the Python that IPython makes of a cell.

    Raises
    ------
    SyntaxError
        Where it cannot make anything of it.
    """
    text = source.lstrip()
    # a cell magic such as %%time runs what follows it
    text = text.partition("\n")[2] if text.startswith("%%") else text
    python: str = TransformerManager().transform_cell(text)
    return python


def code_of(cells: Iterable[str]) -> list[ast.Module]:
    """Return the syntax trees of cells; one that IPython could not run is left out."""
    trees = []
    for source in cells:
        try:
            trees.append(ast.parse(runnable(source)))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return trees
