"""Moving-block bootstrap over resampling blocks (Künsch 1989, doi:10.1214/aos/1176347265): resampled values.

The resamples depend on the layout of the split alone, so they are the same for every method. What intervals
and p-values follow from their values: :mod:`~downbench.scoring.inference.intervals`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.noise import derive_seed
from downbench.contracts.statistic import Null, Totals
from downbench.scoring.inference.picked import drawn_rows, weighted_sums
from downbench.scoring.statistics import Statistics

RESAMPLES = 400
LEAST_BLOCKS = 20
_BATCH = 100  # resamples in memory at once
Components = Callable[[Totals], Mapping[str, float | Null]]
Bins = NDArray[np.bool_]


def block_starts(owner: NDArray[np.int64], block: int) -> NDArray[np.int64]:
    """First bins of all stretches of ``block`` bins with one owner."""
    return np.array([i for i in range(len(owner) - block + 1) if owner[i] == owner[i + block - 1]], np.int64)


def resample_bins(owner: NDArray[np.int64], block: int, resamples: int, seed: int) -> NDArray[np.uint16]:
    """How often each time bin is drawn, (resample, bin).

    Args:
        owner: index of each bin's sequence, bin by bin; blocks never span two.
        block: bins in a block; some sequence must be as long.
        resamples: how many.
        seed: of the draws.
    """
    bins = len(owner)
    starts = block_starts(owner, block)
    draws = np.random.default_rng(seed).choice(starts, (resamples, max(1, round(bins / block))))
    times = np.zeros((resamples, bins), np.uint16)
    for offset in range(block):
        np.add.at(times, (np.arange(resamples)[:, None], draws + offset), 1)
    return times


class _Drawn(Mapping[str, NDArray[np.float64]]):
    """Statistics as if the drawn bins were all there is; made on demand, since few metrics look at bins."""

    def __init__(
        self,
        bins: Mapping[str, NDArray],
        stored: Mapping[str, str],
        rows: Mapping[int, NDArray[np.int64]],
        kept: dict[str, NDArray[np.float64]],
    ) -> None:
        self._bins, self._stored, self._rows, self._kept = bins, stored, rows, kept

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        key = self._stored.get(name, name)
        if key not in self._kept:
            self._kept[key] = drawn_rows(self._bins, name, self._rows)
        return self._kept[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._bins)

    def __len__(self) -> int:
        return len(self._bins)


@dataclass(frozen=True)
class _Resample(Totals):
    """Totals of one resample, whose sums have been worked out for all resamples together."""

    sums: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    source: Totals | None = None
    rows: Mapping[int, NDArray[np.int64]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        return self.sums[name]

    def each(self, name: str, work: Callable[[NDArray[np.float64]], NDArray[Any]]) -> NDArray[Any]:
        """What ``work`` gives for each bin, drawn."""
        assert self.source is not None
        of_bins = self.source.each(name, work)
        return of_bins[self.rows[len(of_bins)]]


class Job(NamedTuple):
    """A metric to be resampled: totals of the bins that are drawn from, and how values follow from totals.

    ``fixed``: its values hang on the order of bins, so that all resamples are null.
    """

    totals: Totals
    components: Components
    fixed: bool = False


def _stretches(statistics: Statistics, bins: Bins | None) -> NDArray[np.int64]:
    """Number of the unbroken stretch that each chosen bin belongs to."""
    owner = statistics.layout.bin_owner
    chosen = np.arange(len(owner)) if bins is None else np.flatnonzero(bins)
    breaks = (np.diff(owner[chosen]) != 0) | (np.diff(chosen) > 1)
    return np.concatenate([[0], np.cumsum(breaks)]).astype(np.int64)[: len(chosen)]


def count_blocks(statistics: Statistics, bins: Bins | None = None) -> int | None:
    """Resampling blocks in the chosen time bins (all by default); None where the dataset has none."""
    if statistics.block is None:
        return None
    count = len(statistics.layout.bin_times) if bins is None else int(bins.sum())
    return count // statistics.block


def why_no_interval(statistics: Statistics, bins: Bins | None = None) -> str:
    """Reason why values over the chosen time bins can have no interval; empty if they can."""
    blocks = count_blocks(statistics, bins)
    if blocks is None:
        return "the dataset has no resampling block"
    if blocks < LEAST_BLOCKS:
        return f"{blocks} resampling blocks, fewer than {LEAST_BLOCKS}"
    if not len(block_starts(_stretches(statistics, bins), statistics.block or 1)):
        return "no unbroken stretch is as long as a resampling block"
    return ""


def resampled(
    statistics: Statistics, jobs: Mapping[str, Job], bins: Bins | None = None, resamples: int = RESAMPLES
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Values of metrics over the same resamples of time bins, drawn anew from names: the same for every run.

    Args:
        statistics: of the run, with no reason against intervals.
        jobs: by the metric's name, over one region and the chosen bins.
        bins: time bins to draw from, all by default.
        resamples: how many.

    Returns:
        Metric to component to values (resample,), NaN where null.
    """
    layout, block = statistics.layout, statistics.block or 1
    chosen = np.ones(len(layout.bin_times), bool) if bins is None else bins
    owner = _stretches(statistics, bins)
    times = resample_bins(owner, block, resamples, derive_seed("bootstrap", len(owner), block))
    step_bin = (np.cumsum(chosen) - 1)[layout.step_bin[chosen[layout.step_bin]]]
    values: dict[str, dict[str, NDArray[np.float64]]] = {name: {} for name in jobs}
    for name, job in jobs.items():
        if job.fixed:
            values[name] = {one: np.full(resamples, np.nan) for one in job.components(job.totals)}
    jobs = {name: job for name, job in jobs.items() if not job.fixed}
    for start in range(0, resamples, _BATCH):
        part = times[start : start + _BATCH]
        counts = {len(step_bin): part[:, step_bin], len(owner): part}
        sums = _sums(statistics, jobs, {n: count.astype(np.float64) for n, count in counts.items()})
        for i in range(len(part)):
            rows = {n: np.repeat(np.arange(n), count[i]) for n, count in counts.items()}
            kept: dict[str, NDArray[np.float64]] = {}
            for name, job in jobs.items():
                stored = statistics.keys.get(name, {})
                drawn = _Drawn(job.totals.bins, stored, rows, kept)
                own = {key: sums[stored.get(key, key)][i] for key in job.totals.bins}
                resample = _Resample(drawn, job.totals.members, job.totals.info, own, job.totals, rows)
                for component, value in job.components(resample).items():
                    column = values[name].setdefault(component, np.full(resamples, np.nan))
                    column[start + i] = np.nan if isinstance(value, Null) else value
    return values


def _sums(
    statistics: Statistics, jobs: Mapping[str, Job], counts: Mapping[int, NDArray[np.float64]]
) -> dict[str, NDArray[np.float64]]:
    """Sums over the drawn bins (resample, ...) by stored name: metrics share statistics."""
    sums: dict[str, NDArray[np.float64]] = {}
    for name, job in jobs.items():
        stored = statistics.keys.get(name, {})
        for key in job.totals.bins:
            if stored.get(key, key) not in sums:
                sums[stored.get(key, key)] = weighted_sums(job.totals.bins, key, counts)
    return sums
