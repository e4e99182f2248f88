"""Does a metric give statistics and values, or a reason, whatever it is shown?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from numbers import Real
from typing import Any

import numpy as np

from downbench.contracts.statistic import Curve, Null
from downbench.guard import running
from downbench.scoring.grid import ALL
from downbench.testing.check import Failed, NotApplicable, check
from downbench.testing.metrics.at_work import WHOLE_SEQUENCES, MetricAtWork
from downbench.testing.metrics.scenes import FORECASTS, HALF, Scene, scene

REGIONS = (ALL, HALF)
LARGEST_NAME = 60


@check(
    'return a mapping from name to downbench.Statistic: {"error": chunk.sum(field), "area": chunk.weight()}'
)
def statistics(metric: MetricAtWork) -> None:
    """`statistics` gives finite additive statistics of the right shapes, and leaves the chunk alone."""
    metric.arrays(metric.beside.statistics())


def _all_raw(metric: MetricAtWork) -> Iterator[tuple[str, Any]]:
    """What ``value`` returns of every forecast and region."""
    for forecast in FORECASTS:
        for region in REGIONS:
            yield (
                f"{forecast!r} in the region {region!r}",
                metric.raw(metric.beside.statistics(forecast), region),
            )


@check(
    'return a float, downbench.Null("why there is none"), or a mapping from component to either',
    ["statistics"],
)
def values(metric: MetricAtWork) -> None:
    """`value` gives a finite number, or a downbench.Null with its reason, and never raises."""
    for where, value in _all_raw(metric):
        many = value if isinstance(value, Mapping) else {"": value}
        if not many:
            raise Failed("value() returned an empty mapping", metric.at_value)
        for one in many.values():
            _check_number(metric, one, where)


def _check_number(metric: MetricAtWork, value: Any, where: str) -> None:
    if value is None or isinstance(value, Null):
        if isinstance(value, Null) and not str(value.reason).strip():
            raise Failed("value() returned a downbench.Null without a reason", metric.at_value)
        return
    if isinstance(value, bool) or not (
        isinstance(value, Real) or (isinstance(value, np.ndarray) and value.ndim == 0)
    ):
        raise Failed(f"value() returned a {type(value).__name__}", metric.at_value)
    if not math.isfinite(value):
        raise Failed(
            f"value() returned {value} for the forecast {where}",
            metric.at_value,
            'return downbench.Null("why") where there is nothing to divide by',
        )


@check(
    "name components by short plain words, the same ones for every input, and headline after one of them",
    ["values"],
)
def components(metric: MetricAtWork) -> None:
    """Components have plain names, the same for every input, and `headline` is one of them."""
    names: set[str] | None = None
    for where, value in _all_raw(metric):
        if value is None or isinstance(value, Null):
            continue
        now = set(value) if isinstance(value, Mapping) else {""}
        for name in now:
            if not isinstance(name, str) or not name.isprintable() or len(name) > LARGEST_NAME:
                raise Failed(f"a component is called {name!r}", metric.at_value)
        if names is not None and now != names:
            raise Failed(
                f"the components {sorted(now ^ names)} are not there for every forecast, such as {where}",
                metric.at_value,
            )
        names = now
    if metric.metric.headline and names is not None and metric.metric.headline not in names:
        raise Failed(
            f"headline is {metric.metric.headline!r}, which is none of its components {sorted(names)}",
            metric.at_value,
        )


@check(
    "say what range its values really have, range = (-math.inf, math.inf) where there is none, or mend what "
    "is off by a sign, a square or a factor",
    ["values", "declared"],
)
def in_range(metric: MetricAtWork) -> None:
    """Values lie in the range that the metric declares."""
    low, high = metric.metric.range
    slack = 1e-6 * max(1.0, *(abs(end) if math.isfinite(end) else 0.0 for end in (low, high)))
    for forecast in FORECASTS:
        for name, value in metric.values(metric.beside.statistics(forecast)).items():
            if not low - slack <= value <= high + slack:
                what = f"its component {name!r} is" if name else "it is"
                raise Failed(
                    f"{what} {value:.4g} for the forecast {forecast!r}, outside {low:g} to {high:g}",
                    metric.at_value,
                )


@check(
    "leave masked cells out, as chunk.sum does: where=np.isfinite(field) for fields of your own", ["values"]
)
def missing(metric: MetricAtWork) -> None:
    """What stands in masked cells changes nothing, and without any valid cell there is no error."""
    drawn = scene("drawn")
    garbage = {name: np.where(np.isnan(rain), np.float32(50), rain) for name, rain in drawn.members.items()}
    other = Scene(drawn.grid, drawn.truth, garbage)
    got = metric.beside.kept("garbage", lambda: metric.beside.scored(other, other.cuts(WHOLE_SEQUENCES)))
    _refuse_other(metric, got, "what stands in masked cells of the members")
    blank = Scene(drawn.grid, {name: rain * np.nan for name, rain in drawn.truth.items()}, drawn.members)
    nothing = metric.beside.kept("blank", lambda: metric.beside.scored(blank, blank.cuts(WHOLE_SEQUENCES)))
    metric.arrays(nothing)


def _refuse_other(metric: MetricAtWork, got: Any, cause: str) -> None:
    mine = metric.arrays(metric.beside.statistics())
    for key, values in metric.arrays(got).items():
        if not np.allclose(
            values, mine[key], rtol=1e-6, atol=1e-6 * max(float(np.abs(mine[key]).max(initial=0)), 1e-9)
        ):
            raise Failed(f"{cause} changes the statistic {key!r}", metric.at)


@check("work with any number of members, and declare needs = 'ensemble' where one is not enough", ["values"])
def one_member(metric: MetricAtWork) -> None:
    """One member, as of a deterministic method, gives a value or a reason."""
    alone = metric.beside.statistics("drawn", 1)
    if metric.metric.needs == "ensemble":
        raise NotApplicable("it needs an ensemble")
    value = metric.raw(alone)
    for one in (value if isinstance(value, Mapping) else {"": value}).values():
        _check_number(metric, one, "'drawn' of one member")


@check("return downbench.Curve(x, {label: values}, x_label, y_label), or None", ["values"])
def curve(metric: MetricAtWork) -> None:
    """A curve, if there is one, has series as long as its abscissa."""
    whole = metric.whole(metric.beside.statistics())
    if whole is None:
        raise NotApplicable("it has no value here")
    with running(f"metric {metric.name!r}", type(metric.metric)):
        drawn = metric.metric.curve(whole)
    if drawn is None:
        raise NotApplicable("it draws no curve")
    if not isinstance(drawn, Curve):
        raise Failed(f"curve() returned a {type(drawn).__name__}", metric.at_value)
    for label, values in drawn.series.items():
        if len(values) != len(drawn.x):
            raise Failed(
                f"the series {label!r} of its curve has {len(values)} values at {len(drawn.x)} points",
                metric.at_value,
            )


CHECKS = (statistics, values, components, in_range, missing, one_member, curve)
