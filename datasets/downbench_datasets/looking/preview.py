"""Pictures of a target: the frame with most rain, one that is asked for, or several as an animation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import DownbenchError, UserError, atomic_file
from downbench_datasets.looking.picture import encode, indices
from downbench_datasets.looking.target import Target

_SIDE = 1024  # pixels at most
_LOOKED_AT = 64  # frames among which the wettest is chosen


def preview(target: Target, out: Path, frame: int | None = None, frames: int = 1) -> dict[str, object]:
    """Draw rain, north up, with six tiles in two rows.

    Args:
        target: what is drawn.
        out: file to write.
        frame: first one; None is the one with most rain, of up to 64 that are spread over the record.
        frames: number of consecutive ones; several make an animation.

    Raises:
        UserError: no such frame.
    """
    rain, lat = _fields(target)
    count = rain.sizes["time"]
    if frame is not None and not -count <= frame < count:
        raise UserError(f"there is no frame {frame}", f"{target.label} has {count}, counted from 0")
    first = frame % count if frame is not None else _wettest(rain)
    first = max(0, min(first, count - frames))
    values = np.asarray(rain.isel(time=slice(first, first + frames)).to_numpy())
    step = int(np.ceil(max(values.shape[-2:]) / _SIDE))
    top = float(np.nanmax(values)) if np.isfinite(values).any() else 1.0
    south_first = (
        lat is not None and lat.sizes["tile"] == 1 and float(lat[0, 0].mean()) < float(lat[0, -1].mean())
    )
    drawn = [indices(_laid_out(each[:, ::step, ::step], south_first), top) for each in values]
    with atomic_file(out) as temporary:
        temporary.write_bytes(encode(drawn))
    return {"file": str(out), "first": first, "frames": len(drawn), "highest": top}


def _fields(target: Target) -> tuple[xr.DataArray, xr.DataArray | None]:
    record = target.record
    if record is not None:
        return record.rain, record.static.get("lat")
    sequence = target.dataset.open("test")[0]
    return sequence.fine, sequence.static.get("lat")


def _wettest(rain: xr.DataArray) -> int:
    chosen = np.unique(np.linspace(0, rain.sizes["time"] - 1, _LOOKED_AT).astype(int))
    totals = []
    for k in chosen:
        try:
            totals.append(float(np.nansum(rain.isel(time=int(k)).to_numpy())))
        except DownbenchError:
            totals.append(-1.0)
    return int(chosen[int(np.argmax(totals))])


def _laid_out(tiles: NDArray[np.float32], south_first: bool) -> NDArray[np.float32]:
    if len(tiles) == 1:
        return tiles[0, ::-1] if south_first else tiles[0]
    columns = min(3, len(tiles))
    rows = -(-len(tiles) // columns)
    padded = np.concatenate(
        [tiles, np.full((rows * columns - len(tiles), *tiles.shape[1:]), np.nan, tiles.dtype)]
    )
    grid = [np.concatenate(list(padded[row * columns : (row + 1) * columns]), 1) for row in range(rows)]
    return np.concatenate(grid, 0)
