"""What a plain network is handed, and what becomes of what it gives."""

import pytest
import torch
from torch import nn
from torch.nn.functional import interpolate

from downbench import UserError
from downbench_methods.toolkit.field_network import FieldNetwork


class Recorded(nn.Module):
    """Remembers the maps that it saw, and gives the last of them, ``finer`` times finer."""

    def __init__(self, finer=1):
        super().__init__()
        self.finer = finer

    def forward(self, x):
        self.seen = x
        return x[:, -1:].repeat_interleave(self.finer, 2).repeat_interleave(self.finer, 3)


def fields(factor=4, height=3, width=5):
    """Coarse rain, wind and relief; relief and noise on the fine grid."""
    torch.manual_seed(0)
    fine = (height * factor, width * factor)
    return torch.randn(2, 3, height, width), torch.randn(2, 1, *fine), torch.randn(2, 1, *fine)


def test_the_fine_grid_has_interpolated_fields_the_fine_relief_and_noise():
    coarse, relief, noise = fields()
    network = Recorded()
    made = FieldNetwork(network, "fine", 4, relief=2, noise_maps=1)(coarse, relief, noise)
    seen = interpolate(coarse, scale_factor=4, mode="bilinear")
    torch.testing.assert_close(network.seen, torch.cat([seen[:, :2], relief, noise], 1))
    torch.testing.assert_close(made, seen[:, :1] + noise)  # what it gives is added to the rain


def test_the_coarse_grid_has_coarse_fields_and_coarse_noise():
    coarse, relief, _ = fields()
    noise = torch.randn(2, 1, 3, 5)
    network = Recorded(finer=4)
    wrapped = FieldNetwork(network, "coarse", 4, relief=2, noise_maps=1, residual=False)
    assert wrapped.noise_density == 1
    made = wrapped(coarse, relief, noise)
    torch.testing.assert_close(network.seen, torch.cat([coarse, noise], 1))
    torch.testing.assert_close(made, interpolate(noise, scale_factor=4))


@pytest.mark.parametrize(("grid", "finer", "padded"), [("fine", 1, (16, 24)), ("coarse", 4, (8, 8))])
def test_maps_are_padded_to_a_multiple_and_cut_again(grid, finer, padded):
    """12 x 20 fine cells of 3 x 5 coarse ones, for a network that halves its maps three times."""
    coarse, relief, _ = fields()
    network = Recorded(finer)
    made = FieldNetwork(network, grid, 4, relief=2, multiple=8, residual=False)(coarse, relief, None)
    assert network.seen.shape[-2:] == padded
    whole = Recorded(finer)
    expected = FieldNetwork(whole, grid, 4, relief=2, residual=False)(coarse, relief, None)
    torch.testing.assert_close(made, expected)


def test_a_network_that_gives_another_shape_is_told_so():
    coarse, relief, _ = fields()
    with pytest.raises(UserError, match=r"Conv2d makes \(2, 7, 12, 20\) of maps \(2, 3, 12, 20\)") as error:
        FieldNetwork(nn.Conv2d(3, 7, 1), "fine", 4, relief=2)(coarse, relief, None)
    assert "multiple = 2**n" in error.value.hint
