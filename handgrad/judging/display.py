"""How a verdict looks: an HTML table where a notebook is open, the same in plain text anywhere else."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from handgrad.judging.verdict import UNCHANGED, PartVerdict, Verdict
from handgrad.judging.verdict_json import score

# Text has the colour of the page around it, light or dark; these are for marks beside it. They can be told
# apart on white and on black, by readers who are blind to some colours too.
RIGHT = "#009E73"
WRONG = "#D55E00"
DONE = "#0072B2"

_CELL = "text-align:left;vertical-align:top;white-space:normal;padding:.25em .6em"


@dataclass(frozen=True)
class Shown:
    """Something to display: Jupyter takes the HTML, a terminal the text."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def in_notebook() -> bool:
    """Return whether somebody sees what is displayed: a terminal does not, and nor does nbgrader's Validate."""
    if "IPython" not in sys.modules or os.environ.get("NBGRADER_EXECUTION") == "validate":
        return False
    from IPython.core.getipython import get_ipython

    return hasattr(get_ipython(), "kernel")


def by_finding(parts: Iterable[PartVerdict]) -> list[list[PartVerdict]]:
    """Return the parts in groups of which the same is to be said; nothing is said of arguments left unchanged."""
    groups: dict[tuple[bool, tuple[str, ...]], list[PartVerdict]] = {}
    for part in parts:
        if not (part.name == UNCHANGED and part.right):
            groups.setdefault((part.right, tuple(f.message for f in part.findings)), []).append(part)
    return list(groups.values())


def prose(sentence: str) -> str:
    """Return a sentence as HTML, escaped, with what stands between backticks as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(sentence))


def table(verdict: Verdict, caption: str, below: Sequence[str] = ()) -> str:
    """Return a verdict as an HTML table; all that is not ours is escaped.

    Parameters
    ----------
    verdict
        The verdict.
    caption
        Its outcome in words.
    below
        Sentences that follow the table.
    """
    after = f"<p>{'<br>'.join(map(prose, below))}</p>" if below else ""
    if verdict.reason:
        return f"<p><strong>{escape(caption)}</strong><br>{prose(verdict.reason.message)}</p>{after}"
    groups = by_finding(verdict.parts)
    told = any(part.findings or part.example for group in groups for part in group)
    columns = ["part", "verdict", "what the mistake looks like"][: 3 if told else 2]
    head = "".join(f'<th scope="col" style="{_CELL}">{column}</th>' for column in columns)
    rows = "".join(_row(group, told) for group in groups)
    return (
        '<table style="color:inherit;margin-left:0">'
        '<caption style="caption-side:top;color:inherit;text-align:left;font-weight:bold;white-space:nowrap">'
        f"{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{after}"
    )


def _row(group: Sequence[PartVerdict], told: bool) -> str:
    names = ", ".join(f"<code>{escape(part.name)}</code>" for part in group)
    word, colour = ("✓ right", RIGHT) if group[0].right else ("✗ wrong", WRONG)
    lines = "<br>or: ".join(prose(finding.message) for finding in group[0].findings)
    for part in group:
        if part.example:
            yours, expected = map(escape, part.example)
            lines += f"<br>yours: <code>{yours}</code>"
            lines += f"<br>expected: <code>{expected}</code>" if expected else ""
    return (
        f'<tr><th scope="row" style="{_CELL}">{names}</th>'
        f'<td style="{_CELL};white-space:nowrap;border-left:4px solid {colour}">{word}</td>'
        + (f'<td style="{_CELL};overflow-wrap:anywhere">{lines.removeprefix("<br>")}</td>' if told else "")
        + "</tr>"
    )


def bar(done: int, total: int, sentences: Sequence[str]) -> Shown:
    """Return a bar of progress, with sentences that say the same and more."""
    said = f"<p>{'<br>'.join(map(prose, sentences[1:]))}</p>"
    html = (
        f'<p><label><strong>{escape(sentences[0])}</strong><br><progress max="{total}" value="{done}" '
        f'style="width:100%;max-width:40em;height:1.2em;accent-color:{DONE}">{done} of {total}</progress></label></p>'
    )
    return Shown(html + said, "\n".join([sentences[0], "■" * done + "□" * (total - done), *sentences[1:]]))


# -- with points, at grading ----------------------------------------------------------------------


def verdict_text(verdict: Verdict, points: float) -> str:
    """Return the verdict as plain text, a line for each part."""
    lines = [f"{verdict.exercise}: {score(verdict, points):g} of {points:g} points"]
    if verdict.reason:
        lines.append(f"  {verdict.reason.message}")
        return "\n".join(lines)
    parts = [part for part in verdict.parts if not (part.name == UNCHANGED and part.right)]
    width = max((len(part.name) for part in parts), default=0)
    for part in parts:
        messages = [finding.message for finding in part.findings]
        told = f"  {part.name:<{width}}  {'right' if part.right else 'wrong'}  {messages[0] if messages else ''}"
        lines.append(told.rstrip())
        lines += [f"  {'':<{width}}         or: {message}" for message in messages[1:]]
    return "\n".join(lines)


def verdict_html(verdict: Verdict, points: float) -> str:
    """Return the verdict as an HTML table; all that came from a kernel is escaped."""
    return table(verdict, f"{verdict.exercise}: {score(verdict, points):g} of {points:g} points")
