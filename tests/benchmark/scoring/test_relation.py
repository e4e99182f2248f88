"""How coarse rain is related to the mean of the fine: against numpy on whole arrays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from sequences import make_sequence, showers

from downbench import Config, Dataset, FieldSequence, UserError, block_mean
from downbench.scoring.measured_relation import coarse_and_mean, measure_relation, measure_splits
from downbench.scoring.relation import PERFECT

FINE = showers((40, 2, 16, 24), np.random.default_rng(0))
BIASED = (1.5 * block_mean(FINE, 8) + showers((40, 2, 2, 3), np.random.default_rng(1))).astype(np.float32)


def test_the_mean_of_the_fine_is_a_perfect_model_up_to_packing() -> None:
    mean = block_mean(FINE, 8)
    for rain in (mean, np.round(mean, 3), mean * np.float32(1.0005)):
        relation = measure_relation([make_sequence(FINE, coarse=rain)])
        assert relation.perfect
        assert relation.text == PERFECT
    assert not measure_relation([make_sequence(FINE, coarse=mean * np.float32(1.01))]).perfect


def test_the_numbers_are_those_of_numpy_over_valid_cells() -> None:
    fine, coarse = FINE.copy(), BIASED.copy()
    fine[3, 0, :3, :3], coarse[5, 1, 1, 2] = np.nan, np.nan
    relation = measure_relation([make_sequence(fine, coarse=coarse, warmup=2)])
    mean = block_mean(fine.astype(float), 8)
    valid = np.isfinite(mean) & np.isfinite(coarse)
    c, m = coarse[valid].astype(float), mean[valid]
    assert (relation.cells, relation.frames, relation.perfect) == (40 * 12 - 2, 40, False)
    assert relation.correlation == pytest.approx(np.corrcoef(c, m)[0, 1], rel=1e-9)
    assert relation.bias_ratio == pytest.approx(c.mean() / m.mean(), rel=1e-9)
    assert relation.rmse == pytest.approx(np.sqrt(np.mean((c - m) ** 2)), rel=1e-9)
    assert f"correlation {relation.correlation:.2f}, bias ratio {relation.bias_ratio:.2f}" in relation.text


def test_the_mean_weighs_cells_by_their_area() -> None:
    area = np.random.default_rng(2).uniform(1, 3, (2, 16, 24))
    static = xr.Dataset({"area": (("tile", "y", "x"), area)})
    weighted = block_mean(FINE, 8, area)
    assert measure_relation([make_sequence(FINE, static, coarse=weighted)]).perfect
    assert not measure_relation([make_sequence(FINE, static)]).perfect


def test_coarse_frames_are_held_against_the_mean_of_their_fine_frames() -> None:
    hours = make_sequence(FINE, coarse=BIASED)
    days = block_mean(FINE.reshape(10, 4, 2, 16, 24).mean(1), 8)
    coarse = hours.coarse.isel(time=slice(3, None, 4)).copy(data={"precipitation": days})
    sequence = replace(hours, coarse=coarse, time_factor=4)
    assert measure_relation([sequence]).perfect
    for values in coarse_and_mean(sequence, slice(2, 4)):
        np.testing.assert_allclose(values, days[2:4], rtol=1e-6)


def test_of_a_long_split_stretches_over_all_of_its_time_are_read() -> None:
    later = BIASED.copy()
    later[:20] = block_mean(FINE, 8)[:20]
    sequence = make_sequence(FINE, coarse=later)
    frame = FINE[0].size * 4
    part = measure_relation([sequence], 16 * frame)
    assert part.frames == 16
    whole = measure_relation([sequence])
    assert whole.frames == 40
    assert part.rmse == pytest.approx(whole.rmse, rel=0.15)


def test_dry_or_missing_rain_has_no_ratio() -> None:
    dry = measure_relation([make_sequence(np.zeros((3, 16, 16), np.float32))])
    assert (dry.perfect, dry.correlation, dry.bias_ratio, dry.rmse) == (True, None, None, 0)
    lost = measure_relation([make_sequence(np.full((3, 16, 16), np.nan, np.float32))])
    assert not lost.perfect
    assert lost.text == "coarse and fine rain are nowhere valid together"


class Pairs(Dataset):
    """A split of its own in each of the three."""

    name = "pairs"

    def open(self, split: str) -> tuple[FieldSequence, ...]:
        """No validation."""
        rain = {"train": BIASED, "test": block_mean(FINE, 8)}
        return (make_sequence(FINE, coarse=rain[split]),) if split in rain else ()

    def fingerprint(self) -> str:
        """Constant."""
        return "0"


def test_each_split_that_has_frames_is_measured() -> None:
    relations = measure_splits(Pairs(Config()))
    assert {split: one.perfect for split, one in relations.items()} == {"train": False, "test": True}


def test_a_dataset_is_held_to_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Pairs(Config())
    said.coarse_is_mean = True
    assert list(measure_splits(said)) == ["test"]
    monkeypatch.setattr(said, "open", lambda split: (make_sequence(FINE, coarse=BIASED),))
    with pytest.raises(UserError, match=r"not the mean of the fine.*the dataset says that it is"):
        measure_splits(said)
