"""How a chunk works out the fields and the statistics that metrics ask it for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.chunk import Chunk, Lag, T, Which
from downbench.contracts.grid import Grid
from downbench.contracts.statistic import Statistic
from downbench.errors import UserError
from downbench.read_only import read_only
from downbench.scoring.kernels.ensemble import EnsembleFields, ensemble_fields
from downbench.scoring.kernels.histogram import fill_histogram
from downbench.scoring.kernels.ranks import rank_histogram
from downbench.scoring.kernels.spectrum import wavenumbers, window_spectrum
from downbench.scoring.kernels.sums import zone_pair_sums, zone_sums
from downbench.scoring.layout import bin_starts


def grid_info(grid: Grid) -> dict[str, Any]:
    """Return ``Chunk.info`` of a grid; ready for JSON but for the arrays."""
    size = grid.window_size
    return {
        "factor": grid.factor,
        "time_factor": grid.time_factor,
        "step_hours": float(grid.step / np.timedelta64(1, "s")) / 3600,
        "window_size": size,
        "wavenumber": None if size is None else read_only(wavenumbers(size)),
        **({"points": True} if grid.points else {}),
    }


class TileChunk(Chunk):
    """The chunk that scoring reads and metrics are given.

    ``index`` is right once the accumulator has set it.

    Args:
        truth: (time, y, x) float32 in mm/h; NaN where nothing is scored.
        members: (member, time, y, x) float32 in mm/h; whatever stands where truth is NaN is left out.
        times: (time,) datetime64 of the frames.
        sequence: name of the sequence that the frames belong to.
        tile: index of the tile.
        grid: of the split.
        past_truth: (k, y, x), the k frames right before; fewer or none at the start of a sequence.
        past_members: (member, k, y, x), the same frames.
        coarse: (time, Y, X), the coarse precipitation [mm/h] that the method was given.
        joined: truth and members with the past before them, where they are at hand in one piece.

    Raises:
        UserError: shapes do not fit together, or members are missing where there is truth.
    """

    def __init__(
        self,
        truth: NDArray[np.float32],
        members: NDArray[np.float32],
        times: NDArray[np.datetime64],
        sequence: str,
        tile: int,
        grid: Grid,
        past_truth: NDArray[np.float32] | None = None,
        past_members: NDArray[np.float32] | None = None,
        coarse: NDArray[np.float32] | None = None,
        joined: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None,
    ) -> None:
        self.truth = read_only(np.ascontiguousarray(truth, np.float32))
        self.members = read_only(np.ascontiguousarray(members, np.float32))
        self.times = read_only(np.asarray(times, "datetime64[s]"))
        self.coarse = None if coarse is None else read_only(coarse)
        self.sequence, self.tile, self.grid = sequence, tile, grid
        shape = (len(self.times), *grid.area.shape[1:])
        if self.truth.shape != shape or self.members.shape[1:] != shape or not len(self.members):
            raise UserError(
                f"tile {tile} of {sequence!r}: truth {self.truth.shape} and members {self.members.shape} "
                f"do not fit the grid and times {shape}"
            )
        self.past_truth = self._past(past_truth)
        self.past_members = self._past(past_members, len(self.members))
        if self.past_truth.shape != self.past_members.shape[1:]:
            raise UserError(f"tile {tile} of {sequence!r}: past of truth and of members differ in shape")
        self._joined = joined and (np.ascontiguousarray(joined[0]), np.ascontiguousarray(joined[1]))
        self.mask: NDArray[np.bool_] = read_only(np.isfinite(self.truth))
        self.index: NDArray[np.int64] = np.arange(len(self.times))
        self.info: Mapping[str, Any] = grid_info(grid)
        self._kept: dict[object, Any] = {}

    def _past(self, frames: NDArray[np.float32] | None, *lead: int) -> NDArray[np.float32]:
        if frames is None:
            return np.empty((*lead, 0, *self.truth.shape[1:]), np.float32)
        return read_only(np.ascontiguousarray(frames, np.float32))

    # Fields: worked out at most once, from one pass over the members

    @cached_property
    def fields(self) -> EnsembleFields:
        """CRPS, mean, variance and rank, each (time, y, x); NaN where masked."""
        fields = ensemble_fields(self.truth, self.members)
        missing = self.mask & ~np.isfinite(fields.crps)
        if missing.any():
            frame, y, x = (int(i) for i in np.argwhere(missing)[0])
            raise UserError(
                f"tile {self.tile} of {self.sequence!r}: a member is missing or infinite in "
                f"{int(missing.sum())} scored cells, first at {self.times[frame]}, y = {y}, x = {x}",
                "a method gives rain wherever there is truth, else its score would not be comparable",
            )
        return EnsembleFields(*(read_only(field) for field in fields))  # type: ignore[arg-type]

    @property
    def crps(self) -> NDArray[np.float32]:
        """Fair CRPS [mm/h] (time, y, x); the absolute error for one member."""
        return self.fields.crps

    @property
    def mean(self) -> NDArray[np.float32]:
        """Ensemble mean [mm/h] (time, y, x)."""
        return self.fields.mean

    @property
    def variance(self) -> NDArray[np.float32]:
        """Unbiased ensemble variance [(mm/h)2] (time, y, x); zero for one member."""
        return self.fields.variance

    @property
    def rank(self) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
        """How many members lie below the truth, and how many are equal to it, each (time, y, x)."""
        return self.fields.below, self.fields.equal

    @cached_property
    def bins(self) -> NDArray[np.datetime64]:
        """Start of each frame's time bin, (time,)."""
        return read_only(bin_starts(self.times, self.grid.time_bin))

    # Standard statistics

    def sum(self, field: NDArray, name: str = "", where: NDArray[np.bool_] | None = None) -> Statistic:
        """Area-weighted sum over valid cells (time, region, ...)."""
        return self._keep(("sum", name) if name else None, lambda: self._sum(field, name, where))

    def _sum(self, field: NDArray, name: str, where: NDArray[np.bool_] | None) -> Statistic:
        use = self.mask if where is None else self.mask & where
        zones, area = self.grid.zones(self.tile), self.grid.area[self.tile]
        lead = field.shape[:-3]
        sums = [zone_sums(part, use, area, zones) for part in field.reshape(-1, *field.shape[-3:])]
        values = np.stack(sums, axis=-1).reshape(*sums[0].shape, *lead)
        return Statistic(values, "step", name)

    def weight(self) -> Statistic:
        """Area [m2, or cells] of valid cells, per step (time, region)."""
        return self._keep("weight", lambda: self._sum(np.ones_like(self.mask), "weight", None))

    def count(self) -> Statistic:
        """Number of valid cells, per step (time, region)."""

        def work() -> Statistic:
            ones = np.ones(self.truth.shape[1:])
            return Statistic(
                zone_sums(self.mask, self.mask, ones, self.grid.zones(self.tile)), "step", "count"
            )

        return self._keep("count", work)

    def histogram(self, which: Which | NDArray[np.float32], name: str = "") -> Statistic:
        """Bit histogram (bin, region, 3, nbins), see :mod:`downbench.scoring.kernels.histogram`."""
        return self._by_name("histogram", which, name, self._histogram)

    def spectrum(self, which: Which | NDArray[np.float32], name: str = "") -> Statistic:
        """Radial spectrum (bin, 1, member, 2, k), see :mod:`downbench.scoring.kernels.spectrum`."""
        return self._by_name("spectrum", which, name, self._spectrum)

    def ranks(self) -> Statistic:
        """Rank histogram per step (time, region, m + 1); ties spread evenly over the tied ranks."""

        def work() -> Statistic:
            zones, area = self.grid.zones(self.tile), self.grid.area[self.tile]
            values = rank_histogram(*self.rank, self.mask, area, zones, len(self.members))
            return Statistic(values, "step", "ranks")

        return self._keep("ranks", work)

    def pairs(self, which: Which, lag: Lag) -> Statistic:
        """Sums over pairs of cells (time, region, member, 6)."""
        name = f"pairs.{which}.{lag[0]}.{lag[1]}.{lag[2]}"
        return self._keep(name, lambda: self._pairs(which, lag, name))

    def with_past(self, frames: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Truth (frames + time, y, x) and members with so many frames before, NaN where there are none."""

        def extend(past: NDArray[np.float32], now: NDArray[np.float32]) -> NDArray[np.float32]:
            past = past[..., max(past.shape[-3] - frames, 0) :, :, :]
            lack = (*now.shape[:-3], frames - past.shape[-3], *now.shape[-2:])
            return np.concatenate([np.full(lack, np.nan, np.float32), past, now], axis=-3)

        if (joined := self._joined) is not None and len(self.past_truth) == frames:
            return self.shared(("with_past", frames), lambda: joined)  # large: not copied once more
        return self.shared(
            ("with_past", frames),
            lambda: (extend(self.past_truth, self.truth), extend(self.past_members, self.members)),
        )

    def shared(self, key: object, work: Callable[[], T]) -> T:
        """Return what ``work`` gives, worked out once for all metrics that ask under the same key."""
        if key not in self._kept:
            self._kept[key] = _shared(work())
        return self._kept[key]

    def _keep(self, key: object, work: Callable[[], Statistic]) -> Statistic:
        return work() if key is None else self.shared(key, work)

    def _ensemble(self, which: Which) -> NDArray[np.float32]:
        return self.truth[None] if which == "truth" else self.members

    def _by_name(
        self,
        kind: str,
        which: Which | NDArray[np.float32],
        name: str,
        work: Callable[[NDArray[np.float32], str], Statistic],
    ) -> Statistic:
        if isinstance(which, str):
            name = f"{kind}.{which}"
            return self._keep(name, lambda: work(self._ensemble(which), name))
        return self._keep((kind, name) if name else None, lambda: work(which, name))

    def _histogram(self, field: NDArray[np.float32], name: str) -> Statistic:
        starts, slot = np.unique(self.bins, return_inverse=True)
        zones, area = self.grid.zones(self.tile), self.grid.area[self.tile]
        values = fill_histogram(field, self.mask, area, zones, slot.astype(np.int64), len(starts))
        return Statistic(values, "bin", name)

    def _spectrum(self, field: NDArray[np.float32], name: str) -> Statistic:
        starts, slot = np.unique(self.bins, return_inverse=True)
        size, corners = self.grid.window_size or 0, self.grid.windows.get(self.tile, ())
        out = np.zeros((len(starts), 1, len(field), 2, size // 2))
        if corners:
            for i in range(len(starts)):
                for j, member in enumerate(field):
                    out[i, 0, j] = window_spectrum(member[slot == i], self.mask[slot == i], corners, size)
        return Statistic(out, "bin", name)

    def _pairs(self, which: Which, lag: Lag, name: str) -> Statistic:
        frames = self._ensemble(which)
        past = self.past_truth[None] if which == "truth" else self.past_members
        valid_past = np.isfinite(self.past_truth)
        steps, rows, columns = lag
        zones, area = self.grid.zones(self.tile), self.grid.area[self.tile]
        count, ny, nx = self.mask.shape
        out = np.zeros((count, len(self.grid.regions), len(frames), 6))
        at_hand, first = min(steps, past.shape[1]), min(steps, count)
        from_past = steps - at_hand, first, past, valid_past, past.shape[1] - at_hand
        for begin, end, old, valid, start in (from_past, (first, count, frames, self.mask, 0)):
            if end <= begin or rows >= ny or columns >= nx:
                continue
            use = np.zeros((end - begin, ny, nx), bool)
            earlier = valid[start : start + end - begin, : ny - rows, : nx - columns]
            use[:, rows:, columns:] = self.mask[begin:end, rows:, columns:] & earlier
            out[begin:end] = zone_pair_sums(old, frames, start, begin, use, (rows, columns), area, zones)
        return Statistic(out, "step", name)


def _shared(value: Any) -> Any:
    """The same value with arrays that no metric can write to, since others get them too."""
    if isinstance(value, np.ndarray):
        return read_only(value)
    if isinstance(value, Statistic):
        return replace(value, values=read_only(np.asarray(value.values)))
    if type(value) in (tuple, list):
        return type(value)(_shared(one) for one in value)
    return value
