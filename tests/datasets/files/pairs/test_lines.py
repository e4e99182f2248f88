"""Lines of rectilinear grids: found beside others, joined to blocks, compared round the globe."""

from __future__ import annotations

import numpy as np
import xarray as xr

from downbench_datasets.files.pairs.lines import Lines, lines_of, lines_of_surfaces


def test_the_lines_of_a_variable_are_those_along_its_own_dims() -> None:
    """As in the Harvey pair: two grids in one file, without coordinates named after dims."""
    degrees = {"lat": {"units": "degrees_north"}, "lon": {"units": "degrees_east"}}
    source = xr.Dataset(
        {"pr": (("y", "x"), np.ones((4, 6))), "coarse": (("yc", "xc"), np.ones((2, 3)))},
        {
            "lat": ("y", np.arange(50, 46, -1.0), degrees["lat"]),
            "lon": ("x", [357.0, 358, 359, 0, 1, 2], degrees["lon"]),
            "lat_coarse": ("yc", [49.5, 47.5], degrees["lat"]),
            "lon_coarse": ("xc", [357.5, 359.5, 1.5], degrees["lon"]),
        },
    )
    fine, coarse = (lines_of(source, name, "a.nc") for name in ("pr", "coarse"))
    assert fine is not None
    assert coarse is not None
    assert fine.on_sphere
    np.testing.assert_array_equal(fine.x[[0, -1]], [[356.5, 357.5], [361.5, 362.5]])
    assert fine.nested(2).is_same(coarse)
    assert not fine.is_same(coarse)
    assert coarse.text == "cells of 2 x 2 degrees, 46.5 to 50.5, 356.5 to 362.5"
    turned = Lines(coarse.y, coarse.x - 360, on_sphere=True)
    assert fine.nested(2).is_same(turned)
    assert not fine.nested(2).is_same(Lines(coarse.y, coarse.x - 360, on_sphere=False))
    assert not fine.nested(2).is_same(Lines(coarse.y[::-1], coarse.x, on_sphere=True))


def test_a_grid_that_is_curved_or_not_stated_has_no_lines() -> None:
    field = xr.Dataset({"pr": (("y", "x"), np.ones((4, 6)))})
    assert lines_of(field, "pr", "a.nc") is None
    lat = np.add.outer(np.arange(4.0), np.arange(6) / 10)
    curved = field.assign_coords(
        lat=(("y", "x"), lat, {"units": "degrees_north"}),
        lon=(("y", "x"), lat.copy(), {"units": "degrees_east"}),
    )
    assert lines_of(curved, "pr", "a.nc") is None


def test_lines_of_a_regular_grid_whose_places_are_written_out() -> None:
    lat, lon = np.arange(50, 46, -1.0), (np.arange(6) + 357.0) % 360
    lines = lines_of_surfaces(*np.meshgrid(lat, lon, indexing="ij"))
    assert lines is not None
    np.testing.assert_array_equal(lines.y[:, 0], lat + 0.5)
    np.testing.assert_array_equal(lines.x[:, 0], 356.5 + np.arange(6))
    bent, east = np.meshgrid(lat, lon, indexing="ij")
    bent[1, 2] += 0.1
    assert lines_of_surfaces(bent, east) is None
    assert lines_of_surfaces(bent * np.nan, east) is None
    assert lines_of_surfaces(*np.meshgrid([50.0, 49.0, 49.5], lon, indexing="ij")) is None


def test_columns_of_a_rotated_pole_are_the_same_a_turn_further() -> None:
    """rlon from 350 to 10 over zero, from 350 to 370, or from -10 to 10."""

    def rotated(x: np.ndarray) -> Lines:
        line = {"units": "degrees"}
        source = xr.Dataset(
            {"pr": (("rlat", "rlon"), np.ones((3, len(x))))},
            {"rlat": ("rlat", [0.0, 1.0, 2.0], line), "rlon": ("rlon", x, line)},
        )
        lines = lines_of(source, "pr", "a.nc")
        assert lines is not None
        return lines

    x = np.arange(-4.0, 4.0)
    assert rotated(x % 360).is_same(rotated(x))
    assert rotated(x + 360).is_same(rotated(x))
    assert not rotated(x + 1).is_same(rotated(x))
