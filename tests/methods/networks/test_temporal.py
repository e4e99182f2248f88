"""Attention over time against its definition, and what a U-Net with it must keep."""

import torch

from downbench_methods.networks.temporal import REACH, TemporalAttention
from downbench_methods.networks.unet import UNet


def attention(frames=4):
    torch.manual_seed(0)
    module = TemporalAttention(8, heads=2, head_width=4)
    torch.nn.init.normal_(module.project.weight)
    torch.nn.init.normal_(module.bias)
    return module.eval(), torch.randn(2 * frames, 8, 3, 5)


def test_it_is_attention_between_the_same_pixel_of_a_clip():
    module, x = attention()
    with torch.no_grad():
        got = module(x, 4)
        clip, row, column = x.view(2, 4, 8, 3, 5), 1, 4
        tokens = module.norm(clip[1, :, :, row, column])  # (frames, C)
        q, k, v = module.qkv(tokens).view(4, 3, 2, 4).unbind(1)  # (frames, heads, width)
        heads = []
        for head in range(2):
            score = q[:, head] @ k[:, head].T / 2  # the square root of the width
            for i in range(4):
                for j in range(4):
                    score[i, j] += module.bias[head, i - j + REACH]
            heads.append(score.softmax(-1) @ v[:, head])
        expected = clip[1, :, :, row, column] + module.project(torch.cat(heads, -1))
    torch.testing.assert_close(got.view(2, 4, 8, 3, 5)[1, :, :, row, column], expected)


def test_clips_do_not_see_each_other():
    module, x = attention()
    other = x.clone()
    other[:4] = torch.randn(
        other[:4].shape
    )  # a constant added to all channels would be taken out by the norm
    with torch.no_grad():
        torch.testing.assert_close(module(other, 4)[4:], module(x, 4)[4:])
        assert not torch.allclose(module(other, 4)[:4] - other[:4], module(x, 4)[:4] - x[:4])


def unet(**kwargs):
    torch.manual_seed(0)
    net = UNet(2, 1, 16, (1, 2), heads=2, head_width=8, time_heads=2, **kwargs)
    torch.nn.init.normal_(net.head.weight)
    return net.eval()


def test_a_fresh_unet_treats_frames_one_by_one():
    net, x = unet(), torch.randn(6, 2, 16, 16)
    with torch.no_grad():
        torch.testing.assert_close(net(x, frames=3)[0], net(x, frames=1)[0])
        for module in net.modules():
            if isinstance(module, TemporalAttention):
                torch.nn.init.normal_(module.project.weight)
        assert not torch.allclose(net(x, frames=3)[0], net(x, frames=1)[0], atol=1e-3)


def test_maps_of_the_bottleneck_are_handed_over():
    first = unet(middle_maps=True)
    second = unet(middle_maps=True, conditioned=True)
    x = torch.randn(4, 2, 16, 16)
    maps = first(x, frames=2)[1]
    assert len(maps) == 2 * 2 + 2
    out = second(x, maps=maps, frames=2)[0]
    out.square().sum().backward()
    silent = [name for name, p in first.named_parameters() if p.grad is None and name.startswith("middle")]
    assert silent == []
