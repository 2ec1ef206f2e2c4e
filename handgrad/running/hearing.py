"""What a kernel says, taken in while it arrives: all of it is a claim, and nothing of it is trusted.

The form is that of :mod:`handgrad.running.kernel_process`: text as it is, and frames in pieces between it. Whatever
arrives can be taken for one or the other, so nothing raises, and no more is held than has arrived.
"""

from __future__ import annotations

import asyncio
import codecs
import secrets
import struct
from collections.abc import Callable, Iterator
from typing import Any

TOKEN = 16
HEAD = struct.Struct("<BH")
BEGINS, ENDS = 1, 2

MOST_FIELDS = 1000
"""Fields of a frame that are told apart."""


class Reader:
    """Tells frames from text, in whatever parts they arrive.

    Parameters
    ----------
    token
        What stands ahead of each piece of a frame.
    """

    def __init__(self, token: bytes) -> None:
        self._token = token
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = b""
        self._frame: list[bytes] = []

    def feed(self, data: bytes) -> Iterator[str | list[str]]:
        """Yield what is whole by now: a text, or the fields of a frame."""
        held, at = self._held + data, 0
        while (found := held.find(self._token, at)) >= 0:
            begin = found + TOKEN + HEAD.size
            if begin > len(held):
                break
            place, length = HEAD.unpack_from(held, found + TOKEN)
            if begin + length > len(held):
                break
            if found > at:
                yield self._decoder.decode(held[at:found])
            at = begin + length
            if place & BEGINS:
                self._frame.clear()
            self._frame.append(held[begin:at])
            if place & ENDS:
                yield b"".join(self._frame).decode(errors="replace").split("\0", MOST_FIELDS)
                self._frame.clear()
        # the beginning of a token may stand at the end
        end = found if found >= 0 else max(at, len(held) - TOKEN + 1)
        self._held = held[end:]
        if end > at:
            yield self._decoder.decode(held[at:end])


class Outputs:
    """What one cell put out, in the form of a notebook."""

    def __init__(self) -> None:
        self._found: list[dict[str, Any]] = []
        self._displayed: dict[str, dict[str, str]] = {}
        self._clears = False

    def add(self, said: str | list[str]) -> None:
        """Take in a text, or the fields of a frame; one of another form is left out."""
        kind, *fields = ["stdout", said] if isinstance(said, str) else said
        if kind in ("stdout", "stderr"):
            self._print(kind, fields)
        elif kind == "error" and len(fields) >= 2:
            self._put({"output_type": "error", "ename": fields[0], "evalue": fields[1], "traceback": fields[2:]})
        elif kind == "clear_output":
            if fields == ["wait"]:
                self._clears = True
            else:
                self._clear()
        elif kind in ("display_data", "execute_result", "update_display_data"):
            self._display(kind, fields)

    def _display(self, kind: str, fields: list[str]) -> None:
        name, *texts = fields or [""]
        data = dict(zip(texts[::2], texts[1::2], strict=False))
        if name in self._displayed:
            # all that is displayed under one name shows the same
            self._displayed[name].clear()
            self._displayed[name].update(data)
            data = self._displayed[name]
        if kind != "update_display_data":
            if name:
                self._displayed[name] = data
            self._put({"output_type": "display_data", "data": data})

    def _print(self, name: str, texts: list[str]) -> None:
        last = self._found[-1] if self._found and not self._clears else {}
        if last.get("name") == name:
            last["text"] += texts
        else:
            self._put({"output_type": "stream", "name": name, "text": texts})

    def _put(self, output: dict[str, Any]) -> None:
        if self._clears:
            self._clear()
        self._found.append(output)

    def _clear(self) -> None:
        self._found.clear()
        self._displayed.clear()
        self._clears = False

    def all(self) -> list[dict[str, Any]]:
        """Return what has been put out by now."""
        return [{**one, "text": "".join(one["text"])} if "name" in one else one for one in self._found]


class Hearing(asyncio.SubprocessProtocol, asyncio.Protocol):
    """The grader's ear at a kernel.

    Parameters
    ----------
    heard
        Takes in what has arrived: the number of bytes, and what they say.
    gone
        Is told that the kernel has ended.
    """

    def __init__(self, heard: Callable[[int, Iterator[str | list[str]]], None], gone: Callable[[], None]) -> None:
        self.token = secrets.token_bytes(TOKEN)
        self.ended = asyncio.Event()
        self._heard, self._gone, self._reader = heard, gone, Reader(self.token)

    def data_received(self, data: bytes) -> None:
        """Take in what has arrived."""
        self._heard(len(data), self._reader.feed(data))

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Take in what has arrived of a child process."""
        self.data_received(data)

    def process_exited(self) -> None:
        """Note that the kernel has ended, behind all that it said before."""
        asyncio.get_running_loop().call_soon(self._end)

    def _end(self) -> None:
        self.ended.set()
        self._gone()
