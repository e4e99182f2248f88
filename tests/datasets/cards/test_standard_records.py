"""Standard records made of the publishers' files: the same for everybody, and those of ../shared/data."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench_datasets.cards.card import read_card
from downbench_datasets.cards.orders import SHIPPED, order_of
from downbench_datasets.fetching.where import Where
from downbench_datasets.preparing.prepare import prepare
from downbench_datasets.preparing.record_fields import fields_of
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.shared.content import stated_content


def shorter(name, first, last):
    """The order of a standard record for a part of its time."""
    path = SHIPPED / f"{name}.yaml"
    card = read_card(path)
    data = card.data.model_dump(mode="json", by_alias=True)
    data["times"] |= {"from": first, "to": last}
    return order_of(card.model_copy(update={"data": Where.model_validate(data)}), path)


@pytest.fixture(scope="module")
def raw(shared_data):
    folder = shared_data / "raw"
    if not folder.is_dir():
        pytest.skip("no publishers' files at ../shared/data/raw")
    return folder


def test_knmi_to_the_last_bit(raw, shared_data, tmp_path):
    order = shorter("knmi-2010", "2010-08-26T00:00", "2010-08-26T00:15")
    one = prepare(order, raw / "knmi_20100826", tmp_path / "one.zarr")
    other = prepare(order, raw, tmp_path / "other.zarr")
    assert stated_content(one) == stated_content(other)
    with xr.open_zarr(one) as made, xr.open_dataset(shared_data / "knmi_20100826_1km_5min.nc") as record:
        record = record.isel(time=slice(0, 4))
        np.testing.assert_array_equal(made["precipitation"], record["precipitation"])
        for name in ("time", "time_bnds", "y", "x"):
            np.testing.assert_array_equal(made[name], record[name])


def test_fields_of_a_record_carry_its_grid(raw):
    fields = fields_of(open_record(raw / "knmi_20100826" / "RAD_NL25_RAP_5min_201008260000.h5"))
    assert fields["precipitation"].dims == ("time", "tile", "y", "x")
    assert {"y", "x", "time_bnds"} <= set(fields.variables)


def test_haduk_from_files_as_the_publisher_writes_them(shared_data, tmp_path):
    """The record itself, put back into monthly files of the whole grid, comes out the same, to the bit."""
    with xr.open_dataset(shared_data / "haduk_uk_12km_daily_2010_2022.nc") as record:
        days = record["time_bnds"].isel(bnds=0).dt.strftime("%Y-%m").to_numpy()
        kept = record.isel(time=np.flatnonzero(np.isin(days, ["2010-02", "2010-03"]))).load()
    for month, last in ((2, 28), (3, 31)):
        frames = kept.isel(time=np.flatnonzero(kept["time_bnds"].isel(bnds=0).dt.month.to_numpy() == month))
        name = f"rainfall_hadukgrid_uk_12km_day_2010{month:02d}01-2010{month:02d}{last}.nc"
        _as_published(frames).to_netcdf(tmp_path / name)
    order = shorter("haduk-12km", "2010-02-01T00:00", "2010-03-01T00:00")
    one = prepare(order, tmp_path, tmp_path / "one.zarr")
    with xr.open_zarr(one) as made:
        np.testing.assert_array_equal(made["precipitation"], kept["precipitation"])
        np.testing.assert_array_equal(made["time_bnds"], kept["time_bnds"])
        np.testing.assert_allclose(made["y"], kept["y"])
        np.testing.assert_allclose(made["x"], kept["x"])
    assert stated_content(one) == stated_content(prepare(order, tmp_path, tmp_path / "other.zarr"))


def _as_published(frames):
    """HadUK-Grid's layout: 112 x 82 cells from the south, millimetres of a day from 09 to 09 UTC, float64."""
    rain = np.full((frames.sizes["time"], 112, 82), np.nan)
    rain[:, :104, 9:73] = frames["precipitation"].to_numpy().astype(float) * 24
    bounds = (frames["time_bnds"].to_numpy() - np.datetime64("1800-01-01")) / np.timedelta64(1, "h")
    north = float(frames["y"][0]) - 12_000 * np.arange(112)
    east = float(frames["x"][0]) + 12_000 * (np.arange(82) - 9)
    said = {
        "units": "mm",
        "standard_name": "lwe_thickness_of_precipitation_amount",
        "cell_methods": "time: sum",
    }
    dims = ("time", "projection_y_coordinate", "projection_x_coordinate")
    since = {"units": "hours since 1800-01-01 00:00:00", "calendar": "standard", "bounds": "time_bnds"}
    return xr.Dataset(
        {"rainfall": (dims, rain[:, ::-1], said), "time_bnds": (("time", "bnds"), bounds)},
        {
            "time": ("time", bounds.mean(1), since),
            dims[1]: (dims[1], north[::-1], {"units": "m", "standard_name": "projection_y_coordinate"}),
            dims[2]: (dims[2], east, {"units": "m", "standard_name": "projection_x_coordinate"}),
        },
    )
