"""A verdict as a student and an instructor read it: HTML, plain text, and data for the report."""

from __future__ import annotations

from html import escape
from typing import Any

from handgrad.judge import UNCHANGED, Verdict

VERDICT_MIME = "application/vnd.handgrad.verdict+json"


def score(verdict: Verdict, points: float) -> float:
    """Return the points earned."""
    return round(points * verdict.share, 4)


def _rows(verdict: Verdict) -> list[tuple[str, bool, list[str]]]:
    rows = []
    for part in verdict.parts:
        if part.name == UNCHANGED and part.right:
            continue
        rows.append((part.name, part.right, [finding.message for finding in part.findings]))
    return rows


def verdict_text(verdict: Verdict, points: float) -> str:
    """Return the verdict as plain text, a line for each part."""
    lines = [f"{verdict.exercise}: {score(verdict, points):g} of {points:g} points"]
    if verdict.reason:
        lines.append(f"  {verdict.reason.message}")
        return "\n".join(lines)
    rows = _rows(verdict)
    width = max((len(name) for name, _, _ in rows), default=0)
    for name, right, messages in rows:
        lines.append(f"  {name:<{width}}  {'right' if right else 'wrong'}  {messages[0] if messages else ''}".rstrip())
        lines += [f"  {'':<{width}}         or: {message}" for message in messages[1:]]
    return "\n".join(lines)


def verdict_html(verdict: Verdict, points: float) -> str:
    """Return the verdict as an HTML table; all that came from a kernel is escaped."""
    head = f"<p><strong>{escape(verdict.exercise)}</strong>: {score(verdict, points):g} of {points:g} points</p>"
    if verdict.reason:
        return f"{head}<p>{escape(verdict.reason.message)}</p>"
    body = []
    for name, right, messages in _rows(verdict):
        mark, word, colour = ("✓", "right", "#1b6e3c") if right else ("✗", "wrong", "#a3341f")
        text = "<br>or: ".join(escape(message) for message in messages)
        body.append(
            f'<tr><th scope="row" style="text-align:left;padding:2px 8px"><code>{escape(name)}</code></th>'
            f'<td style="color:{colour};white-space:nowrap;text-align:left;padding:2px 8px">{mark} {word}</td>'
            f'<td style="text-align:left;padding:2px 8px">{text}</td></tr>'
        )
    return (
        f"{head}<table><thead><tr><th>part</th><th>verdict</th><th>what the mistake looks like</th></tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table>"
    )


def verdict_data(verdict: Verdict, points: float) -> dict[str, Any]:
    """Return the verdict as JSON, for reports."""
    return {
        "exercise": verdict.exercise,
        "score": score(verdict, points),
        "max": points,
        "attempted": verdict.attempted,
        "reason": None if verdict.reason is None else [verdict.reason.name, verdict.reason.message],
        "diagnoses": list(dict.fromkeys(finding.name for finding in verdict.findings if finding.known)),
        "parts": [
            {
                "name": part.name,
                "right": part.right,
                "findings": [[finding.name, finding.message] for finding in part.findings],
            }
            for part in verdict.parts
        ],
    }
