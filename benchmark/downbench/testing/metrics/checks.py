"""All checks of metrics, in order, and how they are carried out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from downbench.contracts.metric import Metric
from downbench.errors import UserError
from downbench.guard import defined_at, running
from downbench.pipeline.metric_set import make_metric
from downbench.plugins.registry import Registration
from downbench.remedies import lacking
from downbench.testing.check import Check, Report, carry_out
from downbench.testing.metrics import adding_up, declared, fairness, judging, said
from downbench.testing.metrics.at_work import MetricAtWork, MetricsAtWork

METRIC_CHECKS: tuple[Check[MetricAtWork], ...] = (
    *declared.CHECKS,
    *said.CHECKS,
    *adding_up.CHECKS,
    *judging.CHECKS,
    *fairness.CHECKS,
)


def report_on_metrics(entries: Mapping[str, Registration]) -> list[Report]:
    """Check registered metrics, all on the same scenes.

    Args:
        entries: name to registration.

    Raises:
        UserError: one of them is no metric.
    """
    return reports(MetricsAtWork({name: loaded(entry) for name, entry in entries.items()}))


def loaded(entry: Registration) -> Metric:
    """A metric as it is, with whatever is wrong with its declaration."""
    try:
        return make_metric(entry)
    except UserError:
        code = entry.load()
        if not (isinstance(code, type) and issubclass(code, Metric)) or lacking(code):
            raise
        with running(f"metric {entry.info.name!r}", code, UserError):
            metric: Metric = code()
        return metric


def reports(beside: MetricsAtWork, checks: Iterable[Check[MetricAtWork]] = METRIC_CHECKS) -> list[Report]:
    """Check metrics, all on the same scenes."""
    return [
        Report(
            "metric",
            name,
            defined_at(type(metric)),
            carry_out(checks, MetricAtWork(name, beside), defined_at(type(metric))),
        )
        for name, metric in beside.metrics.items()
    ]
