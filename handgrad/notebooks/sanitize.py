"""Make what a stranger wrote, or what their code displayed, safe to store and to open in a browser."""

from __future__ import annotations

import html
import re
from collections.abc import Container, Iterable, Mapping
from typing import Any
from urllib.parse import quote

import nbformat
from nbformat.notebooknode import NotebookNode

from handgrad.judging.evidence import MIME

IMAGES = ("image/png", "image/jpeg")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")


# where a link or a picture points to: behind its text, or in a line of its own
_TARGET = re.compile(r"(\]\(\s*<?\s*|^[\s>*+\-\d.]*\[[^\]\n]*\]:\s*<?\s*)([^\s)>]+)", re.MULTILINE)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL)
_PICTURE = re.compile(r"image/(png|jpeg|gif);base64,[A-Za-z0-9+/=]*")


def safe_text(text: str, attached: Container[str] = ()) -> str:
    """Return Markdown in which nothing is an HTML tag, and no link runs anything; formulas and code stay readable.

    Parameters
    ----------
    text
        The text of a cell.
    attached
        The names of the pictures that are attached to it. A page cannot be made of one that is missing.
    """

    def target(found: re.Match[str]) -> str:
        # a browser reads entities, and skips control characters
        read = re.sub(r"[\x00-\x20\\]", "", html.unescape(found[2]))
        scheme, rest = match.groups() if (match := _SCHEME.match(read)) else ("", "")
        harmless = {"attachment": rest in attached, "data": bool(_PICTURE.fullmatch(rest))}
        kept = scheme.lower() in ("", "http", "https", "mailto") or harmless.get(scheme.lower(), False)
        return found[0] if kept else f"{found[1]}#"

    return _TARGET.sub(target, _TAG.sub("< ", text))


def safe_attachments(attachments: Any) -> dict[str, dict[str, str]]:
    """Return the pictures that are attached to a cell."""
    if not isinstance(attachments, Mapping):
        return {}
    pictures = {str(name): _pictures(content) for name, content in attachments.items() if isinstance(content, Mapping)}
    # a text may name them as a link does, with %20 for a space
    return {spelt: kept for name, kept in pictures.items() if kept for spelt in (name, quote(name))}


def writable(text: str) -> str:
    """Return a text without the halves of characters, which no file of UTF-8 can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _text(value: Any) -> str:
    return writable(value) if isinstance(value, str) else ""


def _pictures(content: Mapping[str, Any]) -> dict[str, str]:
    return {mime: content[mime] for mime in IMAGES if _BASE64.fullmatch(_text(content.get(mime)) or "-")}


def _data(content: Any) -> dict[str, str]:
    """Return the plain text, the images and the evidence of a display, without anything that a browser runs."""
    if not isinstance(content, Mapping):
        return {}
    kept = {mime: _text(content[mime]) for mime in ("text/plain", MIME) if isinstance(content.get(mime), str)}
    return kept | _pictures(content)


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
