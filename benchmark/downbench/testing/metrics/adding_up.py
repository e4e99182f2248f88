"""Do a metric's statistics add up, whatever the chunks, and look at nothing that they should not?"""

from __future__ import annotations

import numpy as np

from downbench.scoring.engine import Statistics
from downbench.scoring.grid import ALL
from downbench.testing.check import Failed, NotApplicable, check
from downbench.testing.metrics.at_work import WHOLE_SEQUENCES, MetricAtWork
from downbench.testing.metrics.scenes import WHOLE, Scene, scene

MORE_PAST = 3  # frames that a chunk has before it besides those that a metric asks for
_SUMS = "return sums that can be added up, never means, ratios or largest values; divide in value()"


def _differing(metric: MetricAtWork, one: Statistics, other: Statistics) -> str:
    """The first statistic that differs by more than rounding; empty where none does."""
    a, b = metric.arrays(one), metric.arrays(other)
    if a.keys() != b.keys():
        return str(min(a.keys() ^ b.keys()))
    for key, values in a.items():
        scale = float(np.abs(values).max(initial=0.0))
        if values.shape != b[key].shape or not np.allclose(values, b[key], rtol=1e-6, atol=1e-6 * scale):
            return key
    return ""


@check(_SUMS + "; a look at the frame before needs chunk.with_past(1) and past = 1", ["statistics"])
def additive(metric: MetricAtWork) -> None:
    """Chunks of any length, in any order, give the same statistics and values."""
    whole = metric.beside.statistics()
    for length, backwards in ((1, False), (4, True)):
        cut = metric.beside.cut(length, backwards)
        if key := _differing(metric, cut, whole):
            raise Failed(
                f"the statistic {key!r} is another in chunks of {length} frames than in one chunk", metric.at
            )
        one, other = metric.values(cut), metric.values(whole)
        scale = max(map(abs, other.values()), default=0.0)
        if one.keys() != other.keys() or any(
            abs(one[name] - other[name]) > 1e-5 * scale + 1e-9 for name in one
        ):
            raise Failed(f"values are others in chunks of {length} frames than in one chunk", metric.at_value)


@check(
    "declare the number of frames that it looks back, past = 1, and get them by chunk.with_past(1)",
    ["statistics", "additive"],
)
def past(metric: MetricAtWork) -> None:
    """Frames before a chunk change nothing beyond the number that `past` declares."""
    declared = metric.metric.past
    drawn = scene("drawn")
    cuts = drawn.cuts(4)
    if declared == 0:
        other = metric.beside.kept(
            "other past", lambda: metric.beside.scored(drawn, cuts, MORE_PAST, other_past=True)
        )
        if key := _differing(metric, other, metric.beside.statistics()):
            raise Failed(
                f"the statistic {key!r} changes with the frames before a chunk, and past is 0", metric.at
            )
        return
    exact = metric.beside.kept(("past", declared), lambda: metric.beside.scored(drawn, cuts, declared))
    if key := _differing(metric, exact, metric.beside.statistics()):
        raise Failed(
            f"the statistic {key!r} needs more frames before a chunk than the {declared} of its past",
            metric.at,
        )


@check("use chunk.sum and its kin, which split by region, or say regional = False", ["statistics"])
def regions(metric: MetricAtWork) -> None:
    """A region of all cells has the value of the whole domain."""
    if not metric.metric.regional:
        raise NotApplicable("it is defined for whole tiles only")
    drawn = metric.beside.statistics()
    wetter = metric.arrays(metric.beside.statistics("twice"))
    for key, values in metric.arrays(drawn).items():
        if values.shape[1] == 1 and not np.array_equal(values, wetter[key]):  # it depends on the rain
            raise Failed(f"the statistic {key!r} is not split by region, and regional is True", metric.at)
    one, other = metric.values(drawn, ALL), metric.values(drawn, WHOLE)
    if one.keys() != other.keys() or any(not np.isclose(one[name], other[name], rtol=1e-6) for name in one):
        raise Failed(f"it is {one} over the whole domain, and {other} in a region of all cells", metric.at)


@check("treat all members alike; a metric of single members takes the mean over them", ["statistics"])
def order_of_members(metric: MetricAtWork) -> None:
    """The order of the members changes no value."""
    drawn = scene("drawn")
    turned = Scene(drawn.grid, drawn.truth, {name: rain[::-1] for name, rain in drawn.members.items()})
    got = metric.beside.kept("turned", lambda: metric.beside.scored(turned, turned.cuts(WHOLE_SEQUENCES)))
    one, other = metric.values(got), metric.values(metric.beside.statistics())
    if one.keys() != other.keys() or any(
        not np.isclose(one[name], other[name], rtol=1e-5, atol=1e-9) for name in one
    ):
        raise Failed(f"with the members in another order it is {one}, not {other}", metric.at)


@check("a metric draws no random numbers, or from a generator that it seeds itself", ["statistics"])
def repeatable(metric: MetricAtWork) -> None:
    """The same scored again gives the same statistics and value."""
    drawn = scene("drawn")
    again = metric.beside.kept("again", lambda: metric.beside.scored(drawn, drawn.cuts(WHOLE_SEQUENCES)))
    if key := _differing(metric, again, metric.beside.statistics()):
        raise Failed(f"the statistic {key!r} is another when the same is scored again", metric.at)
    if metric.values(again) != metric.values(metric.beside.statistics()):
        raise Failed("the value is another when the same is scored again", metric.at_value)


CHECKS = (additive, past, regions, order_of_members, repeatable)
