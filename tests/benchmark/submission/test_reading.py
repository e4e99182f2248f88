"""Predictions are read as they are meant, whatever the order, the direction or the layout of the file."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from submission_world import FRAMES, good_predictions, small_frames, values_of

from downbench.submission.grid import place_of
from downbench.submission.opening import Refused, find_variables, open_groups, role_of
from downbench.submission.predictions import find_predictions
from downbench.submission.times import read_times


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    return good_predictions(tmp_path_factory.mktemp("good"), tiles=2, members=2)


def test_order_direction_and_names_do_not_matter(good: xr.Dataset, tmp_path: Path) -> None:
    good.to_netcdf(tmp_path / "good.nc")
    expected = good["precipitation"].transpose("tile", "member", "time", "y", "x").to_numpy()
    np.testing.assert_array_equal(values_of(tmp_path / "good.nc"), expected)
    other = good.isel(
        time=np.random.default_rng(0).permutation(FRAMES), y=slice(None, None, -1), tile=[1, 0]
    ).transpose("x", "tile", "member", "y", "time")
    other = other.drop_vars("member").rename(member="realization", y="rows", x="grid_xt")
    other.expand_dims("level").to_zarr(tmp_path / "other.zarr", consolidated=False)
    np.testing.assert_array_equal(values_of(tmp_path / "other.zarr"), expected)


def test_a_part_is_the_part_of_the_whole(good: xr.Dataset, tmp_path: Path) -> None:
    good.isel(time=slice(None, None, -1)).to_netcdf(tmp_path / "good.nc")
    whole = values_of(tmp_path / "good.nc")
    with closing(find_predictions(tmp_path / "good.nc", small_frames(2))) as predictions:
        part = predictions.sequences["rain"].read(1, slice(3, 5), 1)
    np.testing.assert_array_equal(part, whole[1, :1, 3:5])


def test_packed_values_in_other_units_become_mm_per_hour(good: xr.Dataset, tmp_path: Path) -> None:
    packed = good.assign(precipitation=(good["precipitation"] * 24).assign_attrs(units="mm/day"))
    encoding = {"dtype": "int16", "scale_factor": 0.01, "_FillValue": -1}
    packed.to_netcdf(tmp_path / "packed.nc", encoding={"precipitation": encoding})
    expected = good["precipitation"].transpose("tile", "member", "time", "y", "x").to_numpy()
    np.testing.assert_allclose(values_of(tmp_path / "packed.nc"), expected, atol=0.006 / 24)


@pytest.mark.parametrize(("key", "units", "factor"), [
    ("units", "mm/24h", 24), ("units", "mm day\u22121", 24), ("units", "mm/3hr", 3), ("units", "[mm/h]", 1),
    ("units", "kg/m2/s", 1 / 3600), ("units", "Mm/h", 1), ("GRIB_units", "mm/day", 24),
    ("unit", "m h-1", 0.001), ("units", "mm/(6 h)", 6), ("units", "mm", 3),
    ("units", "m of water equivalent", 0.003),
])  # fmt: skip
def test_units_of_predictions_are_read_in_every_spelling(
    good: xr.Dataset, tmp_path: Path, key: str, units: str, factor: float
) -> None:
    """Steps are three hours long, and amounts those of a step."""
    rain = (good["precipitation"] * factor).drop_attrs().assign_attrs({key: units})
    good.assign(precipitation=rain).to_netcdf(tmp_path / "other.nc")
    expected = good["precipitation"].transpose("tile", "member", "time", "y", "x").to_numpy()
    np.testing.assert_allclose(values_of(tmp_path / "other.nc"), expected, rtol=1e-5)


@pytest.mark.parametrize("units", ["mm 3h-1", "mm/month", "dBZ", "K"])
def test_units_of_predictions_that_are_no_rate_are_refused(
    good: xr.Dataset, tmp_path: Path, units: str
) -> None:
    rain = good["precipitation"].assign_attrs(units=units)
    good.assign(precipitation=rain).to_netcdf(tmp_path / "other.nc")
    with closing(find_predictions(tmp_path / "other.nc", small_frames(2))) as predictions:
        assert not predictions.sequences
        assert [one.check for one in predictions.findings if one.severity == "error"] == ["units-unknown"]


def test_zeros_of_zarr_2_are_dry_cells(good: xr.Dataset, tmp_path: Path) -> None:
    """zarr writes the fill value 0 where nobody says another, which xarray takes for missing."""
    dry = good.assign(precipitation=good["precipitation"].where(good["precipitation"] > 0.5, 0))
    path = tmp_path / "plain.zarr"
    dry.to_zarr(path, zarr_format=2, consolidated=False)
    for name in ("precipitation", "lat"):
        header = path / name / ".zarray"
        header.write_text(json.dumps({**json.loads(header.read_text()), "fill_value": 0.0}))
    expected = dry["precipitation"].transpose("tile", "member", "time", "y", "x").to_numpy()
    assert (expected == 0).any()
    np.testing.assert_array_equal(values_of(path), expected)


def test_times_that_are_off_by_rounding_are_those_of_the_nearest_frames(
    good: xr.Dataset, tmp_path: Path
) -> None:
    times = {"units": "days since 1850-01-01", "dtype": "f4"}
    good.to_netcdf(tmp_path / "rounded.nc", encoding={"time": times})
    good.to_netcdf(tmp_path / "good.nc")
    np.testing.assert_array_equal(values_of(tmp_path / "rounded.nc"), values_of(tmp_path / "good.nc"))
    step = good["time"][1] - good["time"][0]
    for share, check in ((0.09, "times-rounded"), (0.11, "times-shifted")):
        good.assign_coords(time=good["time"] + share * step).to_netcdf(tmp_path / "late.nc")
        with closing(find_predictions(tmp_path / "late.nc", small_frames(2))) as predictions:
            assert check in [finding.check for finding in predictions.findings]


@pytest.mark.parametrize("kind", ["nc", "zarr"])
def test_each_sequence_may_have_a_group(good: xr.Dataset, kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"groups.{kind}"
    for name, mode in (("rain", "w"), ("snow", "a")):
        if kind == "nc":
            good.to_netcdf(path, group=name, mode=mode)
        else:
            good.to_zarr(path, group=name, mode=mode, consolidated=False)
    groups = open_groups(path)
    assert find_variables(groups, ["rain", "snow"], None)["snow"].name == "precipitation"
    for group in groups.values():
        group.close()


def test_a_variable_is_chosen_by_its_name_only_where_there_is_a_choice(good: xr.Dataset) -> None:
    two = good.assign(temperature=good["precipitation"].drop_attrs())
    assert find_variables({"": two}, ["rain"], None)["rain"].name == "precipitation"
    assert find_variables({"": two}, ["rain"], "temperature")["rain"].name == "temperature"
    with pytest.raises(Refused, match="precipitation, temperature"):
        find_variables({"": two}, ["rain"], "humidity")


def test_roles_of_dims() -> None:
    coords = {"a": ("a", [0.0], {"axis": "Y"}), "b": ("b", [0.0], {"standard_name": "realization"})}
    data = xr.Dataset(coords=coords)
    assert [role_of(dim, data) for dim in ("a", "b", "time_2", "Longitude", "level")] == [
        "y", "member", "time", "x", None,
    ]  # fmt: skip
    names = ("nsample", "draws", "m", "n_member", "realisation_id", "month", "samples_per_day")
    assert [role_of(dim, data) for dim in names] == ["member"] * 5 + [None] * 2
    lines = xr.Dataset(
        {
            "lat": ("phony_dim_2", [0.0]),
            "where": ("x", [0.0], {"units": "degrees_north"}),
            "lon": ("n", [0.0]),
        }
    )
    lines["latitude"] = ("n", [0.0])
    assert [role_of(dim, lines) for dim in ("phony_dim_2", "x", "n")] == ["y", "y", None]


def test_a_variable_whose_dims_are_the_matter_is_named(tmp_path: Path) -> None:
    xr.Dataset({"rain": (("dim_0", "dim_1", "dim_2"), np.zeros((4, 8, 8)))}).to_netcdf(tmp_path / "p.nc")
    with closing(find_predictions(tmp_path / "p.nc", small_frames(1))) as predictions:
        assert predictions.findings[0].check == "dims"
        assert "'rain' has a dim 'dim_0'" in predictions.findings[0].message


def test_times_of_other_calendars_keep_their_dates(good: xr.Dataset) -> None:
    times = ("time", [0, 59], {"units": "days since 2001-01-01", "calendar": "360_day"})
    data = good.isel(time=[0, 1]).assign_coords(time=times)
    variable = find_variables({"": data}, ["rain"], None)["rain"]
    read = read_times(variable)
    assert read is not None
    assert read[1] == "360_day"
    assert str(read[0][1]).startswith("2001-02-28"), "30 February is the last of our February"


def test_lines_and_surfaces_of_coordinates_are_the_same_place(good: xr.Dataset) -> None:
    lines = find_variables({"": good}, ["rain"], None)["rain"]
    surface = good.assign(lat=good["lat"].broadcast_like(good["lon"]))
    surfaces = find_variables({"": surface}, ["rain"], None)["rain"]
    one, other = place_of(lines), place_of(surfaces)
    assert one is not None
    assert other is not None
    np.testing.assert_array_equal(one[0], other[0])
    assert one[1].shape == (2, 32, 32)


@pytest.mark.parametrize("steps", [-2, -1, 1, 2])
def test_frames_that_stand_some_steps_beside_are_called_shifted(
    good: xr.Dataset, steps: int, tmp_path: Path
) -> None:
    step = good["time"][1] - good["time"][0]
    good.assign_coords(time=good["time"] + steps * step).to_netcdf(tmp_path / "shifted.nc")
    with closing(find_predictions(tmp_path / "shifted.nc", small_frames(2))) as predictions:
        (finding,) = [one for one in predictions.findings if one.severity == "error"]
    assert finding.check == "times-shifted"
    hours = abs(steps) * int(step / np.timedelta64(1, "h"))
    assert f"all frames stand {hours} h {'later' if steps > 0 else 'earlier'}" in finding.message
    assert f"{abs(steps)} of {FRAMES} frames are missing" in finding.message


def test_later_frames_alone_are_missing_ones_and_not_shifted(good: xr.Dataset, tmp_path: Path) -> None:
    good.isel(time=slice(1, None)).to_netcdf(tmp_path / "short.nc")
    with closing(find_predictions(tmp_path / "short.nc", small_frames(2))) as predictions:
        assert "frames-missing" in [one.check for one in predictions.findings]
