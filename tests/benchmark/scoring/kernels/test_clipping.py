"""Blanking, clipping and counting in one pass, against numpy step by step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from downbench.scoring.kernels import clipping
from downbench.scoring.kernels.clipping import blank_and_clip

ANY = st.floats(width=32)


@settings(deadline=None)
@given(st.data())
def test_as_numpy_does_it_step_by_step(data: st.DataObject) -> None:
    shape = data.draw(array_shapes(min_dims=4, max_dims=4, max_side=6))
    values = data.draw(arrays(np.float32, shape, elements=ANY, fill=ANY))
    valid = data.draw(arrays(bool, shape[1:]))
    counted = valid & np.isfinite(values)
    rain = np.where(counted, values, 0).astype(np.float64)
    want = np.where(valid, np.where(np.isfinite(values), np.maximum(values, 0), values), np.nan)
    seen = blank_and_clip(values, valid)
    np.testing.assert_array_equal(values, want)
    assert (seen.missing, seen.finite) == ((valid & ~counted).sum(), counted.sum())
    assert (seen.negative, seen.minimum) == ((rain < 0).sum(), np.minimum(rain, 0).min())
    assert seen.below == pytest.approx(np.minimum(rain, 0).sum(), rel=1e-12)


def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    values, valid = rng.normal(size=(5, 6, 32, 32)).astype(np.float32), rng.random((6, 32, 32)) < 0.9
    other = values.copy()
    one = blank_and_clip(values, valid)
    monkeypatch.setattr(clipping, "frames_worth_a_thread", lambda _: 1)
    monkeypatch.setattr("downbench.scoring.kernels.jit.thread_count", lambda: 4)
    assert blank_and_clip(other, valid) == one
    np.testing.assert_array_equal(other, values)
