"""Does a metric call the better forecast better?"""

from __future__ import annotations

from downbench.scoring.inference.paired import component_direction
from downbench.testing.check import Failed, NotApplicable, check
from downbench.testing.metrics.at_work import MetricAtWork
from downbench.testing.metrics.scenes import FORECASTS


@check("mend its direction (lower, higher, zero or none), or a sign", ["values", "declared"])
def perfect(metric: MetricAtWork) -> None:
    """No forecast is better than one that is the truth itself."""
    direction = metric.metric.direction
    if direction == "none":
        raise NotApplicable("neither high nor low values are better")
    if metric.metric.needs == "ensemble":
        raise NotApplicable("it judges an ensemble's spread, of which the truth has none")
    best = metric.values(metric.beside.statistics("perfect"))
    if not best:
        raise NotApplicable("a perfect forecast has no value")
    for forecast in FORECASTS[1:]:
        for name, value in metric.values(metric.beside.statistics(forecast)).items():
            if name not in best:
                continue
            loss = {
                "lower": lambda number: number,
                "higher": lambda number: -number,
                "zero": abs,
            }[component_direction(direction, name)]
            if loss(value) < loss(best[name]) - 1e-6 * max(1.0, abs(best[name])):
                what = f" of its component {name!r}" if name else ""
                raise Failed(
                    f"the truth itself gets {best[name]:.4g}{what}, and the forecast {forecast!r} gets "
                    f"{value:.4g}, which is better where the direction is {direction!r}",
                    metric.at_value,
                )


CHECKS = (perfect,)
