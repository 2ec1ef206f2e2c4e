"""Packages that are missing when an assignment is graded, because its tool is another.

Importing one succeeds, so that a cell which only imports it costs nothing; what uses it fails and says why.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

WHY = "{package} is not here, nor is it at grading: these exercises are done by hand, and NumPy is their tool"


class Absent:
    """Stands for something in a package that is missing; whatever uses it raises ModuleNotFoundError."""

    def __init__(self, name: str) -> None:
        self._name = name

    def _raise(self, *_: Any, **__: Any) -> Any:
        package = self._name.partition(".")[0]
        raise ModuleNotFoundError(WHY.format(package=package), name=package)

    def __getattr__(self, name: str) -> Absent:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self._name}.{name}")

    __call__ = __enter__ = __mro_entries__ = __getitem__ = __iter__ = __len__ = _raise


class _AbsentModule(ModuleType):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []  # so that its submodules can be imported, too

    def __getattr__(self, name: str) -> Absent:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self.__name__}.{name}")


class _Finder(MetaPathFinder, Loader):
    """Finds packages and their submodules absent."""

    def __init__(self, packages: Sequence[str]) -> None:
        self.packages = packages

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        if fullname.partition(".")[0] in self.packages:
            return ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _AbsentModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave the module as it is."""


def hide(packages: Sequence[str]) -> None:
    """Let every later import of packages find them absent."""
    sys.meta_path.insert(0, _Finder(packages))
    for name in [name for name in sys.modules if name.partition(".")[0] in packages]:
        del sys.modules[name]


@contextmanager
def hidden(packages: Sequence[str], namespace: dict[str, Any]) -> Iterator[None]:
    """Hide packages for as long as this lasts, also where names of a namespace stand for something in them."""
    if not packages:
        yield
        return
    modules = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in packages}
    names = {name: value for name, value in namespace.items() if _package(value) in packages}
    namespace.update({name: Absent(f"{_package(value)}.{name}") for name, value in names.items()})
    hide(packages)
    finder = sys.meta_path[0]
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name.partition(".")[0] in packages]:
            del sys.modules[name]
        sys.modules.update(modules)
        namespace.update(names)


def _package(value: Any) -> str:
    """Return the package that a module, a function or a class is of; nothing for other values."""
    module = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return module.partition(".")[0] if isinstance(module, str) else ""
