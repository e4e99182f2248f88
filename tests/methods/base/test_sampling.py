"""The template of sampling: parts in order, one finish for all."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from sequences import make_sequence

from downbench import SampleContext, block_mean
from downbench_methods.base.sampling import Tile, TileMethod
from downbench_methods.fields.calibration import Calibration
from downbench_methods.fields.finishing import Finisher, FinishingConfig


class Twice(TileMethod):
    """Members are multiples of the true rain, three frames at a time."""

    Config = FinishingConfig

    def parts(self, tile, members, context):
        """Rain that holds ``member + 1`` times the coarse rain."""
        smooth = tile.rain.repeat(8, 1).repeat(8, 2)
        for first in range(context.start, len(tile.times), 3):
            frames = range(first, min(first + 3, len(tile.times)))
            yield frames, np.stack([(m + 1) * smooth[frames.start : frames.stop] for m in range(members)])


FINE = np.random.default_rng(0).gamma(0.5, 2, (7, 16, 24)).astype(np.float32)


def sampled(method, area=None, told=None, **context):
    data = make_sequence(FINE)
    static = xr.Dataset({} if area is None else {"area": (("y", "x"), area)})
    if told is not None:
        context["progress"] = lambda done, total, text: told.append((done, total))
    parts = method.sample(data.coarse.isel(tile=0), static, 2, SampleContext(0, **context))
    return xr.concat(list(parts), "time"), data


def test_parts_become_members_with_the_times_of_their_frames():
    told = []
    rain, data = sampled(Twice(), told=told, start=2)
    assert rain.dims == ("member", "time", "y", "x")
    np.testing.assert_array_equal(rain["time"], data.times[2:])
    np.testing.assert_allclose(rain[1], 2 * rain[0])
    assert told == [(5, 7), (7, 7)]


@pytest.mark.parametrize("area", [None, np.linspace(1, 3, 384).reshape(16, 24)])
def test_conserved_members_all_give_the_coarse_rain_back(area):
    """With the cells' areas as weights, where the dataset has them."""
    rain, data = sampled(Twice(FinishingConfig(conserve=True)), area)
    coarse = data.coarse["precipitation"].to_numpy()[:, 0]
    for member in rain.to_numpy():
        np.testing.assert_allclose(block_mean(member, 8, area), coarse, rtol=1e-4)


def test_calibration_comes_before_mass():
    """Scaling to the coarse rain last: a calibrated sample keeps it too."""
    halved = Finisher(calibration=Calibration(samples=(0.0, 1.0, 2.0), rain=(0.0, 0.2, 1.0)))
    method = Twice(FinishingConfig(calibrate=1, conserve=True))
    method.finisher = halved
    rain, data = sampled(method)
    np.testing.assert_allclose(
        block_mean(rain.to_numpy()[0], 8), data.coarse["precipitation"][:, 0], rtol=1e-4
    )
    method.config = FinishingConfig(calibrate=1)
    free, _ = sampled(method)
    plain, _ = sampled(Twice())
    expected = np.where(plain > 2, plain / 2, np.interp(plain, [0, 1, 2], [0, 0.2, 1]))
    np.testing.assert_allclose(free, expected, rtol=1e-5)


def test_what_was_fitted_travels_with_the_method(tmp_path):
    method = Twice(FinishingConfig(conserve=True))
    some = Finisher(calibration=Calibration(samples=(0, 1.5), rain=(0, 3.25)), memory=4.5)
    for folder, finisher in (("none", Finisher()), ("some", some)):
        (tmp_path / folder).mkdir()
        method.finisher = finisher
        method.save(tmp_path / folder)
        back = Twice.load(tmp_path / folder)
        assert back.finisher == finisher
        assert back.config == method.config


def test_noise_has_the_memory_of_the_configuration():
    data = make_sequence(FINE)
    tile, context = Tile(data.coarse.isel(tile=0), xr.Dataset(), 8), SampleContext(0)

    def noise(memory, fitted=0.0):
        method = Twice(FinishingConfig(noise_memory=memory))
        method.finisher = Finisher(memory=fitted)
        return method.noise_in_time(tile, 2, (64, 64), context).take(range(7))

    np.testing.assert_array_equal(noise("fitted", 2.0), noise(2.0))
    np.testing.assert_array_equal(noise("fitted", 0.0), context.normal(2, tile.times, (64, 64)))
    lag = np.corrcoef(noise(2.0)[:, 1:].ravel(), noise(2.0)[:, :-1].ravel())[0, 1]
    assert lag == pytest.approx(np.exp(-1 / 2.0), abs=0.02)  # frames are an hour apart


def test_words_of_a_configuration():
    assert Twice.finishing(FinishingConfig(conserve=True, calibrate=1)) == {
        "conserve": "on",
        "calibrate": "1 pass",
    }
    assert Twice.finishing(FinishingConfig()) == {}


def test_a_tile_knows_its_fine_size_and_whether_it_has_areas():
    coarse = make_sequence(FINE).coarse.isel(tile=0)
    assert Tile(coarse, xr.Dataset(), 8).size == (16, 24)
    assert Tile(coarse, xr.Dataset(), 4).size == (8, 12)
    assert Tile(coarse, xr.Dataset(), 8).area is None
