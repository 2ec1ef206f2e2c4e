"""What a kernel says is taken in as it arrives, whatever it is."""

from __future__ import annotations

import os

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handgrad.notebooks.sanitize import safe_outputs
from handgrad.running.hearing import Outputs, Reader
from handgrad.running.kernel_process import TOKEN, Outlet

TOKEN_HERE = bytes(range(TOKEN))


def sent(*frames: list[str]) -> bytes:
    """Return the bytes that frames leave a kernel as."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    with open(reading, "rb") as pipe:
        outlet, found = Outlet(writing, TOKEN_HERE), b""
        for frame in frames:
            outlet.send(*frame)
            found += pipe.read()
        os.close(writing)
    return found


def read(data: bytes, size: int) -> list[str | list[str]]:
    """Return what is read of bytes that arrive so many at a time, texts joined."""
    reader, found = Reader(TOKEN_HERE), list[str | list[str]]()
    for at in range(0, len(data), size):
        for one in reader.feed(data[at : at + size]):
            if isinstance(one, str) and found and isinstance(found[-1], str):
                found[-1] += one
            else:
                found.append(one)
    return found


@pytest.mark.parametrize("size", [1, 7, 4096, 1 << 20])
def test_frames_and_text_are_told_apart_however_they_arrive(size: int) -> None:
    large = "ä\n" * 8_000
    data = b"before" + sent(["error", "E", "words", ""]) + "zwischen €".encode() + sent(["display_data", "", large])
    data += sent(["done", "1"])
    found = ["before", ["error", "E", "words", ""], "zwischen €", ["display_data", "", large], ["done", "1"]]
    assert read(data, size) == found


def test_a_frame_that_was_broken_off_spoils_no_other() -> None:
    whole = sent(["display_data", "", "text/plain", "x" * 10_000])
    assert read(whole[:4096] + sent(["done", "1"]), 4096) == [["done", "1"]]


@given(
    st.lists(st.one_of(st.binary(max_size=50), st.just(TOKEN_HERE), st.just(sent(["error", "x"])))), st.integers(1, 9)
)
def test_nothing_that_arrives_raises_or_grows(parts: list[bytes], size: int) -> None:
    data = b"".join(parts)
    outputs = Outputs()
    found = read(data, size)
    for one in found:
        outputs.add(one)
    safe_outputs(outputs.all())
    assert sum(len(one) if isinstance(one, str) else len("".join(one)) for one in found) <= len(data)


FRAMES = st.lists(st.text(max_size=3), max_size=4)
KINDS = ("stdout", "stderr", "error", "clear_output", "display_data", "execute_result", "update_display_data", "x")


@given(st.lists(st.one_of(st.text(), st.tuples(st.sampled_from(KINDS), FRAMES).map(lambda f: [f[0], *f[1]]))))
def test_every_frame_makes_outputs_that_a_notebook_may_hold(said: list[str | list[str]]) -> None:
    outputs = Outputs()
    for one in said:
        outputs.add(one)
    found = safe_outputs(outputs.all())
    nbformat.validate(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=found)]))
    assert len(found) <= len(said)


def test_what_is_displayed_under_one_name_follows_its_changes() -> None:
    outputs = Outputs()
    for said in (
        ["display_data", "a", "text/plain", "old"],
        ["display_data", "", "text/plain", "other"],
        ["update_display_data", "a", "text/plain", "new"],
        ["update_display_data", "unknown", "text/plain", "nothing"],
    ):
        outputs.add(said)
    assert [output["data"]["text/plain"] for output in outputs.all()] == ["new", "other"]


def test_output_is_cleared_at_once_or_by_what_follows() -> None:
    outputs = Outputs()
    outputs.add("first")
    outputs.add(["clear_output", "wait"])
    assert [output["text"] for output in outputs.all()] == ["first"]
    outputs.add("second")
    assert [output["text"] for output in outputs.all()] == ["second"]
    outputs.add(["clear_output", ""])
    assert outputs.all() == []
