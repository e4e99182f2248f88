"""Predictions with other people's conventions of coordinates, packing, missing values and times."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from submission_world import FRAMES, good_predictions, small_frames, values_of

from downbench.submission.predictions import find_predictions


def on_lines(good: xr.Dataset, rain: np.ndarray, **attrs: object) -> xr.Dataset:
    """Predictions of one tile on lines of latitude and longitude, as others write them."""
    hours = (good["time"].to_numpy() - np.datetime64("2021-06-01")) / np.timedelta64(1, "h")
    return xr.Dataset(
        {"pr": (("member", "time", "lat", "lon"), rain, {"units": "mm/h"} | attrs)},
        {
            "time": ("time", hours.astype("i4"), {"units": "hours since 2021-06-01"}),
            "lat": ("lat", good["lat"].to_numpy(), {"units": "degrees_north"}),
            "lon": ("lon", good["lon"].to_numpy(), {"units": "degrees_east"}),
        },
    )


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    return good_predictions(tmp_path_factory.mktemp("single"), tiles=1, members=2)


@pytest.mark.parametrize(
    "units", [("degree_north", "degree_east"), ("degrees_N", "degrees_E"), ("degN", "degE")]
)
def test_lines_of_any_name_point_by_their_units(
    single: xr.Dataset, tmp_path: Path, units: tuple[str, str]
) -> None:
    rain = single["precipitation"].to_numpy()
    turned = on_lines(single, rain).isel(lat=slice(None, None, -1)).rename(lat="phi", lon="lam")
    turned["phi"].attrs["units"], turned["lam"].attrs["units"] = units
    turned.to_netcdf(tmp_path / "a.nc")
    np.testing.assert_array_equal(values_of(tmp_path / "a.nc", tiles=1)[0], rain)


def test_surfaces_that_are_repeated_for_each_time_place_the_rain(single: xr.Dataset, tmp_path: Path) -> None:
    """As WRF writes them; the rows run from south to north."""
    rain = single["precipitation"].to_numpy()
    turned = on_lines(single, rain).isel(lat=slice(None, None, -1))
    surfaces = np.meshgrid(turned["lat"], turned["lon"], indexing="ij")
    turned = turned.rename(lat="south_north", lon="west_east").drop_vars(["south_north", "west_east"])
    for name, surface in zip(("XLAT", "XLONG"), surfaces, strict=True):
        turned[name] = ("time", "south_north", "west_east"), np.stack([surface] * FRAMES)
    turned.to_netcdf(tmp_path / "a.nc")
    np.testing.assert_array_equal(values_of(tmp_path / "a.nc", tiles=1)[0], rain)


@pytest.mark.parametrize("attrs", [
    {"valid_range": np.array([0, 20000], "i2")}, {"valid_max": np.int16(20000)},
    {"missing_value": np.array([30000, 30001], "i2")}, {"missing_value": "30000, 30001"},
    {"_FillValue": np.int16(30000), "missing_value": np.int16(30001)}, {"valid_range": np.array([0, 200.0])},
])  # fmt: skip
def test_missing_values_are_those_that_any_attribute_says(
    single: xr.Dataset, tmp_path: Path, attrs: dict[str, object]
) -> None:
    packed = np.round(single["precipitation"].to_numpy() * 100).astype("i2")
    packed[:, :, 0, 0], packed[:, :, 0, 1] = 30000, 30001
    on_lines(single, packed, scale_factor=0.01, **attrs).to_netcdf(tmp_path / "a.nc")
    expected = packed * 0.01
    expected[:, :, 0, :2] = np.nan
    np.testing.assert_allclose(values_of(tmp_path / "a.nc", tiles=1)[0], expected, rtol=1e-6)


def test_packing_that_is_written_as_text_is_undone(single: xr.Dataset, tmp_path: Path) -> None:
    packed = np.round(single["precipitation"].to_numpy() * 100).astype("i2")
    on_lines(single, packed, scale_factor="0.01", add_offset="0").to_netcdf(tmp_path / "a.nc")
    np.testing.assert_allclose(values_of(tmp_path / "a.nc", tiles=1)[0], packed * 0.01, rtol=1e-6)


def test_times_in_nanoseconds(single: xr.Dataset, tmp_path: Path) -> None:
    rain = single["precipitation"].to_numpy()
    numbers = single["time"].to_numpy().astype("M8[ns]").astype("i8")
    data = on_lines(single, rain).assign_coords(
        time=("time", numbers, {"units": "nanoseconds since 1970-01-01"})
    )
    data.to_netcdf(tmp_path / "a.nc")
    np.testing.assert_array_equal(values_of(tmp_path / "a.nc", tiles=1)[0], rain)


def errors_of(path: Path) -> list[str]:
    with closing(find_predictions(path, small_frames(1))) as predictions:
        return [one.message for one in predictions.findings if one.severity == "error"]


def test_a_classic_file_that_is_cut_off_is_no_rain_of_zero(single: xr.Dataset, tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    on_lines(single, single["precipitation"].to_numpy()).to_netcdf(path, format="NETCDF3_CLASSIC")
    assert errors_of(path) == []
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    [error] = errors_of(path)
    assert "its header says that variable 'pr' goes beyond the end of the file" in error


def test_predictions_without_a_member_are_refused(single: xr.Dataset, tmp_path: Path) -> None:
    on_lines(single, single["precipitation"].to_numpy()[:0]).to_netcdf(tmp_path / "a.nc")
    assert errors_of(tmp_path / "a.nc") == ["'pr' has none"]
