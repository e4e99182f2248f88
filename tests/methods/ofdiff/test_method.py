"""OF-Diff whole: sizes, losses, invariances of its samples, saving and loading."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from sequences import shower_sequence

from downbench import FitContext, SampleContext, UserError, block_mean, build_config
from downbench_methods.base.network import fair_crps
from downbench_methods.fields.windows import blend, starts
from downbench_methods.ofdiff.configuration import PRESETS, OFDiffConfig
from downbench_methods.ofdiff.method import OFDiff
from downbench_methods.ofdiff.model import OFDiffModel

properscoring = pytest.importorskip("properscoring")


def configuration(**changes):
    return build_config("ofdiff", OFDiffConfig, PRESETS, "smoke", changes)


def sequence(frames=8, height=32, width=40, seed=0):
    return shower_sequence(frames, (height, width), seed, wind=True, relief=True)


def fit(directory, **changes):
    directory.mkdir(exist_ok=True)
    method = OFDiff(configuration(**changes))
    method.fit((sequence(),), (sequence(seed=1),), FitContext(seed=2, directory=directory))
    # heads start at zero, so a few steps leave flow and residual next to nothing: make them speak
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        torch.nn.init.normal_(method.module.past_frames.head.weight, std=0.03)
        torch.nn.init.normal_(method.module.denoiser.head.weight, std=0.1)
    return method


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    return fit(tmp_path_factory.mktemp("fit"))


def sample(method, members=3, data=None, seed=0, **kwargs):
    data = data or sequence(seed=3)
    context = SampleContext(seed=seed, sequence="s", tile=0, **kwargs)
    parts = list(method.sample(data.coarse.isel(tile=0), data.static.isel(tile=0), members, context))
    made = xr.concat(parts, "time")
    return made.sel(time=made.time >= data.coarse.time[context.start])  # earlier frames may come too


def with_config(method, **changes):
    """The same weights sampled with other settings."""
    other = OFDiff(method.config.model_copy(update=changes))
    other.transform, other.factor, other.finisher = method.transform, method.factor, method.finisher
    other.module = other.build()
    other.module.load_state_dict(method.module.state_dict())
    return other


def test_sizes_of_the_paper():
    counts = OFDiff.parameters(build_config("ofdiff", OFDiffConfig, PRESETS, "paper", {}), 12)
    expected = {"swinir": 15.65e6, "flow": 15.66e6, "denoiser": 19.28e6, "total": 50.6e6}
    assert counts.keys() == expected.keys()
    for name, value in expected.items():
        assert counts[name] == pytest.approx(value, rel=0.01), name


def test_settings_of_the_paper():
    config = build_config("ofdiff", OFDiffConfig, PRESETS, "paper", {})
    assert (config.train_steps, config.lr, config.lr_end, config.clip) == (700_000, 1e-4, 5e-7, 7)
    assert (config.ema, config.gradient_clip, config.adam) == (0.995, 1.0, (0.9, 0.99))
    assert (config.schedule, config.noise_steps, config.solver, config.steps) == ("sigmoid", 1500, "ddim", 20)
    assert (config.loss_diffusion, config.loss_mean, config.loss_flow) == (1.7, 1.0, 0.3)
    assert (config.residual, config.wiener, config.conserve, config.swin_skip) == (
        "additive",
        False,
        False,
        False,
    )


def random_batch(channels, frames, size, batch=1):
    generator = torch.Generator().manual_seed(0)
    coarse = torch.randn(batch, frames, channels, size // 8, size // 8, generator=generator)
    fine = torch.randn(batch, frames, size, size, generator=generator)
    relief = torch.randn(batch, 1, size, size, generator=generator)
    return {
        "coarse": coarse,
        "relief": relief,
        "fine": fine,
        "valid": torch.ones_like(fine, dtype=torch.bool),
        "index": torch.arange(batch),
        "seed": torch.arange(batch),
    }


@pytest.mark.slow
def test_a_training_step_at_the_paper_s_sizes():
    config = build_config("ofdiff", OFDiffConfig, PRESETS, "paper", {})
    torch.manual_seed(0)
    model = OFDiffModel(config, 12, 8, relief=11)
    optimiser = torch.optim.Adam(model.parameters(), config.lr, config.adam)
    losses = model(random_batch(12, 7, 48), seed=0)
    losses["loss"].backward()
    assert torch.nn.utils.clip_grad_norm_(model.parameters(), config.gradient_clip).isfinite()
    optimiser.step()
    expected = 1.7 * losses["diffusion"] + losses["mean"] + 0.3 * losses["flow"]
    torch.testing.assert_close(losses["loss"], expected)


@pytest.mark.parametrize("flow_channels", [2, 3])
@pytest.mark.parametrize("history", ["deterministic", "generated"])
@pytest.mark.parametrize("frames", [3, 5])
def test_every_parameter_learns_end_to_end(flow_channels, history, frames):
    torch.manual_seed(0)
    model = OFDiffModel(
        configuration(flow_channels=flow_channels, history=history, residual="additive", flow_grid="fine"),
        3,
        8,
        2,
    )
    for head in (model.flow.head, model.denoiser.head):
        torch.nn.init.normal_(head.weight, std=0.1)
    model(random_batch(3, frames, 32, batch=2), seed=0)["loss"].backward()
    silent = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    # the last maps of the contracting paths end in the head only; keys of full attention have no bias
    assert not silent


def test_flow_loss_is_about_the_warped_frame():
    """The published code compared residual and warped frame; a perfect warp must give zero."""
    torch.manual_seed(0)
    model = OFDiffModel(configuration(history="generated", flow_grid="fine"), 1, 8, None)
    batch = random_batch(1, 3, 32)
    batch["fine"] = batch["fine"][:, :1].expand(-1, 3, -1, -1)  # nothing moves, and a fresh flow is zero
    batch["relief"] = batch["relief"][:, :0]
    assert model(batch, seed=0)["flow"] < 1e-9


def test_missing_pixels_carry_no_loss():
    torch.manual_seed(0)
    model = OFDiffModel(configuration(), 2, 8, 1)
    batch = random_batch(2, 3, 32)
    batch["valid"][..., :10] = False
    first = model(batch, seed=0)["mean"]
    batch["fine"] = batch["fine"].clone()
    batch["fine"][..., :10] = 50.0
    torch.testing.assert_close(model(batch, seed=0)["mean"], first)


@pytest.mark.parametrize("residual", ["additive", "normal-scores"])
def test_decoding_inverts_encoding(residual):
    torch.manual_seed(0)
    model = OFDiffModel(configuration(residual=residual), 1, 8, None)
    batch = random_batch(1, 3, 64, batch=4)
    batch["fine"] = batch["fine"].clamp(min=-0.5)
    model.fit_scores([batch])
    rain = batch["fine"][:, 2:].flatten(0, 1)[:, None]
    reference = model.condition(batch["coarse"], batch["relief"][:, :0]).reference
    back = model.decode(model.encode(rain, reference), reference)
    assert ((back - rain).abs() < 0.02).float().mean() > 0.95


def test_conserved_samples_give_the_input_back(fitted):
    rain = sample(with_config(fitted, conserve=True))
    coarse = sequence(seed=3).coarse["precipitation"].isel(tile=0).to_numpy()
    given_back = block_mean(rain.to_numpy(), 8)
    np.testing.assert_allclose(given_back, np.broadcast_to(coarse, given_back.shape), rtol=1e-3, atol=1e-5)


def test_samples_are_rain(fitted):
    rain = sample(fitted)
    assert rain.dims == ("member", "time", "y", "x")
    assert rain.shape == (3, 8, 32, 40)
    assert rain.dtype == np.float32
    assert float(rain.min()) >= 0
    assert np.isfinite(rain).all()
    assert float(abs(rain[0] - rain[1]).mean()) > 1e-3
    free = sample(with_config(fitted, conserve=False))
    assert float(free.max()) <= fitted.transform.highest * 1.001


def test_same_seed_same_samples_other_seed_other_samples(fitted):
    assert np.array_equal(sample(fitted), sample(fitted))
    assert not np.allclose(sample(fitted), sample(fitted, seed=1))


def test_batches_start_and_member_count_change_nothing(fitted):
    whole = sample(fitted)
    single = with_config(fitted, batch_pixels=1)
    np.testing.assert_allclose(sample(single), whole, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(sample(fitted, start=3), whole[:, 3:], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(sample(fitted, members=1)[0], whole[0], rtol=1e-3, atol=1e-4)


def test_a_frame_sees_two_frames_of_the_past_and_none_of_the_future(fitted):
    data = sequence(seed=3)
    whole = sample(fitted, data=data)
    coarse = data.coarse.copy(deep=True)
    coarse["precipitation"][{"time": 4}] = coarse["precipitation"][{"time": 4}] + 5
    other = sample(fitted, data=replace(data, coarse=coarse))
    changed = abs(other - whole).max(("member", "y", "x")).to_numpy() > 1e-3
    assert changed.tolist() == [False] * 4 + [True] * 3 + [False]


def test_generated_history_feeds_samples_back(tmp_path):
    method = fit(tmp_path / "a", history="generated")
    whole = sample(method)
    np.testing.assert_allclose(
        sample(method, start=5).sel(time=whole.time[5:]), whole[:, 5:], rtol=1e-3, atol=1e-4
    )
    data = sequence(seed=3)
    coarse = data.coarse.copy(deep=True)
    coarse["precipitation"][{"time": 0}] = coarse["precipitation"][{"time": 0}] + 5
    other = sample(method, data=replace(data, coarse=coarse))
    assert float(abs(other - whole)[:, 5].max()) > 1e-4  # beyond the two frames that a flow sees


class Constant(torch.nn.Module):
    """A flow network on the fine grid that knows the flow, in cells along x and y."""

    def __init__(self, x, y):
        super().__init__()
        self.flow = torch.tensor([x, y])

    def forward(self, seen):
        return self.flow[:, None, None].expand(len(seen), 2, *seen.shape[-2:]), ()


@pytest.mark.parametrize("moves", [True, False])
def test_memory_is_fitted_along_the_flow_where_the_residual_moves(moves):
    """A residual that decays to 0.6 in each step, while it moves by (3, -2) cells or stays."""
    config = configuration(residual="additive", denoiser_maps=False, flow_grid="fine")
    model = OFDiffModel(config, 1, 8, None)
    model.flow = Constant(-3.0, 2.0)  # from a frame to the one before
    generator = torch.Generator().manual_seed(0)
    white = torch.randn(4, 16, 64, 64, generator=generator)  # two frames with a residual, two before
    frames = [white[0]]
    for noise in white[1:]:
        before = torch.roll(frames[-1], (-2, 3), (1, 2)) if moves else frames[-1]
        frames.append(0.6 * before + 0.8 * noise)
    batch = random_batch(1, 4, 64, batch=16)
    batch |= {"coarse": torch.zeros(16, 4, 1, 8, 8), "relief": batch["relief"][:, :0]}
    model.fit_moving_memory([{**batch, "fine": torch.stack(frames, 1)}], hours=3.0)
    if moves:  # the same in all bands, but for their standard errors: the widest waves of a patch are few
        errors = 4 / np.sqrt(16 * np.array([2, 8, 32, 128, 512]))
        assert (abs(np.exp(-3 / model.moving_memory.numpy()) - 0.6) < errors).all()
    else:
        assert not model.moving_memory.any()


def test_noise_that_moves_depends_on_no_batch_or_start(fitted):
    data = sequence(seed=3)
    moving = with_config(fitted, noise_memory="fitted", noise_moves=True, conserve=False)
    moving.module.moving_memory.fill_(9.0)
    whole = sample(moving, data=data)
    np.testing.assert_allclose(sample(moving, data=data, start=5), whole[:, 5:], rtol=1e-3, atol=1e-4)
    single = with_config(moving, batch_pixels=1)
    np.testing.assert_allclose(sample(single, data=data), whole, rtol=1e-3, atol=1e-4)
    resting = with_config(moving, noise_moves=False)
    resting.finisher = moving.finisher.model_copy(update={"memory": 9.0})  # the same memory, at rest
    np.testing.assert_allclose(sample(resting, data=data)[:, 0], whole[:, 0], rtol=1e-3, atol=1e-4)
    assert float(abs(sample(resting, data=data) - whole)[:, 4].mean()) > 1e-3


def test_windows_agree_with_the_whole_away_from_their_edges():
    """A field that is local is blended without a trace."""
    field = np.random.default_rng(0).random((2, 40, 56)).astype(np.float32)

    def work(place):
        y, x = place
        return field[:, y.start * 2 : y.stop * 2, x.start * 2 : x.stop * 2]

    for window, overlap in [(8, 2), (11, 4), (20, 8), (64, 8)]:
        np.testing.assert_allclose(blend(work, 20, 28, window, overlap, 2), field, rtol=1e-6)
    assert starts(20, 8, 2)[0] == 0
    assert starts(20, 8, 2)[-1] == 12


def test_large_tiles_are_sampled_in_windows(fitted):
    data = sequence(frames=3, height=160, width=192)
    rain = sample(with_config(fitted, window=128), data=data, members=2)
    assert rain.shape == (2, 3, 160, 192)
    assert np.isfinite(rain).all()
    whole = sample(fitted, data=data, members=2)
    assert np.corrcoef(rain.to_numpy().ravel(), whole.to_numpy().ravel())[0, 1] > 0.9


def test_saved_and_loaded(fitted, tmp_path):
    fitted.save(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"config.json", "finishing.json", "fitted.json", "weights.safetensors", "log.jsonl"}
    again = OFDiff.load(tmp_path)
    assert np.array_equal(sample(again), sample(fitted))
    assert again.log == fitted.log


@pytest.mark.parametrize("relative_to", ["interpolation", "prediction"])
def test_normal_scores_follow_the_prediction_as_it_learns_and_interpolated_rain_not(fitted, relative_to):
    """Those of interpolated rain are fitted before the first step, to as many clips as in the end."""
    method = with_config(fitted, relative_to=relative_to, train_steps=100)
    clips = method.clips((sequence(),), 5)
    method.before_step(clips, 0)
    first = method.module.scores.table.clone()
    with torch.no_grad():
        next(method.module.downscaler.parameters()).add_(0.5)
    method.before_step(clips, 10)
    assert torch.equal(method.module.scores.table, first) is (relative_to == "interpolation")
    method.module.fit_scores(list(method.last_batches(clips, method.config.clip)))
    assert torch.equal(method.module.scores.table, first) is (relative_to == "interpolation")


def test_fit_is_deterministic(tmp_path):
    a, b = fit(tmp_path / "a"), fit(tmp_path / "b")
    for name, value in a.module.state_dict().items():
        assert torch.equal(value, b.module.state_dict()[name]), name


def test_mistakes(tmp_path):
    method = OFDiff(configuration())
    with pytest.raises(UserError, match="not fitted"):
        sample(method)
    with pytest.raises(UserError, match="multiple"):
        OFDiff(configuration(patch=20)).fit((sequence(),), (), FitContext(seed=0, directory=tmp_path))
    with pytest.raises(UserError, match="clip"):
        method.fit((sequence(frames=2),), (), FitContext(seed=0, directory=tmp_path))


@pytest.mark.parametrize(
    ("settings", "cuts"),
    [
        ({}, ("tile", "time")),
        ({"batch_pixels": 1}, ("tile", "time")),
        ({"history": "generated"}, ("tile",)),
        ({"history": "generated", "batch_pixels": 1}, ("tile", "member")),
        ({"history": "generated", "batch_pixels": 1, "diffusion": False}, ("tile",)),
    ],
)
def test_a_generated_history_is_cut_by_member_where_each_is_drawn_alone(settings, cuts):
    assert OFDiff.cuts(configuration(**settings), ("tile", "time")) == cuts


def test_fair_crps():
    generator = np.random.default_rng(0)
    members, truth = generator.normal(size=(6, 50)), generator.normal(size=50)
    unfair = properscoring.crps_ensemble(truth, members.T)
    error = abs(members - truth).mean(0)
    np.testing.assert_allclose(fair_crps(members, truth), error - 6 / 5 * (error - unfair), atol=1e-10)
    np.testing.assert_allclose(fair_crps(members[:1], truth), abs(members[0] - truth))
