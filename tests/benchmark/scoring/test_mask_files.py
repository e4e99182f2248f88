"""Masks from files lie on the right cells, or are refused."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from globe import globe

from downbench import UserError
from downbench.scoring.mask_files import mask_of_file


def write_mask(path, static, window=None, turned=False, **changes):
    """A mask of the tropics on the grid of ``static``, with coordinates."""
    lat, lon = static["lat"].values[0, :, 0], static["lon"].values[0, 0]
    lon = (lon + 180) % 360 - 180 if turned else lon
    values = np.broadcast_to(np.abs(lat)[:, None] < 20, (len(lat), len(lon))).astype(changes.pop("as_", "i1"))
    data = xr.Dataset({"mask": (("lat", "lon"), values)}, {"lat": lat + changes.pop("shift", 0), "lon": lon})
    data = data.isel(window or {})
    (data.assign(**changes)).to_netcdf(path)
    return path


@pytest.mark.parametrize(
    "options", [{}, {"as_": "f8"}, {"window": {"lat": slice(None, None, -1)}}, {"turned": True}]
)
def test_masks_are_matched_by_their_coordinates(tmp_path, options):
    static = globe(1.0)
    path = write_mask(tmp_path / "m.nc", static, **options)
    part = static.isel(y=slice(10, 60), x=slice(100, 180))
    got = mask_of_file(path, part, part["lat"].shape, "mine")
    np.testing.assert_array_equal(got, np.abs(part["lat"].values) < 20)


def test_masks_without_coordinates(tmp_path):
    mask = np.zeros((6, 8, 8), bool)
    mask[2, 3:5] = True
    xr.Dataset({"m": (("tile", "y", "x"), mask.astype("i1"))}).to_netcdf(tmp_path / "m.nc")
    path = tmp_path / "m.nc"
    np.testing.assert_array_equal(mask_of_file(path, xr.Dataset(), (6, 8, 8), "mine"), mask)
    with pytest.raises(UserError, match=r"'mine'.*does not fit the fine grid \(6, 16, 8\)"):
        mask_of_file(path, xr.Dataset(), (6, 16, 8), "mine")


def test_masks_of_another_grid(tmp_path):
    """Half a cell and more away, or without all cells, is another grid."""
    static = globe()
    shape = static["lat"].shape
    for name, options in (("a", {"shift": 0.9}), ("b", {"window": {"lat": slice(5, None)}})):
        path = write_mask(tmp_path / f"{name}.nc", static, **options)
        with pytest.raises(UserError, match="does not fit the fine grid"):
            mask_of_file(path, static, shape, "mine")


def test_coordinates_that_differ_by_rounding_are_the_same_grid(tmp_path):
    static = globe()
    path = write_mask(tmp_path / "m.nc", static, shift=1e-4)
    assert mask_of_file(path, static, static["lat"].shape, "mine").any()


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"m": (("y", "x"), np.full((90, 180), 0.5))}, "'m' has values other than 0 and 1"),
        ({"m": (("y", "x"), np.full((90, 180), np.nan))}, "values other than 0 and 1"),
        ({name: (("y", "x"), np.ones((90, 180))) for name in "ab"}, r"holds 2 fields \(a, b\)"),
        ({"m": ("y", np.ones(90))}, "holds 0 fields"),
    ],
)
def test_a_file_that_holds_no_mask_is_refused(tmp_path, variables, message):
    xr.Dataset(variables).to_netcdf(tmp_path / "m.nc")
    with pytest.raises(UserError, match=message):
        mask_of_file(tmp_path / "m.nc", globe(), (1, 90, 180), "mine")


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "m.nc").write_text("no NetCDF")
    with pytest.raises(UserError, match="cannot be read as NetCDF"):
        mask_of_file(tmp_path / "m.nc", globe(), (1, 90, 180), "mine")


def test_two_dimensional_coordinates_must_agree(tmp_path):
    static = globe().isel(tile=slice(0, 1))
    path = tmp_path / "m.nc"
    own = {name: (("y", "x"), static[name].values[0]) for name in ("lat", "lon")}
    data = xr.Dataset({"m": (("y", "x"), np.ones((90, 180), "i1"))}, own)
    data.to_netcdf(path)
    assert mask_of_file(path, static, (1, 90, 180), "mine").all()
    data.assign_coords(lat=data["lat"] * -1).to_netcdf(path)
    with pytest.raises(UserError, match="does not fit"):
        mask_of_file(path, static, (1, 90, 180), "mine")
