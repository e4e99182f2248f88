"""Slim tables: what is left is what was there, to the bits that are kept."""

import numpy as np
import pandas as pd

from downbench.exchange.slim import BITS, slim_curve, slim_resamples
from downbench.store.record_parts import CurvePart


def test_kept_columns_are_rounded_to_the_nearest_of_fifteen_bits():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {"crps|": rng.lognormal(-3, 0.1, 500), "psd|all": -rng.lognormal(3, 2, 500), "psd|other": 1.0},
        dtype=np.float32,
    )
    frame.iloc[3, 0], frame.iloc[4, 1] = np.nan, 0.0
    slim = slim_resamples(frame, {"crps|", "psd|all", "absent|x"})
    assert list(slim) == ["crps|", "psd|all"]
    np.testing.assert_allclose(slim, frame[["crps|", "psd|all"]], rtol=2.0 ** -(BITS + 1))
    assert np.isnan(slim.iloc[3, 0])
    low_bits = slim["psd|all"].to_numpy().view(np.uint32) & ((1 << (23 - BITS)) - 1)
    assert not low_bits.any()


def test_curves_keep_six_digits_and_what_is_missing():
    values = [1.23456789e-9, -98765.4321, 0.0, None]
    curve = CurvePart(x=values, series={"truth": values}, x_label="x", y_label="y", log_x=True, log_y=False)
    slim = slim_curve(curve)
    assert slim.x == slim.series["truth"] == [1.23457e-9, -98765.4, 0.0, None]
    assert slim.model_copy(update={"x": curve.x, "series": curve.series}) == curve
