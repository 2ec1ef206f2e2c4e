"""Attacks on the grader by what a kernel sends: forged, malformed and oversized frames."""

from __future__ import annotations

from tests.attacks import Attack

RAW = '''
import os
import struct

outlet = get_ipython().session.outlet
token, line = outlet._token, outlet._descriptor


def send(*fields):
    """Send a frame to the grader, as the process of the kernel does."""
    outlet.send(*fields)


def piece(place, content, length=None):
    """Send a piece of a frame."""
    os.write(line, token + struct.pack("<BH", place, len(content) if length is None else length) + content)
'''

DONE_EARLY = """
for number in (*range(-2, 3), 1000, "", "x", "1.0", "9" * 5000, "²"):
    send("done", str(number))
send("done")
send("done", "2", "3")
"""

WRONG_TOKEN = """
for other in (bytes(16), token[::-1], token[:15], b"", token[:8] + b"x" + token[8:]):
    os.write(line, other + struct.pack("<BH", 3, 4) + b"done")
"""

PIECES = """
for place in (0, 1, 2, 4, 255):
    piece(place, b"display_data")
    piece(place, b"")
piece(1, b"error\\0x")
os.write(line, token)
os.write(line, token + b"\\1")
for _ in range(1000):
    piece(0, b"x" * 4000)
"""

CUT = """
# the rest is what comes next, up to the end of the cell
piece(3, b"stdout\\0x", 60_000)
"""

FIELDS = """
body = b"display_data" + bytes(500_000)
for at in range(0, len(body), 4000):
    piece((at == 0) | 2 * (at + 4000 >= len(body)), body[at : at + 4000])
"""

HALVES = """
print("half \\ud83d of a pair")
os.write(1, b"half \\xed\\xa0\\xbd of a pair \\xff\\xfe \\xf0\\x9f")
piece(3, b"display_data\\0\\0text/plain\\0half \\xed\\xa0\\xbd")
piece(3, b"error\\0\\xed\\xbf\\xbf\\0\\xed\\xa0\\x80\\0\\xed\\xa0\\xbd")
"""

TYPES = """
for kind in ("stdout", "stderr", "display_data", "execute_result", "error", "clear_output", "done", "update_display_data",
             "execute_input", "comm_open", "status", "no_such_kind", ""):
    for fields in ((), ("",), ("x",), ("x", "y"), ("", "image/png"), ("", "image/png", "<b>"), ("x", "", "", ""), ("wait",)):
        send(kind, *fields)
"""

HUGE = """
send("display_data", "", "text/plain", "x" * (60 << 20))
"""

NO_END = """
# a frame that is never whole
piece(1, b"display_data")
while True:
    piece(0, b"x" * 4000)
"""

STRANGERS = """
for number in range(30_000):
    send("done", str(-number))
"""

ONE_NAME = """
for number in range(15_000):
    send("display_data" if number % 2 else "update_display_data", "same", "text/plain", "x" * 500)
"""

SCRIPTS = """
for mime in ("text/html", "application/javascript", "image/svg+xml", "text/markdown", "text/latex",
             "application/vnd.jupyter.widget-view+json", "application/vnd.plotly.v1+json", "application/pdf", "video/mp4",
             'text/x"><script>alert(1)</script>'):
    send("display_data", "", mime, "<script>alert('$mark')</script><svg onload=alert(1)>")
for image in ('" onerror="alert(1)', "AAAA'><script>alert(1)</script>", "javascript:alert(1)"):
    send("display_data", '" onload="alert(1)', "image/png", image)
send("error", "<script>alert(1)</script>", "<script>", "\\x1b]8;;javascript:alert(1)\\x07x",
     "\\x1b[38;5;1<script>alert(1)</script>m", "<script>alert(1)</script>")
for name in ("stdout", "stderr", "stdout<script>"):
    send(name, "<script>alert(1)</script>\\x1b[0;31m<img src=x onerror=alert(1)>")
"""


def _sent(name: str, tries: str, text: str) -> Attack:
    return Attack(name, tries, before=RAW + text)


ATTACKS = (
    _sent("done_early", "Says too early that its cell is done, and that others are which do not run.", DONE_EARLY),
    _sent("token_wrong", "Sends a frame behind a wrong token.", WRONG_TOKEN),
    _sent("pieces", "Sends pieces that make no frame.", PIECES),
    _sent("piece_cut", "Sends a piece that is shorter than it says.", CUT),
    _sent("fields", "Sends a frame of half a million fields.", FIELDS),
    _sent("halves", "Prints text that no file of UTF-8 can hold.", HALVES),
    _sent("types", "Sends frames of every kind with other fields.", TYPES),
    _sent("huge_frame", "Sends one frame of 60 MB.", HUGE),
    _sent("frame_without_end", "Sends a frame that is never whole.", NO_END),
    _sent("strangers", "Sends 30,000 frames that belong to no cell.", STRANGERS),
    _sent("one_name", "Displays and changes one thing 15,000 times.", ONE_NAME),
    _sent("scripts_displayed", "Displays scripts in every form that a frame can have.", SCRIPTS),
    Attack(
        "sends_nothing",
        "Takes the line to the grader apart.",
        before="get_ipython().session.outlet.send = lambda *fields: None\n",
    ),
)
