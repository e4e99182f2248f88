"""Days at noon of one rain, paired with rain whose intervals are known or open as well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from downbench import UserError, block_mean, build_config
from downbench_datasets.files.pairs.readings import match_records
from downbench_datasets.files.rain_files import RainFiles
from downbench_datasets.reading.open_record import open_record

DAYS = 12
LAT, LON = 50 - np.arange(8) / 4, 4 + np.arange(8) / 4
HOURLY = np.random.default_rng(1).gamma(0.5, 2.0, (24 * DAYS, 8, 8)).astype(np.float32)
FIRST = np.datetime64("2021-03-01", "s")
HOUR = np.timedelta64(3600, "s")


def daily(hour: int) -> np.ndarray:
    """Coarse rain of days that begin at this hour of the day before, 2 x 2 cells."""
    whole = HOURLY[(24 - hour) % 24 :]
    whole = whole[: len(whole) // 24 * 24]
    return block_mean(whole.reshape(-1, 24, 8, 8).mean(1), 4)


def write(
    path: Path, rain: np.ndarray, hours: float, first: float, bounds: tuple[float, float] | None = None
) -> Path:
    """Rain every so many hours from the first on; bounds are offsets from its times."""
    factor = 8 // rain.shape[-1]
    lat, lon = (line.reshape(-1, factor).mean(1) for line in (LAT, LON))
    times = first + hours * np.arange(len(rain))
    data = xr.Dataset(
        {"pr": (("time", "lat", "lon"), rain, {"units": "mm/h"})},
        {
            "time": ("time", times, {"units": "hours since 2021-03-01"}),
            "lat": ("lat", lat, {"units": "degrees_north"}),
            "lon": ("lon", lon, {"units": "degrees_east"}),
        },
    )
    if bounds is not None:
        data["time"].attrs["bounds"] = "time_bnds"
        data["time_bnds"] = (("time", "bnds"), times[:, None] + np.array(bounds))
    data.to_netcdf(path)
    return path


def pair(fine: Path, coarse: Path, **settings: Any) -> RainFiles:
    asked = {"coarse": str(coarse), "factor": 4, "splits": {"test": {}}, "window": None} | settings
    return RainFiles(build_config("files", RainFiles.Config, {}, None, asked), fine)


def coarse_of(dataset: RainFiles) -> np.ndarray:
    return np.concatenate([part.coarse["precipitation"].to_numpy()[:, 0] for part in dataset.open("test")])


@pytest.mark.parametrize(("bounds", "first"), [((0, 24), 0), ((-24, 0), 24), ((-12, 12), 12), (None, 0)])
def test_days_of_the_fine_rain_tell_those_of_the_coarse(tmp_path, bounds, first) -> None:
    days = HOURLY.reshape(DAYS, 24, 8, 8).mean(1)
    dataset = pair(
        write(tmp_path / "f.nc", days, 24, first, bounds), write(tmp_path / "c.nc", daily(0), 24, 12)
    )
    np.testing.assert_allclose(coarse_of(dataset), daily(0), rtol=1e-5)
    assert any("follows from those that match" in note for note in dataset.notes)


def test_fine_days_at_noon_are_told_by_the_coarse(tmp_path) -> None:
    noon = HOURLY[12:-12].reshape(DAYS - 1, 24, 8, 8).mean(1)
    fine = write(tmp_path / "f.nc", noon, 24, 36)
    dataset = pair(fine, write(tmp_path / "c.nc", daily(12), 24, 36, (-24, 0)))
    assert coarse_of(dataset).shape == (DAYS - 1, 2, 2)
    np.testing.assert_allclose(coarse_of(dataset), block_mean(noon, 4), rtol=1e-5)


def test_where_both_readings_match_one_is_asked_for(tmp_path) -> None:
    fine = write(tmp_path / "f.nc", HOURLY, 1, 1, (-1, 0))
    coarse = write(tmp_path / "c.nc", daily(0), 24, 12)
    with pytest.raises(UserError, match="a day at 12:00 from 00 to 24 h, or from noon to noon") as caught:
        pair(fine, coarse)
    assert "'files.coarse_reading={stamp: middle}'" in str(caught.value.hint)
    dataset = pair(fine, coarse, coarse_reading={"stamp": "middle"})
    (part,) = dataset.open("test")
    means = part.fine.to_numpy()[:, 0].reshape(-1, 24, 8, 8).mean(1)
    np.testing.assert_allclose(part.coarse["precipitation"][:, 0], block_mean(means, 4), rtol=1e-5)


def test_both_at_noon_need_no_answer(tmp_path) -> None:
    days = HOURLY.reshape(DAYS, 24, 8, 8).mean(1)
    fine = open_record(write(tmp_path / "f.nc", days, 24, 12))
    coarse = open_record(write(tmp_path / "c.nc", daily(0), 24, 12))
    matched, bounds, told = match_records(coarse, fine, "both")
    np.testing.assert_array_equal(matched.coarse[:, 0], np.arange(DAYS))
    np.testing.assert_array_equal(matched.fine[:, 0], np.arange(DAYS))
    np.testing.assert_array_equal(bounds, coarse.bounds)
    assert told == []
