"""The original layouts: real rain in both, and full predictor sets in small synthetic stores."""

from __future__ import annotations

import shutil
import zipfile

import dask
import numpy as np
import pytest
import xarray as xr
from store_files import (
    COARSE,
    SIZE,
    UNITS,
    hours,
    rain_like,
    write,
    write_fv3gfs,
    write_xshield,
)

from downbench import SPLITS, DownbenchWarning, UserError, block_mean
from downbench_datasets.xshield.releases import ELEVEN, FIVE
from downbench_datasets.xshield.standin_dataset import XShieldStandIn
from downbench_datasets.xshield.xshield import XShield

FINE = "C3072-to-C384-res-diagnostics/pire_atmos_phys_3h_coarse.zarr"


def read(root):
    return XShield(XShield.Config(), root)


@pytest.fixture(scope="module")
def real(shared_data, tmp_path_factory):
    """Both layouts with real rain, unpacked."""
    folder = tmp_path_factory.mktemp("layouts")
    with zipfile.ZipFile(shared_data / "fv3_layouts_mrms_east_c384_3h.zip") as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def five(tmp_path_factory):
    return write_xshield(tmp_path_factory.mktemp("xshield") / "stores")


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory):
    return write_fv3gfs(tmp_path_factory.mktemp("fv3gfs"))


# Real rain in both layouts


@pytest.mark.parametrize(("layout", "label"), [
    ("xshield", "xshield (x-shield)"), ("fv3gfs", "xshield (fv3gfs, non-standard split)"),
])  # fmt: skip
def test_real_rain(real, layout, label):
    dataset = read(real / layout)
    assert dataset.label == label
    assert not dataset.standin
    assert dataset.predictors == ("precipitation",)
    assert dataset.factor == 8
    assert dataset.step == np.timedelta64(3, "h")
    assert dataset.gap == np.timedelta64(6, "h")
    assert "same event" in dataset.notes
    assert "tiles 0, 1, 3, 5 (counted from 0) are without data" in dataset.notes
    assert any(note.startswith("missing predictors: UGRD10m, VGRD10m") for note in dataset.notes)
    assert [len(dataset.open(split)[0].times) for split in SPLITS] == [12, 2, 5]
    (train,) = dataset.open("train")
    assert dask.is_dask_collection(train.fine)
    assert train.times[0] == np.datetime64("2016-09-20T01:30")
    assert set(train.static) == {"topography", "area", "lat", "lon"}
    fine, coarse = train.fine.values, train.coarse["precipitation"].values
    assert fine.shape[1:] == (2, 384, 384)
    valid = np.isfinite(coarse)
    np.testing.assert_array_equal(valid.repeat(8, -1).repeat(8, -2), np.isfinite(fine))
    np.testing.assert_allclose(
        coarse[valid], block_mean(fine, 8, train.static["area"].values)[valid], rtol=1e-3, atol=1e-6
    )


def test_both_layouts_hold_the_same_rain(real):
    a, b = (read(real / layout).open("test")[0] for layout in ("xshield", "fv3gfs"))
    np.testing.assert_array_equal(a.fine, b.fine)
    raw = xr.open_zarr(real / "fv3gfs/c384_precip_ave/0011/sfc_8xdaily_ave.zarr", decode_times=False)
    expected = raw["PRATEsfc"].isel(time=slice(18, 23), tile=[2, 4]).values * 3600
    scored = np.isfinite(a.fine.values)
    assert scored.mean() > 0.03
    np.testing.assert_allclose(a.fine.values[scored], np.clip(expected, 0, None)[scored], rtol=1e-6)


def test_computed_area_and_position(real, shared_data):
    static = read(real / "fv3gfs").open("test")[0].static
    reference = xr.open_dataset(shared_data / "static_c384_c48_etopo5.nc").isel(tile=[2, 4])
    np.testing.assert_allclose(static["area"], reference["area"], rtol=1e-6)
    np.testing.assert_allclose(static["lat"], reference["lat"], atol=0.01)


def test_one_level_above(real, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine").symlink_to(real / "xshield")
    assert read(tmp_path / "data").variant == "x-shield"


def test_two_layouts_to_choose_from(real):
    with pytest.raises(UserError, match="holds several releases") as error:
        read(real)
    assert str(real / "xshield") in str(error.value)
    assert str(real / "fv3gfs") in str(error.value)


def test_no_layout(tmp_path):
    with pytest.raises(UserError, match="not one of the releases"):
        read(tmp_path)


def test_archive_instead_of_a_folder(shared_data):
    with pytest.raises(UserError, match="unpack"):
        read(shared_data / "fv3_layouts_mrms_east_c384_3h.zip")


def test_without_root_it_is_the_standin():
    assert isinstance(read(None), XShieldStandIn)


# Full predictor sets


def test_five_predictors_and_topography(five):
    dataset = read(five)
    assert dataset.predictors == FIVE
    assert not any("missing" in note for note in dataset.notes)
    (train,) = dataset.open("train")
    assert tuple(train.coarse) == FIVE
    assert train.coarse["TMPsfc"].dims == ("time", "tile", "y", "x")
    assert [float(train.coarse[name].mean()) for name in FIVE[1:]] == [0, 1, 2, 3]
    assert train.coarse["UGRD10m"].attrs["units"] == "m/s"
    assert train.fine.shape[1:] == (6, SIZE, SIZE)
    np.testing.assert_array_equal(
        train.static["topography"], np.arange(6 * SIZE * SIZE).reshape(6, SIZE, SIZE)
    )
    np.testing.assert_allclose(train.fine, rain_like(24, 1)[: len(train.times)] * 3600, rtol=1e-6)


def test_eleven_predictors_topography_and_members(ensemble):
    dataset = read(ensemble)
    assert dataset.label == "xshield (fv3gfs)"
    assert dataset.predictors == ELEVEN
    assert len(ELEVEN) == 11
    assert not any("missing" in note for note in dataset.notes)
    names = {split: [sequence.name for sequence in dataset.open(split)] for split in SPLITS}
    assert names == {
        "train": [f"{k:04d}" for k in range(1, 10)],
        "validation": ["0010"],
        "test": ["0011"],
    }
    (test,) = dataset.open("test")
    assert tuple(test.coarse) == ELEVEN
    assert len(test.times) == 24
    assert float(test.static["topography"].mean()) == 7
    rain = test.coarse["precipitation"].mean() / 3600
    assert float(test.coarse["v700"].mean()) == pytest.approx(float(rain) - 2, abs=1e-3)
    assert "members 0010" in dataset.splits["validation"]


def test_member_without_partner(ensemble, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(ensemble, root)
    shutil.rmtree(root / "c48_precip_plus_more_ave" / "0004")
    with pytest.raises(UserError, match=r"0004.* is missing"):
        read(root)


def test_missing_atmosphere_is_said(ensemble, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(ensemble, root)
    shutil.rmtree(root / "c48_atmos_ave")
    dataset = read(root)
    assert dataset.predictors == ELEVEN[:6]
    assert (
        "missing predictors: ps, u700, v700, vertically_integrated_liq_wat, vertically_integrated_sphum"
        in (dataset.notes)
    )


def test_tiles_from_zero_or_one_or_in_disorder(tmp_path):
    rain = rain_like(24, 5)
    order = np.array([3, 1, 2, 6, 5, 4])
    plain = read(write_xshield(tmp_path / "a", rain=rain)).open("test")[0]
    zero = read(write_xshield(tmp_path / "b", rain=rain, tiles=np.arange(6))).open("test")[0]
    np.testing.assert_array_equal(plain.fine, zero.fine)
    mixed = read(write_xshield(tmp_path / "c", rain=rain[:, order - 1], tiles=order))
    np.testing.assert_array_equal(mixed.open("test")[0].fine, plain.fine)


def test_lat_lon_release(tmp_path):
    rng = np.random.default_rng(0)
    lat, lon = np.linspace(-84, 84, 16), np.arange(32) * 11.25
    fine = rng.exponential(size=(40, 16, 32)).astype(np.float32) / 3600
    weights = np.cos(np.deg2rad(lat))[:, None] * np.ones(32)
    coordinates = {
        "lat": ("lat", lat, {"units": "degrees_north"}), "lon": ("lon", lon, {"units": "degrees_east"}),
    }  # fmt: skip
    write(
        tmp_path / "25km.zarr",
        {
            "PRATEsfc": (("time", "lat", "lon"), fine, {"units": UNITS}),
            "HGTsfc": (("lat", "lon"), np.full((16, 32), 5, np.float32)),
            "land_fraction": (("lat", "lon"), np.ones((16, 32), np.float32)),
        },
        hours(40),
        **coordinates,
    )
    coarse = block_mean(fine, 4, weights)
    write(
        tmp_path / "100km.zarr",
        {"PRATEsfc": (("time", "lat_c", "lon_c"), coarse, {"units": UNITS})},
        hours(40),
    )
    with pytest.raises(UserError, match="cannot tell what the dim"):
        read(tmp_path)
    shutil.rmtree(tmp_path / "100km.zarr")
    write(tmp_path / "100km.zarr", {"PRATEsfc": (("time", "y", "x"), coarse, {"units": UNITS})}, hours(40))
    dataset = read(tmp_path)
    assert dataset.variant == "lat-lon"
    assert dataset.factor == 4
    (test,) = dataset.open("test")
    assert set(test.static) == {"topography", "land_fraction", "area", "lat", "lon"}
    assert not any("instead" in note for note in dataset.notes)
    shutil.rmtree(tmp_path / "100km.zarr")
    alone = read(tmp_path)
    assert alone.factor == 8
    assert any("no coarse store" in note for note in alone.notes)
    (test,) = alone.open("test")
    np.testing.assert_allclose(
        test.coarse["precipitation"][-8:, 0], block_mean(fine[-8:], 8, weights) * 3600, rtol=1e-5
    )


# What can be wrong


def test_times_that_do_not_match(tmp_path):
    with pytest.raises(UserError, match="times do not match"):
        read(write_xshield(tmp_path, coarse_times=hours(24) + 3))


def test_lengths_that_do_not_match(tmp_path):
    rain = rain_like(24, 1)
    coarse = block_mean(rain, SIZE // COARSE)[:20]
    with pytest.raises(UserError, match=r"times do not match \(20 and 24"):
        read(write_xshield(tmp_path, rain=rain, coarse=coarse))


def test_times_that_are_not_even(tmp_path):
    times = hours(24)
    times[12:] += 3
    with pytest.raises(UserError, match="not evenly spaced"):
        read(write_xshield(tmp_path, times=times))


def test_cells_that_do_not_nest(tmp_path):
    with pytest.raises(UserError, match="do not nest"):
        read(write_xshield(tmp_path, coarse=np.zeros((24, 6, 3, 3), np.float32)))


def test_tiles_that_do_not_match(five, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(five, root)
    path = root / "PIRE-c48-post-spinup-verification" / "pire_atmos_phys_3h_coarse.zarr"
    part = xr.open_zarr(path, decode_times=False).isel(tile=slice(0, 4)).load().drop_encoding()
    shutil.rmtree(path)
    part.to_zarr(path, zarr_format=2)
    with pytest.raises(UserError, match="6 fine tiles, 4 coarse ones"):
        read(root)


def test_unknown_units(tmp_path):
    with pytest.raises(UserError, match="'furlong' is not a unit of precipitation"):
        read(write_xshield(tmp_path, units="furlong"))


def test_store_without_rain(five, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(five, root)
    shutil.rmtree(root / FINE)
    write(root / FINE, {"other": (("time",), np.zeros(3))}, hours(3))
    with pytest.raises(UserError, match="has no variable PRATEsfc"):
        read(root)


def test_half_a_layout(five, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(five, root)
    shutil.rmtree(root / "PIRE-c48-post-spinup-verification")
    with pytest.raises(UserError, match=r"looks like X-SHiELD, but PIRE.* is missing"):
        read(root)


def test_damaged_store(five, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(five, root)
    for name in (".zmetadata", ".zgroup"):
        (root / FINE / name).write_text("{")
    with pytest.raises(UserError, match="cannot be opened"):
        read(root)


def test_all_missing(tmp_path):
    with pytest.raises(UserError, match="missing fine cells at all times"):
        read(write_xshield(tmp_path, rain=np.full((24, 6, SIZE, SIZE), np.nan, np.float32)))


def test_empty_tiles_and_holes(tmp_path):
    rain = rain_like(24, 4)
    rain[:, [1, 5]] = np.nan
    rain[:, 0, 3, 12] = np.nan  # one fine cell: its whole coarse cell goes
    area = np.random.default_rng(2).uniform(1, 2, (6, SIZE, SIZE)).astype(np.float32) * 6e8
    coarse = np.nan_to_num(block_mean(rain, SIZE // COARSE, area), nan=1e-4)  # a store that ignores the mask
    dataset = read(write_xshield(tmp_path, rain=rain, coarse=coarse))
    assert "tiles 1, 5 (counted from 0) are without data" in dataset.notes
    (test,) = dataset.open("test")
    assert test.fine.sizes["tile"] == test.static.sizes["tile"] == 4
    valid = np.ones((2, 2), bool)
    valid[0, 1] = False
    np.testing.assert_array_equal(np.isfinite(test.coarse["precipitation"][0, 0]), valid)
    np.testing.assert_array_equal(np.isfinite(test.fine[0, 0]), valid.repeat(8, 0).repeat(8, 1))
    assert np.isfinite(test.coarse["precipitation"][:, 1:]).all()


def test_stored_coarse_rain_that_is_no_mean(tmp_path):
    rain = rain_like(24, 6)
    dataset = read(write_xshield(tmp_path, rain=rain, coarse=rain[..., ::8, ::8]))
    assert any("which is used instead" in note for note in dataset.notes)
    (test,) = dataset.open("test")
    expected = block_mean(test.fine.values, 8, test.static["area"].values)
    np.testing.assert_allclose(test.coarse["precipitation"][test.warmup :], expected, rtol=1e-5)


def test_small_negative_rain_is_clipped_and_large_refused(tmp_path):
    rain = rain_like(24, 6)
    rain[0, 0, 0, 0] = -1e-4 / 3600
    root = write_xshield(tmp_path / "a", rain=rain)
    with pytest.warns(DownbenchWarning, match="clipped"):
        train = read(root).open("train")[0].fine.load()
    assert float(train.min()) == 0
    rain[0, 0, 0, 0] = -1.0 / 3600
    with pytest.raises(UserError, match=r"below -0\.001"):
        read(write_xshield(tmp_path / "b", rain=rain)).open("train")[0].fine.load()


# Fingerprint


def test_fingerprint_follows_content_not_place(five, tmp_path):
    copy = tmp_path / "elsewhere"
    shutil.copytree(five, copy)
    before = read(five).fingerprint()
    assert read(copy).fingerprint() == before
    chunk = next(
        path
        for path in sorted((copy / FINE / "PRATEsfc_coarse").rglob("*"))
        if path.is_file() and path.name[0] != "."
    )
    content = bytearray(chunk.read_bytes())
    content[-1] ^= 1
    chunk.write_bytes(content)
    from downbench_datasets.shared.fingerprint import digest_store

    assert digest_store(copy / FINE) != digest_store(five / FINE)
