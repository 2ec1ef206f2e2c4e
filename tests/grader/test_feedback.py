"""The summary on top of the feedback."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from nbgrader.converters import GenerateFeedback

from handgrad.reporting.feedback import FeedbackExporter, headings, told


def page(**changes: Any) -> str:
    entry = {
        "name": "Relu",
        "section": "Exercise 2: Relu",
        "anchor": "Exercise-2:-Relu",
        "score": 2.0,
        "points": 4.0,
        "state": "lost",
        "overruled": False,
        "found": [],
        "comments": [],
    }
    where = {"notebook": "a", "score": 2.0, "max_score": 4.0, "late_penalty": 0}
    resources = {"nbgrader": where, "handgrad_summary": [{**entry, **changes}]}
    exporter = FeedbackExporter(config=GenerateFeedback().config)
    text, _ = exporter.from_notebook_node(nbformat.v4.new_notebook(), resources=resources)
    assert 'name="viewport"' in text.partition("</head>")[0]
    return str(text)


def test_nothing_in_it_becomes_html() -> None:
    text = page(
        section="<img src=x>", anchor='"><img src=x>', name='"><img src=x>', found=["`<img src=x>`: <img src=x>"]
    )
    assert "<img" not in text
    assert "<code>&lt;img src=x&gt;</code>: &lt;img src=x&gt;" in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "waits", "score": 0.0}, "not read yet, 4 points"),
        ({"state": "waits", "score": 0.0}, "4 of these points are for answers that nobody has read yet."),
        ({"overruled": True}, "A person set this score"),
        ({"comments": ["Relu_solution"]}, 'href="#comment-Relu_solution"'),
        ({"state": "full", "score": 4.0}, "✓ 4 of 4 points"),
        ({"score": 1.23456}, "✗ 1.23 of 4 points"),
    ],
)
def test_each_state_has_its_words(changes: dict[str, Any], said: str) -> None:
    assert said in page(**changes)


def test_headings_are_those_of_the_page() -> None:
    assert headings("text\n\n## Exercise 1: `a` & b\n\n### More") == [
        (2, "Exercise-1:-a-&-b", "Exercise 1: a & b"),
        (3, "More", "More"),
    ]
    assert headings("no heading") == []


def test_one_sentence_for_all_parts_of_which_it_is_true() -> None:
    parts = [
        {"name": "W", "right": False, "findings": [["n", "1/N is missing."], ["f", "7 times too large."]]},
        {"name": "b", "right": False, "findings": [["n", "1/N is missing."]]},
        {"name": "x", "right": True, "findings": []},
        {"name": "y", "right": False, "findings": []},
    ]
    assert told({"reason": None, "parts": parts}) == [
        "`W`, `b`: 1/N is missing.",
        "`y`: wrong, and it looks like no mistake that is known.",
    ]
    assert told({"reason": ["timeout", "it took too long."], "parts": []}) == ["it took too long."]
