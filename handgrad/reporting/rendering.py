"""Markdown as HTML that runs nothing, wherever a person opens it: formgrader and feedback."""

from __future__ import annotations

import os
import re
from functools import lru_cache, partial
from html import escape

import nh3
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.token import STANDARD_TYPES

from handgrad.notebooks.sanitize import plain_formulas
from handgrad.reporting.formulas import mathml
from handgrad.running.limited import Interrupted, Limits, Stopped, limited

CELL, PAGE, SHORT = Limits(seconds=2, clock=20), 5.0, 5000
"""What a long text may take, what the texts of a page may take in seconds, and of how many characters one is short."""

SPENT = "handgrad_seconds_of_texts"

MARK = "\ue000"
"""Stands around the number of a formula while a text is cleaned; a character for private use."""

PREFIX = "text-"
"""Goes ahead of the ids in a text: one that is like an id of the page would take its place."""

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LINK = re.compile(r"https?://|mailto:", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*")


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Return the value of an attribute; None where it has to go."""
    if (tag, name) == ("a", "href"):
        if value.startswith("#"):
            return f"#{PREFIX}{value[1:]}"
        return value if _LINK.match(value) else None
    if (tag, name) == ("img", "src"):
        return value if _PICTURE.fullmatch(value) else None
    return value


_CLEANER = nh3.Cleaner(
    tags=_HEADINGS
    | set("a blockquote br code dd del details div dl dt em hr img input li ol p pre s span strong".split())
    | set("sub summary sup table tbody td th thead tr ul".split()),
    clean_content_tags={"script", "style"},
    attributes={
        "a": {"href", "title"},
        "details": {"open"},
        "img": {"alt", "src", "title"},
        "input": {"checked"},
        "ol": {"start"},
        "td": {"style"},
        "th": {"style"},
        **{heading: {"id"} for heading in _HEADINGS},
    },
    attribute_filter=_attribute,
    # a list of tasks has boxes, which nobody ticks here
    set_tag_attribute_values={"input": {"type": "checkbox", "disabled": ""}},
    url_schemes={"http", "https", "mailto", "data"},
    allowed_classes={
        "a": {"anchor-link"},
        "div": {"highlight"},
        "span": {name for name in STANDARD_TYPES.values() if name},
    },
    filter_style_properties={"text-align"},
    id_prefix=PREFIX,
)


class _Renderer(IPythonRenderer):
    """Makes HTML of Markdown as nbconvert does, and a link of a picture that does not come with it.

    A formula leaves a mark, as what is made of it need not be cleaned: it comes from us.
    """

    def __init__(self, attachments: dict[str, dict[str, str]] | None) -> None:
        super().__init__(escape=False, attachments=attachments)
        self.formulas: list[str] = []

    def block_math(self, body: str) -> str:
        """Return the mark of a formula with a line of its own."""
        return self._mark(body, display=True)

    def inline_math(self, body: str) -> str:
        """Return the mark of a formula in a line."""
        return self._mark(body, display=False)

    def latex_environment(self, name: str, body: str) -> str:
        """Return the mark of an environment, such as ``align``."""
        return self._mark(f"\\begin{{{name}}}{body}\\end{{{name}}}", display=True)

    def _mark(self, formula: str, *, display: bool) -> str:
        self.formulas.append(mathml(plain_formulas(formula), display=display))
        return f"{MARK}{len(self.formulas) - 1}{MARK}"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Return a picture; one on the web would tell another machine who reads the page, and when."""
        is_attached = url.startswith("attachment:") and url.removeprefix("attachment:") in self.attachments
        return (
            super().image(text, url, title) if is_attached or url.startswith("data:") else self.link(text, url, title)
        )


@pass_context
def markdown2html(context: Context, source: str) -> str:
    """Return the Markdown of a cell as HTML that can be shown; it takes the place of nbconvert's filter.

    Some texts take a time that grows with the square of their length. Where those of a page take too long, the rest is
    shown as it was typed.
    """
    resources = context.get("resources", {})
    began = _processor_time()
    spent = resources.get(SPENT, 0.0)
    if spent > PAGE:
        return as_typed(source)
    shown = partial(safe_html, source, context.get("cell", {}).get("attachments"))
    try:
        return str(limited(shown, CELL)) if len(source) > SHORT else shown()
    except (Stopped, Interrupted):
        return as_typed(source)
    finally:
        resources[SPENT] = spent + _processor_time() - began


def _processor_time() -> float:
    """Return the seconds that this process and its children had of a processor, whatever else it does."""
    return sum(os.times()[:4])


def as_typed(source: str) -> str:
    """Return a text as HTML that shows it as it was typed."""
    return f"<pre>{escape(source)}</pre>"


def safe_html(source: str, attachments: dict[str, dict[str, str]] | None = None) -> str:
    """Return Markdown as HTML: text, formulas, code, tables, pictures that are attached, and links to the web.

    Parameters
    ----------
    source
        The Markdown.
    attachments
        The pictures that are attached to it: for each name, their base64 by their type.
    """
    return _rendered(source, attachments) if attachments or len(source) > SHORT else _remembered(source)


def _rendered(source: str, attachments: dict[str, dict[str, str]] | None) -> str:
    renderer = _Renderer(attachments)
    # a mark that somebody typed is none
    cleaned = _CLEANER.clean(MarkdownWithMath(renderer=renderer).render(source.replace(MARK, "")))
    return re.sub(f"{MARK}([0-9]+){MARK}", lambda found: renderer.formulas[int(found[1])], plain_formulas(cleaned))


@lru_cache(maxsize=512)
def _remembered(source: str) -> str:
    """Return the HTML of a short text, from memory where it was shown before: most are the course's own."""
    return _rendered(source, None)
