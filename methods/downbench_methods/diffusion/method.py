"""What the diffusion methods share: training, choice of a checkpoint, sampling of a tile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from downbench import FieldSequence, FitContext, SampleContext, UserError, derive_seed
from downbench_methods.base.network import LAST_FIT_CLIP, Batch, Drawn, Log, NetworkMethod, fair_crps
from downbench_methods.base.sampling import Array, Part, Tile
from downbench_methods.diffusion.condition import Condition
from downbench_methods.diffusion.configuration import DiffusionConfig, OverPredictionConfig
from downbench_methods.diffusion.model import DiffusionModel
from downbench_methods.diffusion.prediction_first import stages, train_prediction
from downbench_methods.diffusion.samplers import Solver
from downbench_methods.diffusion.sampling import draw, draw_residual, rain_of
from downbench_methods.diffusion.tiles import TileSampler
from downbench_methods.fields.mass import conserve
from downbench_methods.fields.noise_in_time import Carry, NoiseInTime
from downbench_methods.fields.transform import Transform
from downbench_methods.training.clips import Clips

EARLY_REFRESHES, REFRESH_EVERY, LAST_REFRESH = (0, 10, 25, 50), 100, 0.7  # steps, steps, share of all
FIRST_REFRESH_CLIP = 2**30  # index that training never reaches
REFRESH_CLIPS, REFRESH_FRAMES = 32, 768  # of a refresh early on; of a later one
SCALE_CLIPS, MEMORY_CLIPS = 64, 128  # training clips that scale and memory are taken from
# factors of the residual that are tried, on so many validation clips, with so many members
SPREADS = np.linspace(0.8, 1.5, 8)
SPREAD_CLIPS, SPREAD_MEMBERS = 64, 8


Diffused = TypeVar("Diffused", bound=DiffusionConfig)


class DiffusionMethod(NetworkMethod[Diffused, nn.Module]):
    """A method whose module is a :class:`DiffusionModel`, or has one as its ``generator``."""

    Config: ClassVar[type[DiffusionConfig]] = DiffusionConfig
    Model: ClassVar[type[nn.Module]] = DiffusionModel

    def __init__(self, config: Diffused | None = None) -> None:
        super().__init__(config)
        self.steps_after = self.config.train_steps
        if self.config.time_heads and 2 * self.config.overlap >= self.config.clip:
            raise UserError(
                f"overlap {self.config.overlap} must be less than half of a clip of {self.config.clip} frames"
            )
        if self.config.time_heads and self.config.noise_memory != 0:
            raise UserError(
                "noise_memory is for models without attention over time, which makes a clip hang together",
                "set noise_memory=0 or time_heads=0",
            )

    @classmethod
    def module_for(cls, config: Diffused, transform: Transform, factor: int) -> nn.Module:
        """Make the networks."""
        model = cls.Model(config, transform.channels, factor, transform.relief_channel)
        generator(model).gaps = transform.missing
        return model

    def prepare(self, clips: Clips) -> None:
        """Scale what diffusion models to about unit variance."""
        model = generator(self.module)
        model.measure(last_frames(clips.batch(range(SCALE_CLIPS)), model.frames), untrained=True)

    @property
    def settings(self) -> Diffused:
        """The parameters, with the steps that train all networks together."""
        return self.config.model_copy(update={"train_steps": self.steps_after})

    def train(
        self, clips: Clips, held_out: Clips | None, context: FitContext, earlier: Log = ()
    ) -> list[dict[str, Any]]:
        """Train the prediction alone, as far as the configuration says, and then the others, or all."""
        model = generator(self.module)
        network, config = model.prediction_network, self.config
        if network is None or not isinstance(config, OverPredictionConfig):
            return super().train(clips, held_out, context, earlier)
        steps = stages(config, sum(source.frames * source.tiles for source in clips.sources))
        if steps.first == 0:
            return super().train(clips, held_out, context, earlier)
        log, context = train_prediction(network, clips, held_out, config, context, steps)
        self.steps_after = steps.after
        model.measure(last_frames(clips.batch(range(SCALE_CLIPS)), model.frames))
        network.requires_grad_(not steps.rests)
        log = super().train(clips, held_out, context, [*earlier, *log])
        network.requires_grad_()
        return log

    def before_step(self, clips: Clips, step: int) -> None:
        """Fit the normal scores anew, often at first and no more near the end.

        Early ones will do with few clips, later ones with many: the highest quantiles of few are rough, and
        what is rough at the last refresh stays so, in training and in the choice of a checkpoint.
        """
        model, last = generator(self.module), LAST_REFRESH * self.settings.train_steps
        early = step in EARLY_REFRESHES
        if model.scores is None or step > last or not (early or step % REFRESH_EVERY == 0):
            return
        number = REFRESH_CLIPS if early else max(REFRESH_FRAMES // self.config.clip, REFRESH_CLIPS)
        batches = self._batches(clips, FIRST_REFRESH_CLIP + step * REFRESH_FRAMES, number, REFRESH_CLIPS)
        model.fit_scores(batches)
        model.measure(batches[0])

    def finish(self, clips: Clips, held_out: tuple[FieldSequence, ...], context: FitContext) -> None:
        """Fit normal scores to predictions of the chosen weights, and what finishes an ensemble.

        In training the scores were those of other weights, and of fewer clips.
        """
        model = generator(self.module)
        if model.scores is not None:
            model.fit_scores(list(self.last_batches(clips, self.config.clip)))
        spread = self.config.spread
        model.residual_scale.mul_(self.fitted_spread(held_out, context) if spread == "fitted" else spread)
        super().finish(clips, held_out, context)

    def fitted_spread(self, held_out: tuple[FieldSequence, ...], context: FitContext) -> float:
        """Factor of the residual with which samples of validation clips score best; 1 without any."""
        model, config, frames = generator(self.module), self.config, generator(self.module).frames
        if not held_out or model.denoiser is None:
            return 1.0
        clips, crps = self.clips(held_out, derive_seed(context.seed, "spread")), np.zeros(len(SPREADS))
        for batch in self._batches(clips, 0, SPREAD_CLIPS, config.batch):
            condition, noise, coarse, covered = self._asked(model, batch, SPREAD_MEMBERS)
            condition = condition.repeat(SPREAD_MEMBERS, frames)
            wanted = coarse if config.conserve else None
            args = (config.solver, config.steps, frames, None, covered)
            with torch.inference_mode():
                residual = draw_residual(model, self.transform, condition, noise, *args)
                for k, spread in enumerate(SPREADS):
                    rain = rain_of(model, self.transform, condition, spread * residual, frames, wanted)
                    crps[k] += self._crps(self._drawn(model, rain, batch, coarse)).sum()
        return lowest(SPREADS, crps)

    def residual_memory(self, clips: Clips) -> float | None:
        """That of what diffusion models, where rain is relative to a prediction; clips have none."""
        model = generator(self.module)
        if model.clipwise:
            return 0.0
        if not model.predicts:
            return None
        self.fit_memory(model, clips)
        return float(model.memory)

    def fit_memory(self, model: DiffusionModel, clips: Clips) -> None:
        """Fit what noise with a memory needs to know of the residual."""
        model.fit_memory(self.memory_clips(clips.of_length(2 + model.residual_past)), clips.hours)

    def memory_clips(self, clips: Clips) -> list[Batch]:
        """Training clips to fit a memory to."""
        return self._batches(clips, LAST_FIT_CLIP, MEMORY_CLIPS, self.config.batch)

    def _batches(self, clips: Clips, first: int, number: int, size: int) -> list[Batch]:
        """So many clips from the first one on, in batches on the module's device."""
        starts = range(first, first + number, size)
        batches = [clips.batch(range(k, min(k + size, first + number))) for k in starts]
        device = generator(self.module).residual_scale.device
        return [{name: value.to(device) for name, value in batch.items()} for batch in batches]

    def _draw(self, model: DiffusionModel, batch: Batch, members: int, solver: Solver, steps: int) -> Drawn:
        """Draw members for clips; of clips of a model without attention over time the last frame counts."""
        condition, noise, coarse, covered = self._asked(model, batch, members)
        wanted = coarse if self.config.conserve else None
        args = (solver, steps, model.frames, None, wanted, covered)
        rain = draw(model, self.transform, condition, noise, *args)
        return self._drawn(model, rain, batch, coarse)

    def _asked(
        self, model: DiffusionModel, batch: Batch, members: int
    ) -> tuple[Condition, Tensor, Tensor, Tensor | None]:
        """What members of clips are drawn from: condition, noise, coarse rain [mm/h], and where it is."""
        frames, (b, _, h, w) = model.frames, batch["fine"].shape
        random = torch.Generator().manual_seed(int(batch["seed"][0]))
        noise = torch.randn(b * members * frames, 1, h, w, generator=random).to(batch["fine"].device)
        condition = model.training_condition(last_frames(batch, model.past + frames))
        channels = batch["coarse"][:, -frames:].flatten(0, 1)
        return condition, noise, model.coarse_rain(self.transform, channels), model.covered(channels)

    def _drawn(self, model: DiffusionModel, rain: Tensor, batch: Batch, coarse: Tensor) -> Drawn:
        """Transformed rain of members of clips, side by side, as rain in mm/h beside the truth."""
        frames, (b, _, h, w) = model.frames, batch["fine"].shape
        # (clips, members, frames, H, W)
        rain = rain.view(b, -1, frames, h, w).transpose(0, 1).flatten(1, 2)
        fine, valid = (batch[name][:, -frames:].flatten(0, 1).cpu().numpy() for name in ("fine", "valid"))
        inverse = self.transform.inverse
        return Drawn(inverse(rain.cpu().numpy()), inverse(fine), coarse[:, 0].cpu().numpy(), valid)

    def _crps(self, made: Drawn) -> NDArray[np.float64]:
        """Fair CRPS [mm/h] of valid pixels, of members that conserve mass where samples do."""
        conserved = self.config.conserve
        members = conserve(made.members, made.coarse, self.factor) if conserved else made.members
        return fair_crps(members[:, made.valid], made.rain[made.valid])

    def score(self, module: nn.Module, validation: Clips, device: str) -> dict[str, float]:
        """Loss and fair CRPS [mm/h] of a small ensemble on fixed validation clips, sampled as samples are."""
        config = self.config
        batch = {k: v.to(device) for k, v in validation.batch(range(config.score_clips)).items()}
        losses = {name: float(value) for name, value in module(batch, 0).items()}
        count = self.members(config.score_members)
        made = self._draw(generator(module), batch, count, "dpmpp", config.score_steps)
        crps = self._crps(made)
        return {"score": float(crps.mean()) if made.valid.any() else 0.0, **losses}

    @property
    def sampler(self) -> type[TileSampler]:
        """How the frames of a tile are sampled."""
        return TileSampler

    def fitted_noise(self, sampler: TileSampler) -> tuple[float, Carry | None]:
        """Hours that a fitted memory of noise stands for, and what moves noise along with rain."""
        return self.finisher.memory, None

    def parts(self, tile: Tile, members: int, context: SampleContext) -> Iterator[Part]:
        """Make the rain of frames, or clip by clip."""
        model = generator(self.fitted(context.device))
        channels, relief = self.channels(tile), self.relief(tile)
        device, pacer, window = context.device, self.pace(tile, members, context), self.config.window
        sampler = self.sampler(model, self.transform, channels, relief, device, pacer, window)
        fitted = self.fitted_noise(sampler)
        lasting = NoiseInTime(context, members, tile.times, tile.size, self.config.noise_memory, *fitted)

        def noise(position: list[int]) -> Array:
            if model.clipwise:
                return context.normal(members, times_at(tile.times, position), tile.size)
            return lasting.take(position)

        for frames, z in sampler.run(context.start, members, noise):
            yield frames, self.transform.inverse(z)

    @classmethod
    def parameters(cls, config: Diffused, predictors: int) -> Mapping[str, int]:
        """Number of parameters by network, for so many coarse channels (topography included)."""
        with torch.device("meta"):
            model = cls.Model(config, predictors, 8, None)
        made = generator(model)
        networks = {**dict(made.named_children()), **dict(model.named_children())}
        counts = {
            name: sum(p.numel() for p in network.parameters())
            for name, network in networks.items()
            if network is not made
        }
        counts = {name: count for name, count in counts.items() if count}
        return {**counts, "total": sum(counts.values())}


def generator(module: nn.Module | None) -> DiffusionModel:
    """What makes rain: the module, or the part of it that has a critic beside it."""
    part = getattr(module, "generator", module)
    assert isinstance(part, DiffusionModel)
    return part


def last_frames(batch: Batch, frames: int) -> Batch:
    """Clips cut down to their last frames."""
    return {**batch, **{name: batch[name][:, -frames:] for name in ("coarse", "fine", "valid")}}


def times_at(times: NDArray[np.datetime64], position: list[int]) -> NDArray[np.datetime64]:
    """Time stamps of frames, carried on beyond the last one, so that noise is keyed by time there too."""
    step: Any = times[1] - times[0] if len(times) > 1 else np.timedelta64(1, "h")
    last = len(times) - 1
    return np.array([times[min(p, last)] + max(p - last, 0) * step for p in position])


def lowest(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Where the parabola through the least of y, at evenly spaced x, and its neighbours is lowest."""
    k = int(y.argmin())
    if k in (0, len(y) - 1):
        return float(x[k])
    before, here, after = y[k - 1 : k + 2]
    return float(x[k] + (x[1] - x[0]) * (before - after) / (2 * (before - 2 * here + after)))
