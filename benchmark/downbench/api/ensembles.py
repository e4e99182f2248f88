"""Predictions that somebody hands over in memory, brought to the frames that they are scored on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from downbench.contracts.dataset import FieldSequence
from downbench.dates import date_text, to_times
from downbench.errors import UserError
from downbench.scoring.frames import Frames
from downbench.units import to_mm_per_hour

DIMS = ("member", "time", "tile", "y", "x")
_LINES = {"y": ("lat", "latitude", "y"), "x": ("lon", "longitude", "x")}
_SAME_CELL = 0.25  # of a cell: how far coordinates of predictions and truth may differ


def ensembles_of(
    predictions: xr.DataArray | xr.Dataset | Mapping[str, xr.DataArray], frames: Frames
) -> dict[str, xr.DataArray]:
    """Ensembles (member, time, tile, y, x) in mm/h of the scored times, by sequence.

    Args:
        predictions: one array for all sequences, or one for each by its name.
        frames: that are scored.

    Raises:
        UserError: a sequence, time, cell or dim is missing, or units are no rate of rain.
    """
    names = [sequence.name for sequence in frames.sequences]
    if isinstance(predictions, xr.Dataset):
        predictions = {str(name): field for name, field in predictions.data_vars.items() if _is_rain(field)}
    if isinstance(predictions, Mapping):
        fields = {str(name): field for name, field in predictions.items()}
        if len(fields) == 1 and len(names) == 1:
            fields = {names[0]: next(iter(fields.values()))}
        if missing := [name for name in names if name not in fields]:
            raise UserError(
                f"the predictions lack the sequence {missing[0]!r}",
                f"the truth has {', '.join(names)}; the predictions {', '.join(fields) or 'no rain'}",
            )
    else:
        fields = dict.fromkeys(names, predictions)
    made = {one.name: _ensemble(fields[one.name], one) for one in frames.sequences}
    counts = {field.sizes["member"] for field in made.values()}
    if len(counts) > 1:
        raise UserError(f"the sequences have {' and '.join(map(str, sorted(counts)))} members")
    return made


def _is_rain(field: xr.DataArray) -> bool:
    return field.ndim >= 3 and field.dtype.kind in "fiu"


def _ensemble(field: xr.DataArray, sequence: FieldSequence) -> xr.DataArray:
    field = _with_dims(field, sequence)
    where = f"the predictions of {sequence.name!r}"
    units = str(field.attrs.get("units", "mm/h"))
    factor = to_mm_per_hour(units, where)
    chosen = field.isel(time=_frames(field, sequence, where))
    for dim in ("tile", "y", "x"):
        if chosen.sizes[dim] != sequence.fine.sizes[dim]:
            raise UserError(
                f"{where} have {chosen.sizes[dim]} cells along {dim}, the truth {sequence.fine.sizes[dim]}",
                "predict the truth's own grid",
            )
    for dim in _LINES:
        _check_line(chosen, sequence, dim, where)
    return chosen if factor == 1 else chosen.astype(np.float32) * np.float32(factor)


def _with_dims(field: xr.DataArray, sequence: FieldSequence) -> xr.DataArray:
    """With the dims of a stored ensemble; usual other names are taken for them."""
    usual = {
        "member": ("realization", "number", "ensemble", "sample"),
        "time": ("valid_time", *(str(dim) for dim in field.dims if str(dim).startswith("time_"))),
        "y": ("lat", "latitude"),
        "x": ("lon", "longitude"),
    }
    for dim, others in usual.items():
        other = next((name for name in others if name in field.dims), None)
        if dim not in field.dims and other is not None:
            field = field.swap_dims({other: dim})
    for dim in ("member", "tile"):
        if dim not in field.dims:
            field = field.expand_dims(dim)
    if set(field.dims) != set(DIMS):
        raise UserError(
            f"predictions of {sequence.name!r} have the dims {', '.join(map(str, field.dims))}",
            "they need time, y and x, and may have member and tile",
        )
    return field.transpose(*DIMS)


def _frames(field: xr.DataArray, sequence: FieldSequence, where: str) -> np.ndarray:
    """Positions of the sequence's times in predictions; without a coordinate, all of them in order."""
    if "time" not in field.coords:
        if field.sizes["time"] != len(sequence.times):
            raise UserError(
                f"{where} have {field.sizes['time']} frames without times, the truth {len(sequence.times)}",
                "give the predictions a coordinate time",
            )
        return np.arange(len(sequence.times))
    values = field["time"].to_numpy()
    times = to_times(values) if values.dtype.kind == "O" else values.astype("datetime64[s]")
    position = {time: k for k, time in enumerate(times.tolist())}
    wanted = sequence.times.astype("datetime64[s]").tolist()
    if missing := [time for time in wanted if time not in position]:
        first = date_text(np.datetime64(missing[0], "s"), sequence.calendar)
        raise UserError(
            f"{where} lack {len(missing)} of {len(wanted)} times, first {first}",
            "predict every time of the truth, under the same times",
        )
    return np.array([position[time] for time in wanted])


def _check_line(field: xr.DataArray, sequence: FieldSequence, dim: str, where: str) -> None:
    """Refuse predictions whose rows or columns are in another order or of another place than the truth."""
    geographic = _LINES[dim][0]
    name = next((n for n in _LINES[dim] if n in field.coords and field[n].dims == (dim,)), None)
    if name is None or name == dim or geographic not in sequence.static or field.sizes[dim] < 2:
        return
    truth = sequence.static[geographic].isel(tile=0).transpose(dim, ...).to_numpy()
    truth = truth.reshape(len(truth), -1)
    if not np.allclose(truth, truth[:, :1], atol=1e-4):
        return  # a curved grid has no line
    own = field[name].to_numpy().astype(float)
    off = np.abs((own - truth[:, 0] + 180) % 360 - 180).max()
    cell = np.abs(np.diff(truth[:, 0])).max()
    if off > _SAME_CELL * cell:
        flipped = np.abs((own[::-1] - truth[:, 0] + 180) % 360 - 180).max() <= _SAME_CELL * cell
        raise UserError(
            f"{where}: their {name} is up to {off:.3g} degrees off the truth's",
            f"their order is reversed: predictions.isel({dim}=slice(None, None, -1))"
            if flipped
            else "predict the truth's own grid",
        )
