"""Formulas as MathML, which browsers show, and screen readers read, without a script and without a connection."""

from __future__ import annotations

import re
from html import escape, unescape
from xml.etree import ElementTree

from latex2mathml.converter import convert_to_element

_TAGS = frozenset(
    "math menclose mfrac mi mn mo mover mpadded mphantom mroot mrow ms mspace msqrt mstyle".split()
    + "msub msubsup msup mtable mtd mtext mtr munder munderover".split()
)
_ATTRIBUTES = frozenset(
    "accent accentunder columnalign display displaystyle fence form largeop linethickness lspace mathvariant maxsize "
    "minsize movablelimits notation rowspacing rspace scriptlevel separator stretchy symmetric xmlns".split()
)
_WIDTH = re.compile(r"[0-9.]{1,5}em")
LONGEST = 2000
"""Characters of a formula; a longer one is shown as it was typed."""


def mathml(formula: str, *, display: bool) -> str:
    """Return a formula of TeX as MathML; one that cannot be read comes back as it was typed.

    Parameters
    ----------
    formula
        What stands between the dollar signs.
    display
        Whether it has a line of its own.
    """
    try:
        if len(formula) > LONGEST:
            raise ValueError("too long")
        math = convert_to_element(formula, display="block" if display else "inline")
    except Exception:  # a stranger's formula may break the reader of formulas in any way
        return f"<code>{escape(formula)}</code>"
    for element in math.iter():
        if element.tag not in _TAGS:
            element.tag = "mrow"
        element.attrib = {name: value for name, value in element.attrib.items() if _is_kept(name, value)}
        # symbols come as entities of HTML, which would be escaped twice
        element.text = unescape(element.text) if element.text else element.text
    return ElementTree.tostring(math, encoding="unicode")


def _is_kept(name: str, value: str) -> bool:
    """Return whether an attribute says how a formula is set, and no more; a space must not push the page apart."""
    return bool(_WIDTH.fullmatch(value)) if name == "width" else name in _ATTRIBUTES
