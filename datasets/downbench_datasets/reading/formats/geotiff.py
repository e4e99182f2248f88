"""Rain in GeoTIFF, a file for each moment, as weather services give radar composites."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import UserError, moment_in
from downbench_datasets.reading.formats.lazy_frames import lazy_frame
from downbench_datasets.reading.formats.projected import geographic_surfaces, one_frame, plane
from downbench_datasets.shared.stores import reason


def open_geotiff(path: Path) -> xr.Dataset:
    """Open the first band, lazily; time by the tag of the observation, else by the file's name.

    Raises:
        UserError: the library is missing, the file is damaged, or no time is to be found.
    """
    try:
        import rasterio
    except ImportError as error:
        raise UserError(
            f"{path} is a GeoTIFF, which needs rasterio", "pip install 'downbench[radar]'"
        ) from error
    try:
        with rasterio.open(path) as file:
            shape, crs, transform = file.shape, file.crs, file.transform
            tags = _items(file.tags().get("GDAL_METADATA", "")) | file.tags() | file.tags(1)
            nodata, unit = file.nodata, file.units[0]
            gain, offset = file.scales[0], file.offsets[0]
    except rasterio.errors.RasterioError as error:
        raise UserError(
            f"{path} cannot be opened: {reason(error)}", "the file is damaged or cut off: fetch it again"
        ) from error
    low = {key.lower(): value for key, value in tags.items()}
    gain, offset = float(low.get("gain", gain)), float(low.get("offset", offset))
    missing = [float(value) for value in (nodata, low.get("nodata")) if value is not None]
    dry = float(low["undetect"]) if "undetect" in low else None
    units = low.get("quantity unit") or unit or low.get("units") or ""

    def read() -> NDArray[np.float32]:
        with rasterio.open(path) as file:
            raw = file.read(1)
        values = raw.astype(np.float32) * np.float32(gain) + np.float32(offset)
        if dry is not None:
            values[raw == dry] = -np.inf if units.lower() == "dbz" else 0
        values[np.isin(raw, missing)] = np.nan
        return values

    moment = _moment(low.get("observation time", "") or path.name, path)
    attrs = {"units": units, "long_name": "precipitation of a GeoTIFF"}
    field = lazy_frame(read, shape, str(path))
    data = one_frame(field, attrs, (moment, moment), _lines(transform, shape, crs, path))
    if units.lower() != "dbz":
        del data["precipitation"].attrs["cell_methods"]  # rates and amounts may well be of an interval
    return data


def _items(text: str) -> dict[str, str]:
    """Items of GDAL's metadata, ``unit`` attributes as ``NAME unit``."""
    try:
        root = ElementTree.fromstring(text.strip()) if text.strip() else None
    except ElementTree.ParseError:
        return {}
    items: dict[str, str] = {}
    for item in root.iter("Item") if root is not None else ():
        name = item.get("name", "")
        items[name] = (item.text or "").strip()
        if unit := item.get("unit"):
            items[f"{name} unit"] = unit
    return items


def _moment(text: str, path: Path) -> np.datetime64:
    moment = moment_in([text])
    if moment is None:
        raise UserError(f"{path}: neither a tag nor its name says its time", "name it ...YYYYMMDDhhmm...")
    return moment


def _lines(transform: Any, shape: tuple[int, int], crs: Any, path: Path) -> dict[str, xr.Variable]:
    """Centres of cells: x and y in metres with latitude and longitude, or lines of these.

    Raises:
        UserError: the grid is turned.
    """
    if transform.b or transform.d:
        raise UserError(f"{path}: its grid is turned against the axes of its projection")
    x = transform.c + transform.a * (np.arange(shape[1]) + 0.5)
    y = transform.f + transform.e * (np.arange(shape[0]) + 0.5)
    if crs is not None and crs.is_geographic:
        return {
            "y": xr.Variable("y", y, {"standard_name": "latitude", "units": "degrees_north"}),
            "x": xr.Variable("x", x, {"standard_name": "longitude", "units": "degrees_east"}),
        }
    return plane(x, y) | (geographic_surfaces(crs, x, y, str(path)) if crs is not None else {})
