"""The scoring engine: statistics of all metrics, added up chunk by chunk in one pass."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.grid import Grid
from downbench.contracts.metric import Metric
from downbench.contracts.statistic import Statistic
from downbench.dates import STANDARD
from downbench.errors import DownbenchWarning, RunFailed, UserError
from downbench.guard import defined_at, running
from downbench.scoring.chunk import TileChunk, grid_info
from downbench.scoring.layout import TimeLayout
from downbench.scoring.scratch import Scratch
from downbench.scoring.statistics import Statistics

__all__ = ["Accumulator", "Part", "Statistics"]


@dataclass(frozen=True)
class Part:
    """What some chunks added up to, without the rows that they left untouched: small enough to send.

    Args:
        steps: rows of statistics by step that were touched.
        bins: rows of statistics by time bin.
        arrays: stored name to those rows.
        per: stored name to ``"step"`` or ``"bin"``.
        keys: as in :class:`Statistics`.
        failed: metric to the reason why it has no statistics.
    """

    steps: NDArray[np.int64]
    bins: NDArray[np.int64]
    arrays: Mapping[str, NDArray[np.float64]]
    per: Mapping[str, str]
    keys: Mapping[str, Mapping[str, str]]
    failed: Mapping[str, str] = field(default_factory=dict)


class Accumulator:
    """Adds up the statistics of chunks.

    Chunks of any length may come in any order, or go to several accumulators that are merged: the statistics
    are the same to rounding. Memory depends on the number of steps and bins, not on the fields.

    Args:
        metrics: by name.
        grid: of the split.
        frames: name and times of each sequence, all that will be scored.
        members: of the ensemble.
        scratch: folder for statistics that are too large to keep in memory; None keeps all there.
    """

    def __init__(
        self,
        metrics: Mapping[str, Metric],
        grid: Grid,
        frames: Sequence[tuple[str, NDArray[np.datetime64]]],
        members: int,
        scratch: Path | None = None,
        calendar: str = STANDARD,
    ) -> None:
        self.calendar = calendar
        able = {n: m for n, m in metrics.items() if members > 1 or m.needs != "ensemble"}
        self.metrics = {n: m for n, m in able.items() if not grid.points or m.at_points()}
        self.grid, self.members = grid, members
        self.layout = TimeLayout.of(frames, grid.time_bin)
        self._arrays: dict[str, NDArray[np.float64]] = {}
        self._per: dict[str, str] = {}
        self._keys: dict[str, dict[str, str]] = {name: {} for name in metrics}
        self._failed: dict[str, str] = {}
        self._scratch = Scratch(scratch)
        self._touched: list[NDArray[np.int64]] = []

    @property
    def past(self) -> int:
        """Frames before a chunk that some metric looks at."""
        return max((metric.past for metric in self.metrics.values()), default=0)

    def add(self, chunk: TileChunk) -> None:
        """Add a chunk; each must hold frames and a tile that no other chunk held.

        A metric that fails, or whose statistics break the contract, has none from then on, and a reason.

        Raises:
            UserError: the chunk does not belong to the split, or a method's rain is missing.
        """
        if len(chunk.members) != self.members:
            raise UserError(f"a chunk has {len(chunk.members)} members where {self.members} are scored")
        steps = self.layout.steps_of(chunk.sequence, chunk.times)
        chunk.index = steps - self.layout.first_step(chunk.sequence)
        _ = chunk.fields  # refuses missing members, whichever metrics there are
        self._touched.append(steps)
        done: set[str] = set()
        self._keep({"weight": chunk.weight(), "count": chunk.count()}, steps, done, "")
        for name, metric in self.metrics.items():
            if name in self._failed:
                continue
            try:
                self._keep(statistics_of(name, metric, chunk), steps, done, name)
            except RunFailed as error:
                self._fail(name, error)
        self._scratch.release()

    def _fail(self, metric: str, error: RunFailed) -> None:
        """Give a metric up; the user is told once."""
        self._failed[metric] = error.message
        warnings.warn(f"{error}\n  its values are null", DownbenchWarning, stacklevel=3)

    def _keep(
        self, statistics: Mapping[str, Statistic], steps: NDArray[np.int64], done: set[str], metric: str
    ) -> None:
        """Add a metric's statistics of a chunk, but for those that others have added: ``done``."""
        for key, statistic in statistics.items():
            stored = statistic.name or f"{metric}/{key}"
            if metric:
                self._keys[metric][key] = stored
            if stored not in done:
                done.add(stored)
                self._add(stored, statistic, self.layout.index(statistic.per, steps), metric)

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
        total = self._room(stored, statistic.per, values.shape[1:])
        if total.shape[1:] != values.shape[1:] or self._per[stored] != statistic.per:
            raise RunFailed(f"metric {metric!r}: statistic {stored!r} changes its shape between chunks")
        total[rows] += values

    def _room(self, stored: str, per: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
        if stored not in self._arrays:
            self._arrays[stored] = self._scratch.zeros((self.layout.rows(per), *shape))
            self._per[stored] = per
        return self._arrays[stored]

    def part(self) -> Part:
        """What has been added up so far, to be sent to another process."""
        steps = np.unique(np.concatenate([np.empty(0, np.int64), *self._touched]))
        bins = self.layout.index("bin", steps)
        rows = {"step": steps, "bin": bins}
        arrays = {name: values[rows[self._per[name]]] for name, values in self._arrays.items()}
        keys = {metric: dict(own) for metric, own in self._keys.items()}
        return Part(steps, bins, arrays, dict(self._per), keys, dict(self._failed))

    def add_part(self, part: Part) -> None:
        """Add what another accumulator of the same split and metrics sent."""
        rows = {"step": part.steps, "bin": part.bins}
        for name, values in part.arrays.items():
            per = part.per[name]
            self._room(name, per, values.shape[1:])[rows[per]] += values
        for metric, keys in part.keys.items():
            self._keys[metric].update(keys)
        for metric, reason in part.failed.items():
            if metric not in self._failed:
                self._fail(metric, RunFailed(reason))
        self._touched.append(part.steps)
        self._scratch.release()

    def merge(self, other: Accumulator) -> None:
        """Add what another accumulator of the same split and metrics has seen."""
        if other.layout.names != self.layout.names or not np.array_equal(
            other.layout.times, self.layout.times
        ):
            raise UserError("statistics of different frames cannot be added")
        self.add_part(other.part())

    def statistics(self) -> Statistics:
        """What has been added up so far."""
        block = self.grid.resampling_block
        info: dict[str, Any] = grid_info(self.grid)
        if self.calendar != STANDARD:
            info["calendar"] = self.calendar
        keys = {metric: {} if metric in self._failed else own for metric, own in self._keys.items()}
        arrays = self._arrays
        if self._failed:
            info["failed"] = dict(self._failed)
            used = {"weight", "count", *(stored for own in keys.values() for stored in own.values())}
            arrays = {name: values for name, values in arrays.items() if name in used}
        return Statistics(
            arrays,
            {name: self._per[name] for name in arrays},
            keys,
            self.layout,
            tuple(self.grid.regions),
            self.members,
            info,
            None if block is None else max(1, int(block / self.grid.time_bin)),
            self._scratch.release,
        )


def statistics_of(name: str, metric: Metric, chunk: TileChunk) -> Mapping[str, Statistic]:
    """Run a metric's author's code on a chunk.

    Raises:
        RunFailed: it fails or returns something else than statistics; names its line.
    """
    with running(f"metric {name!r}", type(metric)):
        returned = metric.statistics(chunk)
        if isinstance(returned, Mapping) and all(isinstance(one, Statistic) for one in returned.values()):
            return returned
    kind = type(returned).__name__
    if isinstance(returned, Mapping):
        kind += f" of {', '.join(sorted({type(one).__name__ for one in returned.values()}))}"
    raise RunFailed(
        f"metric {name!r}: statistics() returned a {kind} ({defined_at(type(metric).statistics)})",
        'return a mapping from name to downbench.Statistic, for instance {"sum": chunk.sum(field)}',
    )
