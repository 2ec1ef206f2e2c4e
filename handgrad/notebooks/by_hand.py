"""What the text of a solution says of how its derivative came about.

Whether a gradient was derived by hand is measured, by what a large case costs; text does not decide it, but for
one thing: a call of an autograd by its name. What merely looks like numerical differentiation is pointed out to
the instructor, and takes no points. The text of the student's cells is read, and nothing of it is run; only the code
that a solution reaches is looked at, so that comments, strings and experiments in other cells cost nothing.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from handgrad.judging.exercise import Exercise
from handgrad.notebooks.code import code_of

AUTOGRAD = frozenset(
    "torch.autograd.grad torch.autograd.backward torch.autograd.functional torch.autograd.forward_ad torch.func "
    "functorch autograd jax tensorflow tinygrad theano pytensor mxnet paddle".split()
)
"""Modules and functions that differentiate by themselves."""

NUMERICAL = frozenset(
    "numpy.gradient scipy.optimize.approx_fprime scipy.optimize.check_grad scipy.differentiate scipy.misc.derivative "
    "numdifftools".split()
)
"""Modules and functions that differentiate numerically."""

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True)
class Passage:
    """A line of the student's code that says how a derivative came about."""

    line: str

    @property
    def by_autograd(self) -> str:
        """A sentence to a student whose derivative an autograd worked out."""
        return (
            f"no points, because `{self.line}` leaves the derivative to autograd: this exercise is done by hand. "
            "If that is not what it does, ask your instructor, who can set the points."
        )

    @property
    def looks_numerical(self) -> str:
        """A sentence to an instructor, of a derivative that may be numerical."""
        return f"`{self.line}` looks like numerical differentiation: see what it does"


@dataclass(frozen=True)
class Told:
    """What the text of a solution says: where it calls an autograd, and where it looks numerical, or None."""

    autograd: Passage | None = None
    numerical: Passage | None = None


def read(exercise: Exercise, code: Code) -> Told:
    """Return what the text of a solution says of how its derivative came about; nothing where that is not asked."""
    if not exercise.by_hand:
        return Told()
    try:
        reached = [code.signs(definition) for definition in code.reached(exercise.solution, exercise.uses)]
        autograd = next((signs.autograd for signs in reached if signs.autograd), None)
        numerical = next((signs.numerical for signs in reached if signs.numerical), None)
        quotient = next((signs.quotient for signs in reached if signs.quotient), None)
        return Told(_passage(autograd), _passage(numerical or quotient))
    except RecursionError:
        return Told()  # nested too deeply to be read; what it costs is measured all the same


def _passage(node: ast.AST | None) -> Passage | None:
    return None if node is None else Passage(ast.unparse(node).split("\n")[0][:120])


class Signs(NamedTuple):
    """The first parts of a definition that say how a derivative came about."""

    autograd: ast.AST | None
    numerical: ast.AST | None
    quotient: ast.AST | None


class Definition:
    """A statement of a cell, and what it says by itself, whatever other cells hold."""

    def __init__(self, statement: ast.stmt) -> None:
        self._statement = statement

    @cached_property
    def bound(self) -> tuple[str, ...]:
        """The names that it binds."""
        return tuple(dict.fromkeys(_bound(self._statement)))

    @cached_property
    def uses(self) -> set[str]:
        """The names in it that are not its own variables."""
        return _global_names(self._statement)

    @cached_property
    def named(self) -> dict[tuple[str, str], ast.AST]:
        """The first part that says ``np.linalg.norm``, by ``("np", ".linalg.norm")``, and so for each such name.

        Before a name that is whole, as in an import, stands ``""``.
        """
        found: dict[tuple[str, str], ast.AST] = {}
        for node in ast.walk(self._statement):
            for name in _named(node):
                found.setdefault(name, node)
        return found

    @cached_property
    def quotient(self) -> ast.AST | None:
        """The first quotient of differences in it."""
        if not any(isinstance(node, ast.Div) for node in ast.walk(self._statement)):
            return None
        return next(filter(None, map(_quotient, _outermost_functions(self._statement))), None)


class _Cell(NamedTuple):
    """What a cell defines, and under which names it imports."""

    definitions: tuple[Definition, ...]
    modules: dict[str, str]


@lru_cache(maxsize=512)  # most cells of a submission are the course's own
def _cell(source: str) -> _Cell:
    """Return what a cell holds; nothing of one that Python cannot read."""
    definitions: list[Definition] = []
    modules: dict[str, str] = {}
    for tree in code_of([source]):
        definitions += map(Definition, tree.body)
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    modules[name] = alias.name if alias.asname else name
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return _Cell(tuple(definitions), modules)


class Code:
    """What the cells of a submission define, and under which names they import."""

    def __init__(self, cells: Iterable[str]) -> None:
        self.definitions: dict[str, list[Definition]] = {}
        self.modules: dict[str, str] = {"np": "numpy"}
        # several exercises may lead to one definition
        self._signs: dict[Definition, Signs] = {}
        for cell in map(_cell, cells):
            self.modules |= cell.modules
            for definition in cell.definitions:
                for name in definition.bound:
                    self.definitions.setdefault(name, []).append(definition)

    def reached(self, names: Sequence[str], apart_from: Sequence[str] = ()) -> list[Definition]:
        """Return the definitions that the named ones lead to, themselves included."""
        waiting, known = list(names), set(names) | set(apart_from)
        found: dict[Definition, None] = {}
        while waiting:
            for definition in self.definitions.get(waiting.pop(), ()):
                if definition not in found:
                    found[definition] = None
                    fresh = (definition.uses & self.definitions.keys()) - known
                    known |= fresh
                    waiting += sorted(fresh)
        return list(found)

    def signs(self, definition: Definition) -> Signs:
        """Return what a definition says of how a derivative came about."""
        if definition not in self._signs:
            named = [(node, name) for of, node in definition.named.items() if (name := self._full_name(*of))]
            self._signs[definition] = Signs(
                next((node for node, name in named if _is_in(AUTOGRAD, name)), None),
                next((node for node, name in named if _is_in(NUMERICAL, name)), None),
                definition.quotient,
            )
        return self._signs[definition]

    def _full_name(self, root: str, rest: str) -> str:
        """Return ``numpy.linalg.norm`` for ``np`` and its rest where that was imported; nothing for other code."""
        if not root:
            return rest
        return self.modules[root] + rest if root in self.modules else ""


def _named(node: ast.AST) -> list[tuple[str, str]]:
    """Return what a part of the code names: the names that it begins with, and what follows."""
    if isinstance(node, ast.Import):
        return [("", alias.name) for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [("", f"{node.module}.{alias.name}") for alias in node.names]
    rest = ""
    while isinstance(node, ast.Attribute):
        rest = f".{node.attr}{rest}"
        node = node.value
    return [(node.id, rest)] if isinstance(node, ast.Name) else []


def _outermost_functions(definition: ast.AST) -> Iterator[ast.AST]:
    """Yield the functions in a definition that are in no other; each is looked through with all that is in it."""
    waiting = [definition]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _FUNCTIONS):
            yield node
        else:
            waiting += ast.iter_child_nodes(node)


def _is_in(known: Iterable[str], name: str) -> bool:
    """Return whether a name is one of these modules or functions, or in one of them."""
    return any(name == one or name.startswith(f"{one}.") for one in known)


def _quotient(node: ast.AST) -> ast.AST | None:
    """Return a quotient of the difference of two values of one function, over a step that was added to its argument."""
    added = {
        ast.dump(side)
        for inner in ast.walk(node)
        for side in _steps(inner)
        if isinstance(side, ast.Name | ast.Constant)
    }
    for inner in ast.walk(node):
        if not (isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Div) and isinstance(inner.left, ast.BinOp)):
            continue
        values = [inner.left.left, inner.left.right]
        calls = [ast.dump(value.func) for value in values if isinstance(value, ast.Call)]
        if not (isinstance(inner.left.op, ast.Sub) and len(calls) == 2 and calls[0] == calls[1]):
            continue
        step = {ast.dump(part) for part in ast.walk(inner.right) if isinstance(part, ast.Name | ast.Constant)}
        if step & added:
            return inner
    return None


def _steps(node: ast.AST) -> list[ast.expr]:
    """Return what is added to something, or put into an entry of an array."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        return [node.left, node.right]
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add | ast.Sub):
        return [node.value]
    if isinstance(node, ast.Assign) and any(isinstance(target, ast.Subscript) for target in node.targets):
        return [node.value]
    return []


# -- which definitions a definition leads to -----------------------------------------------------


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement of a cell binds."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, _DEFINITIONS):
            yield inner.name
        elif isinstance(inner, ast.If | ast.Try | ast.With | ast.For | ast.While):
            waiting += (part for part in ast.iter_child_nodes(inner) if isinstance(part, ast.stmt))
        else:
            for node in ast.walk(inner):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id


def _global_names(node: ast.AST) -> set[str]:
    """Return the names in a definition that are not its own variables."""
    found: set[str] = set()
    own: Counter[str] = Counter()
    waiting: list[ast.AST | set[str]] = [node]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, set):  # all of the function whose variables they are has been seen
            own.subtract(inner)
            continue
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load) and own[inner.id] <= 0:
            found.add(inner.id)
        if isinstance(inner, _FUNCTIONS):
            variables = _own_names(inner)
            own.update(variables)
            waiting.append(variables)
        waiting += ast.iter_child_nodes(inner)
    return found


def _own_names(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
    """Return the variables of a function, and not those of functions inside of it."""
    a = function.args
    own = {one.arg for one in [*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg] if one is not None}
    declared: set[str] = set()
    waiting: list[ast.AST] = list(function.body) if isinstance(function.body, list) else [function.body]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, _DEFINITIONS):
            own.add(inner.name)
            continue
        if isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load):
            own.add(inner.id)
        elif isinstance(inner, ast.Global):
            declared |= set(inner.names)
        if not isinstance(inner, ast.Lambda):
            waiting += ast.iter_child_nodes(inner)
    return own - declared
