"""What a metric says of its fairness, simulated: members drawn as the truth is, at m = 1, 4 and 16.

Each replicate draws weather, and from it a truth and 16 members alike. The value at 16 members is held to
the mean over four groups of four of them, and over four of them alone. A fair metric shows no trend in the
number of members; the others are marked, and compared at equal numbers only.
"""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.ndimage import gaussian_filter
from scoring_metrics import built_in_metrics

from downbench import Null
from downbench.scoring.chunk import TileChunk
from downbench.scoring.engine import Accumulator
from downbench.scoring.grid import make_grid
from downbench.scoring.inference.values import components, totals, why_null
from downbench_metrics.climate.indices import ClimateIndex

STEP = np.timedelta64(3, "h")
SIZE, FRAMES, FACTOR, REPLICATES = 32, 24, 8, 16
METRICS = built_in_metrics()
TIMES = np.datetime64("2020-01-01T00:00:00") + np.arange(FRAMES) * STEP
GRID = make_grid(
    xr.Dataset(), {}, np.ones((1, SIZE // FACTOR, SIZE // FACTOR), bool), FACTOR, STEP, STEP, STEP
)
OF_DAYS = {name: metric for name, metric in METRICS.items() if isinstance(metric, ClimateIndex)}
DAY, DRIER = np.timedelta64(1, "D"), np.float32(0.15)
DAY_GRID = make_grid(
    xr.Dataset(), {}, np.ones((1, SIZE // FACTOR // 2, SIZE // FACTOR // 2), bool), FACTOR, DAY, DAY, DAY
)
TRENDS = {
    *("emd", "tendency", "spells", "pattern-bias", "perkins", "reliability"),
    *("roc", "crps-reliability", "crps-resolution", "fss-ensemble", "contribution"),
}


def smooth_noise(rng, count):
    noise = rng.standard_normal((count, FRAMES, SIZE, SIZE), np.float32)
    smooth = gaussian_filter(noise, (0, 1, 2, 2), mode="wrap")
    return smooth / smooth.std()


def draw(seed):
    """Truth and 16 members that share their weather, heavy-tailed and a third wet."""
    rng = np.random.default_rng(seed)
    latent = 0.7 * smooth_noise(rng, 1) + 0.714 * smooth_noise(rng, 17)
    rain = 2 * np.maximum(latent - 0.5, 0) ** 2.5
    return rain[0], rain[1:]


def score(truth, members):
    """Value by metric and component, of those that have one."""
    coarse = truth.reshape(FRAMES, SIZE // FACTOR, FACTOR, SIZE // FACTOR, FACTOR).mean(axis=(2, 4))
    accumulator = Accumulator(METRICS, GRID, [("s", TIMES)], len(members))
    accumulator.add(TileChunk(truth, members, TIMES, "s", 0, GRID, coarse=coarse))
    return values_of(accumulator.statistics(), METRICS) | score_days(truth, members)


def score_days(truth, members):
    """The same of indices of climate: the frames' cells are spread over twice as many days of fewer cells."""
    parts = [slice(0, SIZE // 2), slice(SIZE // 2, SIZE)]
    days = [np.concatenate([f[..., p, : SIZE // 2] for p in parts], axis=-3) for f in (truth, members)]
    times = np.datetime64("2020-01-01") + np.arange(2 * FRAMES) * DAY
    accumulator = Accumulator(OF_DAYS, DAY_GRID, [("s", times)], len(members))
    accumulator.add(TileChunk(*(DRIER * field for field in days), times, "s", 0, DAY_GRID))
    return values_of(accumulator.statistics(), OF_DAYS)


def values_of(statistics, metrics):
    """Value by metric and component."""
    values = {}
    for name, metric in metrics.items():
        whole = totals(statistics, name, probabilistic=True)
        if why_null(metric, "all", whole, True) is None:
            values |= {(name, component): v for component, v in components(metric, whole).items()}
    return {key: value for key, value in values.items() if not isinstance(value, Null)}


@pytest.fixture(scope="module")
def trends():
    """Metric to component to differences (replicate,) of m = 4 and of m = 1 from m = 16."""
    found = {}
    for seed in range(REPLICATES):
        truth, members = draw(seed)
        sixteen = score(truth, members)
        for m, parts in ((4, [members[i::4] for i in range(4)]), (1, [members[i : i + 1] for i in range(4)])):
            smaller = [score(truth, part) for part in parts]
            for key in sixteen.keys() & set.intersection(*(set(one) for one in smaller)):
                mean = float(np.mean([one[key] for one in smaller]))
                found.setdefault((*key, m), []).append((sixteen[key], mean - sixteen[key]))
    return {key: np.array(rows) for key, rows in found.items() if len(rows) == REPLICATES}


def standard_errors(rows):
    """Size of a trend in standard errors; what is smaller than rounding is none."""
    values, differences = rows.T
    floor = 1e-6 * np.abs(values).mean() + 1e-12
    return abs(differences.mean()) / max(differences.std(ddof=1) / np.sqrt(len(rows)), floor)


FAIR = sorted(name for name, metric in METRICS.items() if metric.fair)


@pytest.mark.parametrize("name", FAIR)
def test_a_fair_metric_shows_no_trend(trends, name):
    compared = {key: standard_errors(rows) for key, rows in trends.items() if key[0] == name}
    assert compared
    assert max(compared.values()) < 4, compared


@pytest.mark.parametrize("name", sorted(TRENDS))
def test_what_has_a_trend_is_not_called_fair(trends, name):
    assert not METRICS[name].fair
    assert max(standard_errors(rows) for key, rows in trends.items() if key[0] == name) > 4


def test_what_the_protocol_names_is_not_called_fair():
    named = {"emd", "tendency", "spells", "intensity", "pattern-bias", "perkins", "quantiles", "top"}
    assert not [name for name in named if METRICS[name].fair]
