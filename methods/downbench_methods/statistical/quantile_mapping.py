"""Empirical quantile mapping of interpolated coarse rain to the climate of fine rain.

Our own, since the libraries that have it (xsdba, ibicus) take hundreds of megabytes and hold the whole
record in memory; here both climates are histograms on the bits of a float, which stream and keep every rate
to 0.1 %.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import FieldSequence, FitContext, Method, SampleContext, UserError, upsample
from downbench_methods.fields.at_once import frames_at_once

FRAMES_AT_ONCE = 64
SHIFT = 13  # keep 10 of the 23 bits of a float's fraction: bins of relative width 2^-10
Counts = NDArray[np.float64]  # how much area has each rate, by bin
BINS = np.float32(np.inf).view(np.uint32) >> SHIFT


def rate_histogram(rain: NDArray[Any], weight: NDArray[Any] | None = None) -> Counts:
    """Count non-negative rates [mm/h] in bins of relative width 2^-10; missing cells are left out.

    Args:
        rain: any shape.
        weight: of each cell, to be broadcast to it; None counts all alike.
    """
    valid = np.isfinite(rain)
    rates = np.ascontiguousarray(np.maximum(rain[valid], 0), np.float32)
    weights = None if weight is None else np.broadcast_to(weight, rain.shape)[valid]
    return np.bincount(rates.view(np.uint32) >> SHIFT, weights, minlength=BINS).astype(np.float64)


def cell_weights(static: xr.Dataset) -> NDArray[np.float64] | None:
    """Area of each cell, (tile, y, x) or (y, x), over the mean; None where areas are not known."""
    if "area" not in static:
        return None
    area = static["area"].to_numpy().astype(np.float64)
    return area / area.mean()


def _centres() -> NDArray[np.float64]:
    edges = (np.arange(BINS + 1, dtype=np.uint32) << SHIFT).view(np.float32).astype(np.float64)
    centres = (edges[:-1] + edges[1:]) / 2
    centres[0] = 0.0
    return centres


def transfer(base: Counts, fine: Counts) -> tuple[NDArray[Any], NDArray[Any]]:
    """The mapping from base rates to fine rates of equal exceedance, as nodes for linear interpolation.

    Args:
        base: histogram of interpolated rates.
        fine: histogram of true fine rates.

    Returns:
        Rates of the base and of the truth [mm/h], both (nodes,), increasing; zero stays zero.
    """
    centres = _centres()
    used, true = np.flatnonzero(base), np.flatnonzero(fine)
    rank_base = (np.cumsum(base[used]) - base[used] / 2) / base.sum()
    rank_fine = (np.cumsum(fine[true]) - fine[true] / 2) / fine.sum()
    mapped = np.interp(rank_base, rank_fine, centres[true])
    dry = fine[0] / fine.sum()
    mapped[rank_base <= dry] = 0.0
    nodes = centres[used]
    if nodes[0] > 0:
        nodes, mapped = np.r_[0.0, nodes], np.r_[0.0, mapped]
    mapped[0] = 0.0
    return nodes, mapped


def capped(nodes: NDArray[Any], mapped: NDArray[Any], most: float) -> NDArray[Any]:
    """Mapped rates that are at most ``most`` times what they are mapped from.

    Few values can make a drizzle a cloudburst: quantile mapping is reported to turn 0.05 into 1,660 mm/day.
    """
    return np.minimum(mapped, most * nodes)


class QuantileMapping(Method):
    """Bilinear interpolation, then the pooled quantiles of the training truth.

    Where coarse rain is not the mean of the fine, its bias is mapped away with the rest.
    """

    nodes: NDArray[Any]
    mapped: NDArray[Any]

    def fit(
        self, train: tuple[FieldSequence, ...], validation: tuple[FieldSequence, ...], context: FitContext
    ) -> None:
        """Learn both climates from all training frames."""
        base, fine = np.zeros(BINS), np.zeros(BINS)
        total = sum(len(sequence.times) for sequence in train)
        done = 0
        for sequence in train:
            weight = cell_weights(sequence.static)
            together = frames_at_once(sequence.fine, FRAMES_AT_ONCE)
            for start in range(0, len(sequence.times), together):
                part = slice(start, start + together)
                shifted = slice(start + sequence.warmup, start + together + sequence.warmup)
                truth = sequence.fine.isel(time=part).to_numpy()
                rain = sequence.coarse["precipitation"].isel(time=shifted).to_numpy()
                smooth = upsample(rain, context.factor, "bilinear")
                both = np.isfinite(truth) & np.isfinite(smooth)
                base += rate_histogram(np.where(both, smooth, np.nan), weight)
                fine += rate_histogram(np.where(both, truth, np.nan), weight)
                done += truth.shape[0]
                context.progress(done, total, "")
        if not fine.sum():
            raise UserError("quantile-mapping: no valid cell in the training split")
        self.nodes, mapped = transfer(base, fine)
        # no fine cell holds more than all the rain of its coarse cell
        self.mapped = capped(self.nodes, mapped, context.factor**2)

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Yield one member, (1, time, y, x) in mm/h; beyond the training range the last ratio holds."""
        rain = coarse["precipitation"]
        for start in range(context.start, rain.sizes["time"], FRAMES_AT_ONCE):
            part = rain.isel(time=slice(start, start + FRAMES_AT_ONCE))
            smooth = np.maximum(upsample(part.to_numpy(), context.factor, "bilinear"), 0)
            fine = np.interp(smooth, self.nodes, self.mapped)
            beyond = smooth > self.nodes[-1]
            fine[beyond] = smooth[beyond] * (self.mapped[-1] / self.nodes[-1])
            yield xr.DataArray(
                fine[None].astype(np.float32),
                dims=("member", "time", "y", "x"),
                coords={"time": part["time"]},
            )

    def inputs(self) -> tuple[str, ...]:
        """Precipitation is enough."""
        return ("precipitation",)

    def save(self, directory: Path) -> None:
        """Write the configuration and the mapping."""
        super().save(directory)
        np.savez(directory / "mapping.npz", nodes=self.nodes, mapped=self.mapped)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Restore the mapping."""
        method = super().load(directory)
        with np.load(directory / "mapping.npz", allow_pickle=False) as arrays:
            method.nodes, method.mapped = arrays["nodes"], arrays["mapped"]
        return method
