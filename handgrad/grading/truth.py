"""Grade the corpus of right and wrong solutions, and count: is every mark true, every mistake named?

``handgrad truth`` runs it. For each exercise the corpus holds

- right solutions: the model, and those in other styles that ``grader_tests/A/right/`` has;
- wrong ones: each known mistake; those that ``grader_tests/A/wrong/`` has, written out; each generic
  mistake, made of the right results; and every mutant of the model solution and of one in another style, but
  for those that ``EQUAL`` in ``reference.py`` lists with the argument why they are right, and for the
  exercises in ``FREE``, which leave the way to the goal open.

Of those written out, right and wrong, some were written from the released notebooks alone; they are counted
on their own too. It says what an exercise lacks, such as a second route to its results. Solutions run in worker
processes, with a limit in time; no kernel is needed to judge them.
"""

from __future__ import annotations

import copy
import dataclasses
import importlib
import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import numpy as np

from handgrad import absent, references
from handgrad.check import PUBLIC_SEED
from handgrad.grading import mark
from handgrad.judging.arrays import Malformed
from handgrad.judging.disclosure import PUBLIC
from handgrad.judging.evidence import LargeCase, collect
from handgrad.judging.exercise import Case, Exercise, steps
from handgrad.judging.judge import judge
from handgrad.judging.patience import PATIENCE
from handgrad.judging.truth import LargeTruth, Truth
from handgrad.judging.verdict import Verdict
from handgrad.notebooks import by_hand
from handgrad.references import Hidden
from handgrad.references.gaps import gaps
from handgrad.references.mutants import LASTING, Mutant, mutants
from handgrad.references.right import RELEASE, right_solutions
from handgrad.references.wrong import wrong_solutions
from handgrad.running import limited
from handgrad.running.kernels import KernelSettings

SEED = (b"truth", "corpus")
SECONDS = 30
"""Of the processor's time, that a solution may take for all cases together."""

NAMED_AT_LEAST = 0.9
OTHER_STYLE = "einsum"
"""Whose mutants are graded; of an exercise that it does not solve, those of the first style that does."""

Array = np.ndarray[Any, Any]


class _TooLong(BaseException):
    """The time of a solution is up; no mere exception, as one of those ends a single call."""


@dataclass
class Graded:
    """What came of grading one solution."""

    kind: str
    name: str
    right: bool
    named: bool = False
    diagnosis_right: bool | None = None
    killed_by: int = 0
    told: tuple[str, ...] = ()
    passes_check: bool = False

    @property
    def from_release(self) -> bool:
        """Whether it was written from the released notebooks alone."""
        return self.kind in ("right", "written") and self.name.startswith(RELEASE)


@dataclass
class Count:
    """The counts of one exercise."""

    exercise: str
    outcomes: list[Graded] = field(default_factory=list)
    equal: int = 0
    unused_equal: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    cases: int = 0

    def of(self, *kinds: str) -> list[Graded]:
        """Return the outcomes of some kinds."""
        return [outcome for outcome in self.outcomes if outcome.kind in kinds]

    @property
    def wrong(self) -> list[Graded]:
        """The outcomes of wrong solutions."""
        return self.of("mistake", "written", "generic", "mutant")

    @property
    def misled(self) -> list[Graded]:
        """The outcomes of wrong solutions that the visible check calls right."""
        return [outcome for outcome in self.wrong if outcome.passes_check]

    def caught_once(self, outcome: Graded) -> bool:
        """Return whether one case alone caught a wrong solution, where there are more cases."""
        return not outcome.right and outcome.killed_by == 1 < self.cases


# -- grading one solution ------------------------------------------------------------------------


def _alarm(number: int, frame: FrameType | None) -> None:
    raise _TooLong


def _grade(hidden: Hidden, source: str, exercise: Exercise | None = None) -> Verdict | None:
    """Return the verdict on a solution given as text; None where it does not end or cannot be loaded."""
    evidence = _evidence(hidden, source, exercise, hidden.large_case)
    if evidence is None:
        return None
    told = by_hand.read(hidden.assignment.exercises[hidden.name], by_hand.Code([source]))
    return mark.decide(hidden, evidence, told)


def _passes_check(public: Hidden, source: str, exercise: Exercise | None = None) -> bool:
    """Return whether the visible check says of a solution given as text that it is right."""
    asked = public.assignment.exercises[public.name]
    # the large case takes long, and few get as far as that
    for large in (None, LargeCase(PUBLIC_SEED, PATIENCE))[: 2 if asked.large else 1]:
        evidence = _evidence(public, source, exercise, large)
        if evidence is None:
            return False
        try:
            verdict = judge(asked, evidence, public.plain, PUBLIC, LargeTruth() if large else None)
        except Malformed:
            return False
        if not verdict.right:
            return False
    return True


def _evidence(hidden: Hidden, source: str, exercise: Exercise | None, large: LargeCase | None) -> dict[str, Any] | None:
    """Return what comes of a solution given as text; None where it does not end or cannot be loaded."""
    assignment = hidden.assignment
    before = [name for name in assignment.model if name != hidden.name]
    namespace: dict[str, Any] = {}
    missing = absent.hidden(assignment.exercises.absent, namespace)
    # not by the clock on the wall: on a busy machine right solutions would seem not to end
    signal.signal(signal.SIGPROF, _alarm)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), missing:
            warnings.simplefilter("ignore")
            exec(compile(references.model_source(assignment, before) + "\n\n" + source, "<corpus>", "exec"), namespace)
            return collect(exercise or assignment.exercises[hidden.name], namespace, hidden.inputs, large=large)
    except (Exception, _TooLong):
        return None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _grade_changed(hidden: Hidden, small: Hidden, source: str) -> Verdict | None:
    """Return the verdict on a wrong solution, which sees the large case only where no other tells it.

    There are thousands, and a large case takes as long as all others.
    """
    verdict = _grade(small, source)
    return _grade(hidden, source) if verdict is not None and verdict.right and hidden.large is not None else verdict


def _without_large(hidden: Hidden) -> Hidden:
    """Return the same cases without the large one."""
    _ = hidden.with_mutants  # worked out once for both
    small = copy.copy(hidden)
    small.large = None
    return small


def _killers(verdict: Verdict, cases: Mapping[str, Case]) -> int:
    """Return in how many different cases a verdict found something wrong."""
    if verdict.reason or any(not part.right and not part.cases for part in verdict.parts):
        return len(cases)
    return len({label for part in verdict.parts for label in part.cases})


@dataclass(frozen=True)
class _Corpus:
    """The cases of one exercise, by which its corpus is graded.

    Attributes
    ----------
    hidden
        Those of a grading.
    small
        The same without the large one.
    public
        Those of the visible check.
    """

    hidden: Hidden
    small: Hidden
    public: Hidden

    def wrong(self, kind: str, name: str, source: str) -> Graded:
        """Return what comes of grading a wrong solution."""
        verdict = _grade_changed(self.hidden, self.small, source)
        outcome = _outcome(kind, name, verdict, self.hidden)
        outcome.passes_check = self.misled(verdict, source)
        return outcome

    def misled(self, verdict: Verdict | None, source: str, exercise: Exercise | None = None) -> bool:
        """Return whether the visible check calls right what loses points, of which it says that it looked at it.

        Two things are left out: a call of an autograd by its name, as only grading reads text, and what is wrong in the
        large case alone, as its right results would be too many to pack.
        """
        unanswered = self.hidden.assignment.exercises[self.hidden.name].unanswered
        if verdict is None or all(part.right or part.name in unanswered for part in verdict.parts):
            return False
        if {finding.name for finding in verdict.findings} <= {"not_by_hand", "large_case"}:
            return False
        return _passes_check(self.public, source, exercise)


def _outcome(kind: str, name: str, verdict: Verdict | None, hidden: Hidden) -> Graded:
    cases = hidden.inputs
    if verdict is None:
        return Graded(kind, name, right=False, named=True, killed_by=len(cases), told=("does not run",))
    told = tuple(finding.name for finding in verdict.findings)
    named = any(finding.known for finding in verdict.findings) or any(
        not part.right and part.name in _unanswered(verdict) for part in verdict.parts
    )
    return Graded(kind, name, verdict.right, named, None, _killers(verdict, cases), told)


def _unanswered(verdict: Verdict) -> set[str]:
    return {part.name for part in verdict.parts if any(f.name == "wrong_choice" for f in part.findings)}


# -- generic mistakes, made of the right results ---------------------------------------------------


def _rounded(value: Array) -> Array:
    noise = np.where(np.arange(value.size).reshape(value.shape) % 2, 1 + 2e-5, 1 - 3e-5)
    return value * noise


def _at_first(value: Array, what: float) -> Array:
    changed = value.copy()
    changed.flat[0] = what
    return changed


Change = Callable[[Array, Truth, str], Any]

GENERIC: dict[str, Change] = {
    "sign": lambda value, truth, result: -value,
    "factor_2": lambda value, truth, result: 2 * value,
    "factor_1/2": lambda value, truth, result: value / 2,
    "factor_3.7": lambda value, truth, result: 3.7 * value,
    "zeros": lambda value, truth, result: 0 * value,
    "nan": lambda value, truth, result: _at_first(value, np.nan),
    "infinity": lambda value, truth, result: _at_first(value, np.inf),
    "float32_rounding": lambda value, truth, result: _rounded(value),
    "wrong_type": lambda value, truth, result: None,
    "extra_axis": lambda value, truth, result: value[None],
    "transposed": lambda value, truth, result: value.T,
    "factor_N": lambda value, truth, result: value * truth.context[result].examples,
    "factor_1/N": lambda value, truth, result: value / truth.context[result].examples,
    "not_summed": lambda value, truth, result: truth.context[result].terms,
    "first_example_only": lambda value, truth, result: value - _terms(truth, result)[1:].sum(axis=0),
    "last_example_only": lambda value, truth, result: value - _terms(truth, result)[:-1].sum(axis=0),
    "example_missing": lambda value, truth, result: value - _terms(truth, result)[_middle(truth, result)],
    "wrong_axis": lambda value, truth, result: _terms(truth, result).sum(axis=1),
}


def _terms(truth: Truth, result: str) -> Array:
    terms = truth.context[result].terms
    assert terms is not None
    return terms


def _middle(truth: Truth, result: str) -> int:
    """Return an example, neither first nor last, that adds something of note."""
    sizes = [float(np.abs(term).max()) for term in _terms(truth, result)[1:-1]]
    return 1 + int(np.argmax(sizes))


def _applies(change: str, truth: Mapping[str, Truth], result: str) -> bool:
    """Return whether a generic mistake is a different, nameable one in every case."""
    values = [t.expected[result] for t in truth.values() if result in t.expected]
    contexts = [t.context.get(result) for t in truth.values() if result in t.expected]
    examples = [c.examples if c else None for c in contexts]
    if change == "transposed":
        return all(
            v.ndim == 2 and min(v.shape) > 1 and not np.allclose(v, v.T if v.shape == v.T.shape else 0) for v in values
        )
    if change in ("factor_N", "factor_1/N"):
        return all(n is not None and n > 2 for n in examples)
    if change in ("not_summed", "first_example_only", "last_example_only", "example_missing", "wrong_axis"):
        known = all(c is not None and c.terms is not None and len(c.terms) > 2 for c in contexts)
        return known and all(v.size > 1 and (change != "wrong_axis" or v.ndim == 1) for v in values)
    if change in ("factor_3.7", "float32_rounding"):
        return all(v.size >= 3 for v in values)
    if change == "extra_axis":
        return all(v.ndim > 0 for v in values)
    if change in ("sign", "factor_2", "factor_1/2", "zeros"):
        return any(v.any() for v in values)
    return True


def _changed_run(
    exercise: Exercise, part: str, change: Change, truths: list[Truth]
) -> Callable[..., Iterator[dict[str, Any]]]:
    """Return a run that gives the right results but for one part; the cases come in the order of truths."""
    order = iter(truths)

    def run(*solution: Any, **inputs: Any) -> Iterator[dict[str, Any]]:
        truth = next(order)
        for results in steps(exercise.run(*solution, **inputs)):
            yield {
                result: change(np.asarray(value, dtype=np.float64), truth, result)
                if exercise.part_of(result) == part
                else value
                for result, value in results.items()
            }

    return run


def _generic(corpus: _Corpus) -> Iterator[Graded]:
    hidden = corpus.small
    exercise = hidden.assignment.exercises[hidden.name]
    if exercise.properties is not None:
        return  # there is no one right result that could be changed
    source = hidden.assignment.model[hidden.name]
    truths, shown = hidden.explained, corpus.public.explained
    mistakes = {mistake.name for mistake in hidden.assignment.mistakes[hidden.name]}
    for part in exercise.parts:
        if part in exercise.unanswered:
            continue
        for label, change in GENERIC.items():
            if not _applies_to(exercise, part, label, truths):
                continue
            verdict = _grade(hidden, source, _changed(exercise, part, change, truths))
            outcome = _outcome("generic", f"{label} of {part}", verdict, hidden)
            # every name it gives must be this one, or a known mistake with just these results
            outcome.diagnosis_right = label in outcome.told and set(outcome.told) <= {label, *mistakes}
            if _applies_to(exercise, part, label, shown):
                outcome.passes_check = corpus.misled(verdict, source, _changed(exercise, part, change, shown))
            yield outcome


def _applies_to(exercise: Exercise, part: str, change: str, truths: Mapping[str, Truth]) -> bool:
    """Return whether a generic mistake is a different, nameable one in every case, and for all results of a part."""
    results = {r for truth in truths.values() for r in truth.expected if exercise.part_of(r) == part}
    return all(_applies(change, truths, result) for result in results)


def _changed(exercise: Exercise, part: str, change: Change, truths: Mapping[str, Truth]) -> Exercise:
    return dataclasses.replace(exercise, run=_changed_run(exercise, part, change, list(truths.values())))


# -- an exercise, an assignment ------------------------------------------------------------------


def _mutants(hidden: Hidden, others: Mapping[str, str]) -> Iterator[tuple[str, Mutant]]:
    """Yield the mutants of the model, and of a solution in another style, each with what its name begins with.

    The judge looks for mutants of the model where nothing else explains an answer, so the model's
    are named by construction; those of another style tell how far that carries.
    """
    for mutant in mutants(hidden.assignment.model[hidden.name]):
        yield "", mutant
    own = [style for style in others if not style.startswith(RELEASE)]
    if own:
        style = OTHER_STYLE if OTHER_STYLE in own else min(own)
        for mutant in mutants(others[style], within=hidden.assignment.exercises[hidden.name].solution):
            yield f"{style}, ", mutant


def _bound() -> None:
    """Give a worker one core and, where the system bounds memory, as much of it as the kernel of a submission has."""
    import torch

    # or solutions that train a network wait for each other until their time is up
    torch.set_num_threads(1)
    if sys.platform.startswith("linux"):
        import resource

        limited.bound(resource.RLIMIT_AS, KernelSettings().limits()["AS"])


def count(task: tuple[str, str]) -> Count:
    """Grade all of the corpus for one exercise, given as ``(assignment, exercise)``."""
    assignment_name, name = task
    assignment = references.load(assignment_name)
    module = importlib.import_module(f"grader_tests.{assignment_name}.reference")
    hidden = references.draw(assignment, name, *SEED)
    corpus = _Corpus(hidden, _without_large(hidden), references.public(assignment, name))
    others = right_solutions(assignment, name)
    counted = Count(name, cases=len(hidden.inputs), gaps=tuple(gaps(hidden)))
    for style, source in {"model": assignment.model[name], **others}.items():
        counted.outcomes.append(_outcome("right", style, _grade(hidden, source), hidden))
    for mistake in assignment.mistakes[name]:
        outcome = corpus.wrong("mistake", mistake.name, references.mistaken_source(assignment, name, mistake))
        outcome.diagnosis_right = mistake.name in outcome.told
        counted.outcomes.append(outcome)
    for written, source in wrong_solutions(assignment, name).items():
        counted.outcomes.append(corpus.wrong("written", written, source))
    counted.outcomes += _generic(corpus)
    equal: dict[str, str] = getattr(module, "EQUAL", {}).get(name, {})
    seen = set()
    for style, mutant in () if name in getattr(module, "FREE", ()) else _mutants(hidden, others):
        change = f"{style}{mutant.target}: {mutant.change}"
        if change in equal:
            counted.equal += 1
            seen.add(change)
        else:
            outcome = corpus.wrong("mutant", change, mutant.source)
            if mutant.kind in LASTING:
                outcome.killed_by = counted.cases  # it shows in the case that is called again, and in no other
            counted.outcomes.append(outcome)
    counted.unused_equal = tuple(sorted(set(equal) - seen))
    return counted


def defects(counted: Count) -> list[str]:
    """Return a sentence for each mark that is not true, each wrong diagnosis, and each thing that is missing."""
    name = counted.exercise
    found = [
        f"{name}: the right solution {o.name!r} loses points: {o.told}" for o in counted.of("right") if not o.right
    ]
    found += [f"{name}: the wrong solution {o.name!r} ({o.kind}) keeps its points" for o in counted.wrong if o.right]
    found += [
        f"{name}: {o.name!r} ({o.kind}) is diagnosed as {o.told}" for o in counted.wrong if o.diagnosis_right is False
    ]
    found += [
        f"{name}: the wrong solution {o.name!r} ({o.kind}) passes the visible check, and loses points at grading"
        for o in counted.misled
    ]
    found += [f"{name}: EQUAL lists {text!r}, which is no mutant any more" for text in counted.unused_equal]
    return found + [f"{name}: {gap}" for gap in counted.gaps]


HEADER = (
    *("exercise", "right kept", "wrong caught", "named", "diagnosis right"),
    *("past the check", "equal", "one case only"),
)


def row(counted: Count) -> tuple[str, ...]:
    """Return the line of the table for one exercise."""
    right, wrong = counted.of("right"), counted.wrong
    judged = [o for o in wrong if o.diagnosis_right is not None]
    return (
        counted.exercise,
        f"{sum(o.right for o in right)}/{len(right)}",
        f"{sum(not o.right for o in wrong)}/{len(wrong)}",
        f"{sum(o.named for o in wrong)}/{len(wrong)}",
        f"{sum(bool(o.diagnosis_right) for o in judged)}/{len(judged)}",
        str(len(counted.misled)),
        str(counted.equal),
        str(sum(map(counted.caught_once, wrong))),
    )


def run(names: Sequence[str], *, verbose: bool = False, markdown: bool = False) -> int:
    """Print the table of each assignment, and with ``markdown`` the one of docs/marks.md; return 1 for a defect.

    That is a mark that is not true, too few wrong solutions that are named, or something that is missing.

    Raises
    ------
    concurrent.futures.process.BrokenProcessPool
        Where a solution ended the process that graded it.
    """
    import torch  # noqa: F401, once here, so that no worker has to

    tasks = [(name, exercise) for name in names for exercise in references.load(name).exercises]
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(os.cpu_count(), fork, _bound) as pool:
        # the last take longest, and so they begin first
        counts = list(pool.map(count, tasks[::-1]))[::-1]
    status = 0
    lines = list(MARKDOWN)
    for name in names:
        mine = [counted for task, counted in zip(tasks, counts, strict=True) if task[0] == name]
        print(f"\n{name}")
        _print_table(mine)
        _print_outcomes(mine, verbose=verbose)
        found = [sentence for counted in mine for sentence in defects(counted)]
        share = _share_named(mine)
        if share < NAMED_AT_LEAST:
            found.append(f"only {share:.1%} of the wrong solutions are named; {NAMED_AT_LEAST:.0%} is the least")
        for sentence in found:
            print(f"  DEFECT {sentence}")
        status |= bool(found)
        lines.append(markdown_row(name, mine))
    if markdown:
        print("\n" + "\n".join(lines))
    return status


def _print_table(counts: Sequence[Count]) -> None:
    table = [HEADER, *map(row, counts)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for exercise, *figures in table:
        columns = [f"{figure:>{width}}" for figure, width in zip(figures, widths[1:], strict=True)]
        print("  " + "  ".join([f"{exercise:<{widths[0]}}", *columns]))


def _print_outcomes(counts: Sequence[Count], *, verbose: bool) -> None:
    wrong, right = sum(len(c.wrong) for c in counts), sum(len(c.of("right")) for c in counts)
    print(f"  {wrong} wrong solutions, {_share_named(counts):.1%} of them named; {right} right ones")
    if any(outcome.from_release for counted in counts for outcome in counted.outcomes):
        kept, caught, named = _figures(counts, from_release=True)
        print(f"  of those from the release alone: right kept {kept}, wrong caught {caught}, named {named}")
    for counted in counts:
        if len(counted.of("right")) == 1:
            print(f"  no right solution in another style than the model's: {counted.exercise}")
        for outcome in counted.wrong:
            if counted.caught_once(outcome):
                print(f"  killed by one case alone: {counted.exercise}, {outcome.name}")
            if verbose and not outcome.named:
                print(f"  not named: {counted.exercise}, {outcome.name}: {outcome.told}")


MARKDOWN = (
    "| assignment | right kept | wrong caught | named | from the release: right kept | wrong caught | named |",
    "| --- | --- | --- | --- | --- | --- | --- |",
)


def markdown_row(name: str, counts: Sequence[Count]) -> str:
    """Return the line of an assignment in the table of docs/marks.md."""
    return f"| {' | '.join([name, *_figures(counts), *_figures(counts, from_release=True)])} |"


def _figures(counts: Sequence[Count], *, from_release: bool = False) -> tuple[str, str, str]:
    """Return how many right solutions were kept, wrong ones caught, and the share of those that is named.

    Of all, or of those that were written from the release alone.
    """
    outcomes = [o for counted in counts for o in counted.outcomes if o.from_release or not from_release]
    right = [outcome.right for outcome in outcomes if outcome.kind == "right"]
    wrong = [outcome for outcome in outcomes if outcome.kind != "right"]
    caught = sum(not outcome.right for outcome in wrong)
    named = f"{sum(outcome.named for outcome in wrong) / len(wrong):.1%}" if wrong else "none"
    return f"{sum(right)} of {len(right)}", f"{caught} of {len(wrong)}", named.replace("%", " %")


def _share_named(counts: Sequence[Count]) -> float:
    """Return the share of wrong solutions of which the student is told the cause."""
    wrong = [outcome for counted in counts for outcome in counted.wrong]
    return sum(outcome.named for outcome in wrong) / len(wrong)
