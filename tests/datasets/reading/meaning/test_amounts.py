"""Amounts of steps, running totals that begin anew, and what cannot be told apart."""

from __future__ import annotations

import conventions as c
import numpy as np
import pytest
import xarray as xr

from downbench import UserError, convert_precipitation
from downbench_datasets.reading.meaning.amounts import amounts_per_step
from downbench_datasets.reading.meaning.rates import to_rates
from downbench_datasets.reading.meaning.running_totals import Look, look_at, period_of
from downbench_datasets.reading.meaning.time_stamps import intervals_of
from downbench_datasets.reading.settings import ReadingConfig

NAT = np.datetime64("NaT", "s")


def field(values, times, units="mm", bounds=None, **attrs):
    """Amounts as the reader hands them on."""
    none = np.full(len(values), NAT)
    start, end = (none, none) if bounds is None else bounds.T
    return xr.DataArray(
        values[:, None].astype(np.float32),
        dims=("time", "tile", "y", "x"),
        coords={
            "time": times,
            "start": ("time", start),
            "end": ("time", end),
            "file": ("time", ["a"] * len(values)),
        },
        attrs={"units": units, **attrs},
    ).chunk({"time": 7})


def rates(data, **said):
    return to_rates(data, ReadingConfig(**said), "here")


RAIN, ENDS = c.rain(72), c.ends(72)


@pytest.mark.parametrize(("restart", "rule"), [
    (24, "every 24 h, from 00:00"), (12, "every 12 h, from 00:00"), (6, "every 6 h, from 00:00"),
    (3, "every 3 h"),
    (None, "where most of a field falls"),
])  # fmt: skip
def test_running_totals_become_rates(restart, rule):
    """Per day as ERA5-Land, per forecast as GFS, since the start as WRF: the kind is told by the data."""
    got = rates(field(c.totals(RAIN.astype(float), restart), ENDS))
    first = 0 if restart else 1  # nobody says what a total without reset begins with
    np.testing.assert_allclose(got.rain[:, 0], RAIN[first:], atol=2e-3)
    np.testing.assert_array_equal(got.rain["time"], ENDS[first:])
    assert any("running totals" in note and rule in note for note in got.notes)


def test_a_rule_can_be_set():
    totals = c.totals(RAIN.astype(float), 24)
    got = rates(field(totals, ENDS), amount="total", reset=24)
    np.testing.assert_allclose(got.rain[:, 0], RAIN, atol=2e-3)
    from_nine = np.roll(totals, 0, 0)
    moved = rates(field(from_nine, ENDS + 9 * c.HOUR))
    np.testing.assert_allclose(moved.rain[:, 0], RAIN, atol=2e-3)
    assert any("from 09:00 UTC on" in note for note in moved.notes)


def test_totals_that_rise_after_a_reset_everywhere_are_told_by_the_rule():
    """After a dry day the next one begins with more than all of it: only the clock tells the reset."""
    rain = RAIN.copy()
    rain[24:47] = 0
    rain[47] = 0.25
    rain[48] = 5
    got = rates(field(c.totals(rain.astype(float), 24), ENDS), reset=24, amount="total")
    np.testing.assert_allclose(got.rain[:, 0], rain, atol=2e-3)


def test_a_restart_of_the_model_at_no_regular_hour():
    values = np.concatenate(
        [c.totals(RAIN[:31].astype(float), None), c.totals(RAIN[31:].astype(float), None)]
    )
    got = rates(field(values, ENDS))
    np.testing.assert_allclose(got.rain[:, 0], RAIN[1:], atol=5e-3)


def test_a_gap_in_totals_loses_the_frame_after_it():
    kept = np.delete(np.arange(72), [30, 31])
    got = rates(field(c.totals(RAIN.astype(float), None)[kept], ENDS[kept]))
    want = np.delete(np.arange(72), [0, 30, 31, 32])
    np.testing.assert_array_equal(got.rain["time"], ENDS[want])
    np.testing.assert_allclose(got.rain[:, 0], RAIN[want], atol=2e-3)


def test_bounds_that_share_their_beginning_are_totals():
    """GFS and IFS in GRIB: the message says 0 to 3 hours."""
    start = c.START + (np.arange(72) // 6) * 6 * c.HOUR
    got = rates(field(c.totals(RAIN.astype(float), 6), ENDS, bounds=np.stack([start, ENDS], 1)))
    np.testing.assert_allclose(got.rain[:, 0], RAIN, atol=2e-3)
    np.testing.assert_array_equal(got.bounds, np.stack([ENDS - c.HOUR, ENDS], 1))


@pytest.mark.parametrize("said", [{}, {"cell_methods": "time: sum"}])
def test_amounts_of_a_step(said):
    got = rates(field(3 * RAIN, c.START + 3 * c.HOUR * np.arange(1, 73), **said))
    np.testing.assert_allclose(got.rain[:, 0], RAIN, rtol=1e-6)


def test_steps_of_different_lengths_by_bounds():
    """Months: each amount is divided by its own length."""
    first = np.arange("2021-01", "2023-01", dtype="datetime64[M]")
    bounds = np.stack([first, first + 1], 1).astype("datetime64[s]")
    hours = (bounds[:, 1] - bounds[:, 0]) / c.HOUR
    values = RAIN[:24] * hours[:, None, None]
    got = rates(field(values, bounds[:, 0] + 14 * 24 * c.HOUR, bounds=bounds, cell_methods="time: sum"))
    np.testing.assert_allclose(got.rain[:, 0], RAIN[:24], rtol=1e-5)
    unsaid = rates(field(values, bounds[:, 0] + 14 * 24 * c.HOUR, units="mm/month"), stamp="middle")
    np.testing.assert_allclose(unsaid.rain[:, 0], RAIN[:24], rtol=1e-3)


def test_monthly_metres_have_two_readings():
    times = np.arange("2021-01", "2023-01", dtype="datetime64[M]").astype("datetime64[s]")
    with pytest.raises(UserError, match=r"mean day of it.*\n.*files.amount=step or .*files.units=m day-1"):
        rates(field(RAIN[:24] / 1000, times, units="m"))
    mean_day = rates(field(RAIN[:24] / 1000, times, units="m"), units="m day-1")
    np.testing.assert_allclose(mean_day.rain[:, 0], RAIN[:24] / 24, rtol=1e-5)


def test_too_little_rain_to_tell():
    dry = np.zeros((40, 8, 8))
    dry[5, 3, 3] = 1
    with pytest.raises(UserError, match=r"step or running totals: .*\n.*amount=step or .*amount=total"):
        rates(field(dry, ENDS[:40]))
    assert float(rates(field(dry, ENDS[:40]), amount="step").rain.max()) == 1


def test_bounds_against_the_data():
    """Bounds of single steps beside values that only rise: one is wrong, and nobody can know which."""
    totals = c.totals(RAIN.astype(float), None)
    bounds = np.stack([ENDS - c.HOUR, ENDS], 1)
    with pytest.raises(UserError, match="by its bounds an amount of each step, but it falls in 0% of steps"):
        rates(field(totals, ENDS, bounds=bounds, cell_methods="time: sum"))


def test_one_frame_without_bounds_has_no_step():
    with pytest.raises(UserError, match="whose step nobody says"):
        rates(field(RAIN[:1], ENDS[:1]))


def test_reflectivity_needs_a_relation():
    z = 10 * np.log10(200 * np.maximum(RAIN, 0.1) ** 1.6)
    with pytest.raises(UserError, match=r"reflectivity.*\n.*files.zr=\[200,1.6\]"):
        rates(field(z, ENDS, units="dBZ"))
    got = rates(field(z, ENDS, units="dBZ"), zr=[200, 1.6])
    np.testing.assert_allclose(got.rain[:, 0], np.maximum(RAIN, 0.1), rtol=1e-4)


def test_a_look_at_packed_totals():
    """Rounding of packed values falls a little: that is no reset."""
    seconds = np.arange(72) * 3600
    totals = c.totals(RAIN.astype(float), 24)
    packed = totals + np.random.default_rng(0).uniform(-1, 1, totals.shape) * 4e-5 * totals.max()
    look = look_at(packed.astype(np.float32), seconds)
    assert look.kind == "total"
    assert look.resets.tolist() == [24 * 3600, 48 * 3600]
    assert look_at(RAIN, seconds).kind == "step"


@pytest.mark.parametrize(("resets", "expected"), [
    ([86400 + 3600, 3 * 86400 + 3600], (86400, 0)),
    ([6 * 3600 + 3600, 12 * 3600 + 3600], (21600, 0)),
    ([7 * 3600, 11 * 3600], None),
    ([], None),
])  # fmt: skip
def test_periods(resets, expected):
    none = np.array([], np.int64)
    look = Look("total", np.array(resets, np.int64), none, 0.0, 1.0)
    assert period_of(look, 3600) == expected


def test_amounts_of_a_step_stay_in_the_units_of_the_file_until_they_are_judged():
    data = field(RAIN, ENDS)
    said = ReadingConfig(amount="step")
    amounts, usable, note = amounts_per_step(data, intervals_of(data, None), said, "here")
    np.testing.assert_array_equal(amounts, data)
    assert usable.all()
    assert note == "amounts of a time step, as set"


def test_an_amount_over_its_hours():
    amounts = field(RAIN[:2], ENDS[:2])
    made = convert_precipitation(amounts, 1.0, "here", 2000, str, hours=np.array([2.0, 4.0]))
    np.testing.assert_allclose(made[1, 0], RAIN[1] / 4)


def test_amounts_by_the_month_in_steps_of_hours_have_two_readings():
    with pytest.raises(
        UserError, match=r"in steps of 1 h .*\n.*files.units=mm or .*files.units=mm/\(30 days\)"
    ):
        rates(field(RAIN, ENDS, units="mm/month"))
    got = rates(field(RAIN, ENDS, units="mm/month"), units="mm/(30 days)")
    np.testing.assert_allclose(got.rain[:, 0], RAIN / 720, rtol=1e-5)


def test_amounts_of_dekads_are_divided_by_their_own_lengths():
    """The last dekad of a month has 8 to 11 days; as ten days, rain of February would be a fifth too low."""
    months = np.arange("2021-01", "2021-09", dtype="datetime64[M]").astype("datetime64[D]")
    times = (months[:, None] + np.array([0, 10, 20])).ravel().astype("datetime64[s]")
    hours = np.diff(times) / c.HOUR
    got = rates(field(RAIN[:24] * np.append(hours, 264)[:, None, None], times, units="mm/dekad"))
    np.testing.assert_allclose(got.rain[:23, 0], RAIN[:23], rtol=1e-4)
    with pytest.raises(UserError, match=r"in steps of 1 h .*\n.*files.units=mm/\(10 days\)"):
        rates(field(RAIN, ENDS, units="mm/dekad"))


@pytest.mark.parametrize("said", [{}, {"cell_methods": "time: sum"}])
def test_amounts_whose_step_changes_are_refused_without_bounds(said):
    """A forecast that is hourly, then three-hourly: by the hour, its later rain would be threefold."""
    times = np.concatenate([ENDS[:40], ENDS[40] + 3 * c.HOUR * np.arange(1, 11)])
    values = RAIN[:50].copy()
    values[40:] *= 3
    at_change = str(times[40])[:16]
    with pytest.raises(UserError, match=f"step is 1 h, and 3 h from {at_change} on"):
        rates(field(values, times, **said))
    lengths = np.concatenate([np.full(40, 1), np.full(10, 3)]) * c.HOUR
    bounds = np.stack([times - lengths, times], 1)
    got = rates(field(values, times, bounds=bounds, **said))
    np.testing.assert_allclose(got.rain[:, 0], RAIN[:50], rtol=1e-6)


def test_gaps_in_amounts_are_no_other_step():
    kept = np.delete(np.arange(72), [10, 11, 20, 30, 40, 41])
    got = rates(field(RAIN[kept], ENDS[kept], cell_methods="time: sum"))
    np.testing.assert_allclose(got.rain[:, 0], RAIN[kept], rtol=1e-6)


def test_sums_of_windows_that_move_along_are_no_running_totals():
    """A sum of 24 hours each hour: bounds overlap, but do not begin together."""
    bounds = np.stack([ENDS - 24 * c.HOUR, ENDS], 1)
    got = rates(field(24 * RAIN, ENDS, bounds=bounds))
    np.testing.assert_allclose(got.rain[:, 0], RAIN, rtol=1e-6)


def test_a_setting_makes_means_of_values_of_moments():
    moments = field(RAIN, ENDS, units="mm/h", cell_methods="time: point")
    assert rates(moments).stamp == "instant"
    got = rates(moments, stamp="end")
    assert got.stamp == "end"
    np.testing.assert_array_equal(got.bounds[:, 0], ENDS - c.HOUR)


def test_totals_that_fall_where_they_may_not_are_told_so():
    """They were said to hold undeclared missing values."""
    totals = np.concatenate([RAIN[:36].cumsum(0), RAIN[36:].cumsum(0)])
    with pytest.raises(UserError, match=r"below -0.001.*\n.*totals fall there: .*files.reset=HOURS"):
        rates(field(totals, ENDS), amount="total", reset=0).rain.compute()
