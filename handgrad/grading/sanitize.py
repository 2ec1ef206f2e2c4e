"""Make what a stranger wrote, or what their code displayed, safe to store and to open in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode

from handgrad.evidence import MIME

IMAGES = ("image/png", "image/jpeg")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def safe_text(text: str) -> str:
    """Return Markdown in which nothing is an HTML tag; formulas and code stay readable."""
    return _TAG.sub("< ", text)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _data(content: Any) -> dict[str, str]:
    """Return the plain text, the images and the evidence of a display, without anything that a browser runs."""
    if not isinstance(content, Mapping):
        return {}
    kept = {mime: content[mime] for mime in ("text/plain", MIME) if isinstance(content.get(mime), str)}
    kept |= {mime: content[mime] for mime in IMAGES if _BASE64.fullmatch(_text(content.get(mime) or "-"))}
    return kept


def safe_outputs(outputs: Iterable[Mapping[str, Any]]) -> list[NotebookNode]:
    """Return outputs in the form that the notebook format knows, with what is safe of each."""
    found = []
    for output in outputs:
        kind = output.get("output_type")
        if kind == "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            found.append(nbformat.v4.new_output("stream", name=name, text=_text(output.get("text"))))
        elif kind == "error":
            trace = output.get("traceback")
            lines = [_text(line) for line in trace] if isinstance(trace, list) else []
            names = {key: _text(output.get(key))[:10_000] for key in ("ename", "evalue")}
            found.append(nbformat.v4.new_output("error", **names, traceback=lines[:200]))
        elif kind in ("display_data", "execute_result") and (data := _data(output.get("data"))):
            found.append(nbformat.v4.new_output("display_data", data=data))
    return found
