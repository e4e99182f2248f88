"""Reading a stored ensemble, whose chunks carry checksums: damage is named, and never scored."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
from numpy.typing import NDArray
from zarr.codecs import BloscCodec, Crc32cCodec

from downbench.errors import DamagedData, RunFailed
from downbench.files import digest_file

ALWAYS_WRITTEN: Any = {"write_empty_chunks": True}  # so that a chunk that is not there is one that was lost


DIMS = ("member", "time", "tile", "y", "x")


def create_ensemble(
    group: zarr.Group,
    name: str,
    shape: tuple[int, ...],
    frames: int,
    dims: Sequence[str] = DIMS,
    together: int | None = None,
    **attributes: Any,
) -> zarr.Array:
    """Create an array (member, time, tile, y, x) in float32, NaN where nothing is written.

    Args:
        group: that it stands in.
        name: of the sequence.
        shape: of the array.
        frames: of one chunk, which is of one tile.
        dims: names of its axes.
        together: members of one chunk; None is all.
        attributes: of the array.
    """
    members, _, _, height, width = shape
    return group.create_array(
        name,
        shape=shape,
        chunks=(together or members, frames, 1, height, width),
        dtype="float32",
        fill_value=float("nan"),
        compressors=[BloscCodec(cname="zstd", clevel=1, shuffle="bitshuffle"), Crc32cCodec()],
        dimension_names=list(dims),
        attributes=dict(attributes),
        config=ALWAYS_WRITTEN,
    )


def write_variable(group: zarr.Group, name: str, variable: xr.Variable) -> None:
    """Write a coordinate into a group as one chunk, with its dims and attributes."""
    values = variable.to_numpy()
    array = group.create_array(
        name,
        shape=values.shape,
        chunks=tuple(max(n, 1) for n in values.shape),
        dtype=values.dtype,
        compressors=[BloscCodec(cname="zstd"), Crc32cCodec()],
        dimension_names=list(map(str, variable.dims)),
        attributes={key: plain(value) for key, value in variable.attrs.items()},
    )
    array[...] = values


def plain(value: Any) -> Any:
    """An attribute as JSON has it."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def consolidate(store: Path) -> None:
    """Gather the metadata of a finished group in one file, which xarray asks for."""
    with warnings.catch_warnings():  # not in the zarr 3 specification yet
        warnings.simplefilter("ignore", UserWarning)
        zarr.consolidate_metadata(store)


def open_ensemble(predictions: Path, sequence: str) -> zarr.Array:
    """The ensemble of a sequence.

    Raises:
        RunFailed: there are no predictions.
        DamagedData: they cannot be opened.
    """
    if not predictions.is_dir():
        raise RunFailed(
            f"there are no predictions at {predictions}", "every worker must see the folder of runs"
        )
    try:
        array = zarr.open_group(predictions, mode="r", use_consolidated=False)[sequence]
    except Exception as error:  # whatever zarr raises on damaged metadata
        raise DamagedData(predictions, f"{sequence!r} cannot be opened: {_one_line(error)}") from error
    if not isinstance(array, zarr.Array) or array.ndim != 5:
        raise DamagedData(predictions, f"{sequence!r} is not an ensemble")
    return array


def read_members(predictions: Path, array: zarr.Array, frames: slice, tile: int) -> NDArray[np.float32]:
    """Members (member, time, y, x) of some frames of a tile.

    Raises:
        DamagedData: a chunk is not what was written.
    """
    try:
        return np.asarray(array[:, frames, tile])
    except Exception as error:  # whatever zarr and its codecs raise on damaged bytes
        name = array.basename
        raise DamagedData(
            predictions, f"{name!r}, frames {frames.start} to {frames.stop}, tile {tile}: {_one_line(error)}"
        ) from error


def check_whole(predictions: Path, sequences: Iterable[str]) -> None:
    """See whether all chunks of an ensemble are there, without reading them.

    Raises:
        DamagedData: some are not.
    """
    for sequence in sequences:
        array = open_ensemble(predictions, sequence)
        if missing := array.nchunks - array.nchunks_initialized:
            raise DamagedData(predictions, f"{missing} chunks of {sequence!r} are missing")


def metadata_digests(predictions: Path) -> dict[str, str]:
    """SHA-256 (hex) of the files that say how an ensemble is stored, by their paths."""
    return {
        path.relative_to(predictions).as_posix(): digest_file(path)
        for path in sorted(predictions.glob("**/zarr.json"))
    }


def ensemble_damage(predictions: Path) -> str:
    """What is wrong with a stored ensemble, read from end to end; empty where nothing is."""
    try:
        names = sorted(path.parent.name for path in predictions.glob("*/zarr.json"))
        group = zarr.open_group(predictions, mode="r", use_consolidated=False)
        arrays: dict[str, Any] = {name: group[name] for name in names}
        coordinates = [name for name, array in arrays.items() if array.ndim < len(DIMS)]
        for name in coordinates:
            _ = np.asarray(arrays[name])
        names = [name for name in names if name not in coordinates]
        check_whole(predictions, names)
        for name in names:
            array = open_ensemble(predictions, name)
            for start in range(0, array.shape[1], array.chunks[1]):
                for tile in range(array.shape[2]):
                    read_members(predictions, array, slice(start, start + array.chunks[1]), tile)
    except DamagedData as error:
        return error.what
    except Exception as error:  # whatever zarr raises on damaged metadata
        return _one_line(error)
    return ""


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]
