"""Regions that a user brings: a box, a polygon (GeoJSON) or a mask on the fine grid (NetCDF)."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from downbench.errors import UserError
from downbench.scoring.kernels.polygons import Polygon, inside_polygons
from downbench.scoring.mask_files import mask_of_file

DIMS = ("tile", "y", "x")
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")  # as the names of plug-ins
_BOX = re.compile(r"\s*[-+.\de]+(\s*,\s*[-+.\de]+){3}\s*", re.IGNORECASE)
_USAGE = "write name=lonmin,latmin,lonmax,latmax, name=polygon.geojson or name=mask.nc"


def box_mask(
    static: xr.Dataset, lon_min: float, lat_min: float, lon_max: float, lat_max: float
) -> xr.DataArray:
    """Cells (tile, y, x) whose centres lie in a box, edges included [degrees].

    Longitudes may count from 0 to 360 or from -180 to 180; a box whose ``lon_max`` is below its ``lon_min``
    crosses the date line or the prime meridian.
    """
    width = lon_max - lon_min if lon_max - lon_min >= 360 else (lon_max - lon_min) % 360
    east = (static["lon"].astype(np.float64) - lon_min) % 360
    return (east <= width) & (static["lat"] >= lat_min) & (static["lat"] <= lat_max)


@dataclass(frozen=True)
class UserRegion:
    """A region as it was asked for.

    Args:
        name: of its rows in the scores.
        source: four numbers, or the path of a file.
        digest: SHA-256 of the numbers or the file's content, part of the score key.
    """

    name: str
    source: str
    digest: str

    def mask(self, static: xr.Dataset, shape: tuple[int, ...]) -> xr.DataArray:
        """Cells (tile, y, x) of the fine grid that belong to it.

        Raises:
            UserError: nothing of the grid lies in it, the grid has no coordinates, or a mask is of another.
        """
        if self.source.endswith(".nc"):
            mask = mask_of_file(Path(self.source), static, shape, self.name)
        elif missing := [name for name in ("lat", "lon") if name not in static]:
            raise UserError(
                f"region {self.name!r}: the dataset has no {' and '.join(missing)} of its cells",
                "give a mask on the fine grid instead: name=mask.nc",
            )
        elif _BOX.fullmatch(self.source):
            mask = box_mask(static, *_corners(self.source, self.name)).transpose(*DIMS).to_numpy()
        else:
            lon, lat = (static[name].transpose(*DIMS).to_numpy() for name in ("lon", "lat"))
            mask = inside_polygons(lon, lat, _polygons(Path(self.source), self.name))
        if not mask.any():
            raise UserError(f"region {self.name!r} ({self.source}) holds no cell of the scored grid")
        return xr.DataArray(mask, dims=DIMS)


def parse_region(text: str) -> UserRegion:
    """Read ``name=lonmin,latmin,lonmax,latmax``, ``name=path.geojson`` or ``name=path.nc``.

    Raises:
        UserError: malformed, a name that is not allowed, or a file that cannot be read.
    """
    name, equals, source = text.partition("=")
    if not equals:
        raise UserError(f"--region {text!r} is not a region", _USAGE)
    if not _NAME.fullmatch(name):
        raise UserError(
            f"region name {name!r} is not allowed",
            "use lower case letters, digits, '-', '_' and '.', and begin with a letter or digit",
        )
    if _BOX.fullmatch(source):
        numbers = json.dumps(_corners(source, name))
        return UserRegion(name, source, hashlib.sha256(numbers.encode()).hexdigest())
    path = Path(source).expanduser().resolve()
    if path.suffix not in (".nc", ".geojson", ".json"):
        raise UserError(f"--region {text!r}: {source!r} is neither four numbers nor a file we read", _USAGE)
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UserError(f"region {name!r}: {source} cannot be read: {error.strerror}") from None
    if path.suffix != ".nc":
        _polygons(path, name)
    return UserRegion(name, str(path), digest)


def _corners(source: str, name: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(number) for number in source.split(","))
    except ValueError:
        raise UserError(f"region {name!r}: {source!r} is not four numbers", _USAGE) from None
    if not (-90 <= south < north <= 90 and -180 <= west <= 360 and -180 <= east <= 360 and west != east):
        raise UserError(
            f"region {name!r}: {source} is not a box in degrees",
            "lonmin,latmin,lonmax,latmax; latmin below latmax, longitudes in -180..180 or 0..360",
        )
    return west, south, east, north


def _polygons(path: Path, name: str) -> list[Polygon]:
    """Polygons of a GeoJSON file, each its rings (n, 2) of longitude and latitude, the outer one first."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        polygons = [
            [np.array([point[:2] for point in ring], np.float64).reshape(-1, 2) for ring in rings]
            for rings in _rings(content)
        ]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise UserError(f"region {name!r}: {path} is not GeoJSON: {error!r}") from None
    if not polygons or not all(
        len(ring) > 3 and np.isfinite(ring).all() for part in polygons for ring in part
    ):
        raise UserError(f"region {name!r}: {path} has no polygon, or a ring of fewer than four points")
    return polygons


def _rings(content: dict[str, Any]) -> list[Any]:
    """Coordinates of every polygon in a GeoJSON object (RFC 7946)."""
    match content["type"]:
        case "Polygon":
            return [content["coordinates"]]
        case "MultiPolygon":
            return list(content["coordinates"])
        case "Feature":
            return _rings(content["geometry"])
        case "FeatureCollection":
            return [rings for part in content["features"] for rings in _rings(part)]
        case "GeometryCollection":
            return [rings for part in content["geometries"] for rings in _rings(part)]
    raise ValueError(f"a {content['type']} has no area")
