"""Words of files on where their times stand."""

from __future__ import annotations

import conventions as c
import numpy as np
import pytest

from downbench_datasets.reading.meaning.stamp_words import said_stamp
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.settings import ReadingConfig


@pytest.mark.parametrize(("text", "stamp"), [
    ("time at start of hour", "start"),
    ("beginning of the averaging period", "start"),
    ("Begin of each 3-hourly interval", "start"),
    ("interval start", "start"),
    ("middle of the month", "middle"),
    ("time at midpoint of interval", "middle"),
    ("center of the time step", "middle"),
    ("end of the averaging interval (or valid time)", "end"),
    ("accumulation end", "end"),
    ("hours since the start of the simulation", None),
    ("time", None),
    ("valid time in UTC, end of day excluded, start of day included", None),
])  # fmt: skip
def test_words_of_times(text: str, stamp: str | None) -> None:
    for key in ("long_name", "comment", "description"):
        assert said_stamp({key: text}, {}) == stamp
    assert said_stamp({"units": text, "standard_name": text}, {}) is None


@pytest.mark.parametrize(("text", "stamp"), [
    ("rain accumulated over the previous hour", "end"),
    ("Precipitation in the last 3 hours", "end"),
    ("total of the preceding 24 h", "end"),
    ("mean over the following hour", "start"),
    ("rainfall from 09 UTC to 09 UTC of the next day", None),
    ("precipitation at the end of the pipe", None),
    ("large-scale rain, start of record 1950", None),
])  # fmt: skip
def test_words_of_rain(text: str, stamp: str | None) -> None:
    if "next day" not in text:
        assert said_stamp({}, {"long_name": text}) == stamp


def test_two_words_that_differ_say_nothing() -> None:
    assert said_stamp({"long_name": "end of the hour"}, {"comment": "sum over the next hour"}) is None


def test_words_count_where_nobody_sets_it_and_no_bounds_stand(tmp_path) -> None:
    """Ends of hours, which a file calls their beginnings."""
    data = c.lat_lon(c.rain(5), "pr", {"units": "mm/h"}, c.ends(5), "hours since 2020-03-01")
    data["time"].attrs["long_name"] = "start of hour"
    path = c.write(data, tmp_path / "a.nc")
    record = open_record(path)
    assert record.stamp == "start"
    assert "times begin their intervals, as the file describes them" in record.notes
    np.testing.assert_array_equal(record.bounds[:, 0], c.ends(5))
    set_otherwise = open_record(path, ReadingConfig(stamp="middle"))
    np.testing.assert_array_equal(set_otherwise.bounds[:, 0], c.ends(5) - c.HOUR // 2)
    assert "times are the middle of their intervals, as set" in set_otherwise.notes
    data["time"].attrs["bounds"] = "time_bnds"
    ends = c.numbers(c.ends(5), "hours since 2020-03-01")
    data["time_bnds"] = (("time", "bnds"), np.stack([ends - 1, ends], 1))
    np.testing.assert_array_equal(open_record(c.write(data, tmp_path / "b.nc")).bounds[:, 1], c.ends(5))
    data["time_bnds"] = data["time_bnds"].T
    np.testing.assert_array_equal(open_record(c.write(data, tmp_path / "c.nc")).bounds[:, 1], c.ends(5))
