"""Predictions with other people's conventions of coordinates, packing, missing values and times."""

from __future__ import annotations

import gzip
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
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


def test_rain_is_found_in_an_inner_group_of_any_name(single: xr.Dataset, tmp_path: Path) -> None:
    """Two groups down, its lines of time and place in the groups above it, as CF has it."""
    rain = single["precipitation"].to_numpy()
    whole = on_lines(single, rain)
    whole[["time"]].to_netcdf(tmp_path / "a.nc")
    whole[["lat", "lon"]].to_netcdf(tmp_path / "a.nc", "a", group="Output")
    bare = whole.drop_vars(["time", "lat", "lon"])
    bare.to_netcdf(tmp_path / "a.nc", "a", group="Output/Surface")
    np.testing.assert_array_equal(values_of(tmp_path / "a.nc", tiles=1)[0], rain)
    whole.to_zarr(tmp_path / "a.zarr", group="Output/Surface", consolidated=False)
    np.testing.assert_array_equal(values_of(tmp_path / "a.zarr", tiles=1)[0], rain)


def test_of_several_groups_with_rain_the_user_names_one(single: xr.Dataset, tmp_path: Path) -> None:
    rain = single["precipitation"].to_numpy()
    for group, factor in (("raw", 3), ("final", 1)):
        on_lines(single, factor * rain).to_netcdf(tmp_path / "a.nc", "a", group=group)
    (found,) = find_predictions(tmp_path / "a.nc", small_frames()).findings
    assert (found.check, found.severity) == ("variable", "error")
    assert "raw, final" in found.message
    assert "--variable GROUP/NAME" in found.message
    (absent,) = find_predictions(tmp_path / "a.nc", small_frames(), "best/pr").findings
    assert "there are: raw, final" in absent.message
    with closing(find_predictions(tmp_path / "a.nc", small_frames(), "final/pr")) as chosen:
        values = chosen.sequences["rain"].read(0, slice(None), 2)
    np.testing.assert_array_equal(values, rain)


@pytest.mark.parametrize("inside", ["", "mine.zarr/"], ids=["as zarr writes it", "a folder that was zipped"])
def test_a_store_in_a_zip_file_is_read_where_it_lies(single: xr.Dataset, tmp_path: Path, inside: str) -> None:
    rain = single["precipitation"].to_numpy()
    folder = tmp_path / "mine.zarr"
    on_lines(single, rain).to_zarr(folder, consolidated=False)
    with zipfile.ZipFile(tmp_path / "mine.zarr.zip", "w") as packed:
        for file in sorted(one for one in folder.rglob("*") if one.is_file()):
            packed.write(file, inside + file.relative_to(folder).as_posix())
    before = sorted(tmp_path.iterdir())
    np.testing.assert_array_equal(values_of(tmp_path / "mine.zarr.zip", tiles=1)[0], rain)
    assert sorted(tmp_path.iterdir()) == before


def test_a_zip_file_of_something_else_is_refused_in_one_message(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("notes.txt", "rain")
    (found,) = find_predictions(tmp_path / "a.zip", small_frames()).findings
    assert found.check == "readable"


@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d_%H:%M:%S", "%Y%m%d%H"])
def test_times_that_are_text_are_read(single: xr.Dataset, tmp_path: Path, form: str) -> None:
    """In any order of the frames; pandas tells what the texts are."""
    rain = single["precipitation"].to_numpy()
    texts = pd.to_datetime(single["time"].to_numpy()).strftime(form)
    order = np.random.default_rng(0).permutation(FRAMES)
    text = on_lines(single, rain).assign_coords(time=("time", np.array(texts, object)))
    text.isel(time=order).to_netcdf(tmp_path / "a.nc")
    np.testing.assert_array_equal(values_of(tmp_path / "a.nc", tiles=1)[0], rain)


def test_times_of_wrf_stand_beside_their_dim_as_characters(single: xr.Dataset, tmp_path: Path) -> None:
    rain = single["precipitation"].to_numpy()
    texts = pd.to_datetime(single["time"].to_numpy()).strftime("%Y-%m-%d_%H:%M:%S")
    wrf = on_lines(single, rain).drop_vars("time").rename(time="Time")
    wrf["Times"] = ("Time", np.array(list(texts), "S19"))
    wrf.isel(Time=slice(None, None, -1)).to_netcdf(tmp_path / "a.nc")
    np.testing.assert_array_equal(values_of(tmp_path / "a.nc", tiles=1)[0], rain)


@pytest.mark.parametrize("form", ["beside", "start", "plane"])
def test_valid_times_beside_the_leads_of_a_forecast_are_its_times(
    single: xr.Dataset, tmp_path: Path, form: str
) -> None:
    """As cfgrib and the like write one forecast: one start, and the moments it is for along its leads."""
    expected = single["precipitation"].to_numpy()
    hours, start = 3 * (np.arange(10) + 1), np.datetime64("2021-06-01T00", "ns")
    moments = single["time"].to_numpy()
    forecast = single.rename(time="step").assign_coords(step=("step", hours, {"units": "hours"}))
    forecast = forecast.assign_coords(valid_time=("step", moments), time=start)
    if form == "start":
        forecast = forecast.swap_dims(step="valid_time").drop_vars(["step", "time"]).expand_dims(time=[start])
    elif form == "plane":
        forecast = forecast.drop_vars(["time", "valid_time"]).expand_dims(time=[start])
        forecast = forecast.assign_coords(valid_time=(("time", "step"), moments[None]))
    forecast.to_netcdf(tmp_path / "a.nc")
    np.testing.assert_array_equal(values_of(tmp_path / "a.nc", tiles=1)[0], expected)


def test_predictions_packed_by_gzip_are_named_as_such(single: xr.Dataset, tmp_path: Path) -> None:
    packed = tmp_path / "mine.nc.gz"
    single.to_netcdf(tmp_path / "mine.nc")
    packed.write_bytes(gzip.compress((tmp_path / "mine.nc").read_bytes()))
    with closing(find_predictions(packed, small_frames())) as predictions:
        [finding] = predictions.findings
    assert finding.message.endswith("is packed by gzip: unpack it, and give what was in it")


def test_text_that_is_no_time_is_named(single: xr.Dataset, tmp_path: Path) -> None:
    names = np.array([f"frame {k}" for k in range(FRAMES)], object)
    named = on_lines(single, single["precipitation"].to_numpy()).assign_coords(time=("time", names))
    named.to_netcdf(tmp_path / "a.nc")
    (found,) = find_predictions(tmp_path / "a.nc", small_frames()).findings
    assert found.check == "times-unreadable"
    assert "frame 0" in found.message
