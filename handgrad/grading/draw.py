"""Draw the hidden inputs of each exercise: the names of its tests in, cases and nonces out."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from handgrad import references
from handgrad.grading.note import Note
from handgrad.grading.stages import Grading, Resources
from handgrad.notebooks.cells import is_probe
from handgrad.references import Assignment

VARIANTS = 8
"""How many sets of hidden inputs a course has."""


class DrawCases(NbGraderPreprocessor):  # type: ignore[misc]
    """Give each submission one of the variants of the hidden inputs, which are drawn from the course's secret."""

    references = Unicode(
        "", help="The folder that holds grader_tests and authoring; by default the course folder or one above it."
    ).tag(config=True)

    secret_file = Unicode(
        "course_secret", help="A file with the course's secret, made at the first grading; keep it, and keep it to you."
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Put the cases, and what the judge needs, into the resources."""
        where = resources["nbgrader"]
        assignment = self.assignment(where["assignment"])
        names = [cell.metadata.nbgrader.grade_id for cell in nb.cells if is_probe(cell)]
        unknown = [name for name in names if name not in assignment.exercises]
        if unknown:
            raise references.ReferencesMissing(
                f"grader_tests/{assignment.name}/reference.py has no reference for: {unknown}"
            )
        secret = course_secret(Path(self.secret_file))
        variant = variant_of(secret, assignment.name, where["student"], Note.of(nb.metadata).submission)
        resources["handgrad"] = draw(assignment, names, secret, variant)
        return nb, resources

    def ready(self, assignment: str) -> None:
        """See to it that cases can be drawn.

        Raises
        ------
        handgrad.references.ReferencesMissing
            Where there are no references.
        ValueError
            Where the course's secret cannot be used.
        """
        self.assignment(assignment)
        course_secret(Path(self.secret_file))

    def assignment(self, name: str) -> Assignment:
        """Return what the grader knows of an assignment."""
        course = Path(self.references) if self.references else references.course_folder()
        return references.load(name, course)


def variant_of(secret: bytes, assignment: str, student: str, submission: str) -> str:
    """Return which of the course's variants of the hidden inputs a submission has; only the secret tells.

    Another file may have another one, so that what feedback says of one serves little for the next.
    """
    return str(references.generator(secret, assignment, student, submission, "variant").integers(VARIANTS))


def draw(assignment: Assignment, exercises: Iterable[str], *seed: str | bytes) -> Grading:
    """Return hidden cases of exercises, drawn from a seed, and nonces that nothing foretells.

    Raises
    ------
    handgrad.references.ReferencesMissing
        Where the cases cannot be drawn so that every result is of some size.
    """
    hidden = {name: _drawn(assignment, name, *seed) for name in exercises}
    return Grading(assignment, hidden, {name: secrets.token_hex(16) for name in hidden})


# what is known of a variant is worked out once for all who have it
_drawn = lru_cache(maxsize=20 * VARIANTS)(references.draw)


def course_secret(path: Path) -> bytes:
    """Return the course's secret, made and kept where there is none yet.

    Raises
    ------
    ValueError
        Where it is empty.
    """
    if not path.exists():
        # written whole and then linked, so that a second grader never reads half of it
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_hex(32).encode())
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    secret = path.read_bytes().strip()
    if not secret:
        raise ValueError(f"nothing was graded: {path} is empty. Bring back a copy: another secret draws other inputs")
    return secret
