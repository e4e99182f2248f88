"""Conditional diffusion of rain, or of its residual over a prediction, frame by frame or clip by clip.

A method is a setting of this model, or a subclass with a prediction of its own. Frames of a clip lie side by
side along the batch; only attention over time looks across them.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from downbench_methods.diffusion.condition import Condition, Maps, repeat_clips
from downbench_methods.diffusion.configuration import DiffusionConfig
from downbench_methods.diffusion.normal_scores import NormalScores
from downbench_methods.diffusion.schedule import alpha_sigma, from_velocity, log_snr, solver_levels, velocity
from downbench_methods.diffusion.wiener import BANDS, log_variances, wiener_velocity
from downbench_methods.draws import example_normal, example_uniform
from downbench_methods.losses import masked_mse
from downbench_methods.networks.unet import UNet

Losses = dict[str, Tensor]
CLEAN = 12.0  # log signal-to-noise ratio of frames that are known
LEAST_WEIGHT = 0.1  # of a dry pixel in the loss, where rain weighs one


class DiffusionModel(nn.Module):
    """A denoiser of what rain has beyond a prediction, or of rain itself where there is none.

    Args:
        channels: coarse channels C: precipitation, other fields, topography, mask.
        factor: how many times finer the output is.
        relief: position of the topography among the channels, or None.
        predicts: whether :meth:`predict` makes a prediction.
        maps: whether it hands over maps of the same U-Net as the denoiser.
    """

    residual_scale: Tensor
    band_variances: Tensor
    levels: Tensor

    def __init__(
        self,
        config: DiffusionConfig,
        channels: int,
        factor: int,
        relief: int | None,
        predicts: bool = False,
        maps: bool = False,
    ) -> None:
        super().__init__()
        self.config, self.factor, self.relief = config, factor, relief
        self.clipwise = config.time_heads > 0
        self.scores = NormalScores() if predicts and config.residual == "normal-scores" else None
        self.denoiser = self.unet(
            1 + channels + predicts, 1 + BANDS * config.wiener, noise_embedding=True, conditioned=maps
        )
        self.register_buffer("residual_scale", torch.ones(()))
        self.register_buffer("band_variances", torch.zeros(BANDS, 1, 1))  # logarithms
        levels = log_snr(config.schedule, config.noise_steps, config.schedule_shift)
        self.register_buffer("levels", levels, persistent=False)

    def unet(self, channels: int, out: int, **kwargs: Any) -> UNet:
        """A U-Net of the sizes in the configuration."""
        c = self.config
        return UNet(
            channels,
            out,
            c.width,
            c.multipliers,
            heads=c.heads,
            head_width=c.head_width,
            attention=c.attention,
            patch=c.unet_patch,
            stem=c.stem,
            time_heads=c.time_heads,
            **kwargs,
        )

    def upsample(self, x: Tensor) -> Tensor:
        """Interpolate (N, C, h, w) bilinearly to (N, C, H, W)."""
        return F.interpolate(x, scale_factor=self.factor, mode="bilinear", align_corners=False)

    def predict(self, coarse: Tensor, fields: Tensor, frames: int) -> tuple[Tensor | None, Maps]:
        """What the residual is relative to (N, 1, H, W), and maps for the denoiser; here there is neither.

        Args:
            coarse: (N, C, h, w); fields: the same interpolated, (N, C, H, W).
            frames: of a clip.
        """
        return None, ()

    def condition(self, coarse: Tensor, relief: Tensor) -> Condition:
        """What the denoiser is told of clips: coarse (B, T, C, h, w), relief (B, 0 or 1, H, W)."""
        frames, flat = coarse.shape[1], coarse.flatten(0, 1)
        fields = self.upsample(flat)
        if self.relief is not None:
            fine = relief.repeat_interleave(frames, 0)
            fields = torch.cat([fields[:, : self.relief], fine, fields[:, self.relief + 1 :]], 1)
        return Condition(fields, *self.predict(flat, fields, frames))

    def reference(self, condition: Condition) -> Tensor:
        """What rain is compared with, (N, 1, H, W): the prediction, or zero where there is none."""
        return torch.zeros_like(condition.fields[:, :1]) if condition.mean is None else condition.mean

    def encode(self, rain: Tensor, reference: Tensor) -> Tensor:
        """What diffusion models, of about unit variance, from transformed rain; cell by cell."""
        if self.scores is None:
            return (rain - reference) / self.residual_scale
        with torch.no_grad():
            scores: Tensor = self.scores(rain, reference)
        return scores

    def decode(self, residual: Tensor, reference: Tensor) -> Tensor:
        """Transformed rain from what diffusion models."""
        if self.scores is None:
            return reference + self.residual_scale * residual
        return self.scores.inverse(residual, reference)

    @torch.no_grad()
    def fit_scores(self, batches: list[dict[str, Tensor]]) -> None:
        """Fit the normal scores to the present prediction of clips."""
        if self.scores is None:
            return
        pairs = []
        for batch in batches:
            mean = self.reference(self.condition(batch["coarse"], batch["relief"]))
            pairs.append(torch.stack([mean.view_as(batch["fine"]), batch["fine"]])[:, batch["valid"]])
        prediction, rain = torch.cat(pairs, 1)
        if len(rain):
            self.scores.fit(prediction, rain)

    @torch.no_grad()
    def measure(self, batch: dict[str, Tensor], untrained: bool = False) -> None:
        """Take the scale, and the variances of bands, from training clips and the present prediction.

        Interpolated rain stands for the prediction of an untrained network.
        """
        valid = batch["valid"].flatten(0, 1)[:, None]
        if not valid.any():
            return
        rain = batch["fine"].flatten(0, 1)[:, None]
        condition = self.condition(batch["coarse"], batch["relief"])
        reference = self.reference(condition)
        if untrained and condition.mean is not None:
            reference = condition.fields[:, :1]
        if self.scores is None:
            spread = (rain - reference)[valid].square().mean().sqrt()
            self.residual_scale.copy_(spread.clamp(min=1e-3))
        self.band_variances.copy_(log_variances(self.encode(rain, reference), valid)[:, None, None])

    def denoise(self, x: Tensor, logsnr: Tensor, condition: Condition, frames: int) -> Tensor:
        """Predict the velocity from what diffusion models with noise (N, 1, H, W) and its levels (N,)."""
        seen = [x, condition.fields] if condition.mean is None else [x, condition.mean, condition.fields]
        out: Tensor = self.denoiser(torch.cat(seen, 1), logsnr, condition.maps, frames)[0]
        if not self.config.wiener:
            return out
        return out[:, :1] + wiener_velocity(x, self.band_variances + out[:, 1:], logsnr)

    def clean(self, x: Tensor, logsnr: Tensor, condition: Condition, frames: int) -> Tensor:
        """Predict what diffusion models without noise, (N, 1, H, W)."""
        return from_velocity(x, self.denoise(x, logsnr, condition, frames), logsnr)

    def training_levels(self, uniform: Tensor) -> Tensor:
        """Log signal-to-noise ratios for training from numbers in 0 to 1, of any shape."""
        return self.levels[(uniform * len(self.levels)).long()]

    def sampling_levels(self, steps: int) -> list[float]:
        """Log signal-to-noise ratios of so many evaluations, rising."""
        return solver_levels(self.levels, steps, self.config.spacing)

    def known(self, batch: dict[str, Tensor], frames: int) -> Tensor:
        """Frames of training clips that are given without noise, (B, frames).

        None in half of the clips, else those that it may share with the clip before, after, or both, so that
        clips can be sampled between clips (as Harvey et al. 2022, arXiv 2205.11495, train on given frames).
        A given frame differs from others by its noise level alone (Chen et al. 2024, arXiv 2407.01392).
        """
        place = torch.arange(frames, device=batch["seed"].device)
        case = batch["seed"][:, None] % 6
        before, after = (case == 3) | (case == 5), (case == 4) | (case == 5)
        overlap = self.config.overlap
        return (before & (place < overlap)) | (after & (place >= frames - overlap))

    def diffusion_loss(
        self, target: Tensor, noise: Tensor, logsnr: Tensor, told: Condition, weight: Tensor, frames: int
    ) -> Tensor:
        """Weighted squared error of the velocity; all (N, 1, H, W) but ``logsnr`` (N,)."""
        alpha, sigma = alpha_sigma(logsnr)
        predicted = self.denoise(alpha * target + sigma * noise, logsnr, told, frames)
        return masked_mse(predicted, velocity(target, noise, logsnr), weight)

    def forward(self, batch: dict[str, Tensor], seed: int) -> Losses:
        """Loss of clips of any length.

        Args:
            batch: coarse (B, T, C, h, w), relief (B, 0 or 1, H, W), fine and valid (B, T, H, W), and what
                noise follows from.
            seed: not used; noise and its levels follow from the examples.
        """
        t = batch["coarse"].shape[1]
        draws, frames = self.config.draws, t if self.clipwise else 1  # frames that share a noise level
        rain, valid = (batch[name].flatten(0, 1)[:, None] for name in ("fine", "valid"))
        condition = self.condition(batch["coarse"], batch["relief"])
        weight = valid.float()
        if self.scores is not None:  # dry pixels say little, and there are many of them
            assert condition.mean is not None
            weight = weight * (LEAST_WEIGHT + self.scores.wetness(condition.mean.detach()))
        known = self.known(batch, t) if self.clipwise else None
        if known is not None:
            weight = weight.masked_fill(known.flatten()[:, None, None, None], 0)
        told = condition.repeat(draws, frames)
        target, weight = (
            repeat_clips(x, draws, frames) for x in (self.encode(rain, self.reference(condition)), weight)
        )
        uniform = example_uniform(batch, t // frames * draws)
        logsnr = self.training_levels(uniform).flatten().repeat_interleave(frames)
        if known is not None:
            logsnr = logsnr.masked_fill(known.repeat_interleave(draws, 0).flatten(), CLEAN)
        noise = example_normal(batch, t * draws, *rain.shape[1:]).flatten(0, 1)
        loss = self.diffusion_loss(target, noise, logsnr, told, weight, frames)
        return self.total(loss, condition, rain, valid)

    def total(self, diffusion: Tensor, condition: Condition, rain: Tensor, valid: Tensor) -> Losses:
        """Terms of the loss by name, ``"loss"`` among them; rain and valid are (N, 1, H, W)."""
        return {"loss": diffusion}
