"""Does a metric declare what tables, comparisons and scoring take from it?"""

from __future__ import annotations

from downbench.guard import defined_at
from downbench.pipeline.metric_set import mistakes_of_metric
from downbench.testing.check import Failed, check
from downbench.testing.metrics.at_work import MetricAtWork


@check("set these as attributes of the class; docs/results/metrics.md has the meaning of each")
def declared(metric: MetricAtWork) -> None:
    """Direction, range, needs, past, unit, version and the switches are what they must be."""
    code = type(metric.metric)
    if mistakes := mistakes_of_metric(metric.metric):
        raise Failed("; ".join(mistakes), defined_at(code))


CHECKS = (declared,)
