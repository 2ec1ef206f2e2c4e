"""Dishonest and harmful submissions, each with what it may earn: nothing that it did not work for.

Each one is bounded, so that it does little harm even where it succeeds, and ends at once where there is no
sandbox around it at all. In their texts, ``$course`` and its
like stand for the places and words of :class:`Ground`. One that reaches what it should not prints
what it found, or calls ``breach``, which prints a word that stands nowhere in its text.
"""

from __future__ import annotations

import importlib
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from nbformat.notebooknode import NotebookNode

POINTS = {"softmax_loss": 6.0, "small_network_gradients": 10.0, "sgd_step": 4.0}
"""The exercises of the course that attacks are graded in, and their points."""

KINDS = ("marks", "files", "reach", "harm", "messages", "leaks", "by_hand", "stages")

GUARD = """__import__("os").uname().nodename == "sandbox" or __import__("os")._exit(3)\n"""
"""Goes ahead of every hostile text: none is to run where there is no sandbox around it."""

PREAMBLE = '''
def breach(what=""):
    """Say that it worked."""
    print("$backwards"[::-1], what)


def attempt(*deeds):
    """Do each deed, print what comes of it, and go on."""
    for deed in deeds:
        try:
            print("got", deed())
        except BaseException as error:
            print("refused", type(error).__name__, error)
'''


@dataclass(frozen=True)
class Ground:
    """The places that attacks aim at, and the words by which their success is known.

    Attributes
    ----------
    course, home, victim, checkout
        The course folder, the grader's home, another student's notebook, and the folder of the references.
    port
        A port of this machine on which the test listens.
    socket, abstract
        A Unix socket of the test in a folder, and one without.
    word
        What is printed where an attack succeeds.
    mark
        Marks files and processes that attacks leave.
    """

    course: Path
    home: Path
    victim: Path
    checkout: Path
    port: int
    socket: Path
    abstract: str
    word: str
    mark: str

    def fill(self, text: str) -> str:
        """Return a text with the places and words put in."""
        values = {entry.name: str(getattr(self, entry.name)) for entry in fields(self)}
        return string.Template(text).safe_substitute(values, backwards=self.word[::-1])


@dataclass(frozen=True)
class Attack:
    """One hostile submission.

    Attributes
    ----------
    name
        The student's id.
    tries
        What it tries, in one sentence.
    answers
        Solution cells, by exercise; every other exercise is solved rightly.
    before
        A cell at the very beginning, which can use ``breach`` and ``attempt``.
    after
        A cell at the very end.
    edit
        Changes the notebook; or returns the text of the file that takes its place.
    beside
        Puts other files into the submission's folder, or changes the notebook's file.
    earned
        The honest score of an exercise, where it is not its full points, or 0 for one that is in ``answers``.
    """

    name: str
    tries: str
    answers: Mapping[str, str] = field(default_factory=dict)
    before: str = ""
    after: str = ""
    edit: Callable[[NotebookNode, Ground], NotebookNode | str] | None = None
    beside: Callable[[Path, Ground], None] | None = None
    earned: Mapping[str, float] = field(default_factory=dict)

    @property
    def expected(self) -> dict[str, float]:
        """The score that each exercise must get."""
        return {name: self.earned.get(name, 0.0 if name in self.answers else full) for name, full in POINTS.items()}


NOTHING = dict.fromkeys(POINTS, 0.0)


def every() -> list[tuple[str, Attack]]:
    """Return each attack with its kind."""
    return [(kind, attack) for kind in KINDS for attack in importlib.import_module(f"tests.attacks.{kind}").ATTACKS]


def third() -> list[tuple[str, Attack]]:
    """Return the attacks that the gate runs: every third by name, from the first on."""
    return sorted(every(), key=lambda entry: entry[1].name)[::3]
