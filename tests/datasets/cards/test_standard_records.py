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
