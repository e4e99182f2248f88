"""Files of one series: which there are, how they join, what is missing between them."""

from __future__ import annotations

from pathlib import Path

import conventions as c
import numpy as np
import pytest

from downbench import UserError
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.series import list_files, tile_of
from downbench_datasets.reading.settings import ReadingConfig

RAIN = c.rain(24)


def part(folder, name, frames, units="mm/h", times=1):
    data = c.lat_lon(
        times * RAIN[frames], "pr", {"units": units}, c.ends(24)[frames], "hours since 2020-03-01"
    )
    return c.write(data, folder / name)


def test_missing_files_are_named_by_their_neighbours(tmp_path):
    for name, frames in (("a.nc", slice(0, 6)), ("c.nc", slice(12, 18)), ("d.nc", slice(18, 24))):
        part(tmp_path, name, frames)
    (gap,) = open_record(tmp_path).gaps
    assert gap.text == "2020-03-01T06:00 to 2020-03-01T13:00 (6 steps missing, between a.nc and c.nc)"


def test_overlaps_are_listed_with_dates(tmp_path):
    for k, frames in enumerate((slice(0, 7), slice(6, 13), slice(11, 18))):
        part(tmp_path, f"{'abc'[k]}.nc", frames, times=k + 1)
    with pytest.raises(UserError) as refusal:
        open_record(tmp_path)
    assert (
        "b.nc and a.nc overlap in time (2020-03-01T07:00 to 2020-03-01T07:00); "
        "c.nc and b.nc overlap in time (2020-03-01T12:00 to 2020-03-01T13:00)"
    ) in str(refusal.value)


def test_times_that_stand_twice_are_named(tmp_path):
    data = c.lat_lon(RAIN, "pr", {"units": "mm/h"}, c.ends(24), "hours since 2020-03-01")
    path = c.write(data.isel(time=[0, 1, 1, 2, 3, 3]), tmp_path / "a.nc")
    with pytest.raises(
        UserError, match=r"does not increase: 2020-03-01T02:00 \(time 2\), 2020-03-01T04:00 \(time 5\)"
    ):
        open_record(path)


def test_different_units_are_not_joined(tmp_path):
    part(tmp_path, "a.nc", slice(0, 12))
    part(tmp_path, "b.nc", slice(12, 24), "mm/day")
    with pytest.raises(UserError, match="different units: 'mm/day' and 'mm/h'"):
        open_record(tmp_path)


def test_noise_in_times_is_no_gap(tmp_path):
    data = c.lat_lon(RAIN, "pr", {"units": "mm/h"}, c.ends(24), "hours since 2020-03-01")
    days = (np.arange(24) + 1) / 24 * (1 + 1e-9)
    data = data.assign_coords(time=("time", days.astype(np.float32), {"units": "days since 2020-03-01"}))
    assert open_record(c.write(data, tmp_path / "a.nc")).gaps == ()


def test_what_there_is(tmp_path):
    with pytest.raises(UserError, match="does not exist"):
        list_files(tmp_path / "nowhere")
    with pytest.raises(UserError, match="holds no NetCDF file, no zarr group, and no HDF5"):
        list_files(tmp_path)
    part(tmp_path, "a.nc", slice(0, 6))
    (tmp_path / "README.md").write_text("about")
    assert [path.name for path in list_files(tmp_path)] == ["a.nc"]
    assert tile_of(Path("sfc.tile3.nc")) == 3
    assert tile_of(Path("sfc.nc")) is None


def test_units_that_mean_the_same_are_joined(tmp_path):
    part(tmp_path, "a.nc", slice(0, 6))
    part(tmp_path, "b.nc", slice(6, 12), "mm hour-1")
    assert open_record(tmp_path).rain.sizes["time"] == 12


@pytest.mark.parametrize(("lacks", "lines"), [
    (["latitude", "longitude"], "rows"), (["latitude"], "rows"), (["longitude"], "columns"),
])  # fmt: skip
@pytest.mark.parametrize("first", [True, False])
def test_a_file_that_does_not_say_where_it_lies_is_not_joined(tmp_path, lacks, lines, first):
    """It may lie upside down. Where no file says it, all are taken to be alike."""
    data = c.lat_lon(RAIN, "pr", {"units": "mm/h"}, c.ends(24), "hours since 2020-03-01")
    bare = data.drop_vars(lacks)
    c.write((bare if first else data).isel(time=slice(0, 12)), tmp_path / "a.nc")
    c.write((data if first else bare).isel(time=slice(12, 24)), tmp_path / "b.nc")
    with pytest.raises(UserError, match=f"b.nc and a.nc do not both say where their {lines} lie, by 'l"):
        open_record(tmp_path)
    c.write(bare.isel(time=slice(0, 12)), tmp_path / "a.nc")
    c.write(bare.isel(time=slice(12, 24)), tmp_path / "b.nc")
    np.testing.assert_array_equal(open_record(tmp_path).rain[:, 0], RAIN)


def test_other_names_of_the_rain_are_told(tmp_path):
    part(tmp_path, "a.nc", slice(0, 6))
    data = c.lat_lon(RAIN[6:], "precipitation", {"units": "mm/h"}, c.ends(24)[6:], "hours since 2020-03-01")
    c.write(data, tmp_path / "b.nc")
    record = open_record(tmp_path)
    np.testing.assert_array_equal(record.rain[:, 0], RAIN)
    assert "files call their rain otherwise: 'pr' in a.nc; 'precipitation' in b.nc" in record.notes


def test_frames_that_two_files_share_count_once(tmp_path):
    """A day a file, with its midnight in both; what differs is two records."""
    part(tmp_path, "a.nc", slice(0, 13))
    part(tmp_path, "b.nc", slice(12, 24))
    part(tmp_path, "b (copy).nc", slice(12, 24))
    record = open_record(tmp_path)
    assert not record.gaps
    np.testing.assert_array_equal(record.rain[:, 0], RAIN)
    assert "13 frames that stand in two files, alike, count once" in record.notes


def test_files_without_an_ending_and_hidden_ones(tmp_path):
    """WRF writes wrfout_d01_2020-03-01_00:00:00; a Mac leaves ._ files beside those that it copies."""
    for k, name in enumerate(("wrfout_d01_2020-03-01_00:00:00", "wrfout_d01_2020-03-01_12:00:00")):
        part(tmp_path, name, slice(12 * k, 12 * k + 12))
    (tmp_path / "._a.nc").write_bytes(b"\0\5\x16\7")
    (tmp_path / "namelist.input").write_text("&time_control", encoding="utf-8")
    np.testing.assert_array_equal(open_record(tmp_path).rain[:, 0], RAIN)


def test_links_to_folders_are_followed_but_not_in_a_circle(tmp_path):
    """On clusters, years often lie on other disks."""
    there, here = tmp_path / "disk", tmp_path / "record"
    for folder in (there, here):
        folder.mkdir()
    part(there, "a.nc", slice(0, 12))
    part(there, "b.nc", slice(12, 24))
    (here / "2020").symlink_to(there)
    (there / "back").symlink_to(here)
    np.testing.assert_allclose(open_record(here).rain[:, 0], RAIN, rtol=1e-6)


def test_files_without_units_beside_some_that_have_them_name_the_setting(tmp_path):
    """And with it they are read, as the file that says its units is."""
    part(tmp_path, "a.nc", slice(0, 12), "mm/day", times=24)
    part(tmp_path, "b.nc", slice(12, 24), "", times=24)
    with pytest.raises(UserError, match="different units: '' and 'mm/day'") as refusal:
        open_record(tmp_path)
    assert "--set files.units=mm/day says that files without units have these, too" in str(refusal.value)
    said = open_record(tmp_path, ReadingConfig(units="mm/day"))
    np.testing.assert_allclose(said.rain.to_numpy()[:, 0], RAIN, rtol=1e-6)
    with pytest.raises(UserError, match="different units: 'mm/h' and 'mm/day'"):
        open_record(tmp_path, ReadingConfig(units="mm/h"))
