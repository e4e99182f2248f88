"""``bench template``: the file that predictions go into, with everything but the predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from downbench.contracts.dataset import FieldSequence
from downbench.dates import STANDARD, elapsed_seconds
from downbench.errors import UserError
from downbench.files import atomic_directory, atomic_netcdf
from downbench.scoring.ensemble import consolidate
from downbench.scoring.frames import Frames
from downbench.submission.predictions import FINGERPRINT, SPLIT

CHUNK_CELLS = 2**20  # of one stored chunk, which has one member of some frames of one tile
_RAIN = {
    "standard_name": "lwe_precipitation_rate",
    "long_name": "predicted precipitation",
    "units": "mm h-1",
}


class Field(NamedTuple):
    """An array to be filled: its name, dims and the sequences whose frames it has."""

    name: str
    dims: tuple[str, ...]
    sequences: tuple[FieldSequence, ...]

    @property
    def times(self) -> np.ndarray[Any, np.dtype[np.datetime64]]:
        """Times of its frames."""
        return np.concatenate([one.times for one in self.sequences]).astype("datetime64[s]")


def write_template(frames: Frames, out: Path, members: int) -> dict[str, Any]:
    """Write an empty file for predictions of some frames; nothing of their size is held or stored.

    Args:
        frames: that are to be predicted.
        out: a NetCDF file if its name ends in ``.nc``, else a zarr store.
        members: of the ensemble; one gives no dim for members.

    Returns:
        What was written: ``out``, ``variables``, ``shape`` and ``bytes``, the size once it is filled.

    Raises:
        UserError: something stands there already, or the frames are of stations.
    """
    if frames.dataset.points:
        raise UserError(
            f"{frames.dataset.label} has no grid", "hand in your predictions on their own, with lat and lon"
        )
    if out.exists():
        raise UserError(f"{out} exists already", "name another file, or delete it")
    out.parent.mkdir(parents=True, exist_ok=True)
    fields = _fields(frames, members)
    coordinates = xr.Dataset(
        {name: variable for field in fields for name, variable in _axes(field, members).items()},
        attrs=_attributes(frames),
    )
    sizes = frames.sequences[0].fine.sizes
    grid = (sizes["tile"], sizes["y"], sizes["x"])
    if out.suffix in (".nc", ".nc4"):
        with atomic_netcdf(out) as temporary:
            coordinates.to_netcdf(temporary, engine="netcdf4")
            _fill_netcdf(temporary, fields, members, grid)
    else:
        with atomic_directory(out) as temporary:
            coordinates.to_zarr(temporary, zarr_format=3, consolidated=False)
            _fill_zarr(temporary, fields, members, grid)
            consolidate(temporary)
    shapes = {field.name: list(_shape(field, members, grid)) for field in fields}
    return {
        "out": str(out),
        "variables": shapes,
        "bytes": 4 * sum(int(np.prod(shape)) for shape in shapes.values()),
        "fingerprint": frames.dataset.fingerprint(),
    }


def _fields(frames: Frames, members: int) -> list[Field]:
    """One field for all sequences where no two have frames of one time, else one for each."""
    sequences = frames.sequences
    lead = ("member",) if members > 1 else ()
    tile = ("tile",) if sequences[0].fine.sizes["tile"] > 1 else ()
    times = np.concatenate([one.times for one in sequences])
    if len(np.unique(times)) == len(times):
        return [Field("precipitation", (*lead, "time", *tile, "y", "x"), sequences)]
    distinct = list(dict.fromkeys(one.times.tobytes() for one in sequences))
    names = [
        "time" if (n := distinct.index(one.times.tobytes())) == 0 else f"time_{n + 1}" for one in sequences
    ]
    return [
        Field(one.name, (*lead, time, *tile, "y", "x"), (one,))
        for one, time in zip(sequences, names, strict=True)
    ]


def _axes(field: Field, members: int) -> dict[str, xr.Variable]:
    first = field.sequences[0]
    calendar = "proleptic_gregorian" if first.calendar == STANDARD else first.calendar
    time = next(dim for dim in field.dims if dim.startswith("time"))
    axes = {
        time: xr.Variable(
            time,
            elapsed_seconds(field.times, first.calendar),
            {
                "standard_name": "time",
                "axis": "T",
                "units": "seconds since 1970-01-01",
                "calendar": calendar,
            },
        )
    }
    if members > 1:
        numbers = np.arange(members, dtype=np.int32)
        axes["member"] = xr.Variable("member", numbers, {"standard_name": "realization", "units": "1"})
    labels = first.fine["tile"].to_numpy()
    if "tile" in field.dims and labels.dtype.kind in "iu":
        axes["tile"] = xr.Variable("tile", labels.astype(np.int32), {"long_name": "tile"})
    for name, standard, units in (("lat", "latitude", "north"), ("lon", "longitude", "east")):
        if name in first.static:
            values = first.static[name].transpose("tile", "y", "x").to_numpy()
            about = {"standard_name": standard, "units": f"degrees_{units}"}
            axes[name] = _place(values, name, about, "tile" in field.dims)
    return axes


def _place(values: np.ndarray[Any, Any], name: str, about: dict[str, str], tiles: bool) -> xr.Variable:
    """Latitude or longitude as a line where it is one, else as a surface."""
    along = 1 if name == "lat" else 2
    line = np.moveaxis(values, along, 0).reshape(values.shape[along], -1)
    if (line == line[:, :1]).all():
        return xr.Variable("y" if name == "lat" else "x", line[:, 0].copy(), about)
    return xr.Variable(("tile", "y", "x") if tiles else ("y", "x"), values if tiles else values[0], about)


def _attributes(frames: Frames) -> dict[str, Any]:
    dataset = frames.dataset
    return {
        "Conventions": "CF-1.11",
        "title": f"predictions for {dataset.label}",
        "downbench_dataset": dataset.name,
        FINGERPRINT: dataset.fingerprint(),
        SPLIT: "test",
        "comment": "Fill every cell that has coarse rain, then: bench validate, bench submit",
    }


def _shape(field: Field, members: int, grid: tuple[int, int, int]) -> tuple[int, ...]:
    sizes = {"member": members, "tile": grid[0], "y": grid[1], "x": grid[2]}
    return tuple(sizes.get(dim, len(field.times)) for dim in field.dims)


def _chunks(field: Field, grid: tuple[int, int, int]) -> tuple[int, ...]:
    at_once = int(np.clip(CHUNK_CELLS // (grid[1] * grid[2]), 1, len(field.times)))
    sizes = {"member": 1, "tile": 1, "y": grid[1], "x": grid[2]}
    return tuple(sizes.get(dim, at_once) for dim in field.dims)


def _about(field: Field) -> dict[str, Any]:
    named = [name for name in ("lat", "lon") if name in field.sequences[0].static]
    return {**_RAIN, **({"coordinates": " ".join(named)} if named else {})}


def _fill_netcdf(path: Path, fields: list[Field], members: int, grid: tuple[int, int, int]) -> None:
    import netCDF4

    with netCDF4.Dataset(path, "a") as file:
        for field in fields:
            for dim, size in zip(field.dims, _shape(field, members, grid), strict=True):
                if dim not in file.dimensions:
                    file.createDimension(dim, size)
            variable = file.createVariable(
                field.name,
                "f4",
                field.dims,
                zlib=True,
                complevel=1,
                chunksizes=_chunks(field, grid),
                fill_value=np.float32(np.nan),
            )
            variable.setncatts(_about(field))


def _fill_zarr(path: Path, fields: list[Field], members: int, grid: tuple[int, int, int]) -> None:
    import zarr

    group = zarr.open_group(path, mode="a")
    for field in fields:
        group.create_array(
            field.name,
            shape=_shape(field, members, grid),
            chunks=_chunks(field, grid),
            dtype="float32",
            fill_value=float("nan"),
            dimension_names=list(field.dims),
            attributes=_about(field),
        )
