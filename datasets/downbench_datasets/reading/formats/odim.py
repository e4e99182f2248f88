"""Radar composites in ODIM's HDF5 (Michelson et al. 2014, OPERA data information model)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from downbench import UserError
from downbench_datasets.reading.formats.lazy_frames import lazy_frame
from downbench_datasets.reading.formats.netcdf_file import opened
from downbench_datasets.reading.formats.projected import geographic_surfaces, one_frame, plane
from downbench_datasets.reading.settings import option

_UNITS = {"RATE": "mm h-1", "ACRR": "mm", "DBZH": "dBZ", "TH": "dBZ", "DBZV": "dBZ"}
_DRY = {"dBZ": -np.inf}  # undetected: no echo


def is_odim(path: Path) -> bool:
    """Whether an HDF5 file says that it follows ODIM."""
    with opened(path) as file:
        return str(getattr(file, "Conventions", "")).startswith("ODIM_H5")


def open_odim(path: Path, wanted: str | None) -> xr.Dataset:
    """Open the rain of a composite, lazily: ``nodata`` is missing, ``undetect`` is no rain.

    Args:
        path: of the file.
        wanted: quantity, where there are several: RATE, ACRR, DBZH.

    Raises:
        UserError: no composite, or none or several of the quantities.
    """
    with opened(path) as file:
        chosen, quantity = _choose(file, wanted, path)
        what = _attributes(file, chosen)
        where = {key: file["where"].getncattr(key) for key in file["where"].ncattrs()}
        shape = file[f"{chosen}/data"].shape
        moments = _moments(what)
    units = _UNITS[quantity]
    gain, offset = float(what.get("gain", 1)), float(what.get("offset", 0))

    def read() -> np.ndarray:
        with opened(path) as file:
            raw = np.asarray(file[f"{chosen}/data"][...], np.float64)
        rain = raw * gain + offset
        rain[raw == float(what.get("undetect", np.nan))] = _DRY.get(units, 0.0)
        rain[raw == float(what.get("nodata", np.nan))] = np.nan
        return rain.astype(np.float32)

    x, y = _centres(where, shape)
    field = lazy_frame(read, shape, f"{path}, {chosen}")
    attrs = {"units": units, "long_name": f"precipitation ({quantity} of ODIM)"}
    lines = plane(x, y) | geographic_surfaces(str(where["projdef"]), x, y, str(path))
    return one_frame(field, attrs, moments, lines)


def _attributes(file: Any, chosen: str) -> dict[str, Any]:
    """What the file, the dataset and the data say; what stands further inside wins."""
    said: dict[str, Any] = {}
    for group in ("what", f"{chosen.rsplit('/', 1)[0]}/what", f"{chosen}/what"):
        try:
            node = file[group]
        except (IndexError, KeyError):
            continue
        said |= {key: node.getncattr(key) for key in node.ncattrs()}
    return said


def _choose(file: Any, wanted: str | None, path: Path) -> tuple[str, str]:
    """Group of the data, and its quantity."""
    choices: dict[str, str] = {}
    for name, dataset in file.groups.items():
        if name.startswith("dataset"):
            for inner in dataset.groups:
                if inner.startswith("data"):
                    key = f"{name}/{inner}"
                    choices[key] = str(_attributes(file, key).get("quantity", "")).upper()
    rain = {key: q for key, q in choices.items() if q in _UNITS and q == (wanted or q).upper()}
    for quantity in _UNITS:
        alike = [key for key, q in rain.items() if q == quantity]
        if alike:
            return alike[0], quantity
    seen = ", ".join(sorted(set(choices.values()))) or "none"
    raise UserError(
        f"{path} has no precipitation; its quantities: {seen}",
        f"{', '.join(_UNITS)} are read; say which: {option('variable', 'RATE')}",
    )


def _moments(what: dict[str, Any]) -> tuple[np.datetime64, np.datetime64]:
    def moment(date: str, time: str) -> np.datetime64:
        d, t = str(what.get(date, what.get("date"))), str(what.get(time, what.get("time")))
        return np.datetime64(f"{d[:4]}-{d[4:6]}-{d[6:8]}T{t[:2]}:{t[2:4]}:{t[4:6] or '00'}")

    return moment("startdate", "starttime"), moment("enddate", "endtime")


def _centres(where: dict[str, Any], shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Centres of the cells [m]: the corner is worked out by the projection; rows begin in the north."""
    width, height = float(where["xscale"]), float(where["yscale"])
    left, top = 0.0, 0.0
    try:
        from rasterio.warp import transform

        corner = transform(
            "EPSG:4326", str(where["projdef"]), [float(where["UL_lon"])], [float(where["UL_lat"])]
        )
        left, top = corner[0][0], corner[1][0]
    except ImportError:
        pass  # lines without an origin are lines all the same
    return left + width * (np.arange(shape[1]) + 0.5), top - height * (np.arange(shape[0]) + 0.5)
