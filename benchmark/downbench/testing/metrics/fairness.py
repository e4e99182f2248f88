"""Is a metric that calls itself fair so: has it no trend with the number of members?

Each replicate draws weather, and from it a truth and 16 members alike. The value at 16 members is held to the
mean over four groups of four of them, and over four of them alone. What has no value for three-hourly frames
is worked out of days.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from downbench.contracts.grid import Grid
from downbench.scoring.grid import make_grid
from downbench.testing.check import Failed, NotApplicable, check
from downbench.testing.metrics.at_work import WHOLE_SEQUENCES, MetricAtWork, MetricsAtWork
from downbench.testing.metrics.scenes import DAY, FACTOR, STEP, Rain, Scene

SIZE, FRAMES, REPLICATES, MOST = 32, 24, 16, 16
CLEAR = 4.0  # standard errors
DRIER = np.float32(0.15)  # a day's mean rain to that of three hours
FIRST_DAY = np.datetime64("2020-01-01T00:00:00")
Values = dict[tuple[str, str], float]
Trends = dict[tuple[str, str, int], NDArray[np.float64]]


def _draw(seed: int) -> tuple[Rain, Rain]:
    """Truth and members that share their weather, heavy-tailed and a third wet: (time, y, x)."""
    random = np.random.default_rng(seed)
    latent = 0.7 * _smooth(random, 1) + 0.714 * _smooth(random, 1 + MOST)
    rain = (2 * np.maximum(latent - 0.5, 0) ** 2.5).astype(np.float32)
    return rain[0], rain[1:]


def _smooth(random: np.random.Generator, count: int) -> Rain:
    noise = random.standard_normal((count, FRAMES, SIZE, SIZE), np.float32)
    smooth = gaussian_filter(noise, (0, 1, 2, 2), mode="wrap")
    return np.asarray(smooth / smooth.std())


def trends(metrics: MetricsAtWork) -> Trends:
    """What fewer members change, by metric, component and their number (1 or 4).

    Returns:
        Value at 16 members and the difference from it, (replicate, 2); metrics without a value have none.
    """
    rows: dict[tuple[str, str, int], list[tuple[float, float]]] = defaultdict(list)
    for seed in range(REPLICATES):
        truth, members = _draw(seed)
        sixteen = _values(metrics, truth, members)
        groups = {4: [members[i::4] for i in range(4)], 1: [members[i : i + 1] for i in range(4)]}
        for count, parts in groups.items():
            smaller = [_values(metrics, truth, part) for part in parts]
            for key in sixteen.keys() & set.intersection(*(set(one) for one in smaller)):
                mean = float(np.mean([one[key] for one in smaller]))
                rows[(*key, count)].append((sixteen[key], mean - sixteen[key]))
    return {key: np.array(each) for key, each in rows.items() if len(each) == REPLICATES}


def _values(metrics: MetricsAtWork, truth: Rain, members: Rain) -> Values:
    """Value by metric and component, of those that have one."""
    frames = Scene(_grid(SIZE, STEP), {"s": truth[None]}, {"s": members[:, None]})
    values = _values_of(metrics, frames)
    silent = metrics.metrics.keys() - {name for name, _ in values}
    of_days = MetricsAtWork({name: metrics.metrics[name] for name in sorted(silent)})
    return values | _values_of(of_days, _days(truth, members)) if silent else values


def _days(truth: Rain, members: Rain) -> Scene:
    """The cells of the frames' left half, spread over twice as many days of a quarter of the cells."""
    half = SIZE // 2
    parts = (slice(0, half), slice(half, SIZE))
    true, drawn = (
        DRIER * np.concatenate([rain[..., rows, :half] for rows in parts], axis=-3)
        for rain in (truth, members)
    )
    return Scene(_grid(half, DAY), {"s": true[None]}, {"s": drawn[:, None]}, FIRST_DAY, DAY)


@cache
def _grid(size: int, step: np.timedelta64) -> Grid:
    covered = np.ones((1, size // FACTOR, size // FACTOR), bool)
    return make_grid(xr.Dataset(), {}, covered, FACTOR, step, step, step)


def _values_of(metrics: MetricsAtWork, scene: Scene) -> Values:
    statistics = metrics.scored(scene, scene.cuts(WHOLE_SEQUENCES), past=0)
    values: Values = {}
    for name in metrics.metrics:
        if name not in statistics.info.get("failed", {}):
            own = MetricAtWork(name, metrics).values(statistics, probabilistic=True)
            values |= {(name, component): value for component, value in own.items()}
    return values


def standard_errors(rows: NDArray[np.float64]) -> float:
    """Size of a trend in standard errors; what is smaller than rounding is none."""
    values, differences = rows.T
    floor = 1e-6 * np.abs(values).mean() + 1e-12
    return float(abs(differences.mean()) / max(differences.std(ddof=1) / np.sqrt(len(rows)), floor))


@check("say fair = False, or correct for the number of members, as chunk.crps does", ["values"])
def fair(metric: MetricAtWork) -> None:
    """What calls itself fair has, on average, the same value for 1, 4 and 16 members."""
    if not metric.metric.fair:
        raise NotApplicable("it does not call itself fair")
    mine = {key: rows for key, rows in _trends(metric.beside).items() if key[0] == metric.name}
    if not mine:
        raise NotApplicable("it has no value for fewer members")
    for (_, component, count), rows in mine.items():
        if (size := standard_errors(rows)) > CLEAR:
            what = f"its component {component!r}" if component else "it"
            raise Failed(
                f"with {count} in place of {MOST} members {what} changes by {rows[:, 1].mean():+.3g} from "
                f"{rows[:, 0].mean():.3g}, {size:.0f} standard errors",
                metric.at_value,
            )


def _trends(metrics: MetricsAtWork) -> Trends:
    return metrics.kept("trends", lambda: trends(metrics))


CHECKS = (fair,)
