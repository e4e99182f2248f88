"""What a built-in metric says of its fairness, by the simulation of ``bench check``: 1, 4 and 16 members.

A fair metric shows no trend in the number of members; the others are marked, and compared at equal numbers
only.
"""

from __future__ import annotations

import pytest
from scoring_metrics import built_in_metrics

from downbench.testing.metrics.at_work import MetricsAtWork
from downbench.testing.metrics.fairness import CLEAR, Trends, standard_errors, trends

METRICS = built_in_metrics()
FAIR = sorted(name for name, metric in METRICS.items() if metric.fair)
TRENDS = {
    *("emd", "tendency", "spells", "pattern-bias", "perkins", "reliability"),
    *("roc", "crps-reliability", "crps-resolution", "fss-ensemble", "contribution"),
}


@pytest.fixture(scope="module")
def simulated() -> Trends:
    return trends(MetricsAtWork(METRICS))


def sizes(simulated: Trends, name: str) -> dict[tuple[str, str, int], float]:
    """Trends of a metric in standard errors, by component and number of members."""
    return {key: standard_errors(rows) for key, rows in simulated.items() if key[0] == name}


@pytest.mark.parametrize("name", FAIR)
def test_a_fair_metric_shows_no_trend(simulated: Trends, name: str) -> None:
    compared = sizes(simulated, name)
    assert compared
    assert max(compared.values()) < CLEAR, compared


@pytest.mark.parametrize("name", sorted(TRENDS))
def test_what_has_a_trend_is_not_called_fair(simulated: Trends, name: str) -> None:
    assert not METRICS[name].fair
    assert max(sizes(simulated, name).values()) > CLEAR


def test_what_the_protocol_names_is_not_called_fair() -> None:
    named = {"emd", "tendency", "spells", "intensity", "pattern-bias", "perkins", "quantiles", "top"}
    assert not [name for name in named if METRICS[name].fair]
