"""Any file with precipitation: real ones, odd ones, wrong ones."""

from __future__ import annotations

import dask
import numpy as np
import pytest
import xarray as xr
from store_files import rain_file

from downbench import SPLITS, UserError, block_mean, build_config
from downbench_datasets.files.rain_files import RainFiles
from downbench_datasets.reading.rain_variable import find_variable

HOUR = np.timedelta64(1, "h")


def read(root, **settings):
    return RainFiles(build_config("files", RainFiles.Config, {}, None, settings), root)


# Real rain

REAL = {  # minutes a step, frames of each split, gap in frames, tiles that are scored, valid share of train
    "arome_20180501_nw_2p5km_1h": (60, (13, 2, 5), 2, 1, 1.0),
    "fmi_20160928_1km_5min": (5, (21, 3, 8), 4, 4, 1.0),
    "knmi_20100826_1km_5min": (5, (49, 7, 18), 9, 1, 1.0),
    "mrms_qpe_201609_east_25km_1h": (60, (39, 6, 14), 6, 1, 0.529),
    "mrms_qpe_201609_east_25km_3h": (180, (12, 2, 5), 2, 1, 0.529),
    "mrms_qpe_201609_greatlakes_4km_1h": (60, (40, 6, 14), 6, 1, 1.0),
    "mrms_qpe_201609_southeast_4km_1h": (60, (40, 6, 14), 6, 1, 0.909),
    "opera_20241126_2km_15min": (15, (3, 1, 1), 0, 1, 0.976),
}


@pytest.mark.parametrize("name", REAL)
def test_real_sequences(shared_data, name):
    minutes, frames, gap, tiles, valid = REAL[name]
    dataset = read(shared_data / f"{name}.nc")
    raw = xr.open_dataset(shared_data / f"{name}.nc")
    assert dataset.label == f"files ({name})"
    assert dataset.step == np.timedelta64(minutes, "m")
    assert dataset.gap == gap * dataset.step
    assert "same event" in dataset.notes
    assert dataset.time_bin % dataset.step == np.timedelta64(0)
    assert dataset.resampling_block % dataset.time_bin == np.timedelta64(0)
    opened = {split: dataset.open(split) for split in SPLITS}
    assert tuple(len(sequences[0].times) for sequences in opened.values()) == frames
    times = raw["time"].to_numpy()
    assert opened["train"][0].times[0] == times[0]
    assert opened["test"][0].times[-1] == times[-1]
    (train,), (test,) = opened["train"], opened["test"]
    assert test.fine.sizes["tile"] == tiles
    assert test.warmup == gap
    found = train.fine.values[:, 0]
    scored = np.isfinite(found)
    assert scored.mean() == pytest.approx(valid, abs=0.001)
    np.testing.assert_allclose(found[scored], raw["precipitation"].values[: len(found)][scored], atol=1e-3)
    assert float(train.static["topography"].max()) > 0
    np.testing.assert_allclose(
        train.static["lat"][0], raw["lat"].broadcast_like(raw["topography"]), rtol=1e-6
    )


def test_large_file_is_lazy_and_scored_on_full_windows(shared_data):
    dataset = read(shared_data / "mrms_qpe_201609_east_4km_1h_full.nc")
    (train,), (test,) = dataset.open("train"), dataset.open("test")
    assert dask.is_dask_collection(train.fine)
    assert dask.is_dask_collection(test.coarse["precipitation"])
    assert train.fine.shape == (40, 1, 872, 896)
    assert test.fine.shape == (14, 3, 256, 256)
    assert "validation and test: 3 windows of 256 x 256 cells" in dataset.notes
    fine = test.fine.values
    assert np.isfinite(fine).all()
    weights = np.cos(np.deg2rad(test.static["lat"].values.astype(float)))
    coarse = test.coarse["precipitation"].values[test.warmup :]
    np.testing.assert_allclose(coarse, block_mean(fine, 8, weights), rtol=1e-4, atol=1e-6)
    whole = read(shared_data / "mrms_qpe_201609_east_4km_1h_full.nc", window=None)
    assert whole.open("test")[0].fine.shape == (14, 1, 872, 896)
    assert whole.fingerprint() != dataset.fingerprint()


def test_folder_of_many_things(shared_data):
    with pytest.raises(UserError, match="on different grids"):
        read(shared_data)


def test_single_frame(shared_data):
    with pytest.raises(UserError, match="1 time step"):
        read(shared_data / "cmorph_20170101_c384_1h.nc")


def test_static_file(shared_data):
    with pytest.raises(UserError, match="has no precipitation"):
        read(shared_data / "static_era5_orography_025deg.nc")


# Odd files


def test_projected_grid_has_even_weights(tmp_path):
    values = np.random.default_rng(0).exponential(size=(20, 16, 16)).astype(np.float32)
    dataset = read(rain_file(tmp_path / "a.nc", values=values))
    (train,) = dataset.open("train")
    assert "area" not in train.static
    np.testing.assert_allclose(
        train.coarse["precipitation"][:, 0], block_mean(values[: len(train.times)], 8), rtol=1e-5
    )
    assert dataset.predictors == ("precipitation",)
    assert dataset.licence == "as its owners gave it"


def test_windows_without_static_fields(tmp_path):
    values = np.random.default_rng(0).exponential(size=(20, 48, 32)).astype(np.float32)
    dataset = read(rain_file(tmp_path / "a.nc", values=values), window=16)
    assert not dataset.open("train")[0].static
    (test,) = dataset.open("test")
    assert not test.static
    assert test.fine.shape == (4, 4, 16, 16)
    np.testing.assert_allclose(test.fine[:, 1], values[-4:, :16, 16:], rtol=1e-6)
    np.testing.assert_allclose(
        test.coarse["precipitation"][test.warmup :, 3], block_mean(values[-4:, 16:32, 16:], 8), rtol=1e-5
    )


def test_factor(tmp_path):
    dataset = read(rain_file(tmp_path / "a.nc", shape=(12, 20)), factor=4)
    assert dataset.open("test")[0].coarse["precipitation"].shape[-2:] == (3, 5)


@pytest.mark.parametrize(("name", "units", "attrs"), [
    ("pr", "kg m-2 s-1", {}),
    ("PRATEsfc", "kg/m**2/s", {}),
    ("tot", "mm/day", {"long_name": "Total precipitation"}),
    ("odd", "m s-1", {"standard_name": "lwe_precipitation_rate"}),
    ("RR", "mm h-1", {}),
])  # fmt: skip
def test_variables_that_are_found(tmp_path, name, units, attrs):
    wind = xr.DataArray(np.zeros((40, 16, 24), np.float32), dims=("time", "y", "x"), attrs={"units": "m s-1"})
    factor = {"kg m-2 s-1": 3600, "kg/m**2/s": 3600, "mm/day": 1 / 24, "m s-1": 3.6e6, "mm h-1": 1}[units]
    rain = np.random.default_rng(1).exponential(2, (40, 16, 24)).astype(np.float32)  # mm/h
    path = rain_file(tmp_path / "a.nc", name=name, units=units, attrs=attrs, wind=wind, values=rain / factor)
    (test,) = read(path).open("test")
    np.testing.assert_allclose(test.fine[:, 0], rain[-8:], rtol=1e-5)


def test_variable_by_name(tmp_path):
    extra = xr.DataArray(
        np.ones((40, 16, 24), np.float32), dims=("time", "y", "x"), attrs={"units": "mm h-1"}
    )
    path = rain_file(tmp_path / "a.nc", second=extra)
    assert float(read(path, variable="second").open("test")[0].fine.mean()) == 1
    with pytest.raises(UserError, match=r"no variable 'secund'\n.*did you mean 'second'"):
        read(path, variable="secund")


def test_ambiguous_variables():
    field = (("y", "x"), np.zeros((8, 8)), {"long_name": "rain at the surface"})
    with pytest.raises(UserError, match="which of one, two is precipitation"):
        find_variable(xr.Dataset({"one": field, "two": field}), None, "here")
    assert (
        find_variable(xr.Dataset({"u": (("y", "x"), np.zeros((8, 8)), {"units": "m s-1"})}), None, "here")
        is None
    )


@pytest.mark.parametrize(("units", "message"), [
    ("", "the units are not said"),
    ("K", "'K' is not a unit of precipitation"),
])  # fmt: skip
def test_unknown_units(tmp_path, units, message):
    with pytest.raises(UserError, match=message):
        read(rain_file(tmp_path / "a.nc", units=units))


def test_time_axis_that_does_not_increase(tmp_path):
    times = np.datetime64("2020-03-01", "ns") + np.arange(40) * HOUR
    times[7] = times[6]
    with pytest.raises(UserError, match="does not increase"):
        read(rain_file(tmp_path / "a.nc", times=times))


def test_too_few_frames(tmp_path):
    with pytest.raises(UserError, match="too few for three splits"):
        read(rain_file(tmp_path / "a.nc", frames=4))


@pytest.mark.parametrize("holes", ["all", "a cell in each block"])
def test_all_missing(tmp_path, holes):
    values = np.ones((20, 16, 16), np.float32)
    values[..., :: 1 if holes == "all" else 8, ::8] = np.nan
    with pytest.raises(UserError, match="missing fine cells at all times"):
        read(rain_file(tmp_path / "a.nc", values=values))


def test_infinite_rain(tmp_path):
    values = np.ones((20, 16, 16), np.float32)
    values[3, 3, 3] = np.inf
    with pytest.raises(UserError, match="infinite"):
        read(rain_file(tmp_path / "a.nc", values=values)).open("train")


def test_no_root():
    with pytest.raises(UserError, match="needs files"):
        read(None)


def test_nothing_there(tmp_path):
    with pytest.raises(UserError, match="no NetCDF file"):
        read(tmp_path)
    with pytest.raises(UserError, match="does not exist"):
        read(tmp_path / "nowhere.nc")


def test_window_that_does_not_fit_the_factor(tmp_path):
    with pytest.raises(UserError, match="window = 12"):
        read(rain_file(tmp_path / "a.nc", shape=(32, 32)), window=12)


def test_gaps_in_time_make_sequences(tmp_path):
    times = np.datetime64("2020-03-01", "ns") + np.arange(110) * HOUR
    kept = np.delete(np.arange(110), [20, 21, 60, 87, 95])
    values = np.random.default_rng(0).exponential(size=(110, 16, 16)).astype(np.float32)
    dataset = read(rain_file(tmp_path / "a.nc", values=values[kept], times=times[kept]))
    assert any(note.startswith("4 gaps in time") for note in dataset.notes)
    names = []
    for split in SPLITS:
        for sequence in dataset.open(split):
            names.append((split, sequence.name))
            assert (np.diff(sequence.coarse["time"].to_numpy()) == HOUR).all()
            index = np.searchsorted(times, sequence.times)
            np.testing.assert_allclose(sequence.fine[:, 0], values[index], rtol=1e-6)
    assert len(set(names)) == len(names)
    total = sum(len(s.times) for split in SPLITS for s in dataset.open(split))
    assert total == len(kept) - 2 * dataset._plan.gap
    warmups = [sequence.warmup for sequence in dataset.open("test")]
    assert warmups[0] <= dataset._plan.gap
    assert all(warmup == 0 for warmup in warmups[1:])


@pytest.mark.parametrize(("frames", "minutes", "time_bin", "block"), [
    (300, 60, 24 * 60, 24 * 60),
    (48, 60, 60, 180),
    (20, 180, 180, 180),
    (90, 5, 5, 180),
    (30, 7, 7, 182),
])  # fmt: skip
def test_time_bins(tmp_path, frames, minutes, time_bin, block):
    times = np.datetime64("2020-03-01", "ns") + np.arange(frames) * np.timedelta64(minutes, "m")
    dataset = read(rain_file(tmp_path / "a.nc", frames=frames, times=times, shape=(8, 8)))
    assert dataset.time_bin == np.timedelta64(time_bin, "m")
    assert dataset.resampling_block == np.timedelta64(block, "m")


def test_zarr_and_files_of_a_series(tmp_path):
    whole = rain_file(tmp_path / "whole.nc", frames=40)
    data = xr.open_dataset(whole)
    data.to_zarr(tmp_path / "whole.zarr", consolidated=False)
    folder = tmp_path / "series"
    folder.mkdir()
    for k, part in enumerate((slice(20, 40), slice(0, 20))):
        data.isel(time=part).to_netcdf(folder / f"part{k}.nc")
    xr.Dataset({"orog": (("y", "x"), np.full((16, 24), 9.0))}).to_netcdf(folder / "relief.nc")
    expected = read(whole).open("test")[0]
    for root in (tmp_path / "whole.zarr", folder):
        found = read(root).open("test")[0]
        np.testing.assert_array_equal(found.fine, expected.fine)
    assert float(found.static["topography"].mean()) == 9
    other = data.isel(time=slice(15, 25)).map(lambda field: field * 2, keep_attrs=True)
    other.to_netcdf(folder / "more.nc")
    with pytest.raises(UserError, match="overlap in time"):
        read(folder)


def test_files_per_tile(tmp_path):
    for k in range(1, 7):
        relief = xr.DataArray(np.full((16, 16), k, np.float32), dims=("y", "x"))
        rain_file(tmp_path / f"sfc.tile{k}.nc", values=np.full((20, 16, 16), k, np.float32), zsurf=relief)
    (test,) = read(tmp_path).open("test")
    assert test.fine.shape == (4, 6, 16, 16)
    np.testing.assert_array_equal(test.fine[0, :, 0, 0], np.arange(1, 7))
    np.testing.assert_array_equal(test.static["topography"][:, 0, 0], np.arange(1, 7))
    (tmp_path / "sfc.tile4.nc").unlink()
    with pytest.raises(UserError, match=r"tiles \[1, 2, 3, 5, 6\]"):
        read(tmp_path)


def test_fingerprint_follows_content_and_settings(tmp_path):
    a = rain_file(tmp_path / "a.nc")
    (tmp_path / "other").mkdir()
    b = tmp_path / "other" / "b.nc"
    b.write_bytes(a.read_bytes())
    assert read(a).fingerprint() == read(b).fingerprint()
    assert read(a).fingerprint() != read(a, factor=4).fingerprint()
    changed = np.clip(np.random.default_rng(4).normal(size=(40, 16, 24)), 0, None).astype(np.float32)
    c = rain_file(tmp_path / "c.nc", values=changed)
    assert read(c).fingerprint() != read(a).fingerprint()


def test_digests_are_kept_until_a_file_changes(tmp_path, monkeypatch):
    from downbench_datasets.shared import fingerprint

    path = tmp_path / "a.bin"
    path.write_bytes(b"one")
    first = fingerprint.digest_store(path)
    monkeypatch.setattr(fingerprint, "_digest_file", lambda _: "never asked")
    assert fingerprint.digest_store(path) == first
    path.write_bytes(b"other")
    assert fingerprint.digest_store(path) != first
