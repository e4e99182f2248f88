"""Every built-in metric passes all checks of metrics; that of fairness stands in ``test_fairness``."""

from __future__ import annotations

import pytest
from scoring_metrics import built_in_metrics

from downbench.testing.check import Report
from downbench.testing.metrics.at_work import MetricsAtWork
from downbench.testing.metrics.checks import METRIC_CHECKS, reports
from downbench.testing.metrics.fairness import fair

METRICS = built_in_metrics()


@pytest.fixture(scope="module")
def checked() -> dict[str, Report]:
    checks = [check for check in METRIC_CHECKS if check is not fair]
    return {report.name: report for report in reports(MetricsAtWork(METRICS), checks)}


@pytest.mark.parametrize("name", METRICS)
def test_it_passes_every_check(checked: dict[str, Report], name: str) -> None:
    assert checked[name].ok, checked[name].text()
    applied = {result.check for result in checked[name].results if result.status == "ok"}
    assert {"values", "in-range", "additive", "past", "order-of-members", "missing"} <= applied
