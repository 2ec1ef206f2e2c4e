"""Files that were handed in beside a notebook: those that a browser could run stay where they are."""

from __future__ import annotations

import os
from pathlib import Path

from handgrad.names import legible

KEPT = frozenset(".csv .dat .gif .ipynb .jpeg .jpg .json .md .npy .npz .pdf .png .toml .tsv .txt .yaml .yml".split())
"""How the names of files end that come with the graded copy; formgrader serves what is there as its own pages."""

MOST_NAMED, MOST_OF_NAME = 10, 100


def leave_out(copy: Path, handed_in: Path, ours: Path) -> list[str]:
    """Remove from the copy of a submission what a browser could run; say in a sentence what is not in it.

    Parameters
    ----------
    copy
        The folder of the copy.
    handed_in
        The folder of the submission, which stays as it is.
    ours
        The folder of the source notebook, whose files nbgrader has put into the copy.
    """
    for inside in _files(copy):
        if inside.suffix.lower() not in KEPT and not (ours / inside).exists():
            (copy / inside).unlink()
    left = sorted(
        "/".join(map(legible, inside.parts))[:MOST_OF_NAME]
        for inside in _files(handed_in)
        if not (inside.suffix == ".ipynb" or _is_litter(inside) or (copy / inside).exists())
    )
    if not left:
        return []
    named = ", ".join(f"`{name}`" for name in left[:MOST_NAMED])
    more = f" and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else ""
    return [f"Only files with data, pictures and text come with the notebook; left out: {named}{more}."]


def _files(folder: Path) -> list[Path]:
    return [Path(where, name).relative_to(folder) for where, _, names in os.walk(folder) for name in names]


def _is_litter(inside: Path) -> bool:
    """Return whether a program left a file there, and nobody meant to hand it in."""
    return any(part.startswith(".") or part == "__pycache__" for part in inside.parts)
