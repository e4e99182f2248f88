"""Records: fields that do not belong together are refused, masks and coarse rain are made to agree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from sequences import make_sequence

from downbench import UserError, block_mean
from downbench_datasets.xshield.records import Record, check_pair, drop_empty_tiles, match_coverage

SIZE, TILES, FRAMES = 16, 3, 5


def record(fine=None, coarse=None, area=None):
    random = np.random.default_rng(0)
    fine = random.gamma(0.5, 2, (FRAMES, TILES, SIZE, SIZE)).astype(np.float32) if fine is None else fine
    coarse = block_mean(fine, 8, area) if coarse is None else coarse
    pair = make_sequence(fine, coarse=coarse)
    static = xr.Dataset({} if area is None else {"area": (("tile", "y", "x"), area)})
    return Record("0001", pair.coarse, pair.fine, static, (Path("a.zarr"),))


def test_step_and_factor_follow_from_the_fields():
    assert (record().step, record().factor) == (np.timedelta64(1, "h"), 8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: {"fine": r.fine.isel(time=slice(4))}, "5 and 4 steps; they differ in their lengths"),
        (
            lambda r: {"fine": r.fine.assign_coords(time=r.fine["time"] + np.timedelta64(1, "h"))},
            "they differ in 2020-07-01T01.* and 2020-07-01T00",
        ),
        (lambda r: {"fine": r.fine.isel(tile=[0, 1])}, "2 fine tiles, 3 coarse ones"),
        (lambda r: {"fine": r.fine[..., :8]}, "16 x 8 fine cells do not nest in 2 x 2"),
        (lambda r: {"fine": r.fine[..., :12]}, "16 x 12 fine cells do not nest"),
        (
            lambda r: {name: getattr(r, name).isel(time=[0, 1, 3]) for name in ("fine", "coarse")},
            "not evenly spaced .*60 120",
        ),
    ],
)
def test_what_does_not_belong_together_is_refused_with_the_record_s_name(change, message):
    whole = record()
    check_pair(whole)
    with pytest.raises(UserError, match=message) as caught:
        check_pair(replace(whole, **change(whole)))
    assert "0001" in str(caught.value)


def test_a_record_that_agrees_stays_as_it_is():
    area = np.random.default_rng(1).uniform(1, 2, (TILES, SIZE, SIZE))
    whole = record(area=area)
    kept = match_coverage(whole)
    assert kept.notes == ()
    assert kept.coarse is whole.coarse


def test_coarse_rain_that_is_no_area_weighted_mean_is_replaced_with_a_note():
    area = np.random.default_rng(1).uniform(1, 3, (TILES, SIZE, SIZE))
    fine = record().fine.to_numpy()
    mended = match_coverage(record(fine, block_mean(fine, 8), area))
    np.testing.assert_allclose(mended.coarse["precipitation"], block_mean(fine, 8, area), rtol=1e-5)
    assert "differs by" in mended.notes[0]


def test_a_hole_in_the_fine_rain_masks_its_block_and_its_coarse_cell():
    fine = record().fine.to_numpy().copy()
    stored = block_mean(fine, 8)
    fine[:, 1, 3, 12] = np.nan
    mended = match_coverage(record(fine, stored))
    holes = np.isnan(mended.fine.to_numpy())
    assert holes[:, 1, :8, 8:].all()
    assert holes.sum() == FRAMES * 64
    np.testing.assert_array_equal(
        np.isnan(mended.coarse["precipitation"])[:, 1], [[[False, True], [False] * 2]] * 5
    )


def test_coarse_rain_that_is_missing_without_reason_is_worked_out():
    fine = record().fine.to_numpy()
    stored = block_mean(fine, 8)
    stored[:, 0, 0, 0] = np.nan
    mended = match_coverage(record(fine, stored))
    np.testing.assert_allclose(mended.coarse["precipitation"], block_mean(fine, 8), rtol=1e-5)
    assert "is missing where all fine cells are valid" in mended.notes[0]


def test_tiles_without_data_are_left_out_with_a_note():
    fine = record().fine.to_numpy().copy()
    fine[:, [0, 2]] = np.nan
    kept = drop_empty_tiles(record(fine, area=np.ones((TILES, SIZE, SIZE))))
    assert kept.fine["tile"].to_numpy().tolist() == [1]
    assert kept.coarse.sizes["tile"] == kept.static.sizes["tile"] == 1
    assert "tiles 0, 2" in kept.notes[0]


def test_a_tile_with_data_in_other_frames_than_the_sample_is_kept():
    """The first, middle and last frame are looked at; frame 1 alone has data on tile 0."""
    fine = record().fine.to_numpy().copy()
    fine[[0, 2, 3, 4], 0] = np.nan
    assert drop_empty_tiles(record(fine)).fine.sizes["tile"] == TILES


def test_a_record_without_any_value_is_refused():
    with pytest.raises(UserError, match="every coarse cell"):
        drop_empty_tiles(record(np.full((FRAMES, TILES, SIZE, SIZE), np.nan, np.float32)))
