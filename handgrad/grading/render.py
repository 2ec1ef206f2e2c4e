"""A verdict as a student and an instructor read it: HTML, plain text, and data for the report."""

from __future__ import annotations

from typing import Any

from handgrad.judge import UNCHANGED, Verdict
from handgrad.render import table

VERDICT_MIME = "application/vnd.handgrad.verdict+json"


def score(verdict: Verdict, points: float) -> float:
    """Return the points earned."""
    return round(points * verdict.share, 4)


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
