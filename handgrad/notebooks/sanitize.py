"""Make what a stranger wrote, or what their code displayed, safe to store and to open in a browser."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from typing import Any
from urllib.parse import quote

import nbformat
from nbformat.notebooknode import NotebookNode

from handgrad.judging.evidence import MIME

IMAGES = ("image/png", "image/jpeg")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")

_ADDRESS = re.compile(r"<(https?://[^\s<>]++)>")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
# Markdown has no link, picture or definition without these two characters side by side, whatever its label holds
_LINK = re.compile(r"\](?=[(:][ \t\r\n]*+([^\s)]\S{0,255})?+)")
# a picture may stand in the text itself, as some editors paste it
_KEPT = re.compile(r"https?://|mailto:|#|data:image/(?:png|jpeg|gif);base64,", re.IGNORECASE)
_ATTACHED = "attachment:"
# what MathJax makes links, ids, classes, styles and other packages from
_ACTIVE_TEX = re.compile(
    r"\\(?=(?:href|url|require|class|cssId|style|data|html\w*|unicode|mmlToken|texttip|includegraphics)(?![A-Za-z]))"
)
_URI = ";,/?:@&=+$-_.!~*'()#"
"""What ``encodeURI`` of a browser leaves as it is."""


def safe_text(text: str, attached: Container[str] = ()) -> str:
    """Return Markdown in which nothing is an HTML tag, and links lead to the web or are pictures, whoever shows it.

    No grammar of Markdown is read for it, of which each program has its own: a tag, a link or a command without the
    space that is put into it is none to any of them.

    Parameters
    ----------
    text
        The text of a cell.
    attached
        The names of the pictures that are attached to it. A page cannot be made of one that is missing.
    """

    def link(found: re.Match[str]) -> str:
        target = found[1] or ""
        kept = _KEPT.match(target) or (target.startswith(_ATTACHED) and _is_attached(target, attached))
        return "]" if kept else "] "

    return plain_formulas(_LINK.sub(link, _TAG.sub("< ", _ADDRESS.sub(r"\1", text))))


def _is_attached(target: str, attached: Container[str]) -> bool:
    name = target.removeprefix(_ATTACHED)
    ends = (found.start() for found in re.finditer(r"\)|$", name))
    return any(name[:end] in attached for end in ends)


def plain_formulas(text: str) -> str:
    """Return a text in whose formulas MathJax finds nothing but formulas."""
    return _ACTIVE_TEX.sub(r"\\ ", text)


def safe_attachments(attachments: Any) -> dict[str, dict[str, str]]:
    """Return the pictures that are attached to a cell."""
    if not isinstance(attachments, Mapping):
        return {}
    pictures = {str(name): _pictures(content) for name, content in attachments.items() if isinstance(content, Mapping)}
    # a text may name them as a link does, with %20 for a space
    spellings = {name: (name, quote(name), quote(name, safe=_URI)) for name in map(writable, pictures)}
    return {spelt: pictures[name] for name in pictures if pictures[name] for spelt in spellings[name]}


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
    found: list[dict[str, Any]] = []
    for output in outputs:
        kind = output.get("output_type")
        if kind == "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            found.append({"output_type": "stream", "name": name, "text": _text(output.get("text"))})
        elif kind == "error":
            trace = output.get("traceback")
            lines = [_text(line) for line in trace] if isinstance(trace, list) else []
            names = {key: _text(output.get(key))[:10_000] for key in ("ename", "evalue")}
            found.append({"output_type": "error", **names, "traceback": lines[:200]})
        elif kind in ("display_data", "execute_result") and (data := _data(output.get("data"))):
            found.append({"output_type": "display_data", "data": data, "metadata": {}})
    # the notebook is validated as a whole, where nbformat's own makers would validate each output
    return [nbformat.from_dict(output) for output in found]
