"""Mutants: right solutions with one small change each, such as a student might make.

They serve twice. Where no known mistake explains a wrong answer, the judge looks for a mutant of
the model solution that leads to just the same results; and the corpus holds every mutant as a
wrong solution, which proves that the hidden cases catch it.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Mutant:
    """A changed solution.

    Attributes
    ----------
    kind
        What kind of change it is, a key of :data:`KINDS`.
    target
        The name that the changed line computes.
    change
        What was changed, as text: ``"a + b -> a - b"``.
    source
        The whole changed cell.
    """

    kind: str
    target: str
    change: str
    source: str


KINDS = {
    "term_missing": "a term of a sum is left out",
    "factor_missing": "a factor is left out",
    "sign": "a plus stands for a minus, or a minus for a plus",
    "inverse": "it is divided where it should be multiplied, or the other way round",
    "order": "two operands are exchanged",
    "power": "a power is wrong",
    "constant": "a constant is off by one",
    "axis": "an axis is wrong or missing",
    "transpose": "a transpose is missing",
    "function": "a function stands for a similar one, such as mean for sum",
    "comparison": "a comparison is wrong",
    "overwritten": "a value is overwritten in place of added to",
    "slice": "a slice is missing",
    "deleted": "a line is left out",
}

SWAPPED: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.Pow: (ast.Mult,),
}
COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Gt: (ast.GtE, ast.Lt),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.GtE: (ast.Gt,),
    ast.LtE: (ast.Lt,),
    ast.Eq: (ast.NotEq,),
}
FUNCTIONS = {
    "sum": "mean",
    "mean": "sum",
    "max": "min",
    "min": "max",
    "maximum": "minimum",
    "exp": "expm1",
    "log": "log1p",
    "zeros": "ones",
    "outer": "inner",
    "tanh": "sin",
}


Change = tuple[str, ast.AST]


def _binary(node: ast.BinOp) -> Iterator[Change]:
    for operator in SWAPPED.get(type(node.op), ()):
        kind = "sign" if isinstance(node.op, ast.Add | ast.Sub) else "inverse"
        yield "power" if isinstance(node.op, ast.Pow) else kind, ast.BinOp(node.left, operator(), node.right)
    if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult | ast.Pow):
        yield "order", ast.BinOp(node.right, node.op, node.left)
    dropped = "term_missing" if isinstance(node.op, ast.Add | ast.Sub) else "factor_missing"
    kind = "power" if isinstance(node.op, ast.Pow) else dropped
    yield kind, node.left
    yield kind, node.right


def _call(node: ast.Call) -> Iterator[Change]:
    if isinstance(node.func, ast.Attribute) and node.func.attr in FUNCTIONS:
        changed = copy.deepcopy(node)
        assert isinstance(changed.func, ast.Attribute)
        changed.func.attr = FUNCTIONS[node.func.attr]
        yield "function", changed
    for position, keyword in enumerate(node.keywords):
        if keyword.arg in ("axis", "keepdims"):
            without = copy.deepcopy(node)
            del without.keywords[position]
            yield "axis", without
    if len(node.args) == 2:
        yield "order", ast.Call(node.func, node.args[::-1], node.keywords)


def _constant(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", ast.Constant(not value)
    elif isinstance(value, int | float):
        yield "constant", ast.Constant(value + 1)
        if value:
            yield "constant", ast.Constant(value - 1)


def _unary(node: ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node.op, ast.USub):
        yield "sign", node.operand


def _compare(node: ast.Compare) -> Iterator[Change]:
    if len(node.ops) == 1:
        for operator in COMPARED.get(type(node.ops[0]), ()):
            yield "comparison", ast.Compare(node.left, [operator()], node.comparators)


def _keyword(node: ast.keyword) -> Iterator[Change]:
    if node.arg == "axis" and isinstance(node.value, ast.Constant):
        for _, value in _constant(node.value):
            assert isinstance(value, ast.expr)
            yield "axis", ast.keyword("axis", value)


def _attribute(node: ast.Attribute) -> Iterator[Change]:
    if node.attr == "T":
        yield "transpose", node.value


def _augmented(node: ast.AugAssign) -> Iterator[Change]:
    yield "overwritten", ast.Assign([node.target], node.value)
    yield "deleted", ast.Pass()


def _subscript(node: ast.Subscript) -> Iterator[Change]:
    if isinstance(node.slice, ast.Slice) and isinstance(node.ctx, ast.Load):
        yield "slice", node.value


CHANGES: dict[type[ast.AST], Callable[[Any], Iterator[Change]]] = {
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.Call: _call,
    ast.keyword: _keyword,
    ast.Attribute: _attribute,
    ast.Constant: _constant,
    ast.AugAssign: _augmented,
    ast.Subscript: _subscript,
}


def changes(node: ast.AST) -> Iterator[Change]:
    """Yield what could stand in the place of one node, each with its kind."""
    if type(node) in CHANGES:
        yield from CHANGES[type(node)](node)


def _target(statement: ast.AST | None) -> str:
    """Return the name that a statement computes, or what it returns."""
    if isinstance(statement, ast.Assign):
        return ast.unparse(statement.targets[0])
    if isinstance(statement, ast.AugAssign):
        return ast.unparse(statement.target)
    return "the result"


def _places(tree: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, str]]:
    """Yield every place of a tree that holds a node: parent, field, index, and the name it helps to compute."""
    stack: list[tuple[ast.AST, str]] = [(tree, "the result")]
    while stack:
        parent, target = stack.pop()
        for name, value in ast.iter_fields(parent):
            for index in range(len(value)) if isinstance(value, list) else (None,):
                node = value if index is None else value[index]
                if not isinstance(node, ast.AST):
                    continue
                inner = _target(node) if isinstance(node, ast.Assign | ast.AugAssign) else target
                if isinstance(parent, ast.Dict) and name == "values" and index is not None:
                    key = parent.keys[index]
                    inner = str(key.value) if isinstance(key, ast.Constant) else inner
                yield parent, name, index, inner
                stack.append((node, inner))


def _put(parent: ast.AST, name: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[index] = node


def mutants(source: str, within: Collection[str] | None = None) -> Iterator[Mutant]:
    """Yield a mutant for every single change of a solution, each once; only in the functions named, if some are."""
    tree = ast.parse(source)
    seen = {ast.unparse(tree)}
    parts = [tree] if within is None else [node for node in tree.body if getattr(node, "name", None) in within]
    for parent, name, index, target in [place for part in parts for place in _places(part)]:
        holder = getattr(parent, name)
        node = holder if index is None else holder[index]
        for kind, change in changes(node):
            _put(parent, name, index, change)
            text = ast.unparse(ast.fix_missing_locations(copy.deepcopy(tree)))
            if text not in seen:
                seen.add(text)
                after = ast.unparse(ast.fix_missing_locations(copy.deepcopy(change)))
                yield Mutant(kind, target, f"{ast.unparse(node)} -> {after}", text + "\n")
            _put(parent, name, index, node)
