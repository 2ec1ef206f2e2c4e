"""Alike: which submissions share code that few others have, for a person to look at. It says nothing of why.

Code is compared as tokens, without comments, strings and the names that a student chooses. Hashes of short runs of them
are chosen by winnowing (Schleimer, Wilkerson and Aiken 2003), so that a run that two share is found wherever it stands.
What the course itself gives does not count, and what many have is no sign of anything.
"""

from __future__ import annotations

import itertools
import json
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path

RUN, WINDOW = 12, 6
"""Of how many tokens a hash is, and of how many hashes in a row the smallest one is kept."""

LEAST_SHARED, LEAST_SHARE = 20, 0.6
"""How many hashes two submissions share at least to be listed, and which share of what the shorter one has."""

FEW, MANY = 5, 30
"""Of how many submissions a hash may be to count: a tenth of the class, but no fewer and no more than these."""

MOST_CODE, MOST_LINE = 200_000, 2_000
"""Characters of a submission's code, and of a line of it, that are looked at."""

OWN = "cells of their own"

_TOKEN = re.compile(
    r"""(?P<skip>\#[^\n]*|\s+)|(?P<text>\"{3}.*?\"{3}|'{3}.*?'{3}|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<name>[^\W\d]\w*)|(?P<number>\d[\w.]*)|(?P<sign>.)""",
    re.DOTALL,
)


@dataclass(frozen=True)
class Pair:
    """Two submissions that are alike.

    Attributes
    ----------
    share
        Which share of the shorter one's code, as far as it counts, the other one has.
    where
        The exercises in which most of it stands.
    """

    first: str
    second: str
    share: float
    where: tuple[str, ...]


def pairs(submissions: Mapping[str, Mapping[str, str]], given: Iterable[str]) -> list[Pair]:
    """Return the pairs of submissions that are alike, the most alike first.

    Parameters
    ----------
    submissions
        For each student, the code of each exercise.
    given
        Code of the course.
    """
    known = set().union(*map(fingerprints, given))
    places = {who: _places(code, known) for who, code in submissions.items()}
    owners: dict[int, list[str]] = defaultdict(list)
    for who, found in places.items():
        for one in found:
            owners[one].append(who)
    most = max(FEW, min(MANY, len(submissions) // 10))
    rare = {one: who for one, who in owners.items() if len(who) <= most}
    sizes = Counter(who for few in rare.values() for who in few)
    shared: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one, few in rare.items():
        for couple in itertools.combinations(few, 2):
            shared[couple].append(one)
    listed = []
    for (first, second), common in shared.items():
        share = len(common) / min(sizes[first], sizes[second])
        if len(common) >= LEAST_SHARED and share >= LEAST_SHARE:
            where = Counter(places[first][one] for one in common)
            listed.append(Pair(first, second, share, tuple(name for name, _ in where.most_common(3))))
    return sorted(listed, key=lambda pair: (-pair.share, pair.first, pair.second))


def _places(code: Mapping[str, str], known: Collection[int]) -> dict[int, str]:
    """Return the exercise in which each hash stands that the course does not give."""
    return {one: name for name, text in code.items() for one in fingerprints(text) if one not in known}


def fingerprints(code: str) -> set[int]:
    """Return the hashes that stand for a text of code."""
    tokens = [zlib.crc32(token.encode("utf-8", "replace")) for token in _tokens(code[:MOST_CODE])]
    runs = [hash(tuple(tokens[start : start + RUN])) for start in range(len(tokens) - RUN + 1)]
    return {min(runs[start : start + WINDOW]) for start in range(max(1, len(runs) - WINDOW + 1))} if runs else set()


def _tokens(code: str) -> Iterator[str]:
    """Yield what a text is made of; a name is as good as any other, unless the language or a library chose it."""
    short = "\n".join(line for line in code.splitlines() if len(line) <= MOST_LINE)
    before = ""
    for match in _TOKEN.finditer(short):
        token = match[0]
        kind = match.lastgroup
        if kind in ("skip", "text"):
            continue
        yield token if kind != "name" or before == "." or iskeyword(token) else "name"
        before = token


def code_of(notebook: Path, given: Collection[str]) -> dict[str, str]:
    """Return what a student wrote into an autograded notebook: the code of each exercise, and of all other cells.

    Parameters
    ----------
    notebook
        The file.
    given
        The texts of the course's own cells, which do not count.
    """
    found: dict[str, str] = defaultdict(str)
    for cell in json.loads(notebook.read_bytes())["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        text = "".join(cell["source"])
        if cell["cell_type"] == "code" and not marks.get("grade") and text not in given:
            name = str(marks["grade_id"]).removesuffix("_solution") if marks.get("solution") else OWN
            found[name] += text + "\n"
    return dict(found)
