"""Motion of coarse rain against displacements that are known."""

import numpy as np
import pytest
import torch

from downbench_methods.ofdiff.motion import motion

SIZE = 24
INSIDE = (slice(None), slice(None), slice(5, -5), slice(5, -5))


def rain(seed: int = 0):
    """A smooth field that is defined everywhere, as a function of y and x in cells."""
    generator = np.random.default_rng(seed)
    waves = torch.tensor(generator.normal(0, 0.35, (30, 2)), dtype=torch.float32)
    phases = torch.tensor(generator.uniform(0, 6.3, 30), dtype=torch.float32)

    def field(y, x):
        return torch.cos(
            waves[:, 0, None, None] * y + waves[:, 1, None, None] * x + phases[:, None, None]
        ).mean(0)

    return field


def frames(move):
    """Two frames (1, 1, SIZE, SIZE) of rain that moves by (x, y) cells."""
    axis = torch.arange(SIZE, dtype=torch.float32)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    field = rain()
    return field(y, x)[None, None], field(y - move[1], x - move[0])[None, None]


@pytest.mark.parametrize("move", [(1.0, -0.25), (-0.4, 0.7), (2.0, 1.0)])
def test_rain_that_moves_is_followed_back(move):
    """Within a tenth of a cell, which is less than a fine cell."""
    flow = motion(*frames(move))[INSIDE]
    torch.testing.assert_close(flow.mean((0, 2, 3)), -torch.tensor(move), rtol=0, atol=0.1)
    assert float(flow.std((2, 3)).max()) < 0.2


def test_what_does_not_move_or_is_dry_has_no_motion():
    before, _ = frames((0, 0))
    assert float(motion(before, before).abs().max()) < 1e-4
    assert float(motion(torch.zeros_like(before), torch.zeros_like(before)).abs().max()) == 0


def test_motion_turns_with_the_field():
    before, now = frames((0.8, -0.3))
    flow, turned = motion(before, now), motion(before.mT, now.mT)
    torch.testing.assert_close(turned, flow.mT.flip(1), rtol=0, atol=1e-4)
