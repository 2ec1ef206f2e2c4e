"""Attacks on the grader by what a kernel sends: forged, malformed and oversized messages."""

from __future__ import annotations

from tests.attacks import NOTHING, Attack

RAW = '''
import datetime
import json
import time

kernel = get_ipython().kernel
session = kernel.session


def send(kind, content, parent=None, header=None, metadata=None, more=(), sign=True):
    """Send a message to the grader, whose parts need be no JSON."""
    parent = kernel.get_parent("shell")["header"] if parent is None else parent
    parts = [
        part if isinstance(part, bytes) else json.dumps(part, default=str).encode()
        for part in (header or session.msg_header(kind), parent, metadata or {}, content)
    ]
    signature = session.sign(parts) if sign else b"0" * 64
    kernel.iopub_socket.send_multipart([b"topic", b"<IDS|MSG>", signature, *parts, *more])
'''

IDLE_EARLY = """
for _ in range(3):
    send("status", {"execution_state": "idle"})
send("status", {"execution_state": "dead"})
send("status", {"execution_state": "restarting"})
send("status", {"execution_state": ["idle"]})
send("status", {})
"""

WRONG_SIGNATURE = """
send("stream", {"name": "stdout", "text": "unsigned"}, sign=False)
time.sleep(0.2)
"""

NO_DELIMITER = """
kernel.iopub_socket.send_multipart([b"nothing", b"of", b"ours"])
kernel.iopub_socket.send_multipart([b"<IDS|MSG>"])
kernel.iopub_socket.send_multipart([b""] * 50)
time.sleep(0.2)
"""

NO_JSON = """
send("stream", b"\\xff\\xfe no JSON")
send("stream", b"{")
send("stream", b"")
time.sleep(0.2)
"""

DEEP = """
send("display_data", b'{"data": {"text/plain": ' + b"[" * 500_000 + b"]" * 500_000 + b'}, "metadata": {}}')
time.sleep(0.2)
"""

NUMBERS = """
send("execute_input", b'{"execution_count": ' + b"9" * 100_000 + b', "code": ""}')
send("execute_input", {"execution_count": -1, "code": ""})
send("execute_input", {"execution_count": "1<b>", "code": ""})
send("execute_input", b'{"execution_count": NaN, "code": ""}')
send("display_data", b'{"data": {"text/plain": 1e999}, "metadata": {"x": Infinity}}')
"""

SURROGATES = """
send("stream", b'{"name": "stdout", "text": "half \\\\ud83d of a pair"}')
send("display_data", b'{"data": {"text/plain": "half \\\\ud83d"}, "metadata": {}}')
send("error", b'{"ename": "\\\\udfff", "evalue": "\\\\ud800", "traceback": ["\\\\ud83d", "\\\\u0000"]}')
"""

TYPES = """
for content in ([], 1, None, "x", {}, {"name": 1, "text": 2}, {"data": [], "metadata": 1}, {"data": {"text/plain": 1}},
                {"data": {"image/png": {"a": "b"}}, "metadata": {}}, {"data": None, "metadata": None, "transient": 1},
                {"data": {"text/plain": ["a"]}, "metadata": [], "transient": {"display_id": ["x"]}},
                {"ename": 1, "evalue": [], "traceback": "x"}, {"wait": "x"}):
    for kind in ("stream", "display_data", "execute_result", "error", "clear_output", "status", "update_display_data",
                 "execute_input", "comm_open", "comm_msg", "input_request", "no_such_kind"):
        send(kind, content)
"""

HEADERS = """
for header in ([], 1, {}, {"msg_id": 1}, {"msg_type": "stream"}, {"msg_type": ["x"], "msg_id": {}, "date": "never"}):
    send("stream", {"name": "stdout", "text": "x"}, header=header)
for parent in ([], 1, {}, {"msg_id": []}, "x"):
    send("stream", {"name": "stdout", "text": "x"}, parent=parent)
time.sleep(0.2)
"""

HUGE = """
send("stream", {"name": "stdout", "text": "x" * (60 << 20)})
time.sleep(3)  # the line to the grader is cut, and comes back
"""

LARGE = """
# each within what one message may be, in a part that is not shown
for _ in range(25):
    send("stream", {"name": "stdout", "text": "x"}, metadata={"x": "x" * (30 << 20)})
"""

BUFFERS = """
for _ in range(60):
    send("stream", {"name": "stdout", "text": "x"}, more=[bytes(10 << 20)])
"""

STRANGERS = """
for number in range(30_000):
    send("stream", {"name": "stdout", "text": "x" * 100}, parent={"msg_id": f"another{number}"})
"""

REPLIES = """
import zmq

parent = kernel.get_parent("shell")
stream = kernel.shell_stream or kernel.shell_socket
for content in ({}, {"status": "ok"}, {"status": "error"}, {"status": 1}, [], {"status": "aborted", "payload": "x"}):
    try:
        session.send(stream, "execute_reply", content, parent=parent, ident=kernel._shell_parent_ident.get())
    except Exception as error:
        print(type(error).__name__)
"""

SCRIPTS = """
for mime in ("text/html", "application/javascript", "image/svg+xml", "text/markdown", "text/latex",
             "application/vnd.jupyter.widget-view+json", "application/vnd.plotly.v1+json", "application/pdf", "video/mp4",
             'text/x"><script>alert(1)</script>'):
    send("display_data", {"data": {mime: "<script>alert('$mark')</script><svg onload=alert(1)>"}, "metadata": {}})
for image in ('" onerror="alert(1)', "AAAA'><script>alert(1)</script>", "javascript:alert(1)"):
    send("display_data", {"data": {"image/png": image}, "metadata": {"image/png": {"width": '1" onload="alert(1)'}}})
send("error", {"ename": "<script>alert(1)</script>", "evalue": "<script>", "traceback": ["\\x1b]8;;javascript:alert(1)\\x07x",
     "\\x1b[38;5;1<script>alert(1)</script>m", "<script>alert(1)</script>"]})
send("stream", {"name": "stdout<script>", "text": "<script>alert(1)</script>\\x1b[0;31m<img src=x onerror=alert(1)>"})
"""


def _sent(name: str, tries: str, text: str, **more: dict[str, float]) -> Attack:
    return Attack(name, tries, before=RAW + text, **more)  # type: ignore[arg-type]


ATTACKS = (
    _sent("idle_early", "Says that it is idle, dead or restarting while it works.", IDLE_EARLY),
    _sent("signature", "Sends a message with a wrong signature.", WRONG_SIGNATURE),
    _sent("frames", "Sends frames that are no message.", NO_DELIMITER),
    _sent("json_broken", "Sends messages that are no JSON.", NO_JSON),
    _sent("json_nested", "Sends JSON that is nested too deeply.", DEEP),
    _sent("counts", "Sends counts that are none, too large, or not finite.", NUMBERS),
    _sent("halves", "Prints text that no file of UTF-8 can hold.", SURROGATES),
    _sent("types", "Sends messages with parts of other types.", TYPES),
    _sent("headers", "Sends messages with other headers and parents.", HEADERS),
    _sent("huge_message", "Sends one message of 60 MB.", HUGE),
    # more than all cells together may put out, so nothing behind it is run
    _sent("large_messages", "Sends 750 MB in parts of messages that nobody shows.", LARGE, earned=NOTHING),
    _sent("buffers", "Sends 600 MB in buffers.", BUFFERS, earned=NOTHING),
    _sent("strangers", "Sends 30,000 messages that belong to no cell.", STRANGERS),
    _sent("replies", "Sends replies of other forms.", REPLIES),
    _sent("scripts_displayed", "Displays scripts in every form that a message can have.", SCRIPTS),
    Attack(
        "sends_nothing",
        "Takes the sockets to the grader apart.",
        before="kernel = get_ipython().kernel\nkernel.iopub_socket.send_multipart = lambda *a, **k: None\n"
        "kernel.iopub_thread.stop()\n",
    ),
)
