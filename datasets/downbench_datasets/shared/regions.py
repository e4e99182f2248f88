"""Regions that static fields can tell."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from downbench import box_mask

# West, south, east, north in degrees. The paper shows both without giving bounds (arXiv:2312.06071, regional
# figures): California with the Sierra Nevada and the northern coast, the Himalaya with the plain below it.
BOXES = {"california": (-125.0, 32.0, -114.0, 42.0), "himalaya": (70.0, 24.0, 100.0, 38.0)}
TROPICS = 23.5  # degrees
MOUNTAIN = 1000  # m


def standard_regions(static: xr.Dataset) -> Mapping[str, xr.DataArray]:
    """Masks (tile, y, x) of tropics, extratropics, land, sea, mountains, California and the Himalaya.

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
    if "lat" in static and "lon" in static:
        masks |= {name: box_mask(static, *box) for name, box in BOXES.items()}
    return {name: mask for name, mask in masks.items() if bool(mask.any()) and not bool(mask.all())}
