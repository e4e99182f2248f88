"""The U-Net: published sizes, blocks against other formulations, any image size."""

import pytest
import torch
from torch import nn

from downbench_methods.networks.blocks import Attention, ChannelNorm, StandardisedConv
from downbench_methods.networks.unet import UNet


def count(network):
    return sum(p.numel() for p in network.parameters())


def small(**kwargs):
    torch.manual_seed(0)
    network = UNet(3, 1, 16, (1, 2), heads=2, head_width=8, **kwargs)
    nn.init.normal_(network.head.weight)
    return network


def test_sizes_of_the_paper():
    with torch.device("meta"):
        flow = UNet(36, 2)
        denoiser = UNet(13, 1, noise_embedding=True, conditioned=True)
    assert count(flow) == pytest.approx(15.66e6, rel=0.01)
    assert count(denoiser) == pytest.approx(19.28e6, rel=0.01)


def test_twelve_maps_on_six_levels():
    network = UNet(2, 2, 8, (1, 1, 1, 1, 1, 1), heads=1, head_width=8)
    _, maps = network(torch.randn(1, 2, 64, 64))
    assert [m.shape[-1] for m in maps] == [64, 64, 32, 32, 16, 16, 8, 8, 4, 4, 2, 2]


def test_standardised_convolution_ignores_scale_and_offset_of_its_kernels():
    torch.manual_seed(0)
    layer = StandardisedConv(4, 6, 3, padding=1)
    x = torch.randn(2, 4, 5, 5)
    before = layer(x)
    with torch.no_grad():
        layer.weight.mul_(3).add_(0.7)
    torch.testing.assert_close(layer(x), before, rtol=2e-3, atol=2e-3)  # up to its epsilon


def test_channel_norm_is_layer_norm_over_channels():
    x = torch.randn(2, 6, 3, 4)
    expected = nn.functional.layer_norm(x.movedim(1, -1), (6,)).movedim(-1, 1)
    torch.testing.assert_close(ChannelNorm(6)(x), expected)


def test_full_attention_is_torch_multihead_attention():
    torch.manual_seed(0)
    ours = Attention(16, 2, 8, linear=False)
    theirs = nn.MultiheadAttention(16, 2, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(ours.qkv.weight[:, :, 0, 0])
        theirs.out_proj.weight.copy_(ours.project.weight[:, :, 0, 0])
        theirs.out_proj.bias.copy_(ours.project.bias)
        theirs.in_proj_bias.zero_()
    x = torch.randn(2, 16, 4, 6)
    tokens = ours.norm(x).flatten(2).mT
    expected = x + theirs(tokens, tokens, tokens)[0].mT.reshape(x.shape)
    torch.testing.assert_close(ours(x), expected, rtol=1e-4, atol=1e-5)


def test_linear_attention_is_its_quadratic_form():
    torch.manual_seed(0)
    layer = Attention(16, 2, 8, linear=True)
    x = torch.randn(1, 16, 3, 5)
    q, k, v = layer.qkv(layer.norm(x)).reshape(1, 3, 2, 8, 15).unbind(1)
    weight = torch.einsum("bhdn,bhdm->bhnm", q.softmax(2), k.softmax(3)) * 8**-0.5  # (pixels, pixels)
    y = torch.einsum("bhnm,bhem->bhen", weight, v).reshape(1, 16, 3, 5)
    torch.testing.assert_close(layer(x), x + layer.project(y), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("patch", [1, 2, 4])
@pytest.mark.parametrize("size", [(16, 16), (24, 40), (9, 11), (1, 3)])
def test_any_size(size, patch):
    network = small(patch=patch, noise_embedding=True, conditioned=True)
    told = UNet(2, 2, 16, (1, 2), heads=2, head_width=8, patch=patch)
    _, maps = told(torch.randn(2, 2, *size))
    out, _ = network(torch.randn(2, 3, *size), torch.zeros(2), maps)
    assert out.shape == (2, 1, *size)
    assert out.isfinite().all()


def test_noise_level_and_maps_are_heard():
    network = small(noise_embedding=True, conditioned=True)
    x = torch.randn(2, 3, 16, 16)
    _, maps = small()(torch.randn(2, 3, 16, 16))
    levels = torch.tensor([-3.0, 3.0])
    out = network(x, levels, maps)[0]
    assert (network(x, -levels, maps)[0] - out).abs().max() > 1e-3
    for i in range(len(maps)):
        changed = [m + 1.0 if i == j else m for j, m in enumerate(maps)]
        assert (network(x, levels, changed)[0] - out).abs().max() > 1e-6, i


def test_images_of_a_batch_do_not_mix():
    network = small(attention="all")
    x = torch.randn(3, 3, 16, 16)
    torch.testing.assert_close(network(x)[0][1:2], network(x[1:2])[0], rtol=1e-4, atol=1e-5)
