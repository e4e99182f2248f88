"""Formulas of metrics as MathML, and what is no formula as the text that it is."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from downbench_leaderboard.pages.formula import as_mathml
from downbench_metrics import downbench_metrics


def test_every_metric_has_a_formula_that_can_be_set() -> None:
    for info in downbench_metrics():
        assert as_mathml(info.formula).startswith("<math"), info.name


def test_a_fraction_is_one_and_its_latex_is_the_alternative_text() -> None:
    root = ElementTree.fromstring(as_mathml(r"r = \frac{a}{b + 1}"))
    (fraction,) = root.iter("mfrac")
    assert ["".join(part.itertext()) for part in fraction] == ["a", "b+1"]
    assert root.get("alttext") == r"r = \frac{a}{b + 1}"


@pytest.mark.parametrize(
    "latex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\text{<img src=x onerror=alert(1)>}",
        r"\href{javascript:alert(1)}{x}",
        r"\text{</math><b>x</b><math>}",
        r"\frac{",
        "",
    ],
)
def test_what_is_more_than_a_formula_or_none_is_shown_as_text(latex) -> None:
    shown = as_mathml(latex)
    assert shown.startswith("<pre>")
    assert "<" not in shown.removeprefix("<pre>").removesuffix("</pre>")
