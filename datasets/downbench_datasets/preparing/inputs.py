"""Predictors and static fields of a card: fetched from its own store or from others, beside the rain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench_datasets.fetching.cut import Cut, cut_of
from downbench_datasets.fetching.gather import gather, is_zarr_name
from downbench_datasets.fetching.pieces import Tell, silent
from downbench_datasets.fetching.remote_stores import chosen, copy_group, open_remote
from downbench_datasets.fetching.where import Where
from downbench_datasets.files.inputs.fields import Sources, open_sources
from downbench_datasets.files.inputs.spec import FieldSource
from downbench_datasets.reading.conventions import refuse_unknown_dims, select_entry
from downbench_datasets.shared.axes import geographic, role_of

_MARGIN = 2  # cells of the field's own grid around the rain, so that blocks at the edge are covered
_OF_COPIES = 3  # the zarr format that fields of files are copied into
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Inputs:
    """Fields that are prepared with the rain of a card.

    Args:
        predictors: by name; one without a file is of the card's own data.
        statics: likewise.
        data: where the data of the card are, with how addresses are asked.
        group: address of the one zarr group that these data are; None where they are files.
    """

    predictors: Mapping[str, FieldSource]
    statics: Mapping[str, FieldSource]
    data: Where
    group: str | None = None


def fetched_with(asked: Mapping[str, FieldSource]) -> dict[str, FieldSource]:
    """Those of a card's fields that are prepared with the rain: of its own data, or at an address.

    Args:
        asked: predictors and statics by name.
    """
    return {name: source for name, source in asked.items() if source.file is None or "://" in source.file}


def prepare_inputs(
    order: Inputs, own: Sources, rain: xr.Dataset, folder: Path, tell: Tell = silent, wait: float = 1.0
) -> dict[str, Path]:
    """Copy fields, each over the period and the place of the rain, into a zarr group or a folder of them.

    Values stay as they are stored. An interrupted call goes on.

    Args:
        order: which fields, and where they are.
        own: what the card's files hold, for fields of these.
        rain: prepared, with its times and places.
        folder: that the copies are written into.
        tell: hears about progress.
        wait: seconds before a failed request is tried again.

    Raises:
        UserError: there is no such file, variable or entry, or nothing of it where the rain is.
        RunFailed: the connection failed too often.
    """
    box = _box(rain)
    cuts = ((order.predictors, Cut(_period(rain), box)), (order.statics, Cut(box=box)))
    made = {}
    for asked, cut in cuts:
        for name, source in asked.items():
            made[name] = _fetch(source, order, own, cut, folder / name, tell, wait)
    return made


def _fetch(
    asked: FieldSource, order: Inputs, own: Sources, cut: Cut, target: Path, tell: Tell, wait: float
) -> Path:
    """One field from its group, its files, or those of the rain."""
    address = asked.file or order.group
    if address is None:
        return _copy_all(asked, own, cut, target, tell)
    if is_zarr_name(address.rsplit("/", 1)[1]):
        if not target.exists():
            group, version = open_remote(address, order.data, wait)
            part = _part(group, asked, cut, address)
            copy_group(part, version, target, f"{address} {asked.variable}", tell)
        return target
    where = order.data.model_copy(update={"url": address, "path": "", "files": (), "times": None})
    path = gather(where, target.with_name(f".{target.name}-files"), target.parent, tell=tell, wait=wait)
    return _copy_all(asked, open_sources(path, asked), cut, target, tell)


def _copy_all(asked: FieldSource, sources: Sources, cut: Cut, target: Path, tell: Tell) -> Path:
    """Copy a field of each file that has it."""
    having = {path: source for path, source in sources.items() if asked.variable in source.data_vars}
    several = len(having) > 1
    for path, source in (having or dict(sources)).items():
        copy = target / f"{path.name}.zarr" if several else target
        if not copy.exists():
            part = _part(source.drop_encoding(), asked, cut, str(path))
            copy_group(part, _OF_COPIES, copy, f"{path} {asked.variable}", tell)
    return target


def _part(source: xr.Dataset, asked: FieldSource, cut: Cut, where: str) -> xr.Dataset:
    """The variable with its coordinates: chosen entries, cut to the rain where its grid is one of lines."""
    part = chosen(source, (asked.variable,), where)
    refuse_unknown_dims(asked.select, [part], where)
    for dim, entry in asked.select.items():
        part = select_entry(part, dim, entry, where)
    if cut.period is None and (series := [d for d in part.dims if role_of(d, part.coords) == "time"]):
        part = part.isel({series[0]: 0})
    lines = {name for name, field in geographic(part).items() if field.ndim == 1}
    box = cut.box if lines == {"lat", "lon"} else None
    return cut_of(part, Cut(cut.period, box), where, _MARGIN)


def _period(rain: xr.Dataset) -> tuple[np.datetime64, np.datetime64]:
    """First and last moment of the rain."""
    moments: NDArray[np.datetime64] = rain["time"].to_numpy()
    if "time_bnds" in rain:
        moments = np.concatenate([moments, rain["time_bnds"].to_numpy().ravel()])
    return np.min(moments), np.max(moments)


def _box(rain: xr.Dataset) -> Box | None:
    """West, south, east and north of the rain's cells; the part of the globe without any is left out."""
    if "lat" not in rain or "lon" not in rain:
        return None
    lat, lon = (np.asarray(rain[name].to_numpy(), np.float64).ravel() for name in ("lat", "lon"))
    lat, lon = lat[np.isfinite(lat)], np.unique(np.round(lon[np.isfinite(lon)] % 360, 6))
    gaps = np.diff(np.append(lon, lon[0] + 360))
    widest = int(np.argmax(gaps))
    if gaps[widest] <= 2 * np.median(gaps):
        return 0.0, lat.min(), 360.0, lat.max()
    west = lon[(widest + 1) % len(lon)]
    return float(west), lat.min(), float(west + 360 - gaps[widest]), lat.max()
