"""Noise between shared and independent, whatever the chunks."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from downbench import SampleContext
from downbench_methods.fields.noise_in_time import NoiseInTime, fitted_memory

TIMES = np.datetime64("2020-01-01", "ns") + np.arange(30) * np.timedelta64(3, "h")


def noise(memory, members: int = 2, shape: tuple[int, int] = (64, 64), carry=None) -> NoiseInTime:
    return NoiseInTime(SampleContext(seed=1), members, TIMES, shape, memory, carry=carry)


def two_cells_east(field, frame):
    """What comes in at the western border is not known."""
    known = np.ones(field.shape[1:], bool)
    known[:, :2] = False
    return np.roll(field, 2, axis=2), known


@pytest.mark.parametrize("memory", [0.0, 2.0, 7.9, 40.0])
def test_memory_is_the_e_folding_time(memory: float) -> None:
    fields = noise(memory).take(list(range(30)))
    flat = fields.reshape(2, 30, -1)
    assert np.abs(flat.mean()) < 0.01 * (1 + memory)
    np.testing.assert_allclose(flat.var(axis=(0, 2)), 1, atol=0.06)  # 8192 values: 4 standard errors
    lag = (flat[:, 1:] * flat[:, :-1]).mean()
    expected = np.exp(-3 / memory) if memory else 0
    assert abs(lag - expected) < 0.02


def test_its_ends_are_white_and_shared_noise() -> None:
    context = SampleContext(seed=1)
    np.testing.assert_array_equal(noise(0.0).take([3, 4]), context.normal(2, TIMES[[3, 4]], (64, 64)))
    shared = noise("shared").take([2, 7, 20])
    np.testing.assert_array_equal(shared, np.repeat(context.normal(2, TIMES[:1], (64, 64)), 3, 1))
    nearly = noise(1e9).take([20])
    np.testing.assert_allclose(nearly[:, 0], shared[:, 0], atol=1e-2)


@pytest.mark.parametrize("memory", [1.0, 2.0, 7.9, 40.0])
def test_fitted_memory_is_that_of_the_residual(memory: float) -> None:
    fields = torch.from_numpy(noise(memory, 4).take(list(range(30))))
    valid = torch.ones_like(fields, dtype=torch.bool)
    valid[..., :32] = False
    fields[..., :32] = 1e6  # what is not valid does not count
    found = fitted_memory(3 + 2 * fields, valid, hours=3.0)
    # a standard error of the correlation is 1 / sqrt(237568 values) at most
    assert np.exp(-3 / found) == pytest.approx(np.exp(-3 / memory), abs=4 / np.sqrt(237568))
    assert fitted_memory(fields, torch.zeros_like(valid), 3.0) == 0
    white = torch.from_numpy(noise(0.0, 4).take(list(range(30))))
    assert fitted_memory(white, torch.ones_like(valid), 3.0) == 0  # a correlation below 0.01 is none
    context = SampleContext(seed=1)
    stands = NoiseInTime(context, 1, TIMES, (8, 8), "fitted", memory).take([0, 1, 2])
    np.testing.assert_array_equal(stands, NoiseInTime(context, 1, TIMES, (8, 8), memory).take([0, 1, 2]))


def test_noise_that_is_carried_along_has_its_memory_there() -> None:
    fields = noise(7.9, carry=two_cells_east).take(list(range(30)))
    np.testing.assert_allclose(fields.reshape(2, 30, -1).var(axis=(0, 2)), 1, atol=0.06)
    before, now = fields[:, :-1], fields[:, 1:]
    error = 4 / np.sqrt(now.size)
    assert (before[..., :-2] * now[..., 2:]).mean() == pytest.approx(np.exp(-3 / 7.9), abs=error)
    assert (before * now).mean() == pytest.approx(0, abs=error)
    white = SampleContext(seed=1).normal(2, TIMES[9:10], (64, 64))
    np.testing.assert_array_equal(fields[:, 9, :, :2], white[:, 0, :, :2])


@pytest.mark.parametrize("carry", [None, two_cells_east])
@given(cuts=st.lists(st.integers(0, 29), min_size=1, max_size=5, unique=True))
@settings(deadline=None, max_examples=20)
def test_where_chunks_begin_changes_nothing(carry, cuts: list[int]) -> None:
    whole = noise(7.9, 1, (8, 8), carry).take(list(range(30)))
    parts = [
        p.tolist() for p in np.split(np.arange(min(cuts), 30), sorted(c - min(cuts) for c in cuts)) if len(p)
    ]
    chunked = noise(7.9, 1, (8, 8), carry)
    np.testing.assert_array_equal(
        np.concatenate([chunked.take(part) for part in parts], 1), whole[:, min(cuts) :]
    )
