"""Radar composites in KNMI's HDF5 (Roozekrans and Holleman 2003, KNMI HDF5 data format specification)."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from downbench import UserError
from downbench_datasets.reading.formats.lazy_frames import lazy_frame
from downbench_datasets.reading.formats.netcdf_file import opened
from downbench_datasets.reading.formats.projected import geographic_surfaces, one_frame, plane

_FORMULA = re.compile(r"GEO\s*=\s*([-+\d.eE]+)\s*\*\s*PV\s*\+?\s*([-+\d.eE]+)?")
_UNIT = re.compile(r"\[([^\]]+)\]")
_METRES = {"KM": 1000.0, "M": 1.0}


def is_knmi(path: Path) -> bool:
    """Whether an HDF5 file is laid out as KNMI's."""
    with opened(path) as file:
        return {"image1", "geographic", "overview"} <= set(file.groups)


def open_knmi(path: Path) -> xr.Dataset:
    """Open the first image of a composite, lazily, calibrated, with missing cells as NaN.

    Raises:
        UserError: a calibration or a date that cannot be read.
    """
    with opened(path) as file:
        image, calibration = file["image1"], file["image1/calibration"]
        shape = image["image_data"].shape
        formula = str(calibration.getncattr("calibration_formulas"))
        codes = [
            int(np.ravel(calibration.getncattr(key))[0])
            for key in ("calibration_missing_data", "calibration_out_of_image")
            if key in calibration.ncattrs()
        ]
        unit = _UNIT.search(str(image.getncattr("image_geo_parameter")))
        overview = file["overview"]
        moments = tuple(_moment(overview, f"product_datetime_{end}", path) for end in ("start", "end"))
        lines = _lines(file, shape, path)
    numbers = _FORMULA.search(formula)
    if numbers is None:
        raise UserError(f"{path}: the calibration {formula!r} cannot be read")
    gain, offset = float(numbers[1]), float(numbers[2] or 0)

    def read() -> np.ndarray:
        with opened(path) as file:
            raw = np.asarray(file["image1/image_data"][...])
        values = raw * gain + offset
        values[np.isin(raw, codes)] = np.nan
        return values.astype(np.float32)

    field = lazy_frame(read, shape, f"{path}, image1")
    attrs = {"units": unit[1].lower() if unit else "", "long_name": "precipitation of the radar composite"}
    return one_frame(field, attrs, (moments[0], moments[1]), lines)


def _moment(overview: Any, key: str, path: Path) -> np.datetime64:
    text = str(overview.getncattr(key))
    try:
        return np.datetime64(datetime.strptime(text.split(".")[0], "%d-%b-%Y;%H:%M:%S"), "s")
    except ValueError as error:
        raise UserError(f"{path}: the date {text!r} cannot be read") from error


def _lines(file: Any, shape: tuple[int, ...], path: Path) -> dict[str, xr.Variable]:
    """Coordinates; the projection may count in kilometres, as its ellipsoid does."""
    geo = file["geographic"]
    unit = str(getattr(geo, "geo_dim_pixel", "KM,KM")).split(",")[0].strip().upper()
    metres = _METRES.get(unit, 1.0)
    width, height = float(geo.geo_pixel_size_x), float(geo.geo_pixel_size_y)
    x = (float(geo.geo_column_offset) + np.arange(shape[1]) + 0.5) * width
    y = -float(geo.geo_row_offset) + (np.arange(shape[0]) + 0.5) * height
    proj = str(geo["map_projection"].projection_proj4_params)
    return plane(x * metres, y * metres) | geographic_surfaces(
        _in_metres(proj), x * metres, y * metres, str(path)
    )


def _in_metres(proj: str) -> str:
    """PROJ's text with an ellipsoid that is given in kilometres in metres."""

    def metres(match: re.Match[str]) -> str:
        value = float(match[2])
        return f"+{match[1]}={value * 1000 if value < 1e5 else value}"

    return re.sub(r"\+(a|b|x_0|y_0)=([-\d.]+)", metres, proj)
