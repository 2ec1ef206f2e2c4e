"""What a student reads from a visible check, in the kernel that a notebook runs in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbformat.notebooknode import NotebookNode

from handgrad import CheckFailed, checks, probe
from handgrad.assignments.catalogue import exercises, public_cases
from handgrad.judging.earlier import replayed
from handgrad.references import load, model_source

check = checks("mlp_backprop")


def softmax_loss(scores: Any, labels: Any) -> Any:
    n = len(scores)
    shifted = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    onehot = np.eye(scores.shape[1])[labels]
    return -(onehot * (shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))).sum() / n, (p - onehot) / n


def message(solution: Any) -> list[str]:
    with pytest.raises(CheckFailed) as caught:
        check.softmax_loss(solution)
    return str(caught.value).splitlines()


def test_a_right_answer_says_what_was_covered_and_that_more_follows(capsys: pytest.CaptureFixture[str]) -> None:
    check.softmax_loss(softmax_loss)
    said = capsys.readouterr().out
    assert said.startswith("softmax_loss: right. Checked: loss, grad_scores")
    assert "More is checked at grading" in said


def test_the_first_line_is_a_sentence_and_yours_and_expected_follow() -> None:
    lines = message(
        lambda scores, labels: (softmax_loss(scores, labels)[0], softmax_loss(scores, labels)[1] * len(scores))
    )
    assert lines[0] == (
        "`grad_scores`: the loss is a mean, so its gradient carries 1/N: divide by the number of examples."
    )
    assert lines[1] == "    or: right direction, 7 times too large: did you average over the 7 examples?"
    yours = next(line for line in lines if line.strip().startswith("yours"))
    expected = next(line for line in lines if line.strip().startswith("expected"))
    assert "grad_scores[0, 0]" in yours
    assert "shape (7, 4)" in yours
    assert "shape (7, 4)" in expected
    assert lines[-1] == "Right already: loss."


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda loss, grad: (loss, -grad), "the sign is flipped"),
        (lambda loss, grad: (loss, 0 * grad), "all zeros"),
        (lambda loss, grad: (loss, grad.T), "transpose"),
        (lambda loss, grad: (loss, grad * np.nan), "NaN everywhere"),
        (lambda loss, grad: (loss, 3.7 * grad), "3.7 times what it should be"),
        (lambda loss, grad: (loss, grad / 2), "half as large"),
        (lambda loss, grad: (loss, grad[:-1]), "its shape is (6, 4); it should be (7, 4)"),
        (lambda loss, grad: (loss, None), "it is None; it should be an array of real numbers"),
        (lambda loss, grad: (loss, "grad"), "it is a str"),
        (lambda loss, grad: (loss, grad + 1j), "dtype complex128"),
        (lambda loss, grad: loss, "it should return (loss, grad_scores); it returned one float64"),
        (lambda loss, grad: None, "it returned None: is `return` missing?"),
        (lambda loss, grad: (loss, grad, 1), "it returned 3 values"),
        (lambda loss, grad: (loss, np.where(np.arange(4) == 2, 0, grad)), "elements are right"),
    ],
)
def test_each_kind_of_wrong_answer_gets_its_word(change: Any, word: str) -> None:
    assert word in message(lambda scores, labels: change(*softmax_loss(scores, labels)))[0]


def test_an_exception_is_told_with_its_line_and_text() -> None:
    def broken(scores: Any, labels: Any) -> Any:
        return scores @ scores

    (first, *_) = message(broken)
    assert "it raised ValueError at the line `return scores @ scores`" in first
    assert "what stands left of `@` has rows of" in first


def test_an_untouched_stub_and_a_wrong_call() -> None:
    def stub(scores: Any, labels: Any) -> Any:
        raise NotImplementedError("write loss")

    assert message(stub)[0] == "softmax_loss: nothing is written here yet."
    with pytest.raises(TypeError, match=r"write check.bug_1\(wrong_1, mended_1\)"):
        check.bug_1({"W1"})
    with pytest.raises(AttributeError, match="there is no check named 'relu'; there are: Matmul, Relu"):
        _ = check.relu
    with pytest.raises(LookupError, match="no assignment named"):
        checks("mlp_backdrop")


def test_changed_arguments_are_named() -> None:
    def in_place(scores: Any, labels: Any) -> Any:
        result = softmax_loss(scores, labels)
        scores -= 1
        return result

    assert message(in_place)[0].startswith("`arguments unchanged`: the call changes its argument `scores`")

    def in_place_and_wrong(scores: Any, labels: Any) -> Any:
        loss, grad = in_place(scores, labels)
        return loss + 1, grad

    lines = message(in_place_and_wrong)
    assert lines[0].startswith("`arguments unchanged`")
    assert any(line.strip().startswith("yours     loss") for line in lines)


def test_a_failed_check_says_where_its_inputs_are() -> None:
    def too_many(scores: Any, labels: Any) -> Any:
        loss, grad = softmax_loss(scores, labels)
        return loss, grad + (len(scores) == 1)

    (line,) = [line for line in message(too_many) if "check.case" in line]
    label = line.split('"')[3]
    assert line == f'The inputs of the case “{label}”: `check.case("softmax_loss", "{label}")`.'
    case = check.case("softmax_loss", label)
    assert case["scores"].shape == (1, len(case["scores"][0]))
    assert np.isfinite(softmax_loss(**case)[0])
    case["scores"] += 1
    assert not np.array_equal(case["scores"], check.case("softmax_loss", label)["scores"])


def test_nothing_is_said_of_inputs_that_the_code_is_not_called_with() -> None:
    with pytest.raises(CheckFailed) as caught:
        checks("chain_rule").central_difference(lambda f, x, h: f(x + h) - f(x))
    assert "check.case" not in str(caught.value)


def test_a_case_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(LookupError, match="there is no exercise named 'relu'; there are: Matmul, Relu"):
        check.case("relu", "both signs")
    with pytest.raises(LookupError, match="Relu has no case named 'zeros'; it has: both signs; "):
        check.case("Relu", "zeros")


def test_a_choice_is_not_given_away(capsys: pytest.CaptureFixture[str]) -> None:
    for case in public_cases("mlp_backprop")["bug_1"][1].values():
        assert not [result for result in case.expected if result.startswith("wrong_")]
        assert not [r for results in case.wrong.values() for r in results if r.startswith("wrong_")]


def test_predictions_that_are_not_judged_here_are_not_called_right(capsys: pytest.CaptureFixture[str]) -> None:
    checks("vanishing_gradients").predicted_slope(1.0, 2.0, 3)
    said = capsys.readouterr().out
    assert said.startswith("predicted_slope: noted. It is judged at grading only.")
    assert "right" not in said


def test_progress_says_what_is_only_noted(capsys: pytest.CaptureFixture[str]) -> None:
    vanishing = checks("vanishing_gradients")
    vanishing.predicted_slope(1.0, 2.0, 3)
    vanishing.progress()
    assert "Noted, and judged at grading only: `predicted_slope`." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ((1.0, 2.0, 43.7), "`steps_to_one_percent`: it should be a whole number."),
        (("-0.046", 2.0, 44), "`slope_down`: it should be a number."),
        (([1.0], np.float64(2), 44.0), "`slope_down`: it should be a number."),
    ],
)
def test_a_prediction_has_the_form_asked_for(answers: tuple[Any, ...], said: str) -> None:
    with pytest.raises(CheckFailed) as caught:
        checks("vanishing_gradients").predicted_slope(*answers)
    assert str(caught.value) == said


def test_what_is_not_answered_yet_is_not_right() -> None:
    with pytest.raises(CheckFailed) as caught:
        checks("vanishing_gradients").predicted_slope(1.0, 2.0, None)
    assert str(caught.value) == "`steps_to_one_percent`: it is not answered yet."
    mended = load("mlp_backprop").model["bug_3"]
    namespace: dict[str, Any] = {"np": np}
    exec(mended, namespace)
    check.bug_3({"b1"}, namespace["mended_3"])
    with pytest.raises(CheckFailed) as caught:
        check.bug_3(set(), namespace["mended_3"])
    assert str(caught.value).splitlines()[0] == "`wrong_3`: it is not answered yet."
    assert "Right already: mended_3." in str(caught.value)


@pytest.mark.parametrize("chosen", [{"grad_W1"}, 3])
def test_a_choice_in_a_form_that_never_counts_is_told(chosen: Any) -> None:
    namespace: dict[str, Any] = {"np": np}
    exec(load("mlp_backprop").model["bug_3"], namespace)
    said = told("bug_3", chosen, namespace["mended_3"], assignment="mlp_backprop")
    assert said.splitlines()[0] == "`wrong_3`: it should be a set of names, from W1, b1, W2, b2."


def told(name: str, *answers: Any, assignment: str = "tensor_basics") -> str:
    with pytest.raises(CheckFailed) as caught:
        getattr(checks(assignment), name)(*answers)
    return str(caught.value)


def test_a_prediction_is_told_in_stages_and_never_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handgrad.check._tries", {})
    right: dict[str, Any] = {}
    exec(load("tensor_basics").model["predicted_shapes_1"], right)
    answers = [right[f"shape_{letter}"] for letter in "abcdef"]
    first = told("predicted_shapes_1", (4,), (7,), *answers[2:])
    assert first.startswith("predicted_shapes_1: 2 of 6 are not right yet")
    assert told("predicted_shapes_1", (4,), (7,), *answers[2:]) == first, "the same once more is no other try"
    second = told("predicted_shapes_1", (4,), (5,), *answers[2:])
    assert second.startswith("`shape_a`: it is not right yet.")
    third = told("predicted_shapes_1", (4,), (8,), *answers[2:])
    assert third.startswith("`shape_a`: this is the axis that the sum runs over")
    assert "`shape_b`: it is not right yet." in third
    assert "expected" not in first + second + third


def test_a_prediction_in_a_form_that_never_counts_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handgrad.check._tries", {})
    first = told("predicted_shapes_1", 5, "4", (), (4, 1), (6, 2), (3,))
    assert first.startswith("predicted_shapes_1: 3 of 6 are not right yet.")
    assert "`shape_a`: a shape is a tuple, not 5: (5,) for one axis, with a comma" in first
    assert "`shape_b`: write a shape as a tuple" in first
    assert "shape_e" not in first


def test_whether_numpy_raises_an_error_is_not_told_before_the_third_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handgrad.check._tries", {("tensor_basics", "predicted_shapes_2"): {"one"}})
    right: dict[str, Any] = {}
    exec(load("tensor_basics").model["predicted_shapes_2"], right)
    answers = {letter: right[f"shape_{letter}"] for letter in "ghijklmn"} | {"g": "error", "h": (4, 5)}
    second = told("predicted_shapes_2", *answers.values())
    assert second.startswith("`shape_g`: it is not right yet.")
    assert "error" not in second
    third = told("predicted_shapes_2", *(answers | {"k": (4,)}).values())
    assert "this is what comes out when shapes are compared from the left" in third
    assert "error" not in third


def test_an_answer_that_is_the_same_in_every_case_is_not_shown_beside_a_wrong_one() -> None:
    said = told("axis_of_len", lambda X: len(X) and 7)
    assert "yours     axis[for shape (3, 5)] = 7\n" in said
    assert "expected" not in said


def test_a_lost_axis_is_named_where_shapes_do_not_fit() -> None:
    said = told("softmax", lambda x: x / x.min(axis=-1))
    assert "without axis 1: a reduction leaves it there, with length 1, where it is given keepdims=True" in said
    said = told("softmax", lambda x: np.exp(x - x.max(axis=-1)) / np.exp(x - x.max(axis=-1)).sum(axis=-1))
    assert "`rank 2`: keepdims=True is missing: the maximum and the sum are one axis short" in said


def test_a_notebook_that_is_run_from_the_top_has_not_tried_its_predictions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handgrad.check._tries", {})
    assert told("predicted_shapes_1", *[None] * 6).endswith("nothing is written here yet.")
    assert told("predicted_shapes_1", *[(4,)] * 6).startswith("predicted_shapes_1: 5 of 6 are not right yet")


def test_a_result_that_a_later_call_overwrites_is_not_taken_for_a_copied_line() -> None:
    buffers: dict[tuple[int, ...], Any] = {}

    def softmax(x: Any) -> Any:
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        return np.divide(e, e.sum(axis=-1, keepdims=True), out=buffers.setdefault(x.shape, np.empty(x.shape)))

    said = told("softmax", softmax)
    assert "a later call writes into an array that an earlier one returned" in said
    assert "copied" not in said


def test_an_error_names_the_case_in_which_it_is_raised() -> None:
    def expectation(values: Any, probabilities: Any) -> Any:
        if np.any(probabilities <= 0) or abs(probabilities.sum() - 1) > 1e-6:
            raise ValueError("no table.")
        return (values * probabilities).sum()

    assert "no table. Wrong only in the case “an impossible value”." in told("expectation", expectation)


def test_no_stage_of_a_prediction_holds_a_right_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever known mistake a student makes: nothing that is said shows the answer beside it."""
    for name, exercise in exercises("tensor_basics").items():
        if not exercise.in_stages:
            continue
        right: dict[str, Any] = {}
        exec("import numpy as np\n" + load("tensor_basics").model[name], right)
        answers = {repr(right[answer]) for answer in exercise.solution}
        for mistake in load("tensor_basics").mistakes[name]:
            namespace = {"np": np}
            exec(mistake.made_in(load("tensor_basics").model[name]), namespace)
            monkeypatch.setattr("handgrad.check._tries", {("tensor_basics", name): {"one", "another"}})
            said = told(name, *(namespace[answer] for answer in exercise.solution))
            assert not [answer for answer in answers if answer in said], (mistake.name, said)
            assert "expected" not in said


def test_a_hunt_does_not_say_what_the_bug_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handgrad.check._tries", {})
    namespace: dict[str, Any] = {"np": np}
    exec(load("mlp_backprop").mistakes["bug_3"][0].made_in(load("mlp_backprop").model["bug_3"]), namespace)
    broken = namespace["mended_3"]

    def also_wrong(*arguments: Any) -> Any:
        loss, grads = broken(*arguments)
        return 2 * loss, grads

    def more_wrong(*arguments: Any) -> Any:
        loss, grads = broken(*arguments)
        return 3 * loss, grads

    def hunt(chosen: set[str], mended: Any) -> str:
        return told("bug_3", chosen, mended, assignment="mlp_backprop")

    assert hunt(set(), broken).splitlines()[0] == "`mended_3`: it is not right yet."
    assert hunt(set(), also_wrong).splitlines()[0] == "`mended_3`: it is not right yet."
    assert hunt({"W1"}, also_wrong) == "`mended_3`: it is not right yet, first at `mended_3[loss]`."
    assert "the gradient of W2 is made before the labels are subtracted" in hunt({"W1"}, broken) + hunt(
        {"W1"}, more_wrong
    )


def two_layer(*mistakes: str) -> Any:
    """Return the model solution of two_layer_loss with known mistakes in it."""
    assignment = load("mlp_backprop")
    source = assignment.model["two_layer_loss"]
    for mistake in assignment.mistakes["two_layer_loss"]:
        source = mistake.made_in(source) if mistake.name in mistakes else source
    namespace: dict[str, Any] = {}
    exec(model_source(assignment, ("softmax_loss", "Matmul", "Relu", "two_layer_forward")) + source, namespace)
    return namespace["two_layer_loss"]


def test_two_known_mistakes_that_explain_a_part_together_are_both_named() -> None:
    with pytest.raises(CheckFailed) as caught:
        check.two_layer_loss(two_layer("regularisation_without_2", "gradient_without_1/N"))
    said = str(caught.value)
    assert "`W1`: two mistakes together give just this:" in said
    assert "lacks its 2" in said
    assert "1/N is missing" in said


def test_where_nothing_fits_the_next_step_is_told() -> None:
    right = two_layer()

    def strange(*arguments: Any) -> Any:
        loss, grads = right(*arguments)
        return loss, {**grads, "W1": np.cos(np.arange(grads["W1"].size)).reshape(grads["W1"].shape)}

    with pytest.raises(CheckFailed) as caught:
        check.two_layer_loss(strange)
    said = str(caught.value)
    assert said.startswith("`W1`: in the case “")
    assert "the first wrong element is [0, 0]. Take that one entry, in a small case of your own: change" in said


def test_the_next_step_is_told_once() -> None:
    right = two_layer()

    def strange(*arguments: Any) -> Any:
        loss, grads = right(*arguments)
        strange_ones = {name: np.cos(np.arange(grads[name].size)).reshape(grads[name].shape) for name in ("W1", "b2")}
        return loss, {**grads, **strange_ones}

    with pytest.raises(CheckFailed) as caught:
        check.two_layer_loss(strange)
    said = str(caught.value)
    assert "`b2`: in the case “" in said
    assert said.count("Take that one entry") == 1


def test_what_holds_of_several_parts_is_said_once() -> None:
    def broken(*arguments: Any) -> Any:
        raise ValueError("no")

    with pytest.raises(CheckFailed) as caught:
        checks("lstm_2d").cell_forward(broken)
    (line,) = str(caught.value).partition("Also:")[2].strip().splitlines()
    assert line.startswith("`h_d`, `c_t`, `c_d`: it raised ValueError")


def test_another_shape_is_told_even_where_a_square_case_hides_it() -> None:
    def turned_and_wrong(logits: Any, labels: Any) -> Any:
        return np.cos(np.arange(logits.size)).reshape(logits.shape).T

    with pytest.raises(CheckFailed) as caught:
        checks("chain_rule").softmax_cross_entropy_backward(turned_and_wrong)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("`grad_logits`: in the case “more examples than classes”, its shape is (4, 7)")
    assert any("yours     grad_logits has shape (4, 7)" in line for line in lines)


def test_a_probe_without_a_grader_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "handgrad.references", None)
    with pytest.raises(RuntimeError, match="judged by the grader"):
        probe("mlp_backprop", "Relu")


RELU = """class Relu:
    def forward(self, x):
        self.positive = x > 0
        return x * self.positive

    def backward(self, grad_y):
        return grad_y * self.positive
"""


def run(folder: Path, *sources: str) -> list[list[NotebookNode]]:
    """Return the outputs of cells that are run in a kernel, behind one that makes ``check``."""
    cells = ["from handgrad import checks\ncheck = checks('mlp_backprop')", *sources]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    client = NotebookClient(notebook, kernel_name="python3", allow_errors=True)
    client.resources = {"metadata": {"path": str(folder)}}
    client.execute()
    return [cell.outputs for cell in notebook.cells[1:]]


def test_a_notebook_shows_a_table_and_what_failed_once(tmp_path: Path) -> None:
    wrong = RELU.replace("grad_y * self.positive", "grad_y")
    ((table, error),) = run(tmp_path, f"{wrong}\ncheck.Relu(Relu)")
    sentence = "the gradient passes through everywhere; where x was not positive it must stop."
    assert table.output_type == "display_data"
    assert table.data["text/plain"].startswith(f"`grad_x`: {sentence}")
    html = table.data["text/html"]
    assert "<caption" in html
    assert html.count("scope=") == 5
    assert html.index("✗ wrong") < html.index(sentence) < html.index("expected: ") < html.index("✓ right")
    assert error.output_type == "error"
    assert error.ename == "CheckFailed"
    assert sentence in error.evalue
    assert error.traceback == ["Relu is not right yet: what was found stands above."]


SOFTMAX_LOSS = """import numpy as np

def softmax_loss(scores, labels):
    n = len(scores)
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(log_p)
    p[np.arange(n), labels] -= 1
    return -log_p[np.arange(n), labels].mean(), p
"""


def test_an_earlier_mistake_is_named_where_it_shows(tmp_path: Path) -> None:
    """A right exercise is told so; of a wrong one its own mistake is named, and the earlier one first."""
    model = load("mlp_backprop").model["small_network_gradients"]
    mistake = next(m for m in load("mlp_backprop").mistakes["small_network_gradients"] if "sigmoid" in m.message)
    inline = SOFTMAX_LOSS.replace("softmax_loss", "own_loss") + model.replace("softmax_loss", "own_loss")
    outputs = run(
        tmp_path,
        f"{SOFTMAX_LOSS}\n{model}\ncheck.small_network_gradients(small_network_gradients)",
        f"{mistake.made_in(model)}\ncheck.small_network_gradients(small_network_gradients)",
        f"{inline}\ncheck.small_network_gradients(small_network_gradients)",
        "print(softmax_loss.__module__)",
    )
    right, wrong, alone, after = [cell[0].get("text") or cell[0].data["text/plain"] for cell in outputs]
    first = "`softmax_loss` does not pass yet: fix it first."
    assert right == f"{first} With a right one, `small_network_gradients` is right."
    assert wrong.splitlines()[0] == first
    assert mistake.message in wrong
    assert first not in alone, "a mistake in code of one's own is no earlier one"
    assert after == "__main__\n", "the student's own function is back"


def test_a_wrong_forward_is_named_where_its_cache_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    model = load("lstm_2d").model
    forward = model["md_cell_forward"].replace("f1 * c_up + f2 * c_left", "f1 * c_up")
    namespace: dict[str, Any] = {}
    exec(f"import numpy as np\n{forward}\n{model['md_cell_backward']}", namespace)
    solution = [namespace[name] for name in ("md_cell_forward", "md_cell_backward")]
    for function in solution:
        monkeypatch.setattr(sys.modules["__main__"], function.__name__, function, raising=False)
    with pytest.raises(CheckFailed) as failed:
        checks("lstm_2d").md_cell_backward(*solution)
    assert str(failed.value).startswith("`md_cell_forward` does not pass yet: fix it first.\n\n`")


def test_nothing_is_known_of_an_earlier_exercise_that_is_called_with_keywords() -> None:
    """So the verdict stays that of the student's own earlier exercise."""
    namespace: dict[str, Any] = {}
    with replayed(["MLP"], {}, namespace) as missed, pytest.raises(LookupError):
        namespace["MLP"](input_size=3)
    assert missed == ["MLP"]


def test_what_a_student_wrote_is_escaped(tmp_path: Path) -> None:
    code = (
        "def softmax_loss(scores, labels):\n    raise ValueError('<b>&`<img src=x>`')\ncheck.softmax_loss(softmax_loss)"
    )
    ((table, _),) = run(tmp_path, code)
    assert "<b>&" in table.data["text/plain"]
    assert "<b>" not in table.data["text/html"]
    assert "<img" not in table.data["text/html"]
    assert "&lt;b&gt;&amp;" in table.data["text/html"]


def test_validate_which_shows_errors_alone_gets_the_whole_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    ((error,), (right,)) = run(
        tmp_path, f"{RELU.replace('* self.positive', '')}\ncheck.Relu(Relu)", f"{RELU}\ncheck.Relu(Relu)"
    )
    assert error.traceback[0].startswith("`y`: ")
    assert not any("Traceback" in line or "judge.py" in line for line in error.traceback)
    assert right.output_type == "stream"


def test_progress_follows_the_checks(tmp_path: Path) -> None:
    shown, wrong, right, after = run(
        tmp_path,
        "check.progress()",
        "class Relu: ...\ncheck.Relu(Relu)",
        f"{RELU}\ncheck.Relu(Relu)",
        "from handgrad import checks\ncheck = checks('mlp_backprop')\ncheck.progress()",
    )
    assert [wrong[-1].output_type, right[-1].output_type] == ["error", "display_data"]
    (bar,) = shown
    assert '<progress max="12" value="1"' in bar.data["text/html"]
    assert bar.data["text/plain"].startswith(
        "mlp_backprop: 1 of 12 exercises pass their check.\n■□□□□□□□□□□□\nNext: `Matmul`."
    )
    assert after[0].data["text/plain"].startswith("mlp_backprop: 1 of 12"), (
        "a new set of checks knows what passed before"
    )


def test_progress_counts_how_a_check_last_ended(capsys: pytest.CaptureFixture[str]) -> None:
    check.softmax_loss(softmax_loss)
    check.progress()
    message(lambda scores, labels: None)
    check.progress()
    told = [line for line in capsys.readouterr().out.splitlines() if "exercises pass" in line]
    assert [line.split()[1] for line in told] == ["1", "0"]


def test_no_exercise_hides_the_progress() -> None:
    assignments = [path.stem for path in (Path(__file__).parents[2] / "authoring").glob("*.py")]
    assert assignments
    assert not [name for name in assignments if "progress" in exercises(name)]


def test_an_unanswered_prediction_does_not_count(capsys: pytest.CaptureFixture[str]) -> None:
    vanishing = checks("vanishing_gradients")
    with pytest.raises(CheckFailed):
        vanishing.predicted_slope(1.0, 2.0, None)
    vanishing.progress()
    assert "vanishing_gradients: 0 of 11" in capsys.readouterr().out


def test_at_grading_where_no_check_is_run_no_progress_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HANDGRAD_PICTURES", "none")
    check.progress()
    assert capsys.readouterr().out == ""
