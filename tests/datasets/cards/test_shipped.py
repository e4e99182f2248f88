"""The cards that ship, each on an imitation of its layout that is served on this machine."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
import xarray as xr
from imitations import IMITATIONS
from store_files import write_fv3gfs, write_xshield

from downbench_datasets.cards.card import Card, read_card
from downbench_datasets.cards.dataset import dataset_of_card
from downbench_datasets.cards.orders import SHIPPED, order_of
from downbench_datasets.fetching.where import Where
from downbench_datasets.preparing.prepare import prepare
from downbench_datasets.preparing.rounding import rounded
from downbench_datasets.xshield.common import XShieldConfig
from downbench_datasets.xshield.stores_dataset import XShieldStores

CARDS = sorted(path.stem for path in SHIPPED.glob("*.yaml"))
NEEDS = {"mrms-archive": "eccodes", "mrms-2016-east": "eccodes", "fmi-2016": "rasterio"}
WITH_STORES = {"x-shield", "fv3gfs", "x-shield-latlon-25km", "x-shield-latlon-3km"}


def moved(card: Card, url: str, files: list[str], times: tuple[str, str] | None) -> Card:
    """The card with another address, as short a record as the imitation has."""
    data = card.data.model_dump(by_alias=True) | {"url": url, "path": ""}
    data |= {"files": files} if files else {}
    if times:
        data["times"] |= {"from": datetime.fromisoformat(times[0]), "to": datetime.fromisoformat(times[1])}
    return card.model_copy(update={"data": Where.model_validate(data)})


BY_HAND = {"harvey-2017"}  # of one file that nobody serves


def test_every_card_is_tested():
    tested = {card for card, _ in IMITATIONS.values()} | WITH_STORES | BY_HAND
    assert set(CARDS) == tested


@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_whole(name):
    card = read_card(SHIPPED / f"{name}.yaml")
    assert card.name == name
    assert all([card.title, card.licence, card.citation])
    assert order_of(card, SHIPPED / f"{name}.yaml").digest


@pytest.mark.filterwarnings("ignore::downbench.errors.DownbenchWarning")  # tiny negatives are told
@pytest.mark.parametrize("name", IMITATIONS)
def test_rain_comes_out_right(name, site, tmp_path):
    folder, url = site
    card_name, write = IMITATIONS[name]
    if package := NEEDS.get(card_name):
        pytest.importorskip(package)
    imitation = write(folder)
    path = SHIPPED / f"{card_name}.yaml"
    card = moved(read_card(path), url, imitation.files, imitation.times)
    if imitation.recipe:
        card = card.model_copy(update={"prepare": card.prepare.model_copy(update=imitation.recipe)})
    store = prepare(order_of(card, path), out=tmp_path / "out.zarr", wait=0.01)
    with xr.open_zarr(store) as made:
        rain = made["precipitation"].to_numpy()
        assert str(made["time"].to_numpy()[0]).startswith(imitation.first)
    bits = card.prepare.bits if card.prepare else None
    expected = rounded(imitation.rain, bits) if bits else imitation.rain
    np.testing.assert_allclose(rain, expected, rtol=2**-9 if bits else 1e-5, atol=2e-6)


@pytest.mark.parametrize("name", sorted(WITH_STORES))
def test_stores_are_fetched_as_they_are(name, site, tmp_path):
    folder, url = site
    files: list[str] = []
    if name == "x-shield":
        write_xshield(folder, frames=12)
    elif name == "fv3gfs":
        write_fv3gfs(folder, members=3, frames=5)
        files = [str(path.relative_to(folder).parent) for path in folder.rglob("sfc_*.zarr/.zgroup")]
    else:
        fine, coarse = ("25km", "100km") if "25km" in name else ("3km", "25km")
        _lat_lon_stores(folder, fine, coarse)
    path = SHIPPED / f"{name}.yaml"
    card = moved(read_card(path), url, files, None)
    root = prepare(order_of(card, path), out=tmp_path / "stores", wait=0.01)
    dataset, original = (XShieldStores(XShieldConfig(), each) for each in (root, folder))
    assert list(dataset.splits.values()) == list(original.splits.values())
    ours, theirs = dataset.open("test"), original.open("test")
    assert [s.name for s in ours] == [s.name for s in theirs], "members are splits"
    xr.testing.assert_equal(ours[0].fine, theirs[0].fine)
    xr.testing.assert_equal(ours[0].coarse["precipitation"], theirs[0].coarse["precipitation"])


def test_harvey_takes_the_coarse_rain_of_its_file(tmp_path):
    """Of the layout that the record has: coarse rain under a name of its own, no mean of the fine."""
    random = np.random.default_rng(2)
    fine, coarse = (random.gamma(0.4, 2, (40, *size)).astype("f4") for size in ((16, 24), (2, 3)))
    attrs, lines = {"units": "mm h-1", "cell_methods": "time: mean"}, {}
    for ending, cells in (("", 1), ("_coarse", 8)):
        for name, first, step, count in (("lat", 32, -0.1, 16), ("lon", -98, 0.1, 24)):
            values = (first + step * np.arange(count)).reshape(-1, cells).mean(1)
            dim = {"lat": "y", "lon": "x"}[name] + ("c" if ending else "")
            units = {"lat": "degrees_north", "lon": "degrees_east"}[name]
            lines[name + ending] = (dim, values, {"units": units})
    seconds = (np.arange(40) + 1) * 10800
    xr.Dataset(
        {
            "precipitation": (("time", "y", "x"), fine, attrs),
            "precipitation_coarse": (("time", "yc", "xc"), coarse, attrs),
            **lines,
        },
        {"time": ("time", seconds, {"units": "seconds since 2017-08-25 00:00:00"})},
    ).to_netcdf(tmp_path / "harvey_2017_pair_mrms_imerg_0p1deg_3h.nc")
    card = dataset_of_card(SHIPPED / "harvey-2017.yaml")
    pair = card(card.Config(), tmp_path / "harvey_2017_pair_mrms_imerg_0p1deg_3h.nc")
    [train] = pair.open("train")
    frames = train.fine.sizes["time"]
    np.testing.assert_array_equal(train.fine[:, 0], fine[:frames])
    np.testing.assert_array_equal(train.coarse["precipitation"][:, 0], coarse[:frames])
    assert pair.factor == 8
    assert not pair.coarse_is_mean


def test_cordex_ml_bench_has_its_predictors(tmp_path):
    """A target on an inner domain, predictors of coarser cells around it that are linear in latitude."""
    pytest.importorskip("shapely")
    (tmp_path / "target").mkdir()
    (tmp_path / "predictors").mkdir()
    days = ("time", np.arange(40) + 0.5, {"units": "days since 1961-01-01", "calendar": "noleap"})
    lat, lon = np.meshgrid(45 - np.arange(32) * 0.1, 5 + np.arange(32) * 0.1, indexing="ij")
    surfaces = {
        "lat": (("y", "x"), lat, {"units": "degrees_north"}),
        "lon": (("y", "x"), lon, {"units": "degrees_east"}),
    }
    rain = np.random.default_rng(0).gamma(0.5, 2, (40, 32, 32)).astype("f4")
    attrs = {"units": "kg m-2 s-1", "standard_name": "precipitation_flux"}
    target = xr.Dataset({"pr": (("time", "y", "x"), rain / 3600, attrs), **surfaces}, {"time": days})
    target.to_netcdf(tmp_path / "target" / "pr_tasmax_CNRM-CM5_1961-1980.nc")
    wide, long = 50 - np.arange(24) * 0.5, np.arange(24) * 0.5
    field = np.broadcast_to(wide[:, None], (40, 24, 24)).astype("f4")
    names = [f"{name}_{level}" for name in "uvqtz" for level in (850, 700, 500)]
    predictors = {name: (("time", "lat", "lon"), field, {"units": "1"}) for name in names}
    axes = {"lat": ("lat", wide, {"units": "degrees_north"}), "lon": ("lon", long, {"units": "degrees_east"})}
    xr.Dataset(predictors, {"time": days, **axes}).to_netcdf(tmp_path / "predictors" / "CNRM-CM5.nc")
    card = dataset_of_card(SHIPPED / "cordex-ml-bench.yaml")
    (train, *_) = card(card.Config(), tmp_path).open("train")
    assert list(train.coarse) == [
        "precipitation",
        *(f"{n}{level}" for level in (850, 700, 500) for n in "uvqtz"),
    ]
    blocks = lat.reshape(2, 16, 2, 16).mean((1, 3))
    np.testing.assert_allclose(train.coarse["t850"][0, 0], blocks, atol=0.15)


def _lat_lon_stores(folder, fine, coarse):
    rain = np.clip(np.random.default_rng(4).normal(size=(12, 16, 32)), 0, None).astype(np.float32) / 3600
    means = rain.reshape(12, 4, 4, 8, 4).mean((2, 4))
    time = ("time", np.arange(12) * 3.0, {"units": "hours since 2020-01-01", "calendar": "julian"})
    for name, values in ((fine, rain), (coarse, means)):
        ny, nx = values.shape[1:]
        lat = ("grid_yt", 90 - (np.arange(ny) + 0.5) * 180 / ny, {"units": "degrees_north"})
        lon = ("grid_xt", (np.arange(nx) + 0.5) * 360 / nx, {"units": "degrees_east"})
        field = (("time", "grid_yt", "grid_xt"), values, {"units": "kg/m**2/s"})
        data = xr.Dataset({"PRATEsfc": field}, {"time": time, "grid_yt": lat, "grid_xt": lon})
        data.to_zarr(folder / f"{name}.zarr", zarr_format=2, consolidated=True)
