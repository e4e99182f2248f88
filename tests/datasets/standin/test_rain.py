"""The stand-in's rain: its bands, its motion, relief, seams and determinism."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from downbench import block_mean
from downbench_datasets.shared.cubed_sphere import cubed_sphere
from downbench_datasets.shared.statistics import rain_statistics
from downbench_datasets.standin import blocks
from downbench_datasets.standin.predictors import UNITS, sun_forcing
from downbench_datasets.standin.rain import TileRain, texture_points
from downbench_datasets.standin.relief import relief, slopes

BANDS = {  # of the protocol
    "wet": (0.08, 0.10),
    "p99": (1.4, 3.1),
    "p99.9": (3, 10),
    "p99.99": (5, 18.5),
    "lag1": (0.48, 0.56),
    "slope": (1.9, 2.5),
    "kept_variance": (0.40, 0.46),
}
DEFAULT = blocks.Parameters(size=96, days=300)
SAMPLE = range(0, 60, 5)  # blocks of five days
FROZEN = {
    "mean": 0.15680721,
    "max": 16.462,
    "wet": 0.13028700086805556,
    "predictors": {
        "precipitation": 0.1568383,
        "UGRD10m": 0.9105017,
        "VGRD10m": 0.1027383,
        "TMPsfc": 297.5204,
        "CPRATsfc": 3.644345e-05,
        "DSWRFtoa": 422.5113,
        "ps": 97786.44,
        "u700": 1.568083,
        "v700": 0.4647107,
        "vertically_integrated_liq_wat": 0.0905728,
        "vertically_integrated_sphum": 39.45336,
    },
}


@pytest.fixture(scope="module")
def sample():
    """Rain (time, tile, y, x) of every fifth block of 96 x 96 cells, a missing frame between blocks."""
    parts = []
    for block in SAMPLE:
        rain = np.stack([blocks.block_of(DEFAULT, tile, block)[0] for tile in range(6)], axis=1)
        parts += [rain, np.full((1, *rain.shape[1:]), np.nan, np.float32)]
    return np.concatenate(parts)


@pytest.fixture(scope="module")
def coarse():
    """Predictors by name, (block, time, tile, y, x)."""
    stacked = np.stack(
        [
            np.stack([blocks.block_of(DEFAULT, tile, block)[1] for tile in range(6)], axis=2)
            for block in SAMPLE
        ]
    )
    return {name: stacked[:, k] for k, name in enumerate(UNITS)}


def frame(rain: TileRain, time: int) -> np.ndarray:
    return rain.rain(time, rain.weather(time), sun_forcing(rain, blocks.times(time, time + 1)[0]))


@pytest.mark.slow
def test_statistics_lie_in_the_bands(sample):
    found = rain_statistics(sample)
    outside = {name: found[name] for name, (low, high) in BANDS.items() if not low <= found[name] <= high}
    assert not outside


def test_frozen():
    """Version 1 stays what it is: figures of one block, to rounding."""
    rain, fields = blocks.block_of(DEFAULT, 1, 20)
    assert float(rain.mean(dtype=np.float64)) == pytest.approx(FROZEN["mean"], rel=1e-4)
    assert float(rain.max()) == pytest.approx(FROZEN["max"], rel=1e-3)
    assert float((rain > 0.1).mean()) == pytest.approx(FROZEN["wet"], rel=1e-3)
    found = dict(zip(UNITS, fields.mean(axis=(1, 2, 3), dtype=np.float64), strict=True))
    assert found == pytest.approx(FROZEN["predictors"], rel=1e-4)


def test_fields_of_other_sources_are_kept_apart(monkeypatch):
    """What an earlier state of the generator left in the cache is not read."""
    before = DEFAULT.key
    assert set(blocks._sources()) == {file.name for file in Path(blocks.__file__).parent.glob("*.py")}
    monkeypatch.setattr(blocks, "_sources", lambda: {"rain.py": "changed"})
    assert DEFAULT.key != before


def test_dry_areas_are_exactly_dry(sample):
    rain = sample[np.isfinite(sample)]
    assert (rain >= 0).all()
    assert 0.8 < (rain == 0).mean() < 0.92


def test_blocks_fit_together_without_a_seam():
    """A frame is the same whatever was made before it, and blocks meet where frames do."""
    first, second = (blocks.block_of(DEFAULT, 2, block)[0] for block in (7, 8))
    running = TileRain(0, 2, 96)
    edge = 8 * blocks.BLOCK
    for time in range(edge - 3, edge + 3):
        expected = first[time - edge] if time < edge else second[time - edge]
        np.testing.assert_array_equal(np.round(frame(running, time), 3), expected)
        np.testing.assert_array_equal(frame(TileRain(0, 2, 96), time), frame(running, time))


def test_coarse_rain_is_the_area_weighted_mean(coarse):
    rain = blocks.block_of(DEFAULT, 4, SAMPLE[0])[0]
    area = cubed_sphere(384, 96)["area"].isel(tile=4).to_numpy()
    expected = block_mean(rain.astype(np.float64), 8, area)
    np.testing.assert_allclose(coarse["precipitation"][0, :, 4], expected, rtol=1e-5, atol=1e-7)


def test_winds_carry_the_rain_but_explain_only_part_of_its_change():
    still, moved, now = [], [], []
    for tile in range(6):
        rain = TileRain(0, tile, 96)
        frames = {time: frame(rain, time) for time in range(400, 420)}
        for time in range(401, 420):
            path = rain._refine_each(rain.paths.since(time - 1, time))
            moved.append(map_coordinates(frames[time - 1], rain._fine - path, order=1, mode="nearest"))
            still.append(frames[time - 1])
            now.append(frames[time])
    inner = (slice(None), slice(10, -10), slice(10, -10))
    persistence, advection = (
        np.corrcoef(np.stack(before)[inner].ravel(), np.stack(now)[inner].ravel())[0, 1]
        for before in (still, moved)
    )
    assert advection > persistence + 0.04
    assert advection < 0.75


def test_winds_differ_within_a_tile():
    wind = TileRain(0, 0, 96).flow.wind(100)[:2]
    assert (wind.std(axis=(1, 2)) > 1).all()  # m/s
    assert np.hypot(*wind).max() < 40


def test_windward_slopes_are_wetter(sample):
    rain = np.nanmean(sample, axis=0)
    windward, lee = [], []
    for tile in range(6):
        flow = TileRain(0, tile, 96)
        up_y, up_x = slopes(0, tile, 96, texture_points(96))
        steep = np.hypot(up_y, up_x) > 300  # m per cell
        total = np.zeros((2, 96, 96))
        for block in SAMPLE:
            for time in range(block * blocks.BLOCK, (block + 1) * blocks.BLOCK, 8):
                wind = flow._refine_each(flow.flow.wind(time)[:2])
                total += wind
        lift = total[0] * up_y + total[1] * up_x
        windward.append(rain[tile][steep & (lift > 0)])
        lee.append(rain[tile][steep & (lift < 0)])
    assert np.concatenate(windward).mean() > 1.5 * np.concatenate(lee).mean()


def test_regimes_have_memory_of_days(coarse):
    """Daily means of a tile's rain are correlated from day to day."""
    daily = coarse["precipitation"].reshape(len(SAMPLE), 5, 8, 6, -1).mean(axis=(2, 4))
    assert np.corrcoef(daily[:, :-1].ravel(), daily[:, 1:].ravel())[0, 1] > 0.4


def test_predictors_are_plausible(coarse):
    limits = {
        "UGRD10m": (-40, 40), "VGRD10m": (-40, 40), "TMPsfc": (230, 320), "CPRATsfc": (0, 0.01),
        "DSWRFtoa": (0, 1420), "ps": (45e3, 107e3), "u700": (-60, 60), "v700": (-60, 60),
        "vertically_integrated_liq_wat": (0, 10), "vertically_integrated_sphum": (0.1, 110),
    }  # fmt: skip
    for name, (low, high) in limits.items():
        assert low <= coarse[name].min(), name
        assert coarse[name].max() <= high, name
        assert coarse[name].std() > 0, name
    assert (coarse["CPRATsfc"] * 3600 <= coarse["precipitation"] + 1e-6).all()


def test_moisture_leads_rain(coarse):
    water = coarse["vertically_integrated_sphum"]
    anomaly = water - water.mean(axis=1, keepdims=True)
    rain = coarse["precipitation"]
    before, after = (np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in (
        (anomaly[:, :-3], rain[:, 3:]), (anomaly[:, 3:], rain[:, :-3])
    ))  # fmt: skip
    assert before > after + 0.02


def test_pressure_falls_with_height():
    _, fields = blocks.block_of(DEFAULT, 2, 0)
    height = block_mean(relief(0, 2, 96, texture_points(96))[0], 8)
    pressure = fields[list(UNITS).index("ps")].mean(axis=0)
    assert np.corrcoef(height.ravel(), pressure.ravel())[0, 1] < -0.99


def test_relief_has_sea_land_and_mountains():
    static = blocks.static(DEFAULT)
    assert 0.3 < static["land_fraction"].mean() < 0.6
    assert float(static["topography"].where(static["land_fraction"] == 0).max()) == 0
    assert 0.02 < (static["topography"] > 1000).mean() < 0.2


def test_seeds_differ():
    a, b = (frame(TileRain(seed, 0, 32), 5) for seed in (0, 1))
    assert not np.array_equal(a, b)


def test_whole_tiles():
    rain = frame(TileRain(0, 3, 384), 11)
    assert rain.shape == (384, 384)
    assert 0.03 < (rain > 0.1).mean() < 0.2
