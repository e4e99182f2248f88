"""Faults that OF-Diff had: a scale that could not learn, a memory twice over, and one of another residual."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sequences import shower_sequence

from downbench import FitContext, UserError, build_config
from downbench_methods.base.network import Drawn
from downbench_methods.ofdiff.configuration import PRESETS, OFDiffConfig
from downbench_methods.ofdiff.method import OFDiff
from downbench_methods.ofdiff.model import OFDiffModel
from downbench_methods.ofdiff.warp import blurred_volume

SIZE, FACTOR = 32, 8


def configuration(**changes: object) -> OFDiffConfig:
    config = build_config("ofdiff", OFDiffConfig, PRESETS, "smoke", changes)
    assert isinstance(config, OFDiffConfig)
    return config


def clips(fine: torch.Tensor) -> dict[str, torch.Tensor]:
    """A batch of clips of a truth (B, T, H, W), with its block means as coarse rain."""
    coarse = torch.nn.functional.avg_pool2d(fine, FACTOR)[:, :, None]
    return {
        "coarse": coarse,
        "relief": fine[:, :0],
        "fine": fine,
        "valid": torch.ones_like(fine, dtype=torch.bool),
        "index": torch.arange(len(fine)),
        "seed": torch.arange(len(fine)),
    }


def scale_space(**changes: object) -> OFDiffModel:
    torch.manual_seed(0)
    config = configuration(flow_channels=3, flow_grid="fine", history="generated", **changes)
    return OFDiffModel(config, 1, FACTOR, None)


def test_the_scale_of_a_fresh_network_has_a_gradient() -> None:
    model = scale_space()
    batch = clips(torch.randn(2, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1)))
    model(batch, 0)["flow"].backward()
    rows = model.flow.head.weight.grad.view(3, -1)  # x, y and scale, each with its pixels' rows
    assert (rows.abs().sum(1) > 0).all()
    assert model.flow.head.bias.grad.view(3, -1)[2].abs().sum() > 0


def test_the_scale_rises_where_the_present_is_the_blurred_frame_before() -> None:
    model = scale_space()
    sharp = torch.randn(2, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(1))
    batch = clips(torch.cat([sharp, sharp, blurred_volume(sharp)[:, :, 3]], 1))
    optimiser = torch.optim.Adam(model.flow.head.parameters(), 0.05)
    before = float(model.training_condition(batch).flow[:, 2].detach().mean())
    for _ in range(40):
        optimiser.zero_grad()
        loss = model(batch, 0)["flow"]
        loss.backward()
        optimiser.step()
    after = float(model.training_condition(batch).flow[:, 2].detach().mean())
    assert before == pytest.approx(-1, abs=0.05)  # nearly the sharp frame
    assert after > -0.5  # level 3 of 0 to 5 is 0.2


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> OFDiff:
    changes = {"history": "generated", "noise_memory": "fitted", "flow_grid": "fine"}
    method = OFDiff(configuration(**changes))
    train, validation = (shower_sequence(8, (32, 40), seed, wind=True, relief=True) for seed in (0, 1))
    method.fit((train,), (validation,), FitContext(seed=2, directory=tmp_path_factory.mktemp("fit")))
    torch.manual_seed(0)
    torch.nn.init.normal_(method.module.denoiser.head.weight, std=0.1)  # type: ignore[union-attr]
    return method


def test_a_generated_history_has_no_memory_beside_its_own(generated: OFDiff) -> None:
    assert float(generated.module.memory) == 0  # type: ignore[union-attr]
    assert not generated.module.moving_memory.any()  # type: ignore[union-attr]
    with pytest.raises(UserError, match="noise_memory 8"):
        configuration(history="generated", noise_memory=8.0)
    with pytest.raises(UserError, match="noise_memory shared"):
        configuration(history="generated", noise_memory="shared")


def drawn(method: OFDiff, batch: dict[str, torch.Tensor], members: int) -> Drawn:
    """Members for clips, as the choice of a checkpoint draws them."""
    model, config = method.module, method.config
    assert isinstance(model, OFDiffModel)
    return method._draw(model, batch, members, config.solver, config.steps)


def test_a_generated_history_is_scored_on_samples(generated: OFDiff) -> None:
    """What is drawn for the choice of a checkpoint does not hang on the truth."""
    data = shower_sequence(8, (32, 40), 3, wind=True, relief=True)
    batch = generated.clips((data,), 5).batch(range(3))
    other = {**batch, "fine": batch["fine"] + 1}
    with torch.inference_mode():
        first, second = (drawn(generated, b, 2) for b in (batch, other))
    np.testing.assert_array_equal(first.members, second.members)
    assert not np.array_equal(first.rain, second.rain)
    assert not np.array_equal(first.members[0], first.members[1])


def test_the_draw_for_a_score_is_that_of_sampling(generated: OFDiff) -> None:
    """Clips whose earlier coarse frames differ give other last frames, beyond the frames that a flow sees."""
    data = shower_sequence(8, (32, 40), 3, wind=True, relief=True)
    batch = generated.clips((data,), 5).of_length(6).batch(range(2))
    changed = {**batch, "coarse": batch["coarse"].clone()}
    changed["coarse"][:, 0] += 2  # six frames; the flow of the last one sees three
    with torch.inference_mode():
        first, second = (drawn(generated, b, 1) for b in (batch, changed))
    assert np.abs(first.members - second.members).max() > 1e-4


def in_blocks(r: float) -> torch.Tensor:
    """Rain whose blocks of cells change from frame to frame, with a lag-1 correlation of r: (16, 4, H, W)."""
    generator = torch.Generator().manual_seed(0)
    frames = [torch.randn(16, 4, 4, generator=generator)]
    for _ in range(3):
        new = torch.randn(16, 4, 4, generator=generator)
        frames.append(r * frames[-1] + (1 - r * r) ** 0.5 * new)
    return torch.stack(frames, 1).repeat_interleave(FACTOR, -1).repeat_interleave(FACTOR, -2)


def in_cells(r: float) -> torch.Tensor:
    """The same cell by cell, beneath coarse rain that does not change."""
    generator = torch.Generator().manual_seed(0)
    frames = [torch.randn(16, SIZE, SIZE, generator=generator)]
    for _ in range(3):
        new = torch.randn(16, SIZE, SIZE, generator=generator)
        frames.append(r * frames[-1] + (1 - r * r) ** 0.5 * new)
    return torch.stack(frames, 1)


@pytest.mark.parametrize(("rain", "lasts"), [(in_blocks(0.5), False), (in_cells(0.6), True)])
def test_memory_is_that_of_the_residual_over_the_moved_frame(rain: torch.Tensor, lasts: bool) -> None:
    """A fresh flow moves nothing, so the residual is that over the prediction of the frame before.

    Where blocks change, that swings about nothing, though what is left over the frame's own prediction lasts.
    """
    config = configuration(residual="additive", mean_network="interpolation", flow_grid="fine")
    model = OFDiffModel(config, 1, FACTOR, None)
    batch = clips(rain)
    model.fit_memory([batch], 3.0)
    predicted = torch.nn.functional.interpolate(batch["coarse"][:, 1:3, 0], scale_factor=8, mode="bilinear")
    before, now = (rain[:, 2:] - predicted).unbind(1)
    r = float(torch.corrcoef(torch.stack([before.flatten(), now.flatten()]))[0, 1])
    assert (r > 0.1) is lasts
    assert float(model.memory) == pytest.approx(-3 / np.log(r) if lasts else 0, rel=0.01)
