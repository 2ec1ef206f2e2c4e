"""What a SymPy expression is worth at given points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class Refused(Exception):
    """An answer that is no expression in the allowed names; the text says why."""


def expression_values(expression: Any, points: Mapping[str, Any]) -> Array:
    """Return the values of a SymPy expression at points, given as an array for each allowed symbol."""
    import sympy  # type: ignore[import-untyped]

    if isinstance(expression, str):
        raise Refused("text in quotes is no expression: write it without the quotes")
    if expression is None:
        raise Refused("nothing is written for it yet, it is None")
    if callable(expression) and not isinstance(expression, sympy.Basic):
        raise Refused(f"it is a function; it should be a SymPy expression in {', '.join(points)}")
    try:
        found = sympy.sympify(expression, strict=True)
    except sympy.SympifyError:
        found = None
    if not isinstance(found, sympy.Expr) or getattr(found, "is_Matrix", False):
        raise Refused(f"it is a {type(expression).__name__}; it should be a SymPy expression")
    found = found.doit()
    unknown = sorted({symbol.name for symbol in found.free_symbols} - set(points))
    if unknown:
        raise Refused(
            f"it contains {', '.join(unknown)}; it should contain {' and '.join(points)} only: put in what the other "
            "names stand for"
        )
    if found.atoms(sympy.core.function.AppliedUndef, sympy.Derivative, sympy.Integral):
        raise Refused("it contains a function or a derivative that is not worked out")
    values = np.empty(len(next(iter(points.values()))))
    for row in range(len(values)):
        place = {symbol: sympy.Float(float(points[symbol.name][row]), 30) for symbol in found.free_symbols}
        value = complex(found.evalf(25, subs=place))
        if abs(value.imag) > 1e-9 * max(1.0, abs(value.real)):
            raise Refused(f"it is not a real number for every real {' and '.join(points)}")
        values[row] = value.real
    return values
