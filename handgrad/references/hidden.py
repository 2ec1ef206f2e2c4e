"""Hidden cases of an exercise, with their right and their mistaken results."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import hashlib
import hmac
import itertools
import re
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from handgrad.judging.arrays import Array, pack
from handgrad.judging.diagnosis import Context
from handgrad.judging.evidence import LargeCase
from handgrad.judging.exercise import Case, steps
from handgrad.judging.patience import PATIENCE
from handgrad.judging.truth import LargeTruth, Misconception, Truth
from handgrad.references.assignment import Assignment, mistaken_source, model_source
from handgrad.references.course import ReferencesMissing
from handgrad.references.input_changes import common_leaves, input_changes
from handgrad.references.mutants import KINDS, LASTING, mutants

Results = dict[str, Array]


CENTRAL = 5
"""How many of the known mistakes of an exercise, the first ones, are tried two at a time."""

SMALLEST = 1e-2
"""A case is drawn again where a whole result is smaller, for then rounding would decide."""


def generator(*seed: str | bytes) -> np.random.Generator:
    """Return a generator that depends on every part of the seed and reveals none.

    The first part is the key of an HMAC, so that hidden inputs cannot be foreseen by one who
    knows the others, the assignment and the student.
    """
    parts = [part.encode() if isinstance(part, str) else part for part in seed]
    digest = hmac.new(parts[0], b"\0".join(parts[1:]), hashlib.sha256).digest()
    return np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))


@lru_cache(maxsize=4096)
def _namespace(source: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(compile(source, "<model solution>", "exec"), namespace)
    return namespace


class Hidden:
    """The cases of one exercise with what is known of them, worked out when it is first asked for.

    Attributes
    ----------
    inputs
        The inputs, by the name of the case.
    right
        The right results of each case, float64.
    tiny
        Whether a whole result is smaller than :data:`SMALLEST`, in a case where none may be.
    large
        The seed of the large case, for an exercise that has one.
    patience
        Seconds of the processor's time that the student's code may take for it.
    """

    def __init__(
        self, assignment: Assignment, name: str, inputs: dict[str, Case], large: tuple[int, ...] | None = None
    ) -> None:
        self.assignment = assignment
        self.name = name
        self.inputs = inputs
        self.large = large if assignment.exercises[name].large else None
        self.patience = PATIENCE
        raw: dict[str, dict[str, Any]] = {}
        for label, case in inputs.items():
            # the same inputs may come again
            same = next((other for other in raw if inputs[other] is case), None)
            raw[label] = _computed(assignment, name, case) if same is None else raw[same]
        self.right = {label: _float64(results) for label, results in raw.items()}
        # a whole number or a truth value is exact, whatever its size
        self.tiny = any(
            np.asarray(value).dtype.kind == "f" and np.asarray(value).size and np.abs(value).max() < SMALLEST
            for label, results in raw.items()
            if label not in assignment.references[name].faint
            for value in results.values()
        )

    @cached_property
    def packed(self) -> dict[str, Any]:
        """The inputs as they are handed to a kernel, ready for JSON."""
        exercise = self.assignment.exercises[self.name]
        return {label: pack(exercise.given(case)) for label, case in self.inputs.items()}

    @cached_property
    def plain(self) -> dict[str, Truth]:
        """The right results alone."""
        return {label: Truth(results, inputs=self.inputs[label]) for label, results in self.right.items()}

    @cached_property
    def explained(self) -> dict[str, Truth]:
        """The right results, what the diagnoses need, and the results of each known mistake."""
        if self.assignment.exercises[self.name].properties is not None:
            return self.plain  # the properties name what is wrong
        return {
            label: Truth(
                self.right[label],
                _context(self.assignment, self.name, case, self.right[label]),
                {m: results[label] for m, results in self._mistaken.items()},
                case,
            )
            for label, case in self.inputs.items()
        }

    @cached_property
    def _mistaken(self) -> dict[Misconception, dict[str, Results]]:
        """The results of each known mistake."""
        return {
            Misconception(m.name, m.message): self._results(mistaken_source(self.assignment, self.name, m))
            for m in self.assignment.mistakes[self.name]
        }

    @cached_property
    def with_pairs(self) -> dict[str, Truth]:
        """The same, and what two of the first known mistakes together lead to."""
        if self.assignment.exercises[self.name].properties is not None:
            return self.plain
        return _with(self.explained, self._pairs)

    @cached_property
    def _pairs(self) -> dict[Misconception, dict[str, Results]]:
        """The results of two known mistakes together, where they differ from those of one of them."""
        model = self.assignment.model[self.name]
        single = {m.name: results for m, results in self._mistaken.items()}
        found = {}
        for one, other in itertools.combinations(self.assignment.mistakes[self.name][:CENTRAL], 2):
            try:
                source = other.made_in(one.made_in(model))
            except ValueError:
                continue  # one has taken away what the other changes
            results = self._results(source)
            if not any(_same(results, single[mistake.name]) for mistake in (one, other)):
                message = f"two mistakes together give just this: {one.message} And: {other.message}"
                found[Misconception(f"{one.name}+{other.name}", message, weak=True)] = results
        return found

    @cached_property
    def with_mutants(self) -> dict[str, Truth]:
        """The same, and what the model solution gives for changed inputs, and each of its mutants."""
        if self.assignment.exercises[self.name].properties is not None:
            return self.plain
        exercise = self.assignment.exercises[self.name]
        model = self.assignment.model[self.name]
        # names that the student has seen; the model solution has others, which would tell nothing
        seen = {*exercise.parts, *(key for path in common_leaves(self.inputs) for key in re.findall(r"\w+", path))}
        found = {
            Misconception(change.name, change.message, weak=True, variant=-1): self._results(model, change.made_in)
            for change in (input_changes(self.inputs) if self._is_called else ())
        }
        for number, mutant in enumerate(mutants(model)):
            if mutant.kind in LASTING:
                continue  # a single call does not show it
            names = [name for name in reversed(re.findall(r"\w+", mutant.target)) if name in seen]
            where = f" on the way to `{names[0]}`" if names else ""
            # mutants of one kind in one line share their words, but each is compared on its own
            message = f"it is just what comes out when {KINDS[mutant.kind]}{where}."
            misconception = Misconception(f"mutant_{mutant.kind}", message, weak=True, variant=number)
            found[misconception] = self._results(mutant.source)
        return _with(self.explained, {**found, **self._pairs})

    @property
    def _is_called(self) -> bool:
        """Whether the solution is a function, or a class, and no answer that is written down."""
        exercise = self.assignment.exercises[self.name]
        namespace = _namespace(model_source(self.assignment, (*exercise.uses, self.name)))
        return any(callable(namespace[name]) for name in exercise.solution)

    @property
    def large_case(self) -> LargeCase | None:
        """The large case as it is handed to a kernel; None without one."""
        return None if self.large is None else LargeCase(self.large, self.patience)

    @property
    def at_scale(self) -> LargeTruth | None:
        """What is known of the large case; None without one.

        Its right results are those of the model solution, for the complex step costs as much as what it is to
        tell from a gradient by hand; ``tests/references`` holds them against the forward pass.
        """
        return None if self.large is None else LargeTruth(self._at_scale, self._passes)

    @cached_property
    def _at_scale(self) -> Results:
        """The right results of the large case."""
        exercise = self.assignment.exercises[self.name]
        assert exercise.large is not None
        found: Results = {}
        for results in self._model_at_scale():
            found |= results
        return _float64(
            {key: value for key, value in found.items() if exercise.part_of(key) in exercise.large.gradients}
        )

    def _passes(self) -> float:
        """Return how many forward passes take as long as the student's code may take for the large case."""
        began = time.process_time()
        for _ in self._model_at_scale():
            pass
        # backpropagation costs about three forward passes
        taken = max((time.process_time() - began) / 3, 1e-6)
        return float(f"{self.patience / taken:.1g}")

    def _model_at_scale(self) -> Iterator[dict[str, Any]]:
        exercise = self.assignment.exercises[self.name]
        assert exercise.large is not None
        namespace = _namespace(model_source(self.assignment, (*exercise.uses, self.name)))
        case = exercise.large.draw(np.random.default_rng(self.large))
        return steps(exercise.run(*(namespace[name] for name in exercise.solution), **case))

    def _results(self, source: str, change: Callable[[Case], Case] = copy.deepcopy) -> dict[str, Results]:
        """Return the results of a solution cell, for each case after a change, up to where it raises."""
        exercise = self.assignment.exercises[self.name]
        found: dict[str, Results] = {label: {} for label in self.inputs}
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                namespace = _namespace(model_source(self.assignment, exercise.uses) + "\n\n" + source)
            except Exception:
                return found
            solution = [namespace[name] for name in exercise.solution]
            for label, case in self.inputs.items():
                with contextlib.suppress(Exception):
                    for results in steps(exercise.run(*solution, **exercise.given(change(case)))):
                        found[label] |= {key: np.array(value, dtype=np.float64) for key, value in results.items()}
        return found


def _with(truths: Mapping[str, Truth], wrong: Mapping[Misconception, dict[str, Results]]) -> dict[str, Truth]:
    """Return truths that know more wrong results."""
    return {
        label: dataclasses.replace(truth, wrong={**truth.wrong, **{m: r[label] for m, r in wrong.items()}})
        for label, truth in truths.items()
    }


def _same(a: Mapping[str, Results], b: Mapping[str, Results]) -> bool:
    """Return whether two solutions have the same results in every case."""
    return all(
        a[label].keys() == b[label].keys()
        and all(np.array_equal(a[label][key], b[label][key], equal_nan=True) for key in a[label])
        for label in a
    )


def draw(assignment: Assignment, name: str, *seed: str | bytes) -> Hidden:
    """Draw the cases of an exercise from a seed.

    Raises
    ------
    ReferencesMissing
        Where the cases cannot be drawn so that every result is of some size.
    """
    large = tuple(int(word) for word in generator(*seed, assignment.name, name, "large").integers(2**63, size=4))
    for attempt in range(100):
        rng = generator(*seed, assignment.name, name, str(attempt))
        hidden = Hidden(assignment, name, assignment.references[name].cases(rng), large)
        if not hidden.tiny:
            return hidden
    raise ReferencesMissing(f"{name}: no cases in 100 draws whose results are all larger than {SMALLEST}")


def expected(assignment: Assignment, name: str, case: Case) -> Results:
    """Return the right results of a case, float64."""
    return _float64(_computed(assignment, name, case))


def _computed(assignment: Assignment, name: str, case: Case) -> dict[str, Any]:
    given = copy.deepcopy(case)
    between = given.pop("between", None)
    results_of = assignment.references[name].expected
    found = results_of(**given)
    if between is None:
        return found
    # what a call gives does not depend on how often it was made, nor on how its arguments lie in memory
    second = {f"{key}[between]": value for key, value in results_of(**between).items()}
    return {
        **found,
        **second,
        **{f"{key}{which}": found[key] for which in ("[again]", "[transposed]") for key in found},
    }


def _float64(results: Mapping[str, Any]) -> Results:
    return {key: np.asarray(value, dtype=np.float64) for key, value in results.items()}


def _context(assignment: Assignment, name: str, case: Case, right: Mapping[str, Array]) -> dict[str, Context]:
    batch = assignment.exercises[name].batch
    if batch is None:
        return {}
    count = len(case[batch])
    how = assignment.references[name].per_example
    singles: list[Results] = []
    if how is not None and count > 1:
        rest = {key: case[key] * 0 for key in how.without}
        singles = [
            expected(assignment, name, {**case, **rest, **{key: case[key][i : i + 1] for key in how.sliced}})
            for i in range(count)
        ]
    contexts = {}
    for key, value in right.items():
        terms = None
        if singles and how is not None and all(single[key].shape == value.shape for single in singles):
            terms = np.stack([single[key] for single in singles]) / (count if how.mean else 1)
        contexts[key] = Context(count, terms)
    return contexts
