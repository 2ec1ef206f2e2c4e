"""Submissions that are alike are listed, and those that several people wrote on their own are not."""

from __future__ import annotations

import ast
import random
import time
from pathlib import Path

import nbformat
import pytest

from handgrad.reporting import alike
from handgrad.reporting.alike import pairs

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENTS = sorted(path.parent.name for path in (ROOT / "grader_tests").glob("*/right/"))


def right(assignment: str) -> dict[str, dict[str, str]]:
    """Return right solutions by several hands."""
    return {
        path.stem: {"all": path.read_text()} for path in (ROOT / "grader_tests" / assignment / "right").glob("*.py")
    }


def given(assignment: str) -> list[str]:
    notebook = nbformat.read(ROOT / "source" / assignment / f"{assignment}.ipynb", as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


class Disguise(ast.NodeTransformer):
    """Gives other names, as somebody does who copies."""

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(f"my_{node.id}", node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(f"my_{node.arg}", node.annotation)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_a_copy_is_found_and_nobody_else(assignment: str) -> None:
    everyone = right(assignment)
    assert pairs(everyone, given(assignment)) == []
    copied = max(everyone, key=lambda name: len(everyone[name]["all"]))
    tree = Disguise().visit(ast.parse(everyone[copied]["all"]))
    tree.body.reverse()
    everyone["copy"] = {"all": "# all my own work\n" + ast.unparse(ast.fix_missing_locations(tree))}
    (pair,) = pairs(everyone, given(assignment))
    assert {pair.first, pair.second} == {copied, "copy"}
    assert pair.where == ("all",)


def test_what_the_course_gives_is_no_sign() -> None:
    text = right("mlp_backprop")["classes"]["all"]
    both = {"ann": {"x": text}, "bob": {"x": text}}
    assert [(pair.first, pair.second, pair.share) for pair in pairs(both, [])] == [("ann", "bob", 1)]
    assert pairs(both, [text]) == []


def test_nor_is_what_many_have() -> None:
    text = right("mlp_backprop")["classes"]["all"]
    many = {f"student {number}": {"x": text} for number in range(alike.FEW + 1)}
    assert pairs(many, []) == []


def test_a_class_of_a_thousand_and_hostile_code_take_seconds() -> None:
    random.seed(7)
    words = "np . sum ( x , axis = 0 ) + - * / [ ] : for in range return dot max exp log".split()
    # thirty of them each handed in the same
    texts = ["\n".join(random.choices(words, k=1500)) for _ in range(34)]
    everyone = {f"student {number}": {"x": texts[number % 34]} for number in range(1000)}
    everyone["quotes"] = {"x": ("'" + "\\'" * 950 + "\n") * 1000}
    everyone["one line"] = {"x": "'\\" * 500_000}
    began = time.process_time()
    found = pairs(everyone, [])
    assert time.process_time() - began < 20
    assert len(found) == sum(count * (count - 1) // 2 for count in (30,) * 14 + (29,) * 20)
