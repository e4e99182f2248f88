"""Faults that OF-Diff had: a scale that could not learn, a memory twice over, and one of another residual."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sequences import make_sequence, shower_sequence

from downbench import FitContext, UserError, build_config
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
    return OFDiffModel(configuration(flow_channels=3, history="generated", **changes), 1, FACTOR, None)


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
    changes = {"history": "generated", "noise_memory": "fitted"}
    method = OFDiff(configuration(**changes))
    train, validation = (shower_sequence(8, (32, 40), seed, wind=True, relief=True) for seed in (0, 1))
    method.fit((train,), (validation,), FitContext(seed=2, directory=tmp_path_factory.mktemp("fit")))
    torch.manual_seed(0)
    torch.nn.init.normal_(method.module.denoiser.head.weight, std=0.1)  # type: ignore[union-attr]
    return method


def test_a_generated_history_has_no_memory_beside_its_own(generated: OFDiff) -> None:
    assert float(generated.module.memory) == 0  # type: ignore[union-attr]
    assert float(generated.module.moving_memory) == 0  # type: ignore[union-attr]
    with pytest.raises(UserError, match="noise_memory 8"):
        configuration(history="generated", noise_memory=8.0)
    with pytest.raises(UserError, match="noise_memory shared"):
        configuration(history="generated", noise_memory="shared")


def test_a_generated_history_is_scored_and_calibrated_on_samples(generated: OFDiff) -> None:
    """What is drawn for the choice of a checkpoint hangs on the truth in nothing but what it is compared with."""
    data = shower_sequence(8, (32, 40), 3, wind=True, relief=True)
    batch = generated.clips((data,), 5).batch(range(3))
    other = {**batch, "fine": batch["fine"] + 1}
    with torch.inference_mode():
        first, second = (generated.drawn(generated.module, b, 2) for b in (batch, other))  # type: ignore[arg-type]
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
        first, second = (generated.drawn(generated.module, b, 1) for b in (batch, changed))  # type: ignore[arg-type]
    assert np.abs(first.members - second.members).max() > 1e-4


@pytest.mark.parametrize("share", [0.8, 0.3])
def test_memory_is_that_of_the_residual_over_the_moved_frame(share: float, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Over the frame before, an autoregressive process of r leaves a residual with lag-1 correlation (r - 1) / 2.

    That of rain itself over a smooth prediction is r, which the memory was fitted to.
    """
    generator = np.random.default_rng(0)
    log = [generator.standard_normal((1, 64, 64))]
    for _ in range(39):
        log.append(share * log[-1] + np.sqrt(1 - share**2) * generator.standard_normal((1, 64, 64)))
    train = make_sequence(np.exp(np.stack(log)).astype(np.float32), hours=3)
    changes = {"residual": "additive", "batch": 16, "history": "deterministic", "noise_memory": "fitted"}
    method = OFDiff(configuration(**changes))
    method.fit((train,), (), FitContext(seed=2, directory=tmp_path))
    truth_as_history = {"history": "generated"}  # the frame before itself is moved, by a flow of zero
    model = OFDiffModel(configuration(residual="additive", **truth_as_history), 1, FACTOR, None)
    batch = method.clips((train,), 0).of_length(4).batch(range(16))
    residual = model.residual({**batch})
    before, now = residual[:, 0].flatten(), residual[:, 1].flatten()
    assert float(torch.corrcoef(torch.stack([before, now]))[0, 1]) == pytest.approx((share - 1) / 2, abs=0.03)
    # with predictions as history it is what is left of rain over them, frame by frame with their own past
    longer = method.clips((train,), 0).of_length(4)
    model = method.module  # type: ignore[assignment]
    with torch.no_grad():
        batches = [longer.batch(range(16))]
        model.fit_memory(batches, 3.0)
        moved = model.condition(batches[0]["coarse"], batches[0]["relief"])
    left = (batches[0]["fine"][:, 2:].flatten(0, 1)[:, None] - moved.warped).view(16, 2, 32, 32)
    r = torch.corrcoef(torch.stack([left[:, 0].flatten(), left[:, 1].flatten()]))[0, 1]
    assert np.exp(-3 / float(model.memory)) == pytest.approx(float(r), abs=0.02)
