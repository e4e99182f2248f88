"""What a fit reads at once has a bound, and the bound changes nothing that is fitted."""

import numpy as np
import pytest
import xarray as xr
from sequences import shower_sequence

from downbench_methods.fields import transform
from downbench_methods.fields.at_once import MOST_CELLS, frames_at_once
from downbench_methods.statistical import library


@pytest.mark.parametrize(("cells", "together"), [(100, 64), (2**21, 16), (2**26, 1)])
def test_large_frames_are_read_a_few_together(cells, together):
    field = xr.DataArray(np.broadcast_to(np.float32(0), (1000, cells)), dims=("time", "x"))
    assert frames_at_once(field, 64) == together
    assert together == 1 or together * cells <= MOST_CELLS


def test_a_transform_is_the_same_however_little_is_read_at_once(monkeypatch):
    data = (shower_sequence(30, tiles=2, relief=True, wind=True),)
    whole = transform.fit_transform(data, "log1p", 0.1)
    monkeypatch.setattr(transform, "frames_at_once", lambda field, most: 1)
    monkeypatch.setattr(transform, "MOST_CELLS", 100)
    pieces = transform.fit_transform(data, "log1p", 0.1)
    np.testing.assert_allclose(pieces.rain, whole.rain, rtol=1e-12)
    np.testing.assert_allclose(pieces.topography, whole.topography, rtol=1e-12)
    assert (pieces.highest, pieces.names) == (whole.highest, whole.names)


def test_states_of_a_long_record_have_a_bound(monkeypatch):
    data = (shower_sequence(30, tiles=2, wind=True),)  # 2 x 4 x 4 coarse cells
    monkeypatch.setattr(library, "MOST_BYTES", 4 * 10 * 32)
    assert library.States.most_frames(data, 0.0) == 10
    assert library.States.most_frames(data, 0.1) == 5  # rain and wind
