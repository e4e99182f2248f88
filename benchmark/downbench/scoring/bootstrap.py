"""Intervals of a single run's values: moving-block bootstrap over resampling blocks, bias-corrected.

Künsch (1989, doi:10.1214/aos/1176347265) for the blocks, Efron (1987, doi:10.1080/01621459.1987.10478410)
for the correction. The resamples depend on the layout of the split alone, so they are the same for every
method. They show how much a value owes to the weather that happened to be scored, which is shared by all
methods: whether two methods differ is for paired differences to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from downbench.contracts.metric import Null, Totals
from downbench.contracts.noise import derive_seed
from downbench.scoring.statistics import Statistics

RESAMPLES = 400
LEAST_BLOCKS = 20
LEVEL = 0.95
Bounds = tuple[float | None, float | None, str]


def resample_bins(owner: NDArray[np.int64], block: int, resamples: int, seed: int) -> NDArray[np.int64]:
    """How often each time bin is drawn, (resample, bin).

    Args:
        owner: index of each bin's sequence; blocks never span two.
        block: bins in a block.
        resamples: how many.
        seed: of the draws.
    """
    bins = len(owner)
    starts = np.array([i for i in range(bins - block + 1) if owner[i] == owner[i + block - 1]])
    draws = np.random.default_rng(seed).choice(starts, (resamples, max(1, round(bins / block))))
    times = np.zeros((resamples, bins), np.int64)
    for offset in range(block):
        np.add.at(times, (np.arange(resamples)[:, None], draws + offset), 1)
    return times


def bias_corrected(value: float, drawn: NDArray[np.float64], level: float = LEVEL) -> tuple[float, float]:
    """Bias-corrected percentile interval of ``value`` from its resampled values (n,)."""
    below = (np.sum(drawn < value) + 0.5 * np.sum(drawn == value)) / len(drawn)
    shift = norm.ppf(np.clip(below, 0.5 / len(drawn), 1 - 0.5 / len(drawn)))
    tails = norm.cdf(2 * shift + norm.ppf([(1 - level) / 2, (1 + level) / 2]))
    low, high = np.quantile(drawn, tails)
    return float(low), float(high)


class _Drawn(Mapping[str, NDArray[np.float64]]):
    """Statistics as if the drawn bins were all there is; made on demand, since few metrics look at bins."""

    def __init__(self, bins: Mapping[str, NDArray], rows: Mapping[int, NDArray[np.int64]]) -> None:
        self._bins, self._rows = bins, rows

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        values = self._bins[name]
        return values[self._rows[len(values)]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._bins)

    def __len__(self) -> int:
        return len(self._bins)


class _Resample(Totals):
    """Totals of one resample, whose sums have been worked out for all resamples together."""

    sums: Mapping[str, NDArray[np.float64]]

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        return self.sums[name]


def why_no_interval(statistics: Statistics) -> str:
    """Reason why a run's values can have no interval; empty if they can."""
    if statistics.block is None:
        return "the dataset has no resampling block"
    blocks = len(statistics.layout.bin_times) // statistics.block
    if blocks < LEAST_BLOCKS:
        return f"{blocks} resampling blocks, fewer than {LEAST_BLOCKS}"
    return ""


def interval(
    statistics: Statistics, given: Totals, components: Callable[[Totals], Mapping[str, float | Null]]
) -> dict[str, Bounds]:
    """Interval of each component that has a value, over the whole time.

    Args:
        statistics: of the run, with at least 20 resampling blocks.
        given: totals of all bins.
        components: from totals to values.

    Returns:
        Component to (low, high, reason why both are None).
    """
    layout, block = statistics.layout, statistics.block or 1
    seed = derive_seed("bootstrap", len(layout.bin_times), block)
    times = resample_bins(layout.bin_owner, block, RESAMPLES, seed)
    by_rows = {len(layout.bin_times): times, len(layout.times): times[:, layout.step_bin]}
    sums = {
        name: np.tensordot(by_rows[len(values)].astype(np.float64), values, axes=1)
        for name, values in given.bins.items()
    }
    draws = []
    for i in range(RESAMPLES):
        rows = {n: np.repeat(np.arange(n), counts[i]) for n, counts in by_rows.items()}
        resample = _Resample(_Drawn(given.bins, rows), given.members, given.info)
        object.__setattr__(resample, "sums", {name: values[i] for name, values in sums.items()})
        draws.append(components(resample))
    bounds: dict[str, Bounds] = {}
    for name, value in components(given).items():
        drawn = [d for draw in draws if not isinstance(d := draw.get(name, Null("")), Null)]
        if isinstance(value, Null):
            bounds[name] = (None, None, "no value")
        elif len(drawn) < RESAMPLES * 0.95:
            bounds[name] = (None, None, f"null in {RESAMPLES - len(drawn)} of {RESAMPLES} resamples")
        else:
            bounds[name] = (*bias_corrected(value, np.array(drawn)), "")
    return bounds
