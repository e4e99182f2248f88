"""The fine fields that ``bench apply`` makes: a zarr group, filled chunk by chunk, or NetCDF made of it.

Chunks carry checksums, which every reader of zarr 3 or HDF5 holds them against.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
from numpy.typing import NDArray
from zarr.codecs import BloscCodec, Crc32cCodec

from downbench.confidential import without_secrets
from downbench.contracts.coarse_input import CoarseInput
from downbench.files import atomic_netcdf
from downbench.scoring.ensemble import ALWAYS_WRITTEN, plain, write_variable

CHUNK_BYTES = 4 * 2**20  # of one chunk: so many frames of one member of one tile
MOST_BYTES = 64 * 2**20  # of a chunk that holds one frame; larger frames are cut into bands of rows
RAIN = "precipitation"


def frames_at_once(height: int, width: int, frames: int) -> int:
    """Frames in a chunk."""
    return int(np.clip(CHUNK_BYTES // (4 * height * width), 1, max(frames, 1)))


def create_store(
    path: Path,
    source: CoarseInput,
    times: slice,
    members: int,
    factor: int,
    rain: Mapping[str, Any],
    provenance: Mapping[str, Any],
) -> None:
    """Create a group with all coordinates and an empty array of rain.

    Args:
        path: of the group; nothing stands there.
        source: what is downscaled.
        times: frames of it that are.
        members: of the ensemble.
        factor: fine cells along the edge of a coarse one.
        rain: attributes of the rain.
        provenance: global attributes.
    """
    group = zarr.open_group(path, mode="w", zarr_format=3)
    group.attrs.update(without_secrets({key: plain(value) for key, value in provenance.items()}))
    time = source.dims[0]
    template = source.template.isel({time: times})
    for name, variable in template.variables.items():
        write_variable(group, str(name), variable)
    realisation = {"standard_name": "realization", "units": "1"}
    write_variable(group, "member", xr.Variable("member", np.arange(members, dtype=np.int32), realisation))
    tile, y, x = (source.fields.sizes[dim] for dim in ("tile", "y", "x"))
    frames, height, width = template.sizes[time], y * factor, x * factor
    at_once = frames_at_once(height, width, frames)
    rows = int(np.clip(MOST_BYTES // (4 * width), 1, height))
    with_tile = len(source.dims) == 4
    group.create_array(
        RAIN,
        shape=(members, frames, *((tile,) if with_tile else ()), height, width),
        chunks=(1, at_once, *((1,) if with_tile else ()), rows, width),
        dtype="float32",
        fill_value=float("nan"),
        compressors=[BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle"), Crc32cCodec()],
        config=ALWAYS_WRITTEN,
        dimension_names=["member", *source.dims],
        attributes={key: plain(value) for key, value in rain.items()},
    )


def rain_of(path: Path) -> zarr.Array:
    """The array of rain of a group, to be filled."""
    found = zarr.open_group(path, mode="a")[RAIN]
    assert isinstance(found, zarr.Array)
    return found.with_config(ALWAYS_WRITTEN)


def missing_chunks(path: Path) -> int:
    """Chunks of rain that a finished group lacks; each was written, and reads as missing rain now."""
    rain = zarr.open_group(path, mode="r")[RAIN]
    assert isinstance(rain, zarr.Array)
    return int(rain.nchunks - rain.nchunks_initialized)


def write_block(rain: zarr.Array, at: int, tile: int, values: NDArray[Any], member: int = 0) -> None:
    """Write (member, time, y, x) from frame ``at`` on, of members from number ``member`` on."""
    members, times = slice(member, member + values.shape[0]), slice(at, at + values.shape[1])
    if rain.ndim == 5:
        rain[members, times, tile] = values
    else:
        rain[members, times] = values


def to_netcdf(store: Path, path: Path) -> None:
    """Copy a finished group to NetCDF, chunk by chunk; it is renamed into place when it is whole."""
    import netCDF4

    group = zarr.open_group(store, mode="r")
    with atomic_netcdf(path) as temporary, netCDF4.Dataset(temporary, "w") as file:
        file.setncatts(dict(group.attrs))
        for name, array in sorted(group.arrays()):
            names = [str(dim) for dim in getattr(array.metadata, "dimension_names", None) or ()]
            for dim, size in zip(names, array.shape, strict=True):
                if dim not in file.dimensions:
                    file.createDimension(dim, size)
            packing: dict[str, Any] = {}
            if name == RAIN:
                packing = {
                    "fill_value": np.float32(np.nan),
                    "compression": "zlib",
                    "complevel": 1,
                    "shuffle": True,
                    "fletcher32": True,
                    "chunksizes": array.chunks,
                }
            variable = file.createVariable(name, array.dtype, names, **packing)
            variable.setncatts(dict(array.attrs))
            for part in _parts(array):
                variable[part] = array[part]


def _parts(array: zarr.Array) -> Iterator[Any]:
    """Parts of an array that are read at once: all of a coordinate, a chunk in time of a member of rain."""
    if array.ndim < 4:
        yield ...
        return
    for member in range(array.shape[0]):
        for start in range(0, array.shape[1], array.chunks[1]):
            yield slice(member, member + 1), slice(start, start + array.chunks[1])
