"""Metrics on sequences against scipy and plain loops, across chunk borders, with gaps."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import groupby

import numpy as np
import pytest
import scipy.signal
import scipy.stats
from scoring_metrics import by_name
from scoring_world import make_world

from downbench.scoring.inference.values import work_out
from downbench_metrics.motion.seams import Seams
from downbench_metrics.motion.spells import Spells
from downbench_metrics.motion.temporal_spectrum import TemporalSpectrum
from downbench_metrics.motion.tendency import Tendency
from downbench_metrics.motion.warping import Warping

METRICS = by_name(Tendency, TemporalSpectrum, Spells, Warping, Seams)
WORLD = make_world(seed=41, members=3, steps=(43, 21), size=24)
REGIONS = ["all", "north"]


@cache
def statistics(length=9):
    return WORLD.score(METRICS, length)


@cache
def values():
    rows, _ = work_out(statistics(), METRICS, True)
    return {(r["metric"], r["component"], r["region"]): r["value"] for r in rows if r["season"] == "all"}


@pytest.mark.parametrize("length", [1, 4, 17, 100])
def test_chunk_borders_are_invisible(length):
    """Longer than the look-back of 16 frames, unlike the sequences of the engine's own tests."""
    for name, want in statistics().arrays.items():
        got = statistics(length).arrays[name]
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12 * abs(want).max(), err_msg=name)


def series(region="all"):
    """(valid, truth, members, area) of each cell and sequence that is in the region."""
    for name, _ in WORLD.frames:
        for tile, y, x in np.ndindex(2, 24, 24):
            if WORLD.grid.regions[region][tile, y, x]:
                truth = WORLD.truth[name][tile, :, y, x].astype(float)
                members = WORLD.members[name][:, tile, :, y, x].astype(float)
                yield np.isfinite(truth), truth, members, WORLD.grid.area[tile, y, x]


@pytest.mark.parametrize("region", REGIONS)
def test_tendency(region):
    true, sampled, area, size = [], [], [], 0.0
    for valid, truth, members, a in series(region):
        use = valid[1:] & valid[:-1]
        true.append(np.diff(truth)[use])
        sampled.append(np.diff(members, axis=1)[:, use])
        area.append(np.full(use.sum(), a))
    y, x, weight = np.concatenate(true), np.concatenate(sampled, axis=1), np.concatenate(area)
    want = scipy.stats.wasserstein_distance(y, x.ravel(), weight, np.tile(weight, 3))
    size = np.average(abs(y), weights=weight) + np.average(abs(x).mean(axis=0), weights=weight)
    got = values()["tendency", "", region]
    assert want - 2**-5 * size - 2**-9 <= got <= want * (1 + 1e-6)
    assert got == pytest.approx(want, rel=1e-3)


def spell_lengths(valid, wet):
    """Lengths by state of the spells that end and whose beginning is known; 16 for longer ones."""
    found = {True: [], False: []}
    kinds = [None if not v else bool(w) for v, w in zip(valid, wet, strict=True)]
    runs = [(kind, len(list(group))) for kind, group in groupby(kinds)]
    for i, (kind, length) in enumerate(runs[:-1]):
        follows = runs[i + 1][0] is not None
        known = (i > 0 and runs[i - 1][0] is not None) or length >= 16
        if kind is not None and follows and known:
            found[kind].append(min(length, 16))
    return found


@pytest.mark.parametrize("region", REGIONS)
def test_spells(region):
    true = {True: [], False: []}
    sampled = {True: [], False: []}
    for valid, truth, members, area in series(region):
        for state, lengths in spell_lengths(valid, truth > np.float32(0.1)).items():
            true[state] += [(length, area) for length in lengths]
        for member in members:
            for state, lengths in spell_lengths(valid, member > np.float32(0.1)).items():
                sampled[state] += [(length, area) for length in lengths]
    for state, name in ((True, "wet"), (False, "dry")):
        (a, w), (b, v) = (np.array(each[state], float).T for each in (true, sampled))
        want = 3 * scipy.stats.wasserstein_distance(a, b, w, v)
        assert values()["spells", name, region] == pytest.approx(want, rel=1e-9)


def test_long_spells_are_counted_as_censored():
    """20 wet frames, then a dry one: a spell of 16 or more, whose beginning lies beyond the look-back."""
    world = make_world(members=1, steps=(30,), tiles=1, size=16, hole=False, dry=1.1, equal_areas=True)
    world.truth["s0"][:, 4:24] = 5
    world.members["s0"][:, :, 4:9] = 5
    for length in (1, 30):
        totals = world.score({"spells": METRICS["spells"]}, length).arrays
        truth, member = (totals[f"spells.{which}"][:, 0].sum(axis=0) for which in ("truth", "ensemble"))
        assert truth[1, 15] == 256
        assert truth[1].sum() == 256
        assert member[1, 4] == 256
        assert truth[0, 16] == member[0, 16] == 256  # the first dry spell: its beginning is not known
        assert truth.sum() == member.sum() == 512


@pytest.mark.parametrize("region", REGIONS)
def test_temporal_spectrum(region):
    segments, weights = [], []
    for valid, truth, members, area in series(region):
        for start in range(0, len(truth) - 15, 8):
            here = slice(start, start + 16)
            if valid[here].all():
                segments.append(np.stack([truth[here], *members[:, here]]))
                weights.append(area)
    _, powers = scipy.signal.periodogram(np.array(segments), window="hann", detrend="constant")
    power = np.average(powers[..., 1:], axis=0, weights=weights)
    number = np.arange(1, 9)
    w = np.log((number + 0.5) / (number - 0.5))
    distance = 10 * np.log10(power[1:] / power[0])
    want = np.sqrt((distance**2 * w).sum(axis=1) / w.sum()).mean()
    assert values()["temporal-spectrum", "", region] == pytest.approx(want, rel=1e-6)


def test_temporal_spectrum_keeps_variance():
    """White noise: the powers of all frequencies add up to its variance (less what goes with the mean)."""
    world = make_world(members=1, steps=(160,), tiles=1, size=32, hole=False)
    rng = np.random.default_rng(0)
    world.truth["s0"][...] = 10 + rng.normal(0, 1, world.truth["s0"].shape)
    world.members["s0"][...] = 10 + 2 * rng.normal(0, 1, world.members["s0"].shape)
    metric = {"temporal-spectrum": METRICS["temporal-spectrum"]}
    rows, curves = work_out(world.score(metric, 50), metric, False)
    assert rows[0]["value"] == pytest.approx(20 * np.log10(2), rel=0.02)
    power = curves["temporal-spectrum"]["series"]["truth"]
    assert sum(power) == pytest.approx(1, rel=0.1)
    np.testing.assert_allclose(curves["temporal-spectrum"]["x"], np.arange(1, 9) / 48)


def test_short_sequences_have_no_temporal_spectrum():
    metric = {"temporal-spectrum": METRICS["temporal-spectrum"]}
    rows, _ = work_out(make_world(steps=(15, 9)).score(metric), metric, True)
    assert rows[0]["reason"] == "no cell is valid for a whole segment of 16 frames"


def best_shift(old, now, y0, x0, size=24):
    """Displacement of a block by brute force over all cells."""
    best = (np.inf, 0, 0)
    y1, x1 = min(y0 + 32, size), min(x0 + 32, size)
    shifts = [(dy, dx) for dy in range(-8, 9) for dx in range(-8, 9)]
    for dy, dx in sorted(shifts, key=lambda s: s[0] ** 2 + s[1] ** 2):
        differences = [
            now[y, x] - old[y - dy, x - dx]
            for y in range(max(y0, dy), min(y1, size + dy))
            for x in range(max(x0, dx), min(x1, size + dx))
        ]
        d = np.array(differences)
        d = d[np.isfinite(d)]
        if 2 * len(d) >= (y1 - y0) * (x1 - x0) and (d**2).mean() < best[0] * (1 - 1e-9):
            best = ((d**2).mean(), dy, dx)
    return best[1:]


def test_warping_by_brute_force():
    world = make_world(seed=42, members=2, steps=(4,), tiles=1, size=24, hole=False)
    world.truth["s0"][0, 2, 8:16, :8] = np.nan
    metric = {"warping": METRICS["warping"]}
    rows, _ = work_out(world.score(metric, 1), metric, True)
    sums = np.zeros(2)
    y = world.truth["s0"][0].astype(float)
    for t in range(1, 4):
        dy, dx = best_shift(y[t - 1], y[t], 0, 0)
        for row in range(max(0, dy), min(24, 24 + dy)):
            for column in range(max(0, dx), min(24, 24 + dx)):
                error = abs(y[t, row, column] - y[t - 1, row - dy, column - dx])
                if np.isfinite(error):
                    x = world.members["s0"][:, 0].astype(float)
                    sampled = abs(x[:, t, row, column] - x[:, t - 1, row - dy, column - dx]).mean()
                    sums += world.grid.area[0, row, column] * np.array([error, sampled])
    assert rows[0]["value"] == pytest.approx(sums[1] / sums[0] - 1, rel=1e-5)


@pytest.fixture(scope="module")
def drifting():
    """Smooth rain that drifts by (2, 3) cells a frame and slowly decays."""
    rng = np.random.default_rng(1)
    noise = np.fft.rfft2(rng.normal(size=(96, 96)))
    k = np.hypot(np.fft.fftfreq(96)[:, None], np.fft.rfftfreq(96))
    field = np.maximum(np.fft.irfft2(noise * np.exp(-((k * 10) ** 2))) * 100, 0)
    return np.stack([np.roll(field, (2 * t, 3 * t), (0, 1)) * 0.97**t for t in range(24)]).astype(np.float32)


def test_motion_is_found(drifting):
    from downbench_metrics.motion.displacement import _match, candidates

    assert _match(drifting[3], drifting[4], 32, 64, 32, 64, candidates()) == (2, 3)
    dry = np.zeros((96, 96), np.float32)
    assert _match(dry, dry, 0, 32, 0, 32, candidates()) == (0, 0)


def test_warping_tells_flicker_from_drift_and_blur(drifting):
    def value(members):
        world = make_world(members=len(members), steps=(24,), tiles=1, size=96, hole=False)
        world.truth["s0"][0], world.members["s0"][:, 0] = drifting, members
        metric = {"warping": METRICS["warping"]}
        return work_out(world.score(metric, 5), metric, True)[0][0]["value"]

    rng = np.random.default_rng(2)
    assert value(drifting[None]) == pytest.approx(0, abs=1e-6)
    flicker = drifting + rng.gamma(0.5, 1, drifting.shape).astype(np.float32)
    still = np.repeat(drifting[:1], 24, axis=0)
    assert value(flicker[None]) > 1
    assert value(still[None]) > 1  # does not move along
    assert value(drifting[None] * np.float32(0.5)) == pytest.approx(-0.5, abs=1e-3)


def test_seams_by_hand():
    """Changes of the members double every third frame: an excess of 2 / (4 / 3) - 1 at windows of 3."""
    world = make_world(members=2, steps=(121,), tiles=2, size=16, hole=False)
    steps = np.ones(120)
    world.truth["s0"][...] = np.concatenate([[0], np.cumsum(steps)])[None, :, None, None]
    steps[2::3] = 2  # the change into frame 3, 6, ...
    world.members["s0"][...] = np.concatenate([[0], np.cumsum(steps)])[None, None, :, None, None]
    metric = {"seams": METRICS["seams"]}
    rows, curves = work_out(world.score(metric, 7), metric, True)
    assert rows[0]["value"] == pytest.approx(0.5, rel=1e-6)
    excess = dict(zip(curves["seams"]["x"], curves["seams"]["series"]["ensemble"], strict=True))
    assert excess[3] == excess[6] == pytest.approx(0.5, rel=1e-6)
    assert excess[2] == pytest.approx(0, abs=0.02)


def test_seams_of_a_region_in_one_of_two_tiles():
    """A pair of frames counts once in a region, however many tiles the domain has."""
    world = make_world(members=2, steps=(25,), tiles=2, size=16, hole=False)
    blob = world.grid.regions["blob"].copy()
    blob[1] = False
    world.grid = replace(world.grid, regions=dict(world.grid.regions) | {"blob": blob})
    metric = {"seams": METRICS["seams"]}
    _, row = (
        r
        for r in work_out(world.score(metric), metric, True)[0]
        if r["season"] == "all" and r["region"] != "north"
    )
    assert row["region"] == "blob"
    assert row["value"] is not None


def test_seams_need_ten_pairs_at_each_phase():
    world = make_world(members=2, steps=(30,), tiles=1, size=16, hole=False)
    metric = {"seams": METRICS["seams"]}
    rows, curves = work_out(world.score(metric, 7), metric, True)
    assert rows[0]["value"] is not None  # windows of 2: 14 and 15 pairs
    assert [v is None for v in curves["seams"]["series"]["ensemble"]] == [False] + 6 * [True]
    rows, _ = work_out(make_world(members=2, steps=(12,)).score(metric), metric, True)
    assert "fewer than 10 pairs" in rows[0]["reason"]
