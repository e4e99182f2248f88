"""Quantile delta mapping of interpolated coarse rain, tile by tile.

Cannon, Sobie and Murdock 2015 (doi:10.1175/JCLI-D-14-00754.1), eqs. 3-6, multiplicative form: a value of rank
p in the record that is downscaled becomes the true fine rate of rank p in training, times the change of that
quantile from the training input to the record. ``quantile-mapping`` takes the training input's ranks for all
times; here a wetter climate stays wetter by as much at every quantile. Ranks come from the whole record, so
this is a method for records, not for forecasts. Our own for the reason said in ``quantile_mapping``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import FieldSequence, FitContext, SampleContext, UserError, parameter, upsample
from downbench_methods.base.sampling import FinishingConfig, Part, Tile, TileMethod
from downbench_methods.fields.at_once import frames_at_once
from downbench_methods.statistical.location import TrainingGrid
from downbench_methods.statistical.quantile_mapping import (
    BINS,
    Counts,
    cell_weights,
    rate_histogram,
    transfer,
)

FRAMES_AT_ONCE = 64
MOST_CHANGE = 10.0  # of a quantile from training to the record: what is more comes of few values


class QDMConfig(FinishingConfig):
    """Parameters of ``quantile-delta-mapping``."""

    trace: float = parameter(0.05, "A quantile below it in training has no relative change.", "mm/h", gt=0)
    conserve: bool = parameter(
        True, "Whether fields are scaled to give the coarse rain back, block by block."
    )


def delta_transfer(
    record: Counts, base: Counts, fine: Counts, trace: float
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The mapping from rates of a record to fine rates, as nodes for linear interpolation.

    Args:
        record: histogram of the interpolated rates that are downscaled.
        base: the same of training.
        fine: of the true fine rates of training.
        trace: mm/h.
    """
    nodes, then = transfer(record, base)
    _, true = transfer(record, fine)
    change = np.where(then >= trace, nodes / np.maximum(then, trace), 1.0)
    change = np.clip(change, 1 / MOST_CHANGE, MOST_CHANGE)
    return nodes, true * change


class QuantileDeltaMapping(TileMethod[QDMConfig]):
    """Bilinear interpolation, then quantiles of the training truth times their change."""

    Config = QDMConfig
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        **{name: {} for name in ("smoke", "tiny", "small")},
        "paper": {"conserve": False},
    }
    sampling_parameters = frozenset({"trace", "conserve"})
    grid: TrainingGrid
    base: Counts  # (tile, bin)
    fine: Counts

    def fit(
        self, train: tuple[FieldSequence, ...], validation: tuple[FieldSequence, ...], context: FitContext
    ) -> None:
        """Count interpolated and true rates of each tile.

        Raises:
            UserError: no valid cell.
        """
        self.grid = TrainingGrid.of(train)
        tiles = len(self.grid.tiles)
        self.base, self.fine = np.zeros((tiles, BINS)), np.zeros((tiles, BINS))
        total, done = sum(len(sequence.times) for sequence in train), 0
        for sequence in train:
            weight = cell_weights(sequence.static)
            together = frames_at_once(sequence.fine, FRAMES_AT_ONCE)
            for start in range(0, len(sequence.times), together):
                part = slice(start, start + together)
                shifted = slice(start + sequence.warmup, start + together + sequence.warmup)
                truth = sequence.fine.isel(time=part).to_numpy()
                rain = sequence.coarse["precipitation"].isel(time=shifted).to_numpy()
                smooth = upsample(rain, context.factor)
                both = np.isfinite(truth) & np.isfinite(smooth)
                for tile in range(tiles):
                    inside = None if weight is None else weight[tile]
                    valid = both[:, tile]
                    self.base[tile] += rate_histogram(np.where(valid, smooth[:, tile], np.nan), inside)
                    self.fine[tile] += rate_histogram(np.where(valid, truth[:, tile], np.nan), inside)
                done += len(truth)
                context.progress(done, total, "")
        if not self.fine.sum():
            raise UserError("quantile-delta-mapping: no valid cell in the training split")

    def members(self, wanted: int) -> int:
        """One."""
        return 1

    def parts(self, tile: Tile, members: int, context: SampleContext) -> Iterator[Part]:
        """Map the whole record; a tile outside the training grid gets the climate of all of its tiles."""
        rain = tile.rain
        starts = range(0, len(rain), FRAMES_AT_ONCE)
        stretches = (upsample(rain[start : start + FRAMES_AT_ONCE], context.factor) for start in starts)
        weight = cell_weights(tile.static)
        record = np.sum([rate_histogram(stretch, weight) for stretch in stretches], 0)
        if not record.any():  # every cell is missing
            record[0] = 1
        base, fine = self._climate(tile.static, context.tile, (rain.shape[1], rain.shape[2]), context.factor)
        nodes, mapped = delta_transfer(record, base, fine, self.config.trace)
        for start in range(context.start, len(rain), FRAMES_AT_ONCE):
            frames = range(start, min(start + FRAMES_AT_ONCE, len(rain)))
            smooth = upsample(rain[frames], context.factor)
            yield frames, np.interp(smooth, nodes, mapped).astype(np.float32)[None]

    def _climate(
        self, static: xr.Dataset, tile: int, size: tuple[int, int], factor: int
    ) -> tuple[Counts, Counts]:
        location = self.grid.find(static, tile, (size[0] * factor, size[1] * factor))
        which = slice(None) if location is None else slice(location.tile, location.tile + 1)
        base, fine = self.base[which].sum(0), self.fine[which].sum(0)
        return (base, fine) if fine.any() else (self.base.sum(0), self.fine.sum(0))

    def inputs(self) -> tuple[str, ...]:
        """Precipitation is enough."""
        return ("precipitation",)

    def save(self, directory: Path) -> None:
        """Write the configuration and both climates."""
        super().save(directory)
        np.savez_compressed(
            directory / "climates.npz",
            base=self.base,
            fine=self.fine,
            **self.grid.arrays(),  # type: ignore[arg-type]
        )

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Restore it."""
        method = super().load(directory)
        with np.load(directory / "climates.npz", allow_pickle=False) as kept:
            method.grid = TrainingGrid.from_arrays(kept)
            method.base, method.fine = kept["base"], kept["fine"]
        return method
