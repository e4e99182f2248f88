"""Formulas: LaTeX becomes MathML, which browsers draw and screen readers speak, without a script."""

from __future__ import annotations

from xml.etree import ElementTree

from latex2mathml.converter import convert
from markupsafe import Markup, escape

_MATHML = "{http://www.w3.org/1998/Math/MathML}"
_ELEMENTS = {
    *(
        "math",
        "mrow",
        "mi",
        "mn",
        "mo",
        "mtext",
        "mspace",
        "mfrac",
        "msqrt",
        "mroot",
        "msub",
        "msup",
        "msubsup",
    ),
    *("munder", "mover", "munderover", "mtable", "mtr", "mtd", "mstyle"),
}
_ATTRIBUTES = {
    *("display", "stretchy", "fence", "form", "accent", "accentunder", "width", "height", "depth", "minsize"),
    *(
        "columnalign",
        "columnspacing",
        "rowspacing",
        "mathvariant",
        "linethickness",
        "movablelimits",
        "maxsize",
    ),
    *("separator", "lspace", "rspace"),
}


def as_mathml(latex: str) -> Markup:
    """A formula as a block of MathML, with its LaTeX as the alternative text.

    What cannot be set, and what would be more than a formula on the page (the converter takes markup and
    links as they come), is shown as the LaTeX that it is.
    """
    try:
        root = ElementTree.fromstring(convert(latex, display="block"))
    except Exception:  # of a plug-in's text, by a parser that raises many kinds
        return _as_text(latex)
    if not all(_is_formula(node) for node in root.iter()):
        return _as_text(latex)
    for node in root.iter():
        node.tag = node.tag.removeprefix(_MATHML)
    root.set("alttext", latex)
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _is_formula(node: ElementTree.Element) -> bool:
    name = node.tag.removeprefix(_MATHML)
    return node.tag.startswith(_MATHML) and name in _ELEMENTS and node.attrib.keys() <= _ATTRIBUTES


def _as_text(latex: str) -> Markup:
    return Markup("<pre>{}</pre>").format(escape(latex))
