"""What a student writes into a text cell is shown as they meant it, and runs nothing, with either layer alone."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbconvert.filters import markdown2html as stock_html

from handgrad.notebooks.sanitize import safe_attachments, safe_text
from handgrad.reporting.formulas import mathml
from handgrad.reporting.rendering import markdown2html, safe_html

PNG = "iVBORw0KGgo="

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<script>alert(1)</script>",
    "<style>*{position:fixed}</style>",
    '<a href="javascript:alert(1)">x</a>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<form action="/x"><button class="full-credit">x</button></form>',
    '<span class="full-credit" id="Matmul" style="position:fixed">x</span>',
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "```mermaid\n</pre><img src=x onerror=alert(1)>\n```",
    "[x](javascript:alert(1))",
    "[x\\](y](javascript:alert(1))",
    "[x\ny](javascript:alert(1))",
    "[x](\njavascript:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](java\\script:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x][r]\n\n[r]: javascript:alert(1)",
    "[x\\]y][x\\]y]\n\n[x\\]y]:\n   javascript:alert(1)",
    "<javascript:alert(1)>",
    "[x](figure.html)",
    "[x](..%2f..%2f..%2fsubmitted%2feve%2fmlp_backprop%2ffigure.html)",
    "[x](/formgrader?path=/somewhere)",
    "[x](//127.0.0.1/x)",
    "[x](\u00a0https://../../x)",
    "[x](data:text/html,<script>alert(1)</script>)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](figure.svg)",
    "![x](attachment:missing.png)",
    "$\\href{javascript:alert(1)}{x}$",
    "&#36;\\h&#114;ef{figure.html}{x}&#36;",
    "$\\h<!-- -->ref{figure.html}{x}$",
    "$\\require{HTML}\\class{full-credit}{\\cssId{Matmul}{\\style{position:fixed}{x}}}\\unicode{x41}$",
]


class Found(HTMLParser):
    """Collects tags with their attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


FORMULA = set("math mfrac mi mn mo mover mrow mspace mstyle msub msup mtable mtd mtext mtr munderover".split())
PASSIVE = FORMULA | set(
    "a code dd del div dl dt em h1 img input li ol p pre span strong table tbody td th thead tr ul".split()
)


def assert_passive(page: str) -> None:
    found = Found(page)
    for tag, attributes in found.tags:
        assert tag in PASSIVE, page
        for name, value in attributes.items():
            assert not name.startswith("on"), page
            assert name not in ("id", "style", "srcdoc", "action"), page
            assert name != "class" or value in ("", "jp-Mermaid", "mermaid"), page
            if name in ("href", "src"):
                assert re.match(r"https?://|mailto:|data:image/png", value or ""), page
    assert re.findall(r"\\(href|require|class|cssId|style|unicode)\b", found.text) == [], page


@pytest.mark.parametrize("text", HOSTILE)
def test_rendering_alone_runs_nothing(text: str) -> None:
    assert_passive(safe_html(text))


@pytest.mark.parametrize("text", [text for text in HOSTILE if "&#36;" not in text])
def test_what_is_stored_runs_nothing_where_another_program_renders_it(text: str) -> None:
    assert_passive(stock_html(safe_text(text)))


ANSWER = """# Why

It is **bold**, *slanted* and ~~gone~~: $x<y$, and

$$\\frac{\\partial L}{\\partial \\mathbf{W}} = X^T \\delta$$

\\begin{align} a &< b \\\\ c &= d \\end{align}

| step | rate |
|:-----|-----:|
| `a<b` | 1 |

1. see [the book](https://example.org/a?b=1&c=2 "Book"), <https://example.org/x>, [mail](mailto:a@example.org)
2. and [this][r]

- [x] done

```python
y = x @ W
```

![scan](attachment:my%20scan%20(1).png) ![pasted](data:image/png;base64,iVBORw0KGgo=) ![far](https://example.org/far.png)

[r]: http://example.org/r
"""


def test_an_honest_answer_is_shown_as_it_was_meant() -> None:
    pictures = safe_attachments({"my scan (1).png": {"image/png": PNG}})
    page = safe_html(safe_text(ANSWER, pictures), pictures)
    found = Found(page)
    tags = [tag for tag, _ in found.tags]
    assert {"h1", "strong", "em", "del", "table", "th", "td", "ol", "ul", "input", "pre"} <= set(tags)
    links = [attributes.get("href") for tag, attributes in found.tags if tag == "a"]
    assert links == [
        "#text-Why",
        "https://example.org/a?b=1&c=2",
        "https://example.org/x",
        "mailto:a@example.org",
        "http://example.org/r",
        "https://example.org/far.png",
    ]
    assert [attributes["src"] for tag, attributes in found.tags if tag == "img"] == [f"data:image/png;base64,{PNG}"] * 2
    assert ("th", {"style": "text-align:right"}) in found.tags
    assert ("h1", {"id": "text-Why"}) in found.tags
    for formula in ("x<y", "∂L∂𝐖=XTδ", "a<b"):
        assert formula in found.text
    assert [attributes["display"] for tag, attributes in found.tags if tag == "math"] == ["inline", "block", "block"]


@pytest.mark.parametrize(
    "formula",
    [
        r"\text{<script>alert(1)</script>}",
        r"\color{red\"onload=alert(1)}{x}",
        "<img src=x onerror=alert(1)>",
        "&lt;b&gt;",
    ],
)
def test_a_formula_holds_no_tag_of_its_own(formula: str) -> None:
    assert {tag for tag, _ in Found(mathml(formula, display=True)).tags} <= FORMULA


@pytest.mark.parametrize("formula", ["{" * 1500, r"\sqrt{" * 300 + "}" * 300, "x" * 5000])
def test_a_formula_that_cannot_be_read_is_shown_as_it_was_typed(formula: str) -> None:
    assert Found(mathml(formula, display=False)).text == formula


def test_texts_that_take_long_are_shown_as_they_were_typed() -> None:
    """Each of them would take long; the short one ahead of them is rendered."""
    texts = ["**first**", *[r"\\(" * 100_000] * 3, "**last**"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text) for text in texts])
    exporter = HTMLExporter(template_name="classic")
    exporter.register_filter("markdown2html", markdown2html)
    began = time.process_time()
    page, _ = exporter.from_notebook_node(notebook)
    assert time.process_time() - began < 5
    assert "<strong>first</strong>" in page
    assert "<pre>**last**</pre>" in page


@pytest.mark.parametrize(
    "text", ["a", "[" * 50_000, "](" * 50_000, "](" + " " * 100_000, "<" * 100_000, "\\" * 100_000]
)
def test_making_a_text_safe_takes_time_in_proportion_to_it(text: str) -> None:
    assert len(safe_text(text)) <= 2 * len(text)
