"""Files that were handed in beside a notebook: those that a browser could run stay where they are."""

from __future__ import annotations

import os
from pathlib import Path

from handgrad.names import legible

KEPT = frozenset(".csv .dat .gif .ipynb .jpeg .jpg .json .md .npy .npz .pdf .png .toml .tsv .txt .yaml .yml".split())
"""How the names of files end that come with the graded copy; formgrader serves what is there as its own pages."""

MOST_NAMED = 10


def leave_out(copy: Path, ours: Path) -> list[str]:
    """Remove from the copy of a submission what a browser could run, and say so in a sentence.

    Parameters
    ----------
    copy
        The folder of the copy. What was handed in stays as it is.
    ours
        The folder of the source notebook, whose files nbgrader has put into the copy.
    """
    left = []
    for where, _, names in os.walk(copy):
        for path in (Path(where, name) for name in names):
            inside = path.relative_to(copy)
            if path.suffix.lower() not in KEPT and not (ours / inside).exists():
                path.unlink()
                left.append("/".join(map(legible, inside.parts)))
    if not left:
        return []
    named = ", ".join(f"`{name}`" for name in sorted(left)[:MOST_NAMED])
    more = f" and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else ""
    return [f"Only files with data, pictures and text come with the notebook; left out: {named}{more}."]
