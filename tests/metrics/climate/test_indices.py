"""Indices of climate against pandas on random rain, and against series whose index can be read off."""

from __future__ import annotations

import numpy as np
import pytest
from daily_world import DailyWorld, hourly
from scoring_metrics import by_name

from downbench_metrics.climate.indices import CDD, CWD, SDII, R10mm, R20mm, R95p, Rx1day, longest_run
from downbench_metrics.oracles import climate

METRICS = by_name(Rx1day, SDII, CDD, CWD, R10mm, R20mm, R95p)
WET, DRY = 0.5, 0.01  # mm/h: 12 and 0.24 mm a day


def random_rain(rng, shape):
    """Rain [mm/h] with wet and dry spells of some steps, and amounts around 10 mm a day."""
    wet = np.repeat(rng.random((*shape[:-3], -(-shape[-3] // 3), *shape[-2:])) < 0.4, 3, axis=-3)
    return (wet[..., : shape[-3], :, :] * rng.gamma(0.8, 0.6, shape)).astype(np.float32)


@pytest.mark.parametrize(("hours", "start"), [(24, "2015-02-03T12:00"), (6, "2015-02-03T18:00")])
def test_random_rain_against_pandas(hours, start):
    """Two tiles of unequal cells, a hole, a day that lacks some cells and one that lacks a frame."""
    rng = np.random.default_rng(hours)
    count = 50 * 24 // hours
    truth, members = random_rain(rng, (2, count, 4, 4)), random_rain(rng, (3, 2, count, 4, 4))
    truth[0, :, :2, :2] = np.nan
    truth[1, count // 3, 2:, 2:] = np.nan
    members[:, np.isnan(truth)] = np.nan
    keep = np.arange(count) != count // 2
    times = hourly(start, count, hours)[keep]
    area = rng.uniform(1, 2, (2, 4, 4))
    world = DailyWorld({"s": (times, truth[:, keep], members[:, :, keep])}, hours, area)
    rows, subset = world.rows(METRICS, length=11), world.subset("s")
    for name in METRICS:
        want = getattr(climate, name)(subset)
        assert abs(want["absolute"]) > 0, name
        for component, value in want.items():
            assert rows[name, component]["value"] == pytest.approx(value, rel=1e-5, abs=1e-6), name


def series(*sequences, hours=24, **more):
    """The same rain in each cell: first day, truth and one member [mm/h] of each sequence."""
    fields = {}
    for number, (first, truth, member) in enumerate(sequences):
        cells = [np.broadcast_to(np.float32(s)[:, None, None], (len(s), 2, 2)) for s in (truth, member)]
        fields[f"s{number}"] = (hourly(first, len(truth), hours), cells[0][None], cells[1][None, None])
    return DailyWorld(fields, hours, **more)


def spell(length, *, wet, of=60, first=20):
    """``of`` days with one spell in it."""
    days = np.full(of, DRY if wet else WET)
    days[first : first + length] = WET if wet else DRY
    return days


@pytest.mark.parametrize("length", [1, 7, 100])
@pytest.mark.parametrize(("name", "wet"), [("cdd", False), ("cwd", True)])
def test_spells_longer_than_any_chunk_count_whole(name, wet, length):
    truth = spell(30, wet=wet)
    member = truth.copy()
    member[40] = DRY if wet else WET  # 20 days, one other, 9 days
    rows = series(("2015-03-01", truth, member)).rows(METRICS, length)
    assert rows[name, "signed"]["value"] == -10
    assert rows[name, "absolute"]["value"] == 10


def test_a_missing_day_and_the_end_of_a_sequence_end_a_spell():
    dry = np.full(20, DRY)
    together = series(("2015-03-01", np.tile(dry, 2), np.tile(dry, 2)))
    times, truth, members = together.sequences["s0"]
    gap = np.arange(40) != 25
    for sequences, longest in (
        (together.sequences, 40),
        ({"s0": (times[gap], truth[:, gap], members[:, :, gap])}, 25),
        (
            {
                "a": (times[:20], truth[:, :20], members[:, :, :20]),
                "b": (times[20:], truth[:, 20:], members[:, :, 20:]),
            },
            20,
        ),
    ):
        metric = CDD()
        statistics = DailyWorld(sequences).statistics({"cdd": metric})
        from downbench.scoring.inference.values import totals

        curve = metric.curve(totals(statistics, "cdd"))
        assert set(curve.series["truth"]) == {longest}


def test_days_that_lack_a_frame_are_missing():
    """The first day begins at 21 h, one day lacks a frame: neither counts, however wet."""
    truth = np.full(8 * 40, DRY)
    truth[0] = 9.0
    truth[100] = np.nan
    truth[101:104] = 9.0
    member = np.where(np.isnan(truth), np.nan, DRY)
    rows = series(("2015-03-01T21:00", truth, member), hours=3).rows(METRICS)
    assert rows["rx1day", "absolute"]["value"] == pytest.approx(0, abs=1e-6)
    assert rows["r10mm", "absolute"]["value"] == 0


def test_amounts_that_can_be_read_off():
    """Wet days of 2, 12 and 24 mm; the member has twice as much on each."""
    truth = np.zeros(40)
    truth[[3, 17, 31]] = np.array([2, 12, 24]) / 24
    rows = series(("2015-03-01", truth, 2 * truth)).rows(METRICS)
    signed = {name: rows[name, "signed"]["value"] for name in METRICS}
    assert signed["rx1day"] == pytest.approx(24, rel=1e-6)
    assert signed["sdii"] == pytest.approx(38 / 3, rel=1e-6)
    assert (signed["r10mm"], signed["r20mm"]) == (0, 1)
    assert signed["r95p"] == pytest.approx(24 + 48 - 24, rel=1e-6)  # limit 22.8 mm: 24 mm against 24 + 48
    assert (signed["cdd"], signed["cwd"]) == (0, 0)


def test_february_has_28_days_where_the_calendar_says_so():
    dry = np.full(40, DRY)
    times = np.concatenate([hourly("2016-02-01", 28), hourly("2016-03-01", 12)])
    fields = np.float32(np.broadcast_to(dry[:, None, None], (40, 2, 2)))
    for calendar, longest in (("noleap", 40), ("standard", 28)):
        world = DailyWorld({"s": (times, fields[None], fields[None, None])}, calendar=calendar)
        wetter = fields.copy()
        wetter[:] = WET
        world.sequences["s"] = (times, fields[None], wetter[None, None])
        assert world.rows({"cdd": CDD()})["cdd", "signed"]["value"] == -longest


@pytest.mark.parametrize(
    ("hours", "count", "reason"),
    [
        (24, 29, "no sampled cell has 30 whole days, only 29"),
        (5, 240, "steps of 5 h, or the record's time bins, are no parts of days"),
        (48, 60, "steps of 48 h, or the record's time bins, are no parts of days"),
    ],
)
def test_too_few_days_and_odd_steps_are_null_with_the_reason(hours, count, reason):
    rows = series(("2015-03-01", np.full(count, WET), np.full(count, WET)), hours=hours).rows(METRICS)
    assert {row["reason"] for row in rows.values()} == {reason}


def test_cells_without_a_wet_day_say_so():
    rows = series(("2015-03-01", np.full(40, DRY), np.full(40, DRY))).rows(METRICS)
    assert rows["sdii", "signed"]["reason"] == "no sampled cell has a wet day in truth and ensemble"
    assert rows["cdd", "signed"]["value"] == 0


def test_time_bins_of_hours_add_up_to_days():
    truth = np.tile(np.full(24, 1 / 24), 35)
    rows = series(("2015-03-01", truth, 2 * truth), hours=1, time_bin=np.timedelta64(1, "h")).rows(
        METRICS, length=50
    )
    assert rows["rx1day", "signed"]["value"] == pytest.approx(1, rel=1e-5)


def test_longest_run():
    state = np.array([1, 1, 0, 1, 1, 1, 0, 1], bool)[:, None]
    goes_on = np.array([0, 1, 1, 1, 1, 0, 1, 1], bool)
    assert longest_run(state, np.ones(8, bool)) == [3]
    assert longest_run(state, goes_on) == [2]


def test_there_is_no_interval_and_the_reason_says_why():
    rng = np.random.default_rng(3)
    truth, members = random_rain(rng, (1, 60, 2, 2)), random_rain(rng, (2, 1, 60, 2, 2))
    world = DailyWorld({"s": (hourly("2015-03-01", 60), truth, members)}, block=np.timedelta64(1, "D"))
    row = world.rows({"rx1day": Rx1day()})["rx1day", "absolute"]
    assert (row["low"], row["high"]) == (None, None)
    assert row["reason_interval"] == Rx1day.no_interval
