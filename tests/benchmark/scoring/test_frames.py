"""Which frames are scored, and what identifies them."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from globe import globe
from sequences import make_sequence

from downbench import Config, Dataset, UserError
from downbench.scoring.frames import one_tile, open_frames, steps
from downbench.scoring.regions import parse_region


class Mine(Dataset):
    """A dataset whose test split is what it is given."""

    name = "mine"
    time_bin = resampling_block = np.timedelta64(1, "D")
    step = np.timedelta64(1, "h")

    def __init__(self, sequences, digest):
        super().__init__(Config())
        self.sequences, self.digest = sequences, digest

    def open(self, split):
        """The same for any split."""
        return self.sequences

    def fingerprint(self):
        """As it was given."""
        return self.digest


def dataset(*lengths, missing=False, static=None, fingerprint="f", tiles=1):
    """A dataset whose test split has sequences of so many frames, after one of warm-up."""
    shape = (tiles, 16, 24) if static is None else static["lat"].shape
    fine = [np.full((n, *shape), np.nan if missing else 1, np.float32) for n in lengths]
    made = [make_sequence(f, static, name=f"s{i}", warmup=1) for i, f in enumerate(fine)]
    return Mine(tuple(made), fingerprint)


@pytest.mark.parametrize(
    ("limit", "kept"), [(None, [5, 3]), (100, [5, 3]), (8, [5, 3]), (6, [5, 1]), (5, [5]), (2, [2])]
)
def test_a_limit_keeps_the_first_frames_with_their_warm_up(limit, kept):
    frames = open_frames(dataset(5, 3), limit)
    assert [len(sequence.times) for sequence in frames.sequences] == kept
    assert frames.count == sum(kept)
    for sequence in frames.sequences:
        assert sequence.coarse.sizes["time"] == len(sequence.times) + sequence.warmup


def test_the_key_is_that_of_data_and_times():
    base = open_frames(dataset(5, 3), None).key
    assert open_frames(dataset(5, 3), 8).key == base  # a limit that cuts nothing
    others = [
        open_frames(dataset(5, 3), 7),
        open_frames(dataset(3, 5), None),
    ]
    others.append(open_frames(dataset(5, 3, fingerprint="g"), None))
    assert len({base, *(other.key for other in others)}) == 4


def test_a_region_of_the_user_s_changes_no_key_and_has_its_content_in_its_name():
    data = dataset(2, static=globe(step=15.0).isel(y=slice(8), x=slice(16)))
    region = parse_region("north=-180,0,180,90")
    frames = open_frames(data, None, (region,))
    assert frames.key == open_frames(data, None).key
    assert frames.region_names == ["all", f"north={region.digest}"]


def test_regions_that_cannot_be_are_refused_when_frames_are_opened():
    data = dataset(2, static=globe(step=15.0).isel(y=slice(8), x=slice(16)))
    with pytest.raises(UserError, match="a region 'all' already"):
        open_frames(data, None, (parse_region("all=0,0,10,10"),))
    with pytest.raises(UserError, match="holds no cell"):
        open_frames(data, None, (parse_region("far=0,-89,1,-88"),))


def test_nothing_to_score_is_said():
    with pytest.raises(UserError, match="mine: the test split has no frames"):
        open_frames(dataset(), None)
    with pytest.raises(UserError, match="every cell of the scored frames is missing"):
        open_frames(dataset(3, missing=True), None)


def test_inputs_of_a_tile_have_no_tile_any_more():
    frames = open_frames(dataset(3, tiles=2), None)
    (sequence,) = frames.sequences
    static = xr.Dataset({"topography": (("tile", "y", "x"), np.zeros((2, 16, 24)))})
    coarse, fields = one_tile(sequence.coarse, 1), one_tile(static, 1)
    assert coarse["precipitation"].dims == ("time", "y", "x")
    assert fields["topography"].dims == ("y", "x")
    assert frames.tiles == [(sequence, 0), (sequence, 1)]


@pytest.mark.parametrize(("count", "at_once"), [(0, 3), (6, 3), (7, 3), (2, 5)])
def test_steps_hold_every_frame_once(count, at_once):
    cut = list(steps(count, at_once))
    assert [t for part in cut for t in range(part.start, part.stop)] == list(range(count))
    assert all(part.stop - part.start <= at_once for part in cut)
