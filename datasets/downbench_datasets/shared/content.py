"""Digest of what a prepared store holds, whatever its chunks, its compression and who wrote it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import RunFailed, digest_json

CONTENT = "content_sha256"
RAIN = "precipitation"
_READ = 32 << 20  # bytes of frames read at a time
_PLACES = (("y", 2), ("x", 2), ("lat", 6), ("lon", 6))  # digits: a centimetre, a millionth of a degree


def digest_frame(frame: NDArray[np.float32]) -> str:
    """SHA-256 of the values of one frame; every missing value counts the same, and -0 as 0."""
    values = np.where(np.isnan(frame), np.float32(np.nan), frame + np.float32(0)).astype("<f4")
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def digest_content(record: xr.Dataset, frames: Iterable[str]) -> str:
    """SHA-256 of times, lines of the grid, and the digests of all frames.

    Places are rounded, so that they do not hang on the library that worked them out.
    """
    lines = {
        name: np.round(record[name].to_numpy().astype(float), digits).tolist()
        for name, digits in _PLACES
        if name in record.variables and record[name].ndim == 1
    }
    times = record["time"].to_numpy().astype("datetime64[s]").astype(str).tolist()
    return digest_json({"times": times, "lines": lines, "frames": list(frames)})


def stated_content(store: Path) -> str | None:
    """The digest that a prepared store says it has; None for any other data."""
    import zarr

    if not (store / "zarr.json").is_file():
        return None
    try:
        value = zarr.open_group(store, mode="r").attrs.get(CONTENT)
    except Exception:  # a store that zarr cannot open has no digest
        return None
    return str(value) if value else None


def content_of(store: Path) -> str:
    """The digest of a prepared store, worked out from all its values.

    Raises:
        RunFailed: it is not what the store says, so the store is damaged.
    """
    with xr.open_zarr(store, chunks=None, decode_times=True, mask_and_scale=True) as record:
        rain: Any = record[RAIN]
        frame = max(1, rain.nbytes // max(1, rain.sizes["time"]))
        step = max(1, _READ // frame)
        frames = [
            digest_frame(np.asarray(values, np.float32))
            for start in range(0, rain.sizes["time"], step)
            for values in rain.isel(time=slice(start, start + step)).to_numpy()
        ]
        made = digest_content(record, frames)
    if made != stated_content(store):
        raise RunFailed(f"{store} is damaged: its content is not what was prepared", "prepare it again")
    return made
