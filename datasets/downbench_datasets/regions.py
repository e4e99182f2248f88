"""Regions that static fields can tell."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

TROPICS = 23.5  # degrees
MOUNTAIN = 1000  # m


def standard_regions(static: xr.Dataset) -> Mapping[str, xr.DataArray]:
    """Masks (tile, y, x) of tropics, extratropics, land, sea and mountains.

    Left out are regions whose static field is missing, and those that are empty or the whole domain.
    """
    masks: dict[str, xr.DataArray] = {}
    if "lat" in static:
        masks["tropics"] = abs(static["lat"]) <= TROPICS
        masks["extratropics"] = abs(static["lat"]) > TROPICS
    if "land_fraction" in static:
        masks["land"] = static["land_fraction"] >= 0.5
        masks["sea"] = static["land_fraction"] < 0.5
    if "topography" in static:
        masks["mountains"] = static["topography"] > MOUNTAIN
    return {name: mask for name, mask in masks.items() if bool(mask.any()) and not bool(mask.all())}
