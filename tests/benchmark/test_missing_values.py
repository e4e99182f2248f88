"""What files say about valid values is honoured as netCDF4 does, which is another implementation of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import xarray as xr

from downbench import UserError
from downbench.missing_values import mask_values
from downbench_datasets.shared.stores import open_store

RAIN = np.arange(24).reshape(2, 3, 4)


def write(path: Path, kind: str, attributes: dict[str, Any]) -> None:
    with netCDF4.Dataset(path, "w") as file:
        for name, size in zip(("time", "y", "x"), RAIN.shape, strict=True):
            file.createDimension(name, size)
        variable = file.createVariable("pr", kind, ("time", "y", "x"))
        variable.set_auto_maskandscale(False)
        variable[:] = RAIN
        variable.setncatts(attributes)


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        ("f4", {"valid_range": np.array([2, 20], "f4")}),
        ("f4", {"valid_max": np.float32(7)}),
        ("f4", {"valid_min": np.float32(3), "missing_value": np.float32(5)}),
        ("i2", {"valid_range": np.array([2, 20], "i2"), "scale_factor": 0.5, "add_offset": 1.0}),
        ("i2", {"valid_max": np.int16(9), "scale_factor": 0.25}),
        ("f4", {"valid_range": "none"}),
    ],
)
def test_valid_values(tmp_path: Path, kind: str, attributes: dict[str, Any]) -> None:
    path = tmp_path / "a.nc"
    write(path, kind, attributes)
    with netCDF4.Dataset(path) as file:
        expected = np.ma.filled(file["pr"][:].astype(float), np.nan)
    np.testing.assert_array_equal(mask_values(open_store(path)["pr"], ()).to_numpy(), expected)


def test_a_range_in_unpacked_units_is_taken_so(tmp_path: Path) -> None:
    """CF 2.5.1: the type of the range says whether it is of the packed or of the unpacked values."""
    path = tmp_path / "a.nc"
    write(path, "i2", {"valid_max": 4.0, "scale_factor": 0.5})
    values = mask_values(open_store(path)["pr"], ()).to_numpy()
    np.testing.assert_array_equal(values, np.where(RAIN * 0.5 <= 4, RAIN * 0.5, np.nan))


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        ("f4", {"CodeMissingValue": "5"}),
        ("f4", {"nodata": np.float64(5)}),
        ("u1", {"FillValue": np.uint8(5), "scale_factor": "0.5"}),
        ("i2", {"NODATA_value": np.int16(5), "scale_factor": 0.5}),
        ("f4", {"missing_value": "5.0f"}),
    ],
)
def test_missing_values_under_other_names_and_packing_in_text(
    tmp_path: Path, kind: str, attributes: dict[str, Any]
) -> None:
    path = tmp_path / "a.nc"
    write(path, kind, attributes)
    scale = float(attributes.get("scale_factor", 1))
    np.testing.assert_array_equal(open_store(path)["pr"], np.where(RAIN == 5, np.nan, RAIN * scale))


def test_nan_that_xarray_declares_hides_no_other_name(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    xr.Dataset({"pr": (("time", "y", "x"), RAIN.astype("f4"), {"nodata": 5.0})}).to_netcdf(path)
    with netCDF4.Dataset(path) as file:
        assert np.isnan(file["pr"]._FillValue)
    np.testing.assert_array_equal(open_store(path)["pr"], np.where(RAIN == 5, np.nan, RAIN))


def test_a_missing_value_in_double_precision_marks_cells_in_single(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    write(path, "f4", {"missing_value": np.float64(-9999.9)})
    with netCDF4.Dataset(path, "a") as file:
        file["pr"].set_auto_maskandscale(False)
        file["pr"][0, 0, 0] = np.float32(-9999.9)
    assert np.isnan(open_store(path)["pr"][0, 0, 0])


def test_zero_is_rain_whatever_an_attribute_says(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    write(path, "f4", {"nodata": np.float32(0)})
    np.testing.assert_array_equal(open_store(path)["pr"], RAIN)


@pytest.mark.parametrize(("kind", "code"), [("i2", 32767), ("i2", -32767), ("u2", 65535), ("u1", 255)])
def test_the_ends_of_packed_numbers_are_missing_where_nothing_is_declared(
    tmp_path: Path, kind: str, code: int
) -> None:
    for name, attributes in (
        ("a", {"scale_factor": 0.01}),
        ("b", {"scale_factor": 0.01, "missing_value": 7}),
    ):
        write(tmp_path / f"{name}.nc", kind, attributes)
        with netCDF4.Dataset(tmp_path / f"{name}.nc", "a") as file:
            file["pr"].set_auto_maskandscale(False)
            file["pr"][0, 0, 0] = code
    assert np.isnan(open_store(tmp_path / "a.nc")["pr"][0, 0, 0])
    assert float(open_store(tmp_path / "b.nc")["pr"][0, 0, 0]) == pytest.approx(code / 100)


@pytest.mark.parametrize("attributes", [{"scale_factor": 0.0}, {"add_offset": np.nan, "scale_factor": 0.1}])
def test_packing_that_leaves_nothing_is_refused(tmp_path, attributes):
    write(tmp_path / "a.nc", "i2", attributes)
    with pytest.raises(UserError, match=r"a\.nc: the variable 'pr' cannot be unpacked: scale_factor"):
        open_store(tmp_path / "a.nc")


@pytest.mark.parametrize(
    "attributes",
    [{"scale_factor": 0.25}, {"missing_value": np.int8(-1)}, {"missing_value": np.uint8(255)}],
)
def test_unsigned_numbers_in_a_signed_type_are_missing_at_their_code(
    tmp_path: Path, attributes: dict[str, Any]
) -> None:
    """Classic NetCDF has no unsigned bytes: 255 stands there as -1, and 200 as -56."""
    write(tmp_path / "a.nc", "i1", {"_Unsigned": "true", **attributes})
    with netCDF4.Dataset(tmp_path / "a.nc", "a") as file:
        file["pr"].set_auto_maskandscale(False)
        file["pr"][0, 0, :2] = [-1, -56]
    row = open_store(tmp_path / "a.nc")["pr"][0, 0]
    scale = attributes.get("scale_factor", 1)
    np.testing.assert_allclose(row, [np.nan, 200 * scale, 2 * scale, 3 * scale])


@pytest.mark.parametrize(
    "attributes",
    [
        {"slope": 0.5, "intercept": 1.0},
        {"gain": np.float32(0.5), "offset": "1"},
        {"Scale Factor": "0.5", "Add_Offset": 1.0},
        {"ScaleFactor": 0.5, "offset": 1.0},
    ],
)
def test_packing_under_other_names(tmp_path: Path, attributes: dict[str, Any]) -> None:
    """Satellite products write gain, slope or ScaleFactor; taken as it is stored, rain is many times off."""
    path = tmp_path / "a.nc"
    write(path, "i2", {**attributes, "missing_value": np.int16(5)})
    expected = np.where(RAIN == 5, np.nan, RAIN * 0.5 + 1)
    np.testing.assert_array_equal(open_store(path)["pr"].to_numpy(), expected)


@pytest.mark.parametrize("name", ["slope", "scale_factor"])
def test_a_packed_range_is_unpacked_as_the_values_are(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.nc"
    write(path, "i2", {name: "0.5", "valid_max": np.int16(9)})
    expected = np.where(RAIN <= 9, RAIN * 0.5, np.nan)
    np.testing.assert_array_equal(mask_values(open_store(path)["pr"], ()).to_numpy(), expected)


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        ("f4", {"slope": 0.5}),
        ("i2", {"scale": 1.0, "offset": 0.0}),
        ("i2", {"scale": "linear"}),
        ("i2", {"scale_factor": 1.0, "slope": 0.5}),
        ("i2", {"gain": np.array([0.5, 2.0])}),
    ],
)
def test_what_is_no_packing(tmp_path: Path, kind: str, attributes: dict[str, Any]) -> None:
    """Rain that is stored as numbers of its unit, whatever else is called a slope or a scale."""
    path = tmp_path / "a.nc"
    write(path, kind, attributes)
    np.testing.assert_array_equal(open_store(path)["pr"].to_numpy(), RAIN)
