"""What the text of a solution says of how its derivative came about.

Whether a gradient was derived by hand is measured, by what a large case costs; text does not decide it, but for
one thing: a call of an autograd by its name. What merely looks like numerical differentiation is pointed out to
the instructor, and takes no points. The text of the student's cells is read, and nothing of it is run; only the code
that a solution reaches is looked at, so that comments, strings and experiments in other cells cost nothing.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

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
_NAMING = (ast.Attribute, ast.Name, ast.Import, ast.ImportFrom)


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
    """Return what the text of a solution says of how its derivative came about."""
    return Told(autograd(exercise, code), numerical(exercise, code))


class Code:
    """What the cells of a submission define, and under which names they import."""

    def __init__(self, cells: Iterable[str]) -> None:
        self.definitions: dict[str, list[ast.AST]] = {}
        self.modules: dict[str, str] = {"np": "numpy"}
        self._used: dict[ast.AST, set[str]] = {}
        self._named: dict[ast.AST, list[ast.AST]] = {}
        self._quotients: dict[ast.AST, ast.AST | None] = {}
        for tree in code_of(cells):
            for node in ast.walk(tree):
                self._note_imports(node)
            for statement in tree.body:
                for name in _bound(statement):
                    self.definitions.setdefault(name, []).append(statement)

    def _note_imports(self, node: ast.AST) -> None:
        """Note which names stand for modules, or for what is in them."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                self.modules[name] = alias.name if alias.asname else name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                self.modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"

    def reached(self, names: Sequence[str], apart_from: Sequence[str] = ()) -> list[ast.AST]:
        """Return the definitions that the named ones lead to, themselves included."""
        waiting, known = list(names), set(names) | set(apart_from)
        found: dict[ast.AST, None] = {}
        while waiting:
            for node in self.definitions.get(waiting.pop(), ()):
                if node not in found:
                    found[node] = None
                    fresh = self._uses(node) - known
                    known |= fresh
                    waiting += sorted(fresh)
        return list(found)

    def _uses(self, node: ast.AST) -> set[str]:
        """Return the names in a definition that other definitions bind."""
        if node not in self._used:
            self._used[node] = _global_names(node) & self.definitions.keys()
        return self._used[node]

    def named(self, definition: ast.AST) -> list[ast.AST]:
        """Return the parts of a definition that name something; several exercises may lead to it."""
        if definition not in self._named:
            self._named[definition] = [node for node in ast.walk(definition) if isinstance(node, _NAMING)]
        return self._named[definition]

    def quotient(self, function: ast.AST) -> ast.AST | None:
        """Return a quotient of differences in a function, or None; several exercises may lead to it."""
        if function not in self._quotients:
            self._quotients[function] = _quotient(function)
        return self._quotients[function]

    def full_name(self, node: ast.AST) -> str:
        """Return ``numpy.linalg.norm`` for ``np.linalg.norm`` where the module was imported; nothing for other code."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.modules:
            return ""
        return ".".join([self.modules[node.id], *reversed(parts)])


def autograd(exercise: Exercise, code: Code) -> Passage | None:
    """Return where a solution that is to be derived by hand calls an autograd by its name, or None."""
    if not exercise.by_hand:
        return None
    return _first(exercise, code, lambda node: _names_one_of(AUTOGRAD, node, code), code.named)


def numerical(exercise: Exercise, code: Code) -> Passage | None:
    """Return where a solution that is to be derived by hand looks like numerical differentiation, or None."""
    if not exercise.by_hand:
        return None
    named = _first(exercise, code, lambda node: _names_one_of(NUMERICAL, node, code), code.named)
    return named or _first(exercise, code, code.quotient, _outermost_functions)


def _outermost_functions(definition: ast.AST) -> Iterator[ast.AST]:
    """Yield the functions in a definition that are in no other; each is looked through with all that is in it."""
    waiting = [definition]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _FUNCTIONS):
            yield node
        else:
            waiting += ast.iter_child_nodes(node)


def _first(
    exercise: Exercise,
    code: Code,
    tells: Callable[[ast.AST], ast.AST | None],
    parts: Callable[[ast.AST], Iterable[ast.AST]],
) -> Passage | None:
    try:
        for definition in code.reached(exercise.solution, exercise.uses):
            for node in parts(definition):
                found = tells(node)
                if found is not None:
                    return Passage(ast.unparse(found).split("\n")[0][:120])
    except RecursionError:
        return None  # nested too deeply to be read; what it costs is measured all the same
    return None


def _names_one_of(known: Iterable[str], node: ast.AST, code: Code) -> ast.AST | None:
    """Return a node that names one of these modules or functions, or something in them."""
    if isinstance(node, ast.Attribute | ast.Name):
        names = [code.full_name(node)]
    elif isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        names = [f"{node.module}.{alias.name}" for alias in node.names]
    else:
        return None
    return node if any(name == one or name.startswith(f"{one}.") for name in names for one in known) else None


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
