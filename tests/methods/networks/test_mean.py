"""Deterministic networks that a distribution rests on."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from downbench_methods.networks.mean import Interpolation, build_mean
from downbench_methods.ofdiff.configuration import PRESETS, OFDiffConfig


def mean(network, channels=3):
    torch.manual_seed(0)
    sizes = OFDiffConfig(**PRESETS["smoke"])
    return build_mean(network, sizes, sizes, channels, 8)


COARSE = torch.randn(2, 3, 4, 6, generator=torch.Generator().manual_seed(1))
SMOOTH = F.interpolate(COARSE[:, :1], scale_factor=8, mode="bilinear", align_corners=False)


def test_interpolation_is_that_of_torch_and_learns_nothing():
    network = Interpolation(8)
    torch.testing.assert_close(network(COARSE), SMOOTH)
    assert list(network.parameters()) == []


@pytest.mark.parametrize("network", ["swin-ir", "unet", "interpolation"])
def test_any_network_gives_one_map_of_rain_on_the_fine_grid(network):
    assert mean(network)(COARSE).shape == (2, 1, 32, 48)


def test_an_untrained_u_net_starts_from_the_interpolated_rain():
    """Its head begins at zero, so the correction does."""
    torch.testing.assert_close(mean("unet")(COARSE), SMOOTH)


@pytest.mark.parametrize("network", ["swin-ir", "unet"])
def test_other_fields_than_rain_count(network):
    built = mean(network)
    for parameter in built.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    other = COARSE.clone()
    other[:, 2] += 1
    assert not torch.allclose(built(other), built(COARSE))
