"""A submission as a method: what it is keyed by, and what it hands over."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import xarray as xr
from submission_world import good_predictions, small_frames

from downbench import SampleContext
from downbench.store.keys import code_version
from downbench.submission.method import describe, digest_of, method_of, registration_of
from downbench.submission.predictions import find_predictions


def test_its_version_is_its_content_whatever_the_code(tmp_path: Path) -> None:
    (tmp_path / "a.nc").write_bytes(b"one")
    (tmp_path / "b.nc").write_bytes(b"other")
    one, other = digest_of(tmp_path / "a.nc"), digest_of(tmp_path / "b.nc")
    assert one != other
    assert code_version(registration_of(describe("mine", "", "", 2), one)) == one[:12]


def test_it_begins_at_any_frame_and_gives_what_stands_in_the_file(tmp_path: Path) -> None:
    frames = small_frames(2)
    data = good_predictions(tmp_path, tiles=2, members=2)
    data.to_netcdf(tmp_path / "mine.nc")
    [sequence] = frames.sequences
    with closing(find_predictions(tmp_path / "mine.nc", frames)) as predictions:
        method = method_of(predictions, frames)()
        context = SampleContext(seed=0, sequence="rain", tile=1, start=4, factor=4)
        parts = list(method.sample(sequence.coarse.isel(tile=1), xr.Dataset(), 2, context))
    made = xr.concat(parts, "time").transpose("member", "time", "y", "x")
    np.testing.assert_array_equal(made["time"], sequence.times[4:])
    expected = data["precipitation"].isel(tile=1, time=slice(4, None))
    np.testing.assert_array_equal(made, expected.transpose("member", "time", "y", "x"))
