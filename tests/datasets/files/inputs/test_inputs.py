"""Predictors and static fields that somebody names: from the rain's files, and from files of other grids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from downbench import UserError, block_mean, build_config
from downbench_datasets.cards.dataset import dataset_of_card
from downbench_datasets.files.inputs.spec import FieldSource
from downbench_datasets.files.rain_files import RainFiles

LAT, LON = 50 - (np.arange(16) + 0.5) / 4, 4 + (np.arange(24) + 0.5) / 4
AREA = np.broadcast_to(np.abs(np.diff(np.sin(np.deg2rad(50 - np.arange(17) / 4))))[:, None], (16, 24))
RNG = np.random.default_rng(0)
RAIN = RNG.gamma(0.5, 2.0, (48, 16, 24)).astype(np.float32)
HEAT = RNG.normal(280, 5, RAIN.shape).astype(np.float32)
NOON = "hours since 2020-01-01T12:00"


def write(path: Path, fields: dict[str, Any], lat: Any, lon: Any, since: str = "hours since 2020-01-01T00:00",
          step: float = 24.0) -> Path:  # fmt: skip
    count = next(iter(fields.values()))[1].shape[0]
    data = xr.Dataset(
        fields,
        {
            "time": ("time", np.arange(count) * step, {"units": since}),
            "lat": ("lat", lat, {"units": "degrees_north"}),
            "lon": ("lon", lon, {"units": "degrees_east"}),
        },
    )
    data.to_netcdf(path)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    dims = ("time", "lat", "lon")
    fields = {"pr": (dims, RAIN, {"units": "mm/h"}), "tas": (dims, HEAT, {"units": "K"})}
    return write(tmp_path / "fine.nc", fields, LAT, LON)


def read(root: Path, **settings: Any) -> RainFiles:
    said = {"factor": 4, "variable": "pr", **settings}
    return RainFiles(build_config("files", RainFiles.Config, {}, None, said), root)


def test_a_fine_field_becomes_the_mean_of_blocks(root: Path) -> None:
    dataset = read(root, predictors={"t2m": "tas"})
    (train, *_) = dataset.open("train")
    assert dataset.predictors == ("precipitation", "t2m")
    frames = train.coarse.sizes["time"]
    expected = block_mean(HEAT[:frames, None], 4, AREA[None])
    np.testing.assert_allclose(train.coarse["t2m"], expected, rtol=1e-5)
    assert train.coarse["t2m"].attrs["units"] == "K"
    (test, *_) = dataset.open("test")
    assert np.isfinite(test.coarse["t2m"]).all(), "warm-up frames have predictors, too"


def test_a_level_of_another_grid_at_other_hours(root: Path, tmp_path: Path) -> None:
    """A linear field of latitude on a wider grid at noon: block means lie on the same line."""
    lat, lon = 51.5 - np.arange(8), 3.0 + np.arange(10)
    field = np.stack([np.zeros((48, 8, 10)), np.broadcast_to(np.arange(48.0)[:, None, None], (48, 8, 10))], 1)
    data = {"ta": (("time", "plev", "lat", "lon"), field, {"units": "degC"})}
    path = write(tmp_path / "ta.nc", data, lat, lon, NOON)
    xr.open_dataset(path, decode_times=False).load().assign_coords(plev=[50000.0, 85000.0]).to_netcdf(
        tmp_path / "levels.nc"
    )
    asked = {"t850": {"variable": "ta", "file": "levels.nc", "select": {"plev": 85000}, "units": "K"}}
    dataset = read(root, predictors=asked, stamp="start")
    (train, *_) = dataset.open("train")
    expected = np.broadcast_to(np.arange(train.coarse.sizes["time"]), (6, 4, 1, train.coarse.sizes["time"])).T
    np.testing.assert_allclose(train.coarse["t850"], expected, atol=1e-5)
    assert train.coarse["t850"].attrs["units"] == "K"
    assert tmp_path / "levels.nc" in dataset._material.files, (
        "the content of the file is part of the fingerprint"
    )


def test_times_that_a_predictor_lacks_are_refused(root: Path, tmp_path: Path) -> None:
    short = {"cape": (("time", "lat", "lon"), HEAT[:40], {"units": "J kg-1"})}
    write(tmp_path / "cape.nc", short, LAT, LON)
    with pytest.raises(UserError, match="do not give each coarse frame"):
        read(root, predictors={"cape": {"variable": "cape", "file": "cape.nc"}})


def test_what_is_not_there_is_named(root: Path) -> None:
    with pytest.raises(UserError, match=r"no variable 'q'.*\n.*pr, tas"):
        read(root, predictors={"q": "q"})
    with pytest.raises(UserError, match=r"there is no file 'q\.nc'"):
        read(root, predictors={"q": {"variable": "q", "file": "q.nc"}})
    with pytest.raises(UserError, match="precipitation"):
        read(root, predictors={"precipitation": "pr"})
    level = {"variable": "tas", "select": {"level": 850}}
    with pytest.raises(UserError, match=r"'level' is selected, but there is no such dim\n.*time, lat, lon"):
        read(root, predictors={"t850": level | {"file": root.name}})
    for asked in ({"predictors": {"t850": level}}, {"statics": {"topography": level}}):
        with pytest.raises(UserError, match="entries are selected, but no file is named"):
            read(root, **asked)
    assert FieldSource(variable="q").file is None


def test_a_card_brings_topography_of_a_finer_grid(root: Path, tmp_path: Path) -> None:
    fine = np.arange(32.0)[:, None] * 10 + np.zeros(48)
    lat, lon = 50 - (np.arange(32) + 0.5) / 8, 4 + (np.arange(48) + 0.5) / 8
    xr.Dataset(
        {"orog": (("lat", "lon"), fine / 1000, {"units": "km"})},
        {"lat": ("lat", lat, {"units": "degrees_north"}), "lon": ("lon", lon, {"units": "degrees_east"})},
    ).to_netcdf(tmp_path / "orog.nc")
    card = tmp_path / "mine.yaml"
    card.write_text(
        "name: mine\ndata: {path: fine.nc}\nsettings:\n  variable: pr\n  factor: 4\n"
        "  predictors: {t2m: tas}\n  statics: {topography: {variable: orog, file: orog.nc}}\n"
    )
    made = dataset_of_card(card)
    (train, *_) = made(made.Config(), None).open("train")
    np.testing.assert_allclose(
        train.static["topography"][0, :, 0], np.arange(16) * 20 + 5, atol=0.02
    )  # by area
    assert list(train.coarse) == ["precipitation", "t2m"]


def test_apply_reads_the_same_variables(tmp_path: Path) -> None:
    dims = ("time", "lat", "lon")
    fields = {"pr": (dims, RAIN, {"units": "mm/h"}), "tas": (dims, HEAT, {"units": "K"})}
    coarse = write(tmp_path / "coarse.nc", fields, LAT, LON)
    said = {"variable": "pr", "predictors": {"t2m": "tas"}}
    config = build_config("files", RainFiles.Config, {}, None, said)
    opened = RainFiles.open_coarse(coarse, config, 4, ["precipitation", "t2m"])
    np.testing.assert_array_equal(opened.fields["t2m"][:, 0], HEAT)


@pytest.mark.parametrize("mark", [-9999.0, 1e20, -32768.0])
def test_marks_of_missing_values_are_no_heat(root: Path, tmp_path: Path, mark: float) -> None:
    """A network that is handed 1e20 K learns nothing, and says nothing."""
    heat = HEAT.copy()
    heat[:, :2, :3] = mark
    dims = ("time", "lat", "lon")
    other = write(tmp_path / "other.nc", {"tas": (dims, heat, {"units": "K"})}, LAT, LON)
    with pytest.raises(UserError, match=r"'tas'.*does not declare it") as refused:
        read(root, predictors={"t2m": {"variable": "tas", "file": str(other)}}).open("train")
    assert f"{mark:.6g}" in str(refused.value)
    said = {"units": "K", "missing_value": np.float32(mark)}
    other = write(tmp_path / "said.nc", {"tas": (dims, heat, said)}, LAT, LON)
    (train, *_) = read(root, predictors={"t2m": {"variable": "tas", "file": str(other)}}).open("train")
    assert np.isnan(train.coarse["t2m"][:, 0, 0, 0]).all()
    assert float(train.coarse["t2m"].min()) > 250


def test_a_valid_range_holds_for_predictors_too(root: Path, tmp_path: Path) -> None:
    heat = HEAT.copy()
    heat[:, 0, 0] = 17.0
    said = {"units": "K", "valid_min": np.float32(100)}
    other = write(tmp_path / "other.nc", {"tas": (("time", "lat", "lon"), heat, said)}, LAT, LON)
    (train, *_) = read(root, predictors={"t2m": {"variable": "tas", "file": str(other)}}).open("train")
    assert np.isnan(train.coarse["t2m"][:, 0, 0, 0]).all()


def test_fields_of_another_place_are_refused(root: Path, tmp_path: Path) -> None:
    """They had been missing everywhere without a word, and a relief of 0 m."""
    places = {"lat": ("lat", LAT, {"units": "degrees_north"}), "lon": ("lon", LON, {"units": "degrees_east"})}
    relief = xr.Dataset({"orog": (("lat", "lon"), np.full((16, 24), 700.0), {"units": "m"})}, places)
    for name, off, match in (("far", 20, "0 of the 384"), ("beside", 0.125, "360 of the 384")):
        path = tmp_path / f"{name}.nc"
        relief.assign_coords(lat=relief["lat"] + off).to_netcdf(path)
        with pytest.raises(UserError, match=f"its grid covers {match} fine cells"):
            read(root, statics={"topography": {"variable": "orog", "file": str(path)}})
    heat = {"tas": (("time", "lat", "lon"), HEAT, {"units": "K"})}
    other = write(tmp_path / "heat.nc", heat, LAT + 20, LON)
    with pytest.raises(UserError, match=r"no value on any block of the rain\n.*same place"):
        read(root, predictors={"t2m": {"variable": "tas", "file": str(other)}})


def test_marks_in_a_relief_are_the_sea(root: Path, tmp_path: Path) -> None:
    relief = np.full((16, 24), 700.0, np.float32)
    relief[:4, :4] = -9999
    own = xr.open_dataset(root, decode_times=False).load()
    own["orog"] = (("lat", "lon"), relief, {"units": "m"})
    own.to_netcdf(tmp_path / "both.nc")
    (train, *_) = read(tmp_path / "both.nc").open("train")
    np.testing.assert_array_equal(train.static["topography"][0], np.where(relief < 0, 0, relief))
    asked = {"variable": "orog", "file": str(tmp_path / "both.nc")}
    (train, *_) = read(root, statics={"topography": asked}).open("train")
    np.testing.assert_array_equal(train.static["topography"][0], np.where(relief < 0, 0, relief))
