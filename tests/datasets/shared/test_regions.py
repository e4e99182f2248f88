"""Regions from static fields."""

from __future__ import annotations

import numpy as np
import xarray as xr

from downbench_datasets.shared.regions import standard_regions

DIMS = ("tile", "y", "x")


def test_all_regions():
    static = xr.Dataset(
        {
            "lat": (DIMS, [[[-23.5, 23.6, 60.0]]]),
            "land_fraction": (DIMS, [[[0.5, 0.4, 1.0]]]),
            "topography": (DIMS, [[[1000.0, 0.0, 1001.0]]]),
        }
    )
    masks = {name: mask.values.ravel().tolist() for name, mask in standard_regions(static).items()}
    assert masks == {
        "tropics": [True, False, False],
        "extratropics": [False, True, True],
        "land": [True, False, True],
        "sea": [False, True, False],
        "mountains": [False, False, True],
    }


def test_empty_and_whole_regions_are_left_out():
    static = xr.Dataset({"lat": (DIMS, np.full((1, 2, 2), 50.0)), "topography": (DIMS, np.zeros((1, 2, 2)))})
    assert not standard_regions(static)


def test_without_static_fields():
    assert not standard_regions(xr.Dataset())


def test_california_and_himalaya():
    """Places that the paper speaks of lie inside, places beside them outside; longitudes from 0 to 360."""
    places = {
        "Sierra Nevada": (37.5, 241.0),
        "northern coast": (41.0, 236.0),
        "Arizona": (34.0, 248.0),
        "Kathmandu": (27.7, 85.3),
        "Karakoram": (35.9, 76.5),
        "Beijing": (39.9, 116.4),
    }
    lat, lon = np.array(list(places.values())).T
    static = xr.Dataset({"lat": (DIMS, lat[None, None]), "lon": (DIMS, lon[None, None])})
    masks = standard_regions(static)
    inside = {name: np.array(list(places))[mask.values[0, 0]].tolist() for name, mask in masks.items()}
    assert inside["california"] == ["Sierra Nevada", "northern coast"]
    assert inside["himalaya"] == ["Kathmandu", "Karakoram"]
