"""Normalisation, gaps and channels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sequences import make_sequence, showers, topography

from downbench import UserError, block_mean
from downbench_methods.fields.transform import Transform, coarse_topography, fit_transform

rain_fields = arrays(np.float32, 20, elements=st.floats(0, 300, width=32))


def sequence(fine, **coarse):
    """A sequence with relief from -100 to 900 m and further coarse fields."""
    height = np.linspace(-100, 900, fine[0].size).reshape(fine.shape[1:]).astype(np.float32)
    return make_sequence(fine, topography(height), hours=3, **coarse)


def random_rain(shape, seed=0):
    return showers(shape, np.random.default_rng(seed), shape_of_gamma=0.3)


@pytest.mark.parametrize("kind", ["log1p", "log"])
@given(rain=rain_fields)
def test_inverse_undoes_forward(kind, rain):
    transform = Transform(kind=kind, scale=0.1, rain=(0.3, 0.7) if kind == "log1p" else (-25.0, 8.0))
    np.testing.assert_allclose(transform.inverse(transform.forward(rain)), rain, rtol=1e-4, atol=1e-5)


@given(z=arrays(np.float32, 20, elements=st.floats(-30, 12, width=32)))
def test_rain_is_never_negative(z):
    assert (Transform(rain=(0.3, 0.7)).inverse(z) >= 0).all()


def test_scale_is_where_log_takes_over():
    transform = Transform(scale=0.1)
    z = transform.forward(np.array([0.0, 0.001, 0.1, 10.0, 100.0]))
    assert z[0] == transform.dry == 0
    assert z[1] == pytest.approx(0.01, rel=0.01)  # linear below the scale
    assert z[2] == pytest.approx(np.log(2))
    assert z[4] - z[3] == pytest.approx(np.log(10), rel=0.01)  # logarithmic above


def test_fit_standardises_train():
    fine = random_rain((6, 2, 16, 16))
    wind = np.random.default_rng(1).normal(5, 3, (6, 2, 2, 2)).astype(np.float32)
    transform = fit_transform([sequence(fine, wind=wind)], "log1p", 0.1)
    z = transform.forward(fine)
    assert abs(z.mean()) < 1e-4
    assert z.std() == pytest.approx(1, abs=1e-4)
    assert transform.channels == 3
    assert not transform.missing
    assert transform.fields[0] == pytest.approx((wind.mean(), wind.std()), rel=1e-4)
    assert Transform.model_validate_json(transform.model_dump_json()) == transform
    assert transform.forward(fine).max() < transform.bounds[1]


def test_gaps_become_dry_with_a_mask_channel_only_where_train_has_them():
    fine = random_rain((4, 1, 16, 16))
    whole = sequence(fine)
    fine = fine.copy()
    fine[:, :, :3, :3] = np.nan
    gappy = sequence(fine)
    assert fit_transform([whole], "log1p", 0.1).channels == 2
    transform = fit_transform([whole, gappy], "log1p", 0.1)
    assert transform.channels == 3
    static = gappy.static.isel(tile=0)
    channels = transform.coarse(gappy.coarse.isel(tile=0), coarse_topography(static, 8))
    assert channels.shape == (4, 3, 2, 2)
    assert np.isfinite(channels).all()
    np.testing.assert_allclose(channels[:, 0, 0, 0], transform.dry, rtol=1e-6)
    np.testing.assert_array_equal(channels[:, 2], [[[0, 1], [1, 1]]] * 4)
    expected = transform.relief(block_mean(static["topography"].to_numpy(), 8))
    np.testing.assert_allclose(channels[0, 1], expected, rtol=1e-5)


def test_missing_predictors_are_named():
    fine = random_rain((4, 1, 16, 16))
    transform = fit_transform([sequence(fine, wind=fine[..., ::8, ::8])], "log1p", 0.1)
    with pytest.raises(UserError, match="lack wind"):
        transform.coarse(sequence(fine).coarse.isel(tile=0), np.zeros((2, 2), np.float32))
    with pytest.raises(UserError, match="topography"):
        transform.coarse(sequence(fine, wind=fine[..., ::8, ::8]).coarse.isel(tile=0), None)


@given(dry=st.floats(-50, 0), std=st.floats(0.01, 20), kind=st.sampled_from(["log1p", "log"]))
def test_no_rain_stays_no_rain_whatever_the_rounding(dry, std, kind):
    lowest = 0.0 if kind == "log1p" else np.log(1e-14)
    transform = Transform(kind=kind, rain=(lowest - dry * std, std))
    zero = transform.forward(np.zeros(3, np.float32))
    nearby = np.nextafter(zero, np.float32([-np.inf, 0, np.inf]))
    assert (transform.inverse(nearby) == 0).all()


def test_precipitation_alone_can_be_asked_for():
    fine = random_rain((5, 1, 16, 16))
    wind = block_mean(fine, 8) + 3
    train = [sequence(fine, wind=wind)]
    everything, alone = (fit_transform(train, "log1p", 0.1, others) for others in (True, False))
    assert (everything.names, everything.channels) == (("wind",), 3)
    assert (alone.names, alone.topography, alone.channels) == ((), None, 1)
    assert alone.rain == everything.rain
    assert alone.coarse(train[0].coarse[["precipitation"]].isel(tile=0), None).shape == (5, 1, 2, 2)
