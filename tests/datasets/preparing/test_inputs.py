"""Predictors and static fields of a card at an address: the same as from files on this machine."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
import yaml

from downbench import RunFailed, UserError
from downbench_datasets.cards.card import read_card
from downbench_datasets.cards.dataset import dataset_of_card
from downbench_datasets.cards.orders import order_of
from downbench_datasets.files.inputs.spec import FieldSource
from downbench_datasets.preparing.inputs import fetched_with
from downbench_datasets.preparing.prepare import prepare

LAT, LON = 50.0 - np.arange(16), np.arange(24.0)
NORTH, EAST = {"units": "degrees_north"}, {"units": "degrees_east"}
SETTINGS = {"variable": "tp", "amount": "step", "stamp": "end", "factor": 4}


def axes(frames, lat=LAT, lon=LON):
    time = ("time", np.arange(frames), {"units": "hours since 2020-01-01", "calendar": "standard"})
    return {"time": time, "lat": ("lat", lat, NORTH), "lon": ("lon", lon, EAST)}


@pytest.fixture
def stores(site):
    """A store with rain, levels of temperature and relief, and a coarser one of the globe with wind."""
    folder, url = site
    random, dims = np.random.default_rng(0), ("time", "lat", "lon")
    rain = random.gamma(0.4, 1e-3, (40, 16, 24)).astype("f4")
    level = np.array([500, 850])
    heat = (level[None, :, None, None] + LAT[:, None] + random.random((40, 1, 1, 1))).repeat(24, 3)
    height = np.broadcast_to(LAT[:, None] * 9.80665, (16, 24)).astype("f4")
    own = {
        "tp": (dims, rain, {"units": "m"}),
        "t": (("time", "level", "lat", "lon"), heat.astype("f4"), {"units": "K"}),
        "z": (("lat", "lon"), height, {"units": "m2 s-2", "standard_name": "geopotential"}),
    }
    xr.Dataset(own, {**axes(40), "level": level}).to_zarr(
        folder / "era.zarr", zarr_format=2, consolidated=True
    )
    wide, around = 90.0 - np.arange(37) * 5, np.arange(72) * 5.0
    wind = np.broadcast_to(wide[:, None], (60, 37, 72)).astype("f4")
    other = xr.Dataset({"u": (dims, wind, {"units": "m s-1"})}, axes(60, wide, around))
    other.to_zarr(folder / "wind.zarr", zarr_format=3, consolidated=True)
    return folder, url


def card_at(folder, url, **settings):
    data = {"url": f"{url}/era.zarr", "variables": ["tp"], "retries": 0}
    card = {"name": "far", "data": data, "prepare": {"from": "2020-01-01T04:00", "to": "2020-01-02T11:00"}}
    path = folder / f"card{len(list(folder.glob('card*')))}.yaml"
    path.write_text(yaml.safe_dump({**card, "settings": {**SETTINGS, **settings}}), encoding="utf-8")
    return path


def test_fields_of_the_same_store_and_of_another(stores, tmp_path):
    folder, url = stores
    path = card_at(
        tmp_path,
        url,
        predictors={
            "t850": {"variable": "t", "select": {"level": 850}},
            "wind": {"variable": "u", "file": f"{url}/wind.zarr"},
        },
        statics={"topography": "z"},
    )
    store = prepare(order_of(read_card(path), path), out=tmp_path / "out.zarr", wait=0.01)
    card = dataset_of_card(path)
    dataset = card(card.Config(), store)
    (train, *_) = dataset.open("train")
    assert dataset.predictors == ("precipitation", "t850", "wind")
    assert {name: train.coarse[name].attrs["units"] for name in ("t850", "wind")} == {
        "t850": "K",
        "wind": "m s-1",
    }
    with xr.open_zarr(folder / "era.zarr") as original:
        heat = original["t"].sel(level=850).isel(time=4, lon=slice(0, 4)).to_numpy()
    weight = np.cos(np.deg2rad(LAT))[:, None].repeat(4, 1)
    blocks = [np.average(heat[k : k + 4], weights=weight[k : k + 4]) for k in (0, 4, 8, 12)]
    np.testing.assert_allclose(train.coarse["t850"].isel(time=0, tile=0, x=0), blocks, rtol=1e-5)
    # the wind is its latitude, in rows of 5 degrees: conservative means lie within half a row of it
    middles = LAT.reshape(4, 4).mean(1)
    assert np.abs(train.coarse["wind"].isel(time=0, tile=0, x=0) - middles).max() < 2.5
    np.testing.assert_allclose(train.static["topography"].isel(tile=0, x=0), LAT, rtol=1e-4)
    copied = xr.open_zarr(store / "inputs" / "wind", consolidated=False)
    assert copied.sizes["lat"] < 12, "no more is fetched than the rain needs"
    assert copied.sizes["lon"] < 14


def test_a_fault_half_way_leaves_no_store_and_is_gone_on_with(stores, web, tmp_path):
    folder, url = stores
    path = card_at(tmp_path, url, predictors={"wind": {"variable": "u", "file": f"{url}/wind.zarr"}})
    order = order_of(read_card(path), path)
    web.faults[f"{folder.name}/wind.zarr/u/c/0/0/0"] = ["error"]
    with pytest.raises((RunFailed, UserError), match=r"wind\.zarr"):
        prepare(order, out=tmp_path / "out.zarr", wait=0.01)
    assert not (tmp_path / "out.zarr").exists()
    web.asked.clear()
    assert (prepare(order, out=tmp_path / "out.zarr", wait=0.01) / "inputs" / "wind").is_dir()
    assert not any("/tp/" in name for _, name, _ in web.asked), "rain is not fetched again"


def test_what_is_not_there(stores, tmp_path):
    url = stores[1]
    for predictor, message in (
        ({"variable": "q"}, "has no variable 'q'\n  its variables: "),
        ({"variable": "t", "select": {"level": 700}}, "'level' has no entry 700\n  there are 500, 850"),
    ):
        path = card_at(tmp_path, url, predictors={"p": predictor})
        with pytest.raises(UserError, match=message):
            prepare(order_of(read_card(path), path), out=tmp_path / "out.zarr", wait=0.01)
    path = card_at(tmp_path, url)
    store = prepare(order_of(read_card(path), path), out=tmp_path / "plain.zarr", wait=0.01)
    path = card_at(tmp_path, url, predictors={"p": "t"})
    card = dataset_of_card(path)
    with pytest.raises(UserError, match=r"has no 'p' beside its rain\n  bench data prepare"):
        card(card.Config(), store)


def test_fields_of_files_that_are_prepared(tmp_path):
    (tmp_path / "rain").mkdir()
    random, dims = np.random.default_rng(1), ("time", "lat", "lon")
    rain, cape = (random.gamma(0.4, scale, (40, 16, 24)).astype("f4") for scale in (1, 500))
    fields = {"pr": (dims, rain, {"units": "mm/h"}), "cape": (dims, cape, {"units": "J kg-1"})}
    record = xr.Dataset(fields, axes(40))
    for part in (slice(0, 20), slice(20, 40)):
        record.isel(time=part).to_netcdf(tmp_path / "rain" / f"{part.start}.nc")
    path = tmp_path / "card.yaml"
    settings = {"variable": "pr", "factor": 4, "predictors": {"cape": "cape"}}
    card = {"name": "near", "data": {"path": "rain/*.nc"}, "prepare": {"bits": 12}, "settings": settings}
    path.write_text(yaml.safe_dump(card), encoding="utf-8")
    store = prepare(order_of(read_card(path), path), out=tmp_path / "out.zarr")
    near = dataset_of_card(path)
    (test, *_) = near(near.Config(), store).open("test")
    weight = np.cos(np.deg2rad(LAT))[:4, None].repeat(4, 1)
    last = test.coarse["cape"].isel(time=-1, tile=0, y=0, x=0)
    np.testing.assert_allclose(last, np.average(cape[-1, :4, :4], weights=weight), rtol=1e-4)


def test_files_on_this_machine_stay_where_they_are():
    files = {"own": None, "far": "s3://bucket/a.zarr", "here": "ta.nc"}
    asked = {name: FieldSource(variable="v", file=file) for name, file in files.items()}
    assert list(fetched_with(asked)) == ["own", "far"]
