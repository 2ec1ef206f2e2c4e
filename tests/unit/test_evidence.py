"""Evidence is read with trust in nothing, and packing comes back as it went."""

from __future__ import annotations

import base64
import io
import json
import pickle
import struct
from typing import Any

import numpy as np
import pytest

from handgrad.judging.arrays import MOST_ELEMENTS, Malformed, TooLarge, as_result, pack, pack_result, read_array, unpack
from handgrad.judging.evidence import Call, Raised, collect, pack_call, read_call, read_calls
from handgrad.judging.exercise import Exercise
from handgrad.judging.truth import Truth


def encoded(content: bytes) -> dict[str, str]:
    return {"npy": base64.b64encode(content).decode()}


def saved(array: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), **options)
    return buffer.getvalue()


def test_nested_inputs_come_back() -> None:
    value = {
        "params": [(np.arange(6.0).reshape(2, 3), np.zeros(3))],
        "reg": 0.5,
        "name": "tanh",
        "none": None,
        "yes": True,
        "empty": np.zeros((0, 4)),
        "number": np.float64(1.5),
    }
    back = unpack(pack(value))
    assert back.keys() == value.keys()
    np.testing.assert_array_equal(back["params"][0][0], np.arange(6.0).reshape(2, 3))
    assert isinstance(back["params"], list)
    assert isinstance(back["params"][0], tuple)
    assert (back["reg"], back["name"], back["none"], back["yes"]) == (0.5, "tanh", None, True)
    assert back["empty"].shape == (0, 4)


def test_other_types_cannot_be_packed() -> None:
    with pytest.raises(TypeError, match="set"):
        pack({"x": {1, 2}})


HEADER = saved(np.zeros((2, 3)), version=(1, 0))


class Bomb:
    def __reduce__(self) -> Any:
        return (pytest.fail, ("a pickle was loaded",))


def empty(shape: str) -> bytes:
    """Return a file without any number, of a shape that NumPy itself would not write."""
    head = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head


@pytest.mark.parametrize(
    "packed",
    [
        None,
        "text",
        {},
        {"npy": 5},
        {"npy": "not base64 ***"},
        {"npy": "", "more": 1},
        encoded(b""),
        encoded(b"\x93NUMPY"),
        encoded(HEADER[:-8]),
        encoded(HEADER + b"\0" * 8),
        encoded(saved(np.zeros(2), version=(2, 0))),
        encoded(pickle.dumps(Bomb())),
        encoded(saved(np.array([Bomb()], dtype=object), allow_pickle=True)),
        encoded(saved(np.array([1j]))),
        encoded(saved(np.array(["text"]))),
        encoded(saved(np.zeros(3, dtype=np.longdouble))),
        encoded(saved(np.zeros(2, dtype=[("a", "f8")]))),
        encoded(HEADER.replace(b"(2, 3)", b"(-2,3)")),
        encoded(HEADER.replace(b"(2, 3), ", b"(9**9,), ")),
        encoded(empty("(9223372036854775808, 0)")),
        encoded(empty("(True, 0)")),
        encoded(empty("(" + "0, " * 40 + ")")),
    ],
)
def test_malformed_evidence_is_refused(packed: Any) -> None:
    with pytest.raises(Malformed):
        read_array(packed, most_bytes=1 << 20)


def test_size_is_bounded_before_anything_is_decoded() -> None:
    with pytest.raises(TooLarge):
        read_array(encoded(saved(np.zeros(1000))), most_bytes=4000)
    assert "elements" in as_result(np.zeros(MOST_ELEMENTS + 1))


def test_a_fortran_array_keeps_its_order() -> None:
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    np.testing.assert_array_equal(read_array(encoded(saved(array, version=(1, 0))), 1000), array)


def test_a_big_endian_array_is_read() -> None:
    np.testing.assert_array_equal(
        read_array(pack_result(as_result(np.array([1.5, 2.5], dtype=">f8"))), 1000), [1.5, 2.5]
    )


def exercise(run: Any, **options: Any) -> Exercise:
    return Exercise("f", run, {"y": "a number"}, ("f",), **options)


def test_changed_arguments_are_found_wherever_they_lie() -> None:
    def f(params: Any) -> float:
        params["W"][0][1] += 1
        params["new"] = 1
        return 0.0

    run = exercise(lambda solution, params: {"y": solution(params)})
    inputs = {"params": {"W": [np.zeros(2), np.ones(2)], "b": 1.0}}
    found = collect(run, {"f": f}, {"case": inputs})
    (calls,) = read_calls(found, run, {"case": Truth({"y": np.array(0.0)}, inputs=inputs)})
    assert calls["case"].changed == ("params['W'][0]", "params")


def test_a_right_helper_is_supplied_and_taken_away_again() -> None:
    namespace: dict[str, Any] = {}
    exec("def helper(x):\n    return -x\n\n\ndef f(x):\n    return helper(x)\n", namespace)
    own = namespace["helper"]
    run = exercise(lambda solution, x: {"y": solution(x)}, uses=("helper",))
    found = collect(run, namespace, {"case": {"x": 2.0}}, "def helper(x):\n    return x\n")["cases"]["case"]
    assert float(unpack(found["own"]["results"]["y"])) == -2
    assert float(unpack(found["supplied"]["results"]["y"])) == 2
    assert namespace["helper"] is own


def test_the_first_results_stay_when_a_later_step_raises() -> None:
    def steps(solution: Any, x: float) -> Any:
        yield {"y": x}
        yield {"z": solution(x)}

    found = collect(exercise(steps), {"f": lambda x: 1 / (x - x)}, {"case": {"x": 2.0}})["cases"]["case"]["own"]
    assert "y" in found["results"]
    assert found["error"] == "ZeroDivisionError"


def anything(name: str) -> bool:
    return True


@pytest.mark.parametrize(
    "call",
    [
        Call({"y": np.array([1.5]), "z": "a list"}),
        Call({}, raised=Raised("ValueError", "return x", "shapes differ")),
        Call({"y": np.zeros((2, 0))}, returned="it should return (loss, grads); it returned None"),
    ],
)
def test_a_call_is_read_as_it_was_written(call: Call) -> None:
    read = read_call(json.loads(json.dumps(pack_call(call))), anything, most_results=9, most_bytes=1000)
    assert (read.raised, read.returned) == (call.raised, call.returned)
    assert read.results.keys() == call.results.keys()
    for name, result in call.results.items():
        np.testing.assert_array_equal(read.results[name], result)


@pytest.mark.parametrize(
    "forged",
    [
        None,
        [],
        {},
        {"results": []},
        {"results": {"y": 1.5}},
        {"results": {"y": {"npy": "AAAA", "type": "None"}}},
        {"results": {str(n): {"type": "None"} for n in range(10)}},
    ],
)
def test_a_call_of_another_form_is_refused(forged: Any) -> None:
    with pytest.raises(Malformed):
        read_call(forged, anything, most_results=9, most_bytes=1000)


def test_what_a_forged_call_says_is_bounded() -> None:
    long = "x" * 10_000
    forged = {"results": {"y": {"type": long}}, "error": None, "text": long}
    read = read_call(forged, anything, most_results=9, most_bytes=1000)
    assert read.raised is not None
    assert (read.raised.name, len(read.raised.text)) == ("None", 500)
    assert len(read.results["y"]) == 80


def test_what_is_not_asked_for_is_not_read() -> None:
    packed = {"results": {"y": {"type": "None"}, "z": {"npy": "no array"}}}
    assert read_call(packed, lambda name: name == "y", most_results=9, most_bytes=1000).results == {"y": "None"}
