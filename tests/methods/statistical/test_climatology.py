"""Climatology: the training climate and nothing else, of the right place, season and hour."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare, ks_2samp
from sequences import make_sequence
from statistical_world import fitted, latitudes, sampled, spotty_rain

from downbench import UserError
from downbench_methods.statistical.archive import spread_frames
from downbench_methods.statistical.climatology import Climatology, alike


def test_every_member_is_a_training_frame_and_all_are_equally_likely(tmp_path: Path) -> None:
    fine = spotty_rain(10, (16, 16)) + np.arange(1, 11, dtype=np.float32)[:, None, None]
    method = fitted(Climatology(), [make_sequence(fine)], tmp_path)
    draws = sampled(method, make_sequence(fine[:8]), members=50).reshape(-1, 16, 16)
    same = (draws[:, None] == fine[None]).all((-2, -1))
    assert (same.sum(1) == 1).all()
    assert chisquare(same.sum(0)).pvalue > 1e-4
    # the pooled histogram: a level's share of 400 drawn frames has a standard deviation of 0.025 at most
    assert ks_2samp(draws.ravel(), fine.ravel()).statistic < 4 * 0.025


def test_season_and_hour_agree_with_pandas() -> None:
    times = pd.date_range("2019-01-01", "2021-12-31T23:00", freq="3h")
    chosen = alike(times.to_numpy().astype("datetime64[s]"), np.datetime64("2022-01-10T06:00:00"), 20, 1.5)
    day = (times.day_of_year - 10 + 182) % 365 - 182
    expected = np.flatnonzero((abs(day) <= 20) & (times.hour == 6))
    # leap years may shift a season's edge by a day
    assert len(set(chosen) ^ set(expected)) <= 2 * 3
    assert set(times[chosen].hour) == {6}


def test_few_frames_widen_the_choice() -> None:
    times = np.datetime64("2020-06-01", "s") + np.arange(48) * np.timedelta64(3600, "s")
    assert len(alike(times, np.datetime64("2020-06-03T00:00:00"), 45, 1.5)) == 48
    assert len(alike(times, np.datetime64("2020-12-03T00:00:00"), 45, 1.5)) == 48


def test_a_window_of_the_domain_gets_the_climate_of_its_place(tmp_path: Path) -> None:
    place = np.arange(48 * 64, dtype=np.float32).reshape(48, 64)
    method = fitted(Climatology(), [make_sequence(np.stack([place] * 3), latitudes(48, 64))], tmp_path)
    window = latitudes(16, 24, top=50 - 0.1 * 8, left=10 + 0.1 * 32)
    got = sampled(method, make_sequence(np.ones((2, 16, 24), np.float32), window), members=2)
    np.testing.assert_array_equal(got, np.broadcast_to(place[8:24, 32:56], got.shape))


@pytest.mark.parametrize("shape", [(16, 24), (72, 40), (96, 128)])
def test_an_unknown_place_of_any_size_gets_values_of_the_record(
    tmp_path: Path, shape: tuple[int, int]
) -> None:
    fine = spotty_rain(6)
    method = fitted(Climatology(), [make_sequence(fine)], tmp_path)
    got = sampled(method, make_sequence(np.ones((1, *shape), np.float32)), members=2)
    assert got.shape == (2, 1, *shape)
    assert np.isin(got, fine).all()


def test_missing_cells_come_from_other_frames(tmp_path: Path) -> None:
    fine = np.full((20, 16, 16), 3, np.float32)
    fine[::2, :8] = np.nan
    method = fitted(Climatology(), [make_sequence(fine)], tmp_path)
    got = sampled(method, make_sequence(np.ones((3, 16, 16), np.float32)), members=8)
    assert np.isfinite(got).all()
    assert (got == 3).mean() > 0.98  # all eight draws lack the cells once in 256


def test_kept_frames_are_spread_over_all_sequences() -> None:
    parts = [make_sequence(np.zeros((n, 8, 8), np.float32)) for n in (10, 30)]
    kept = spread_frames(tuple(parts), 8)
    assert [len(part) for part in kept] == [2, 6]
    assert [part.tolist() for part in spread_frames(tuple(parts), None)] == [list(range(10)), list(range(30))]


def test_sequences_on_different_grids_are_refused(tmp_path: Path) -> None:
    parts = [make_sequence(np.zeros((2, n, 8), np.float32)) for n in (8, 16)]
    with pytest.raises(UserError, match="different tiles or sizes"):
        fitted(Climatology(), parts, tmp_path)
