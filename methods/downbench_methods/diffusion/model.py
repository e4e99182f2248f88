"""Conditional diffusion of rain, or of its residual over a prediction, frame by frame or clip by clip.

A method is a setting of this model, or a subclass with a prediction of its own. Frames of a clip lie side by
side along the batch; only attention over time looks across them.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from downbench_methods.diffusion.condition import Condition, Maps, repeat_clips, shared_frames
from downbench_methods.diffusion.configuration import DiffusionConfig
from downbench_methods.diffusion.normal_scores import NormalScores
from downbench_methods.diffusion.schedule import alpha_sigma, from_velocity, log_snr, solver_levels, velocity
from downbench_methods.diffusion.wiener import BANDS, log_variances, wiener_velocity
from downbench_methods.fields.noise_in_time import fitted_memory
from downbench_methods.fields.transform import Transform
from downbench_methods.networks.frame import build_unet, fine_fields, upsample
from downbench_methods.networks.unet import UNet
from downbench_methods.training.draws import example_normal, example_uniform
from downbench_methods.training.losses import masked_mse

Losses = dict[str, Tensor]
Batch = dict[str, Tensor]
CLEAN = 12.0  # log signal-to-noise ratio of frames that are known
LEAST_WEIGHT = 0.1  # of a dry pixel in the loss, where rain weighs one


class DiffusionModel(nn.Module):
    """A denoiser of what rain has beyond a prediction, or of rain itself where there is none.

    ``predicts`` says whether there is a prediction, ``learns`` whether that is trained. ``unit_variance``
    says whether normal scores are divided by their root mean square, as a plain residual always is: dry
    pixels share one score, so that the variance of all is below one. ``past`` is how many frames of a clip
    are there for those after them alone, ``frames`` how many are sampled together, ``one_level`` whether a
    clip has one level of noise. ``gaps`` says whether the last coarse channel tells where there is rain data.

    Args:
        channels: coarse channels C: precipitation, other fields, topography, mask.
        factor: how many times finer the output is.
        relief: position of the topography among the channels, or None.
    """

    predicts: ClassVar[bool] = False
    learns: ClassVar[bool] = True
    unit_variance: ClassVar[bool] = False
    gaps = False
    residual_scale: Tensor
    band_variances: Tensor
    memory: Tensor
    levels: Tensor
    denoiser: UNet | None

    def __init__(self, config: DiffusionConfig, channels: int, factor: int, relief: int | None) -> None:
        super().__init__()
        self.config, self.factor, self.relief, self.past = config, factor, relief, 0
        self.clipwise = self.one_level = config.time_heads > 0
        self.frames = config.clip if self.clipwise else 1
        self.scores = NormalScores() if self.predicts and config.residual == "normal-scores" else None
        self.build(channels)
        self.register_buffer("residual_scale", torch.ones(()))
        self.register_buffer("band_variances", torch.zeros(BANDS, 1, 1))  # logarithms
        self.register_buffer("memory", torch.zeros(()))  # of the residual, in hours
        levels = log_snr(config.schedule, config.noise_steps, config.schedule_shift)
        self.register_buffer("levels", levels, persistent=False)

    def build(self, channels: int) -> None:
        """Make the networks, for so many coarse channels."""
        self.denoiser = self.build_denoiser(channels + self.predicts)

    def build_denoiser(self, seen: int, **kwargs: Any) -> UNet:
        """The network that finds the noise, beside which it sees so many maps."""
        return self.unet(1 + seen, 1 + BANDS * self.config.wiener, noise_embedding=True, **kwargs)

    def unet(self, channels: int, out: int, **kwargs: Any) -> UNet:
        """A U-Net of the sizes in the configuration."""
        return build_unet(self.config, channels, out, time_heads=self.config.time_heads, **kwargs)

    @property
    def prediction_network(self) -> nn.Module | None:
        """From coarse frames (N, C, h, w) to the prediction (N, 1, H, W); None where no network makes it."""
        return None

    def predict(self, coarse: Tensor, fields: Tensor, frames: int) -> tuple[Tensor, Maps]:
        """What the residual is relative to (N, 1, H, W), and maps for the denoiser; here there is neither.

        Args:
            coarse: (N, C, h, w); fields: the same interpolated, (N, C, H, W).
            frames: of a clip.
        """
        return torch.zeros_like(fields[:, :1]), ()

    def condition(self, coarse: Tensor, relief: Tensor) -> Condition:
        """What the denoiser sees of clips: coarse (B, T, C, h, w), relief (B, 0 or 1, H, W)."""
        frames, flat = coarse.shape[1], coarse.flatten(0, 1)
        fields = fine_fields(flat, relief.repeat_interleave(frames, 0), self.relief, self.factor)
        mean, maps = self.predict(flat, fields, frames)
        return Condition(torch.cat([mean, fields], 1) if self.predicts else fields, mean, maps)

    def training_condition(self, batch: Batch) -> Condition:
        """What the denoiser sees of training clips."""
        return self.condition(batch["coarse"], batch["relief"])

    def prediction(self, batch: Batch) -> Tensor:
        """The prediction of all frames of clips, (B T, 1, H, W)."""
        return self.training_condition(batch).reference

    def encode(self, rain: Tensor, reference: Tensor) -> Tensor:
        """What diffusion models, of about unit variance, from transformed rain; cell by cell."""
        return self._residual(rain, reference) / self.residual_scale

    def _residual(self, rain: Tensor, reference: Tensor) -> Tensor:
        """What :meth:`encode` scales."""
        if self.scores is None:
            return rain - reference
        with torch.no_grad():
            scores: Tensor = self.scores(rain, reference)
        return scores

    def decode(self, residual: Tensor, reference: Tensor) -> Tensor:
        """Transformed rain from what diffusion models; cell by cell."""
        if self.scores is None:
            return reference + self.residual_scale * residual
        return self.scores.inverse(self.residual_scale * residual, reference)

    @torch.no_grad()
    def fit_scores(self, batches: list[Batch]) -> None:
        """Fit the normal scores to the present prediction of clips."""
        if self.scores is None:
            return
        pairs = []
        for batch in batches:
            mean = self.prediction(batch).view_as(batch["fine"])
            pairs.append(torch.stack([mean, batch["fine"]])[:, batch["valid"]])
        prediction, rain = torch.cat(pairs, 1)
        if len(rain):
            self.scores.fit(prediction, rain)

    @torch.no_grad()
    def measure(self, batch: Batch, untrained: bool = False) -> None:
        """Take the scale, and the variances of bands, from training clips and the present prediction.

        Interpolated rain stands for the prediction of an untrained network.
        """
        rain, valid = (batch[name].flatten(0, 1)[:, None] for name in ("fine", "valid"))
        if not valid.any():
            return
        if untrained and self.predicts and self.learns:
            reference = upsample(batch["coarse"].flatten(0, 1)[:, :1], self.factor)
        else:
            reference = self.prediction(batch)
        if self.scores is None or self.unit_variance:
            spread = self._residual(rain, reference)[valid].square().mean().sqrt()
            self.residual_scale.copy_(spread.clamp(min=1e-3))
        self.band_variances.copy_(log_variances(self.encode(rain, reference), valid)[:, None, None])

    @torch.no_grad()
    def fit_memory(self, batches: list[Batch], hours: float) -> None:
        """Take the memory of the residual from clips of frames so many hours apart."""
        residual = torch.cat([self.residual(batch) for batch in batches])
        valid = torch.cat([batch["valid"] for batch in batches])[:, -residual.shape[1] :]
        self.memory.fill_(fitted_memory(residual, valid, hours))

    @property
    def residual_past(self) -> int:
        """Frames of a clip that have no residual, since they are the past of those after them."""
        return 0

    def residual(self, batch: Batch) -> Tensor:
        """What diffusion models of the frames of clips that have their past, (B, T, H, W)."""
        return self.encode(batch["fine"], self.prediction(batch).view_as(batch["fine"]))

    def covered(self, coarse: Tensor) -> Tensor | None:
        """Where frames (N, C, h, w) have coarse rain, (N, 1, H, W); None where data have no gaps."""
        if not self.gaps:
            return None
        return F.interpolate(coarse[:, -1:], scale_factor=self.factor, mode="nearest") > 0

    def coarse_rain(self, transform: Transform, coarse: Tensor) -> Tensor:
        """Rain of coarse frames (N, C, h, w) in mm/h, (N, 1, h, w); NaN where it is missing."""
        rain = transform.rate(coarse[:, :1])
        return rain.masked_fill(coarse[:, -1:] == 0, torch.nan) if self.gaps else rain

    def denoise(self, x: Tensor, logsnr: Tensor, condition: Condition, frames: int) -> Tensor:
        """Predict the velocity from what diffusion models with noise (N, 1, H, W) and its levels (N,)."""
        assert self.denoiser is not None
        out: Tensor = self.denoiser(torch.cat([x, condition.seen], 1), logsnr, condition.maps, frames)[0]
        if not self.config.wiener:
            return out
        return out[:, :1] + wiener_velocity(x, self.band_variances + out[:, 1:], logsnr)

    def clean(self, x: Tensor, logsnr: Tensor, condition: Condition, frames: int) -> Tensor:
        """Predict what diffusion models without noise, (N, 1, H, W)."""
        return from_velocity(x, self.denoise(x, logsnr, condition, frames), logsnr)

    def direct(self, condition: Condition, noise: Tensor) -> Tensor:
        """Transformed rain (N, 1, H, W) of a model without a denoiser, in one evaluation."""
        return condition.reference

    def training_levels(self, uniform: Tensor) -> Tensor:
        """Log signal-to-noise ratios for training from numbers in 0 to 1, of any shape."""
        return self.levels[(uniform * len(self.levels)).long()]

    def sampling_levels(self, steps: int) -> list[float]:
        """Log signal-to-noise ratios of so many evaluations, rising."""
        return solver_levels(self.levels, steps, self.config.spacing)

    def loss_at(
        self, target: Tensor, noise: Tensor, logsnr: Tensor, condition: Condition, weight: Tensor, frames: int
    ) -> Tensor:
        """Weighted squared error of the velocity; all (N, 1, H, W) but ``logsnr`` (N,)."""
        alpha, sigma = alpha_sigma(logsnr)
        predicted = self.denoise(alpha * target + sigma * noise, logsnr, condition, frames)
        return masked_mse(predicted, velocity(target, noise, logsnr), weight)

    def diffusion_loss(self, batch: Batch, condition: Condition, rain: Tensor, valid: Tensor) -> Tensor:
        """Loss at random noise levels of the clips' frames, (N, 1, H, W) each."""
        t = len(rain) // len(batch["fine"])
        draws, frames = self.config.draws, t if self.one_level else 1  # frames that share a noise level
        weight = valid.float()
        if self.scores is not None:  # dry pixels say little, and there are many of them
            weight = weight * (LEAST_WEIGHT + self.scores.wetness(condition.reference.detach()))
        uniform = example_uniform(batch, t // frames * draws)
        logsnr = self.training_levels(uniform).flatten().repeat_interleave(frames)
        if self.clipwise:
            shared = shared_frames(batch["seed"], t, self.config.overlap)
            weight = weight.masked_fill(shared.flatten()[:, None, None, None], 0)
            logsnr = logsnr.masked_fill(shared.repeat_interleave(draws, 0).flatten(), CLEAN)
        repeated = condition.repeat(draws, frames)
        target = self.encode(rain, condition.reference)
        covered = self.covered(batch["coarse"][:, -t:].flatten(0, 1))
        if covered is not None:  # gaps have no residual, in training as in sampling
            target = target.where(covered, 0)
        target = repeat_clips(target, draws, frames)
        noise = example_normal(batch, t * draws, *rain.shape[1:]).flatten(0, 1)
        return self.loss_at(target, noise, logsnr, repeated, repeat_clips(weight, draws, frames), frames)

    def forward(self, batch: Batch, seed: int) -> Losses:
        """Loss of clips of any length.

        Args:
            batch: coarse (B, T, C, h, w), relief (B, 0 or 1, H, W), fine and valid (B, T, H, W), and what
                noise follows from.
            seed: not used; noise and its levels follow from the examples.
        """
        rain, valid = (batch[name].flatten(0, 1)[:, None] for name in ("fine", "valid"))
        condition = self.training_condition(batch)
        diffusion = self.diffusion_loss(batch, condition, rain, valid)
        return self.total(diffusion, condition, rain, valid)

    def total(self, diffusion: Tensor, condition: Condition, rain: Tensor, valid: Tensor) -> Losses:
        """Terms of the loss by name, ``"loss"`` among them; rain and valid are (N, 1, H, W)."""
        return {"loss": diffusion}
