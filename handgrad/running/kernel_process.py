"""The process that runs cells: they come in at standard input, and what they put out leaves at standard output.

It is a file of its own, which is handed into the sandbox. What cells and their children print leaves as it is, in
the order in which it was written. Between it stand frames, for all that is no plain text: fields of text, the first
of which says what they are. A frame leaves in pieces that the system does not mix with what others write, each
behind a token that no text holds by chance; :mod:`handgrad.running.hearing` puts them together again.
"""

from __future__ import annotations

import asyncio
import builtins
import getpass
import io
import os
import select
import signal
import struct
import sys
import threading
from typing import Any

from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import StdinNotImplementedError
from jupyter_client.session import Session
from traitlets.config import Config

from handgrad.check import same_randomness

TOKEN = 16
"""Bytes of the token, which come in ahead of the first cell."""

HEAD = struct.Struct("<BH")
"""What follows the token of a piece: whether the frame begins and ends with it, and the bytes that it holds."""

BEGINS, ENDS = 1, 2

ROOM = getattr(select, "PIPE_BUF", 512) - TOKEN - HEAD.size
"""Bytes of a frame that one piece holds."""

INTERRUPTS = [getattr(signal, name) for name in ("SIGINT", "SIGBREAK") if hasattr(signal, name)]


class Outlet:
    """Sends frames, of the process that made it alone: a child's would mix with them."""

    def __init__(self, descriptor: int, token: bytes) -> None:
        self._descriptor, self._token = descriptor, token
        self._owner = os.getpid()
        self._lock = threading.RLock()

    def send(self, *fields: str) -> None:
        """Send a frame."""
        if os.getpid() != self._owner:
            return
        body = "\0".join(field.replace("\0", "\N{REPLACEMENT CHARACTER}") for field in fields).encode(errors="replace")
        with self._lock:
            for at in range(0, len(body), ROOM):
                part = body[at : at + ROOM]
                place = BEGINS * (at == 0) | ENDS * (at + ROOM >= len(body))
                os.write(self._descriptor, self._token + HEAD.pack(place, len(part)) + part)


class ErrorStream(io.RawIOBase):
    """Standard error, told apart from standard output by its frames."""

    def __init__(self, outlet: Outlet, before: io.TextIOBase) -> None:
        self._outlet, self._before = outlet, before

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, content: Any) -> int:
        """Send a text, behind what was printed before it."""
        self._before.flush()
        self._outlet.send("stderr", bytes(content).decode(errors="replace"))
        return len(content)


class PipeSession(Session):
    """Where ipykernel's shell leaves its messages, which leave the process as frames."""

    outlet: Outlet | None = None

    def msg(self, msg_type: str, content: Any = None, *others: Any, **more: Any) -> dict[str, Any]:
        """Return a message, of which only kind and content matter."""
        return {"msg_type": msg_type, "content": content}

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *others: Any, **more: Any) -> None:
        """Send what a notebook would show of a message."""
        message = msg_or_type if isinstance(msg_or_type, dict) else self.msg(msg_or_type, content)
        kind, content = message["msg_type"], message["content"]
        assert self.outlet is not None
        if kind == "error":
            self.outlet.send(kind, content["ename"], content["evalue"], *map(str, content["traceback"]))
        elif kind == "clear_output":
            self.outlet.send(kind, "wait" if content["wait"] else "")
        elif kind in ("display_data", "update_display_data", "execute_result"):
            texts = [part for mime, text in content["data"].items() if isinstance(text, str) for part in (mime, text)]
            self.outlet.send(kind, str(content.get("transient", {}).get("display_id") or ""), *texts)


class Shell(ZMQInteractiveShell):
    """The shell of a student's own kernel, without a kernel around it."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)  # type: ignore[no-untyped-call]
        self.session = PipeSession()
        for publisher in (self.displayhook, self.display_pub):
            publisher.set_trait("session", self.session)

    def should_run_async(self, *code: Any, **more: Any) -> bool:
        """Return True: every cell runs inside of the event loop, as in a student's own kernel.

        What a cell has the shell run, as ``%%capture`` does, is inside of it already.
        """
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return True
        return bool(super().should_run_async(*code, **more))

    def enable_gui(self, gui: Any = None) -> None:
        """Leave the event loop as it is; there is no window."""

    def ask_exit(self) -> None:
        """Go on, as the cells below do."""


def new_shell() -> Shell:
    """Return the one shell of this process."""
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    return Shell.instance(config=Config({"HistoryManager": {"enabled": False}}))


def refuse(*prompt: Any, **more: Any) -> Any:
    """Raise what a question to the student comes to."""
    raise StdinNotImplementedError("nobody is there to answer input()")


def serve(shell: Shell) -> None:
    """Run the cells that come in, until there are no more."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = ["", *(path for path in sys.path if path not in ("", here))]
    same_randomness()
    with os.fdopen(os.dup(0), "rb") as cells:
        outlet = Outlet(os.dup(1), cells.read(TOKEN))
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(1, 2)
        sys.stdout = printed = lines(io.FileIO(1, "w", closefd=False))
        sys.stderr = warned = lines(ErrorStream(outlet, printed))
        builtins.input = getpass.getpass = refuse
        shell.session.outlet = outlet
        number = 0
        listen(signal.SIG_IGN)
        outlet.send("done", str(number))
        while header := cells.read(4):
            source = cells.read(int.from_bytes(header, "little")).decode()
            number += 1
            try:
                listen(signal.default_int_handler)
                shell.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
                listen(signal.SIG_IGN)
            except KeyboardInterrupt:
                # it came between two lines of the shell
                listen(signal.SIG_IGN)
                shell.showtraceback()
            printed.flush()
            warned.flush()
            outlet.send("done", str(number))


def lines(raw: io.RawIOBase) -> io.TextIOWrapper:
    """Return a stream of text that writes line by line."""
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", errors="replace", line_buffering=True)


def listen(handler: Any) -> None:
    """Set what an interrupt does."""
    for number in INTERRUPTS:
        signal.signal(number, handler)


if __name__ == "__main__":
    if sys.platform != "win32" and os.getppid() > 1:
        from ipykernel.parentpoller import ParentPollerUnix

        ParentPollerUnix(os.getppid()).start()
    serve(new_shell())
