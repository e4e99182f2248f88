"""Statistics of one region and some rows, read part by part: memory stays small however long the record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.statistic import Totals
from downbench.read_only import read_only
from downbench.scoring.statistics import Statistics

_PART_VALUES = 1 << 17  # numbers of a statistic in memory at once
Work = Callable[[NDArray[np.float64]], NDArray[Any]]


class Picked(Mapping[str, NDArray[np.float64]]):
    """Statistics of a region and some rows, read when they are asked for.

    Args:
        statistics: of a run.
        keys: name to the name it is stored under.
        rows: chosen steps (step,) and bins (bin,).
        column: index of the region.
    """

    def __init__(
        self,
        statistics: Statistics,
        keys: Mapping[str, str],
        rows: Mapping[str, NDArray[np.bool_]],
        column: int,
    ) -> None:
        self._statistics, self._keys, self._column = statistics, keys, column
        self._rows = {per: np.flatnonzero(chosen) for per, chosen in rows.items()}
        self._found: dict[tuple[str, Work], NDArray[Any]] = {}

    def parts(
        self, name: str, which: NDArray[np.int64] | None = None
    ) -> Iterator[tuple[slice, NDArray[np.float64]]]:
        """Chosen rows (``which`` of them, all by default) one after the other, a few megabytes at a time."""
        stored = self._keys[name]
        values = self._statistics.arrays[stored]
        rows, column = self._rows[self._statistics.per[stored]], self._column if values.shape[1] > 1 else 0
        rows = rows if which is None else rows[which]
        at_once = max(1, _PART_VALUES // max(int(np.prod(values.shape[2:])), 1))
        for start in range(0, max(len(rows), 1), at_once):
            part = slice(start, start + at_once)
            yield part, values[rows[part], column]
            self._statistics.release()

    def count(self, name: str) -> int:
        """Number of chosen rows."""
        return len(self._rows[self._statistics.per[self._keys[name]]])

    def each(self, name: str, work: Work) -> NDArray[Any]:
        """What ``work`` finds in each chosen row, worked out once."""
        if (name, work) not in self._found:
            parts = [work(values) for _, values in self.parts(name)]
            self._found[name, work] = read_only(np.concatenate(parts))
        return self._found[name, work]

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        return self.take(name)

    def take(self, name: str, which: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """Chosen rows in one array, made without a second copy."""
        shape = self._statistics.arrays[self._keys[name]].shape[2:]
        out = np.empty((self.count(name) if which is None else len(which), *shape))
        for part, values in self.parts(name, which):
            out[part] = values
        return out

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


class StoredTotals(Totals):
    """Totals that are added up part by part."""

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        assert isinstance(self.bins, Picked)
        return sum((values.sum(axis=0) for _, values in self.bins.parts(name)), np.zeros(()))

    def each(self, name: str, work: Work) -> NDArray[Any]:
        """As :meth:`Totals.each`, part by part."""
        assert isinstance(self.bins, Picked)
        return self.bins.each(name, work)


def drawn_rows(
    bins: Mapping[str, NDArray[np.float64]], name: str, rows: Mapping[int, NDArray[np.int64]]
) -> NDArray[np.float64]:
    """Rows of a statistic as ``rows`` draws them, by the number of rows there are."""
    if isinstance(bins, Picked):
        return bins.take(name, rows[bins.count(name)])
    values = bins[name]
    return values[rows[len(values)]]


def weighted_sums(
    bins: Mapping[str, NDArray[np.float64]], name: str, counts: Mapping[int, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Sums (resample, ...) of a statistic's rows, each as often as ``counts`` says.

    Args:
        bins: statistics, :class:`Picked` or plain arrays.
        name: which one.
        counts: number of rows to (resample, row).
    """
    if not isinstance(bins, Picked):
        values = bins[name]
        return np.tensordot(counts[len(values)], values, axes=1)
    weights = counts[bins.count(name)]
    return sum(
        (np.tensordot(weights[:, part], values, axes=1) for part, values in bins.parts(name)), np.zeros(())
    )
