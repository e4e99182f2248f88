"""Analogs: nearest states by an independent search, and their very fields."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist
from sequences import make_sequence
from statistical_world import fitted, sampled, spotty_rain

from downbench import UserError, block_mean
from downbench_methods.fields.mass import conserve
from downbench_methods.statistical import archive
from downbench_methods.statistical.analogs import Analogs, AnalogsConfig, raised
from downbench_methods.statistical.library import Library, Patch, features


def test_a_training_state_gives_back_its_very_field(tmp_path: Path) -> None:
    sequence = make_sequence(spotty_rain(12))
    method = fitted(Analogs(AnalogsConfig(neighbours=1, conserve=False)), [sequence], tmp_path)
    np.testing.assert_array_equal(sampled(method, sequence)[0], sequence.fine[:, 0])


@pytest.mark.parametrize("patch", [1, 2, 4])
def test_so_it_does_patch_by_patch_and_with_mass_conserved(tmp_path: Path, patch: int) -> None:
    sequence = make_sequence(spotty_rain(12))
    method = fitted(Analogs(AnalogsConfig(patch=patch, neighbours=1)), [sequence], tmp_path)
    np.testing.assert_allclose(sampled(method, sequence)[0], sequence.fine[:, 0], rtol=1e-4, atol=1e-5)


def test_a_record_that_stays_on_disk_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sequence = make_sequence(spotty_rain(70))
    method = fitted(Analogs(AnalogsConfig(patch=2)), [sequence], tmp_path)
    held = sampled(method, make_sequence(spotty_rain(2, seed=3)), members=3)
    monkeypatch.setattr(archive, "IN_MEMORY", 0)
    (tmp_path / "model").mkdir()
    method.save(tmp_path / "model")
    read = Analogs.load(tmp_path / "model")
    assert not isinstance(read.archive.fields, np.ndarray)
    np.testing.assert_array_equal(sampled(read, make_sequence(spotty_rain(2, seed=3)), members=3), held)


def test_members_are_the_nearest_states(tmp_path: Path) -> None:
    train, other = spotty_rain(30), spotty_rain(3, seed=9)
    config = AnalogsConfig(neighbours=4, conserve=False, border=0)
    method = fitted(Analogs(config), [make_sequence(train)], tmp_path)
    got = sampled(method, make_sequence(other), members=4)
    states = [np.log1p(block_mean(rain, 8) / 0.1).reshape(len(rain), -1) for rain in (other, train)]
    nearest = cdist(*states).argsort(1)[:, :4]
    for t in range(3):
        found = [int(np.flatnonzero((train == member).all((1, 2)))[0]) for member in got[:, t]]
        assert set(found) == set(nearest[t])


def test_other_fields_count(tmp_path: Path) -> None:
    fine = np.repeat(spotty_rain(1), 6, 0) * np.linspace(1, 1.01, 6, dtype=np.float32)[:, None, None]
    wind = np.broadcast_to(np.arange(6.0)[:, None, None], (6, 6, 8)).copy()
    train = make_sequence(fine, UGRD10m=wind)
    asked = make_sequence(fine[:1], UGRD10m=wind[4:5])
    config = AnalogsConfig(neighbours=1, conserve=False, predictors=1)
    method = fitted(Analogs(config), [train], tmp_path)
    np.testing.assert_array_equal(sampled(method, asked)[0, 0], fine[4])
    with pytest.raises(UserError, match="UGRD10m"):
        sampled(method, make_sequence(fine[:1]))


def test_the_search_agrees_with_a_tree() -> None:
    random = np.random.default_rng(3)
    entries, queries = (random.standard_normal((n, 7)).astype(np.float32) for n in (500, 40))
    found = Library(entries, np.zeros((500, 4), int)).nearest(queries, 5)
    np.testing.assert_array_equal(found, cKDTree(entries).query(queries, 5)[1])
    assert Library(entries[:3], np.zeros((3, 4), int)).nearest(queries, 5).shape == (40, 3)


def test_features_are_the_patch_with_its_border() -> None:
    field = np.arange(30, dtype=np.float32).reshape(1, 5, 6)
    rows = features(field, Patch(2, 1, 1))
    assert rows.shape == (4, 6, 12)
    weights = np.full((4, 3), 0.5**0.5)
    weights[1:3, 1] = 1
    np.testing.assert_allclose(rows[1, 3].reshape(4, 3), field[0, 0:4, 2:5] * weights, rtol=1e-6)


def test_block_means_are_given_back_without_cloudbursts() -> None:
    fine = spotty_rain(4)[None]
    rain = block_mean(spotty_rain(4, seed=5), 8)
    got = conserve(raised(fine, rain, 8, None), rain, 8)
    np.testing.assert_allclose(block_mean(got, 8)[0], rain, rtol=1e-4, atol=1e-6)
    trace = np.zeros((1, 1, 24, 24), np.float32)
    trace[..., 12, 12] = 0.1  # a single cell, in a block that shall have 5 mm/h
    even = np.full((1, 3, 3), 5, np.float32)
    assert conserve(raised(trace, even, 8, None), even, 8).max() < 10


def test_dry_input_stays_dry_and_missing_input_stays_in_its_cell(tmp_path: Path) -> None:
    method = fitted(Analogs(AnalogsConfig(patch=2)), [make_sequence(spotty_rain(12))], tmp_path)
    assert not sampled(method, make_sequence(np.zeros((2, 48, 64), np.float32)), members=3).any()
    fine = spotty_rain(2, seed=4)
    fine[:, :8, :8] = np.nan
    got = sampled(method, make_sequence(fine), members=3)
    assert np.isfinite(got[np.broadcast_to(np.isfinite(fine), got.shape)]).all()
