"""The original stores and their newer forms: recognised by the folders in them, opened lazily.

Names, dims and units are those of the published stores; see ``docs/use/datasets.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from downbench import UserError
from downbench_datasets.shared.axes import canonical
from downbench_datasets.shared.coarsening import coarsen
from downbench_datasets.shared.predictor_names import PREDICTOR_NAMES, name_in_store
from downbench_datasets.shared.rain import RainLimits, rain_of
from downbench_datasets.shared.static_fields import static_fields
from downbench_datasets.shared.stores import is_zarr, open_store
from downbench_datasets.shared.times import with_times
from downbench_datasets.xshield.records import Record, check_pair, drop_empty_tiles, match_coverage

FIVE = ("precipitation", "UGRD10m", "VGRD10m", "TMPsfc", "CPRATsfc")
ELEVEN = ("precipitation", *PREDICTOR_NAMES)
RAIN = "PRATEsfc"

FINE_XSHIELD = "C3072-to-C384-res-diagnostics/pire_atmos_phys_3h_coarse.zarr"
COARSE_XSHIELD = "PIRE-c48-post-spinup-verification/pire_atmos_phys_3h_coarse.zarr"
STATIC_XSHIELD = ("pire_atmos_static_coarse.zarr", "grid_spec_coarse.zarr")
FINE_FV3GFS, COARSE_FV3GFS, ATMOS_FV3GFS, TOPO_FV3GFS = (
    "c384_precip_ave",
    "c48_precip_plus_more_ave",
    "c48_atmos_ave",
    "c384_topo",
)
FINE_MEMBER, COARSE_MEMBER = "sfc_8xdaily_ave.zarr", "sfc_8xdaily_ave_coarse.zarr"
ATMOS_MEMBER, TOPO_MEMBER = "atmos_8xdaily_ave_coarse.zarr", "atmos_static.zarr"
LATLON, LATLON_FINEST = ("25km.zarr", "100km.zarr"), ("3km.zarr", "25km.zarr")
FACTOR = 8


@dataclass(frozen=True)
class Release:
    """A publication of the data, with stores of its own names in folders of its own.

    Args:
        variant: its name in labels.
        title: its name in messages.
        mark: what stands in the folder if it is this release.
        open: opens its records, one per member.
    """

    variant: str
    title: str
    mark: tuple[str, ...]
    open: Callable[[Path], list[Record]]

    def matches(self, folder: Path) -> bool:
        """Whether ``folder`` holds this release."""
        return any((folder / mark).is_dir() for mark in self.mark)


def _rain(path: Path) -> tuple[xr.DataArray, xr.Dataset]:
    source = open_store(path)
    name = name_in_store(source, (RAIN,))
    if name is None:
        raise UserError(f"{path} has no variable {RAIN}", f"it has: {', '.join(map(str, source.data_vars))}")
    return rain_of(source, name, str(path), RainLimits()), source


def _predictors(sources: list[tuple[Path, xr.Dataset]], times: xr.DataArray) -> dict[str, xr.DataArray]:
    """Coarse predictors besides rain, as far as the stores hold them.

    Raises:
        UserError: one whose times are not those of the coarse rain.
    """
    fields: dict[str, xr.DataArray] = {}
    for name, aliases in PREDICTOR_NAMES.items():
        for path, source in sources:
            key = name_in_store(source, aliases)
            if key is None or name in fields:
                continue
            field = with_times(canonical(source[key], str(path)), source, str(path)).astype(np.float32)
            if not np.array_equal(field["time"], times):
                raise UserError(f"{path}: times of {key} are not those of the coarse rain")
            fields[name] = field.assign_attrs(units=str(source[key].attrs.get("units", "")))
    return fields


def _record(
    name: str, fine_path: Path, coarse_paths: list[Path], static_paths: list[Path], expected: tuple[str, ...]
) -> Record:
    """Open one record from its stores; of ``coarse_paths`` the first has the rain."""
    coarse_paths = [path for path in coarse_paths if is_zarr(path)]
    static_paths = [path for path in static_paths if is_zarr(path)]
    fine, fine_source = _rain(fine_path)
    statics = [open_store(path) for path in static_paths]
    static = static_fields([*statics, fine_source], tuple(fine.sizes[dim] for dim in ("tile", "y", "x")))
    notes = []
    if coarse_paths:
        rain, _ = _rain(coarse_paths[0])
        sources = [(path, open_store(path)) for path in coarse_paths]
        coarse = xr.Dataset({"precipitation": rain} | _predictors(sources, rain["time"]))
    else:
        area = static.get("area")
        coarse = coarsen(fine, FACTOR, area).to_dataset(name="precipitation")
        notes.append(f"no coarse store: coarse rain is the mean of {FACTOR} x {FACTOR} fine cells")
    missing = [wanted for wanted in expected if wanted not in coarse]
    if missing:
        notes.append(f"missing predictors: {', '.join(missing)}")
    if "topography" not in static:
        notes.append("topography is missing")
    if "area" not in static:
        notes.append("no cell areas: all cells weigh the same")
    stores = (fine_path, *coarse_paths, *static_paths)
    record = Record(name, coarse, fine, static, stores, tuple(notes))
    check_pair(record)
    return drop_empty_tiles(match_coverage(record))


def _open_xshield(folder: Path) -> list[Record]:
    fine, coarse = folder / FINE_XSHIELD, folder / COARSE_XSHIELD
    for path in (fine, coarse):
        if not is_zarr(path):
            raise UserError(f"{folder} looks like X-SHiELD, but {path.relative_to(folder)} is missing")
    statics = [fine.parent / name for name in STATIC_XSHIELD]
    return [_record("x-shield", fine, [coarse], statics, FIVE)]


def _open_fv3gfs(folder: Path) -> list[Record]:
    members = sorted(path.name for path in (folder / FINE_FV3GFS).iterdir() if path.is_dir())
    if not members:
        raise UserError(f"{folder / FINE_FV3GFS} has no members", "expected subfolders such as 0001")
    records = []
    for member in members:
        fine = folder / FINE_FV3GFS / member / FINE_MEMBER
        coarse = folder / COARSE_FV3GFS / member / COARSE_MEMBER
        for path in (fine, coarse):
            if not is_zarr(path):
                raise UserError(f"{folder} looks like FV3GFS, but {path.relative_to(folder)} is missing")
        topographies = [folder / TOPO_FV3GFS / member / TOPO_MEMBER]
        topographies += sorted((folder / TOPO_FV3GFS).glob(f"*/{TOPO_MEMBER}"))  # the same for all members
        atmos = folder / ATMOS_FV3GFS / member / ATMOS_MEMBER
        statics = [path for path in topographies if is_zarr(path)][:1]
        records.append(_record(member, fine, [coarse, atmos], statics, ELEVEN))
    return records


def _open_lat_lon(folder: Path) -> list[Record]:
    """The pair that is there: 3 km is the fine side where 25 km is its only partner, else 25 km is."""
    there = {name for name in (*LATLON, *LATLON_FINEST) if is_zarr(folder / name)}
    pair = (
        LATLON_FINEST if "3km.zarr" in there and there != {"25km.zarr", "100km.zarr", "3km.zarr"} else LATLON
    )
    fine, partner = folder / pair[0], folder / pair[1]
    return [_record("lat-lon", fine, [partner], [], ("precipitation",))]


RELEASES = (
    Release("x-shield", "X-SHiELD", (FINE_XSHIELD, COARSE_XSHIELD), _open_xshield),
    Release("fv3gfs", "the FV3GFS ensemble", (FINE_FV3GFS,), _open_fv3gfs),
    Release("lat-lon", "X-SHiELD on a lat-lon grid", ("25km.zarr", "3km.zarr"), _open_lat_lon),
)


def find_release(root: Path) -> tuple[Release, Path]:
    """Find out which release lies in ``root``, or in one folder within it.

    Raises:
        UserError: none, or several to choose from.
    """
    if not root.is_dir():
        raise UserError(
            f"{root} is not a folder", "unpack the archive, and give the folder that holds the stores"
        )
    for folders in ([root], sorted(path for path in root.iterdir() if path.is_dir())):
        matching = [
            (release, folder) for folder in folders for release in RELEASES if release.matches(folder)
        ]
        if len(matching) == 1:
            return matching[0]
        if matching:
            names = ", ".join(f"{folder} ({release.title})" for release, folder in matching)
            raise UserError(
                f"{root} holds several releases: {names}", "give one of these folders as --data-root"
            )
    marks = "; ".join(f"{release.title}: {release.mark[0]}" for release in RELEASES)
    raise UserError(
        f"{root} is not one of the releases that bench reads",
        f"it looked there, and one level below, for {marks}",
    )
