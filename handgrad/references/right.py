"""Right solutions in other styles, as ``grader_tests/A/right/`` holds them."""

from __future__ import annotations

import ast

from handgrad.references.assignment import Assignment

RELEASE = "release_"
"""How the names of files begin that were written from the released notebooks alone.

Who wrote them had not seen the grader, so they tell how it judges what its authors did not think of.
"""


def right_solutions(assignment: Assignment, name: str) -> dict[str, str]:
    """Return the right solutions of an exercise in other styles: name of the file to its source text.

    A file solves the exercises whose names it defines, and may leave others out.
    """
    # a name that comes from an earlier exercise is not defined by the exercise's own cell
    names = _defined(assignment.model[name]) & set(assignment.exercises[name].solution)
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(assignment.folder.glob("right/*.py"))}
    return {style: text for style, text in texts.items() if names & _defined(text)}


def _defined(source: str) -> set[str]:
    """Return the names that a text defines on its top level."""
    names = set()
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            names.add(statement.name)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names |= {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}
    return names
