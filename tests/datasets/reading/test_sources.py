"""Each source that users bring, in its own conventions, gives the same rain in mm/h."""

from __future__ import annotations

import conventions as c
import numpy as np
import pytest

from downbench import DownbenchWarning
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.settings import ReadingConfig


def north_first(record):
    """Rain (time, y, x) with rows from the north, as the latitudes say it."""
    rain = record.rain.to_numpy()[:, 0]
    if "lat" in record.static:
        lat = record.static["lat"].to_numpy()[0, :, 0]
        return rain[:, ::-1] if lat[0] < lat[-1] else rain
    return rain[:, ::-1]


HOURLY = {  # source: words of its notes, where its times stand
    c.era5_new: ("m: amounts of a time step, as they fall", "end"),
    c.era5_old: ("m: amounts of a time step, as they fall", "end"),
    c.era5_rates: ("times end their intervals, as assumed", "end"),
    c.analysis_archive: ("times end their intervals, as assumed", "end"),
    c.conus404: ("mm: amounts of a time step, as they fall", "end"),
    c.wrf: ("mm: running totals, as they rise everywhere", "end"),
}


@pytest.mark.parametrize("write", HOURLY, ids=lambda write: write.__name__)
def test_hourly_sources(tmp_path, write):
    record = open_record(write(tmp_path))
    np.testing.assert_allclose(north_first(record), c.rain(), rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(record.rain["time"], c.ends())
    np.testing.assert_array_equal(record.bounds, np.stack([c.ends() - c.HOUR, c.ends()], 1))
    words, stamp = HOURLY[write]
    assert any(words in note for note in record.notes), record.notes
    assert record.stamp == stamp
    np.testing.assert_allclose(sorted(record.static["lat"][0, :, 0]), c.LAT[::-1], atol=1e-4)


def test_sums_of_the_day_are_differenced_and_midnight_belongs_to_the_day_before(tmp_path):
    record = open_record(c.era5_land(tmp_path))
    np.testing.assert_allclose(north_first(record), c.rain(72), atol=2e-3)
    assert any("every 24 h, from 00:00 UTC on" in note for note in record.notes)


def test_six_hourly_metres_with_small_negatives(tmp_path):
    record = open_record(c.weatherbench(tmp_path))
    want = c.rain()
    want[0, 0, 0] = 0
    with pytest.warns(DownbenchWarning, match="clipped rain as low as"):
        np.testing.assert_allclose(north_first(record), want, rtol=1e-4, atol=1e-5)


def test_a_series_of_groups_with_bounds(tmp_path):
    record = open_record(c.imerg(tmp_path))
    assert record.stamp == "start"
    assert record.bounds_stated
    np.testing.assert_array_equal(record.bounds[:, 1] - record.bounds[:, 0], np.full(6, c.HOUR / 2))
    got = north_first(record)
    assert np.isnan(got[:, 0]).all()  # the northernmost row is missing
    np.testing.assert_array_equal(got[:, 1:], c.rain()[:6, 1:])


def test_daily_rates_with_an_odd_standard_name(tmp_path):
    record = open_record(c.chirps(tmp_path), ReadingConfig(stamp="start"))
    got = north_first(record)
    assert np.isnan(got[:, -1, 0]).all()
    np.testing.assert_allclose(got[:, :-1], c.rain()[:, :-1], rtol=1e-5)
    assert record.bounds[0, 0] == record.rain["time"][0]


@pytest.mark.parametrize("write", [c.cmip6, c.cordex], ids=lambda write: write.__name__)
def test_climate_models_in_calendars_of_their_own(tmp_path, write):
    record = open_record(write(tmp_path))
    got, want = north_first(record), c.rain()
    valid = np.isfinite(got)
    assert valid[:, 1:].all()
    np.testing.assert_allclose(got[valid], want[valid], rtol=1e-4)
    assert not record.gaps
    if write is c.cmip6:
        assert record.stamp == "middle"
        assert not valid[:, 0, 0].any()


def test_days_from_nine_to_nine_in_a_file_a_month(tmp_path):
    record = open_record(c.haduk(tmp_path))
    np.testing.assert_allclose(north_first(record), c.rain(), rtol=1e-5)
    assert record.stamp == "middle"
    assert str(record.bounds[0, 0]) == "2020-02-20T09:00:00"
    assert any("by cell_methods" in note for note in record.notes)
