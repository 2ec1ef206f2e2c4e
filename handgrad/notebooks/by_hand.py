"""By hand means by hand: find solutions that let a machine differentiate.

The text of the student's cells is read, in the grader's process; nothing of it is run. It looks
at the code that an exercise's solution reaches, and at nothing else, so that comments, strings, and
experiments in other cells cost nothing. It convicts only on what has no honest use there: autograd, and
quotients of differences of one's own function over the step that was added to its argument.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from IPython.core.inputtransformer2 import TransformerManager

from handgrad.judging.exercise import Exercise

AUTOGRAD_MODULES = frozenset({"autograd", "jax", "tensorflow", "tinygrad", "theano", "pytensor", "mxnet", "paddle"})
AUTOGRAD_NAMES = frozenset(
    "torch.autograd.grad torch.autograd.backward torch.autograd.functional torch.autograd.forward_ad torch.func "
    "torch.enable_grad torch.set_grad_enabled functorch".split()
)
NUMERICAL_NAMES = frozenset(
    "numpy.gradient numpy.polyfit numpy.polynomial "
    "scipy.optimize.approx_fprime scipy.optimize.check_grad scipy.differentiate scipy.misc.derivative "
    "numdifftools".split()
)


HIDDEN_NAMES = frozenset({"eval", "exec", "compile", "__import__", "get_ipython", "globals"})
"""Functions that run or reach code which stands in no cell, and that no formula needs."""

MOST_NODES = 20_000
"""A definition with a larger syntax tree was not written by hand."""

_KEEPING = frozenset("append extend insert update setdefault add register __setitem__ __setattr__".split())


# tuples made once: each is asked for every node of every cell
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
_NAMED = (ast.Attribute, ast.Name)
_SUMS = (ast.Add, ast.Sub)
_ASSIGNED_ONCE = (ast.AnnAssign, ast.NamedExpr)
_OPERATIONS = (ast.BinOp, ast.AugAssign)


@dataclass(frozen=True)
class Breach:
    """What breaks the rule.

    Attributes
    ----------
    what
        What it does, in words, such as ``"leaves the derivative to autograd"``.
    line
        The line of the student's code.
    """

    what: str
    line: str

    @property
    def message(self) -> str:
        """A sentence to the student."""
        return (
            f"no points, because `{self.line}` {self.what}: this exercise is done by hand. "
            "If that is not what it does, ask your instructor, who can set the points."
        )


@lru_cache(maxsize=128)  # each cell is read when it is repaired, and when it is judged
def runnable(source: str) -> str:
    """Return the Python that IPython makes of a cell.

    Raises
    ------
    SyntaxError
        Where it cannot make anything of it.
    """
    text = source.lstrip()
    # a cell magic such as %%time runs what follows it
    text = text.partition("\n")[2] if text.startswith("%%") else text
    python: str = TransformerManager().transform_cell(text)
    return python


def code_of(cells: Iterable[str]) -> list[ast.Module]:
    """Return the syntax trees of cells; one that IPython could not run is left out."""
    trees = []
    for source in cells:
        try:
            trees.append(ast.parse(runnable(source)))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return trees


def _walk(node: ast.AST) -> Sequence[ast.AST]:
    """Return a node and all below it, as :func:`ast.walk` does; a node that is asked again need not be walked again."""
    try:
        found: Sequence[ast.AST] = node.__dict__["_walked"]
    except KeyError:
        found = node.__dict__["_walked"] = tuple(ast.walk(node))
    return found


class Code:
    """What the cells of a submission define, and under which names they import."""

    def __init__(self, cells: Iterable[str]) -> None:
        self.definitions: dict[str, list[ast.AST]] = {}
        self.modules: dict[str, str] = {"np": "numpy"}
        self.bound: set[str] = set()
        self._names: dict[int, frozenset[str]] = {}
        self._found: dict[int, tuple[str, ast.AST] | None] = {}
        for tree in code_of(cells):
            for node in _walk(tree):
                self._note_names(node)
            for statement in tree.body:
                for name, node in _defined(statement):
                    self.definitions.setdefault(name, []).append(node)

    def _note_names(self, node: ast.AST) -> None:
        """Note which names a node binds, and which of them stand for modules."""
        if isinstance(node, _DEFINITIONS):
            self.bound.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            self.bound.add(node.id)
        elif isinstance(node, _IMPORTS):
            self.bound |= {alias.asname or alias.name for alias in node.names}
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
        found: list[ast.AST] = []
        while waiting:
            for node in self.definitions.get(waiting.pop(), ()):
                found.append(node)
                fresh = self._uses(node) - known
                known |= fresh
                waiting += sorted(fresh)
        return found

    def _uses(self, node: ast.AST) -> frozenset[str]:
        """Return the names of definitions that occur in one."""
        if id(node) not in self._names:
            self._names[id(node)] = frozenset(_global_names(node) & set(self.definitions))
        return self._names[id(node)]

    def breach_in(self, node: ast.AST) -> tuple[str, ast.AST] | None:
        """Return what lets a machine differentiate in one definition, and where."""
        if id(node) not in self._found:
            huge = sum(1 for _ in _walk(node)) > MOST_NODES
            found = ("is too long for anyone to have written it", node) if huge else _hidden(node)
            self._found[id(node)] = found or _autograd(node, self) or _numerical(node, self)
        return self._found[id(node)]

    def full_name(self, node: ast.AST) -> str | None:
        """Return ``numpy.linalg.norm`` for ``np.linalg.norm``, where the module was imported."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.modules or node.id in self.definitions:
            return None
        return ".".join([self.modules[node.id], *reversed(parts)])


def _defined(statement: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    """Yield what a statement of a cell defines that can be called; data that it computes is none of it."""
    if isinstance(statement, _DEFINITIONS):
        yield statement.name, statement
    elif isinstance(statement, ast.Assign) and _is_callable(statement.value):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id, statement.value
    elif isinstance(statement, ast.If | ast.Try | ast.With | ast.For | ast.While):
        for part in ast.iter_child_nodes(statement):
            if isinstance(part, ast.stmt):
                yield from _defined(part)
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        yield from _defined_by(statement.value)


def _defined_by(call: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    """Yield the function that a call keeps in a list or a dict, or sets as an attribute."""
    called, arguments = call.func, call.args
    if isinstance(called, ast.Attribute) and called.attr in _KEEPING and isinstance(called.value, ast.Name):
        yield called.value.id, call
    elif isinstance(called, ast.Name) and called.id == "setattr" and arguments and isinstance(arguments[0], ast.Name):
        yield arguments[0].id, call


_CALLED_TO_WRAP = frozenset("partial vectorize frompyfunc jit wraps grad value_and_grad elementwise_grad vmap".split())


def _is_callable(value: ast.expr) -> bool:
    """Return whether an assigned value looks like a function: another name of one, a lambda, or a wrapped one."""
    if isinstance(value, ast.Call):
        name = (
            _attribute(value.func) or getattr(value.func, "id", None) or _attribute(getattr(value.func, "func", value))
        )
        return name in _CALLED_TO_WRAP
    return isinstance(value, ast.Lambda | ast.Name | ast.Attribute)


_Function = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def _global_names(node: ast.AST) -> set[str]:
    """Return the names in a definition that are not its own variables."""
    if not isinstance(node, _Function):
        found = {node.id} if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) else set()
        return found.union(*(_global_names(child) for child in ast.iter_child_nodes(node)))
    a = node.args
    own = {one.arg for one in [*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg] if one is not None}
    declared: set[str] = set()
    waiting: list[ast.AST] = list(node.body) if isinstance(node.body, list) else [node.body]
    while waiting:  # the variables of this function, and not of those inside of it
        inner = waiting.pop()
        if isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load):
            own.add(inner.id)
        elif isinstance(inner, _DEFINITIONS):
            own.add(inner.name)
            continue
        elif isinstance(inner, ast.Global):
            declared |= set(inner.names)
        if not isinstance(inner, ast.Lambda):
            waiting += ast.iter_child_nodes(inner)
    used: set[str] = set().union(*(_global_names(child) for child in ast.iter_child_nodes(node)))
    return used - (own - declared)


def _begins(name: str, known: Iterable[str]) -> bool:
    return any(name == other or name.startswith(other + ".") for other in known)


def breach(exercise: Exercise, code: Code) -> Breach | None:
    """Return how a solution lets a machine differentiate, or hides what it does, or None."""
    if not exercise.by_hand:
        return None
    try:
        for node in code.reached(exercise.solution, exercise.uses):
            found = code.breach_in(node)
            if found is not None:
                what, place = found
                return Breach(what, ast.unparse(place).split("\n")[0][:120])
    except RecursionError:
        return Breach("is nested too deeply for anyone to have written it", exercise.solution[0])
    return None


def unread(exercise: Exercise, code: Code) -> Breach | None:
    """Return that a solution which the kernel knows is defined in no cell, or None."""
    if not exercise.by_hand or code.bound & {*exercise.solution, "*"}:
        return None
    return Breach("is defined by code that stands in no cell", exercise.solution[0])


def _hidden(definition: ast.AST) -> tuple[str, ast.AST] | None:
    for node in _walk(definition):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in HIDDEN_NAMES:
            return "runs code that stands in no cell", node
    return None


BY_AUTOGRAD = "leaves the derivative to autograd"


def _autograd(definition: ast.AST, code: Code) -> tuple[str, ast.AST] | None:
    for node in _walk(definition):
        if isinstance(node, _NAMED):
            name = code.full_name(node)
            if name and (_begins(name, AUTOGRAD_NAMES) or name.partition(".")[0] in AUTOGRAD_MODULES):
                return BY_AUTOGRAD, node
        if isinstance(node, _IMPORTS):
            names = [alias.name for alias in node.names]
            module = getattr(node, "module", None)
            full = [f"{module}.{name}" for name in names] if module else names
            if any(_begins(n, AUTOGRAD_NAMES) or n.partition(".")[0] in AUTOGRAD_MODULES for n in full):
                return BY_AUTOGRAD, node
        if isinstance(node, ast.Call):
            if any(k.arg == "requires_grad" and _is_true(k.value) for k in node.keywords):
                return BY_AUTOGRAD, node
            if isinstance(node.func, ast.Attribute) and node.func.attr == "requires_grad_":
                return BY_AUTOGRAD, node
        if isinstance(node, ast.Assign) and _is_true(node.value) and "requires_grad" in map(_attribute, node.targets):
            return BY_AUTOGRAD, node
    return None


def _attribute(node: ast.AST) -> str | None:
    return node.attr if isinstance(node, ast.Attribute) else None


def _is_true(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


# -- differences over a step -----------------------------------------------------------------------


def _numerical(definition: ast.AST, code: Code) -> tuple[str, ast.AST] | None:
    what = "leaves the derivative to numerical differentiation"
    for node in _walk(definition):
        if isinstance(node, _NAMED):
            name = code.full_name(node)
            if name and _begins(name, NUMERICAL_NAMES):
                return what, node
    tiny = _tiny_step(definition, code)
    if tiny is not None:
        return what, tiny
    functions: list[ast.AST] = [n for n in _walk(definition) if isinstance(n, _Function)]
    for function in functions or [definition]:
        assigned = _assigned(function)
        moved = _moved(function)
        for node in _walk(function):
            divided = _divided(node)
            if divided is None:
                continue
            numerator, divisor = divided
            if _difference(numerator, assigned, code) and _shares(divisor, moved, assigned):
                return what, node
            imaginary = _imaginary(numerator, assigned) and _called(numerator, assigned, code)
            if imaginary and _complex_step(function):
                return what, node
    return None


def _assigned(function: ast.AST) -> dict[str, list[ast.expr]]:
    """Return every expression that a local name is given."""
    found: dict[str, list[ast.expr]] = {}
    for node in _walk(function):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, _ASSIGNED_ONCE) and node.value is not None:
            targets, value = [node.target], node.value
        for target in targets:
            if isinstance(target, ast.Name):
                found.setdefault(target.id, []).append(value)
            elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                for one, part in zip(target.elts, value.elts, strict=False):
                    if isinstance(one, ast.Name):
                        found.setdefault(one.id, []).append(part)
    return found


def _key(node: ast.AST) -> str | None:
    """Return what identifies a step: a name, or a small number."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Constant) and isinstance(node.value, float) and 0 < abs(node.value) <= 0.1:
        return repr(abs(node.value))
    return None


def _moved(function: ast.AST) -> set[str]:
    """Return what is added to, or taken from, something that a call or an entry of an array then sees."""
    found: set[str] = set()
    for node in _walk(function):
        sides: list[ast.AST] = []
        if isinstance(node, ast.AugAssign) and isinstance(node.op, _SUMS):
            if isinstance(node.target, ast.Subscript):
                sides = [node.value]
        elif isinstance(node, ast.Assign) and any(isinstance(target, ast.Subscript) for target in node.targets):
            # an entry set to the step itself, or to itself and the step
            sides = [node.value]
        elif isinstance(node, ast.Call):
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                sides += [
                    side
                    for inner in _walk(argument)
                    if isinstance(inner, ast.BinOp) and isinstance(inner.op, _SUMS)
                    for side in (inner.left, inner.right)
                ]
        elif isinstance(node, ast.Assign):
            sides = [
                side
                for inner in _walk(node.value)
                if isinstance(inner, ast.BinOp) and isinstance(inner.op, _SUMS)
                for side in (inner.left, inner.right)
            ]
        found |= {key for side in sides for inner in _walk(side) if (key := _key(inner))}
    return found


_DIVISIONS = frozenset({"divide", "true_divide", "truediv"})


def _divided(node: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return node.left, node.right
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div):
        return ast.parse(ast.unparse(node.target), mode="eval").body, node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        for side, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(side, ast.BinOp) and isinstance(side.op, ast.Div) and isinstance(side.left, ast.Constant):
                return other, side.right
    if (
        isinstance(node, ast.Call)
        and _attribute(node.func) in ("divide", "true_divide", "truediv")
        and len(node.args) >= 2
    ):
        return node.args[0], node.args[1]
    return None


def _expanded(node: ast.AST, assigned: dict[str, list[ast.expr]], depth: int = 3) -> Iterator[ast.AST]:
    """Yield an expression's parts, and those of the expressions that its names were given."""
    level: list[ast.AST] = [node]
    seen: set[str] = set()
    for _ in range(depth + 1):
        names = []
        for expression in level:
            for inner in _walk(expression):
                yield inner
                if isinstance(inner, ast.Name) and inner.id not in seen:
                    seen.add(inner.id)
                    names.append(inner.id)
        level = [value for name in names for value in assigned.get(name, ())]


def _called(node: ast.AST, assigned: dict[str, list[ast.expr]], code: Code) -> set[str]:
    """Return the functions of the student's own that an expression calls."""
    found = set()
    for inner in _expanded(node, assigned):
        if isinstance(inner, ast.Call):
            root = inner.func
            while isinstance(root, ast.Attribute | ast.Subscript | ast.Call):
                root = root.func if isinstance(root, ast.Call) else root.value
            if isinstance(root, ast.Name) and root.id not in code.modules and root.id not in _BUILTINS:
                found.add(ast.unparse(inner.func))
    return found


_BUILTINS = frozenset("abs float int len list dict tuple range sum max min zip enumerate reversed sorted map".split())


_AROUND = frozenset("sum float array asarray item squeeze ravel reshape dot vdot inner multiply astype copy".split())


def _outermost(node: ast.expr, assigned: dict[str, list[ast.expr]], depth: int = 3) -> Iterator[ast.BinOp]:
    """Yield the differences that an expression is, but for factors, signs, sums and conversions around them."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        yield node
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.MatMult):
        yield from _outermost(node.left, assigned, depth)
        yield from _outermost(node.right, assigned, depth)
    elif isinstance(node, ast.UnaryOp | ast.Subscript):
        yield from _outermost(node.operand if isinstance(node, ast.UnaryOp) else node.value, assigned, depth)
    elif isinstance(node, ast.Call) and depth:
        yield from _outermost_of_call(node, assigned, depth)
    elif isinstance(node, ast.Name) and depth:
        for value in assigned.get(node.id, ())[:8]:
            yield from _outermost(value, assigned, depth - 1)


def _outermost_of_call(call: ast.Call, assigned: dict[str, list[ast.expr]], depth: int) -> Iterator[ast.BinOp]:
    """Yield the difference that a call works out, or those that it converts."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in ("subtract", "sub") and len(call.args) == 2:
        yield ast.BinOp(call.args[0], ast.Sub(), call.args[1])
    elif name == "diff" and call.args:
        yield ast.BinOp(call.args[0], ast.Sub(), call.args[0])
    elif name in _AROUND:
        inside = [call.func.value] if isinstance(call.func, ast.Attribute) else []
        for part in [*inside, *call.args[:2]]:
            yield from _outermost(part, assigned, depth - 1)


def _difference(node: ast.expr, assigned: dict[str, list[ast.expr]], code: Code) -> bool:
    """Return whether an expression is a difference of two values of one function of the student's own."""
    for found in _outermost(node, assigned):
        left, right = (_called(side, assigned, code) for side in (found.left, found.right))
        if left & right:
            return True
    return False


def _shares(divisor: ast.expr, moved: set[str], assigned: dict[str, list[ast.expr]]) -> bool:
    """Return whether a divisor is made of what was added to an argument, and is no array."""
    keys = {key for inner in _walk(divisor) if (key := _key(inner))}
    expanded = {key for inner in _expanded(divisor, assigned, depth=1) if (key := _key(inner))}
    return bool((keys | expanded) & moved)


def _imaginary(node: ast.expr, assigned: dict[str, list[ast.expr]]) -> bool:
    return any(isinstance(inner, ast.Attribute) and inner.attr == "imag" for inner in _expanded(node, assigned))


def _tiny_step(definition: ast.AST, code: Code) -> ast.AST | None:
    """Return where the imaginary part is taken beside an imaginary number that is too small for anything else."""
    nodes = list(_walk(definition))
    inside = [
        part
        for node in nodes
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "complex"
        for part in node.args[1:]
    ]
    values = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, complex)]
    values += [part.value for part in inside if isinstance(part, ast.Constant) and isinstance(part.value, float)]
    if not any(0 < abs(value) <= 1e-3 for value in values):
        return None
    return next((node for node in nodes if _attribute(node) == "imag" or code.full_name(node) == "numpy.imag"), None)


def _complex_step(function: ast.AST) -> bool:
    """Return whether an imaginary number is added to something."""
    sums = [
        node
        for node in _walk(function)
        if (isinstance(node, _OPERATIONS) and isinstance(node.op, _SUMS))
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "complex")
    ]
    return any(
        isinstance(node, ast.Call) or (isinstance(inner, ast.Constant) and isinstance(inner.value, complex))
        for node in sums
        for inner in _walk(node)
    )
