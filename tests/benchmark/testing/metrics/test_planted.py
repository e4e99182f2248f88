"""Mistakes that authors of metrics make, planted one by one: each is found by the check meant for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from folders import PLUGINS

from downbench.plugins.session import configure, registry
from downbench.testing.check import Report
from downbench.testing.metrics.checks import report_on_metrics

FILE = PLUGINS / "faulty" / "mistaken_metrics.py"
FOUND_BY = {
    "raises": "statistics",
    "wrongkey": "values",
    "notanumber": "values",
    "text": "values",
    "bare": "statistics",
    "upwards": "declared",
    "tworanges": "declared",
    "outofrange": "in-range",
    "higherisbetter": "perfect",
    "looksback": "additive",
    "usespast": "additive",
    "averages": "additive",
    "firstmember": "order-of-members",
    "noregions": "regions",
    "ensemblemean": "fair",
    "seesmasked": "missing",
    "draws": "repeatable",
    "writes": "statistics",
    "comesandgoes": "components",
    "noheadline": "components",
}


@pytest.fixture(scope="module")
def reports() -> Iterator[dict[str, Report]]:
    """All of them scored beside each other: one that fails costs the others nothing."""
    configure((FILE,))
    entries = {e.info.name: e for e in registry().entries("metric") if e.file is not None}
    yield {report.name: report for report in report_on_metrics(entries)}
    configure()


def test_what_is_right_is_accepted(reports: dict[str, Report]) -> None:
    assert reports["good"].ok, reports["good"].text()


@pytest.mark.parametrize(("name", "check"), FOUND_BY.items())
def test_a_mistake_is_found_by_its_check_with_place_and_remedy(
    reports: dict[str, Report], name: str, check: str
) -> None:
    failures = {failure.check: failure for failure in reports[name].failures}
    assert check in failures, reports[name].text()
    assert "mistaken_metrics.py:" in failures[check].at + failures[check].message
    assert failures[check].hint


def test_every_planted_mistake_is_listed(reports: dict[str, Report]) -> None:
    assert set(reports) == {"good", *FOUND_BY}
