"""Boxes read straight from a store are those that dask cuts; what is more than a window is left to dask."""

from dataclasses import replace

import dask.array as da
import numpy as np
import pytest
import xarray as xr
from sequences import shower_sequence

from downbench_methods.fields.transform import Transform
from downbench_methods.training.clips import Clips
from downbench_methods.training.reading import Reader, stored_window

VALUES = np.random.default_rng(0).random((20, 6, 5)).astype(np.float32)


class Store:
    """An array that says what was read of it."""

    shape, dtype, ndim = VALUES.shape, VALUES.dtype, VALUES.ndim

    def __init__(self):
        self.read = []

    def __getitem__(self, key):
        self.read.append(key)
        return VALUES[key]


def stored(**options):
    return da.from_array(Store(), (7, 4, 5), name=False, meta=np.empty((), np.float32), **options)


@pytest.mark.parametrize("options", [{}, {"fancy": False}, {"inline_array": False}])
def test_slices_of_a_store_are_a_window_that_begins_where_they_begin(options):
    array = stored(**options)[3:19][5:12, 1:, :4]
    source, starts = stored_window(array)
    assert isinstance(source, Store)
    assert starts == [8, 1, 0]
    box = tuple(slice(start, start + n) for start, n in zip(starts, array.shape, strict=True))
    np.testing.assert_array_equal(source[box], array)


@pytest.mark.parametrize(
    "array",
    [
        stored() * 2,
        stored()[::2],
        stored()[::-1],
        stored()[[4, 2, 9]],
        stored()[3],
        stored().transpose(0, 2, 1),
        stored().rechunk((4, 6, 5)),
        stored().astype("float64"),
        da.concatenate([stored()[:7], stored()[7:]]),
        da.concatenate([stored()[:5], da.zeros((3, 6, 5)), stored()[8:]])[:4],
        da.concatenate([one := stored()[:5], one]),
        da.concatenate([two := stored(), two])[2:],
        stored(lock=True),
        da.ones((20, 6, 5), chunks=7),
    ],
)
def test_what_is_more_than_a_window_is_none(array):
    assert stored_window(array) is None


def test_a_window_reads_what_was_asked_for_and_no_more():
    sequence = shower_sequence(20, (48, 40), warmup=2)
    data = {"fine": sequence.fine, "coarse": sequence.coarse["precipitation"]}
    stores = {name: Recorder(field.to_numpy()) for name, field in data.items()}
    lazy = {
        name: field.copy(data=da.from_array(stores[name], (5, 1, -1, -1), name=False, meta=np.empty(())))
        for name, field in data.items()
    }
    coarse = sequence.coarse.assign(precipitation=lazy["coarse"])
    [source] = Clips(
        [replace(sequence, coarse=coarse, fine=lazy["fine"])], Transform(), 8, 16, 3, 1, memory=1
    ).sources
    channels, rain = Reader(source).read(0, slice(4, 9), slice(2, 4), slice(1, 3))
    assert stores["fine"].read == [(slice(4, 9), 0, slice(16, 32), slice(8, 24))]
    assert stores["coarse"].read == [(slice(6, 11), 0, slice(2, 4), slice(1, 3))]
    np.testing.assert_array_equal(rain, data["fine"].to_numpy()[4:9, 0, 16:32, 8:24])
    np.testing.assert_array_equal(
        channels[:, 0], Transform().forward(data["coarse"].to_numpy()[6:11, 0, 2:4, 1:3])
    )


class Recorder:
    """Values, and what was read of them."""

    def __init__(self, values):
        self.values, self.read = values, []
        self.shape, self.dtype, self.ndim = values.shape, values.dtype, values.ndim

    def __getitem__(self, key):
        self.read.append(key)
        return self.values[key]


@pytest.mark.parametrize("chunks", [{}, None])
def test_a_zarr_store_reads_the_same_with_dask_and_without(tmp_path, chunks):
    sequence = shower_sequence(12, (32, 48), tiles=2, relief=True)
    sequence.fine.to_dataset(name="rain").to_zarr(
        tmp_path / "s", consolidated=False, encoding={"rain": {"chunks": (5, 1, 16, 48)}}
    )
    fine = xr.open_zarr(tmp_path / "s", consolidated=False, chunks=chunks)["rain"]
    [source] = Clips([replace(sequence, fine=fine)], Transform(), 8, 16, 3, 1, memory=1).sources
    box = slice(3, 8), slice(1, 3), slice(2, 6)
    rain = Reader(source).read(1, *box)[1]
    np.testing.assert_array_equal(rain, sequence.fine.to_numpy()[3:8, 1, 8:24, 16:48])
