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
    "cut": "a loop stops after eight rounds",
    "short": "the last element is left out",
    "step_before": "the value of the step before stands for that of the step",
    "kept": "a value is kept from an earlier call",
    "on_class": "a value is kept on the class, so all its objects share it",
    "in_place": "an argument is changed in place",
    "copy": "a copy is missing",
}

LASTING = frozenset({"kept", "on_class", "in_place", "copy"})
"""Kinds that leave something behind: what comes out depends on the calls before."""

ROUNDS = 8
"""After how many rounds a loop is cut: more than by-hand examples have, fewer than real sizes."""

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


IN_PLACE: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
}
COPIES = ("copy", "array", "list", "dict", "deepcopy")
"""Functions that return a copy of what they are given."""
FRESH = ("zeros", "zeros_like", "ones", "ones_like", "empty", "empty_like", "full", "eye", "identity")
"""Functions whose result depends on a shape alone."""
SIZED = ("range", "enumerate", "zip", "reversed")
"""Functions over which a loop runs as often as the input is long."""

KEPT = """def kept(name, value, store={}):
    return store.setdefault((name, np.shape(value)), value)


"""
"""What a mutant of the kind "kept" calls: it returns the value of the first call that had one of this shape."""


@dataclass(frozen=True)
class Scope:
    """What the names around a place stand for.

    Attributes
    ----------
    arguments
        Names of arguments of the function, but for those that it sets anew.
    steps
        Names that count the rounds of its loops.
    kept
        The lines whose value another call of the function would miss, were it kept from this one.
    """

    arguments: frozenset[str] = frozenset()
    steps: frozenset[str] = frozenset()
    kept: tuple[ast.stmt, ...] = ()


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


def _loop(node: ast.For | ast.comprehension) -> Iterator[Change]:
    """Cut a loop that runs as often as the input is long."""
    calls = [inner for inner in ast.walk(node.iter) if isinstance(inner, ast.Call)]
    functions = [call.func for call in calls]
    sized = any(isinstance(function, ast.Name) and function.id in SIZED for function in functions)
    if sized and any(isinstance(inner, ast.Name) and inner not in functions for inner in ast.walk(node.iter)):
        listed = ast.Call(ast.Name("list", ast.Load()), [node.iter], [])
        changed = copy.copy(node)
        changed.iter = ast.Subscript(listed, ast.Slice(upper=ast.Constant(ROUNDS)), ast.Load())
        yield "cut", changed


def _slice(node: ast.Slice) -> Iterator[Change]:
    """Leave the last element out; where the bound is a number, it is changed as a constant."""
    if node.step is not None:
        return
    if node.upper is None and node.lower is not None:
        yield "short", ast.Slice(node.lower, ast.UnaryOp(ast.USub(), ast.Constant(1)))
    elif node.upper is not None and any(isinstance(inner, ast.Name) for inner in ast.walk(node.upper)):
        yield "short", ast.Slice(node.lower, ast.BinOp(node.upper, ast.Sub(), ast.Constant(1)))


def _assigned(node: ast.Assign, scope: Scope) -> Iterator[Change]:
    """Keep a value from one call to the next, or on the class."""
    match node.targets:
        case [ast.Name(name)] if node in scope.kept:
            keeping = ast.Call(ast.Name("kept", ast.Load()), [ast.Constant(name), node.value], [])
            yield "kept", ast.Assign(node.targets, keeping)
        case [ast.Attribute(ast.Name("self") as itself, attr)]:
            owner = ast.Call(ast.Name("type", ast.Load()), [itself], [])
            yield "on_class", ast.Assign([ast.Attribute(owner, attr, ast.Store())], node.value)


def _operated(node: ast.BinOp, scope: Scope) -> Iterator[Change]:
    """Write a result into the argument that it starts from."""
    match node:
        case ast.BinOp(ast.Name(name) as left, operator, right) if name in scope.arguments:
            if type(operator) in IN_PLACE and not isinstance(right, ast.Constant):
                function = ast.Attribute(ast.Name("np", ast.Load()), IN_PLACE[type(operator)], ast.Load())
                yield "in_place", ast.Call(function, [left, right], [ast.keyword("out", left)])


def _called(node: ast.Call, scope: Scope) -> Iterator[Change]:
    """Drop a copy, such as ``x.copy()``, or ``np.array(x)`` of an argument."""
    match node:
        case ast.Call(ast.Attribute(value=value, attr="copy" | "clone"), []):
            yield "copy", value
        case ast.Call(ast.Name(name) | ast.Attribute(attr=name), [ast.Name() as value, *_]) if name in COPIES:
            if value.id in scope.arguments:
                yield "copy", value


def _looked_up(node: ast.Subscript, scope: Scope) -> Iterator[Change]:
    """Take something out of a list or dict that is an argument, or look one step back."""
    if not isinstance(node.ctx, ast.Load):
        return
    match node:
        case ast.Subscript(ast.Name(name) as value, ast.Constant() | ast.UnaryOp() as key) if name in scope.arguments:
            yield "in_place", ast.Call(ast.Attribute(value, "pop", ast.Load()), [key], [])
    keys = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for position, step in enumerate(keys):
        if isinstance(step, ast.Name) and step.id in scope.steps:
            before = ast.BinOp(step, ast.Sub(), ast.Constant(1))
            places = [*keys[:position], before, *keys[position + 1 :]]
            at = ast.Tuple(places, ast.Load()) if len(places) > 1 else before
            yield "step_before", ast.Subscript(node.value, at, node.ctx)


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
    ast.Slice: _slice,
    ast.For: _loop,
    ast.comprehension: _loop,
}
SCOPED: dict[type[ast.AST], Callable[[Any, Scope], Iterator[Change]]] = {
    ast.Assign: _assigned,
    ast.BinOp: _operated,
    ast.Call: _called,
    ast.Subscript: _looked_up,
}


def changes(node: ast.AST, scope: Scope) -> Iterator[Change]:
    """Yield what could stand in the place of one node, each with its kind."""
    if type(node) in CHANGES:
        yield from CHANGES[type(node)](node)
    if type(node) in SCOPED:
        yield from SCOPED[type(node)](node, scope)


def _scope(function: ast.FunctionDef, around: Scope) -> Scope:
    """Return the scope of a function that is defined in another."""
    nodes = list(ast.walk(function))
    names = {argument.arg for argument in function.args.args + function.args.kwonlyargs} - {"self", "ctx"}
    set_anew = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    loops = [node for node in nodes if isinstance(node, ast.For | ast.comprehension)]
    steps = {name for loop in loops for name in _counters(loop.target, loop.iter)}
    arguments = frozenset((around.arguments | names) - set_anew)
    return Scope(arguments, around.steps | frozenset(steps), tuple(_lasting_lines(function)))


def _lasting_lines(function: ast.FunctionDef) -> Iterator[ast.stmt]:
    """Yield the lines of a function that set a name to what differs from call to call.

    An array of zeros does where something is written into it; a function without arguments has no such line.
    """
    filled = set()
    for node in ast.walk(function):
        match node:
            case ast.AugAssign(ast.Name(name)) | ast.Subscript(ast.Name(name), ctx=ast.Store()):
                filled.add(name)
    for line in function.body if function.args.args else ():
        match line:
            case ast.Assign([ast.Name()], ast.Constant()):
                pass
            case ast.Assign([ast.Name(name)], ast.Call(ast.Attribute(attr=made))) if made in FRESH:
                if name in filled:
                    yield line
            case ast.Assign([ast.Name()]):
                yield line


def _counters(target: ast.expr, over: ast.expr) -> Iterator[str]:
    """Yield the names of a loop that count its rounds."""
    match over:
        case ast.Call(ast.Name("range")) if isinstance(target, ast.Name):
            yield target.id
        case ast.Call(ast.Name("enumerate")) if isinstance(target, ast.Tuple):
            yield from _counters(target.elts[0], ast.Call(ast.Name("range"), [], []))
        case ast.Call(ast.Name("reversed"), [inner]):
            yield from _counters(target, inner)


def _target(statement: ast.AST | None) -> str:
    """Return the name that a statement computes, or what it returns."""
    if isinstance(statement, ast.Assign):
        return ast.unparse(statement.targets[0])
    if isinstance(statement, ast.AugAssign):
        return ast.unparse(statement.target)
    return "the result"


def _places(tree: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, str, Scope]]:
    """Yield every place of a tree that holds a node: parent, field, index, the name it helps to compute, its scope."""
    stack: list[tuple[ast.AST, str, Scope]] = [(tree, "the result", Scope())]
    while stack:
        parent, target, scope = stack.pop()
        if isinstance(parent, ast.FunctionDef):
            scope = _scope(parent, scope)
        for name, value in ast.iter_fields(parent):
            for index in range(len(value)) if isinstance(value, list) else (None,):
                node = value if index is None else value[index]
                if not isinstance(node, ast.AST):
                    continue
                inner = _target(node) if isinstance(node, ast.Assign | ast.AugAssign) else target
                if isinstance(parent, ast.Dict) and name == "values" and index is not None:
                    key = parent.keys[index]
                    inner = str(key.value) if isinstance(key, ast.Constant) else inner
                yield parent, name, index, inner, scope
                stack.append((node, inner, scope))


def _put(parent: ast.AST, name: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[index] = node


def _shown(node: ast.AST) -> str:
    """Return the text of a node, of a loop its first line."""
    if isinstance(node, ast.For):
        node = ast.comprehension(node.target, node.iter, [], 0)
    return ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).strip()


def mutants(source: str, within: Collection[str] | None = None) -> Iterator[Mutant]:
    """Yield a mutant for every single change of a solution, each once; only in the functions named, if some are."""
    tree = ast.parse(source)
    seen = {ast.unparse(tree)}
    parts = [tree] if within is None else [node for node in tree.body if getattr(node, "name", None) in within]
    for parent, name, index, target, scope in [place for part in parts for place in _places(part)]:
        holder = getattr(parent, name)
        node = holder if index is None else holder[index]
        for kind, change in changes(node, scope):
            _put(parent, name, index, change)
            text = ast.unparse(ast.fix_missing_locations(copy.deepcopy(tree)))
            if text not in seen:
                seen.add(text)
                before, after = _shown(node), _shown(change)
                yield Mutant(kind, target, f"{before} -> {after}", (KEPT if kind == "kept" else "") + text + "\n")
            _put(parent, name, index, node)
