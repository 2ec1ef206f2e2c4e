"""The exercises of ASSIGNMENT: the cosine of the angle between vectors.

N examples, d coordinates.
"""

from __future__ import annotations

from typing import Any

from handgrad.judging.exercise import Exercises, unpack

EXERCISES = Exercises("ASSIGNMENT", absent=("torch",))


@EXERCISES.add(
    {"s": "(N,)", "grad_x": "(N, d)", "grad_w": "(d,)"},
    batch="x",
    returns="(s, grad_x, grad_w)",
)
def cosine(solution: Any, x: Any, w: Any, grad_s: Any) -> dict[str, Any]:
    s, grad_x, grad_w = unpack(solution(x, w, grad_s), "s", "grad_x", "grad_w")
    return {"s": s, "grad_x": grad_x, "grad_w": grad_w}
