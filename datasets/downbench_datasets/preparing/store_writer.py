"""A record of rain written to a sharded zarr 3 group, a shard at a time, with a digest of its content."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import xarray as xr
import zarr

from downbench_datasets.fetching.pieces import Tell, pieces_of, silent
from downbench_datasets.shared.content import CONTENT, digest_content, digest_frame

SHARD = 64 << 20  # bytes of values in a shard, which is held in memory while it is written
CHUNK = 2 << 20
KEY = "prepared_key"
INPUTS = "inputs"  # folder in a prepared store with copies of predictors and static fields


def frames_per(record: xr.DataArray, size: int) -> int:
    """Frames of a record that have ``size`` bytes; at least one."""
    return int(max(1, size // max(1, record.nbytes // max(1, record.sizes["time"]))))


def write_record(
    record: xr.Dataset, target: Path, key: str, tell: Tell = silent, inputs: Mapping[str, Path] | None = None
) -> Path:
    """Write a record; an interrupted call goes on with the same key, and only the whole has the name.

    Args:
        record: as :func:`downbench_datasets.preparing.steps.apply_recipe` makes it.
        target: of the group.
        key: of the data and of the recipe.
        tell: hears about progress.
        inputs: copies of predictors and static fields by name, which go into the folder ``inputs``.

    Raises:
        UserError: something stands at ``target``.
    """
    rain = record["precipitation"]
    shard = min(frames_per(rain, SHARD), rain.sizes["time"])
    chunk = min(frames_per(rain, CHUNK), shard)
    shard = shard // chunk * chunk
    with pieces_of(target, key) as pieces:
        total = rain.sizes["time"]
        if pieces.done == 0:
            _write_template(record, pieces.data, chunk, shard)
            pieces.finish("template")
        for number, start in enumerate(range(0, total, shard), 1):
            end = min(start + shard, total)
            if number >= pieces.done:
                values = np.asarray(rain.isel(time=slice(start, end)).to_numpy(), np.float32)
                array: Any = zarr.open_array(pieces.data / "precipitation", mode="r+")
                array[start:end] = values if array.ndim == values.ndim else values[:, 0]
                pieces.finish(" ".join(digest_frame(frame) for frame in values))
                tell(f"{target.name}: {end} of {total} time steps")
        frames = [digest for note in pieces.notes[1:] for digest in note.split()]
        group = zarr.open_group(pieces.data, mode="r+")
        group.attrs.update({CONTENT: digest_content(record, frames), KEY: key})
        with warnings.catch_warnings():  # zarr warns that other software may not know this metadata
            warnings.simplefilter("ignore")
            zarr.consolidate_metadata(str(pieces.data))
        for name, copy in (inputs or {}).items():
            shutil.copytree(copy, pieces.data / INPUTS / name, dirs_exist_ok=True)
    return target


def _write_template(record: xr.Dataset, folder: Path, chunk: int, shard: int) -> None:
    """Metadata of everything, and all that does not run along time; a region has no dim for tiles."""
    one_tile = record.sizes["tile"] == 1
    flat = record.isel(tile=0, drop=True) if one_tile else record
    rain = flat["precipitation"]
    space = rain.shape[1:]
    empty = da.zeros(rain.shape, chunks=(shard, *space), dtype=np.float32)
    attrs = {"units": "mm h-1", "standard_name": "lwe_precipitation_rate", "long_name": "precipitation rate"}
    attrs |= {
        key: value for key, value in rain.attrs.items() if key in ("cell_methods", "grid_mapping", "comment")
    }
    template = flat.assign(precipitation=(rain.dims, empty, attrs))
    others = template.drop_vars("precipitation").load().drop_encoding()
    template = others.assign(precipitation=template["precipitation"])
    template.to_zarr(
        folder,
        mode="w",  # a call that was interrupted here left a part of it
        compute=False,
        zarr_format=3,
        consolidated=False,
        encoding={
            "precipitation": {
                "chunks": (chunk, *space),
                "shards": (shard, *space),
                "_FillValue": np.float32(np.nan),
            }
        },
    )
