"""Window attention over clips against its definition, and what a network over frames can see."""

import numpy as np
import pytest
import torch

from downbench import UserError, build_config
from downbench_methods.networks.clip_swin import ClipAttention, ClipSwinIR
from downbench_methods.networks.swinir import SwinIR
from downbench_methods.networks.window_attention import WindowAttention
from downbench_methods.regression.video_swin import VideoSwin, VideoSwinModel


def attention(frames, shift=0, window=2):
    torch.manual_seed(0)
    module = ClipAttention(8, 2, window, shift, frames)
    torch.nn.init.normal_(module.bias)
    return module.eval()


def test_of_one_frame_it_is_swin_attention():
    for shift in (0, 1):
        clip = attention(1, shift)
        image = WindowAttention(8, 2, 2, shift)
        image.load_state_dict(clip.state_dict())
        x = torch.randn(3, 6, 4, 8)
        torch.testing.assert_close(clip(x), image(x))


def test_it_is_attention_between_the_cells_of_a_window_in_all_frames():
    module, x = attention(3), torch.randn(3, 2, 2, 8)
    cells = [(t, i, j) for t in range(3) for i in range(2) for j in range(2)]
    with torch.no_grad():
        q, k, v = module.qkv(x.view(-1, 8)).view(12, 3, 2, 4).unbind(1)
        heads = []
        for head in range(2):
            score = q[:, head] @ k[:, head].T / 2  # the square root of the width
            for a, (t, i, j) in enumerate(cells):
                for b, (s, m, n) in enumerate(cells):
                    place = (t - s + 2) * 9 + (i - m + 1) * 3 + (j - n + 1)
                    score[a, b] += module.bias[place, head]
            heads.append(score.softmax(-1) @ v[:, head])
        expected = module.project(torch.cat(heads, -1)).view_as(x)
        torch.testing.assert_close(module(x), expected)


def test_shifted_windows_do_not_wrap_around():
    module, x = attention(2, shift=1), torch.randn(2, 4, 6, 8)
    other = x.clone()
    other[:, 0] += 5  # the first row must not reach the last one
    with torch.no_grad():
        torch.testing.assert_close(module(other)[:, -1], module(x)[:, -1])


def network(frames=3):
    torch.manual_seed(0)
    return ClipSwinIR(2, 8, 16, (2,), 2, 4, 2.0, 8, "1conv", True, frames=frames).eval()


def test_every_frame_counts_and_clips_do_not_mix():
    net, x = network(), torch.randn(2, 3, 2, 5, 7)
    with torch.no_grad():
        whole = net(x)
        assert whole.shape == (2, 1, 40, 56)
        torch.testing.assert_close(net(x[:1]), whole[:1])
        for frame in range(3):
            other = x.clone()
            other[:, frame, 1] += 1
            assert (net(other) - whole).abs().max() > 1e-6


def test_of_one_frame_it_has_the_parameters_of_swin_ir():
    image = SwinIR(2, 8, 16, (2,), 2, 4, 2.0, 8, "1conv", True)
    assert {n: p.shape for n, p in network(1).named_parameters()} == {
        n: p.shape for n, p in image.named_parameters()
    }


def test_it_learns_what_only_other_frames_tell():
    """Rain that is the mean of the frames before and after cannot be told from its own coarse frame."""
    config = build_config("video", VideoSwin.Config, VideoSwin.presets, "smoke", {"swin_skip": False})
    torch.manual_seed(0)
    model = VideoSwinModel(config, 1, 8)
    optimiser = torch.optim.Adam(model.parameters(), 5e-3)
    generator = torch.Generator().manual_seed(0)
    for _ in range(100):
        coarse = torch.randn(16, 3, 1, 1, 1, generator=generator).expand(-1, -1, -1, 2, 2)
        fine = (coarse[:, :1, 0] + coarse[:, 2:, 0]).repeat_interleave(8, 2).repeat_interleave(8, 3) / 2
        fine = fine.expand(-1, 3, -1, -1)
        batch = {"coarse": coarse, "fine": fine, "valid": torch.ones_like(fine, dtype=torch.bool)}
        loss = model(batch, 0)["loss"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert float(loss.detach()) < 0.1  # 0.5 without the other frames


def test_a_clip_needs_a_middle():
    with pytest.raises(UserError, match="middle"):
        build_config("video", VideoSwin.Config, VideoSwin.presets, "tiny", {"clip": 4})


def test_presets_grow():
    sizes = [
        VideoSwin.parameters(build_config("video", VideoSwin.Config, VideoSwin.presets, name, {}), 12)[
            "network"
        ]
        for name in ("smoke", "tiny", "small", "paper")
    ]
    assert np.all(np.diff(sizes) > 0)


@pytest.mark.parametrize(("loss", "expected"), [("mse", 4.0), ("mae", 2.0), ("quantile", 1.8)])
def test_losses_of_a_constant_error_in_the_middle_frame(loss, expected):
    changes = {"loss": loss, "quantile": 0.9}
    config = build_config("video-swin", VideoSwin.Config, VideoSwin.presets, "smoke", changes)
    torch.manual_seed(0)
    model = VideoSwinModel(config, 2, 8)
    coarse = torch.randn(2, 3, 2, 4, 4)
    fine = torch.zeros(2, 3, 32, 32)
    fine[:, 1] = model.network(coarse)[:, 0].detach() + 2  # predicted too little by 2
    batch = {"coarse": coarse, "fine": fine, "valid": torch.ones_like(fine, dtype=torch.bool)}
    assert float(model(batch, 0)["loss"]) == pytest.approx(expected, rel=1e-5)
