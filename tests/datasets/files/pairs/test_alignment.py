"""Coarse and fine rain whose times stand at different ends of their intervals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from downbench import block_mean, build_config
from downbench_datasets.files.pairs.alignment import shift_note
from downbench_datasets.files.rain_files import RainFiles
from downbench_datasets.reading.open_record import open_record

RAIN = np.random.default_rng(2).gamma(0.5, 2.0, (48, 8, 8)).astype(np.float32)
LAT, LON = 50 - np.arange(8) / 4, 4 + np.arange(8) / 4


def write(path: Path, rain: np.ndarray, first: int) -> Path:
    """Hourly rain, its first time so many hours after midnight."""
    factor = 8 // rain.shape[-1]
    lat, lon = (line.reshape(-1, factor).mean(1) for line in (LAT, LON))
    xr.Dataset(
        {"pr": (("time", "lat", "lon"), rain, {"units": "mm/h"})},
        {
            "time": ("time", first + np.arange(len(rain)), {"units": "hours since 2021-03-01"}),
            "lat": ("lat", lat, {"units": "degrees_north"}),
            "lon": ("lon", lon, {"units": "degrees_east"}),
        },
    ).to_netcdf(path)
    return path


def notes(folder: Path, fine: int, coarse: int, noise: float = 0.0, **settings: object) -> list[str]:
    """What is said of the alignment of two records whose first times are given."""
    mean = block_mean(RAIN, 4)
    odd = mean * np.random.default_rng(3).gamma(1 / noise, noise, mean.shape) if noise else mean
    asked = {"coarse": str(write(folder / "c.nc", odd.astype(np.float32), coarse)), "factor": 4} | settings
    asked |= {"splits": {"test": {}}, "window": None}
    dataset = RainFiles(
        build_config("files", RainFiles.Config, {}, None, asked), write(folder / "f.nc", RAIN, fine)
    )
    return [note for note in dataset.notes if "much better" in note]


@pytest.mark.parametrize(("fine", "coarse", "way"), [(1, 0, "later"), (0, 1, "earlier")])
def test_ends_that_differ_are_told_with_the_setting_that_mends_them(tmp_path, fine, coarse, way):
    """Both are read as ends; of one the times are the starts."""
    (note,) = notes(tmp_path, fine, coarse)
    assert f"of the step {way} much better (correlation 1.00)" in note
    mended = {"coarse_reading": {"stamp": "start"}} if way == "later" else {"stamp": "start"}
    said = "'files.coarse_reading={stamp: start}'" if way == "later" else "files.stamp=start"
    assert f"--set {said} may mend it" in note
    assert notes(tmp_path, fine, coarse, **mended) == []


@pytest.mark.parametrize("noise", [0.0, 0.5, 20.0])
def test_rain_that_fits_or_hardly_does_has_no_such_note(tmp_path, noise):
    assert notes(tmp_path, 1, 1, noise) == []


def test_three_frames_are_too_few_to_tell(tmp_path):
    fine, coarse = (
        write(tmp_path / "f.nc", RAIN[:3], 1),
        write(tmp_path / "c.nc", block_mean(RAIN, 4)[1:4], 1),
    )
    record, source = open_record(fine), open_record(coarse)
    assert shift_note(source.rain, record.rain, 4, source, record) is None
