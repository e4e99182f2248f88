"""Changes between two periods against numpy, and against changes that are put in."""

from __future__ import annotations

import numpy as np
import pytest
from daily_world import DailyWorld, hourly
from scoring_metrics import by_name

from downbench.scoring.inference.values import totals, work_out
from downbench_metrics.climate.change import ChangeError, ChangeSignal
from downbench_metrics.climate.periods import period_bins

METRICS = by_name(ChangeError, ChangeSignal)


@pytest.fixture(scope="module")
def world():
    """80 days; on the fortieth, truth falls to half and the three members to three quarters."""
    rng = np.random.default_rng(5)
    truth, members = (
        rng.gamma(0.3, 2, shape).astype(np.float32) for shape in ((1, 80, 60, 60), (3, 1, 80, 60, 60))
    )
    truth[:, 40:] *= np.float32(0.5)
    members[:, :, 40:] *= np.float32(0.75)
    return DailyWorld({"s": (hourly("2016-03-01T12:00", 80), truth, members)})


@pytest.fixture(scope="module")
def rows(world):
    return world.rows(METRICS, length=9)


def test_both_changes_against_numpy(world, rows):
    _, truth, members = world.sequences["s"]
    for which, field in (("truth", truth[0]), ("ensemble", members[:, 0])):
        before, after = field[..., :40, :, :].astype(float), field[..., 40:, :, :].astype(float)
        mean = after.mean() / before.mean() - 1
        assert rows["change-signal", f"mean of the {which}"]["value"] == pytest.approx(mean, rel=1e-6)
        high = np.quantile(after, 0.999) / np.quantile(before, 0.999) - 1
        got = rows["change-signal", f"p99.9 of the {which}"]["value"]
        assert got == pytest.approx(high, abs=2**-6 * (1 + high))


def test_the_error_is_the_difference_of_the_changes(rows):
    for label in ("mean", "p99.9"):
        ours = [rows["change-signal", f"{label} of the {which}"]["value"] for which in ("ensemble", "truth")]
        assert rows["change-error", f"{label} signed"]["value"] == pytest.approx(ours[0] - ours[1])
        assert rows["change-error", label]["value"] == pytest.approx(abs(ours[0] - ours[1]))
        assert ours[0] - ours[1] == pytest.approx(0.25, abs=0.04)  # what was put in


def test_the_curve_has_the_change_of_each_quantile(world):
    metric = {"change-error": ChangeError()}
    curve = work_out(world.statistics(metric), metric, True)[1]["change-error"]
    series = curve["series"]
    assert min(curve["x"]) >= 10 / (40 * 60 * 60)
    assert np.mean(series["truth"]) == pytest.approx(-0.5, abs=0.02)
    assert np.mean(series["ensemble"]) == pytest.approx(-0.25, abs=0.02)


class Dated(ChangeSignal):
    """From March to the ten days from 5 May on."""

    periods = (("2016-03", "2016-03"), ("2016-05-05", "2016-05-14"))


def test_a_subclass_names_its_own_periods(world):
    metric = {"change-signal": Dated()}
    found = work_out(world.statistics(metric), metric, True)[0]
    row = next(r for r in found if r["component"] == "mean of the truth" and r["season"] == "all")
    truth = world.sequences["s"][1][0].astype(float)
    assert row["value"] == pytest.approx(truth[65:75].mean() / truth[:31].mean() - 1, rel=1e-6)


def test_halves_hold_the_same_dates_of_all_sequences():
    """Two members of a model that have the same days: each half has half of the days, not one member."""
    field = np.ones((1, 21, 2, 2), np.float32)
    times = hourly("2015-03-01", 21)
    world = DailyWorld({"a": (times, field, field[None]), "b": (times, field, field[None])})
    chosen = period_bins(totals(world.statistics(METRICS), "change-error"), None)
    want = np.tile(np.arange(21) < 10, 2)
    np.testing.assert_array_equal(chosen, [want, ~want])


@pytest.mark.parametrize(
    ("days", "wet_from", "reason"),
    [
        (19, 0, "9 time bins in one of the two periods, 10 are needed"),
        (30, 20, "it is zero in the first period, in the truth"),
    ],
)
def test_what_cannot_be_given_is_null_with_its_reason(days, wet_from, reason):
    field = np.zeros((1, days, 2, 2), np.float32)
    field[:, wet_from:] = 1
    rows = DailyWorld({"s": (hourly("2015-03-01", days), field, field[None])}).rows(METRICS)
    assert rows["change-error", "mean"]["reason"] == reason
    assert rows["change-error", "mean"]["value"] is None


def test_few_values_beyond_the_percentile_are_null_and_the_mean_is_not():
    field = np.random.default_rng(0).random((1, 40, 2, 2)).astype(np.float32)
    rows = DailyWorld({"s": (hourly("2015-03-01", 40), field, field[None])}).rows(METRICS)
    assert rows["change-error", "mean"]["value"] == 0
    assert "of one period lie beyond it, 100 in 10 are needed" in rows["change-error", "p99.9"]["reason"]
