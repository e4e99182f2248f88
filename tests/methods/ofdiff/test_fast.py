"""``ofdiff-fast``: begins as OF-Diff's own training, then agrees with itself at two levels of noise.

That two evaluations are then enough, tests/methods/test_two_modes.py shows.
"""

from __future__ import annotations

import pytest
import torch

from downbench import build_config
from downbench_methods.diffusion.schedule import alpha_sigma
from downbench_methods.ofdiff.fast import OFDiffFast, OFDiffFastModel, span_at
from downbench_methods.ofdiff.model import OFDiffModel


@pytest.fixture
def model():
    config = build_config("toy", OFDiffFast.Config, OFDiffFast.presets, "smoke", {"flow": False, "order": 0})
    torch.manual_seed(0)
    made = OFDiffFastModel(config, 1, 8, None)
    torch.nn.init.normal_(made.denoiser.head.weight, std=0.3)
    return made


@pytest.fixture
def example(model):
    generator = torch.Generator().manual_seed(1)
    target, noise = (torch.randn(3, 1, 32, 32, generator=generator) for _ in range(2))
    with torch.no_grad():
        condition = model.condition(torch.zeros(3, 1, 1, 4, 4), torch.zeros(3, 0, 32, 32))
    return target, noise, torch.tensor([-4.0, 0.0, 3.0]), condition, torch.ones_like(target), 1


def test_without_a_lower_level_the_loss_is_that_of_diffusion(model, example):
    with torch.no_grad():
        torch.testing.assert_close(
            model.loss_at(*example), OFDiffModel.loss_at(model, *example), rtol=1e-4, atol=1e-5
        )


def test_the_goal_is_what_the_network_makes_out_at_the_lower_level(model, example):
    target, noise, logsnr, condition, _, _ = example
    model.span.fill_(0.25)
    lower = -2 * torch.log(torch.exp(-logsnr / 2) * 0.75)  # three quarters of the noise over the signal
    with torch.no_grad():
        fields = [
            model.clean(a * target + s * noise, level, condition, 1)
            for level in (logsnr, lower)
            for a, s in (alpha_sigma(level),)
        ]
        sigma = alpha_sigma(logsnr)[1]
        want = (((fields[0] - fields[1]) / sigma) ** 2).mean() / 0.25
        torch.testing.assert_close(model.loss_at(*example), want)


def test_no_gradient_reaches_the_goal(model, example):
    """Moving both levels' fields together must not look like learning."""
    model.span.fill_(0.5)
    calls = []
    clean = model.clean
    model.clean = lambda *args: calls.append(torch.is_grad_enabled()) or clean(*args)
    model.loss_at(*example).backward()
    assert calls == [True, False]


def test_the_two_levels_come_closer_by_halves():
    config = OFDiffFast.Config(diffusion_share=0.5, halvings=4)
    spans = [span_at(step, 800, config) for step in range(800)]
    assert spans[:400] == [1.0] * 400
    assert [spans[k] for k in (400, 499, 500, 600, 700, 799)] == [1 / 2, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 16]
