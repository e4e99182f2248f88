"""What the frames before add: nothing at first, and only where they are, once it speaks."""

import pytest
import torch

from downbench import build_config
from downbench_methods.diffusion.schedule import alpha_sigma
from downbench_methods.ofdiff.configuration import PRESETS, OFDiffConfig
from downbench_methods.ofdiff.model import OFDiffModel
from downbench_methods.ofdiff.past import Past


def configuration(**changes):
    """Rain relative to the prediction, so that what the past does to it shows in the reference."""
    settings = {"flow_grid": "coarse", "relative_to": "prediction", **changes}
    return build_config("ofdiff", OFDiffConfig, PRESETS, "smoke", settings)


def bump(centre):
    """Coarse rain (1, 1, 16, 16) around a centre (x, y)."""
    axis = torch.arange(16, dtype=torch.float32)
    square = (axis[:, None] - centre[1]).square() + (axis - centre[0]).square()
    return 3 * torch.exp(-square / 12)[None, None]


def test_motions_are_those_over_one_step_and_over_two():
    coarse = torch.stack([bump((6, 9)), bump((7, 8.5)), bump((8, 8))], 1)
    last, before = Past(2, 1, 8, 0, 8).motions(coarse)
    middle = (0, slice(None), 8, 8)
    torch.testing.assert_close(last[middle], torch.tensor([-1.0, 0.5]), rtol=0, atol=0.1)
    torch.testing.assert_close(before[middle], torch.tensor([-2.0, 1.0]), rtol=0, atol=0.2)


@pytest.fixture
def clip():
    generator = torch.Generator().manual_seed(0)
    fine = torch.randn(2, 3, 32, 32, generator=generator)
    return {
        "coarse": torch.randn(2, 3, 2, 4, 4, generator=generator),
        "relief": torch.zeros(2, 0, 32, 32),
        "fine": fine,
        "valid": torch.ones(fine.shape, dtype=torch.bool),
        "index": torch.arange(2),
        "seed": torch.tensor([3, 4]),
    }


@pytest.mark.parametrize("relative_to", ["prediction", "interpolation"])
def test_training_begins_as_that_of_the_model_without_flow(clip, relative_to):
    """With the same weights in what both have, the denoiser answers the same: no past can mislead it."""
    torch.manual_seed(0)
    full = OFDiffModel(configuration(relative_to=relative_to), 2, 8, None)
    torch.nn.init.normal_(full.denoiser.head.weight, std=0.3)
    plain = OFDiffModel(configuration(flow=False, relative_to=relative_to), 2, 8, None)
    patch = full.config.unet_patch**2
    state = {k: v for k, v in full.state_dict().items() if not k.startswith("past_frames.")}
    # of noise, reference, field, prediction and two maps, the maps have no counterpart
    state["denoiser.stem.weight"] = state["denoiser.stem.weight"][:, : 4 * patch]
    plain.load_state_dict(state)
    noise, level = torch.randn(2, 1, 32, 32), torch.tensor([-1.0, 1.0])
    with torch.no_grad():
        seen = [model.condition(clip["coarse"], clip["relief"]) for model in (full, plain)]
        a, b = (m.denoise(noise, level, c, 1) for m, c in zip((full, plain), seen, strict=True))
        torch.testing.assert_close(seen[0].reference, seen[1].reference)
        torch.testing.assert_close(a, b)
        assert float(a.std()) > 0.01
        torch.nn.init.normal_(full.past_frames.head.weight, std=0.1)
        other = full.condition(clip["coarse"], clip["relief"])
    assert not torch.allclose(other.seen[:, :3], seen[1].seen)
    assert torch.equal(other.reference, seen[1].reference) is (relative_to == "interpolation")


@pytest.mark.parametrize("changes", [{}, {"order": 0}, {"history": "generated"}, {"denoiser_maps": False}])
@pytest.mark.parametrize(
    "rain",
    [
        {"residual": "additive"},
        {"residual": "normal-scores"},
        {"residual": "normal-scores", "relative_to": "interpolation"},
    ],
)
def test_every_parameter_learns_once_it_speaks(clip, changes, rain):
    torch.manual_seed(0)
    model = OFDiffModel(configuration(**rain, **changes), 2, 8, None)
    for head in (model.past_frames.head, model.denoiser.head):
        torch.nn.init.normal_(head.weight, std=0.1)
    model.fit_scores([clip])
    model(clip, 0)["loss"].backward()
    assert not [n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_the_order_is_how_many_frames_before_count(order):
    torch.manual_seed(0)
    model = OFDiffModel(configuration(order=order, clip=4), 2, 8, None)
    torch.nn.init.normal_(model.past_frames.head.weight, std=0.1)
    coarse, relief = torch.randn(1, order + 1, 2, 4, 4), torch.zeros(1, 0, 32, 32)
    with torch.no_grad():
        base = model.condition(coarse, relief).reference
        for k in range(order + 1):
            changed = coarse.clone()
            changed[:, k] += torch.randn(2, 4, 4)
            assert not torch.allclose(model.condition(changed, relief).reference, base), k


def test_members_with_histories_of_their_own(clip):
    """Each is worked out as it is alone, and the present of a history does not count."""
    torch.manual_seed(0)
    model = OFDiffModel(configuration(history="generated"), 2, 8, None)
    torch.nn.init.normal_(model.past_frames.head.weight, std=0.1)
    history = torch.randn(6, 2, 32, 32)  # three members of each clip, side by side
    with torch.no_grad():
        moved = model.condition(clip["coarse"], clip["relief"], history)
        alone = model.condition(clip["coarse"], clip["relief"], history[[1, 4]])
        longer = torch.cat([history, torch.randn(6, 1, 32, 32)], 1)
        again = model.condition(clip["coarse"], clip["relief"], longer)
    torch.testing.assert_close(moved.seen[[1, 4]], alone.seen, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(moved.seen, again.seen)
    assert not torch.allclose(moved.seen[0], moved.seen[1])


def test_the_prediction_of_a_clip_s_first_frame_has_that_frame_as_its_past(clip):
    torch.manual_seed(0)
    model = OFDiffModel(configuration(), 2, 8, None)
    torch.nn.init.normal_(model.past_frames.head.weight, std=0.1)
    with torch.no_grad():
        all_frames = model.prediction(clip).view(2, 3, 32, 32)
        first = model.condition(clip["coarse"][:, :1].expand(-1, 3, -1, -1, -1), clip["relief"])
        last = model.condition(clip["coarse"], clip["relief"])
    torch.testing.assert_close(all_frames[:, 0], first.reference[:, 0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(all_frames[:, 2], last.reference[:, 0], rtol=1e-4, atol=1e-5)


def test_relative_to_interpolation_the_reference_is_torch_s_and_training_leaves_it(clip):
    """The prediction, however it changes, is something that the denoiser sees."""
    model = OFDiffModel(configuration(relative_to="interpolation"), 2, 8, None)
    rain = torch.nn.functional.interpolate(clip["coarse"][:, :, 0], scale_factor=8, mode="bilinear")
    with torch.no_grad():
        next(p for p in model.downscaler.parameters()).add_(1.0)
        moved = model.condition(clip["coarse"], clip["relief"])
        torch.testing.assert_close(moved.reference, rain[:, 2:])
        torch.testing.assert_close(model.reference(clip), rain[:, 2:])
        torch.testing.assert_close(model.prediction(clip).view_as(rain), rain)
    assert not torch.allclose(moved.warped, moved.reference)
    torch.testing.assert_close(moved.seen[:, :1], moved.warped)


def test_what_the_denoiser_knows_without_noise_has_no_part_in_the_residual_s_memory(clip):
    """Rain relative to interpolated rain lasts where its mean does; noise has the memory of the rest."""
    model = OFDiffModel(configuration(relative_to="interpolation"), 2, 8, None)
    model.fit_scores([clip])
    known = torch.randn(2, 1, 32, 32, generator=torch.Generator().manual_seed(1))

    def told(x, logsnr, condition, frames):
        alpha, sigma = alpha_sigma(logsnr)
        return (alpha * x - known) / sigma

    model.denoise = told
    with torch.no_grad():
        whole = model.encode(clip["fine"][:, 2:], model.reference(clip))
        torch.testing.assert_close(model.residual(clip), whole - known, rtol=1e-4, atol=1e-4)
