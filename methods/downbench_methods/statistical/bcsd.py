"""Bias-corrected spatial disaggregation: the coarse anomaly, interpolated, times the fine climate.

Wood et al. 2004 (doi:10.1023/B:CLIM.0000013685.99609.9e); for daily and shorter steps Thrasher et al. 2012
(doi:10.5194/hess-16-3309-2012). Our own: xsdba and ibicus take hundreds of megabytes and hold the record in
memory, and neither has the disaggregation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import (
    Config,
    FieldSequence,
    FitContext,
    Method,
    SampleContext,
    UserError,
    block_mean,
    parameter,
    upsample,
)
from downbench_methods.fields.at_once import frames_at_once
from downbench_methods.fields.mass import conserve
from downbench_methods.statistical.location import TrainingGrid
from downbench_methods.statistical.quantile_mapping import (
    BINS,
    capped,
    cell_weights,
    rate_histogram,
    transfer,
)

FRAMES_AT_ONCE = 64
STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 1e4, 1e9)
VALIDATION_FRAMES = 100
MOST_CORRECTION = 10.0  # coarse rain and the coarsened truth are of one scale: few values make more of it


class BCSDConfig(Config):
    """Parameters of ``bcsd``."""

    interpolation: Literal["bilinear", "bicubic"] = parameter("bicubic", "Interpolation of the anomaly.")
    strength: float | None = parameter(
        None, "Strength of the climate's shrinkage; none chooses it on validation.", "frames", gt=0
    )
    rescale: bool = parameter(
        True, "Whether fields are scaled to give the corrected coarse rain back, block by block."
    )


class BCSD(Method[BCSDConfig]):
    """Quantile mapping of coarse rain, then disaggregation by the mean fine field.

    The mean field of a short record is noise. It is therefore shrunk towards its mean in space by
    ``strength`` frames of that mean: with few frames, anomalies are simply interpolated.
    """

    Config = BCSDConfig
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        **{name: {} for name in ("smoke", "tiny", "small")},
        "paper": {"interpolation": "bilinear", "rescale": False},
    }
    sampling_parameters = frozenset({"interpolation", "rescale"})
    grid: TrainingGrid
    climate: NDArray[np.float32]  # mean fine rain [mm/h], (tile, y, x), shrunk
    nodes: NDArray[Any]
    mapped: NDArray[Any]

    def fit(
        self, train: tuple[FieldSequence, ...], validation: tuple[FieldSequence, ...], context: FitContext
    ) -> None:
        """Learn the coarse transfer function and the mean fine field; choose the shrinkage on validation.

        Raises:
            UserError: there is no rain in the training data.
        """
        self.grid = TrainingGrid.of(train)
        shape = (len(self.grid.tiles), *self.grid.size)
        total, count = np.zeros(shape), np.zeros(shape)
        coarse_counts, true_counts = np.zeros(BINS), np.zeros(BINS)
        frames, done = sum(len(sequence.times) for sequence in train), 0
        for sequence in train:
            area = sequence.static["area"].to_numpy() if "area" in sequence.static else None
            weight = cell_weights(sequence.static)
            blocks = None if weight is None else block_mean(weight, context.factor)
            together = frames_at_once(sequence.fine, FRAMES_AT_ONCE)
            for start in range(0, len(sequence.times), together):
                part = slice(start, start + together)
                shifted = slice(start + sequence.warmup, start + together + sequence.warmup)
                fine = sequence.fine.isel(time=part).to_numpy()
                coarse = sequence.coarse["precipitation"].isel(time=shifted).to_numpy()
                true = block_mean(fine, context.factor, area)
                both = np.isfinite(coarse) & np.isfinite(true)
                coarse_counts += rate_histogram(np.where(both, coarse, np.nan), blocks)
                true_counts += rate_histogram(np.where(both, true, np.nan), blocks)
                total += np.nan_to_num(fine).sum(0)
                count += np.isfinite(fine).sum(0)
                done += len(fine)
                context.progress(done, frames, "")
        if not total.any():
            raise UserError("bcsd: no rain in the training split")
        self.nodes, mapped = transfer(coarse_counts, true_counts)
        self.mapped = capped(self.nodes, mapped, MOST_CORRECTION)
        self.climate = self._choose(total, count, validation, context)

    def _choose(
        self,
        total: NDArray[Any],
        count: NDArray[Any],
        validation: tuple[FieldSequence, ...],
        context: FitContext,
    ) -> NDArray[np.float32]:
        """The climate with the shrinkage that has the least squared error on validation."""
        strengths = STRENGTHS if self.config.strength is None else (self.config.strength,)
        mean = total.sum() / count.sum()
        climates = [((total + s * mean) / (count + s)).astype(np.float32) for s in strengths]
        if len(climates) == 1:
            return climates[0]
        errors = []
        for climate in climates:
            self.climate = climate
            errors.append(sum(self._error(sequence, context) for sequence in validation))
        return climates[int(np.argmin(errors))] if validation else climates[-1]

    def _error(self, sequence: FieldSequence, context: FitContext) -> float:
        frames = np.unique(np.linspace(0, len(sequence.times) - 1, VALIDATION_FRAMES).round().astype(int))
        error = 0.0
        for tile in range(sequence.fine.sizes["tile"]):
            fine = sequence.fine.isel(tile=tile, time=frames)
            label = int(fine["tile"]) if "tile" in fine.coords else tile
            has_tiles = "tile" in sequence.static.dims
            static = sequence.static.isel(tile=tile) if has_tiles else sequence.static
            rain = sequence.coarse["precipitation"].isel(tile=tile, time=frames + sequence.warmup).to_numpy()
            made = self._disaggregate(rain, static, label, context.factor)
            error += float(np.nansum(np.square(made - fine.to_numpy())))
        return error

    def _disaggregate(
        self, rain: NDArray[Any], static: xr.Dataset, tile: int, factor: int
    ) -> NDArray[np.float32]:
        """Coarse rain (time, Y, X) to fine rain (time, y, x)."""
        shape = (rain.shape[1] * factor, rain.shape[2] * factor)
        location = self.grid.find(static, tile, shape)
        fine = np.ones(shape, np.float32)
        if location is not None:
            fine = self.climate[location.tile, location.row :, location.column :][: shape[0], : shape[1]]
        area = static["area"].to_numpy() if "area" in static else None
        coarse = block_mean(fine, factor, area)
        rain = self._corrected(rain)
        anomaly = rain / coarse
        made = np.maximum(upsample(anomaly, factor, self.config.interpolation), 0) * fine
        if self.config.rescale:
            made = conserve(made[None], rain, factor, area)[0]
        return made.astype(np.float32)

    def _corrected(self, rain: NDArray[Any]) -> NDArray[np.float32]:
        """Coarse rain with the distribution of the coarsened truth; beyond it, the last ratio holds."""
        fixed = np.interp(rain, self.nodes, self.mapped)
        beyond = rain > self.nodes[-1]
        fixed[beyond] = rain[beyond] * (self.mapped[-1] / self.nodes[-1])
        return fixed.astype(np.float32)

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Yield one member, (1, time, y, x) in mm/h; outside the training grid anomalies are interpolated."""
        rain = coarse["precipitation"]
        for start in range(context.start, rain.sizes["time"], FRAMES_AT_ONCE):
            part = rain.isel(time=slice(start, start + FRAMES_AT_ONCE))
            fine = self._disaggregate(part.to_numpy(), static, context.tile, context.factor)
            yield xr.DataArray(fine[None], dims=("member", "time", "y", "x"), coords={"time": part["time"]})

    def inputs(self) -> tuple[str, ...]:
        """Precipitation is enough."""
        return ("precipitation",)

    def save(self, directory: Path) -> None:
        """Write the configuration, the transfer function and the climate."""
        super().save(directory)
        np.savez_compressed(
            directory / "climate.npz",
            climate=self.climate,
            nodes=self.nodes,
            mapped=self.mapped,
            **self.grid.arrays(),  # type: ignore[arg-type]
        )

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Restore it."""
        method = super().load(directory)
        with np.load(directory / "climate.npz", allow_pickle=False) as kept:
            method.grid = TrainingGrid.from_arrays(kept)
            method.climate, method.nodes, method.mapped = kept["climate"], kept["nodes"], kept["mapped"]
        return method
