"""The scoring engine: statistics of all metrics, added up chunk by chunk in one pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.metric import Metric, Statistic
from downbench.errors import RunFailed, UserError
from downbench.scoring.chunk import Chunk, grid_info
from downbench.scoring.grid import Grid
from downbench.scoring.layout import Layout
from downbench.scoring.statistics import Statistics

__all__ = ["Accumulator", "Statistics"]


class Accumulator:
    """Adds up the statistics of chunks.

    Chunks of any length may come in any order, or go to several accumulators that are merged: the statistics
    are the same to rounding. Memory depends on the number of steps and bins, not on the fields.

    Args:
        metrics: by name.
        grid: of the split.
        frames: name and times of each sequence, all that will be scored.
        members: of the ensemble.
    """

    def __init__(
        self,
        metrics: Mapping[str, Metric],
        grid: Grid,
        frames: Sequence[tuple[str, NDArray[np.datetime64]]],
        members: int,
    ) -> None:
        self.metrics = {n: m for n, m in metrics.items() if members > 1 or m.needs != "ensemble"}
        self.grid, self.members = grid, members
        self.layout = Layout.of(frames, grid.time_bin)
        self._arrays: dict[str, NDArray[np.float64]] = {}
        self._per: dict[str, str] = {}
        self._keys: dict[str, dict[str, str]] = {name: {} for name in metrics}

    @property
    def past(self) -> int:
        """Frames before a chunk that some metric looks at."""
        return max((metric.past for metric in self.metrics.values()), default=0)

    def add(self, chunk: Chunk) -> None:
        """Add a chunk; each must hold frames and a tile that no other chunk held.

        Raises:
            UserError: the chunk does not belong to the split, or a method's rain is missing.
            RunFailed: a metric fails, or its statistics break the contract; names it.
        """
        if len(chunk.members) != self.members:
            raise UserError(f"a chunk has {len(chunk.members)} members where {self.members} are scored")
        steps = self.layout.steps_of(chunk.sequence, chunk.times)
        _ = chunk.fields  # refuses missing members, whichever metrics there are
        standard = {"weight": chunk.weight(), "count": chunk.count()}
        done = set()
        for metric, key, statistic in [*(("", k, s) for k, s in standard.items()), *self._all(chunk)]:
            stored = statistic.name or f"{metric}/{key}"
            if metric:
                self._keys[metric][key] = stored
            if stored not in done:
                done.add(stored)
                self._add(stored, statistic, self.layout.index(statistic.per, steps), metric)

    def _all(self, chunk: Chunk) -> list[tuple[str, str, Statistic]]:
        found = []
        for name, metric in self.metrics.items():
            try:
                found += [(name, key, value) for key, value in metric.statistics(chunk).items()]
            except UserError:
                raise
            except Exception as error:
                raise RunFailed(f"metric {name!r} failed: {type(error).__name__}: {error}") from error
        return found

    def _add(self, stored: str, statistic: Statistic, rows: NDArray[np.int64], metric: str) -> None:
        values = np.asarray(statistic.values, np.float64)
        want = (len(rows), (1, len(self.grid.regions)))
        if values.ndim < 2 or values.shape[0] != want[0] or values.shape[1] not in want[1]:
            raise RunFailed(
                f"metric {metric!r}: statistic {stored!r} has the shape {values.shape}",
                f"its first axes are {want[0]} {statistic.per}s and {want[1][1]} regions (or 1)",
            )
        if not np.isfinite(values).all():
            raise RunFailed(
                f"metric {metric!r}: statistic {stored!r} is not finite",
                "leave masked cells out, as chunk.sum does; a chunk may hold no valid cell at all",
            )
        if stored not in self._arrays:
            shape = (self.layout.rows(statistic.per), *values.shape[1:])
            self._arrays[stored], self._per[stored] = np.zeros(shape), statistic.per
        total = self._arrays[stored]
        if total.shape[1:] != values.shape[1:] or self._per[stored] != statistic.per:
            raise RunFailed(f"metric {metric!r}: statistic {stored!r} changes its shape between chunks")
        total[rows] += values

    def merge(self, other: Accumulator) -> None:
        """Add what another accumulator of the same split and metrics has seen."""
        if other.layout.names != self.layout.names or not np.array_equal(
            other.layout.times, self.layout.times
        ):
            raise UserError("statistics of different frames cannot be added")
        for name, values in other._arrays.items():
            if name in self._arrays:
                self._arrays[name] += values
            else:
                self._arrays[name], self._per[name] = values.copy(), other._per[name]
        for metric, keys in other._keys.items():
            self._keys[metric].update(keys)

    def statistics(self) -> Statistics:
        """What has been added up so far."""
        block = self.grid.resampling_block
        info: dict[str, Any] = grid_info(self.grid)
        return Statistics(
            self._arrays,
            self._per,
            self._keys,
            self.layout,
            tuple(self.grid.regions),
            self.members,
            info,
            None if block is None else max(1, int(block / self.grid.time_bin)),
        )
