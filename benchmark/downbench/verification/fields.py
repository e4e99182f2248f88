"""A few frames of a run, read for verification without any code of the scoring engine."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from downbench.contracts.dataset import FieldSequence
from downbench.contracts.subset import Array, Subset, Windows
from downbench.scoring.ensemble import open_ensemble, read_members


class Cut(NamedTuple):
    """Consecutive frames of a sequence, and what of its tiles: ``rows`` and ``columns`` of fine cells."""

    sequence: int
    start: int
    stop: int
    tiles: tuple[int, ...]
    rows: slice
    columns: slice


def read_subset(
    sequence: FieldSequence,
    predictions: Path,
    cut: Cut,
    factor: int,
    windows: Windows,
    window_size: int | None,
    time_bin: np.timedelta64,
) -> Subset:
    """Read some frames of a sequence, truth as in the data and ensemble as in the run.

    Args:
        sequence: that ``cut`` names.
        predictions: the run's ensemble.
        cut: what to read.
        factor: fine cells along the edge of a coarse cell.
        windows: of spectra, by the number of the tile in ``cut``.
        window_size: cells along their edge.
        time_bin: of histograms.
    """
    dims, tiles = ("tile", "time", "y", "x"), list(cut.tiles)
    here = (slice(None), slice(None), cut.rows, cut.columns)
    above = (*here[:2], *(slice(s.start // factor, s.stop // factor) for s in here[2:]))
    fine = _values(sequence.fine.isel(time=slice(cut.start, cut.stop), tile=tiles), dims)[here]
    within = sequence.coarse_frames(slice(cut.start, cut.stop))
    rain = sequence.coarse["precipitation"].isel(time=within, tile=tiles)
    coarse = _values(rain, dims)[above]
    whole = np.isfinite(coarse)
    for dy in range(factor):
        for dx in range(factor):
            whole &= np.isfinite(fine[..., dy::factor, dx::factor])
    scored = np.kron(whole, np.ones((factor, factor), bool)).astype(bool)
    array = open_ensemble(predictions, sequence.name)
    members = np.stack(
        [read_members(predictions, array, slice(cut.start, cut.stop), tile) for tile in tiles], axis=1
    )
    members = members[:, *here].astype(np.float64)
    static = sequence.static
    shape = (len(tiles), *sequence.fine.isel(tile=0, time=0).shape)
    area = np.ones(shape)
    if "area" in static:
        area = static["area"].isel(tile=tiles).transpose("tile", "y", "x").to_numpy().astype(np.float64)
    times = np.asarray(sequence.times[:2], "datetime64[s]").astype(np.int64)
    return Subset(
        np.where(scored, fine, np.nan),
        np.where(scored, members, np.nan),
        coarse,
        area[:, cut.rows, cut.columns],
        factor,
        float(np.diff(times)[0]) / 3600 if len(times) > 1 else float("nan"),
        windows,
        window_size,
        np.asarray(sequence.times[cut.start : cut.stop], "datetime64[s]"),
        time_bin,
    )


def _values(field: xr.DataArray, dims: tuple[str, ...]) -> Array:
    return field.transpose(*dims).to_numpy().astype(np.float32).astype(np.float64)
