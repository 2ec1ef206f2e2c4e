"""Attacks on marks: points for wrong answers."""

from __future__ import annotations

import nbformat
from nbformat.notebooknode import NotebookNode

from handgrad.building.samples import cell
from tests.attacks import NOTHING, POINTS, Attack, Ground

WRONG = {
    "softmax_loss": "def softmax_loss(scores, labels):\n    return 0.0, np.zeros_like(scores)\n",
    "small_network_gradients": (
        "def small_network_gradients(params, X, labels):\n"
        "    return 0.0, {name: np.ones_like(value) for name, value in params.items()}\n"
    ),
    "sgd_step": "def sgd_step(params, grads, learning_rate):\n    return {name: 0 * p for name, p in params.items()}\n",
}


def _wrong_with(exercise: str, text: str) -> dict[str, str]:
    """Return wrong answers to all exercises, one of them with more text ahead of it."""
    return {**WRONG, exercise: text + "\n\n" + WRONG[exercise]}


def _untested(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    for name in POINTS:
        cell(notebook, name).metadata["tags"] = ["skip-execution", "raises-exception", "remove-cell"]
    return notebook


def _preset(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    verdict = {"exercise": "sgd_step", "score": 4.0, "max": 4.0, "reason": None, "diagnoses": [], "parts": []}
    for name in POINTS:
        data = {"application/vnd.handgrad.verdict+json": verdict, "text/plain": "4.0"}
        test = cell(notebook, name)
        test.outputs = [
            nbformat.v4.new_output("display_data", data=data),
            nbformat.v4.new_output("execute_result", data={"text/plain": "100.0"}, execution_count=1),
        ]
        test.execution_count = 1
    return notebook


def _raised(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    for name in POINTS:
        cell(notebook, name).metadata.nbgrader.update(points=1000, locked=False, solution=True, schema_version=3)
        cell(notebook, f"{name}_solution").metadata.nbgrader.update(grade=True, points=1000)
    notebook.metadata["handgrad"] = {"unreadable": False, "verdicts": dict.fromkeys(POINTS, 1000)}
    return notebook


def _autograded(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    for name in POINTS:
        cell(notebook, name).metadata["handgrad"] = {"failure": "", "message": "", "score": 1000}
        cell(notebook, name).metadata["probe"] = "Matmul"
        cell(notebook, name).source = "100.0"
    return notebook


def _as_tests(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    """Give cells of one's own the grade ids of tests."""
    for name in POINTS:
        forged = nbformat.v4.new_code_cell("1000.0")
        forged.metadata["nbgrader"] = {**cell(notebook, name).metadata.nbgrader, "checksum": "0"}
        notebook.cells.append(forged)
        more = nbformat.v4.new_code_cell("1000.0")
        more.metadata["nbgrader"] = {**forged.metadata.nbgrader, "grade_id": f"{name}_more", "points": 50}
        notebook.cells.append(more)
    return notebook


def _old_schema(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    for one in notebook.cells:
        if "nbgrader" in one.metadata:
            one.metadata.nbgrader["schema_version"] = 1
    cell(notebook, "sgd_step").metadata.nbgrader["schema_version"] = 99
    cell(notebook, "softmax_loss").metadata.nbgrader["schema_version"] = "<b>1</b>"
    return notebook


def _kernelspec(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    provisioner = {"provisioner_name": "local-provisioner", "config": {}}
    notebook.metadata["kernelspec"] = {
        "name": "../../bin/sh",
        "display_name": "sh",
        "language": "bash",
        "metadata": {"kernel_provisioner": provisioner},
    }
    notebook.metadata["language_info"] = {"name": "bash", "file_extension": "/../../x.ipynb"}
    return notebook


def _tests_first(notebook: NotebookNode, ground: Ground) -> NotebookNode:
    """Put the last exercise first, so that what its test supplies could answer the earlier one."""
    later = [cell(notebook, "small_network_gradients_solution"), cell(notebook, "small_network_gradients")]
    rest = [one for one in notebook.cells if one not in later]
    notebook.cells = rest[:1] + later + rest[1:]
    return notebook


PATCHES = """
import unittest.mock
import numpy as np
import numpy.testing

for name in ("allclose", "isclose", "array_equal", "all", "any", "max", "abs"):
    setattr(np, name, lambda *a, **k: True)
for name in ("assert_allclose", "assert_array_equal", "assert_almost_equal"):
    setattr(np.testing, name, lambda *a, **k: None)
import handgrad.check, handgrad.judging.comparison, handgrad.judging.difference, handgrad.judging.judge

handgrad.judging.comparison.close = handgrad.judging.difference.close = lambda *a, **k: True
handgrad.judging.judge.judge = handgrad.check.judge = lambda *a, **k: None
"""

ARRAYS = """
class Any(np.ndarray):
    def __eq__(self, other):
        return True

    __ne__ = __lt__ = __gt__ = lambda self, other: False
    __hash__ = None

    def __array_function__(self, function, types, args, kwargs):
        return True

    def __array_ufunc__(self, *args, **kwargs):
        return True

    def __reduce__(self):
        return (print, ("$backwards"[::-1],))


class Chameleon:
    shape = property(lambda self: breach("asked") or (1,))

    def __array__(self, *args, **kwargs):
        return np.zeros(3).view(Any)

    def detach(self):
        return self

    cpu = detach

    def numpy(self):
        return np.full((2, 2), np.nan).view(Any)


def softmax_loss(scores, labels):
    return Chameleon(), np.zeros_like(scores).view(Any)
"""

TRANSFORMERS = """
import ast
import sys

ip = get_ipython()


class Strip(ast.NodeTransformer):
    def visit_Expr(self, node):
        return ast.Pass()


ip.ast_transformers.append(Strip())
ip.input_transformers_cleanup.append(lambda lines: ["100.0\\n"])
ip.input_transformers_post.append(lambda lines: ["100.0\\n"])
for event in ("pre_execute", "pre_run_cell", "post_execute", "post_run_cell"):
    ip.events.register(event, lambda *a: sys.displayhook(100.0))
"""

REPLIES = """
import sys

ip = get_ipython()


def done_at_once(*a, **k):
    number = ip.execution_count
    for at in range(number - 3, number + 3):
        ip.session.outlet.send("execute_result", "", "text/plain", "100.0")
        ip.session.outlet.send("done", str(at))
    sys.displayhook(100.0)


ip.events.register("pre_run_cell", done_at_once)
"""

FORGED = """
import json
import sys
import handgrad.check
import handgrad.judging.evidence
from IPython.display import publish_display_data


def forged(exercise, namespace, cases, *more, **others):
    zero = handgrad.judging.arrays.pack_result(np.zeros(()))
    run = {"results": {name: zero for name in exercise.parts}, "arguments": {}, "score": 1000, "right": True}
    nonce = handgrad.judging.evidence  # the right nonce is added by probe itself
    return {"cases": {label: {"own": run, "supplied": run} for label in cases}, "verdict": "right", "share": 1.0}


handgrad.check.collect = forged
"""

# the first answer is wrong, and the right one comes as that of a run with supplied helpers, which there is not
SECOND_GUESS = """
import handgrad.check

_collect = handgrad.check.collect


def right(scores, labels):
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    onehot = np.eye(scores.shape[1])[labels]
    return -(logs * onehot).sum() / len(scores), (np.exp(logs) - onehot) / len(scores)


def softmax_loss(scores, labels):
    return 0.0, np.zeros_like(scores)


def guess_again(exercise, namespace, *more, **others):
    first = _collect(exercise, namespace, *more, **others)
    if exercise.name == "softmax_loss":
        second = _collect(exercise, {"softmax_loss": right}, *more, **others)
        for label, runs in first["cases"].items():
            runs["supplied"] = second["cases"][label]["own"]
        first["large"]["supplied"] = second["large"]["own"]
    return first


handgrad.check.collect = guess_again
"""

# what is lent to one exercise is looked for where a later one is written
LENT_KEPT = """
import builtins
import pathlib


def small_network_gradients(params, X, labels):
    builtins.kept = softmax_loss
    pathlib.Path("/tmp/kept").write_text("kept")
    return 0.0, {}
"""

LENT_FOUND = """
import builtins
import pathlib

if hasattr(builtins, "kept") or "softmax_loss" in globals() or pathlib.Path("/tmp/kept").exists():
    breach("kept")


def sgd_step(params, grads, learning_rate):
    return {name: value - learning_rate * grads[name] for name, value in params.items()}
"""

CHANGE_HIDDEN = """
import handgrad.judging.evidence

handgrad.judging.evidence.digests = lambda inputs: {path: "0" * 16 for path, _ in handgrad.judging.arrays.leaves(inputs)}


def sgd_step(params, grads, learning_rate):
    for name in params:
        params[name] -= learning_rate * grads[name]
    return dict(params)
"""

TWICE = """
import handgrad.check
from IPython.display import publish_display_data

_honest = publish_display_data


def twice(data, *a, **k):
    _honest(data, *a, **k)
    _honest(data, *a, **k)


import IPython.display

IPython.display.publish_display_data = twice
"""

REPLAY = """
import IPython.display
import json

_kept = []
_publish = IPython.display.publish_display_data


def replay(data, *a, **k):
    for mime, text in data.items():
        given = json.loads(text)
        _kept.append(given["cases"])
        _publish({mime: json.dumps({**given, "cases": _kept[0]})}, *a, **k)


IPython.display.publish_display_data = replay
"""

MANY_WORDS = """
import IPython.display

_publish = IPython.display.publish_display_data
FORMS = ["{}", "[]", "null", "1", '{"nonce": 1}', '"x"', "{" * 100_000, '{"cases": {"a": NaN}}', "9" * 10_000]


def other(data, *a, **k):
    for mime in data:
        _publish({mime: FORMS.pop()}, *a, **k)


IPython.display.publish_display_data = other
"""

THREADS = """
import threading
import time

import handgrad.check


def again_and_again():
    while True:
        for module in (handgrad.check, handgrad.judging.evidence):
            module.collect = lambda *a, **k: {"missing": None, "cases": {}}
        time.sleep(1e-3)


import handgrad.judging.evidence

threading.Thread(target=again_and_again, daemon=True).start()
"""

STOLEN = """
import gc
import sys


def stolen(name):
    for found in gc.get_objects():
        if isinstance(found, dict) and found is not globals() and callable(found.get(name)):
            code = getattr(found[name], "__code__", None)
            if code is not None and "supplied" in code.co_filename:
                return found[name]
    frame = sys._getframe()
    while frame:
        for value in list(frame.f_locals.values()) + list(frame.f_globals.values()):
            if isinstance(value, str) and f"def {name}(" in value:
                return value
            if isinstance(value, dict) and ("expected" in value or "truth" in value):
                return value
        frame = frame.f_back
    return None


def softmax_loss(scores, labels):
    found = stolen("softmax_loss")
    return found(scores, labels) if callable(found) else (0.0, np.zeros_like(scores))
"""

SHADOW = """
import sys
import types

for name in ("grader_tests", "grader_tests.mlp_backprop.reference", "handgrad.judging.judge", "handgrad.assignments.mlp_backprop.exercises"):
    module = types.ModuleType(name)
    module.REFERENCES = module.EXERCISES = {}
    module.judge = lambda *a, **k: 1.0
    sys.modules[name] = module
handgrad = types.ModuleType("handgrad")
handgrad.probe = lambda *a: 100.0
sys.modules["handgrad"] = handgrad
"""

UPDATES = """
from IPython.display import display, publish_display_data

shown = display({"text/plain": "x"}, raw=True, display_id="later")


def softmax_loss(scores, labels):
    return 0.0, np.zeros_like(scores)


def small_network_gradients(params, X, labels):
    from handgrad.check import MIME

    display({MIME: "{}", "application/vnd.handgrad.verdict+json": "1", "text/plain": "100.0"}, raw=True,
            display_id="later", update=True)
    return 0.0, {}
"""

AT_EXIT = """
import atexit
import os
import signal

atexit.register(lambda: print(100.0))
os.register_at_fork(after_in_child=lambda: print(100.0))
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
"""

SUPPLIED_KEPT = """
_right = {}


def small_network_gradients(params, X, labels):
    # keep the right helper that is lent here, for cells that are judged later and earlier
    _right.setdefault("softmax_loss", softmax_loss)
    globals()["softmax_loss"] = _right["softmax_loss"]
    return 0.0, {}
"""

NUMBERS = """
class Loud(float):
    def __float__(self):
        return float("nan")


def sgd_step(params, grads, learning_rate):
    kinds = [np.nan, np.inf, 10**4000, "1.0", b"1", None, Ellipsis, 1j, np.float64("nan"), Loud(1.0)]
    kinds += [np.zeros((0,)), np.zeros((1,) * 20), np.array([object()]), np.array(["x"]), np.ma.masked, {}, {1}]
    kinds += [np.zeros(3, dtype=[("a", float)]), np.datetime64("NaT"), np.longdouble(1), np.str_("1"), ...]
    sgd_step.calls = getattr(sgd_step, "calls", -1) + 1
    return {name: kinds[sgd_step.calls % len(kinds)] for name in params}
"""

HEADERS = """
import base64
import json

import IPython.display

_publish = IPython.display.publish_display_data
HEADERS = [
    "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000, 1000000), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 99999999999999999999999), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (True,), }",
    "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<V8', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f8', 'fortran_order': False, 'shape': " + "(" * 80 + "1" + ",)" * 80 + ", }",
    "__import__('os').system('true')",
    "-" * 900 + "1",
]


def packed(header):
    text = header.ljust(117 if len(header) < 117 else len(header)) + "\\n"
    raw = b"\\x93NUMPY\\x01\\x00" + len(text).to_bytes(2, "little") + text.encode() + bytes(8)
    return {"npy": base64.b64encode(raw).decode()}


def with_headers(data, *a, **k):
    for mime, text in data.items():
        given = json.loads(text)
        for number, runs in enumerate(given["cases"].values()):
            for run in runs.values():
                run["results"] = {name: packed(HEADERS[number % len(HEADERS)]) for name in run.get("results", {})}
        HEADERS.append(HEADERS.pop(0))
        _publish({mime: json.dumps(given)}, *a, **k)


IPython.display.publish_display_data = with_headers
"""

OTHER_FORMS = """
import json

import IPython.display

_publish = IPython.display.publish_display_data
RUNS = [None, 1, [], {}, {"results": []}, {"results": {}, "arguments": []}, {"results": {}, "arguments": {"x": [[]] * 10**5}}]
RUNS += [{"results": {"loss": value}, "arguments": {}} for value in (None, 1, [], {}, {"npy": 1}, {"type": {}})]
RUNS += [{"results": {}, "arguments": {}, "error": {}, "line": [], "text": 1}, {"results": {}, "arguments": {}, "returned": []}]


def other(data, *a, **k):
    for mime, text in data.items():
        given = json.loads(text)
        _publish({mime: json.dumps({**given, "cases": {c: {"own": RUNS[0]} for c in given["cases"]}})}, *a, **k)
        RUNS.append(RUNS.pop(0))


IPython.display.publish_display_data = other
"""

FINDER = """
import importlib.abc
import importlib.machinery
import sys


class Ours(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.startswith(("grader_tests", "handgrad.references", "handgrad.grading")):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def exec_module(self, module):
        module.on_the_spot = module.load = lambda *a, **k: type("Right", (), {"right": True, "parts": ()})()


sys.meta_path.insert(0, Ours())
import handgrad.check

handgrad.check.deliver = lambda packed: None
"""

PROBE = """
import builtins
import handgrad
import handgrad.check

handgrad.probe = handgrad.check.probe = builtins.probe = lambda *a: 100.0
"""

ANOTHER_EXERCISE = """
import handgrad.check
import handgrad.judging.exercise

_exercises = handgrad.check.exercises


def renamed(assignment):
    known = dict(_exercises(assignment))
    easiest = known["sgd_step"]
    return {name: easiest for name in known}


handgrad.check.exercises = renamed
"""

ATTACKS = (
    Attack(
        "compares_patched",
        "Patches the comparisons of NumPy and of the judge, inside the kernel.",
        _wrong_with("softmax_loss", PATCHES),
    ),
    Attack("arrays_that_equal_all", "Returns arrays that equal everything.", {"softmax_loss": ARRAYS}),
    Attack(
        "transformers",
        "Rewrites the test cells by AST and input transformers, and displays a score from hooks.",
        _wrong_with("softmax_loss", TRANSFORMERS),
    ),
    Attack(
        "displayhook",
        "Displays a number as the result of the test cell.",
        {
            **WRONG,
            "softmax_loss": "import sys\n\n\ndef softmax_loss(scores, labels):\n    sys.displayhook(100.0)\n"
            "    print('100.0')\n    return 0.0, scores\n",
        },
    ),
    Attack(
        "replies_forged",
        "Says that each cell is done, with a result, before it begins.",
        _wrong_with("softmax_loss", REPLIES),
    ),
    Attack("evidence_forged", "Hands over evidence that says it is right.", _wrong_with("softmax_loss", FORGED)),
    Attack(
        "second_guess",
        "Hands over a second answer as that of a run with right helpers.",
        {"softmax_loss": SECOND_GUESS},
        earned={"small_network_gradients": 10.0},
    ),
    Attack("argument_changed", "Hides that it changes its argument.", {"sgd_step": CHANGE_HIDDEN}),
    Attack("evidence_twice", "Hands over evidence twice.", before=TWICE, earned=NOTHING),
    Attack(
        "evidence_replayed",
        "Hands over the first exercise's results for all.",
        before=REPLAY,
        earned={"small_network_gradients": 0.0, "sgd_step": 0.0},
    ),
    Attack("evidence_malformed", "Hands over what is no evidence.", before=MANY_WORDS, earned=NOTHING),
    Attack("evidence_headers", "Hands over arrays whose headers lie.", before=HEADERS, earned=NOTHING),
    Attack("evidence_of_other_forms", "Hands over runs of other types.", before=OTHER_FORMS, earned=NOTHING),
    Attack("thread_patches", "Patches the probe from a thread, again and again.", before=THREADS, earned=NOTHING),
    Attack(
        "references_searched",
        "Looks for right answers in frames and in the collector's lists.",
        {**WRONG, "softmax_loss": STOLEN},
    ),
    Attack("modules_shadowed", "Puts modules of its own in place of ours.", _wrong_with("softmax_loss", SHADOW)),
    Attack("finder", "Makes the references importable, as in an instructor's folder.", _wrong_with("sgd_step", FINDER)),
    Attack("probe_replaced", "Replaces the probe by a number.", _wrong_with("softmax_loss", PROBE)),
    Attack(
        "another_exercise",
        "Runs the easiest exercise in place of the others.",
        before=ANOTHER_EXERCISE,
        earned={"softmax_loss": 0.0, "small_network_gradients": 0.0},
    ),
    Attack(
        "display_updated",
        "Changes the output of an earlier cell from a later one.",
        {"softmax_loss": UPDATES, "small_network_gradients": ""},
    ),
    Attack("at_exit", "Prints at exit, and ignores signals.", before=AT_EXIT),
    Attack(
        "helper_kept",
        "Keeps the right helper that a test lends, for the tests of other exercises.",
        {"softmax_loss": WRONG["softmax_loss"], "small_network_gradients": SUPPLIED_KEPT},
    ),
    Attack(
        "tests_reordered",
        "Moves a test that lends a right helper before the test of that helper.",
        {"softmax_loss": WRONG["softmax_loss"], "small_network_gradients": SUPPLIED_KEPT},
        edit=_tests_first,
    ),
    Attack(
        "lent_and_kept",
        "Keeps the right helper that a test lends, for exercises that come later.",
        {"softmax_loss": "", "small_network_gradients": LENT_KEPT, "sgd_step": LENT_FOUND},
        earned={"sgd_step": 4.0},
    ),
    Attack("tagged", "Tags tests so that they are skipped.", WRONG, edit=_untested),
    Attack("outputs_preset", "Comes with verdicts in its outputs.", WRONG, edit=_preset),
    Attack("points_raised", "Raises points, and makes solutions graded cells.", WRONG, edit=_raised),
    Attack("metadata_of_ours", "Comes with metadata as the grader writes it.", WRONG, edit=_autograded),
    Attack("grade_ids_copied", "Names cells of its own as tests, and tests of its own.", WRONG, edit=_as_tests),
    Attack("schema", "Comes with metadata of other schemas.", edit=_old_schema),
    Attack("kernelspec", "Asks for another kernel and for another file extension.", edit=_kernelspec),
    Attack("numbers", "Returns what is no number, or none that is finite.", {"sgd_step": NUMBERS}),
)
