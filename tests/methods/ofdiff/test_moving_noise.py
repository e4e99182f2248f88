"""Noise that moves: white whatever its memory, and each scale as alike from frame to frame as asked."""

import numpy as np
import pytest
import torch

from downbench import SampleContext
from downbench_methods.ofdiff.moving_noise import CENTRES, MovingNoise, band_correlation, band_memory
from downbench_methods.ofdiff.warp import carry

SIZE, MEMBERS, FRAMES = 96, 4, 8
WANTED = torch.tensor([0.9, 0.8, 0.6, 0.3, 0.0])  # correlation from frame to frame, by band
HOURS = 1 / 12


def moved_by(x, y):
    """Carries noise by so many cells."""
    flow = torch.tensor([-x, -y])[None, :, None, None].expand(1, 2, SIZE, SIZE)

    def move(noise, frame):
        moved, inside = carry(torch.from_numpy(noise)[None], flow)
        return moved[0].numpy(), inside[0, 0].numpy()

    return move, flow


def noise(move, start=0):
    times = np.datetime64("2020-01-01", "ns") + np.arange(FRAMES) * np.timedelta64(300, "s")
    context = SampleContext(seed=0, sequence="s", tile=0, start=0, factor=8)
    made = MovingNoise(context, MEMBERS, times, (SIZE, SIZE), band_memory(WANTED, HOURS), move)
    return torch.from_numpy(made.take(range(start, FRAMES)))


@pytest.fixture(scope="module", params=[(0.0, 0.0), (7.0, -3.0), (2.5, 1.25)])
def moving(request):
    move, flow = moved_by(*request.param)
    return noise(move), flow


def test_noise_stays_white(moving):
    """Variance and spectrum of every frame within 4 standard errors, after eight moves as at first."""
    made, _ = moving
    cells = MEMBERS * SIZE**2
    assert abs(made.var((0, 2, 3)) - 1).max() < 4 * np.sqrt(2 / cells)
    assert abs(made.mean((0, 2, 3))).max() < 4 / np.sqrt(cells)
    for lag in (1, 2, 8):
        beside = (made[..., lag:] * made[..., :-lag]).mean((0, 2, 3))
        assert abs(beside).max() < 4 / np.sqrt(cells)


def test_each_scale_lives_as_long_as_asked_along_the_motion(moving):
    made, flow = moving
    before, now = made[:, :-1].flatten(0, 1), made[:, 1:].flatten(0, 1)
    carried, inside = carry(before[:, None], flow.expand(len(before), -1, -1, -1))
    got = band_correlation(carried[:, 0], now, inside[:, 0])
    # bands are wide: a band's mean of the interpolated correlations is not that at its centre
    torch.testing.assert_close(got, WANTED, rtol=0, atol=0.12)
    assert (got.diff() < 0).all()


def test_at_rest_it_is_forgotten_where_it_moved():
    made = noise(moved_by(7.0, -3.0)[0])
    r = np.corrcoef(made[:, :-1].flatten(), made[:, 1:].flatten())[0, 1]
    assert abs(r) < 0.02


def test_noise_depends_on_no_start():
    move, _ = moved_by(2.0, 1.0)
    torch.testing.assert_close(noise(move)[:, 5:], noise(move, start=5))


def test_correlation_by_bands_of_fields_that_share_their_long_waves():
    generator = np.random.default_rng(0)
    shared, *own = generator.normal(size=(3, 24, 64, 64))
    k = np.hypot(np.fft.fftfreq(64)[:, None], np.fft.fftfreq(64))
    share = np.where(k < 1 / 8, 0.8, 0.0)
    parts = [
        np.fft.ifft2(np.fft.fft2(shared) * np.sqrt(share) + np.fft.fft2(x) * np.sqrt(1 - share)).real
        for x in own
    ]
    first, second = (torch.tensor(x, dtype=torch.float32) for x in parts)
    counted = torch.ones(24, 64, 64, dtype=torch.bool)
    got = band_correlation(first, second, counted)
    np.testing.assert_allclose(got, [0.8, 0.8, 0.8, 0.0, 0.0], atol=0.08)
    assert len(got) == len(CENTRES)


def test_memory_gives_its_correlation_back():
    memory = band_memory(WANTED, HOURS)
    torch.testing.assert_close(torch.exp(-HOURS / memory[:4]), WANTED[:4])
    assert memory[4] == 0
