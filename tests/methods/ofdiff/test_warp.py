"""The warp against fields whose displacement is known in closed form, and against scipy."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter, map_coordinates

from downbench_methods.ofdiff.warp import blurred_volume, carry, scale_space_warp, warp

SIZE = 64


def bump(y, x):
    """A smooth field that is defined everywhere."""
    return torch.exp(-((x - 30) ** 2 / 90 + (y - 34) ** 2 / 50)) + 0.01 * x


def pixels():
    axis = torch.arange(SIZE, dtype=torch.float32)
    return torch.meshgrid(axis, axis, indexing="ij")


def test_zero_flow_is_the_identity():
    field = torch.randn(2, 3, 17, 23)
    torch.testing.assert_close(warp(field, torch.zeros(2, 2, 17, 23)), field, rtol=1e-5, atol=1e-5)


def test_translation():
    y, x = pixels()
    flow = torch.zeros(1, 2, SIZE, SIZE)
    flow[:, 0], flow[:, 1] = 2.5, -1.25  # x first
    inside = (slice(8, -8), slice(8, -8))
    moved = warp(bump(y, x)[None, None], flow)[0, 0]
    # linear interpolation is off by at most h^2 / 8 times the second derivative
    torch.testing.assert_close(moved[inside], bump(y - 1.25, x + 2.5)[inside], rtol=0, atol=1 / 8 * 2 * 0.04)
    flow[:, 0], flow[:, 1] = 3.0, -2.0
    whole = warp(bump(y, x)[None, None], flow)[0, 0]
    torch.testing.assert_close(whole[inside], bump(y - 2, x + 3)[inside], rtol=1e-4, atol=1e-5)


def test_rotation():
    y, x = pixels()
    angle, centre = 0.2, (SIZE - 1) / 2
    dx, dy = x - centre, y - centre
    source_x = centre + np.cos(angle) * dx - np.sin(angle) * dy
    source_y = centre + np.sin(angle) * dx + np.cos(angle) * dy
    flow = torch.stack([source_x - x, source_y - y])[None]
    inside = (slice(10, -10), slice(10, -10))
    moved = warp(bump(y, x)[None, None], flow)[0, 0]
    torch.testing.assert_close(moved[inside], bump(source_y, source_x)[inside], rtol=0, atol=1 / 8 * 2 * 0.04)


def test_equals_scipy_with_repeated_borders():
    generator = np.random.default_rng(0)
    field = generator.normal(size=(12, 15)).astype(np.float32)
    flow = generator.normal(scale=6, size=(2, 12, 15)).astype(np.float32)
    y, x = np.mgrid[:12, :15]
    expected = map_coordinates(field, [y + flow[1], x + flow[0]], order=1, mode="nearest")
    ours = warp(torch.from_numpy(field)[None, None], torch.from_numpy(flow)[None])[0, 0]
    np.testing.assert_allclose(ours, expected, atol=1e-4)


def test_noise_is_carried_by_the_nearest_pixel():
    generator = np.random.default_rng(0)
    field = generator.normal(size=(12, 15)).astype(np.float32)
    flow = generator.normal(scale=6, size=(2, 12, 15)).astype(np.float32)
    y, x = np.mgrid[:12, :15]
    place = [y + flow[1], x + flow[0]]
    expected = map_coordinates(field, place, order=0, mode="grid-constant")
    inside = map_coordinates(np.ones_like(field), place, order=0, mode="grid-constant") > 0
    ours, known = carry(torch.from_numpy(field)[None, None], torch.from_numpy(flow)[None])
    np.testing.assert_array_equal(ours[0, 0], expected)
    np.testing.assert_array_equal(known[0, 0], inside)
    assert 0.3 < inside.mean() < 0.9


def test_volume_is_repeated_gaussian_blur():
    field = np.random.default_rng(0).normal(size=(20, 24)).astype(np.float32)
    volume = blurred_volume(torch.from_numpy(field)[None, None])[0, 0]
    assert volume.shape == (6, 20, 24)
    expected = field
    for level in range(6):
        np.testing.assert_allclose(volume[level], expected, atol=1e-5)
        expected = gaussian_filter(expected, 1.0, mode="nearest", radius=2)


@pytest.mark.parametrize(("scale", "level"), [(-1.0, 0), (1.0, 5), (0.2, 3), (-9.0, 0)])
def test_scale_picks_a_level(scale, level):
    field = torch.randn(1, 1, 16, 16)
    flow = torch.zeros(1, 3, 16, 16)
    flow[:, 2] = scale
    expected = blurred_volume(field)[:, :, level]
    torch.testing.assert_close(scale_space_warp(field, flow), expected, rtol=1e-4, atol=1e-4)


def test_scale_space_warp_of_sharp_frames_is_the_plain_warp():
    field, flow = torch.randn(2, 1, 16, 20), 3 * torch.randn(2, 3, 16, 20)
    flow[:, 2] = -1
    torch.testing.assert_close(scale_space_warp(field, flow), warp(field, flow[:, :2]), rtol=1e-4, atol=1e-4)


def test_a_flow_is_learnt_from_its_gradient():
    y, x = pixels()
    field, target = bump(y, x)[None, None], bump(y + 1, x - 2)[None, None]
    move = torch.zeros(1, 2, 1, 1, requires_grad=True)
    optimiser = torch.optim.Adam([move], 0.1)
    for _ in range(150):
        optimiser.zero_grad()
        (warp(field, move.expand(1, 2, SIZE, SIZE)) - target)[..., 8:-8, 8:-8].square().mean().backward()
        optimiser.step()
    torch.testing.assert_close(move.detach().flatten(), torch.tensor([-2.0, 1.0]), rtol=0, atol=0.05)
